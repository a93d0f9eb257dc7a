"""How many records and reports each source gave, and how many that no other source has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from references.duplicates.merged import Report
from references.record import Record


class SourceCount(NamedTuple):
    """One source's share. The records of all sources add up; the reports do not, since sources share them."""

    source: str
    records: int
    reports: int  # reports of which it has a record
    only_here: int  # of these, the ones that no other source has


def by_source(reports: Iterable[Report], name: Callable[[Record], str]) -> list[SourceCount]:
    """The counts of each source, by its name, in the order in which the sources first appear."""
    records: Counter[str] = Counter()
    found: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for report in reports:
        names = [name(record) for record in report.records]
        records.update(names)
        found.update(set(names))
        if len(set(names)) == 1:
            alone[names[0]] += 1
    return [SourceCount(source, count, found[source], alone[source]) for source, count in records.items()]


def lines(counts: Iterable[SourceCount], reports: int) -> list[str]:
    """A table for people, with a row of sums; `reports` is the number of all reports."""
    rows = list(counts)
    width = max([len("all together"), *(len(row.source) for row in rows)])
    total = SourceCount("all together", sum(row.records for row in rows), reports, sum(row.only_here for row in rows))
    head = f"{'source':<{width}}  {'records':>9}  {'reports':>9}  {'only here':>9}"
    return [head, *(f"{row.source:<{width}}  {row.records:>9,}  {row.reports:>9,}  {row.only_here:>9,}" for row in (*rows, total))]
