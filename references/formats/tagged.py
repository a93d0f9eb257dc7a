"""One reader for the formats that put a tag before each value: RIS today; others are other Specs.

It streams, keeps line numbers, and loses nothing: each line that is not blank is in an Entry or in a Diagnostic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from operator import add
from typing import Literal, NamedTuple

from references.formats.diagnostics import Diagnostic
from references.formats.text import TooLarge


class Line(NamedTuple):
    """A tag with its value, over one line of the file or several."""

    tag: str  # in capitals; "" for text under no tag
    value: str  # without outer white space; a continuation line follows a "\n", with its indentation
    first: int  # line of the file, from 1
    last: int


ClosedBy = Literal["end", "start", "blank", "file"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a file says about one record, before anyone knows what the tags mean."""

    lines: tuple[Line, ...]  # with the start tag, without the end tag
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


MOST_LINES = 50_000  # of one record; the longest real one, with its references, has some thousands


@dataclass(slots=True)
class _Open:
    """The entry that is being read."""

    first: int
    started: bool
    form: tuple[bool, bool, str]  # of its first line: indented, in small letters, gap before the separator
    rows: list[Line] = field(default_factory=list)
    wrapped: list[str] = field(default_factory=list)  # lines that go on with the last row
    raw: list[str] = field(default_factory=list)  # all lines, and
    numbers: list[int] = field(default_factory=list)  # their numbers
    blank: bool = False  # the line before was blank

    def add(self, number: int, line: str, tag: str, value: str) -> None:
        if self.wrapped:
            self.unwrap()
        self.rows.append(Line(tag, value.strip(), number, number))
        self._keep(number, line.rstrip())

    def go_on(self, number: int, line: str) -> None:
        self.wrapped.append(line.rstrip())
        self._keep(number, self.wrapped[-1])

    def _keep(self, number: int, text: str) -> None:
        self.raw.append(text)
        self.numbers.append(number)
        self.blank = False

    def unwrap(self) -> None:
        """Put the lines that go on into the value they go on with."""
        row = self.rows[-1]
        self.rows[-1] = Line(row.tag, "\n".join([row.value, *self.wrapped]).strip(), row.first, self.numbers[-1])
        self.wrapped = []

    def drop_last(self) -> tuple[int, str]:
        """Take the last line, which has no tag, out again."""
        if self.wrapped:
            self.wrapped.pop()
        elif self.rows[-1].last > self.rows[-1].first:
            row = self.rows[-1]
            self.rows[-1] = Line(row.tag, row.value.rpartition("\n")[0], row.first, self.numbers[-2])
        else:
            self.rows.pop()
        return self.numbers.pop(), self.raw.pop()

    def titled(self, spec: Spec) -> bool:
        return any(row.tag in spec.titles and (row.value or self.wrapped) for row in self.rows)

    def entry(self, closed_by: ClosedBy, last: int) -> Entry:
        if self.wrapped:
            self.unwrap()
        return Entry(tuple(self.rows), self.first, last, self.started, closed_by, "\n".join(self.raw))


_line: Callable[[tuple[str, str, int, int]], Line] = partial(tuple.__new__, Line)  # a Line, made without a call of its own
_TYPE = re.compile(r"\s*[A-Za-z]+(?: [A-Za-z]+){0,2}\s*")  # a careless start is believed with one to three words behind it


class _Tag(NamedTuple):
    name: str
    rest: str
    form: tuple[bool, bool, str]


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
        self.entry: _Open | None = None  # the one that is read line by line
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
        yield from _close(self.entry, self.spec, ends)

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
                if not begin or ("-" in begin and _tag_of(line, self.spec, None, "")) or begin == self.spec.end:
                    return None
            made[place] = "\n".join([first.rstrip(), *[line.rstrip() for line in lines]])
        return tuple(made)

    def _read_line(self, number: int, line: str, following: str) -> Iterator[Entry | Diagnostic]:
        """A line that does not simply hold one more value of the entry."""
        entry, spec = self.entry, self.spec
        if not line.strip():
            if entry and spec.blank_ends:
                yield from _close(entry, spec, "blank")
                self.entry = None
            elif entry:
                entry.blank = True
            return
        tag = _tag_of(line, spec, entry, following)
        if tag is None or (entry is None and spec.prologue and spec.prologue.match(line) and tag.name != spec.start):
            yield from _untagged(entry, spec, number, line)
            return
        if tag.name == spec.end:
            yield from _end(entry, spec, number, line, tag)
            self.entry = entry = None
            line, tag = tag.rest.lstrip(), _glued_start(tag, spec)
            if tag is None:
                return
        if tag.name in spec.outer:
            yield from _close(entry, spec, "file")
            self.entry = None
            yield Diagnostic(number, "note", f"a line of the file as a whole: {line.strip()!r}", "left out of the records")
            return
        yield from _oddities(tag, spec, number)
        if entry and _goes_into(entry, tag, spec):
            entry.add(number, line, tag.name, tag.rest)
            entry.started = entry.started or tag.name == spec.start
            return
        yield from _close(entry, spec, "start" if tag.name == spec.start else "blank")
        self.entry = entry = _Open(number, tag.name == spec.start, tag.form)
        if not (spec.numbering and entry.started):
            entry.add(number, line, tag.name, tag.rest)


def _goes_into(entry: _Open, tag: _Tag, spec: Spec) -> bool:
    """Whether a tag belongs to the entry that is open, or begins another."""
    if tag.name == spec.start:
        return spec.late_start and not entry.started and not entry.blank
    # An entry without a start ends where, after a blank line, the tag comes back that it began with.
    return entry.started or not entry.blank or not entry.rows or tag.name != entry.rows[0].tag


def _glued_start(end: _Tag, spec: Spec) -> _Tag | None:
    """The start on an end's line: two files were joined, the first of them without its last line end."""
    tag = _tag_of(end.rest.lstrip(), spec, None, "")
    return tag if tag and tag.name == spec.start else None


def _tag_of(line: str, spec: Spec, entry: _Open | None, following: str) -> _Tag | None:
    if found := spec.tag.match(line):
        return _Tag(found[1], found[2], (False, False, spec.gap))
    if spec.loose is None or (found := spec.loose.match(line)) is None:
        return _bare_end(line, spec, following)
    lead, name, gap, rest = found.groups()
    tag = _Tag(name.upper(), rest, (bool(lead), name.islower(), gap.replace("\xa0", " ")))
    return tag if _believed(tag, spec, entry) else None


def _bare_end(line: str, spec: Spec, following: str) -> _Tag | None:
    """ER alone on its line, unless running text goes on right below it."""
    if line.strip() != spec.end:
        return None
    goes_on = following.strip() and not spec.tag.match(following) and not (spec.prologue and spec.prologue.match(following))
    loose = spec.loose.match(following) if spec.loose else None
    if goes_on and not (loose and loose[2].upper() == spec.start):
        return None
    return _Tag(spec.end or "", "", (False, False, spec.gap))


def _believed(tag: _Tag, spec: Spec, entry: _Open | None) -> bool:
    """Whether a line that is not written as it should be begins a value, or is text that happens to look so.

    It does when the whole entry is written like that, or when the tag is known and no running text is open.
    """
    indented, small, gap = tag.form
    alike = entry is not None and entry.form == tag.form
    in_prose = entry is not None and bool(entry.rows) and entry.rows[-1].tag in spec.prose
    spaced = gap != "" and tag.rest[:1] in ("", " ", "\t", "\xa0")
    if tag.name == spec.start:
        return _TYPE.fullmatch(tag.rest) is not None and (alike or not (in_prose and small))
    if tag.name == spec.end:
        return len(tag.rest.strip()) <= 1 and (gap != "" or not tag.rest.strip())
    if len(tag.name) > 2 and not alike:
        return not small and spaced and not in_prose and (gap == spec.gap or tag.name in spec.pseudo)
    if alike:
        return tag.name in spec.known or (spaced and not in_prose)
    if gap == spec.gap and not small:
        return tag.name in spec.known  # only the white space before it is odd
    return tag.name in spec.known and spaced and not (in_prose or small or indented)


def _untagged(entry: _Open | None, spec: Spec, number: int, line: str) -> Iterator[Diagnostic]:
    """A line without a tag goes on with the value before it, but not with a start, nor after a blank line if no prose is open."""
    if entry is None:
        yield _outside(number, line, spec)
        return
    if len(entry.raw) > MOST_LINES:
        raise TooLarge(f"the record that begins on line {entry.first} has more than {MOST_LINES:,} lines, which no real one has")
    tag = entry.rows[-1].tag if entry.rows else spec.start
    indented = spec.indent and line.startswith(spec.indent)
    if (tag == spec.start and not spec.late_start) or (entry.blank and tag and tag not in spec.prose and not indented):
        entry.add(number, line, "", line)
    else:
        entry.go_on(number, line)


def _outside(number: int, line: str, spec: Spec) -> Diagnostic:
    text = line.strip()
    if spec.prologue and spec.prologue.match(line):
        what = "record numbers between the records" if re.fullmatch(r"\W*\d+\W*", text) else f"a line that introduces records: {text!r}"
        return Diagnostic(number, "note", what, "left out")
    if spec.trailer and spec.trailer.match(line):
        return Diagnostic(number, "note", "lines that the vendor puts behind each record", "left out")
    return Diagnostic(number, "warning", f"text outside of any record: {text!r}", "kept here only")


def _end(entry: _Open | None, spec: Spec, number: int, line: str, tag: _Tag) -> Iterator[Entry | Diagnostic]:
    if entry is None:
        yield Diagnostic(number, "warning", f"an end of record ({line.strip()!r}) with no record before it", "left out")
        return
    if _glued_start(tag, spec):
        yield Diagnostic(number, "warning", "the end of a record and the start of the next on one line", "read as two lines")
    elif rest := tag.rest.strip():
        yield Diagnostic(number, "note", f"text after the end of record: {rest!r}", "left out of the record")
    if spec.loose and line.strip() == spec.end:
        yield Diagnostic(number, "note", f"{spec.end} without its dash", "read as the end of a record")
    else:
        yield from _oddities(tag._replace(rest=""), spec, number)
    yield from _close(entry, spec, "end", number)


def _close(entry: _Open | None, spec: Spec, by: ClosedBy, end: int | None = None) -> Iterator[Entry | Diagnostic]:
    """The entry that was open; or, where it is none, a word on each of its lines."""
    if entry is None:
        return
    if len(entry.raw) > MOST_LINES:
        raise TooLarge(f"the record that begins on line {entry.first} has more than {MOST_LINES:,} lines, which no real one has")
    if by in ("start", "file"):
        yield from _trailing_prologue(entry, spec)
    if not entry.started and by != "end" and not entry.titled(spec):
        yield from _no_entry(entry, spec)
        return
    if not entry.started:
        what = f"a record without its start tag {spec.start}"
        yield Diagnostic(entry.first, "warning", what, "read as a record of unknown type")
    if spec.end and by != "end":
        what = f"a record without its end tag {spec.end}"
        done = {"start": "ended where the next one starts", "blank": "ended at the blank line", "file": "ended with the file"}[by]
        yield Diagnostic(entry.first, "warning", what, done)
    made = entry.entry(by, end or (entry.numbers[-1] if entry.numbers else entry.first))
    for row in made.lines:
        if row.tag == "":
            text = " ".join(row.value.split())
            yield Diagnostic(row.first, "warning", f"text under no tag inside a record: {text!r}", "kept as unread")
    yield made


def _no_entry(entry: _Open, spec: Spec) -> Iterator[Diagnostic]:
    """Tagged lines that make no record, such as Ovid's NL behind the end of one."""
    for number, text in zip(entry.numbers, entry.raw, strict=True):
        yield _outside(number, text, spec)


def _trailing_prologue(entry: _Open, spec: Spec) -> list[Diagnostic]:
    """The lines at the end of an entry that introduce the next one; they are taken out of it."""
    found: list[Diagnostic] = []
    while spec.prologue and len(entry.raw) > 1 and spec.prologue.match(entry.raw[-1]) and not spec.tag.match(entry.raw[-1]):
        number, line = entry.drop_last()
        found.append(_outside(number, line, spec))
    return found[::-1]


def _oddities(tag: _Tag, spec: Spec, number: int) -> Iterator[Diagnostic]:
    """How a tag that was understood is not written as it should be."""
    if spec.loose is None:
        return
    indented, small, gap = tag.form
    if indented:
        yield Diagnostic(number, "note", "white space before the tag", "read as the tag")
    if small:
        yield Diagnostic(number, "note", "a tag in small letters", "read as in capitals")
    if gap != spec.gap:
        found = {0: "no space", 1: "one space"}.get(len(gap), f"{len(gap)} spaces")
        yield Diagnostic(number, "note", f"{found} before the dash, {len(spec.gap)} expected", "read as the tag")
    if tag.rest and tag.rest[0] != " ":
        what = {"\t": "a tab after the dash", "\xa0": "a no-break space after the dash"}.get(tag.rest[0], "no space after the dash")
        yield Diagnostic(number, "note", what, "read as the tag")
