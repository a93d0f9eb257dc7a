"""Asking services for one page: what is as it was recorded, what is new, what is gone."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from flows.cli import review as command
from references import http
from references.probe import Probed, probe, recorded, shape_of
from references.sources import LIVE
from tests import replay_crossref, replay_doaj, replay_europepmc, replay_openalex, replay_pubmed, replay_semanticscholar
from tests.replay import Fault, Raw, status

SERVICES: dict[str, Any] = {
    "europepmc": replay_europepmc, "pubmed": replay_pubmed, "openalex": replay_openalex, "crossref": replay_crossref,
    "doaj": replay_doaj, "semanticscholar": replay_semanticscholar,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def probed(name: str, records: list[Raw], faults: dict[int, Fault] | None = None) -> Probed:
    with SERVICES[name].Replay(records, faults or {}) as server:
        return probe(name, server.base, False, http.Client(sleep=lambda _: None, pace=http.Pace(), timeout=(2.0, 0.7)).ask)


def test_every_live_source_has_a_recorded_shape() -> None:
    assert set(recorded()) == {source.SERVICE for source in LIVE.values()} == set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_a_page_with_records_is_read_and_its_fields_compared(name: str) -> None:
    made = SERVICES[name].made(3)
    if name == "crossref":  # its question is for a journal and a year
        made = [{**work, "ISSN": ["1476-9018"], "issued": {"date-parts": [[2015]]}} for work in made]
    found = probed(name, made)
    assert found.problem == "" and found.total and found.remarks == (), found
    if name == "openalex":
        odd = probed(name, [{**raw, "primary_location": {**raw["primary_location"], "trust": 7}} for raw in made])
        assert "results/primary_location/trust" in odd.new
        bare = probed(name, [{key: value for key, value in raw.items() if key != "is_retracted"} for raw in made])
        assert "results/is_retracted" in bare.missing and not bare.as_recorded


def test_a_service_that_does_not_answer_is_said_to_and_fails_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no sound answer in 6 tries" in probed("europepmc", [], dict.fromkeys(range(1, 9), status(503))).problem
    assert "answered 403" in probed("europepmc", [], {1: status(403)}).problem
    for name in SERVICES:
        monkeypatch.setenv(f"REVIEW_{name.upper()}_URL", "http://[no-address")
    done = CliRunner().invoke(command, ["probe"])
    assert done.exit_code == 1 and done.output.count("is not an address that can be asked") == len(SERVICES)


def test_a_dictionary_of_words_is_no_shape() -> None:
    assert shape_of({"results": [{"abstract_inverted_index": {"care": [1]}, "id": 1}]}) == {
        "results", "results/abstract_inverted_index", "results/id",
    }  # fmt: skip
