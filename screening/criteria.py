"""The eligibility criteria: asked in order, and the first no is the one reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from references.protocol import Section
from references.review import ReviewError

STAGES = ("abstract", "fulltext")
ANSWERS = ("yes", "no", "unclear")


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One question that a report must answer with yes."""

    code: str  # "C01"
    exclusion: str  # "E01_PUBTYPE": the code of the reason when the answer is no
    label: str
    question: str
    guidance: str
    reason: str  # the reason as printed
    stages: tuple[str, ...]  # out of STAGES
    plainly: bool = False  # at title and abstract a no only where it is plain
    background: bool = False  # reports excluded by it are kept for citation chasing


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """All criteria in the order they are asked, and how many people read at each stage."""

    criteria: tuple[Criterion, ...]
    readers: Mapping[str, int]  # {stage: different people who must read each report}
    highlight: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    rulings: tuple[tuple[str, str], ...] = ()  # (case, ruling): settled in advance
    rules: tuple[str, ...] = ()

    def at(self, stage: str) -> tuple[Criterion, ...]:
        """The criteria asked at a stage, in order."""
        return tuple(criterion for criterion in self.criteria if stage in criterion.stages)

    def of(self, exclusion: str) -> Criterion:
        """The criterion of an exclusion code; ReviewError where the protocol has none such."""
        for criterion in self.criteria:
            if criterion.exclusion == exclusion:
                return criterion
        known = ", ".join(criterion.exclusion for criterion in self.criteria)
        raise ReviewError(f"The protocol has no exclusion code {exclusion!r}, but a decision uses it; it has {known}. Put the criterion back.")

    def verdict(self, answers: Mapping[str, str], stage: str) -> tuple[str, str | None]:
        """What answers come to: (verdict, exclusion code or None).

        The first no in order excludes; all yes includes; any unclear else is unsure. ValueError where an answer
        or a code is unknown, or a question before the first no has no answer.
        """
        asked = self.at(stage)
        if unknown := set(answers) - {criterion.code for criterion in asked}:
            raise ValueError(f"no criterion {', '.join(sorted(unknown))} is asked at this stage")
        for criterion in asked:
            answer = answers.get(criterion.code)
            if answer is None:
                raise ValueError(f"{criterion.code} has no answer, and no criterion before it was answered with no")
            if answer not in ANSWERS:
                raise ValueError(f"{criterion.code} is {answer!r}; expected {', '.join(ANSWERS)}")
            if answer == "no":
                return "exclude", criterion.exclusion
        return ("unsure" if "unclear" in answers.values() else "include"), None


def read_criteria(section: Section) -> Criteria:
    """Read [screening]."""
    table = section.section("readers")
    readers = {stage: table.number(stage, least=1) for stage in STAGES}
    table.done()
    criteria: list[Criterion] = []
    for one in section.sections("criteria"):
        criterion = _read_criterion(one)
        for key in ("code", "exclusion"):
            value = getattr(criterion, key)
            if value and value in {getattr(other, key) for other in criteria}:
                one.complain(key, f"{value!r} stands twice; each criterion needs its own")
        criteria.append(criterion)
    rulings = []
    for one in section.sections("rulings", required=False):
        rulings.append((one.text("case"), one.text("ruling")))
        one.done()
    return Criteria(
        criteria=tuple(criteria),
        readers=readers,
        highlight=section.texts("highlight", required=False),
        noise=section.texts("noise", required=False),
        rulings=tuple(rulings),
        rules=section.texts("rules", required=False),
    )


def _read_criterion(table: Section) -> Criterion:
    criterion = Criterion(
        code=table.text("code"),
        exclusion=table.text("exclusion"),
        label=table.text("label"),
        question=table.text("question"),
        guidance=table.text("guidance", required=False),
        reason=table.text("reason"),
        stages=table.texts("stages", options=STAGES),
        plainly=table.flag("plainly"),
        background=table.flag("background"),
    )
    table.done()
    return criterion
