"""A person's sitting over duplicates: every answer is saved, wins, and can be taken back."""

from __future__ import annotations

import pytest

from references import judging
from references.duplicates.judgement import Judgement
from references.duplicates.judgements import all_judgements, judge, standing_judgements, withdraw
from references.judging import Judging
from references.library import library
from references.review import Review
from references.terminal import Ask
from tests.test_questions import record, store


@pytest.fixture
def three(review: Review) -> Review:
    """Three records with one title and nothing else to go by: three pairs to ask about."""
    return store(review, (record("a", issn="1000-0001"), record("b", issn="1000-0002"), record("c", issn="1000-0003")))


@pytest.fixture
def two_pairs(review: Review) -> Review:
    """Two pairs to ask about that have nothing to do with each other."""
    other = "What island nurses tell their managers about moving house"
    pairs = (record("a", issn="1"), record("b", issn="2"), record("x", title=other, issn="3"), record("y", title=other, issn="4"))
    return store(review, pairs)


def log(review: Review) -> list[Judgement]:
    with review.reading() as connection:
        return list(all_judgements(connection))


def said(review: Review) -> list[tuple[str, ...]]:
    return [(one.by, *one.pair, one.verdict) for one in log(review)]


def reports(review: Review) -> list[list[str]]:
    with review.reading() as connection:
        return [[one.id for one in report.records] for report in library(review, connection).reports]


def by_hand(review: Review, left: str, right: str, verdict: str, by: str = "eva") -> None:
    with review.writing() as connection:
        judge(review, connection, left, right, verdict, "", by)


def shown(sitting: Judging) -> str:
    view = sitting.view()
    return f"{view.head.plain}\n{view.body.plain}\n{view.foot.plain}"


@pytest.mark.parametrize(
    ("key", "verdict", "effect"),
    [
        ("y", "same", "2 records are one report now"),
        ("n", "different", "two reports and are not proposed again"),
        ("c", "companion", "two reports that belong together"),
        ("u", "unsure", "asked again in the next sitting"),
    ],
)
def test_each_key_saves_its_verdict_at_once_and_says_what_it_did(two_pairs: Review, key: str, verdict: str, effect: str) -> None:
    sitting = Judging(two_pairs, by="ana")
    assert "0 judged, 2 to judge" in sitting.view().head.plain
    sitting.press(key)
    assert said(two_pairs) == [("ana", "a", "b", verdict)]
    assert sitting.message.startswith(f"Saved: {verdict}.") and effect in sitting.message
    assert sitting.question is not None and sitting.question.pair == ("x", "y")
    assert (["a", "b"] in reports(two_pairs)) == (verdict == "same")
    again = Judging(two_pairs, by="ana")
    assert len(again.waiting) == (2 if verdict == "unsure" else 1)


def test_what_two_answers_imply_is_not_asked_and_that_is_said(three: Review) -> None:
    sitting = Judging(three, by="ana")
    assert len(sitting.waiting) == 3
    sitting.press("y")
    assert sitting.question is not None and [one.id for one in sitting.question.left.records] == ["a", "b"]
    assert "That answers 1 more pair too." in sitting.message and len(sitting.waiting) == 1
    sitting.press("n")
    assert sitting.question is None and len(log(three)) == 2
    assert Judging(three, by="ben").waiting == []


def test_no_key_groups_the_library_anew(three: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    sitting = Judging(three, by="ana")
    monkeypatch.setattr(judging, "library", lambda *_: pytest.fail("the whole library was grouped for one key"))
    for key in "ynzzucsyzz":
        sitting.press(key)
        sitting.view()


def test_an_unsure_pair_is_not_asked_again_at_once_but_in_the_next_sitting_with_who_said_so(three: Review) -> None:
    sitting = Judging(three, by="ana")
    sitting.press("o").then("the abstracts are missing")  # type: ignore[union-attr]
    first = sitting.question
    sitting.press("u")
    sitting.press("u")
    sitting.press("u")
    assert sitting.question is None and "3 pairs left, called unsure" in shown(sitting)
    assert "0 judged, 0 to judge, 3 unsure" in sitting.view().head.plain
    again = Judging(three, by="ben")
    assert again.question is not None and first is not None and again.question.pair == first.pair
    assert "ana was unsure" in shown(again) and "the abstracts are missing" in shown(again)


def test_an_answer_wins_over_somebody_elses_doubt_about_other_records_of_the_two_reports(review: Review) -> None:
    store(review, (record("a", doi="10.1000/a"), record("a2", doi="10.1000/a"), record("b", issn="1"), record("b2", issn="1")))
    by_hand(review, "a2", "b2", "unsure")
    sitting = Judging(review, by="ana")
    assert sitting.question is not None and "eva was unsure" in shown(sitting)
    sitting.press("y")
    assert reports(review) == [["a", "a2", "b", "b2"]] and "4 records are one report now" in sitting.message


def test_undo_brings_the_pair_back_with_its_note_and_keeps_the_history(three: Review) -> None:
    sitting = Judging(three, by="ana")
    first = sitting.question
    sitting.press("o").then("same trial number")  # type: ignore[union-attr]
    sitting.press("y")
    assert log(three)[0].note == "same trial number" and sitting.note == ""
    sitting.press("z")
    assert sitting.question == first and sitting.note == "same trial number" and "Took back: same" in sitting.message
    assert [one[-1] for one in said(three)] == ["same", "withdrawn"] and reports(three) == [["a"], ["b"], ["c"]]
    sitting.press("n")
    sitting.press("n")
    sitting.press("z")
    sitting.press("z")
    assert sitting.question == first and len(sitting.waiting) == 3
    sitting.press("z")
    assert "no answer of yours in this sitting" in sitting.message


def test_undo_never_reaches_into_an_earlier_sitting_or_to_somebody_else(two_pairs: Review) -> None:
    Judging(two_pairs, by="ana").press("y")
    later = Judging(two_pairs, by="ana")
    later.press("z")
    assert "no answer of yours in this sitting" in later.message and "--withdraw ID ID" in later.message
    later.press("y")
    by_hand(two_pairs, "x", "y", "different")
    later.press("z")
    assert "Took back: same" in later.message and "Now what eva said counts: different at " in later.message
    assert later.question is None and said(two_pairs)[-1] == ("ana", "x", "y", "withdrawn")
    with two_pairs.reading() as connection:
        assert [one.verdict for one in standing_judgements(connection)] == ["same", "different"]


def test_undo_leaves_a_later_judgement_of_ones_own_from_elsewhere(two_pairs: Review) -> None:
    sitting = Judging(two_pairs, by="ana")
    sitting.press("y")
    by_hand(two_pairs, "a", "b", "companion", by="ana")
    sitting.press("z")
    assert "Nothing to take back: you changed same elsewhere." in sitting.message
    assert "another judgement of yours counts: companion at " in sitting.message
    assert [one[-1] for one in said(two_pairs)] == ["same", "companion"]


@pytest.mark.parametrize("key", list("ynuc"))
def test_a_pair_that_was_settled_elsewhere_meanwhile_is_not_written_over(two_pairs: Review, key: str) -> None:
    ana, ben = Judging(two_pairs, by="ana"), Judging(two_pairs, by="ben")
    ana.press("n")
    ben.press(key)
    assert "Not saved: ana judged meanwhile: different at " in ben.message
    assert said(two_pairs) == [("ana", "a", "b", "different")]
    assert ben.question is not None and ben.question.pair == ("x", "y")
    assert "0 pairs judged in this sitting" in ben.farewell().plain
    ben.press("z")
    assert len(log(two_pairs)) == 1


def test_a_second_terminal_of_the_same_person_does_not_write_over_the_first(two_pairs: Review) -> None:
    one, two = Judging(two_pairs, by="ana"), Judging(two_pairs, by="ana")
    one.press("y")
    two.press("n")
    assert "Not saved: you judged elsewhere meanwhile: same at " in two.message and len(log(two_pairs)) == 1


def test_a_pair_that_others_answered_by_implication_is_not_asked(three: Review) -> None:
    sitting = Judging(three, by="ana")
    sitting.press("s")  # so that a and c are at hand
    assert sitting.question is not None and set(sitting.question.pair) == {"a", "c"}
    by_hand(three, "a", "b", "same")
    by_hand(three, "b", "c", "different")
    sitting.press("y")
    assert "Not saved: eva judged meanwhile: different at " in sitting.message and sitting.question is None
    assert len(log(three)) == 2


def test_what_others_judged_meanwhile_is_said_and_their_pairs_are_passed_over(two_pairs: Review) -> None:
    sitting = Judging(two_pairs, by="ana")
    by_hand(two_pairs, "x", "y", "companion")
    sitting.press("n")
    assert "Meanwhile eva judged 1 pair." in sitting.message and sitting.question is None


def test_somebody_elses_doubt_does_not_stop_an_answer(two_pairs: Review) -> None:
    sitting = Judging(two_pairs, by="ana")
    by_hand(two_pairs, "a", "b", "unsure")
    sitting.press("y")
    assert ["a", "b"] in reports(two_pairs) and sitting.message.startswith("Saved: same.")


def test_a_report_that_falls_apart_meanwhile_is_looked_at_again_and_elsewhere_it_hinders_nothing(review: Review) -> None:
    twins = (record("a", doi="10.1000/a", issn="1"), record("a2", doi="10.1000/a", issn="2"), record("b", issn="3"))
    other = "What island nurses tell their managers about moving house"
    store(review, (*twins, record("x", title=other, issn="4"), record("y", title=other, issn="5")))
    sitting = Judging(review, by="ana")
    assert sitting.question is not None and len(sitting.question.left.records) == 2
    by_hand(review, "a", "a2", "different")
    sitting.press("y")
    assert "Not saved, for the reports are others now: eva judged meanwhile: different at " in sitting.message
    assert "Look again." in sitting.message and len(sitting.question.left.records) == 1
    while sitting.question and sitting.question.pair != ("x", "y"):
        sitting.press("s")
    with review.writing() as connection:
        withdraw(review, connection, "a", "a2", by="eva")
    sitting.press("n")
    assert sitting.message.startswith("Saved: different.") and ("ana", "x", "y", "different") in said(review)


def test_a_judgement_wins_over_the_program_on_every_later_run_and_withdrawn_lets_the_report_fall_apart(three: Review) -> None:
    Judging(three, by="ana").press("y")
    assert reports(three) == [["a", "b"], ["c"]]
    with three.writing() as connection:
        withdraw(three, connection, "a", "b", by="ana")
    assert reports(three) == [["a"], ["b"], ["c"]] and len(Judging(three, by="ana").waiting) == 3


def test_a_skipped_pair_comes_last_and_nothing_is_judged(two_pairs: Review) -> None:
    sitting = Judging(two_pairs, by="ana")
    sitting.press("s")
    assert sitting.question is not None and sitting.question.pair == ("x", "y") and log(two_pairs) == []
    assert sitting.message == "Skipped: it comes again after the other one."
    sitting.press("s")
    assert "You have skipped all 2 that wait" in sitting.message and sitting.question.pair == ("a", "b")
    sitting.press("y")
    sitting.press("s")
    assert "No other pair waits" in sitting.message


def test_a_note_without_an_answer_is_said_to_be_lost_on_leaving(two_pairs: Review) -> None:
    sitting = Judging(two_pairs, by="ana")
    sitting.press("o").then("look at the annex")  # type: ignore[union-attr]
    assert "Note: look at the annex" in shown(sitting)
    assert sitting.press("q") == "leave" and "for want of an answer to go with it: 1 note." in sitting.farewell().plain


def test_the_help_names_the_keys_that_work_and_no_others(two_pairs: Review) -> None:
    sitting = Judging(two_pairs, by="ana")
    sitting.press("h")
    lines = sitting.view().body.plain.partition("Beside each field")[0].splitlines()
    named = [line[:4].strip() for line in lines if line[:3] == "   " and line[3:4].strip()]
    assert named == list("yncuszohq")
    sitting.press("x")
    for key in set("abcdefghijklmnopqrstuvwxyz") - set(named) - {"b"}:  # b is the terminal's own
        sitting.press(key)
        assert "does nothing here" in sitting.message, key
    for key in set(named) - {"q"}:
        fresh = Judging(two_pairs, by="ana")
        answer = fresh.press(key)
        assert "does nothing here" not in fresh.message and (key != "o" or isinstance(answer, Ask)), key
        fresh.press("x" if fresh.mode == "help" else "z")


def test_the_farewell_counts_and_says_how_to_go_on(three: Review) -> None:
    sitting = Judging(three, by="ana")
    for key in "uyz":
        sitting.press(key)
    told = sitting.farewell().plain
    assert "ana: 1 pair judged in this sitting, all saved (1 unsure); 3 to judge, 1 of them unsure." in told
    assert told.endswith("Go on with: review duplicates --as ana")
    for key in "nn":
        sitting.press(key)
    last = Judging(three, by="ana")
    last.press("n")
    assert "0 to judge." in last.farewell().plain and "review status" in last.farewell().plain
    assert last.press("enter") == "leave"
