"""What is secret stays so whatever a source echoes, and what a source says stays within bounds."""

from __future__ import annotations

import json
import socket
import threading
import time
import zlib
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from html import escape
from urllib.parse import quote, quote_plus

import pytest

from flows.refreshed import plain
from references import http, tables
from references.database import metadata
from references.review import Review
from references.searches import run_search
from references.sources import openalex
from references.wire import Hidden, Manners, Request, Secret, cut, public
from tests.replay import Fault, status
from tests.replay_europepmc import Replay, made
from tests.test_searches import line, review, rows

__all__ = ["review"]  # the fixture
FORM = (("query", "x"), ("cursorMark", "*"), ("pageSize", "4"), ("resultType", "core"), ("format", "json"))
KEY = Secret(variable="REVIEW_TEST_KEY", place="header", name="x-key")
SECRETS = ('Ks2k"0004\\z', "me+x@ex.org", "abc/def+gh==", "a&b<c>d", "plainkey123")
WRITERS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "as JSON": lambda text: json.dumps(text)[1:-1],
    "as JSON with strokes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "as JSON of other writers": lambda text: "".join(sign if sign.isalnum() else f"\\u{ord(sign):04X}" for sign in text),
    "as HTML": escape,
    "as HTML by numbers": lambda text: "".join(sign if sign.isalnum() else f"&#{ord(sign)};" for sign in text),
    "in an address": lambda text: quote(text, safe=""),
    "in a form": quote_plus,
    "in capitals": str.upper,
    "as base64": lambda text: b64encode(text.encode()).decode(),
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_key_is_hidden_however_it_is_written(monkeypatch: pytest.MonkeyPatch, secret: str, writer: str) -> None:
    monkeypatch.setenv(KEY.variable, secret)
    hidden, echo = Hidden([KEY]), WRITERS[writer](secret)
    assert hidden.text(f"you sent {echo}!") == "you sent (hidden)!"
    assert hidden.body(f"you sent {echo}!".encode()) == b"you sent (hidden)!"


def test_passwords_of_addresses_are_hidden_too() -> None:
    hidden = Hidden([], ["http://user:pa%40ss@proxy:8080", "http://ada:s3cret@service/api", "http://open.example/"])
    for echo in ("pa@ss", "pa%40ss", "ada:s3cret", b64encode(b"user:pa@ss").decode(), b64encode(b"ada:s3cret").decode()):
        assert hidden.text(f"<{echo}>") == "<(hidden)>"
    assert hidden.text("open.example and proxy") == "open.example and proxy"


@pytest.mark.parametrize(
    "url",
    [
        "http://user:pa/ss@host/api", "user:pass@host/api", "https:///u:p@h", "http://u:p?x@host/", "http://u:p#x@host/",
        "http://u:pw@host:nine/", "ftp://u:p@host/", "http://[u:p@host",
    ],
)  # fmt: skip
def test_of_an_address_that_cannot_be_taken_apart_nothing_is_shown(url: str) -> None:
    assert public(url) == "(not an address)"


def test_an_address_is_shown_without_its_login() -> None:
    assert public("https://ada:s3cret@host:8080/api/works?key=1#top") == "https://host:8080/api/works"


def test_a_password_in_a_source_s_address_reaches_nothing_that_is_kept(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    echo = f"ada:s3cretpw, s3cretpw, {b64encode(b'ada:s3cretpw').decode()}"
    with Replay([{**raw, "abstractText": echo} for raw in made(9)], {2: status(403, text=echo)}) as server:
        monkeypatch.setenv("REVIEW_EUROPEPMC_URL", server.base.replace("http://", "http://ada:s3cretpw@"))
        result = run_search(review, line(review), by="ana", page_size=4)
        assert "authorization" in server.heard[0].headers and (result.state, result.retrieved) == ("refused", 4)
    kept = [str(row) for table in metadata.sorted_tables for row in rows(review, table)]
    kept += [zlib.decompress(row.body).decode() for row in rows(review, tables.payloads)]
    for secret in ("s3cretpw", b64encode(b"ada:s3cretpw").decode()):
        assert secret not in result.message and not [one for one in kept if secret in one]


def test_a_login_that_would_take_the_place_of_a_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEW_OPENALEX_KEY", "a-key-of-mine")
    monkeypatch.setenv("REVIEW_OPENALEX_URL", "http://ada:s3cret@host")
    with pytest.raises(http.Refused, match="REVIEW_OPENALEX_URL holds a name and password") as refused:
        http.Client(openalex.SECRETS, source="openalex")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("where", ["http://[::1", "//\u2100.x/", "\x9b", "http://elsewhere.example/"])
def test_a_redirect_wherever_it_points_is_told_and_its_body_left(review: Review, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = Fault("status", status=302, headers={"Location": where.encode().decode("latin-1")}, text="x" * 1000)
    with Replay(made(3), {1: fault}) as server:
        monkeypatch.setenv("REVIEW_EUROPEPMC_URL", server.base)
        result = run_search(review, line(review), by="ana")
        assert len(server.asked) == 1
    assert result.state == "refused" and "answered 302 and points to" in result.message


@pytest.mark.parametrize("address", ["http://a..b/", "http://" + "a" * 64 + ".example/", "http://u:p€@127.0.0.1:9/", "http://.x:1/"])
def test_an_address_that_no_library_can_use_is_refused_in_words(address: str) -> None:
    with pytest.raises((http.Refused, http.NoAnswer)) as told:
        http.Client(sleep=lambda _: None, pace=http.Pace()).ask(Request(method="GET", url=address))
    assert "€" not in str(told.value)
    assert http.tell(address, {}) != ""


def test_an_answer_that_drips_is_left_when_the_time_is_up() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        talk, _ = listener.accept()
        with talk, suppress(OSError):
            talk.recv(65536)
            talk.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            for _ in range(400):
                talk.sendall(b"x")
                time.sleep(0.05)

    threading.Thread(target=drip, daemon=True).start()
    begun = time.monotonic()
    with listener, pytest.raises(http.NoAnswer, match="still sending when the time was up"):
        client = http.Client(sleep=lambda _: None, pace=http.Pace(), seconds=1.0)
        client.ask(Request(method="GET", url=f"http://127.0.0.1:{listener.getsockname()[1]}/"))
    assert time.monotonic() - begun < 10  # it would go on for twenty


def test_headers_are_kept_without_what_no_database_takes() -> None:
    fault = Fault("status", status=200, headers={"Content-Type": "application/json\x01\x9b"}, text='{"hitCount": 0}')
    with Replay(made(3), {1: fault}) as server:
        answer = http.Client(sleep=lambda _: None, pace=http.Pace()).ask(Request(method="POST", url=f"{server.base}/searchPOST", form=FORM))
    assert answer.headers["content-type"].isprintable()


def test_what_a_source_says_is_cut_and_has_no_marks() -> None:
    refusing = Manners(refusal=lambda data, status: "\x1b[31mno\u202e " + "very " * 100_000)
    with Replay(made(3)) as server, pytest.raises(http.Refused) as no:
        http.Client(sleep=lambda _: None, pace=http.Pace()).ask(
            Request(method="POST", url=f"{server.base}/searchPOST", form=FORM), refusing
        )
    assert len(str(no.value)) <= 401 and str(no.value).startswith("[31mno very") and str(no.value).endswith("…")
    assert cut("a\x00b\nc") == "a b c"
    assert plain("<!channel> <http://evil.example|here> a & b \u202e") == "&lt;!channel&gt; &lt;http://evil.example|here&gt; a &amp; b "
