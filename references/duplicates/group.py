"""Joining records into groups, strongest edge first, so that no chain glues two that must stay apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from references.duplicates.judgement import Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Two records, by id, and what speaks for one report."""

    left: str
    right: str
    score: float
    reasons: tuple[str, ...]
    kind: str = "join"  # join; ask, which is left to a person; companion or preprint: two reports that may tell of one study


@dataclass(frozen=True, kw_only=True)
class Joined:
    """The groups of all records, the edges that made them, and the edges that were refused with the reason why."""

    group: dict[str, str]  # record id: the smallest record id of its group
    taken: tuple[Edge, ...]
    refused: tuple[Edge, ...]  # `reasons` tells who stood in the way

    @cached_property
    def beside(self) -> dict[str, list[tuple[str, Edge]]]:
        """{record id: the records it was joined with directly, and by what}."""
        found: dict[str, list[tuple[str, Edge]]] = defaultdict(list)
        for edge in self.taken:
            found[edge.left].append((edge.right, edge))
            found[edge.right].append((edge.left, edge))
        return found


Vetoed = Callable[[str, str, Edge], Sequence[str]]  # two records, the edge that would bring them together: the reasons against it


class _Sets:
    """Disjoint sets with their members at hand. The smallest member names a set, so that names do not hang on order."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.name = {id: id for id in ids}
        self.members = {id: [id] for id in self.name}

    def of(self, id: str) -> list[str]:
        return self.members[self.name[id]]

    def unite(self, left: str, right: str) -> None:
        keep, give = sorted((self.name[left], self.name[right]))
        if keep == give:
            return
        for member in self.members[give]:
            self.name[member] = keep
        self.members[keep] += self.members.pop(give)


def join(ids: Sequence[str], edges: Iterable[Edge], judged: Sequence[Judgement], vetoed: Vetoed) -> Joined:
    """Groups from edges and standing judgements; the outcome does not hang on the order of `ids` or `edges`.

    People come first: "same" joins whatever the program thinks, and nothing joins two records judged different, unsure
    or companion. The program's edges follow, strongest first. One is refused where it would bring two vetoed records
    together by way of others (its own two are taken to have been looked at); records that only a person's word brought
    together are not held against each other.
    """
    known = set(ids)
    judged = [one for one in judged if one.left in known and one.right in known]
    apart = {one.pair: one.words for one in judged if one.verdict != "same"}
    whole, program = _Sets(ids), _Sets(ids)  # with people's joins, and by the program's alone
    taken: list[Edge] = []
    refused: list[Edge] = []
    for one in judged:
        if one.verdict == "same":
            edge = Edge(left=one.pair[0], right=one.pair[1], score=float("inf"), reasons=(one.words,))
            _settle(edge, _kept_apart(edge, whole, apart), (whole,), taken, refused)
    for edge in sorted(edges, key=lambda edge: (-edge.score, edge.left, edge.right)):
        if whole.name[edge.left] == whole.name[edge.right]:
            continue
        against = _kept_apart(edge, whole, apart) or _vetoed(edge, program, vetoed)
        _settle(edge, against, (whole, program), taken, refused)
    return Joined(group=whole.name, taken=tuple(taken), refused=tuple(refused))


def _settle(edge: Edge, against: str | None, sets: Sequence[_Sets], taken: list[Edge], refused: list[Edge]) -> None:
    if against:
        refused.append(Edge(left=edge.left, right=edge.right, score=edge.score, reasons=(*edge.reasons, against)))
        return
    taken.append(edge)
    for each in sets:
        each.unite(edge.left, edge.right)


def _kept_apart(edge: Edge, sets: _Sets, apart: dict[tuple[str, str], str]) -> str | None:
    """A person's word against the join of the two groups, if there is one."""
    if not apart:
        return None
    for left in sets.of(edge.left):
        for right in sets.of(edge.right):
            if words := apart.get((left, right) if left < right else (right, left)):
                return _said_of(edge, left, right, words)
    return None


def _vetoed(edge: Edge, sets: _Sets, vetoed: Vetoed) -> str | None:
    for left in sets.of(edge.left):
        for right in sets.of(edge.right):
            if (left, right) != (edge.left, edge.right) and (reasons := vetoed(left, right, edge)):
                return _said_of(edge, left, right, "; ".join(reasons))
    return None


def _said_of(edge: Edge, left: str, right: str, words: str) -> str:
    return words if (left, right) == (edge.left, edge.right) else f"it would also join {left} and {right}: {words}"
