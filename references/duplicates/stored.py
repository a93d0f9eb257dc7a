"""What comparing a review's records gave, kept in its database: new records are compared with those they share a key with.

The outcome is the same as if all records were compared at once, whatever came in which order: when a block grows so large
that only neighbours in it are compared, all its records are compared anew.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from threading import Event, Thread, get_native_id
from typing import Any
from unicodedata import unidata_version

import rapidfuzz
import sqlalchemy as sa

from references import tables
from references.changes import newest
from references.duplicates.block import LARGEST, candidates, hashed, near
from references.duplicates.clean import Keys, all_keys
from references.duplicates.group import Edge
from references.duplicates.pairs import Compare, Pair, edges_of
from references.error import ReviewError
from references.payloads import one_at_a_time
from references.record import Record, from_data
from references.review import Review

LOT = 10_000  # records compared at once
LOT_IN_PARTS = 200_000  # where they are compared in several places: enough to share out
MEANWHILE = 5_000  # records compared at once while others are stored, so that these seldom wait
MOST_CLEANED = 50_000  # cleaned records kept from lot to lot
EVERY = 1.0  # seconds between two looks for new records meanwhile
BOUND = 5_000  # values in one statement; SQLite allows 32,766
MODULES = (
    "block", "clean", "compare", "fold", "kinds", "likeness", "pairs", "people", "place", "signs", "slips", "veto", "wording", "families",
    "../record", "../formats/names",
)  # fmt: skip


@cache
def rules() -> str:
    """A name for the rules of comparing, another one after any change in their code: what older rules gave is not taken for theirs."""
    digest = blake2b(f"{rapidfuzz.__version__} {unidata_version}".encode(), digest_size=8)
    for name in MODULES:
        digest.update(_code(name).read_bytes().replace(b"\r", b""))
    return digest.hexdigest()


def _code(name: str) -> Path:
    """The file of a module; compiled where an installation has no sources."""
    path = Path(__file__).parent / f"{name}.py"
    return path if path.is_file() else path.with_suffix(".pyc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What comparing new records gave."""

    records: tuple[str, ...]  # their ids
    blocks: tuple[tuple[int, str], ...]  # the keys under which others will find them: (key, record)
    anew: frozenset[str]  # the old records whose stored pairs are void: all their pairs are in `edges`
    edges: tuple[Edge, ...]


def compare_new(review: Review, compare: Compare = edges_of, *, at_once: int | None = None, until: Event | None = None) -> int:
    """Compare the records that were not compared yet, and keep the outcome; how many there were.

    Each lot (of `at_once` records) is kept by a short transaction of its own: nobody waits for long, and a run that is
    stopped loses one lot. With `until`, which stops it too, only whole lots are compared.
    ReviewError where another version of the program does the same, since each would throw away what the other kept.
    """
    count, forgot = 0, False
    cleaned: dict[str, Keys] = {}  # what earlier lots read; void where a source has changed some of it
    expected: object = None  # what we left behind: where it is another now, somebody else was here too
    size = at_once or (LOT if compare is edges_of else LOT_IN_PARTS)
    while until is None or not until.is_set():
        with review.reading() as connection:
            before, known = _under_rules(connection), _changed(connection)
            stale = any(name != rules() for name in before)
            if stale and forgot:
                raise ReviewError("Another version of the program compares the records of this review too. Stop it, or use one version.")
            if until is not None and (stale or _number(connection) < size):
                return count
            new = [] if stale else list(_waiting(connection, size))
            if (known, sum(before.values())) != expected or len(cleaned) > MOST_CLEANED:
                cleaned = {}
            expected = known, sum(before.values()) + len(new)
            found = lot(connection, new, compare, cleaned)
        if not stale and not new:
            return count
        with review.writing() as connection:
            one_at_a_time(connection, "compare")
            if (_under_rules(connection), _changed(connection)) != (before, known):
                continue  # somebody else compared records meanwhile, which ours do not know of, or a source changed some
            if stale:
                forgot = True
                for table in (tables.compared, tables.blocks, tables.pairs):
                    connection.execute(table.delete())
            else:
                _keep(connection, found)
                count += len(new)
    return count


@contextmanager
def comparing_meanwhile(review: Review) -> Iterator[None]:
    """Compare new records while they come in, for instance from sources that are waited for, in a thread beside.

    What is left at the end, and whatever went wrong here, is for the compare_new() that follows.
    """
    end = Event()

    def work() -> None:
        if sys.platform == "linux":  # where a thread has a priority of its own: asking and storing go first
            os.setpriority(os.PRIO_PROCESS, get_native_id(), 10)
        while not end.wait(EVERY):
            try:
                compare_new(review, at_once=MEANWHILE, until=end)
            except (ReviewError, sa.exc.SQLAlchemyError):
                return

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def edges(connection: sa.Connection, records: Sequence[Record]) -> list[Edge]:
    """Every pair of a review's records (all of them) of which there is something to say.

    Those that nobody compared yet are compared now, which is not kept: compare_new() does that.
    """
    compared = tables.compared
    done = set(connection.execute(sa.select(compared.c.record).where(compared.c.rules == rules())).scalars())
    new = [record for record in records if record.id not in done]
    if not done:
        cleaned = all_keys(sorted(records, key=lambda record: record.id))
        return edges_of(cleaned, candidates(cleaned))
    found = lot(connection, new)
    # PostgreSQL lets a writing transaction see pairs of records that came after `records` were read.
    valid = {record.id for record in records} - found.anew
    kept = (edge for edge in _stored(connection) if edge.left in valid and edge.right in valid)
    return [*kept, *found.edges]


def lot(connection: sa.Connection, new: Iterable[Record], compare: Compare = edges_of, cleaned: dict[str, Keys] | None = None) -> Compared:
    """Compare new records with each other and with the old ones they share a key with.

    `cleaned` are records that need not be read again, by id; those of this lot are added.
    """
    cleaned = {} if cleaned is None else cleaned
    fresh = _cleaned(new)
    blocks = tuple((key, fresh[place].record.id) for key, place in hashed(fresh))
    members = _with_old(connection, blocks, {})
    swollen = {id for ids in members.values() if len(ids) > LARGEST for id in ids}.difference(one.record.id for one in fresh)
    old = _with(connection, swollen, cleaned)
    members = _with_old(connection, [(key, old[place].record.id) for key, place in hashed(old)], members)
    there = swollen.union(one.record.id for one in fresh)
    others = _with(connection, {id for ids in members.values() for id in ids} - there, cleaned)
    cleaned.update((one.record.id, one) for one in fresh)
    known = sorted([*fresh, *old, *others], key=lambda keys: keys.record.id)
    anew = frozenset(swollen)
    pairs = _pairs(known, members, there)
    return Compared(records=tuple(one.record.id for one in fresh), blocks=blocks, anew=anew, edges=tuple(compare(known, pairs)))


def forget(connection: sa.Connection, ids: Collection[str]) -> None:
    """Let records be compared anew, since their content is another one now.

    With them all records of their large blocks: without one of its members such a block may be small enough for all
    its pairs to be compared.
    """
    compared, blocks, pairs = tables.compared, tables.blocks, tables.pairs
    for some in _bound(ids):
        mine = sa.select(blocks.c.key).where(blocks.c.record.in_(some))
        large = sa.select(blocks.c.key).where(blocks.c.key.in_(mine)).group_by(blocks.c.key).having(sa.func.count() >= LARGEST)
        beside = connection.execute(sa.select(blocks.c.record).where(blocks.c.key.in_(large))).scalars()
        for gone in _bound({*some, *beside}):
            connection.execute(compared.delete().where(compared.c.record.in_(gone)))
            connection.execute(blocks.delete().where(blocks.c.record.in_(gone)))
            connection.execute(pairs.delete().where(pairs.c.left.in_(gone) | pairs.c.right.in_(gone)))


def _pairs(known: Sequence[Keys], members: dict[int, set[str]], wanted: Collection[str]) -> list[Pair]:
    """The pairs that share a key and have a wanted record, by position, in order."""
    place = {keys.record.id: position for position, keys in enumerate(known)}
    hot = {place[id] for id in wanted}
    pairs: set[Pair] = set()
    for ids in members.values():
        if len(ids) > 1:
            pairs.update((i, j) for i, j in near(sorted(map(place.__getitem__, ids)), known) if i in hot or j in hot)
    return sorted(pairs)


def _cleaned(records: Iterable[Record]) -> list[Keys]:
    return all_keys(sorted(records, key=lambda record: record.id))


def _with(connection: sa.Connection, ids: Collection[str], cleaned: dict[str, Keys]) -> list[Keys]:
    """Stored records, cleaned: read are those that are not in `cleaned`, and added to it."""
    read = _cleaned(_records(connection, [id for id in ids if id not in cleaned]))
    cleaned.update((one.record.id, one) for one in read)
    return [cleaned[id] for id in sorted(ids)]


def _with_old(connection: sa.Connection, blocks: Iterable[tuple[int, str]], members: dict[int, set[str]]) -> dict[int, set[str]]:
    """{key: the records that have it}, those of `blocks` and the stored ones, beside what is in `members`."""
    found: dict[int, set[str]] = defaultdict(set)
    for key, record in blocks:
        found[key].add(record)
    table, asked = tables.blocks, set(found) - set(members)
    if asked:
        for key, record in connection.execute(sa.select(table.c.key, table.c.record).where(table.c.key.in_(_listed(connection, asked)))):
            found[key].add(record)
    for key, ids in members.items():
        found[key] |= ids
    return found


def _listed(connection: sa.Connection, numbers: Iterable[int]) -> sa.Select[Any]:
    """Any number of whole numbers as a query of one column and one parameter, since a parameter for each takes long to prepare."""
    text = json.dumps(sorted(numbers))
    if connection.dialect.name == "sqlite":
        return sa.select(sa.func.json_each(text).table_valued("value").c.value)
    return sa.select(sa.cast(sa.func.json_array_elements_text(sa.cast(text, sa.Text).cast(sa.JSON)).column_valued("value"), sa.BigInteger))


def _bound(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Values in an order that does not change, as many at once as a statement holds."""
    ordered = iter(sorted(values))
    return iter(lambda: list(islice(ordered, BOUND)), [])


def _records(connection: sa.Connection, ids: Iterable[str]) -> Iterator[Record]:
    for some in _bound(ids):
        yield from _read(connection, sa.select(tables.records).where(tables.records.c.id.in_(some)))


def _number(connection: sa.Connection) -> int:
    """How many records were not compared yet."""
    records, compared = (sa.select(sa.func.count()).select_from(table) for table in (tables.records, tables.compared))
    return int(connection.execute(sa.select(records.scalar_subquery() - compared.scalar_subquery())).scalar_one())


def _waiting(connection: sa.Connection, most: int) -> Iterator[Record]:
    """The records that were not compared yet, `most` at most."""
    records, compared = tables.records, tables.compared
    query = sa.select(records).outerjoin(compared, compared.c.record == records.c.id).where(compared.c.record.is_(None))
    return _read(connection, query.order_by(records.c.id).limit(most))


def _read(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Record]:
    rows = connection.execute(query).all()
    changed = newest(connection, [row.id for row in rows])
    return (from_data(row.id, row.source, row.key, _compared(changed.get(row.id, row.data))) for row in rows)


def _compared(data: dict[str, Any]) -> dict[str, Any]:
    """A record's content without what no rule of comparing reads: where its fields came from, and what was not understood."""
    return {name: value for name, value in data.items() if name not in ("origins", "unread")}


def _under_rules(connection: sa.Connection) -> dict[str, int]:
    """{name of the rules: how many records were compared under them}."""
    table = tables.compared
    return dict(connection.execute(sa.select(table.c.rules, sa.func.count()).group_by(table.c.rules)).tuples().all())


def _changed(connection: sa.Connection) -> tuple[int, str | None]:
    """How many changes of records are known, and the last of them in one order or another."""
    table = tables.changes
    count, last = connection.execute(sa.select(sa.func.count(), sa.func.max(table.c.payload))).one()
    return int(count), last


def _stored(connection: sa.Connection) -> Iterator[Edge]:
    table = tables.pairs
    for row in connection.execute(sa.select(table)):
        yield Edge(left=row.left, right=row.right, score=row.score, reasons=tuple(row.reasons), kind=row.kind)


def _keep(connection: sa.Connection, found: Compared) -> None:
    table = tables.pairs
    for ids in _bound(found.anew):
        connection.execute(table.delete().where(table.c.left.in_(ids) | table.c.right.in_(ids)))
    rows: dict[sa.Table, list[dict[str, Any]]] = {
        table: [
            {"left": edge.left, "right": edge.right, "score": edge.score, "kind": edge.kind, "reasons": edge.reasons}
            for edge in found.edges
        ],
        tables.blocks: [{"key": key, "record": record} for key, record in dict.fromkeys(found.blocks)],
        tables.compared: [{"record": record, "rules": rules()} for record in found.records],
    }
    for into, these in rows.items():
        if these:
            connection.execute(into.insert(), these)
