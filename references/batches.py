"""A file's records made ready for the database, on all processors where the file is worth it."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import NamedTuple

from references.formats.diagnostics import Diagnostic
from references.formats.entry import Entry
from references.formats.format import Sides
from references.formats.interpret import About
from references.formats.known import named
from references.formats.reading import Reading, digest
from references.payloads import packed
from references.record import record_id

BATCH = 500  # entries
PART = 1_000_000  # characters, some 400 records
TAIL = 100_000  # characters at the end of a part in which an entry has to begin
WORTH_IT = 8_000_000  # bytes; starting other processes costs what reading these does


class Row(NamedTuple):
    """A record as the database takes it."""

    id: str
    key: str
    data: str  # JSON text
    digest: str
    titled: bool
    first_line: int
    last_line: int


class Part(NamedTuple):
    """What a part of a file holds. The keys are digests: whether a record came before is for the whole file to say."""

    rows: list[Row]
    told: list[Diagnostic]
    sides: Sides


def rows_of(reading: Reading) -> Iterator[list[Row]]:
    """The rows of a file in its order, in batches; `reading` has its diagnostics and counts when they have all come."""
    for rows, told in _in_parts(reading) if _worth_parting(reading) else _in_turn(reading):
        for row in rows:
            reading.count_title(row.titled, row.first_line)
        for one in told:
            reading.tell(one)
        yield rows


def _in_turn(reading: Reading) -> Iterator[tuple[list[Row], list[Diagnostic]]]:
    entries = reading.entries()
    for batch in iter(lambda: list(islice(entries, BATCH)), []):
        yield _interpreted(reading.format.name, reading.about, reading.source, batch)


def _worth_parting(reading: Reading) -> bool:
    """Whether a file is large, is made of lines of which one can tell where an entry begins, and there are processors for it."""
    cut = reading.format.cut
    large = reading.text.size >= WORTH_IT and (os.cpu_count() or 1) > 1 and not multiprocessing.current_process().daemon
    return bool(large and cut and cut.search(reading.text.head()))


def _in_parts(reading: Reading) -> Iterator[tuple[list[Row], list[Diagnostic]]]:
    """Other processes read the parts and understand them; here they are put in order and counted."""
    about = (reading.format.name, reading.about, reading.source)
    # "spawn": a copy of a process with threads (Prefect's, a database's) may hang for ever.
    workers = os.cpu_count() or 1
    # gc.disable: they make many objects and no cycles, so looking for cycles is time lost.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=gc.disable) as pool:
        waiting: deque[Future[Part]] = deque()
        for part in _parts(reading):
            waiting.append(pool.submit(read_part, *about, *part))
            if len(waiting) > 3 * workers:
                yield _placed(waiting.popleft().result(), reading)
        while waiting:
            yield _placed(waiting.popleft().result(), reading)


def _parts(reading: Reading) -> Iterator[tuple[int, str, bool]]:
    """(number of the first line, text, whether it is the last part); each but the first begins with an entry."""
    begins = reading.format.cut
    assert begins is not None
    first, size, enough = 1, 0, PART
    held: list[str] = []
    for piece in reading.text.pieces():
        held.append(piece)
        size += len(piece)
        if size < enough:
            continue
        text = "".join(held)
        found = begins.search(text, len(text) - TAIL)
        cut = found.start() if found else 0
        if cut:
            yield first, text[:cut], False
            first += text.count("\n", 0, cut)
        held, size = [text[cut:]], len(text) - cut
        enough = max(PART, 2 * size)  # a long part without a start is not searched again with each piece
    yield first, "".join(held), True


def read_part(format: str, about: About, source: str, first: int, text: str, last: bool) -> Part:
    """Read and understand a part of a file."""
    how = named(format)
    assert how.from_pieces is not None
    entries: list[tuple[str, Entry]] = []
    told: list[Diagnostic] = []
    sides = Sides(None, None)
    for found in how.from_pieces((text,), first, last):
        if isinstance(found, Entry):
            entries.append((digest(found), found))
        elif isinstance(found, Sides):
            sides = found
        else:
            told.append(found)
    rows, doubts = _interpreted(format, about, source, entries)
    return Part(rows, told + doubts, sides)


def _placed(part: Part, reading: Reading) -> tuple[list[Row], list[Diagnostic]]:
    """The rows with their keys, which number identical records of the whole file."""
    reading.count(part.sides)
    rows = []
    for row in part.rows:
        key = reading.key(row.key)
        rows.append(row if key == row.key else row._replace(key=key, id=record_id(reading.source, key)))
    return rows, part.told


def _interpreted(format: str, about: About, source: str, batch: Iterable[tuple[str, Entry]]) -> tuple[list[Row], list[Diagnostic]]:
    """The rows of a batch, and what is doubtful in it."""
    how = named(format)
    rows: list[Row] = []
    doubts: list[Diagnostic] = []
    for key, entry in batch:
        record = how.interpret(entry, source, key, about)
        doubts += how.doubts(entry, record)
        rows.append(Row(record.id, key, *packed(record), bool(record.title), entry.first_line, entry.last_line))
    return rows, doubts
