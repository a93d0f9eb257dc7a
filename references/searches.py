"""A search line of the protocol as it is run: which window it asks for, and whether it goes on where a run was cut off.

A search is a row that is added before anything is asked; each page adds a payload with its records in one
transaction (references/walk.py); an end says how it went.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from references import http, tables
from references.drift import drift
from references.ended import add_end, end_walk
from references.payloads import all_records, one_at_a_time, sources, store_payload
from references.plan import SearchLine, SearchPlan, read_searches
from references.review import Review, program, sound
from references.searchlog import SearchLogEntry, log
from references.sources import LIVE
from references.sources.source import Question, Source
from references.walk import Ask, Ended, Progress, SearchResult, Walk, stored_walk, walk_on
from references.wire import public

__all__ = ["Ask", "SearchLogEntry", "SearchResult", "address_variable", "all_records", "log", "run_search", "sources", "store_payload"]


def address_variable(source: str) -> str:
    """The variable of the environment that stands for another address of a source: "REVIEW_EUROPEPMC_URL"."""
    return f"REVIEW_{source.upper()}_URL"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One run of one line: what it needs to begin a walk."""

    review: Review
    line: SearchLine
    plan: SearchPlan
    source: Source
    base: str
    keyed: bool
    full: bool
    page_size: int
    now: datetime  # UTC
    by: str
    accept_drift: bool


def run_search(
    review: Review,
    line: SearchLine,
    *,
    by: str,
    full: bool = False,
    ask: Ask | None = None,
    page_size: int | None = None,
    now: datetime | None = None,
    accept_drift: bool = False,
    progress: Progress | None = None,
) -> SearchResult:
    """Run one line of the protocol's searches, or go on with it where an earlier run was cut off.

    The first run uses the line's query; later ones its `refresh`, from the start of the last complete run less
    the protocol's overlap. `full`, or a line that was changed since, uses the query again. A search is complete
    when as many different records came as the source reports; if not, or if that number changes on the way, the
    walk is begun once more. Where the source's number is unlike that of earlier runs (references/drift.py), the search is
    held for a person behind its first page, unless `accept_drift`. Whatever goes wrong at the source is the result's state
    and message, and stands in the log.
    """
    run = _run(review, line, by, full=full, page_size=page_size, now=now, accept_drift=accept_drift)
    if run is None:
        message = f"no live access to {line.source} in this version; import its export file instead"
        return SearchResult(source=line.source, line=line.name, state="not run", message=message)
    walk, told = _begin(run)
    if told:
        return _waits(review, walk, told, by)
    try:
        asked = ask or http.Client(run.source.SECRETS, source=run.source.SERVICE).ask
    except http.Refused as no:
        return end_walk(review, walk, by, Ended(state="refused", message=str(no)))
    first, misfit = _to_the_end(run, walk, asked, progress)
    if not misfit:
        return first
    again, _ = _to_the_end(run, _begin(run)[0], asked, progress)
    new = first.new + again.new  # what the first walk stored was new in this run too
    return replace(again, new=new, seen_again=max(again.retrieved - new, 0), changed=first.changed + again.changed)


def open_searches(review: Review, lines: Sequence[SearchLine], *, by: str, full: bool = False) -> None:
    """Begin the searches of these lines, in their order, without asking anything; run_search() goes on with each.

    Sources are asked side by side, and whose record of a report counts as the first is not to hang on who was quicker.
    """
    for line in lines:
        if run := _run(review, line, by, full=full):
            _begin(run)


def _run(
    review: Review,
    line: SearchLine,
    by: str,
    *,
    full: bool,
    page_size: int | None = None,
    now: datetime | None = None,
    accept_drift: bool = False,
) -> _Run | None:
    """What a run of the line needs; None where this version cannot ask its source."""
    source = LIVE.get(line.source)
    if source is None:
        return None
    return _Run(
        review=review, line=line, plan=sound(review.section("searches"), read_searches), source=source, full=full, by=by,
        base=(os.environ.get(address_variable(source.SERVICE)) or source.BASE).rstrip("/"),
        keyed=any(secret.key and os.environ.get(secret.variable) for secret in source.SECRETS),
        page_size=page_size or source.PAGE_SIZE, now=now or datetime.now(UTC), accept_drift=accept_drift,
    )  # fmt: skip


def _to_the_end(run: _Run, walk: Walk, ask: Ask, progress: Progress | None) -> tuple[SearchResult, bool]:
    walk, ended = walk_on(
        run.review,
        walk,
        ask,
        run.by,
        check=None if run.accept_drift or run.line.purpose != "search" else partial(_drift, run),
        progress=progress,
    )
    result = end_walk(run.review, walk, run.by, ended)
    return result, ended.once_more or (not ended.state and result.state == "failed")


def _drift(run: _Run, walk: Walk) -> str | None:
    if walk.wanted != walk.total:
        return None  # of a ranking only the first are wanted, however many there are
    with run.review.reading() as connection:
        why = drift(connection, walk.id, walk.total or 0)
    return why and f"{why}. Look at the line and at the source's own site; if it is right: review refresh --accept-drift {run.line.name}"


def _waits(review: Review, walk: Walk, told: Ended, by: str) -> SearchResult:
    """Write down that a search waits, once."""
    ends = tables.search_ends
    with review.reading() as connection:
        last = connection.execute(sa.select(ends.c.until).where(ends.c.search == walk.id).order_by(ends.c.at.desc(), ends.c.id.desc()))
        known = last.scalars().first() == (told.until.isoformat(timespec="seconds") if told.until else None)
    if not known:
        return end_walk(review, walk, by, told)
    return SearchResult(
        source=walk.source.NAME, line=walk.line, state="waiting", message=told.message, total=walk.total, retrieved=walk.seen
    )


def _begin(run: _Run) -> tuple[Walk, Ended | None]:
    """The walk to go on with, or a new one; walks that were cut off and can no longer be gone on with are ended.

    With it why nothing is to be asked now, where a source asked to be left alone until a time that has not come.
    """
    review, line, source = run.review, run.line, run.source
    stored = partial(stored_walk, source=source, base=run.base, keyed=run.keyed)
    with review.writing() as connection:
        one_at_a_time(connection, f"search {line.source} {line.name}")
        asked = _question(connection, run)
        first = source.request(Question(query=asked["query"], page_size=run.page_size, base=run.base, keyed=run.keyed), source.START)
        address = public(first.url)
        stopped = _unfinished(connection, line)
        same = next((row.id for row in stopped if (row.query, row.address, _keyed(row)) == (asked["query"], address, run.keyed)), None)
        told = _left_alone(connection, run)
        if same and told is None and not source.REPEATABLE and stored(connection, same).page:
            same = None  # the place in the walk is of no use by now
        for row in stopped:
            if row.id != same:
                add_end(review, connection, stored(connection, row.id), Ended(state="failed", message=_SUPERSEDED), run.by)
        if same is None:
            sent = {name: text for name, text in (*first.query, *first.form) if text not in (asked["query"], source.START)}
            parameters = {**sent, "pageSize": run.page_size, "keyed": run.keyed, **asked.pop("parameters")}
            new = {"source": line.source, "line": line.name, "address": address, "parameters": parameters, "program": program(), **asked}
            same = review.add(connection, tables.searches, [new], by=run.by)[0]["id"]
        return stored(connection, same), told


_SUPERSEDED = "not finished; a new search was started, since the query, its window, the address or the place in the walk is no longer good"


def _left_alone(connection: sa.Connection, run: _Run) -> Ended | None:
    """Why nothing is asked yet: the service told some search to leave it alone until a time to come, and no key was got since."""
    ends, searches = tables.search_ends, tables.searches
    of_service = [name for name, source in LIVE.items() if source.SERVICE == run.source.SERVICE]
    query = sa.select(ends.c.message, ends.c.until, searches.c.parameters).join_from(ends, searches, ends.c.search == searches.c.id)
    query = query.where(searches.c.source.in_(of_service), searches.c.address.startswith(run.base, autoescape=True))
    for end in connection.execute(query.where(ends.c.state == "waiting", ends.c.until.is_not(None)).order_by(ends.c.at.desc())):
        until = datetime.fromisoformat(end.until)
        if until > run.now and (_keyed(end) or not run.keyed):
            return Ended(state="waiting", message=end.message, until=until)
    return None


def _keyed(search: sa.Row[Any]) -> bool:
    return bool(search.parameters.get("keyed"))


def _question(connection: sa.Connection, run: _Run) -> dict[str, Any]:
    """The query as it will be sent, with its window."""
    line, plan, written = run.line, run.plan, partial(_written, form=run.source.DATE)
    terms = {"query": line.query, "refresh": line.refresh}
    last = None if run.full or not line.refresh else _last_good(connection, run, terms)
    if last is None:
        # Issues are dated up to a year ahead, and what is left out now no refresh would find: so past the end of next year.
        start, end = date.fromisoformat(plan.start), date(run.now.year + 1, 12, 31)
        query = line.query.replace("{from}", written(start)).replace("{to}", written(end))
        kind = "full" if line.purpose == "search" else line.purpose
        window = {"window_from": str(start) if "{from}" in line.query else None, "window_to": str(end) if "{to}" in line.query else None}
        note = {"note": line.note} if line.purpose == "citations" else {}
        return {"query": query, **window, "parameters": {"kind": kind, **terms, **note}}
    since = date.fromisoformat(last[:10]) - timedelta(days=line.overlap_days or plan.overlap_days)
    query = (line.refresh or "").replace("{since}", written(since)).replace("{today}", written(run.now.date()))
    return {"query": query, "window_from": str(since), "window_to": str(run.now.date()), "parameters": {"kind": "refresh", **terms}}


def _written(day: date, form: str) -> str:
    return day.strftime(form)


def _last_good(connection: sa.Connection, run: _Run, terms: dict[str, Any]) -> str | None:
    """When the last complete search of this line was started, as the protocol words it now; None where all is to be asked for.

    That is so where the last full run was not complete (or held, and nobody accepted it), and where the protocol looks
    further back than any full run did.
    """
    searches, ends = tables.searches, tables.search_ends
    query = (
        sa.select(searches, ends.c.state)
        .join_from(searches, ends, (ends.c.search == searches.c.id) & (ends.c.state == "complete"), isouter=True)
        .where(searches.c.source == run.line.source, searches.c.line == run.line.name)
        .order_by(searches.c.at.desc(), searches.c.id.desc())
    )
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()  # a clock that was wrong once is not to hide what came since
    same = [row for row in connection.execute(query) if {name: row.parameters.get(name) for name in terms} == terms and row.at < tomorrow]
    full = [row for row in same if row.parameters.get("kind") == "full"]
    if not full or full[0].state is None:
        return None
    if "{from}" in run.line.query and not any(row.state and (row.window_from or "") <= run.plan.start for row in full):
        return None
    return next(str(row.at) for row in same if row.state)


def _unfinished(connection: sa.Connection, line: SearchLine) -> list[sa.Row[Any]]:
    """Searches of this line that were cut off or told to wait, newest first."""
    searches, ends = tables.searches, tables.search_ends
    query = sa.select(searches).where(searches.c.source == line.source, searches.c.line == line.name).order_by(searches.c.at.desc())
    query = query.where(~sa.exists().where(ends.c.search == searches.c.id, ends.c.state != "waiting"))
    return list(connection.execute(query))
