"""What came back, kept byte for byte, with the records that were read out of it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2s, sha256
from typing import Any

import sqlalchemy as sa

from references import tables
from references.changes import contents, differences, newest
from references.database import Json, insert_new
from references.formats.diagnostics import Diagnostic
from references.notices import rows as notice_rows
from references.record import Record, from_data, to_data
from references.review import Review


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One answer of a source or one file, before it is stored."""

    search: str  # searches.id
    page: int  # from 1
    media: str
    body: bytes  # as it came
    cursor: str | None = None  # what was asked for
    next_cursor: str | None = None  # where the walk goes on
    request: Mapping[str, Any] | None = None  # as it was sent, without secrets
    status: int | None = None
    headers: Mapping[str, str] | None = None
    digest: str | None = None  # of a file's text, whatever its encoding and line ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What storing a payload did."""

    payload: str  # payloads.id
    new: int  # records that no payload had held before
    seen_again: int  # sightings of known records, or of the same one twice
    changed: tuple[str, ...] = ()  # ids of records that the source gave otherwise than before


def store_payload(
    review: Review,
    connection: sa.Connection,
    payload: Payload,
    records: Sequence[Record],
    *,
    by: str,
    diagnostics: Sequence[Diagnostic] = (),
    check: bool = False,
) -> Stored:
    """Store a payload, its records, their sightings, their changes and what was not understood, in the caller's transaction.

    A record that is known keeps what was first read; what its source gives otherwise now is a change of it. With `check`
    no record is added, and what the page tells of retractions and corrections is kept as notices.
    """
    id = add_payload(review, connection, payload, by=by)
    stored, seen = rows_of(id, records)
    before = contents(connection, {record.id for record in records})
    changed = list(rows_of_changes(id, records, before))
    # In the order of their ids: two searches that store the same records would else wait for each other for ever.
    new = 0 if check else insert_new(connection, tables.records, sorted(stored, key=lambda one: str(one["id"])))
    insert_new(connection, tables.notices, notice_rows(id, records) if check else [])
    insert_new(connection, tables.sightings, seen)
    insert_new(connection, tables.changes, changed)
    add_diagnostics(connection, id, diagnostics)
    return Stored(payload=id, new=new, seen_again=len(seen) - new, changed=tuple(str(one["record"]) for one in changed))


def rows_of_changes(payload: str, found: Sequence[Record], before: dict[str, Record]) -> Iterator[dict[str, Any]]:
    """The rows of `changes`: one for a record whose content is another one than before, by its first entry on the page."""
    met: set[str] = set()
    for position, record in enumerate(found, 1):
        if record.id in before and record.id not in met:
            met.add(record.id)
            data = to_data(record)
            if what := differences(to_data(before[record.id]), data, before[record.id], record):
                yield {"payload": payload, "position": position, "record": record.id, "what": list(what), "data": data}


def add_payload(review: Review, connection: sa.Connection, payload: Payload, *, by: str) -> str:
    """Store a payload alone; its id."""
    row = {
        "search": payload.search,
        "page": payload.page,
        "cursor": payload.cursor,
        "next_cursor": payload.next_cursor,
        "request": dict(payload.request) if payload.request else None,
        "status": payload.status,
        "headers": dict(payload.headers or {}),
        "media": payload.media,
        "sha256": sha256(payload.body).hexdigest(),
        "digest": payload.digest,
        "body": zlib.compress(payload.body, 1),  # 1: a sixth larger than 6, in a third of the time
    }
    return str(review.add(connection, tables.payloads, [row], by=by)[0]["id"])


def add_diagnostics(connection: sa.Connection, payload: str, diagnostics: Sequence[Diagnostic]) -> None:
    """Store what was not understood, or was mended."""
    told = [{"line": note.line, "severity": note.severity, "what": note.what, "done": note.done} for note in diagnostics]
    insert_new(connection, tables.diagnostics, [{"payload": payload, "number": number, **note} for number, note in enumerate(told, 1)])


_ENCODE = json.JSONEncoder().encode  # to_data() sorts the keys


def packed(record: Record) -> tuple[str, str]:
    """A record's content as JSON text, and the digest of that text."""
    text = _ENCODE(to_data(record))
    return text, blake2s(text.encode(), digest_size=16).hexdigest()


def rows_of(payload: str, found: Sequence[Record]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of `records`, one for each key as it was first written, and of `sightings`, one for each entry."""
    stored: dict[str, dict[str, Any]] = {}
    seen = []
    for position, record in enumerate(found, 1):
        (data, digest), place = packed(record), {"payload": payload, "position": position}
        seen.append({**place, "record": record.id, "digest": digest})
        stored.setdefault(record.id, {**place, "id": record.id, "source": record.source, "key": record.key, "data": Json(data)})
    return list(stored.values()), seen


def body_of(row: sa.Row[Any]) -> bytes:
    """The bytes of a stored payload as they came; ValueError where they are not what was stored."""
    body = zlib.decompress(row.body)
    if sha256(body).hexdigest() != row.sha256:
        raise ValueError(
            f"payload {row.id} has changed since it was stored: its SHA-256 is not {row.sha256}. Restore the database from a copy."
        )
    return body


def one_at_a_time(connection: sa.Connection, name: str) -> None:
    """Let only one transaction of this name at a time into what follows, until it ends.

    In SQLite a writing transaction is the only one anyway; PostgreSQL lets many in, so they queue for a lock.
    """
    if connection.dialect.name == "postgresql":
        number = int.from_bytes(blake2s(name.encode(), digest_size=8).digest(), "big", signed=True)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def all_records(connection: sa.Connection) -> list[Record]:
    """Every record, by the search in which it was first seen, in the order in which searches were begun.

    Searches are walked side by side, so the order of their pages is no order to tell duplicates by.
    """
    records, payloads, searches = tables.records, tables.payloads, tables.searches
    query = (
        sa.select(records.c.id, records.c.source, records.c.key, records.c.data)
        .join_from(records, payloads, records.c.payload == payloads.c.id)
        .outerjoin(searches, payloads.c.search == searches.c.id)
        .order_by(searches.c.at, searches.c.id, payloads.c.page, payloads.c.id, records.c.position)
    )
    changed = newest(connection)
    return [from_data(row.id, row.source, row.key, changed.get(row.id, row.data)) for row in connection.execute(query)]


def sources(connection: sa.Connection) -> list[str]:
    """The sources that records came from, in the order of the alphabet."""
    return list(connection.execute(sa.select(tables.records.c.source).distinct().order_by(tables.records.c.source)).scalars())
