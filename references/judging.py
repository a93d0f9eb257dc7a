"""A person's sitting over possible duplicates: two reports at a time, one key for each answer, every answer saved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.text import Text

from references import judging_view as show
from references.duplicates.find import Proposal
from references.duplicates.judgement import Judgement, by_pair
from references.duplicates.judgements import all_judgements, judge, withdraw
from references.duplicates.merged import Report
from references.library import library
from references.questions import Judged, Pair, Questions, Start, pair_of, questions
from references.review import Review
from references.terminal import BACKSPACE, END, ENTER, ESCAPE, INTERRUPT, LEAVE, Ask, View

ANSWERS = {"y": "same", "n": "different", "c": "companion", "u": "unsure"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Two reports that may be one, as they stand after what was answered so far."""

    pair: Pair  # the records that were proposed, by id: one of the left report, one of the right
    left: Report
    right: Report
    said: tuple[Judgement, ...]  # who called them unsure before


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One answer of this sitting, as it was stored."""

    pair: Pair
    made: tuple[Judgement, ...]


class Judging:
    """One person's sitting. Each answer is a fact in the database before the next key is read.

    The library is grouped when the sitting begins, and again only where others judge something that answers on proposed
    pairs cannot (see references.questions).
    """

    def __init__(self, review: Review, *, by: str, plain: bool = False) -> None:
        """`plain`: the view is read aloud or line by line, so it says in words what it else would show by place and sign."""
        self.review, self.by, self.plain = review, by, plain
        self.acts: list[Act] = []  # not taken back
        self.mode = "pair"  # pair, help
        self.message = ""
        self.notes: dict[Pair, str] = {}  # not stored yet: a note goes with its answer
        self._skipped: dict[Pair, int] = {}  # when, counted from 1
        self._first: Pair | None = None  # what undo brought back
        self._group()

    # -- where we are ---------------------------------------------------------------------------------------------

    def _group(self) -> None:
        """Group the library as it is now."""
        with self.review.reading() as connection:
            self.library = library(self.review, connection)
            judged = by_pair(all_judgements(connection))
        report_of = {record.id: report.id for report in self.library.reports for record in report.records}
        self._start = Start(report_of=report_of, proposals=self.library.grouping.proposals, judged=judged)
        self._place = {id: place for place, id in enumerate(self.library.records)}
        self._take(judged)

    def _take(self, judged: Judged) -> None:
        """Go on from what people have said by now."""
        self.judged = judged
        asked = questions(self._start, judged, self._called_unsure)
        if asked is None:
            self._group()
            return
        self.asked: Questions = asked
        skipped = {self._reports(pair): when for pair, when in self._skipped.items()}
        first = self._reports(self._first) if self._first else None
        found = [((one.left, one.right), one) for one in asked.waiting]
        found.sort(key=lambda pair_one: (self._reports(pair_one[0]) != first, skipped.get(self._reports(pair_one[0]), 0)))
        self.waiting: list[Proposal] = [one for _, one in found]
        self.question = self._asked(self.waiting[0]) if self.waiting else None

    def _reports(self, pair: Pair) -> Pair:
        return self.asked.reports(pair)

    def _asked(self, one: Proposal) -> Question:
        """The report that was seen first stands left."""
        sides = [(self._report(record), record) for record in (one.left, one.right)]
        (left, a), (right, b) = sorted(sides, key=lambda side: self._place[side[0].id])
        return Question(pair=(a, b), left=left, right=right, said=self.asked.called_unsure((a, b)))

    def _report(self, record: str) -> Report:
        """The report of a record, with the others that it is one with by now."""
        parts = [self.library.report_of[id] for id in self.asked.parts(record)]
        if len(parts) == 1:
            return parts[0]
        return Report(records=tuple(sorted((one for part in parts for one in part.records), key=lambda one: self._place[one.id])))

    @property
    def _called_unsure(self) -> set[Pair]:
        return {one.pair for act in self.acts for one in act.made if one.verdict == "unsure"}

    @property
    def note(self) -> str:
        """The note on the pair at hand, stored with its answer."""
        return self.notes.get(pair_of(*self.question.pair), "") if self.question else ""

    @property
    def judged_by_me(self) -> int:
        """The pairs that this person settled, in this sitting or before."""
        return sum(one.by == self.by and one.verdict != "unsure" for one in self.judged.values())

    # -- what a person does ---------------------------------------------------------------------------------------

    def answer(self, verdict: str) -> None:
        """Store a verdict on the pair at hand and go on to the next; not where somebody settled it meanwhile."""
        question = self.question
        if question is None:
            return
        with self.review.writing() as connection:
            judged = by_pair(all_judgements(connection))
            asked = questions(self._start, judged, self._called_unsure)
            if asked is None or not asked.asks(question.pair):
                made = []
            else:
                note = self.notes.get(pair_of(*question.pair), "")
                made = [judge(self.review, connection, *pair, verdict, note, self.by) for pair in asked.to_judge(question.pair)]
        news = self._news(judged)
        if not made or asked is None:
            self._pass_on(question, verdict, judged, news)
            return
        self.acts.append(Act(pair=question.pair, made=tuple(made)))
        self.notes.pop(pair_of(*question.pair), None)
        self._first = None
        start = self._start
        self._take({**judged, **{one.pair: one for one in made}})
        implied = len(asked.waiting) - 1 - len(self.waiting) if start is self._start else 0
        self.message = show.saved(self._report(question.pair[0]), question, verdict, implied) + show.meanwhile(news, self.by)

    def _news(self, judged: Judged) -> list[Judgement]:
        """What others, or this person elsewhere, have said since the last look; oldest first."""
        return sorted((one for pair, one in judged.items() if self.judged.get(pair) != one), key=lambda one: (one.at, one.id))

    def _pass_on(self, question: Question, verdict: str, judged: Judged, news: Sequence[Judgement]) -> None:
        """Nothing was saved: the pair was settled elsewhere meanwhile, or the groups moved and must be looked at again."""
        self._first = question.pair
        self._take(judged)
        if self.question and self._same_reports(self.question, question):
            self.answer(verdict)  # what moved was elsewhere
            return
        still = self.question is not None and self.question.pair == question.pair
        self._first = question.pair if still else None
        said = self._settled_by(question.pair, news) or (news[-1] if news else None)
        self.message = show.not_saved(question, said, self.by, still=still)

    @staticmethod
    def _same_reports(one: Question, other: Question) -> bool:
        return one.pair == other.pair and (one.left, one.right) == (other.left, other.right)

    def _settled_by(self, pair: Pair, among: Iterable[Judgement]) -> Judgement | None:
        """The last judgement on any records of the two reports of a pair."""
        known = [one for one in among if all(id in self._start.report_of for id in one.pair)]
        return next((one for one in reversed(known) if self._reports(one.pair) == self._reports(pair)), None)

    def undo(self) -> None:
        """Take back the last answer of this sitting: its pair comes back. Whatever else was judged is never touched."""
        if not self.acts:
            self.message = show.nothing_to_undo(self.by)
            return
        act = self.acts.pop()
        with self.review.writing() as connection:
            log = all_judgements(connection)
            mine = [one for one in act.made if self._last_of_mine(log, one.pair) == one.id]
            for one in mine:
                withdraw(self.review, connection, *one.pair, by=self.by)
            judged = by_pair(all_judgements(connection))
        self._first = act.pair
        if note := act.made[0].note:
            self.notes.setdefault(pair_of(*act.pair), note)
        self._take(judged)
        back = self.question is not None and self._reports(self.question.pair) == self._reports(act.pair)
        counts = None if back else self._settled_by(act.pair, judged.values())
        self.message = show.taken_back(act.made[0], taken=bool(mine), counts=counts, by=self.by)

    def _last_of_mine(self, log: Iterable[Judgement], pair: Pair) -> str | None:
        """The id of this person's last judgement on two records that was not withdrawn."""
        log = list(log)
        gone = {one.undoes for one in log}
        mine = [one.id for one in log if one.pair == pair and one.by == self.by and one.verdict != "withdrawn" and one.id not in gone]
        return mine[-1] if mine else None

    def skip(self) -> None:
        """Put the pair at hand last in this sitting; nothing is judged."""
        if self.question is None:
            return
        self._skipped.pop(self.question.pair, None)
        self._skipped[self.question.pair] = max(self._skipped.values(), default=0) + 1
        self._first = None
        self._take(self.judged)
        others = len(self.waiting) - 1
        again = self.question is not None and self._reports(self.question.pair) in map(self._reports, self._skipped)
        self.message = show.skipped(others, again)

    def _set_note(self, text: str) -> None:
        if self.question:
            self.notes[pair_of(*self.question.pair)] = text
            self.message = "The note is saved with your answer to this pair." if text else "No note."

    # -- keys -----------------------------------------------------------------------------------------------------

    def press(self, key: str) -> str | Ask | None:
        """What a key does; every key that can be pressed is named at the foot of the view."""
        if key in (INTERRUPT, END, "q"):
            return LEAVE
        self.message = ""
        if self.mode == "help":
            self.mode = "pair"
        elif key in ("z", BACKSPACE):
            self.undo()
        elif key == "h":
            self.mode = "help"
        elif self.question is None:
            return LEAVE if key == ENTER else None
        else:
            return self._press(key)
        return None

    def _press(self, key: str) -> Ask | None:
        if key in ANSWERS:
            self.answer(ANSWERS[key])
        elif key == "s":
            self.skip()
        elif key == "o":
            return Ask("Note on this pair", self._set_note, self.note)
        elif key not in (" ", "b", ENTER, ESCAPE):
            self.message = f"{key!r} does nothing here; h shows the keys."
        return None

    # -- what to show ---------------------------------------------------------------------------------------------

    def view(self) -> View:
        """What the terminal shows now."""
        return show.view(self)

    def farewell(self) -> Text:
        """The last lines, when the person has left."""
        return show.farewell(self)
