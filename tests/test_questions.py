"""What a sitting over duplicates still asks, held against grouping the library anew after every key."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest

from references.database import insert_new
from references.duplicates.find import Proposal, reports_of
from references.duplicates.judgement import Judgement, by_pair
from references.duplicates.judgements import all_judgements, judge, withdraw
from references.judging import Judging
from references.library import library
from references.questions import Questions, Start, questions
from references.record import Record, to_data
from references.review import Review
from references.tables import payloads
from references.tables import records as records_table

TITLE = "Joint boards and the slow work of sharing power in northern health regions"


def record(id: str, **fields: Any) -> Record:
    return Record(**{"id": id, "source": f"file:{id}.ris", "key": id, "title": TITLE, **fields})


def store(review: Review, records: Iterable[Record]) -> Review:
    """Put records into a review's database as an import would."""
    payload = {"search": "s", "page": 1, "headers": {}, "media": "text/plain", "sha256": "", "body": b""}
    with review.writing() as connection:
        [added] = review.add(connection, payloads, [payload], by="test")
        rows = [
            {"id": one.id, "source": one.source, "key": one.key, "data": to_data(one), "payload": added["id"], "position": place}
            for place, one in enumerate(records, 1)
        ]
        assert insert_new(connection, records_table, rows) == len(rows)
    return review


def said(left: str, right: str, verdict: str, *, by: str = "ana", at: int = 1) -> Judgement:
    return Judgement(id=f"{at:04d}", left=left, right=right, verdict=verdict, by=by, at=f"2026-01-01T00:{at:02d}")


def start(proposals: str, *, reports: str = "", judged: Iterable[Judgement] = ()) -> Start:
    """Records a to f; "ab bc" are the proposals, likeliest first; "ax" says that x is a record of the report a."""
    report_of = {id: id for id in "abcdef"} | {other: group[0] for group in reports.split() for other in group}
    pairs = [Proposal(left=pair[0], right=pair[1], score=9.0 - place / 10, reasons=()) for place, pair in enumerate(proposals.split())]
    return Start(report_of=report_of, proposals=tuple(pairs), judged=by_pair(list(judged)))


def asked(begin: Start, *log: Judgement, aside: Iterable[tuple[str, str]] = ()) -> str | None:
    found = questions(begin, {**begin.judged, **by_pair(log)}, tuple(aside))
    return None if found is None else " ".join(one.left + one.right for one in found.waiting)


@pytest.mark.parametrize(
    ("proposals", "answers", "left"),
    [
        ("ab ac bc", [], "ab ac bc"),
        ("ab ac bc", ["ab same"], "ac"),  # c is asked about once, by the likelier pair
        ("ab bc ac", ["ab same"], "bc"),
        ("ab ac bc", ["ab same", "ac different"], ""),  # so b is not c either
        ("ab ac bc", ["ab different"], "ac bc"),
        ("ab ac bc", ["ab different", "ac same"], ""),
        ("ab ac bc", ["ab companion", "bc same"], ""),
        ("ab bc cd ad", ["ab same", "cd same"], "bc"),
        ("ab bc cd ad", ["ab same", "cd same", "bc different"], ""),
        ("ab cd ac bd ad bc", ["ab same", "cd same", "ac same"], ""),
    ],
)
def test_what_answers_imply_is_not_asked(proposals: str, answers: list[str], left: str) -> None:
    log = [said(*answer.split()[0], answer.split()[1], at=place) for place, answer in enumerate(answers, 1)]
    assert asked(start(proposals), *log) == left


def test_an_answer_is_for_the_reports_whichever_records_were_compared() -> None:
    begin = start("xc ac ab", reports="ax")
    assert asked(begin) == "xc ab"
    assert asked(begin, said("a", "c", "different")) == "ab"


def test_what_was_called_unsure_stays_proposed_and_is_set_aside_with_all_it_stands_for() -> None:
    begin = start("ab ac bc")
    unsure = said("a", "b", "unsure")
    assert asked(begin, unsure) == "ab ac bc"
    assert asked(begin, unsure, aside=[("a", "b")]) == "ac bc"
    assert asked(begin, unsure, said("a", "c", "same"), aside=[("a", "b")]) == ""  # b against a and c is the same question
    found = questions(begin, by_pair([unsure]), [("a", "b")])
    assert found is not None and [one.left + one.right for one in found.unsure] == ["ab"]


def test_a_pair_that_others_called_unsure_is_proposed_last() -> None:
    assert asked(start("ab"), said("d", "c", "unsure")) == "ab cd"


def test_an_answer_takes_the_place_of_what_was_called_unsure_of_the_same_reports() -> None:
    begin = start("ab", reports="ax by", judged=[said("x", "y", "unsure", by="eva")])
    found = questions(begin, begin.judged)
    assert found is not None and found.to_judge(("a", "b")) == (("x", "y"),)
    assert [one.by for one in found.called_unsure(("a", "b"))] == ["eva"]
    assert start("ab").judged == {} and Questions.to_judge(questions(start("ab"), {}), ("a", "b")) == (("a", "b"),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], ["ax different"]),  # a report falls apart
        ([], ["ax unsure"]),
        ([], ["ax same"]),  # no join of the program's is needed any more: its vetoes go with it
        ([], ["ab same", "bc same", "ac same"]),
        (["ab same"], ["ab different"]),  # somebody else's word counts now
        (["ab different"], ["ab same"]),
        (["ab different"], ["ab unsure"]),
        ([], ["ab same", "bc same", "ac different"]),  # people contradict each other
        (["bc unsure"], ["ab same", "ac same"]),
    ],
)
def test_what_only_grouping_anew_can_tell_is_not_guessed(before: list[str], after: list[str]) -> None:
    log = [said(*one.split()[0], one.split()[1]) for one in before]
    new = [said(*one.split()[0], one.split()[1], by="eva", at=place) for place, one in enumerate(after, 2)]
    assert asked(start("ab ac bc", reports="ax", judged=log), *new) is None


def test_a_same_that_could_not_be_had_from_the_start_unites_nothing_now() -> None:
    begin = start("ac xb", reports="ax", judged=[said("x", "b", "same"), said("a", "b", "different", by="eva", at=2)])
    assert asked(begin) == "ac"


def test_a_judgement_that_is_gone_needs_grouping_anew_and_one_on_records_not_here_needs_nothing() -> None:
    begin = start("ab", judged=[said("c", "d", "different")])
    assert questions(begin, {}) is None
    assert asked(begin, said("a", "gone", "same"), said("b", "gone", "different")) == "ab"
    gone = start("ab", judged=[said("a", "gone", "same")])
    assert questions(gone, {}) is not None


def fleet(rng: random.Random) -> list[Record]:
    """Records that the program joins, proposes, and keeps apart by vetoes, some of them across reports it has joined."""

    def some(**pools: tuple[Any, ...]) -> dict[str, Any]:
        return {name: rng.choice(pool) for name, pool in pools.items()}

    kinds = (None, "journal-article", "conference-abstract", "preprint")
    return [
        record(
            f"{'abcdefghijklmno'[place]}{rng.randrange(10)}",
            issn=f"1000-{place:04d}",  # so that no two say the same in every field
            **some(
                title=(TITLE, TITLE, TITLE, f"{TITLE}: a subtitle that goes on", "Something else about island nurses"),
                doi=(None, None, "10.1000/a", "10.1000/b", "10.1000/c"),
                pmid=(None, None, None, "11", "12"),
                year=(None, 2016, 2017),
                pages=(None, None, "4", "201-215"),
                volume=(None, "12"),
                type=kinds,
                authors=((), ("Lund, Kari",), ("Mair, Ewan", "Lund, Kari")),
            ),
        )
        for place in range(13)
    ]


def test_the_fleets_hold_every_kind_of_pair() -> None:
    groupings = [reports_of(fleet(random.Random(seed))) for seed in range(12)]
    assert all(any(len(report.records) > 1 for report in one.reports) for one in groupings)
    assert sum(len(one.proposals) for one in groupings) > 60
    assert sum(len(one.companions) for one in groupings) > 10
    reasons = [reason for one in groupings for proposal in one.proposals for reason in proposal.reasons]
    assert any("it would also join" in reason for reason in reasons)  # a join that a third record's veto stood against


def proposed_anew(review: Review) -> list[tuple[str, str]]:
    with review.reading() as connection:
        return [(one.left, one.right) for one in library(review, connection).grouping.proposals]


@pytest.mark.parametrize("seed", range(12))
def test_after_any_answers_and_undos_the_sitting_asks_what_grouping_anew_proposes(review: Review, seed: int) -> None:
    rng = random.Random(seed)
    records = fleet(rng)
    store(review, records)
    before = Judging(review, by="eva")
    for key in "nuyc"[: seed % 5]:  # eva came first, and called two unsure that nobody had proposed
        before.press(key)
    if seed % 2:
        with review.writing() as connection:
            judge(review, connection, records[0].id, records[1].id, "unsure", "", "eva")
    sitting = Judging(review, by="ana")
    for _ in range(25):
        sitting.press(rng.choice("yyynnncuuzzs"))
        still = {(one.left, one.right) for one in (*sitting.waiting, *sitting.asked.unsure)}
        assert still == set(proposed_anew(review)), sitting.message
        if not sitting._skipped and sitting._first is None and not sitting.asked.unsure:
            assert [(one.left, one.right) for one in sitting.waiting] == proposed_anew(review)
        known = [{one.id for one in report.records} for report in Judging(review, by="ben").library.reports]
        for report in (sitting.question.left, sitting.question.right) if sitting.question else ():
            assert {one.id for one in report.records} in known


def judge_by_hand(review: Review, rng: random.Random, ids: list[str]) -> None:
    """What eva does with the flags of the command: any two records, any verdict, or one of hers taken back."""
    with review.writing() as connection:
        standing = [one for one in by_pair(all_judgements(connection)).values() if one.by == "eva"]
        if standing and rng.random() < 0.4:
            taken = rng.choice(standing)
            withdraw(review, connection, *taken.pair, by="eva")
        else:
            judge(review, connection, *rng.sample(ids, 2), rng.choice(("same", "different", "unsure", "companion")), "", "eva")


@pytest.mark.parametrize("seed", range(8))
def test_three_people_at_once_end_with_what_grouping_anew_proposes(review: Review, seed: int) -> None:
    rng = random.Random(seed)
    records = fleet(rng)
    store(review, records)
    sittings = [Judging(review, by="ana"), Judging(review, by="ben")]
    for _ in range(25):
        if rng.random() < 0.15:
            judge_by_hand(review, rng, [one.id for one in records])
            continue
        one = rng.choice(sittings)
        before = len(one.acts)
        one.press(rng.choice("yynncuz"))
        if len(one.acts) != before:  # it has just seen everything that was said
            assert {(each.left, each.right) for each in (*one.waiting, *one.asked.unsure)} == set(proposed_anew(review))


def test_what_was_said_of_two_reports_is_stored_once_for_each_pair_called_unsure(review: Review) -> None:
    store(review, (record("a1", doi="10.1000/a"), record("a2", doi="10.1000/a"), record("b1", issn="1000-0001")))
    with review.writing() as connection:
        judge(review, connection, "a1", "b1", "unsure", "", "eva")
        judge(review, connection, "a2", "b1", "unsure", "", "ben")
    sitting = Judging(review, by="ana")
    assert sitting.question is not None and [one.by for one in sitting.question.said] == ["eva", "ben"]
    sitting.press("y")
    assert proposed_anew(review) == [] and "3 records are one report now" in sitting.message
    with review.reading() as connection:
        assert [one.pair for one in all_judgements(connection) if one.by == "ana"] == [("a1", "b1"), ("a2", "b1")]
    sitting.press("z")
    assert len(proposed_anew(review)) == 1 and sitting.question is not None
