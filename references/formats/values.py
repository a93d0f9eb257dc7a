"""The values of one entry while they are read: each is taken for a field, or stays and is shown as unread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from references.formats.entry import Line
from references.identifiers import clean_text, nothing

T = TypeVar("T")


def said(text: str) -> str | None:
    """The text made fit to read; None where it says nothing ("NA", "undefined")."""
    text = clean_text(text)
    return None if nothing(text) else text


class Values:
    """The values of one entry. `origins` says which were taken; `unread()` is the rest."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = tuple(lines)
        self._under: dict[str, list[Line]] = {}
        for line in lines:
            self._under.setdefault(line.tag, []).append(line)
        self._origins: dict[tuple[str, str, int], None] = {}  # a set that keeps its order
        self._taken: set[int] = set()  # id() of lines, which `lines` keeps alive: several may stand on one line of the file
        self._read: dict[int, str] = {}
        self._left: list[tuple[str, str, int]] = []

    def all(self, *tags: str) -> list[Line]:
        """The lines under these tags, in the order of the tags and then of the file; none is taken."""
        found: list[Line] = []
        for tag in tags:
            if tag in self._under:
                found += self._under[tag]
        return found

    def in_file_order(self, *tags: str) -> list[Line]:
        """The lines under these tags, in the order of the file; none is taken."""
        named = [tag for tag in tags if tag in self._under]
        return self.all(*named) if len(named) < 2 else [line for line in self.lines if line.tag in named]

    def text(self, *tags: str) -> str:
        """The first value under these tags that says something, made fit to read, or ""; it is not taken."""
        for tag in tags:
            for line in self._under.get(tag, ()):
                text = self._clean(line)
                if not nothing(text):
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
        self._origins[field, line.tag, line.first] = None

    def tell(self, field: str, line: Line) -> None:
        """Note that a field comes from this line, which stays for others."""
        self._origins[field, line.tag, line.first] = None

    @property
    def origins(self) -> tuple[tuple[str, str, int], ...]:
        """(field, tag, line) of all that was taken so far."""
        return tuple(self._origins)

    def tell_as(self, field: str, other: str) -> None:
        """Note that a field comes from wherever another one does."""
        for known, tag, number in self.origins:
            if known == other:
                self._origins[field, tag, number] = None

    def first(self, field: str, tags: Sequence[str], clean: Callable[[str], T | None], *, keep: bool = False) -> T | None:
        """The first value that `clean` accepts, and every line that says the same; other values stay.

        `keep`: the lines say more than that, so they stay too.
        """
        found: T | None = None
        for tag in tags:
            for line in self._under.get(tag, ()):
                value = clean(line.value)
                if value is not None and found is None:
                    found = value
                if value is not None and value == found:
                    (self.tell if keep else self.take)(field, line)
        return found

    def words(self, field: str, *tags: str) -> str | None:
        """The first value that says something, made fit to read, as first() takes it."""
        found: str | None = None
        for tag in tags:
            for line in self._under.get(tag, ()):
                text = self._clean(line)
                if nothing(text) or (found is not None and text != found):
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
