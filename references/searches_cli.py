"""The commands about searches: their log, their stored answers read again, and whether services answer as they did."""

from __future__ import annotations

import sys
from pathlib import Path

import click

GONE_SHOWN = 20  # records, with their citations


def _said(text: str) -> str:
    from references.visible import folded, visible

    return folded(visible(text))


@click.command()
@click.pass_obj
def searches(folder: Path) -> None:
    """The log of all searches and imports, as PRISMA-S asks for it: what was asked where, when, by whom, and what came."""
    from references.known_reports import known_reports, recall
    from references.library import PLATFORMS, library
    from references.record import citation
    from references.review import Review
    from references.searchlog import log, looked_up
    from references.visible import counted

    review = Review(folder)
    entries = log(review)
    with review.reading() as connection:
        held = library(review, connection)
    listed = [entry for entry in entries if not entry.check]
    for entry in listed:
        name = PLATFORMS.get(entry.source, entry.source.removeprefix("file:"))
        head = f"{entry.started[:16].replace('T', ' ')}  {name}{f' {entry.line}' if entry.line else ''}: {entry.state}"
        of = "" if entry.total is None else f" of {entry.total:,}"
        numbers = [f"{entry.retrieved:,}{of} records", f"{entry.new:,} new"]
        numbers += [f"{entry.changed:,} changed"] if entry.changed else []
        numbers += [f"{entry.vanished:,} gone since the full run before"] if entry.vanished else []
        click.echo(_said(f"{head}, {', '.join(numbers)}, by {entry.by}"))
        if entry.line:
            window = f"{entry.window_from or '...'} to {entry.window_to or '...'} ({entry.parameters.get('kind', 'full')})"
            ended = f", ended {entry.ended[:16].replace('T', ' ')}" if entry.ended else ""
            click.echo(click.style(_said(f"    {window} at {entry.address}, {counted(entry.pages, 'answer')}{ended}"), dim=True))
        if entry.query:
            click.echo(click.style(_said(f"    {entry.query}"), dim=True))
        if note := entry.parameters.get("note"):
            click.echo(_said(f"    {note}"))
        if entry.message:
            click.echo(_said(f"    {entry.message}"))
        for id in entry.gone[:GONE_SHOWN]:
            click.echo(_said(f"    gone there, kept here: {id} {citation(held.records[id])}"))
        if more := entry.gone[GONE_SHOWN:]:
            click.echo(f"    and {len(more):,} more: {' '.join(more)}")
    for what, asked in looked_up(entries).items():
        states = ", ".join(dict.fromkeys(entry.state for entry in asked))
        click.echo(_said(f"{what}: {counted(len(asked), 'look-up')}, {sum(entry.retrieved for entry in asked):,} found, {states}"))
        for message in dict.fromkeys(entry.message for entry in asked if entry.state != "complete"):
            click.echo(_said(f"    {message}"))
    for line in recall(held, known_reports(review)):
        click.echo(_said(line[0].upper() + line[1:]))
    click.echo(f"{len(listed):,} searches and imports.")


@click.command()
@click.pass_obj
def reparse(folder: Path) -> None:
    """Read every stored answer of the sources again, after an upgrade that reads them better. Nothing is asked.

    Decisions, judgements and answers stay as they are: a record keeps its id.
    """
    from references.duplicates.stored import compare_new
    from references.reparse import reparse as do_reparse
    from references.reparse import stored
    from references.review import Review
    from references.visible import counted

    review = Review(folder)
    with review.reading() as connection:
        number = stored(connection)
    with click.progressbar(length=number, label="stored answers", file=sys.stderr) as bar:
        done = do_reparse(review, lambda: bar.update(1))
    compare_new(review)
    click.echo(
        f"{counted(done.answers, 'answer')} read again, {counted(done.records, 'record')} in them: "
        f"{done.new:,} new, {done.changed:,} read otherwise than before."
    )
    for problem in done.problems:
        click.echo(_said(f"  not readable: {problem}"))
    if done.lost:
        click.echo(_said(f"  {len(done.lost):,} records are in no answer any more, and stay as they were: {', '.join(done.lost[:10])}"))


@click.command()
def probe() -> None:
    """Ask each live service for one page, and compare its fields and headers with those recorded when its reader was written.

    Needs no review. New fields are usually harmless; missing ones mean that a newer version of this program is needed.
    """
    import os

    from references.probe import probe as do_probe
    from references.searches import address_variable
    from references.sources import LIVE
    from references.visible import counted

    worse = 0
    for name, source in ((name, source) for name, source in LIVE.items() if name == source.SERVICE):
        base = (os.environ.get(address_variable(name)) or source.BASE).rstrip("/")
        found = do_probe(name, base, any(secret.key and os.environ.get(secret.variable) for secret in source.SECRETS))
        worse += bool(found.problem or found.missing)
        said = found.problem or f"{found.total or 0:,} found, {counted(found.records, 'record')} read" + (
            ", as recorded" if found.as_recorded else ""
        )
        click.echo(_said(f"{source.PLATFORM}: {said}"))
        for what, names in (("missing", found.missing), ("new", found.new), ("headers missing", found.headers), ("", found.remarks)):
            for one in names:
                click.echo(_said(f"  {what}{': ' if what else ''}{one}"))
    if worse:
        raise click.ClickException(f"{counted(worse, 'service')} did not answer as recorded.")
