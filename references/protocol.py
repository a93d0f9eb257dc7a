"""The protocol as a file: read once, every problem found with its line, nothing taken on trust."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a protocol: where, and what was found and expected."""

    line: int  # from 1; 0 where the whole file is meant
    where: str  # "screening.criteria[3].code"
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.where}: {self.what}" if self.line else f"{self.where}: {self.what}"


class ProtocolError(ValueError):
    """The protocol cannot be used; `problems` lists all that was found, by line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(f"protocol.toml, {problem}" for problem in self.problems))

    def __reduce__(self) -> tuple[type[ProtocolError], tuple[list[Problem]]]:
        """For pickle, since it may be raised in another process."""
        return ProtocolError, (self.problems,)


@dataclass(frozen=True, slots=True)
class Protocol:
    """A protocol's text, what it says, and the line each key stands on."""

    text: str
    data: dict[str, Any]
    lines: dict[Path, int]

    @property
    def id(self) -> str:
        """SHA-256 of the text: any change is another version."""
        return sha256(self.text.encode()).hexdigest()

    def section(self, name: str, problems: list[Problem]) -> Section:
        """A top-level section, to be read key by key; an empty one where the protocol has none."""
        data = self.data.get(name, {})
        if name not in self.data:
            problems.append(Problem(0, name, f"section [{name}] is missing"))
        if not isinstance(data, dict):
            problems.append(Problem(self.lines.get((name,), 0), name, f"expected a section [{name}], found {_kind(data)}"))
            data = {}
        return Section(data, (name,), self.lines, problems, whole=self)


def parse(text: str) -> Protocol:
    """Read a protocol; ProtocolError with the line where it is not TOML."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        raise ProtocolError([Problem(int(found[1]) if found else text.count("\n") + 1, "TOML", str(error))]) from None
    return Protocol(text, data, locate(text))


_NAME = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_NAME}(?:[ \t]*\.[ \t]*{_NAME})*"
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_DOTTED})[ \t]*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=(.*)$", re.DOTALL)


def locate(text: str) -> dict[Path, int]:
    """The line (from 1) of each header and key of a TOML text that is known to parse.

    tomllib gives no positions. Keys inside inline tables are found at the line of the table.
    """
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    prefix: Path = ()
    quote: str | None = None  # the delimiter of a multi-line string we are inside of
    depth = 0  # of brackets of a value that runs over several lines
    for number, line in enumerate(text.split("\n"), 1):
        if quote is None and depth == 0:
            if header := _HEADER.match(line):
                prefix = _header_path(header, counts)
                for size in range(1, len(prefix) + 1):  # [a.b] also tells where [a] begins, if nothing did before
                    lines.setdefault(prefix[:size], number)
                continue
            if not (key := _KEY.match(line)):
                continue
            path = prefix
            for name in _split(key[1]):
                path += (name,)
                lines.setdefault(path, number)
            line = key[2]
        quote, depth = _still_open(line, quote, depth)
    return lines


def _header_path(header: re.Match[str], counts: dict[Path, int]) -> Path:
    path: Path = ()
    names = _split(header[2])
    for place, name in enumerate(names):
        path += (name,)
        if header[1] == "[[" and place == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path


def _split(dotted: str) -> tuple[str, ...]:
    """The names of a dotted key, as tomllib reads them: quoted ones may hold dots and escapes."""
    names: list[str] = []
    table: Any = tomllib.loads(f"{dotted} = 0")
    while isinstance(table, dict):
        names.append(next(iter(table)))
        table = table[names[-1]]
    return tuple(names)


def _still_open(line: str, quote: str | None, depth: int) -> tuple[str | None, int]:
    """Follow strings and brackets along one line; what is still open at its end."""
    place = 0
    while place < len(line):
        if quote:
            if quote[0] == '"' and line[place] == "\\":
                place += 2
                continue
            if line.startswith(quote, place):
                place += len(quote)
                while len(quote) == 3 and line.startswith(quote[0], place):
                    place += 1  # up to two quotation marks may stand before the closing three
                quote = None
                continue
        elif line[place] in "\"'":
            quote = line[place] * 3 if line.startswith(line[place] * 3, place) else line[place]
            place += len(quote)
            continue
        elif line[place] == "#":
            break
        elif line[place] in "[{":
            depth += 1
        elif line[place] in "]}":
            depth -= 1
        place += 1
    return (quote if quote and len(quote) == 3 else None), max(depth, 0)


def _kind(value: Any) -> str:
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", list: "a list", dict: "a section"}
    return f"{names.get(type(value), type(value).__name__)} ({value!r})" if not isinstance(value, (list, dict)) else names[type(value)]


@dataclass(slots=True)
class Section:
    """One table of a protocol while it is read: each key is taken once, and what is wrong is collected.

    Reading goes on after a problem (with an empty value), so that one run finds all of them.
    """

    data: dict[str, Any]
    path: Path
    lines: dict[Path, int]
    problems: list[Problem]
    taken: set[str] = field(default_factory=set)
    whole: Protocol | None = None  # the protocol it is part of

    def other(self, name: str) -> Section:
        """Another top-level section, for a rule of this one that speaks of it; its problems are collected here too."""
        assert self.whole is not None, f"[{_dotted(self.path)}] was not read from a protocol"
        return self.whole.section(name, self.problems)

    def complain(self, key: str | None, what: str) -> None:
        """Note a problem at a key of this section, or at the section itself."""
        path = self.path + ((key,) if key is not None else ())
        line = next((self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), 0)
        self.problems.append(Problem(line, _dotted(path), what))

    def _take(self, key: str, kind: type | tuple[type, ...], expected: str, required: bool) -> Any:
        self.taken.add(key)
        if key not in self.data:
            if required:
                near = difflib.get_close_matches(key, [name for name in self.data if name not in self.taken], 1)
                self.complain(None, f"{key} is missing" + (f"; is {near[0]!r} a slip for it?" if near else ""))
            return None
        value = self.data[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.complain(key, f"expected {expected}, found {_kind(value)}")
            return None
        return value

    def text(self, key: str, *, required: bool = True, default: str = "") -> str:
        """A text; a required one may not be blank. Long ones may be wrapped: white space is read as one blank."""
        value = self._take(key, str, "a text", required)
        if value is not None and required and not value.strip():
            self.complain(key, "is blank")
        return default if value is None else " ".join(value.split())

    def choice(self, key: str, options: Sequence[str], *, required: bool = True, default: str = "") -> str:
        """A text out of `options`."""
        value = self.text(key, required=required, default=default)
        if value and value not in options:
            near = difflib.get_close_matches(value, options, 1)
            self.complain(key, f"{value!r} is not one of {', '.join(options)}" + (f"; do you mean {near[0]!r}?" if near else ""))
            return default
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        """true or false."""
        value = self._take(key, bool, "true or false", False)
        return default if value is None else bool(value)

    def number(self, key: str, *, default: int | None = None, least: int = 0) -> int:
        """A whole number of at least `least`; required where there is no default."""
        value = self._take(key, int, "a whole number", default is None)
        if value is not None and value < least:
            self.complain(key, f"expected at least {least}, found {value}")
        return (default or 0) if value is None else int(value)

    def share(self, key: str) -> float:
        """A number from 0 to 1."""
        value = self._take(key, (int, float), "a number from 0 to 1", True)
        if value is not None and not 0 <= value <= 1:
            self.complain(key, f"expected a number from 0 to 1, found {value}")
        return float(value or 0)

    def numbers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        value = self._take(key, list, "a list of whole numbers", True) or ()
        for item in value:
            if not isinstance(item, int) or isinstance(item, bool):
                self.complain(key, f"expected whole numbers in the list, found {_kind(item)}")
        return tuple(item for item in value if isinstance(item, int) and not isinstance(item, bool))

    def texts(self, key: str, *, required: bool = True, options: Sequence[str] | None = None) -> tuple[str, ...]:
        """A list of texts, each once and, where `options` are given, out of them; white space is read as in text()."""
        value = self._take(key, list, "a list of texts", required)
        found: list[str] = []
        for item in value or ():
            item = " ".join(item.split()) if isinstance(item, str) else item
            if not isinstance(item, str) or not item:
                self.complain(key, f"expected texts in the list, found {_kind(item)}")
            elif item in found:
                self.complain(key, f"{item!r} stands twice")
            elif options is not None and item not in options:
                near = difflib.get_close_matches(item, options, 1)
                self.complain(key, f"{item!r} is not one of {', '.join(options)}" + (f"; do you mean {near[0]!r}?" if near else ""))
            else:
                found.append(item)
        if required and value is not None and not value:
            self.complain(key, "is empty")
        return tuple(found)

    def sections(self, key: str, *, required: bool = True) -> Iterator[Section]:
        """The tables of an array of tables, [[...]]."""
        value = self._take(key, list, f"tables [[{_dotted((*self.path, key))}]]", required)
        for number, item in enumerate(value or ()):
            if isinstance(item, dict):
                yield Section(item, (*self.path, key, number), self.lines, self.problems, whole=self.whole)
            else:
                self.complain(key, f"expected tables, found {_kind(item)}")

    def section(self, key: str, *, required: bool = True) -> Section:
        """A table inside this one; an empty one where there is none."""
        value = self._take(key, dict, "a section", required)
        return Section(value or {}, (*self.path, key), self.lines, self.problems, whole=self.whole)

    def done(self) -> None:
        """Complain of every key that nobody took: a slip would otherwise be ignored without a word."""
        for key in self.data:
            if key not in self.taken:
                near = difflib.get_close_matches(key, sorted(self.taken), 1)
                self.complain(key, "unknown key" + (f"; do you mean {near[0]!r}?" if near else ""))


def _dotted(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text
