"""The command `review duplicates`: list what needs a person, sit down to it, or judge one pair."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from references.library import Library
    from references.review import Review


@click.command()
@click.option("--as", "by", metavar="NAME", help="You, as the protocol names you: opens the sitting, one key for each answer.")
@click.option("--same", nargs=2, metavar="ID ID", help="These two records are one report.")
@click.option("--different", nargs=2, metavar="ID ID", help="These two records are not; never propose them again.")
@click.option("--companion", nargs=2, metavar="ID ID", help="Two reports that belong together, such as an abstract and its article.")
@click.option("--unsure", nargs=2, metavar="ID ID", help="Not to be told: keep the two apart and on the list.")
@click.option("--withdraw", nargs=2, metavar="ID ID", help="Take your judgement on these two back.")
@click.option("--note", default="", help="Why; goes with one judgement.")
@click.option("--plain", is_flag=True, help="Lines instead of a redrawn screen: for screen readers and scripts.")
@click.pass_obj
def duplicates(
    folder: Path,
    by: str | None,
    same: tuple[str, str] | None,
    different: tuple[str, str] | None,
    companion: tuple[str, str] | None,
    unsure: tuple[str, str] | None,
    withdraw: tuple[str, str] | None,
    note: str,
    plain: bool,
) -> None:
    """Judge the pairs that the program leaves to a person: side by side with --as NAME; without it they are listed.

    Every key press is saved, so quitting loses nothing. A judgement always wins over the program, on later runs too, and
    counts for the two reports: what it implies is not asked. Any two records can be judged by their ids, as FILE#N or as
    doi:10....
    """
    from references.duplicates.stored import compare_new
    from references.review import Review

    review = Review(folder)
    compare_new(review)  # after an upgrade, or where two copies were united
    given = {"same": same, "different": different, "companion": companion, "unsure": unsure, "withdrawn": withdraw}
    chosen = {verdict: pair for verdict, pair in given.items() if pair}
    if len(chosen) > 1:
        raise click.UsageError("one judgement at a time")
    if (chosen or plain) and not by:
        raise click.UsageError("say who you are with --as NAME")
    if chosen and plain:
        raise click.UsageError("--plain is for the sitting; a judgement by --same and the like needs none")
    if note and not chosen:
        raise click.UsageError("--note goes with one judgement, such as --same ID ID; in the sitting press o")
    if not by:
        _list_proposals(review)
    elif chosen:
        [(verdict, pair)] = chosen.items()
        _judge(review, review.person(by, "screen"), verdict, pair, note)
    else:
        _sit(review, review.person(by, "screen"), plain)


def _sit(review: Review, by: str, plain: bool) -> None:
    import os

    from references.error import ReviewError
    from references.judging import Judging
    from references.terminal import NoTerminal, run

    plain = plain or os.environ.get("TERM") == "dumb"
    try:
        run(Judging(review, by=by, plain=plain), plain=plain)
    except NoTerminal as error:
        raise ReviewError(
            f"{str(error).capitalize()}. Judge two records at a time: review duplicates --as {by} --same ID ID, or --different, "
            "--companion, --unsure (`review duplicates` lists the pairs); or add --plain to type lines."
        ) from None


def _judge(review: Review, by: str, verdict: str, pair: tuple[str, str], note: str) -> None:
    from references.duplicates.judgements import judge, withdraw
    from references.library import library
    from references.visible import counted, visible

    with review.writing() as connection:
        held = library(review, connection)
        left, right = held.find(pair[0]), held.find(pair[1])
        if verdict == "withdrawn":
            withdraw(review, connection, left.id, right.id, by=by, note=note)
        else:
            judge(review, connection, left.id, right.id, verdict, note, by)
        after = library(review, connection)
    together = after.report_of[left.id].id == after.report_of[right.id].id
    click.echo(
        f"Saved: {verdict}. The two records are {'one report' if together else 'two reports'} now; "
        f"{counted(len(after.reports), 'report')} in all."
    )
    for said in _in_the_way(after, left.id, right.id, verdict, together):
        click.echo(visible(said))


def _in_the_way(held: Library, left: str, right: str, verdict: str, together: bool) -> list[str]:
    """What else people said, where a judgement did not do what it says, or another one counts after it was withdrawn."""
    if verdict == "withdrawn":
        standing = held.grouping.judged(left, right)
        return [f"An earlier judgement counts again: {standing.words}."] if standing else []
    if together == (verdict == "same"):
        return []
    why = [line for line in held.grouping.why(left, right) if line.startswith(("joined: ", "refused: "))]
    return [
        "This has no effect while another judgement says otherwise; one of the two is to be withdrawn:",
        *(f"  {line}" for line in why),
    ]


def _list_proposals(review: Review) -> None:
    from references.duplicates.counts import by_source, lines
    from references.library import library
    from references.record import citation
    from references.visible import counted, visible

    with review.reading() as connection:
        held = library(review, connection)
    for proposal in held.grouping.proposals:
        for id in (proposal.left, proposal.right):
            record = held.records[id]
            click.echo(visible(f"{id}  {citation(record)}  [{held.name(record.source)}]"))
        click.echo(visible("  " + "; ".join(proposal.reasons)) + "\n")
    for line in lines(by_source(held.reports, lambda record: held.name(record.source)), len(held.reports)):
        click.echo(visible(line))
    click.echo(
        f"{counted(len(held.records), 'record')} make {counted(len(held.reports), 'report')}; "
        f"pairs that wait for a person: {len(held.grouping.proposals)}."
    )
    if held.grouping.proposals:
        click.echo("Judge them side by side: review duplicates --as NAME")
        click.echo("Or one pair: review duplicates --as NAME --same ID ID, or --different, --companion, --unsure.")
