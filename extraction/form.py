"""The extraction form: what is asked of each study, and which answers go together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from extraction.fields import MISSING, TYPES, Field, clean_answer, clean_finding, display
from extraction.reforms import Stages, read_stages
from extraction.rules import Rule, read_rule
from references.protocol import Section

__all__ = ["MISSING", "TYPES", "Field", "Form", "FormProblem", "Group", "clean_answer", "clean_finding", "display", "read_form"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Fields that are asked together."""

    key: str  # "A"
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormProblem:
    """Answers of one study that do not go together."""

    field: str  # the answer to look at first
    what: str
    soft: bool  # worth a look rather than wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """All fields in the order they are asked."""

    groups: tuple[Group, ...]
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...]
    stages: Stages | None
    missing: Mapping[str, str]  # {code: what it means}

    def field(self, key: str) -> Field:
        """The field of that key; KeyError naming all keys where there is none."""
        for field in self.fields:
            if field.key == key:
                return field
        raise KeyError(f"the form has no field {key!r}; it has {', '.join(field.key for field in self.fields)}")

    def open_fields(self, values: Mapping[str, Any]) -> tuple[Field, ...]:
        """The required fields that people fill in and nobody answered."""
        return tuple(field for field in self.fields if field.required and not field.filled and field.key not in values)

    def problems(self, values: Mapping[str, Any]) -> list[FormProblem]:
        """The form's rules that these answers ({key: stored value}) break, in the form's order; blanks are open_fields()'."""
        found = [FormProblem(field=rule.about, what=rule.message, soft=rule.query) for rule in self.rules if rule.broken(values)]
        if self.stages and self.stages.disagree(values):
            found.append(FormProblem(field=self.stages.field, what=self.stages.message, soft=True))
        return found


def read_form(section: Section) -> Form:
    """Read [form]."""
    missing = _read_missing(section)
    groups: list[Group] = []
    fields: dict[str, Field] = {}
    for table in section.sections("groups"):
        group = Group(key=table.text("key"), label=table.text("label"))
        if group.key and group.key in {other.key for other in groups}:
            table.complain("key", f"{group.key!r} names two groups; each needs its own key")
        groups.append(group)
        for row in table.sections("fields"):
            field = _read_field(row, group.label)
            if field.key in fields:
                row.complain("key", f"{field.key!r} names two fields; each needs its own key")
            fields[field.key] = field
        table.text("note", required=False)
        table.done()
    if unexplained := [code for code in MISSING if code not in missing and any(code in field.missing for field in fields.values())]:
        section.complain("missing", f"fields allow {', '.join(unexplained)}, which is not explained here")
    rules = tuple(read_rule(table, fields) for table in section.sections("rules", required=False))
    codes = {key: field.codes for key, field in fields.items()}
    stages = read_stages(section.section("stages"), codes) if "stages" in section.data else None
    section.texts("notes", required=False)
    section.done()
    return Form(groups=tuple(groups), fields=tuple(fields.values()), rules=rules, stages=stages, missing=missing)


def _read_missing(section: Section) -> dict[str, str]:
    table = section.section("missing")
    missing = {code: table.text(code) for code in MISSING if code in table.data}
    table.done()
    return missing


def _read_field(table: Section, group: str) -> Field:
    kind = table.choice("type", TYPES)
    coded = kind in ("enum", "multi_enum")
    field = Field(
        key=table.text("key"),
        label=table.text("label"),
        group=group,
        type=kind,
        options=table.texts("options", required=coded),
        missing=table.texts("missing", required=False, options=MISSING),
        required=table.flag("required"),
        help=table.text("help", required=False),
        filled=table.flag("filled"),
    )
    if kind and field.options and not coded:
        table.complain("options", f"are for the types enum and multi_enum, but the type is {kind}")
    for code in field.options:
        if code in MISSING:
            table.complain("options", f"{code} is a missing code; write it under missing")
        if ";" in code:
            table.complain("options", f"{code!r} cannot be an option: a ; stands between codes")
    if "/" in field.key:
        table.complain("key", f"{field.key!r} holds a /, which is kept for the items of appraisal tools")
    table.done()
    return field
