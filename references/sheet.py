"""Tables that people send in (decisions, answers, links): read with line numbers, refused whole when a row is bad."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from references.error import ReviewError
from references.formats.text import NotText, Text, TooLarge
from references.output import whole

MOST_SHOWN = 50
_NUMBER = re.compile(r"[+-]?\d[\d,.]*")


class SheetError(ReviewError):
    """A table with bad rows; nothing of it was applied."""


@dataclass(slots=True)
class Sheet:
    """A table from outside: its rows, and what is wrong with them, by line."""

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[int, dict[str, str]]]  # (line of the file the row starts on, {column: value, white space cut})
    problems: list[tuple[int, str]] = field(default_factory=list)

    def complain(self, line: int, what: str) -> None:
        """Note what is wrong with a row; refuse() raises all of it."""
        self.problems.append((line, what))

    def refuse(self) -> None:
        """SheetError with every problem, where there is any."""
        if not self.problems:
            return
        found = sorted(self.problems)
        lines = [f"{self.name}, line {line}: {what}" for line, what in found[:MOST_SHOWN]]
        if len(found) > MOST_SHOWN:
            lines.append(f"... and {len(found) - MOST_SHOWN} more")
        count = f"{len(found)} problem{'s' if len(found) > 1 else ''}"
        raise SheetError("\n".join([*lines, f"Nothing of {self.name} was applied: put the {count} right and give the file again."]))


def read_sheet(path: Path, *, required: Sequence[str], optional: Sequence[str] = ()) -> Sheet:
    """Read a CSV file (comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252) with a header line.

    SheetError where a required column is missing, a column is unknown or twice, or a row has too many cells.
    """
    try:
        text = Text.at(path).whole()
    except OSError as error:
        raise SheetError(f"{path} cannot be read: {error.strerror}.") from None
    except (NotText, TooLarge) as error:
        raise SheetError(f"{path.name} is not a text table: {error}. Save it as CSV and give that.") from None
    if not text.strip():
        raise SheetError(f"{path.name} is empty; expected a header line with {', '.join(required)}.")
    lines = io.StringIO(text, newline="")
    delimiter = max(",;\t", key=lines.readline().count)
    lines.seek(0)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    columns = _columns(path.name, next(reader), required, optional)
    sheet = Sheet(path.name, columns, [])
    for line, cells in _numbered(reader, sheet):
        if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
            sheet.complain(line, f"{len(cells)} cells under {len(columns)} columns; put text with a {delimiter!r} in it into quotes")
        elif any(cell.strip() for cell in cells):
            sheet.rows.append((line, {name: cell.strip() for name, cell in zip(columns, [*cells, *[""] * len(columns)], strict=False)}))
    return sheet


def _columns(name: str, header: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> tuple[str, ...]:
    columns = tuple(cell.strip().lower() if cell.strip().lower() in (*required, *optional) else cell.strip() for cell in header)
    missing = [column for column in required if column not in columns]
    unknown = [column for column in columns if column and column not in (*required, *optional)]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if missing or unknown or twice:
        wrong = [f"{text} {', '.join(found)}" for text, found in (("missing", missing), ("unknown", unknown), ("twice", twice)) if found]
        wanted = ", ".join(required) + (f"; it may have {', '.join(optional)}" if optional else "")
        raise SheetError(f"{name}, line 1: columns {'; '.join(wrong)}. Expected {wanted}. Nothing was applied.")
    return columns


def _numbered(reader: Iterator[list[str]], sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line they start on; a row that cannot be read ends the table with a problem."""
    line = reader.line_num + 1  # type: ignore[attr-defined]
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            sheet.complain(line, f"cannot be read as CSV from here on: {error}")
            return
        yield line, cells
        line = reader.line_num + 1  # type: ignore[attr-defined]


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe before = + - @ and the like, but not before a number."""
    if cell.lstrip("\n ")[:1] in ("=", "+", "-", "@", "\t", "\r") and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def write_sheet(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]], *, mark: bool = True) -> None:
    """Write a CSV file that spreadsheets open as it is meant: UTF-8 with a byte order mark (unless not `mark`), cells guarded."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([guarded(row[column]) for column in columns] for row in rows)
    encoding = "utf-8-sig" if mark else "utf-8"
    if path.exists() and not path.is_file():  # a pipe, or the terminal
        path.write_text(text.getvalue(), encoding=encoding, newline="")
        return
    with whole(path) as half:
        half.write_text(text.getvalue(), encoding=encoding, newline="")
