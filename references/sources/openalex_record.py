"""A work of OpenAlex as a record. Pure functions, no I/O.

The fields: https://docs.openalex.org/api-entities/works/work-object
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import Any

from references.formats.interpret import fill_end, page
from references.formats.openalex_json import TABLE
from references.identifiers import clean_doi, clean_issn, clean_pmcid, clean_pmid, clean_text
from references.record import Record, record_id
from references.sources.fields import Fields
from references.sources.source import Changed

NAME = "openalex"

# Known, and of no use in a review: identifiers and flags of the index, licences, affiliations, what another field says better.
IGNORED = frozenset(
    """abstract_inverted_index_v3 authors_count awards cited_by_count counts_by_year created_date display_name has_content ids.mag
    ids.openalex indexed_in is_paratext is_xpac locations locations_count mesh open_access primary_topic relevance_score updated_date
    primary_location.id primary_location.is_accepted primary_location.is_oa primary_location.is_published primary_location.license
    primary_location.license_id primary_location.pdf_url primary_location.provenance primary_location.raw_source_name
    primary_location.raw_type primary_location.version
    primary_location.source.apc_prices primary_location.source.host_organization primary_location.source.host_organization_lineage
    primary_location.source.host_organization_lineage_names primary_location.source.id primary_location.source.is_core
    primary_location.source.is_in_doaj primary_location.source.is_indexed_in_scopus primary_location.source.is_oa
    primary_location.source.issn primary_location.source.raw_type primary_location.source.type""".split()  # noqa: SIM905  40 lines of quotes would hide the list
)
# Of an authorship, what is of no use in a review, and what the name is made of. A new field is told.
AUTHORSHIP = frozenset(
    """affiliations author author_position countries institutions is_corresponding raw_affiliation_string raw_affiliation_strings
    raw_author_name raw_orcid""".split()  # noqa: SIM905  a line of quotes would hide the list
)
KEPT = frozenset({"pubType", "more authors"})  # understood, and shown with the record
MOST_AUTHORS = 100  # of a work in a list; only the work by itself has all


def to_record(raw: Any) -> Record:
    """One work as a record; what was not understood is in `unread`. Changed where it has no id, by which it is named."""
    key, fields = _key(raw), Fields(raw)
    fields.left.pop("id")
    ids, place, biblio = fields.inside("ids"), fields.inside("primary_location"), fields.inside("biblio")
    holder = place.inside("source")
    kind, said = _type(fields, place)
    year, day = _date(fields)
    authors, more = _authors(fields)
    facts = (("pubType", said), ("more authors", more))
    return Record(
        id=record_id(NAME, key), source=NAME, key=key, database="OpenAlex", accession=key,
        title=fields.text("title", "title") or "", authors=authors, year=year, date=day, type=kind,
        journal=holder.text("display_name", "journal") or _text(place, "raw_source_name", "journal"),
        volume=biblio.text("volume", "volume"), issue=biblio.text("issue", "issue"), pages=_pages(biblio),
        doi=_doi(fields, ids), pmid=ids.read("pmid", clean_pmid, "pmid"), pmcid=ids.read("pmcid", clean_pmcid, "pmcid"),
        issn=holder.read("issn_l", clean_issn, "issn") or _first_issn(holder),
        publisher=holder.text("host_organization_name", "publisher"), language=fields.text("language", "language"),
        abstract=_abstract(fields), keywords=_keywords(fields), url=_url(fields, place),
        retracted=_retracted(fields), origins=tuple(fields.origins),
        unread=(*((tag, text, 0) for tag, text in facts if text), *fields.over(IGNORED)),
    )  # fmt: skip


def _key(raw: Any) -> str:
    """The number of a work, "W2741809807"."""
    id = raw.get("id") if isinstance(raw, dict) else None
    found = re.fullmatch(r"https?://(?:api\.)?openalex\.org/(?:works/)?(W[1-9]\d{0,15})", id) if isinstance(id, str) else None
    if found is None:
        raise Changed(f"OpenAlex gave a work whose id is {id!r:.100}, where one like https://openalex.org/W2741809807 was expected")
    return found[1]


def _type(fields: Fields, place: Fields) -> tuple[str, str]:
    """Our word for its type; and OpenAlex's own where ours does not say as much.

    What it calls an article may be a book or a paper in proceedings by the publisher's own word. Of an erratum or a retraction that
    word says only where it stands, so it does not count.
    """
    said, raw = fields.text("type", "type") or "", _text(place, "raw_type") or ""
    kind, finer = TABLE.types.get(said), TABLE.types.get(raw.lower(), "other")
    if (kind in (None, "journal-article") or said == "other") and finer != "other":
        place.tell("type", "raw_type")
        return finer, "" if kind else said
    return kind or "other", "" if kind not in (None, "other") else said


def _text(fields: Fields, name: str, field: str | None = None) -> str | None:
    """A text that another field may say better, so that it is not taken out."""
    value = fields.left.get(name)
    found = clean_text(value) or None if isinstance(value, str) else None
    if found and field:
        fields.tell(field, name)
    return found


def _retracted(fields: Fields) -> bool:
    """What OpenAlex has from Retraction Watch; anything but yes or no is left where it is."""
    if not isinstance(fields.left.get("is_retracted"), bool):
        return False
    retracted: bool = fields.left.pop("is_retracted")
    if retracted:
        fields.tell("retracted", "is_retracted")
    return retracted


def _date(fields: Fields) -> tuple[int | None, str | None]:
    """Year and date of publication; a date of another year is left where it is."""
    year = fields.read("publication_year", _year, "year")
    day = fields.read("publication_date", lambda text: _day(text) if year is None or text.startswith(f"{year}-") else None, "date")
    return (year, day or f"{year}") if year else (int(day[:4]) if day else None, day)


def _doi(fields: Fields, ids: Fields) -> str | None:
    """The DOI; it stands twice."""
    doi, again = fields.read("doi", clean_doi, "doi"), ids.read("doi", clean_doi)
    return doi or again


def _authors(fields: Fields) -> tuple[tuple[str, ...], str]:
    """The names as OpenAlex shows them, given names first, or as the byline had them where that tells the family name apart.

    Each once: where two records were made one, the byline stands twice. With them a word where the list is cut.
    """
    value = fields.left.get("authorships")
    if not isinstance(value, list):
        return (), ""
    named = [(one, _name(one)) for one in value]
    names = tuple(dict.fromkeys(name for _, name in named if name))
    fields.left["authorships"] = [one for one, name in named if not name]
    for one, name in named:
        for new in one.keys() - AUTHORSHIP if name else ():
            fields.left.setdefault(f"authorships[].{new}", one[new])
    if names:
        fields.tell("authors", "authorships")
    return names, f"only the first {MOST_AUTHORS} are in a list of OpenAlex" if len(value) >= MOST_AUTHORS else ""


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
    if not isinstance(index, dict) or set(map(type, index.values())) - {list}:
        return None
    found = [(place, word) for word, places in index.items() for place in places]
    if {type(place) for place, _ in found} - {int}:
        return None
    del fields.left["abstract_inverted_index"]
    found.sort(key=itemgetter(0))
    text = clean_text(" ".join([word for _, word in found]))
    if text:
        fields.tell("abstract", "abstract_inverted_index")
    return text or None


def _keywords(fields: Fields) -> tuple[str, ...]:
    value = fields.left.get("keywords")
    if not isinstance(value, list):
        return ()
    named = [(one, one.get("display_name") if isinstance(one, dict) else None) for one in value]
    found = tuple(dict.fromkeys(text for _, name in named if isinstance(name, str) and (text := clean_text(name))))
    fields.left["keywords"] = [one for one, name in named if not isinstance(name, str)]
    if found:
        fields.tell("keywords", "keywords")
    return found


def _first_issn(holder: Fields) -> str | None:
    value = holder.left.get("issn")
    found = next((issn for one in value if isinstance(one, str) and (issn := clean_issn(one))), None) if isinstance(value, list) else None
    if found:
        holder.tell("issn", "issn")
    return found


def _pages(biblio: Fields) -> str | None:
    """The pages, the last one in full: PubMed's 2838 and 42 are 2838-2842."""
    first, last = biblio.read("first_page", page, "pages"), biblio.read("last_page", page, "pages")
    return f"{first}-{fill_end(first, last)}" if first and last and first != last else first or last


def free_copy(best: Any) -> str | None:
    """The address in `best_oa_location`: a page before a PDF. Only http and https are believed."""
    given = [best.get(name) for name in ("landing_page_url", "pdf_url")] if isinstance(best, dict) else []
    return next((address for one in given if isinstance(one, str) and (address := _web(one))), None)


def _url(fields: Fields, place: Fields) -> str | None:
    """The address of the full text: free before paid."""
    landing, free = place.read("landing_page_url", _web), free_copy(fields.left.get("best_oa_location"))
    if free:
        del fields.left["best_oa_location"]
    if free or landing:
        fields.tell("url", "best_oa_location" if free else "primary_location.landing_page_url")
    return free or landing


def _web(text: str) -> str | None:
    """A web address; those of library catalogues come with their ampersands escaped."""
    text = text.strip().replace("&amp;", "&")
    return text if re.fullmatch(r"https?://[^\x00-\x20\x7f\"<>]+", text) else None


def _year(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[12]\d{3}", text) else None


def _day(text: str) -> str | None:
    """A day; OpenAlex writes the first of January where it knows the year only."""
    if not re.fullmatch(r"[12]\d{3}-[01]\d-[0-3]\d", text):
        return None
    return text[:4] if text.endswith("-01-01") else text
