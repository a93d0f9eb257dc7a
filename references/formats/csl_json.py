"""CSL-JSON: what citation processors read, and what Zotero, Mendeley, citation-js and Crossref write for them.

The schema: https://github.com/citation-style-language/schema/blob/master/schemas/input/csl-data.json
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
from references.identifiers import clean_text
from references.record import Record

_TYPES = {
    "journal-article": "article-journal article-magazine journal-article periodical",
    "preprint": "article posted-content",
    "book": "book monograph edited-book reference-book classic collection",
    "book-chapter": "chapter entry entry-dictionary entry-encyclopedia book-chapter",
    "conference-paper": "paper-conference proceedings-article",
    "review-notice": "review review-book",
    "thesis": "thesis dissertation",
    "report": "report",
    "working-paper": "manuscript",
    "web-page": "webpage post post-weblog",
    "news": "article-newspaper",
    "dataset": "dataset",
    "other": "bill broadcast document event figure graphic hearing interview legal_case legislation map motion_picture musical_score "
    "pamphlet patent performance personal_communication regulation software song speech standard treaty",
}
TYPES = {word: kind for kind, words in _TYPES.items() for word in words.split()}

TABLE = Table(
    title=("title",),
    title_alt=("translated-title", "original-title", "custom/title_alt"),
    authors=(("author",),),
    editors=(("editor",), ("collection-editor",), ("container-author",)),
    date=("issued", "published", "published-print", "published-online"),
    type=("type",),
    types=TYPES,
    journal=("container-title", "journalAbbreviation", "container-title-short", "event-title", "event"),
    journal_by_type={
        "book": ("container-title", "collection-title"),
        "report": ("container-title", "collection-title"),
        "thesis": ("container-title", "collection-title"),
    },
    volume=("volume",),
    issue=("issue",),
    pages=("page",),
    first_page=("page-first",),
    article_number=("article-number",),
    doi=("DOI", "note/DOI"),
    doi_inside=("URL",),
    pmid=("PMID", "note/PMID"),
    pmcid=("PMCID", "note/PMCID"),
    issn=("ISSN", "note/ISSN"),
    isbn=("ISBN", "note/ISBN"),
    publisher=("publisher",),
    language=("language",),
    abstract=("abstract",),
    abstract_alt=("custom/abstract_alt/abstract",),
    keywords=("keyword",),
    url=("URL",),
    database=("source", "archive"),
    accession=("archive_location", "call-number"),
    retracted={"status": "retracted", "custom/retracted": "true"},
)


def rows(key: str, value: Any) -> Iterator[Row]:
    """Names, dates, keywords and the labelled lines of a note each as one value; the rest by its path."""
    if isinstance(value, Object) and (value.get("date-parts") or value.get("raw") or value.get("literal")):
        yield from _date(key, value)
    elif isinstance(value, list) and any(isinstance(one, Object) and _name(one) for one in value):
        for one in value:
            yield from _person(key, one)
    elif key == "keyword" and isinstance(value, str):
        yield from ((key, word.strip()) for word in value.split(";" if ";" in value else ",") if word.strip())
    elif key == "note" and isinstance(value, str):
        yield from map(_note, value.replace("\r", "\n").split("\n"))
    else:
        yield from flat(key, value)


_LABELLED = re.compile(r"\s*(PMID|PMCID|DOI|ISSN|ISBN)\s*:\s*(\S.*)", re.I)


def _note(line: str) -> Row:
    """Zotero keeps what CSL has no field for in lines such as "PMID: 123"."""
    found = _LABELLED.fullmatch(line)
    return (f"note/{found[1].upper()}", found[2]) if found else ("note", line)


_NAME = ("family", "given", "literal", "name", "non-dropping-particle", "dropping-particle", "suffix")


def _person(key: str, one: Any) -> Iterator[Row]:
    if isinstance(one, Object) and (name := _name(one)):
        yield key, name
        yield from flat(key, without(one, *_NAME))
    else:
        yield from flat(key, one)


def _name(one: Object) -> str:
    """ "van der Berg, Jan": a particle that is not dropped belongs to the family name; a body stands as it is."""
    parts = {part: said.strip() for part in _NAME if isinstance(said := one.get(part), str)}
    family = " ".join(filter(None, [parts.get("non-dropping-particle", ""), parts.get("family", "")]))
    given = " ".join(filter(None, (parts.get(part, "") for part in ("given", "dropping-particle", "suffix"))))
    return ", ".join(filter(None, [family, given])) or parts.get("literal", "") or parts.get("name", "")


def _date(key: str, value: Object) -> Iterator[Row]:
    """ "2018-04-16" from date-parts; of two dates what they share, and then both."""
    dates = [_iso(parts) for parts in value.get("date-parts") or ()] if isinstance(value.get("date-parts"), list) else [None]
    if dates and all(dates):
        shared = [one for one, *others in zip(*(str(date).split("-") for date in dates), strict=False) if all(one == two for two in others)]
        if shared:
            yield key, "-".join(shared)
        if len(dates) > 1:
            yield f"{key}/date-parts", "/".join(map(str, dates))
    else:
        yield from flat(f"{key}/date-parts", value.get("date-parts"))
    for name in ("raw", "literal"):
        yield from flat(key, value.get(name))
    yield from flat(key, without(value, "date-parts", "raw", "literal"))


def _iso(parts: Any) -> str | None:
    numbers = [str(part).strip() for part in parts if part is not None] if isinstance(parts, list) else []
    if not numbers or not all(re.fullmatch(r"-?\d{1,4}", number) for number in numbers):
        return None
    return "-".join(number.zfill(2) for number in numbers)


SHAPE = Shape("CSL-JSON", "items", frozenset({"type", "title", "author", "issued", "container-title", "DOI"}), rows)

_CSL_TYPE = re.compile(rf'"type"\s*:\s*"(?:{"|".join(sorted(TYPES))})"')
_CSL_KEY = re.compile(r'"(?:issued|container-title|author|title|editor|publisher-place|URL|DOI)"\s*:')
_CROSSREF = re.compile(r'"message-type"\s*:|"(?:message|resultList)"\s*:\s*\{')
_OPENALEX = re.compile(r'"(?:id|openalex)"\s*:\s*"https?://(?:api\.)?openalex\.org/')


def sign(head: str) -> str | None:
    """A type that CSL has, beside a key that CSL has; not in an answer of Crossref, Europe PMC or OpenAlex."""
    if head.lstrip("\ufeff \t\n")[:1] not in ("[", "{") or _CROSSREF.search(head) or _OPENALEX.search(head):
        return None
    found, key = _CSL_TYPE.search(head), _CSL_KEY.search(head)
    return " ".join(found[0].split()) if found and key else None


def entries(text: Text) -> Iterator[Entry | Diagnostic | Sides]:
    """The records of a CSL-JSON file."""
    return json_entries(text, SHAPE)


def _interpret(entry: Entry, source: str, key: str, about: About) -> Record:
    """By the table; what this program wrote into `custom` is read back, and taken out of the abstract that holds it too."""
    record = interpret(entry, TABLE, source, key, about)
    if not record.abstract_alt:
        return record
    languages = [clean_text(line.value) for line in entry.lines if line.tag == "custom/abstract_alt/language"]
    languages += [""] * len(record.abstract_alt)
    texts = [text for _, text in record.abstract_alt]
    abstract = (record.abstract or "").removesuffix(" ".join(texts)).strip() or None
    return replace(record, abstract=abstract, abstract_alt=tuple(zip(languages, texts, strict=False)))


CSL_JSON = Format(name="CSL-JSON", media="application/vnd.citationstyles.csl+json", sign=sign, entries=entries, interpret=_interpret)
