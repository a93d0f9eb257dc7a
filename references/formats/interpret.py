"""From the values of one entry to the fields of a record, by a table that says what a format's tags stand for.

RIS has rules of its own (ris_fields.py); every other format is such a table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from references.formats.entry import Entry, Line
from references.formats.names import names_in
from references.formats.text import TooLarge
from references.formats.values import Values, said
from references.identifiers import (
    clean_date,
    clean_doi,
    clean_pmcid,
    clean_pmid,
    clean_text,
    clean_url,
    clean_year,
    find_doi,
    find_isbns,
    find_issns,
)
from references.record import Record, record_id

Tags = tuple[str, ...]


MOST_NAMES = 20_000  # of one record; the longest known byline has some 15,000


class About(NamedTuple):
    """What a file as a whole tells about its entries."""

    vendor: str = ""  # whose export it is, as vendors.py names it; "" where that is unknown
    an_is_pmid: bool = False  # RIS: AN holds PubMed's numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What the tags of one format stand for: for each field the tags that may hold it, the best first."""

    title: Tags
    title_alt: Tags = ()
    authors: tuple[Tags, ...] = ()  # the first group that names anybody; the tags of a group are read in file order
    bodies: Tags = ()  # authors that are bodies ("World Health Organization"), read in file order with the people
    editors: tuple[Tags, ...] = ()
    split_names: Callable[[str], list[str]] | None = None  # a value of several names to one each, where it is not ";"
    date: Tags = ()  # the first with a year gives the year, the most exact that agrees with it the date
    type: Tags = ()  # the first whose words stand in `types`
    types: Mapping[str, str] = field(default_factory=dict)  # {the format's word in small letters: one of record.TYPES}
    journal: Tags = ()
    journal_by_type: Mapping[str, Tags] = field(default_factory=dict)
    volume: Tags = ()
    issue: Tags = ()
    pages: Tags = ()  # "109-19" in one value
    first_page: Tags = ()
    last_page: Tags = ()
    article_number: Tags = ()
    doi: Tags = ()  # holds nothing else
    doi_inside: Tags = ()  # links, notes, fields for several identifiers
    pmid: Tags = ()
    pmcid: Tags = ()
    issn: Tags = ()
    isbn: Tags = ()
    publisher: Tags = ()
    language: Tags = ()
    abstract: Tags = ()
    abstract_alt: Tags = ()
    keywords: Tags = ()
    split_keywords: str = r";"  # between keywords of one value, a pattern
    url: Tags = ()
    database: Tags = ()
    accession: Tags = ()
    database_name: str = ""  # the format is one database's own
    retracted: Mapping[str, str] = field(default_factory=dict)  # {tag: the words that say so, in small letters}


def interpret(entry: Entry, table: Table, source: str, key: str, about: About) -> Record:
    """The record that an entry gives by a table. `about` is not asked: tables are made for one vendor where they differ.

    Each field's tag and line goes to `origins`, and every value that no rule took to `unread`.
    """
    values = Values(entry.lines)
    kind = values.first("type", table.type, lambda text: table.types.get(clean_text(text).lower().strip(" .")))
    year, date = when(values, table.date)
    title = values.words("title", *table.title) or ""
    authors, editors = _people(values, table)
    return Record(
        id=record_id(source, key),
        source=source,
        key=key,
        title=title,
        title_alt=values.words("title_alt", *table.title_alt),
        authors=authors,
        editors=editors,
        year=year,
        date=date,
        type=kind,
        journal=values.words("journal", *table.journal_by_type.get(kind or "", table.journal)),
        volume=values.words("volume", *table.volume),
        issue=values.words("issue", *table.issue),
        pages=_pages(values, table),
        doi=values.first("doi", table.doi, clean_doi) or values.first("doi", table.doi_inside, find_doi, keep=True),
        pmid=values.first("pmid", table.pmid, clean_pmid),
        pmcid=values.first("pmcid", table.pmcid, clean_pmcid),
        issn=number(values, "issn", table.issn),
        isbn=number(values, "isbn", table.isbn),
        publisher=values.words("publisher", *table.publisher),
        language=values.words("language", *table.language),
        abstract=values.words("abstract", *table.abstract),
        abstract_alt=_abstracts(values, table),
        keywords=_keywords(values, table),
        url=first_url(values, table.url),
        database=values.words("database", *table.database) or table.database_name or None,
        accession=values.words("accession", *table.accession),
        retracted=_retracted(values, table, title),
        origins=values.origins,
        unread=values.unread(),
    )


def _people(values: Values, table: Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Authors in the order of the file, each once, and editors, with those marked "(ed.)" among the authors."""
    named = next((group for group in table.authors if any(said(line.value) for line in values.all(*group))), ())
    authors, marked = gather(values, "authors", values.in_file_order(*named, *table.bodies), table.split_names)
    group = next((group for group in table.editors if values.all(*group)), ())
    editors, more = gather(values, "editors", values.in_file_order(*group), table.split_names)
    for groups, chosen in ((table.authors, named), (table.editors, group)):
        for other in groups:  # the same names in a shorter form (AU beside FAU) are no news
            if other != chosen and len(values.all(*other)) <= len(values.all(*chosen)):
                for line in values.all(*other):
                    values.pass_over(line)
    return tuple(authors), tuple(dict.fromkeys([*marked, *editors, *more]))


def gather(
    values: Values, field: str, lines: Sequence[Line], split: Callable[[str], list[str]] | None = None
) -> tuple[list[str], list[str]]:
    """The names in these lines, each once, and apart those that are marked as editors."""
    names: list[str] = []
    editors: list[str] = []
    for line in lines:
        people = names_in("\n".join(split(line.value)) if split else line.value)
        if people.names:
            values.take(field, line)
        if people.editors:
            values.take("editors", line)
        if people.rest and (people.names or people.editors):
            values.leave(line, people.rest)
        names += people.names
        editors += people.editors
    if len(names) + len(editors) > MOST_NAMES:
        raise TooLarge(f"the record on line {lines[0].first} names {len(names) + len(editors):,} people; at most {MOST_NAMES:,} are read")
    return list(dict.fromkeys(names)), list(dict.fromkeys(editors))


_LETTER = re.compile(r"[^\W\d_]")


def when(values: Values, tags: Tags, exact: Tags | None = None) -> tuple[int | None, str | None]:
    """The year, and the most exact date that agrees with it, looked for in `exact` (or else in the same tags).

    A date that says otherwise stays unread, and so do words beside the numbers ("abr-jun2018", "Winter 2014").
    """
    giver = next((line for line in values.all(*tags) if clean_year(line.value)), None)
    if giver is None:
        return None, None
    year = clean_year(giver.value)
    dated = [(line, date) for line in values.all(*(exact or tags)) if (date := clean_date(line.value, year))]
    agreeing = [(line, date) for line, date in dated if date.startswith(f"{year}")]
    best = max((date for _, date in agreeing), key=len, default=f"{year}")  # the first of the longest
    values.take("year", giver)
    for line, date in agreeing:
        said_all = best.startswith(date) and not _LETTER.search(line.value)
        if best.startswith(date):
            values.take("date", line)
        if not said_all and (line is giver or best.startswith(date)):
            values.leave(line, line.value)
    return year, best


# -- pages and numbers -------------------------------------------------------------------------------------------------

RANGE = re.compile(r"(?:pp?\.?\s+)?([A-Za-z]{0,4}\d+[A-Za-z]?)\s*-{1,2}\s*([A-Za-z]{0,4}\d+[A-Za-z]?)")
_ARTICLE_NUMBER = re.compile(r"(?:(?:UNSP|ARTN)\s+)?([A-Za-z]{0,6}[ .-]?\d[\w.-]*)")  # the words are Web of Science's
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))


def _pages(values: Values, table: Table) -> str | None:
    start = values.first("pages", table.first_page, page)
    end = values.first("pages", table.last_page, page)
    if start and end and not RANGE.fullmatch(start):
        return start if start == end else f"{start}-{fill_end(start, end)}"
    whole = values.first("pages", table.pages, page) or start or end
    if whole:
        found = RANGE.fullmatch(whole)
        return f"{found[1]}-{fill_end(found[1], found[2])}" if found else whole
    return values.first("pages", table.article_number, article_number)


_P = re.compile(r"^pp?\.?\s*(?=\d)")


def page(text: str) -> str | None:
    """A page or a range of them, with plain hyphens and without "p."; None where nothing is said."""
    if text.isdecimal() and text.isascii():
        return text
    found = said(text)
    return _P.sub("", found.translate(_DASHES)) if found else None


def article_number(text: str) -> str | None:
    """What stands in the place of pages: "e82", "1722034"; not words."""
    found = _ARTICLE_NUMBER.fullmatch(said(text) or "")
    return found[1] if found else None


LONGEST_PAGE = 20  # digits; Python refuses to read numbers of some thousands


def fill_end(start: str, end: str) -> str:
    """The last page in full: 349 and 69 make 369, S12 and 5 make S15; what would run backwards stays as it is."""
    digits = re.search(r"(\d+)$", start)
    if digits is None or not end.isdecimal() or len(end) >= len(digits[1]) or len(digits[1]) > LONGEST_PAGE:
        return end
    filled = digits[1][: -len(end)] + end
    return start[: digits.start()] + filled if int(filled) > int(digits[1]) else end


def number(values: Values, field: str, tags: Sequence[str]) -> str | None:
    """The first ISSN or ISBN; a second one in the same value (print and online) stays readable as unread."""
    find = find_issns if field == "issn" else find_isbns
    chosen = None
    for line in values.all(*tags):
        found = find(line.value)
        chosen = chosen or (found[0] if found else None)
        if chosen in found:
            values.take(field, line)
            values.leave(line, "; ".join(number for number in found if number != chosen))
    return chosen


# -- the rest ----------------------------------------------------------------------------------------------------------


def _abstracts(values: Values, table: Table) -> tuple[tuple[str, str], ...]:
    found = []
    for line in values.all(*table.abstract_alt):
        if text := said(line.value):
            values.take("abstract_alt", line)
            found.append(("", text))
    return tuple(found)


def _keywords(values: Values, table: Table) -> tuple[str, ...]:
    found: list[str] = []
    for line in values.all(*table.keywords):
        words = [word.strip(" *") for word in re.split(table.split_keywords, clean_text(line.value))]
        if any(words):
            values.take("keywords", line)
        found += filter(None, words)
    return tuple(dict.fromkeys(found))


def first_url(values: Values, tags: Tags) -> str | None:
    """The first web address; others in the same value stay as unread."""
    for line in values.all(*tags):
        for part in line.value.split():
            if url := clean_url(part):
                values.take("url", line)
                values.leave(line, line.value.replace(part, "", 1).strip(" ;"))
                return url
    return None


# "Retracted: ...", "[RETRACTED ARTICLE] ...", but not "Retracted articles in oncology".
_RETRACTED = re.compile(r"\W*(?:retracted(?:\s+(?:article|paper|publication))?\s*[\]):.])", re.I)
_SHOUTED = re.compile(r"\W*RETRACTED\b")


def title_says_retracted(values: Values, title: str) -> bool:
    """Whether the title begins with the word, as journals and PubMed mark a paper that was taken back."""
    if not (_RETRACTED.match(title) or _SHOUTED.match(title)):
        return False
    values.tell_as("retracted", "title")
    return True


def _retracted(values: Values, table: Table, title: str) -> bool:
    if title_says_retracted(values, title):
        return True
    for tag, words in table.retracted.items():
        if values.first("retracted", (tag,), lambda text, words=words: (words in text.lower()) or None, keep=True):  # type: ignore[misc]
            return True
    return False
