"""The PRISMA 2020 counts of a review: each box is one query over the facts, none is worked out from another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from extraction.studies import Studies
from references.duplicates.merged import Report
from references.library import Library
from references.plan import DATABASE_KINDS, SearchPlan
from references.searchlog import SearchLogEntry, standing
from references.tables import records
from screening.progress import Screening
from synthesis.flow import Column, Flow, Ids

NO_PLAN = SearchPlan(start="", overlap_days=0, lines=())


def flow_of(
    connection: sa.Connection,
    progress: Screening,
    studies: Studies,
    entries: Sequence[SearchLogEntry] = (),
    plan: SearchPlan = NO_PLAN,
) -> Flow:
    """The flow of the whole review up to now. Check it with synthesis.flow.check() before anything is made of it.

    `entries` and `plan` are the search log and what the protocol searches: a search that is not complete leaves the flow
    interim, and lines that never ran are named.
    """
    newest = standing(entries, plan)
    never = [line.name for line in plan.lines if line.name not in newest]
    notes = (f"Search lines of the protocol that were never run: {len(never)} of {len(plan.lines)}, see the search log.",) if never else ()
    return Flow(
        databases=_column(connection, progress, database=True),
        others=_column(connection, progress, database=False),
        studies={study.id: frozenset(report.id for report in study.reports) for study in studies.all},
        open_searches=tuple(f"{line} ({entry.state})" for line, entry in newest.items() if entry.state != "complete"),
        bridges=(*_bridges(progress, studies), *notes),
    )


def _identified(connection: sa.Connection, held: Library, *, database: bool) -> dict[tuple[str, str], Ids]:
    """{(kind, source as printed): record ids}, straight from the table of records."""
    found: dict[tuple[str, str], set[str]] = {}
    for id, source in connection.execute(sa.select(records.c.id, records.c.source).order_by(records.c.source)):
        kind = held.kind(source)
        if (kind in DATABASE_KINDS) == database:
            found.setdefault((kind, held.name(source)), set()).add(id)
    return {key: frozenset(ids) for key, ids in found.items()}


def _kind_of(held: Library, report: Report, *, database: bool) -> list[str]:
    """The ids of a report's records that came by databases, or by other methods, in order."""
    return [record.id for record in report.records if (held.kind(record.source) in DATABASE_KINDS) == database]


def _column(connection: sa.Connection, progress: Screening, *, database: bool) -> Column:
    """One column. A report that a database has too is counted in the first, so that no report is counted twice."""
    held = progress.library
    first: dict[str, str] = {}
    duplicates: set[str] = set()
    for report in held.reports:
        mine = _kind_of(held, report, database=database)
        counted = bool(mine) and held.from_database(report) == database
        first |= {report.id: mine[0]} if counted else {}
        duplicates |= set(mine[1:] if counted else mine)

    def firsts(reports: Iterable[Report]) -> Ids:
        """The first record of each of these reports that counts in this column."""
        return frozenset(first[report.id] for report in reports if report.id in first)

    def at_abstract(*states: str) -> Ids:
        return firsts(report for state in states for report in progress.in_state("abstract", state))

    return Column(
        identified=_identified(connection, held, database=database),
        duplicates=frozenset(duplicates),
        straight=firsts(report for report in held.reports if not held.screened(report)),
        screened=firsts(progress.read_at("abstract")),
        excluded=at_abstract("exclude"),
        open_screening=at_abstract("waiting", "conflict"),
        **_assessment(progress, database=database),
    )


def _assessment(progress: Screening, *, database: bool) -> dict[str, Any]:
    """The boxes from retrieval to inclusion of one column, in reports."""
    held = progress.library

    def ids(reports: tuple[Report, ...]) -> Ids:
        return frozenset(report.id for report in reports if held.from_database(report) == database)

    sought = progress.sought()
    by_retrieval = {
        state: ids(tuple(report for report in sought if progress.retrieval(report) == state))
        for state in ("retrieved", "not_retrieved", "waiting")
    }
    outcomes = progress.outcomes["fulltext"]
    excluded = progress.in_state("fulltext", "exclude")
    of = {report.id: progress.criteria.of(outcomes[report.id].reason or "") for report in excluded}  # an unknown code stops here
    reasons = {
        criterion.reason: ids(tuple(report for report in excluded if of[report.id] == criterion))
        for criterion in progress.criteria.criteria
    }
    undecided = tuple(report for state in ("waiting", "conflict", "unsure") for report in progress.in_state("fulltext", state))
    return {
        "sought": ids(sought),
        "not_retrieved": by_retrieval["not_retrieved"],
        "open_retrieval": by_retrieval["waiting"],
        "assessed": by_retrieval["retrieved"],
        "reasons": {reason: found for reason, found in reasons.items() if found},
        "open_eligibility": ids(tuple(report for report in undecided if progress.retrieval(report) == "retrieved")),
        "included": ids(progress.included()),
    }


def _bridges(progress: Screening, studies: Studies) -> tuple[str, ...]:
    """Sentences for what the boxes do not show."""
    held = progress.library
    both = [report for report in held.reports if held.from_database(report) and _kind_of(held, report, database=False)]
    said = []
    if both:
        said.append(f"Reports found by other methods that a database has too, and that are counted there: {len(both)}.")
    if read := [report for report in progress.read_at("abstract") if not held.from_database(report)]:
        said.append(
            f"Records of other methods that nobody picked by hand, as citation searching gives them, are screened too: {len(read)}. "
            "PRISMA 2020's form has no box for this."
        )
    if unlinked := [study for study in studies.all if not study.linked]:
        said.append(f"Included reports that nobody linked to a study yet, and that count as one study each: {len(unlinked)}.")
    if past := [report for report in held.reports if _read_no_more(progress, report)]:
        said.append(f"Reports with decisions at a stage where they are no longer read, which therefore do not count: {len(past)}.")
    if held.grouping.proposals:
        said.append(f"Pairs of records that may be duplicates, wait for a person and count as different: {len(held.grouping.proposals)}.")
    return tuple(said)


def _read_no_more(progress: Screening, report: Report) -> bool:
    """Whether a report was decided on at a stage it does not reach now: its source's kind or an earlier decision changed."""
    return any(
        progress.outcomes[stage][report.id].decisions and report.id not in {read.id for read in progress.read_at(stage)}
        for stage in progress.outcomes
    )
