"""Citation searching: from which reports it starts, what OpenAlex calls them, and the searches that follow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from references import tables
from references.duplicates.merged import Report
from references.notices import check_lines
from references.payloads import body_of
from references.plan import SearchLine
from references.record import Record, citation
from references.sources import citations, openalex
from references.sources.source import Changed
from references.visible import counted

SEEDS = "seed references at"  # how the names of the searches begin that look them up
_WORK = re.compile(r"W[1-9]\d*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """The seed references of a citation search."""

    works: tuple[str, ...]  # as OpenAlex names them: "W2741809807"
    reports: int  # how many reports these are
    unknown: tuple[Report, ...]  # reports that OpenAlex has not, as far as it told


def seeds(connection: sa.Connection, reports: Sequence[Report]) -> Seeds:
    """What OpenAlex calls these reports: as it answered when they were last looked up, or else as their records say.

    A work that OpenAlex joined to another has another number since, so what it answers comes first.
    """
    told = _told(connection, reports)
    named = {report.id: _works(report, told) for report in reports}
    works = sorted({work for found in named.values() for work in found}, key=lambda work: int(work[1:]))
    unknown = tuple(report for report in reports if not named[report.id])
    return Seeds(works=tuple(works), reports=len(reports) - len(unknown), unknown=unknown)


def _works(report: Report, told: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    for record in report.records:
        found |= told.get(f"doi:{record.doi}", set()) | told.get(f"pmid:{record.pmid}", set())
    return found or {record.accession for record in report.records if _is_work(record)}  # type: ignore[misc]


def _is_work(record: Record) -> bool:
    return record.database == "OpenAlex" and bool(_WORK.fullmatch(record.accession or ""))


def _told(connection: sa.Connection, reports: Sequence[Report]) -> dict[str, set[str]]:
    """{"doi:10.1000/x" or "pmid:123": works}, out of the newest answers to the look-up of these reports at OpenAlex."""
    payloads, searches = tables.payloads, tables.searches
    found: dict[str, set[str]] = {}
    for line in check_lines(reports, [openalex.NAME], SEEDS):
        begun = sa.select(searches.c.id).where(searches.c.source == openalex.NAME, searches.c.query == line.query)
        begun = begun.where(searches.c.line == line.name).order_by(searches.c.at.desc(), searches.c.id.desc()).limit(1)
        for row in connection.execute(sa.select(payloads).where(payloads.c.search == begun.scalar_subquery())):
            for record in _records(row):
                for key in filter(None, (record.doi and f"doi:{record.doi}", record.pmid and f"pmid:{record.pmid}")):
                    found.setdefault(key, set()).add(record.key)
    return found


def _records(row: sa.Row[Any]) -> list[Record]:
    try:
        return openalex.records(openalex.read(body_of(row)))
    except Changed:
        return []  # the look-up that brought it failed, and said so


def citation_lines(directions: Sequence[str], found: Seeds) -> list[SearchLine]:
    """The searches from seed references: "backward citation searching" and "forward citation searching", in parts where they are many."""
    lines = []
    lacking = f"; not at OpenAlex: {'; '.join(citation(report.shown) for report in found.unknown)}" if found.unknown else ""
    note = f"from {counted(found.reports, 'seed reference')}{lacking}"
    for direction in directions:
        queries = citations.queries(direction, found.works)
        for number, query in enumerate(queries, 1):
            name = f"{direction} citation searching{f' {number}' if len(queries) > 1 else ''}"
            lines.append(SearchLine(name=name, source=citations.NAME, query=query, purpose="citations", note=note))
    return lines
