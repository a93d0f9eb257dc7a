"""MEDLINE's tagged text, as PubMed's .nbib has it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from references.formats.names import as_person
from references.formats.reading import Found
from references.formats.writers.writer import CONTENT, Writer, encoded
from references.record import Record

_TYPES = {
    "journal-article": "Journal Article",
    "conference-abstract": "Meeting Abstract",
    "conference-paper": "Congress",
    "preprint": "Preprint",
    "review-notice": "Book Review",
    "book": "Book",
    "book-chapter": "Book Chapter",
    "thesis": "Academic Dissertation",
    "report": "Technical Report",
    "news": "News",
    "dataset": "Dataset",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WIDTH = 88  # characters a line, as PubMed wraps


_GIVEN = re.compile(r"[^\W\d_]+")


def _short(name: str) -> str:
    """ "Huby, Guro Ólafsdóttir" as "Huby GÓ"."""
    family, comma, given = name.partition(",")
    initials = "".join(word[0] for word in _GIVEN.findall(given))
    return f"{family} {initials}" if comma and initials else name


def _date(record: Record) -> str:
    """ "2018 Jun 14", as exact as the record is."""
    parts = (record.date or str(record.year or "")).split("-")
    month = [_MONTHS[int(parts[1]) - 1]] if len(parts) > 1 else []
    return " ".join([parts[0], *month, *(str(int(day)) for day in parts[2:])])


def _lines(record: Record) -> Iterator[tuple[str, str | None]]:
    yield "PMID", record.pmid or ""
    yield from (("IS", record.issn), ("ISBN", record.isbn), ("VI", record.volume), ("IP", record.issue), ("DP", _date(record)))
    yield from (("TI", record.title), ("PG", record.pages), ("LID", f"{record.doi} [doi]" if record.doi else None), ("AB", record.abstract))
    for language, text in record.abstract_alt:
        yield from (("OAB", text), ("OABL", language))
    for name in map(as_person, record.authors):
        person = "," in name
        yield from ((("FAU", name), ("AU", _short(name))) if person else (("CN", name),))
    yield from (("FED", name) for name in record.editors)
    yield from (("LA", record.language), ("PT", _TYPES.get(record.type or "")))
    yield "PT", "Retracted Publication" if record.retracted else None
    yield from (("TT", record.title_alt), ("PB", record.publisher), ("JT", record.journal))
    yield from (("OT", word) for word in record.keywords)
    yield "PMC", record.pmcid


def _text(record: Record) -> str:
    wrapped = []
    for tag, value in _lines(record):
        if value or tag == "PMID":
            lines = textwrap.wrap(value or "", WIDTH - 6, break_long_words=False, break_on_hyphens=False) or [""]
            wrapped.append("\n      ".join([f"{tag:<4}- {lines[0]}", *lines[1:]]))
    return "\n".join([*wrapped, "", ""])


def _write(found: Iterable[Found], file: BinaryIO) -> Iterator[str]:
    bare = 0

    def texts() -> Iterator[str]:
        nonlocal bare
        for one in found:
            bare += not one.record.pmid
            yield _text(one.record)

    encoded(texts(), file)
    if bare:
        yield f"{bare} records have no PubMed number, with which each record of this format begins: their PMID- line is empty"


MEDLINE = Writer(
    name="MEDLINE",
    suffixes=(".nbib", ".medline"),
    write=_write,
    holds=frozenset(CONTENT) - {"database", "accession", "url"},
)
