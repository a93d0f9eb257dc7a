"""RIS: from records of any format, or the tags and values of a RIS file as they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from references.formats.entry import Entry
from references.formats.reading import Found
from references.formats.writers.writer import CONTENT, Writer, encoded, page_range
from references.record import Record

TYPES = {
    "journal-article": "JOUR",
    "conference-abstract": "ABST",
    "conference-paper": "CPAPER",
    "preprint": "UNPB",
    "review-notice": "JOUR",
    "book": "BOOK",
    "book-chapter": "CHAP",
    "thesis": "THES",
    "report": "RPRT",
    "working-paper": "UNPB",
    "web-page": "ELEC",
    "news": "NEWS",
    "dataset": "DATA",
    "other": "GEN",
}
_WORKS = {"preprint": "Preprint", "review-notice": "Book Review", "working-paper": "Working paper"}  # M3, which TY cannot say


def lines_of_record(record: Record) -> Iterator[tuple[str, str]]:
    """(tag, value) of a record, in EndNote's tags of 2011; "TY" comes first, and "ER" is not among them."""
    yield "TY", TYPES.get(record.type or "", "GEN")
    work = "Retracted publication" if record.retracted else _WORKS.get(record.type or "")
    first, last = page_range(record.pages)
    pairs: list[tuple[str, str | int | None]] = [("TI", record.title), ("TT", record.title_alt)]
    pairs += [("AU", name) for name in record.authors] + [("A2", name) for name in record.editors]
    pairs += [("PY", record.year), ("DA", (record.date or "").replace("-", "/")), ("M3", work)]
    pairs += [("T2", record.journal), ("VL", record.volume), ("IS", record.issue), ("SP", first), ("EP", last)]
    pairs += [("DO", record.doi), ("U1", f"{record.pmid} [PMID]" if record.pmid else ""), ("C2", record.pmcid)]
    pairs += [("SN", record.issn), ("SN", record.isbn), ("PB", record.publisher), ("LA", record.language)]
    pairs += [("AB", record.abstract)] + [("AB", text) for _, text in record.abstract_alt]
    pairs += [("KW", word) for word in record.keywords]
    pairs += [("UR", record.url), ("DB", record.database), ("AN", record.accession)]
    yield from ((tag, str(value)) for tag, value in pairs if value)


def text_of_entry(entry: Entry) -> str:
    """A RIS entry with every tag and value it had, unknown ones too, in their order; TY and ER where they were missing."""
    parts = [] if any(line.tag == "TY" for line in entry.lines) else ["TY  - GEN"]
    # Text under no tag stands behind a blank line, or it would go on with the value before it.
    parts += [f"{line.tag}  - {line.value}" if line.tag else f"\n{line.value}" for line in entry.lines]
    return "\n".join([*parts, "ER  - ", "", ""])


def text_of_record(record: Record) -> str:
    """A record as a RIS entry."""
    return "\n".join([*(f"{tag}  - {value}" for tag, value in lines_of_record(record)), "ER  - ", "", ""])


def _write(found: Iterable[Found], file: BinaryIO) -> Iterator[str]:
    encoded((text_of_record(one.record) for one in found), file)
    return iter(())


def write_tidy(found: Iterable[Found], file: BinaryIO) -> Iterator[str]:
    """Write the entries of RIS files, one after the other, in UTF-8 and as RIS should be written."""
    encoded((text_of_entry(one.entry) for one in found), file)
    return iter(())


RIS = Writer(name="RIS", suffixes=(".ris",), write=_write, holds=frozenset(CONTENT))
