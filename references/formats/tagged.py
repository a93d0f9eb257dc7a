"""One reader for the formats that put a tag before each value: RIS, MEDLINE, Web of Science and others, each a Spec.

It streams, keeps line numbers, and loses nothing: each line that is not blank is in an Entry or in a Diagnostic.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Sequence

from references.formats.careful import OpenEntry, close, end_entry, glued_start, goes_into, oddities, tag_of, untagged
from references.formats.diagnostics import Diagnostic
from references.formats.entry import ClosedBy, Columns, Entry, Spec


def tagged(pieces: Iterable[str], spec: Spec, first: int = 1, ends: ClosedBy = "file") -> Iterator[Entry | Diagnostic]:
    """The entries of a text in their order, and between them what is to be told about its lines.

    `pieces` are the text, cut anywhere, its lines ending in LF. It may be a part of a file that begins with an entry:
    `first` is the number of its first line, and `ends` says "start" where another part follows. TooLarge where an
    entry has more than MOST_LINES lines.
    """
    return _Reader(spec, first).read(pieces, ends)


def _neat(text: str) -> str:
    """The text without white space at the ends of its lines."""
    return "\n".join(map(str.rstrip, text.split("\n")))


LONGEST_WHOLE = 60_000  # characters of an entry that is tried whole


class _Reader:
    """Reads most entries whole, as all their lines are written as they should be, and the others line by line."""

    def __init__(self, spec: Spec, first: int) -> None:
        self.spec = spec
        self.number = first  # of the next line
        self.entry: OpenEntry | None = None  # the one that is read line by line
        width, self.begin, self.infix = spec.infix
        self.plain = {tag.ljust(width): tag for tag in spec.known - {spec.start, spec.end} - spec.outer} if self.infix else {}
        self.opening = spec.start + self.infix if self.infix and spec.end else None
        self.apart = re.compile(rf"\n([A-Z][A-Z0-9]{{{width - 1}}}){re.escape(self.infix)}")
        self.closing = f"\n{spec.end}{self.infix.rstrip()}"

    def read(self, pieces: Iterable[str], ends: ClosedBy) -> Iterator[Entry | Diagnostic]:
        """As tagged()."""
        rest = ""
        for piece in pieces:
            text = rest + piece
            # The last whole line waits for the next piece, since a line may need a look at the one that follows.
            done = yield from self._read(text, text.rfind("\n", 0, max(text.rfind("\n"), 0)) + 1)
            rest = text[done:]
        if rest:
            text = rest if rest.endswith("\n") else f"{rest}\n"
            yield from self._read(text, len(text), wait=False)
        yield from close(self.entry, self.spec, ends)

    def _read(self, text: str, stop: int, *, wait: bool = True) -> Generator[Entry | Diagnostic, None, int]:
        """The entries of a text up to a place where a line begins; an entry that may end behind it can wait. The place that was reached."""
        width, begin, infix = self.spec.infix
        at, plain, opening, entry = 0, self.plain, self.opening, self.entry
        while at < stop:
            if entry is None and opening and text.startswith(opening, at):
                if whole := self._whole(text, at, stop):
                    yield whole[0]
                    at = whole[1]
                    continue
                if wait and stop - at < LONGEST_WHOLE and self.closing not in text[at:stop]:
                    return at
            end = text.find("\n", at)
            if end == at and entry is None:
                at += 1
                self.number += 1
                continue
            line = text[at:end]
            at = end + 1
            name = plain.get(line[:width]) if entry and line[width:begin] == infix else None
            if entry and name and not entry.blank:
                entry.add(self.number, line, name, line[begin:])
            else:
                following = text[at : text.find("\n", at) if at < len(text) else at] if line.strip() == self.spec.end else ""
                yield from self._read_line(self.number, line, following)
                entry = self.entry
            self.number += 1
        return at

    def _whole(self, text: str, at: int, stop: int) -> tuple[Entry, int] | None:
        """The entry that begins here and the place behind it; None if it does not end here, or anything in it needs a second look."""
        end = text.find(self.closing, at, min(stop, at + LONGEST_WHOLE))
        last = text.find("\n", end + 1)
        if end < 0 or last < 0 or text[end:last].rstrip() != self.closing:
            return None
        own, first = text[at:end], self.number
        found = self.apart.split(own)
        found[0] = found[0][self.begin :]
        tags, written = [self.spec.start, *found[1::2]], found[::2]
        if not self.plain.keys() >= set(found[1::2]):
            return None
        values = list(map(str.strip, written))
        count = own.count("\n") + 1
        starts: Sequence[int] = range(first, first + count)
        ends = starts
        if count > len(tags):
            if (places := self._folded(values, first, count)) is None:
                return None
            starts, ends = places
        self.number += count + 1
        neat = values == written and all(values)  # nearly always no line has white space at its end
        return Entry(Columns(tags, values, starts, ends), first, first + count, True, "end", own if neat else _neat(own)), last + 1

    def _folded(self, values: list[str], first: int, count: int) -> tuple[list[int], list[int]] | None:
        """The first and last lines of values of which some go on below, and those made neat; None where it is not sure that they do."""
        starts: list[int] = []
        ends: list[int] = []
        following = first
        for place, value in enumerate(values):
            if "\n" in value:
                head, *lines = value.split("\n")
                if place == 0 or not all(map(self._goes_on, lines)):
                    return None
                starts += range(following, following + place - len(starts) + 1)
                ends += starts[len(ends) :]
                ends[-1] += len(lines)
                following = ends[-1] + 1
                values[place] = "\n".join(map(str.rstrip, (head, *lines)))
        starts += range(following, following + len(values) - len(starts))
        ends += starts[len(ends) :]
        return (starts, ends) if ends[-1] == first + count - 1 else None  # a value that begins or ends with blank lines

    def _goes_on(self, line: str) -> bool:
        """Whether a line surely goes on with the value above it."""
        begin = line.strip()[:10]  # a careless tag has its dash here
        tagged = ("-" in begin if "-" in self.infix else line[:1] != " ") and tag_of(line, self.spec, None, "") is not None
        return not (tagged or not begin or begin == self.spec.end)

    def _read_line(self, number: int, line: str, following: str) -> Iterator[Entry | Diagnostic]:
        """A line that does not simply hold one more value of the entry."""
        entry, spec = self.entry, self.spec
        if not line.strip():
            if entry and spec.blank_ends:
                yield from close(entry, spec, "blank")
                self.entry = None
            elif entry:
                entry.blank = True
            return
        tag = tag_of(line, spec, entry, following)
        if tag is None or (entry is None and spec.prologue and spec.prologue.match(line) and tag.name != spec.start):
            yield from untagged(entry, spec, number, line)
            return
        if tag.name == spec.end:
            yield from end_entry(entry, spec, number, line, tag)
            self.entry = entry = None
            line, tag = tag.rest.lstrip(), glued_start(tag, spec)
            if tag is None:
                return
        if tag.name in spec.outer:
            yield from close(entry, spec, "file")
            self.entry = None
            yield Diagnostic(number, "note", f"a line of the file as a whole: {line.strip()!r}", "left out of the records")
            return
        yield from oddities(tag, spec, number)
        if entry and goes_into(entry, tag, spec):
            entry.add(number, line, tag.name, tag.rest)
            entry.started = entry.started or tag.name == spec.start
            return
        yield from close(entry, spec, "start" if tag.name == spec.start else "blank")
        self.entry = entry = OpenEntry(number, tag.name == spec.start, tag.form)
        if not (spec.numbering and entry.started):
            entry.add(number, line, tag.name, tag.rest)
