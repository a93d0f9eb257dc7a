"""Export files of any format into another: every record, and a word on what the other format has no place for."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from references.error import ReviewError
from references.formats.known import Unknown, open_file, reading_of
from references.formats.reading import Found, Reading
from references.formats.text import Malformed, NotText, TooLarge
from references.formats.writers.bibtex import BIBTEX
from references.formats.writers.csl_json import CSL_JSON
from references.formats.writers.medline import MEDLINE
from references.formats.writers.ris import RIS, write_tidy
from references.formats.writers.sheets import CSV, TSV, XLSX
from references.formats.writers.writer import CONTENT, Writer
from references.output import check_output, whole
from references.sheet import write_sheet
from references.visible import counted

WRITERS = (RIS, BIBTEX, MEDLINE, CSL_JSON, CSV, TSV, XLSX)
MOST_TAGS = 30  # named when they have no place in the target
MOST_DOUBTS = 20  # told when a file does not add up


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What a conversion did."""

    records: int
    writer: str
    readings: tuple[Reading, ...]  # one for each file, at their end
    told: tuple[str, ...]  # what the target has no place for, and what else is to be said of it


class Unconverted(ReviewError):
    """A file that could not be read, or whose records do not add up; nothing was written."""


def writer_for(output: Path, to: str = "") -> Writer:
    """The writer for a file's ending, or of that name."""
    for writer in WRITERS:
        if (to and writer.name.lower() == to.lower()) or (not to and output.suffix.lower() in writer.suffixes):
            return writer
    endings = ", ".join(f"{writer.name} ({' '.join(writer.suffixes)})" for writer in WRITERS)
    raise ReviewError(f"{to or output.name!r} names no format that can be written; expected one of {endings}. Give the format with --to.")


def convert(
    inputs: Sequence[Path],
    output: Path,
    *,
    to: str = "",
    format: str = "",
    vendor: str = "",
    accept_counts: bool = False,
    tidy: bool = False,
) -> Converted:
    """Write the records of files into another file, which is there whole or not at all.

    A single file into its own format keeps every byte, unless `tidy` or it is a table. Several RIS files to RIS, or one
    with `tidy`, keep every tag and value, and are written as RIS should be. Unconverted where a file cannot be read, or has another number
    of records than its starts or ends show (unless `accept_counts`).
    """
    writer = writer_for(output, to)
    check_output(output, inputs)
    readings = [reading_from(path, format, vendor) for path in inputs]
    same = all(reading.format.name == writer.name for reading in readings)  # then nothing needs to go
    # A table is written anew: as CSV one reads what has semicolons, tabs or UTF-16 too.
    copied = same and len(inputs) == 1 and not tidy and writer not in (CSV, TSV, XLSX)
    lost: Counter[str] = Counter()
    found = _all(readings, writer, lost, kept=copied or (same and writer is RIS))
    try:
        with whole(output) as half:
            with half.open("wb") as file:
                told = list((write_tidy if same and writer is RIS else writer.write)(found, file))
            check_counts(readings, accept_counts)
            if copied:
                told = []
                shutil.copyfile(inputs[0], half)
    except OSError as error:
        raise ReviewError(f"{output} was not written: {error.strerror}.") from None
    total = sum(reading.records for reading in readings)
    return Converted(records=total, writer=writer.name, readings=tuple(readings), told=(*_not_held(lost, writer), *told))


def reading_from(path: Path, format: str = "", vendor: str = "") -> Reading:
    """A file ready to be read; Unconverted where it cannot be."""
    try:
        if not path.stat().st_size:
            raise Unconverted(f"{path.name}: it is empty; export it again. Nothing was written.")
        return reading_of(open_file(path), f"file:{path.name}", format=format, vendor=vendor)
    except (NotText, TooLarge, Malformed, Unknown) as problem:
        raise Unconverted(f"{path.name}: {problem}. Nothing was written.") from None
    except OSError as error:
        raise Unconverted(f"{path} cannot be opened: {error.strerror}. Nothing was written.") from None


def _all(readings: Sequence[Reading], writer: Writer, lost: Counter[str], *, kept: bool) -> Iterator[Found]:
    """Every record; what of them the writer has no place for is counted in `lost`."""
    missing = [name for name in CONTENT if name not in writer.holds]
    for reading in readings:
        try:
            for found in reading:
                if not kept:
                    lost.update(f"field {name}" for name in missing if getattr(found.record, name))
                    if not writer.holds_unread:
                        lost.update({f"tag {tag or '(none)'}" for tag, _, _ in found.record.unread})
                yield found
        except (TooLarge, Malformed) as problem:
            raise Unconverted(f"{reading.source.removeprefix('file:')}: {problem}. Nothing was written.") from None


def check_counts(readings: Sequence[Reading], accept_counts: bool) -> None:
    """Unconverted where a file shows more or fewer records than were read from it, unless that is accepted."""
    for reading in readings:
        counts = reading.counts
        if reading.text.size and counts.lost and not accept_counts:
            why = "; ".join(counts.differences) or f"no record was found in what looks like {reading.why}"
            name = reading.source.removeprefix("file:")
            doubts = [f"  {note}" for note in reading.diagnostics if note.line and note.severity != "note"]
            told = f"{name}: {why}. Nothing was written; look at the file, or give --accept-counts."
            raise Unconverted("\n".join([told, *doubts[:MOST_DOUBTS]]))


def _not_held(lost: Counter[str], writer: Writer) -> Iterator[str]:
    fields = {name.removeprefix("field "): count for name, count in lost.items() if name.startswith("field ")}
    tags = Counter({name.removeprefix("tag "): count for name, count in lost.items() if name.startswith("tag ")})
    for name, count in fields.items():
        yield f"{writer.name} has no place for {name}: left out of {counted(count, 'record')}"
    if tags:
        named = ", ".join(f"{tag} ({count})" for tag, count in tags.most_common(MOST_TAGS))
        rest = f" and {len(tags) - MOST_TAGS} others" if len(tags) > MOST_TAGS else ""
        yield f"{writer.name} has no place for what no field holds; left out, by tag (records): {named}{rest}"


def write_diagnostics(path: Path, converted: Converted) -> None:
    """What was found odd, file by file: as JSON where the path ends in .json, else as CSV."""
    if path.suffix.lower() == ".json":
        with whole(path) as half:
            half.write_text(json.dumps([*map(_report, converted.readings)], ensure_ascii=False, indent=1), encoding="utf-8")
        return
    rows = [
        {
            "file": reading.source.removeprefix("file:"),
            "line": str(note.line or ""),
            "severity": note.severity,
            "found": note.what,
            "done": note.done,
        }
        for reading in converted.readings
        for note in reading.diagnostics
    ]
    write_sheet(path, ("file", "line", "severity", "found", "done"), rows)


def _report(reading: Reading) -> dict[str, Any]:
    counts = reading.counts
    return {
        "file": reading.source.removeprefix("file:"),
        "read as": reading.why,
        "format": reading.format.name,
        "vendor": reading.vendor or None,
        "encoding": reading.text.encoding,
        "counts": {"records": counts.records, "starts": counts.starts, "ends": counts.ends, "titles": counts.titles},
        "diagnostics": [
            {
                "line": note.line,
                "lines": [list(run) for run in note.lines],
                "severity": note.severity,
                "found": note.what,
                "done": note.done,
            }
            for note in reading.diagnostics
        ],
    }
