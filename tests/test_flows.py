"""The flows under Prefect itself: a real server, a whole demo, a scheduled run. Slow: half a minute and more each."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from references.review import Review
from references.searchlog import log
from tests.conftest import ris
from tests.replay_europepmc import Replay, made

pytestmark = pytest.mark.slow
COMMAND = [sys.executable, "-c", "from flows.cli import main; main()"]


def environment(home: Path, **more: str) -> dict[str, str]:
    """This process's environment with a Prefect home of its own and no server of somebody else's."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return {**mine, "PREFECT_HOME": str(home), **more}


def test_the_demo_runs_as_prefect_flows_with_one_server(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "demo", str(tmp_path / "demo")], env=environment(tmp_path / "prefect"), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "going on without it" not in done.stderr
    direct = subprocess.run([*COMMAND, "demo", str(tmp_path / "direct"), "--direct"], capture_output=True, text=True, timeout=120)
    assert direct.returncode == 0, direct.stderr
    assert done.stdout.replace(str(tmp_path / "demo"), "DIR") == direct.stdout.replace(str(tmp_path / "direct"), "DIR")
    for name in ("narrative_table.csv", "prisma.csv", "prisma.svg", "excluded_fulltext.md"):
        assert (tmp_path / "demo" / "out" / name).read_bytes() == (tmp_path / "direct" / "out" / name).read_bytes()


def test_a_server_that_will_not_start_is_said_and_the_work_is_done_without_it(filled: Review, tmp_path: Path) -> None:
    settings = environment(tmp_path / "prefect", PREFECT_API_URL="http://127.0.0.1:9/api")
    done = subprocess.run(
        [*COMMAND, "--review", str(filled.folder), "refresh", "--offline"], env=settings, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "going on without it" in done.stderr and "records 6 -> 6" in done.stdout


@pytest.fixture
def server(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A Prefect server that lasts for the test; the environment that reaches it."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = environment(tmp_path / "prefect", PREFECT_SERVER_ANALYTICS_ENABLED="false", DO_NOT_TRACK="1")
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (tmp_path / "server.log").open("w") as output:
        process = subprocess.Popen(command, env=settings, stdout=output, stderr=output, start_new_session=True)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api/health", process, tmp_path / "server.log")
        yield {**settings, "PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    finally:
        _stop(process)


def _wait_for(url: str, process: subprocess.Popen[bytes], output: Path) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            assert process.poll() is None, output.read_text()
            time.sleep(0.5)
    raise AssertionError(output.read_text())


def _stop(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def test_a_scheduled_refresh_is_really_run(review: Review, server: dict[str, str], tmp_path: Path) -> None:
    """A direct call does not show it: with some versions of SQLAlchemy the scheduler never makes a run, and says nothing."""
    text = review.folder / "protocol.toml"
    text.write_text(re.sub(r"\[\[searches\.lines\]\].*?note = \"\"\n", "", text.read_text(), flags=re.DOTALL))  # no network in tests
    text.write_text(text.read_text().replace("overlap_days = 60", "overlap_days = 60\nlines = []"))
    (review.folder / "imports" / "medical.ris").write_text(ris("Partnership working in Scotland"))
    with (tmp_path / "serve.log").open("w") as output:
        command = [*COMMAND, "--review", str(review.folder), "schedule", "--cron", "* * * * *"]
        process = subprocess.Popen(command, env=server, stdout=output, stderr=output, start_new_session=True)
    try:
        for _ in range(300):
            assert process.poll() is None, (tmp_path / "serve.log").read_text()
            if [entry for entry in log(Review(review.folder)) if entry.state == "complete"]:
                break
            time.sleep(0.5)
    finally:
        _stop(process)
    [entry] = log(Review(review.folder))
    assert (entry.state, entry.source, entry.new) == ("complete", "file:medical.ris", 1), (tmp_path / "serve.log").read_text()


def test_a_worker_takes_up_the_scheduled_runs_of_prefect_yaml(review: Review, server: dict[str, str], tmp_path: Path) -> None:
    deployments = (Path(__file__).parents[1] / "flows" / "prefect.yaml").read_text()
    (review.folder / "prefect.yaml").write_text(deployments.replace('"0 6 1 * *"', '"* * * * *"'))
    with Replay(made(7)) as source, (tmp_path / "worker.log").open("w") as output:
        settings = {**server, "PWD": str(review.folder), "REVIEW_EUROPEPMC_URL": source.base, "NO_PROXY": "127.0.0.1"}

        def prefect(*words: str) -> None:
            command = [sys.executable, "-m", "prefect", *words]
            done = subprocess.run(command, cwd=review.folder, env=settings, capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stdout + done.stderr

        prefect("work-pool", "create", "--type", "process", "evidence-review")
        prefect("--no-prompt", "deploy", "--all")
        command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "evidence-review"]
        process = subprocess.Popen(command, cwd=review.folder, env=settings, stdout=output, stderr=output, start_new_session=True)
        try:
            for _ in range(400):
                assert process.poll() is None, (tmp_path / "worker.log").read_text()
                if [entry for entry in log(Review(review.folder)) if entry.state == "complete"]:
                    break
                time.sleep(0.5)
        finally:
            _stop(process)
    entry = log(Review(review.folder))[0]
    assert (entry.state, entry.line, entry.new, entry.by) == ("complete", "EP", 7, "the monthly schedule"), (
        tmp_path / "worker.log"
    ).read_text()


def test_a_failed_source_fails_its_task_and_the_run_and_the_rest_is_done(review: Review, server: dict[str, str]) -> None:
    (review.folder / "imports" / "medical.ris").write_text(ris("Partnership working in Scotland"))
    settings = {**server, "REVIEW_EUROPEPMC_URL": "http://[not-an-address"}
    command = [*COMMAND, "--review", str(review.folder), "refresh"]
    done = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and "EP (refused)" in done.stderr and "records 0 -> 1" in done.stdout, done.stdout + done.stderr
    assert "Traceback" not in done.stderr

    def found(what: str) -> list[dict[str, Any]]:
        address = f"{server['PREFECT_API_URL']}/{what}/filter"
        asked = urllib.request.Request(address, data=b"{}", headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return list(json.loads(answer.read()))

    states = {task["name"].rpartition("-")[0]: task["state"]["type"] for task in found("task_runs")}
    assert states["search Europe PMC"] == "FAILED" and states["read medical.ris"] == "COMPLETED"
    assert [(run["name"], run["state"]["type"]) for run in found("flow_runs")] == [("refresh review", "FAILED")]
    shown = {one["key"]: one["data"] for one in found("artifacts") if one["key"]}
    assert "records 0 -> 1" in shown["review-refresh"] and '"state": "refused"' in shown["review-searches"]
    assert str(review.folder) not in shown["review-refresh"] + shown["review-searches"]


def test_a_schedule_without_a_lasting_server_says_how_to_start_one(review: Review, tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--review", str(review.folder), "schedule", "--cron", "0 6 1 * *"],
        env=environment(tmp_path / "prefect"),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1 and "prefect server start" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("runner", ["threads", "dask"])
def test_pairs_are_compared_in_the_tasks_of_either_runner(review: Review, tmp_path: Path, runner: str) -> None:
    import random

    import sqlalchemy as sa

    from references.tables import pairs
    from tests.test_stored_pairs import at_once, records_of, store

    if runner == "dask":
        pytest.importorskip("prefect_dask", reason="no Dask: install the extra `dask`")
    records = records_of(random.Random(2), 150)
    store(review, records)
    small = "from references.duplicates import parts; parts.SHARE = 60; from flows.cli import main; main()"
    words = [sys.executable, "-c", small, "--review", str(review.folder), "refresh", "--offline", "--runner", runner]
    done = subprocess.run(words, env=environment(tmp_path / "home"), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and "records 150 -> 150" in done.stdout, done.stdout + done.stderr
    with review.reading() as connection:
        kept = {(row.left, row.right, row.kind) for row in connection.execute(sa.select(pairs))}
    assert kept == {(edge.left, edge.right, edge.kind) for edge in at_once(records)} != set()
