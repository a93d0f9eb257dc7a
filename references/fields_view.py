"""Two reports drawn side by side, one below the other where there is no room, or in words for a screen reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from references.differences import ALIKE, ONE, OTHER, SAME, Spans, differing
from references.fields import UNMARKED, Row

SIDE_BY_SIDE = 90  # columns from which two reports stand side by side
WIDEST = 170  # columns beyond which lines are tiring to read
SIGNS = {SAME: "=", ALIKE: "≈", OTHER: "≠", ONE: "·", UNMARKED: " "}
_WORDS = {
    ALIKE: ", different in capitals, accents, punctuation or the order of names only",
    OTHER: ", different",
    ONE: ", in one only",
    UNMARKED: "",
}
_MARK = "bold magenta"
_BETWEEN = " │ "


def drawn(rows: Sequence[Row], names: tuple[str, str], *, width: int, plain: bool) -> Text:
    """The rows as lines no longer than `width`. `names`: what the two reports are called; each begins with its letter."""
    if plain:
        return Text("\n").join(line for row in rows for line in _spoken(row))
    console = Console(width=min(width, WIDEST))
    label = max(len(row.label) for row in rows) + 1
    draw = _beside if width >= SIDE_BY_SIDE else _below
    lines = [line for row in rows for line in draw(row, label, console)]
    return Text("\n").join([*_heads(names, label, console, beside=width >= SIDE_BY_SIDE), *lines])


def _spoken(row: Row) -> Iterable[Text]:
    if row.state == SAME:
        return [Text(f"{row.label}, the same: {row.left}")]
    found = [Text(f"{row.label}{_WORDS[row.state]}:")]
    for name, value in zip("AB", _values(row), strict=True):
        found += [Text(f"  {name}: ").append_text(line) for line in value.split("\n")]
    return found


def _heads(names: tuple[str, str], label: int, console: Console, *, beside: bool) -> list[Text]:
    if not beside:
        return [Text(" · ".join(names), style="bold")]
    return _two_columns(Text(names[0], style="bold"), Text(names[1], style="bold"), Text(" " * (label + 2)), console)


def _values(row: Row) -> tuple[Text, Text]:
    """The two values, with what differs between braces, so that it is seen without colours too."""
    if row.state == OTHER:
        left, right = differing(row.left, row.right, ordered=row.ordered)
        return _marked(row.left, left), _marked(row.right, right)
    style = "dim" if row.state in (SAME, ALIKE) else ""
    left_text, right_text = (Text(value, style=style) if value else Text("(not said)", style="dim") for value in (row.left, row.right))
    return left_text, right_text


def _marked(value: str, spans: Spans) -> Text:
    text, end = Text(), 0
    for start, stop in spans:
        text.append(value[end:start]).append("{" + value[start:stop] + "}", style=_MARK)
        end = stop
    return text.append(value[end:])


def _lead(row: Row, label: int) -> Text:
    style = _MARK if row.state == OTHER else "dim"
    return Text().append(f"{row.label:<{label}}", style="bold").append(f"{SIGNS[row.state]} ", style=style)


def _beside(row: Row, label: int, console: Console) -> list[Text]:
    """A field in two columns, or once across both where it is the same."""
    lead = _lead(row, label)
    if row.state == SAME:
        return hung(lead, Text(row.left, style="dim"), console)
    return _two_columns(*_values(row), lead, console)


def _below(row: Row, label: int, console: Console) -> list[Text]:
    """A field in two values one below the other, or once where it is the same."""
    lead = _lead(row, label)
    if row.state == SAME:
        return hung(lead, Text(row.left, style="dim"), console)
    left, right = _values(row)
    return [
        *hung(lead.append("A ", style="bold"), left, console),
        *hung(Text(" " * (label + 2)).append("B ", style="bold"), right, console),
    ]


def hung(lead: Text, value: Text, console: Console) -> list[Text]:
    """A text wrapped to the console's width beside its lead."""
    room = max(10, console.width - lead.cell_len)
    lines = list(value.wrap(console, room)) or [Text()]
    return [(lead if number == 0 else Text(" " * lead.cell_len)).copy().append_text(line) for number, line in enumerate(lines)]


def _two_columns(left: Text, right: Text, lead: Text, console: Console) -> list[Text]:
    room = (console.width - lead.cell_len - len(_BETWEEN)) // 2
    columns = [list(value.wrap(console, room)) for value in (left, right)]
    lines = []
    for number in range(max(map(len, columns))):
        a, b = (column[number] if number < len(column) else Text() for column in columns)
        a.truncate(room, pad=True)
        start = lead.copy() if number == 0 else Text(" " * lead.cell_len)
        lines.append(start.append_text(a).append(_BETWEEN, style="dim").append_text(b))
    return lines
