"""What a person said about two records, and which of several judgements counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

VERDICTS = ("same", "different", "unsure", "companion")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One person's verdict on two records."""

    id: str  # of the fact; ids of one process sort in the order they were made
    left: str  # record ids, as they were given
    right: str
    verdict: str  # one of VERDICTS, or "withdrawn" with `undoes`
    by: str
    at: str  # UTC, ISO 8601
    note: str = ""
    undoes: str | None = None  # the judgement it takes back

    @property
    def pair(self) -> tuple[str, str]:
        """The two records whichever way round they were given."""
        return (self.left, self.right) if self.left < self.right else (self.right, self.left)

    @property
    def words(self) -> str:
        """The verdict as a reason: "ana judged them different: other cohort"."""
        return f"{self.by} judged them {self.verdict}" + (f": {self.note}" if self.note else "")


def standing(log: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """The judgement that counts for each pair: the latest that was not withdrawn, whoever made it. Oldest first."""
    ordered = sorted(log, key=lambda judgement: (judgement.at, judgement.id))
    withdrawn = {judgement.undoes for judgement in ordered if judgement.verdict == "withdrawn"}
    latest: dict[tuple[str, str], Judgement] = {}
    for judgement in ordered:
        if judgement.verdict != "withdrawn" and judgement.id not in withdrawn:
            latest[judgement.pair] = judgement
    return tuple(sorted(latest.values(), key=lambda judgement: (judgement.at, judgement.id)))


def by_pair(log: Sequence[Judgement]) -> dict[tuple[str, str], Judgement]:
    """The standing judgements by pair of record ids, the smaller id first."""
    return {judgement.pair: judgement for judgement in standing(log)}
