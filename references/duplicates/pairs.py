"""What is to be done with pairs of records: joined, asked about, or shown as companions. Nothing here looks at more than two."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from references.duplicates.clean import Keys
from references.duplicates.compare import DISTINCTIVE, JOIN, PROPOSE, promising
from references.duplicates.families import only_companions, only_doubtful, vetoes
from references.duplicates.group import Edge
from references.duplicates.kinds import companions
from references.duplicates.likeness import another_issue

Pair = tuple[int, int]  # positions of two records


def edges_of(known: Sequence[Keys], pairs: Iterable[Pair]) -> list[Edge]:
    """The pairs of which there is something to say.

    A pair is joined from JOIN points where no veto stands against it, and asked about from PROPOSE points; a vetoed
    pair is asked about where it would have been joined (one that is only in doubt, from PROPOSE points too). What only
    its kind parts from the other, such as a preprint from its article, is a companion.
    """
    return [edge for i, j in pairs if (edge := _edge(known[i], known[j]))]


Compare = Callable[[Sequence[Keys], Sequence[Pair]], Iterable[Edge]]  # edges_of(), or whatever does the same in parts


def _edge(a: Keys, b: Keys) -> Edge | None:
    points, found = promising(a, b)
    alike = a.title == b.title and len(a.title) >= DISTINCTIVE
    if points < PROPOSE and not alike:
        return None
    against = vetoes(a, b)
    if against and (a.serial or b.serial) and another_issue(a, b):
        return None  # nobody need be asked about two issues of a column
    kinds = companions(a, b) if against and only_companions(a, b) else ""
    if kinds:
        kind = "preprint" if kinds == "article and preprint" else "companion"
        against = (f"two kinds of document: {kinds}", *against)
    elif points < PROPOSE or (against and points < JOIN and not only_doubtful(a, b)):
        return None
    else:
        kind = "ask" if against or points < JOIN else "join"
    reasons = (*(one.reason for one in found), *against)
    return Edge(left=a.record.id, right=b.record.id, score=points, reasons=reasons, kind=kind)
