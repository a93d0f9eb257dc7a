"""A search walked page by page: complete or not, resumed, refreshed, and never a smaller set called complete."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from references import http, tables
from references.plan import SearchLine, read_searches
from references.record import record_id
from references.review import Review, sound
from references.searches import SearchResult, all_records, log, run_search, sources
from references.wire import Answer, Manners, Request
from tests.replay import Fault, Raw, status
from tests.replay_europepmc import PROTOCOL, Replay, made, recorded

TODAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def review(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Review:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("REVIEW_DATABASE_URL", raising=False)
    (tmp_path / "protocol.toml").write_text(PROTOCOL, encoding="utf-8")
    return Review(tmp_path)


def line(review: Review, name: str = "EP1") -> SearchLine:
    return next(line for line in sound(review.section("searches"), read_searches).lines if line.name == name)


def run(review: Review, server: Replay, page_size: int = 4, now: datetime = TODAY, **more: Any) -> SearchResult:
    """Run the line EP1 at the server, without waiting."""
    quick = http.Client(sleep=lambda _: None, pace=http.Pace(), timeout=(2.0, 0.5)).ask
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVIEW_EUROPEPMC_URL", server.base)
        return run_search(review, line(review), by="ana", ask=quick, page_size=page_size, now=now, **more)


def keys(review: Review) -> list[str]:
    with review.reading() as connection:
        return [record.key for record in all_records(connection)]


def rows(review: Review, table: sa.Table) -> list[Any]:
    with review.reading() as connection:
        return list(connection.execute(sa.select(table)))


def names(results: list[Raw]) -> list[str]:
    return [f"{raw['source']}:{raw['id']}" for raw in results]


@pytest.mark.parametrize("last_mark", [True, False])
@pytest.mark.parametrize("count", [0, 1, 4, 8, 11])
def test_every_record_comes_once_and_in_order(review: Review, count: int, last_mark: bool) -> None:
    with Replay(made(count), last_mark=last_mark) as server:
        result = run(review, server)
    assert (result.state, result.total, result.retrieved, result.new, result.seen_again) == ("complete", count, count, count, 0)
    assert keys(review) == names(made(count))


def test_recorded_records_come_whole(review: Review) -> None:
    if not recorded():
        pytest.skip("../shared is not here")
    with Replay(recorded()) as server:
        result = run(review, server, page_size=10)
    assert (result.state, result.retrieved) == ("complete", 25)
    assert keys(review) == names(recorded())
    with review.reading() as connection:
        assert sources(connection) == ["europepmc"]


def test_a_payload_is_kept_byte_for_byte_with_its_place_in_the_walk(review: Review) -> None:
    with Replay(made(6)) as server:
        run(review, server)
    first, second, third = rows(review, tables.payloads)
    assert [page.page for page in (first, second, third)] == [1, 2, 3]
    assert (first.cursor, third.next_cursor) == ("*", None)
    assert (second.cursor, third.cursor) == (first.next_cursor, second.next_cursor)
    assert (first.status, first.media, first.by) == (200, "application/json", "ana")
    from references.payloads import body_of

    assert [raw["id"] for raw in json.loads(body_of(second))["resultList"]["result"]] == ["5", "6"]


MENDED = {
    "429 with a wait": status(429, "2"),
    "429 without": status(429),
    "500": status(500),
    "502": status(502),
    "503": status(503, text="This API is temporarily unavailable due to maintenance."),
    "504": status(504),
    "a cut body": Fault("cut"),
    "HTML with 200": Fault("html"),
    "an empty 200": Fault("empty"),
    "JSON without results": Fault("junk", text='{"version": "6.9"}'),
    "a silent server": Fault("silent"),
    "a reset": Fault("reset"),
}


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("fault", MENDED.values(), ids=MENDED)
def test_a_passing_fault_on_any_page_loses_no_record(review: Review, fault: Fault, at: int) -> None:
    with Replay(made(11), {at: fault}) as server:
        result = run(review, server)
        assert len(server.asked) == 5  # three pages, one of them twice, and the empty one at the end
    assert (result.state, result.retrieved) == ("complete", 11)
    assert keys(review) == names(made(11))


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("fault", [status(503), Fault("cut"), Fault("html")], ids=lambda fault: fault.kind)
def test_a_lasting_fault_fails_the_search_and_keeps_what_came(review: Review, fault: Fault, at: int) -> None:
    with Replay(made(11), dict.fromkeys(range(at, at + 6), fault)) as server:
        result = run(review, server)
    assert result.state == "failed"
    assert "no sound answer in 6 tries" in result.message
    assert result.retrieved == 4 * (at - 1)
    assert result.total == (11 if at > 1 else None)
    with Replay(made(11)) as server:
        again = run(review, server)
    assert (again.state, again.retrieved, again.new) == ("complete", 11, 11 - 4 * (at - 1))
    assert [entry.state for entry in log(review)] == ["failed", "complete"]


def test_no_network_is_a_failed_search_and_never_zero(review: Review) -> None:
    with Replay([]) as server:
        pass  # nothing listens there any more
    result = run(review, server)
    assert (result.state, result.total, result.retrieved) == ("failed", None, 0)
    assert "no connection" in result.message
    (entry,) = log(review)
    assert (entry.state, entry.total) == ("failed", None)


def test_a_refused_query_is_refused_once(review: Review) -> None:
    with Replay(made(3), {1: status(400, text="Bad query")}) as server:
        result = run(review, server)
        assert len(server.asked) == 1
    assert (result.state, result.retrieved) == ("refused", 0)
    assert "answered 400: Bad query" in result.message


def test_an_error_inside_status_200_is_a_refusal(review: Review) -> None:
    with Replay(made(3)) as server:
        result = run(review, server, page_size=1001)
    assert result.state == "refused"
    assert "Valid size is between 1 and 1000" in result.message


def test_a_long_wait_stops_the_search_and_the_next_run_goes_on_there(review: Review) -> None:
    with Replay(made(11), {2: status(429, "55000")}) as server:
        stopped = run(review, server)
        assert (stopped.state, stopped.retrieved) == ("waiting", 4)
        assert "left alone until" in stopped.message
        assert run(review, server).state == "waiting" and len(server.asked) == 2  # nothing is asked before the time has come
        assert run(review, server, now=datetime.now(UTC) + timedelta(seconds=55_000)).state == "complete"
        assert [form["cursorMark"] for form in server.asked].count("*") == 1
    (entry,) = log(review)
    assert (entry.state, entry.retrieved, entry.new) == ("complete", 11, 11)


def test_a_total_that_changes_begins_the_walk_once_more(review: Review) -> None:
    with Replay(made(11), {2: Fault("total", number=12)}) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("complete", 11)
    first, second = log(review)
    assert (first.state, second.state) == ("failed", "complete")
    assert "the total changed from 11 to 12 at page 2" in first.message
    assert (second.new, second.seen_again) == (3, 8)
    assert sorted(keys(review)) == sorted(names(made(11)))


def test_a_total_that_goes_on_changing_fails(review: Review) -> None:
    with Replay(made(11), {2: Fault("total", number=12), 4: Fault("total", number=13)}) as server:
        result = run(review, server)
    assert result.state == "failed"
    assert "from 11 to 13" in result.message
    assert [entry.state for entry in log(review)] == ["failed", "failed"]


def test_a_record_on_two_pages_counts_once(review: Review) -> None:
    with Replay(made(11), {2: Fault("shift", number=1)}) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("complete", 11)
    assert len(rows(review, tables.sightings)) == 12


@pytest.mark.parametrize(
    "fault", [Fault("shift", number=-1), Fault("short", number=2), Fault("short", number=0)], ids=["skipped", "short", "empty"]
)
def test_a_page_that_lacks_records_begins_the_walk_once_more(review: Review, fault: Fault) -> None:
    with Replay(made(11), {2: fault}) as server:
        result = run(review, server)
    assert (result.state, result.total, result.retrieved) == ("complete", 11, 11)
    first, second = log(review)
    assert (first.state, first.total, second.state) == ("failed", 11, "complete")
    assert first.message.startswith(f"europepmc reported 11 records and gave {first.retrieved} different ones")


def test_a_source_that_never_gives_all_it_reports_fails_and_what_came_is_kept(review: Review) -> None:
    with Replay(made(11), dict.fromkeys((2, 6), Fault("shift", number=-1))) as server:
        result = run(review, server)
    assert (result.state, result.total, result.retrieved) == ("failed", 11, 10)
    assert result.message.startswith("europepmc reported 11 records and gave 10 different ones")
    assert keys(review) == names([*made(4), *made(6, first=6)])


def test_two_results_with_one_key_never_make_a_complete_search(review: Review) -> None:
    twice = [*made(7), made(1)[0]]
    with Replay(twice, last_mark=False) as server:
        result = run(review, server, page_size=10)
    assert (result.state, result.total, result.retrieved) == ("failed", 8, 7)
    assert result.message.startswith("europepmc reported 8 records and gave 7 different ones")


def test_new_cursors_without_end_are_not_followed_for_ever(review: Review) -> None:
    def ask(request: Request, manners: Manners, /) -> Answer:
        asked.append(dict(request.form)["cursorMark"])
        data = {"hitCount": 8, "nextCursorMark": f"mark{len(asked)}", "resultList": {"result": made(4)}}
        return Answer(status=200, headers={}, body=json.dumps(data).encode(), data=data)

    asked: list[str] = []
    result = run_search(review, line(review), by="ana", ask=ask, page_size=4, now=TODAY)
    assert result.state == "failed"
    assert "no end in sight" in result.message
    assert len(asked) < 220


def test_a_record_without_a_name_fails_the_search_and_keeps_the_payload(review: Review) -> None:
    nameless = [*made(4), {"title": "Who am I?"}]
    with Replay(nameless) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("failed", 4)
    assert "a record whose source is None" in result.message
    assert len(rows(review, tables.payloads)) == 2
    (told,) = rows(review, tables.diagnostics)
    assert (told.severity, told.done) == ("error", "no record of this page was read")


def test_an_unknown_field_is_told_and_stops_nothing(review: Review) -> None:
    with Replay([{**made(1)[0], "trustScore": 7}]) as server:
        assert run(review, server).state == "complete"
    (told,) = rows(review, tables.diagnostics)
    assert (told.severity, told.what) == ("warning", "trustScore: not understood in 1 records, first in MED:1")


def test_a_record_is_found_again_under_the_id_that_its_key_makes(review: Review) -> None:
    with Replay(made(1)) as server:
        run(review, server)
    assert rows(review, tables.records)[0].id == record_id("europepmc", "MED:1")
