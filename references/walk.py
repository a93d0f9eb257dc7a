"""The one loop that walks a search page by page, whatever the source.

Each page adds a payload with its records and the cursor of the next page in one transaction, so a process that dies
leaves a search without an end, which the next run takes up at the cursor of its last page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from references import http, tables
from references.ahead import Ahead
from references.duplicates.stored import forget
from references.formats.diagnostics import Diagnostic
from references.payloads import Payload, body_of, one_at_a_time, store_payload
from references.record import Record
from references.review import Review
from references.searchlog import retrieved
from references.sources.source import Changed, Moved, Question, Source
from references.wire import Answer, Manners, Request, public


class Ask(Protocol):
    """How a request is put: Client.ask of references.http, or what stands for it in a test."""

    def __call__(self, request: Request, manners: Manners, /) -> Answer: ...


Progress = Callable[[int, int | None], object]  # (records so far, records to come, where the source has said)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """How one search line went in this run."""

    source: str
    line: str
    state: str  # complete, failed, refused, waiting, held; "not run" where nothing was asked
    message: str
    total: int | None = None  # as the source reported it; None where it never said
    retrieved: int = 0  # different records
    new: int = 0  # of these, the ones that were first seen in this search
    seen_again: int = 0
    changed: int = 0  # of these, the ones that the source gave otherwise than before
    vanished: int = 0  # in the full run before, and not in this one


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How far a search has come."""

    id: str
    line: str
    source: Source
    question: Question
    page: int = 0  # the last one stored
    cursor: str | None  # of the next one; None at the end
    total: int | None = None  # as last reported
    seen: int = 0  # different records so far
    withheld: tuple[str, ...] = ()  # keys of records that the source counts and does not give
    check: bool = False  # whether it only looks up what the review has: see references/notices.py

    @property
    def wanted(self) -> int | None:
        """How many records the search is to bring."""
        return None if self.total is None else self.source.wanted(self.question, self.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Why a walk stopped; with no state it came to its end, and its numbers tell."""

    state: str = ""
    message: str = ""
    until: datetime | None = None  # when the source may be asked again
    once_more: bool = False  # whether the pages did not fit together, so that another walk may help


class Held(Exception):
    """The number is so unlike earlier ones that a person is to look: why, and the number."""

    def __init__(self, why: str, total: int | None) -> None:
        super().__init__(why)
        self.total = total


def stored_walk(connection: sa.Connection, search: str, source: Source, base: str, keyed: bool) -> Walk:
    """How far a search has come, from what is stored of it."""
    searches, payloads = tables.searches, tables.payloads
    row = connection.execute(sa.select(searches).where(searches.c.id == search)).one()
    question = Question(query=row.query, page_size=row.parameters["pageSize"], base=base, keyed=keyed)
    check = row.parameters.get("kind") == "check"
    start = Walk(id=row.id, line=row.line, source=source, question=question, cursor=source.START, check=check)
    last = connection.execute(sa.select(payloads).where(payloads.c.search == search).order_by(payloads.c.page.desc()).limit(1)).first()
    if last is None:
        return start
    seen = retrieved(connection, search)
    held = source.withheld(source.read(body_of(last)), question, last.cursor)
    total = _total(connection, source, question, last)
    return replace(start, page=last.page, cursor=last.next_cursor, total=total, seen=seen, withheld=held)


def _total(connection: sa.Connection, source: Source, question: Question, last: sa.Row[Any]) -> int | None:
    """The total as the last page told it, or else the first."""
    said = source.total(source.read(body_of(last)), question, last.cursor)
    if said is not None or last.page == 1:
        return said
    payloads = tables.payloads
    first = connection.execute(sa.select(payloads).where(payloads.c.search == last.search, payloads.c.page == 1)).one()
    return source.total(source.read(body_of(first)), question, first.cursor)


def walk_on(
    review: Review, walk: Walk, ask: Ask, by: str, check: Callable[[Walk], str | None] | None = None, progress: Progress | None = None
) -> tuple[Walk, Ended]:
    """Walk to the end, or until something stops us.

    `check` sees the number on the first page, and may hold the walk before a record is stored; `progress` hears of every page.
    """
    ahead = Ahead()
    stopped = _walk(review, walk, ask, by, check, progress, ahead)
    ahead.done()  # the next search of this source begins when its request is over; nobody who interrupts us waits for it
    return stopped


def _walk(
    review: Review,
    walk: Walk,
    ask: Ask,
    by: str,
    check: Callable[[Walk], str | None] | None,
    progress: Progress | None,
    ahead: Ahead,
) -> tuple[Walk, Ended]:
    if walk.page and walk.total is not None and check and (held := check(walk)):
        return walk, Ended(state="held", message=held)
    while walk.cursor is not None:
        try:
            answer = _page(walk, ask, ahead)
            following, problem = _following(walk, answer, check)
            _look_ahead(walk, answer, following, ask, ahead)
            before, walk = walk, _store(review, walk, answer, by, following, problem)
        except Held as held_back:
            return replace(walk, page=walk.page + 1, total=held_back.total), Ended(state="held", message=str(held_back))
        except http.Refused as no:
            return walk, Ended(state="refused", message=str(no))
        except http.Later as later:
            return walk, Ended(state="waiting", message=str(later), until=later.when)
        except (http.NoAnswer, Changed) as problem:
            return walk, Ended(state="failed", message=str(problem))
        except Moved as moved:
            return walk, Ended(state="failed", message=str(moved), once_more=True)
        if progress:
            progress(walk.seen, walk.wanted)
        if misfit := _misfit(before, walk):
            return walk, Ended(state="failed", message=misfit, once_more=True)
        if walk.cursor is not None and answer.limits.spent is not None:
            return walk, _spent(walk.source, answer.limits.spent)
    return walk, Ended()


def _page(walk: Walk, ask: Ask, ahead: Ahead) -> Answer:
    """The page at the cursor, which may have been asked for already; another one, where another process was quicker, is let go."""
    cursor = walk.cursor or walk.source.START
    taken = ahead.take(cursor)
    return taken or ask(walk.source.request(walk.question, cursor), manners_of(walk.source, walk.question, cursor))


def _unlike(walk: Walk, answer: Answer, check: Callable[[Walk], str | None] | None) -> Held | None:
    """Why nothing of a first page is to be believed before a person looked at its number."""
    if check is None or walk.total is not None:
        return None
    total = walk.source.total(answer.data, walk.question, walk.cursor or walk.source.START)
    why = None if total is None else check(replace(walk, total=total))
    return Held(why, total) if why else None


def _following(walk: Walk, answer: Answer, check: Callable[[Walk], str | None] | None) -> tuple[str | None, Changed | Moved | Held | None]:
    """The cursor of the next page, or why there is none; or why this one is not to be believed yet."""
    try:
        return walk.source.next_cursor(answer.data, walk.question, walk.cursor or walk.source.START), _unlike(walk, answer, check)
    except (Changed, Moved) as problem:
        return None, problem


def _look_ahead(walk: Walk, answer: Answer, following: str | None, ask: Ask, ahead: Ahead) -> None:
    """Begin to ask for the next page, where nothing known by now could stop the walk before it; else a request is paid in vain."""
    source, question = walk.source, walk.question
    said = source.total(answer.data, question, walk.cursor or source.START)
    if following is not None and walk.total is not None and said in (None, walk.total) and answer.limits.spent is None:
        ahead.begin(following, lambda: ask(source.request(question, following), manners_of(source, question, following)))


def manners_of(source: Source, question: Question, cursor: str) -> Manners:
    """How the page at a cursor is to be taken."""
    return Manners(
        read=source.read,
        refusal=lambda data, status: source.refusal(data, status, question.keyed),
        passing=source.passing,
        flaw=lambda data: source.flaw(data, question, cursor),
        limits=source.limits,
    )


def _spent(source: Source, seconds: float) -> Ended:
    when = datetime.now(UTC) + timedelta(seconds=min(seconds, 366 * 86400.0))
    said = f"the budget at {source.PLATFORM} does not pay for the next page; it is filled again at {when:%Y-%m-%d %H:%M} UTC"
    return Ended(state="waiting", message=said, until=when)


def _misfit(before: Walk, walk: Walk) -> str | None:
    """What tells, before the end, that the pages of this walk will not make a whole."""
    if before.total is not None and walk.total != before.total:
        said = f"{walk.total:,}" if walk.total is not None else "none"
        return f"the total changed from {before.total:,} to {said} at page {walk.page}, so records may have moved between pages"
    if walk.page > 2 * ((walk.wanted or 0) // walk.question.page_size + 50):  # ever new cursors for the same records
        return f"{walk.page} pages gave {walk.seen:,} of {walk.wanted or 0:,} records, with no end in sight"
    return None


def _store(review: Review, walk: Walk, answer: Answer, by: str, following: str | None, problem: Changed | Moved | Held | None) -> Walk:
    """Store a page with its records; where another process was quicker, take up what it stored."""
    source, question, cursor = walk.source, walk.question, walk.cursor or walk.source.START
    request = source.request(question, cursor)
    found: Sequence[Record] = []
    told: Sequence[Diagnostic] = []
    try:
        found = [] if problem else source.records(answer.data)
        told = source.diagnostics(answer.data, found)
    except Changed as error:
        problem, found = error, []
    if problem:  # the payload is kept all the same: a newer version may read it
        told = [Diagnostic(line=None, severity="error", what=str(problem), done="no record of this page was read")]
    lost = () if problem else source.withheld(answer.data, question, cursor)
    told = [*told, *([Diagnostic(None, "warning", f"counted by the source, and not given: {', '.join(lost)}", "left out")] if lost else [])]
    payload = Payload(
        search=walk.id, page=walk.page + 1, cursor=cursor, next_cursor=following, status=answer.status, headers=answer.headers,
        media=answer.headers.get("content-type", "").partition(";")[0].strip() or "application/json", body=answer.body,
        request={"method": request.method, "url": public(request.url), "query": [*request.query], "form": [*request.form]},
    )  # fmt: skip
    with review.writing() as connection:
        one_at_a_time(connection, f"walk {walk.id}")
        pages = sa.select(sa.func.max(tables.payloads.c.page)).where(tables.payloads.c.search == walk.id)
        if (connection.execute(pages).scalar() or 0) != walk.page:
            return stored_walk(connection, walk.id, source, question.base, question.keyed)
        stored = store_payload(review, connection, payload, found, by=by, diagnostics=told, check=walk.check)
        forget(connection, stored.changed)
        seen = retrieved(connection, walk.id)
    if problem:
        raise problem
    total = source.total(answer.data, question, cursor)
    return replace(walk, page=payload.page, cursor=following, total=walk.total if total is None else total, seen=seen, withheld=lost)
