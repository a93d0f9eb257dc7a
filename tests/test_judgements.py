"""What people say about two records wins over the program, is never lost, and can be taken back."""

from __future__ import annotations

import random

import pytest

from references.database import insert_new
from references.duplicates.find import Grouping, reports_of
from references.duplicates.judgement import Judgement, standing
from references.duplicates.judgements import all_judgements, judge, standing_judgements, withdraw
from references.error import ReviewError
from references.record import Record
from references.review import Review
from references.tables import records as records_table

TITLE = "Joint boards and the slow work of sharing power in northern health regions"


def record(id: str, **fields: object) -> Record:
    return Record(**{"id": id, "source": f"file:{id}.ris", "key": id, "title": TITLE, "year": 2016, "authors": ("Lund, Kari",), **fields})  # type: ignore[arg-type]


def judged(left: str, right: str, verdict: str, *, id: str = "1", undoes: str | None = None, by: str = "ana") -> Judgement:
    return Judgement(id=id, left=left, right=right, verdict=verdict, by=by, at=f"2026-01-{int(id):02d}", undoes=undoes)


def groups(grouping: Grouping) -> list[list[str]]:
    return sorted(sorted(one.id for one in report.records) for report in grouping.reports)


A, B, C = record("a"), record("b"), record("c")
OTHER = record("o", title="Something else altogether about island nurses", year=1999, authors=("Ito, Aya",))


def test_the_program_alone_joins_these() -> None:
    assert groups(reports_of([A, B, C, OTHER])) == [["a", "b", "c"], ["o"]]


def test_different_keeps_two_records_apart_and_is_not_asked_again() -> None:
    grouping = reports_of([A, B], [judged("b", "a", "different")])
    assert groups(grouping) == [["a"], ["b"]]
    assert grouping.proposals == ()


def test_different_holds_through_a_third_record() -> None:
    grouping = reports_of([A, B, C], [judged("a", "b", "different")])
    assert len(grouping.reports) == 2
    assert not any({"a", "b"} <= set(group) for group in groups(grouping))


def test_same_joins_what_the_program_never_would() -> None:
    grouping = reports_of([A, OTHER], [judged("a", "o", "same")])
    assert groups(grouping) == [["a", "o"]]
    assert any("ana judged them same" in line for line in grouping.why("a", "o"))


def test_same_wins_over_a_veto_and_each_side_keeps_its_own_duplicates() -> None:
    abstract, article = record("x", type="conference-abstract"), record("y", type="journal-article", pages="4", volume="2")
    copies = [record("x2", type="conference-abstract"), record("y2", type="journal-article", pages="4", volume="2")]
    assert groups(reports_of([abstract, article, *copies])) == [["x", "x2"], ["y", "y2"]]
    assert groups(reports_of([abstract, article, *copies], [judged("x", "y", "same")])) == [["x", "x2", "y", "y2"]]


def test_companions_are_two_reports_and_are_not_asked_about() -> None:
    grouping = reports_of([A, B], [judged("a", "b", "companion")])
    assert groups(grouping) == [["a"], ["b"]] and grouping.proposals == ()


def test_unsure_keeps_them_apart_and_on_the_list() -> None:
    grouping = reports_of([A, B], [judged("a", "b", "unsure")])
    assert groups(grouping) == [["a"], ["b"]]
    [proposal] = grouping.proposals
    assert any("ana judged them unsure" in reason for reason in proposal.reasons)


def test_two_people_who_contradict_each_other_through_a_third_record_are_asked() -> None:
    log = [judged("a", "o", "same", id="1"), judged("b", "o", "same", id="2"), judged("a", "b", "different", id="3")]
    grouping = reports_of([A, B, OTHER], log)
    assert not any({"a", "b"} <= set(group) for group in groups(grouping))
    assert len(grouping.reports) == 2


def test_the_latest_judgement_on_a_pair_counts_whichever_way_round() -> None:
    log = [judged("a", "b", "different", id="1"), judged("b", "a", "same", id="2", by="bo")]
    random.shuffle(log)
    assert [one.verdict for one in standing(log)] == ["same"]
    assert groups(reports_of([A, B], log)) == [["a", "b"]]


def test_a_withdrawn_judgement_falls_back_to_the_one_before_and_then_to_the_program() -> None:
    first, second = judged("a", "b", "different", id="1"), judged("a", "b", "same", id="2")
    undo = judged("a", "b", "withdrawn", id="3", undoes="2")
    assert [one.verdict for one in standing([first, second, undo])] == ["different"]
    undo_first = judged("a", "b", "withdrawn", id="4", undoes="1")
    assert standing([first, second, undo, undo_first]) == ()
    assert groups(reports_of([A, B], [first, second, undo, undo_first])) == [["a", "b"]]


def test_a_judgement_on_a_record_that_is_not_here_does_no_harm() -> None:
    log = [judged("a", "gone", "same", id="1"), judged("b", "gone", "unsure", id="2"), judged("c", "gone", "different", id="3")]
    assert groups(reports_of([A, B, C], log)) == [["a", "b", "c"]]


@pytest.fixture
def held(review: Review) -> Review:
    """A review with the three records in its database."""
    with review.writing() as connection:
        rows = [{"id": one.id, "source": one.source, "key": one.key, "data": {}, "payload": "p", "position": 1} for one in (A, B, C)]
        insert_new(connection, records_table, rows)
    return review


def test_judgements_are_stored_and_undone_by_one_more_row(held: Review) -> None:
    with held.writing() as connection:
        judge(held, connection, "a", "b", "different", "other years", "ana")
        judge(held, connection, "b", "a", "same", "", "bo")
        assert [one.verdict for one in standing_judgements(connection)] == ["same"]
        withdraw(held, connection, "a", "b", by="bo")
    with held.reading() as connection:
        assert [one.words for one in standing_judgements(connection)] == ["ana judged them different: other years"]
        assert [one.verdict for one in all_judgements(connection)] == ["different", "same", "withdrawn"]


def test_nobody_takes_back_what_somebody_else_said(held: Review) -> None:
    with held.writing() as connection:
        judge(held, connection, "a", "b", "different", "", "ana")
        with pytest.raises(ReviewError, match="bo has no judgement on a and b"):
            withdraw(held, connection, "a", "b", by="bo")
        withdraw(held, connection, "a", "b", by="ana")
        with pytest.raises(ReviewError, match="ana has no judgement"):
            withdraw(held, connection, "a", "b", by="ana")


def test_wrong_judgements_are_refused_and_nothing_is_stored(held: Review) -> None:
    with held.writing() as connection:
        for left, right, verdict, message in (
            ("a", "b", "maybe", "'maybe' is no verdict"),
            ("a", "b", "withdrawn", "is no verdict"),
            ("a", "a", "same", "named twice"),
            ("a", "nobody", "same", "No record nobody"),
        ):
            with pytest.raises(ReviewError, match=message):
                judge(held, connection, left, right, verdict, "", "ana")
        assert all_judgements(connection) == ()
