"""The lists that stand beside the synthesis: included studies, full-text exclusions with reasons, the search log."""

from __future__ import annotations

from collections.abc import Sequence

from extraction.studies import Studies
from references.known_reports import KnownReport, recall
from references.library import Library
from references.plan import SearchLine
from references.record import citation
from references.searchlog import SearchLogEntry, looked_up
from screening.progress import Screening
from synthesis.render import Heading, Table


def studies_table(studies: Studies, held: Library) -> Table:
    """Included studies with all their reports, companions too, and what was published about them since."""
    rows = []
    for study in studies.all:
        for relation, reports in (("main report", study.reports[:1]), ("report", study.reports[1:]), ("companion", study.companions)):
            rows += [
                (study.id, relation, citation(report.shown), report.shown.doi or "", "; ".join(held.notices(report)), report.id)
                for report in reports
            ]
    columns = _headings(study="Study", relation="Relation", report="Report", doi="DOI", notices="Retractions and corrections", id="Record")
    notes = ("A companion tells of the study but was not itself included.",)
    return Table(key="included_studies", title="Included studies and their reports", columns=columns, rows=tuple(rows), notes=notes)


def excluded_table(progress: Screening) -> Table:
    """Reports excluded at full text, each with its citation, its one reason and who decided (PRISMA 2020 item 16b)."""
    rows = []
    for report in progress.in_state("fulltext", "exclude"):
        outcome = progress.outcomes["fulltext"][report.id]
        reason = progress.criteria.of(outcome.reason or "").reason
        decided = f"settled by {outcome.settled_by}" if outcome.settled_by else " and ".join(outcome.readers)
        notes = "; ".join(dict.fromkeys(decision.note for decision in outcome.decisions if decision.note))
        rows.append((citation(report.shown), reason, outcome.reason or "", decided, notes, report.id))
    rows.sort(key=lambda row: (row[2], row[0]))
    columns = _headings(report="Report", reason="Reason", code="Code", decided="Decided by", note="Note", id="Record")
    return Table(key="excluded_fulltext", title="Reports excluded at full text, with reasons", columns=columns, rows=tuple(rows), notes=())


def search_table(entries: list[SearchLogEntry], held: Library, planned: Sequence[SearchLine], known: Sequence[KnownReport] = ()) -> Table:
    """Every search and import as it was run (PRISMA-S items 1, 8, 9, 13 and 15), which planned lines never were, and what is missing."""
    rows = tuple(_search_row(entry, held) for entry in entries if not entry.check)
    columns = _headings(
        source="Source",
        kind="Kind",
        line="Search line or file",
        run="Begun (UTC)",
        ended="Ended (UTC)",
        state="State",
        total="Reported",
        retrieved="Stored",
        new="New",
        changed="Changed",
        vanished="Gone",
        window="Window",
        message="Message",
        by="By",
        program="Program",
        address="Address",
        query="Query as sent",
    )
    run = {entry.line for entry in entries}
    notes = ["A failed search is failed, not zero."]
    if never := [line.name for line in planned if line.name not in run]:
        notes.append(f"Search lines of the protocol that were never run: {', '.join(never)}.")
    if checks := looked_up(entries):
        notes.append(f"Reports of the review were looked up at sources, which is no search: {sum(map(len, checks.values()))} times.")
    gone = {line.name for line in planned}
    if old := dict.fromkeys(entry.line for entry in entries if entry.line and _of_protocol(entry) and entry.line not in gone):
        notes.append(f"Search lines that the protocol no longer has: {', '.join(old)}.")
    notes += [line.strip() for line in recall(held, known)]
    return Table(key="search_log", title="Search log", columns=columns, rows=rows, notes=tuple(notes))


def _of_protocol(entry: SearchLogEntry) -> bool:
    return entry.parameters.get("kind") in ("full", "refresh")


def _search_row(entry: SearchLogEntry, held: Library) -> tuple[str, ...]:
    window = f"{entry.window_from or '...'} to {entry.window_to or '...'}" if entry.window_from or entry.window_to else ""
    return (
        held.name(entry.source),
        held.kind(entry.source),
        entry.line or entry.source.removeprefix("file:"),
        entry.started[:16].replace("T", " "),
        (entry.ended or "")[:16].replace("T", " "),
        entry.state,
        "" if entry.total is None else str(entry.total),
        str(entry.retrieved),
        str(entry.new),
        str(entry.changed),
        str(entry.vanished),
        window,
        "; ".join(filter(None, [entry.message, entry.parameters.get("note")])),
        entry.by,
        entry.program,
        entry.address or "",
        entry.query or "",
    )


def _headings(**names: str) -> tuple[Heading, ...]:
    return tuple(Heading(key, text) for key, text in names.items())
