"""Retrieval: whether the document behind a report was got hold of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from references.review import Review
from screening.tables import retrievals as table

STATES = ("retrieved", "not_retrieved")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieval:
    """Somebody looked for the document of a record and found it, or did not."""

    record: str
    state: str  # retrieved, not_retrieved; withdrawn
    by: str
    note: str = ""
    undoes: str | None = None
    id: str = ""
    at: str = ""
    protocol: str = ""


def add(review: Review, connection: sa.Connection, retrievals: Iterable[Retrieval]) -> None:
    """Add retrievals; they get their id, time and protocol here."""
    by_name: dict[str, list[dict[str, str | None]]] = {}
    for retrieval in retrievals:
        row = {"record": retrieval.record, "state": retrieval.state, "note": retrieval.note, "undoes": retrieval.undoes}
        by_name.setdefault(retrieval.by, []).append(row)
    for name, rows in by_name.items():
        review.add(connection, table, rows, by=name)


def standing(connection: sa.Connection) -> dict[str, Retrieval]:
    """The newest retrieval of each record that was not taken back: {record id: Retrieval}."""
    found = [Retrieval(**row._mapping) for row in connection.execute(sa.select(table).order_by(table.c.at, table.c.id))]
    undone = {retrieval.undoes for retrieval in found if retrieval.state == "withdrawn"}
    return {retrieval.record: retrieval for retrieval in found if retrieval.state in STATES and retrieval.id not in undone}
