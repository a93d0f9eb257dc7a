"""A work of OpenAlex as a record. Pure functions, no I/O.

The fields: https://docs.openalex.org/api-entities/works/work-object
"""

from __future__ import annotations

import re
from typing import Any

from references.formats.openalex_json import TABLE
from references.identifiers import clean_doi, clean_issn, clean_pmcid, clean_pmid, clean_text
from references.record import Record, record_id
from references.sources.fields import Fields
from references.sources.source import Changed

NAME = "openalex"

# Known, and of no use in a review: identifiers and flags of the index, licences, affiliations, what another field says better.
IGNORED = frozenset(
    """abstract_inverted_index_v3 authorships authors_count awards best_oa_location cited_by_count counts_by_year created_date
    display_name has_content ids.mag ids.openalex indexed_in is_paratext is_xpac keywords locations locations_count mesh
    open_access primary_topic relevance_score updated_date
    primary_location.id primary_location.is_accepted primary_location.is_oa primary_location.is_published primary_location.license
    primary_location.license_id primary_location.pdf_url primary_location.provenance primary_location.raw_source_name
    primary_location.raw_type primary_location.version
    primary_location.source.apc_prices primary_location.source.host_organization primary_location.source.host_organization_lineage
    primary_location.source.host_organization_lineage_names primary_location.source.id primary_location.source.is_core
    primary_location.source.is_in_doaj primary_location.source.is_indexed_in_scopus primary_location.source.is_oa
    primary_location.source.issn primary_location.source.type""".split()  # noqa: SIM905  40 lines of quotes would hide the list
)
KEPT = frozenset({"OpenAlex type"})

# What `type` calls an article may be a paper in proceedings, or a whole collection of letters, by the publisher's own word.
_OPEN = ("journal-article", "other")


def to_record(raw: Any) -> Record:
    """One work as a record; what was not understood is in `unread`. Changed where it has no id, by which it is named."""
    key, fields = _key(raw), Fields(raw)
    fields.left.pop("id")
    ids, place, biblio = fields.inside("ids"), fields.inside("primary_location"), fields.inside("biblio")
    holder = place.inside("source")
    kind, said = _type(fields, place)
    return Record(
        id=record_id(NAME, key), source=NAME, key=key, database="OpenAlex", accession=key,
        title=fields.text("title", "title") or "", authors=_authors(fields),
        year=fields.read("publication_year", _year, "year"), date=fields.read("publication_date", _day, "date"), type=kind,
        journal=holder.text("display_name", "journal") or _text(place, "raw_source_name"),
        volume=biblio.text("volume", "volume"), issue=biblio.text("issue", "issue"), pages=_pages(biblio),
        doi=_doi(fields, ids), pmid=ids.read("pmid", clean_pmid, "pmid"), pmcid=ids.read("pmcid", clean_pmcid, "pmcid"),
        issn=holder.read("issn_l", clean_issn, "issn") or _first_issn(holder),
        publisher=holder.text("host_organization_name", "publisher"), language=fields.text("language", "language"),
        abstract=_abstract(fields), keywords=_keywords(fields), url=_url(fields, place),
        retracted=fields.left.pop("is_retracted", False) is True, origins=tuple(fields.origins),
        unread=(*((("OpenAlex type", said, 0),) if said else ()), *fields.over(IGNORED)),
    )  # fmt: skip


def _key(raw: Any) -> str:
    """The number of a work, "W2741809807"."""
    id = raw.get("id") if isinstance(raw, dict) else None
    found = re.fullmatch(r"https?://(?:api\.)?openalex\.org/(?:works/)?(W[1-9]\d{0,15})", id) if isinstance(id, str) else None
    if found is None:
        raise Changed(f"OpenAlex gave a work whose id is {id!r:.100}, where one like https://openalex.org/W2741809807 was expected")
    return found[1]


def _type(fields: Fields, place: Fields) -> tuple[str, str]:
    """Our word for its type; and OpenAlex's own where ours does not say as much."""
    said, raw = fields.text("type", "type") or "", _text(place, "raw_type") or ""
    kind = TABLE.types.get(said, "other")
    finer = TABLE.types.get(raw.lower(), "")
    if kind in _OPEN and finer not in ("", "other"):
        return finer, ""
    return kind, "" if kind != "other" or not said else said


def _text(fields: Fields, name: str) -> str | None:
    """A text that another field may say better, so that it is not taken out."""
    value = fields.left.get(name)
    return clean_text(value) or None if isinstance(value, str) else None


def _doi(fields: Fields, ids: Fields) -> str | None:
    """The DOI; it stands twice."""
    doi, again = fields.read("doi", clean_doi, "doi"), ids.read("doi", clean_doi)
    return doi or again


def _authors(fields: Fields) -> tuple[str, ...]:
    """The names as OpenAlex shows them, given names first, or as the byline had them where that tells the family name apart."""
    value = fields.left.get("authorships")
    names = [name for one in value if (name := _name(one))] if isinstance(value, list) else []
    if names:
        fields.tell("authors", "authorships")
    return tuple(names)


def _name(one: Any) -> str:
    author = one.get("author") if isinstance(one, dict) else None
    shown = author.get("display_name") if isinstance(author, dict) else None
    raw = one.get("raw_author_name") if isinstance(one, dict) else None
    name, byline = (clean_text(text) if isinstance(text, str) else "" for text in (shown, raw))
    if byline.count(",") == 1 and (not name or _letters(byline) == _letters(name)):
        return byline
    return name or byline


def _letters(name: str) -> list[str]:
    return sorted(re.findall(r"\w+", name.lower()))


def _abstract(fields: Fields) -> str | None:
    """The text from {word: [places]}, which has gaps and doubled places; one of another form is left where it is."""
    index = fields.left.get("abstract_inverted_index")
    if not isinstance(index, dict):
        return None
    found: list[tuple[int, str]] = []
    for word, places in index.items():
        if not isinstance(places, list) or not all(type(place) is int for place in places):
            return None
        found += [(place, word) for place in places]
    del fields.left["abstract_inverted_index"]
    text = clean_text(" ".join(word for _, word in sorted(found, key=lambda pair: pair[0])))
    if text:
        fields.tell("abstract", "abstract_inverted_index")
    return text or None


def _keywords(fields: Fields) -> tuple[str, ...]:
    value = fields.left.get("keywords")
    named = (one.get("display_name") for one in value if isinstance(one, dict)) if isinstance(value, list) else ()
    found = tuple(dict.fromkeys(text for name in named if isinstance(name, str) and (text := clean_text(name))))
    if found:
        fields.tell("keywords", "keywords")
    return found


def _first_issn(holder: Fields) -> str | None:
    value = holder.left.get("issn")
    return next((issn for one in value if isinstance(one, str) and (issn := clean_issn(one))), None) if isinstance(value, list) else None


def _pages(biblio: Fields) -> str | None:
    first, last = biblio.text("first_page", "pages"), biblio.text("last_page", "pages")
    return f"{first}-{last}" if first and last and first != last else first or last


def free_copy(best: Any) -> str | None:
    """The address in `best_oa_location`: a page before a PDF. Only http and https are believed."""
    free = [best.get(name) for name in ("landing_page_url", "pdf_url")] if isinstance(best, dict) else []
    return next((one for one in free if isinstance(one, str) and _web(one)), None)


def _url(fields: Fields, place: Fields) -> str | None:
    """The address of the full text: free before paid."""
    landing = place.read("landing_page_url", _web)
    found = free_copy(fields.left.get("best_oa_location"))
    if found or landing:
        fields.tell("url", "best_oa_location" if found else "primary_location.landing_page_url")
    return found or landing


def _web(text: str) -> str | None:
    return text if re.fullmatch(r"https?://[^\x00-\x20\x7f\"<>]+", text) else None


def _year(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[12]\d{3}", text) else None


def _day(text: str) -> str | None:
    """A day; OpenAlex writes the first of January where it knows the year only."""
    found = re.fullmatch(r"([12]\d{3})-([01]\d)-([0-3]\d)", text)
    return None if found is None else found[1] if text.endswith("-01-01") else text
