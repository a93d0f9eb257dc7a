"""What a file says about one record before anyone knows what it means, and how formats of tagged lines are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple, overload


class Line(NamedTuple):
    """A tag with its value, over one line of the file or several."""

    tag: str  # in capitals; "" for text under no tag
    value: str  # without outer white space; a continuation line follows a "\n", with its indentation
    first: int  # line of the file, from 1
    last: int


_line: Callable[[tuple[str, str, int, int]], Line] = partial(tuple.__new__, Line)  # a Line, made without a call of its own


class Columns(Sequence[Line]):
    """Lines that are kept as columns, and made when somebody asks for them: a copy or a count of entries needs none."""

    __slots__ = ("_columns", "_lines")

    def __init__(self, tags: Sequence[str], values: Sequence[str], firsts: Sequence[int], lasts: Sequence[int]) -> None:
        self._columns = (tags, values, firsts, lasts)
        self._lines: tuple[Line, ...] | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        """All of them; the same objects each time."""
        if self._lines is None:
            self._lines = tuple(map(_line, zip(*self._columns, strict=True)))
        return self._lines

    def __len__(self) -> int:
        return len(self._columns[0])

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    @overload
    def __getitem__(self, place: int) -> Line: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Line, ...]: ...
    def __getitem__(self, place: int | slice) -> Line | tuple[Line, ...]:
        return self.lines[place]

    def __eq__(self, other: object) -> bool:
        return self.lines == tuple(other) if isinstance(other, (Columns, tuple)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.lines)

    def __repr__(self) -> str:
        return repr(self.lines)


ClosedBy = Literal["end", "start", "blank", "file"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a file says about one record, before anyone knows what the tags mean."""

    lines: Sequence[Line]  # with the start tag, without the end tag
    first_line: int
    last_line: int  # with the end tag
    started: bool  # it has a start tag
    closed_by: ClosedBy  # its end tag, the next entry's start, a blank line, or the end of the file
    text: str  # its lines as they stand, but for blank ones, the end tag and white space at their ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """How one format of tagged lines is written."""

    tag: re.Pattern[str]  # a line that surely begins a value; groups: tag, rest
    start: str  # the tag that begins an entry
    end: str | None = None  # the tag that ends it
    infix: tuple[int, int, str] = (0, 0, "")  # nearly every line: (length of the tag, where the value begins, what is between)
    numbering: bool = False  # the start only numbers the entries and says nothing of them
    late_start: bool = False  # the start may stand below other tags, so it begins an entry only behind a blank line or another start
    outer: frozenset[str] = frozenset()  # tags of the file, not of an entry
    indent: str = ""  # what a wrapped line begins with, even behind a blank line
    blank_ends: bool = False  # a blank line ends an entry too
    loose: re.Pattern[str] | None = None  # the same written carelessly; groups: lead, tag, gap, rest
    gap: str = "  "  # between tag and separator, as it should be
    known: frozenset[str] = frozenset()  # tags that the careless form is believed for
    pseudo: frozenset[str] = frozenset()  # of those, longer names that some vendors use as tags
    prose: frozenset[str] = frozenset()  # running text: may hold blank lines, and lines that look like careless tags
    titles: frozenset[str] = frozenset()  # an entry without a start or an end must have one of these
    prologue: re.Pattern[str] | None = None  # lines before an entry that number it or name the provider
    trailer: re.Pattern[str] | None = None  # lines that a vendor puts behind an entry, of no use
