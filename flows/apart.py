"""The searches of one source in a process of their own, so that reading the pages of one source does not hold up another.

In threads of one process the pages of four sources, each of 40 milliseconds of work and more, get into each other's way: a
refresh of 40,000 records took 1.4 times what the slowest source's limits allow, and requests came in bunches.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

from flows import faults
from references.walk import SearchResult

Job = tuple[str, Callable[..., SearchResult], tuple[Any, ...]]  # its name, what to call, with what (a review's folder, a line, ...)
Told = Callable[[str, int, int | None], object]  # (line, records so far, records to come)


def nothing(line: str, seen: int, wanted: int | None) -> None:
    """Tell nobody."""


def here(source: str, jobs: Sequence[Job], told: Told = nothing) -> list[SearchResult]:
    """Do the jobs of a source in this process, one after the other; one that goes wrong does not stop the others."""
    return [_done(source, job, told) for job in jobs]


def _done(source: str, job: Job, told: Told) -> SearchResult:
    _, function, arguments = job
    try:
        return function(*arguments, lambda seen, wanted: told(arguments[1], seen, wanted))
    except Exception as error:  # noqa: BLE001  whatever it is, it is told, and the other searches and sources go on
        return _failed(source, job, faults.told(error))


def apart(source: str, jobs: Sequence[Job], told: Told = nothing) -> list[SearchResult]:
    """Do the jobs of a source in a process of their own; `told` hears of every page here.

    Where that process cannot be started or ends without a word, the searches it did not come to are failed: what they
    stored is stored, and the next refresh goes on with them.
    """
    if multiprocessing.current_process().daemon:  # one of Dask's, which may not have processes of its own
        return here(source, jobs, told)
    context = multiprocessing.get_context("spawn")  # others copy this process with its threads and connections
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(source, jobs, theirs), daemon=True)
    try:
        process.start()
    except OSError as error:
        return [_failed(source, job, faults.told(error)) for job in jobs]
    _RUNNING.add(process)
    theirs.close()
    results: list[SearchResult] = []
    try:
        while len(results) < len(jobs):
            said = ours.recv()
            if isinstance(said, SearchResult):
                results.append(said)
            else:
                told(*said)
    except EOFError:
        process.join()
        ended = f"the process that ran it ended (exit status {process.exitcode}); what came is stored, and the next refresh goes on with it"
        results += [_failed(source, job, ended) for job in jobs[len(results) :]]
    finally:
        ours.close()
        process.join()
        _RUNNING.discard(process)
    return results


_RUNNING: set[multiprocessing.process.BaseProcess] = set()


def stop_all() -> None:
    """End the processes of all sources at once; what they stored is stored."""
    for process in list(_RUNNING):
        process.terminate()


def _work(source: str, jobs: Sequence[Job], pipe: Connection) -> None:
    try:
        for job in jobs:
            [result] = here(source, [job], lambda line, seen, wanted: pipe.send((line, seen, wanted)))
            pipe.send(result)
    except (KeyboardInterrupt, OSError):
        pass  # the terminal sends it to us too, or whoever started us is gone
    finally:
        pipe.close()


def _failed(source: str, job: Job, message: str) -> SearchResult:
    return SearchResult(source=source, line=job[2][1], state="failed", message=message)
