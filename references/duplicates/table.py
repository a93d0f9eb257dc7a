"""Records from a CSV table with the columns that deduplication tools share: id, title, author, year, journal, and so on.

It is read without the tables of vendors, since nothing of it has to be found out; so it takes a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from sys import intern

from references.formats.csv_rows import rows
from references.formats.text import Malformed, Text
from references.identifiers import clean_doi, clean_isbn, clean_issn, clean_text, clean_year
from references.record import Record

COLUMNS = (
    "id", "entrytype", "title", "author", "year", "journal", "booktitle", "volume", "number", "pages", "doi", "abstract", "isbn", "url",
    "source", "accession",
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


def is_table(text: Text) -> bool:
    """Whether the first line has these columns, with an id, and no others."""
    if text.encoding == "xlsx":
        return False
    header = {cell.strip().strip('"').lower() for cell in next(iter(text.lines()), "").split(",")}
    return header >= _NEEDED and header <= set(COLUMNS)


def records_of(text: Text, name: str) -> Iterator[Record]:
    """The records of a table, their ids as they stand. Malformed for a row of another width, without an id, or with one that was before."""
    table = rows(text.lines(), ",")
    header = [cell.strip().lower() for cell in next(table).cells]
    seen: set[str] = set()
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
        yield record


def _record(row: dict[str, str], name: str) -> Record:
    said = row.get
    id, doi, database, abstract = row["id"].strip(), said("doi"), _shared(said("source")), said("abstract")
    issn, isbn = _serial_and_book(said("isbn") or "")
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
