"""Reading tagged lines one by one: which of them begin a value, go on with one, end an entry, or belong to none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from references.formats.diagnostics import OUTSIDE, Diagnostic
from references.formats.entry import ClosedBy, Entry, Line, Spec
from references.formats.text import TooLarge

MOST_LINES = 50_000  # of one record; the longest real one, with its references, has some thousands


@dataclass(slots=True)
class OpenEntry:
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


_TYPE = re.compile(r"\s*[A-Za-z]+(?: [A-Za-z]+){0,2}\s*")  # a careless start is believed with one to three words behind it


class Tag(NamedTuple):
    """A tag as it is written on its line."""

    name: str
    rest: str
    form: tuple[bool, bool, str]


def goes_into(entry: OpenEntry, tag: Tag, spec: Spec) -> bool:
    """Whether a tag belongs to the entry that is open, or begins another."""
    if tag.name == spec.start:
        return spec.late_start and not entry.started and not entry.blank
    # After a blank line the tag comes back that this entry began with: another begins, without a start of its own.
    opening = next((row.tag for row in entry.rows if row.tag != spec.start), None)
    return not entry.blank or tag.name != opening or (entry.started and entry.rows[-1].tag == opening)


def glued_start(end: Tag, spec: Spec) -> Tag | None:
    """The start on an end's line: two files were joined, the first of them without its last line end."""
    tag = tag_of(end.rest.lstrip(), spec, None, "")
    return tag if tag and tag.name == spec.start else None


def tag_of(line: str, spec: Spec, entry: OpenEntry | None, following: str) -> Tag | None:
    """The tag that begins a line, written well or carelessly; None for text. `following` is the next line."""
    if found := spec.tag.match(line):
        return Tag(found[1], found[2], (False, False, spec.gap))
    if spec.loose is None or (found := spec.loose.match(line)) is None:
        return _bare_end(line, spec, following)
    lead, name, gap, rest = found.groups()
    tag = Tag(name.upper(), rest, (bool(lead), name.islower(), gap.replace("\xa0", " ")))
    return tag if _believed(tag, spec, entry) else None


def _bare_end(line: str, spec: Spec, following: str) -> Tag | None:
    """ER alone on its line, unless running text goes on right below it."""
    if line.strip() != spec.end:
        return None
    goes_on = following.strip() and not spec.tag.match(following) and not (spec.prologue and spec.prologue.match(following))
    loose = spec.loose.match(following) if spec.loose else None
    if goes_on and not (loose and loose[2].upper() == spec.start):
        return None
    return Tag(spec.end or "", "", (False, False, spec.gap))


def _believed(tag: Tag, spec: Spec, entry: OpenEntry | None) -> bool:
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


def untagged(entry: OpenEntry | None, spec: Spec, number: int, line: str) -> Iterator[Diagnostic]:
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
    return Diagnostic(number, "warning", f"{OUTSIDE}: {text!r}", "kept here only")


def end_entry(entry: OpenEntry | None, spec: Spec, number: int, line: str, tag: Tag) -> Iterator[Entry | Diagnostic]:
    """The entry that an end tag ends, and what is odd about that line."""
    if entry is None:
        yield Diagnostic(number, "warning", f"an end of record ({line.strip()!r}) with no record before it", "left out")
        return
    if glued_start(tag, spec):
        yield Diagnostic(number, "warning", "the end of a record and the start of the next on one line", "read as two lines")
    elif rest := tag.rest.strip():
        yield Diagnostic(number, "note", f"text after the end of record: {rest!r}", "left out of the record")
    if spec.loose and line.strip() == spec.end:
        yield Diagnostic(number, "note", f"{spec.end} without its dash", "read as the end of a record")
    else:
        yield from oddities(tag._replace(rest=""), spec, number)
    yield from close(entry, spec, "end", number)


def close(entry: OpenEntry | None, spec: Spec, by: ClosedBy, end: int | None = None) -> Iterator[Entry | Diagnostic]:
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


def _no_entry(entry: OpenEntry, spec: Spec) -> Iterator[Diagnostic]:
    """Tagged lines that make no record, such as Ovid's NL behind the end of one."""
    for number, text in zip(entry.numbers, entry.raw, strict=True):
        yield _outside(number, text, spec)


def _trailing_prologue(entry: OpenEntry, spec: Spec) -> list[Diagnostic]:
    """The lines at the end of an entry that introduce the next one; they are taken out of it."""
    found: list[Diagnostic] = []
    while spec.prologue and len(entry.raw) > 1 and spec.prologue.match(entry.raw[-1]) and not spec.tag.match(entry.raw[-1]):
        number, line = entry.drop_last()
        found.append(_outside(number, line, spec))
    return found[::-1]


def oddities(tag: Tag, spec: Spec, number: int) -> Iterator[Diagnostic]:
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
