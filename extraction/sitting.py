"""An extractor's sitting: the form's questions one after the other, each answer saved as it is given."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.text import Text

from extraction import answers
from extraction.answers import Answer
from extraction.appraisal import Appraisal, read_appraisal
from extraction.fields import EXPECTED
from extraction.form import Field, Form, clean_answer, clean_finding, display, read_form
from extraction.studies import Studies, Study, included_studies, link_if_new
from references.error import ReviewError
from references.record import citation
from references.review import Review, sound
from references.terminal import packed
from references.visible import visible
from screening.progress import screening

BACK, SKIP, UNDO, HELP, QUIT = "<", "skip", "undo", "?", "q"


class Leave(Exception):
    """The extractor goes; all that was answered is saved."""


class Sitting:
    """One extractor on one study: its own answers only, never those of the other extractor."""

    def __init__(self, review: Review, *, by: str, study: str | None = None) -> None:
        self.review, self.by = review, by
        self.form: Form = sound(review.section("form"), read_form)
        self.tools: Appraisal = sound(review.section("appraisal"), read_appraisal)
        with review.reading() as connection:
            progress = screening(review, connection)
            self.studies: Studies = included_studies(connection, progress)
            mine = [answer for answer in answers.standing(answers.history(connection)) if answer.by == by and answer.role == "extractor"]
        self.left = [one.id for one in self.studies.all if self._open_for(one.id, mine)]
        self.study: Study | None = self.studies.find(study) if study else self._next(mine)
        self.made = [answer for answer in mine if self.study and answer.study == self.study.id]
        self.given = 0
        self.passed: set[str] = set()  # fields left open in this sitting

    def _open_for(self, study: str, mine: list[Answer]) -> bool:
        return bool(self.form.open_fields({answer.field: answer.value for answer in mine if answer.study == study}))

    def _next(self, mine: list[Answer]) -> Study | None:
        """A study that was begun, else the first that waits; None where nothing does."""
        begun = {answer.study for answer in mine}
        ordered = sorted(self.left, key=lambda id: id not in begun)
        return self.studies.by_id[ordered[0]] if ordered else None

    @property
    def values(self) -> dict[str, Any]:
        """{field: value} of this extractor's standing answers."""
        return {answer.field: answer.value for answer in self.made}

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields that people fill in, in the form's order, then the appraisal items that this design asks for."""
        asked = tuple(field for field in self.form.fields if not field.filled)
        return asked + self.tools.fields_for(self.values)

    @property
    def current(self) -> Field | None:
        """The first field without an answer that was not left open in this sitting."""
        return next((field for field in self.fields if field.key not in self.values and field.key not in self.passed), None)

    def findings(self, field: Field) -> list[dict[str, str]]:
        """The findings given so far for a quote list; empty where there are none, or a missing code stands."""
        value = self.values.get(field.key)
        return list(value) if isinstance(value, list) else []

    def answer(self, field: Field, value: Any, note: str = "") -> None:
        """Save an answer; it replaces one of this extractor's, which stays in the history."""
        assert self.study is not None
        with self.review.writing() as connection:
            link_if_new(self.review, connection, self.study, self.by)
            self.study = replace(self.study, linked=True)
            fact = Answer(study=self.study.id, field=field.key, value=value, by=self.by, record=self.study.main.id, note=note)
            answers.add(self.review, connection, [fact])
            mine = [
                one
                for one in answers.standing(answers.history(connection, study=self.study.id))
                if one.by == self.by and one.role == "extractor"
            ]
        self.made = sorted(mine, key=lambda one: (one.at, one.id))
        self.given += 1

    def undo(self) -> Answer | None:
        """Take back the newest answer that stands; an earlier one to the same field stands again."""
        if not self.made:
            return None
        last = self.made[-1]
        with self.review.writing() as connection:
            gone = Answer(study=last.study, field=last.field, value=None, by=self.by, undoes=last.id)
            answers.add(self.review, connection, [gone])
            found = answers.standing(answers.history(connection, study=last.study))
        self.made = sorted((one for one in found if one.by == self.by and one.role == "extractor"), key=lambda one: (one.at, one.id))
        self.passed.discard(last.field)
        return last

    def pick(self, field: Field, text: str) -> Any:
        """What a typed line means for a field: option numbers, codes or text. ValueError says what was expected."""
        if choices := field.choices:
            parts = [part for part in re.split(r"[;,\s]+" if field.type == "multi_enum" else r"[;,]", text) if part.strip()]
            text = ";".join(_choice(part.strip(), choices) for part in parts)
        return clean_answer(field, text)


def _choice(part: str, choices: tuple[str, ...]) -> str:
    if part.isdigit() and 1 <= int(part) <= len(choices):
        return choices[int(part) - 1]
    exact = [choice for choice in choices if choice.lower() == part.lower().replace(" ", "_")]
    starts = [choice for choice in choices if choice.lower().startswith(part.lower())]
    return exact[0] if exact else starts[0] if len(starts) == 1 else part


def converse(sitting: Sitting, console: Console, read: Callable[[str], str] = input) -> None:
    """Ask until the form is filled in or the extractor leaves."""
    if sitting.study is None:
        raise ReviewError(f"No study waits for {sitting.by}: see `review status`, or name one with --study.")
    _introduce(sitting, console)
    group = ""
    try:
        while field := sitting.current:
            if field.group != group:
                group = field.group
                console.rule(Text(group, style="bold"), align="left", style="dim")
            _ask(sitting, field, console, read)
    except (Leave, EOFError, KeyboardInterrupt):
        console.print()
    _farewell(sitting, console)


def _introduce(sitting: Sitting, console: Console) -> None:
    assert sitting.study is not None
    console.print(Text(f"{sitting.study.id} · {sitting.by} · {len(sitting.left)} studies to do", style="bold"))
    for report in sitting.study.reports:
        console.print(Text(visible(citation(report.shown)), style="dim"))
    if abstract := sitting.study.main.shown.abstract:
        console.print(Text(visible(abstract)))
    console.print(
        Text(
            f"\nAnswer by number, code or text. {HELP} explains, {SKIP} leaves open, {BACK} or {UNDO} takes the last back, {QUIT} leaves.",
            "dim",
        )
    )


def _ask(sitting: Sitting, field: Field, console: Console, read: Callable[[str], str]) -> None:
    required = "" if field.required else " (optional)"
    console.print(Text(f"\n{field.label}{required}", style="bold").append(f"  {field.help}", style="not bold dim"))
    if field.choices:
        console.print(packed(Text(f"{number} {choice}") for number, choice in enumerate(field.choices, 1)))
    elif field.missing:
        codes = "; ".join(f"{code} {sitting.form.missing[code]}" for code in field.missing)
        console.print(Text(f"{EXPECTED[field.type]}, or a code: {codes}"))
    if field.type == "quote_list":
        _ask_findings(sitting, field, console, read)
        return
    text = _line(sitting, field, console, read, f"{field.key}> ")
    if text is None:
        return
    try:
        sitting.answer(field, sitting.pick(field, text))
    except ValueError as error:
        console.print(Text(f"Not saved: {error}", style="red"))
        return
    _warn(sitting, field, console)


def _line(
    sitting: Sitting, field: Field, console: Console, read: Callable[[str], str], prompt: str, *, leave_open: bool = True
) -> str | None:
    """One line; None where it was a command that has been carried out. `leave_open`: an empty line leaves the field open."""
    text = read(prompt).strip()
    if text == QUIT:
        raise Leave
    if text in (BACK, UNDO):
        gone = sitting.undo()
        console.print(Text(f"Took back {gone.field}." if gone else "There is no answer of yours to take back.", style="bold"))
        return None
    if text in ("", SKIP) and not leave_open:
        return None
    if text in ("", SKIP):
        sitting.passed.add(field.key)
        console.print(Text("Left open.", style="dim"))
        return None
    if text == HELP:
        console.print(Text(_explain(sitting.form, field)))
        return None
    return text


def _ask_findings(sitting: Sitting, field: Field, console: Console, read: Callable[[str], str]) -> None:
    """Findings until an empty line, each saved as it is given: in our words, a quotation if wanted, and where it stands."""
    while True:
        found = sitting.findings(field)
        again = (
            f"finding {len(found) + 1} in your words (Enter: no more)"
            if found
            else "first finding" + (", or a code" if field.missing else "")
        )
        text = _line(sitting, field, console, read, f"{field.key}, {again}> ", leave_open=not found)
        if text is None:
            return
        try:
            if text.upper() in field.missing and found:
                raise ValueError(f"{text.upper()} stands alone, and {field.key} has a finding already; {BACK} takes that back")
            if text.upper() in field.missing:
                sitting.answer(field, clean_answer(field, text))
                return
            quote = read("  quotation, as printed (Enter: none)> ").strip()
            place = read("  page or other place> ").strip()
            sitting.answer(field, [*found, clean_finding(text, quote, place)])
        except ValueError as error:
            console.print(Text(f"Not saved: {error}", style="red"))


def _explain(form: Form, field: Field) -> str:
    kinds = {
        "text": "text",
        "integer": "a whole number",
        "date": "a date, year-month-day",
        "date_partial": "a year, or year-month",
        "boolean": "yes or no",
        "enum": "one of the options",
        "multi_enum": "one or more of the options, by number or code, with commas between",
        "list_text": "texts with ; between",
        "quote_list": "findings, each with a place",
    }
    codes = "".join(f"\n  {code}: {form.missing.get(code, code)}" for code in field.missing)
    return f"{field.key}: {kinds[field.type]}. {field.help}{codes}"


def _warn(sitting: Sitting, field: Field, console: Console) -> None:
    """The form's rules that this answer touches: said at once, so that it can be put right while the report is open."""
    for problem in sitting.form.problems(sitting.values):
        if problem.field == field.key or field.key in problem.what:
            console.print(Text(f"Check: {problem.what}", style="yellow"))


def _farewell(sitting: Sitting, console: Console) -> None:
    assert sitting.study is not None
    still = sitting.form.open_fields(sitting.values)
    console.print(Text(f"{sitting.study.id}: {sitting.given} answers given, all saved; {len(still)} required fields open.", style="bold"))
    for problem in sitting.form.problems(sitting.values):
        console.print(Text(f"Check: {problem.what}", style="yellow"))
    if still:
        console.print(Text(f"Open: {', '.join(field.key for field in still)}"))
        console.print(Text(f"Go on with: review extract --as {sitting.by} --study {sitting.study.id}"))


def answered(sitting: Sitting) -> list[tuple[str, str]]:
    """(label, answer in words) of what this extractor has given, in the form's order."""
    return [(field.label, display(field, sitting.values[field.key])) for field in sitting.fields if field.key in sitting.values]
