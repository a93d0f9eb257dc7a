"""The one command, `review`. Each room brings its own commands; this module gathers them and turns errors into words."""

from __future__ import annotations

import gc
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from extraction.cli import agree, extract, link
from references.cli import convert, dedupe, import_files, show
from references.duplicates_cli import duplicates
from references.searches_cli import probe, reparse, searches
from screening.cli import reconcile, retrieve, screen

if TYPE_CHECKING:
    from flows.publish import Published
    from flows.refreshed import Refreshed

DIRECT = click.option("--direct", is_flag=True, help="Without Prefect: the same work, started at once, in no run history.")


class Ordered(click.Group):
    """A group that lists its commands in the order a review is done."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=Ordered, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--review", "folder", type=click.Path(path_type=Path), default=".", metavar="DIR", help="The review's folder; here, if not given."
)
@click.version_option(package_name="evidence-review", prog_name="evidence-review")
@click.pass_context
def review(ctx: click.Context, folder: Path) -> None:
    """A systematic evidence review, from the first search to the narrative synthesis table.

    Try it: review demo. Begin your own: review init DIR.
    """
    ctx.obj = folder


@review.command()
@click.argument("folder", type=click.Path(path_type=Path), default="review-demo", metavar="[DIR]")
@DIRECT
def demo(folder: Path, direct: bool) -> None:
    """The worked partnership-working example: a whole review in DIR, no network needed."""
    from flows.demo import copy_example, make_review
    from flows.demo import demo as walk
    from references.error import ReviewError
    from references.review import DATABASE_VARIABLE

    if os.environ.get(DATABASE_VARIABLE):
        raise ReviewError(
            f"{DATABASE_VARIABLE} is set: the demo's invented decisions would stay in that database for good. Unset it first."
        )
    make_review(folder)
    copy_example(folder)
    click.echo(f"A review of mandated partnership working in {folder}: the reviewers are invented, the records are real.\n")
    if flows := _prefect(direct):
        flows.demo(str(folder))
    else:
        from flows.publish import publish as publish_now
        from flows.refresh import plainly
        from flows.refresh import refresh as refresh_now

        walk(str(folder), refresh=refresh_now, publish=publish_now, step=plainly)
    click.echo(f"\nLook at {folder / 'out' / 'narrative_table.html'} and {folder / 'out' / 'prisma.svg'} in a browser.")
    click.echo(f"Go on in it yourself: cd {folder}, then `review status`.")


@review.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def init(folder: Path) -> None:
    """A new review in DIR, from the partnership-working protocol."""
    from flows.demo import make_review

    make_review(folder)
    click.echo(f"Made {folder / 'protocol.toml'} and {folder / 'imports'}/.")
    click.echo("Next: name your reviewers in [people] and edit the protocol; put export files into imports/; then")
    click.echo(f"  cd {folder}\n  review check\n  review refresh")


@review.command()
@click.pass_obj
def check(folder: Path) -> None:
    """Check every section of the protocol; all errors at once, with their lines."""
    from flows.check import check as check_protocol
    from references.review import Review

    found = check_protocol(Review(folder).protocol)
    for problem in found:
        click.echo(f"protocol.toml, {problem}")
    if found:
        raise click.ClickException(f"{len(found)} problem{'s' if len(found) > 1 else ''} in protocol.toml.")
    click.echo("protocol.toml is sound.")


@review.command()
@click.option("--as", "by", metavar="NAME", help="Who runs it; without it, the machine's user.")
@click.option("--offline", is_flag=True, help="Files only; the searches are left out.")
@click.option("--full", is_flag=True, help="Run the whole queries again, not only what is new since the last good run.")
@click.option("--accept-drift", multiple=True, metavar="LINE", help="Believe this line's number although it is unlike earlier ones.")
@click.option(
    "--runner",
    type=click.Choice(("threads", "dask")),
    default="threads",
    show_default=True,
    help="What compares records: this process, or Dask's, for a million and many machines (REVIEW_DASK_ADDRESS). The outcome is the same.",
)
@DIRECT
@click.pass_obj
def refresh(folder: Path, by: str | None, offline: bool, full: bool, accept_drift: tuple[str, ...], runner: str, direct: bool) -> None:
    """Read new files in imports/, run the searches, find duplicates, and say what changed."""
    from flows import faults
    from flows.notify import notify, notify_fault
    from flows.refresh import refresh as refresh_now
    from flows.refresh import side_by_side, unattended
    from flows.refreshed import following, lines
    from flows.watch import watching
    from references.review import Review
    from references.visible import folded

    review = Review(folder)
    who = by or unattended()
    if direct and runner != "threads":
        raise click.UsageError("--runner dask is for a Prefect flow; leave --direct out")
    how: dict[str, Any] = {"by": who, "offline": offline, "full": full, "accept_drift": accept_drift}
    flows = _prefect(direct)
    with watching() as told:
        if flows:
            done: Refreshed = flows.run_refresh(str(review.folder), runner=runner, told=told, **how)
        else:
            try:
                done = refresh_now(str(review.folder), together=partial(side_by_side, told=told), **how)
            except Exception as error:
                notify_fault(str(review.folder), faults.told(error))
                raise
            notify(str(review.folder), done)
    for line in lines(done):
        click.echo(folded(line))
    if done.not_done:
        what = f"Not done, as said above: {', '.join(done.not_done)}. All else was."
        raise click.ClickException(f"{what} What came is stored; review refresh goes on with it.")
    click.echo(f"Next: {following(done)}")


review.add_command(import_files)
review.add_command(duplicates)
review.add_command(screen)
review.add_command(reconcile)
review.add_command(retrieve)
review.add_command(link)
review.add_command(extract)
review.add_command(agree)


@review.command()
@DIRECT
@click.pass_obj
def publish(folder: Path, direct: bool) -> None:
    """Write the narrative synthesis table, the PRISMA 2020 flow and the other tables to out/."""
    from flows.publish import publish as publish_now
    from flows.refresh import unattended
    from references.review import Review

    review = Review(folder)
    flows = _prefect(direct)
    done: Published = (flows.publish if flows else publish_now)(str(review.folder), by=unattended())
    for line in done.lines():
        click.echo(line)


@review.command()
@click.pass_obj
def status(folder: Path) -> None:
    """Where the review stands, and what waits for whom."""
    from flows.status import status_lines
    from references.review import Review
    from references.visible import folded

    for line in status_lines(Review(folder)):
        click.echo(folded(line))


review.add_command(show)
review.add_command(searches)
review.add_command(reparse)
review.add_command(convert)
review.add_command(dedupe)
review.add_command(probe)


@review.command()
@click.argument("other", type=click.Path(path_type=Path), metavar="DIR")
@click.pass_obj
def unite(folder: Path, other: Path) -> None:
    """Add to this review what another copy of it in DIR holds: decisions made apart come together, nothing is lost."""
    from flows.unite import unite as unite_now
    from references.review import Review

    added = unite_now(Review(folder), Review(other, own_file=True))
    for table, number in added.items():
        click.echo(f"  {number} rows of {table}")
    click.echo(f"{sum(added.values())} rows added; all that was here stands as it did.")


@review.command()
@click.option("--cron", required=True, metavar="EXPR", help='When, for instance "0 6 1 * *": six in the morning of each first.')
@click.option("--timezone", default="UTC", show_default=True)
@click.pass_obj
def schedule(folder: Path, cron: str, timezone: str) -> None:
    """Serve the refresh by a schedule until stopped. Needs a Prefect server: prefect server start."""
    from flows.refresh import unattended
    from references.error import ReviewError
    from references.review import Review

    review = Review(folder)
    from flows import prefect_flows

    try:
        prefect_flows.require_lasting_server()
        prefect_flows.serve(str(review.folder), unattended(), cron, timezone)
    except prefect_flows.NoServer as error:
        raise ReviewError(str(error)) from None


def _prefect(direct: bool) -> Any:
    """The Prefect flows with a server that answers; None for --direct, or with a notice where no server will start."""
    if direct:
        return None
    if sys.stderr.isatty():
        click.echo("Starting Prefect, which takes some seconds (--direct goes without it).", err=True)
    from flows import prefect_flows

    try:
        prefect_flows.start_server()
        if not prefect_flows.lasting():  # the temporary one hears the terminal's Ctrl-C too, and is gone before it could be told
            signal.signal(signal.SIGINT, _ended)
    except prefect_flows.NoServer as error:
        click.echo(f"Prefect's server does not answer ({error}); going on without it, as with --direct.", err=True)
        return None
    return prefect_flows


def _ended(number: int, frame: object) -> None:
    """End at once, with what we started: the processes of the sources, and Prefect's temporary server. What is stored is whole."""
    from flows.apart import stop_all

    stop_all()
    if flows := sys.modules.get("flows.prefect_flows"):
        flows.stop_server()
    shown = "\x1b[?25h" if sys.stderr.isatty() else ""  # the cursor, which the bars of a refresh hide
    click.echo(f"{shown}\nStopped; what was saved is saved.", err=True, color=True)
    sys.stdout.flush()
    os._exit(128 + number)  # Prefect would else tell its server, which is gone, for minutes


def main() -> None:
    """Run the command; errors a person can put right come as words, not as a traceback. Exit status 0, 1 or 2."""
    from flows.faults import in_words
    from references.visible import folded, visible

    signal.signal(signal.SIGTERM, _ended)
    gc.set_threshold(200_000, 20, 20)  # a large review is millions of objects without cycles; looking for some took a fifth of the time
    try:
        review.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("\nStopped; what was saved is saved.", err=True)
        sys.exit(1)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        click.echo(folded(visible(error.format_message())), err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo("\nStopped; what was saved is saved.", err=True)
        sys.exit(1)
    except Exception as error:
        said = in_words(error)
        if said is None:
            raise
        click.echo(folded(visible(said)), err=True)
        sys.exit(1)
