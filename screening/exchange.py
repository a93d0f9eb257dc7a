"""Decisions and retrievals as tables: the queue out, a file of decisions in, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from references.duplicates.merged import Report
from references.review import Review, ReviewError
from references.sheet import Sheet, read_sheet
from screening import decisions, retrieval
from screening.criteria import Criteria
from screening.decisions import VERDICTS, Decision
from screening.progress import Screening, screening
from screening.retrieval import STATES, Retrieval

ANSWERS = ("yes", "no", "unclear")
QUEUE_COLUMNS = ("record", "verdict", "reason", "note", "year", "authors", "title", "abstract", "doi")


def apply_decisions(review: Review, path: Path, *, stage: str, by: str, role: str = "reader") -> tuple[int, int]:
    """Add the decisions of a file: (how many were new, how many stood already, so that giving a file twice is harmless).

    Columns: record (an id, FILE#N or doi:10....), verdict; optionally reason, note and one for each criterion
    (yes, no, unclear), from which an empty verdict is worked out. SheetError where any row is bad; then nothing is applied.
    """
    with review.writing() as connection:
        progress = screening(review, connection)
        codes = [criterion.code for criterion in progress.criteria.at(stage)]
        optional = ("reason", "note", *(code.lower() for code in codes), *codes, *QUEUE_COLUMNS)
        sheet = read_sheet(path, required=("record", "verdict"), optional=optional)
        made: list[Decision] = []
        seen: dict[str, int] = {}
        for line, row in sheet.rows:
            if not row["verdict"] and not any(row.get(code.lower()) or row.get(code) for code in codes):
                continue  # a line of the queue that was left open
            report = _report(sheet, line, row["record"], progress, seen)
            decision = _decision(sheet, line, row, report, progress.criteria, stage, by, role) if report else None
            if decision and report and _may(sheet, line, report, progress, stage, role):
                made.append(decision)
        sheet.refuse()
        new = [decision for decision in made if not _stands(decision, progress)]
        for decision in new:
            stood = progress.outcomes[stage][decision.record].decisions
            records = decisions.records_to_decide(decision.record, stood, by=by, role=role)
            decisions.add(review, connection, [replace(decision, record=record) for record in records])
    return len(new), len(made) - len(new)


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


def _decision(
    sheet: Sheet, line: int, row: dict[str, str], report: Report, criteria: Criteria, stage: str, by: str, role: str
) -> Decision | None:
    codes = [criterion.code for criterion in criteria.at(stage)]
    answers = {code: (row.get(code) or row.get(code.lower()) or "").lower() for code in codes}
    answers = {code: answer for code, answer in answers.items() if answer}
    verdict, reason = row["verdict"].lower(), row.get("reason") or None
    for code, answer in answers.items():
        if answer not in ANSWERS:
            sheet.complain(line, f"{code} is {answer!r}; expected {', '.join(ANSWERS)}")
            return None
    if answers and not verdict:
        try:
            verdict, reason = criteria.verdict(answers, stage)
        except ValueError as error:
            sheet.complain(line, str(error))
            return None
    if wrong := _wrong(verdict, reason, criteria, stage):
        sheet.complain(line, wrong)
        return None
    if wrong := _contradiction(answers, verdict, reason, criteria, stage):
        sheet.complain(line, wrong)
        return None
    note = row.get("note", "")
    return Decision(record=report.id, stage=stage, verdict=verdict, reason=reason, answers=answers, note=note, by=by, role=role)


def _contradiction(answers: dict[str, str], verdict: str, reason: str | None, criteria: Criteria, stage: str) -> str:
    """Why a verdict cannot stand beside these answers; empty where it can. Answers may be incomplete."""
    no = next((criterion for criterion in criteria.at(stage) if answers.get(criterion.code) == "no"), None)
    if no and verdict != "exclude":
        return f"{no.code} is no, but the verdict is {verdict}; the first no excludes"
    if no and reason and reason != no.exclusion:
        return f"the first no is {no.code}, whose reason is {no.exclusion}, but the reason given is {reason}"
    if verdict == "exclude" and not no and len(answers) == len(criteria.at(stage)):
        return "every criterion has an answer and none is no, but the verdict is exclude"
    return ""


def _wrong(verdict: str, reason: str | None, criteria: Criteria, stage: str) -> str:
    reasons = [criterion.exclusion for criterion in criteria.at(stage)]
    if verdict not in VERDICTS:
        return f"the verdict is {verdict!r}; expected {', '.join(VERDICTS)}"
    if verdict != "exclude" and reason:
        return f"a reason ({reason}) beside the verdict {verdict}; only an exclusion has one"
    if verdict == "exclude" and stage == "fulltext" and not reason:
        return "an exclusion at full text needs exactly one reason, and the reason is empty; expected one of " + ", ".join(reasons)
    if reason and reason not in reasons:
        return f"the reason is {reason!r}; expected one of {', '.join(reasons)}"
    return ""


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

    decided = progress.outcomes[decision.stage][decision.record].decisions
    mine = [known for known in decided if known.role == decision.role and (known.by == decision.by or decision.role == "settler")]
    return bool(mine) and all(said(known) == said(decision) for known in mine)


def apply_retrievals(review: Review, path: Path, *, by: str) -> tuple[int, int]:
    """Add retrievals from a file with the columns record, state (retrieved, not_retrieved) and note; like apply_decisions()."""
    with review.writing() as connection:
        progress = screening(review, connection)
        known = retrieval.standing(connection)
        sought = {report.id for report in progress.sought()}
        sheet = read_sheet(path, required=("record", "state"), optional=("note", *QUEUE_COLUMNS))
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


def queue_rows(reports: tuple[Report, ...]) -> list[dict[str, str]]:
    """A queue as a table to be filled in and given back with --from: QUEUE_COLUMNS."""
    return [
        {
            "record": report.id,
            "verdict": "",
            "reason": "",
            "note": "",
            "year": str(report.shown.year or ""),
            "authors": "; ".join(report.shown.authors),
            "title": report.shown.title,
            "abstract": report.shown.abstract or "",
            "doi": report.shown.doi or "",
        }
        for report in reports
    ]
