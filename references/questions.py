"""What is still to be asked about duplicates, and what the answers so far imply; the library is not grouped anew for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from references.duplicates.find import Proposal
from references.duplicates.judgement import Judgement

Pair = tuple[str, str]  # two ids, the smaller first
Judged = Mapping[Pair, Judgement]  # what people have said, as it stands: by_pair() of the log

APART = ("different", "companion")


def pair_of(left: str, right: str) -> Pair:
    """Two ids whichever way round they were given."""
    return (left, right) if left < right else (right, left)


@dataclass(frozen=True, kw_only=True)
class Start:
    """The library as it was grouped at one moment, and what people had said by then."""

    report_of: Mapping[str, str]  # record id: the id of its report
    proposals: tuple[Proposal, ...]
    judged: Judged


@dataclass(frozen=True, kw_only=True)
class Questions:
    """What is to be asked now, and which reports of the start are one by now."""

    waiting: tuple[Proposal, ...]  # likeliest first, one for two reports
    unsure: tuple[Proposal, ...]  # set aside: proposals still, but not to be asked again at once
    start: Start = field(repr=False)
    judged: Judged = field(repr=False)
    united: Mapping[str, str] = field(repr=False)  # report id: the name it shares with those it is one with; the others are their own

    def report(self, record: str) -> str:
        """The name of the report that a record, by its id, belongs to by now."""
        own = self.start.report_of[record]
        return self.united.get(own, own)

    def parts(self, record: str) -> tuple[str, ...]:
        """The reports of the start, by id, that make up the report of a record."""
        name = self.report(record)
        return tuple(report for report, other in self.united.items() if other == name) or (name,)

    def reports(self, pair: Pair) -> Pair:
        """The two reports of two records; twice the same where they are one."""
        return pair_of(self.report(pair[0]), self.report(pair[1]))

    def one(self, pair: Pair) -> bool:
        """Whether two records are one report by now."""
        left, right = self.reports(pair)
        return left == right

    def asks(self, pair: Pair) -> bool:
        """Whether the reports of two records are still to be asked about."""
        return any(self.reports((one.left, one.right)) == self.reports(pair) for one in self.waiting)

    def called_unsure(self, pair: Pair) -> tuple[Judgement, ...]:
        """The standing "unsure" on any two records of the two reports."""
        return tuple(one for one in self._known("unsure") if self.reports(one.pair) == self.reports(pair))

    def to_judge(self, pair: Pair) -> tuple[Pair, ...]:
        """The records that an answer on two reports is about.

        Those that were called unsure, since that would else stand against the answer (`join` unites nothing across an
        "unsure"); where there are none, the two that were proposed.
        """
        return tuple(one.pair for one in self.called_unsure(pair)) or (pair,)

    def _known(self, *verdicts: str) -> Iterable[Judgement]:
        known = self.start.report_of
        return (one for pair, one in self.judged.items() if one.verdict in verdicts and pair[0] in known and pair[1] in known)


def questions(start: Start, judged: Judged, aside: Collection[Pair] = ()) -> Questions | None:
    """What is to be asked once `judged` stands; None where that moved the groups in a way that only grouping anew can tell.

    `aside`: pairs of records that were answered "unsure" and are not to come again.

    Each answer is taken for the two reports and not only for its two records:
    - after "same" the proposals of both reports are proposals of one: pairs of the same two reports are asked once;
    - after "different" or "companion" no pair of the two reports is asked, and where A is the same as B and B is not the
      same as C, none of A and C;
    - after "unsure" the pair stays a proposal, the strongest of its two reports as ever.

    This is what grouping anew gives, in the same order, for answers on reports that are proposed: people's joins come
    first there and vetoes look only at what the program joined, so "same" unites two whole groups and frees no other
    join, while a word against joining two groups that are two already moves nothing. It is not so, and the answer is
    None, where
    - a judgement that held reports together or apart was taken back, or another word on its two records counts now;
    - somebody parted two records of one report;
    - "same" is said of reports that are one already, by another way: the program then needs fewer joins of its own to
      hold them together, and a veto against one of those no longer keeps a further record out;
    - people contradict each other.
    """
    here = {pair: one for pair, one in judged.items() if pair[0] in start.report_of and pair[1] in start.report_of}
    if _moved(start, here):
        return None
    new = {pair for pair, one in here.items() if start.judged.get(pair) != one}
    same = [pair for pair in new if here[pair].verdict == "same"]
    united = _united((start.report_of[left], start.report_of[right]) for left, right in same)
    if united is None:
        return None
    bare = Questions(waiting=(), unsure=(), start=start, judged=judged, united=united)
    if any(bare.one(pair) and (pair in new or not _one(start, pair)) for pair in here if here[pair].verdict != "same"):
        return None
    settled = {bare.reports(one.pair) for one in bare._known(*APART)}
    hidden = {bare.reports(pair) for pair in aside if pair in here and here[pair].verdict == "unsure"}
    best: dict[Pair, Proposal] = {}
    for one in sorted([*start.proposals, *_doubted(bare)], key=lambda one: (-one.score, one.left, one.right)):
        reports = bare.reports((one.left, one.right))
        if reports[0] != reports[1] and reports not in settled:
            best.setdefault(reports, one)
    return Questions(
        waiting=tuple(one for reports, one in best.items() if reports not in hidden),
        unsure=tuple(one for reports, one in best.items() if reports in hidden),
        start=start,
        judged=judged,
        united=united,
    )


def _doubted(bare: Questions) -> list[Proposal]:
    """What people called unsure is proposed, whatever the program thinks of it."""
    return [Proposal(left=one.pair[0], right=one.pair[1], score=0.0, reasons=(one.words,)) for one in bare._known("unsure")]


def _one(start: Start, pair: Pair) -> bool:
    """Whether two records were one report from the start."""
    return start.report_of[pair[0]] == start.report_of[pair[1]]


def _moved(start: Start, judged: Judged) -> bool:
    """Whether a word that kept reports together or apart is gone, or is another now."""
    for pair, was in start.judged.items():
        now = judged.get(pair)
        if was == now or not all(id in start.report_of for id in pair):
            continue
        if now is None:
            return True
        if was.verdict == "same" or (was.verdict in APART and now.verdict not in APART):
            return True
    return False


def _united(edges: Iterable[Pair]) -> dict[str, str] | None:
    """{report: the smallest id among those it is connected with}, for the reports that the edges name; None where they close a ring."""
    name: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    for left, right in edges:
        keep, give = pair_of(name.get(left, left), name.get(right, right))
        if keep == give:
            return None
        members[keep] = members.pop(keep, [keep]) + members.pop(give, [give])
        name.update(dict.fromkeys(members[keep], keep))
    return name
