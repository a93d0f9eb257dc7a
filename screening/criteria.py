"""The eligibility criteria: asked in order, and the first no is the one reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from references.error import ReviewError
from references.protocol import Section

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
class Calibration:
    """How reviewers are brought to read alike before they read apart."""

    size: int  # records that everybody reads in a round
    kappa: float  # rounds go on until agreement on include or exclude is at least this


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """All criteria in the order they are asked, and how many people read at each stage."""

    criteria: tuple[Criterion, ...]
    readers: Mapping[str, int]  # {stage: different people who must read each report}
    highlight: tuple[str, ...] = ()  # words marked in what is read
    noise: tuple[str, ...] = ()  # words marked as a warning: they often mean something else
    rulings: tuple[tuple[str, str], ...] = ()  # (case, ruling): settled in advance
    rules: tuple[str, ...] = ()  # what holds at which stage, in words
    calibration: Calibration | None = None

    def at(self, stage: str) -> tuple[Criterion, ...]:
        """The criteria asked at a stage, in order."""
        return tuple(criterion for criterion in self.criteria if stage in criterion.stages)

    def of(self, exclusion: str) -> Criterion:
        """The criterion of an exclusion code; ReviewError where the protocol has none such."""
        for criterion in self.criteria:
            if criterion.exclusion == exclusion:
                return criterion
        known = ", ".join(criterion.exclusion for criterion in self.criteria)
        raise ReviewError(
            f"The protocol has no exclusion code {exclusion!r}, but a decision uses it; it has {known}. Put the criterion back."
        )

    def verdict(self, answers: Mapping[str, str], stage: str) -> tuple[str, str | None]:
        """What answers ({criterion code: yes | no | unclear}) come to: (verdict, exclusion code or None).

        The first no in order excludes; all yes includes; any unclear else is unsure. ValueError where an answer
        or a code is unknown, or a question before the first no has no answer.
        """
        asked = self.at(stage)
        for code, answer in answers.items():
            if code not in {criterion.code for criterion in asked}:
                known = ", ".join(criterion.code for criterion in asked) or "none"
                raise ValueError(f"no criterion {code} is asked at the stage {stage}; there are {known}")
            if answer not in ANSWERS:
                raise ValueError(f"{code} is {answer!r}; expected {', '.join(ANSWERS)}")
        for criterion in asked:
            if criterion.code not in answers:
                raise ValueError(f"{criterion.code} has no answer, and no criterion before it was answered with no")
            if answers[criterion.code] == "no":
                return "exclude", criterion.exclusion
        return ("unsure" if "unclear" in answers.values() else "include"), None


def read_criteria(section: Section) -> Criteria:
    """Read [screening]."""
    criteria: list[Criterion] = []
    for table in section.sections("criteria"):
        criterion = _read_criterion(table)
        for key in ("code", "exclusion", "reason"):
            value = getattr(criterion, key)
            if value and value in {getattr(other, key) for other in criteria}:
                table.complain(key, f"{value!r} stands twice; each criterion needs its own")
        criteria.append(criterion)
    found = Criteria(
        criteria=tuple(criteria),
        readers=_read_readers(section),
        highlight=section.texts("highlight", required=False),
        noise=section.texts("noise", required=False),
        rulings=tuple(_read_rulings(section)),
        rules=section.texts("rules", required=False) + section.texts("selection", required=False),
        calibration=_read_calibration(section),
    )
    for stage in STAGES:
        if criteria and not found.at(stage):
            section.complain("criteria", f"no criterion is asked at the stage {stage}; expected one at least")
    section.done()
    return found


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
    if criterion.plainly and criterion.stages and "abstract" not in criterion.stages:
        table.complain(
            "plainly", "speaks of title and abstract, where the criterion is not asked; add abstract to stages or leave plainly out"
        )
    table.done()
    return criterion


def _read_readers(section: Section) -> dict[str, int]:
    table = section.section("readers")
    readers = {stage: table.number(stage, least=1) for stage in STAGES}
    table.done()
    return readers


def _read_rulings(section: Section) -> Iterator[tuple[str, str]]:
    for table in section.sections("rulings", required=False):
        yield table.text("case"), table.text("ruling")
        table.done()


def _read_calibration(section: Section) -> Calibration | None:
    if "calibration" not in section.data:
        return None
    table = section.section("calibration")
    found = Calibration(size=table.number("size", least=2), kappa=table.share("kappa"))
    table.done()
    return found
