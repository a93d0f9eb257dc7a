"""Checking a protocol: every section by the room that owns it, all problems at once, each with its line."""

from __future__ import annotations

from datetime import date

from extraction.appraisal import read_appraisal
from extraction.form import Form, read_form
from references.identifiers import clean_doi
from references.plan import read_imports, read_searches
from references.protocol import Problem, Protocol, Section
from references.review import people
from screening.criteria import STAGES, read_criteria
from synthesis.plan import read_plan

REQUIRED = ("review", "people", "screening", "searches", "form", "appraisal", "synthesis")
DESCRIPTIVE = ("question", "framework", "reforms", "sources", "refresh", "open_points")  # prose for people; no room reads them
KNOWN = (*REQUIRED, "imports", "known_reports", *DESCRIPTIVE)


def check(protocol: Protocol) -> list[Problem]:
    """All problems of a protocol, by line; empty where it is sound."""
    problems: list[Problem] = []
    sections = {name: protocol.section(name, problems) for name in REQUIRED}
    sections |= {name: protocol.section(name, problems) for name in ("imports", "known_reports") if name in protocol.data}
    _unknown_sections(protocol, problems)
    _read_review(sections["review"])
    named = people(sections["people"])
    criteria = read_criteria(sections["screening"])
    for stage in STAGES:
        may = sum("screen" in person.may for person in named.values())
        if may < criteria.readers[stage]:
            sections["screening"].complain("readers", f"{stage} needs {criteria.readers[stage]} readers, but [people] lets {may} screen")
    read_searches(sections["searches"])
    form = read_form(sections["form"])
    tools = read_appraisal(sections["appraisal"])
    _known_designs(sections["appraisal"], form, tuple(tools.routes))
    read_plan(sections["synthesis"], form)
    if "imports" in sections:
        read_imports(sections["imports"])
    if "known_reports" in sections:
        _read_known_reports(sections["known_reports"])
    return sorted(set(problems))


def _unknown_sections(protocol: Protocol, problems: list[Problem]) -> None:
    whole = Section(protocol.data, (), protocol.lines, problems, set(KNOWN))
    whole.done()


def _read_review(section: Section) -> None:
    for key in ("title", "version", "objective", "question"):
        section.text(key)
    for key in ("status", "registration"):
        section.text(key, required=False)
    dated = section.text("date")
    try:
        date.fromisoformat(dated)
    except ValueError:
        if dated:
            section.complain("date", f"expected a date, year-month-day, found {dated!r}")
    section.done()


def _known_designs(section: Section, form: Form, routes: tuple[str, ...]) -> None:
    """A route for a design that the form does not offer would never be taken."""
    designs = next((field.options for field in form.fields if field.key == "design"), ())
    for place, design in enumerate(routes):
        if designs and design and design not in designs:
            table = Section({}, ("appraisal", "routes", place), section.lines, section.problems)
            table.complain("design", f"{design!r} is no option of the form's field design; expected one of {', '.join(designs)}")


def _read_known_reports(section: Section) -> None:
    for table in section.sections("list"):
        doi = table.text("doi")
        if doi and clean_doi(doi) != doi.lower():
            table.complain("doi", f"expected a bare DOI such as 10.1136/bmj.n71, found {doi!r}")
        table.text("title")
        table.done()
    section.text("note", required=False)
    section.done()
