"""A reviewer's sitting."""

from __future__ import annotations

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


def test_undo_reaches_back_into_earlier_sittings(filled: Review) -> None:
    Sitting(filled, stage="abstract", by="ana").press("i")
    later = Sitting(filled, stage="abstract", by="ana")
    assert len(later.waiting) == 3
    later.press("z")
    assert len(later.waiting) == 4
    with filled.reading() as connection:
        assert standing(history(connection)) == []


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


def test_undoing_a_change_of_mind_says_that_the_earlier_decision_counts_again(filled: Review, tmp_path: Path) -> None:
    from screening.exchange import apply_decisions

    for verdict in ("include", "exclude"):
        (tmp_path / "one.csv").write_text(f"record,verdict\nmedical.ris#1,{verdict}\n")
        apply_decisions(filled, tmp_path / "one.csv", stage="abstract", by="ana")
    sitting = Sitting(filled, stage="abstract", by="ana")
    sitting.press("z")
    assert "Your earlier decision counts again: include" in sitting.message and len(sitting.waiting) == 3
    sitting.press("z")
    assert len(sitting.waiting) == 4


def test_a_code_that_the_protocol_has_dropped_does_not_stop_a_settler(filled: Review) -> None:
    ana = Sitting(filled, stage="abstract", by="ana")
    ana.press("e")
    ana.press("1")
    Sitting(filled, stage="abstract", by="ben").press("i")
    text = (filled.folder / "protocol.toml").read_text()
    (filled.folder / "protocol.toml").write_text(text.replace("E01_TYPE", "E01_OTHER"))
    eva = Sitting(Review(filled.folder), stage="abstract", by="eva", role="settler")
    assert "ana: exclude · E01_TYPE" in eva.view().body.plain
