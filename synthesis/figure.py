"""The PRISMA 2020 flow diagram as SVG: our own drawing of the form, with text that stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from textwrap import wrap

from references.visible import visible
from synthesis.flow import Column, Flow, Ids, sums

SIZE = 13  # px, of the text
LEADING = 17  # px, from line to line
PAD = 10  # px, inside a box
GAP = 26  # px, between rows
BAR = 34  # px, width of the side bars
SIDE = 30  # px, between a box and the one beside it
MAIN, EXTRA = 300, 300  # px, widths of the boxes of a column
ACCENT, INK, WARN = "#24465f", "#1c2126", "#8a4b00"
FONT = "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"

# Widths of letters in the widest common sans font (DejaVu Sans), in parts of its size: the widest of each group.
_NARROW, _WIDEST, _SIGNS = "ijl.,:;'|!()[]ftrI \u00a0-", "mwMW@%\u00c6\u00e6\u0152\u0153", "+<=>~^#&"


def width_of(text: str, bold: bool = False) -> float:
    """About how wide a line of text is, in px, on the safe side whatever the font."""
    return SIZE * (1.13 if bold else 1) * sum(map(_width_of_letter, text))


def _width_of_letter(letter: str) -> float:
    if letter in _NARROW:
        return 0.39
    if letter in _WIDEST or (ord(letter) > 0x2FF and not "\u2010" <= letter <= "\u2013" and not "\u2018" <= letter <= "\u201f"):
        return 1.0  # from \u02ff on stand letters beyond Latin; hyphens and quotation marks among them are no wider than ours
    if letter in _SIGNS:
        return 0.84
    return 0.76 if letter.isupper() else 0.62


_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


def _letters(text: str) -> str:
    """Text from outside that an XML file can hold (XML 1.0, section 2.2): a replacement sign for what it cannot."""
    return _NOT_XML.sub("\ufffd", visible(text))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a box."""

    text: str
    bold: bool = False
    indent: int = 0
    warn: bool = False  # something is open


@dataclass(slots=True)
class Box:
    """A rectangle of lines; its place is known once the rows are laid out."""

    lines: list[Line]
    x: float
    width: float
    y: float = 0
    height: float = field(init=False)

    def __post_init__(self) -> None:
        self.lines = [part for line in self.lines for part in _wrapped(line, self.width - 2 * PAD)]
        self.height = 2 * PAD + LEADING * len(self.lines)

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def _wrapped(line: Line, width: float) -> Iterator[Line]:
    """A line broken to a width; the parts after the first are set in a little."""
    room, wide = width - line.indent, width_of(line.text, line.bold)
    letters = max(8, int(len(line.text) * room / max(wide, 1)))
    parts = [line.text] if wide <= room else wrap(line.text, letters)
    while len(parts) > 1 and letters > 8 and any(width_of(part, line.bold) > room - 10 for part in parts):
        letters -= 1
        parts = wrap(line.text, letters)
    for place, part in enumerate(parts or [""]):
        yield Line(part, line.bold, line.indent + (10 if place else 0), line.warn)


def _counted(text: str, ids: Ids | int, **how: bool | int) -> Line:
    number = ids if isinstance(ids, int) else len(ids)
    return Line(f"{_letters(text)} (n\u00a0=\u00a0{number:,})", **how)  # type: ignore[arg-type]


def _open(ids: Ids, what: str) -> list[Line]:
    return [_counted(what, ids, warn=True)] if ids else []


def _sources(groups: Mapping[str, Mapping[str, Ids]]) -> list[Line]:
    lines = []
    for title, sources in groups.items():
        if sources or title == "Databases":
            lines.append(_counted(title, sum(map(len, sources.values())), indent=8))
            if list(sources) != [title]:  # one source that is called as its kind would only be said twice
                lines += [_counted(name, ids, indent=22) for name, ids in sources.items()]
    return lines


def _reasons(column: Column) -> list[Line]:
    lines = [_counted("Reports excluded", column.all_excluded, bold=True)]
    return lines + [_counted(reason, ids, indent=8) for reason, ids in column.reasons.items()]


Row = tuple[str, Box, Box | None]  # (stage, the box of the main way, the box beside it)


def _databases(column: Column, x: float) -> list[Row]:
    """The rows of the first column, from identification to eligibility."""
    side = x + MAIN + SIDE
    removed = [
        Line("Records removed before screening:", bold=True),
        _counted("Duplicate records removed", column.duplicates, indent=8),
        _counted("Records marked as ineligible by automation tools", column.by_tool, indent=8),
        _counted("Records removed for other reasons", column.other_reasons, indent=8),
    ]
    found = _sources({"Databases": column.of_kind("database"), "Registers": column.of_kind("register")})
    identified = [_counted("Records identified from", column.all_identified, bold=True), *found]
    return [("Identification", Box(identified, x, MAIN), Box(removed, side, EXTRA)), _screening(column, x), *_assessment(column, x)]


def _screening(column: Column, x: float) -> Row:
    screened = [_counted("Records screened", column.screened, bold=True), *_open(column.open_screening, "not yet decided")]
    screened += [_counted("Records not screened, but picked by hand", column.straight, indent=8)] if column.straight else []
    excluded = [_counted("Records excluded", column.excluded, bold=True)]
    return ("Screening", Box(screened, x, MAIN), Box(excluded, x + MAIN + SIDE, EXTRA))


def _assessment(column: Column, x: float) -> list[Row]:
    side = x + MAIN + SIDE
    sought = [_counted("Reports sought for retrieval", column.sought, bold=True), *_open(column.open_retrieval, "still looked for")]
    assessed = [_counted("Reports assessed for eligibility", column.assessed, bold=True)]
    assessed += _open(column.open_eligibility, "not yet decided")
    missing = [_counted("Reports not retrieved", column.not_retrieved, bold=True)]
    return [
        ("Screening", Box(sought, x, MAIN), Box(missing, side, EXTRA)),
        ("Screening", Box(assessed, x, MAIN), Box(_reasons(column), side, EXTRA)),
    ]


_KINDS = {"website": "Websites", "organisation": "Organisations", "citation": "Citation searching", "other": "Other sources"}


def _others(column: Column, x: float) -> list[Row | None]:
    """The rows of the second column; None for its screening, which PRISMA's form has not, where nothing was screened."""
    groups = {title: column.of_kind(kind) for kind, title in _KINDS.items()}
    identified = [_counted("Records identified from", column.all_identified, bold=True), *_sources(groups)]
    removed = {
        "Found in a database too, or twice": column.duplicates,
        "Records marked as ineligible by automation tools": column.by_tool,
        "Records removed for other reasons": column.other_reasons,
    }
    lines = [_counted(text, ids, indent=8) for text, ids in removed.items() if ids]
    beside = Box([Line("Records removed:", bold=True), *lines], x + MAIN + SIDE, EXTRA) if lines else None
    screening = _screening(column, x) if column.screened else None
    return [("Identification", Box(identified, x, MAIN), beside), screening, *_assessment(column, x)]


def svg(flow: Flow, title: str = "") -> str:
    """The whole diagram; the same flow gives the same bytes. What is open is shown, and the figure then says INTERIM."""
    left = BAR + 16
    columns: list[Sequence[Row | None]] = [_databases(flow.databases, left)]
    heads = [("Identification of studies via databases and registers", left)]
    width = left + MAIN + SIDE + EXTRA
    if flow.has_others:
        start = width + 36
        columns.append(_others(flow.others, start))
        heads.append(("Identification of studies via other methods", start))
        width = start + MAIN + SIDE + EXTRA
    width += 14
    parts: list[str] = []
    y = 14.0
    if flow.interim:
        y = _band(parts, f"INTERIM: {'; '.join(flow.open_lines)}", left, width - 14 - left, y)
    y = _heads(parts, heads, y)
    included = [
        _counted("Studies included in review", len(flow.studies), bold=True),
        _counted("Reports of included studies", flow.included, bold=True),
    ]
    last = Box(included, left, MAIN)
    stages, bottom = _lay_out(columns, last, y)
    for column in columns:
        _draw_column(parts, column, last)
    parts += [_box(last)]
    for stage, (top, end) in stages.items():
        parts.append(_bar(stage, top, end))
    height = _notes(parts, flow.bridges, left, width - 14 - left, bottom + 20)
    name = escape(_letters(title)) or "PRISMA 2020 flow diagram"
    described = escape(". ".join([*sums(flow), *(f"Open: {line}" for line in flow.open_lines)]) + ".")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" '
        f'font-family="{FONT}" font-size="{SIZE}" fill="{INK}">\n<title>PRISMA 2020 flow: {name}</title>\n<desc>{described}</desc>\n'
        f'<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{INK}"/></marker></defs>\n<rect width="100%" height="100%" fill="#fff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _lay_out(columns: Sequence[Sequence[Row | None]], last: Box, y: float) -> tuple[dict[str, tuple[float, float]], float]:
    """Give each box its place, row by row across the columns; {stage: (top, bottom)} and the lower end of it all."""
    stages: dict[str, tuple[float, float]] = {}
    for rows in zip(*columns, strict=True):
        boxes = [box for row in rows if row for box in row[1:] if isinstance(box, Box)]
        height = max(box.height for box in boxes)
        for box in boxes:
            box.y = y
        stage = next(row[0] for row in rows if row)
        stages[stage] = (stages.get(stage, (y, y))[0], y + height)
        y += height + GAP
    last.y = y
    stages["Included"] = (y, y + last.height)
    return stages, y + last.height


def _draw_column(parts: list[str], column: Sequence[Row | None], last: Box) -> None:
    way = [row for row in column if row]
    for row, after in zip(way, [*way[1:], None], strict=True):
        _, box, beside = row
        parts.append(_box(box))
        if beside:
            parts.append(_box(beside))
            at = beside.y + min(beside.height, box.height) / 2
            parts.append(_arrow(box.x + box.width, at, beside.x, at))
        middle = box.x + box.width / 2
        if after:
            parts.append(_arrow(middle, box.y + box.height, middle, after[1].y))
        elif box.x == last.x:
            parts.append(_arrow(middle, box.y + box.height, middle, last.y))
        else:  # the second column's way turns into the last box from the right
            path = f"M{middle:g} {box.y + box.height:g}V{last.middle:g}H{last.x + last.width:g}"
            parts.append(f'<path d="{path}" fill="none" stroke="{INK}" marker-end="url(#head)"/>')


def _box(box: Box) -> str:
    lines = []
    for place, line in enumerate(box.lines):
        weight = ' font-weight="600"' if line.bold else ""
        colour = f' fill="{WARN}" font-style="italic"' if line.warn else ""
        at = f'x="{box.x + PAD + line.indent:g}" y="{box.y + PAD + LEADING * (place + 0.76):g}"'
        lines.append(f"<text {at}{weight}{colour}>{escape(line.text)}</text>")
    rect = f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" fill="#fff" stroke="{INK}"/>'
    return "\n".join([rect, *lines])


def _arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{INK}" marker-end="url(#head)"/>'


def _bar(stage: str, top: float, bottom: float) -> str:
    x, y = 8 + BAR / 2, (top + bottom) / 2
    height = max(bottom - top, width_of(stage) + 12)  # a short stage still holds its name
    rect = f'<rect x="8" y="{y - height / 2:g}" width="{BAR}" height="{height:g}" rx="4" fill="{ACCENT}"/>'
    turned = f'transform="rotate(-90 {x:g} {y:g})" text-anchor="middle" dominant-baseline="central"'
    return f'{rect}\n<text x="{x:g}" y="{y:g}" {turned} fill="#fff" font-weight="600">{stage}</text>'


def _band(parts: list[str], text: str, x: float, width: float, y: float) -> float:
    box = Box([Line(text, bold=True)], x, width)
    box.y = y
    parts.append(_box(box).replace('fill="#fff"', 'fill="#fff1c4"', 1))
    return y + box.height + 14


def _heads(parts: list[str], heads: Sequence[tuple[str, float]], y: float) -> float:
    width = MAIN + SIDE + EXTRA
    for text, x in heads:
        parts.append(f'<rect x="{x:g}" y="{y:g}" width="{width}" height="30" rx="4" fill="{ACCENT}"/>')
        middle = f'x="{x + width / 2:g}" y="{y + 15:g}" text-anchor="middle" dominant-baseline="central"'
        parts.append(f'<text {middle} fill="#fff" font-weight="600">{text}</text>')
    return y + 30 + 20


def _notes(parts: list[str], notes: Sequence[str], x: float, width: float, y: float) -> float:
    for note in notes:
        for line in _wrapped(Line(_letters(note)), width):
            parts.append(f'<text x="{x + line.indent:g}" y="{y + SIZE:g}" fill="#3f4951">{escape(line.text)}</text>')
            y += LEADING
    return y + 12
