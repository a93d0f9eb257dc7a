"""The PRISMA 2020 flow as data: each box holds the ids it counts, so every number opens to its list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from references.error import ReviewError
from references.plan import DATABASE_KINDS, KINDS
from references.visible import counted

OTHER_KINDS = tuple(kind for kind in KINDS if kind not in DATABASE_KINDS)

Ids = frozenset[str]
NONE: Ids = frozenset()


class Unbalanced(ReviewError):
    """The counts do not add up; nothing may be published from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the diagram: databases and registers, or other methods.

    Up to `excluded` the unit is the record (a report's first one stands for it), from `sought` on it is the report (by
    its id). Records of other methods go straight to retrieval, as PRISMA has it, but for those that nobody picked by
    hand: what citation searching gave is screened like the rest.
    """

    identified: Mapping[tuple[str, str], Ids]  # {(kind, name): record ids}; kinds as references.plan.KINDS
    duplicates: Ids = NONE  # record ids that are not the first of their report; other methods: or found in databases too
    by_tool: Ids = NONE
    other_reasons: Ids = NONE
    straight: Ids = NONE  # other methods only: record ids that went to retrieval without being screened
    screened: Ids = NONE
    excluded: Ids = NONE
    open_screening: Ids = NONE  # not yet decided at title and abstract
    sought: Ids = NONE
    not_retrieved: Ids = NONE
    open_retrieval: Ids = NONE  # neither retrieved nor given up
    assessed: Ids = NONE
    reasons: Mapping[str, Ids] = field(default_factory=dict)  # {reason as printed: report ids}, in the criteria's order
    open_eligibility: Ids = NONE
    included: Ids = NONE

    @property
    def all_identified(self) -> Ids:
        """All records identified, whatever the source."""
        return NONE.union(*self.identified.values())

    @property
    def all_excluded(self) -> Ids:
        """All reports excluded at full text, whatever the reason."""
        return NONE.union(*self.reasons.values())

    def of_kind(self, *kinds: str) -> dict[str, Ids]:
        """{name of the source: record ids} of some kinds, in order."""
        found: dict[str, Ids] = {}
        for (kind, name), ids in self.identified.items():
            if kind in kinds:
                found[name] = found.get(name, NONE) | ids
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The whole flow of a new review (PRISMA 2020, templates v1 and v2)."""

    databases: Column
    others: Column  # empty where no other method was used
    studies: Mapping[str, Ids]  # {included study: its included reports}
    open_searches: tuple[str, ...] = ()  # search lines whose newest run is not complete
    bridges: tuple[str, ...] = ()  # sentences under the diagram where one unit turns into another

    @property
    def included(self) -> Ids:
        """The included reports of both columns."""
        return self.databases.included | self.others.included

    @property
    def has_others(self) -> bool:
        """Whether any record came by other methods."""
        return bool(self.others.all_identified)

    @property
    def open_lines(self) -> tuple[str, ...]:
        """What is not decided yet, in words; empty in a finished review."""
        counts = (
            (len(self.databases.open_screening) + len(self.others.open_screening), "not yet decided at title and abstract"),
            (len(self.databases.open_retrieval) + len(self.others.open_retrieval), "still looked for"),
            (len(self.databases.open_eligibility) + len(self.others.open_eligibility), "not yet decided at full text"),
        )
        said = tuple(f"{number} report{'s' if number > 1 else ''} {what}" for number, what in counts if number)
        return (*said, f"not complete: the search {', '.join(self.open_searches)}") if self.open_searches else said

    @property
    def interim(self) -> bool:
        """Whether anything is still open."""
        return bool(self.open_lines)


def check(flow: Flow) -> list[str]:
    """Every sum that does not hold, as a sentence with its numbers; empty for a flow that adds up.

    The identities are those that follow from the boxes of PRISMA 2020 (Page et al., BMJ 2021;372:n71), with what
    is still open added to each, and that no record or report may stand in two boxes at once.
    """
    wrong: list[str] = []
    for name, column, kinds in (("databases and registers", flow.databases, DATABASE_KINDS), ("other methods", flow.others, OTHER_KINDS)):
        said = [*_sources(column, kinds), *_sums(column), *_overlaps(column), *_strays(column)]
        if kinds is DATABASE_KINDS and column.straight:
            said.append(f"{_some(column.straight)} went to retrieval without screening, which this column does not have")
        wrong += [f"{name}: {sentence}" for sentence in said]
    return [*wrong, *_end(flow)]


def sums(flow: Flow) -> list[str]:
    """The flow in a few lines of words, with its numbers."""
    first, other = flow.databases, flow.others
    lines = [
        f"{len(first.all_identified)} records from databases and registers, {len(first.duplicates)} duplicates, "
        f"{len(first.screened)} screened, {len(first.excluded)} excluded",
        f"{len(first.sought)} reports sought, {len(first.not_retrieved)} not retrieved, {len(first.assessed)} assessed, "
        f"{len(first.all_excluded)} excluded, {len(first.included)} included",
    ]
    if flow.has_others:
        read = f"{len(other.screened)} screened, {len(other.excluded)} excluded, " if other.screened else ""
        lines.append(
            f"other methods: {len(other.all_identified)} records, {counted(len(other.duplicates), 'duplicate')}, {read}"
            f"{counted(len(other.sought), 'report')} sought, "
            f"{len(other.not_retrieved)} not retrieved, {len(other.assessed)} assessed, {len(other.all_excluded)} excluded, "
            f"{len(other.included)} included"
        )
    return [*lines, f"{len(flow.studies)} studies included, in {len(flow.included)} reports"]


def _sources(column: Column, kinds: tuple[str, ...]) -> Iterator[str]:
    """Each record has one source, and each source a kind that this column shows."""
    if (by_source := sum(map(len, column.identified.values()))) != (identified := len(column.all_identified)):
        yield f"the sources give {by_source} records, but only {identified} are different; a record has one source"
    for kind, source in column.identified:
        if kind not in kinds:
            yield f"{source} is of the kind {kind!r}, but this column shows {', '.join(kinds)}"


def _sums(column: Column) -> Iterator[str]:
    identified = len(column.all_identified)
    removed = len(column.duplicates) + len(column.by_tool) + len(column.other_reasons)
    screened, straight, sought = len(column.screened), len(column.straight), len(column.sought)
    picked = f" and {straight} sought without screening" if straight else ""
    if identified - removed != screened + straight:
        yield f"{identified} identified less {removed} removed before screening is {identified - removed}, but {screened} screened{picked}"
    parts = len(column.excluded) + sought + len(column.open_screening)
    if screened + straight != parts:
        yield (
            f"{screened} were screened{picked}, but {len(column.excluded)} excluded, {sought} sought and "
            f"{len(column.open_screening)} not yet decided make {parts}"
        )
    if len(column.sought) != (parts := len(column.not_retrieved) + len(column.assessed) + len(column.open_retrieval)):
        yield (
            f"{len(column.sought)} were sought, but {len(column.not_retrieved)} not retrieved, {len(column.assessed)} assessed "
            f"and {len(column.open_retrieval)} still looked for make {parts}"
        )
    by_reason = sum(map(len, column.reasons.values()))
    if len(column.assessed) != (parts := by_reason + len(column.included) + len(column.open_eligibility)):
        yield (
            f"{len(column.assessed)} were assessed, but {by_reason} excluded with a reason, {len(column.included)} included and "
            f"{len(column.open_eligibility)} not yet decided make {parts}"
        )


def _overlaps(column: Column) -> Iterator[str]:
    """Boxes that one id must not stand in together."""
    stages = {
        "removed as duplicates": column.duplicates,
        "removed by a tool": column.by_tool,
        "removed for other reasons": column.other_reasons,
        "excluded at title and abstract": column.excluded,
        "not yet decided at title and abstract": column.open_screening,
        "not retrieved": column.not_retrieved,
        "still looked for": column.open_retrieval,
        **{f"excluded: {reason}": ids for reason, ids in column.reasons.items()},
        "not yet decided at full text": column.open_eligibility,
        "included": column.included,
    }
    for (one, left), (other, right) in combinations(stages.items(), 2):
        if both := left & right:
            yield f"{_some(both)} stand{'s' if len(both) == 1 else ''} both in '{one}' and in '{other}'"
    removed = column.duplicates | column.by_tool | column.other_reasons
    if both := removed & (column.screened | column.straight):
        yield f"{_some(both)} removed before screening, and screened all the same"
    if both := column.screened & column.straight:
        yield f"{_some(both)} screened, and counted as sent straight to retrieval"


def _strays(column: Column) -> Iterator[str]:
    """Boxes that must lie inside another."""
    identified, screened, sought, assessed = column.all_identified, column.screened, column.sought, column.assessed
    for inner, ids, outer, around in (
        ("removed as duplicates", column.duplicates, "identified", identified),
        ("removed by a tool", column.by_tool, "identified", identified),
        ("removed for other reasons", column.other_reasons, "identified", identified),
        ("screened", screened, "identified", identified),
        ("sent straight to retrieval", column.straight, "identified", identified),
        ("excluded at title and abstract", column.excluded, "screened", screened),
        ("not yet decided at title and abstract", column.open_screening, "screened", screened),
        ("not retrieved", column.not_retrieved, "sought", sought),
        ("still looked for", column.open_retrieval, "sought", sought),
        ("assessed", assessed, "sought", sought),
        ("excluded at full text", column.all_excluded, "assessed", assessed),
        ("not yet decided at full text", column.open_eligibility, "assessed", assessed),
        ("included", column.included, "assessed", assessed),
    ):
        if lost := ids - around:
            yield f"{_some(lost)} stand{'s' if len(lost) == 1 else ''} in '{inner}' but not in '{outer}'"


def _end(flow: Flow) -> Iterator[str]:
    """No id in both columns, and each included report in one included study."""
    first, other = flow.databases, flow.others
    for what, both in (("identified", first.all_identified & other.all_identified), ("sought", first.sought & other.sought)):
        if both:
            yield f"{_some(both)} would be counted as {what} in both columns"
    homes: dict[str, list[str]] = {}
    for study, reports in flow.studies.items():
        if not reports:
            yield f"the included study {study} has no included report"
        for report in reports:
            homes.setdefault(report, []).append(study)
    for report, studies in sorted(homes.items()):
        if len(studies) > 1:
            yield f"the report {report} belongs to {' and '.join(sorted(studies))}; a report belongs to one study"
    if lost := flow.included - set(homes):
        yield f"{_some(lost)} included, but in no study"
    if extra := set(homes) - flow.included:
        yield f"{_some(frozenset(extra))} in an included study, but not included"


def _some(ids: Ids) -> str:
    """Up to five ids, and how many more."""
    named = sorted(ids)[:5]
    return ", ".join(named) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
