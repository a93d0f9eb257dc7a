"""Decisions: what each reviewer said of each record, kept for ever, and which of it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from references.record import Record
from references.review import Review
from screening.tables import decisions as table

VERDICTS = ("include", "exclude", "unsure")
OPEN = "open"  # answers to some criteria, no verdict yet: kept so that leaving in the middle loses nothing
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One reviewer on one record at one stage."""

    record: str
    stage: str  # out of criteria.STAGES
    verdict: str  # include, exclude, unsure; open; withdrawn
    by: str
    reason: str | None = None  # the protocol's exclusion code
    answers: Mapping[str, str] = field(default_factory=dict)  # {criterion code: yes | no | unclear}
    note: str = ""
    role: str = "reader"  # reader, or settler: who ends a conflict
    round: str | None = None
    undoes: str | None = None
    id: str = ""
    at: str = ""
    protocol: str = ""


def add(review: Review, connection: sa.Connection, decisions: Iterable[Decision]) -> list[Decision]:
    """Add decisions; they get their id, time and protocol here. The decisions as stored, by reviewer."""
    by_name: dict[str, list[dict[str, object]]] = {}
    for decision in decisions:
        row = {name: getattr(decision, name) for name in ("record", "stage", "verdict", "reason", "note", "role", "round", "undoes")}
        by_name.setdefault(decision.by, []).append({**row, "answers": dict(decision.answers)})
    return [Decision(**row) for name, rows in by_name.items() for row in review.add(connection, table, rows, by=name)]


def records_to_decide(report_id: str, decided: Iterable[Decision], *, by: str, role: str) -> list[str]:
    """The records of a report that a new decision must stand on, so that it counts instead of all that came before.

    Usually the first one alone. Where records that were decided on apart are one report now, `decided` are the report's
    standing decisions: a reader's new decision goes on each record they decided on, a settler's on each that was settled.
    """
    mine = [decision.record for decision in decided if decision.role == role and (role == "settler" or decision.by == by)]
    return list(dict.fromkeys([report_id, *mine]))


def withdrawal(decision: Decision) -> Decision:
    """The fact that takes a decision back; the decision itself stays in the history."""
    return Decision(record=decision.record, stage=decision.stage, verdict=WITHDRAWN, by=decision.by, role=decision.role, undoes=decision.id)


def history(
    connection: sa.Connection, *, stage: str | None = None, by: str | None = None, records: Collection[str] | None = None
) -> list[Decision]:
    """All decisions in the order they were made, withdrawn ones and withdrawals too."""
    query = sa.select(table).order_by(table.c.at, table.c.id)
    if stage:
        query = query.where(table.c.stage == stage)
    if by:
        query = query.where(table.c.by == by)
    if records is not None:
        query = query.where(table.c.record.in_(records))
    return [Decision(**row._mapping) for row in connection.execute(query)]


def standing(decisions: Iterable[Decision]) -> list[Decision]:
    """What counts now: the newest decision of each person, role, record and stage that was not taken back."""
    found = list(decisions)
    undone = {decision.undoes for decision in found if decision.verdict == WITHDRAWN}
    newest: dict[tuple[str, str, str, str], Decision] = {}
    for decision in found:
        if decision.verdict not in (WITHDRAWN, OPEN) and decision.id not in undone:
            newest[decision.by, decision.role, decision.record, decision.stage] = decision
    return sorted(newest.values(), key=lambda decision: (decision.at, decision.id))


def last_said(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """{record: the newest that was said of it and not taken back, answers without a verdict too}; of one reviewer, role and stage."""
    found = list(decisions)
    undone = {decision.undoes for decision in found if decision.verdict == WITHDRAWN}
    return {decision.record: decision for decision in found if decision.verdict != WITHDRAWN and decision.id not in undone}


def newest_on(records: Iterable[Record], said: Mapping[str, Decision]) -> Decision | None:
    """The newest of what was `said` ({record: decision}) of a report's records; None where nothing was."""
    found = [said[record.id] for record in records if record.id in said]
    return max(found, key=lambda decision: (decision.at, decision.id), default=None)


def half_answered(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """{record: answers and note so far} where a reviewer left in the middle, or took the verdict back that came after."""
    return {record: decision for record, decision in last_said(decisions).items() if decision.verdict == OPEN}
