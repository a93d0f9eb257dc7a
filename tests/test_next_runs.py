"""Runs that follow runs: what a full run owes, what a held one keeps back, how long a service is left alone, what two copies know."""

from __future__ import annotations

import pickle
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.status import status_lines
from flows.unite import unite
from references import database, http, tables
from references.changes import all_changes, notices
from references.duplicates.pairs import edges_of
from references.duplicates.stored import compare_new
from references.links import LINE, free_copies
from references.notices import told
from references.plan import SearchLine, read_searches
from references.protocol import Problem, ProtocolError
from references.record import Record
from references.reparse import reparse
from references.review import Review, sound
from references.searches import all_records, log, open_searches, run_search
from references.searchlog import standing
from references.walk import SearchResult
from references.wire import Answer, Manners, Request
from tests.replay import Fault, status
from tests.replay_europepmc import PROTOCOL, Replay, made
from tests.replay_semanticscholar import Replay as SemanticScholar
from tests.replay_semanticscholar import made as papers
from tests.test_changes import RETRACTED
from tests.test_searches import TODAY, keys, line, review, rows, run

__all__ = ["review"]  # the fixture


def edited(review: Review, old: str, new: str) -> Review:
    """The review with another protocol."""
    path = review.folder / "protocol.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return Review(review.folder)


def looked_up(review: Review, server: Replay, name: str = "included reports at Europe PMC") -> SearchResult:
    """Look a report up at the server."""
    wanted = SearchLine(name=name, source="europepmc", query='DOI:"10.5555/partnership.1"', purpose="check")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVIEW_EUROPEPMC_URL", server.base)
        return run_search(review, wanted, by="ana", ask=http.Client(sleep=lambda _: None, pace=http.Pace()).ask, now=TODAY)


# -- what a full run owes ----------------------------------------------------------------------------------------------


def test_a_protocol_that_looks_further_back_is_asked_in_full(review: Review) -> None:
    with Replay(made(5)) as server:
        run(review, server)
        assert "CREATION_DATE" in (run(review, server), server.asked[-1]["query"])[1]
        earlier = edited(review, "2007-01-01", "1990-01-01")
        assert run(earlier, server).state == "complete" and "FIRST_PDATE:[1990-01-01" in server.asked[-1]["query"]
        run(earlier, server)
        assert "CREATION_DATE" in server.asked[-1]["query"]
        later = edited(review, "1990-01-01", "2020-01-01")  # all that is wanted is here
        run(later, server)
        assert "CREATION_DATE" in server.asked[-1]["query"]
    with Replay(made(2, first=4)) as server:
        result = run(later, server, full=True)
    assert (result.state, result.vanished) == ("complete", 0)  # nothing is gone: less was asked for


def test_a_run_of_a_clock_that_was_wrong_hides_nothing(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time_ns
    with Replay(made(5)) as server:
        run(review, server)
        monkeypatch.setattr(time, "time_ns", lambda: real() + 4 * 366 * 86400 * 10**9)
        run(review, server)
        monkeypatch.undo()
        database._last = 0  # as in another process
        run(review, server, now=datetime.now(UTC))
        since = (datetime.now(UTC) - timedelta(days=60)).date()
        assert f"CREATION_DATE:[{since} TO" in server.asked[-1]["query"]


@pytest.mark.parametrize("fault", [status(403), Fault("cut")], ids=["refused", "failed"])
def test_a_full_run_that_was_not_done_is_done_by_the_next_refresh(review: Review, fault: Fault) -> None:
    with Replay(made(5)) as server:
        run(review, server)
    with Replay(made(9), dict.fromkeys(range(1, 7), fault)) as server:
        assert run(review, server, full=True).state in ("refused", "failed")
    with Replay(made(9)) as server:
        assert run(review, server).state == "complete" and "FIRST_PDATE" in server.asked[-1]["query"]
        run(review, server)
        assert "CREATION_DATE" in server.asked[-1]["query"]


def test_a_full_run_that_waits_is_gone_on_with_by_the_next_refresh_and_not_before_its_time(review: Review) -> None:
    with Replay(made(5)) as server:
        run(review, server)
    with Replay(made(11), {2: status(429, "55000")}) as server:
        assert run(review, server, full=True).state == "waiting"
        assert run(review, server).state == "waiting" and len(server.asked) == 2
        later = run(review, server, now=datetime.now(UTC) + timedelta(hours=16))
        assert (later.state, later.retrieved, len(server.asked)) == ("complete", 11, 5)
    assert [entry.parameters["kind"] for entry in log(review)] == ["full", "full"]


# -- what is held ------------------------------------------------------------------------------------------------------


def test_a_held_run_adds_no_record_stays_open_and_is_believed_by_the_command_that_it_names(review: Review) -> None:
    with Replay(made(40)) as server:
        run(review, server, page_size=1000)
    with Replay(made(300)) as server:
        held = run(review, server, page_size=1000, full=True)
        assert (held.state, held.total, held.retrieved, held.new) == ("held", 300, 0, 0)
        assert reparse(review).new == 0 and len(keys(review)) == 40 and len(rows(review, tables.payloads)) == 3  # its page is kept
        again = run(review, server, page_size=1000)  # as a schedule would
        assert again.state == "held" and standing(log(review), sound(review.section("searches"), read_searches))["EP1"].state == "held"
        believed = run(review, server, page_size=1000, accept_drift=True)
        assert (believed.state, believed.retrieved, believed.new) == ("complete", 300, 260)


def test_a_number_that_was_believed_is_believed_again(review: Review) -> None:
    for size in (40, 45, 44):
        with Replay(made(size)) as server:
            run(review, server, page_size=1000, now=datetime.now(UTC))
    with Replay(made(900)) as server:
        assert run(review, server, page_size=1000, now=datetime.now(UTC)).state == "held"
        assert run(review, server, page_size=1000, now=datetime.now(UTC), accept_drift=True).state == "complete"
        assert run(review, server, page_size=1000, now=datetime.now(UTC)).state == "complete"  # the windows overlap


def test_a_run_that_was_killed_behind_its_first_page_is_held_all_the_same(review: Review) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with Replay(made(40)) as server:
        run(review, server)
    with Replay(made(11)) as server:
        with pytest.raises(Killed):
            run(review, server, full=True, accept_drift=True, progress=killed)  # one page is here
        assert run(review, server, full=True).state == "held" and len(keys(review)) == 40
    assert reparse(review).lost == ()  # what was read of it before stays read


# -- how long a service is left alone ----------------------------------------------------------------------------------


def test_a_service_that_asked_to_be_left_alone_is_asked_by_no_other_search(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def later(request: Request, manners: Manners, /) -> Answer:
        asked.append(dict(request.query)["filter"])
        raise http.Later("spent", TODAY + timedelta(hours=9))

    def go(name: str, purpose: str = "search", now: datetime = TODAY) -> SearchResult:
        wanted = SearchLine(name=name, source="citations" if purpose == "citations" else "openalex", query="cites:W1", purpose=purpose)
        return run_search(review, wanted, by="ana", ask=later, now=now)

    assert [go("OA1").state, go("OA2").state, go("look", "check").state, go("chase", "citations").state] == ["waiting"] * 4
    assert len(asked) == 1 and [entry.state for entry in log(review)] == ["waiting"] * 4
    go("OA2")
    assert len(log(review)) == 4 and len(rows(review, tables.search_ends)) == 4  # said once
    monkeypatch.setenv("REVIEW_OPENALEX_KEY", "a-key-that-was-got")
    for _ in range(3):
        assert go("OA2").state == "waiting"
    assert len(asked) == 2  # once with the key
    go("OA1", now=TODAY + timedelta(hours=10))
    assert len(asked) == 3


def test_another_address_of_a_service_is_asked(review: Review) -> None:
    with Replay(made(3), {1: status(429, "55000")}) as server:
        assert run(review, server).state == "waiting"
    with Replay(made(3)) as server:
        assert run(review, server).state == "complete"


# -- ends and numbers --------------------------------------------------------------------------------------------------


def test_a_process_that_fails_at_a_search_that_another_one_completed_changes_nothing(review: Review) -> None:
    with Replay(made(11)) as server, pytest.MonkeyPatch.context() as patch:
        inner: list[SearchResult] = []

        def ask(request: Request, manners: Manners, /) -> Answer:
            if not inner:
                inner.append(run(Review(review.folder), server))
            raise http.NoAnswer("gave no sound answer in 6 tries")

        patch.setenv("REVIEW_EUROPEPMC_URL", server.base)
        outer = run_search(review, line(review), by="bo", ask=ask, page_size=4, now=TODAY)
    assert (inner[0].state, outer.state, outer.total) == ("complete", "complete", 11)
    assert [entry.state for entry in log(review)] == ["complete"]


def test_what_a_first_walk_stored_is_new_in_the_run_of_two(review: Review) -> None:
    with Replay(made(11), {2: Fault("total", 12)}) as server:
        result = run(review, server)
    assert (result.state, result.retrieved, result.new, result.seen_again) == ("complete", 11, 11, 0)


def test_a_source_that_cannot_go_on_begins_with_one_search(review: Review) -> None:
    wanted = SearchLine(name="S2", source="semanticscholar", query="query=joint")
    with SemanticScholar(papers(3)) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVIEW_SEMANTICSCHOLAR_URL", server.base)
        open_searches(review, [wanted], by="ana")
        assert run_search(review, wanted, by="ana", ask=http.Client(sleep=lambda _: None, pace=http.Pace()).ask).state == "complete"
    assert [entry.state for entry in log(review)] == ["complete"]


def test_a_line_that_the_protocol_no_longer_has_is_not_open_for_ever(review: Review) -> None:
    with Replay(made(5), dict.fromkeys(range(1, 7), status(503))) as server:
        run(review, server)
    assert any("EP1 failed" in said for said in status_lines(whole(review)))
    renamed = edited(review, 'name = "EP1"', 'name = "EPMC"')
    assert not any("EP1 failed" in said for said in status_lines(renamed))
    assert standing(log(renamed), sound(renamed.section("searches"), read_searches)) == {}


def whole(review: Review) -> Review:
    """The review with what the status asks for beside its searches."""
    small = (Path(__file__).parent / "data" / "small_protocol.toml").read_text(encoding="utf-8")
    searches = PROTOCOL[PROTOCOL.index("[searches]") :]
    (review.folder / "protocol.toml").write_text(
        small[: small.index("[searches]")] + searches + "\n" + small[small.index("[imports]") :], encoding="utf-8"
    )
    return Review(review.folder)


# -- retractions, two copies, another look -----------------------------------------------------------------------------


def test_a_retraction_is_told_though_another_result_has_the_same_doi(review: Review) -> None:
    [raw] = made(1)
    with Replay([{**raw, **RETRACTED}, {**raw, "source": "PMC", "id": "PMC1", "pmid": None}]) as server:
        looked_up(review, server)
    with review.reading() as connection:
        [notice] = told(connection)[f"doi:{raw['doi']}"]
    assert "retracted" in notice.what


def copied(review: Review, folder: Path) -> Review:
    folder.mkdir()
    (folder / "protocol.toml").write_bytes((review.folder / "protocol.toml").read_bytes())
    other = Review(folder)
    unite(other, review)
    return other


@pytest.mark.parametrize("order", ["first into second", "second into first"])
def test_what_counts_in_united_copies_is_what_a_source_said_last(review: Review, tmp_path: Path, order: str) -> None:
    [one, two] = made(2)
    with Replay([one]) as server:
        run(review, server)
    first, second = copied(review, tmp_path / "a"), copied(review, tmp_path / "b")
    with Replay([one, {**two, "abstractText": None}]) as server:
        run(second, server, full=True)
    with Replay([one, two]) as server:
        run(second, server, full=True)  # it knows of a change
    with Replay([one, {**two, **RETRACTED}]) as server:
        run(first, server, full=True)  # last of all, and new there
    into, other = (second, first) if order == "first into second" else (first, second)
    unite(into, other)
    with into.reading() as connection:
        assert {record.key: record.retracted for record in all_records(connection)} == {"MED:1": False, "MED:2": True}
        assert [change.what for change in all_changes(connection)] == [("abstract gained",), ("retracted",)]


def test_what_both_copies_learnt_is_one_change(review: Review, tmp_path: Path) -> None:
    [raw] = made(1)
    with Replay([{**raw, "abstractText": None}]) as server:
        run(review, server)
    other = copied(review, tmp_path / "b")
    for one in (review, other):
        with Replay([raw]) as server:
            run(one, server, full=True)
    unite(review, other)
    with review.reading() as connection:
        assert len(all_changes(connection)) == 1


def test_a_report_that_was_looked_up_before_a_search_found_it_is_read_again_as_it_was(review: Review) -> None:
    [raw] = made(1)
    with Replay([{**raw, "abstractText": None}]) as server:
        looked_up(review, server)
    with Replay([raw]) as server:
        run(review, server)
    before = [rows(review, table) for table in (tables.records, tables.changes)]
    done = reparse(review)
    assert (done.new, done.changed) == (0, 0) and [rows(review, table) for table in (tables.records, tables.changes)] == before


def test_a_record_that_changes_while_it_is_compared_is_compared_as_it_is_now(review: Review) -> None:
    [one, two] = made(2)
    with Replay([{**one, "title": "Bed blocking in Oslo hospitals", "doi": None, "pageInfo": None}, two]) as server:
        run(review, server)
    done: list[bool] = []

    def slow(known: Any, pairs: Any) -> list[Any]:
        found = edges_of(known, pairs)
        if not done:
            done.append(True)
            with Replay([{**two, "id": "1", "pmid": "1"}, two]) as server:
                run(Review(review.folder), server, full=True)
        return found

    compare_new(review, slow)
    with review.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.pairs)).scalar() == 1


def test_a_look_up_that_failed_is_in_nobody_s_way(review: Review) -> None:
    body = b'{"meta": {"count": 1, "next_cursor": null}, "results": [{"id": null, "doi": "https://doi.org/10.1/x"}]}'

    def ask(request: Request, manners: Manners, /) -> Answer:
        return Answer(status=200, headers={}, body=body, data=manners.read(body))

    wanted = SearchLine(name=f"{LINE} 1", source="openalex", query="doi:10.1/x", purpose="check")
    assert run_search(review, wanted, by="ana", ask=ask).state == "failed"
    with review.reading() as connection:
        assert free_copies(connection) == {}


# -- small things ------------------------------------------------------------------------------------------------------


def test_an_error_in_the_protocol_is_the_same_in_another_process() -> None:
    error = ProtocolError([Problem(3, "searches", "is wrong")])
    assert str(pickle.loads(pickle.dumps(error))) == str(error) == "protocol.toml, line 3: searches: is wrong"


def test_a_correction_that_was_republished_from_another_is_no_notice_on_this_one() -> None:
    told = (
        ("commentCorrection", "Corrected and republished from MED:1", 0),
        ("commentCorrection", "Corrected and republished in MED:2", 0),
    )
    record = Record(id="r", source="s", key="k", title="t", unread=told)
    assert notices(record) == ("commentCorrection: Corrected and republished in MED:2",)
