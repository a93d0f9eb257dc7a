"""What every writer gives: the fields it has a place for, and how one record looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import BinaryIO

from references.formats.reading import Found
from references.record import Record

# What people want to find again; the rest of Record says where it came from.
CONTENT = tuple(field.name for field in fields(Record) if field.name not in ("id", "source", "key", "origins", "unread"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """One format that records can be written in."""

    name: str
    suffixes: tuple[str, ...]
    write: Callable[[Iterable[Found], BinaryIO], Iterator[str]]  # writes everything, and gives what is to be told meanwhile
    holds: frozenset[str] = frozenset(CONTENT)  # the fields of Record with a place in it
    holds_unread: bool = False  # it has a place for values that no table of tags knows


def encoded(texts: Iterable[str], file: BinaryIO) -> None:
    """Write texts as UTF-8; half of a surrogate pair, which no file could hold, becomes U+FFFD."""
    for text in texts:
        file.write(text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode("utf-8"))


def page_range(pages: str | None) -> tuple[str, str]:
    """ "109-119" as its two ends; what is no range has no end."""
    first, hyphen, last = (pages or "").partition("-")
    return (first, last) if hyphen and first and last and "-" not in last else (pages or "", "")
