"""The flows: what Prefect runs, watches and schedules. The only module that imports Prefect, when a flow runs.

Importing it costs some three seconds of CPU, and Prefect's own temporary server some ten more, so nothing
that a reviewer waits for passes through here.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any

# Read by Prefect when it is imported; whoever set them before keeps their say.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")  # 20 by default: too short on a busy machine
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")  # no telemetry from a review
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "INFO")  # for the server, where runs are looked at later
os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")  # at the terminal we print what people need ourselves

import httpx
from prefect import Flow, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.exceptions import PrefectException
from prefect.futures import PrefectFuture
from prefect.settings import PREFECT_API_REQUEST_TIMEOUT, PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from prefect.states import Failed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows import demo as demo_module
from flows import faults, prefect_shown
from flows import publish as publish_module
from flows import refresh as refresh_module
from flows.apart import Job, Told, apart, here, nothing, stop_all
from flows.demo import deployment
from flows.notify import notify, notify_fault
from flows.refreshed import BAD, Refreshed
from references.duplicates.clean import Keys
from references.duplicates.group import Edge
from references.duplicates.pairs import Pair
from references.duplicates.parts import Part, parts
from references.error import ReviewError
from references.library import PLATFORMS
from references.walk import SearchResult
from references.wire import host_of


class NoServer(Exception):
    """Prefect's server could not be reached or started."""


HELLO_SECONDS = 10.0  # for a server to say that it is there


class NotAllDone(Exception):
    """A refresh of which a part could not be done: what it did, and the names of the rest."""

    def __init__(self, refreshed: Refreshed) -> None:
        super().__init__(f"not done: {', '.join(refreshed.not_done)}; the rest was, and what came is stored")
        self.refreshed = refreshed


def lasting() -> bool:
    """Whether PREFECT_API_URL names a server, which lasts longer than this process."""
    return bool(PREFECT_API_URL.value())


def start_server() -> None:
    """Reach the server that PREFECT_API_URL names, or start Prefect's temporary one, once for this process.

    NoServer, without an address, which may hold a password. Prefect would else ask a silent server for minutes.
    """
    quick = {PREFECT_CLIENT_MAX_RETRIES: 0, PREFECT_API_REQUEST_TIMEOUT: HELLO_SECONDS} if lasting() else {}
    try:
        with temporary_settings(quick), get_client(sync_client=True) as client:
            client.hello()
    except (RuntimeError, OSError, ValueError, httpx.HTTPError, httpx.InvalidURL, PrefectException) as error:
        where = f"at {host_of(PREFECT_API_URL.value())}, which PREFECT_API_URL names: " if lasting() else ""
        raise NoServer(f"{where}{type(error).__name__}") from None


def stop_server() -> None:
    """Stop the temporary server, if there is one and Prefect has it where it has it today; else it is left to the system."""
    with suppress(ImportError, AttributeError):
        from prefect.server.api.server import SubprocessASGIServer

        for server in list(SubprocessASGIServer._instances.values()):
            server.stop()


def _public(error: Exception) -> Exception:
    """An error as Prefect may keep it, which logs and stores all that a run raises: some hold an address with its password."""
    return error if isinstance(error, ReviewError) else ReviewError(faults.told(error))


def as_task(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A step as a Prefect task: no retries (the walk retries by itself) and no cache (what lasts is in the review)."""

    @wraps(function)
    def guarded(*arguments: Any, **more: Any) -> Any:
        try:
            return function(*arguments, **more)
        except Exception as error:  # noqa: BLE001  raised again, without what it may hold
            raise _public(error) from None

    made: Callable[..., Any] = task(name=name, cache_policy=NO_CACHE, persist_result=False)(guarded)
    return made


def by_source(chains: Mapping[str, Sequence[Job]]) -> list[list[SearchResult]]:
    """Run the searches of each source as one task, sources side by side; where one was not complete the task has failed."""
    futures = []
    for source, jobs in chains.items():
        made = task(name=_task_name(source, jobs), cache_policy=NO_CACHE, persist_result=False)(_searches)
        futures.append(made.submit(source, jobs, len(chains) == 1))
    try:
        return [_given(future) for future in futures]
    except BaseException:
        stop_all()  # the tasks would else wait for their processes to be done
        raise


def _task_name(source: str, jobs: Sequence[Job]) -> str:
    """ "search OpenAlex"; "included reports at OpenAlex" for what is no search of the protocol."""
    name, function, _ = jobs[0]
    return f"search {PLATFORMS[source]}" if function is refresh_module.search else re.sub(r" \d+$", "", name)


def _searches(source: str, jobs: Sequence[Job], alone: bool) -> Any:
    """The searches of one source, one after the other, with their progress and what came of each in the task's log."""
    bars: dict[str, Callable[[int, int | None], None]] = {}

    def told(line: str, seen: int, wanted: int | None) -> None:
        if line not in bars:
            bars[line] = prefect_shown.progress(line)
        bars[line](seen, wanted)
        prefect_shown.at_terminal(line, seen, wanted)

    with prefect_shown.one_at_a_time(source):
        results = here(source, jobs, told) if alone else apart(source, jobs, told)
    for result in results:
        prefect_shown.log(result)
    bad = [f"{result.line} {result.state}: {result.message}" for result in results if result.state in BAD]
    return Failed(message="; ".join(bad), data=results) if bad else results


def _given(future: PrefectFuture[Any]) -> list[SearchResult]:
    future.wait()
    given = future.state.result(raise_on_failure=False)
    if isinstance(given, BaseException):
        raise given
    assert isinstance(given, list)
    return given


def task_runner(name: str) -> TaskRunner[Any]:
    """A task runner by its name: threads of this process, or Dask's processes on this machine or, by REVIEW_DASK_ADDRESS, on others.

    ReviewError where Dask is not installed.
    """
    if name == "threads":
        return ThreadPoolTaskRunner()
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError:
        raise ReviewError("Dask is not installed. Install evidence-review[dask], or use --runner threads.") from None
    address = os.environ.get("REVIEW_DASK_ADDRESS")
    made: TaskRunner[Any] = DaskTaskRunner(address=address) if address else DaskTaskRunner(cluster_kwargs={"threads_per_worker": 1})
    return made


@task(name="compare pairs of records", cache_policy=NO_CACHE, persist_result=False)
def compare_part(part: Part | bytes) -> list[Edge]:
    """Compare one share of the pairs."""
    return (Part.unpacked(part) if isinstance(part, bytes) else part).edges()


IN_FLIGHT = 16  # shares of the pairs that are under way at once: each holds some ten thousand records


def in_tasks(known: Sequence[Keys], pairs: Sequence[Pair]) -> Iterator[Edge]:
    """Compare pairs in tasks, which the flow's task runner spreads over threads, or over the processes and machines of Dask."""
    context = FlowRunContext.get()
    at_home = context is None or isinstance(context.task_runner, ThreadPoolTaskRunner)
    running: deque[PrefectFuture[list[Edge]]] = deque()
    for number, part in enumerate(parts(known, pairs), 1):
        # As bytes to other processes: Dask walks through objects several times, and holds each time what it found.
        running.append(compare_part.with_options(task_run_name=f"pairs {number}").submit(part if at_home else part.packed()))
        if len(running) >= IN_FLIGHT:
            yield from running.popleft().result()
    while running:
        yield from running.popleft().result()


@flow(name="refresh", flow_run_name=prefect_shown.run_name, validate_parameters=True, persist_result=False)
def refresh(folder: str, by: str, offline: bool = False, full: bool = False, accept_drift: tuple[str, ...] = ()) -> Any:
    """Read new files and run the searches of the review in a folder. Fails, when all is done, if any of it failed."""
    try:
        done = refresh_module.refresh(
            folder, by=by, offline=offline, full=full, accept_drift=accept_drift, step=as_task, together=by_source, compare=in_tasks
        )
    except Exception as error:  # noqa: BLE001  the same
        notify_fault(folder, faults.told(error))
        raise _public(error) from None
    prefect_shown.show(folder, done)
    notify(folder, done)
    # An exception, since a worker raises what a failed run gave, and shows it.
    return Failed(message="; ".join(done.failures), data=NotAllDone(done)) if done.failures else done


@flow(name="publish", persist_result=False)
def publish(folder: str, by: str) -> Any:
    """Write the tables, figures and PRISMA counts of the review in a folder."""
    return publish_module.publish(folder, by=by, step=as_task)


@flow(name="demo", persist_result=False)
def demo(folder: str) -> None:
    """The worked example, from the first file to the synthesis table."""
    demo_module.demo(folder, refresh=run_refresh, publish=publish, step=as_task)


def run_refresh(
    folder: str, *, by: str, offline: bool = False, full: bool = False, accept_drift: tuple[str, ...] = (), runner: str = "threads",
    told: Told = nothing,
) -> Refreshed:  # fmt: skip
    """Run the refresh flow and give what it did, even where the run ends as failed. ReviewError where Dask is wanted and not installed.

    `told` hears of every page that searches in this process get.
    """
    prefect_shown.at_terminal = told
    state: State[Any] = refresh.with_options(task_runner=task_runner(runner))(  # type: ignore[assignment]
        folder, by=by, offline=offline, full=full, accept_drift=accept_drift, return_state=True
    )
    done = state.result(raise_on_failure=False)
    if isinstance(done, NotAllDone):
        return done.refreshed
    if isinstance(done, BaseException):
        raise done
    assert isinstance(done, Refreshed)
    return done


def serve(folder: str, by: str, cron: str, timezone: str) -> None:
    """Serve the refresh by a cron expression until stopped; needs a Prefect server that lasts."""
    made: Flow[Any, Any] = refresh
    made.serve(
        name=f"{deployment(Path(folder))} by review schedule",
        cron=cron,
        parameters={"folder": folder, "by": by},
        pause_on_shutdown=False,
        limit=1,
    )


def require_lasting_server() -> None:
    """NoServer where PREFECT_API_URL names none: a schedule needs a server that lasts longer than this process."""
    if not lasting():
        raise NoServer(
            "A schedule needs a Prefect server that lasts, and PREFECT_API_URL names none. Start one with `prefect server start` "
            "and set PREFECT_API_URL=http://127.0.0.1:4200/api, then try again."
        )
    start_server()
