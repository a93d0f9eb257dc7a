"""Deduplication of files outside of any review: which of their records are one report, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from references.duplicates.find import Grouping, reports_of
from references.duplicates.table import records_of, separator
from references.error import ReviewError
from references.formats.text import Malformed, NotText, Text, TooLarge
from references.record import Record, citation, record_id
from references.sheet import write_sheet

CLUSTERS = ("id", "cluster", "keep", "why")
PROPOSALS = ("left", "right", "kind", "points", "reasons", "left_citation", "right_citation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduplicated:
    """The records of some files, grouped; a record is named as the files name it."""

    grouping: Grouping
    names: dict[str, str]  # {record id: its id in the table, or FILE#N}
    files: tuple[tuple[str, int, tuple[str, ...]], ...]  # (name, records, what was odd about it)


def dedupe(paths: Sequence[Path], *, accept_counts: bool = False, format: str = "", vendor: str = "") -> Deduplicated:
    """Group the records of export files, or of tables with the columns of table.COLUMNS; with `format` all are files of that format.

    ReviewError where a file cannot be read, its records do not add up (unless `accept_counts`), or two tables share an id.
    """
    records: list[Record] = []
    names: dict[str, str] = {}
    files: list[tuple[str, int, tuple[str, ...]]] = []
    for path, label in zip(paths, _labels(paths), strict=True):
        before = len(records)
        told: list[str] = []
        for name, record in _records(path, label, told, accept_counts=accept_counts, format=format, vendor=vendor):
            if record.id in names:
                raise ReviewError(f"{path.name}: the id {record.id!r} stands in another file too. Give each record an id of its own.")
            names[record.id] = name
            records.append(record)
        files.append((label, len(records) - before, tuple(told)))
    if not records:
        raise ReviewError(f"No record in {', '.join(path.name for path in paths)}. Nothing was written.")
    return Deduplicated(grouping=reports_of(records), names=names, files=tuple(files))


def _labels(paths: Sequence[Path]) -> list[str]:
    """What each file is called: its name, or with its folder where two have one name. ReviewError for a file that is given twice."""
    if len({path.resolve() for path in paths}) < len(paths):
        raise ReviewError(f"A file is given twice: {', '.join(map(str, paths))}. Give each once. Nothing was written.")
    names = [path.name for path in paths]
    return [path.name if names.count(path.name) == 1 else str(path) for path in paths]


def _records(path: Path, label: str, told: list[str], *, accept_counts: bool, format: str, vendor: str) -> Iterator[tuple[str, Record]]:
    """The records of one file with their names; what is odd about it is added to `told`."""
    try:
        if not format and (text := _table(path)):
            yield from ((record.id, record) for record in records_of(text, label, told))
            return
        from references.convert import check_counts, reading_from  # with all formats and the database behind it: slow to import

        reading = reading_from(path, format, vendor)
        for number, found in enumerate(reading, 1):
            record, source = found.record, f"file:{label}"
            if label != path.name:
                record = replace(record, source=source, id=record_id(source, record.key))
            yield f"{label}#{number}", record
    except (Malformed, NotText, TooLarge) as problem:
        raise ReviewError(f"{path.name}: {problem}. Nothing was written.") from None
    except OSError as error:
        raise ReviewError(f"{path} cannot be opened: {error.strerror}. Nothing was written.") from None
    check_counts([reading], accept_counts)
    told += map(str, reading.diagnostics)


def _table(path: Path) -> Text | None:
    """The file as a table with the columns of COLUMNS, if it is one."""
    try:
        text = Text.at(path)
    except NotText:
        return None  # a workbook, perhaps
    return text if separator(text) else None


def write_clusters(path: Path, found: Deduplicated) -> None:
    """One row for each record: its cluster, named by the record that is kept, and why it is in it. No byte order mark: programs read it."""
    rows = []
    for report in found.grouping.reports:
        first = report.records[0]
        for record in report.records:
            why = "" if record is first else _why(found, first.id, record.id)
            kept = "1" if record is first else "0"
            rows.append({"id": found.names[record.id], "cluster": found.names[first.id], "keep": kept, "why": why})
    write_sheet(path, CLUSTERS, rows, mark=False)


def _why(found: Deduplicated, first: str, id: str) -> str:
    """With which record of its cluster a record was joined, and why."""
    edge = found.grouping.joined_by(first, id)[-1]
    return f"with {found.names[edge.left if edge.right == id else edge.right]}: {'; '.join(edge.reasons)}"


def write_proposals(path: Path, found: Deduplicated) -> None:
    """The pairs that are for a person, likeliest first, with what speaks for and against.

    Of the kind `ask` are those that may be one report, of the kind `companion` those that may be two of one study.
    """
    asked, companions = found.grouping.proposals, found.grouping.companions
    by_id = {record.id: record for report in found.grouping.reports for record in report.records}
    rows = (
        {
            "left": found.names[one.left],
            "right": found.names[one.right],
            "kind": kind,
            "points": f"{one.score:g}",
            "reasons": "; ".join(one.reasons),
            "left_citation": citation(by_id[one.left]),
            "right_citation": citation(by_id[one.right]),
        }
        for kind, one in (*(("ask", one) for one in asked), *(("companion", one) for one in companions))
    )
    write_sheet(path, PROPOSALS, rows)
