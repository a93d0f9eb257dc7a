"""Two reports field by field: what each says, and how the two values stand to each other."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from references.differences import SAME, compared
from references.duplicates.merged import Report
from references.record import Record, citation
from references.visible import visible

UNMARKED = "unmarked"  # two values that need not agree
Value = Callable[[Record], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field of two reports, as it is shown. A value may have several lines; "" where it is not said."""

    label: str
    left: str
    right: str
    state: str  # one of references.differences, or UNMARKED
    ordered: bool = True  # whether the order of words says something; of names it does not


def rows(left: Report, right: Report, name: Callable[[str], str]) -> list[Row]:
    """The fields that either report has. `name`: a source as people name it."""
    found = _compared(_FIELDS, left, right)
    for label, said in (("Source", lambda one: name(one.source)), ("Database", lambda one: one.database)):
        a, b = (_clean("; ".join(dict.fromkeys(filter(None, map(said, report.records))))) for report in (left, right))
        if a or b:
            found.append(Row(label=label, left=a, right=b, state=SAME if a == b else UNMARKED))
    found += _compared(_TEXTS, left, right)
    a, b = (_records(report, name) for report in (left, right))
    return [*found, Row(label="Records", left=a, right=b, state=UNMARKED)]


def _compared(fields: Iterable[tuple[str, Value]], left: Report, right: Report) -> list[Row]:
    found = []
    for label, value in fields:
        a, b = _clean(value(left.shown) or ""), _clean(value(right.shown) or "")
        if a or b:
            ordered = label not in _UNORDERED
            found.append(Row(label=label, left=a, right=b, state=compared(a, b, ordered=ordered), ordered=ordered))
    return found


def _clean(text: str) -> str:
    """One line that can be compared and shown."""
    return unicodedata.normalize("NFC", " ".join(visible(text).split()))


def _records(report: Report, name: Callable[[str], str]) -> str:
    """Each record of a report with its source; what it says too, where the report has several."""
    if len(report.records) == 1:
        return report.id
    return "\n".join(_clean(f"{one.id} {name(one.source)}: {citation(one)}") for one in report.records)


def _when(record: Record) -> str:
    """The date where it tells more than the year, and both where they disagree."""
    year, date = str(record.year or ""), record.date or ""
    return date if date.startswith(year) else f"{year} ({date})" if date else year


def _place(record: Record) -> str:
    parts = (("vol.", record.volume), ("no.", record.issue), ("p.", record.pages))
    return ", ".join(f"{short} {value}" for short, value in parts if value)


def _address(record: Record) -> str | None:
    """The web address, where it is not the DOI once more."""
    return None if record.doi and (record.url or "").lower().endswith(f"doi.org/{record.doi}") else record.url


_UNORDERED = ("Authors", "Editors")
_FIELDS: tuple[tuple[str, Value], ...] = (
    ("Title", lambda record: record.title), ("Other title", lambda record: record.title_alt),
    ("Authors", lambda record: "; ".join(record.authors)), ("Editors", lambda record: "; ".join(record.editors)),
    ("Date", _when), ("Type", lambda record: record.type), ("Journal", lambda record: record.journal), ("Place", _place),
    ("Publisher", lambda record: record.publisher), ("Language", lambda record: record.language),
    ("DOI", lambda record: record.doi), ("PMID", lambda record: record.pmid), ("PMCID", lambda record: record.pmcid),
    ("ISSN", lambda record: record.issn), ("ISBN", lambda record: record.isbn), ("Address", _address),
    ("Retracted", lambda record: "the source says so" if record.retracted else ""),
)  # fmt: skip
_TEXTS: tuple[tuple[str, Value], ...] = (
    ("Abstract", lambda record: record.abstract),
    ("Other abstract", lambda record: " ".join(text for _, text in record.abstract_alt)),
)
