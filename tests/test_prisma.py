"""The PRISMA counts of a review in odd but legal states: they must add up in every one of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from extraction.studies import included_studies
from flows.publish import outputs
from references.duplicates.judgements import judge, withdraw
from references.error import ReviewError
from references.imports import import_file
from references.review import Review
from screening import decisions, retrieval
from screening.decisions import Decision
from screening.exchange import apply_decisions, apply_retrievals
from screening.progress import screening
from screening.retrieval import Retrieval
from synthesis.flow import Flow, check
from synthesis.prisma import flow_of
from tests.conftest import ris

Table = Callable[[str], Path]


def flow(review: Review) -> Flow:
    """The flow as it stands, which must add up."""
    with review.reading() as connection:
        progress = screening(review, connection)
        found = flow_of(connection, progress, included_studies(connection, progress))
    assert check(found) == []
    return found


def decide(review: Review, table: Table, stage: str, **verdicts: str) -> None:
    """Both readers say the same of some records: medical1="include", websites1="exclude E01_TYPE"."""
    rows = ["record,verdict,reason"]
    for handle, said in verdicts.items():
        verdict, _, reason = said.partition(" ")
        rows.append(f"{handle[:-1]}.ris#{handle[-1]},{verdict},{reason}")
    for by in ("ana", "ben"):
        apply_decisions(review, table("\n".join(rows) + "\n"), stage=stage, by=by)


def test_a_review_without_records_has_an_empty_flow(review: Review) -> None:
    assert flow(review).included == frozenset() and not flow(review).interim


def test_before_anybody_decided_everything_is_open(filled: Review) -> None:
    found = flow(filled)
    assert {name: len(ids) for (_, name), ids in found.databases.identified.items()} == {"Medical Index": 3, "Social Care Index": 2}
    assert len(found.databases.duplicates) == 1 and len(found.databases.screened) == len(found.databases.open_screening) == 4
    assert len(found.others.sought) == len(found.others.open_retrieval) == 1
    assert found.open_lines == ("4 reports not yet decided at title and abstract", "1 report still looked for")


def test_a_finished_review_is_not_interim(filled: Review, table: Table) -> None:
    verdicts = {"medical1": "include", "medical2": "exclude E01_TYPE", "medical3": "unsure", "social2": "exclude"}
    decide(filled, table, "abstract", **verdicts)
    apply_retrievals(filled, table("record,state\nmedical.ris#3,not_retrieved\n"), by="ana")
    decide(filled, table, "fulltext", medical1="include", websites1="exclude E03_EVIDENCE")
    found = flow(filled)
    assert not found.interim
    assert [len(ids) for ids in (found.databases.excluded, found.databases.sought, found.databases.not_retrieved)] == [2, 2, 1]
    assert {reason: len(ids) for reason, ids in found.others.reasons.items()} == {"No evidence that can be judged": 1}
    assert len(found.included) == len(found.studies) == 1


def test_a_report_of_a_website_that_a_database_has_too_is_counted_in_the_first_column(filled: Review, table: Table) -> None:
    path = filled.folder / "imports" / "websites_more.ris"
    path.write_text(ris("Integration boards at work", authors=("Cook, Ailsa",), DO="10.1000/three"))
    import_file(filled, path, by="test")
    found = flow(filled)
    assert len(found.others.all_identified) == 2 and len(found.others.duplicates) == 1 and len(found.others.sought) == 1
    assert any("that a database has too" in sentence and sentence.endswith("1.") for sentence in found.bridges)


def test_two_reports_judged_the_same_after_both_were_screened_still_add_up(filled: Review, table: Table) -> None:
    verdicts = {"medical1": "include", "medical2": "exclude E01_TYPE", "medical3": "include", "social2": "exclude"}
    decide(filled, table, "abstract", **verdicts)
    with filled.writing() as connection:
        held = screening(filled, connection).library
        one, two = held.find("medical.ris#1").id, held.find("medical.ris#2").id
        judge(filled, connection, one, two, "same", "", "ana")
    found = flow(filled)
    assert len(found.databases.duplicates) == 2 and len(found.databases.screened) == 3
    assert len(found.databases.open_screening) == 1  # include against exclude: a conflict to settle, nothing is lost
    with filled.writing() as connection:
        withdraw(filled, connection, one, two, by="ana")
    assert len(flow(filled).databases.open_screening) == 0


def test_a_full_text_decision_on_a_report_given_up_counts_it_as_assessed(filled: Review, table: Table) -> None:
    decide(filled, table, "fulltext", websites1="include")
    with filled.writing() as connection:
        record = screening(filled, connection).library.find("websites.ris#1").id
        retrieval.add(filled, connection, [Retrieval(record=record, state="not_retrieved", by="ana")])
    found = flow(filled)
    assert len(found.others.assessed) == len(found.others.included) == 1 and not found.others.not_retrieved


def test_a_settlement_taken_back_opens_the_report_again(filled: Review, table: Table) -> None:
    apply_decisions(filled, table("record,verdict\nmedical.ris#1,include\n"), stage="abstract", by="ana")
    apply_decisions(filled, table("record,verdict\nmedical.ris#1,exclude\n"), stage="abstract", by="ben")
    apply_decisions(filled, table("record,verdict\nmedical.ris#1,exclude\n"), stage="abstract", by="eva", role="settler")
    assert len(flow(filled).databases.excluded) == 1
    with filled.writing() as connection:
        [settled] = [decision for decision in decisions.history(connection) if decision.role == "settler"]
        decisions.add(filled, connection, [decisions.withdrawal(settled)])
    assert len(flow(filled).databases.excluded) == 0 and len(flow(filled).databases.open_screening) == 4


def test_a_file_called_a_website_after_it_was_screened_moves_with_its_decisions(filled: Review, table: Table) -> None:
    decide(filled, table, "abstract", medical1="include", medical2="exclude E01_TYPE")
    text = (filled.folder / "protocol.toml").read_text()
    (filled.folder / "protocol.toml").write_text(text.replace('platform = "its web site"\nkind = "database"', 'kind = "website"', 1))
    found = flow(Review(filled.folder))
    assert {name for _, name in found.databases.identified} == {"Social Care Index"}
    assert {name for _, name in found.others.identified} == {"Medical Index", "Websites of public bodies"}


def test_an_exclusion_code_that_the_protocol_lost_stops_the_report_with_a_reason(filled: Review, table: Table) -> None:
    decide(filled, table, "fulltext", websites1="exclude E03_EVIDENCE")
    text = (filled.folder / "protocol.toml").read_text()
    (filled.folder / "protocol.toml").write_text(text.replace("E03_EVIDENCE", "E03_OTHER"))
    with pytest.raises(ReviewError, match="no exclusion code 'E03_EVIDENCE', but a decision uses it"):
        outputs(str(filled.folder))


@pytest.mark.parametrize("seed", range(12))
def test_whatever_people_do_the_boxes_add_up(filled: Review, seed: int) -> None:
    """Random decisions, withdrawals, settlements, retrievals and judgements, in an order no plan foresees."""
    chance = random.Random(seed)
    for _ in range(60):
        with filled.writing() as connection:
            progress = screening(filled, connection)
            records = list(progress.library.records)
            record, other = chance.sample(records, 2)
            by, stage = chance.choice(["ana", "ben", "eva"]), chance.choice(["abstract", "fulltext"])
            act = chance.randrange(6)
            if act <= 2:
                verdict = chance.choice(["include", "exclude", "unsure"])
                reason = chance.choice(["E01_TYPE", "E02_SECTOR"]) if verdict == "exclude" else None
                role = chance.choice(["reader", "reader", "settler"])
                fact = Decision(record=record, stage=stage, verdict=verdict, reason=reason, by=by, role=role)
                decisions.add(filled, connection, [fact])
            elif act == 3:
                known = decisions.standing(decisions.history(connection))
                decisions.add(filled, connection, [decisions.withdrawal(chance.choice(known))] if known else [])
            elif act == 4:
                state = chance.choice(["retrieved", "not_retrieved"])
                retrieval.add(filled, connection, [Retrieval(record=record, state=state, by=by)])
            else:
                judge(filled, connection, record, other, chance.choice(["same", "different", "companion"]), "", by)
        flow(filled)


def test_a_search_that_failed_leaves_the_flow_interim(filled: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.refresh import refresh

    monkeypatch.setenv("REVIEW_EUROPEPMC_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("references.http.TRIES", 1, raising=False)
    assert refresh(str(filled.folder), by="test").failures
    _, _, is_open = outputs(str(filled.folder))
    assert any("not complete: the search EP (failed)" in said for said in is_open)
    assert "EP (failed)" in outputs(str(filled.folder))[0]["prisma.svg"]


def test_a_report_whose_source_changed_its_kind_is_said_to_have_decisions_that_no_longer_count(filled: Review, table: Table) -> None:
    decide(filled, table, "abstract", medical2="exclude E01_TYPE")
    text = (filled.folder / "protocol.toml").read_text()
    (filled.folder / "protocol.toml").write_text(text.replace('platform = "its web site"\nkind = "database"', 'kind = "website"', 1))
    assert any("no longer read" in sentence and sentence.endswith("1.") for sentence in flow(Review(filled.folder)).bridges)


def test_two_sources_of_one_name_and_unlike_kinds_are_both_counted() -> None:
    from synthesis.flow import Column

    column = Column(identified={("organisation", "WHO"): frozenset({"a"}), ("other", "WHO"): frozenset({"b"})})
    assert column.of_kind("organisation", "other") == {"WHO": frozenset({"a", "b"})}
