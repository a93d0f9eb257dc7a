"""What a refresh shows in Prefect's UI: its name, how far each search is, and tables of what came. Imported by prefect_flows only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.client.orchestration import get_client
from prefect.concurrency.sync import concurrency
from prefect.exceptions import PrefectException
from prefect.runtime import flow_run
from prefect.settings import PREFECT_API_URL

from flows.apart import Told, nothing
from flows.refreshed import BAD, Refreshed, lines
from references.library import PLATFORMS
from references.visible import visible
from references.walk import SearchResult

at_terminal: Told = nothing  # whom a refresh that somebody waits for tells too: a flow takes no function as a parameter
EVERY = 2.0  # seconds between two tellings of a search's progress: each is a call to Prefect's server


def run_name() -> str:
    """ "refresh integrated-care": by the review's folder, without the path to it."""
    return f"refresh {Path(str(flow_run.parameters.get('folder', ''))).resolve().name}"


def progress(line: str) -> Callable[[int, int | None], None]:
    """Something to call with (records so far, records to come), which shows it as a bar.

    The search does not hang on it: where Prefect's server does not take it, the log of the task says so, and no more is told.
    """
    bar: UUID | None = None
    told = 0.0
    silent = False

    def tell(seen: int, wanted: int | None) -> None:
        nonlocal silent
        try:
            if not silent:
                _tell(seen, wanted)
        except (httpx.HTTPError, PrefectException) as error:
            silent = True
            get_run_logger().warning("how far %s is cannot be shown: %s", visible(line), type(error).__name__)

    def _tell(seen: int, wanted: int | None) -> None:
        nonlocal bar, told
        share = 100.0 * min(seen, wanted) / wanted if wanted else 100.0
        if bar is None:
            made: Any = create_progress_artifact(share, key=_key("search", line), description=f"Search line {visible(line)}")
            bar, told = made, time.monotonic()
        elif share == 100.0 or time.monotonic() - told >= EVERY:
            update_progress_artifact(bar, share)
            told = time.monotonic()

    return tell


@contextmanager
def one_at_a_time(source: str) -> Iterator[None]:
    """Ask a source from one place only, also where several runs and machines share a Prefect server that lasts."""
    if not PREFECT_API_URL.value():
        yield
        return
    name = f"evidence-review {source}"
    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(name, 1)
    with concurrency(name, occupy=1):
        yield


def log(result: SearchResult) -> None:
    """One line on a search in the log of its task."""
    logger = get_run_logger()
    said = visible(f"{result.line}: {result.state}, {result.retrieved:,} records, {result.new:,} new. {result.message}")
    (logger.warning if result.state in BAD else logger.info)("%s", said)


def show(folder: str, done: Refreshed) -> None:
    """Tables of the searches and files of a run, and what is next, as artifacts of the run; their keys begin with the folder's name."""
    name = Path(folder).resolve().name
    for line in lines(done):
        get_run_logger().info("%s", line)
    create_markdown_artifact(key=_key(name, "refresh"), markdown=_summary(done), description="What this refresh did")
    if done.searches:
        create_table_artifact(key=_key(name, "searches"), table=[*map(_search, done.searches)], description="Searches of this refresh")
    if done.files:
        files = [
            {"file": visible(one.name), "state": one.state, "records": one.records, "new": one.new, "message": visible(one.message)}
            for one in done.files
        ]
        create_table_artifact(key=_key(name, "files"), table=files, description="Files read in this refresh")


def _search(result: SearchResult) -> dict[str, Any]:
    reported = "" if result.total is None else result.total
    return {
        "source": PLATFORMS.get(result.source, result.source), "line": visible(result.line), "state": result.state, "reported": reported,
        "stored": result.retrieved, "new": result.new, "seen before": result.seen_again, "changed": result.changed,
        "gone": result.vanished, "message": visible(result.message),
    }  # fmt: skip


def _summary(done: Refreshed) -> str:
    """Plain lines, in a block that Markdown leaves as they are."""
    before, after = done.before, done.after
    head = f"**{after.records - before.records:,} new records, {after.reports - before.reports:,} new reports.**"
    failed = "".join(f"\n- {_plain(one)}" for one in done.failures)
    return "\n\n".join([head, *([f"Not all of it could be done:\n{failed}"] if failed else []), _block(lines(done))])


def _block(text: Iterable[str]) -> str:
    return "\n".join(["```text", *(line.replace("```", "'''") for line in text), "```"])


def _plain(text: str) -> str:
    """Words that came from outside, without meaning to Markdown."""
    return "".join(f"\\{mark}" if mark in r"\`*_{}[]()<>#+!|~" else mark for mark in visible(text))


def _key(*parts: str) -> str:
    """A key as Prefect wants it: small letters, digits and hyphens."""
    joined = "-".join(parts).lower()
    return "".join(mark if mark.isascii() and mark.isalnum() else "-" for mark in joined)
