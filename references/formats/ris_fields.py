"""From the tags of one RIS entry to the fields of a record: pure rules, so that better ones can be run over old imports."""

from __future__ import annotations

import re

from references.formats import ris_numbers as numbers
from references.formats.entry import Entry
from references.formats.interpret import About, first_url, number, title_says_retracted, when
from references.formats.ris_people import people
from references.formats.ris_tags import JOURNAL, JOURNAL_BY_TYPE, TITLES, TYPES, WORKS
from references.formats.values import Values, said
from references.identifiers import clean_pmid, clean_text
from references.record import Record, record_id


def interpret(entry: Entry, source: str, key: str, about: About) -> Record:
    """The record that an entry of tags gives.

    Each field's tag and line goes to `origins`, and every value that no rule took to `unread`; of a value that
    says more than its field, both.
    """
    values = Values(entry.lines)
    doi, kind = numbers.doi(values), _type(values)
    authors, editors = people(values, doi, kind)
    year, date = when(values, ("PY", "Y1", "DA"), ("DA", "PY", "Y1", "PD"))  # DA alone may be a day of access
    pmid = numbers.pmid(values, about.an_is_pmid)
    title = values.words("title", *TITLES, *(["BT"] if kind == "book" else [])) or values.words("title", "ST") or ""
    journal = values.words("journal", *JOURNAL_BY_TYPE.get(kind or "", JOURNAL))
    volume, issue = _volume_and_issue(values)
    return Record(
        id=record_id(source, key),
        source=source,
        key=key,
        title=title,
        title_alt=_title_alt(values, title, journal, about.vendor),
        authors=authors,
        editors=editors,
        year=year,
        date=date,
        type=_preprint(values, kind, journal),
        journal=journal,
        volume=volume,
        issue=issue,
        pages=numbers.pages(values, kind),
        doi=doi,
        pmid=pmid,
        pmcid=numbers.pmcid(values),
        issn=number(values, "issn", ("SN", "ISSN", "BN")),
        isbn=number(values, "isbn", ("SN", "ISBN", "BN")),
        publisher=values.words("publisher", "PB", "PU"),
        language=values.words("language", "LA"),
        abstract=values.words("abstract", "AB", "N2"),
        abstract_alt=_abstract_alt(values),
        keywords=_keywords(values),
        url=first_url(values, ("UR",)),
        database=values.words("database", "DB"),
        accession=None if pmid and pmid == clean_pmid(values.text("AN")) else values.words("accession", "AN"),
        retracted=_retracted(values, title),
        origins=values.origins,
        unread=values.unread(),
    )


# -- what it is --------------------------------------------------------------------------------------------------------

_PREPRINT_SERVER = re.compile(r"(?:arxiv|medrxiv|biorxiv|psyarxiv|socarxiv|osf preprints|research square|preprints\.org|ssrn)\b", re.I)


def _type(values: Values) -> str | None:
    work = values.first("type", ("M3",), lambda text: WORKS.get(clean_text(text).lower()))
    written = values.first("type", ("TY",), lambda text: TYPES.get(clean_text(text).upper()))
    return work or written


def _preprint(values: Values, kind: str | None, journal: str | None) -> str | None:
    """A manuscript or article that a preprint server published is a preprint, whatever TY says."""
    place = journal or values.text("PB", "PU")
    if kind in ("journal-article", "working-paper", "other") and _PREPRINT_SERVER.match(place) and "journal" not in place.lower():
        return "preprint"
    return kind


def _retracted(values: Values, title: str) -> bool:
    return title_says_retracted(values, title) or values.first("retracted", ("M3", "KW"), _says_retracted, keep=True) is not None


def _says_retracted(text: str) -> bool | None:
    return ("retracted" in text.lower() and clean_text(text).lower() in ("retracted", "retracted publication", "retracted article")) or None


# -- title, place and time ---------------------------------------------------------------------------------------------


def _title_alt(values: Values, title: str, journal: str | None, vendor: str) -> str | None:
    """A translated title: TT, or T2 of an old EBSCO file, which names the journal in JF and JO."""
    if found := values.words("title_alt", "TT"):
        return found
    translated = values.text("T2")
    ebsco = vendor == "EBSCO" or values.text("DP", "DB").lower().startswith("ebsco") or bool(values.all("L3", "J1"))
    named = {values.text(tag).lower() for tag in ("JF", "JO", "JA", "J2", "J1")} - {""}
    if ebsco and named and translated and translated not in (title, journal) and translated.lower() not in named:
        return values.words("title_alt", "T2")
    return None


_JOINED = re.compile(r"(\w+)\s?\(([^()]+)\)")


def _volume_and_issue(values: Values) -> tuple[str | None, str | None]:
    volume = values.words("volume", "VL", "VO")
    issue = values.words("issue", "IS", "CP")
    joined = _JOINED.fullmatch(volume) if volume else None
    if joined and issue is None:  # VL  - 50(2)
        values.tell_as("issue", "volume")
        return joined[1], joined[2]
    return volume, issue


SHORTEST_ABSTRACT = 200  # characters; a shorter second value is a remark
_COPYRIGHT = re.compile(r"(?:copyright|\(c\)|©|abstract copyright|\W*doi\b)", re.I)

# -- the rest ----------------------------------------------------------------------------------------------------------


def _abstract_alt(values: Values) -> tuple[tuple[str, str], ...]:
    """EBSCO and others write one AB for each language, and then the notice of copyright."""
    found = []
    for line in values.all("AB", "N2"):
        if values.taken(line):
            continue
        text = said(line.value)
        if text and len(text) >= SHORTEST_ABSTRACT and not _COPYRIGHT.match(text):
            values.take("abstract_alt", line)
            found.append(("", text))
    return tuple(found)


_UNTAGGED = re.compile(r"\n(?!\s)")


def _keywords(values: Values) -> tuple[str, ...]:
    """One for each value, each ";" and each untagged line (EndNote); an indented line goes on with the one before.

    The star of a main heading is left out.
    """
    found: list[str] = []
    for line in values.all("KW"):
        parts = _UNTAGGED.split(line.value) if "\n" in line.value else (line.value,)
        words = [text.strip(" *") for part in parts for text in clean_text(part).split(";")]
        if any(words):
            values.take("keywords", line)
        found += filter(None, words)
    return tuple(dict.fromkeys(found))
