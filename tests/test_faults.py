"""The fault matrix: every source, on its first, a middle and its last request, with everything that goes wrong.

A walk ends with all records, or stops and says why; a smaller set is never called complete, and the next run has all.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from references import http
from references.payloads import all_records
from references.plan import SearchLine
from references.review import Review
from references.searches import SearchResult, log, run_search
from references.sources import LIVE
from tests import replay_crossref, replay_doaj, replay_europepmc, replay_openalex, replay_pubmed
from tests.replay import Fault, status

COUNT = 11
PLAN = '{"error": "Plan upgrade required", "message": "The filter requires a Premium plan."}'


class Asked(NamedTuple):
    """How a source is asked here, and how many requests a whole walk takes."""

    service: ModuleType
    query: str
    page_size: int
    requests: int


SOURCES = {
    "europepmc": Asked(replay_europepmc, "x", 4, 4),  # the last one has no results
    "pubmed": Asked(replay_pubmed, "x", 4, 4),  # the first one has the numbers
    "openalex": Asked(replay_openalex, "title_and_abstract.search:x", 4, 3),
    "doaj": Asked(replay_doaj, "x", 4, 3),
    "crossref": Asked(replay_crossref, "filter=from-pub-date:2001-01-01", 4, 4),  # the first one is a count
}
FAULTS = {
    "429 with a wait": status(429, "2"), "429 without": status(429), "429 for hours": status(429, "55000"),
    "a plan that is too small": status(429, text=PLAN),
    **{str(code): status(code) for code in (500, 502, 503, 504)},
    "a cut body": Fault("cut"), "HTML with 200": Fault("html"), "an empty 200": Fault("empty"), "silence": Fault("silent"),
    "a reset": Fault("reset"), "a short page": Fault("short", number=2), "an empty page": Fault("short", number=0),
    "another total": Fault("total", number=COUNT + 1), "a smaller total": Fault("total", number=COUNT - 5),
    "repeated records": Fault("shift", number=2), "skipped records": Fault("shift", number=-3),
}  # fmt: skip
LASTING = ("429 for hours", "a plan that is too small")


def run(review: Review, name: str, base: str, now: datetime | None = None) -> SearchResult:
    """Run a line of the source, without waiting."""
    asked = SOURCES[name]
    line = SearchLine(name="L1", source=name, query=asked.query)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv(f"REVIEW_{name.upper()}_URL", base)
        ask = http.Client(LIVE[name].SECRETS, sleep=lambda _: None, pace=http.Pace(), timeout=(2.0, 0.7)).ask
        return run_search(review, line, by="ana", ask=ask, page_size=asked.page_size, now=now)


def stored(review: Review) -> int:
    with review.reading() as connection:
        return len({record.id for record in all_records(connection)})


@pytest.mark.parametrize("name", SOURCES)
def test_a_whole_walk_takes_as_many_requests_as_are_said_here(review: Review, name: str) -> None:
    service: Any = SOURCES[name].service
    with service.Replay(service.made(COUNT)) as server:
        assert run(review, name, server.base).state == "complete"
        assert len(server.asked) == SOURCES[name].requests


@pytest.mark.parametrize("place", ["first", "middle", "last"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", SOURCES)
def test_all_records_come_or_the_search_stops_and_says_why(review: Review, name: str, fault: str, place: str) -> None:
    service: Any = SOURCES[name].service
    whole = SOURCES[name].requests
    at = {"first": 1, "middle": (whole + 1) // 2, "last": whole}[place]
    with service.Replay(service.made(COUNT), {at: FAULTS[fault]}) as server:
        result = run(review, name, server.base)
    if result.state == "complete":
        assert (result.total, result.retrieved, stored(review)) == (COUNT, COUNT, COUNT)
    else:
        assert fault in LASTING, result.message
        assert result.state == ("waiting" if fault == LASTING[0] else "refused") and result.message
    with service.Replay(service.made(COUNT)) as server:
        later = datetime.now(UTC) + timedelta(seconds=60_000)
        assert run(review, name, server.base, now=later).state == "complete"
    assert stored(review) == COUNT
    assert all(entry.message for entry in log(review))
