"""From the tags of one RIS entry to the fields of a record: pure rules, so that better ones can be run over old imports."""

from __future__ import annotations

import re

from references.formats import ris_numbers as numbers
from references.formats.ris_people import people
from references.formats.ris_tags import JOURNAL, JOURNAL_BY_TYPE, TITLES, TYPES, WORKS
from references.formats.tagged import Entry
from references.formats.values import Values
from references.identifiers import clean_date, clean_pmid, clean_text, clean_url, clean_year
from references.record import Record, record_id


def interpret(entry: Entry, source: str, key: str, *, an_is_pmid: bool = False) -> Record:
    """The record that an entry of tags gives.

    `an_is_pmid`: the file as a whole shows that AN holds PubMed's numbers. Each field's tag and line goes to
    `origins`, and every value that no rule took to `unread`; of a value that says more than its field, both.
    """
    values = Values(entry.lines)
    doi, kind = numbers.doi(values), _type(values)
    authors, editors = people(values, doi, kind)
    year, date = _when(values)
    pmid = numbers.pmid(values, an_is_pmid)
    title = values.words("title", *TITLES, *(["BT"] if kind == "book" else [])) or values.words("title", "ST") or ""
    journal = values.words("journal", *JOURNAL_BY_TYPE.get(kind or "", JOURNAL))
    volume, issue = _volume_and_issue(values)
    return Record(
        id=record_id(source, key),
        source=source,
        key=key,
        title=title,
        title_alt=_title_alt(values, title, journal),
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
        issn=numbers.number(values, "issn", ("SN", "ISSN", "BN")),
        isbn=numbers.number(values, "isbn", ("SN", "ISBN", "BN")),
        publisher=values.words("publisher", "PB", "PU"),
        language=values.words("language", "LA"),
        abstract=values.words("abstract", "AB", "N2"),
        keywords=_keywords(values),
        url=_url(values),
        database=values.words("database", "DB"),
        accession=None if pmid and pmid == clean_pmid(values.text("AN")) else values.words("accession", "AN"),
        retracted=_retracted(values, title),
        origins=tuple(values.origins),
        unread=values.unread(),
    )


# -- what it is --------------------------------------------------------------------------------------------------------

_PREPRINT_SERVER = re.compile(r"(?:arxiv|medrxiv|biorxiv|psyarxiv|socarxiv|osf preprints|research square|preprints\.org|ssrn)\b", re.I)
# "Retracted: ...", "[RETRACTED ARTICLE] ...", but not "Retracted articles in oncology".
_RETRACTED = re.compile(r"\W*(?:retracted(?:\s+(?:article|paper|publication))?\s*[\]):.])", re.I)
_SHOUTED = re.compile(r"\W*RETRACTED\b")


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
    if _RETRACTED.match(title) or _SHOUTED.match(title):
        values.origins += [("retracted", tag, line) for field, tag, line in values.origins if field == "title"]
        return True
    return values.first("retracted", ("M3", "KW"), _says_retracted, keep=True) is not None


def _says_retracted(text: str) -> bool | None:
    return ("retracted" in text.lower() and clean_text(text).lower() in ("retracted", "retracted publication", "retracted article")) or None


# -- title, place and time ---------------------------------------------------------------------------------------------


def _title_alt(values: Values, title: str, journal: str | None) -> str | None:
    """A translated title: TT, or T2 of an old EBSCO file, which names the journal in JF and JO."""
    if found := values.words("title_alt", "TT"):
        return found
    translated = values.text("T2")
    ebsco = values.text("DP", "DB").lower().startswith("ebsco") or bool(values.all("L3", "J1"))
    named = {values.text(tag).lower() for tag in ("JF", "JO", "JA", "J2", "J1")} - {""}
    if ebsco and named and translated and translated not in (title, journal) and translated.lower() not in named:
        return values.words("title_alt", "T2")
    return None


def _when(values: Values) -> tuple[int | None, str | None]:
    """The year, and the most exact date that agrees with it (of equals that in DA, then PY, then Y1).

    The year is that of PY, then Y1, then DA: DA may be a day of access. A date that says otherwise stays unread,
    and so do words beside the numbers ("abr-jun2018", "Winter 2014").
    """
    giver = next((line for line in values.all("PY", "Y1", "DA") if clean_year(line.value)), None)
    if giver is None:
        return None, None
    year = clean_year(giver.value)
    dated = [(line, date) for line in values.all("DA", "PY", "Y1", "PD") if (date := clean_date(line.value, year))]
    agreeing = [(line, date) for line, date in dated if date.startswith(f"{year}")]
    best = max((date for _, date in agreeing), key=len)  # the first of the longest
    values.take("year", giver)
    for line, date in agreeing:
        said_all = best.startswith(date) and not re.search(r"[^\W\d_]", line.value)
        if best.startswith(date):
            values.take("date", line)
        if not said_all and (line is giver or best.startswith(date)):
            values.leave(line, line.value)
    return year, best


def _volume_and_issue(values: Values) -> tuple[str | None, str | None]:
    volume = values.words("volume", "VL", "VO")
    issue = values.words("issue", "IS", "CP")
    joined = re.fullmatch(r"(\w+)\s?\(([^()]+)\)", volume or "")
    if joined and issue is None:  # VL  - 50(2)
        values.origins += [("issue", tag, line) for field, tag, line in values.origins if field == "volume"]
        return joined[1], joined[2]
    return volume, issue


# -- the rest ----------------------------------------------------------------------------------------------------------


def _keywords(values: Values) -> tuple[str, ...]:
    """One for each value, each ";" and each untagged line (EndNote); an indented line goes on with the one before.

    The star of a main heading is left out.
    """
    found: list[str] = []
    for line in values.all("KW"):
        parts = re.split(r"\n(?!\s)", line.value)
        words = [text.strip(" *") for part in parts for text in clean_text(part).split(";")]
        if any(words):
            values.take("keywords", line)
        found += filter(None, words)
    return tuple(dict.fromkeys(found))


def _url(values: Values) -> str | None:
    """The first web address; others in the same value stay as unread."""
    for line in values.all("UR"):
        for part in line.value.split():
            if url := clean_url(part):
                values.take("url", line)
                values.leave(line, line.value.replace(part, "", 1).strip(" ;"))
                return url
    return None
