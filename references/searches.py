"""One search walked page by page.

A search is a row that is added before anything is asked; each page adds a payload with its records in one
transaction; an end says how it went. So a process that dies leaves a search without an end, which the next
run takes up at the cursor of its last page.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from json import loads
from typing import Any, Protocol

import sqlalchemy as sa

from references import http, tables
from references.formats.diagnostics import Diagnostic
from references.payloads import Payload, all_records, body_of, one_at_a_time, sources, store_payload
from references.plan import SearchLine, SearchPlan, read_searches
from references.review import Review, program, sound
from references.searchlog import SearchLogEntry, counts, log, retrieved
from references.sources import europepmc

__all__ = ["Ask", "SearchLogEntry", "SearchResult", "all_records", "log", "run_search", "sources", "store_payload"]

ADDRESS_VARIABLE = "REVIEW_EUROPEPMC_URL"
LIVE = (europepmc.NAME,)  # the sources that this version can ask


class Ask(Protocol):
    """How a request is put: http.ask with its session, or what stands for it in a test."""

    def __call__(self, request: http.Request, /, *, refusal: http.Check, flaw: http.Check) -> http.Answer: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """How one search line went in this run."""

    source: str
    line: str
    state: str  # complete, failed, refused, waiting; "not run" where nothing was asked
    message: str
    total: int | None = None  # as the source reported it; None where it never said
    retrieved: int = 0  # different records
    new: int = 0  # of these, the ones that were first seen in this search
    seen_again: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """How far a search has come."""

    id: str
    source: str
    line: str
    query: str
    page_size: int
    page: int = 0  # the last one stored
    cursor: str | None = europepmc.START  # of the next one; None at the end
    total: int | None = None  # as last reported
    seen: int = 0  # different records so far


def run_search(
    review: Review,
    line: SearchLine,
    *,
    by: str,
    full: bool = False,
    ask: Ask | None = None,
    page_size: int = europepmc.PAGE_SIZE,
    today: date | None = None,
) -> SearchResult:
    """Run one line of the protocol's searches, or go on with it where an earlier run was cut off.

    The first run uses the line's query; later ones its `refresh`, from the start of the last complete run less
    the protocol's overlap. `full`, or a line that was changed since, uses the query again. A search is complete
    when as many different records came as the source reports; if not, or if that number changes on the way, the
    walk is begun once more. Whatever goes wrong at the source is the result's state and message, and stands in the log.
    """
    if line.source not in LIVE:
        message = f"no live access to {line.source} in this version; import its export file instead"
        return SearchResult(source=line.source, line=line.name, state="not run", message=message)
    plan = sound(review.section("searches"), read_searches)
    base = os.environ.get(ADDRESS_VARIABLE) or europepmc.BASE
    asked = ask or partial(http.ask, http.session())
    begin = partial(_begin, review, line, plan, base, full=full, page_size=page_size, today=today or datetime.now(UTC).date(), by=by)
    result, misfit = _go_on(review, begin(), asked, base, by)
    return _go_on(review, begin(), asked, base, by)[0] if misfit else result


def _begin(review: Review, line: SearchLine, plan: SearchPlan, base: str, *, full: bool, page_size: int, today: date, by: str) -> _Walk:
    """The walk to go on with, or a new one; walks that were cut off and can no longer be gone on with are ended."""
    address = http.public(europepmc.first_request("", base=base).url)
    with review.writing() as connection:
        one_at_a_time(connection, f"search {line.source} {line.name}")
        asked = _question(connection, line, plan, full=full, today=today)
        stopped = _unfinished(connection, line)
        same = next((row.id for row in stopped if (row.query, row.address) == (asked["query"], address)), None)
        for row in stopped:
            if row.id != same:
                message = "not finished; a new search was started, since the query, its window or the address is another one now"
                _add_end(review, connection, _walk(connection, row.id), "failed", message, by)
        if same is None:
            parameters = {"resultType": "core", "synonym": "false", "pageSize": page_size, **asked.pop("parameters")}
            new = {"source": line.source, "line": line.name, "address": address, "parameters": parameters, "program": program(), **asked}
            same = review.add(connection, tables.searches, [new], by=by)[0]["id"]
        return _walk(connection, same)


def _question(connection: sa.Connection, line: SearchLine, plan: SearchPlan, *, full: bool, today: date) -> dict[str, Any]:
    """The query as it will be sent, with its window."""
    terms = {"query": line.query, "refresh": line.refresh}
    last = None if full or not line.refresh else _last_good(connection, line, terms)
    if last is None:
        # Issues are dated up to a year ahead, and what is left out now no refresh would find: so past the end of next year.
        start, end = str(plan.start), f"{today.year + 1}-12-31"
        query = line.query.replace("{from}", start).replace("{to}", end)
        return {"query": query, "window_from": start, "window_to": end, "parameters": {"kind": "full", **terms}}
    since = str(date.fromisoformat(last[:10]) - timedelta(days=plan.overlap_days))
    query = (line.refresh or "").replace("{since}", since).replace("{today}", str(today))
    return {"query": query, "window_from": since, "window_to": str(today), "parameters": {"kind": "refresh", **terms}}


def _last_good(connection: sa.Connection, line: SearchLine, terms: dict[str, Any]) -> str | None:
    """When the last complete search of this line, as the protocol words it now, was started."""
    searches, ends = tables.searches, tables.search_ends
    query = (
        sa.select(searches.c.at, searches.c.parameters)
        .join_from(searches, ends, ends.c.search == searches.c.id)
        .where(searches.c.source == line.source, searches.c.line == line.name, ends.c.state == "complete")
        .order_by(searches.c.at.desc())
    )
    same = (row.at for row in connection.execute(query) if {name: row.parameters.get(name) for name in terms} == terms)
    return next(same, None)


def _unfinished(connection: sa.Connection, line: SearchLine) -> list[sa.Row[Any]]:
    """Searches of this line that were cut off or told to wait, newest first."""
    searches, ends = tables.searches, tables.search_ends
    query = sa.select(searches).where(searches.c.source == line.source, searches.c.line == line.name).order_by(searches.c.at.desc())
    query = query.where(~sa.exists().where(ends.c.search == searches.c.id, ends.c.state != "waiting"))
    return list(connection.execute(query))


def _walk(connection: sa.Connection, search: str) -> _Walk:
    """How far a search has come, from what is stored of it."""
    searches, payloads = tables.searches, tables.payloads
    row = connection.execute(sa.select(searches).where(searches.c.id == search)).one()
    start = _Walk(id=row.id, source=row.source, line=row.line, query=row.query, page_size=row.parameters["pageSize"])
    last = connection.execute(sa.select(payloads).where(payloads.c.search == search).order_by(payloads.c.page.desc()).limit(1)).first()
    if last is None:
        return start
    total = europepmc.total(loads(body_of(last)))
    return replace(start, page=last.page, cursor=last.next_cursor, total=total, seen=retrieved(connection, search))


def _go_on(review: Review, walk: _Walk, ask: Ask, base: str, by: str) -> tuple[SearchResult, bool]:
    """Walk to the end, or until something stops us; whether the pages did not fit together, so that another walk may help."""
    while walk.cursor is not None:
        request = europepmc.next_request(walk.query, walk.cursor, walk.page_size, base)
        try:
            before, walk = walk, _store(review, walk, ask(request, refusal=europepmc.refusal, flaw=europepmc.flaw), by)
        except http.Refused as no:
            return _end(review, walk, by, "refused", str(no)), False
        except http.Later as later:
            return _end(review, walk, by, "waiting", str(later)), False
        except (http.NoAnswer, europepmc.Changed) as problem:
            return _end(review, walk, by, "failed", str(problem)), False
        if misfit := _misfit(before, walk):
            return _end(review, walk, by, "failed", misfit), True
    result = _end(review, walk, by)
    return result, result.state == "failed"


def _misfit(before: _Walk, walk: _Walk) -> str | None:
    """What tells, before the end, that the pages of this walk will not make a whole."""
    if before.total is not None and walk.total != before.total:
        return f"the total changed from {before.total:,} to {walk.total:,} at page {walk.page}, so records may have moved between pages"
    if walk.page > 2 * ((walk.total or 0) // walk.page_size + 5):  # ever new cursors for the same records
        return f"{walk.page} pages gave {walk.seen:,} of {walk.total or 0:,} records, with no end in sight"
    return None


def _store(review: Review, walk: _Walk, answer: http.Answer, by: str) -> _Walk:
    """Store a page with its records; where another process was quicker, take up what it stored."""
    cursor = walk.cursor or europepmc.START
    payload = Payload(
        search=walk.id, page=walk.page + 1, cursor=cursor, next_cursor=europepmc.next_cursor(answer.data, cursor),
        status=answer.status, headers=answer.headers, media="application/json", body=answer.body,
    )  # fmt: skip
    problem: europepmc.Changed | None = None
    try:
        found = europepmc.records(answer.data)
        told = europepmc.diagnostics(found)
    except europepmc.Changed as error:  # the payload is kept all the same: a newer version may read it
        problem, found = error, []
        told = [Diagnostic(line=None, severity="error", what=str(error), done="no record of this page was read")]
    with review.writing() as connection:
        one_at_a_time(connection, f"walk {walk.id}")
        pages = sa.select(sa.func.max(tables.payloads.c.page)).where(tables.payloads.c.search == walk.id)
        if (connection.execute(pages).scalar() or 0) != walk.page:
            return _walk(connection, walk.id)
        store_payload(review, connection, payload, found, by=by, diagnostics=told)
        seen = retrieved(connection, walk.id)
    if problem:
        raise problem
    return replace(walk, page=payload.page, cursor=payload.next_cursor, total=europepmc.total(answer.data), seen=seen)


def _end(review: Review, walk: _Walk, by: str, state: str = "", message: str = "") -> SearchResult:
    """Write down how a walk ended; one that nothing stopped is complete if no record is missing."""
    with review.writing() as connection:
        one_at_a_time(connection, f"walk {walk.id}")
        found, new = counts(connection).get(walk.id, (0, 0))
        if not state:
            state, message = _judge(walk, found)
        _add_end(review, connection, walk, state, message, by)
    return SearchResult(
        source=walk.source, line=walk.line, state=state, total=walk.total, retrieved=found,
        new=new, seen_again=found - new, message=message,
    )  # fmt: skip


def _judge(walk: _Walk, found: int) -> tuple[str, str]:
    if walk.total == found:
        return "complete", f"every record that was reported came ({found:,})"
    reported = "no total" if walk.total is None else f"{walk.total:,} records"
    return "failed", f"{walk.source} reported {reported} and gave {found:,} different ones; what came is kept, run the search again"


def _add_end(review: Review, connection: sa.Connection, walk: _Walk, state: str, message: str, by: str) -> None:
    ends = tables.search_ends
    last = sa.select(ends.c.state).where(ends.c.search == walk.id).order_by(ends.c.at.desc(), ends.c.id.desc()).limit(1)
    if state == "complete" and connection.execute(last).scalar() == state:
        return  # another process walked the same search and was quicker
    found = retrieved(connection, walk.id)
    row = {"search": walk.id, "state": state, "total": walk.total, "retrieved": found, "message": message}
    review.add(connection, ends, [row], by=by)
