"""Which records are one report: candidates, evidence, vetoes and people's judgements put together.

Order does not matter: the same records give the same groups however they are sorted, and twice the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from references.duplicates.block import candidates
from references.duplicates.clean import Keys, all_keys
from references.duplicates.compare import JOIN, PROPOSE, evidence, promising, score
from references.duplicates.group import Edge, Joined, join
from references.duplicates.judgement import Judgement, by_pair
from references.duplicates.merged import Report
from references.duplicates.veto import conflicts, only_doubtful, vetoes
from references.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Two records that may be one report: for a person to judge."""

    left: str  # record ids
    right: str
    score: float
    reasons: tuple[str, ...]  # for and against, in words


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """The reports that the records make, what is left to a person, and why."""

    reports: tuple[Report, ...]  # in the order of their first record
    proposals: tuple[Proposal, ...]  # likeliest first; one for a pair of reports
    _keys: dict[str, Keys] = field(repr=False, compare=False, default_factory=dict)
    _joined: Joined = field(repr=False, default_factory=lambda: Joined(group={}, taken=(), refused=()))
    _judged: dict[tuple[str, str], Judgement] = field(repr=False, default_factory=dict)

    def why(self, left: str, right: str) -> tuple[str, ...]:
        """Why two records, by id, are one report or are not, one sentence each. KeyError for an id that is not here."""
        a, b = sorted((left, right))
        same = self._joined.group[a] == self._joined.group[b]
        said = [f"{left} and {right} are {'one report' if same else 'two reports'}"]
        if (a, b) in self._judged:
            said.append(self._judged[a, b].words)
        found = evidence(self._keys[a], self._keys[b])
        said += [f"{one.reason} ({one.points:+g})" for one in found]
        said.append(f"together {score(found):+g}; joined from {JOIN:+g}, asked from {PROPOSE:+g}")
        said += [f"against joining: {reason}" for reason in vetoes(self._keys[a], self._keys[b])]
        said += [f"refused: {edge.reasons[-1]}" for edge in self._joined.refused if (edge.left, edge.right) == (a, b)]
        if same:
            said += [f"joined: {edge.left} and {edge.right} ({'; '.join(edge.reasons)})" for edge in _path(self._joined, a, b)]
        return tuple(said)

    def joined_by(self, left: str, right: str) -> tuple[Edge, ...]:
        """The chain of joins that made two records, by id, one report; each with its reasons."""
        return tuple(_path(self._joined, left, right))


def reports_of(records: Sequence[Record], judgements: Sequence[Judgement] = ()) -> Grouping:
    """Group records into reports. ValueError where one id stands twice.

    `judgements` may be the whole log or what stands of it. A pair is joined from JOIN points where no veto stands
    against it, and proposed from PROPOSE points; a vetoed pair is proposed where it would have been joined (one that
    is only in doubt, from PROPOSE points too).
    """
    known = {keys.record.id: keys for keys in all_keys(sorted(records, key=lambda record: record.id))}
    if len(known) < len(records):
        raise ValueError(f"{len(records)} records have {len(known)} different ids; each record must come once")
    judged = by_pair(judgements)
    strong, weak = _edges(list(known.values()))

    def against(left: str, right: str, edge: Edge) -> tuple[str, ...]:
        return conflicts(known[left], known[right], (known[edge.left], known[edge.right]))

    joined = join(list(known), strong, list(judged.values()), against)
    proposals = _proposals([*joined.refused, *weak], joined.group, judged)
    return Grouping(reports=_reports(records, joined.group), proposals=proposals, _keys=known, _joined=joined, _judged=judged)


def _edges(known: list[Keys]) -> tuple[list[Edge], list[Edge]]:
    """Edges to join by, and edges to ask about."""
    strong: list[Edge] = []
    weak: list[Edge] = []
    for i, j in candidates(known):
        a, b = known[i], known[j]
        points, found = promising(a, b)
        if points < PROPOSE:
            continue
        against = vetoes(a, b)
        if against and points < JOIN and not only_doubtful(a, b):
            continue
        edge = Edge(left=a.record.id, right=b.record.id, score=points, reasons=(*(one.reason for one in found), *against))
        (weak if against or points < JOIN else strong).append(edge)
    return strong, weak


def _proposals(edges: list[Edge], group: dict[str, str], judged: dict[tuple[str, str], Judgement]) -> tuple[Proposal, ...]:
    """One proposal for two reports, the strongest; none where a person settled any pair of the two."""
    settled = {
        tuple(sorted((group[left], group[right])))
        for (left, right), one in judged.items()
        if one.verdict in ("different", "companion") and left in group and right in group
    }
    unsure = {pair: one for pair, one in judged.items() if one.verdict == "unsure" and pair[0] in group and pair[1] in group}
    edges = [*edges, *(Edge(left=left, right=right, score=0.0, reasons=(one.words,)) for (left, right), one in unsure.items())]
    best: dict[tuple[str, ...], Edge] = {}
    for edge in sorted(edges, key=lambda edge: (-edge.score, edge.left, edge.right)):
        pair = tuple(sorted((group[edge.left], group[edge.right])))
        if pair[0] != pair[1] and pair not in settled:
            best.setdefault(pair, edge)
    return tuple(Proposal(left=edge.left, right=edge.right, score=edge.score, reasons=edge.reasons) for edge in best.values())


def _reports(records: Sequence[Record], group: dict[str, str]) -> tuple[Report, ...]:
    members: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        members[group[record.id]].append(record)
    return tuple(Report(records=tuple(found)) for found in members.values())


def _path(joined: Joined, start: str, end: str) -> list[Edge]:
    """The shortest chain of edges that made two records one report."""
    came: dict[str, tuple[str, Edge] | None] = {start: None}
    line = [start]
    for here in line:  # grows while it is walked: breadth first
        for there, edge in joined.beside[here]:
            if there not in came:
                came[there] = (here, edge)
                line.append(there)
    chain: list[Edge] = []
    step = came.get(end)
    while step:
        chain.append(step[1])
        step = came[step[0]]
    return chain[::-1]
