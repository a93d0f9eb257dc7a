"""Tables written out: CSV for spreadsheets, Markdown for repositories, HTML for people."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from html import escape

from references.sheet import guarded
from references.visible import visible

_LABEL = re.compile(r"^([A-Z][^:\n]{1,60}): ")
_MARKED = re.compile(r"\[not agreed\]|\[not answered yet\]|\b(?:NR|NA|UN)\b|not appraised yet|\bRETRACTED\b")


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a column."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of texts; a line break inside a cell separates its lines. ValueError where a row does not fit the columns."""

    key: str  # the file's name
    title: str
    columns: tuple[Heading, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    labelled: bool = False  # lines of its cells begin with labels ("Strength: ..."), and its columns want room

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ValueError(f"{self.key}: row {number} has {len(row)} cells under {len(self.columns)} columns")


def to_csv(table: Table) -> str:
    """RFC 4180, with a byte order mark so that spreadsheets see UTF-8, and no cell that could be taken for a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([guarded(visible(heading.text)) for heading in table.columns])
    writer.writerows([guarded(visible(cell)) for cell in row] for row in table.rows)
    return "\ufeff" + text.getvalue()


def to_markdown(table: Table) -> str:
    """A pipe table with its title and notes."""
    lines = [f"# {as_markdown(table.title)}", ""]
    lines.append("| " + " | ".join(as_markdown(heading.text) for heading in table.columns) + " |")
    lines.append("|" + " --- |" * len(table.columns))
    lines += ["| " + " | ".join(as_markdown(cell) for cell in row) + " |" for row in table.rows]
    if not table.rows:
        lines += ["", "No rows."]
    if table.notes:
        lines += ["", *(f"- {as_markdown(note)}" for note in table.notes)]
    return "\n".join(lines) + "\n"


def as_markdown(text: str) -> str:
    """Text that Markdown shows as it is: no HTML, no links made of it, no end of the cell."""
    text = escape(visible(text), quote=False)
    text = re.sub(r"([\\`*_\[\]|])", r"\\\1", text)
    return text.replace("\n", "<br>")


def to_html(table: Table) -> str:
    """A page of its own that needs nothing from outside: it scrolls sideways on a screen and prints in landscape."""
    head = "".join(f'<th scope="col">{_html(heading.text)}</th>' for heading in table.columns)
    rows = "\n".join(_row(row, table.labelled) for row in table.rows) or f'<tr><td colspan="{len(table.columns)}">No rows.</td></tr>'
    notes = "".join(f"<li>{_html(note)}</li>" for note in table.notes)
    count = f"{len(table.rows)} row{'' if len(table.rows) == 1 else 's'}"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(visible(table.title))}</title>
<style>{_STYLE}</style>
</head>
<body>
<main class="{"wide" if table.labelled else "plain"}">
<h1>{_html(table.title)}</h1>
<div class="scroll" role="region" aria-label="{escape(visible(table.title))}" tabindex="0">
<table>
<caption>{count}</caption>
<thead><tr>{head}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>
{f"<ul>{notes}</ul>" if notes else ""}
</main>
</body>
</html>
"""


def _row(row: tuple[str, ...], labelled: bool) -> str:
    first, *rest = row
    name, _, more = first.partition("\n")
    under = f'<div class="under">{_cell(more, labelled)}</div>' if more else ""
    return f'<tr><th scope="row">{_cell(name, False)}{under}</th>' + "".join(f"<td>{_cell(cell, labelled)}</td>" for cell in rest) + "</tr>"


def _cell(text: str, labelled: bool) -> str:
    """A cell with its lines, the labels at their start and the words a reader must not miss set apart."""
    return "<br>".join(_line(line, labelled) for line in visible(text).split("\n"))


def _line(line: str, labelled: bool) -> str:
    label = _LABEL.match(line) if labelled else None
    start = f'<span class="label">{escape(label[1])}:</span> ' if label else ""
    rest = escape(line[label.end() :] if label else line)
    return start + _MARKED.sub(lambda found: f"<mark>{found[0]}</mark>", rest)


def _html(text: str) -> str:
    return escape(visible(text)).replace("\n", "<br>")


_STYLE = """
:root { color-scheme: light; }
body { margin: 0; font: 15px/1.45 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; color: #1c2126; background: #fff; }
main { padding: 1.2rem 1.5rem 2rem; }
h1 { font-size: 1.35rem; margin: 0 0 .8rem; }
.scroll { overflow: auto; max-height: 82vh; border: 1px solid #c9d0d6; }
table { border-collapse: separate; border-spacing: 0; font-size: .86rem; }
.plain table { width: 100%; }
caption { text-align: left; padding: .35rem .6rem; color: #56616b; }
th, td { vertical-align: top; text-align: left; padding: .5rem .6rem; border-bottom: 1px solid #dde2e6; border-right: 1px solid #eceff1; }
.wide th, .wide td { min-width: 11rem; max-width: 20rem; }
td, tbody th { overflow-wrap: break-word; max-width: 34rem; }
thead th { position: sticky; top: 0; background: #24465f; color: #fff; z-index: 2; }
tbody th { position: sticky; left: 0; background: #f3f6f8; font-weight: 600; z-index: 1; }
thead th:first-child { left: 0; z-index: 3; }
tbody tr:nth-child(even) td { background: #fafbfc; }
.under { font-weight: 400; color: #3f4951; }
.label { color: #3d5a70; font-weight: 600; }
mark { background: #fff1c4; color: inherit; font-style: italic; padding: 0 .15em; }
ul { color: #3f4951; font-size: .86rem; padding-left: 1.2rem; }
@media print {
  @page { size: A3 landscape; margin: 10mm; }
  main { padding: 0; }
  .scroll { overflow: visible; max-height: none; border: 0; }
  table { font-size: 6.5pt; line-height: 1.25; width: 100%; }
  .wide table { table-layout: fixed; }
  .wide th, .wide td { min-width: 0; max-width: none; }
  th, td { padding: 2pt 3pt; border: .4pt solid #b6bec5; }
  thead { display: table-header-group; }
  thead th { position: static; background: #e6ecf0; color: #000; }
  tbody th { position: static; }
  tr { break-inside: avoid; }
}
"""
