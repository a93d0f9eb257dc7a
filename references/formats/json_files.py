"""JSON files of records: lists of objects, objects that wrap such a list, single objects, and one object to a line."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from references.formats.diagnostics import Diagnostic
from references.formats.entry import Entry, Line
from references.formats.format import Sides
from references.formats.text import Malformed, Text, TooLarge
from references.identifiers import clean_text

MOST_ROWS = 100_000  # values of one record
DEEPEST = 50  # objects and lists inside each other; real ones have less than ten

Row = tuple[str, str]  # tag and value


class Object(tuple[tuple[str, Any], ...]):
    """A JSON object as its pairs, so that a key met twice loses nothing."""

    __slots__ = ()

    def get(self, key: str) -> Any:
        """The first value of a key, or None."""
        return next((value for name, value in self if name == key), None)


class _Member(NamedTuple):
    key: str
    value: Any
    doubled: frozenset[str]
    first: int
    last: int


class Shape(NamedTuple):
    """How one format's files are built."""

    name: str  # "CSL-JSON"
    wrapper: str  # the key of the list of records, where an object holds it
    known: frozenset[str]  # keys of which a record has at least one
    rows: Callable[[str, Any], Iterator[Row]]  # a key of a record and its value to tags and values
    unhashed: frozenset[str] = frozenset()  # keys that change without the record: counts, dates of the index


class _Constant(ValueError):
    """NaN or Infinity, which are no JSON."""


def _no_constant(word: str) -> Any:
    raise _Constant(word)


# Numbers stay as they are written, and raw line ends inside strings are let pass.
_DECODER = json.JSONDecoder(object_pairs_hook=Object, parse_int=str, parse_float=str, parse_constant=_no_constant, strict=False)
_SPACE = re.compile(r"[ \t\n\r\ufeff]*")


class _Cursor:
    """A place in the text, and its line."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name, self.at, self.records = text, name, 0, 0
        self.doubled: frozenset[str] = frozenset()  # keys that an object inside the last value has twice
        self._line, self._seen = 1, 0

    @property
    def line(self) -> int:
        self._line += self.text.count("\n", self._seen, self.at)
        self._seen = self.at
        return self._line

    def peek(self) -> str:
        """The next character that is no white space, or ""."""
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
        return self.text[self.at : self.at + 1]

    def past(self, wanted: str) -> str:
        """Go past one of these characters."""
        if (found := self.peek()) not in wanted or not found:
            raise self.broken(f"expected {' or '.join(wanted)}")
        self.at += 1
        return found

    def value(self) -> Any:
        """The value that begins here."""
        self.peek()
        try:
            value, self.at = _DECODER.raw_decode(self.text, self.at)
        except json.JSONDecodeError as error:
            self.at = max(error.pos, self.at)
            raise self.broken(error.msg) from None
        except _Constant as error:
            raise self.broken(f"{error} in the value that begins here, which is no JSON") from None
        except RecursionError:
            raise self.broken(f"objects or lists more than {DEEPEST} deep") from None
        self.doubled = frozenset(self._look_inside(value)) if isinstance(value, (Object, list)) else frozenset()
        return value

    def _look_inside(self, value: Object | list[Any]) -> Iterator[str]:
        """The keys that an object inside the value has twice. Malformed where it goes too deep."""
        level: list[Any] = [value]
        for _ in range(DEEPEST):
            for one in level:
                if isinstance(one, Object) and len(keys := Counter(key for key, _ in one)) < len(one):
                    yield from (key for key, times in keys.items() if times > 1)
            inner = (found for one in level for found in ((value for _, value in one) if isinstance(one, Object) else one))
            level = [one for one in inner if isinstance(one, (Object, list))]
            if not level:
                return
        raise self.broken(f"objects or lists more than {DEEPEST} deep in the value that ends here")

    def broken(self, why: str) -> Malformed:
        found = repr(self.text[self.at : self.at + 40]) if self.at < len(self.text) else "the end of the file"
        stood = f"{self.records} {'record' if self.records == 1 else 'records'} stood before that, and nothing of the file is read"
        return Malformed(
            f"line {self.line}: {why}; found {found}; expected {self.name}, a list of objects; {stood}. "
            "Export the records again, or mend that line"
        )


def entries(text: Text, shape: Shape) -> Iterator[Entry | Diagnostic | Sides]:
    """The records of a JSON file, in its order.

    Malformed where it is no JSON, where NaN stands in it, or where something else than an object stands for a record;
    TooLarge for a file that does not fit into memory.
    """
    yield Sides(None, None)
    cursor = _Cursor(text.whole(), shape.name)
    while first := cursor.peek():
        if first == "[":
            yield from _list(cursor, shape)
        elif first == "{":
            yield from _object(cursor, shape, outer=True)
        else:
            raise cursor.broken("neither a list nor an object")


def _list(cursor: _Cursor, shape: Shape) -> Iterator[Entry | Diagnostic]:
    cursor.past("[")
    if cursor.peek() == "]":
        cursor.at += 1
        return
    while True:
        if cursor.peek() != "{":
            raise cursor.broken("no object in the list of records")
        yield from _object(cursor, shape, outer=False)
        if cursor.past(",]") == "]":
            return


def _object(cursor: _Cursor, shape: Shape, outer: bool) -> Iterator[Entry | Diagnostic]:
    """The object that begins here: a record, or (only an outer one) an object around the list of them."""
    cursor.past("{")
    first, wraps, members = cursor.line, False, list[_Member]()
    if cursor.peek() == "}":
        cursor.at += 1
        yield Diagnostic(first, "warning", "an empty object", "left out")
        return
    while True:
        if cursor.peek() != '"':
            raise cursor.broken("no key")
        begun = cursor.line
        key = cursor.value()
        cursor.past(":")
        if outer and key == shape.wrapper and cursor.peek() == "[":
            wraps = True
            yield from _list(cursor, shape)
        else:
            value = cursor.value()
            members.append(_Member(key, value, cursor.doubled, begun, cursor.line))
        if cursor.past(",}") == "}":
            break
    if wraps:
        for one in members:
            what = f"{_short(one.key)}, told of the file as a whole: {_short(one.value)}"
            yield Diagnostic(one.first, "note", what, "left out of the records")
        return
    if outer and not shape.known.intersection(one.key for one in members):
        raise cursor.broken(f"an object with the keys {_short(', '.join(one.key for one in members))}, and none that a record has")
    yield from _record(cursor, shape, members, first)


def _record(cursor: _Cursor, shape: Shape, members: list[_Member], first: int) -> Iterator[Entry | Diagnostic]:
    lines, hashed = list[Line](), list[str]()
    keys: set[str] = set()
    for one in members:
        for name in sorted(one.doubled | ({one.key} & keys)):
            yield Diagnostic(one.first, "warning", f"the key {_short(name)!r} twice in one object", "both values are kept")
        keys.add(one.key)
        for tag, said in shape.rows(tag_of(one.key), one.value):
            lines.append(Line(tag, said, one.first, one.last))
            if one.key not in shape.unhashed:
                hashed.append(f"{tag}\t{said}")
    if len(lines) > MOST_ROWS:
        raise TooLarge(f"the record that begins on line {first} has {len(lines):,} values; expected {MOST_ROWS:,} at most")
    cursor.records += 1
    yield Entry(lines=tuple(lines), first_line=first, last_line=cursor.line, started=True, closed_by="end", text="\n".join(hashed))


def _short(value: Any) -> str:
    text = clean_text("; ".join(f"{tag.lstrip('/')} {said}".strip() for tag, said in flat("", value)))
    return text if len(text) <= 120 else f"{text[:119]}…"


# -- values ------------------------------------------------------------------------------------------------------------


def tag_of(key: str) -> str:
    """A key, fit to be shown."""
    return key if key.isascii() and key.isprintable() else clean_text(key)


def flat(tag: str, value: Any) -> Iterator[Row]:
    """Every value in a value, by its path: {"a": [{"b": 1}, {"b": 2}]} has "a/b" twice. null says nothing."""
    if isinstance(value, Object):
        for key, inner in value:
            yield from flat(f"{tag}/{tag_of(key)}", inner)
    elif isinstance(value, list):
        for inner in value:
            yield from flat(tag, inner)
    elif value is not None:
        yield tag, str(value).lower() if isinstance(value, bool) else value


def without(value: Object, *keys: str) -> Object:
    """The object less these keys."""
    return Object(pair for pair in value if pair[0] not in keys)
