"""Reading stored answers of sources once more, with the program as it is now: a better reader needs no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from references import tables
from references.database import insert_new
from references.duplicates.stored import forget
from references.formats.diagnostics import Diagnostic
from references.notices import rows as notice_rows
from references.payloads import add_diagnostics, body_of, one_at_a_time, rows_of, rows_of_changes
from references.record import Record, from_data, to_data
from references.review import Review
from references.sources import LIVE
from references.sources.source import Changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """What reading again came to."""

    answers: int
    records: int  # entries in them
    changed: int  # records that are read otherwise than before
    new: int  # records that were not read before
    lost: tuple[str, ...]  # records that were read before and are not now, by id; they stay as they were
    problems: tuple[str, ...] = ()  # answers that cannot be read


def stored(connection: sa.Connection) -> int:
    """How many stored answers of sources there are to read."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(_query().subquery())).scalar_one())


def reparse(review: Review, told: Callable[[], object] = lambda: None) -> Reread:
    """Read every stored answer of every source again; nothing is asked, no fact is touched.

    Records, sightings, changes and diagnostics are read out of the answers, so they are made anew. Imported files are
    left alone: their records are named by their own lines, and are read again by importing the file again. `told` is
    called behind each answer.
    """
    with review.writing() as connection:
        return reparse_in(connection, told)


def reparse_in(connection: sa.Connection, told: Callable[[], object] = lambda: None) -> Reread:
    """The same, in the caller's transaction."""
    content: dict[str, Record] = {}  # as the answers gave it, up to the one at hand
    touched: set[str] = set()
    met: set[str] = set()
    problems: list[str] = []
    answers = entries = new = changed = 0
    one_at_a_time(connection, "compare")
    stored = list(connection.execute(sa.select(tables.records).where(tables.records.c.source.in_(LIVE))))
    first = {row.id: from_data(row.id, row.source, row.key, row.data) for row in stored}
    place = {row.id: (row.payload, row.position) for row in stored}
    for row in list(_answers(connection)):
        answers += 1
        check = row.parameters.get("kind") == "check"
        found, notes = _read(row, problems)
        entries += len(found)
        for position, record in enumerate(() if check else found, 1):
            if record.id in content or record.id not in first or record.id in met:
                continue
            met.add(record.id)
            if otherwise := first[record.id] != record:
                changed += 1
                touched.add(record.id)
            if otherwise or place[record.id] != (row.id, position):
                _put_right(connection, record, row.id, position)
        new += _replace(connection, row.id, found, notes, content, check)
        content.update((record.id, record) for record in found if not check or record.id in content)
        told()
    lost = tuple(sorted(first.keys() - content.keys()))
    forget(connection, touched)
    return Reread(answers=answers, records=entries, changed=changed, new=new, lost=lost, problems=tuple(problems))


def _answers(connection: sa.Connection) -> Iterator[sa.Row[Any]]:
    """The stored answers of sources, in the order in which they came."""
    yield from connection.execute(_query().order_by(tables.payloads.c.at, tables.payloads.c.id))


def _query() -> sa.Select[Any]:
    payloads, searches = tables.payloads, tables.searches
    query = sa.select(
        payloads.c.id, payloads.c.body, payloads.c.sha256, payloads.c.page, searches.c.source, searches.c.line, searches.c.parameters
    )
    query = query.join_from(payloads, searches, payloads.c.search == searches.c.id).where(searches.c.source.in_(LIVE))
    # The page of a search that was held was not read, since nobody believed it.
    held = sa.select(tables.search_ends.c.search).where(tables.search_ends.c.state == "held")
    return query.where(searches.c.id.not_in(held) | payloads.c.id.in_(sa.select(tables.sightings.c.payload)))


def _read(row: sa.Row[Any], problems: list[str]) -> tuple[Sequence[Record], Sequence[Diagnostic]]:
    source = LIVE[row.source]
    try:
        data = source.read(body_of(row))
        found = source.records(data)
        return found, source.diagnostics(data, found)
    except (Changed, ValueError) as error:
        problems.append(f"{source.PLATFORM} {row.line}, page {row.page}: {error}")
        return [], [Diagnostic(line=None, severity="error", what=str(error), done="no record of this page was read")]


def _put_right(connection: sa.Connection, record: Record, payload: str, position: int) -> None:
    """Let what was first read of a record be what is read now of the answer that was first; two copies, united, had two first ones."""
    table = tables.records
    connection.execute(table.update().where(table.c.id == record.id).values(data=to_data(record), payload=payload, position=position))


def _replace(
    connection: sa.Connection, payload: str, found: Sequence[Record], told: Sequence[Diagnostic], before: dict[str, Record], check: bool
) -> int:
    """Make anew what was read out of one answer; how many records nobody had read before."""
    for table in (tables.sightings, tables.changes, tables.notices, tables.diagnostics):
        connection.execute(table.delete().where(table.c.payload == payload))
    stored, seen = rows_of(payload, found)
    new = 0 if check else insert_new(connection, tables.records, sorted(stored, key=lambda one: str(one["id"])))
    insert_new(connection, tables.notices, notice_rows(payload, found) if check else [])
    insert_new(connection, tables.sightings, seen)
    insert_new(connection, tables.changes, list(rows_of_changes(payload, found, before)))
    add_diagnostics(connection, payload, told)
    return new
