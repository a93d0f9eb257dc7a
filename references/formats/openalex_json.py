"""OpenAlex's works as files: one Work, a list of them, an answer of its API, or one Work to a line as in its snapshot.

The fields: https://docs.openalex.org/api-entities/works/work-object
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from references.formats.diagnostics import Diagnostic
from references.formats.entry import Entry
from references.formats.format import Format, Sides
from references.formats.interpret import About, Table, interpret
from references.formats.json_files import Object, Row, Shape, flat, without
from references.formats.json_files import entries as json_entries
from references.formats.text import Text
from references.record import Record

# By Crossref's type, which tells proceedings apart, and then by OpenAlex's own.
_TYPES = {
    "journal-article": "journal-article article review letter editorial journal-issue",
    "conference-paper": "proceedings-article conference-paper",
    "conference-abstract": "conference-abstract",
    "preprint": "preprint posted-content",
    "review-notice": "book-review",
    "book": "book monograph edited-book reference-book proceedings book-set book-series",
    "book-chapter": "book-chapter book-section book-part reference-entry",
    "thesis": "dissertation",
    "report": "report",
    "dataset": "dataset database",
    "other": "other paratext erratum grant standard peer-review supplementary-materials libguides retraction software component",
}
_SOURCE = "primary_location/source"
TABLE = Table(
    title=("title", "display_name"),
    authors=(("authorships/author",),),
    date=("publication_year", "publication_date"),
    type=("type_crossref", "type"),
    types={word: kind for kind, words in _TYPES.items() for word in words.split()},
    journal=(f"{_SOURCE}/display_name", "host_venue/display_name", "primary_location/raw_source_name"),
    volume=("biblio/volume",),
    issue=("biblio/issue",),
    first_page=("biblio/first_page",),
    last_page=("biblio/last_page",),
    doi=("doi", "ids/doi"),
    pmid=("ids/pmid",),
    pmcid=("ids/pmcid",),
    issn=(f"{_SOURCE}/issn_l", f"{_SOURCE}/issn", "host_venue/issn_l", "host_venue/issn"),
    publisher=(f"{_SOURCE}/host_organization_name", "host_venue/publisher"),
    language=("language",),
    abstract=("abstract_inverted_index", "abstract"),
    keywords=("keywords/display_name", "keywords/keyword", "keywords"),
    split_keywords=r"(?!)",
    url=("primary_location/landing_page_url", "host_venue/url"),
    accession=("id", "ids/openalex"),
    database_name="OpenAlex",
    retracted={"is_retracted": "true"},
)


def rows(key: str, value: Any) -> Iterator[Row]:
    """Authors' names and the abstract each as one value; the rest by its path."""
    if key == "authorships" and isinstance(value, list):
        for one in value:
            yield from _author(key, one)
    elif key == "abstract_inverted_index" and (text := _abstract(value)):
        yield key, text
    else:
        yield from flat(key, value)


def _author(key: str, one: Any) -> Iterator[Row]:
    """The name as OpenAlex shows it, given names first, or as the byline had it where that tells the family name apart."""
    author = one.get("author") if isinstance(one, Object) else None
    name = author.get("display_name") if isinstance(author, Object) else None
    raw = one.get("raw_author_name") if isinstance(one, Object) else None
    if not isinstance(name, str) or not name.strip():
        name = raw
    if not isinstance(name, str) or not name.strip():
        yield from flat(key, one)
        return
    if isinstance(raw, str) and raw.count(",") == 1 and _letters(raw) == _letters(name):
        yield f"{key}/author", raw
        yield from flat(key, without(one, "raw_author_name"))
        return
    yield f"{key}/author", name
    for part, inner in one:
        yield from flat(f"{key}/{part}", without(inner, "display_name") if part == "author" and isinstance(inner, Object) else inner)


def _letters(name: str) -> list[str]:
    return sorted(re.findall(r"\w+", name.lower()))


def _abstract(index: Any) -> str:
    """The text from {word: [places]}; "" where it is no such thing."""
    if not isinstance(index, Object):
        return ""
    found: list[tuple[int, str]] = []
    for word, places in index:
        if not isinstance(places, list) or not all(isinstance(place, str) and re.fullmatch(r"\d{1,9}", place) for place in places):
            return ""
        found += [(int(place), word) for place in places]
    return " ".join(word for _, word in sorted(found, key=lambda pair: pair[0]))


# Counts and dates of the index, which change with every download of the same work.
_PASSING = frozenset(
    (
        "cited_by_count",
        "counts_by_year",
        "cited_by_percentile_year",
        "citation_normalized_percentile",
        "fwci",
        "updated_date",
        "relevance_score",
    )
)
SHAPE = Shape("OpenAlex JSON", "results", frozenset({"id", "authorships", "display_name", "publication_year"}), rows, _PASSING)

_SIGN = re.compile(r'"id"\s*:\s*"(https?://(?:api\.)?openalex\.org/(?:works/)?W\d+)"')


def sign(head: str) -> str | None:
    """The identifier of a work."""
    found = _SIGN.search(head) if head.lstrip("\ufeff \t\n")[:1] in ("[", "{") else None
    return f"a work called {found[1]}" if found else None


def entries(text: Text) -> Iterator[Entry | Diagnostic | Sides]:
    """The records of a file of OpenAlex works."""
    return json_entries(text, SHAPE)


def _interpret(entry: Entry, source: str, key: str, about: About) -> Record:
    record = interpret(entry, TABLE, source, key, about)
    return replace(record, accession=record.accession.rpartition("/")[2] or None if record.accession else None)


OPENALEX_JSON = Format(name="OpenAlex JSON", media="application/json", sign=sign, entries=entries, interpret=_interpret)
