"""Semantic Scholar: what to ask its bulk search, and what its answers say. Pure functions, no I/O.

The service: https://api.semanticscholar.org/api-docs/graph, "paper/search/bulk". It wants a key in practice: without one it
answers most requests with 429, and names no time to wait.

A line is the parameters, not yet encoded: `query="joint working" + (health | care)&publicationDateOrYear={from}:{to}`. A plus sign
is AND, | is OR, - is NOT. Pages are walked by a token that says nothing to us and is not promised to last, so that a walk that was
cut off is begun anew. The number of records that it reports is an estimate by its own words. A walk that brings exactly so many,
together with the rows that it gave empty, is whole; else two walks must bring the same records, and the number be near.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from references.error import ReviewError
from references.formats.diagnostics import Diagnostic
from references.identifiers import clean_doi, clean_pmcid, clean_pmid, clean_text, nothing
from references.record import Record, record_id
from references.sources.fields import Fields, not_understood
from references.sources.source import Changed, Question, all_wanted, lasting
from references.wire import Limits, Pairs, Request, Secret, read_json

NAME = SERVICE = "semanticscholar"
SLACK = 0.05
PLATFORM = "Semantic Scholar"
BASE = "https://api.semanticscholar.org/graph/v1"
START = "first"  # the cursor of the first page
PAGE_SIZE = 1000  # as the service has it; it takes no other
DATE = "%Y-%m-%d"
SECRETS: tuple[Secret, ...] = (Secret(variable="REVIEW_SEMANTICSCHOLAR_KEY", place="header", name="x-api-key"),)
REPEATABLE = False  # nobody says how long a token lasts
read, passing, wanted = read_json, lasting, all_wanted
INTERVAL = 1.05  # seconds between requests: 1 a second is allowed with a key, and a twentieth more time, since clocks differ
FIELDS = "paperId,externalIds,title,abstract,year,publicationDate,venue,journal,authors,openAccessPdf,publicationTypes"

# What a line may ask with. The walk has the others for itself.
DAY = r"\d{4}(-\d\d(-\d\d)?)?"
NAMES = {
    "query": r".+",
    "publicationDateOrYear": rf"{DAY}|{DAY}:|:{DAY}|{DAY}:{DAY}",
    "year": r"\d{4}|\d{4}-|-\d{4}|\d{4}-\d{4}",
    "venue": r".+",
    "fieldsOfStudy": r".+",
    "publicationTypes": r"[A-Za-z]+(,[A-Za-z]+)*",
    "minCitationCount": r"\d+",
}
OURS = frozenset({"fields", "limit", "offset", "sort", "token"})

IGNORED = frozenset(
    """authors[].authorId externalIds.ACL externalIds.CorpusId externalIds.DBLP externalIds.MAG externalIds.Medline
    openAccessPdf.disclaimer openAccessPdf.license openAccessPdf.status""".split()  # noqa: SIM905  lines of quotes would hide the list
)
KEPT = frozenset({"arXiv number", "kinds", "venue"})  # understood, and shown with the record

# What sort of document a type tells; the others that are known describe what is in it, as "Review" does.
KINDS = {
    "Book": "book",
    "BookSection": "book-chapter",
    "Conference": "conference-paper",
    "Dataset": "dataset",
    "JournalArticle": "journal-article",
    "News": "news",
}
CONTENTS = frozenset({"CaseReport", "ClinicalTrial", "Editorial", "LettersAndComments", "MetaAnalysis", "Review", "Study"})


class Place(NamedTuple):
    """How far a walk has come: what a cursor holds."""

    page: int  # the next one, from 1
    token: str  # "" on the first page
    empty: tuple[str, ...]  # rows that held no record: "row 17 of page 2"


@lru_cache(maxsize=64)
def take_apart(query: str) -> Pairs:
    """The parameters of a line, strictly. ReviewError, in words, for one that would be refused or understood otherwise."""
    asked: dict[str, str] = {}
    for part in re.split(r"&(?=[\w.-]*=)", query.strip()):
        name, _, text = part.partition("=")
        text = " ".join(text.split())
        if name in asked:
            raise _wrong(query, f"{name} stands twice", "write it once")
        if name in OURS:
            raise _wrong(query, f"{name} is for the program to set", "take it out")
        if name not in NAMES:
            raise _wrong(query, f"{name!r} is not known", f"expected {', '.join(NAMES)}")
        if not re.fullmatch(NAMES[name], text) or re.search(r"%[0-9A-Fa-f]{2}", text):
            form = "as 2007-01-01:2020-12-31, where one side may be left out" if name == "publicationDateOrYear" else "not yet encoded"
            raise _wrong(query, f"{name} is {text!r}", f"write it as the service takes it, {form}")
        asked[name] = text
    if "query" not in asked:
        raise _wrong(query, "it has no query=", "begin with query= and the words that are looked for")
    if found := re.search(r"\b(AND|OR|NOT)\b", re.sub(r'"[^"]*"', "", asked["query"])):
        raise _wrong(query, f"{found[0]} is a word like any other there", "write + for AND, | for OR and - for NOT")
    return tuple(asked.items())


def _wrong(query: str, found: str, do: str) -> ReviewError:
    return ReviewError(f"The Semantic Scholar line {query!r} cannot be asked: {found}; {do}.")


def request(question: Question, cursor: str) -> Request:
    """The request for the page at a cursor. ReviewError where the line is wrong, so that nothing is asked."""
    token = _place(cursor).token
    asked = (*take_apart(question.query), ("fields", FIELDS), ("sort", "paperId"), *((("token", token),) if token else ()))
    return Request(method="GET", url=f"{question.base}/paper/search/bulk", query=asked, interval=INTERVAL)


def lookup(dois: Sequence[str], pmids: Sequence[str], at_once: int) -> list[str]:
    """None: a bulk search looks for words."""
    return []


def limits(headers: Mapping[str, str]) -> Limits:
    """Nothing: this service tells no limits."""
    return Limits()


def refusal(answer: Any, status: int, keyed: bool = True) -> str | None:
    """The source's own "no", in its words; None where the answer is none, or may pass. With no key, 429 hardly ever passes."""
    told = (answer.get("error") or answer.get("message")) if isinstance(answer, dict) else None
    if told is None or status in (408, 425) or status >= 500:
        return None
    said = f"Semantic Scholar refused the search: {clean_text(str(told))}"
    key = SECRETS[0].variable
    if status == 429:
        return None if keyed else f"{said}. It seldom answers without a key: get one there, and set {key}"
    if status in (401, 403):
        return f"{said}. {'Look at the key' if keyed else 'It may want a key'} in {key}"
    return said


def flaw(answer: Any, question: Question, cursor: str) -> str | None:
    """Why an answer is not the page at the cursor, or None. Whether the last page is whole only the end can tell."""
    try:
        found, rows, token = _found(answer), _rows(answer), answer.get("token")
    except (KeyError, TypeError):
        return "it answered without the number of results or the list of them"
    if token is not None and not (isinstance(token, str) and token.isprintable() and len(token) < 4000):
        return "it answered with a token that is no text"
    if token and token == _place(cursor).token:
        return "it answered with the token that was sent, which leads to no other page"
    if token and len(rows) != question.page_size:
        return f"it answered with {len(rows):,} records and a token for more, where {question.page_size:,} were due"
    if not rows and found and cursor == START:
        return f"it answered without any of {found:,} records"
    return None


def _found(answer: Any) -> int:
    """How many records the source says it finds."""
    count = answer["total"]
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise TypeError(f"total is {count!r}, expected a number of records")
    return count


def _rows(answer: Any) -> list[Any]:
    """The rows of a page, of which some may be null; where nothing is found, there may be no list."""
    rows = answer["data"] if answer["total"] else answer.get("data") or []
    if not isinstance(rows, list):
        raise TypeError(f"data is {rows!r:.100}, expected a list")
    return rows


def total(answer: Any, question: Question, cursor: str) -> int | None:
    """How many records the first answer says there are. It is an estimate, and what later ones say may differ."""
    return _found(answer) if cursor == START else None


def next_cursor(answer: Any, question: Question, cursor: str) -> str | None:
    """The token for more, with what the walk must know at its end; None where there is no token."""
    token = answer.get("token")
    return json.dumps([_place(cursor).page + 1, token, _empty(answer, cursor)], separators=(",", ":")) if token else None


def _place(cursor: str) -> Place:
    """What a cursor says."""
    if cursor == START:
        return Place(1, "", ())
    page, token, empty = json.loads(cursor)
    return Place(page, token, tuple(empty))


def _empty(answer: Any, cursor: str) -> tuple[str, ...]:
    """The rows without a record, on this page and before it."""
    place = _place(cursor)
    return (*place.empty, *(f"row {row} of page {place.page}" for row, raw in enumerate(_rows(answer), 1) if raw is None))


def withheld(answer: Any, question: Question, cursor: str) -> tuple[str, ...]:
    """On the last page, the rows that it counted and gave empty; they have no keys."""
    return () if answer.get("token") else _empty(answer, cursor)


def records(answer: Any) -> list[Record]:
    """The records of a page, in its order. Changed where one has no paperId, without which it cannot be named."""
    return [to_record(raw) for raw in _rows(answer) if raw is not None]


def diagnostics(answer: Any, found: Sequence[Record]) -> list[Diagnostic]:
    """One line for each field that these records hold and this version does not know, or could not read."""
    return not_understood(found, KEPT)


def to_record(raw: Any) -> Record:
    """One paper as a record; what was not understood is in `unread`. It tells no retractions."""
    key = raw.get("paperId") if isinstance(raw, dict) else None
    if not isinstance(key, str) or not re.fullmatch(r"[!-~]{1,200}", key):
        raise Changed(f"Semantic Scholar gave a paper whose paperId is {key!r:.100}, where a short text was expected")
    fields = Fields({name: value for name, value in raw.items() if name != "paperId"})
    ids, journal = fields.inside("externalIds"), fields.inside("journal")
    title, kinds = journal.text("name", "journal"), _kinds(fields)
    venue = fields.text("venue", None if title else "journal")
    year, day = fields.read("year", _year, "year"), fields.read("publicationDate", _day, "date")
    if day is None and year:
        fields.tell("date", "year")
    shown = {"kinds": "; ".join(kinds), "arXiv number": ids.text("ArXiv"), "venue": venue if title and venue != title else None}
    sorts = {KINDS[kind] for kind in kinds if kind in KINDS}
    return Record(
        id=record_id(NAME, key),
        source=NAME,
        key=key,
        title=fields.text("title", "title") or "",
        authors=_authors(fields),
        year=year,
        date=day or (str(year) if year else None),
        type=sorts.pop() if len(sorts) == 1 else None,  # proceedings are JournalArticle and Conference at once
        journal=title or venue,
        volume=journal.text("volume", "volume"),
        pages=_pages(journal),
        doi=ids.read("DOI", clean_doi, "doi"),
        pmid=ids.read("PubMed", clean_pmid, "pmid"),
        pmcid=ids.read("PubMedCentral", _pmcid, "pmcid"),
        abstract=fields.text("abstract", "abstract"),
        url=_url(fields),
        database=PLATFORM,
        accession=key,
        origins=tuple(fields.origins),
        unread=(*((name, text, 0) for name, text in shown.items() if text), *fields.over(IGNORED)),
    )


def _kinds(fields: Fields) -> list[str]:
    """The types that are known; with one that is not, the list is left to be told."""
    value = fields.left.get("publicationTypes")
    if not isinstance(value, list) or not all(isinstance(kind, str) for kind in value):
        return []
    known = [kind for kind in value if kind in KINDS or kind in CONTENTS]
    if unknown := [kind for kind in value if kind not in known]:
        fields.left["publicationTypes"] = unknown
    else:
        del fields.left["publicationTypes"]
    if any(kind in KINDS for kind in known):
        fields.tell("type", "publicationTypes")
    return known


def _authors(fields: Fields) -> tuple[str, ...]:
    """Names as Semantic Scholar has them, given names first; a list that holds anything else is left to be told."""
    value = fields.left.get("authors")
    if not isinstance(value, list) or not all(isinstance(author, dict) for author in value):
        return ()
    del fields.left["authors"]
    authors = [Fields(author, "authors[].", fields.origins) for author in value]
    fields.inner += authors
    return tuple(filter(None, [author.text("name", "authors") for author in authors]))


def _pages(journal: Fields) -> str | None:
    """ "109-119": it writes line breaks and spaces around them."""
    text = re.sub(r"\s*-+\s*", "-", journal.text("pages", "pages") or "").strip("-. ")
    return None if nothing(text) else text


def _url(fields: Fields) -> str | None:
    """The open text, where there is one; its address may be empty. Only http and https are believed."""
    return fields.inside("openAccessPdf").read("url", _web, "url")


def _web(text: str) -> str | None:
    return text if re.fullmatch(r"https?://[^\x00-\x20\x7f\"<>]+", text) else None


def _pmcid(text: str) -> str | None:
    return clean_pmcid(text if text.upper().startswith("PMC") else f"PMC{text}")


def _year(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[12]\d{3}", text) else None


def _day(text: str) -> str | None:
    return text if re.fullmatch(r"[12]\d{3}-[01]\d-[0-3]\d", text) else None
