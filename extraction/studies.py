"""Studies: one investigation each, with the reports that tell of it. Links are facts, studies are worked out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa

from extraction.tables import links as table
from references.duplicates.merged import Report
from references.error import ReviewError
from references.record import surname
from references.review import Review
from references.sheet import read_sheet
from screening.progress import Screening, screening

RELATIONS = ("main", "report", "companion")  # a companion tells of the study but is not an included report of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Somebody said that a record's report belongs to a study."""

    study: str
    record: str
    relation: str  # main, report, companion; withdrawn
    by: str
    note: str = ""
    undoes: str | None = None
    id: str = ""
    at: str = ""
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class Study:
    """One investigation. `reports` are included ones, the main report first."""

    id: str
    reports: tuple[Report, ...]
    companions: tuple[Report, ...] = ()
    linked: bool = True  # False: nobody linked the report yet, so it counts as a study of its own

    @property
    def main(self) -> Report:
        """The report most of the data come from."""
        return self.reports[0]


@dataclass(frozen=True)
class Studies:
    """All included studies at one moment."""

    all: tuple[Study, ...]
    problems: tuple[str, ...]  # links that cannot all be true, in words

    @cached_property
    def by_id(self) -> dict[str, Study]:
        """{study id: Study}."""
        return {study.id: study for study in self.all}

    def find(self, id: str) -> Study:
        """The study of that id; ReviewError naming the known ones."""
        if id not in self.by_id:
            known = ", ".join(sorted(self.by_id)) or "none; nothing is included at full text yet"
            if twin := other_case(id, self.by_id):
                raise ReviewError(f"No included study {id!r}; do you mean {twin}? Write it in this case.")
            raise ReviewError(f"No included study {id!r}. Included studies: {known}.")
        return self.by_id[id]


def other_case(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that differs from a name in case only; None where the name itself is among them, or none is alike."""
    known = sorted(names)
    return None if name in known else next((other for other in known if other.casefold() == name.casefold()), None)


def included_studies(connection: sa.Connection, progress: Screening) -> Studies:
    """The included studies as `connection` sees them."""
    taken = connection.execute(sa.select(table.c.study).distinct()).scalars()
    return studies(progress, standing_links(connection), taken)


def standing_links(connection: sa.Connection) -> list[Link]:
    """The newest link of each record to each study that was not taken back, in the order they were made."""
    found = [Link(**row._mapping) for row in connection.execute(sa.select(table).order_by(table.c.at, table.c.id))]
    undone = {link.undoes for link in found if link.relation == "withdrawn"}
    newest = {(link.study, link.record): link for link in found if link.relation != "withdrawn" and link.id not in undone}
    return sorted(newest.values(), key=lambda link: (link.at, link.id))


def studies(progress: Screening, links: Iterable[Link], taken: Iterable[str] = ()) -> Studies:
    """Work out the included studies: every included report is in exactly one; those nobody linked stand alone.

    `taken` are all names that a link ever used: a name is never given to another study, whose answers it would inherit.
    """
    included = {report.id: report for report in progress.included()}
    members: dict[str, dict[str, tuple[str, Report]]] = {}
    homes: dict[str, set[str]] = {}
    problems = []
    for link in links:
        if not (report := progress.library.report_of.get(link.record)):
            problems.append(f"{link.study}: its record {link.record} is not in the review")
            continue
        parts = members.setdefault(link.study, {})
        before = parts[report.id][0] if report.id in parts else "companion"
        if RELATIONS.index(link.relation) <= RELATIONS.index(before):  # two records that became one report: what it is at most counts
            parts[report.id] = (link.relation, report)
    for name, parts in members.items():
        for report_id, (relation, _) in parts.items():
            if relation != "companion":
                homes.setdefault(report_id, set()).add(name)
    for report_id, names in homes.items():
        if len(names) > 1:
            title = progress.library.report_of[report_id].shown.title
            problems.append(f"{' and '.join(sorted(names))} share the report {report_id} ({title}): a report belongs to one study")
    found = [study for id, parts in members.items() if (study := _study(id, parts, included))]
    used = {name.casefold() for name in (*taken, *members)}
    for report in included.values():
        if report.id not in homes:
            found.append(Study(_free(slug(report), used), (report,), linked=False))
            used.add(found[-1].id)
    return Studies(tuple(sorted(found, key=lambda study: study.id)), tuple(problems))


def _study(id: str, parts: dict[str, tuple[str, Report]], included: dict[str, Report]) -> Study | None:
    """A study as far as its reports are included; None where none is."""
    inside = [(relation, report) for relation, report in parts.values() if relation != "companion" and report.id in included]
    if not inside:
        return None
    inside.sort(key=lambda part: part[0] != "main")  # stable: else in the order they were linked
    others = [report for relation, report in parts.values() if report.id not in {one.id for _, one in inside}]
    return Study(id, tuple(report for _, report in inside), tuple(others))


def slug(report: Report) -> str:
    """A study id as people would write it, from the first author and the year: "huby-2018"."""
    shown = report.shown
    name = surname(shown.authors[0]) if shown.authors else (shown.publisher or shown.title or "study").split()[0]
    plain = unicodedata.normalize("NFKD", name.lower().replace("ø", "o").replace("æ", "ae")).encode("ascii", "ignore").decode()
    return f"{re.sub(r'[^a-z0-9]+', '-', plain).strip('-') or 'study'}-{shown.year or 'nd'}"


def _free(id: str, used: set[str]) -> str:
    return next(
        name for name in [id, *(f"{id}{letter}" for letter in "bcdefghijklmnopqrstuvwxyz"), f"{id}-{len(used)}"] if name not in used
    )


def add_link(review: Review, connection: sa.Connection, link: Link) -> None:
    """Add a link; its id, time and protocol come here."""
    row = {"study": link.study, "record": link.record, "relation": link.relation, "note": link.note, "undoes": link.undoes}
    review.add(connection, table, [row], by=link.by)


def link_if_new(review: Review, connection: sa.Connection, study: Study, by: str) -> None:
    """Fix a study's name with its first answer: a name worked out from author and year could change, and lose its answers."""
    if not study.linked:
        add_link(review, connection, Link(study=study.id, record=study.main.id, relation="main", by=by))


def add_links(review: Review, connection: sa.Connection, links: Sequence[Link], names: Mapping[str, Study]) -> None:
    """Add links, of which none is wrong; `names` are the included studies.

    The name of a study that nobody linked yet is fixed first, or the study would lose it to the report that is linked.
    """
    fixed: set[str] = set()
    for link in links:
        study = names.get(link.study)
        if study and link.study not in fixed:
            own = {record.id for record in study.main.records}
            if not any(other.study == study.id and other.record in own for other in links):
                link_if_new(review, connection, study, link.by)
            fixed.add(link.study)
        add_link(review, connection, link)


def wrong_link(progress: Screening, known: Iterable[Link], names: Iterable[str], study: str, report: Report, relation: str) -> str:
    """Why a link cannot be made beside the standing ones (`known`) and the studies there are (`names`); empty where it can."""
    if relation not in RELATIONS:
        return f"the relation is {relation!r}; expected {', '.join(RELATIONS)}"
    if not re.fullmatch(r"[\w.-]{1,100}", study):
        return f"the study is called {study!r}; expected letters, digits, '.', '_' and '-' only, for instance huby-2018"
    if twin := other_case(study, {*names, *(link.study for link in known)}):
        return f"there is a study {twin} already, which {study!r} differs from in case only; write {twin}, or choose another name"
    if relation != "companion" and report.id not in {included.id for included in progress.included()}:
        return "the report is not included at full text; link it as companion, or include it first"
    for link in known:
        other = progress.library.report_of.get(link.record)
        if other and other.id == report.id and link.study != study and "companion" not in (relation, link.relation):
            return f"the report is in study {link.study} already; a report belongs to one study (review link --remove takes it out)"
    return ""


def apply_links(review: Review, path: Path, *, by: str) -> tuple[int, int]:
    """Add the links of a file (study, record, relation, note), whole or not at all: (new, standing already)."""
    with review.writing() as connection:
        progress = screening(review, connection)
        known = standing_links(connection)
        names = included_studies(connection, progress).by_id
        sheet = read_sheet(path, required=("study", "record"), optional=("relation", "note"))
        new: list[Link] = []
        stood = 0
        for line, row in sheet.rows:
            try:
                report = progress.library.report_of[progress.library.find(row["record"]).id]
            except ReviewError as error:
                sheet.complain(line, str(error))
                continue
            relation = row.get("relation") or "report"
            link = Link(study=row["study"], record=report.id, relation=relation, note=row.get("note", ""), by=by)
            if wrong := wrong_link(progress, [*known, *new], names, link.study, report, relation):
                sheet.complain(line, wrong)
            elif any((old.study, old.record, old.relation) == (link.study, link.record, relation) for old in [*known, *new]):
                stood += 1
            else:
                new.append(link)
        sheet.refuse()
        add_links(review, connection, new, names)
    return len(new), stood
