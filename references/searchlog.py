"""The log of all searches and imports: each as it was run and as it stands, never a failure as zero."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from references import tables
from references.plan import SearchPlan
from references.review import Review
from references.sources import LIVE
from references.sources.source import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchLogEntry:
    """One search or import as it was run, with what PRISMA-S asks to report of it (items 1, 8, 9, 13, 15)."""

    source: str
    line: str | None  # None for a file
    address: str | None
    query: str | None  # as sent
    parameters: dict[str, Any]
    window_from: str | None
    window_to: str | None
    started: str  # UTC
    ended: str | None
    state: str  # as SearchResult's; "cut off" where it has no end
    pages: int  # answers that were stored
    total: int | None
    retrieved: int
    new: int
    seen_again: int
    changed: int
    gone: tuple[str, ...]  # ids of records that the full run before saw, and this one does not
    message: str
    program: str
    by: str

    @property
    def check(self) -> bool:
        """Whether it only looked up reports that are in the review."""
        return bool(self.parameters.get("kind") == "check")

    @property
    def vanished(self) -> int:
        """How many records are gone since the full run before."""
        return len(self.gone)


def standing(entries: Sequence[SearchLogEntry], plan: SearchPlan) -> dict[str, SearchLogEntry]:
    """{search line: its newest run}, for the lines that the protocol has, and for citation searching in the directions that it has."""
    planned = {line.name for line in plan.lines}
    found: dict[str, SearchLogEntry] = {}
    for entry in entries:
        name = entry.line or ""
        citing = entry.parameters.get("kind") == "citations" and name.startswith(plan.citations.directions)
        if citing and not re.search(r" ([2-9]|\d\d+)$", name):
            base = re.sub(r" 1$", "", name)  # they are asked in parts; with the first of them a new run begins
            found = {line: one for line, one in found.items() if re.sub(r" \d+$", "", line) != base}
        if name in planned or citing:
            found[name] = entry
    return found


def looked_up(entries: Sequence[SearchLogEntry]) -> dict[str, list[SearchLogEntry]]:
    """{day and what was looked up where: the look-ups}, for instance "2026-11-23, included reports at Crossref"; oldest first."""
    found: dict[str, list[SearchLogEntry]] = {}
    for entry in entries:
        if entry.check:
            name = re.sub(r" \d+$", "", entry.line or "")  # they are asked for in parts
            found.setdefault(f"{entry.started[:10]}, {name}", []).append(entry)
    return found


def counts(connection: sa.Connection) -> dict[str, tuple[int, int]]:
    """By search: how many different records it saw, and how many of them were first seen in it."""
    payloads, sightings, records = tables.payloads, tables.sightings, tables.records
    found = sa.select(payloads.c.search, sa.func.count(sa.distinct(sightings.c.record))).join_from(
        payloads, sightings, sightings.c.payload == payloads.c.id
    )
    first = sa.select(payloads.c.search, sa.func.count()).join_from(payloads, records, records.c.payload == payloads.c.id)
    new = {row[0]: row[1] for row in connection.execute(first.group_by(payloads.c.search))}
    return {row[0]: (row[1], new.get(row[0], 0)) for row in connection.execute(found.group_by(payloads.c.search))}


def retrieved(connection: sa.Connection, search: str) -> int:
    """How many different records a search saw."""
    payloads, sightings = tables.payloads, tables.sightings
    query = sa.select(sa.func.count(sa.distinct(sightings.c.record))).join_from(payloads, sightings, sightings.c.payload == payloads.c.id)
    return int(connection.execute(query.where(payloads.c.search == search)).scalar_one())


def changed(connection: sa.Connection) -> dict[str, int]:
    """By search: how many records their source gave otherwise than before."""
    payloads, changes = tables.payloads, tables.changes
    query = sa.select(payloads.c.search, sa.func.count(sa.distinct(changes.c.record)))
    query = query.join_from(payloads, changes, changes.c.payload == payloads.c.id).group_by(payloads.c.search)
    return {row[0]: row[1] for row in connection.execute(query)}


def vanished(connection: sa.Connection, search: str) -> tuple[str, ...]:
    """The records, by id, that the complete full run of the line before this one saw, and this complete full run does not."""
    row = connection.execute(sa.select(tables.searches).where(tables.searches.c.id == search)).one()
    if row.parameters.get("kind") != "full" or _of_a_ranking(row):
        return ()
    before = next((one for one in complete_runs(connection, row) if one.at < row.at), None)
    return () if before is None else tuple(sorted(_seen(connection, before.id) - _seen(connection, search)))


def _of_a_ranking(row: sa.Row[Any]) -> bool:
    """Whether a search takes only the first of a ranking, whose order changes without a record being gone."""
    source, many = LIVE[row.source], 1_000_000_000
    question = Question(query=row.query or "", page_size=source.PAGE_SIZE, base=source.BASE)
    return source.wanted(question, many) != many


def repeated(connection: sa.Connection, search: str) -> bool:
    """Whether the walk of the same query that was begun last before this one saw the very same records."""
    searches = tables.searches
    row = connection.execute(sa.select(searches).where(searches.c.id == search)).one()
    query = sa.select(searches.c.id).where(searches.c.source == row.source, searches.c.line == row.line, searches.c.query == row.query)
    before = connection.execute(query.where(searches.c.at < row.at).order_by(searches.c.at.desc()).limit(1)).scalar()
    return before is not None and _seen(connection, before) == _seen(connection, search)


def _seen(connection: sa.Connection, search: str) -> set[str]:
    payloads, sightings = tables.payloads, tables.sightings
    query = sa.select(sightings.c.record).join_from(sightings, payloads, sightings.c.payload == payloads.c.id)
    return set(connection.execute(query.where(payloads.c.search == search)).scalars())


def complete_runs(connection: sa.Connection, row: sa.Row[Any]) -> list[sa.Row[Any]]:
    """The other complete runs of a search's line, with the same words and of the same kind, newest first, with their totals.

    Full runs only where they look back as far as this one, since others have another number.
    """
    searches, ends = tables.searches, tables.search_ends
    query = (
        sa.select(searches, ends.c.total)
        .join_from(searches, ends, ends.c.search == searches.c.id)
        .where(searches.c.source == row.source, searches.c.line == row.line, searches.c.id != row.id, ends.c.state == "complete")
        .order_by(searches.c.at.desc(), searches.c.id.desc())
    )
    names = ("kind", "query", "refresh")
    mine = [row.parameters.get(name) for name in names]
    same = [one for one in connection.execute(query) if [one.parameters.get(name) for name in names] == mine]
    return [one for one in same if one.window_from == row.window_from] if row.parameters.get("kind") == "full" else same


def log(review: Review) -> list[SearchLogEntry]:
    """Every search and import, oldest first, as it was run and as it stands."""
    with review.reading() as connection:
        return log_of(connection)


def log_of(connection: sa.Connection) -> list[SearchLogEntry]:
    """The same, as `connection` sees it."""
    ends, searches = tables.search_ends, tables.searches
    last = {row.search: row for row in connection.execute(sa.select(ends).order_by(ends.c.at, ends.c.id))}
    numbers, otherwise, pages = counts(connection), changed(connection), _pages(connection)
    rows = list(connection.execute(sa.select(searches).order_by(searches.c.at, searches.c.id)))
    return [
        _entry(
            row,
            last.get(row.id),
            numbers.get(row.id, (0, 0)),
            pages.get(row.id, 0),
            otherwise.get(row.id, 0),
            _gone(connection, row, last.get(row.id)),
        )
        for row in rows
    ]


def _gone(connection: sa.Connection, row: sa.Row[Any], end: sa.Row[Any] | None) -> tuple[str, ...]:
    return vanished(connection, row.id) if end is not None and end.state == "complete" and row.line else ()


def _pages(connection: sa.Connection) -> dict[str, int]:
    payloads = tables.payloads
    return {row[0]: row[1] for row in connection.execute(sa.select(payloads.c.search, sa.func.count()).group_by(payloads.c.search))}


def _entry(
    row: sa.Row[Any], end: sa.Row[Any] | None, numbers: tuple[int, int], pages: int, otherwise: int, gone: tuple[str, ...]
) -> SearchLogEntry:
    retrieved, new = numbers
    return SearchLogEntry(
        source=row.source,
        line=row.line,
        address=row.address,
        query=row.query,
        parameters=row.parameters,
        window_from=row.window_from,
        window_to=row.window_to,
        started=row.at,
        ended=end.at if end else None,
        state=end.state if end else "cut off",
        pages=pages,
        total=end.total if end else None,
        retrieved=retrieved,
        new=new,
        seen_again=retrieved - new,
        changed=otherwise,
        gone=gone,
        message=end.message if end else "not finished; the next refresh goes on with it",
        program=row.program,
        by=row.by,
    )
