"""Records from a table with the columns that deduplication tools share: id, title, author, year, journal, and so on.

It is read without the tables of vendors, since nothing of it has to be found out; so it takes a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from sys import intern

from references.formats.csv_rows import rows
from references.formats.text import Malformed, Text
from references.identifiers import clean_doi, clean_isbn, clean_issn, clean_pmcid, clean_pmid, clean_text, clean_year
from references.record import Record
from references.visible import counted

COLUMNS = (
    "id", "entrytype", "title", "author", "year", "journal", "booktitle", "volume", "number", "pages", "doi", "abstract", "isbn", "url",
    "source", "accession", "pmid", "pmcid", "issn",
)  # fmt: skip
BEGINNING = 1000  # characters of an abstract that are held; what comes behind them is never looked at, and is most of a table
_NEEDED = {"id", "title", "author"}
_TYPES = {
    "article": "journal-article",
    "book": "book",
    "inbook": "book-chapter",
    "incollection": "book-chapter",
    "inproceedings": "conference-paper",
    "mastersthesis": "thesis",
    "phdthesis": "thesis",
    "techreport": "report",
    "unpublished": "working-paper",
}


def separator(text: Text) -> str:
    """What parts the columns of a table with id, title and author: comma, semicolon or tab; nothing where it is no such table."""
    if text.encoding == "xlsx":
        return ""
    line = next(iter(text.lines()), "")
    return next((mark for mark in ",;\t" if set(_names(line.replace('"', "").split(mark))) >= _NEEDED), "")


_ALSO = {"authors": "author", "issue": "number"}


def _names(cells: Iterable[str]) -> list[str]:
    names = (cell.strip().lower() for cell in cells)
    return [_ALSO.get(name, name) for name in names]


def records_of(text: Text, name: str, told: list[str]) -> Iterator[Record]:
    """The records of a table, their ids as they stand; what was odd is added to `told`, columns that are not known among it.

    Malformed for a column that stands twice, a row of another width, without an id, or with one that was before.
    """
    table = rows(text.lines(), separator(text))
    header = _names(next(table).cells)
    if twice := sorted({column for column in header if header.count(column) > 1}):
        raise Malformed(f"line 1: two columns have the name {twice[0]!r}; give each its own")
    told += map(str, text.diagnostics)
    if unknown := [column or "(no name)" for column in header if column not in COLUMNS]:
        told.append(f"columns that are not used: {', '.join(unknown)}; those that are known: {', '.join(COLUMNS)}")
    seen: set[str] = set()
    untitled = 0
    for row in table:
        if not any(map(str.strip, row.cells)):
            continue
        if len(row.cells) != len(header):
            raise Malformed(f"line {row.first}: {len(row.cells)} cells under {len(header)} columns; put text with a comma into quotes")
        record = _record(dict(zip(header, row.cells, strict=True)), name)
        if not record.id or record.id in seen:
            what = f"the id {record.id!r} a second time" if record.id else "no id"
            raise Malformed(f"line {row.first}: {what}; each row needs an id of its own")
        seen.add(record.id)
        untitled += not record.title
        yield record
    if untitled:
        told.append(f"{untitled} of {counted(len(seen), 'record')} without a title; they are joined by identifiers only")


def _record(row: dict[str, str], name: str) -> Record:
    said = row.get
    id, doi, database, abstract = row["id"].strip(), said("doi"), _shared(said("source")), said("abstract")
    issn, isbn = _serial_and_book(f"{said('isbn') or ''} {said('issn') or ''}")
    return Record(
        id=id,
        source=_source(database or name),
        key=id,
        title=clean_text(row["title"]),
        authors=_authors(row["author"]),
        year=clean_year(said("year") or ""),
        type=_TYPES.get((said("entrytype") or "").lower()),
        journal=_shared(clean_text(said("journal") or said("booktitle") or "")),
        volume=_shared(said("volume")),
        issue=_shared(said("number")),
        pages=said("pages") or None,
        doi=clean_doi(doi) if doi else None,
        pmid=clean_pmid(said("pmid") or ""),
        pmcid=clean_pmcid(said("pmcid") or ""),
        issn=issn,
        isbn=isbn,
        abstract=abstract[:BEGINNING] if abstract else None,
        url=said("url") or None,
        database=database,
        accession=said("accession") or None,
    )


def _shared(text: str | None) -> str | None:
    """A text that stands in many records, kept once; None for none."""
    return intern(text) if text else None


@lru_cache(1 << 10)
def _source(name: str) -> str:
    return f"file:{name}"


@lru_cache(1 << 14)
def _serial_and_book(text: str) -> tuple[str | None, str | None]:
    """ISSN and ISBN; a journal's stands in every record of it."""
    return clean_issn(text), clean_isbn(text)


def _authors(text: str) -> tuple[str, ...]:
    """BibTeX's "and" between people, or semicolons; what is not separated stays together."""
    parts: Sequence[str] = text.split(" and ") if " and " in text else text.split(";")
    return tuple([name for part in parts if (name := part.strip())])
