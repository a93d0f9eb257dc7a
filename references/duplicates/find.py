"""Which records are one report: candidates, evidence, vetoes and people's judgements put together.

Order does not matter: the same records give the same groups however they are sorted, and twice the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from references.duplicates.block import candidates
from references.duplicates.clean import Keys, all_keys, keys
from references.duplicates.compare import JOIN, PROPOSE, evidence, score
from references.duplicates.families import conflicts, vetoes
from references.duplicates.group import Edge, Joined, join
from references.duplicates.judgement import Judgement, by_pair
from references.duplicates.kinds import is_preprint
from references.duplicates.merged import Report
from references.duplicates.pairs import Compare, edges_of
from references.record import Record


class Known(dict[str, Keys]):
    """Records as they are compared, by id: cleaned when somebody asks for them."""

    def __init__(self, records: Mapping[str, Record], cleaned: Iterable[Keys] = ()) -> None:
        super().__init__((one.record.id, one) for one in cleaned)
        self._records = records

    def __missing__(self, id: str) -> Keys:
        made = self[id] = keys(self._records[id])
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Two records of two reports, for a person: they may be one report, or tell of one study."""

    left: str  # record ids
    right: str
    score: float
    reasons: tuple[str, ...]  # for and against, in words


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """The reports that the records make, what is left to a person, and why."""

    reports: tuple[Report, ...]  # in the order of their first record
    proposals: tuple[Proposal, ...]  # reports that may be one; likeliest first; one for a pair of reports
    companions: tuple[Proposal, ...] = ()  # reports that may tell of one study, such as an abstract and its article; likewise
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

    def judged(self, left: str, right: str) -> Judgement | None:
        """What people said of two records, by id, as it stands."""
        return self._judged.get((left, right) if left < right else (right, left))

    def joined_by(self, left: str, right: str) -> tuple[Edge, ...]:
        """The chain of joins that made two records, by id, one report; each with its reasons."""
        return tuple(_path(self._joined, left, right))


def reports_of(
    records: Sequence[Record], judgements: Sequence[Judgement] = (), *, preprints: bool = False, compare: Compare = edges_of
) -> Grouping:
    """Group records into reports. ValueError where one id stands twice.

    `judgements` may be the whole log or what stands of it. `preprints`: whether a preprint and its article are one
    report. `compare` may compare the pairs in several places at once; it has no say in the outcome.
    """
    by_id = {record.id: record for record in records}
    if len(by_id) < len(records):
        raise ValueError(f"{len(records)} records have {len(by_id)} different ids; each record must come once")
    cleaned = all_keys([by_id[id] for id in sorted(by_id)])
    return grouping(records, compare(cleaned, candidates(cleaned)), judgements, known=Known(by_id, cleaned), preprints=preprints)


def grouping(
    records: Sequence[Record], edges: Iterable[Edge], judgements: Sequence[Judgement], *, known: Known, preprints: bool = False
) -> Grouping:
    """Group records by what is known of their pairs; the same as reports_of() where `edges` are those of all pairs."""
    kinds: dict[str, list[Edge]] = {"join": [], "ask": [], "companion": [], "preprint": []}
    for edge in edges:
        kinds[edge.kind].append(edge)

    # Against a pair that would be joined by itself nothing stands, and conflicts() asks for no more than that: it need not be asked.
    sound = {(edge.left, edge.right) for edge in kinds["join"]}

    def against(left: str, right: str, edge: Edge) -> tuple[str, ...]:
        if ((left, right) if left < right else (right, left)) in sound:
            return ()
        a, b = known[left], known[right]
        if preprints and is_preprint(a.record) != is_preprint(b.record):
            return ()
        return conflicts(a, b, (known[edge.left], known[edge.right]))

    judged = by_pair(judgements)
    strong = kinds["join"] + (kinds["preprint"] if preprints else [])
    joined = join([record.id for record in records], strong, list(judged.values()), against)
    return Grouping(
        reports=_reports(records, joined.group),
        proposals=_for_a_person([*joined.refused, *kinds["ask"]], joined.group, judged, "unsure"),
        companions=_for_a_person(kinds["companion"] + kinds["preprint"], joined.group, judged, "companion"),
        _keys=known,
        _joined=joined,
        _judged=judged,
    )


def _for_a_person(edges: list[Edge], group: dict[str, str], judged: dict[tuple[str, str], Judgement], verdict: str) -> tuple[Proposal, ...]:
    """One proposal for two reports, the strongest, and those that people judged so; none where they settled a pair of the two otherwise."""
    here = {pair: one for pair, one in judged.items() if pair[0] in group and pair[1] in group}
    settled = {
        tuple(sorted((group[left], group[right])))
        for (left, right), one in here.items()
        if one.verdict in ("different", "companion") and one.verdict != verdict
    }
    said = [Edge(left=left, right=right, score=0.0, reasons=(one.words,)) for (left, right), one in here.items() if one.verdict == verdict]
    best: dict[tuple[str, ...], Edge] = {}
    for edge in sorted([*edges, *said], key=lambda edge: (-edge.score, edge.left, edge.right)):
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
