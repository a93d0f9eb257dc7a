"""What a refresh did, and how it is told to people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from references.imports import ImportResult
from references.library import PLATFORMS
from references.visible import counted, visible
from references.walk import SearchResult

BAD = ("failed", "refused", "waiting", "held")  # states of a search that did not bring what it should


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much a review holds at one moment."""

    records: int
    reports: int
    proposals: int
    to_read: Mapping[str, int]  # {reviewer: reports that wait for them at title and abstract}
    again: Mapping[str, int] = field(default_factory=dict)  # {stage: reports that changed since they were decided on}
    known: tuple[str, ...] = ()  # the known-item check, in words
    notices: Mapping[tuple[str, str], str] = field(default_factory=dict)  # {(included report, what was published about it): in words}

    @property
    def duplicates(self) -> int:
        """Records that are not the first of their report."""
        return self.records - self.reports


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What one refresh did."""

    files: tuple[ImportResult, ...]
    searches: tuple[SearchResult, ...]
    checks: tuple[SearchResult, ...]  # included reports looked up, for what was published about them since
    citing: tuple[SearchResult, ...]  # citation searching
    not_seeds: tuple[str, ...]  # seed references that OpenAlex has not, cited
    unasked: tuple[str, ...]  # sources of the protocol at which no report can be looked up, by name
    before: Counts
    after: Counts

    @property
    def failures(self) -> tuple[str, ...]:
        """What could not be done, in words; the rest was done all the same. Look-ups count once for each source."""
        files = [f"{result.name}: {result.message}" for result in self.files if result.state == "failed"]
        bad = [f"{result.line}: {result.state}: {result.message}" for result in (*self.searches, *self.citing) if result.state in BAD]
        return (*files, *bad, *(f"included reports at {name}: {why}" for name, why in self.not_looked_up.items()))

    @property
    def not_done(self) -> tuple[str, ...]:
        """The names of what could not be done."""
        files = [result.name for result in self.files if result.state == "failed"]
        bad = [f"{result.line} ({result.state})" for result in (*self.searches, *self.citing) if result.state in BAD]
        return (*files, *bad, *(f"included reports at {name}" for name in self.not_looked_up))

    @property
    def not_looked_up(self) -> dict[str, str]:
        """{source at which not all included reports could be looked up: why}."""
        return {PLATFORMS[result.source]: f"{result.state}: {result.message}" for result in reversed(self.checks) if result.state in BAD}

    @property
    def new_notices(self) -> tuple[str, ...]:
        """Retractions and corrections of included reports that were not known before, in words."""
        return tuple(words for key, words in self.after.notices.items() if key not in self.before.notices)


def lines(refreshed: Refreshed) -> list[str]:
    """What a refresh did, for people: files, searches, what changed, what is next."""
    said = []
    for result in refreshed.files:
        said.append(f"  {result.name:<32} {_file(result)}")
        said += [f"    {note}" for note in result.notes]
    said += _searches((*refreshed.searches, *refreshed.citing))
    if refreshed.not_seeds:
        said.append(f"  not at OpenAlex, so without citation searching: {counted(len(refreshed.not_seeds), 'report')}")
        said += [f"    {one}" for one in refreshed.not_seeds]
    before, after = refreshed.before, refreshed.after
    said.append(f"  records {before.records} -> {after.records}, reports {before.reports} -> {after.reports}")
    proposed = f"; pairs for a person to judge: {after.proposals} (review duplicates)" if after.proposals else ""
    said.append(f"  {after.duplicates} duplicate records{proposed}")
    waits = ", ".join(f"{name} {number}" for name, number in after.to_read.items())
    said.append(f"  to read at title and abstract: {waits}")
    said += [f"  {line}" for line in after.known]
    said += _notices(refreshed)
    return [visible(line) for line in said]


def following(refreshed: Refreshed) -> str:
    """What to do next."""
    after = refreshed.after
    if after.again.get("fulltext"):
        return f"review screen --as NAME --stage fulltext ({counted(after.again['fulltext'], 'report')} changed since the decision)"
    return "review screen --as NAME" if any(after.to_read.values()) else "review status"


def _file(result: ImportResult) -> str:
    if result.state == "failed":
        return f"NOT READ: {result.message}"
    if result.state in ("known", "skipped"):
        return result.message
    seen = f", {result.seen_again} seen before" if result.seen_again else ""
    return f"{counted(result.records, 'record')}, {result.new} new{seen}"


def _searches(results: Sequence[SearchResult]) -> list[str]:
    """A line for each search, one for all that were not run for the same reason."""
    run = [result for result in results if result.state != "not run"]
    wide = max((len(PLATFORMS[result.source]) for result in results), default=0)
    name = max((len(result.line) for result in run), default=0)
    said = [f"  {PLATFORMS[result.source]:<{wide}}  {result.line:<{name}}  {_outcome(result)}" for result in run]
    not_run: dict[tuple[str, str], list[str]] = {}
    for result in results:
        if result.state == "not run":
            not_run.setdefault((result.source, result.message), []).append(result.line)
    for (source, message), names in not_run.items():
        said.append(f"  {PLATFORMS[source]:<{wide}}  {counted(len(names), 'search line')} not run: {message}")
    return said


def _outcome(result: SearchResult) -> str:
    total = 0 if result.total is None else result.total
    if result.state != "complete":
        stored = f"{result.retrieved:,} of {total:,} stored, {result.new:,} new; " if result.retrieved else ""
        return f"{result.state.upper()}: {result.message} ({stored}logged as {result.state}, not as zero)"
    stored = "all stored" if result.retrieved == total else f"{result.retrieved:,} stored ({result.message})"
    said = [f"{total:,} results, {stored}, {result.new:,} new, {result.seen_again:,} seen before"]
    said += [f"{result.changed:,} of these changed"] if result.changed else []
    gone = counted(result.vanished, "record")
    said += [f"{gone} of the last full run gone there and kept here (review searches)"] if result.vanished else []
    return ", ".join(said)


def _notices(refreshed: Refreshed) -> Iterator[str]:
    """Where included reports were looked up and where not, what was learnt, and how much was known before."""
    bad = refreshed.not_looked_up
    asked = [name for name in dict.fromkeys(PLATFORMS[result.source] for result in refreshed.checks) if name not in bad]
    if refreshed.checks:
        never = f"; {', '.join(refreshed.unasked)} cannot be asked for them" if refreshed.unasked else ""
        yield f"  retractions and corrections of included reports: looked up at {', '.join(asked) or 'no source'}{never}"
        yield from (f"    NOT looked up at {name}: {why}" for name, why in bad.items())
    new = refreshed.new_notices
    yield from (f"    new: {words}" for words in new)
    if known := len(refreshed.after.notices) - len(new):
        yield f"    known before: {known} (in the table of included studies, and in review show)"


MOST_TOLD = 20  # failures in a message


def plain(text: str) -> str:
    """Text as chat programs show it as it is: their marks for links and calls begin with these signs (Slack's rule)."""
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def message(title: str, refreshed: Refreshed) -> dict[str, Any]:
    """What is posted to a web hook: `text` for people, and the numbers beside it. Empty where there is nothing to tell."""
    before, after = refreshed.before, refreshed.after
    new, failures, notices = after.records - before.records, list(refreshed.failures), list(refreshed.new_notices)
    changed = sum(result.changed for result in refreshed.searches)
    if not new and not failures and not changed and not notices:
        return {}
    parts = [counted(new, "new record"), counted(after.reports - before.reports, "new report")]
    parts += [counted(changed, "changed record")] if changed else []
    failures = [*failures[:MOST_TOLD], *([f"and {len(failures) - MOST_TOLD} more"] if len(failures) > MOST_TOLD else [])]
    told = [*(f"Included report: {one}" for one in notices), f"{title}: {', '.join(parts)}.", *(f"Not done: {one}" for one in failures)]
    waiting = {name: number for name, number in after.to_read.items() if number}
    return {
        "text": plain("\n".join(told)), "review": title, "new_records": new, "changed_records": changed,
        "notices": notices, "failures": failures, "to_read": waiting,
    }  # fmt: skip
