"""Uniting two copies of a review: all facts of both. Facts are only added and carry their own ids, so this is safe."""

from __future__ import annotations

import sqlalchemy as sa

import extraction.tables
import references.tables
import screening.tables
import synthesis.tables
from references.database import insert_new, metadata
from references.review import Review

ROOMS = (references.tables, screening.tables, extraction.tables, synthesis.tables)  # each brings its tables to `metadata`


def unite(into: Review, other: Review) -> dict[str, int]:
    """Add to `into` what only `other` holds: {table: rows added}. Doing it twice adds nothing."""
    added = {}
    with other.reading() as theirs, into.writing() as ours:
        for table in metadata.sorted_tables:
            rows = theirs.execute(sa.select(table)).mappings()
            if number := insert_new(ours, table, (dict(row) for row in rows)):
                added[table.name] = number
    return added
