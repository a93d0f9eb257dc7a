"""What decisions come to."""

from __future__ import annotations

import pytest

from screening.decisions import Decision, half_answered, last_said, standing, withdrawal
from screening.outcomes import outcome


def said(
    by: str, verdict: str, reason: str | None = None, *, stage: str = "abstract", role: str = "reader", record: str = "r1", id: str = ""
) -> Decision:
    return Decision(record=record, stage=stage, verdict=verdict, reason=reason, by=by, role=role, id=id or f"{by}-{verdict}-{record}")


@pytest.mark.parametrize(
    ("one", "two", "state"),
    [
        ("include", "include", "include"),
        ("include", "unsure", "unsure"),  # both go on: no conflict
        ("unsure", "unsure", "unsure"),
        ("exclude", "exclude", "exclude"),
        ("include", "exclude", "conflict"),
        ("unsure", "exclude", "conflict"),
    ],
)
def test_at_title_and_abstract_only_an_exclusion_against_going_on_is_a_conflict(one: str, two: str, state: str) -> None:
    assert outcome([said("ana", one), said("ben", two)], stage="abstract", readers=2).state == state


@pytest.mark.parametrize(
    ("one", "two", "state"),
    [
        (("include", None), ("include", None), "include"),
        (("exclude", "E01"), ("exclude", "E01"), "exclude"),
        (("exclude", "E01"), ("exclude", "E02"), "conflict"),  # exactly one reason, agreed
        (("include", None), ("exclude", "E01"), "conflict"),
        (("include", None), ("unsure", None), "conflict"),
    ],
)
def test_at_full_text_verdict_and_reason_must_agree(one: tuple[str, str], two: tuple[str, str], state: str) -> None:
    decisions = [said("ana", *one, stage="fulltext"), said("ben", *two, stage="fulltext")]
    assert outcome(decisions, stage="fulltext", readers=2).state == state


def test_one_reader_of_two_is_waiting_even_with_an_exclusion() -> None:
    assert outcome([said("ana", "exclude")], stage="abstract", readers=2).state == "waiting"


def test_one_person_cannot_be_two_readers() -> None:
    decisions = [said("ana", "include", record="r1"), said("ana", "include", record="r2")]
    assert outcome(decisions, stage="abstract", readers=2).state == "waiting"


def test_records_that_prove_to_be_one_report_with_unlike_decisions_are_a_conflict() -> None:
    decisions = [said(by, verdict, record=record) for record, verdict in (("r1", "include"), ("r2", "exclude")) for by in ("ana", "ben")]
    assert outcome(decisions, stage="abstract", readers=2).state == "conflict"


def test_two_records_settled_differently_are_a_conflict_again() -> None:
    decisions = [said("eva", "include", role="settler", record="r1"), said("eva", "exclude", role="settler", record="r2")]
    assert outcome(decisions, stage="abstract", readers=2).state == "conflict"


def test_the_newest_decision_of_a_person_stands_and_withdrawing_it_brings_the_one_before_back() -> None:
    first, second = said("ana", "include", id="1"), said("ana", "exclude", id="2")
    assert [decision.id for decision in standing([first, second])] == ["2"]
    assert [decision.id for decision in standing([first, second, withdrawal(second)])] == ["1"]


def test_what_was_said_last_counts_answers_so_far_and_nothing_that_was_taken_back() -> None:
    begun, ended = said("ana", "open", id="1"), said("ana", "exclude", id="2")
    assert last_said([begun, ended])["r1"] == ended
    assert last_said([begun, ended, withdrawal(ended)])["r1"] == begun
    assert half_answered([begun, ended]) == {}
    assert half_answered([begun, ended, withdrawal(ended)]) == {"r1": begun}
