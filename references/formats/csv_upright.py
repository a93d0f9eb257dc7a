"""Embase's "fields by row": a table on its side, with a row for each field of a record, its name first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from references.formats.csv_rows import Row, rows
from references.formats.diagnostics import Diagnostic
from references.formats.entry import Entry, Line
from references.formats.format import Sides
from references.formats.headers import KNOWN_OF, normal
from references.formats.text import Malformed, TooLarge

VENDOR = "Embase"
_START = re.compile(r'"?TITLE"?,', re.I)
_LOOKED_AT = 6  # rows


def is_upright(lines: Iterable[str]) -> bool:
    """Whether each of the first rows begins with the name of a field, TITLE before all."""
    names = []
    try:
        for row in rows((line for line in lines if line.strip()), ","):
            names.append(normal(row.cells[0]) if len(row.cells) > 1 else "")
            if names[0] != "title" or len(names) == _LOOKED_AT:
                break
    except (Malformed, TooLarge):
        pass  # the head of a file ends anywhere
    known = [name for name in names if name in KNOWN_OF[VENDOR] or name.startswith("emtree")]
    return len(names) > 2 and names[0] == "title" and len(known) == len(names)


def entries(lines: Iterable[str]) -> Iterator[Entry | Diagnostic | Sides]:
    """One record for each TITLE, with the rows below it."""
    starts = 0

    def counted() -> Iterator[str]:
        nonlocal starts
        for line in lines:
            starts += _START.match(line) is not None
            yield line

    found: list[Row] = []
    for row in rows(counted(), ","):
        if normal(row.cells[0]) == "title" and found:
            yield _entry(found)
            found = []
        if any(cell.strip() for cell in row.cells):
            found.append(row)
    if found:
        yield _entry(found)
    yield Sides(starts, None)


def _entry(found: list[Row]) -> Entry:
    lines = tuple(
        Line(row.cells[0].strip(), cell.strip(), row.first, row.last)
        for row in found
        for cell in (islice(row.cells, 1, None) if len(row.cells) > 1 else row.cells)
        if cell.strip()
    )
    text = "\n".join(f"{line.tag}\t{line.value}" for line in lines)
    return Entry(lines, found[0].first, found[-1].last, started=True, closed_by="end", text=text)
