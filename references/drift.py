"""Whether a source's number is so unlike that of earlier runs that a person should look before it is believed.

A query that was changed at the source, an index that was rebuilt or a field that was renamed all answer with status 200
and a number. What is usual is told by the complete runs of the same line with the same words.
"""

from __future__ import annotations

from datetime import date
from statistics import median
from typing import Any

import sqlalchemy as sa

from references import tables
from references.searchlog import complete_runs

FALL, RISE = 0.9, 1.5  # of the last full run: an index loses few records, and none of these queries grows by half in a year
SLACK = 10  # records by which a number may differ whatever the shares say
SPREAD = 5  # times the usual number a day that a refresh may bring, or less
FEW = 50  # records: below it the numbers of a refresh say nothing


def drift(connection: sa.Connection, search: str, total: int) -> str | None:
    """Why the total of a search is not to be believed without a look, in words; None where it is, or nothing is known."""
    searches = tables.searches
    row = connection.execute(sa.select(searches).where(searches.c.id == search)).one()
    earlier = [one for one in complete_runs(connection, row) if one.total is not None]
    if not earlier:
        return None
    return _of_full(total, earlier) if row.parameters.get("kind") == "full" else _of_refresh(row, total, earlier)


def _of_full(total: int, earlier: list[sa.Row[Any]]) -> str | None:
    last = earlier[0]
    if last.total * FALL - SLACK <= total <= last.total * RISE + SLACK:
        return None
    return f"it reports {total:,} records, and the full run of {last.at[:10]} had {last.total:,}"


def _of_refresh(row: sa.Row[Any], total: int, earlier: list[sa.Row[Any]]) -> str | None:
    usual = median(one.total / _days(one) for one in earlier) * _days(row)
    most = max(usual * SPREAD + FEW, earlier[0].total * RISE + SLACK)  # what was believed last time, the next window brings again
    if max(usual, total) < FEW or usual / SPREAD <= total <= most:
        return None
    runs = "the last run" if len(earlier) == 1 else f"the last {len(earlier)} runs"
    return f"it reports {total:,} records in {_days(row)} days, and by {runs} some {usual:,.0f} were to be expected"


def _days(row: sa.Row[Any]) -> int:
    return max((date.fromisoformat(row.window_to) - date.fromisoformat(row.window_from)).days, 1)
