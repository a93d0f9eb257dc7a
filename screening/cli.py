"""The commands of screening: screen, reconcile, retrieve."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from references.review import Review

STAGES = click.Choice(["abstract", "fulltext"])


@click.command()
@click.option("--as", "by", required=True, metavar="NAME", help="You, as the protocol names you.")
@click.option("--stage", type=STAGES, default="abstract", show_default=True, help="Title and abstract, or full text.")
@click.option("--from", "source", type=click.Path(path_type=Path), metavar="CSV", help="Take decisions from a file; no terminal needed.")
@click.option(
    "--to", "target", type=click.Path(path_type=Path), metavar="CSV", help="Write your queue to a file, to fill in and give to --from."
)
@click.option("--plain", is_flag=True, help="Lines instead of a redrawn screen: for screen readers and scripts.")
@click.pass_obj
def screen(folder: Path, by: str, stage: str, source: Path | None, target: Path | None, plain: bool) -> None:
    """Read reports and decide, one key each. Every key press is saved, so quitting loses nothing.

    You see your own decisions only. A file for --from has the columns record (an id, FILE#N or doi:10....),
    verdict (include, exclude, unsure), reason, note; or a column for each criterion with yes, no, unclear.
    An empty note or answer takes nothing back that you saved before. It is applied whole, or not at all.
    --to never writes over a file that exists.
    """
    from references.review import Review

    review = Review(folder)
    review.person(by, "screen")
    if source:
        _apply(review, source, stage, by, "reader")
    elif target:
        _write_queue(review, target, stage, by)
    else:
        _sit(review, stage, by, "reader", plain)


@click.command()
@click.option("--as", "by", required=True, metavar="NAME", help="You, as the protocol names you.")
@click.option("--stage", type=STAGES, default="abstract", show_default=True)
@click.option("--from", "source", type=click.Path(path_type=Path), metavar="CSV", help="Take the settlements from a file.")
@click.option("--plain", is_flag=True, help="Lines instead of a redrawn screen.")
@click.pass_obj
def reconcile(folder: Path, by: str, stage: str, source: Path | None, plain: bool) -> None:
    """Settle conflicts: see what the readers decided, and decide. Their decisions stay in the history."""
    from references.review import Review

    review = Review(folder)
    review.person(by, "settle")
    if source:
        _apply(review, source, stage, by, "settler")
    else:
        _sit(review, stage, by, "settler", plain)


@click.command()
@click.argument("records", nargs=-1)
@click.option("--as", "by", metavar="NAME", help="You, as the protocol names you.")
@click.option("--found/--not-found", default=None, help="What became of the named records.")
@click.option("--note", default="", help="Where it is, or where you looked.")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="CSV",
    help="A file with the columns record, state (retrieved or not_retrieved), note.",
)
@click.option("--links", is_flag=True, help="Ask OpenAlex for free copies of what is still sought, by DOI.")
@click.pass_obj
def retrieve(
    folder: Path, records: tuple[str, ...], by: str | None, found: bool | None, note: str, source: Path | None, links: bool
) -> None:
    """Say which full texts were found, and which were not; without arguments, list what is still sought, with links."""
    from references.review import Review, whoami

    review = Review(folder)
    if source:
        from screening.exchange import apply_retrievals

        new, stood = apply_retrievals(review, source, by=_named(review, by))
        click.echo(f"{new} retrievals added from {source.name}, {stood} stood already.")
    elif records and found is not None:
        _retrieve(review, records, _named(review, by), "retrieved" if found else "not_retrieved", note)
    elif records:
        raise click.UsageError("say --found or --not-found")
    else:
        if links:
            _look_up(review, by or whoami())
        _list_sought(review)


def _named(review: Review, by: str | None) -> str:
    if not by:
        raise click.UsageError("say who you are with --as NAME")
    return review.person(by, "screen")


def _apply(review: Review, source: Path, stage: str, by: str, role: str) -> None:
    from screening.exchange import apply_decisions

    new, stood = apply_decisions(review, source, stage=stage, by=by, role=role)
    from references.visible import counted

    click.echo(f"{counted(new, 'decision')} of {by} added from {source.name}, {stood} stood already.")
    click.echo("Where the review stands: review status")


def _write_queue(review: Review, target: Path, stage: str, by: str) -> None:
    from screening.exchange import write_queue

    waiting = write_queue(review, target, stage=stage, by=by)
    click.echo(f"{waiting} reports that wait for {by} written to {target}. Fill in verdict and reason, or the criteria, then:")
    click.echo(f"  review screen --as {by} --stage {stage} --from {target}")


def _sit(review: Review, stage: str, by: str, role: str, plain: bool) -> None:
    from references.duplicates.stored import compare_new
    from references.error import ReviewError
    from references.terminal import NoTerminal, run
    from screening.sitting import Sitting

    compare_new(review)  # after an upgrade, or where two copies were united
    try:
        run(Sitting(review, stage=stage, by=by, role=role), plain=plain)
    except NoTerminal as error:
        command = "screen" if role == "reader" else "reconcile"
        raise ReviewError(
            f"{str(error).capitalize()}. Give decisions by file: review {command} --as {by} --stage {stage} --from decisions.csv; "
            "or add --plain to type lines."
        ) from None


def _retrieve(review: Review, handles: tuple[str, ...], by: str, state: str, note: str) -> None:
    from references.error import ReviewError
    from screening import retrieval
    from screening.exchange import not_missing
    from screening.progress import screening
    from screening.retrieval import Retrieval

    with review.writing() as connection:
        progress = screening(review, connection)
        sought = {report.id for report in progress.sought()}
        facts = []
        for handle in handles:
            report = progress.library.report_of[progress.library.find(handle).id]
            if report.id not in sought:
                raise ReviewError(f"{handle} is not sought: it did not pass title and abstract. Nothing was saved.")
            if wrong := not_missing(progress, report, state):
                raise ReviewError(f"{handle}: {wrong}. Nothing was saved.")
            facts.append(Retrieval(record=report.id, state=state, note=note, by=by))
        retrieval.add(review, connection, facts)
    click.echo(f"{len(facts)} saved as {state.replace('_', ' ')}.")


def _look_up(review: Review, by: str) -> None:
    from references.links import look_up
    from references.visible import visible
    from screening.progress import screening

    with review.reading() as connection:
        progress = screening(review, connection)
    waiting = [report for report in progress.sought() if progress.retrieval(report) == "waiting"]
    for result in look_up(review, waiting, by=by):
        if result.state != "complete":
            click.echo(visible(f"{result.line}: {result.state}: {result.message}"), err=True)


def _list_sought(review: Review) -> None:
    from references.links import free_copies
    from references.record import citation
    from references.visible import visible
    from screening.progress import screening

    with review.reading() as connection:
        progress = screening(review, connection)
        free = free_copies(connection)
    waiting = [report for report in progress.sought() if progress.retrieval(report) == "waiting"]
    for report in waiting:
        click.echo(f"{report.id}  {visible(citation(report.shown))}")
        copy = next((free[record.doi] for record in report.records if record.doi in free), None)
        if copy or report.shown.url:
            click.echo(visible(f"    {'free copy: ' if copy else ''}{copy or report.shown.url}"))
    click.echo(f"{len(progress.sought())} reports sought, {len(waiting)} of them neither found nor given up.")
    if waiting:
        click.echo("Say for each: review retrieve ID --as NAME --found, or --not-found.")
