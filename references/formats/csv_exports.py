"""Tables of records as text: comma-, semicolon- or tab-separated values, of any vendor or of none that is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from references.formats import csv_upright
from references.formats.csv_fields import interpret
from references.formats.csv_rows import SAYS, Row, rows, rows_shown
from references.formats.diagnostics import Diagnostic
from references.formats.entry import Entry, Line
from references.formats.foreign import starts_of_others
from references.formats.format import Format, Sides
from references.formats.header_tools import OWN
from references.formats.headers import judged, named
from references.formats.interpret import About
from references.formats.text import Malformed, Text, TooLarge
from references.record import Record

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
NO_DELIMITER = "\x1f"  # of a table with one column; the unit separator stands in no title
MOST_PREAMBLE = 40  # rows in which the headers are looked for
_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?\s*', re.I)  # Excel's own first line


class Header(NamedTuple):
    """The line of headers, and how the rows below it are written."""

    delimiter: str
    quoted: bool  # quotes enclose cells; in Web of Science's tab-delimited text they are characters like any other
    first: int
    last: int
    tags: tuple[str, ...]
    vendor: str  # "" where no vendor is known by it
    reason: str

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.tags)


def header_among(found: Iterable[Row], delimiter: str) -> tuple[int, Header] | None:
    """The first row within the preamble that names columns of records, and how many of its names are known."""
    for row in islice(found, MOST_PREAMBLE):
        if names := judged(row.cells):
            cells = row.cells
            while not cells[-1].strip():
                cells = cells[:-1]
            # Web of Science's two-letter tags stand above cells that were never quoted.
            quoted = not (delimiter == "\t" and {"TI", "SO"} <= {cell.strip() for cell in cells})
            return names.known, Header(delimiter, quoted, row.first, row.last, named(cells), names.vendor, names.reason)
    return None


def header_of(head: str) -> Header | None:
    """The headers in the first lines of a text, by the separator that makes most of them known; None where it has none."""
    lines = head.split("\n")
    given = _SEPARATOR.fullmatch(lines[0])
    found = [
        header
        for delimiter in ((given[1],) if given else DELIMITERS)
        if (header := header_among(_readable(lines[: 10 * MOST_PREAMBLE], delimiter), delimiter))
    ]
    return max(found, key=lambda one: one[0])[1] if found else _lone(lines)


def _readable(lines: list[str], delimiter: str) -> Iterator[Row]:
    """The rows up to where they break off: a head ends anywhere, and one of another format breaks every rule."""
    try:
        yield from rows(lines, delimiter)
    except (Malformed, TooLarge):
        return


def _lone(lines: list[str]) -> Header | None:
    """A table of titles and nothing else."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            found = re.fullmatch(r'\s*"?(title|titles|article title)"?[,;\t]?\s*', line, re.I)
            return Header(NO_DELIMITER, True, number, number, (found[1],), "", f"the column {found[1]} alone") if found else None
    return None


def sign(head: str) -> str | None:
    """A line of headers: a vendor's own, or a title or abstract beside another known name."""
    if re.match(r"\s*[<{@%\[]", head):
        return None  # XML, JSON, BibTeX, refer and RTF begin with these, and no header does
    if csv_upright.is_upright(head.split("\n")):
        return "rows that begin with TITLE and the names of Embase's other fields"
    header = header_of(head)
    if header is None:
        return None
    apart = f", separated by {DELIMITERS[header.delimiter]}" if header.delimiter in DELIMITERS else ""
    return f"a header line with {header.reason}{apart}"


_FOREIGN = starts_of_others()


def about(text: Text, vendor: str) -> About:
    """The vendor that the headers show, or the one that is given: words in a cell (a note of Rayyan's) may tell of another."""
    return About(vendor_of_head(text.head())[0] or vendor)


def vendor_of_head(head: str) -> tuple[str, str]:
    """The vendor that the headers of a table show, and which of them do; both empty where none is shown."""
    if csv_upright.is_upright(head.split("\n")):
        return csv_upright.VENDOR, "rows that begin with TITLE and the names of its other fields"
    header = header_of(head)
    return (header.vendor, header.reason) if header and header.vendor else ("", "")


def entries(text: Text) -> Iterator[Entry | Diagnostic | Sides]:
    """The rows below the headers, one record each; rows are counted apart by the quotes at the ends of cells."""
    head = text.head()
    if csv_upright.is_upright(head.split("\n")):
        yield from csv_upright.entries(text.lines())
        return
    header = header_of(head)
    if header is None:
        if head.strip():
            raise Malformed(no_header(next(line for line in head.split("\n") if line.strip())))
        yield Sides(None, None)
        return
    lines = text.lines()
    raw = ""
    for number, raw in enumerate(islice(lines, header.last), 1):
        if number < header.first and raw.strip():
            yield before_header(number, raw)
    shown = 0
    foreign: list[str] = []

    def counted() -> Iterator[str]:
        nonlocal shown
        for line, count in rows_shown(lines, header.delimiter, raw.strip(), quoted=header.quoted):
            shown += count
            if _FOREIGN.match(line):
                foreign.append(line)
            yield line

    for row in rows(counted(), header.delimiter, quoted=header.quoted, width=header.width, number=header.last):
        yield from from_row(row, header, spans=True)
    yield Sides(shown, None, tuple(foreign))


def no_header(found: str) -> str:
    """What to say of a table without headers that are known."""
    what = f"no line of headers in the first {MOST_PREAMBLE} rows, which begin with {found.strip()[:100]!r}"
    return f"{what}. Expected names of columns such as title, abstract, authors, year and doi; write them above the first record"


def before_header(number: int, text: str) -> Diagnostic:
    """What a vendor says of its export above the headers."""
    return Diagnostic(number, "note", f"a line above the headers: {' '.join(text.split())[:200]!r}", "left out of the records")


# -- rows --------------------------------------------------------------------------------------------------------------


def from_row(row: Row, header: Header, *, spans: bool) -> Iterator[Entry | Diagnostic]:
    """The entry of a row, after what is odd about it. `spans`: a line end inside a cell is one of the file."""
    lines = tuple(_lines(row, header, spans))
    if not any(SAYS.search(line.value) for line in lines):
        if row.quoted or len(row.cells) > 1 or row.cells[0].strip():
            yield Diagnostic(row.first, "note", "a row with nothing but separators", "left out", _span(row))
        return
    if repeats(row, header):
        yield Diagnostic(row.first, "note", "the headers once more, as in files that were joined", "left out", _span(row))
        return
    _same_headers(row, header)
    if row.doubt:
        yield Diagnostic(row.first, "warning", row.doubt, "read as it stands; compare the record with the file")
    given = len(row.cells)
    if given > header.width and any(cell.strip() for cell in row.cells[header.width :]):
        what = f"a row of {given} cells under {header.width} headers"
        yield Diagnostic(row.first, "warning", what, "what is beyond the headers is kept as unread; cells may stand under a wrong header")
    elif given < header.width:
        what = f"a row of {given} cells under {header.width} headers"
        yield Diagnostic(row.first, "warning", what, "read as the first of them; the row may be cut off")
    text = "\n".join(f"{line.tag}\t{line.value}" for line in lines)
    yield Entry(lines, row.first, row.last, started=True, closed_by="end", text=text)


def repeats(row: Row, header: Header) -> bool:
    """Whether a row is the headers once more."""
    return row.cells[0].strip() == header.tags[0] and tuple(cell.strip() for cell in row.cells[: header.width]) == header.tags


def _same_headers(row: Row, header: Header) -> None:
    """Malformed where other headers begin: what is below would be read under the wrong ones."""
    if len(row.cells) < 3 or max(map(len, row.cells)) > 60:
        return
    if (other := judged(row.cells)) and (other.known > 3 or other.known == len(row.cells)):
        what = f"line {row.first}: other headers ({', '.join(filter(None, row.cells[:5]))}, ...) than those of line {header.last}"
        raise Malformed(f"{what}. Expected one table in a file; two exports were joined: divide the file here, and import each part")


def _span(row: Row) -> tuple[tuple[int, int], ...]:
    return ((row.first, row.last),)


def _lines(row: Row, header: Header, spans: bool) -> Iterator[Line]:
    first = row.first
    for place, cell in enumerate(row.cells):
        if not cell:
            continue
        last = first + (cell.count("\n") if spans else 0)
        if value := unguarded(cell, certain=spans and header.vendor == OWN).strip():
            yield Line(header.tags[place] if place < header.width else f"column {place + 1}", value, first, last)
        first = last


_GUARD = re.compile(r"\s*'(?=[ \n]*[=+\-@\t])")


def unguarded(cell: str, *, certain: bool = False) -> str:
    """Without the apostrophe that keeps a spreadsheet from taking a text for a formula; a quotation keeps its own.

    `certain`: whoever wrote the file put one before every cell that begins like a formula.
    """
    return _GUARD.sub("", cell, count=1) if "'" in cell and (certain or cell.count("'") == 1) and _GUARD.match(cell) else cell


# -- doubts ------------------------------------------------------------------------------------------------------------

_DATE = re.compile(r"\d{1,2}-[A-Z][a-z]{2}|[A-Z][a-z]{2}-\d{2}|\d{4}-\d\d-\d\d(?:[ T][\d:]+)?")
_POWER = re.compile(r"\d[.,]\d+E\+\d+", re.I)


def doubts(entry: Entry, record: Record) -> Iterator[Diagnostic]:
    """What a spreadsheet may have changed: pages into a date, a long number into a power of ten."""
    for field in ("pages", "volume", "issue"):
        value: str | None = getattr(record, field)
        if value and _DATE.fullmatch(value):
            what = f"{field} that look like a date ({value}); spreadsheets make dates of numbers such as 3-12"
            yield Diagnostic(entry.first_line, "warning", what, "kept as it stands; compare with the source")
    for tag, value, line_number in record.unread:
        if tag.lower() == "doi":
            yield Diagnostic(line_number, "warning", f"{tag} is no DOI that is known: {value!r}", "kept as unread")
    for line in entry.lines:
        if _POWER.fullmatch(line.value):
            what = f"{line.tag} as a power of ten ({line.value}); a spreadsheet rounded a long number"
            yield Diagnostic(line.first, "warning", what, "kept as it stands; export the records again")


CSV = Format(name="CSV", media="text/csv", sign=sign, entries=entries, interpret=interpret, doubts=doubts, about=about)
