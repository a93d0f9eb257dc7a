"""A work of Crossref as a record. Pure functions, no I/O.

The fields: https://api.crossref.org/swagger-ui/index.html (Work), and https://github.com/CrossRef/cayenne, from which it grew.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from references.dates import EARLIEST, LATEST
from references.identifiers import clean_doi, clean_isbn, clean_issn, clean_text
from references.record import Record, record_id
from references.sources.fields import Fields
from references.sources.source import Changed

NAME = "crossref"

# Known, and of no use in a review: bookkeeping, licences, funding, links for machines, and what another field says better
# (`published` is `issued` again, `subject` was that of the journal, `URL` is the DOI as an address).
IGNORED = frozenset(
    """URL accepted aliases alternative-id archive assertion award award-start chair component-number content-created content-domain
    content-updated deposited description edition-number free-to-read funder group-title indexed institution is-referenced-by-count
    isbn-type issn-type issue-title journal-issue license link member part-number prefix project publisher-location published
    published-other reference reference-count references-count resource.secondary review score short-container-title short-title source
    special-numbering standards-body subject translator update-policy version
    author[].ORCID author[].affiliation author[].authenticated-orcid author[].prefix author[].role
    editor[].ORCID editor[].affiliation editor[].authenticated-orcid editor[].prefix editor[].role
    event.acronym event.end event.location event.number event.sponsor event.start event.theme
    clinical-trial-number[].registry clinical-trial-number[].type
    update-to[].label update-to[].record-id update-to[].source update-to[].updated updated-by[].label updated-by[].record-id""".split()  # noqa: SIM905  60 lines of quotes would hide the list
)
# Understood, and shown with the record. None is a field's own name, so that a field that was not understood is told all the same.
KEPT = frozenset(
    {"Crossref type", "further title", "also in", "article number", "notice", "related work", "thesis for", "trial", "deposited"}
)


def to_record(raw: Any) -> Record:
    """One work as a record; what was not understood is in `unread`. Changed where it has no DOI, by which it is named."""
    key, fields = _key(raw), Fields(raw)
    doi = fields.read("DOI", clean_doi, "doi")
    fields.left.pop("DOI", None)  # the key says it, whatever clean_doi() made of it
    titles, held = _titles(fields), _held(fields)
    sort, kinds = _type(fields)
    year, day, deposited = _date(fields)
    pages, numbers = _pages(fields)
    notices, retracted = _notices(fields, key)
    trials = [trial.text("clinical-trial-number") for trial in _objects(fields, "clinical-trial-number")]
    facts = (
        ("Crossref type", kinds), ("further title", titles[2:]), ("also in", held[1:]), ("article number", numbers), ("notice", notices),
        ("related work", _relations(fields)), ("thesis for", _texts(fields, "degree")), ("trial", trials), ("deposited", deposited),
    )  # fmt: skip
    return Record(
        id=record_id(NAME, key), source=NAME, key=key, database="Crossref", accession=key, doi=doi,
        title=titles[0], title_alt=titles[1] if len(titles) > 1 else None,
        authors=_names(fields, "author", "authors"), editors=_names(fields, "editor", "editors"),
        year=year, date=day, type=sort, journal=held[0] if held else None,
        volume=fields.text("volume", "volume"), issue=fields.text("issue", "issue"), pages=pages,
        issn=_identifier(fields, "ISSN", clean_issn, "issn"), isbn=_identifier(fields, "ISBN", clean_isbn, "isbn"),
        publisher=fields.text("publisher", "publisher"), language=fields.text("language", "language"), abstract=_abstract(fields),
        url=fields.inside("resource").inside("primary").read("URL", _web, "url"),
        retracted=retracted, origins=tuple(fields.origins),
        unread=(*((tag, text, 0) for tag, texts in facts for text in texts if text), *fields.over(IGNORED)),
    )  # fmt: skip


def _key(raw: Any) -> str:
    """The DOI in small letters: DOIs that differ in their capitals alone are one (ISO 26324)."""
    doi = raw.get("DOI") if isinstance(raw, dict) else None
    if not isinstance(doi, str) or not re.fullmatch(r"10\.\d[\d.]*/\S(.{0,2000}\S)?", doi) or not doi.isprintable():
        raise Changed(f"Crossref gave a work whose DOI is {doi!r:.100}, where one like 10.5555/12345678 was expected")
    return doi.lower()


def _list(fields: Fields, name: str, kind: type) -> list[Any]:
    """A list of texts or of objects; one that holds anything else is left where it is."""
    value = fields.left.get(name)
    if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
        return []
    del fields.left[name]
    return value


def _texts(fields: Fields, name: str, field: str | None = None) -> list[str]:
    """The texts of a list, cleaned, each once."""
    texts = list(dict.fromkeys(filter(None, map(clean_text, _list(fields, name, str)))))
    if texts and field:
        fields.tell(field, name)
    return texts


def _objects(fields: Fields, name: str) -> list[Fields]:
    made = [Fields(item, f"{fields.path}{name}[].", fields.origins) for item in _list(fields, name, dict)]
    fields.inner += made
    return made


def _identifier(fields: Fields, name: str, clean: Callable[[str], str | None], field: str) -> str | None:
    """The first identifier of a list; the others are of the same journal or book. A list with one that is none is told."""
    value = fields.left.get(name)
    cleaned = [clean(item) if isinstance(item, str) else None for item in value] if isinstance(value, list) else []
    if cleaned and all(cleaned):
        del fields.left[name]
    first = next(filter(None, cleaned), None)
    if first:
        fields.tell(field, name)
    return first


def _titles(fields: Fields) -> list[str]:
    """The title with its subtitle, then the title in its own language and other forms of it."""
    titles, subtitle = _texts(fields, "title", "title"), " ".join(_texts(fields, "subtitle"))
    others = [*_texts(fields, "original-title", "title_alt"), *titles[1:]]
    if titles[1:]:
        fields.tell("title_alt", "title")
    title = titles[0] if titles else ""
    if subtitle and subtitle.casefold() not in title.casefold():  # many publishers give it in both places
        fields.tell("title", "subtitle")
        title = f"{title}{' ' if title.endswith((':', '?', '!', '.', '–', '—')) else ': '}{subtitle}" if title else subtitle
    return [title, *(other for other in dict.fromkeys(others) if other != title)]


def _held(fields: Fields) -> list[str]:
    """The journals, books or series that hold the work; its meeting where there is none."""
    held, meeting = _texts(fields, "container-title", "journal"), fields.inside("event")
    name = meeting.text("name", None if held else "journal")
    return held or ([name] if name else [])


def _names(fields: Fields, name: str, field: str) -> tuple[str, ...]:
    """Names in byline order: "Family, Given", "Family, Given, Jr.", or a body's own name."""
    people = []
    for person in _objects(fields, name):
        family, given, suffix = (person.text(part) for part in ("family", "given", "suffix"))
        body, place = person.text("name"), person.text("sequence")
        people.append((place != "first", ", ".join(filter(None, (family, given, suffix))) or body))
    people.sort(key=lambda person: person[0])  # `sequence` tells who is first; all others are "additional", in their order
    names = tuple(words for _, words in people if words)
    if names:
        fields.tell(field, name)
    return names


# The date of the issue comes before that of an earlier appearance online, as in other databases; `issued` is the earliest that
# the publisher gave, `posted` a preprint's, `approved` the only one that many theses have.
DATES = ("published-print", "published-online", "issued", "posted", "approved")


def _date(fields: Fields) -> tuple[int | None, str | None, list[str]]:
    """Year and date of publication, as exact as the source is.

    Where there is none, the day of deposit is shown, but is none either: old volumes are deposited decades later.
    """
    dates = [(name, _iso(fields, name)) for name in DATES]
    deposited = _iso(fields, "created")
    name, day = next(((name, day) for name, day in dates if day), ("", ""))
    if not day:
        return None, None, [deposited]
    fields.tell("date", name)
    return int(day[:4]), day, []


def _iso(fields: Fields, name: str) -> str:
    """A date of one to three parts, as ISO; "" for none ([[null]]), and for what is no date, which is left where it is."""
    value = fields.left.get(name)
    parts = value.get("date-parts") if isinstance(value, dict) else None
    if not isinstance(parts, list) or len(parts) > 1 or not all(isinstance(part, list) for part in parts):
        return ""
    numbers = [number for part in parts for number in part]
    day = _day(numbers)
    if day or not any(numbers):
        del fields.left[name]
    return day


def _day(numbers: list[Any]) -> str:
    if not 1 <= len(numbers) <= 3 or not all(type(number) is int for number in numbers) or not EARLIEST <= numbers[0] <= LATEST:
        return ""
    try:
        date(*numbers, *(1, 1)[len(numbers) - 1 :])
    except (ValueError, OverflowError):
        return ""
    shown = numbers[:1] if numbers[1:] == [1, 1] else numbers  # publishers write the first of January for every year
    return "-".join(f"{number:02}" for number in shown)


# All of https://api.crossref.org/v1/types, and the subtypes that posted content has where they are told.
_TYPES = {
    "journal-article": "journal-article",
    "conference-paper": "proceedings-article",
    "preprint": "posted-content posted-content/preprint",  # by default of the deposit schema, a preprint
    "working-paper": "posted-content/working_paper",
    "book": "book monograph edited-book reference-book book-set book-series proceedings",
    "book-chapter": "book-chapter book-section book-part book-track reference-entry",
    "thesis": "dissertation posted-content/dissertation",
    "report": "report report-component posted-content/report",
    "dataset": "dataset database",
    "other": "other component grant journal journal-issue journal-volume peer-review proceedings-series report-series standard "
    "standard-series posted-content/letter posted-content/other",
}
TYPES = {word: kind for kind, words in _TYPES.items() for word in words.split()}


def _type(fields: Fields) -> tuple[str | None, list[str]]:
    """Our word for the type, and Crossref's where that says more. A type that is not known is told."""
    kind = fields.text("type", "type")
    subtype = fields.text("subtype") if kind == "posted-content" else None
    said = f"{kind}/{subtype}" if subtype else kind
    if said and said not in TYPES:
        fields.left["type"] = said
    ours = TYPES.get(said, "other") if said else None
    return ours, [said] if said in TYPES and said != ours else []


def _pages(fields: Fields) -> tuple[str | None, list[str]]:
    """The pages, or the number that an article has instead; where both are given and differ, the number is shown."""
    page, number = fields.text("page"), fields.text("article-number")
    if page and re.fullmatch(r"n/?a(-n/?a)?", page, re.IGNORECASE):  # Wiley's, ahead of print
        page = None
    if page or number:
        fields.tell("pages", "page" if page else "article-number")
    return page or number, [number] if page and number and number != page else []


# Kinds of update after which a work no longer stands; of a partial retraction it stands for the most part, so that is shown only.
VOID = frozenset({"retraction", "withdrawal", "removal"})
_SPACES = str.maketrans("-_", "  ")


def _notices(fields: Fields, key: str) -> tuple[list[str], bool]:
    """Corrections and retractions, "retraction in 10.5555/2 on 2020-02-06 (retraction-watch)", and whether one makes the work void.

    `update-to` stands on the notice and names the work that it is about, `updated-by` the other way round.
    """
    told, retracted = [], False
    for notice in _objects(fields, "update-to"):
        kind, other = notice.text("type") or "update", (notice.text("DOI") or "?").lower()
        own = other == key  # the work was changed where it stands
        retracted = retracted or (own and kind.casefold() in VOID)
        told.append(f"{kind.translate(_SPACES)} {'in its own place' if own else f'of {other}'}")
    for notice in _objects(fields, "updated-by"):
        kind, other, day, by = notice.text("type") or "update", notice.text("DOI") or "?", _iso(notice, "updated"), notice.text("source")
        retracted = retracted or kind.casefold() in VOID
        told.append(f"{kind.translate(_SPACES)} in {other.lower()}{f' on {day}' if day else ''}{f' ({by})' if by else ''}")
    return told, retracted


# Relations to data, reviews and what is cited. All others are shown: to preprints, versions, translations, replies.
UNRELATED = frozenset(
    """based-on-data cites compiles documents finances has-part has-related-material has-review is-basis-for is-based-on is-cited-by
    is-compiled-by is-data-basis-for is-documented-by is-financed-by is-referenced-by is-related-material is-required-by is-supplement-to
    is-supplemented-by references requires""".split()  # noqa: SIM905
)


def _relations(fields: Fields) -> list[str]:
    """What the work is to others: "is preprint of 10.5555/2", "has version 2101.00001 (arxiv)"."""
    relations, told = fields.inside("relation"), []
    for name in UNRELATED & relations.left.keys():
        del relations.left[name]
    for name, others in list(relations.left.items()):
        relations.left[name] = [others] if isinstance(others, dict) else others  # one alone was no list once
        for other in _objects(relations, name):
            kind, id = other.text("id-type"), other.text("id")
            other.left.pop("asserted-by", None)
            told.append(f"{name.translate(_SPACES)} {id or '?'}{f' ({kind})' if kind and kind != 'doi' else ''}")
    return told


def _web(text: str) -> str | None:
    return text if re.fullmatch(r"https?://[^\x00-\x20\x7f\"<>]+", text) else None


_HEADING = re.compile(r"<(?:jats:)?title(?:\s[^<>]*)?>([^<]*(?:<(?!/?(?:jats:)?title\b)[^<]*)*)</(?:jats:)?title\s*>", re.I)
# JATS elements that stand within a line, and would be taken for paragraphs by their prefix.
_WITHIN = re.compile(r"</?jats:(?:styled-content|ext-link|uri|xref|named-content|monospace|inline-formula|roman|sans-serif)\b[^<>]*>", re.I)
_TEX = re.compile(r"<jats:tex-math\b[^<>]*>[^<]*(?:<(?!/?jats:tex-math)[^<]*)*</jats:tex-math\s*>", re.I)


def _abstract(fields: Fields) -> str | None:
    """The abstract without its markup, headings as "Heading: text", and without "Abstract" over it."""
    value = fields.left.get("abstract")
    if not isinstance(value, str):
        return None
    del fields.left["abstract"]
    if "tex-math" in value and "mml:math" in value:  # the same formula in two languages
        value = _TEX.sub(" ", value)
    text = re.sub(r"^abstract: ?", "", clean_text(_HEADING.sub(_heading, _WITHIN.sub("", value))), flags=re.I)
    if text:
        fields.tell("abstract", "abstract")
    return text or None


def _heading(found: re.Match[str]) -> str:
    words = clean_text(found[1]).rstrip(" .:")
    return f" {words}{'' if words.endswith(('?', '!')) else ':'} " if words else " "
