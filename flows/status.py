"""Where a review stands, and what waits for whom."""

from __future__ import annotations

from extraction.sheets import open_work
from references.known_reports import known_reports, recall
from references.plan import read_searches
from references.review import Review, sound
from references.searchlog import SearchLogEntry, log_of, looked_up, standing
from references.visible import counted
from screening.progress import Screening, queue, screening


def status_lines(review: Review) -> list[str]:
    """The standing of a review in a screenful, ending with the next thing to do."""
    with review.reading() as connection:
        progress = screening(review, connection)
        work = open_work(review, connection, progress)
        entries = log_of(connection)
    held = progress.library
    duplicates = counted(len(held.records) - len(held.reports), "duplicate")
    lines = [
        f"{review.title} (protocol {review.section('review').text('version', default='unnamed')})",
        f"Records            {len(held.records):>6}  in {counted(len(held.reports), 'report')} ({duplicates})",
    ]
    if held.grouping.proposals:
        lines.append(f"  pairs to judge   {len(held.grouping.proposals):>6}  review duplicates")
    lines += _searches(review, entries)
    lines += [line[0].upper() + line[1:] for line in recall(held, known_reports(review))[:1]]
    lines += _stage(review, progress, "abstract", "Title and abstract")
    sought = progress.sought()
    missing = [report for report in sought if progress.retrieval(report) == "not_retrieved"]
    waiting = [report for report in sought if progress.retrieval(report) == "waiting"]
    lines.append(f"Full texts sought  {len(sought):>6}  {len(missing)} not retrieved, {len(waiting)} still looked for")
    lines += _stage(review, progress, "fulltext", "Full text")
    states = {state: sum(one.state == state for one in work) for state in ("complete", "begun", "differ", "waiting")}
    lines.append(
        f"Included studies   {len(work):>6}  extraction: {states['complete']} complete, {states['begun']} begun, "
        f"{states['differ']} with answers that differ, {states['waiting']} not begun"
    )
    return [*lines, "", f"Next: {_next(review, progress, states)}"]


def _searches(review: Review, entries: list[SearchLogEntry]) -> list[str]:
    """Search lines of the protocol whose last run did not bring what it should, and look-ups of included reports that did not."""
    plan = sound(review.section("searches"), read_searches)
    bad = [f"{line} {entry.state}" for line, entry in standing(entries, plan).items() if entry.state != "complete"]
    lines = [f"  searches         {len(bad):>6}  not complete: {', '.join(bad)}; see review searches"] if bad else []
    last = {name.partition(", ")[2]: {entry.line: entry for entry in asked} for name, asked in looked_up(entries).items()}  # the newest
    lacking = [name for name, asked in last.items() if any(entry.state != "complete" for entry in asked.values())]
    return [*lines, *(f"  looked up                not complete: {name}; see review searches" for name in lacking)]


def _stage(review: Review, progress: Screening, stage: str, name: str) -> list[str]:
    outcomes = [progress.outcomes[stage][report.id].state for report in progress.read_at(stage)]
    number = {state: outcomes.count(state) for state in ("include", "unsure", "exclude", "conflict", "waiting")}
    unsure = f", {number['unsure']} unsure and going on" if stage == "abstract" else ""
    lines = [f"{name:<18} {len(outcomes):>6}  {number['include']} included{unsure}, {number['exclude']} excluded"]
    readers = [name for name, person in review.people.items() if "screen" in person.may]
    if again := progress.to_look_at_again(stage, readers):
        lines.append(f"  changed          {len(again):>6}  since they were decided on; they come first in screen and reconcile")
    if number["conflict"]:
        lines.append(f"  conflicts        {number['conflict']:>6}  review reconcile --as NAME --stage {stage}")
    if number["waiting"]:
        waits = ", ".join(_waits(progress, stage, reader) for reader in readers)
        lines.append(f"  to read          {number['waiting']:>6}  {waits}")
    return lines


def _waits(progress: Screening, stage: str, reader: str) -> str:
    """ "ana 12 (2 changed)": what waits for a reader, with what they decided on before a source changed it."""
    again = len(progress.to_read_again(stage, reader))
    return f"{reader} {len(queue(progress, stage=stage, by=reader))}" + (f" ({again} changed)" if again else "")


def _next(review: Review, progress: Screening, extraction: dict[str, int]) -> str:
    if not progress.library.records:
        return "put export files into imports/, then review refresh"
    for stage in ("abstract", "fulltext"):
        if progress.in_state(stage, "waiting"):
            return f"review screen --as NAME --stage {stage}"
        if progress.in_state(stage, "conflict"):
            return f"review reconcile --as NAME --stage {stage}"
        if stage == "abstract" and any(progress.retrieval(report) == "waiting" for report in progress.sought()):
            return "review retrieve (lists the full texts to look for)"
    if extraction["waiting"] or extraction["begun"]:
        return "review extract --as NAME"
    if extraction["differ"]:
        return "review agree (lists the answers that differ)"
    return "review publish"
