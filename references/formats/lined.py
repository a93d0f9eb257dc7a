"""What the formats of tagged lines share: entries with their starts and ends counted apart, and a table for their tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial

from references.formats.diagnostics import Diagnostic
from references.formats.entry import Entry, Spec
from references.formats.foreign import starts_of_others
from references.formats.format import Format, Sides
from references.formats.interpret import About, Table, interpret
from references.formats.tagged import tagged
from references.record import Record


def line_format(
    name: str, spec: Spec, table: Table, *, media: str, sign: re.Pattern[str], start: str | None, end: str | None = None, why: str
) -> Format:
    """A format of tagged lines that a table explains.

    `start` and `end` are patterns of their own for the lines that begin and end an entry, so that what is counted does
    not depend on how it is read; None where the format has no such line.
    """
    from_pieces = partial(_from_pieces, spec=spec, start=_pattern(start), end=_pattern(end), others=starts_of_others(name))
    return Format(
        name=name,
        media=media,
        sign=lambda head: why if sign.search(head) else None,
        entries=lambda text: from_pieces(text.pieces(), 1, True),
        interpret=partial(_interpret, table=table),
        doubts=partial(_doubts, spec=spec, title=table.title[0]),
        from_pieces=from_pieces,
        cut=None if spec.late_start else _pattern(start),
    )


def _pattern(text: str | None) -> re.Pattern[str] | None:
    return re.compile(f"^{text}", re.M) if text is not None else None


def _from_pieces(
    pieces: Iterable[str],
    first: int,
    last: bool,
    *,
    spec: Spec,
    start: re.Pattern[str] | None,
    end: re.Pattern[str] | None,
    others: re.Pattern[str],
) -> Iterator[Entry | Diagnostic | Sides]:
    starts = ends = 0
    foreign: list[str] = []

    def counted() -> Iterator[str]:
        nonlocal starts, ends
        for piece in pieces:
            starts += sum(1 for _ in start.finditer(piece)) if start else 0
            ends += sum(1 for _ in end.finditer(piece)) if end else 0
            foreign.extend(found[0] for found in others.finditer(piece))
            yield piece

    yield from tagged(counted(), spec, first, "file" if last else "start")
    yield Sides(starts if start else None, ends if end else None, tuple(foreign))


def _interpret(entry: Entry, source: str, key: str, about: About, *, table: Table) -> Record:
    return interpret(entry, table, source, key, about)


def two_titles(entry: Entry, tag: str) -> Iterator[Diagnostic]:
    """An error where an entry has a second title: two records that ran together, of which one would be lost."""
    titles = [line for line in entry.lines if line.tag == tag]
    for other in titles[1:]:
        if other.value not in ("", titles[0].value):
            what = f"a second title ({tag}) in the record that begins on line {entry.first_line}: {other.value[:80]!r}"
            yield Diagnostic(other.first, "error", what, "kept in that record; perhaps two records ran together")


def _doubts(entry: Entry, record: Record, *, spec: Spec, title: str) -> Iterator[Diagnostic]:
    yield from two_titles(entry, title)
    for line in entry.lines:
        if spec.known and line.tag and line.tag not in spec.known:
            yield Diagnostic(line.first, "note", f"tag {line.tag}, which no table of tags knows", "kept as unread")
