"""A reviewer's sitting: one report after the other, one key for each answer, every key saved."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from rich.text import Text

from references.duplicates.merged import Report
from references.review import Review
from references.terminal import BACKSPACE, END, ENTER, ESCAPE, INTERRUPT, LEAVE, Ask, View
from screening import decisions, show
from screening.criteria import Criterion
from screening.decisions import OPEN, Decision
from screening.progress import Screening, queue, screening, to_settle

ANSWERS = {"y": "yes", "n": "no", "u": "unclear"}
PICKS = "1234567890abcdefghijklmnopqrstuvwxyz"  # the keys for a list of reasons


class Sitting:
    """One reviewer at one stage. Each answer is a fact in the database before the next key is read.

    A reader gets what waits for them and never sees what others decided; a settler gets the conflicts, with
    the decisions in conflict.
    """

    def __init__(self, review: Review, *, stage: str, by: str, role: str = "reader") -> None:
        self.review, self.stage, self.by, self.role = review, stage, by, role
        with review.reading() as connection:
            self.progress: Screening = screening(review, connection)
            mine = decisions.history(connection, stage=stage, by=by)
        self.criteria: tuple[Criterion, ...] = self.progress.criteria.at(stage)
        self.waiting: list[Report] = list((queue if role == "reader" else to_settle)(self.progress, stage=stage, by=by))
        self.again = self.progress.to_read_again(stage, by, role)  # {report id: the decision to look at again}
        self.made: list[Decision] = [decision for decision in decisions.standing(mine) if decision.role == role]
        self.acts: list[list[Decision]] = []  # the decisions of this sitting that were not taken back, each with its facts
        self._half = decisions.half_answered(decision for decision in mine if decision.role == role)
        self.mode = "questions"  # questions, reasons, help
        self.guidance = False
        self.message = ""
        self.note = ""
        self.answers: dict[str, str] = {}
        self._skipped: set[str] = set()
        self._fresh = False  # whether the report at hand was come to by going on, and nothing was answered since
        self._start()

    # -- where we are ---------------------------------------------------------------------------------------------

    @property
    def current(self) -> Report | None:
        """The report being read; None when none waits."""
        return self.waiting[0] if self.waiting else None

    @property
    def question(self) -> Criterion | None:
        """The first criterion without an answer."""
        return next((criterion for criterion in self.criteria if criterion.code not in self.answers), None)

    @property
    def may_be_unsure(self) -> bool:
        """A settler at full text must come to a verdict: nobody comes after."""
        return self.role == "reader" or self.stage == "abstract"

    def _start(self, *, fresh: bool = False) -> None:
        self.note, self.answers, self.guidance, self.mode, self._fresh = "", {}, False, "questions", fresh
        known = {criterion.code for criterion in self.criteria}
        if begun := decisions.newest_on(self.current.records if self.current else (), self._half):
            self.answers = {code: answer for code, answer in begun.answers.items() if code in known}
            self.note = begun.note

    # -- what a person does ---------------------------------------------------------------------------------------

    def answer(self, answer: str) -> None:
        """Answer the question at hand: yes, no or unclear. The first no decides, and so does the last answer."""
        if self.question is None:
            return
        self.answers[self.question.code] = answer
        self._fresh = False
        if answer == "no" or self.question is None:
            self.decide(*self.progress.criteria.verdict(self.answers, self.stage))
        else:
            self._save(OPEN, None)

    def decide(self, verdict: str, reason: str | None = None) -> None:
        """Decide on the report at hand and go on to the next. At full text an exclusion needs its reason."""
        if self.current is None:
            return
        if verdict == "exclude" and self.stage == "fulltext" and not reason:
            raise ValueError("an exclusion at full text needs exactly one reason")
        saved = self._save(verdict, reason)
        if not saved:
            return
        self.made += saved
        self.acts.append(saved)
        self.message = f"Saved: {show.verdict(saved[0])}. {show.short(self.current)}"
        self.waiting.pop(0)
        self._start(fresh=True)

    def undo(self) -> None:
        """Take back what this sitting did last: an answer to the report at hand, or the decision before, whose report comes back.

        Decisions of earlier sittings, or of another terminal, are never touched.
        """
        if self.answers and self.current and not (self._fresh and self.acts):
            self.answers = dict(list(self.answers.items())[:-1])
            self._fresh = False
            if self._save(OPEN, None):
                self.message = "Took back the last answer."
        elif self.acts:
            self._take_back(self.acts.pop())
        else:
            command = "screen" if self.role == "reader" else "reconcile"
            self.message = (
                "There is no decision of yours in this sitting to take back. An earlier one is changed by a file with the new one: "
                f"review {command} --as {self.by} --stage {self.stage} --from FILE"
            )

    def _take_back(self, act: list[Decision]) -> None:
        """Withdraw a decision of this sitting. Its report comes back as it was before, unless somebody has decided on it since."""
        report = self.progress.library.report_of[act[0].record]
        with self.review.writing() as connection:
            decisions.add(self.review, connection, [decisions.withdrawal(one) for one in act])
            mine = [one for one in decisions.history(connection, stage=self.stage, by=self.by) if one.role == self.role]
            others = self._decided_elsewhere(connection, report)
        self.made = decisions.standing(mine)
        self._half = decisions.half_answered(mine)
        self.message = f"Took back: {act[0].verdict}. Both stay in the history."
        if others:
            whose = "of yours" if others[-1].by == self.by else f"of {others[-1].by}"
            self.message += f" Now another decision {whose} on it counts: {show.verdict(others[-1])} at {show.clock(others[-1].at)}."
            return
        self.waiting = [report, *(other for other in self.waiting if other.id != report.id)]
        self._start()

    def skip(self) -> None:
        """Put the report at hand last in this sitting's queue; nothing is decided."""
        if self.current and (saved := self._save(OPEN, None)):
            self._half[self.current.id] = saved[0]
            self._skipped.add(self.current.id)
            self.waiting.append(self.waiting.pop(0))
            self._start(fresh=True)
            self.message = self._after_a_skip()

    def _after_a_skip(self) -> str:
        others = len(self.waiting) - 1
        if not others:
            return "No other report waits: the one you skipped is here again. Decide, or leave with q."
        if self.waiting[0].id in self._skipped:
            return f"You have skipped all {others + 1} that wait: the first of them is here again."
        after = f"the {others} others" if others > 1 else "the other one"
        return f"Skipped: it comes again after {after}, and in your next sitting in its old place."

    def _save(self, verdict: str, reason: str | None) -> list[Decision]:
        """Store what was said; more than one fact only where records that were decided on apart are one report now.

        Nothing is stored where the report was decided on elsewhere meanwhile: that is said, and the next report comes.
        """
        assert self.current is not None
        stood = self.progress.outcomes[self.stage][self.current.id].decisions
        records = [self.current.id]
        if verdict != OPEN:
            records = decisions.records_to_decide(self.current.id, stood, by=self.by, role=self.role)
        decision = Decision(
            record=self.current.id,
            stage=self.stage,
            verdict=verdict,
            reason=reason,
            by=self.by,
            role=self.role,
            note=self.note,
            answers=dict(self.answers),
        )
        with self.review.writing() as connection:
            elsewhere = self._decided_elsewhere(connection, self.current)
            if not elsewhere:
                return decisions.add(self.review, connection, [replace(decision, record=record) for record in records])
        self._pass_on(elsewhere)
        return []

    def _decided_elsewhere(self, connection: sa.Connection, report: Report) -> list[Decision]:
        """The decisions on a report that this sitting neither made nor knew when it began, and must not write over.

        For a reader, their own from another terminal or a file; for a settler, any settlement.
        """
        known = {decision.id for decision in self.progress.outcomes[self.stage][report.id].decisions}
        known |= {decision.id for act in self.acts for decision in act}
        said = decisions.history(connection, stage=self.stage, records=[record.id for record in report.records])
        return [
            one
            for one in decisions.standing(said)
            if one.id not in known and one.role == self.role and (self.role == "settler" or one.by == self.by)
        ]

    def _pass_on(self, elsewhere: list[Decision]) -> None:
        """Leave the report at hand as it was decided elsewhere, and go on to the next."""
        last = elsewhere[-1]
        who, did = "you" if last.by == self.by else last.by, "decided" if self.role == "reader" else "settled"
        report = self.waiting.pop(0)
        self.made += [one for one in elsewhere if one.by == self.by]
        self._start(fresh=True)
        said = f"{show.verdict(last)} at {show.clock(last.at)}"
        self.message = f"Not saved: {who} {did} this elsewhere meanwhile: {said}. {show.short(report)}"

    # -- keys -----------------------------------------------------------------------------------------------------

    def press(self, key: str) -> str | Ask | None:
        """What a key does; every key that can be pressed is named at the foot of the view."""
        if key in (INTERRUPT, END, "q"):
            return LEAVE
        self.message = ""
        if self.mode == "help":
            self.mode = "questions"
        elif self.current is None:
            return self._press_at_the_end(key)
        elif self.mode == "reasons":
            self._pick_reason(key)
        else:
            return self._press(key)
        return None

    def _press_at_the_end(self, key: str) -> str | Ask | None:
        if key in ("z", BACKSPACE):
            self.undo()
        return LEAVE if key == ENTER else None

    def _press(self, key: str) -> str | Ask | None:
        if key in ANSWERS and self.role == "reader":
            self.answer(ANSWERS[key])
        elif key == "i":
            self.decide("include")
        elif key == "m" and self.may_be_unsure:
            self.decide("unsure")
        elif key == "e":
            self.mode = "reasons"
        elif key in ("z", BACKSPACE):
            self.undo()
        elif key == "s":
            self.skip()
        elif key in ("g", "?") and self.role == "reader":
            self.guidance = not self.guidance
        elif key == "o":
            return Ask("Note on this report", self._set_note, self.note)
        elif key == "h":
            self.mode = "help"
        elif key not in (" ", "b", ENTER, ESCAPE):
            self.message = f"{key!r} does nothing here; h shows the keys."
        return None

    def _set_note(self, text: str) -> None:
        self.note = text
        if self._save(OPEN, None):
            self.message = "Saved; the note goes with your decision."

    def _pick_reason(self, key: str) -> None:
        self.mode = "questions"
        place = PICKS.find(key) if len(key) == 1 else -1
        if 0 <= place < len(self.criteria):
            self.answers[self.criteria[place].code] = "no"
            self.decide("exclude", self.criteria[place].exclusion)
        else:
            self.message = "No reason was chosen; nothing is decided."

    # -- what to show ---------------------------------------------------------------------------------------------

    def view(self) -> View:
        """What the terminal shows now."""
        return show.view(self)

    def farewell(self) -> Text:
        """The last lines, when the person has left."""
        return show.farewell(len(self.acts), len(self.waiting), self)
