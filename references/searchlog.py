"""The log of all searches and imports: each as it was run and as it stands, never a failure as zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from references import tables
from references.review import Review


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
    total: int | None
    retrieved: int
    new: int
    seen_again: int
    message: str
    program: str
    by: str


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


def log(review: Review) -> list[SearchLogEntry]:
    """Every search and import, oldest first, as it was run and as it stands."""
    with review.reading() as connection:
        return log_of(connection)


def log_of(connection: sa.Connection) -> list[SearchLogEntry]:
    """The same, as `connection` sees it."""
    ends, searches = tables.search_ends, tables.searches
    last = {row.search: row for row in connection.execute(sa.select(ends).order_by(ends.c.at, ends.c.id))}
    numbers = counts(connection)
    rows = list(connection.execute(sa.select(searches).order_by(searches.c.at, searches.c.id)))
    return [_entry(row, last.get(row.id), *numbers.get(row.id, (0, 0))) for row in rows]


def _entry(row: sa.Row[Any], end: sa.Row[Any] | None, retrieved: int, new: int) -> SearchLogEntry:
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
        total=end.total if end else None,
        retrieved=retrieved,
        new=new,
        seen_again=retrieved - new,
        message=end.message if end else "not finished; the next refresh goes on with it",
        program=row.program,
        by=row.by,
    )
