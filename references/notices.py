"""Retractions, corrections and expressions of concern on reports that are in the review, whoever told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from references import tables
from references.changes import notices as notices_of
from references.duplicates.merged import Report
from references.plan import SearchLine
from references.record import Record
from references.sources import LIVE

CHECK = "included reports at"  # how the names of these searches begin
ONE_LOOK = 6 * 3600.0  # seconds: what came within them belongs to one look
AT_ONCE = 40  # identifiers in one query: an address of OpenAlex holds some 4,000 characters
RETRACTED = "retracted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a source said of a document, by its identifiers."""

    source: str
    at: str  # UTC
    what: tuple[str, ...]  # "retracted", or the source's words for a correction


Told = Mapping[str, Sequence[Notice]]  # {"doi:10.1000/x" or "pmid:123": what the newest look of each source gave}


def what_of(record: Record) -> tuple[str, ...]:
    """What a record itself says of its retraction and corrections."""
    return (*((RETRACTED,) if record.retracted else ()), *notices_of(record))


def check_lines(reports: Sequence[Report], sources: Sequence[str], what: str = CHECK) -> list[SearchLine]:
    """Searches that look these reports up at sources, by DOI and PMID, to learn what was published about them since; named by `what`."""
    dois = sorted({record.doi for report in reports for record in report.records if record.doi})
    pmids = sorted({record.pmid for report in reports for record in report.records if record.pmid})
    lines = []
    for name in dict.fromkeys(sources):
        source = LIVE.get(name)
        queries = [query for query in (source.lookup(dois, pmids, AT_ONCE) if source else ()) if query]
        for number, query in enumerate(queries, 1):
            count = f" {number}" if len(queries) > 1 else ""
            lines.append(SearchLine(name=f"{what} {source.PLATFORM if source else name}{count}", source=name, query=query, purpose="check"))
    return lines


def rows(payload: str, found: Sequence[Record]) -> list[dict[str, Any]]:
    """The rows of `notices` for a page of such a search: one for each document, also where there is nothing to tell of it."""
    return [
        {"payload": payload, "position": position, "doi": record.doi, "pmid": record.pmid, "what": list(what_of(record))}
        for position, record in enumerate(found, 1)
    ]


def told(connection: sa.Connection) -> Told:
    """What the newest look of each source gave on each document."""
    table, payloads, searches = tables.notices, tables.payloads, tables.searches
    query = sa.select(table, payloads.c.at, searches.c.source).join_from(table, payloads, table.c.payload == payloads.c.id)
    query = query.join(searches, payloads.c.search == searches.c.id).order_by(payloads.c.at, payloads.c.id, table.c.position)
    newest: dict[tuple[str, str], Notice] = {}
    for row in connection.execute(query):
        for key in filter(None, (row.doi and f"doi:{row.doi}", row.pmid and f"pmid:{row.pmid}")):
            before = newest.get((key, row.source))
            # One look has parts, and a source may have a document twice: what either says counts.
            beside = before.what if before and _seconds(before.at, row.at) < ONE_LOOK else ()
            newest[key, row.source] = Notice(source=row.source, at=row.at, what=tuple(dict.fromkeys((*beside, *row.what))))
    found: dict[str, list[Notice]] = {}
    for (key, _), notice in newest.items():
        found.setdefault(key, []).append(notice)
    return found


def _seconds(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def in_words(what: str, sources: Sequence[str]) -> str:
    """ "RETRACTED, according to Crossref"; "Erratum in MED:9, according to Europe PMC, PubMed"."""
    name = "RETRACTED" if what == RETRACTED else what.partition(": ")[2] or what
    return f"{name}, according to {', '.join(sources)}"


def of_report(report: Report, known: Told) -> dict[str, tuple[str, ...]]:
    """{what was published about a report: the sources that say so}; "retracted" first."""
    said: dict[str, dict[str, None]] = {}
    for record in report.records:
        for what in what_of(record):
            said.setdefault(what, {})[record.source] = None
        for key in (f"doi:{record.doi}", f"pmid:{record.pmid}"):
            for notice in known.get(key, ()):
                for what in notice.what:
                    said.setdefault(what, {})[notice.source] = None
    return {what: tuple(sources) for what, sources in sorted(said.items(), key=lambda pair: pair[0] != RETRACTED)}
