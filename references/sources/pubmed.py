"""PubMed: what to ask, and what its answers say. Pure functions, no I/O.

The service: https://www.ncbi.nlm.nih.gov/books/NBK25499/ (E-utilities). A search (esearch) gives numbers, PMIDs, and no more than
9,999 of them; the records are fetched by number (efetch). So the numbers stand in the cursor until their records have come, and any
page can be asked again, on another day too. What finds more is divided by the day on which PubMed entered a record.

PubMed leaves out a record it cannot give, without a word. So the numbers sent are compared with those received, and what is lacking
is asked for again at the end.
"""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from references.formats.xml_files import Element
from references.identifiers import clean_text
from references.sources.pubmed_record import NAME as NAME
from references.sources.pubmed_record import diagnostics as diagnostics
from references.sources.pubmed_record import read as read
from references.sources.pubmed_record import received
from references.sources.pubmed_record import records as records
from references.sources.pubmed_record import to_record as to_record
from references.sources.source import Changed, Moved, Question, all_wanted
from references.wire import Limits, Pairs, Request, Secret

SERVICE = NAME
SLACK = 0.0
PLATFORM = "PubMed"
BASE = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
START = "search"  # the cursor of the first page
PAGE_SIZE = 200  # records, some 2 MB: little is lost where a page has to be asked for again
MOST = 9_999  # records that one search gives
DATE = "%Y/%m/%d"
SECRETS: tuple[Secret, ...] = (
    Secret(variable="REVIEW_PUBMED_KEY", place="parameter", name="api_key"),
    Secret(variable="REVIEW_CONTACT", place="parameter", name="email", key=False),
)
wanted = all_wanted
REPEATABLE = True  # by the numbers of the records
TOOL = ("tool", "evidence-review")
INTERVAL = 1.05 / 3  # seconds between requests: 3 a second without a key, and a twentieth more time, since clocks differ
FEW = 10  # records that may be lacking on a page that is believed
VAIN = 3  # how often what was lacking is asked for again without getting any of it

# Where a search that finds too much is divided first: by years, of which the later ones hold more. The middle one is taken.
FIRST, LAST = date(1800, 1, 1), date(3000, 12, 31)
CUTS = tuple(date(year, 1, 1) for year in (1966, 1975, 1983, 1990, 1996, 2000, 2003, 2006, 2008, *range(2010, 2036)))

# What will be said again however often it is asked. Other errors are the weather of NCBI ("502 Proxy Error") and pass.
LASTING = re.compile(r"API key|Empty term|cannot be larger than|Invalid (?:date|db|parameter)", re.IGNORECASE)


class Window(NamedTuple):
    """The days, both included, on which PubMed entered records."""

    since: str  # "2016/01/01"
    until: str


class Place(NamedTuple):
    """How far a walk has come: what a cursor holds. A page fetches `ids`, or where there are none searches the first window."""

    windows: tuple[Window, ...]  # still to be searched
    rest: int  # how many records all of them find, by the count of the whole
    ids: tuple[str, ...]  # PMIDs still to be fetched
    lacking: tuple[str, ...]  # PMIDs that were asked for and did not come
    again: int  # how many were lacking when they were last asked for once more; 0 before that
    vain: int  # how often that brought none


def request(question: Question, cursor: str) -> Request:
    """A search of the whole or of some days, or the records of a page. By POST: queries and lists are longer than an address may be."""
    place = _place(cursor)
    form: Pairs
    if place is not None and place.ids:
        form = (("db", "pubmed"), ("retmode", "xml"), ("id", ",".join(_asked(question, place))), TOOL)
        return Request(method="POST", url=f"{question.base}/efetch.fcgi", form=form, interval=INTERVAL)
    form = (("db", "pubmed"), ("retmode", "json"), ("term", question.query), ("retstart", "0"), ("retmax", str(MOST)), TOOL)
    if place is not None:
        form = (*form, ("datetype", "edat"), ("mindate", place.windows[0].since), ("maxdate", place.windows[0].until))
    return Request(method="POST", url=f"{question.base}/esearch.fcgi", form=form, interval=INTERVAL)


def _asked(question: Question, place: Place) -> tuple[str, ...]:
    return place.ids[: question.page_size]


def lookup(dois: Sequence[str], pmids: Sequence[str], at_once: int) -> list[str]:
    """By DOI, which PubMed knows as an article's identifier, and by PMID."""
    asked = [*(f'"{doi}"[aid]' for doi in dois if '"' not in doi), *(f"{pmid}[uid]" for pmid in pmids)]
    return [" OR ".join(asked[start : start + at_once]) for start in range(0, len(asked), at_once)]


# -- answers -----------------------------------------------------------------------------------------------------------


def _error(data: Any) -> str | None:
    """The error that an answer is, in PubMed's words."""
    if not isinstance(data, dict):
        return None
    result = data.get("esearchresult")
    said = data.get("error") or (result.get("ERROR") if isinstance(result, dict) else None)
    return clean_text(str(said)) if said else None


def refusal(data: Any, status: int, keyed: bool = True) -> str | None:
    """PubMed's own "no", in its words, where it would be the same again."""
    error = _error(data)
    return f"PubMed refused the search: {error}" if error and status != 429 and LASTING.search(error) else None


def passing(data: Any, status: int) -> bool:
    """NCBI sends failures of the machines behind it as 400 with an error in its usual form."""
    return status == 400 and _error(data) is not None


def flaw(data: Any, question: Question, cursor: str) -> str | None:
    """Why an answer is not the page at the cursor: an error that may pass, too few numbers or records, or others than those asked for."""
    if error := _error(data):
        return f"it answered with an error: {error}"
    place = _place(cursor)
    if place is None or not place.ids:
        return _flaw_of_search(data)
    if not isinstance(data, Element):
        return "it answered with something else than records"
    asked = _asked(question, place)
    came = received(data)
    if strange := sorted(came - set(asked)):
        return f"it answered with {len(strange):,} records that were not asked for, PMID {_named(strange)}"
    lacking = len(asked) - len(came)
    if lacking > max(FEW, len(asked) // 2) and not place.again:
        return f"it answered with {len(came):,} records where {len(asked):,} were asked for"
    return None


def _flaw_of_search(data: Any) -> str | None:
    try:
        count, ids = _found(data)
    except (KeyError, TypeError, ValueError):
        return "it answered without the number of results or the list of them"
    if count <= MOST and len(set(ids)) != count:
        return f"it answered with {len(set(ids)):,} numbers of records where {count:,} were found"
    return None


def _found(data: Any) -> tuple[int, tuple[str, ...]]:
    """How many records a search finds, and their PMIDs in the order of their numbers."""
    result = data["esearchresult"]
    count, ids = result["count"], result["idlist"]
    if not (isinstance(count, str) and re.fullmatch(r"\d{1,9}", count)):
        raise TypeError(f"count is {count!r:.100}, expected a number of records as a text")
    if not (isinstance(ids, list) and all(isinstance(id, str) and re.fullmatch(r"[1-9]\d{0,9}", id) for id in ids)):
        raise TypeError("idlist is no list of PMIDs")
    return int(count), tuple(map(str, sorted(map(int, ids))))


def _named(ids: Sequence[str]) -> str:
    return ", ".join(ids[:20]) + (f" and {len(ids) - 20:,} more" if len(ids) > 20 else "")


def limits(headers: Mapping[str, str]) -> Limits:
    """So many requests a second (3, or 10 with a key), with a twentieth more time."""
    number = re.fullmatch(r"[1-9]\d{0,3}", headers.get("x-ratelimit-limit", "").strip())
    return Limits(interval=1.05 / int(number[0])) if number else Limits()


def total(data: Any, question: Question, cursor: str) -> int | None:
    """How many records the whole query finds, as the first answer says; the others speak of parts."""
    return _found(data)[0] if cursor == START else None


# -- the walk ----------------------------------------------------------------------------------------------------------


def next_cursor(data: Any, question: Question, cursor: str) -> str | None:
    """Where the walk goes on; None at its end. Moved where the counts of the windows do not make up that of the whole."""
    whole = Window(_day(FIRST), _day(LAST))
    place = _place(cursor) or Place((whole,), _found(data)[0], (), (), 0, 0)
    after = _onward(_fetched(data, question, place) if place.ids else _searched(data, place))
    return _cursor(after) if after else None


def _fetched(data: Any, question: Question, place: Place) -> Place:
    asked, came = _asked(question, place), received(data)
    lacking = (*place.lacking, *(id for id in asked if id not in came))
    return place._replace(ids=place.ids[len(asked) :], lacking=lacking)


def _searched(data: Any, place: Place) -> Place:
    """From the search of the first window: its numbers, or its halves where it finds too many."""
    count, ids = _found(data)
    first, *others = place.windows
    if count > place.rest or (not others and count != place.rest):
        said = f"PubMed finds {count:,} records entered from {first.since} to {first.until}"
        raise Moved(f"{said}, where {place.rest:,} of the whole were left, so records came or went while they were counted")
    if count > MOST:
        return place._replace(windows=(*_parts(first, count), *others))
    return place._replace(windows=tuple(others), rest=place.rest - count, ids=ids)


def _parts(window: Window, count: int) -> tuple[Window, Window]:
    since, until = (date(*map(int, day.split("/"))) for day in window)
    if since == until:
        raise Changed(
            f"PubMed entered {count:,} of these records on {window.since}, and gives {MOST:,} of one day at most; "
            "divide the line in the protocol, by language or journal for example"
        )
    cuts = [cut for cut in CUTS if since < cut <= until]
    cut = cuts[len(cuts) // 2] if cuts else since + (until - since + timedelta(days=1)) // 2
    return Window(window.since, _day(cut - timedelta(days=1))), Window(_day(cut), window.until)


def _day(day: date) -> str:
    return day.strftime(DATE)


def _onward(place: Place) -> Place | None:
    """What is left to do: numbers first, then windows, then again what was lacking, until that was vain too often."""
    if place.ids or place.windows:
        return place
    lost = place.lacking
    vain = place.vain + 1 if place.again == len(lost) else 0
    return place._replace(ids=lost, lacking=(), again=len(lost), vain=vain) if lost and vain < VAIN else None


def withheld(data: Any, question: Question, cursor: str) -> tuple[str, ...]:
    """The PMIDs that searches find and that no asking brought: deleted records, of which PubMed says no more."""
    place = _place(cursor)
    if place is None or not place.ids:
        return ()
    after = _fetched(data, question, place)
    return after.lacking if after.lacking and _onward(after) is None else ()


def _cursor(place: Place) -> str:
    """A place as text; 9,999 PMIDs have 29 kB, where a plain list has 89."""
    left = (place.windows, place.rest, _packed(place.ids), place.lacking, place.again, place.vain)
    return json.dumps(left, separators=(",", ":"))


@lru_cache(maxsize=16)  # a page is asked for, looked at and stored by its cursor
def _place(cursor: str) -> Place | None:
    """What a cursor says; None for that of the first page."""
    if cursor == START:
        return None
    windows, rest, ids, lacking, again, vain = json.loads(cursor)
    return Place(tuple(Window(*window) for window in windows), rest, _unpacked(ids), tuple(lacking), again, vain)


def _packed(ids: Sequence[str]) -> str:
    """Ascending numbers as text: each as its distance from the one before, compressed."""
    steps = ",".join(str(after - before) for before, after in pairwise((0, *map(int, ids))))
    return b64encode(zlib.compress(steps.encode())).decode() if steps else ""


def _unpacked(text: str) -> tuple[str, ...]:
    return tuple(map(str, accumulate(map(int, zlib.decompress(b64decode(text)).split(b","))))) if text else ()
