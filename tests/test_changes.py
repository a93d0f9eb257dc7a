"""A record that its source gives otherwise than before: what changed, what it does to duplicates, and who is to look again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.unite import unite
from references import http, tables
from references.changes import all_changes, differences, notices
from references.duplicates.stored import compare_new
from references.library import library
from references.plan import SearchLine
from references.record import Record, to_data
from references.review import Review
from references.searches import log, run_search
from references.walk import SearchResult
from screening.exchange import apply_decisions, write_queue
from screening.progress import queue, screening, to_settle
from screening.sitting import Sitting
from tests.replay import Raw
from tests.replay_europepmc import Replay, made

LINE = SearchLine(name="EP1", source="europepmc", query="x")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def fetch(review: Review, results: list[Raw], **more: Any) -> SearchResult:
    """Run the line at a server that has these results."""
    with Replay(results) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVIEW_EUROPEPMC_URL", server.base)
        ask = http.Client(sleep=lambda _: None, pace=http.Pace()).ask
        result = run_search(review, LINE, by="test", ask=ask, accept_drift=True, **more)
    compare_new(review)
    return result


def without_abstracts(count: int) -> list[Raw]:
    return [{**raw, "abstractText": None} for raw in made(count)]


RETRACTED = {"commentCorrectionList": {"commentCorrection": [{"type": "Retraction in", "source": "MED", "id": "9"}]}}
ERRATUM = {"commentCorrectionList": {"commentCorrection": [{"type": "Erratum in", "source": "MED", "id": "9"}]}}
OF_ANOTHER = {"commentCorrectionList": {"commentCorrection": [{"type": "Erratum for", "source": "MED", "id": "9"}]}}


@pytest.mark.parametrize(
    ("was", "now", "what"),
    [
        ({}, {}, []),
        ({"abstractText": None}, {}, ["abstract gained"]),
        ({"doi": None}, {}, ["DOI gained"]),
        ({}, RETRACTED, ["retracted"]),
        (RETRACTED, {}, ["no longer retracted"]),
        ({}, ERRATUM, ["corrected"]),
        ({}, OF_ANOTHER, []),
        ({}, {"title": "Joint working, with another title"}, ["title changed"]),
        ({}, {"title": "JOINT WORKING IN HEALTH AND SOCIAL CARE - PART 1"}, []),  # only written otherwise
        ({}, {"pageInfo": "7-9", "abstractText": None}, ["abstract lost", "pages changed"]),
        ({}, {"isOpenAccess": "Y"}, []),
    ],
)
def test_what_changed_is_told_in_words(review: Review, was: Raw, now: Raw, what: list[str]) -> None:
    [raw] = made(1)
    assert fetch(review, [{**raw, **was}]).new == 1
    result = fetch(review, [{**raw, **now}], full=True)
    with review.reading() as connection:
        found = [change for one in all_changes(connection) for change in one.what]
    assert (result.new, result.seen_again, result.changed, found) == (0, 1, int(bool(what)), what)


def test_what_counts_is_the_newest_and_what_was_first_read_stays(review: Review) -> None:
    for pages in ("1-9", "2-9", "2-10", "2-10"):
        fetch(review, [{**made(1)[0], "pageInfo": pages}], full=True)
    with review.reading() as connection:
        held = library(review, connection)
        first = connection.execute(sa.select(tables.records.c.data)).scalar_one()
        assert [one.what for one in all_changes(connection)] == [("pages changed",), ("pages changed",)]
    assert [record.pages for record in held.records.values()] == ["2-10"] and first["pages"] == "1-9"
    assert [entry.changed for entry in log(review)] == [0, 1, 1, 0]


def test_a_record_that_is_another_one_by_now_is_compared_anew(review: Review) -> None:
    one, two = made(2)
    two = {**two, "doi": one["doi"], "title": one["title"], "pageInfo": one["pageInfo"], "pmid": None}
    fetch(review, [one, {**two, "title": "Bed blocking in Oslo", "doi": None, "authorList": None, "pageInfo": None}])
    with review.reading() as connection:
        assert len(library(review, connection).reports) == 2
    fetch(review, [one, two], full=True)
    with review.reading() as connection:
        assert len(library(review, connection).reports) == 1
        assert len(connection.execute(sa.select(tables.compared)).all()) == 2


def test_a_full_run_says_what_is_gone_and_keeps_it(review: Review) -> None:
    fetch(review, made(6))
    result = fetch(review, made(6)[2:], full=True)
    assert (result.state, result.vanished, result.seen_again) == ("complete", 2, 4)
    assert log(review)[-1].vanished == 2
    with review.reading() as connection:
        assert len(library(review, connection).records) == 6


def decide(review: Review, by: str, verdicts: str, *, stage: str = "abstract", role: str = "reader") -> None:
    """Decide on all that waits, one letter each: i, e with the first reason."""
    sitting = Sitting(review, stage=stage, by=by, role=role)
    assert len(sitting.waiting) == len(verdicts)
    for letter in verdicts:
        for key in (letter, "1") if letter == "e" else letter:
            sitting.press(key)


def waiting(review: Review, by: str, stage: str = "abstract") -> list[str]:
    with review.reading() as connection:
        return [report.title for report in queue(screening(review, connection), stage=stage, by=by)]


def state(review: Review, stage: str = "abstract") -> list[str]:
    with review.reading() as connection:
        progress = screening(review, connection)
        return [progress.outcomes[stage][report.id].state for report in progress.library.reports]


def test_a_report_excluded_without_an_abstract_comes_back_when_it_has_one(review: Review) -> None:
    fetch(review, without_abstracts(3))
    decide(review, "ana", "eei")
    decide(review, "ben", "eie")
    assert waiting(review, "ana") == [] and state(review) == ["exclude", "conflict", "conflict"]
    fetch(review, made(3), full=True)
    assert len(waiting(review, "ana")) == 2 and len(waiting(review, "ben")) == 2  # whoever excluded is asked
    assert state(review) == ["exclude", "conflict", "conflict"]  # decisions are kept
    sitting = Sitting(review, stage="abstract", by="ana")
    said = sitting.view().body.plain
    assert "Changed since you decided (exclude (" in said and "abstract gained (Europe PMC, " in said
    sitting.press("i")
    assert len(waiting(review, "ana")) == 1 and state(review)[0] == "conflict"
    sitting.press("z")
    assert len(waiting(review, "ana")) == 2 and state(review)[0] == "exclude"
    fetch(review, made(3), full=True)  # nothing new
    assert len(waiting(review, "ana")) == 2


def test_the_same_verdict_once_more_settles_it_at_the_terminal_and_by_file(review: Review, tmp_path: Path) -> None:
    fetch(review, without_abstracts(2))
    decide(review, "ana", "ee")
    fetch(review, made(2), full=True)
    Sitting(review, stage="abstract", by="ana").decide("exclude", "E01_TYPE")
    assert len(waiting(review, "ana")) == 1
    target = tmp_path / "queue.csv"
    assert write_queue(review, target, stage="abstract", by="ana") == 1
    lines = target.read_text(encoding="utf-8-sig").splitlines()
    head = lines[0].split(",")
    row = dict.fromkeys(head, "") | {"record": lines[1].split(",")[0], "verdict": "exclude", "reason": "E01_TYPE"}
    target.write_text("\n".join([lines[0], ",".join(row[name] for name in head)]), encoding="utf-8")
    assert apply_decisions(review, target, stage="abstract", by="ana", role="reader") == (1, 0)
    assert waiting(review, "ana") == []
    assert apply_decisions(review, target, stage="abstract", by="ana", role="reader") == (0, 1)


def test_an_included_report_that_is_retracted_comes_back_and_one_that_is_excluded_does_not(review: Review) -> None:
    fetch(review, made(2))
    for by in ("ana", "ben"):
        decide(review, by, "ii")
    for by in ("ana", "ben"):
        decide(review, by, "ie", stage="fulltext")
    fetch(review, [{**raw, **RETRACTED} for raw in made(2)], full=True)
    assert waiting(review, "ana") == [] and len(waiting(review, "ana", "fulltext")) == 1
    assert state(review, "fulltext") == ["include", "exclude"]


def test_a_settled_report_that_changes_is_for_the_settler(review: Review) -> None:
    fetch(review, without_abstracts(1))
    decide(review, "ana", "i")
    decide(review, "ben", "e")
    decide(review, "eva", "e", role="settler")
    fetch(review, made(1), full=True)
    with review.reading() as connection:
        progress = screening(review, connection)
    assert waiting(review, "ben") == [] and len(to_settle(progress, stage="abstract", by="eva")) == 1
    decide(review, "eva", "i", role="settler")
    assert state(review) == ["include"]


def test_two_copies_of_a_review_come_to_the_same_content(review: Review, tmp_path: Path) -> None:
    fetch(review, without_abstracts(2))
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "protocol.toml").write_bytes((review.folder / "protocol.toml").read_bytes())
    other = Review(copy)
    unite(other, review)
    fetch(other, made(2), full=True)
    unite(review, other)
    with review.reading() as connection:
        assert all(record.abstract for record in library(review, connection).records.values())


def test_bookkeeping_is_no_change() -> None:
    record = Record(id="r1", source="s", key="k", title="A title", origins=(("title", "x", 0),), unread=(("isOpenAccess", "N", 0),))
    again = replace(
        record, origins=(), unread=(("isOpenAccess", "Y", 0), ("commentCorrection", "Comment in MED:1", 0)), url="https://a.org"
    )
    assert differences(to_data(record), to_data(again), record, again) == ()
    told = replace(record, unread=(("commentCorrection", "Expression of concern in MED:1", 0),))
    assert notices(told) == ("commentCorrection: Expression of concern in MED:1",)
    assert json.dumps(to_data(record))


def test_included_reports_are_looked_up_and_retractions_shown_everywhere(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    """The article came from a file; Europe PMC, asked about it, says that it was retracted. It adds no record to the review."""
    from click.testing import CliRunner

    from flows.cli import review as command
    from references.imports import import_file
    from tests.conftest import ris

    def run(*words: str) -> str:
        return CliRunner().invoke(command, ["--review", str(review.folder), *words]).output

    (review.folder / "imports" / "medical.ris").write_text(ris("Joint boards at work", DO="10.5555/partnership.1", authors=("Lund, K",)))
    import_file(review, review.folder / "imports" / "medical.ris", by="test")
    for stage in ("abstract", "fulltext"):
        for by in ("ana", "ben"):
            decide(review, by, "i", stage=stage)
    asked: list[str] = []

    def answers(query: str) -> list[Raw]:
        asked.append(query)
        return [{**made(1)[0], **RETRACTED, "pmid": None}] if "10.5555/partnership.1" in query else []

    with Replay(answers) as server:
        monkeypatch.setenv("REVIEW_EUROPEPMC_URL", server.base)
        said = run("refresh", "--direct")
        assert asked[-1] == 'DOI:"10.5555/partnership.1"'
        assert "included reports: looked up at Europe PMC" in said and "RETRACTED, according to Europe PMC: Lund" in said, said
        assert "records 1 -> 1" in said and "records 1 -> 1" in run("refresh", "--direct")
    assert "RETRACTED, according to Europe PMC" in run("show", "medical.ris#1")
    published = run("publish", "--direct")
    out = review.folder / "out"
    assert "RETRACTED, according to Europe PMC" in (out / "narrative_table.csv").read_text(encoding="utf-8-sig"), published
    assert "RETRACTED, according to Europe PMC" in (out / "included_studies.csv").read_text(encoding="utf-8-sig")
    from references.reparse import reparse

    assert reparse(review).new == 0
    assert "RETRACTED, according to Europe PMC" in run("show", "medical.ris#1")
