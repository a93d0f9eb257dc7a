"""The searches of one source in a process of their own, so that reading the pages of one source does not hold up another.

In threads of one process the pages of four sources, each of 40 milliseconds of work and more, get into each other's way: a
refresh of 40,000 records took 1.4 times what the slowest source's limits allow, and requests came in bunches.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

from references.walk import SearchResult

Job = tuple[str, Callable[..., SearchResult], tuple[Any, ...]]  # its name, what to call, with what (a review's folder, a line, ...)
Told = Callable[[str, int, int | None], object]  # (line, records so far, records to come)


def nothing(line: str, seen: int, wanted: int | None) -> None:
    """Tell nobody."""


def here(jobs: Sequence[Job], told: Told = nothing) -> list[SearchResult]:
    """Do the jobs in this process, one after the other."""
    return [function(*arguments, lambda seen, wanted, line=arguments[1]: told(line, seen, wanted)) for _, function, arguments in jobs]


def apart(source: str, jobs: Sequence[Job], told: Told = nothing) -> list[SearchResult]:
    """Do the jobs of a source in a process of their own; `told` hears of every page here.

    Where that process ends without a word, the searches it did not come to are failed: what they stored is stored, and the
    next refresh goes on with them.
    """
    if multiprocessing.current_process().daemon:  # one of Dask's, which may not have processes of its own
        return here(jobs, told)
    context = multiprocessing.get_context("spawn")  # others copy this process with its threads and connections
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(jobs, theirs), daemon=True)
    process.start()
    theirs.close()
    results: list[SearchResult] = []
    try:
        while len(results) < len(jobs):
            said = ours.recv()
            if isinstance(said, BaseException):
                raise said
            if isinstance(said, SearchResult):
                results.append(said)
            else:
                told(*said)
    except EOFError:
        results += [_lost(source, job, process) for job in jobs[len(results) :]]
    finally:
        ours.close()
        process.join()
    return results


def _work(jobs: Sequence[Job], pipe: Connection) -> None:
    try:
        for job in jobs:
            [result] = here([job], lambda line, seen, wanted: pipe.send((line, seen, wanted)))
            pipe.send(result)
    except KeyboardInterrupt:
        pass  # the terminal sends it to us too; whoever started us says so
    except Exception as error:  # noqa: BLE001  raised again where the jobs were given
        pipe.send(error)
    finally:
        pipe.close()


def _lost(source: str, job: Job, process: Any) -> SearchResult:
    process.join()
    _, _, arguments = job
    message = f"the process that ran it ended (exit status {process.exitcode}); what came is stored, and the next refresh goes on with it"
    return SearchResult(source=source, line=arguments[1], state="failed", message=message)
