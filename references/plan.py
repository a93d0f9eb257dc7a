"""The protocol's plan for finding records: its search lines, and what its import files are called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import TypeVar

from references.error import ReviewError
from references.protocol import Section
from references.sources import LIVE
from references.sources.source import Question

T = TypeVar("T")

SOURCES = tuple(LIVE)
KINDS = ("database", "register", "website", "organisation", "citation", "other")  # as PRISMA 2020's boxes
DATABASE_KINDS = ("database", "register")  # PRISMA's first column; every other kind is "other methods"
LONGEST_NAME = 100  # characters of a search line's
QUERY_PLACES = ("from", "to")
REFRESH_PLACES = ("since", "today")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchLine:
    """One query at one source, as the protocol has it; {from}, {to}, {since} and {today} stand for the window."""

    name: str
    source: str
    query: str  # with the line's terms put in
    refresh: str | None = None  # what later runs ask; None: the query again
    overlap_days: int | None = None  # how far its refreshes reach back, where not as the plan says
    note: str = ""
    purpose: str = "search"  # check: looks up what is here; its records are no records of the review. citations: from what is included


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Words for one concept, from which people build the queries; no program puts them together."""

    block: str  # "A"
    name: str
    terms: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationPlan:
    """How citation searching goes: nowhere, where no direction is given."""

    directions: tuple[str, ...] = ()  # backward: what the seed references cite; forward: what cites them
    background: bool = False  # whether reports excluded by a criterion with background = true are seed references too


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPlan:
    """All search lines, and the window they look through."""

    start: str  # ISO date: nothing published before is looked for
    overlap_days: int  # how far a refresh reaches back behind the last complete run
    lines: tuple[SearchLine, ...]
    blocks: tuple[Block, ...] = ()
    citations: CitationPlan = CitationPlan()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRule:
    """What PRISMA is to call the files whose names match a pattern."""

    pattern: str  # as a shell's: "embase*.ris"
    name: str
    platform: str
    kind: str  # out of KINDS
    screen: bool = False  # whether its records, of another method, are read at title and abstract before their reports are sought
    accept_counts: str = ""  # why the records are all there although starts, ends and titles are not equally many


def read_searches(section: Section) -> SearchPlan:
    """Read [searches]."""
    plan = SearchPlan(
        start=_date(section, "from"),
        overlap_days=section.number("overlap_days", default=60),
        lines=tuple(_once("name", section.sections("lines"), _read_line)),
        blocks=tuple(_once("block", section.sections("blocks", required=False), _read_block)),
        citations=_read_citations(section.section("citations", required=False)),
    )
    section.text("logic", required=False)
    for key in ("limits", "log"):
        section.texts(key, required=False)
    for table in section.sections("facts", required=False):
        for key in ("source", "facts", "consequence"):
            table.text(key)
        table.done()
    section.done()
    return plan


def _read_citations(section: Section) -> CitationPlan:
    seeds = section.texts("seeds", required=False, options=("included", "background"))
    plan = CitationPlan(
        directions=section.texts("directions", required=False, options=("backward", "forward")), background="background" in seeds
    )
    if seeds and "included" not in seeds:
        section.complain("seeds", "expected included among them; background reports may only be added to these")
    section.done()
    return plan


def _date(section: Section, key: str) -> str:
    text = section.text(key)
    if text and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        section.complain(key, f"expected a date, year-month-day, found {text!r}")
        return ""
    try:
        date.fromisoformat(text or "1900-01-01")
    except ValueError as error:
        section.complain(key, f"{text!r} is no date: {error}")
    return text


def _once(key: str, tables: Iterable[Section], read: Callable[[Section], T]) -> Iterator[T]:
    """Read tables of which each needs its own `key`."""
    seen: set[str] = set()
    for table in tables:
        found = read(table)
        value = getattr(found, key)
        if value and value in seen:
            table.complain(key, f"{value!r} stands twice; each table needs its own {key}")
        seen.add(value)
        yield found


def _read_line(table: Section) -> SearchLine:
    terms = table.text("terms", required=False)
    query, refresh = table.text("query"), table.text("refresh", required=False)
    _balanced(table, "terms", terms)
    if terms and "{terms}" not in query + refresh:
        table.complain("terms", "stands in no query; write {terms} into query and refresh where it belongs")
    line = SearchLine(
        name=table.text("name"),
        source=table.choice("source", SOURCES),
        query=_query(table, "query", query, terms, QUERY_PLACES),
        refresh=_query(table, "refresh", refresh, terms, REFRESH_PLACES) or None,
        overlap_days=table.number("overlap_days", default=0) or None,
        note=table.text("note", required=False),
    )
    if len(line.name) > LONGEST_NAME:
        table.complain("name", f"expected at most {LONGEST_NAME} characters, found {len(line.name)}")
    for key, text in (("query", line.query), ("refresh", line.refresh)):
        if text and line.source in SOURCES and (wrong := _cannot_be_asked(line.source, text)):
            table.complain(key, wrong)
    if line.refresh and "{since}" not in line.refresh:
        table.complain("refresh", "has no {since}, so that each run would ask for everything again; leave refresh out if that is meant")
    table.done()
    return line


def _cannot_be_asked(name: str, query: str) -> str | None:
    """What the source's own rules say against a query, with some dates put in; None where it can be asked."""
    source = LIVE[name]
    for place in (*QUERY_PLACES, *REFRESH_PLACES):
        query = query.replace(f"{{{place}}}", date(2020, 1, 1).strftime(source.DATE))
    try:
        source.request(Question(query=query, page_size=source.PAGE_SIZE, base=source.BASE), source.START)
    except ReviewError as error:
        return str(error)
    return None


def _read_block(table: Section) -> Block:
    block = Block(block=table.text("block"), name=table.text("name"), terms=table.texts("terms"), note=table.text("note", required=False))
    table.done()
    return block


def _query(table: Section, key: str, query: str, terms: str, places: tuple[str, ...]) -> str:
    """A query with its terms put in, checked for what would only fail at the source."""
    for place in re.findall(r"\{([^{}]*)\}", query.replace("{terms}", "") if terms else query):
        if place == "terms":
            table.complain(key, "holds {terms}, but the line has no terms")
        elif place not in places:
            table.complain(key, f"{{{place}}} is no place for a date here; expected {', '.join(f'{{{name}}}' for name in places)}")
    _balanced(table, key, query)
    return query.replace("{terms}", terms)


def _balanced(table: Section, key: str, query: str) -> None:
    bare = re.sub(r'"[^"]*"', "", query)  # brackets inside a phrase are words
    if '"' in bare:
        table.complain(key, "a quotation mark is open at its end")
    for opening, closing in ("()", "[]"):
        if bare.count(opening) != bare.count(closing):
            table.complain(key, f"has {bare.count(opening)} {opening!r} and {bare.count(closing)} {closing!r} outside phrases")


def read_duplicates(section: Section) -> bool:
    """Read [duplicates]: whether a preprint and its article are one report ("one report"), or two of one study ("companions")."""
    said = section.choice("preprints", ("companions", "one report"), required=False, default="companions")
    section.done()
    return said == "one report"


def read_imports(section: Section) -> tuple[ImportRule, ...]:
    """Read [imports]."""
    rules = tuple(_once("pattern", section.sections("files", required=False), _read_rule))
    section.text("note", required=False)
    section.done()
    return rules


def _read_rule(table: Section) -> ImportRule:
    rule = ImportRule(
        pattern=table.text("pattern"),
        name=table.text("name"),
        platform=table.text("platform", required=False),
        kind=table.choice("kind", KINDS),
        screen=table.flag("screen"),
        accept_counts=table.text("accept_counts", required=False),
    )
    if rule.screen and rule.kind in DATABASE_KINDS:
        table.complain("screen", "is for other methods only; what a database or register gave is always read at title and abstract")
    if "/" in rule.pattern or "\\" in rule.pattern:
        table.complain("pattern", f"expected a pattern for file names in imports/, without folders, found {rule.pattern!r}")
    table.done()
    return rule


def rule_for(rules: tuple[ImportRule, ...], filename: str) -> ImportRule | None:
    """The first rule whose pattern a file's name matches, capitals or not."""
    return next((rule for rule in rules if fnmatchcase(filename.lower(), rule.pattern.lower())), None)
