"""The sections of a protocol that are prose for people: no room works with them, but a slip in them is found all the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date

from extraction.form import Form
from extraction.reforms import read_reforms
from references.known_reports import read_known_reports
from references.protocol import Section


def read_review(section: Section) -> None:
    """[review]: what the review is and how far it has come."""
    for key in ("title", "version", "objective", "question"):
        section.text(key)
    for key in ("status", "registration", "lens"):
        section.text(key, required=False)
    for key in ("not_done", "amendments"):
        section.texts(key, required=False)
    dated = section.text("date")
    try:
        if dated and (not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", dated) or not date.fromisoformat(dated)):
            section.complain("date", f"expected a date, year-month-day, found {dated!r}")
    except ValueError as error:
        section.complain("date", f"{dated!r} is no date: {error}")
    section.done()


def read_question(section: Section, form: Form) -> None:
    """[question]: sub-questions, each with the groups of the form that answer it; a theory and its rival."""
    for key in ("theory", "rival"):
        section.text(key, required=False)
    seen: set[str] = set()
    for table in section.sections("sub"):
        _once(table, "id", seen)
        table.text("text")
        _groups(table, form)
        table.done()
    section.done()


def read_framework(section: Section, form: Form) -> None:
    """[framework]: the one chosen, why, its slots, those considered, and others in the literature."""
    section.text("name")
    section.text("why", required=False)
    _prose(section, "considered", ("name", "fit"))
    _prose(section, "literature", ("source", "offers", "meets", "leaves_open"))
    seen: set[str] = set()
    for table in section.sections("slots", required=False):
        _once(table, "name", seen)
        table.text("here")
        _groups(table, form)
        table.done()
    section.done()


def read_sources(section: Section) -> None:
    """[sources]: where evidence is looked for, kind by kind."""
    seen: set[str] = set()
    for table in section.sections("list"):
        _once(table, "kind", seen)
        table.texts("names")
        table.done()
    section.text("note", required=False)
    section.done()


def read_refresh(section: Section) -> None:
    """[refresh]: what is done again, how often, over which window."""
    _prose(section, "plan", ("what", "how_often"), optional=("window",))
    section.texts("rules", required=False)
    section.done()


def read_list(section: Section) -> None:
    """[open_points] and [provenance]: sentences, one after the other."""
    section.texts("list")
    section.done()


READERS: dict[str, Callable[[Section, Form], object]] = {
    "question": read_question,
    "framework": read_framework,
    "reforms": lambda section, form: read_reforms(section),
    "sources": lambda section, form: read_sources(section),
    "refresh": lambda section, form: read_refresh(section),
    "known_reports": lambda section, form: read_known_reports(section),
    "open_points": lambda section, form: read_list(section),
    "provenance": lambda section, form: read_list(section),
}


def _once(table: Section, key: str, seen: set[str]) -> None:
    value = table.text(key)
    if value and value in seen:
        table.complain(key, f"{value!r} stands twice")
    seen.add(value)


def _groups(table: Section, form: Form) -> None:
    if "groups" in table.data:
        table.texts("groups", options=[group.key for group in form.groups])


def _prose(section: Section, key: str, names: Iterable[str], optional: Iterable[str] = ()) -> None:
    for table in section.sections(key, required=False):
        for name in names:
            table.text(name)
        for name in optional:
            table.text(name, required=False)
        table.done()
