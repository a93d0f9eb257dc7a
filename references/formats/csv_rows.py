"""The rows of a file of comma-separated values and the like: quoted as RFC 4180 says, or as people do."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from typing import NamedTuple

from references.formats.text import LONGEST_LINE, Malformed, TooLarge

LONGEST_ROW = LONGEST_LINE << 20  # characters; csv itself stops at cells of 128 KiB
MOST_CELLS = 20_000  # of one row; Excel has 16,384 columns
MOST_LINES = 500  # of a row with broken quotes
MOST_LOOSE = 1000  # rows with quotes that break the rules; in a file with more of them nobody knows where its rows end

SAYS = re.compile(r'[^\s",;|]')  # a row without such a character is empty
_END = "\0end of file"  # no line of a Text has a NUL


class Row(NamedTuple):
    """The cells of one row, over one line of the file or several."""

    cells: list[str]
    first: int
    last: int
    quoted: bool = False  # a cell of it has quotes
    doubt: str = ""  # what was odd about them


class _Feed:
    """The lines of a file with their numbers, of which some may be given back."""

    def __init__(self, lines: Iterable[str], number: int) -> None:
        self._lines = iter(lines)
        self._back: deque[str] = deque()
        self.number = number  # of the line that was given last

    def __iter__(self) -> Iterator[str]:
        while True:
            if self._back:
                line = self._back.popleft()
            elif (line := next(self._lines, _END)) is _END:
                return
            self.number += 1
            yield line

    def give_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)


def rows(lines: Iterable[str], delimiter: str, *, quoted: bool = True, width: int = 0, number: int = 0) -> Iterator[Row]:
    """The rows of these lines, blank ones too; `number` lines came before them, and a row should have `width` cells.

    Malformed where a quote is opened and never closed; TooLarge for a row that no table of records has.
    """
    if csv.field_size_limit() < LONGEST_ROW:
        csv.field_size_limit(LONGEST_ROW)
    feed = _Feed(lines, number)
    loose = multiline = 0
    for line in feed:
        if not quoted or '"' not in line:
            row = Row(line.split(delimiter), feed.number, feed.number)
        else:
            row = _quoted(line, feed, delimiter, width, literal=delimiter == "\t" and not multiline)
            loose += bool(row.doubt)
            multiline += row.last > row.first
        if len(row.cells) > MOST_CELLS:
            raise TooLarge(f"line {row.first}: a row of {len(row.cells):,} cells, and no table of records has more than {MOST_CELLS:,}")
        if loose > MOST_LOOSE:
            what = (
                f"line {row.first}: more than {MOST_LOOSE:,} rows whose quotes break the rules of CSV, so where rows end is anyone's guess"
            )
            raise Malformed(f"{what}. Expected cells with quotes in them to be quoted, and their quotes doubled; export the records again")
        yield row


def _quoted(line: str, feed: _Feed, delimiter: str, width: int, *, literal: bool) -> Row:
    """A row with quotes: by the rules, else as one line that fits, else as csv reads it.

    `literal`: in a tab-delimited file a quote may be a character like any other.
    """
    first, taken = feed.number, [line]
    try:
        cells = next(csv.reader(_following(taken, feed), delimiter=delimiter, skipinitialspace=True, strict=True))
        return Row(cells, first, feed.number, True)
    except csv.Error as error:
        if "field larger" in str(error):
            raise TooLarge(f"line {first}: a cell of more than {LONGEST_LINE} MiB, which no record has") from None
        unclosed = "unexpected end" in str(error)
    if (literal or not unclosed) and (row := _loose(first, taken, feed, delimiter, width)):
        return row
    cells = next(csv.reader(_following(taken, feed, _END), delimiter=delimiter, skipinitialspace=True))
    if cells[-1].endswith(_END):
        opened = first + sum(cell.count("\n") for cell in cells[:-1])
        what = f"line {opened}: a quote opens a cell and is never closed, so that the rest of the file stands in it"
        raise Malformed(f'{what}. Expected a closing " before the next separator; the file may be cut off: export the records again')
    return Row(cells, first, feed.number, True, "a quote that stands inside a cell")


def _following(taken: list[str], feed: _Feed, end: str = "") -> Iterator[str]:
    """The lines that were taken, then more of them, which are taken too, then `end`; TooLarge where they grow beyond a row."""
    size = 0
    for line in chain(tuple(taken), _taking(taken, feed)):
        size += len(line) + 1
        if size > LONGEST_ROW:
            what = f"line {feed.number - len(taken) + 1}: a row of more than {LONGEST_LINE} MiB, which no record has"
            raise TooLarge(f"{what}; perhaps a quote in it is opened and never closed")
        yield f"{line}\n"
    if end:
        yield end


def _taking(taken: list[str], feed: _Feed) -> Iterator[str]:
    for line in feed:
        taken.append(line)
        yield line


def _loose(first: int, taken: list[str], feed: _Feed, delimiter: str, width: int) -> Row | None:
    """A row with quotes that were not doubled, if it has its cells when only quotes at the ends of cells count.

    The first line alone is tried, and then the lines up to where its last cell closes; what is not of the row is given back.
    """
    cells = _tolerant(taken[0], delimiter)
    count = 1
    if len(cells) != width:
        more = _taking(taken, feed)
        inside = _inside(taken[0], False, delimiter)
        while inside and count < MOST_LINES and (count < len(taken) or next(more, None) is not None):
            inside = _inside(taken[count], inside, delimiter)
            count += 1
        cells = _tolerant("\n".join(taken[:count]), delimiter)
    fits = len(cells) == width > 1
    if fits:
        feed.give_back(taken[count:])
        del taken[count:]
    return Row(cells, first, feed.number, True, "a quote that stands inside a cell, or is never closed") if fits else None


def _tolerant(text: str, delimiter: str) -> list[str]:
    """The cells of a row, where only quotes at both ends of a cell enclose it."""
    mark = re.escape(delimiter)
    end = rf"(?=[ ]*+(?:{mark}|$))"
    cell = re.compile(rf' *+"([^"]*+(?:(?:""|"(?!{end}))[^"]*+)*+)"[ ]*+(?={mark}|$)|([^{mark}]*+)', re.M)
    cells, place = [], 0
    while place <= len(text):
        found = cell.match(text, place)
        assert found is not None  # the second way matches anything, if only nothing
        cells.append(found[1].replace('""', '"') if found[1] is not None else found[2])
        place = found.end() + 1
    return cells


def _inside(line: str, inside: bool, delimiter: str) -> bool:
    """Whether a cell is open behind a line: opened by a quote behind a separator, closed by one before a separator."""
    if '"' not in line:
        return inside
    line, place = line.replace('""', ""), 0
    opening, closing = _marks(delimiter)
    while found := (closing if inside else opening).search(line, place):
        inside, place = not inside, found.end()
    return inside


@cache
def _marks(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    mark = re.escape(delimiter)
    return re.compile(rf'(?:^|{mark}) *"'), re.compile(rf'"(?= *(?:{mark}|$))')


def rows_shown(lines: Iterable[str], delimiter: str, header: str, *, quoted: bool = True) -> Iterator[tuple[str, int]]:
    """Each line, and 1 with those that end a row that says something and does not repeat the header: the rows counted apart.

    By the quotes at the ends of cells alone, one line after the other; rows() goes by csv.
    """
    inside = says = False
    for line in lines:
        again = not inside and line.strip() == header
        says = says or (SAYS.search(line) is not None and not again)
        inside = quoted and _inside(line, inside, delimiter)
        yield line, int(says and not inside)
        says = says and inside
