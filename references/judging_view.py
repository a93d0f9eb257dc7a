"""What a person sees who judges possible duplicates: why they are asked, two reports field by field, the keys."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from references.duplicates.judgement import Judgement
from references.duplicates.merged import Report
from references.fields import Row, rows
from references.fields_view import WIDEST, drawn, hung
from references.terminal import View, packed
from references.visible import counted, visible

if TYPE_CHECKING:
    from references.judging import Judging, Question

KEYS = (  # key, its name at the foot, what the help says of it
    ("y", "same", "yes, A and B are one report: they are joined"),
    ("n", "different", "no, they are two reports: never proposed again"),
    ("c", "companions", "two reports that belong together (abstract and article, preprint and article): kept apart, not proposed again"),
    ("u", "unsure", "not to be told from this: kept apart, and asked again in the next sitting"),
    ("s", "skip", "nothing is judged: the pair comes again after the others"),
    ("z", "undo", "take back your last answer, as often as you like within this sitting; the history keeps both"),
    ("o", "note", "write a note, saved with your answer"),
    ("h", "help", "this help"),
    ("q", "leave", "leave; every answer is saved"),
)
_SIGNS = (
    ("=", "both say the same; shown once"),
    ("≠", "they differ, in what stands between { and }"),
    ("≈", "they differ in capitals, accents, punctuation or the order of names only"),
    ("·", "only one of them says it, which speaks neither for nor against"),
)
_POINTS = re.compile(r" \(([+-])[\d.]+\)$")


def view(sitting: Judging) -> View:
    """The whole screen of a sitting."""
    width = shutil.get_terminal_size().columns
    if sitting.mode == "help":
        return View(_head(sitting), _help(width), Text("Any key goes back.", style="dim"))
    if sitting.question is None:
        return View(_head(sitting), _nothing_waits(sitting), _foot([("z", "undo"), ("q", "leave")], sitting))
    body = _why(sitting, sitting.question, width)
    body.append_text(drawn(_rows(sitting, sitting.question), _names(sitting.question), width=width, plain=sitting.plain))
    return View(_head(sitting), body, _foot([(key, name) for key, name, _ in KEYS], sitting))


def _head(sitting: Judging) -> Text:
    done, left, unsure = sitting.judged_by_me, len(sitting.waiting), len(sitting.asked.unsure)
    text = f"Duplicates · {visible(sitting.by)} · {done} judged, {left} to judge"
    if unsure:
        text += f", {unsure} unsure"
    if done + left + unsure:
        text += f" · {100 * done // (done + left + unsure)} %"
    return Text(text, style="bold")


def _names(question: Question) -> tuple[str, str]:
    """What the two reports are called, with what they consist of."""
    return f"A: {counted(len(question.left.records), 'record')}", f"B: {counted(len(question.right.records), 'record')}"


def _rows(sitting: Judging, question: Question) -> list[Row]:
    return rows(question.left, question.right, sitting.library.name)


# -- why the person is asked ------------------------------------------------------------------------------------------


def _why(sitting: Judging, question: Question, width: int) -> Text:
    """What speaks for and against, as the program weighs it, and who was unsure before."""
    for_, against, sums = _sides(sitting, question)
    console = Console(width=min(width, WIDEST))
    lines = [Text("Are A and B one report?", style="bold")]
    for name, sign, said, style in (("For", "+", for_, "green"), ("Against", "-", against, "red")):
        if said:
            lead = Text().append(f"{name}: " if sitting.plain else f"{sign} ", style=f"bold {style}")
            lines += hung(lead, Text("; ".join(said)), console)
    lines += [Text(f"{line[:1].upper()}{line[1:]}.", style="dim") for line in sums]
    if any(len(report.records) > 1 for report in (question.left, question.right)):
        lines.append(Text(f"Compared were {question.pair[0]} of A and {question.pair[1]} of B.", style="dim"))
    for one in question.said:
        note = f": {one.note}" if one.note else ""
        lines.append(Text(visible(f"{one.by} was unsure, {clock(one.at)}{note}"), style="bold"))
    return Text("\n").join([*lines, Text("\n")])


def _sides(sitting: Judging, question: Question) -> tuple[list[str], list[str], list[str]]:
    """(for one report, against it, the rest), from what the grouping says of the two records that were proposed."""
    left, right = question.pair
    sides: tuple[list[str], list[str], list[str]] = ([], [], [])
    before = {one.words for one in question.said}
    for line in sitting.library.grouping.why(left, right):
        if line in before or line.startswith(f"{left} and {right} are "):
            continue
        bare = re.sub("^(against joining|refused): ", "", line)
        points = _POINTS.search(line)
        side = 0 if points and points[1] == "+" else 1 if points or bare != line else 2
        if visible(bare) not in sides[side]:
            sides[side].append(visible(bare))
    return sides


# -- keys and messages ------------------------------------------------------------------------------------------------


def _foot(named: Sequence[tuple[str, str]], sitting: Judging) -> Text:
    text = Text()
    if sitting.note:
        text.append(f"Note: {visible(sitting.note)}\n", style="italic")
    text.append_text(packed(Text(key, style="bold cyan").append(f" {meaning}", style="not bold default") for key, meaning in named))
    if sitting.message:
        text.append(f"\n{sitting.message}", style="bold")
    return text


def _help(width: int) -> Text:
    console = Console(width=min(width, WIDEST))
    rules = "Two reports at a time. Every answer is saved at once and wins over the program, in every later run too. "
    rules += "It counts for the two reports, not only for two of their records, so what it implies is not asked.\n"
    lines = hung(Text(), Text(rules), console)
    for key, _, meaning in KEYS:
        lines += hung(Text().append(f"{key:>4}  ", style="bold cyan"), Text(meaning), console)
    lines.append(Text("\nBeside each field:", style="bold"))
    for sign, meaning in _SIGNS:
        lines += hung(Text().append(f"{sign:>4}  ", style="bold"), Text(meaning), console)
    return Text("\n").join(lines)


def _nothing_waits(sitting: Judging) -> Text:
    if sitting.asked.unsure:
        return Text(f"{counted(len(sitting.asked.unsure), 'pair')} left, called unsure: asked again in your next sitting.", style="bold")
    return Text("No pair waits for a judgement.", style="bold")


def clock(at: str) -> str:
    """When a judgement was made, on this machine's clock: "12:03", with the date before it where that is not today's."""
    here = datetime.fromisoformat(at).astimezone()
    return f"{here:%H:%M}" if here.date() == datetime.now().astimezone().date() else f"{here:%Y-%m-%d %H:%M}"


def _short(report: Report) -> str:
    title = " ".join(visible(report.shown.title).split()) or "(no title)"
    return title if len(title) <= 50 else title[:49] + "…"


_EFFECTS = {
    "same": "{records} are one report now.",
    "different": "They stay two reports and are not proposed again.",
    "companion": "They stay two reports that belong together, and are not proposed again.",
    "unsure": "They stay two reports and are asked again in the next sitting.",
}


def saved(after: Report, question: Question, verdict: str, implied: int) -> str:
    """What an answer did. `after`: the report of the first record now; `implied`: how many other pairs it answers too."""
    effect = _EFFECTS[verdict].format(records=counted(len(after.records), "record"))
    more = f" That answers {counted(implied, 'more pair')} too." if implied > 0 else ""
    return f"Saved: {verdict}. {effect}{more} {_short(question.left)}"


def meanwhile(news: Sequence[Judgement], by: str) -> str:
    """What others judged since the last key; empty where nobody did."""
    if not news:
        return ""
    who = ", ".join(dict.fromkeys("you elsewhere" if one.by == by else one.by for one in news))
    return f" Meanwhile {visible(who)} judged {counted(len(news), 'pair')}."


def _said(one: Judgement, by: str) -> str:
    who = "you judged elsewhere" if one.by == by else f"{one.by} judged"
    return visible(f"{who} meanwhile: {one.verdict} at {clock(one.at)}")


def not_saved(question: Question, said: Judgement | None, by: str, *, still: bool) -> str:
    """Why an answer was not stored."""
    why = _said(said, by) if said else "a judgement was taken back elsewhere meanwhile"
    if still:
        return f"Not saved, for the reports are others now: {why}. Look again."
    return f"Not saved: {why}. {_short(question.left)}"


def taken_back(one: Judgement, *, taken: bool, counts: Judgement | None, by: str) -> str:
    """What undo did: `taken` where the judgement still stood; `counts`: what stands now in its place."""
    text = f"Took back: {one.verdict}. Both stay in the history."
    if not taken:
        text = f"Nothing to take back: you changed {one.verdict} elsewhere."
    if counts:
        whose = "another judgement of yours" if counts.by == by else f"what {counts.by} said"
        text += visible(f" Now {whose} counts: {counts.verdict} at {clock(counts.at)}.")
    return text


def nothing_to_undo(by: str) -> str:
    """That this sitting has nothing to take back, and how an earlier answer is changed."""
    return (
        "There is no answer of yours in this sitting to take back. An earlier one: "
        f"review duplicates --as {visible(by)} --withdraw ID ID, or another verdict on the two."
    )


def skipped(others: int, again: bool) -> str:
    """When a skipped pair comes again. `again`: all that wait were skipped."""
    if not others:
        return "No other pair waits: the one you skipped is here again. Answer, or leave with q."
    if again:
        return f"You have skipped all {others + 1} that wait: the first of them is here again."
    return f"Skipped: it comes again after {f'the {others} others' if others > 1 else 'the other one'}."


def farewell(sitting: Judging) -> Text:
    """What was done in this sitting, what is left, and how to go on."""
    verdicts = [act.made[0].verdict for act in sitting.acts]
    kinds = ", ".join(f"{verdicts.count(kind)} {kind}" for kind in _EFFECTS if kind in verdicts)
    left, unsure = len(sitting.waiting), len(sitting.asked.unsure)
    done = counted(len(verdicts), "pair") + " judged in this sitting, all saved" + (f" ({kinds})" if kinds else "")
    text = Text(f"{visible(sitting.by)}: {done}; {left + unsure} to judge{f', {unsure} of them unsure' if unsure else ''}.\n")
    if lost := sum(map(bool, sitting.notes.values())):
        text.append(f"Not saved, for want of an answer to go with it: {counted(lost, 'note')}.\n", style="bold")
    go_on = f"Go on with: review duplicates --as {visible(sitting.by)}"
    return text.append(go_on if left + unsure else "Where the review stands: review status")
