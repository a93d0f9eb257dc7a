"""Workbooks (.xlsx): one sheet of records, read cell by cell, with limits checked before anything is unpacked."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cached_property
from hashlib import sha256
from itertools import islice, zip_longest
from typing import Any, BinaryIO

import openpyxl

from references.formats import csv_exports
from references.formats.csv_exports import Header, before_header, from_row, header_among, no_header, repeats
from references.formats.csv_fields import interpret
from references.formats.csv_rows import LONGEST_ROW, SAYS, Row
from references.formats.diagnostics import Diagnostic
from references.formats.entry import Entry
from references.formats.format import Format, Sides
from references.formats.interpret import About
from references.formats.text import Malformed, Text, TooLarge
from references.formats.xlsx_checks import BROKEN, DAMAGED, LARGEST, check, has_formulas, said

MOST_ROWS = 1_048_576  # Excel's own limit
MOST_CELLS = 50_000_000  # of one sheet, empty ones counted

_TAB = "\t"


class Workbook:
    """The sheet of a workbook that holds records, with what Reading asks of a Text: a line is a row, its cells between tabs."""

    encoding = "xlsx"

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self._data = data
        check(data)
        self._book = _opened(data)
        told: list[Diagnostic] = []
        self._sheet, self.header = self._chosen(told)
        self.diagnostics = (*told, *_unsaved(data, self._book, self._sheet))

    def binary(self) -> BinaryIO:
        """The bytes of the workbook."""
        return io.BytesIO(self._data)

    def head(self, characters: int = 200_000) -> str:
        """The first rows; line ends inside cells are spaces, so that a line is a row."""
        parts, size = [], 0
        for line in self.lines():
            parts.append(line.replace("\n", " "))
            size += len(line) + 1
            if size > characters:
                break
        return "\n".join(parts)[:characters]

    def lines(self) -> Iterator[str]:
        """The rows from the first, each as a line of cells between tabs; a cell with a tab, a quote or a line end is quoted."""
        for cells in self.rows():
            yield _joined(cells)

    def rows(self, title: str = "") -> Iterator[list[str]]:
        """The texts of the cells of each row, from the first row of the sheet; empty ones at its end are left out."""
        yield from _rows(self._book, title or self._sheet)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the cells: the same however the workbook is packed."""
        found = sha256()
        for line in self.lines():
            found.update(f"{line}\n".encode("utf-8", "backslashreplace"))
        return found.hexdigest()

    def _chosen(self, told: list[Diagnostic]) -> tuple[str, Header | None]:
        """The first sheet with headers that are known, else the first; the others are told of."""
        titles: list[str] = [sheet.title for sheet in self._book.worksheets]
        if not titles:
            raise Malformed("the workbook has no sheet with cells. Expected one with a row of headers; save the records as .xlsx or .csv")
        headers = {title: _header(self.rows(title)) for title in titles}
        chosen = next((title for title in titles if headers[title]), titles[0])
        for title in titles:
            if title != chosen and any(any(cells) for cells in self.rows(title)):
                records = "with headers of records too" if headers[title] else "without headers of records"
                what = f"another sheet, {title!r}, {records}"
                done = f"left out; the records were read from {chosen!r}" + ("; save it as a file of its own" if headers[title] else "")
                told.append(Diagnostic(None, "warning" if headers[title] else "note", what, done))
        return chosen, headers[chosen]


def read_workbook(open: Callable[[], BinaryIO]) -> Workbook:
    """The sheet of records in a workbook.

    Malformed for what is no .xlsx, is encrypted or damaged; TooLarge for one that unpacks to more than any real one.
    """
    with open() as file:
        return Workbook(file.read(LARGEST + 1))


# -- cells -------------------------------------------------------------------------------------------------------------


def _opened(data: bytes, *, values: bool = True) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions, which hold no records
            return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=values, keep_links=False)
    except BROKEN as error:
        raise Malformed(f"{DAMAGED} ({said(error)}). Expected a whole .xlsx: open it, and save it again or as .csv") from error


def _unsaved(data: bytes, book: Any, title: str) -> Iterator[Diagnostic]:
    """The rows with formulas of which the program that wrote the workbook did not save what they came to."""
    if not has_formulas(data):
        return
    formulas = _rows(_opened(data, values=False), title)
    nothing: list[str] = []
    for number, (written, saved) in enumerate(zip_longest(formulas, _rows(book, title), fillvalue=nothing), 1):
        if any(cell.startswith("=") and not value for cell, value in zip_longest(written, saved, fillvalue="")):
            what = "a formula without the value that it came to"
            yield Diagnostic(number, "warning", what, "left out, since formulas are not worked out; open the workbook, and save it again")


def _rows(book: Any, title: str) -> Iterator[list[str]]:
    sheet = book[title]
    cells = number = 0
    try:
        sheet.reset_dimensions()  # some programs write a size that is too small, which would cut the sheet
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
                cells += len(row)
                if number > MOST_ROWS or cells > MOST_CELLS:
                    raise TooLarge(f"row {number}: more rows or cells than any sheet of records has; save the records alone")
                texts = [_text(value) for value in row]
                while texts and not texts[-1]:
                    texts.pop()
                if sum(map(len, texts)) > LONGEST_ROW:
                    raise TooLarge(f"row {number}: more text than any record has")
                yield texts
    except BROKEN as error:
        if isinstance(error, TooLarge):
            raise
        raise Malformed(f"{DAMAGED} below row {number} ({said(error)}). Expected a whole .xlsx: open it, and save it again") from error


def _text(value: object) -> str:
    """What a cell says: whole numbers without a point, dates as ISO, formulas as what they came to when the file was saved."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return _plain(str(value))


def _plain(text: str) -> str:
    """Excel's own line ends (_x000D_) and controls undone or gone."""
    if "_x" in text:
        text = text.replace("_x000D_", "").replace("_x000A_", "\n").replace("_x0009_", "\t")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _joined(cells: list[str]) -> str:
    return _TAB.join('"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in '\t\n"') else cell for cell in cells)


def _divided(line: str) -> list[str]:
    """The cells that _joined() put into a line."""
    if '"' not in line:
        return line.split(_TAB)
    if csv.field_size_limit() < LONGEST_ROW:
        csv.field_size_limit(LONGEST_ROW)
    return next(csv.reader([line], delimiter=_TAB, strict=True))


def _header(rows: Iterator[list[str]]) -> Header | None:
    found = header_among((Row(cells, number, number) for number, cells in enumerate(rows, 1)), _TAB)
    return found[1] if found else None


# -- as a format -------------------------------------------------------------------------------------------------------


def sign(head: str) -> str | None:
    """None: a workbook is told by its bytes, in open_file(), before it is a text."""
    return None


def about(text: Text, vendor: str) -> About:
    """The vendor that the headers show, or the one that is given."""
    header = _header(_divided(line) for line in islice(text.lines(), csv_exports.MOST_PREAMBLE))
    return About((header.vendor if header else "") or vendor)


def entries(text: Text) -> Iterator[Entry | Diagnostic | Sides]:
    """The rows below the headers, one record each; `text` is what read_workbook() gave, and a line its row's number."""
    header = _header(_divided(line) for line in islice(text.lines(), csv_exports.MOST_PREAMBLE))
    shown = 0
    first = ""
    for number, line in enumerate(text.lines(), 1):
        first = first or line
        if header is None or number <= header.last:
            if header and number < header.first and line.strip():
                yield before_header(number, line)
            continue
        row = Row(_divided(line), number, number)
        if header.width > len(row.cells):  # empty cells at the end of a row are not in the file
            row.cells.extend([""] * (header.width - len(row.cells)))
        shown += SAYS.search(line) is not None and not repeats(row, header)
        yield from () if not line else from_row(row, header, spans=False)
    if header is None and first:
        raise Malformed(no_header(first))
    yield Sides(shown if header else None, None)


MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSX = Format(name="XLSX", media=MEDIA, sign=sign, entries=entries, interpret=interpret, doubts=csv_exports.doubts, about=about)
