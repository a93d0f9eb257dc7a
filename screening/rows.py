"""One line of a file of decisions: what it says, beside what the same person had saved on the report before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from references.sheet import guarded
from screening.criteria import ANSWERS, Criteria
from screening.decisions import OPEN, VERDICTS, Decision


def read_row(row: Mapping[str, str], blank: Decision, before: Decision | None, criteria: Criteria) -> Decision | None:
    """The decision that a line makes; None where the line was left open and says nothing new.

    `blank` names the report, the stage and the person; `before` is what they last said of the report. An empty cell takes
    nothing of that away. A new note without a verdict is kept as an open decision. ValueError says what is wrong.
    """
    verdict, reason, note = row["verdict"].lower(), row.get("reason") or None, row.get("note", "")
    given, saved = _given(row, criteria, blank.stage), dict(before.answers) if before else {}
    noted = before.note if before else ""
    if note in ("", guarded(noted)):  # a queue that was written out guards its cells
        note = noted
    if not verdict and given.items() <= saved.items() and (before is None or before.verdict == OPEN):
        return replace(blank, verdict=OPEN, answers=saved, note=note) if note != noted else None
    if not verdict and not given:
        return None
    answers = {**_kept(saved, verdict, reason, criteria, blank.stage), **given}
    if not verdict:
        verdict, reason = criteria.verdict(answers, blank.stage)
    if wrong := _wrong(verdict, reason, criteria, blank.stage) or _contradiction(answers, verdict, reason, criteria, blank.stage):
        raise ValueError(wrong)
    return replace(blank, verdict=verdict, reason=reason, answers=answers, note=note)


def _given(row: Mapping[str, str], criteria: Criteria, stage: str) -> dict[str, str]:
    """The answers in the line's own cells."""
    codes = [criterion.code for criterion in criteria.at(stage)]
    cells = {code: (row.get(code) or row.get(code.lower()) or "").lower() for code in codes}
    for code, answer in cells.items():
        if answer and answer not in ANSWERS:
            raise ValueError(f"{code} is {answer!r}; expected {', '.join(ANSWERS)}")
    return {code: answer for code, answer in cells.items() if answer}


def _kept(saved: Mapping[str, str], verdict: str, reason: str | None, criteria: Criteria, stage: str) -> dict[str, str]:
    """The answers saved before that the line's verdict leaves standing: the newer word wins where both cannot be true.

    Nobody includes beside a no; and where a reason is given, its criterion is the first that is answered with no.
    """
    asked = {criterion.code: criterion.exclusion for criterion in criteria.at(stage)}
    kept = {code: saved[code] for code in asked if code in saved}
    if not verdict or (verdict == "exclude" and reason not in asked.values()):
        return kept
    if verdict != "exclude":
        return {code: answer for code, answer in kept.items() if answer != "no"}
    codes = list(asked)
    first = list(asked.values()).index(str(reason))
    before, after = codes[:first], codes[first + 1 :]
    return {code: answer for code, answer in kept.items() if code in after or (code in before) == (answer != "no")}


def _contradiction(answers: Mapping[str, str], verdict: str, reason: str | None, criteria: Criteria, stage: str) -> str:
    """Why a verdict cannot stand beside these answers; empty where it can. Answers may be incomplete."""
    no = next((criterion for criterion in criteria.at(stage) if answers.get(criterion.code) == "no"), None)
    if no and verdict != "exclude":
        return f"{no.code} is no, but the verdict is {verdict}; the first no excludes"
    if no and reason and reason != no.exclusion:
        return f"the first no is {no.code}, whose reason is {no.exclusion}, but the reason given is {reason}"
    own = next((criterion.code for criterion in criteria.at(stage) if criterion.exclusion == reason), "")
    if answers.get(own, "no") != "no":
        return f"{own} is {answers[own]}, but the reason given is {reason}, which says no to it; answer it with no or leave it empty"
    if verdict == "exclude" and not no and len(answers) == len(criteria.at(stage)):
        return (
            "every criterion has an answer and none is no, but the verdict is exclude; give the reason, or no under its criterion "
            "(an answer that you gave before counts where the cell is empty)"
        )
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
