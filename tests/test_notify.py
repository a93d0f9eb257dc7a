"""One message to a web hook after a refresh that has something to say; the refresh does not hang on it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from click.testing import CliRunner

from flows.cli import review as command
from references.review import Review
from tests.conftest import ris


class Hook:
    """A web hook on this machine: what it heard, and what it answers."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.status = 204
        self.address = ""


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    made = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    made.address = f"http://127.0.0.1:{server.server_port}/hook?token=s3cret"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("REVIEW_NOTIFY_URL", made.address)
    yield made
    server.shutdown()
    server.server_close()


def refreshed(review: Review, *words: str) -> str:
    done = CliRunner().invoke(command, ["--review", str(review.folder), "refresh", "--direct", *words])
    return done.output


def test_a_retraction_of_an_included_report_is_told_first_and_once() -> None:
    from flows.refreshed import Counts, Refreshed, lines, message

    def counts(**notices: str) -> Counts:
        told = {("r1", what): words for what, words in notices.items()}
        return Counts(records=2, reports=2, proposals=0, to_read={"ana": 0}, notices=told)

    def done(before: Counts, after: Counts) -> Refreshed:
        return Refreshed(files=(), searches=(), checks=(), citing=(), not_seeds=(), unasked=(), before=before, after=after)

    old = {"erratum": "Erratum in MED:9, according to PubMed: Lund 2013."}
    new = {**old, "retracted": "RETRACTED, according to Crossref: Lund 2013."}
    told = message("A review", done(counts(**old), counts(**new)))
    assert told["text"].startswith("Included report: RETRACTED, according to Crossref: Lund 2013.\nA review: 0 new records")
    assert told["notices"] == [new["retracted"]] and message("A review", done(counts(**new), counts(**new))) == {}
    said = "\n".join(lines(done(counts(**old), counts(**new))))
    assert "new: RETRACTED, according to Crossref" in said and "known before: 1" in said and "Erratum" not in said


def test_what_is_new_and_what_failed_is_told_and_nothing_is_told_of_nothing(review: Review, hook: Hook, monkeypatch: Any) -> None:
    (review.folder / "imports" / "medical.ris").write_text(ris("Joint boards at work") + ris("Beds in Oslo"))
    monkeypatch.setenv("REVIEW_EUROPEPMC_URL", "http://[no-address")
    refreshed(review)
    [told] = hook.heard
    assert told["text"].startswith(f"{review.title}: 2 new records, 2 new reports.\nNot done: EP: refused: ")
    assert (told["new_records"], told["changed_records"], len(told["failures"])) == (2, 0, 1) and told["to_read"]["ana"] == 2
    refreshed(review, "--offline")
    assert len(hook.heard) == 1


def test_a_hook_that_does_not_work_is_said_without_its_address(review: Review, hook: Hook) -> None:
    (review.folder / "imports" / "medical.ris").write_text(ris("Joint boards at work"))
    hook.status = 500
    said = refreshed(review, "--offline")
    assert "Nobody was notified: 127.0.0.1 answered 500. The refresh itself is done." in said
    assert "records 0 -> 1" in said and "s3cret" not in said
