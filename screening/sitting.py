"""A reviewer's sitting: one report after the other, one key for each answer, every key saved."""

from __future__ import annotations

from dataclasses import replace

from rich.text import Text

from references.duplicates.merged import Report
from references.review import Review
from references.terminal import BACKSPACE, END, ENTER, ESCAPE, INTERRUPT, LEAVE, Ask, View
from screening import decisions, show
from screening.criteria import Criterion
from screening.decisions import OPEN, Decision
from screening.progress import Screening, queue, screening

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
        waiting = queue(self.progress, stage=stage, by=by) if role == "reader" else self.progress.in_state(stage, "conflict")
        self.waiting: list[Report] = list(waiting)
        self.made: list[Decision] = [decision for decision in decisions.standing(mine) if decision.role == role]
        self.decided_before = len(self.made)
        self._half = decisions.half_answered(decision for decision in mine if decision.role == role)
        self.mode = "questions"  # questions, reasons, help
        self.guidance = False
        self.message = ""
        self.note = ""
        self.answers: dict[str, str] = {}
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

    def _start(self) -> None:
        self.note, self.answers, self.guidance, self.mode = "", {}, False, "questions"
        known = {criterion.code for criterion in self.criteria}
        for record in self.current.records if self.current else ():
            if half := self._half.get(record.id):
                self.answers = {code: answer for code, answer in half.answers.items() if code in known}
                self.note = half.note

    # -- what a person does ---------------------------------------------------------------------------------------

    def answer(self, answer: str) -> None:
        """Answer the question at hand: yes, no or unclear. The first no decides, and so does the last answer."""
        if self.question is None:
            return
        self.answers[self.question.code] = answer
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
        self.made += self._save(verdict, reason)
        said = f"{verdict}{f' ({reason})' if reason else ''}"
        self.message = f"Saved: {said}. {show.short(self.current)}"
        self.waiting.pop(0)
        self._start()

    def undo(self) -> None:
        """Take back the last decision that stands, as often as wanted; the report comes back first in the queue."""
        if self.answers and self.current:
            self.answers = dict(list(self.answers.items())[:-1])
            self._save(OPEN, None)
            self.message = "Took back the last answer."
            return
        if not self.made:
            self.message = "There is no decision of yours to take back."
            return
        last = self.made[-1]
        report = self.progress.library.report_of[last.record]
        ids = {record.id for record in report.records}
        with self.review.writing() as connection:
            alike = [one for one in self.made if one.record in ids and (one.verdict, one.reason) == (last.verdict, last.reason)]
            decisions.add(self.review, connection, [decisions.withdrawal(one) for one in alike])
            mine = decisions.history(connection, stage=self.stage, by=self.by)
        self.made = [decision for decision in decisions.standing(mine) if decision.role == self.role]
        before = [decision for decision in self.made if decision.record in ids]
        self.message = f"Took back: {last.verdict}. Both stay in the history."
        if before:  # an older decision of theirs on this report counts again
            self.message += f" Your earlier decision counts again: {before[-1].verdict}; undo once more to take that back too."
            return
        self.waiting = [report, *(other for other in self.waiting if other.id != report.id)]
        self._half.pop(last.record, None)
        self._start()

    def skip(self) -> None:
        """Put the report at hand last in this sitting's queue; nothing is decided."""
        if self.current:
            [self._half[self.current.id]] = self._save(OPEN, None)
            self.waiting.append(self.waiting.pop(0))
            self._start()
            self.message = "Skipped; it comes again at the end."

    def _save(self, verdict: str, reason: str | None) -> list[Decision]:
        """Store what was said; more than one fact only where records that were decided on apart are one report now."""
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
            return decisions.add(self.review, connection, [replace(decision, record=record) for record in records])

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
        elif key in ("g", "?"):
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
        self._save(OPEN, None)
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
        new = len(self.made) - self.decided_before
        return show.farewell(new, len(self.waiting), self)
