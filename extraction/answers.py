"""Answers: one field of the form for one study by one person, kept for ever; and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from extraction.form import Field, Form
from extraction.tables import answers as table
from references.review import Review

FREE = ("text", "list_text", "quote_list")  # two people never word these alike: shown, not compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One field for one study by one person. `value` as extraction.form.clean_answer() makes it."""

    study: str
    field: str  # a key of the form, or TOOL/ITEM of an appraisal tool
    value: Any
    by: str
    role: str = "extractor"  # or agreed: what the team settled on
    record: str | None = None  # the report it was read in
    note: str = ""
    undoes: str | None = None
    id: str = ""
    at: str = ""
    protocol: str = ""


def add(review: Review, connection: sa.Connection, answers: Iterable[Answer]) -> None:
    """Add answers; they get their id, time and protocol here."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for answer in answers:
        names = ("study", "field", "value", "role", "record", "note", "undoes")
        by_name.setdefault(answer.by, []).append({name: getattr(answer, name) for name in names})
    for name, rows in by_name.items():
        review.add(connection, table, rows, by=name)


def history(connection: sa.Connection, *, study: str | None = None) -> list[Answer]:
    """All answers in the order they were given, those taken back too."""
    query = sa.select(table).order_by(table.c.at, table.c.id)
    if study is not None:
        query = query.where(table.c.study == study)
    return [Answer(**row._mapping) for row in connection.execute(query)]


def standing(answers: Iterable[Answer]) -> list[Answer]:
    """The newest answer of each person and role to each field of each study that was not taken back."""
    found = list(answers)
    undone = {answer.undoes for answer in found if answer.undoes}
    newest: dict[tuple[str, str, str, str], Answer] = {}
    for answer in found:
        if not answer.undoes and answer.id not in undone:
            newest[answer.study, answer.field, answer.by, answer.role] = answer
    return list(newest.values())


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands for one field of one study."""

    state: str  # agreed (settled, or two alike), single (one extractor), worded (free text, each in their words), differ, open
    values: tuple[tuple[str, Any], ...] = ()  # (who, value): one pair, or one for each who differs

    @property
    def value(self) -> Any:
        """The value that stands; None where none does."""
        return self.values[0][1] if len(self.values) == 1 else None


def cell(answers: Sequence[Answer], field: Field | None) -> Cell:
    """What the standing answers to one field of one study come to; `field` is None for an appraisal item."""
    agreed = [answer for answer in answers if answer.role == "agreed"]
    read = [answer for answer in answers if answer.role == "extractor"]
    if agreed:
        last = max(agreed, key=lambda answer: (answer.at, answer.id))
        return Cell("agreed", ((last.by, last.value),))
    if not read:
        return Cell("open")
    if len(read) == 1:
        return Cell("single", ((read[0].by, read[0].value),))
    if all(answer.value == read[0].value for answer in read):
        return Cell("agreed", ((" and ".join(answer.by for answer in read), read[0].value),))
    each = tuple((answer.by, answer.value) for answer in read)
    return Cell("worded" if field and field.type in FREE else "differ", each)


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that stands for one study."""

    study: str
    cells: Mapping[str, Cell]  # by field key or TOOL/ITEM; only those with an answer
    extractors: tuple[str, ...]
    open: tuple[Field, ...]  # required fields that nobody answered

    @property
    def values(self) -> dict[str, Any]:
        """{field: value} where one value stands."""
        return {key: cell.value for key, cell in self.cells.items() if cell.value is not None}

    @property
    def differing(self) -> tuple[str, ...]:
        """The coded fields on which extractors differ and nobody settled."""
        return tuple(key for key, cell in self.cells.items() if cell.state == "differ")

    @property
    def state(self) -> str:
        """waiting (nothing answered), begun, differ, complete."""
        if not self.cells:
            return "waiting"
        if self.differing:
            return "differ"
        return "begun" if self.open else "complete"


def extraction(study: str, answers: Iterable[Answer], form: Form) -> Extraction:
    """Work out what stands for a study from its standing answers."""
    by_field: dict[str, list[Answer]] = {}
    mine = [answer for answer in answers if answer.study == study]
    for answer in mine:
        by_field.setdefault(answer.field, []).append(answer)
    known = {field.key: field for field in form.fields}
    cells = {key: cell(found, known.get(key)) for key, found in by_field.items()}
    answered = {key: entry.values[0][1] for key, entry in cells.items() if entry.values}
    extractors = tuple(dict.fromkeys(answer.by for answer in mine if answer.role == "extractor"))
    return Extraction(study, cells, extractors, form.open_fields(answered))
