"""A review: a folder with a protocol and a database."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from references import database
from references.error import ReviewError
from references.protocol import Problem, Protocol, ProtocolError, Section, parse
from references.tables import protocols

T = TypeVar("T")

PROTOCOL = "protocol.toml"
DATABASE = "review.db"
DATABASE_VARIABLE = "REVIEW_DATABASE_URL"
NO_ADDRESS = (
    f"{DATABASE_VARIABLE} is not the address of a database; expected postgresql://user:password@host/database, "
    "with an @ in a password written as %40."
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the protocol names, and what they may do."""

    name: str
    label: str
    may: tuple[str, ...]  # out of TASKS


TASKS = ("screen", "settle", "extract")


def program() -> str:
    """The name and version that stand in logs and beside facts that nobody in particular made."""
    return f"evidence-review {version('evidence-review')}"


def people(section: Section) -> dict[str, Person]:
    """Read [people]: each key is a name as given to --as."""
    found = {}
    for name in section.data:
        table = section.section(name)
        may = table.texts("may", options=TASKS)
        found[name] = Person(name, table.text("label", required=False, default=name), may)
        table.done()
    if not found:
        section.complain(None, 'names nobody; write [people.NAME] with may = ["screen"] for each reviewer')
    return found


class Review:
    """A review's folder: its protocol, its database, and the one way to add facts."""

    def __init__(self, folder: Path, *, own_file: bool = False) -> None:
        """`own_file`: the SQLite file in the folder, whatever REVIEW_DATABASE_URL says."""
        self.folder, self.own_file = folder.resolve(), own_file
        if not (self.folder / PROTOCOL).is_file():
            raise ReviewError(
                f"No {PROTOCOL} in {self.folder}: this is not a review. "
                "Go to a review's folder, name it with --review DIR, or make one with `review init DIR`."
            )

    @cached_property
    def protocol(self) -> Protocol:
        """The protocol as it stands in the folder; ProtocolError where it is not TOML."""
        try:
            return parse((self.folder / PROTOCOL).read_text(encoding="utf-8-sig"))  # some editors write a byte order mark
        except UnicodeDecodeError as error:
            raise ProtocolError([Problem(0, PROTOCOL, f"is not UTF-8 at byte {error.start}; save it as UTF-8")]) from None

    def section(self, name: str) -> Section:
        """A section of the protocol to read from; call settle(section) when it is read."""
        return self.protocol.section(name, [])

    @cached_property
    def title(self) -> str:
        """The review's own title."""
        return self.section("review").text("title", default=self.folder.name)

    @cached_property
    def people(self) -> dict[str, Person]:
        """Everybody the protocol names, by name."""
        return sound(self.section("people"), people)

    def known(self, name: str) -> str:
        """Check that the protocol names this person; the name itself."""
        if name not in self.people:
            raise ReviewError(f"The protocol names no {name!r}; it names {', '.join(self.people)}. Add [people.{name}] to {PROTOCOL}.")
        return name

    def person(self, name: str, task: str) -> str:
        """Check that the protocol lets `name` do this task (one of TASKS); the name itself."""
        self.known(name)
        if task not in self.people[name].may:
            can = [other for other, person in self.people.items() if task in person.may]
            raise ReviewError(
                f"The protocol does not let {name} {task}; {', '.join(can) or 'nobody'} may. See [people.{name}] in {PROTOCOL}."
            )
        return name

    @cached_property
    def url(self) -> str | sa.URL:
        """The database's URL: REVIEW_DATABASE_URL where it is set, else a SQLite file in the folder."""
        given = "" if self.own_file else os.environ.get(DATABASE_VARIABLE, "")
        return given or sa.URL.create("sqlite", database=str(self.folder / DATABASE))  # a folder's name may hold a ?

    @cached_property
    def engine(self) -> sa.Engine:
        """The database, at the newest schema."""
        try:
            if "@" in (sa.make_url(self.url).host or ""):
                raise ValueError  # a password with an @ of its own: its end would be taken for the host, and be told
            engine = database.engine_for(self.url)
        except ModuleNotFoundError as error:
            if error.name == "psycopg":
                raise ReviewError(
                    f"{DATABASE_VARIABLE} names a PostgreSQL database, whose driver is not installed: install evidence-review[postgresql]."
                ) from None
            raise ReviewError(NO_ADDRESS) from None
        except (sa.exc.ArgumentError, ValueError):
            raise ReviewError(NO_ADDRESS) from None  # the address is not repeated: it may hold a password
        database.migrate(engine)
        return engine

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state and changes nothing."""
        with database.reading(self.engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that is committed whole when the block ends, or not at all."""
        with database.writing(self.engine) as connection:
            yield connection

    def add(self, connection: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]], *, by: str) -> list[dict[str, Any]]:
        """Add facts, each with its own id, the time, who, and the protocol as it stands; the rows as stored."""
        made = []
        for row in rows:
            id, at = database.fact_id()
            made.append({"id": id, "at": at, "by": by, "protocol": self.protocol.id, **row})
        if made:
            self._store_protocol(connection, by)
            database.insert_new(connection, table, made)
        return made

    def _store_protocol(self, connection: sa.Connection, by: str) -> None:
        if connection.execute(sa.select(protocols.c.id).where(protocols.c.id == self.protocol.id)).first():
            return
        named = self.protocol.data.get("review", {})
        label = str(named.get("version", "unnamed"))[:100] if isinstance(named, dict) else "unnamed"  # PostgreSQL takes no more
        row = {"id": self.protocol.id, "at": database.fact_id()[1], "by": by, "version": label, "text": self.protocol.text}
        database.insert_new(connection, protocols, [row])


def sound(section: Section, read: Callable[[Section], T]) -> T:
    """What `read` makes of a section; ProtocolError with all problems where there are any."""
    value = read(section)
    if section.problems:
        raise ProtocolError(section.problems)
    return value


def whoami() -> str:
    """The user of this machine, for facts made by an unattended run or by a person who gave no name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no entry for this user id, as in some containers
        return "unknown"
