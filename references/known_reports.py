"""The known-item check: reports that a good search must find, and which of them it has (relative recall)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from references.duplicates.compare import DISTINCTIVE
from references.duplicates.fold import words
from references.duplicates.merged import Report
from references.identifiers import clean_doi
from references.library import Library
from references.protocol import Section
from references.review import Review, sound


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownReport:
    """A report that the protocol says must be found."""

    doi: str  # as clean_doi() leaves it
    title: str


def read_known_reports(section: Section) -> tuple[KnownReport, ...]:
    """Read [known_reports]."""
    found: list[KnownReport] = []
    for table in section.sections("list"):
        doi, title = table.text("doi"), table.text("title")
        if doi and clean_doi(doi) != doi.lower():
            table.complain("doi", f"expected a bare DOI such as 10.1136/bmj.n71, found {doi!r}")
        elif doi and doi.lower() in {one.doi for one in found}:
            table.complain("doi", f"{doi!r} stands twice")
        found.append(KnownReport(doi=doi.lower(), title=" ".join(title.split())))
        table.done()
    section.texts("notes", required=False)
    section.done()
    return tuple(found)


def known_reports(review: Review) -> tuple[KnownReport, ...]:
    """Those of a review's protocol; none where it names none."""
    return sound(review.section("known_reports"), read_known_reports) if "known_reports" in review.protocol.data else ()


def found_in(held: Library, known: Sequence[KnownReport]) -> list[Report | None]:
    """For each known report the report of the library that has its DOI or, in so many words, its title; None where it is missing."""
    by_doi = {record.doi: held.report_of[record.id] for record in reversed(held.records.values()) if record.doi}
    by_title = {words(record.title): held.report_of[record.id] for record in reversed(held.records.values()) if record.title}
    titled = (words(one.title) for one in known)
    return [
        by_doi.get(one.doi) or (by_title.get(title) if sum(map(len, title)) >= DISTINCTIVE else None)
        for one, title in zip(known, titled, strict=True)
    ]


def recall(held: Library, known: Sequence[KnownReport]) -> list[str]:
    """How many known reports the library has, by which source, and the missing by name; nothing where none are known."""
    if not known:
        return []
    found = found_in(held, known)
    missing = [one for one, report in zip(known, found, strict=True) if report is None]
    have = [report for report in found if report is not None]
    names = dict.fromkeys(held.name(record.source) for report in have for record in report.records)
    each = {name: sum(any(held.name(record.source) == name for record in report.records) for report in have) for name in names}
    by_source = f" ({', '.join(f'{name} {number}' for name, number in each.items())})" if each else ""
    lines = [f"known reports: {len(have)} of {len(known)} found{by_source}"]
    return [*lines, *(f"  missing: {one.title} (doi:{one.doi})" for one in missing)]
