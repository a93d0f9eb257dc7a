"""What the module of a source has: a few constants and pure functions. Everything that does something is in references/walk.py.

To add a source, write one such file and name it in references/sources/__init__.py; the README shows how.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from references.formats.diagnostics import Diagnostic
from references.record import Record
from references.wire import Limits, Request, Secret


class Changed(ValueError):
    """The service answers in a form that this version does not know."""


class Moved(ValueError):
    """What the service found has changed while it was walked, so that its pages do not fit together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What one search asks of a source. All its pages are asked from this and a cursor."""

    query: str  # with its dates, as the source takes them
    page_size: int
    base: str  # the service's address
    keyed: bool = False  # whether a key goes with it; never the key


class Source(Protocol):
    """A module of references/sources/. A cursor is a text that only its source understands, and is stored with each page."""

    NAME: str  # "europepmc", as the protocol's search lines say
    SERVICE: str  # whose address, keys and limits it has: its own name, or the one of another source
    PLATFORM: str  # "Europe PMC", as people say
    BASE: str  # the service's address; REVIEW_<SERVICE>_URL stands for another
    PAGE_SIZE: int
    START: str  # the cursor of the first page
    DATE: str  # how {from}, {to}, {since} and {today} are written, as strftime says: "%Y-%m-%d"
    SECRETS: tuple[Secret, ...]
    SLACK: float  # by what share its total may be off, as a source that estimates says itself; 0.0 where it counts
    REPEATABLE: bool  # whether a page that was asked for can be asked for again, also on another day

    def request(self, question: Question, cursor: str) -> Request:
        """The request for the page at a cursor."""

    def read(self, body: bytes) -> Any:
        """What a body says; the other functions call it `data`. ValueError, in words, where it is not whole."""

    def refusal(self, data: Any, status: int, keyed: bool = True) -> str | None:
        """The source's own "no", in words, whatever the status; None where it would be worth asking again, or is an answer.

        `keyed`: whether a key went with the request, where that makes a difference.
        """

    def passing(self, data: Any, status: int) -> bool:
        """Whether an answer may pass although its status (400, 404 and the like) says that it would be the same again."""

    def flaw(self, data: Any, question: Question, cursor: str) -> str | None:
        """Why an answer with status 200 is not the page at the cursor, in words, so that it is asked again."""

    def limits(self, headers: Mapping[str, str]) -> Limits:
        """What the headers (in small letters) say of the next request."""

    def total(self, data: Any, question: Question, cursor: str) -> int | None:
        """How many records the source says the whole query finds; None on a page that does not say."""

    def wanted(self, question: Question, total: int) -> int:
        """How many of them the search is to bring: all, or the first so many where the query says so."""

    def next_cursor(self, data: Any, question: Question, cursor: str) -> str | None:
        """Where the walk goes on; None at its end. Moved where this page cannot belong to the walk."""

    def withheld(self, data: Any, question: Question, cursor: str) -> tuple[str, ...]:
        """On the last page, the keys of records that the source counts and gave to no asking; told, and not missed."""

    def records(self, data: Any) -> list[Record]:
        """The records of a page, in its order. Changed where one has no key, without which it cannot be named."""

    def lookup(self, dois: Sequence[str], pmids: Sequence[str], at_once: int) -> list[str]:
        """Queries that find the documents with these identifiers, so many identifiers in each."""

    def diagnostics(self, data: Any, found: Sequence[Record]) -> list[Diagnostic]:
        """What of the page was not understood, and what the source says about the query."""


def lasting(data: Any, status: int) -> bool:
    """`passing` of a source whose statuses mean what they say."""
    return False


def all_given(data: Any, question: Question, cursor: str) -> tuple[str, ...]:
    """`withheld` of a source that gives what it counts."""
    return ()


def all_wanted(question: Question, total: int) -> int:
    """`wanted` of a source whose searches are always walked to the end."""
    return total
