"""Answers as tables: a file of answers in, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from extraction import answers
from extraction.answers import Answer, extraction
from extraction.appraisal import Appraisal, read_appraisal
from extraction.form import Field, Form, clean_answer, clean_finding, read_form
from extraction.studies import Studies, included_studies, link_if_new
from references.error import ReviewError
from references.review import Review, sound
from references.sheet import Sheet, read_sheet
from screening.progress import Screening, screening

COLUMNS = ("value", "finding", "quote", "place", "note")


@dataclass(slots=True)
class Applied:
    """What a file of answers came to."""

    new: int = 0
    stood: int = 0
    studies: tuple[str, ...] = ()
    queries: list[str] = field(default_factory=list)  # soft rules: worth a look, not refused


def apply_answers(review: Review, path: Path, *, by: str, role: str = "extractor") -> Applied:
    """Add the answers of a file with the columns study, field, value, finding, quote, place, note.

    A field of several findings has a row for each. SheetError where any row is bad or a study's answers break
    a rule of the form; then nothing is applied. Rows that stand already are left alone.
    """
    form = sound(review.section("form"), read_form)
    tools = sound(review.section("appraisal"), read_appraisal)
    with review.writing() as connection:
        known = included_studies(connection, screening(review, connection))
        stood = answers.standing(answers.history(connection))
        sheet = read_sheet(path, required=("study", "field"), optional=COLUMNS)
        made = _answers(sheet, form, tools, known, by, role)
        applied = Applied(studies=tuple(dict.fromkeys(answer.study for _, answer in made)))
        _check_rules(sheet, form, tools, made, stood, by, role, applied)
        sheet.refuse()
        old = {(a.study, a.field, a.by, a.role): (a.value, a.note) for a in stood}
        new = [a for _, a in made if old.get((a.study, a.field, a.by, a.role)) != (a.value, a.note)]
        for study in dict.fromkeys(answer.study for answer in new):
            link_if_new(review, connection, known.by_id[study], by)
        answers.add(review, connection, new)
        applied.new, applied.stood = len(new), len(made) - len(new)
    return applied


def _answers(sheet: Sheet, form: Form, tools: Appraisal, known: Studies, by: str, role: str) -> list[tuple[int, Answer]]:
    """The answers of a sheet with the line of each; findings of one field are gathered into one answer."""
    made: dict[tuple[str, str], tuple[int, Answer]] = {}
    fields = {field.key: field for field in form.fields}
    for line, row in sheet.rows:
        study, key, note = row["study"], row["field"], row.get("note", "")
        try:
            record = known.find(study).main.id
            value = _value(row, key, fields, tools)
        except (ReviewError, ValueError) as error:
            sheet.complain(line, str(error))
            continue
        first, earlier = made.get((study, key), (line, None))
        if earlier and _is_findings(value) and _is_findings(earlier.value):
            value = [*earlier.value, *value]
            note = "; ".join(filter(None, [earlier.note, note]))
        elif earlier:
            sheet.complain(line, f"{key} of {study} stands on line {first} already")
            continue
        made[study, key] = first, Answer(study=study, field=key, value=value, by=by, role=role, record=record, note=note)
    return list(made.values())


def _is_findings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _value(row: dict[str, str], key: str, fields: dict[str, Field], tools: Appraisal) -> Any:
    """What a row says, as it is stored; ValueError in words."""
    if "/" in key:
        return tools.clean(key, row.get("value", ""))
    if key not in fields:
        raise ValueError(f"the form has no field {key!r}")
    if fields[key].filled:
        raise ValueError(f"{key} is filled in by the program; leave it out")
    finding, quote, place = (row.get(name, "") for name in ("finding", "quote", "place"))
    if fields[key].type == "quote_list" and (finding or quote):
        return [clean_finding(finding, quote, place)]
    if finding or quote or place:
        said = "put the answer under value; finding, quote and place are for quote lists, and a place goes into note here"
        raise ValueError(f"{key} is of type {fields[key].type}: {said}")
    return clean_answer(fields[key], row.get("value", ""))


def _check_rules(
    sheet: Sheet, form: Form, tools: Appraisal, made: list[tuple[int, Answer]], stood: list[Answer], by: str, role: str, applied: Applied
) -> None:
    """The form's rules over each study, as it would stand for this person with the file applied."""
    for study in applied.studies:
        mine = [a for a in stood if a.study == study and (a.by == by or role == "agreed") and a.role in (role, "extractor")]
        before = {a.field: a.value for a in mine}
        lines = {answer.field: line for line, answer in made if answer.study == study}
        values = before | {answer.field: answer.value for _, answer in made if answer.study == study}
        for problem in [problem for problem in form.problems(values) if problem not in form.problems(before)]:
            said = f"{study}: {problem.what}"
            if problem.soft:
                applied.queries.append(said)
            else:
                sheet.complain(lines.get(problem.field, min(lines.values())), said)
        for key, line in lines.items():
            if "/" in key and (wrong := tools.wrong(key, values)):
                sheet.complain(line, f"{study}: {wrong}")


def open_work(review: Review, connection: sa.Connection, progress: Screening | None = None) -> list[answers.Extraction]:
    """Every included study with what stands for it, in the order of their ids; `progress` where it was worked out already."""
    form = sound(review.section("form"), read_form)
    known = included_studies(connection, progress or screening(review, connection))
    stood = answers.standing(answers.history(connection))
    return [extraction(study.id, stood, form) for study in known.all]
