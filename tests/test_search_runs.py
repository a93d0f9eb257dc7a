"""A search over several runs: its windows, its log, two processes at once, and a process that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from references import http, tables
from references.plan import SearchLine, read_searches
from references.review import Review, sound
from references.searches import SearchResult, all_records, log, open_searches, run_search
from references.wire import Answer, Manners, Request
from tests.replay import status
from tests.replay_europepmc import PROTOCOL, Replay, made
from tests.test_searches import TODAY, keys, line, names, review, rows, run

__all__ = ["review"]  # the fixture


def test_the_first_run_fills_the_window_of_the_protocol(review: Review) -> None:
    with Replay(made(1)) as server:
        run(review, server)
        assert server.asked[0]["query"] == 'TITLE:"joint working" AND FIRST_PDATE:[2007-01-01 TO 2027-12-31]'
    (entry,) = log(review)
    assert (entry.window_from, entry.window_to) == ("2007-01-01", "2027-12-31")
    assert entry.query == server.asked[0]["query"]
    assert entry.address == f"{server.base}/searchPOST"
    assert (entry.line, entry.source, entry.by) == ("EP1", "europepmc", "ana")
    assert entry.parameters["synonym"] == "false"
    assert entry.program.startswith("evidence-review 0.1")


def test_a_refresh_asks_from_the_last_complete_run_less_the_overlap(review: Review) -> None:
    with Replay(made(5)) as server:
        run(review, server)
    started = date.fromisoformat(log(review)[0].started[:10])
    since = date.fromordinal(started.toordinal() - 60)
    with Replay(made(3, first=4)) as server:
        result = run(review, server)
        assert server.asked[0]["query"] == f'TITLE:"joint working" AND CREATION_DATE:[{since} TO 2026-03-01]'
    assert (result.state, result.retrieved, result.new, result.seen_again) == ("complete", 3, 1, 2)
    assert keys(review) == names(made(6))


def test_a_line_may_reach_further_back_than_the_others(review: Review) -> None:
    far = PROTOCOL.replace('note = ""', 'overlap_days = 365\nnote = ""', 1)
    (review.folder / "protocol.toml").write_text(far, encoding="utf-8")
    review = Review(review.folder)
    with Replay(made(5)) as server:
        run(review, server)
        run(review, server)
    full, refresh = log(review)
    assert date.fromisoformat(full.started[:10]).toordinal() - date.fromisoformat(refresh.window_from or "").toordinal() == 365


def test_a_failed_run_does_not_move_the_window(review: Review) -> None:
    with Replay(made(5)) as server:
        run(review, server)
        first = log(review)[0].started[:10]
    with Replay(made(5), dict.fromkeys(range(1, 7), status(503))) as server:
        assert run(review, server).state == "failed"
        assert run(review, server).state == "complete"
        queries = {form["query"] for form in server.asked}
    assert queries == {
        f'TITLE:"joint working" AND CREATION_DATE:[{date.fromordinal(date.fromisoformat(first).toordinal() - 60)} TO 2026-03-01]'
    }


def test_a_full_run_and_a_changed_line_ask_the_whole_query_again(review: Review) -> None:
    with Replay(made(5)) as server:
        run(review, server)
        run(review, server, full=True)
        assert "FIRST_PDATE:[2007-01-01" in server.asked[-1]["query"]
        (review.folder / "protocol.toml").write_text(PROTOCOL.replace("joint working", "joined-up working"), encoding="utf-8")
        run(Review(review.folder), server)
        assert server.asked[-1]["query"] == 'TITLE:"joined-up working" AND FIRST_PDATE:[2007-01-01 TO 2027-12-31]'


def test_a_changed_record_is_shown_as_it_is_now_and_is_seen_as_changed(review: Review) -> None:
    with Replay(made(1)) as server:
        run(review, server)
    with Replay([{**made(1)[0], "title": "Retitled."}]) as server:
        run(review, server)
    assert len({row.digest for row in rows(review, tables.sightings)}) == 2
    with review.reading() as connection:
        assert all_records(connection)[0].title == "Retitled."


def test_a_source_that_cannot_be_asked_is_not_run_and_not_logged(review: Review) -> None:
    result = run_search(review, SearchLine(name="L1", source="lens", query="x"), by="ana")
    assert (result.state, result.total) == ("not run", None)
    assert result.message == "no live access to lens in this version; import its export file instead"
    assert log(review) == []


def test_another_window_ends_what_was_cut_off(review: Review) -> None:
    with Replay(made(11), {2: status(429, "55000")}) as server:
        run(review, server)
        result = run(review, server, now=datetime(2027, 1, 1, tzinfo=UTC))
    assert result.state == "complete"
    first, second = log(review)
    assert (first.state, second.state) == ("failed", "complete")
    assert first.message.startswith("not finished; a new search was started")


def test_two_runs_of_one_search_at_the_same_time_store_each_page_once(review: Review) -> None:
    with Replay(made(11)) as server:
        quick = http.Client(sleep=lambda _: None, pace=http.Pace()).ask
        inner: list[SearchResult] = []

        def ask(request: Request, manners: Manners, /) -> Answer:
            answer = quick(request, manners)
            if not inner:
                inner.append(run(Review(review.folder), server))  # another process is quicker
            return answer

        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("REVIEW_EUROPEPMC_URL", server.base)
            outer = run_search(review, line(review), by="bo", ask=ask, page_size=4, now=TODAY)
    assert (inner[0].state, outer.state) == ("complete", "complete")
    assert [page.page for page in rows(review, tables.payloads)] == [1, 2, 3, 4]
    assert len(rows(review, tables.sightings)) == 11
    assert len(log(review)) == len(rows(review, tables.search_ends)) == 1


DYING = """
import os, signal, sys
from functools import partial
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.test_searches import TODAY, line
from references import database, ended, http, payloads, searches, walk
from references.plan import SearchLine, read_searches
from references.review import Review, sound

moment, after = sys.argv[2], int(sys.argv[3])
calls = 0

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def nth(function, before):
    def call(*args, **kwargs):
        global calls
        calls += 1
        if before and calls == after:
            die()
        value = function(*args, **kwargs)
        if not before and calls == after:
            die()
        return value
    return call

ask = http.Client(sleep=lambda _: None, pace=http.Pace()).ask
if moment == "asked":
    ask = nth(ask, before=False)  # the answer is here, nothing is stored
elif moment == "storing":
    payloads.insert_new = nth(payloads.insert_new, before=False)  # in the middle of a transaction
elif moment == "stored":
    walk._store = nth(walk._store, before=False)  # the page is committed
elif moment == "ending":
    ended.add_end = nth(ended.add_end, before=True)
review = Review(Path(sys.argv[1]))
searches.run_search(review, line(review), by="ana", ask=ask, page_size=4, now=TODAY)
"""

MOMENTS = (
    [("asked", n) for n in range(1, 5)] + [("storing", n) for n in (1, 2, 4, 6, 9)] + [("stored", n) for n in range(1, 5)] + [("ending", 1)]
)


@pytest.mark.parametrize(("moment", "after"), MOMENTS)
def test_a_process_killed_at_any_moment_loses_and_doubles_nothing(review: Review, moment: str, after: int) -> None:
    script = DYING.format(root=str(Path(__file__).parents[1]))
    with Replay(made(11)) as server:
        killed = subprocess.run(
            [sys.executable, "-c", script, str(review.folder), moment, str(after)],
            env={**os.environ, "REVIEW_EUROPEPMC_URL": server.base},
            capture_output=True,
            check=False,
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
        whole = {page.id for page in rows(review, tables.payloads)}
        assert {seen.payload for seen in rows(review, tables.sightings)} <= whole
        assert len(rows(review, tables.records)) == min(4 * len(whole), 11)
        result = run(review, server)
        marks = [form["cursorMark"] for form in server.asked]
    assert (result.state, result.total, result.retrieved) == ("complete", 11, 11)
    assert keys(review) == names(made(11))
    assert [page.page for page in rows(review, tables.payloads)] == [1, 2, 3, 4]
    assert len(rows(review, tables.sightings)) == 11
    assert len(rows(review, tables.searches)) == 1
    assert len(marks) <= len(set(marks)) + 2  # the page that was being stored, and the one asked for meanwhile


def test_the_log_shows_a_search_that_was_cut_off(review: Review) -> None:
    def ask(request: Request, manners: Manners, /) -> Answer:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_search(review, line(review), by="ana", ask=ask, now=TODAY)
    (entry,) = log(review)
    assert (entry.state, entry.ended, entry.retrieved) == ("cut off", None, 0)
    assert "goes on with it" in entry.message


def test_sources_begin_in_the_order_of_the_protocol_before_anything_is_asked(review: Review) -> None:
    with Replay(made(3)) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVIEW_EUROPEPMC_URL", server.base)
        open_searches(review, sound(review.section("searches"), read_searches).lines, by="ana")
        assert next(entry.line for entry in log(review)) == "EP1" and server.asked == []
        assert run(review, server, now=None).state == "complete"
    assert len([entry for entry in log(review) if entry.line == "EP1"]) == 1


FULL, REFRESH = [(1000, False), (880, True), (895, False), (1505, False), (1600, True)], [(10, False), (900, True), (0, False)]


@pytest.mark.parametrize(("total", "held"), FULL)
def test_a_full_run_whose_number_is_unlike_the_last_one_is_held(review: Review, total: int, held: bool) -> None:
    with Replay(made(1000)) as server:
        run(review, server, page_size=1000)
    with Replay(made(total)) as server:
        result = run(review, server, page_size=1000, full=True)
        assert (result.state == "held") is held, result.message
        if held:
            assert f"it reports {total:,} records, and the full run of" in result.message and "--accept-drift EP1" in result.message
            assert len(server.asked) == 1
            assert run(review, server, page_size=1000, full=True, accept_drift=True).state == "complete"


@pytest.mark.parametrize(("total", "held"), REFRESH)
def test_a_refresh_that_brings_far_more_than_is_usual_is_held(review: Review, total: int, held: bool) -> None:
    for size in (40, 45):  # a full run, and a first refresh of which nothing is known
        with Replay(made(size)) as server:
            assert run(review, server, page_size=1000, now=datetime.now(UTC)).state == "complete"
    with Replay(made(total)) as server:
        result = run(review, server, page_size=1000, now=datetime.now(UTC))
    assert (result.state == "held") is held, result.message


def test_a_number_that_fell_from_many_to_none_is_held(review: Review) -> None:
    for size in (40, 500):
        with Replay(made(size)) as server:
            assert run(review, server, page_size=1000, now=datetime.now(UTC)).state == "complete"
    with Replay([]) as server:
        result = run(review, server, page_size=1000, now=datetime.now(UTC))
    assert result.state == "held" and "some 500 were to be expected" in result.message
