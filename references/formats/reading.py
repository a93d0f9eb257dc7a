"""Reading one export file of any format: its records one by one, each line accounted for, and the records counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import blake2s

from references.formats.diagnostics import BETWEEN, OUTSIDE, Diagnostic, Told
from references.formats.entry import Entry
from references.formats.format import Format, Sides
from references.formats.headers import judged
from references.formats.interpret import About
from references.formats.text import Text
from references.record import Record
from references.visible import counted

LONGEST_REMARK = 60  # characters that programs write between records, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many records a file shows, by its starts, its ends and its titles, and how many were read."""

    starts: int | None  # None where the format has no such thing
    ends: int | None
    titles: int
    records: int
    errors: int = 0  # places that cannot be read, where records may stand
    foreign: tuple[str, ...] = ()  # lines that look like the start of a record in another format

    @property
    def lost(self) -> bool:
        """Whether records may be missing, or be made up: there are not as many as the file shows, or a part was not read."""
        shown = max(self.starts or 0, self.ends or 0)  # some programs leave starts out, some ends
        return not self.records or bool(self.errors or self.foreign) or shown not in (0, self.records)

    @property
    def differences(self) -> tuple[str, ...]:
        """Where the sides do not agree, in words; a side that the whole file leaves out says nothing."""
        found = []
        if self.starts and self.starts != self.records:
            found.append(f"{_were(self.records)} read, but {_lines(self.starts)} like the start of one")
        if self.ends and self.ends != self.records:
            found.append(f"{_were(self.records)} read, but {_lines(self.ends)} like the end of one")
        if self.foreign:
            found.append(f"{_lines(len(self.foreign))} like the start of a record in another format ({self.foreign[0].strip()!r})")
        if self.errors:
            found.append(f"{counted(self.errors, 'place')} in it may hide a record")
        if self.titles != self.records:
            found.append(f"{self.records - self.titles} of {counted(self.records, 'record')} without a title")
        return tuple(found)


def _were(records: int) -> str:
    return f"{counted(records, 'record')} {'was' if records == 1 else 'were'}"


def _lines(number: int) -> str:
    return f"{counted(number, 'line')} {'looks' if number == 1 else 'look'}"


@dataclass(frozen=True, slots=True)
class Found:
    """A record, and the entry of the file it was read from."""

    record: Record
    entry: Entry


class Reading:
    """One file while it is read. Iterate over it once; `diagnostics` and `counts` are whole when that has ended.

    A record's key is a digest of its own lines, so the same file in another encoding or with other line ends gives
    the same ids; an identical record met again in the file gets "#2", "#3".
    """

    def __init__(self, text: Text, format: Format, source: str, vendor: str = "", why: str = "") -> None:
        self.text = text
        self.format = format
        self.source = source  # as in Record.source: "file:NAME.ris"
        self.vendor, self.why = vendor, why
        self.about: About = format.about(text, vendor)
        self.records = self.titles = 0
        self.accepted = ""  # why differences between the counts are right, where somebody says so
        self._sides = Sides(None, None)
        self._first: int | None = None  # line of the first record
        self._met: dict[int, int] = {}  # {digest as a number: how often}; numbers, since there may be many
        self._told = Told(text.diagnostics)

    def __iter__(self) -> Iterator[Found]:
        for key, entry in self.entries():
            record = self.format.interpret(entry, self.source, key, self.about)
            for doubt in self.format.doubts(entry, record):
                self.tell(doubt)
            self.count_title(bool(record.title), entry.first_line)
            yield Found(record, entry)

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """The keys and entries, not yet understood; whoever takes these counts the titles and tells the doubts."""
        for found in self.format.entries(self.text):
            if isinstance(found, Entry):
                yield self.key(digest(found)), found
            elif isinstance(found, Sides):
                self.count(found)
            else:
                self.tell(found)

    def key(self, digest: str) -> str:
        """The key of the next record, whose own lines have this digest."""
        self.records += 1
        place = int(digest[:15], 16)
        times = self._met[place] = self._met.get(place, 0) + 1
        return digest if times == 1 else f"{digest}#{times}"

    def count(self, sides: Sides) -> None:
        """Add the sides of the file, or of a part of it."""
        now = self._sides
        self._sides = Sides(_sum(now.starts, sides.starts), _sum(now.ends, sides.ends), now.foreign + sides.foreign)

    def count_title(self, titled: bool, line: int) -> None:
        """Count a record that has a title, or tell of one that has none."""
        self._first = line if self._first is None else self._first
        self.titles += titled
        if not titled:
            self.tell(Diagnostic(line, "note", "a record without a title", "read with what it has"))

    def tell(self, diagnostic: Diagnostic) -> None:
        """Take in one more thing to tell; text outside of the records may be some that would be passed over."""
        if diagnostic.what.startswith((OUTSIDE, BETWEEN)) and self._hides_records(diagnostic):
            diagnostic = replace(diagnostic, severity="error")
        self._told.add(diagnostic)

    def _hides_records(self, outside: Diagnostic) -> bool:
        """Whether it is the line of headers of a table, or behind the first record and longer than what programs write there."""
        text = outside.what.partition(": ")[2][1:-1]
        behind = outside.what.startswith(OUTSIDE) and self._first is not None and (outside.line or 0) > self._first
        return (behind and len(text) > LONGEST_REMARK) or any(judged(text.split(mark)) for mark in ",;\t")

    @property
    def counts(self) -> Counts:
        """The records counted from three sides."""
        starts, ends, foreign = self._sides
        return Counts(starts=starts, ends=ends, titles=self.titles, records=self.records, errors=self._told.errors, foreign=foreign)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All there is to tell, with the differences between the counts first."""
        counts, found = self.counts, []
        if not self.text.size:
            found.append(Diagnostic(None, "warning", "the file is empty", "no record was read"))
        elif not counts.records:
            found.append(Diagnostic(None, "error", f"no record found in what looks like {self.format.name}", "nothing was read"))
        else:
            done = f"accepted: {self.accepted}" if self.accepted else "compare the records with the file at the lines that are named"
            severity = "error" if counts.lost else "warning"
            found += [Diagnostic(None, severity, what, done) for what in counts.differences]  # type: ignore[arg-type]
        return (*found, *self._told.all())


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other


def digest(entry: Entry) -> str:
    """The key of an entry: a digest of its own lines, without those that only number or end it."""
    return blake2s(entry.text.encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()
