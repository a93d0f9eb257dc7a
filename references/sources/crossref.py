"""Crossref: what to ask, and what its answers say. Pure functions, no I/O.

The service: https://api.crossref.org (documentation: https://www.crossref.org/documentation/retrieve-metadata/rest-api/).
It has no Boolean search: words are ranked, and most of what it finds for them is unlike what was meant. So a line with
`rows=N` takes the first N by likeness, and a line without it, a journal by its ISSN above all, is walked to its end.

Its cursor is no bookmark but a state of the server, which moves on with every answer, so that a page cannot be asked again.
Offsets can, up to 10,000 records. A line that finds more is divided by the day a DOI was first deposited on, which every record
has and which never changes, until no part holds more; the parts still to do stand in our own cursor.
"""

from __future__ import annotations

import json
import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from references.error import ReviewError
from references.formats.diagnostics import Diagnostic
from references.identifiers import clean_text
from references.record import Record
from references.sources.crossref_record import KEPT
from references.sources.crossref_record import NAME as NAME
from references.sources.crossref_record import to_record as to_record
from references.sources.fields import not_understood
from references.sources.source import Changed, Moved, Question, all_given, lasting
from references.wire import Limits, Pairs, Request, Secret, read_json

SERVICE = NAME
SLACK = 0.0
PLATFORM = "Crossref"
BASE = "https://api.crossref.org"
START = "first"  # the cursor of the first page
PAGE_SIZE = 1000  # the most that is allowed
DEEPEST = 10_000  # offset and rows together; https://api.crossref.org/swagger-ui/index.html, "offset"
DATE = "%Y-%m-%d"
SECRETS: tuple[Secret, ...] = (
    Secret(variable="REVIEW_CROSSREF_KEY", place="header", name="Crossref-Plus-API-Token", words="Bearer {}"),
    Secret(variable="REVIEW_CONTACT", place="agent", words="(mailto:{})", key=False),  # the "polite" pool, which is faster
)
REPEATABLE = True  # by offset in parts that do not change
read, passing, withheld = read_json, lasting, all_given
INTERVAL = 1.1  # seconds between requests, for those who give no address, since December 2025; the headers say more
OLDEST, NEWEST = date(1990, 1, 1), date(2049, 12, 31)  # Crossref began in 2000; a count tells if a record lies outside

# What a line may ask with. The walk has the others for itself.
WORDS = re.compile(
    r"query(\.(affiliation|author|bibliographic|chair|container-title|contributor|degree|description|editor|event-(acronym|location|name|"
    r"sponsor|theme)|funder-name|publisher-(location|name)|standards-body-(acronym|name)|title|translator))?"
)
OURS = frozenset({"cursor", "facet", "mailto", "offset", "order", "sample", "select", "sort"})

# What a record is made of, and nothing else: the references alone are most of the bytes of a work. The service lists what may be
# selected when it refuses a name; `language`, `subtype` and `institution` are not among it.
SELECT = (
    "DOI,type,title,subtitle,original-title,author,editor,container-title,event,ISSN,ISBN,volume,issue,page,article-number,publisher,"
    "published-print,published-online,issued,posted,approved,created,abstract,resource,update-to,updated-by,relation,degree,"
    "clinical-trial-number"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the protocol, taken apart."""

    words: Pairs  # what is ranked by
    filters: tuple[str, ...]  # "issn:1476-9018"; those of one name are joined by OR, those of different names by AND
    first: int | None  # how many of the most alike are wanted; None for all
    since: date = OLDEST  # the line's own bounds for the day of deposit
    until: date = NEWEST


class Part(NamedTuple):
    """Some days of first deposit, both included; "" where the line is not divided."""

    since: str
    until: str
    size: int | None  # how many records; None where they are still to be counted


class Place(NamedTuple):
    """How far a walk has come: what a cursor holds."""

    whole: int  # how many records the whole line finds
    offset: int  # in the first of the parts
    parts: tuple[Part, ...]  # still to do


@lru_cache(maxsize=64)
def take_apart(query: str) -> Line:
    """A line, strictly. ReviewError, in words, for one that Crossref would refuse or understand otherwise than it is meant."""
    words: list[tuple[str, str]] = []
    filters: tuple[str, ...] = ()
    first, seen = None, set()
    for part in re.split(r"&(?=[\w.-]*=)", query.strip()):
        name, _, text = part.partition("=")
        text = text.strip()
        if name in seen:
            raise _wrong(query, f"{name} stands twice", "write it once")
        seen.add(name)
        if name in OURS:
            raise _wrong(query, f"{name} is for the program to set", "take it out")
        if not text or re.search(r"%[0-9A-Fa-f]{2}", text):
            raise _wrong(query, f"{name!r} is {text!r}", "write words that are not yet encoded, as name=words")
        if WORDS.fullmatch(name):
            words.append((name, text))
        elif name == "filter":
            filters = tuple(re.split(r",\s*(?=[\w.-]+:)", text))
        elif name == "rows" and text.isdecimal() and 1 <= int(text) <= DEEPEST:
            first = int(text)
        else:
            expected = f"a number from 1 to {DEEPEST:,}" if name == "rows" else "query, query.bibliographic and the like, filter, rows"
            raise _wrong(query, f"{part!r} is not known", f"expected {expected}")
    if first and not words:
        raise _wrong(query, "rows takes the most alike, but there are no words to be like", "leave rows out, or add query.bibliographic=")
    return Line(words=tuple(words), filters=filters, first=first, **_bounds(query, filters))


def _wrong(query: str, found: str, do: str) -> ReviewError:
    return ReviewError(f"The Crossref line {query!r} cannot be asked: {found}; {do}.")


def _bounds(query: str, filters: tuple[str, ...]) -> dict[str, date]:
    """The line's own days of deposit."""
    bounds = {}
    for one in filters:
        name, colon, text = one.partition(":")
        if not colon or not text:
            raise _wrong(query, f"the filter {one!r} has no value", "write name:value, joined by commas")
        if name in ("from-created-date", "until-created-date"):
            side = "since" if name.startswith("from") else "until"
            found = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text)
            if side in bounds or not found:
                raise _wrong(query, f"the filter {one!r} stands twice or is no day", "write one day, as 2019-04-16")
            year, month = int(found[1]), int(found[2] or (1 if side == "since" else 12))
            try:
                bounds[side] = date(year, month, int(found[3] or (1 if side == "since" else monthrange(year, month)[1])))
            except ValueError:
                raise _wrong(query, f"there is no day {text}", "write one as 2019-04-16") from None
    return bounds


def request(question: Question, cursor: str) -> Request:
    """The request for a page or a count. ReviewError where the line is wrong, so that nothing is asked."""
    line, place = take_apart(question.query), _place(cursor)
    filters, offset, rows = line.filters, 0, min(question.page_size, line.first or 0)
    if place:
        part, offset, rows = place.parts[0], place.offset, _rows(question, place)
        if part.since:
            filters = tuple(one for one in filters if not one.startswith(("from-created-date:", "until-created-date:")))
            filters = (*filters, f"from-created-date:{part.since}", f"until-created-date:{part.until}")
    asked = (*line.words, *((("filter", ",".join(filters)),) if filters else ()), ("rows", str(rows)))
    if rows:
        order = (("sort", "score"), ("order", "desc")) if line.first else (("sort", "created"), ("order", "asc"))
        asked = (*asked, ("offset", str(offset)), *order, ("select", SELECT))
    return Request(method="GET", url=f"{question.base}/works", query=asked, interval=INTERVAL)


def _rows(question: Question, place: Place) -> int:
    """How many records the page at a place has; 0 for a count."""
    return min(question.page_size, (place.parts[0].size or 0) - place.offset)


def lookup(dois: Sequence[str], pmids: Sequence[str], at_once: int) -> list[str]:
    """By DOI; a comma would cut the filter in two."""
    asked = [f"doi:{doi}" for doi in dois if not re.search(r"[,\s&%]", doi)]
    return ["filter=" + ",".join(asked[start : start + at_once]) for start in range(0, len(asked), at_once)]


def limits(headers: Mapping[str, str]) -> Limits:
    """So many requests in so many seconds, with a twentieth more time, since clocks differ."""
    number = re.fullmatch(r"[1-9]\d{0,5}", headers.get("x-rate-limit-limit", ""))
    seconds = re.fullmatch(r"([1-9]\d{0,4})s?", headers.get("x-rate-limit-interval", ""))
    return Limits(interval=1.05 * int(seconds[1]) / int(number[0])) if number and seconds else Limits()


def refusal(answer: Any, status: int, keyed: bool = True) -> str | None:
    """Crossref's own "no", in its words: what was asked is not valid. A stack trace (500) may pass."""
    if not isinstance(answer, dict) or answer.get("status") != "failed" or status in (408, 425, 429) or status >= 500:
        return None
    told = answer.get("message") or "no reason given"
    each = told if isinstance(told, list) else [told]
    words = "; ".join(f"{one.get('message')} ({one.get('type')})" if isinstance(one, dict) else str(one) for one in each)
    return f"Crossref refused the search: {clean_text(words)}"


def flaw(answer: Any, question: Question, cursor: str) -> str | None:
    """Why an answer is not the page at the cursor: too few records, or others than those asked for."""
    try:
        found, items = total_results(answer), answer["message"]["items"]
        if not isinstance(items, list):
            raise TypeError(f"items is {items!r:.100}, expected a list")
    except (KeyError, TypeError):
        return "it answered without the number of results or the list of them"
    line, place = take_apart(question.query), _place(cursor)
    if place and place.parts[0].size not in (None, _due(line, found)):
        return None  # next_cursor() says so
    due = _rows(question, place) if place else min(question.page_size, line.first or 0, found)
    if len(items) != due:
        return f"it answered with {len(items):,} records where {due:,} were due"
    asked, start = place.offset if place else 0, _start(answer["message"])
    said = f"it answered with the records behind the first {start}, where those behind {asked:,} were asked for"
    return None if start in (None, asked) else said


def _start(message: dict[str, Any]) -> int | None:
    """From where on the answer says its records are; None where it does not say."""
    query = message.get("query")
    start = query.get("start-index") if isinstance(query, dict) else None
    return start if isinstance(start, int) else None


def total_results(answer: Any) -> int:
    """How many records a request finds, of which the answer has some."""
    count = answer["message"]["total-results"]
    if type(count) is not int or count < 0:
        raise TypeError(f"total-results is {count!r}, expected a number of records")
    return count


def total(answer: Any, question: Question, cursor: str) -> int | None:
    """How many records the whole line finds, as the first answer says; later ones speak of parts, or of a ranking that goes on growing."""
    return total_results(answer) if cursor == START else None


def wanted(question: Question, total: int) -> int:
    """All of them, or the first so many where the line says so."""
    return _due(take_apart(question.query), total)


def _due(line: Line, found: int) -> int:
    return found if line.first is None else min(found, line.first)


def next_cursor(answer: Any, question: Question, cursor: str) -> str | None:
    """Where the walk goes on: parts are counted and divided first, then walked. Moved where the counts do not fit together."""
    line, found, place = take_apart(question.query), total_results(answer), _place(cursor)
    if place is None and line.first is None:
        after = _begun(line, found)
    elif place and place.parts[0].size is None:
        after = _counted(place, found)
    else:
        after = _turned(place or Place(found, 0, (Part("", "", _due(line, found)),)), _due(line, found), question)
    return json.dumps(after, separators=(",", ":")) if after.parts else None


def _place(cursor: str) -> Place | None:
    """What a cursor says; None for that of the first page."""
    if cursor == START:
        return None
    whole, offset, parts = json.loads(cursor)
    return Place(whole, offset, tuple(Part(*part) for part in parts))


def _begun(line: Line, found: int) -> Place:
    """From the count of the whole: the line as it is, or in parts."""
    if found <= DEEPEST:
        return Place(found, 0, (Part("", "", found),) if found else ())
    return Place(found, 0, _halves(Part(str(line.since), str(line.until), found)))


def _halves(part: Part) -> tuple[Part, ...]:
    since, until = date.fromisoformat(part.since), date.fromisoformat(part.until)
    if since >= until:
        raise Changed(
            f"Crossref has {part.size:,} records for this line whose DOIs were first deposited on {since}, and gives {DEEPEST:,} of one "
            "day at most; divide the line in the protocol, by type: or prefix: for example"
        )
    middle = since + (until - since) // 2
    return Part(part.since, str(middle), None), Part(str(middle + timedelta(days=1)), part.until, None)


def _counted(place: Place, found: int) -> Place:
    """From the count of the first part: those that hold too many are divided, empty ones left out, and all must make up the whole."""
    part, rest = place.parts[0]._replace(size=found), place.parts[1:]
    parts = (*_halves(part), *rest) if found > DEEPEST else (*rest, part) if found else rest
    if parts and parts[0].size is None:
        return place._replace(parts=parts)
    counted = sum(part.size or 0 for part in parts)
    if counted != place.whole:
        raise Moved(f"Crossref found {place.whole:,} records, and {counted:,} when they were counted by the day of their deposit")
    return place._replace(parts=parts)


def _turned(place: Place, due: int, question: Question) -> Place:
    """From a page: the next one of its part, or the first one of the next part."""
    part = place.parts[0]
    if due != part.size:
        days = f" deposited from {part.since} to {part.until}" if part.since else ""
        raise Moved(f"the number of records{days} changed from {part.size:,} to {due:,}, so records may have moved between pages")
    offset = place.offset + question.page_size
    return place._replace(offset=offset) if offset < due else place._replace(offset=0, parts=place.parts[1:])


def records(answer: Any) -> list[Record]:
    """The records of a page, in its order. Changed where one has no DOI, without which it cannot be named."""
    return [to_record(raw) for raw in answer["message"]["items"]]


def diagnostics(answer: Any, found: Sequence[Record]) -> list[Diagnostic]:
    """One line for each field that these records hold and this version does not know, or could not read."""
    return not_understood(found, KEPT)
