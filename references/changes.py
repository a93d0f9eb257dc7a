"""What a source changed in a record after it was first read. The record as first read stays; what counts is the newest."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa

from references import tables
from references.duplicates.fold import words
from references.record import Record, from_data

MATTERS = ("abstract gained", "retracted", "corrected", "title changed")  # what a reader would want to look at again
GAINED = {"abstract": "abstract gained", "doi": "DOI gained", "pmid": "PMID gained", "pmcid": "PMCID gained"}
_NOT_CONTENT = {"origins", "unread", "url"}  # how a field was found, what was not understood, where a free copy is today
_OF_ANOTHER = r"(?!(?:\s+and\s+republished)?\s+(?:of|for|from)\b)"
_NOTICE = re.compile(rf"\b(?:erratum|corrigendum|correct\w*|retract\w*|withdraw\w*|concern)\b{_OF_ANOTHER}", re.IGNORECASE)
BOUND = 5_000  # values in one statement; SQLite allows 32,766


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A record that a source gave otherwise than before."""

    record: str
    at: str  # UTC: when the source was asked
    source: str
    what: tuple[str, ...]  # "abstract gained", "retracted", "year changed"

    @property
    def matters(self) -> tuple[str, ...]:
        """What of it a reader would want to look at again."""
        return tuple(one for one in self.what if one in MATTERS)


def notices(record: Record) -> tuple[str, ...]:
    """What the source says appeared about the record later: corrections, retractions, expressions of concern."""
    return tuple(f"{tag}: {text}" for tag, text, _ in record.unread if tag != "pubType" and _NOTICE.search(f"{tag} {text}"))


def differences(old: Mapping[str, Any], new: Mapping[str, Any], before: Record, after: Record) -> tuple[str, ...]:
    """What changed between two contents of a record (as to_data() gives them), in words; nothing where only its bookkeeping did."""
    found = []
    for name in sorted((old.keys() | new.keys()) - _NOT_CONTENT):
        was, now = old.get(name), new.get(name)
        if was == now or (name == "title" and words(before.title) == words(after.title)):
            continue
        if name == "keywords" and sorted(was or ()) == sorted(now or ()):
            continue  # only their order
        if name == "retracted":
            found.append("retracted" if now else "no longer retracted")
        elif was is None:
            found.append(GAINED.get(name, f"{name} gained"))
        else:
            found.append(f"{name} {'lost' if now is None else 'changed'}")
    if set(notices(after)) - set(notices(before)) and "retracted" not in found:
        found.append("corrected")
    return tuple(found)


def newest(connection: sa.Connection, ids: Collection[str] | None = None) -> dict[str, dict[str, Any]]:
    """{record: its content as a source gave it last}, for those that changed; of `ids`, or of all."""
    table = tables.changes
    query = _in_order(sa.select(table.c.record, table.c.data))
    some = [query] if ids is None else [query.where(table.c.record.in_(part)) for part in _parts(ids)]
    return {row.record: row.data for one in some for row in connection.execute(one)}


def contents(connection: sa.Connection, ids: Collection[str]) -> dict[str, Record]:
    """The records of these ids that are stored, as their sources gave them last."""
    table, changed = tables.records, newest(connection, ids)
    rows = (row for part in _parts(ids) for row in connection.execute(sa.select(table).where(table.c.id.in_(part))))
    return {row.id: from_data(row.id, row.source, row.key, changed.get(row.id, row.data)) for row in rows}


def all_changes(connection: sa.Connection) -> list[Change]:
    """Every change, oldest first."""
    table, payloads = tables.changes, tables.payloads
    query = _in_order(sa.select(table.c.record, table.c.what, payloads.c.at, tables.searches.c.source))
    return [Change(record=row.record, at=row.at, source=row.source, what=tuple(row.what)) for row in connection.execute(query)]


def _in_order(query: sa.Select[Any]) -> sa.Select[Any]:
    """Changes in the order in which sources gave them."""
    table, payloads, searches = tables.changes, tables.payloads, tables.searches
    query = query.join_from(table, payloads, table.c.payload == payloads.c.id).join(searches, payloads.c.search == searches.c.id)
    return query.order_by(payloads.c.at, payloads.c.id, table.c.position)


def _parts(ids: Iterable[str]) -> Iterator[Sequence[str]]:
    ordered = iter(sorted(ids))
    return iter(lambda: list(islice(ordered, BOUND)), [])
