"""The values of one entry while they are read: each is taken for a field, or stays and is shown as unread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from references.formats.tagged import Line
from references.identifiers import clean_text

T = TypeVar("T")

# What programs write where they have nothing; R and pandas among them.
NOTHING = frozenset({"", "na", "n/a", "nan", "null", "none", "undefined", "no-specified", "not specified", "-", "--", "[not available]"})


def said(text: str) -> str | None:
    """The text made fit to read; None where it says nothing ("NA", "undefined")."""
    text = clean_text(text)
    return None if text.lower() in NOTHING else text


class Values:
    """The values of one entry. `origins` grows as they are taken; `unread()` is the rest."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.places: dict[str, list[int]] = {}
        for place, line in enumerate(lines):
            self.places.setdefault(line.tag, []).append(place)
        self.origins: list[tuple[str, str, int]] = []
        self._taken: set[int] = set()  # id() of lines, which `lines` keeps alive: several may stand on one line of the file
        self._read: dict[int, str] = {}
        self._left: list[tuple[str, str, int]] = []

    def all(self, *tags: str) -> list[Line]:
        """The lines under these tags, in the order of the tags and then of the file; none is taken."""
        places = self.places
        return [self.lines[place] for tag in tags if tag in places for place in places[tag]]

    def in_file_order(self, *tags: str) -> list[Line]:
        """The lines under these tags, in the order of the file; none is taken."""
        return [self.lines[place] for place in sorted(place for tag in tags for place in self.places.get(tag, ()))]

    def text(self, *tags: str) -> str:
        """The first value under these tags that says something, made fit to read, or ""; it is not taken."""
        for line in self.all(*tags):
            text = self._clean(line)
            if text.lower() not in NOTHING:
                return text
        return ""

    def _clean(self, line: Line) -> str:
        text = self._read.get(id(line))
        if text is None:
            text = self._read[id(line)] = clean_text(line.value)
        return text

    def take(self, field: str, line: Line) -> None:
        """Note that a field comes from this line, and that it says no more."""
        self._taken.add(id(line))
        self.tell(field, line)

    def tell(self, field: str, line: Line) -> None:
        """Note that a field comes from this line, which stays for others."""
        origin = (field, line.tag, line.first)
        if origin not in self.origins:
            self.origins.append(origin)

    def first(self, field: str, tags: Sequence[str], clean: Callable[[str], T | None], *, keep: bool = False) -> T | None:
        """The first value that `clean` accepts, and every line that says the same; other values stay.

        `keep`: the lines say more than that, so they stay too.
        """
        found: T | None = None
        for line in self.all(*tags):
            value = clean(line.value)
            if value is not None and found is None:
                found = value
            if value is not None and value == found:
                (self.tell if keep else self.take)(field, line)
        return found

    def words(self, field: str, *tags: str) -> str | None:
        """The first value that says something, made fit to read, as first() takes it."""
        found: str | None = None
        for line in self.all(*tags):
            text = self._clean(line)
            if text.lower() in NOTHING or (found is not None and text != found):
                continue
            found = text
            self.take(field, line)
        return found

    def taken(self, line: Line) -> bool:
        """Whether a field has this line."""
        return id(line) in self._taken

    def pass_over(self, line: Line) -> None:
        """Note that a line says nothing that another does not say."""
        self._taken.add(id(line))

    def leave(self, line: Line, text: str) -> None:
        """Keep a part of a taken line as unread."""
        if text := clean_text(text):
            self._left.append((line.tag, text, line.first))

    def unread(self) -> tuple[tuple[str, str, int], ...]:
        """(tag, value, line) of all that no field took, but for empty values."""
        rest = [(line.tag, text, line.first) for line in self.lines if id(line) not in self._taken and (text := self._clean(line))]
        left = [item for item in dict.fromkeys(self._left) if item not in rest]
        return tuple(sorted(rest + left, key=lambda item: item[2]))
