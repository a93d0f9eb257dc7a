"""OpenAlex: what to ask, and what its answers say. Pure functions, no I/O.

The service: https://docs.openalex.org. It is metered: a search costs credits, of which a day has some thousand with a free key and
a hundred without; every answer's headers tell how many are left. A search is stopped by the service after some seconds and then
answers with part of a page, as if that were all; so we count what came, and ask again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from references.error import ReviewError
from references.formats.diagnostics import Diagnostic
from references.identifiers import clean_text
from references.record import Record
from references.sources.fields import not_understood
from references.sources.openalex_record import KEPT, free_copy
from references.sources.openalex_record import NAME as NAME
from references.sources.openalex_record import to_record as to_record
from references.sources.source import Question, all_given, all_wanted, lasting
from references.wire import Limits, Request, Secret, read_json

PLATFORM = "OpenAlex"
BASE = "https://api.openalex.org"
PAGE_SIZE = 100  # 200 is still accepted, and no longer documented
START = "0|*"  # how many records came before, and OpenAlex's own cursor
DATE = "%Y-%m-%d"
SECRETS: tuple[Secret, ...] = (Secret(variable="REVIEW_OPENALEX_KEY", place="header", name="Authorization", words="Bearer {}"),)
REPEATABLE = True  # the cursor holds the sort values of the last record seen
read, passing, withheld, wanted = read_json, lasting, all_given, all_wanted

SELECT = (
    "id,doi,title,publication_year,publication_date,ids,language,primary_location,type,open_access,authorships,biblio,is_retracted,"
    "abstract_inverted_index,keywords,best_oa_location"
)
LONGEST = 4_000  # characters of a query in the address: 8,190 are taken, and older pages say 4,094
BROAD = 5  # operators; queries with more of them are slower for everybody, and limited more
# Seconds between requests, without and with a key, a twentieth above what the service holds to; its headers do not tell.
INTERVALS = {False: (1.05 / 10, 1.05 / 30), True: (1.05 / 1, 1.05 / 5)}


@lru_cache(maxsize=64)
def take_apart(query: str) -> tuple[tuple[str, str], ...]:
    """The filters of a line, name and value. ReviewError, in words, for a line that OpenAlex would refuse or understand otherwise."""
    text = " ".join(query.split())
    pieces = re.split(r",\s*(?=[a-z][a-z_.]*:)", _hidden(text))
    found, start = [], 0
    for piece in pieces:
        name, colon, _ = piece.partition(":")
        value = text[start + len(name) + 1 : start + len(piece)].strip()
        start += len(piece) + len(re.match(r",?\s*", text[start + len(piece) :])[0])  # type: ignore[index]
        if not colon or not re.fullmatch(r"[a-z][a-z_.]*", name) or not value:
            raise _wrong(
                query, f"{piece[:60]!r} is no filter", "write name:value, as in title_and_abstract.search:(words), parted by commas"
            )
        if "," in re.sub(r'"[^"]*"', "", value):
            raise _wrong(query, f"a comma stands outside of quotation marks in {name}", "it would part two filters: leave it out")
        found.append((name, value))
    if len(",".join(f"{name}:{value}" for name, value in found)) > LONGEST:
        raise _wrong(query, f"it has {len(text):,} characters", f"expected at most {LONGEST:,}; divide it into several lines")
    return tuple(found)


def _hidden(text: str) -> str:
    """The text with phrases blanked out, so that nothing in them looks like the beginning of a filter."""
    return re.sub(r'"[^"]*"', lambda phrase: "x" * len(phrase[0]), text)


def _wrong(query: str, found: str, do: str) -> ReviewError:
    return ReviewError(f"The OpenAlex line {' '.join(query.split())[:120]!r} cannot be asked: {found}; {do}.")


def operators(query: str) -> int:
    """How many AND, OR and NOT the service counts: those of its search filters, outside of phrases."""
    searched = (value for name, value in take_apart(query) if "search" in name)
    return sum(len(re.findall(r"\b(?:AND|OR|NOT)\b", re.sub(r'"[^"]*"', "", value))) for value in searched)


def request(question: Question, cursor: str) -> Request:
    """The request for the page at a cursor. ReviewError where the line is wrong, so that nothing is asked."""
    filters = ",".join(f"{name}:{value}" for name, value in take_apart(question.query))
    asked = (
        ("filter", filters), ("per_page", str(question.page_size)), ("cursor", cursor.partition("|")[2]),
        ("sort", "publication_date:desc"), ("select", SELECT),
    )  # fmt: skip
    interval = INTERVALS[operators(question.query) > BROAD][question.keyed]
    return Request(method="GET", url=f"{question.base}/works", query=asked, interval=interval)


def lookup(dois: Sequence[str], pmids: Sequence[str], at_once: int) -> list[str]:
    """By DOI, and by PMID; a comma or a stroke would cut the list in two."""
    sound = [doi for doi in dois if not re.search(r"[,|\s\"]", doi)]
    return [
        f"{name}:{'|'.join(asked[start : start + at_once])}"
        for name, asked in (("doi", sound), ("pmid", list(pmids)))
        for start in range(0, len(asked), at_once)
    ]


def limits(headers: Mapping[str, str]) -> Limits:
    """Whether the day's credits pay for one more request like this one; their headers are in credits and seconds."""
    left, price, reset = (_number(headers.get(f"x-ratelimit-{name}")) for name in ("remaining", "credits-used", "reset"))
    more = sum(_number(headers.get(f"x-ratelimit-{name}")) or 0 for name in ("prepaid-remaining-usd", "onetime-remaining"))
    if left is None or not price or reset is None or left >= price or more > 0:
        return Limits()
    return Limits(spent=reset)


def _number(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"\d{1,12}(\.\d{1,9})?", text) else None


def refusal(answer: Any, status: int) -> str | None:
    """OpenAlex's own "no", in its words. A plan that is too small is a 429 like a spent budget, and will not pass."""
    if not isinstance(answer, dict) or "error" not in answer:
        return None
    error, message = (clean_text(str(answer.get(name) or "")) for name in ("error", "message"))
    if status in (400, 401, 403, 404) or error == "Plan upgrade required":
        return f"OpenAlex refused the search: {error} {message}".strip()
    return None


def flaw(answer: Any, question: Question, cursor: str) -> str | None:
    """Why an answer is not the page at the cursor, or not all of it."""
    try:
        count, found = total(answer, question, cursor), len(_results(answer))
        mark = answer["meta"].get("next_cursor")
    except (KeyError, TypeError):
        return "it answered without the number of results or the list of them"
    if mark is not None and not (isinstance(mark, str) and mark.isprintable() and len(mark) < 4000):
        return "it answered with a cursor that is no text"
    due = min(question.page_size, max(count - _before(cursor), 0))
    if found < due:
        return f"it answered with {found:,} records where {due:,} were due"
    return "it answered without the cursor of the next page" if found and _before(cursor) + found < count and not mark else None


def _results(answer: Any) -> list[Any]:
    results = answer["results"]
    if not isinstance(results, list):
        raise TypeError(f"results is {results!r:.100}, expected a list")
    return results


def _before(cursor: str) -> int:
    return int(cursor.partition("|")[0])


def total(answer: Any, question: Question, cursor: str) -> int:
    """How many records the service says the query finds."""
    count = answer["meta"]["count"]
    if type(count) is not int or count < 0:
        raise TypeError(f"meta.count is {count!r}, expected a number of records")
    return count


def next_cursor(answer: Any, question: Question, cursor: str) -> str | None:
    """Where the walk goes on; None when as many came as there are, since a further page would have its price."""
    came, mark = _before(cursor) + len(_results(answer)), answer["meta"].get("next_cursor")
    return f"{came}|{mark}" if mark and _results(answer) and came < total(answer, question, cursor) else None


def records(answer: Any) -> list[Record]:
    """The records of a page, in its order. Changed where one has no id, without which it cannot be named."""
    return [to_record(raw) for raw in _results(answer)]


def free_copies(answer: Any) -> dict[str, str]:
    """{DOI: address of a free copy} of the works of a page that have one."""
    found = ((to_record(raw).doi, free_copy(raw.get("best_oa_location"))) for raw in _results(answer))
    return {doi: address for doi, address in found if doi and address}


def diagnostics(answer: Any, found: Sequence[Record]) -> list[Diagnostic]:
    """One line for each field that these records hold and this version does not know, or could not read."""
    return not_understood(found, KEPT)
