"""CSV, TSV and XLSX: one row a record, one column a field, and a column for what no field holds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from functools import partial
from typing import BinaryIO

from references.formats.reading import Found
from references.formats.writers.writer import CONTENT, Writer, encoded
from references.record import Record
from references.sheet import guarded

COLUMNS = ("id", *CONTENT, "other")
LONGEST_CELL = 32_767  # characters, Excel's limit


def row(record: Record) -> list[str]:
    """The cells of a record under COLUMNS; several values of one field have "; " between them."""
    cells = [record.id]
    for name in CONTENT:
        value = getattr(record, name)
        if name == "abstract_alt":
            cells.append("\n\n".join(f"{language}: {text}" if language else text for language, text in value))
        elif isinstance(value, tuple):
            cells.append("; ".join(value))
        elif isinstance(value, bool):
            cells.append("yes" if value else "")
        else:
            cells.append("" if value is None else str(value))
    return [*cells, "\n".join(f"{tag}: {value}" for tag, value, _ in record.unread)]


def _write_csv(found: Iterable[Found], file: BinaryIO, *, delimiter: str) -> Iterator[str]:
    def texts() -> Iterator[str]:
        yield "\ufeff" + _line(COLUMNS, delimiter)
        for one in found:
            yield _line([guarded(cell) for cell in row(one.record)], delimiter)

    encoded(texts(), file)
    return iter(())


def _line(cells: Iterable[str], delimiter: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerow(cells)
    return text.getvalue()


def _write_xlsx(found: Iterable[Found], file: BinaryIO) -> Iterator[str]:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("records")
    sheet.append(COLUMNS)
    cut = 0
    for one in found:
        cells = []
        for text in row(one.record):
            cut += len(text) > LONGEST_CELL
            cell = WriteOnlyCell(sheet, value=text[:LONGEST_CELL])
            cell.data_type = "s"  # never a formula
            cells.append(cell)
        sheet.append(cells)
    book.save(file)
    if cut:
        yield f"{cut} cells are longer than the {LONGEST_CELL:,} characters that XLSX holds, and were cut there; CSV holds them whole"


CSV = Writer(name="CSV", suffixes=(".csv",), write=partial(_write_csv, delimiter=","), holds_unread=True)
TSV = Writer(name="TSV", suffixes=(".tsv", ".tab"), write=partial(_write_csv, delimiter="\t"), holds_unread=True)
XLSX = Writer(name="XLSX", suffixes=(".xlsx",), write=_write_xlsx, holds_unread=True)
