"""The command `review duplicates`: listed, judged by ids, and at a real terminal."""

from __future__ import annotations

import subprocess
import time
from typing import Any

import pytest
from sqlalchemy import select

from references.duplicates.judgement import Judgement
from references.duplicates.judgements import all_judgements
from references.duplicates.stored import rules
from references.judging import Judging
from references.record import Record
from references.review import Review
from references.tables import compared
from tests.test_questions import record, store
from tests.test_terminal import COMMAND, Terminal


@pytest.fixture
def two_pairs(review: Review) -> Review:
    """Two pairs to ask about that have nothing to do with each other."""
    other = "What island nurses tell their managers about moving house"
    pairs = (record("a", issn="1"), record("b", issn="2"), record("x", title=other, issn="3"), record("y", title=other, issn="4"))
    return store(review, pairs)


def log(review: Review) -> list[Judgement]:
    with review.reading() as connection:
        return list(all_judgements(connection))


def run(review: Review, *words: str, keys: str = "") -> Any:
    return subprocess.run(
        [*COMMAND, "--review", str(review.folder), "duplicates", *words], input=keys, capture_output=True, text=True, timeout=60
    )


def test_the_command_lists_without_a_name_and_opens_the_sitting_with_one(two_pairs: Review) -> None:
    listed = run(two_pairs)
    assert listed.returncode == 0 and "pairs that wait for a person: 2" in listed.stdout and "review duplicates --as NAME" in listed.stdout
    nowhere = run(two_pairs, "--as", "ana")
    assert nowhere.returncode == 1 and "no terminal to press keys at" in nowhere.stderr and "--plain" in nowhere.stderr
    plain = run(two_pairs, "--as", "ana", "--plain", keys="y\nu\nq\n")
    assert plain.returncode == 0, plain.stderr
    assert "ana: 2 pairs judged in this sitting, all saved (1 same, 1 unsure); 1 to judge, 1 of them unsure." in " ".join(
        plain.stdout.split()
    )
    assert [(one.by, *one.pair, one.verdict) for one in log(two_pairs)] == [("ana", "a", "b", "same"), ("ana", "x", "y", "unsure")]


def test_one_pair_is_judged_by_its_ids(two_pairs: Review) -> None:
    done = run(two_pairs, "--as", "ana", "--unsure", "a", "x", "--note", "by hand")
    assert done.returncode == 0 and "Saved: unsure. The two records are two reports now" in done.stdout
    assert log(two_pairs)[0].note == "by hand"
    assert "Saved: withdrawn." in run(two_pairs, "--as", "ana", "--withdraw", "a", "x").stdout
    for words, wrong in (
        (["--same", "a", "b"], "say who you are"),
        (["--plain"], "say who you are"),
        (["--as", "ana", "--note", "why"], "--note goes with one judgement"),
        (["--as", "ana", "--plain", "--same", "a", "b"], "--plain is for the sitting"),
        (["--as", "ana", "--same", "a", "b", "--unsure", "a", "b"], "one judgement at a time"),
    ):
        done = run(two_pairs, *words)
        assert done.returncode == 2 and wrong in done.stderr, words
    assert "names no 'zoe'" in run(two_pairs, "--as", "zoe").stderr


def test_a_judgement_without_effect_says_what_stands_in_its_way_and_one_that_counts_again_is_named(two_pairs: Review) -> None:
    run(two_pairs, "--as", "ana", "--same", "a", "b")
    run(two_pairs, "--as", "ana", "--same", "b", "x")
    run(two_pairs, "--as", "ana", "--different", "a", "x")
    said = run(two_pairs, "--as", "ana", "--same", "x", "b", "--note", "sure").stdout
    assert "two reports now" in said and "has no effect while another judgement says otherwise" in said, said
    assert "ana judged them different" in said
    again = run(two_pairs, "--as", "ana", "--withdraw", "b", "x").stdout
    assert "An earlier judgement counts again: ana judged them same." in again


def test_what_an_older_program_compared_is_compared_anew_by_the_commands_that_sit(two_pairs: Review) -> None:
    with two_pairs.writing() as connection:
        connection.execute(compared.update().values(rules="older"))
    assert run(two_pairs).returncode == 0
    with two_pairs.reading() as connection:
        assert set(connection.execute(select(compared.c.rules)).scalars()) == {rules()}


@pytest.fixture
def many(review: Review) -> Review:
    """Forty pairs to ask about."""
    words = ("harbour", "orchard", "lantern", "granite", "meadow", "saddle", "violin", "copper")
    titles = [f"{words[n % 8]} and {words[n // 8]} as seen by district number {n * 37} in the survey of homes" for n in range(40)]
    found: list[Record] = []
    for number, title in enumerate(titles):
        found += [record(f"r{number:02d}{side}", title=title, issn=f"{number}-{side}") for side in "ab"]
    return store(review, found)


def test_keys_at_a_terminal_are_saved_one_by_one_and_a_kill_loses_nothing(many: Review) -> None:
    waiting = len(Judging(many, by="ana").waiting)
    assert waiting >= 40
    terminal = Terminal("--review", str(many.folder), "duplicates", "--as", "ana", size=(24, 80))
    terminal.wait_for(f"0 judged, {waiting} to judge")
    terminal.press("yncyn")
    terminal.wait_for("5 judged")
    terminal.process.kill()
    terminal.process.wait(10)
    assert [one.verdict for one in log(many)] == ["same", "different", "companion", "same", "different"]
    terminal.close()
    again = Terminal("--review", str(many.folder), "duplicates", "--as", "ana", size=(24, 80))
    again.press("n" * 20 + "q")  # typed ahead
    again.wait_for("20 pairs judged in this sitting")
    assert again.process.wait(10) == 0 and len(log(many)) == 25
    again.close()


def test_the_sitting_takes_keys_at_once(many: Review) -> None:
    sitting = Judging(many, by="ana")
    begun = time.perf_counter()
    for _ in range(20):
        sitting.press("n")
        sitting.view()
    assert time.perf_counter() - begun < 5 and len(log(many)) == 20
