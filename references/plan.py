"""The protocol's plan for finding records: its search lines, and what its import files are called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from references.protocol import Section

SOURCES = ("europepmc", "openalex", "pubmed", "crossref")
KINDS = ("database", "register", "website", "organisation", "citation", "other")  # as PRISMA 2020's boxes
QUERY_PLACES = ("from", "to")
REFRESH_PLACES = ("since", "today")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchLine:
    """One query at one source, as the protocol has it; {from}, {to}, {since} and {today} stand for the window."""

    name: str
    source: str
    query: str
    refresh: str | None = None  # what later runs ask; None: the query again
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPlan:
    """All search lines, and the window they look through."""

    start: str  # ISO date: nothing published before is looked for
    overlap_days: int  # how far a refresh reaches back behind the last complete run
    lines: tuple[SearchLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRule:
    """What PRISMA is to call the files whose names match a pattern."""

    pattern: str  # as a shell's: "embase*.ris"
    name: str
    platform: str
    kind: str  # out of KINDS


def read_searches(section: Section) -> SearchPlan:
    """Read [searches]."""
    start = section.text("from", default="1900-01-01")
    try:
        date.fromisoformat(start)
    except ValueError:
        section.complain("from", f"expected a date, year-month-day, found {start!r}")
    overlap = section.number("overlap_days", default=60)
    lines: list[SearchLine] = []
    for table in section.sections("lines"):
        line = _read_line(table)
        if line.name and line.name in {other.name for other in lines}:
            table.complain("name", f"{line.name!r} names two search lines; each needs its own name")
        lines.append(line)
    return SearchPlan(start=start, overlap_days=overlap, lines=tuple(lines))


def _read_line(table: Section) -> SearchLine:
    line = SearchLine(
        name=table.text("name"),
        source=table.choice("source", SOURCES),
        query=_query(table, "query", QUERY_PLACES, required=True),
        refresh=_query(table, "refresh", REFRESH_PLACES, required=False) or None,
        note=table.text("note", required=False),
    )
    table.done()
    return line


def _query(table: Section, key: str, places: tuple[str, ...], *, required: bool) -> str:
    query = " ".join(table.text(key, required=required).split())
    for place in re.findall(r"\{(\w*)\}", query):
        if place not in places:
            table.complain(key, f"{{{place}}} is no place for a date here; expected {', '.join(f'{{{name}}}' for name in places)}")
    return query


def read_imports(section: Section) -> tuple[ImportRule, ...]:
    """Read [imports]."""
    rules: list[ImportRule] = []
    for table in section.sections("files", required=False):
        rule = ImportRule(
            pattern=table.text("pattern"),
            name=table.text("name"),
            platform=table.text("platform", required=False),
            kind=table.choice("kind", KINDS, default="database"),
        )
        table.done()
        if rule.pattern in {other.pattern for other in rules}:
            table.complain("pattern", f"{rule.pattern!r} stands twice; the second would never be used")
        rules.append(rule)
    section.done()
    return tuple(rules)


def rule_for(rules: tuple[ImportRule, ...], filename: str) -> ImportRule | None:
    """The first rule whose pattern a file's name matches, capitals or not."""
    return next((rule for rule in rules if fnmatchcase(filename.lower(), rule.pattern.lower())), None)
