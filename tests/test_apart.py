"""Sources side by side in processes of their own: what each gave comes back, and one that dies takes nothing with it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from flows.apart import apart, here
from flows.refresh import refresh
from references.error import ReviewError
from references.review import Review
from references.searchlog import log
from references.walk import SearchResult
from tests import replay_crossref, replay_europepmc, replay_openalex, replay_pubmed

LINES = (
    ("EP", "europepmc", replay_europepmc, "x"),
    ("PM", "pubmed", replay_pubmed, "x"),
    ("OA", "openalex", replay_openalex, "title_and_abstract.search:x"),
    ("CR", "crossref", replay_crossref, "filter=from-pub-date:2001-01-01"),
)


def counted(folder: str, name: str, count: int, progress: Any) -> SearchResult:
    for seen in range(1, count + 1):
        progress(seen, count)
    return SearchResult(source="s", line=name, state="complete", message="", retrieved=count)


def dying(folder: str, name: str, progress: Any) -> SearchResult:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def wrong(folder: str, name: str, progress: Any) -> SearchResult:
    raise ValueError(f"{name} is wrong: http://user:s3cret@proxy")


def refusing(folder: str, name: str, progress: Any) -> SearchResult:
    raise ReviewError("Nothing can be asked.")


def test_jobs_are_done_in_their_order_here_and_apart_and_tell_of_every_page() -> None:
    jobs = [("first", counted, ("f", "A", 2)), ("second", counted, ("f", "B", 1))]
    heard: list[tuple[str, int, int | None]] = []

    def told(*said: Any) -> None:
        heard.append(said)

    for results in (here("s", jobs, told), apart("s", jobs, told)):
        assert [(one.line, one.retrieved) for one in results] == [("A", 2), ("B", 1)]
    assert heard == [("A", 1, 2), ("A", 2, 2), ("B", 1, 1)] * 2


def test_a_process_that_dies_fails_its_searches_and_says_so() -> None:
    results = apart("openalex", [("first", counted, ("f", "A", 1)), ("second", dying, ("f", "B")), ("third", counted, ("f", "C", 1))])
    assert [(one.line, one.state) for one in results] == [("A", "complete"), ("B", "failed"), ("C", "failed")]
    assert "exit status -9" in results[1].message and results[2].source == "openalex"


def test_what_goes_wrong_in_one_search_is_told_and_the_next_is_done() -> None:
    jobs = [("first", wrong, ("f", "B")), ("second", refusing, ("f", "C")), ("third", counted, ("f", "A", 1))]
    for results in (here("s", jobs), apart("s", jobs)):
        assert [(one.line, one.state) for one in results] == [("B", "failed"), ("C", "failed"), ("A", "complete")]
        assert "ValueError" in results[0].message and "s3cret" not in results[0].message  # whatever it says may hold a password
        assert results[1].message == "Nothing can be asked."


def test_a_process_that_cannot_be_started_fails_its_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: Any) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", start)
    [result] = apart("s", [("first", counted, ("f", "A", 1))])
    assert (result.state, result.line) == ("failed", "A") and "Resource temporarily unavailable" in result.message


@pytest.fixture
def four(review: Review) -> Review:
    """A review with a line for each source."""
    path = review.folder / "protocol.toml"
    head, _, rest = path.read_text(encoding="utf-8").partition("[[searches.lines]]")
    lines = "".join(
        f'[[searches.lines]]\nname = "{name}"\nsource = "{source}"\nquery = \'{query}\'\n\n' for name, source, _, query in LINES
    )
    path.write_text(head + lines + rest[rest.index("[imports]") :], encoding="utf-8")
    return Review(review.folder)


def test_four_sources_are_refreshed_side_by_side_and_a_failed_one_does_not_stop_the_others(four: Review, monkeypatch: Any) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("REVIEW_PUBMED_URL", "http://[no-address")
    servers = [(source, module.Replay(module.made(count))) for count, (_, source, module, _) in enumerate(LINES, 3) if source != "pubmed"]
    for source, server in servers:
        server.__enter__()
        monkeypatch.setenv(f"REVIEW_{source.upper()}_URL", server.base)
    try:
        done = refresh(str(four.folder), by="ana")
    finally:
        for _, server in servers:
            server.__exit__()
    assert [(one.line, one.state, one.new) for one in done.searches] == [
        ("EP", "complete", 3), ("PM", "refused", 0), ("OA", "complete", 5), ("CR", "complete", 6),
    ]  # fmt: skip
    assert done.after.records == 14 and len(done.failures) == 1
    assert [entry.line for entry in log(four)] == ["EP", "PM", "OA", "CR"]  # begun in the order of the protocol
    assert Path(four.folder).is_dir()
