"""Outcomes: what the decisions on a report come to at a stage. Worked out every time, never stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from screening.decisions import Decision

FORWARD = ("include", "unsure")  # at title and abstract both go on: only an exclusion keeps a report back


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where one report stands at one stage."""

    state: str  # waiting, include, unsure, exclude, conflict
    reason: str | None = None  # at full text exactly one for an exclusion; else the agreed one, if any
    readers: tuple[str, ...] = ()  # who has decided, in order
    settled_by: str | None = None
    decisions: tuple[Decision, ...] = ()  # the standing ones, in order
    why: str = ""  # what the readers disagree about

    @property
    def forward(self) -> bool:
        """Whether the report goes on to the next stage."""
        return self.state in FORWARD


def outcome(decisions: Sequence[Decision], *, stage: str, readers: int) -> Outcome:
    """What the standing decisions on one report's records come to.

    `readers` different people must have read it. A settler's decision ends a conflict. Two records that
    turned out to be one report may carry two decisions of one person: they count like those of two.
    """
    read = [decision for decision in decisions if decision.role == "reader"]
    settled = [decision for decision in decisions if decision.role == "settler"]
    names = tuple(dict.fromkeys(decision.by for decision in read))
    if settled:
        # A settlement is written for every record of the report that had one, so the newest of each record counts.
        newest = {decision.record: decision for decision in settled}
        same = len({(decision.verdict, decision.reason) for decision in newest.values()}) == 1
        last = settled[-1]
        if same:
            return Outcome(state=last.verdict, reason=last.reason, readers=names, settled_by=last.by, decisions=tuple(decisions))
        why = "two records of this report were settled differently"
        return Outcome(state="conflict", readers=names, decisions=tuple(decisions), why=why)
    if len(names) < readers:
        return Outcome(state="waiting", readers=names, decisions=tuple(decisions))
    state, reason, why = (_abstract if stage == "abstract" else _full_text)(read)
    return Outcome(state=state, reason=reason, readers=names, decisions=tuple(decisions), why=why)


def _abstract(read: Sequence[Decision]) -> tuple[str, str | None, str]:
    """Title and abstract: unsure goes on, and reasons are for training only, so they need not agree."""
    verdicts = {decision.verdict for decision in read}
    if verdicts == {"exclude"}:
        reasons = {decision.reason for decision in read}
        return "exclude", reasons.pop() if len(reasons) == 1 else None, ""
    if "exclude" in verdicts:
        return "conflict", None, "one goes on, the other excludes"
    return ("include" if verdicts == {"include"} else "unsure"), None, ""


def _full_text(read: Sequence[Decision]) -> tuple[str, str | None, str]:
    """Full text: the verdict and the one reason must agree, and nothing can stay unsure."""
    verdicts = {decision.verdict for decision in read}
    if "unsure" in verdicts:
        return "conflict", None, "somebody is unsure"
    if len(verdicts) > 1:
        return "conflict", None, "one includes, the other excludes"
    if verdicts == {"include"}:
        return "include", None, ""
    reasons = {decision.reason for decision in read}
    if len(reasons) > 1:
        return "conflict", None, "different reasons: " + " and ".join(sorted(str(reason) for reason in reasons))
    return "exclude", reasons.pop(), ""
