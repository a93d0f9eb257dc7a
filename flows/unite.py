"""Uniting two copies of a review: all facts of both. Facts are only added and carry their own ids, so this is safe."""

from __future__ import annotations

import sqlalchemy as sa

import extraction.tables
import references.tables
import screening.tables
import synthesis.tables
from references.changes import newest
from references.database import insert_new, metadata
from references.duplicates.stored import compare_new, forget
from references.error import ReviewError
from references.reparse import reparse_in
from references.review import DATABASE, Review
from references.sources import LIVE
from references.tables import changes, payloads, protocols, records

ROOMS = (references.tables, screening.tables, extraction.tables, synthesis.tables)  # each brings its tables to `metadata`


def unite(into: Review, other: Review) -> dict[str, int]:
    """Add to `into` what only `other` holds: {table: rows added}. Doing it twice adds nothing.

    ReviewError where the other folder has no database of its own, or the two were never one review: facts stay for good.
    """
    if not (other.folder / DATABASE).is_file():
        raise ReviewError(f"{other.folder} has no {DATABASE}; expected a copy of this review that was worked on apart.")
    added = {}
    with other.reading() as theirs, into.writing() as ours:
        _same_review(ours, theirs)
        for table in (table for table in metadata.sorted_tables if not table.info.get("derived")):
            rows = theirs.execute(sa.select(table)).mappings()
            if number := insert_new(ours, table, (dict(row) for row in rows)):
                added[table.name] = number
        if changes.name in added or _read_otherwise(ours, theirs):
            reparse_in(ours)  # what changed, in the order of all answers, not of either copy's own
            forget(ours, newest(ours))
    compare_new(into)
    return added


def _read_otherwise(ours: sa.Connection, theirs: sa.Connection) -> bool:
    """Whether the copies first saw a record of a source with unlike content: each knows of no change, and both together do."""
    query = sa.select(records.c.id, records.c.data).where(records.c.source.in_(LIVE))
    held = {row.id: row.data for row in ours.execute(query)}
    return any(held.get(row.id, row.data) != row.data for row in theirs.execute(query))


def _same_review(ours: sa.Connection, theirs: sa.Connection) -> None:
    """Two copies of one review share a version of the protocol or a file; others are refused, unless one of them is empty."""
    held = {
        column: [set(connection.execute(sa.select(column)).scalars()) for connection in (ours, theirs)]
        for column in (protocols.c.id, payloads.c.id)
    }
    if any(mine & other for mine, other in held.values()) or not all(held[protocols.c.id]):
        return
    raise ReviewError("The two reviews share no version of a protocol and no file, so they are not copies of one. Nothing was added.")
