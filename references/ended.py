"""How a walk ended: judged by its numbers, written down once, and told as a result."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from references import tables
from references.payloads import one_at_a_time
from references.review import Review
from references.searchlog import changed, counts, repeated, retrieved, vanished
from references.walk import Ended, SearchResult, Walk


def end_walk(review: Review, walk: Walk, by: str, ended: Ended) -> SearchResult:
    """Write down how a walk ended; one that nothing stopped is complete if no record is missing."""
    with review.writing() as connection:
        one_at_a_time(connection, f"walk {walk.id}")
        found, new = counts(connection).get(walk.id, (0, 0))
        if (whole := _complete(connection, walk)) is not None:
            walk, ended = replace(walk, total=whole.total), Ended(state="complete", message=whole.message)
        elif not ended.state:
            ended = _judged(walk, found, twice=walk.source.SLACK > 0 and repeated(connection, walk.id))
        add_end(review, connection, walk, ended, by)
        otherwise = changed(connection).get(walk.id, 0)
        gone = len(vanished(connection, walk.id)) if ended.state == "complete" else 0
    return SearchResult(
        source=walk.source.NAME, line=walk.line, state=ended.state, total=walk.total, retrieved=found,
        new=new, seen_again=found - new, changed=otherwise, vanished=gone, message=ended.message,
    )  # fmt: skip


def _complete(connection: sa.Connection, walk: Walk) -> sa.Row[Any] | None:
    """The end of a search that another process walked to it meanwhile."""
    ends = tables.search_ends
    return connection.execute(sa.select(ends).where(ends.c.search == walk.id, ends.c.state == "complete").limit(1)).first()


def _judged(walk: Walk, found: int, twice: bool) -> Ended:
    """Complete where nothing is missing, or where the few that are missing are named by the source itself.

    Of a source that only estimates its total also where the total is near and the walk before brought the same records (`twice`).
    """
    if walk.wanted == found:
        if walk.wanted == walk.total:
            return Ended(state="complete", message=f"every record that was reported came ({found:,})")
        return Ended(state="complete", message=f"the first {found:,} of {walk.total:,} came, as the query asks for no more")
    lost, name = walk.withheld, walk.source.PLATFORM
    named = ", ".join(lost[:20]) + (f" and {len(lost) - 20:,} more" if len(lost) > 20 else "")
    if len(lost) <= found and walk.wanted == found + len(lost):
        return Ended(
            state="complete", message=f"every record came ({found:,}) but for {len(lost):,} that {name} counts and does not give: {named}"
        )
    if twice and walk.wanted is not None and abs(walk.wanted - found - len(lost)) <= walk.source.SLACK * walk.wanted:
        message = f"two walks brought the same {found:,} records, where {name} estimated {walk.wanted:,}"
        return Ended(state="complete", message=f"{message}{f'; given empty: {named}' if lost else ''}")
    reported = "no total" if walk.total is None else f"{walk.total:,} records"
    what = f"{walk.source.NAME} reported {reported} and gave {found:,} different ones{f', and never {named}' if lost else ''}"
    return Ended(state="failed", message=f"{what}; what came is kept, run the search again", once_more=True)


def add_end(review: Review, connection: sa.Connection, walk: Walk, ended: Ended, by: str) -> None:
    """Add an end to a search that is not complete yet: whoever walks the same one beside, and fails at it, changes nothing."""
    ends = tables.search_ends
    last = sa.select(ends.c.state).where(ends.c.search == walk.id).order_by(ends.c.at.desc(), ends.c.id.desc()).limit(1)
    if connection.execute(last).scalar() == "complete":
        return
    row = {
        "search": walk.id, "state": ended.state, "total": walk.total, "retrieved": retrieved(connection, walk.id),
        "message": ended.message, "until": ended.until.isoformat(timespec="seconds") if ended.until else None,
    }  # fmt: skip
    review.add(connection, ends, [row], by=by)
