"""Checking a protocol: every section by the room that owns it, all problems at once, each with its line."""

from __future__ import annotations

from extraction.appraisal import ANY, Appraisal, read_appraisal
from extraction.form import Form, read_form
from flows.descriptions import READERS, read_review
from references.plan import read_duplicates, read_imports, read_searches
from references.protocol import Problem, Protocol, Section
from references.review import Person, people
from screening.criteria import STAGES, Criteria, read_criteria
from synthesis.plan import read_plan

REQUIRED = ("review", "people", "screening", "searches", "form", "appraisal", "synthesis")
KNOWN = (*REQUIRED, "imports", "duplicates", *READERS)  # those that are not required are read where they are there


def check(protocol: Protocol) -> list[Problem]:
    """All problems of a protocol, by line; empty where it is sound."""
    problems: list[Problem] = []
    sections = {name: protocol.section(name, problems) for name in KNOWN if name in REQUIRED or name in protocol.data}
    Section(protocol.data, (), protocol.lines, problems, set(KNOWN), protocol).done()
    read_review(sections["review"])
    named, criteria = people(sections["people"]), read_criteria(sections["screening"])
    _enough_people(sections["screening"], sections["people"], named, criteria)
    read_searches(sections["searches"])
    form, tools = read_form(sections["form"]), read_appraisal(sections["appraisal"])
    _known_designs(sections["appraisal"], form)
    _known_grey(sections["appraisal"], form, tools)
    read_plan(sections["synthesis"], form)
    if "imports" in sections:
        read_imports(sections["imports"])
    if "duplicates" in sections:
        read_duplicates(sections["duplicates"])
    for name, read in READERS.items():
        if name in sections:
            read(sections[name], form)
    return sorted(set(problems))  # a section that another one speaks of was read twice


def _enough_people(screening: Section, section: Section, named: dict[str, Person], criteria: Criteria) -> None:
    """More readers than people who may screen would leave every report waiting; so would nobody to settle conflicts."""
    may = {task: [name for name, person in named.items() if task in person.may] for task in ("screen", "settle", "extract")}
    readers = screening.section("readers", required=False)
    for stage in STAGES:
        wanted = criteria.readers[stage]
        if named and wanted > len(may["screen"]):
            whom = ", ".join(may["screen"]) or "nobody"
            readers.complain(stage, f"expected at most as many readers as [people] lets screen ({whom}), found {wanted}")
    if named and not may["settle"]:  # one reader may be unsure of a full text, or have decided on two records that are one report
        section.complain(None, 'lets nobody settle conflicts between readers; write may = ["settle"] for one')
    if named and not may["extract"]:
        section.complain(None, 'lets nobody extract; write may = ["extract"] for one')


def _known_designs(section: Section, form: Form) -> None:
    """A design that the form does not offer would never be appraised."""
    designs = next((field.options for field in form.fields if field.key == "design"), ())
    tables = [(table, key) for table in section.sections("routes", required=False) for key in ("design", "strands", "instead")]
    tables += [(item, "designs") for tool in section.sections("tools", required=False) for item in tool.sections("items", required=False)]
    for table, key in tables:
        value = table.data.get(key, [])
        for design in value if isinstance(value, list) else [value]:
            if designs and isinstance(design, str) and design not in (*designs, ANY):
                table.complain(key, f"{design!r} is no option of the form's field design; expected one of {', '.join(designs)}")


def _known_grey(section: Section, form: Form, tools: Appraisal) -> None:
    if tools.grey is None or not tools.grey.when:
        return
    table = section.section("grey")
    field = next((field for field in form.fields if field.key == tools.grey.when), None)
    if field is None:
        table.complain("when", f"the form has no field {tools.grey.when!r}")
        return
    offered = (*field.codes, "yes", "no") if field.type == "boolean" else field.codes
    if strange := [value for value in tools.grey.values if value not in offered]:
        table.complain("is", f"{', '.join(strange)} is no answer to {field.key}; expected one of {', '.join(offered) or 'no codes'}")
