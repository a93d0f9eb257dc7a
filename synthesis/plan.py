"""The synthesis plan: the columns of the narrative table, and the order of its rows."""

from __future__ import annotations

from dataclasses import dataclass

from extraction.form import Form
from references.protocol import Section

BUILTINS = ("study", "appraisal", "confidence")  # columns that the program fills in itself, at least in part


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the narrative synthesis table."""

    key: str
    heading: str
    content: str  # what stands in it, in words
    fields: tuple[str, ...]  # keys of the form, in the order they are shown
    builtin: str  # out of BUILTINS, or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the included studies are brought together."""

    columns: tuple[Column, ...]
    order_by: tuple[str, ...]  # keys of the form, by whose options the rows are sorted


def read_plan(section: Section, form: Form) -> Plan:
    """Read [synthesis]; its columns may only name fields that the form has."""
    keys = [field.key for field in form.fields]
    columns: list[Column] = []
    for table in section.sections("columns"):
        column = Column(
            key=table.text("key"),
            heading=table.text("heading"),
            content=table.text("content", required=False),
            fields=table.texts("fields", required=False, options=keys),
            builtin=table.choice("builtin", BUILTINS, required=False),
        )
        if "fields" not in table.data and "builtin" not in table.data:
            table.complain(None, f"needs fields, or builtin as one of {', '.join(BUILTINS)}")
        if column.key and column.key in {other.key for other in columns}:
            table.complain("key", f"{column.key!r} names two columns; each needs its own key")
        table.done()
        columns.append(column)
    order_by = section.texts("order_by", required=False, options=keys)
    for key in ("approach", "theory", "rival", "direction", "certainty"):
        section.text(key, required=False)
    for key in ("grouping", "notes"):
        section.texts(key, required=False)
    section.done()
    return Plan(columns=tuple(columns), order_by=order_by)
