"""The narrative synthesis table: one row for each included study, one cell for each column of the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from extraction.answers import Answer, Extraction, extraction, standing
from extraction.appraisal import Appraisal, summary
from extraction.form import Field, Form, display
from extraction.studies import Studies, Study
from references.duplicates.merged import Report
from references.record import surname
from synthesis.plan import Column, Plan
from synthesis.render import Heading, Table

Notices = Callable[[Report], Iterable[str]]  # "RETRACTED, according to Crossref"
OPEN = "[not answered yet]"
UNSETTLED = "[not agreed]"


def _none(report: Report) -> Iterable[str]:
    return ()


def narrative_table(
    plan: Plan, form: Form, tools: Appraisal, studies: Studies, answers: Sequence[Answer], notices: Notices = _none
) -> Table:
    """The table of the protocol's synthesis plan: all included studies, those without answers too.

    `notices` tells of retractions and corrections of a report. Studies stand in the plan's order. A cell that extractors
    filled in differently says so instead of choosing.
    """
    stood = standing(answers)
    done = {study.id: extraction(study.id, stood, form) for study in studies.all}
    ordered = sorted(studies.all, key=lambda study: _order(plan, form, done[study.id], study))
    rows = tuple(tuple(_cell(column, form, tools, study, done[study.id], notices) for column in plan.columns) for study in ordered)
    headings = tuple(Heading(column.key, column.heading) for column in plan.columns)
    return Table(
        key="narrative_table", title="Narrative synthesis table", columns=headings, rows=rows, notes=_notes(form, done), labelled=True
    )


def _order(plan: Plan, form: Form, extracted: Extraction, study: Study) -> tuple[Any, ...]:
    """Where a study stands: by the places of its codes in the form's options, unanswered ones last, then by id."""
    places = []
    for key in plan.order_by:
        options, value = form.field(key).options, extracted.values.get(key)
        codes = value if isinstance(value, list) else [value]
        places.append(min((options.index(code) for code in codes if code in options), default=len(options)))
    return (*places, study.id)


def _cell(column: Column, form: Form, tools: Appraisal, study: Study, extracted: Extraction, notices: Notices) -> str:
    if column.builtin == "study":
        return _study(study, form, extracted, notices)
    if column.builtin == "appraisal":
        return _appraisal(tools, extracted)
    lines = [_line(form.field(key), extracted, label=len(column.fields) > 1) for key in column.fields]
    if column.builtin == "confidence":
        lines += _basis(form, extracted)
    return "\n".join(line for line in lines if line)


def _line(field: Field, extracted: Extraction, *, label: bool) -> str:
    cell = extracted.cells.get(field.key)
    if cell is None or cell.state == "open":
        text = OPEN if field.required else ""
    elif len(cell.values) == 1:
        text = display(field, cell.values[0][1])
    else:
        said = " / ".join(f"{by}: {display(field, value)}" for by, value in cell.values)
        text = f"{UNSETTLED} {said}" if cell.state == "differ" else said
    return f"{field.label}: {text}" if label and text else text


def short_citation(study: Study) -> str:
    """ "Huby, Cook and Kirchhoff 2018" for a study's main report."""
    shown = study.main.shown
    names = [surname(author) for author in shown.authors]
    by = f"{names[0]} et al." if len(names) > 3 else " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
    return f"{by or shown.publisher or shown.title} {shown.year or 'n.d.'}"


def _study(study: Study, form: Form, extracted: Extraction, notices: Notices) -> str:
    count = f"{len(study.reports)} report{'s' if len(study.reports) > 1 else ''}"
    read = extracted.values.get("read_from")
    lines = [short_citation(study), f"{study.id}; {count}"]
    if isinstance(read, str):
        lines.append(f"read from: {display(form.field('read_from'), read)}")
    lines += dict.fromkeys(notice for report in study.reports for notice in notices(report))
    return "\n".join(lines)


def _appraisal(tools: Appraisal, extracted: Extraction) -> str:
    """Items met of items asked, tool by tool, and the weak ones in words; never a score."""
    lines = []
    for tool in tools.tools:
        given = {key.partition("/")[2]: cell for key, cell in extracted.cells.items() if key.startswith(f"{tool.key}/")}
        asked = [item for one, item in tools.items_of(extracted.values) if one.key == tool.key]
        if given:
            differ = [item for item, cell in given.items() if cell.state == "differ"]
            answered = {item: cell.value for item, cell in given.items() if isinstance(cell.value, str)}
            lines.append(summary(tool, answered, asked))
            lines += [f"{UNSETTLED} {', '.join(differ)}"] if differ else []
    return "\n".join(lines) or "not appraised yet"


def _basis(form: Form, extracted: Extraction) -> list[str]:
    """What the reader of a row must know: read from what, and by how many."""
    said = []
    read = extracted.values.get("read_from")
    if isinstance(read, str) and read != "full_text":
        said.append(f"read from: {display(form.field('read_from'), read)}")
    if len(extracted.extractors) == 1:
        said.append("one extractor")
    if extracted.state in ("waiting", "begun"):
        said.append("extraction not finished")
    return said


def _notes(form: Form, done: dict[str, Extraction]) -> tuple[str, ...]:
    codes = "; ".join(f"{code}: {meaning}" for code, meaning in form.missing.items())
    notes = [codes, f"{OPEN}: a required field without an answer.", f"{UNSETTLED}: extractors differ and nobody settled it yet."]
    if abstract := [id for id, extracted in done.items() if extracted.values.get("read_from") not in (None, "full_text")]:
        notes.append(
            f"{len(abstract)} of {len(done)} studies were read from the abstract or a summary only: there NR means not in what was read."
        )
    return tuple(notes)
