"""One reader for the formats that put a tag before each value: RIS, MEDLINE, Web of Science and others, each a Spec.

It streams, keeps line numbers, and loses nothing: each line that is not blank is in an Entry or in a Diagnostic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from operator import add

from references.formats.careful import OpenEntry, close, end_entry, glued_start, goes_into, oddities, tag_of, untagged
from references.formats.diagnostics import Diagnostic
from references.formats.entry import ClosedBy, Entry, Line, Spec

_line: Callable[[tuple[str, str, int, int]], Line] = partial(tuple.__new__, Line)  # a Line, made without a call of its own


def tagged(pieces: Iterable[str], spec: Spec, first: int = 1, ends: ClosedBy = "file") -> Iterator[Entry | Diagnostic]:
    """The entries of a text in their order, and between them what is to be told about its lines.

    `pieces` are the text, cut anywhere, its lines ending in LF. It may be a part of a file that begins with an entry:
    `first` is the number of its first line, and `ends` says "start" where another part follows. TooLarge where an
    entry has more than MOST_LINES lines.
    """
    return _Reader(spec, first).read(pieces, ends)


LONGEST_WHOLE = 60_000  # characters of an entry that is tried whole


class _Reader:
    """Reads most entries whole, as all their lines are written as they should be, and the others line by line."""

    def __init__(self, spec: Spec, first: int) -> None:
        self.spec = spec
        self.number = first  # of the next line
        self.entry: OpenEntry | None = None  # the one that is read line by line
        width, _, infix = spec.infix
        self.plain = {tag.ljust(width): tag for tag in spec.known - {spec.start, spec.end} - spec.outer} if infix else {}
        self.tags = frozenset(self.plain.values())
        self.opening = spec.start + infix if infix and spec.end else None
        self.closing = f"\n{spec.end}{infix.rstrip()}"
        tag = rf"[A-Z][A-Z0-9]{{{width - 1}}}{re.escape(infix.rstrip())}"
        # A tag and its value with the lines below it that begin with no tag; whatever does not fit is left out, and missed.
        self.pair = re.compile(rf"([A-Z][A-Z0-9]{{{width - 1}}}){re.escape(infix.rstrip())}(?: |(?=\n))(.*(?:\n(?!{tag}).*)*)\n")

    def read(self, pieces: Iterable[str], ends: ClosedBy) -> Iterator[Entry | Diagnostic]:
        """As tagged()."""
        rest = ""
        for piece in pieces:
            text = rest + piece
            # The last whole line waits for the next piece, since a line may need a look at the one that follows.
            stop = text.rfind("\n", 0, max(text.rfind("\n"), 0)) + 1
            yield from self._read(text, stop)
            rest = text[stop:]
        if rest:
            text = rest if rest.endswith("\n") else f"{rest}\n"
            yield from self._read(text, len(text))
        yield from close(self.entry, self.spec, ends)

    def _read(self, text: str, stop: int) -> Iterator[Entry | Diagnostic]:
        """The entries of a text up to a place where a line begins."""
        width, begin, infix = self.spec.infix
        at, plain, opening, entry = 0, self.plain, self.opening, self.entry
        while at < stop:
            if entry is None and opening and text.startswith(opening, at) and (whole := self._whole(text, at, stop)):
                yield whole[0]
                at = whole[1]
                continue
            end = text.find("\n", at)
            line = text[at:end]
            at = end + 1
            name = plain.get(line[:width]) if entry and line[width:begin] == infix else None
            if entry and name and (entry.started or not entry.blank):
                entry.add(self.number, line, name, line[begin:])
            else:
                following = text[at : text.find("\n", at) if at < len(text) else at] if line.strip() == self.spec.end else ""
                yield from self._read_line(self.number, line, following)
                entry = self.entry
            self.number += 1

    def _whole(self, text: str, at: int, stop: int) -> tuple[Entry, int] | None:
        """The entry that begins here and the place behind it; None if it does not end here, or anything in it needs a second look."""
        end = text.find(self.closing, at, min(stop, at + LONGEST_WHOLE))
        last = text.find("\n", end + 1)
        if end < 0 or last < 0 or text[end:last].rstrip() != self.closing:
            return None
        part, number = text[at : end + 1], self.number
        pairs = self.pair.findall(part)
        if not pairs:
            return None
        tags, found = zip(*pairs, strict=True)
        count = part.count("\n")
        if not self.tags.issuperset(tags[1:]):
            return None
        values = tuple(map(str.strip, found))
        neat = values == found and " \n" not in part  # nearly always no line has white space at its end
        starts: Sequence[int] = range(number, number + count)
        ends = starts
        if count != len(pairs):
            more = [value.count("\n") for value in found]
            if count != len(pairs) + sum(more) or more[0] or (wrapped := self._wrapped(values, more)) is None:
                return None
            neat = neat and wrapped == values
            values = wrapped
            starts = list(accumulate([one + 1 for one in more[:-1]], initial=number))
            ends = list(map(add, starts, more))
        rows = tuple(map(_line, zip(tags, values, starts, ends, strict=True)))
        text = part[:-1] if neat else "\n".join([line.rstrip() for line in part[:-1].split("\n")])
        self.number += count + 1
        return Entry(rows, number, number + count, True, "end", text), last + 1

    def _wrapped(self, values: tuple[str, ...], more: list[int]) -> tuple[str, ...] | None:
        """The values of which some go on over `more` lines, without white space at the ends of those; None where it is not sure."""
        made = list(values)
        for place in [place for place, count in enumerate(more) if count]:
            first, *lines = values[place].split("\n")
            if len(lines) < more[place]:
                return None  # a blank line at its end
            for line in lines:
                begin = line.strip()[:10]  # a careless tag has its dash here
                if not begin or ("-" in begin and tag_of(line, self.spec, None, "")) or begin == self.spec.end:
                    return None
            made[place] = "\n".join([first.rstrip(), *[line.rstrip() for line in lines]])
        return tuple(made)

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
