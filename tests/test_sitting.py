"""A reviewer's sitting."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from references.review import Review
from screening.decisions import history, standing
from screening.progress import queue, screening
from screening.sitting import Sitting


def verdicts(review: Review, by: str) -> list[str]:
    with review.reading() as connection:
        return [decision.verdict for decision in history(connection, by=by)]


def test_the_first_no_excludes_with_its_reason(filled: Review) -> None:
    sitting = Sitting(filled, stage="abstract", by="ana")
    first = sitting.current
    sitting.press("y")
    sitting.press("n")
    assert sitting.current != first
    assert (sitting.made[-1].verdict, sitting.made[-1].reason) == ("exclude", "E02_SECTOR")
    assert dict(sitting.made[-1].answers) == {"C01": "yes", "C02": "no"}


def test_an_unclear_answer_sends_a_report_on_as_unsure(filled: Review) -> None:
    sitting = Sitting(filled, stage="abstract", by="ana")
    for key in "yuy":
        sitting.press(key)
    assert sitting.made[-1].verdict == "unsure"


def test_undo_brings_the_report_back_and_keeps_the_history(filled: Review) -> None:
    sitting = Sitting(filled, stage="abstract", by="ana")
    first = sitting.current
    sitting.decide("exclude", reason="E01_TYPE")
    sitting.undo()
    assert sitting.current == first
    assert verdicts(filled, "ana") == ["exclude", "withdrawn"]
    sitting.undo()
    assert "no decision of yours" in sitting.message


def test_undo_never_reaches_into_an_earlier_sitting(filled: Review) -> None:
    Sitting(filled, stage="abstract", by="ana").press("i")
    later = Sitting(filled, stage="abstract", by="ana")
    later.press("z")
    assert len(later.waiting) == 3 and "no decision of yours in this sitting" in later.message
    assert "screen --as ana --stage abstract --from" in later.message  # how to change it all the same
    assert verdicts(filled, "ana") == ["include"]


def test_answers_given_before_leaving_are_there_on_coming_back(filled: Review) -> None:
    sitting = Sitting(filled, stage="abstract", by="ana")
    sitting.press("y")
    assert sitting.press("q") == "leave"
    again = Sitting(filled, stage="abstract", by="ana")
    assert again.answers == {"C01": "yes"}
    assert again.question is not None and again.question.code == "C02"


def test_two_reviewers_do_not_see_each_other(filled: Review) -> None:
    ana = Sitting(filled, stage="abstract", by="ana")
    ana.press("o").then("a note of ana")  # type: ignore[union-attr]
    ana.press("e")
    ana.press("1")
    ben = Sitting(filled, stage="abstract", by="ben")
    assert len(ben.waiting) == 4
    assert "ana" not in ben.view().head.plain + ben.view().body.plain + ben.view().foot.plain


def test_excluding_at_full_text_takes_exactly_one_reason(filled: Review) -> None:
    sitting = Sitting(filled, stage="fulltext", by="ana")  # the website's report goes straight to full text
    assert sitting.current is not None and sitting.current.shown.title == "Update on progress"
    with pytest.raises(ValueError, match="exactly one reason"):
        sitting.decide("exclude")
    sitting.press("e")
    sitting.press("x")  # no such reason: nothing is decided
    assert sitting.current is not None
    sitting.press("e")
    sitting.press("3")
    assert sitting.made[-1].reason == "E03_EVIDENCE"


def test_a_skipped_report_comes_again_at_the_end(filled: Review) -> None:
    sitting = Sitting(filled, stage="abstract", by="ana")
    first = sitting.current
    sitting.press("y")
    sitting.press("s")
    assert sitting.waiting[-1] == first and verdicts(filled, "ana") == ["open", "open"]
    for _ in range(3):
        sitting.press("i")
    assert sitting.current == first and sitting.answers == {"C01": "yes"}


def test_a_settler_sees_the_decisions_and_ends_the_conflict(filled: Review) -> None:
    Sitting(filled, stage="abstract", by="ana").press("i")
    ben = Sitting(filled, stage="abstract", by="ben")
    ben.press("e")
    ben.press("1")
    eva = Sitting(filled, stage="abstract", by="eva", role="settler")
    assert len(eva.waiting) == 1
    shown = eva.view().body.plain
    assert "ana: include" in shown and "ben: exclude · Not an eligible report type" in shown
    eva.press("y")  # a reader's key: it decides nothing here
    assert eva.current is not None
    eva.press("i")
    with filled.reading() as connection:
        progress = screening(filled, connection)
        outcome = progress.outcomes["abstract"][progress.library.reports[0].id]
        assert (outcome.state, outcome.settled_by, outcome.readers) == ("include", "eva", ("ana", "ben"))
        assert len(queue(progress, stage="abstract", by="ana")) == 3


def test_a_settler_cannot_leave_a_full_text_unsure(filled: Review) -> None:
    Sitting(filled, stage="fulltext", by="ana").press("i")
    Sitting(filled, stage="fulltext", by="ben").press("m")
    eva = Sitting(filled, stage="fulltext", by="eva", role="settler")
    eva.press("m")
    assert eva.current is not None and "does nothing here" in eva.message


def test_keywords_are_marked_and_a_missing_abstract_is_said(filled: Review) -> None:
    sitting = Sitting(filled, stage="abstract", by="ana")
    body = sitting.view().body
    marked = [body.plain[span.start : span.end] for span in body.spans if span.style == "bold green"]
    assert marked == ["Partnership"]
    assert "never a reason to exclude" in body.plain


def test_a_note_written_before_leaving_is_there_on_coming_back(filled: Review) -> None:
    sitting = Sitting(filled, stage="abstract", by="ana")
    sitting.press("o").then("ask the authors")  # type: ignore[union-attr]
    sitting.press("q")
    again = Sitting(filled, stage="abstract", by="ana")
    assert again.note == "ask the authors"
    again.press("i")
    assert again.made[-1].note == "ask the authors" and again.note == ""


def test_undo_leaves_a_newer_decision_that_came_by_a_file(filled: Review, tmp_path: Path) -> None:
    from screening.exchange import apply_decisions

    sitting = Sitting(filled, stage="abstract", by="ana")
    sitting.press("i")
    (tmp_path / "one.csv").write_text("record,verdict\nmedical.ris#1,exclude\n")
    apply_decisions(filled, tmp_path / "one.csv", stage="abstract", by="ana")
    sitting.press("z")
    assert "Took back: include" in sitting.message and "another decision of yours on it counts: exclude" in sitting.message
    assert len(sitting.waiting) == 3
    with filled.reading() as connection:
        assert [decision.verdict for decision in standing(history(connection))] == ["exclude"]


def test_a_code_that_the_protocol_has_dropped_does_not_stop_a_settler(filled: Review) -> None:
    ana = Sitting(filled, stage="abstract", by="ana")
    ana.press("e")
    ana.press("1")
    Sitting(filled, stage="abstract", by="ben").press("i")
    text = (filled.folder / "protocol.toml").read_text()
    (filled.folder / "protocol.toml").write_text(text.replace("E01_TYPE", "E01_OTHER"))
    eva = Sitting(Review(filled.folder), stage="abstract", by="eva", role="settler")
    assert "ana: exclude · E01_TYPE" in eva.view().body.plain


def test_undo_gives_back_the_answers_and_the_note_from_before_the_decision(filled: Review) -> None:
    sitting = Sitting(filled, stage="abstract", by="ana")
    first = sitting.current
    sitting.press("y")
    sitting.press("o").then("ask the authors")  # type: ignore[union-attr]
    sitting.press("n")
    sitting.press("z")
    assert (sitting.current, sitting.answers, sitting.note) == (first, {"C01": "yes"}, "ask the authors")
    again = Sitting(filled, stage="abstract", by="ana")
    assert (again.current, again.answers, again.note) == (first, {"C01": "yes"}, "ask the authors")
    again.press("i")
    again.press("z")
    assert (again.current, again.answers, again.note) == (first, {"C01": "yes"}, "ask the authors")
    again.press("z")
    assert again.answers == {} and "Took back the last answer" in again.message


def test_undo_after_a_decision_takes_that_back_and_no_answer_to_the_next_report(filled: Review) -> None:
    sitting = Sitting(filled, stage="abstract", by="ana")
    first = sitting.current
    sitting.press("s")
    sitting.press("y")  # the second report is half answered
    again = Sitting(filled, stage="abstract", by="ana")
    again.press("i")
    assert again.answers == {"C01": "yes"}
    again.press("z")
    assert again.current == first and "Took back: include" in again.message
    again.press("i")
    assert again.answers == {"C01": "yes"}


@pytest.mark.parametrize("keys", ["e1", "i", "m", "y", "n", "s"])
def test_a_second_terminal_of_a_reviewer_never_writes_over_the_first(filled: Review, keys: str) -> None:
    one, two = (Sitting(filled, stage="abstract", by="ana") for _ in range(2))
    first, second = two.waiting[:2]
    one.press("i")
    for key in keys:
        two.press(key)
    assert re.search(r"you decided this elsewhere meanwhile: include at \d\d:\d\d\b", two.message)
    assert two.current == second and first not in two.waiting
    assert verdicts(filled, "ana") == ["include"]
    assert "0 decisions in this sitting" in two.farewell().plain
    two.press("z")  # not its own decision
    assert verdicts(filled, "ana") == ["include"]


def test_a_note_on_what_was_decided_elsewhere_is_not_saved_and_that_is_said(filled: Review) -> None:
    one, two = (Sitting(filled, stage="abstract", by="ana") for _ in range(2))
    one.press("e")
    one.press("2")
    two.press("o").then("too late")  # type: ignore[union-attr]
    assert "Not saved: you decided this elsewhere meanwhile: exclude (E02_SECTOR) at " in two.message
    assert two.note == "" and verdicts(filled, "ana") == ["exclude"]


def test_a_decision_that_was_taken_back_elsewhere_is_no_hindrance(filled: Review) -> None:
    one, two = (Sitting(filled, stage="abstract", by="ana") for _ in range(2))
    one.press("i")
    one.press("z")
    two.press("m")
    assert verdicts(filled, "ana") == ["include", "withdrawn", "unsure"]


def test_another_reader_is_no_hindrance(filled: Review) -> None:
    ana, ben = (Sitting(filled, stage="abstract", by=by) for by in ("ana", "ben"))
    ana.press("i")
    ben.press("m")
    assert (verdicts(filled, "ana"), verdicts(filled, "ben")) == (["include"], ["unsure"])


def in_conflict(review: Review) -> None:
    Sitting(review, stage="abstract", by="ana").press("i")
    ben = Sitting(review, stage="abstract", by="ben")
    ben.press("e")
    ben.press("1")


def test_a_conflict_that_was_settled_elsewhere_meanwhile_is_not_settled_again(filled: Review) -> None:
    in_conflict(filled)
    one, two = (Sitting(filled, stage="abstract", by="eva", role="settler") for _ in range(2))
    one.press("i")
    two.press("m")
    assert "you settled this elsewhere meanwhile: include at " in two.message and two.current is None
    assert verdicts(filled, "eva") == ["include"]
    one.press("z")
    assert one.current is not None  # the conflict is open again
    one.press("m")
    assert verdicts(filled, "eva") == ["include", "withdrawn", "unsure"]


def keys_in_the_help(sitting: Sitting) -> list[str]:
    sitting.press("h")
    shown = sitting.view().body.plain
    sitting.press("x")
    return [line[:6].strip() for line in shown.splitlines() if line[6:8] == "  " and line[:6].strip()]


@pytest.mark.parametrize(
    ("by", "role", "stage", "expected"),
    [
        ("ana", "reader", "abstract", "y n u g i e m z o s h q"),
        ("ana", "reader", "fulltext", "y n u g i e m z o s h q"),
        ("eva", "settler", "abstract", "i e m z o s h q"),
        ("eva", "settler", "fulltext", "i e z o s h q"),
    ],
)
def test_the_help_names_the_keys_that_work_and_no_others(filled: Review, by: str, role: str, stage: str, expected: str) -> None:
    if role == "settler":
        in_conflict(filled)
        Sitting(filled, stage="fulltext", by="ana").press("i")
        Sitting(filled, stage="fulltext", by="ben").press("m")
    sitting = Sitting(filled, stage=stage, by=by, role=role)
    assert keys_in_the_help(sitting) == expected.split()
    dead = set("abcdefghijklmnopqrstuvwxyz") - set(expected) - {"b"}  # b is the terminal's own
    for key in dead:
        sitting.press(key)
        assert "does nothing here" in sitting.message, key
    for key in set(expected.split()) - {"q", "h"}:
        fresh = Sitting(filled, stage=stage, by=by, role=role)
        fresh.press(key)
        assert "does nothing here" not in fresh.message, key
        fresh.press("x" if fresh.mode == "reasons" else "z")


def test_the_help_of_a_settler_speaks_of_conflicts_and_of_no_questions(filled: Review) -> None:
    in_conflict(filled)
    eva = Sitting(filled, stage="abstract", by="eva", role="settler")
    eva.press("h")
    shown = eva.view().body.plain
    assert "conflict" in shown and "criteria are asked" not in shown and "question" not in shown
    assert "Cases settled in advance" not in shown  # this protocol has none


def test_a_skip_says_when_the_report_comes_again(filled: Review) -> None:
    sitting = Sitting(filled, stage="abstract", by="ana")
    sitting.press("s")
    assert sitting.message == "Skipped: it comes again after the 3 others, and in your next sitting in its old place."
    for _ in range(3):
        sitting.press("i")
    assert sitting.message.startswith("Saved: include.")
    sitting.press("s")
    assert sitting.message == "No other report waits: the one you skipped is here again. Decide, or leave with q."
    sitting.press("h")
    assert "skipped ones too" in sitting.view().body.plain and "come back to this report" not in sitting.view().body.plain


def test_skipping_all_round_is_said(filled: Review) -> None:
    sitting = Sitting(filled, stage="abstract", by="ana")
    for _ in range(4):
        sitting.press("s")
    assert "You have skipped all 4 that wait" in sitting.message
