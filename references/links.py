"""Free copies of full texts: looked up at OpenAlex by DOI, on demand. Unpaywall's answers are OpenAlex's own since 2025."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import sqlalchemy as sa

from references import tables
from references.duplicates.merged import Report
from references.payloads import body_of
from references.plan import SearchLine
from references.review import Review
from references.searches import run_search
from references.sources import openalex
from references.sources.source import Changed
from references.walk import Ask, SearchResult

LINE = "free copies at OpenAlex"
AT_ONCE = 40  # DOIs in one query


def look_up(review: Review, reports: Sequence[Report], *, by: str, ask: Ask | None = None) -> list[SearchResult]:
    """Ask OpenAlex where there are free copies of these reports; none of its records becomes one of the review."""
    dois = sorted({record.doi for report in reports for record in report.records if record.doi})
    queries = openalex.lookup(dois, [], AT_ONCE)
    lines = [
        SearchLine(name=f"{LINE} {number}", source=openalex.NAME, query=query, purpose="check") for number, query in enumerate(queries, 1)
    ]
    return [run_search(review, line, by=by, ask=ask) for line in lines]


def free_copies(connection: sa.Connection) -> dict[str, str]:
    """{DOI: address of a free copy}, as OpenAlex last told when it was asked for them."""
    payloads, searches = tables.payloads, tables.searches
    query = sa.select(payloads.c.id, payloads.c.body, payloads.c.sha256).join_from(payloads, searches, payloads.c.search == searches.c.id)
    query = query.where(searches.c.line.like(f"{LINE}%")).order_by(payloads.c.at, payloads.c.id)
    found: dict[str, str] = {}
    for row in connection.execute(query):
        with suppress(Changed):  # the look-up that brought it failed, and said so
            found |= openalex.free_copies(openalex.read(body_of(row)))
    return found
