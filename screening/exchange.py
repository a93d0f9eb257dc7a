"""Decisions and retrievals as tables: the queue out, a file of decisions in, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from references.duplicates.merged import Report
from references.error import ReviewError
from references.review import Review
from references.sheet import Sheet, SheetError, read_sheet, write_sheet
from screening import decisions, retrieval
from screening.criteria import Criteria
from screening.decisions import OPEN, Decision
from screening.progress import Screening, queue, screening
from screening.retrieval import STATES, Retrieval
from screening.rows import read_row

QUEUE_COLUMNS = ("record", "verdict", "reason", "note", "year", "authors", "title", "abstract", "doi")


def apply_decisions(review: Review, path: Path, *, stage: str, by: str, role: str = "reader") -> tuple[int, int]:
    """Add the decisions of a file: (how many were new, how many stood already, so that giving a file twice is harmless).

    Columns: record (an id, FILE#N or doi:10....), verdict; optionally reason, note and one for each criterion
    (yes, no, unclear), from which an empty verdict is worked out. An empty note or criterion cell takes nothing away: what
    the same person saved on the report before goes with the decision. A line without a verdict is left open; its note is kept.
    SheetError where any row is bad; then nothing is applied.
    """
    with review.writing() as connection:
        progress = screening(review, connection)
        said = decisions.last_said(one for one in decisions.history(connection, stage=stage, by=by) if one.role == role)
        sheet = read_sheet(path, required=("record", "verdict"), optional=_columns(progress.criteria, stage))
        made = _decisions(sheet, progress, said, stage, by, role)
        sheet.refuse()
        for decision in made:
            records = [decision.record]
            if decision.verdict != OPEN:
                stood = progress.outcomes[stage][decision.record].decisions
                records = decisions.records_to_decide(decision.record, stood, by=by, role=role)
            if not _stands(decision, progress):
                decisions.add(review, connection, [replace(decision, record=record) for record in records])
    ended = [decision for decision in made if decision.verdict != OPEN]
    new = sum(not _stands(decision, progress) for decision in ended)
    return new, len(ended) - new


def _decisions(sheet: Sheet, progress: Screening, said: Mapping[str, Decision], stage: str, by: str, role: str) -> list[Decision]:
    """What the lines decide; what is wrong with them is noted on the sheet. `said` is what this person last said of each record."""
    cells = ("verdict", "note", *_codes(progress.criteria, stage))
    made: list[Decision] = []
    seen: dict[str, int] = {}
    for line, row in sheet.rows:
        if not any(row.get(cell) for cell in cells):
            continue  # a line of the queue that was left open
        if not (report := _report(sheet, line, row["record"], progress, seen)):
            continue
        blank = Decision(record=report.id, stage=stage, verdict="", by=by, role=role)
        try:
            decision = read_row(row, blank, decisions.newest_on(report.records, said), progress.criteria)
        except ValueError as error:
            sheet.complain(line, str(error))
            continue
        if decision and _may(sheet, line, report, progress, stage, role):
            made.append(decision)
    return made


def _codes(criteria: Criteria, stage: str) -> tuple[str, ...]:
    """The criteria's columns, in capitals or not."""
    return tuple(name for criterion in criteria.at(stage) for name in (criterion.code.lower(), criterion.code))


def _columns(criteria: Criteria, stage: str) -> tuple[str, ...]:
    """The columns that a file of decisions may have."""
    return ("reason", "note", *_codes(criteria, stage), *QUEUE_COLUMNS)


def _report(sheet: Sheet, line: int, handle: str, progress: Screening, seen: dict[str, int]) -> Report | None:
    try:
        report = progress.library.report_of[progress.library.find(handle).id]
    except ReviewError as error:
        sheet.complain(line, str(error))
        return None
    if report.id in seen:
        sheet.complain(line, f"{handle!r} is the same report as line {seen[report.id]}; one line for each report")
        return None
    seen[report.id] = line
    return report


def _may(sheet: Sheet, line: int, report: Report, progress: Screening, stage: str, role: str) -> bool:
    """Whether a report is read at this stage at all, and for a settler, whether there is anything to settle."""
    if report.id not in {read.id for read in progress.read_at(stage)}:
        reasons = {
            "abstract": "this report came by other methods only, and goes straight to full text",
            "fulltext": "this report is not among those assessed at full text: it did not pass title and abstract, or was not retrieved",
        }
        sheet.complain(line, reasons[stage])
        return False
    outcome = progress.outcomes[stage][report.id]
    if role == "settler" and outcome.state != "conflict" and not outcome.settled_by:
        sheet.complain(line, f"nothing to settle: the report is {outcome.state} (read by {', '.join(outcome.readers) or 'nobody'})")
        return False
    return True


def _stands(decision: Decision, progress: Screening) -> bool:
    def said(one: Decision) -> tuple[object, ...]:
        return one.by, one.role, one.verdict, one.reason, one.note, dict(one.answers)

    if decision.record in progress.to_read_again(decision.stage, decision.by, decision.role):
        return False  # said again of what is another text now
    decided = progress.outcomes[decision.stage][decision.record].decisions
    mine = [known for known in decided if known.role == decision.role and (known.by == decision.by or decision.role == "settler")]
    return bool(mine) and all(said(known) == said(decision) for known in mine)


def apply_retrievals(review: Review, path: Path, *, by: str) -> tuple[int, int]:
    """Add retrievals from a file with the columns record, state (retrieved, not_retrieved) and note; like apply_decisions()."""
    with review.writing() as connection:
        progress = screening(review, connection)
        known = retrieval.standing(connection)
        sought = {report.id for report in progress.sought()}
        sheet = read_sheet(path, required=("record", "state"), optional=("note", *_columns(progress.criteria, "fulltext")))
        made: list[Retrieval] = []
        seen: dict[str, int] = {}
        for line, row in sheet.rows:
            if not row["state"]:
                continue
            report = _report(sheet, line, row["record"], progress, seen)
            if report and row["state"] not in STATES:
                sheet.complain(line, f"the state is {row['state']!r}; expected {' or '.join(STATES)}")
            elif report and report.id not in sought:
                sheet.complain(line, "this report is not sought: it did not pass title and abstract (see review status)")
            elif report and (wrong := not_missing(progress, report, row["state"])):
                sheet.complain(line, wrong)
            elif report:
                made.append(Retrieval(record=report.id, state=row["state"], note=row.get("note", ""), by=by))
        sheet.refuse()
        new = [fact for fact in made if not _found_already(fact, progress.library.report_of[fact.record], known)]
        retrieval.add(review, connection, new)
    return len(new), len(made) - len(new)


def not_missing(progress: Screening, report: Report, state: str) -> str:
    """Why a report cannot be called not retrieved; empty where it can. Whoever decided on its full text had it."""
    readers = progress.outcomes["fulltext"][report.id].readers
    if state == "not_retrieved" and readers:
        return f"{' and '.join(readers)} decided on its full text, so it was retrieved; take that decision back first"
    return ""


def _found_already(fact: Retrieval, report: Report, known: dict[str, Retrieval]) -> bool:
    """Whether the newest word on any of the report's records is the same."""
    said = sorted((known[record.id] for record in report.records if record.id in known), key=lambda old: (old.at, old.id))
    return bool(said) and (said[-1].state, said[-1].note) == (fact.state, fact.note)


def write_queue(review: Review, target: Path, *, stage: str, by: str) -> int:
    """Write what waits for a reader as a table to be filled in; how many reports. ReviewError where the file exists already."""
    with review.reading() as connection:
        progress = screening(review, connection)
        said = decisions.last_said(one for one in decisions.history(connection, stage=stage, by=by) if one.role == "reader")
    if target.exists():
        raise ReviewError(
            f"{target} exists already ({_what_it_is(target, _columns(progress.criteria, stage))}), and a queue is never written over a "
            f"file. If it is your filled-in queue, take it in: review screen --as {by} --stage {stage} --from {target}; "
            "else rename it, or give --to another name. Nothing was written."
        )
    waiting = queue(progress, stage=stage, by=by)
    codes = [criterion.code for criterion in progress.criteria.at(stage)]
    write_sheet(target, (*QUEUE_COLUMNS[:4], *codes, *QUEUE_COLUMNS[4:]), queue_rows(waiting, codes, said))
    return len(waiting)


def _what_it_is(target: Path, columns: Sequence[str]) -> str:
    """What stands where a queue should be written, in words."""
    if not target.is_file():
        return "a folder" if target.is_dir() else "no ordinary file"
    if not target.stat().st_size:
        return "an empty file"
    try:
        rows = read_sheet(target, required=("record", "verdict"), optional=columns).rows
    except SheetError:
        return "a file that is no table of decisions"
    return f"a table with {len(rows)} rows, {sum(bool(row['verdict']) for _, row in rows)} of them with a verdict"


def queue_rows(reports: Iterable[Report], codes: Iterable[str], said: Mapping[str, Decision]) -> list[dict[str, str]]:
    """A queue as a table to be filled in and given back with --from: QUEUE_COLUMNS, and one for each criterion (`codes`).

    What the reader answered before, and their note, stand there already (`said`: what they last said of each record).
    """
    rows = []
    for report in reports:
        shown, before = report.shown, decisions.newest_on(report.records, said)
        row = {"record": report.id, "verdict": "", "reason": "", "note": before.note if before else ""}
        row |= {code: before.answers.get(code, "") if before else "" for code in codes}
        row |= {"year": str(shown.year or ""), "authors": "; ".join(shown.authors), "title": shown.title}
        rows.append(row | {"abstract": shown.abstract or "", "doi": shown.doi or ""})
    return rows
