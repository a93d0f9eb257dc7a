"""Where the whole screening stands: every report, at every stage, at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from references.changes import Change, all_changes
from references.duplicates.merged import Report
from references.library import Library, library
from references.review import Review, sound
from screening import decisions, retrieval
from screening.criteria import STAGES, Criteria, read_criteria
from screening.decisions import Decision
from screening.outcomes import Outcome, outcome

# What a source changed since somebody decided, and which decisions that may turn: an abstract can bring back what was
# excluded without one; a retraction or correction concerns what is included, and takes nothing out by itself.
REREAD = {
    "abstract": (("exclude",), ("abstract gained", "title changed", "corrected")),
    "fulltext": (("include", "unsure"), ("retracted", "corrected")),
}


@dataclass(frozen=True)
class Screening:
    """Every report's outcome at both stages, and whether its document was found."""

    library: Library
    criteria: Criteria
    outcomes: dict[str, dict[str, Outcome]]  # {stage: {report id: Outcome}}
    retrievals: dict[str, str]  # {report id: retrieved | not_retrieved}, where anybody said
    changes: dict[str, tuple[Change, ...]]  # {report id: what sources changed in its records, oldest first}, of those that matter

    def read_at(self, stage: str) -> tuple[Report, ...]:
        """The reports that are to be read at a stage.

        Title and abstract: those of databases and registers, and of citation searching. Full text: those that went on, and
        those of other methods, which PRISMA sends straight to retrieval; less those whose document was not found.
        """
        if stage == "abstract":
            return tuple(report for report in self.library.reports if self.library.screened(report))
        return tuple(report for report in self.sought() if self.retrieval(report) != "not_retrieved")

    def sought(self) -> tuple[Report, ...]:
        """The reports sought for retrieval, of both columns."""
        kept = self.outcomes["abstract"]
        return tuple(report for report in self.library.reports if not self.library.screened(report) or kept[report.id].forward)

    def retrieval(self, report: Report) -> str:
        """retrieved, not_retrieved or waiting. Whoever decided on the full text had it, so a decision says retrieved."""
        if self.outcomes["fulltext"][report.id].readers or self.outcomes["fulltext"][report.id].settled_by:
            return "retrieved"
        return self.retrievals.get(report.id, "waiting")

    def in_state(self, stage: str, state: str) -> tuple[Report, ...]:
        """The reports read at a stage that stand in a state there, for instance conflict."""
        return tuple(report for report in self.read_at(stage) if self.outcomes[stage][report.id].state == state)

    def changed_since(self, decision: Decision) -> tuple[Change, ...]:
        """What sources changed in a decision's report after it was made, and that may turn it."""
        verdicts, kinds = REREAD[decision.stage]
        report = self.library.report_of.get(decision.record)
        if decision.verdict not in verdicts or report is None:
            return ()
        return tuple(one for one in self.changes.get(report.id, ()) if one.at > decision.at and set(one.what) & set(kinds))

    def to_read_again(self, stage: str, by: str, role: str = "reader") -> dict[str, Decision]:
        """{report id: this person's decision on it}, for reports that were changed since; their decision counts until another is made.

        Where a conflict was settled, the settlement is what counts, so it is for settlers to look again (whoever settled it).
        """
        found = {}
        for report in self.read_at(stage):
            outcome = self.outcomes[stage][report.id] if report.id in self.changes else None
            if outcome is None or bool(outcome.settled_by) != (role == "settler"):
                continue
            mine = [one for one in outcome.decisions if one.role == role and (role == "settler" or one.by == by)]
            if mine and self.changed_since(mine[-1]):
                found[report.id] = mine[-1]
        return found

    def to_look_at_again(self, stage: str, readers: Sequence[str]) -> set[str]:
        """The reports, by id, that changed since these readers, or a settler, decided on them."""
        return {id for by in readers for id in self.to_read_again(stage, by)} | set(self.to_read_again(stage, "", "settler"))

    def included(self) -> tuple[Report, ...]:
        """The reports included at full text."""
        return self.in_state("fulltext", "include")

    def background(self) -> tuple[Report, ...]:
        """The reports excluded, at either stage, by a criterion of which the protocol says that it leaves background."""
        codes = {criterion.exclusion for criterion in self.criteria.criteria if criterion.background}
        excluded = ((stage, report) for stage in STAGES for report in self.in_state(stage, "exclude"))
        return tuple(report for stage, report in excluded if self.outcomes[stage][report.id].reason in codes)


def screening(review: Review, connection: sa.Connection) -> Screening:
    """Work out where the screening stands from the facts that `connection` sees."""
    held = library(review, connection)
    criteria = sound(review.section("screening"), read_criteria)
    by_record: dict[tuple[str, str], list[Decision]] = {}
    for decision in decisions.standing(decisions.history(connection)):
        by_record.setdefault((decision.stage, decision.record), []).append(decision)
    outcomes = {
        stage: {report.id: outcome(_of(report, stage, by_record), stage=stage, readers=criteria.readers[stage]) for report in held.reports}
        for stage in STAGES
    }
    found = retrieval.standing(connection)
    retrievals = {}
    for report in held.reports:
        said = sorted((found[record.id] for record in report.records if record.id in found), key=lambda fact: (fact.at, fact.id))
        if said:
            retrievals[report.id] = said[-1].state
    changes: dict[str, list[Change]] = {}
    for change in all_changes(connection):
        if change.matters:
            changes.setdefault(held.report_of[change.record].id, []).append(change)
    return Screening(held, criteria, outcomes, retrievals, {id: tuple(found) for id, found in changes.items()})


def _of(report: Report, stage: str, by_record: dict[tuple[str, str], list[Decision]]) -> Sequence[Decision]:
    found = [decision for record in report.records for decision in by_record.get((stage, record.id), ())]
    return sorted(found, key=lambda decision: (decision.at, decision.id))


def queue(progress: Screening, *, stage: str, by: str) -> tuple[Report, ...]:
    """The reports that wait for this reader: those that changed since they decided, then those with too few readers, not read by them."""
    again = progress.to_read_again(stage, by)
    waiting = (report for report in progress.in_state(stage, "waiting") if by not in progress.outcomes[stage][report.id].readers)
    return (*(progress.library.report_of[id] for id in again), *waiting)


def to_settle(progress: Screening, *, stage: str, by: str) -> tuple[Report, ...]:
    """The reports that wait for a settler: settled ones that changed since, then the conflicts."""
    again = progress.to_read_again(stage, by, "settler")
    return (*(progress.library.report_of[id] for id in again), *progress.in_state(stage, "conflict"))
