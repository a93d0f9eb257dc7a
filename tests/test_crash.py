"""A process that dies at any moment: what was acknowledged is there, a rerun goes on, nothing is doubled.

Children are forked and killed (SIGKILL, by themselves) before the n-th statement they send to the database, for
every n until one gets through.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from rich.console import Console
from sqlalchemy.engine import Engine

from extraction import answers
from extraction import sitting as extracting
from flows.refresh import refresh
from references.review import Review
from references.tables import payloads, records, search_ends, sightings
from screening.decisions import history, standing
from screening.exchange import apply_decisions
from screening.sitting import Sitting
from tests.conftest import ris

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked, which this system cannot do")


def dies_before_statement(number: int, work: Callable[[], None]) -> bool:
    """Run `work` in a child that kills itself before its `number`-th statement; whether it died."""

    def child() -> None:
        left = number

        @sa.event.listens_for(Engine, "before_cursor_execute")
        def _count(*_: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        work()

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0


def deaths(work: Callable[[int], Callable[[], None]], step: int = 1) -> Iterator[int]:
    """Let a child die at every `step`-th statement, until one gets through; the number of each death."""
    for number in range(1, 2000, step):
        if not dies_before_statement(number, work(number)):
            return
        yield number


def content(folder: Path) -> dict[str, int]:
    review = Review(folder)
    with review.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        counts = {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() or 0 for table in (records, sightings)
        }
        counts["complete"] = len(connection.execute(sa.select(search_ends.c.id).where(search_ends.c.state == "complete")).all())
        counts["files"] = len(connection.execute(sa.select(payloads.c.digest).distinct()).all())
    review.engine.dispose()
    return counts


def test_a_refresh_killed_at_any_statement_goes_on_and_doubles_nothing(review: Review, tmp_path: Path) -> None:
    for name in ("medical", "social"):
        text = "".join(ris(f"{name} title {number}", DO=f"10.1000/{name}.{number}") for number in range(30))
        (review.folder / "imports" / f"{name}.ris").write_text(text)
    whole = {"records": 60, "sightings": 60, "complete": 2, "files": 2}

    def work(number: int) -> Callable[[], None]:
        folder = tmp_path / f"n{number}"
        shutil.copytree(review.folder, folder)
        return lambda: (refresh(str(folder), by="test", offline=True), None)[1]

    seen = list(deaths(work, step=3))
    assert len(seen) > 5
    for number in seen:
        folder = tmp_path / f"n{number}"
        refresh(str(folder), by="test", offline=True)
        assert content(folder) == whole, number
        refresh(str(folder), by="test", offline=True)
        assert content(folder) == whole, number


def test_a_sitting_killed_at_any_statement_keeps_every_answer_it_acknowledged(filled: Review, tmp_path: Path) -> None:
    keys = "yyyyniuz"
    filled.engine.dispose()

    def work(number: int) -> Callable[[], None]:
        folder = tmp_path / f"n{number}"
        shutil.copytree(filled.folder, folder)

        def press() -> None:
            sitting = Sitting(Review(folder), stage="abstract", by="ana")
            for place, key in enumerate(keys, 1):
                sitting.press(key)
                (folder / "acknowledged").write_text(str(place))

        return press

    seen = list(deaths(work))
    assert len(seen) > len(keys)
    for number in seen:
        folder = tmp_path / f"n{number}"
        done = int((folder / "acknowledged").read_text()) if (folder / "acknowledged").exists() else 0
        review = Review(folder)
        with review.reading() as connection:
            stored = len(history(connection, by="ana"))
        assert stored in (done, done + 1), (number, done, stored)  # saved but not yet said is allowed, said but not saved is not
        again = Sitting(review, stage="abstract", by="ana")
        assert len(again.waiting) + len(again.made) == 4
        review.engine.dispose()


def test_a_file_of_decisions_killed_at_any_statement_is_there_whole_or_not_at_all(filled: Review, tmp_path: Path) -> None:
    table = tmp_path / "decisions.csv"
    table.write_text("record,verdict\nmedical.ris#1,include\nmedical.ris#2,include\nmedical.ris#3,include\n")
    filled.engine.dispose()

    def work(number: int) -> Callable[[], None]:
        folder = tmp_path / f"n{number}"
        shutil.copytree(filled.folder, folder)
        return lambda: (apply_decisions(Review(folder), table, stage="abstract", by="ana"), None)[1]

    for number in deaths(work):
        review = Review(tmp_path / f"n{number}")
        with review.reading() as connection:
            assert history(connection) == []
        assert apply_decisions(review, table, stage="abstract", by="ana") == (3, 0)
        review.engine.dispose()


def test_an_extraction_killed_at_any_statement_keeps_every_answer_it_acknowledged(filled: Review, tmp_path: Path) -> None:
    for by in ("ana", "ben"):
        table = tmp_path / "included.csv"
        table.write_text("record,verdict\nwebsites.ris#1,include\n")
        apply_decisions(filled, table, stage="fulltext", by=by)
    filled.engine.dispose()
    typed = ["full_text", "other", "Scotland", "unclear", "A finding", "", "p. 1", "", "a thought"]

    def work(number: int) -> Callable[[], None]:
        folder = tmp_path / f"n{number}"
        shutil.copytree(filled.folder, folder)
        lines = iter(typed)

        def read(prompt: str) -> str:
            (folder / "asked").write_text(prompt)
            return next(lines)

        return lambda: extracting.converse(extracting.Sitting(Review(folder), by="ana"), Console(quiet=True), read)

    seen = list(deaths(work))
    assert len(seen) > 20
    for number in seen:
        folder = tmp_path / f"n{number}"
        review = Review(folder)
        with review.reading() as connection:
            fields = [answer.field for answer in answers.standing(answers.history(connection))]
        assert len(fields) == len(set(fields))
        asked = (folder / "asked").read_text().partition(">")[0].partition(",")[0] if (folder / "asked").exists() else "read_from"
        order = ["read_from", "design", "country", "user_direction", "user_findings", "memo"]
        if asked in order:  # whoever is asked the next question has had the one before saved
            assert set(order[: order.index(asked)]) <= set(fields), (number, asked, fields)
        review.engine.dispose()


def test_withdrawn_decisions_survive_too(filled: Review) -> None:
    sitting = Sitting(filled, stage="abstract", by="ana")
    for key in "izi":
        sitting.press(key)
    with filled.reading() as connection:
        assert len(standing(history(connection))) == 1 and len(history(connection)) == 3
