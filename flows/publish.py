"""Publishing: the tables, figures and PRISMA counts, worked out from the facts and written to out/ together."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extraction import answers
from extraction.appraisal import read_appraisal
from extraction.form import read_form
from extraction.studies import included_studies
from flows.refresh import Step, plainly
from references.error import ReviewError
from references.known_reports import known_reports
from references.plan import read_searches
from references.review import Review, sound
from references.searchlog import log_of
from screening.progress import screening
from synthesis.figure import svg
from synthesis.flow import Unbalanced, check, sums
from synthesis.lists import excluded_table, search_table, studies_table
from synthesis.narrative import narrative_table
from synthesis.plan import read_plan
from synthesis.prisma import flow_of
from synthesis.prisma_files import prisma_csv, prisma_markdown
from synthesis.render import Table, to_csv, to_html, to_markdown


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What was written, and what a reader must know of it."""

    files: tuple[str, ...]
    counts: tuple[str, ...]
    open: tuple[str, ...]  # why it is interim; empty when the review is finished

    def lines(self) -> list[str]:
        """For people: the sums, what is open, and where the files are."""
        said = [f"  {count}" for count in self.counts]
        if self.open:
            said.append("  INTERIM: " + "; ".join(self.open))
        folder = Path(self.files[0]).parent
        return [*said, f"  written to {folder}: {', '.join(Path(file).name for file in self.files)}"]


def publish(folder: str, *, by: str, step: Step[Any] = plainly) -> Published:
    """Write everything to out/, or nothing: Unbalanced where the PRISMA counts do not add up."""
    texts, counts, open_counts = step("work out tables and counts", outputs)(folder)
    files = step("write out/", write)(folder, texts)
    return Published(files=tuple(files), counts=tuple(counts), open=tuple(open_counts))


def outputs(folder: str) -> tuple[dict[str, str], list[str], list[str]]:
    """({file name: text}, the sums in words, what is open), all from one reading transaction."""
    review = Review(Path(folder))
    form = sound(review.section("form"), read_form)
    tools = sound(review.section("appraisal"), read_appraisal)
    plan = sound(review.section("synthesis"), lambda section: read_plan(section, form))
    searching = sound(review.section("searches"), read_searches)
    with review.reading() as connection:
        entries = log_of(connection)
        progress = screening(review, connection)
        known = included_studies(connection, progress)
        given = answers.history(connection)
        flow = flow_of(connection, progress, known, entries, searching)
    if wrong := [*check(flow), *known.problems]:
        raise Unbalanced("The PRISMA flow does not add up, so nothing was written:\n  " + "\n  ".join(wrong))
    texts = {"prisma.svg": svg(flow, title=review.title), "prisma.csv": prisma_csv(flow), "prisma.md": prisma_markdown(flow)}
    for table in (
        narrative_table(plan, form, tools, known, given, progress.library.notices),
        studies_table(known, progress.library),
        excluded_table(progress),
        search_table(entries, progress.library, searching.lines, known_reports(review)),
    ):
        texts |= _three(table)
    return texts, sums(flow), list(flow.open_lines)


def _three(table: Table) -> dict[str, str]:
    return {f"{table.key}.csv": to_csv(table), f"{table.key}.md": to_markdown(table), f"{table.key}.html": to_html(table)}


def write(folder: str, texts: dict[str, str]) -> list[str]:
    """Write all files beside their places, then move them there: a full disk leaves the old ones as they were. The paths."""
    out = Path(folder) / "out"
    if out.is_symlink():
        raise ReviewError(f"{out} is a link to {out.resolve()}; results are written inside the review's folder only. Remove the link.")
    out.mkdir(exist_ok=True)
    drafts = {name: out / f".{name}.{os.getpid()}" for name in texts}
    try:
        for name, draft in drafts.items():
            draft.write_text(texts[name], encoding="utf-8", newline="")
        for name, draft in drafts.items():
            draft.replace(out / name)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    return [str(out / name) for name in texts]
