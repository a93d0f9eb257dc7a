"""The PRISMA 2020 flow as files: the PRISMA2020 package's CSV, and Markdown with every sum spelt out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from references.sheet import guarded
from references.visible import visible
from synthesis.flow import Column, Flow, Ids
from synthesis.render import as_markdown

HEADER = ("data", "node", "box", "description", "boxtext", "tooltips", "url", "n")
NA = "NA"


def prisma_csv(flow: Flow) -> str:
    """The 34 rows that the R package PRISMA2020 (1.1.4) reads, in its order; empty counts are NA.

    A comma or semicolon in a label would split it there, so labels have others; `description` has the label whole.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(_rows(flow))
    return text.getvalue()


def _rows(flow: Flow) -> Iterator[tuple[str, ...]]:
    first, other = flow.databases, flow.others
    shown = flow.has_others

    def count(ids: Ids, *, show: bool = True) -> str:
        return str(len(ids)) if show else NA

    def of(column: Column, *kinds: str) -> str:
        return str(sum(map(len, column.of_kind(*kinds).values())))

    yield _row(NA, "node4", "prevstud", "Previous studies")
    yield _row("previous_studies", "node5", "box1", "Studies included in previous version of review")
    yield _row("previous_reports", NA, "box1", "Reports of studies included in previous version of review")
    yield _row(NA, "node6", "newstud", "Identification of studies via databases and registers")
    yield _row("database_results", "node7", "box2", "Databases", of(first, "database"))
    yield _row("database_specific_results", NA, "box2", "Specific Databases", *_list(first.of_kind("database")))
    yield _row("register_results", NA, "box2", "Registers", of(first, "register"))
    yield _row("register_specific_results", NA, "box2", "Specific Registers", *_list(first.of_kind("register")))
    yield _row(NA, "node16", "othstud", "Identification of studies via other methods")
    yield _row("website_results", "node17", "box11", "Websites", of(other, "website") if shown else NA)
    organisations = "Organisations and other sources" if other.of_kind("other") else "Organisations"
    yield _row("organisation_results", "", "box11", organisations, of(other, "organisation", "other") if shown else NA)
    yield _row("citations_results", NA, "box11", "Citation searching", of(other, "citation") if shown else NA)
    yield _row("duplicates", "node8", "box3", "Duplicate records", count(first.duplicates))
    yield _row("excluded_automatic", NA, "box3", "Records marked as ineligible by automation tools", count(first.by_tool))
    yield _row("excluded_other", NA, "box3", "Records removed for other reasons", count(first.other_reasons))
    yield _row("records_screened", "node9", "box4", "Records screened", count(first.screened))
    yield _row("records_excluded", "node10", "box5", "Records excluded", count(first.excluded))
    yield _row("dbr_sought_reports", "node11", "box6", "Reports sought for retrieval", count(first.sought))
    yield _row("dbr_notretrieved_reports", "node12", "box7", "Reports not retrieved", count(first.not_retrieved))
    yield _row("other_sought_reports", "node18", "box12", "Reports sought for retrieval", count(other.sought, show=shown))
    yield _row("other_notretrieved_reports", "node19", "box13", "Reports not retrieved", count(other.not_retrieved, show=shown))
    yield _row("dbr_assessed", "node13", "box8", "Reports assessed for eligibility", count(first.assessed))
    yield _row("dbr_excluded", "node14", "box9", "Reports excluded", *_list(first.reasons))
    yield _row("other_assessed", "node20", "box14", "Reports assessed for eligibility", count(other.assessed, show=shown))
    yield _row("other_excluded", "node21", "box15", "Reports excluded", *_list(other.reasons))
    yield _row("new_studies", "node15", "box10", "Studies included in review", str(len(flow.studies)))
    yield _row("new_reports", NA, "box10", "Reports of included studies", count(flow.included))
    yield _row("total_studies", "node22", "box16", "Total studies included in review")
    yield _row("total_reports", NA, "box16", "Reports of total included studies")
    yield _row("identification", "node1", "identification", "Identification")
    yield _row("screening", "node2", "screening", "Screening")
    yield _row("included", "node3", "included", "Included")
    yield _row("total_studies_ma", "node23", "box17", "Total studies included in meta-analysis")
    yield _row("total_reports_ma", NA, "box17", "Reports of total included studies in meta-analysis")


def _row(key: str, node: str, box: str, text: str, n: str = NA, description: str = "") -> tuple[str, ...]:
    return (key, node, box, guarded(description) or text, text, text, NA, n)


def _list(counts: Mapping[str, Ids]) -> tuple[str, str]:
    """("Label, 3; Label, 4", the same with the labels whole); NA where there is nothing."""
    if not counts:
        return NA, ""
    return "; ".join(f"{_label(name)}, {len(ids)}" for name, ids in counts.items()), "; ".join(
        f"{visible(name)}: {len(ids)}" for name, ids in counts.items()
    )


def _label(text: str) -> str:
    """A label that the package does not split, and no spreadsheet takes for a formula: an apostrophe before it would break the package."""
    text = visible(text).replace(",", " \u2013").replace(";", " /").replace("'", "\u2019").replace("\n", " ").strip()
    return f"\u201c{text}\u201d" if text[:1] in ("=", "+", "-", "@") else text


def prisma_markdown(flow: Flow) -> str:
    """Each box with its number, and the sums that lead from one to the next."""
    lines = ["# PRISMA 2020 flow", ""]
    if flow.interim:
        lines += [f"**INTERIM: {'; '.join(flow.open_lines)}.** What is open stands in the sums below.", ""]
    lines += ["## Databases and registers", "", *_column(flow.databases, other=False)]
    if flow.has_others:
        lines += ["", "## Other methods", "", *_column(flow.others, other=True)]
    lines += ["", "## Included", ""]
    by_column = f" = {len(flow.databases.included)} + {len(flow.others.included)}" if flow.has_others else ""
    lines.append(f"- Reports of included studies: {len(flow.included)}{by_column}")
    lines.append(f"- Studies included in review: {len(flow.studies)}")
    if flow.bridges:
        lines += ["", "## Notes", "", *(f"- {as_markdown(sentence)}" for sentence in flow.bridges)]
    lines += [
        "",
        "Form: PRISMA 2020 (Page et al., BMJ 2021;372:n71).",
    ]
    return "\n".join(lines) + "\n"


def _column(column: Column, *, other: bool) -> Iterator[str]:
    screening = not other or bool(column.screened)  # the form has none for other methods
    identified = len(column.all_identified)
    yield f"- Records identified: {identified}" + (
        " = " + " + ".join(str(len(ids)) for ids in column.identified.values()) if identified else ""
    )
    for (kind, name), ids in column.identified.items():
        yield f"  - {as_markdown(name)} ({kind}): {len(ids)}"
    removed = len(column.duplicates) + len(column.by_tool) + len(column.other_reasons)
    what = " (found in a database too, or among themselves)" if other else ""
    tools = f"{len(column.by_tool)} by automation tools + {len(column.other_reasons)} for other reasons"
    yield f"- Removed before {'screening' if screening else 'retrieval'}: {removed} = {len(column.duplicates)} duplicates{what} + {tools}"
    if screening:
        straight = f" - {len(column.straight)}" if column.straight else ""
        if straight:
            yield f"- Picked by hand, and sought without screening: {len(column.straight)}"
        yield f"- Records screened: {len(column.screened)} = {identified} - {removed}{straight}"
        yield f"- Records excluded: {len(column.excluded)}"
        yield from _open(column.open_screening, "Not yet decided at title and abstract")
        still = f" - {len(column.open_screening)}" if column.open_screening else ""
        picked = f" + {len(column.straight)}" if column.straight else ""
        yield f"- Reports sought for retrieval: {len(column.sought)} = {len(column.screened)} - {len(column.excluded)}{still}{picked}"
    else:
        yield f"- Reports sought for retrieval: {len(column.sought)} = {identified} - {removed}"
    yield f"- Reports not retrieved: {len(column.not_retrieved)}"
    yield from _open(column.open_retrieval, "Still looked for")
    still = f" - {len(column.open_retrieval)}" if column.open_retrieval else ""
    yield f"- Reports assessed for eligibility: {len(column.assessed)} = {len(column.sought)} - {len(column.not_retrieved)}{still}"
    excluded = len(column.all_excluded)
    yield f"- Reports excluded: {excluded}" + (
        " = " + " + ".join(str(len(ids)) for ids in column.reasons.values()) if column.reasons else ""
    )
    for reason, ids in column.reasons.items():
        yield f"  - {as_markdown(reason)}: {len(ids)}"
    yield from _open(column.open_eligibility, "Not yet decided at full text")
    still = f" - {len(column.open_eligibility)}" if column.open_eligibility else ""
    yield f"- Reports included: {len(column.included)} = {len(column.assessed)} - {excluded}{still}"


def _open(ids: Ids, what: str) -> Iterator[str]:
    if ids:
        yield f"- **{what}: {len(ids)}**"
