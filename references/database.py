"""The database of a review: one engine for a URL, transactions, and facts that are only ever added."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite

metadata = sa.MetaData()


class Newer(Exception):
    """The database was made by a newer version of the program than this one."""


class Json(str):
    """JSON that is text already: the database takes it as it is."""


HEAD = "0003"  # the newest migration; opening a database at another one runs Alembic
BUSY_SECONDS = 30  # how long a writer waits for another one before it says so
ROWS_A_STATEMENT = 500


def fact_table(name: str, *columns: sa.Column[Any]) -> sa.Table:
    """A table of facts: each row has its own unique id, when, who, and the protocol it was made under."""
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False, index=True),  # UTC, ISO 8601 to the microsecond: sorts as text
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("protocol", sa.String(64), nullable=False),  # protocols.id
        *columns,
        info={"fact": True},
    )


_last = 0


def fact_id() -> tuple[str, str]:
    """A new unique id and its time of birth; ids of one process sort in the order they were made."""
    global _last
    _last = max(_last + 1000, time.time_ns())
    at = datetime.fromtimestamp(_last // 1_000_000_000, UTC).replace(microsecond=_last // 1000 % 1_000_000)
    return f"{_last // 1000:014x}{os.urandom(9).hex()}", at.isoformat(timespec="microseconds")


def engine_for(url: str | sa.URL) -> sa.Engine:
    """An engine for a database URL. SQLite writes ahead, waits for other writers and syncs every commit."""
    made = sa.make_url(url)
    if made.drivername in ("postgresql", "postgres"):
        made = made.set(drivername="postgresql+psycopg")  # SQLAlchemy's own default is an older driver
    # hide_parameters: an error would else repeat what was to be stored, and Prefect keeps errors.
    engine = sa.create_engine(made, hide_parameters=True, pool_pre_ping=not made.drivername.startswith("sqlite"), json_serializer=_json)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _settings(connection: Any, _: Any) -> None:
            connection.isolation_level = None  # we say BEGIN ourselves, see below
            # cache_size: the indexes of a large import fit into 32 MB.
            waits = f"busy_timeout={BUSY_SECONDS * 1000}"
            for pragma in (waits, "journal_mode=WAL", "synchronous=FULL", "cache_size=-32000", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            # A deferred transaction that reads and then writes dies at once when another writer came between;
            # no busy time-out helps it. So whoever may write takes the lock first.
            writing = connection.get_execution_options().get("writing", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _json(value: Any) -> str:
    return str(value) if isinstance(value, Json) else json.dumps(value)


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that sees one state of the database and changes nothing."""
    # PostgreSQL would else let each statement see what others have committed in between.
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.execution_options(**options).connect() as connection, connection.begin():
        yield connection


_TURNS: dict[str, threading.Lock] = {}
_TURNS_LOCK = threading.Lock()


@contextmanager
def _turn(engine: sa.Engine) -> Iterator[None]:
    """Wait for the writers of this process; after BUSY_SECONDS it is SQLite's to say that there is another one."""
    if engine.dialect.name != "sqlite":
        yield
        return
    with _TURNS_LOCK:
        lock = _TURNS.setdefault(str(engine.url), threading.Lock())
    mine = lock.acquire(timeout=BUSY_SECONDS)
    try:
        yield
    finally:
        if mine:
            lock.release()


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that is committed whole at the end of the block, or not at all.

    Writers of one process take turns by a lock: those who wait for SQLite's own look whether it is free ten times a second.
    """
    with _turn(engine), engine.execution_options(writing=True).connect() as connection, connection.begin():
        yield connection


def insert_new(connection: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert the rows whose primary key is new and leave the others as they are; how many were new.

    A write that was committed but not acknowledged can therefore be repeated safely.
    """
    found = list(rows)
    names = sorted({name for row in found for name in row})
    every = [{name: row.get(name) for name in names} for row in found]
    return sum(insert_many(connection, table, every[start : start + ROWS_A_STATEMENT]) for start in range(0, len(every), ROWS_A_STATEMENT))


def insert_many(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> int:
    """insert_new() for thousands of rows that all have the same columns: one prepared statement, run for each row."""
    if not rows:
        return 0
    if connection.dialect.name == "sqlite":
        return connection.execute(sqlite.insert(table).on_conflict_do_nothing(), rows).rowcount
    # psycopg gives no count of the rows of a statement run many times, so PostgreSQL says which rows went in.
    told = postgresql.insert(table).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return len(connection.execute(told, rows).all())


def migrate(engine: sa.Engine) -> None:
    """Bring the database to the newest schema; Alembic is imported only when there is something to do."""
    with reading(engine) as connection:
        found = None
        if sa.inspect(connection).has_table("alembic_version"):
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    if found and found not in {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}:
        raise Newer(f"The review's database is at version {found}, and this program knows none beyond {HEAD}. Use the newer program.")
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
