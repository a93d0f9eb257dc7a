"""The library of a review at one moment: its records, the reports they make, and where each came from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import sqlalchemy as sa

from references.duplicates.find import Grouping, Known, grouping
from references.duplicates.judgements import standing_judgements
from references.duplicates.merged import Report
from references.duplicates.stored import edges
from references.error import ReviewError
from references.notices import RETRACTED, Told, in_words, of_report, told
from references.plan import DATABASE_KINDS, ImportRule, read_duplicates, read_imports, rule_for
from references.record import Record
from references.review import Review, sound
from references.searches import all_records
from references.sources import LIVE, citations
from references.tables import payloads, searches, sightings

AMBIGUOUS = ""  # a place in a file that was imported again with another entry there
PLATFORMS = {name: source.PLATFORM for name, source in LIVE.items()}


@dataclass(frozen=True)
class Library:
    """All records, grouped into reports, as one reading transaction saw them."""

    records: dict[str, Record]  # by id, in the order they were first seen
    grouping: Grouping
    rules: tuple[ImportRule, ...]
    files: dict[tuple[str, int], str]  # (file name, position from 1): record id
    told: Told = field(default_factory=dict, repr=False)  # what sources said of reports that were looked up

    @property
    def reports(self) -> tuple[Report, ...]:
        """The reports, in the order of their first record."""
        return self.grouping.reports

    @cached_property
    def report_of(self) -> dict[str, Report]:
        """{record id: the report it belongs to}."""
        return {record.id: report for report in self.reports for record in report.records}

    def name(self, source: str) -> str:
        """A source as people and PRISMA name it."""
        if rule := self._rule(source):
            return rule.name
        return PLATFORMS.get(source, source.removeprefix("file:"))

    def kind(self, source: str) -> str:
        """database, register, website, organisation, citation or other; a file no rule names is a database's export."""
        if source == citations.NAME:
            return "citation"
        rule = self._rule(source)
        return rule.kind if rule else "database"

    def screens(self, source: str) -> bool:
        """Whether a source's records are read at title and abstract.

        PRISMA 2020 sends those of other methods straight to retrieval, since a person picked them. What citation searching
        gives nobody picked: it is screened like the rest (TARCiS 2024, recommendation 4), and so is a file whose rule says so.
        """
        rule = self._rule(source)
        return self.kind(source) in DATABASE_KINDS or source == citations.NAME or bool(rule and rule.screen)

    def from_database(self, report: Report) -> bool:
        """Whether the report stands in PRISMA's first column: a database or register has it, whoever else does."""
        return any(self.kind(record.source) in DATABASE_KINDS for record in report.records)

    def screened(self, report: Report) -> bool:
        """Whether a report is read at title and abstract: a database has it, or nobody picked it by hand."""
        return self.from_database(report) or all(self.screens(record.source) for record in report.records)

    def notices(self, report: Report) -> list[str]:
        """Retractions and corrections of a report, in words, retractions first: "RETRACTED, according to Crossref"."""
        return list(self.published_about(report).values())

    def published_about(self, report: Report) -> dict[str, str]:
        """{retraction or correction of a report, as it is stored: in words}."""
        found = of_report(report, self.told)
        return {what: in_words(what, tuple(dict.fromkeys(map(self.name, sources)))) for what, sources in found.items()}

    def retracted(self, report: Report) -> bool:
        """Whether any source says that a report was retracted."""
        return RETRACTED in of_report(report, self.told)

    def _rule(self, source: str) -> ImportRule | None:
        if source not in self._found:
            self._found[source] = rule_for(self.rules, source.removeprefix("file:")) if source.startswith("file:") else None
        return self._found[source]

    @cached_property
    def _found(self) -> dict[str, ImportRule | None]:
        """{source: its rule}, as far as they were asked for: there are few sources and many records."""
        return {}

    def find(self, handle: str) -> Record:
        """The record that a person means: its id, FILE#N (the N-th entry of an imported file), or doi:10....

        ReviewError where there is none, or where a DOI is shared by several reports.
        """
        handle = handle.strip()
        if handle in self.records:
            return self.records[handle]
        if place := re.fullmatch(r"(.+)#(\d+)", handle):
            found = self.files.get((place[1], int(place[2])))
            if found == AMBIGUOUS:
                raise ReviewError(
                    f"{handle!r} is two records: {place[1]} was imported more than once with other content. Use a record's id."
                )
            if found:
                return self.records[found]
            raise ReviewError(f"No record {handle!r}: {self._what_files_hold(place[1])}.")
        if handle.lower().startswith("doi:"):
            return self._by_doi(handle[4:].strip().lower())
        raise ReviewError(f"No record {handle!r}. Name a record by its id (r and 15 letters and digits), as FILE#N, or as doi:10....")

    def _by_doi(self, doi: str) -> Record:
        found = [record for record in self.records.values() if record.doi == doi]
        reports = {self.report_of[record.id].id for record in found}
        if len(reports) != 1:
            raise ReviewError(f"{len(reports)} reports have the DOI {doi!r}; exactly one was expected. Use a record's id instead.")
        return found[0]

    def _what_files_hold(self, name: str) -> str:
        entries = [position for file, position in self.files if file == name]
        if entries:
            return f"{name} has {max(entries)} entries"
        return f"no file {name!r} was imported; imported were {', '.join(sorted({file for file, _ in self.files})) or 'none'}"


def library(review: Review, connection: sa.Connection) -> Library:
    """The library as `connection` sees it; reports are worked out anew each time."""
    records: Iterable[Record] = all_records(connection)
    found = {record.id: record for record in records}
    said = review.protocol.data
    rules = sound(review.section("imports"), read_imports) if "imports" in said else ()
    preprints = sound(review.section("duplicates"), read_duplicates) if "duplicates" in said else False
    held = tuple(found.values())
    made = grouping(held, edges(connection, held), standing_judgements(connection), known=Known(found), preprints=preprints)
    return Library(found, made, rules, _files(connection), told(connection))


def _files(connection: sa.Connection) -> dict[tuple[str, int], str]:
    query = (
        sa.select(searches.c.source, sightings.c.position, sightings.c.record)
        .join(payloads, payloads.c.id == sightings.c.payload)
        .join(searches, searches.c.id == payloads.c.search)
        .where(searches.c.source.like("file:%"))
        .order_by(payloads.c.at)
    )
    found: dict[tuple[str, int], str] = {}
    for row in connection.execute(query):
        place = (row.source.removeprefix("file:"), row.position)
        found[place] = row.record if found.get(place, row.record) == row.record else AMBIGUOUS
    return found


def places(connection: sa.Connection, record: str) -> list[str]:
    """Where a record was seen, oldest first: file and lines, or search line, page and entry."""
    query = (
        sa.select(searches.c.source, searches.c.line, payloads.c.at, payloads.c.page, sightings)
        .join_from(sightings, payloads, payloads.c.id == sightings.c.payload)
        .join(searches, searches.c.id == payloads.c.search)
        .where(sightings.c.record == record)
        .order_by(payloads.c.at, sightings.c.position)
    )
    said = []
    for row in connection.execute(query):
        if row.first_line is not None:
            where = f"{row.source.removeprefix('file:')}, lines {row.first_line} to {row.last_line} (entry {row.position})"
        else:
            where = f"{PLATFORMS.get(row.source, row.source)} {row.line}, page {row.page}, entry {row.position}"
        said.append(f"{where}, read {row.at[:16].replace('T', ' ')} UTC")
    return said
