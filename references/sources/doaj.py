"""DOAJ, the Directory of Open Access Journals: what to ask for its articles, and what its answers say. Pure functions, no I/O.

The service: https://doaj.org/api/docs; its rules are in its source, https://github.com/DOAJ/doaj, portality/api/current/discovery.py.
A line is a query in Lucene's syntax, and stands in the path of the address. Words without an operator are joined by AND.

A query gives its first 1,000 records and no more. A line that finds more is divided by the day on which a record was added to
DOAJ, which every record has and which does not change, until no part holds more; the parts still to do stand in the cursor.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple
from urllib.parse import quote

from references.error import ReviewError
from references.formats.diagnostics import Diagnostic
from references.identifiers import clean_doi, clean_issn, clean_text, nothing
from references.record import Record, record_id
from references.sources.fields import Fields, not_understood
from references.sources.source import Changed, Moved, Question, all_given, all_wanted
from references.wire import Limits, Request, Secret, read_json

NAME = SERVICE = "doaj"
SLACK = 0.0
PLATFORM = "DOAJ"
BASE = "https://doaj.org/api"
START = "first"  # the cursor of the first page
PAGE_SIZE = 100  # the most that is allowed
MOST = 1000  # records of one query: a page that begins behind them is refused
DATE = "%Y-%m-%d"
SECRETS: tuple[Secret, ...] = ()  # its keys are for publishers, and would add what only they may see
REPEATABLE = True  # by number, in an order that new records only add to
read, withheld, wanted = read_json, all_given, all_wanted
INTERVAL = 0.525  # seconds between requests: 2 a second are allowed, with a twentieth to spare
OLDEST, NEWEST = date(1970, 1, 1), date(2049, 12, 31)  # 1970 stands for "never" there; a count tells if a record lies outside
WHOLE = ("", "")  # first and last day of a line that is not divided

# Known, and of no use in a review: dates of processing, whose record it is, the journal's country and licence,
# and what the address leads to.
IGNORED = frozenset(
    """admin created_date es_type index last_updated bibjson.author[].affiliation bibjson.author[].email bibjson.author[].orcid_id
    bibjson.journal.country bibjson.journal.issns bibjson.journal.license bibjson.link[].content_type bibjson.link[].type
    bibjson.subject[].code bibjson.subject[].scheme""".split()  # noqa: SIM905  lines of quotes would hide the list
)
KEPT = frozenset({"journal's languages", "journal's subjects"})  # understood, and shown with the record


class Place(NamedTuple):
    """How far a walk has come: what a cursor holds."""

    whole: int  # how many records the whole line finds
    done: int  # how many of them were in parts that are behind us
    page: int  # the next one, from 1
    size: int | None  # how many records the first of the parts has; None before its first page
    parts: tuple[tuple[str, str], ...]  # still to do: first and last day, both included; "" where the line is not divided


@lru_cache(maxsize=64)
def checked(query: str) -> str:
    """A line on one line. ReviewError, in words, for one that DOAJ would refuse or understand otherwise than it is meant."""
    text = " ".join(query.split())
    if not text:
        raise _wrong(query, "it is empty", "write what is looked for")
    if found := re.search(r"(?<!\\)[*?~]", text):
        raise _wrong(query, f"it has a {found[0]!r}", "DOAJ takes no wildcards and no distances, also within quotation marks")
    bare = re.sub(r'"(?:\\.|[^"\\])*"|\\.', lambda found: "_" * len(found[0]), text)  # nothing that stands for itself
    if '"' in bare or bare.count("(") != bare.count(")") or min(accumulate((c == "(") - (c == ")") for c in bare)) < 0:
        raise _wrong(query, "a quotation mark or a bracket has no other half", "add it, or put a backslash before it")
    for before, colon in pairwise(found.start() for found in re.finditer(":", text)):
        if bare[colon] == ":" and not re.search(" AND | OR ", text[before:colon]):  # as escape() does in the service's source
            what = f"DOAJ takes {text[before + 1 : colon + 1]!r} for words and not for the name of a field"
            raise _wrong(query, what, "it does so where neither AND nor OR stands between the colon before and this one")
    return text


def _wrong(query: str, found: str, do: str) -> ReviewError:
    return ReviewError(f"The DOAJ line {query!r} cannot be asked: {found}; {do}.")


def request(question: Question, cursor: str) -> Request:
    """The request for the page at a cursor. ReviewError where the line is wrong, so that nothing is asked."""
    place = _place(cursor)
    pages = (("page", str(place.page)), ("pageSize", str(question.page_size)), ("sort", "created_date:asc"))
    path = quote(_asked(question, place), safe="")  # a slash or a plus sign of the query is none of the path's
    return Request(method="GET", url=f"{question.base}/search/articles/{path}", query=pages, interval=INTERVAL)


def _asked(question: Question, place: Place) -> str:
    """The query of the part at a place. AND stands between the colons: see checked()."""
    query, (since, until) = checked(question.query), place.parts[0]
    return f"({query}) AND created_date:[{since} TO {until}]" if since else query


def lookup(dois: Sequence[str], pmids: Sequence[str], at_once: int) -> list[str]:
    """By DOI, in small letters as ours are, though DOAJ tells capitals apart: one that it has in capitals is not found."""
    asked = [f'doi:"{doi}"' for doi in dois if not re.search(r'["\\*?~\s]', doi)]
    return [" OR ".join(asked[start : start + at_once]) for start in range(0, len(asked), at_once)]


def limits(headers: Mapping[str, str]) -> Limits:
    """Nothing: this service tells no limits."""
    return Limits()


def refusal(answer: Any, status: int, keyed: bool = True) -> str | None:
    """DOAJ's own "no", in its words; None where the answer is none, or may pass."""
    if not isinstance(answer, dict) or "error" not in answer or status in (408, 425, 429) or status >= 500 or passing(answer, status):
        return None
    return f"DOAJ refused the search: {clean_text(str(answer['error']))}"


def passing(answer: Any, status: int) -> bool:
    """Whether the database behind it failed: it says so with status 400, also for a query that it cannot read."""
    return status == 400 and isinstance(answer, dict) and str(answer.get("error")).startswith("There was an error executing your query")


def flaw(answer: Any, question: Question, cursor: str) -> str | None:
    """Why an answer is not the page at the cursor: too few records, or others than those asked for."""
    try:
        found, results = _found(answer), answer["results"]
        if not isinstance(results, list):
            raise TypeError(f"results is {results!r:.100}, expected a list")
    except (KeyError, TypeError):
        return "it answered without the number of results or the list of them"
    place = _place(cursor)
    for name, due in (("page", place.page), ("pageSize", question.page_size), ("query", _asked(question, place))):
        if answer.get(name, due) != due:
            return f"it answered for {name} {answer[name]!r:.200}, where {due!r:.200} was asked for"
    if place.size not in (None, found):
        return None  # next_cursor() says so
    due = max(0, min(question.page_size, found - (place.page - 1) * question.page_size))
    return None if len(results) == due else f"it answered with {len(results):,} records where {due:,} were due"


def _found(answer: Any) -> int:
    """How many records the query of a part finds."""
    count = answer["total"]
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise TypeError(f"total is {count!r}, expected a number of records")
    return count


def total(answer: Any, question: Question, cursor: str) -> int | None:
    """How many records the whole line finds, as the first answer says; later ones may speak of parts."""
    return _found(answer) if cursor == START else None


def next_cursor(answer: Any, question: Question, cursor: str) -> str | None:
    """Where the walk goes on: a part with too many records is divided. Moved where the counts do not fit together."""
    place, found = _place(cursor), _found(answer)
    after = _turned(place._replace(whole=found) if cursor == START else place, found, question)
    return json.dumps(after, separators=(",", ":")) if after.parts else None


def _place(cursor: str) -> Place:
    """What a cursor says."""
    if cursor == START:
        return Place(whole=0, done=0, page=1, size=None, parts=(WHOLE,))
    whole, done, page, size, parts = json.loads(cursor)
    return Place(whole, done, page, size, tuple((since, until) for since, until in parts))


def _turned(place: Place, found: int, question: Question) -> Place:
    """From a page: the next one of its part, the first one of the next part, or the first half of a part that is too large."""
    part, rest = place.parts[0], place.parts[1:]
    if place.size not in (None, found):
        days = f" added from {part[0]} to {part[1]}" if part != WHOLE else ""
        raise Moved(f"the number of records{days} changed from {place.size:,} to {found:,}, so records may have moved between pages")
    if found > MOST:
        return place._replace(parts=(*_halves(part, found), *rest))
    if place.page * question.page_size < found:
        return place._replace(page=place.page + 1, size=found)
    done = place.done + found
    if not rest and done != place.whole:
        raise Moved(f"DOAJ found {place.whole:,} records, and {done:,} when they were asked for by the day on which they were added")
    return Place(place.whole, done, 1, None, rest)


def _halves(part: tuple[str, str], found: int) -> tuple[tuple[str, str], tuple[str, str]]:
    since, until = (date.fromisoformat(day) for day in part) if part != WHOLE else (OLDEST, NEWEST)
    if since >= until:
        raise Changed(
            f"DOAJ has {found:,} records for this line that were added on {since}, and gives {MOST:,} of one query at most; "
            "divide the line in the protocol, by bibjson.year: for example"
        )
    middle = since + (until - since) // 2
    return (str(since), str(middle)), (str(middle + timedelta(days=1)), str(until))


def records(answer: Any) -> list[Record]:
    """The records of a page, in its order. Changed where one has no id, without which it cannot be named."""
    return [to_record(raw) for raw in answer["results"]]


def diagnostics(answer: Any, found: Sequence[Record]) -> list[Diagnostic]:
    """One line for each field that these records hold and this version does not know, or could not read."""
    return not_understood(found, KEPT)


def to_record(raw: Any) -> Record:
    """One result as a record; what was not understood is in `unread`. What DOAJ lists are articles in journals, all of them."""
    key = raw.get("id") if isinstance(raw, dict) else None
    if not isinstance(key, str) or not re.fullmatch(r"[!-~]{1,200}", key):
        raise Changed(f"DOAJ gave a record whose id is {key!r:.100}, where a short text was expected; a newer version may read it")
    fields = Fields({name: value for name, value in raw.items() if name != "id"})
    bib = fields.inside("bibjson")
    journal = bib.inside("journal")
    year = bib.read("year", lambda text: int(text) if re.fullmatch(r"[12]\d{3}", text) else None, "year")
    found = _identifiers(bib)
    languages, keywords = _texts(journal, "language"), _texts(bib, "keywords", "keywords")
    subjects = [text for subject in _objects(bib, "subject") if (text := subject.text("term"))]
    if len(languages) == 1:
        journal.tell("language", "language")
    shown = {"journal's languages": languages[1:] and languages, "journal's subjects": subjects}
    return Record(
        id=record_id(NAME, key), source=NAME, key=key, accession=key, database="DOAJ", type="journal-article",
        title=bib.text("title", "title") or "",
        authors=tuple(filter(None, [author.text("name", "authors") for author in _objects(bib, "author")])),
        year=year, date=_date(bib, year),
        journal=journal.text("title", "journal"), publisher=journal.text("publisher", "publisher"),
        volume=journal.text("volume", "volume"), issue=journal.text("number", "issue"), pages=_pages(bib, journal),
        doi=found.get("doi"), issn=found.get("pissn") or found.get("eissn"), url=_url(bib),
        abstract=bib.text("abstract", "abstract"),
        keywords=tuple(keywords),
        language=languages[0] if len(languages) == 1 else None,
        origins=tuple(fields.origins),
        unread=(*((name, "; ".join(texts), 0) for name, texts in shown.items() if texts), *fields.over(IGNORED)),
    )  # fmt: skip


def _list(fields: Fields, name: str, kind: type) -> list[Any]:
    """A list of texts or of objects; one that holds anything else is left where it is."""
    value = fields.left.get(name)
    if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
        return []
    del fields.left[name]
    return value


def _objects(fields: Fields, name: str) -> list[Fields]:
    made = [Fields(item, f"{fields.path}{name}[].", fields.origins) for item in _list(fields, name, dict)]
    fields.inner += made
    return made


def _texts(fields: Fields, name: str, field: str | None = None) -> list[str]:
    texts = list(dict.fromkeys(filter(None, map(clean_text, _list(fields, name, str)))))
    if texts and field:
        fields.tell(field, name)
    return texts


CLEAN = {"doi": (clean_doi, "doi"), "pissn": (clean_issn, "issn"), "eissn": (clean_issn, "issn")}


def _identifiers(bib: Fields) -> dict[str, str]:
    """The first identifier of each kind; a second one, and one of another kind, is left."""
    found: dict[str, str] = {}
    for one in _objects(bib, "identifier"):
        kind = str(one.left.get("type")).lower()
        if kind in CLEAN and (text := one.read("id", *CLEAN[kind])) and found.setdefault(kind, text) == text:
            del one.left["type"]
        elif kind in CLEAN and text:
            one.left["id"] = text
    return found


def _date(bib: Fields, year: int | None) -> str | None:
    """Year and month: "2020-07" from "07" or "7"; DOAJ writes 0 where it knows none."""
    month = bib.read("month", lambda text: int(text) if re.fullmatch(r"0?\d|1[0-2]", text) else None)
    if year is None:
        return None
    bib.tell("date", "month" if month else "year")
    return f"{year}-{month:02}" if month else str(year)


def _pages(bib: Fields, journal: Fields) -> str | None:
    """ "109-119", or the one number there is; they stand with the journal in what DOAJ gives of a single article."""
    first, last = (_page(bib, name) or _page(journal, name) for name in ("start_page", "end_page"))
    return f"{first}-{last}" if first and last and first != last and "-" not in first else first or last


def _page(fields: Fields, name: str) -> str | None:
    text = fields.text(name)
    if text is None or nothing(text):
        return None
    fields.tell("pages", name)
    return text


def _url(bib: Fields) -> str | None:
    """The first address of the full text. Only http and https are believed."""
    web = re.compile(r"https?://[^\x00-\x20\x7f\"<>]+")
    found = [link.read("url", lambda text: text if web.fullmatch(text) else None, "url") for link in _objects(bib, "link")]
    return next(filter(None, found), None)
