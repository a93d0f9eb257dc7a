"""OpenAlex: what to ask, and what its answers say. Pure functions, no I/O.

The service: https://docs.openalex.org. It is metered: a search costs ten credits, of which a day has 10,000 with a free key and
1,000 without; every answer's headers tell how many are left. A search is stopped by the service after some seconds and then
answers with part of a page, as if that were all; so we count what came, and ask again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote_plus

from references.error import ReviewError
from references.formats.diagnostics import Diagnostic
from references.identifiers import clean_text
from references.record import Record
from references.sources.fields import not_understood
from references.sources.openalex_record import KEPT, free_copy
from references.sources.openalex_record import NAME as NAME
from references.sources.openalex_record import to_record as to_record
from references.sources.source import Question, all_given, all_wanted, lasting
from references.wire import Limits, Request, Secret, cut, read_json

SERVICE = NAME
SLACK = 0.0
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
# Bytes of the filters as they stand in an address, with which all of it, its cursor too, stays under 4,000: the documentation
# says that 4,094 are taken (https://developers.openalex.org/guides/searching), the service's own source says 8,190.
LONGEST = 3_500
MOST = 100  # values of one filter, joined by "|"
BROAD = 5  # operators; queries with more of them are slower for everybody, and limited more
# Seconds between requests, without and with a key, a twentieth above what the service holds to; its headers do not tell.
INTERVALS = {False: (1.05 / 10, 1.05 / 30), True: (1.05 / 1, 1.05 / 5)}


_NAME = "[a-z][a-z0-9_.-]*"  # of a filter: "title_and_abstract.search"
_CUT = re.compile(rf",\s*(?={_NAME}:)")
_PHRASE = re.compile(r'"[^"]*"')


@lru_cache(maxsize=64)
def take_apart(query: str) -> tuple[tuple[str, str], ...]:
    """The filters of a line, name and value. ReviewError, in words, for a line that OpenAlex would refuse or understand otherwise.

    A comma parts two filters, even where it is encoded; only between quotation marks it is taken as it stands.
    """
    text = " ".join(query.split())
    if text.count('"') % 2:
        raise _wrong(query, "a quotation mark has no partner", "close the phrase, or take the mark out")
    if found := re.search(r"%[0-9A-Fa-f]{2}", text):
        raise _wrong(query, f"{found[0]!r} looks encoded", "write it as it is meant to be read, since it is encoded when it is sent")
    cuts = [comma.span() for comma in _CUT.finditer(_PHRASE.sub(lambda phrase: "x" * len(phrase[0]), text))]
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(text)]
    filters = tuple(_filter(query, text[start:end]) for start, end in zip(starts, ends, strict=True))
    if (size := len(quote_plus(_joined(filters)))) > LONGEST:
        raise _wrong(query, f"it takes {size:,} bytes in an address", f"expected at most {LONGEST:,}; divide it into several lines")
    return filters


def _filter(query: str, piece: str) -> tuple[str, str]:
    name, colon, value = (part.strip() for part in piece.partition(":"))
    if not colon or not re.fullmatch(_NAME, name) or not value:
        do = "write name:value, as in title_and_abstract.search:(words), parted by commas"
        raise _wrong(query, f"{piece[:60]!r} is no filter", do)
    if "," in _PHRASE.sub("", value):
        raise _wrong(query, f"a comma stands outside of quotation marks in {name}", "it would part two filters: leave it out")
    return name, value


def _joined(filters: Sequence[tuple[str, str]]) -> str:
    return ",".join(f"{name}:{value}" for name, value in filters)


def _wrong(query: str, found: str, do: str) -> ReviewError:
    return ReviewError(f"The OpenAlex line {' '.join(query.split())[:120]!r} cannot be asked: {found}; {do}.")


def operators(query: str) -> int:
    """How many AND, OR and NOT the service counts, which does so in phrases too: those of the search filters."""
    searched = (value for name, value in take_apart(query) if "search" in name)
    return sum(len(re.findall(r"\b(?:AND|OR|NOT)\b", value, re.ASCII)) for value in searched)


class Place(NamedTuple):
    """How far a walk has come: what a cursor holds."""

    before: int  # how many records came
    total: int | None  # how many the service said there are; None before it did
    mark: str  # OpenAlex's own cursor


def _place(cursor: str) -> Place:
    """From "0|*" or "100/422|IlsyLj..."."""
    numbers, _, mark = cursor.partition("|")
    before, _, said = numbers.partition("/")
    return Place(int(before), int(said) if said else None, mark)


def request(question: Question, cursor: str) -> Request:
    """The request for the page at a cursor. ReviewError where the line is wrong, so that nothing is asked."""
    asked = (
        ("filter", _joined(take_apart(question.query))), ("per_page", str(question.page_size)), ("cursor", _place(cursor).mark),
        ("sort", "publication_date:desc"), ("select", SELECT),
    )  # fmt: skip
    interval = INTERVALS[operators(question.query) > BROAD][question.keyed]
    return Request(method="GET", url=f"{question.base}/works", query=asked, interval=interval)


def lookup(dois: Sequence[str], pmids: Sequence[str], at_once: int) -> list[str]:
    """By DOI, and by PMID; a comma or a stroke would cut the list in two, and a long list does not fit into an address."""
    sound = [doi for doi in dois if len(quote_plus(doi)) <= LONGEST - 10 and not re.search(r"[,|\s\"%]", doi)]
    return [f"{name}:{part}" for name, values in (("doi", sound), ("pmid", pmids)) for part in _parts(values, min(at_once, MOST))]


def _parts(values: Sequence[str], at_once: int) -> Iterator[str]:
    part: list[str] = []
    for value in values:
        if part and (len(part) == at_once or len(quote_plus("|".join((*part, value)))) > LONGEST - 10):
            yield "|".join(part)
            part = []
        part.append(value)
    if part:
        yield "|".join(part)


def limits(headers: Mapping[str, str]) -> Limits:
    """Whether the day's credits pay for one more request like this one; their headers are in credits and seconds."""
    left, price, reset = (_number(headers.get(f"x-ratelimit-{name}")) for name in ("remaining", "credits-used", "reset"))
    more = sum(_number(headers.get(f"x-ratelimit-{name}")) or 0 for name in ("prepaid-remaining-usd", "onetime-remaining"))
    if left is None or not price or reset is None or left >= price or more > 0:
        return Limits()
    return Limits(spent=reset)


def _number(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"\d{1,12}(\.\d{1,9})?", text) else None


def refusal(answer: Any, status: int, keyed: bool = True) -> str | None:
    """OpenAlex's own "no", in its words. A plan that is too small is a 429 like a spent budget, and will not pass."""
    if not isinstance(answer, dict) or "error" not in answer:
        return None
    error, message = (clean_text(str(answer.get(name) or "")) for name in ("error", "message"))
    if status in (400, 401, 403, 404) or error == "Plan upgrade required":
        return cut(f"OpenAlex refused the search: {error} {message}")  # to an unknown filter, some 200 names of those that are known
    return None


def flaw(answer: Any, question: Question, cursor: str) -> str | None:
    """Why an answer is not the page at the cursor, or not all of it.

    What is due hangs on the total as it was said before: a search that was stopped counts only what it had found by then. Where a
    page is full and the total another one, the walk sees that, and begins once more.
    """
    try:
        count, found = total(answer, question, cursor), len(_results(answer))
        mark = answer["meta"].get("next_cursor")
    except (KeyError, TypeError):
        return "it answered without the number of results or the list of them"
    if mark is not None and not (isinstance(mark, str) and mark.isprintable() and len(mark) < 4000):
        return "it answered with a cursor that is no text"
    before, said, _ = _place(cursor)
    whole = count if said is None else said
    if found < (due := min(question.page_size, max(whole - before, 0))):
        return f"it answered with {found:,} records where {due:,} were due"
    return "it answered without the cursor of the next page" if found and before + found < whole and not mark else None


def _results(answer: Any) -> list[Any]:
    results = answer["results"]
    if not isinstance(results, list):
        raise TypeError(f"results is {results!r:.100}, expected a list")
    return results


def total(answer: Any, question: Question, cursor: str) -> int:
    """How many records the service says the query finds."""
    count = answer["meta"]["count"]
    if type(count) is not int or count < 0:
        raise TypeError(f"meta.count is {count!r}, expected a number of records")
    return count


def next_cursor(answer: Any, question: Question, cursor: str) -> str | None:
    """Where the walk goes on; None when as many came as there are, since a further page would have its price."""
    found, count, mark = len(_results(answer)), total(answer, question, cursor), answer["meta"].get("next_cursor")
    came = _place(cursor).before + found
    return f"{came}/{count}|{mark}" if mark and found and came < count else None


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
