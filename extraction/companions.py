"""Reports that may tell of an included study too: an abstract of its article, a preprint, a briefing. People link them, or say no."""

from __future__ import annotations

from dataclasses import dataclass

from extraction.studies import Studies
from references.duplicates.merged import Report
from screening.progress import Screening


@dataclass(frozen=True, slots=True)
class Companion:
    """A report that may belong to a study, and why."""

    study: str
    report: Report
    pair: tuple[str, str]  # the two records, by id, that say so
    reasons: tuple[str, ...]
    included: bool  # whether the report is included at full text: then it can be a report of the study, else a companion only


def proposed_companions(progress: Screening, studies: Studies) -> tuple[Companion, ...]:
    """What the library takes for companions of reports of included studies, less those that are linked to the study already."""
    held = progress.library
    home = {report.id: study for study in studies.all for report in study.reports}
    linked = {(study.id, report.id) for study in studies.all for report in (*study.reports, *study.companions)}
    included = {report.id for report in progress.included()}
    found = []
    for one in held.grouping.companions:
        left, right = held.report_of[one.left], held.report_of[one.right]
        ways = [(study, there) for here, there in ((left, right), (right, left)) if (study := home.get(here.id))]
        if ways and not any((study.id, there.id) in linked for study, there in ways):  # linked one way round is linked
            study, there = ways[0]  # of two included studies the first is asked: they are one study, or they are two
            found.append(Companion(study.id, there, (one.left, one.right), one.reasons, there.id in included))
    return tuple(found)
