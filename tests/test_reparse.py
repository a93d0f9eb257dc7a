"""Reading what is stored once more: nothing is asked, ids stay, and what a better reader finds counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from references import tables
from references.changes import all_changes
from references.duplicates.stored import compare_new
from references.library import library
from references.record import Record
from references.reparse import reparse
from references.review import Review
from references.sources import europepmc
from references.sources.source import Changed
from screening.sitting import Sitting
from tests.replay_europepmc import made
from tests.test_changes import fetch, state, without_abstracts

TITLE = "What island nurses tell their managers about moving house"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def derived(review: Review) -> list[list[Any]]:
    """All that is read out of answers."""
    with review.reading() as connection:
        found = (tables.records, tables.sightings, tables.changes, tables.diagnostics)
        return [sorted(map(str, connection.execute(sa.select(table)))) for table in found]


def test_the_same_reader_changes_nothing(review: Review) -> None:
    fetch(review, without_abstracts(5))
    fetch(review, [{**raw, "trustScore": 4} for raw in made(7)], full=True)
    before = derived(review)
    done = reparse(review)
    assert (done.answers, done.records, done.changed, done.new, done.lost, done.problems) == (4, 12, 0, 0, (), ())
    assert derived(review) == before


def test_a_better_reader_puts_right_what_was_read_and_decisions_stand(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch(review, made(3))
    Sitting(review, stage="abstract", by="ana").decide("exclude", "E01_TYPE")
    with review.reading() as connection:
        ids = list(library(review, connection).records)
    understood = europepmc.records

    def better(data: Any) -> list[Record]:
        return [replace(record, publisher="A press", title=TITLE, doi=None, pmid=None, pages=None) for record in understood(data)]

    monkeypatch.setattr(europepmc, "records", better)
    assert reparse(review).changed == 3
    compare_new(review)
    with review.reading() as connection:
        held = library(review, connection)
        assert list(held.records) == ids and {record.publisher for record in held.records.values()} == {"A press"}
        assert all_changes(connection) == []  # the source changed nothing
        assert len(held.reports) == 1  # one title and nothing against it: they are compared anew
    assert state(review) == ["waiting"]


def test_an_answer_that_could_not_be_read_is_read_by_a_better_program(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(data: Any) -> list[Record]:
        raise Changed("Europe PMC gave a record whose id is None")

    with monkeypatch.context() as patch:
        patch.setattr(europepmc, "records", changed)
        assert fetch(review, made(3)).state == "failed"
        assert reparse(review).problems == ("Europe PMC EP1, page 1: Europe PMC gave a record whose id is None",)
    done = reparse(review)
    assert (done.new, done.problems) == (3, ())
    with review.reading() as connection:
        assert connection.execute(sa.select(tables.diagnostics)).all() == []


def test_a_reader_that_finds_less_takes_nothing_away(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch(review, made(3))
    understood = europepmc.records
    monkeypatch.setattr(europepmc, "records", lambda data: understood(data)[1:])
    assert len(reparse(review).lost) == 1
    with review.reading() as connection:
        assert len(library(review, connection).records) == 3
