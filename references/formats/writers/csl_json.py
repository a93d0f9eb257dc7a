"""CSL-JSON, which Zotero, pandoc and citation-js read: https://github.com/citation-style-language/schema."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from references.formats.names import as_person
from references.formats.reading import Found
from references.formats.writers.writer import Writer, encoded
from references.record import Record

_TYPES = {
    "journal-article": "article-journal",
    "conference-abstract": "paper-conference",
    "conference-paper": "paper-conference",
    "preprint": "article",
    "review-notice": "review-book",
    "book": "book",
    "book-chapter": "chapter",
    "thesis": "thesis",
    "report": "report",
    "working-paper": "manuscript",
    "web-page": "webpage",
    "news": "article-newspaper",
    "dataset": "dataset",
}


def _name(name: str) -> dict[str, str]:
    family, comma, given = name.partition(",")
    return {"family": family.strip(), "given": given.strip()} if comma and given.strip() else {"literal": name}


def item(record: Record) -> dict[str, Any]:
    """A record as CSL-JSON's item. What CSL has no name for stands in `custom`, its place for that."""
    abstract = "\n\n".join(filter(None, [record.abstract, *(text for _, text in record.abstract_alt)]))
    issued = [int(part) for part in (record.date or str(record.year or "")).split("-") if part]
    found: dict[str, Any] = {
        "id": record.id,
        "type": _TYPES.get(record.type or "", "document"),
        "title": record.title,
        "author": [_name(as_person(name)) for name in record.authors],
        "editor": [_name(name) for name in record.editors],
        "issued": {"date-parts": [issued]} if issued else None,
        "container-title": record.journal,
        "volume": record.volume,
        "issue": record.issue,
        "page": record.pages,
        "DOI": record.doi,
        "PMID": record.pmid,
        "PMCID": record.pmcid,
        "ISSN": record.issn,
        "ISBN": record.isbn,
        "publisher": record.publisher,
        "language": record.language,
        "abstract": abstract,
        "keyword": "; ".join(record.keywords),
        "URL": record.url,
        "source": record.database,
        "archive_location": record.accession,
        "custom": _custom(record),
    }
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def _custom(record: Record) -> dict[str, Any]:
    more: dict[str, Any] = {
        "title_alt": record.title_alt,
        "abstract_alt": [{"language": language, "abstract": text} for language, text in record.abstract_alt],
        "retracted": record.retracted or None,
        "other": [{"tag": tag, "value": value} for tag, value, _ in record.unread],
    }
    return {name: value for name, value in more.items() if value}


def _write(found: Iterable[Found], file: BinaryIO) -> Iterator[str]:
    def texts() -> Iterator[str]:
        before = "[\n"
        for one in found:
            yield before + json.dumps(item(one.record), ensure_ascii=False, indent=1)
            before = ",\n"
        yield "\n]\n" if before != "[\n" else "[]\n"

    encoded(texts(), file)
    return iter(())


CSL_JSON = Writer(name="CSL-JSON", suffixes=(".json",), write=_write, holds_unread=True)
