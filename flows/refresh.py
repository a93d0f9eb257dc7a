"""The refresh: new files and searches become records, records become reports, reports wait to be screened.

The work is in plain functions that take and return plain data. `step` decides how each is run: as it is, or as
a Prefect task (flows/prefect_flows.py). A step is a file or a search, never a record.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any, TypeVar

from flows.apart import Job, Told, apart, here, nothing, stop_all
from flows.refreshed import Counts, Refreshed
from references.citations import SEEDS, citation_lines, seeds
from references.duplicates.pairs import Compare, edges_of
from references.duplicates.stored import compare_new, comparing_meanwhile
from references.error import ReviewError
from references.imports import ImportResult, import_file, waiting_files
from references.known_reports import known_reports, recall
from references.library import PLATFORMS
from references.notices import check_lines
from references.plan import SearchLine, SearchPlan, read_searches
from references.record import citation
from references.review import Review, program, sound, whoami
from references.searches import SearchResult, open_searches, run_search
from references.sources import LIVE, citations, openalex
from references.walk import Progress
from screening.criteria import STAGES
from screening.decisions import history
from screening.progress import queue, screening

F = TypeVar("F", bound=Callable[..., Any])
Step = Callable[[str, F], F]
Together = Callable[[Mapping[str, Sequence[Job]]], list[list[SearchResult]]]  # {source: jobs}, each done in their order


def plainly(name: str, function: F) -> F:
    """Run a step as it is."""
    return function


def side_by_side(chains: Mapping[str, Sequence[Job]], told: Told = nothing) -> list[list[SearchResult]]:
    """Run the jobs of each source, those of several sources in processes of their own; `told` hears of every page."""
    if len(chains) < 2:
        return [here(source, jobs, told) for source, jobs in chains.items()]
    with ThreadPoolExecutor(max_workers=len(chains)) as pool:  # a thread that waits for each process
        try:
            return list(pool.map(apart, chains.keys(), chains.values(), repeat(told)))
        except BaseException:
            stop_all()  # the threads would else wait for their processes to be done
            raise


def count(folder: str) -> Counts:
    """Count what the review in a folder holds."""
    review = Review(Path(folder))
    with review.reading() as connection:
        progress = screening(review, connection)
    readers = [name for name, person in review.people.items() if "screen" in person.may]
    return Counts(
        records=len(progress.library.records),
        reports=len(progress.library.reports),
        proposals=len(progress.library.grouping.proposals),
        to_read={name: len(queue(progress, stage="abstract", by=name)) for name in readers},
        known=tuple(recall(progress.library, known_reports(review))),
        again={stage: len(progress.to_look_at_again(stage, readers)) for stage in STAGES},
        notices={
            (report.id, what): f"{words}: {citation(report.shown)}"
            for report in progress.included()
            for what, words in progress.library.published_about(report).items()
        },
    )


def read_file(folder: str, name: str, by: str) -> ImportResult:
    """Read one file of imports/ into the review."""
    review = Review(Path(folder))
    return import_file(review, review.folder / "imports" / name, by=by)


def search(
    folder: str,
    name: str,
    line: SearchLine,
    by: str,
    full: bool,
    accept_drift: bool,
    progress: Progress | None = None,
) -> SearchResult:
    """Run one of the protocol's search lines, as it stood when the refresh began, from where it stopped or since it last was complete."""
    return run_search(Review(Path(folder)), line, by=by, full=full, accept_drift=accept_drift, progress=progress)


def ask(folder: str, name: str, line: SearchLine, by: str, progress: Progress | None = None) -> SearchResult:
    """Run a search that is no line of the protocol: reports looked up at a source, or citation searching."""
    return run_search(Review(Path(folder)), line, by=by, progress=progress)


def refresh(
    folder: str,
    *,
    by: str,
    offline: bool = False,
    full: bool = False,
    accept_drift: Collection[str] = (),
    step: Step[Any] = plainly,
    together: Together = side_by_side,
    compare: Compare = edges_of,
) -> Refreshed:
    """Read every file in imports/, run every search line, compare the new records with all others, and count what changed.

    A file or a source that fails does not stop the others. `offline` leaves the searches out, and says so; `accept_drift`
    names lines whose number is to be believed although it is unlike that of earlier runs.
    """
    review = Review(Path(folder))
    plan = sound(review.section("searches"), read_searches)
    if unknown := set(accept_drift) - {line.name for line in plan.lines}:
        raise ReviewError(
            f"No search line {', '.join(sorted(unknown))}; those of the protocol: {', '.join(line.name for line in plan.lines)}."
        )
    compare_new(review, compare)  # what was imported by hand, or by an older program
    before = count(folder)
    # One after the other in a fixed order: which record of a report came first decides which PRISMA calls the duplicate.
    files = tuple(step(f"read {name}", read_file)(folder, name, by) for name in waiting_files(review))
    about = _About()
    if offline:
        searches = tuple(
            SearchResult(source=line.source, line=line.name, state="not run", message="offline, as asked for") for line in plan.lines
        )
    else:
        with comparing_meanwhile(review):
            searches = _searched(review, plan.lines, by, full, accept_drift, together)
        compare_new(review, compare)
        about = _from_included(review, plan, by, together)
    compare_new(review, compare)
    after = step("group the records and count", count)(folder)
    return Refreshed(
        files=files, searches=searches, checks=about.checks, citing=about.citing, not_seeds=about.not_seeds, unasked=about.unasked,
        before=before, after=after,
    )  # fmt: skip


def _searched(
    review: Review, plan: Sequence[SearchLine], by: str, full: bool, accept_drift: Collection[str], together: Together
) -> tuple[SearchResult, ...]:
    """Run the lines: those of one source in their order, since its limits are for all of them, and sources side by side."""
    open_searches(review, plan, by=by, full=full)
    chains: dict[str, list[Job]] = {}
    for line in plan:
        arguments = (str(review.folder), line.name, line, by, full, line.name in accept_drift)
        chains.setdefault(_service(line), []).append((f"search {line.name} at {PLATFORMS[line.source]}", search, arguments))
    found: dict[str, SearchResult] = {result.line: result for results in together(chains) for result in results}
    return tuple(found[line.name] for line in plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What was asked about the included reports; the fields are those of Refreshed."""

    checks: tuple[SearchResult, ...] = ()
    citing: tuple[SearchResult, ...] = ()
    not_seeds: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()


def _from_included(review: Review, plan: SearchPlan, by: str, together: Together) -> _About:
    """Look the included reports up at the protocol's sources, then search from them by citation, if the protocol says so."""
    with review.reading() as connection:
        if not any(history(connection)):
            return _About()
        progress = screening(review, connection)
        included, background = progress.included(), progress.background() if plan.citations.background else ()
    roots = (*included, *background) if plan.citations.directions else ()
    sources = dict.fromkeys(line.source for line in plan.lines if line.source != citations.NAME)
    lines, to_find = check_lines(included, list(sources)), check_lines(roots, [openalex.NAME], SEEDS)
    unasked = tuple(PLATFORMS[source] for source in sources if included and source not in {line.source for line in lines})
    checks = _asked(review, [*lines, *to_find], by, together)
    if lacking := [result.line for result in checks[len(lines) :] if result.state != "complete"]:
        message = f"{', '.join(lacking)} was not complete, so it is not known from which works to search"
        none = SearchResult(source=citations.NAME, line="citation searching", state="not run", message=message)
        return _About(checks=checks, citing=(none,), unasked=unasked)
    with review.reading() as connection:
        found = seeds(connection, roots)
    citing = _asked(review, citation_lines(plan.citations.directions, found), by, together)
    return _About(checks=checks, citing=citing, not_seeds=tuple(citation(report.shown) for report in found.unknown), unasked=unasked)


def _asked(review: Review, lines: Sequence[SearchLine], by: str, together: Together) -> tuple[SearchResult, ...]:
    chains: dict[str, list[Job]] = {}
    for line in lines:
        chains.setdefault(_service(line), []).append((line.name, ask, (str(review.folder), line.name, line, by)))
    found = {result.line: result for results in together(chains) for result in results}
    return tuple(found[line.name] for line in lines)


def _service(line: SearchLine) -> str:
    """Whose limits a line is under."""
    return LIVE[line.source].SERVICE if line.source in LIVE else line.source


def unattended() -> str:
    """Who stands beside facts of a run that nobody gave a name to."""
    return f"{whoami()} ({program()})"
