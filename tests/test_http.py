"""Asking politely and within bounds: what is tried again, what is not, and what is said when nothing helps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests

from references import http, wire
from references.sources import europepmc
from references.sources.source import Question
from tests.replay import Fault, status
from tests.replay_europepmc import Replay, made

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def page(server: Replay | str, query: str = "x", size: int = 4) -> wire.Request:
    """The request for the first page of Europe PMC."""
    base = server if isinstance(server, str) else server.base
    return europepmc.request(Question(query=query, page_size=size, base=base), europepmc.START)


MANNERS = wire.Manners(refusal=europepmc.refusal)


def asking(server: Replay, **more: object) -> tuple[wire.Answer, list[float]]:
    """One page of the server, and the waits that were asked for."""
    waits: list[float] = []
    client = http.Client(sleep=waits.append, pace=http.Pace(), **more)  # type: ignore[arg-type]
    answer = client.ask(page(server, "joint working", 10), MANNERS)
    return answer, waits


PASSING = {
    "429": status(429),
    "408": status(408),
    "425": status(425),
    "500": status(500),
    "502": status(502),
    "503": status(503),
    "504": status(504),
    "a body that is cut": Fault("cut"),
    "HTML with status 200": Fault("html"),
    "an empty body": Fault("empty"),
    "half of a JSON": Fault("junk", text='{"hitCount": 4'),
    "JSON nested without end": Fault("junk", text="[" * 200_000),
    "a reset": Fault("reset"),
    "status 204": status(204, text=""),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_what_may_pass_is_tried_again(fault: Fault) -> None:
    with Replay(made(4), {1: fault, 2: fault}) as server:
        answer, waits = asking(server)
        assert answer.data["hitCount"] == 4
        assert len(server.asked) == 3
        assert len([wait for wait in waits if wait >= 0]) >= 2


def test_a_silent_server_is_left_after_the_time_out_and_asked_again() -> None:
    with Replay(made(4), {1: Fault("silent")}) as server:
        answer, _ = asking(server, timeout=(1.0, 0.3))
        assert (answer.data["hitCount"], len(server.asked)) == (4, 2)


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_what_does_not_pass_is_given_up_after_six_tries(fault: Fault) -> None:
    with Replay(made(4), dict.fromkeys(range(1, 20), fault)) as server:
        with pytest.raises(http.NoAnswer, match="no sound answer in 6 tries"):
            asking(server)
        assert len(server.asked) == 6


@pytest.mark.parametrize("code", [400, 401, 403, 404, 422])
def test_a_refusal_is_never_tried_again(code: int) -> None:
    with Replay(made(4), {1: status(code, text="no \x1b[31mentry\x07 here")}) as server:
        with pytest.raises(http.Refused, match=rf"answered {code}: no \[31mentry here"):
            asking(server)
        assert len(server.asked) == 1


def test_a_refusal_inside_status_200_is_never_tried_again() -> None:
    with Replay(made(4)) as server:
        with pytest.raises(http.Refused, match=r"Invalid page size provided. Valid size is between 1 and 1000 \(code 404\)"):
            http.Client(sleep=lambda _: None).ask(page(server, "joint working", 1001), MANNERS)
        assert len(server.asked) == 1


def test_a_redirect_is_told_and_not_followed() -> None:
    elsewhere = Fault("status", status=302, headers={"Location": "http://login.example/secret?token=1"})
    with (
        Replay(made(4), {1: elsewhere}) as server,
        pytest.raises(http.Refused, match=r"answered 302 and points to login\.example: ") as told,
    ):
        asking(server)
    assert "token" not in str(told.value)


def test_a_short_retry_after_is_obeyed_to_the_second() -> None:
    with Replay(made(4), {1: status(429, "2"), 2: status(503, "0")}) as server:
        _, waits = asking(server)
    assert [wait for wait in waits if wait in (2.0, 0.0)] == [2.0, 0.0]


def test_a_long_retry_after_ends_the_matter_and_says_when_to_come_back() -> None:
    with Replay(made(4), {1: status(429, "55000")}) as server:
        before = datetime.now(UTC)
        with pytest.raises(http.Later, match="left alone until") as later:
            asking(server)
        assert len(server.asked) == 1
    assert timedelta(seconds=54_990) < later.value.when - before < timedelta(seconds=55_010)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        (" 1.5 ", 1.5),
        ("soon", None),
        ("-5", None),
        ("9" * 400, 366 * 86400.0),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), 300.0),
        (format_datetime(NOW - timedelta(minutes=5), usegmt=True), 0.0),
        ("Sun, 01 Mar 2026 12:00:30 -0000", 30.0),
        ("Sun, 41 Mar 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(text: str | None, seconds: float | None) -> None:
    assert wire.retry_after(text, NOW) == seconds


def test_waits_are_random_and_their_bound_doubles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.random, "uniform", lambda low, high: high)
    with Replay(made(4), dict.fromkeys(range(1, 6), status(503))) as server:
        request = wire.Request(method="POST", url=f"{server.base}/searchPOST", form=(("query", "x"),))
        waits: list[float] = []
        http.Client(sleep=waits.append, pace=http.Pace()).ask(request)
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_the_time_for_one_request_is_bounded_too() -> None:
    with Replay(made(4), dict.fromkeys(range(1, 20), status(503, "50"))) as server:
        with pytest.raises(http.NoAnswer, match="in 1 try; at last it answered 503"):
            asking(server, seconds=10.0)
        assert len(server.asked) == 1


def test_a_body_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LONGEST_BODY", 1 << 16)
    with Replay(made(400)) as server, pytest.raises(http.Refused, match="sent more than 0 MiB for one page"):
        http.Client(sleep=lambda _: None).ask(page(server, size=400))


def test_a_host_that_is_silent_is_tried_once_for_the_next_requests_until_it_answers() -> None:
    with Replay(made(4), dict.fromkeys(range(1, 8), status(503))) as server:
        client = http.Client(sleep=lambda _: None, pace=http.Pace())
        for tries in (6, 1):
            with pytest.raises(http.NoAnswer, match=f"in {tries} tr"):
                client.ask(page(server))
        assert client.ask(page(server)).status == 200 and len(server.asked) == 8
        server.faults = dict.fromkeys((9, 10), status(503))
        assert client.ask(page(server)).status == 200  # heard again: all tries


def test_europe_pmc_is_asked_at_most_five_times_a_second() -> None:
    with Replay(made(4)) as server:
        client = http.Client(pace=http.Pace())
        for _ in range(4):
            client.ask(page(server))
        gaps = [after - before for before, after in zip(server.times, server.times[1:], strict=False)]
    assert min(gaps) >= 0.19  # the clocks of two threads


def test_a_host_that_is_not_there_is_told_in_words() -> None:
    request = page("http://user:secret@127.0.0.1:9/rest")
    with pytest.raises(
        http.NoAnswer, match=r"127\.0\.0\.1 gave no sound answer in 6 tries; at last there was no connection \(Connection refused\)"
    ) as told:
        http.Client(sleep=lambda _: None).ask(request)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("url", ["europepmc", "ftp://example.org", "http://", "http://[::1/rest"])
def test_an_address_that_cannot_be_asked_is_refused(url: str) -> None:
    with pytest.raises(http.Refused, match="is not an address that can be asked"):
        http.Client(sleep=lambda _: None).ask(page(url))


def test_an_address_is_stored_without_password_or_parameters() -> None:
    assert wire.public("https://ana:secret@proxy.example:8080/rest/searchPOST?key=1#top") == "https://proxy.example:8080/rest/searchPOST"


def test_the_server_hears_who_asks_and_only_known_headers_are_kept() -> None:
    with Replay(made(4)) as server:
        answer, _ = asking(server)
        assert server.agents[0].startswith("evidence-review/0.1")
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert set(answer.headers) <= {"content-type", "date", "server"}


def test_the_environment_of_requests_is_respected() -> None:
    session = http.Client().session
    assert session.trust_env
    assert isinstance(session, requests.Session)
