"""What a reviewer sees while screening: the report, the criteria, the keys."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.text import Text

from references.duplicates.merged import Report
from references.terminal import View, packed
from references.visible import visible

if TYPE_CHECKING:
    from screening.decisions import Decision
    from screening.sitting import Sitting

STAGE_NAMES = {"abstract": "Title and abstract", "fulltext": "Full text"}
_MARKS = {"yes": "✓", "no": "✗", "unclear": "?"}


def short(report: Report) -> str:
    """The start of a title, for messages of one line."""
    title = visible(report.shown.title) or "(no title)"
    return title if len(title) <= 60 else title[:59] + "…"


def clock(at: str) -> str:
    """When a fact was made, on this machine's clock: "12:03", with the date before it where that is not today's."""
    here = datetime.fromisoformat(at).astimezone()
    return f"{here:%H:%M}" if here.date() == datetime.now().astimezone().date() else f"{here:%Y-%m-%d %H:%M}"


def verdict(decision: Decision) -> str:
    """A decision in few words: "exclude (E02_SECTOR)"."""
    return f"{decision.verdict} ({decision.reason})" if decision.reason else decision.verdict


def view(sitting: Sitting) -> View:
    """The whole screen of a screening sitting."""
    if sitting.mode == "help":
        return View(_head(sitting), _help(sitting), Text("Any key goes back.", style="dim"))
    if sitting.current is None:
        return View(_head(sitting), _nothing_waits(sitting), _keys([("z", "undo"), ("q", "leave")], sitting.message))
    criteria = sitting.progress.criteria
    body = report_text(sitting.current, criteria.highlight, criteria.noise, sitting.progress.library.notices(sitting.current))
    if sitting.role == "settler":
        body = _decisions(sitting).append_text(body)  # first: a long abstract would push them off the screen
    if before := sitting.again.get(sitting.current.id):
        body = _changed(sitting, before).append_text(body)
    body.append("\n\nIn: ", style="dim")
    names = dict.fromkeys(sitting.progress.library.name(record.source) for record in sitting.current.records)
    body.append(", ".join(names), style="dim")
    return View(_head(sitting), body, _foot(sitting))


def _head(sitting: Sitting) -> Text:
    done, left = len(sitting.made), len(sitting.waiting)
    task = "to read" if sitting.role == "reader" else "conflicts to settle"
    text = Text(f"{STAGE_NAMES[sitting.stage]} · {sitting.by} · {done} decided, {left} {task}", style="bold")
    if done + left:
        text.append(f" · {100 * done // (done + left)} %", style="bold")
    return text


def report_text(report: Report, highlight: Iterable[str] = (), noise: Iterable[str] = (), notices: Iterable[str] = ()) -> Text:
    """A report as it is read: title, authors, where and when, what was published about it since, abstract; the protocol's words marked."""
    shown = report.shown
    text = Text(visible(shown.title) or "(no title in any record)", style="bold")
    if shown.title_alt:
        text.append(f"\n{visible(shown.title_alt)}", style="italic")
    authors = "; ".join(shown.authors[:12]) + (f" … and {len(shown.authors) - 12} more" if len(shown.authors) > 12 else "")
    issue = f"({shown.issue})" if shown.issue else ""
    where = " ".join(filter(None, [shown.journal, f"{shown.volume or ''}{issue}", shown.pages]))
    facts = [authors, where, shown.publisher, shown.date or (str(shown.year) if shown.year else "no date"), shown.type, shown.language]
    facts.append(f"doi:{shown.doi}" if shown.doi else shown.url)
    text.append("\n" + visible(" · ".join(fact for fact in facts if fact and fact.strip())), style="dim")
    for notice in notices:
        text.append(f"\n{visible(notice)}", style="bold red")
    text.append("\n\n")
    if shown.abstract:
        text.append(visible(shown.abstract))
    else:
        text.append("No abstract in any record of this report. A missing abstract is never a reason to exclude.", style="italic dim")
    for words, style in ((tuple(highlight), "bold green"), (tuple(noise), "bold yellow")):
        if words:
            text.highlight_regex(_pattern(words), style)
    return text


@lru_cache
def _pattern(words: tuple[str, ...]) -> str:
    """Any of the words, whole at their start, whatever the case; inflected ends are marked too."""
    return r"(?i)\b(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + r")\w*"


def _decisions(sitting: Sitting) -> Text:
    """What the readers decided: a settler sees it, a reader never does."""
    assert sitting.current is not None
    outcome = sitting.progress.outcomes[sitting.stage][sitting.current.id]
    text = Text(f"In conflict: {outcome.why}" if outcome.state == "conflict" else "Settled before", style="bold yellow")
    for decision in outcome.decisions:
        known = {criterion.exclusion: criterion.reason for criterion in sitting.progress.criteria.criteria}
        reason = known.get(decision.reason or "", decision.reason or "")  # a code the protocol has dropped is shown bare
        said = " · ".join(filter(None, [decision.verdict, reason, visible(decision.note)]))
        text.append(f"\n  {decision.by}: ", style="bold").append(said, style="not bold default")
    return text.append("\n\n")


def _changed(sitting: Sitting, before: Decision) -> Text:
    """Why a report that was decided on is here again."""
    held = sitting.progress.library
    said = [f"{', '.join(one.matters)} ({held.name(one.source)}, {one.at[:10]})" for one in sitting.progress.changed_since(before)]
    whose = "you" if before.by == sitting.by else before.by
    text = Text(f"Changed since {whose} decided ({verdict(before)}, {before.at[:10]}): {'; '.join(said)}.", style="bold yellow")
    return text.append("\nThat decision counts until you decide again.\n\n", style="not bold yellow")


def _foot(sitting: Sitting) -> Text:
    text = Text()
    for criterion in sitting.criteria if sitting.role == "reader" else ():
        answer = sitting.answers.get(criterion.code)
        style = "green" if answer == "yes" else "red" if answer == "no" else "yellow" if answer else "dim"
        text.append(f"{criterion.code}{_MARKS.get(answer or '', '·')} ", style=style)
    if sitting.mode == "reasons":
        text.append("\nExclude, because:\n", style="bold")
        from screening.sitting import PICKS

        for key, criterion in zip(PICKS, sitting.criteria, strict=False):
            text.append(f"  {key} ", style="bold cyan").append(f"{criterion.reason}\n")
        return text.append("Any other key: do not exclude.", style="dim")
    if sitting.role == "reader" and (question := sitting.question):
        text.append(f"\n{question.code} {question.label}: ", style="bold").append(question.question)
        if sitting.stage == "abstract" and question.plainly:
            text.append(" (no only if it is plain)", style="italic")
        if sitting.guidance:
            text.append(f"\n{question.guidance}", style="italic")
    if sitting.note:
        text.append(f"\nNote: {visible(sitting.note)}", style="italic")
    text.append("\n")
    return text.append_text(_keys([(key, name) for key, name, _ in keys(sitting)], sitting.message))


def keys(sitting: Sitting) -> list[tuple[str, str, str]]:
    """The keys that work while a report is shown: (key, its name at the foot, what the help says of it)."""
    reader, task = sitting.role == "reader", "decided on" if sitting.role == "reader" else "settled"
    answers = [
        ("y", "yes", "yes to the question shown"),
        ("n", "no", "no to it: excludes at once, with this criterion as the reason"),
        ("u", "unclear", "unclear: the next question comes"),
        ("g", "guidance", "show or hide the guidance on the question (? does the same)"),
    ]
    left = ", without answering the questions that are left" if reader else ""
    undo = "the last answer, or right after a decision that decision" if reader else "the last decision"
    unsure = [("m", "unsure", f"unsure{left}")] if sitting.may_be_unsure else []
    return [
        *(answers if reader else []),
        ("i", "include", f"include{left}"),
        ("e", "exclude, with a reason", "exclude: the reasons are shown, and one key picks one"),
        *unsure,
        ("z", "undo", f"take back {undo}, as often as you like within this sitting; the history keeps both"),
        ("o", "note", "write a note, saved with your decision"),
        ("s", "skip", "skip: the report comes again after the others that wait, and in your next sitting in its old place"),
        ("h", "help", "this help"),
        ("q", "leave", f"leave; all is saved. Your next sitting begins with the first report not {task}, skipped ones too"),
    ]


def _keys(named: Iterable[tuple[str, str]], message: str) -> Text:
    """The keys and what they do, broken between them and never within."""
    text = packed(Text(key, style="bold cyan").append(f" {meaning}", style="not bold default") for key, meaning in named)
    if message:
        text.append(f"\n{message}", style="bold")
    return text


def _nothing_waits(sitting: Sitting) -> Text:
    text = Text("Nothing waits for you at this stage.", style="bold")
    open_counts = {state: len(sitting.progress.in_state(sitting.stage, state)) for state in ("waiting", "conflict")}
    if open_counts["conflict"] and sitting.role == "reader":
        text.append(f"\n{open_counts['conflict']} conflicts wait for whoever settles them: review reconcile --as NAME.")
    if sitting.stage == "abstract" and not sitting.progress.library.records:
        text.append("\nThe review has no records yet: put export files into imports/ and run `review refresh`.")
    return text


def _help(sitting: Sitting) -> Text:
    rules = {
        "abstract": "The first no excludes; all yes includes; unclear never excludes: the report goes on as unsure.",
        "fulltext": "The first no excludes, and is the one reason that PRISMA prints. Unsure goes to whoever settles.",
    }
    if sitting.role == "reader":
        text = Text("The criteria are asked in order, one key each. Every key is saved at once.\n", style="bold")
        text.append(rules[sitting.stage] + "\n\n")
    else:
        text = Text("Each report is a conflict: above it stands what its readers decided. Your decision ends it.\n\n", style="bold")
    for key, _, meaning in keys(sitting):
        text.append(f"{key:>6}  ", style="bold cyan").append(meaning + "\n")
    if rulings := sitting.progress.criteria.rulings:
        text.append("\nCases settled in advance:\n", style="bold")
        for case, ruling in rulings:
            text.append(f"  {case}: ", style="bold").append(ruling + "\n")
    return text


def farewell(new: int, left: int, sitting: Sitting) -> Text:
    """What was done in this sitting, and how to go on."""
    task = "to read" if sitting.role == "reader" else "to settle"
    text = Text(f"{STAGE_NAMES[sitting.stage]}, {sitting.by}: {new} decisions in this sitting, all saved; {left} {task}.\n")
    command = "screen" if sitting.role == "reader" else "reconcile"
    return text.append(
        f"Go on with: review {command} --as {sitting.by} --stage {sitting.stage}" if left else "Where the review stands: review status"
    )
