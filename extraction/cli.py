"""The commands of extraction: link, extract, agree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from references.review import Review


@click.command()
@click.argument("study", required=False)
@click.argument("records", nargs=-1)
@click.option("--as", "by", metavar="NAME", help="You, as the protocol names you.")
@click.option("--companion", is_flag=True, help="The reports tell of the study but are not included reports of it.")
@click.option("--main", is_flag=True, help="The first record named is the study's main report.")
@click.option("--remove", is_flag=True, help="Take the links of these records back.")
@click.option(
    "--from", "source", type=click.Path(path_type=Path), metavar="CSV", help="A file with the columns study, record, relation, note."
)
@click.pass_obj
def link(
    folder: Path,
    study: str | None,
    records: tuple[str, ...],
    by: str | None,
    companion: bool,
    main: bool,
    remove: bool,
    source: Path | None,
) -> None:
    """Say which reports belong to one study; without arguments, list the included studies."""
    from references.review import Review

    review = Review(folder)
    if source:
        from extraction.studies import apply_links

        new, stood = apply_links(review, source, by=_named(review, by))
        click.echo(f"{new} links added from {source.name}, {stood} stood already.")
    elif study and records:
        _link(review, study, records, _named(review, by), "companion" if companion else "report", main, remove)
    elif study:
        raise click.UsageError("name the records of the study's reports too")
    else:
        _list_studies(review)


@click.command()
@click.option("--as", "by", required=True, metavar="NAME", help="You, as the protocol names you.")
@click.option("--study", metavar="ID", help="Which study; without it, the one you began, else the next.")
@click.option("--from", "source", type=click.Path(path_type=Path), metavar="CSV", help="Take answers from a file; no terminal needed.")
@click.pass_obj
def extract(folder: Path, by: str, study: str | None, source: Path | None) -> None:
    """Fill in the protocol's form for a study, question by question. Every answer is saved at once.

    A file for --from has the columns study, field, value, finding, quote, place, note, with one row for each
    finding of a quote list. It is applied whole, or not at all.
    """
    from references.review import Review

    review = Review(folder)
    review.person(by, "extract")
    if source:
        _apply(review, source, by, "extractor")
        return
    from rich.console import Console

    from extraction.sitting import Sitting, converse

    converse(Sitting(review, by=by, study=study), Console(highlight=False))


@click.command()
@click.option("--as", "by", metavar="NAME", help="You, as the protocol names you.")
@click.option(
    "--from", "source", type=click.Path(path_type=Path), metavar="CSV", help="The agreed answers, in the form that extract --from takes."
)
@click.pass_obj
def agree(folder: Path, by: str | None, source: Path | None) -> None:
    """Settle what extractors answered differently; without arguments, list it. Their answers stay in the history."""
    from references.review import Review

    review = Review(folder)
    if source:
        if not by:
            raise click.UsageError("say who you are with --as NAME")
        review.person(by, "settle")
        _apply(review, source, by, "agreed")
    else:
        _list_differing(review)


def _named(review: Review, by: str | None) -> str:
    if not by:
        raise click.UsageError("say who you are with --as NAME")
    return review.person(by, "extract")


def _apply(review: Review, source: Path, by: str, role: str) -> None:
    from extraction.sheets import apply_answers

    applied = apply_answers(review, source, by=by, role=role)
    click.echo(f"{applied.new} answers of {by} on {len(applied.studies)} studies added from {source.name}, {applied.stood} stood already.")
    for query in applied.queries:
        click.echo(f"  check: {query}")


def _link(review: Review, study: str, handles: tuple[str, ...], by: str, relation: str, main: bool, remove: bool) -> None:
    from extraction.studies import Link, add_link, add_links, included_studies, standing_links, wrong_link
    from references.error import ReviewError
    from references.visible import counted
    from screening.progress import screening

    with review.writing() as connection:
        progress = screening(review, connection)
        known = standing_links(connection)
        names = included_studies(connection, progress).by_id
        new: list[Link] = []
        for place, handle in enumerate(handles):
            report = progress.library.report_of[progress.library.find(handle).id]
            records = {record.id for record in report.records}
            if remove:
                gone = [old for old in known if old.study == study and old.record in records]
                if not gone:
                    raise ReviewError(f"{handle} is not linked to {study}. Nothing was changed.")
                for old in gone:
                    add_link(review, connection, Link(study=study, record=old.record, relation="withdrawn", by=by, undoes=old.id))
                continue
            said = "main" if main and place == 0 and relation == "report" else relation
            if wrong := wrong_link(progress, [*known, *new], names, study, report, said):
                raise ReviewError(f"{handle}: {wrong}. Nothing was changed.")
            new.append(Link(study=study, record=report.id, relation=said, by=by))
        add_links(review, connection, new, names)
    click.echo(f"{study}: {counted(len(handles), 'report')} {'taken out' if remove else 'linked'}.")


def _list_studies(review: Review) -> None:
    from extraction.companions import proposed_companions
    from extraction.studies import included_studies
    from references.record import citation
    from references.visible import visible
    from screening.progress import screening

    with review.reading() as connection:
        progress = screening(review, connection)
        known = included_studies(connection, progress)
    for study in known.all:
        click.echo(f"{study.id}{'' if study.linked else '  (nobody linked it yet: counted as a study of its own)'}")
        for report in study.reports:
            click.echo(f"  {report.id}  {visible(citation(report.shown))}")
        for report in study.companions:
            click.echo(f"  {report.id}  companion: {visible(citation(report.shown))}")
    for problem in known.problems:
        click.echo(f"Problem: {problem}")
    for one in proposed_companions(progress, known):
        click.echo(visible(f"Perhaps of {one.study} too: {one.report.id}  {citation(one.report.shown)}"))
        click.echo(visible(f"  {'; '.join(one.reasons)}"))
        how = "" if one.included else "--companion "
        click.echo(
            f"  review link {how}--as NAME {one.study} {one.report.id}; or review duplicates --as NAME --different {' '.join(one.pair)}"
        )
    click.echo(f"{len(known.all)} included studies, {sum(len(study.reports) for study in known.all)} included reports.")


def _list_differing(review: Review) -> None:
    from extraction.sheets import open_work
    from references.visible import visible

    with review.reading() as connection:
        work = open_work(review, connection)
    differing = [(extraction, key) for extraction in work for key in extraction.differing]
    for extraction, key in differing:
        said = "; ".join(f"{by}: {value}" for by, value in extraction.cells[key].values)
        click.echo(f"{extraction.study}  {key}  {visible(said)}")
    click.echo(f"{len(differing)} answers differ. Settle them with: review agree --as NAME --from agreed.csv")
