"""The commands of this room: import, convert, dedupe, show, searches; `duplicates` has a file of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from references.library import Library
    from references.record import Record


@click.command(name="import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--as", "by", metavar="NAME", help="Who imports, as the protocol names people; without it, the machine's user.")
@click.option("--format", metavar="NAME", default="", help="Read the files as this format, whatever their content shows.")
@click.option("--vendor", metavar="NAME", default="", help="Read the files as this vendor's, whatever their content shows.")
@click.option("--accept-counts", is_flag=True, help="Take the records although starts, ends and titles in the file are not equally many.")
@click.pass_obj
def import_files(folder: Path, files: tuple[Path, ...], by: str | None, format: str, vendor: str, accept_counts: bool) -> None:
    """Read export files by hand: they are copied into imports/ and read from there.

    The format is told by the content, not by the name: RIS, MEDLINE (.nbib), Web of Science, refer (.enw), RefWorks,
    Ovid and Cochrane text, BibTeX, EndNote XML, PubMed XML, CSL-JSON, CSV and XLSX. A file that cannot be read, or
    whose records do not add up, adds nothing.
    """
    from references.duplicates.stored import compare_new
    from references.imports import import_by_hand
    from references.library import library
    from references.review import Review, whoami
    from references.visible import counted, visible

    review = Review(folder)
    by = review.known(by) if by else whoami()
    failed = 0
    for path in files:
        result = import_by_hand(review, path, by=by, accept_counts=accept_counts, format=format, vendor=vendor)
        failed += result.state in ("failed", "skipped")
        said = (
            f"{counted(result.records, 'record')}, {result.new:,} new, {result.seen_again:,} seen before"
            if result.state == "new"
            else result.message
        )
        click.echo(visible(f"{result.name}: {said}"))
        if result.why:
            click.echo(click.style(visible(f"  read as {result.why}"), dim=True))
        for note in result.notes:
            click.echo(visible(f"  {note}"))
    if compare_new(review):
        with review.reading() as connection:
            held = library(review, connection)
        asked = len(held.grouping.proposals)
        wait = f"; {counted(asked, 'pair')} for a person to judge (review duplicates)" if asked else ""
        click.echo(f"{counted(len(held.records), 'record')} make {counted(len(held.reports), 'report')} now{wait}.")
    if failed:
        raise click.ClickException(f"{counted(failed, 'file')} of {len(files)} added nothing.")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to write, or to replace.")
@click.option("--to", metavar="NAME", default="", help="Its format, where the ending of its name does not say it.")
@click.option("--diagnostics", type=click.Path(path_type=Path, dir_okay=False), help="Write what was found odd to this .csv or .json file.")
@click.option("--format", metavar="NAME", default="", help="Read the files as this format, whatever their content shows.")
@click.option("--vendor", metavar="NAME", default="", help="Read the files as this vendor's, whatever their content shows.")
@click.option("--accept-counts", is_flag=True, help="Take the records although the file shows more or fewer of them.")
@click.option("--tidy", is_flag=True, help="Write a file into its own format anew; without it, its bytes are kept.")
def convert(
    files: tuple[Path, ...], output: Path, to: str, diagnostics: Path | None, format: str, vendor: str, accept_counts: bool, tidy: bool
) -> None:
    """Any export file to RIS, BibTeX, MEDLINE (.nbib), CSL-JSON, CSV, TSV or XLSX. Needs no review.

    The format of the files is told by their content, that of the output by the ending of its name. Whatever the output
    has no place for is said.
    """
    from references.convert import convert as do_convert
    from references.convert import write_diagnostics
    from references.output import check_output
    from references.visible import counted, visible

    if diagnostics:
        check_output(diagnostics, (output, *files))
    converted = do_convert(files, output, to=to, format=format, vendor=vendor, accept_counts=accept_counts, tidy=tidy)
    for reading in converted.readings:
        click.echo(visible(f"{reading.source.removeprefix('file:')}: {counted(reading.records, 'record')}, read as {reading.why}"))
        for note in reading.diagnostics:
            click.echo(visible(f"  {note}"))
    for told in converted.told:
        click.echo(visible(told))
    if diagnostics:
        write_diagnostics(diagnostics, converted)
    click.echo(visible(f"{counted(converted.records, 'record')} written to {output} as {converted.writer}."))


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The clusters, as CSV.")
@click.option("--proposals", type=click.Path(path_type=Path, dir_okay=False), help="The pairs that are for a person to judge, as CSV.")
@click.option("--format", metavar="NAME", default="", help="Read the files as this format, whatever their content shows.")
@click.option("--vendor", metavar="NAME", default="", help="Read the files as this vendor's, whatever their content shows.")
@click.option("--accept-counts", is_flag=True, help="Take the records although a file shows more or fewer of them.")
def dedupe(files: tuple[Path, ...], output: Path, proposals: Path | None, format: str, vendor: str, accept_counts: bool) -> None:
    """Find which records of export files are one report, and why. Needs no review.

    The files may be of any format that can be imported, or CSV tables with the columns id, title, author, year,
    journal, volume, number, pages, doi and the like. The clusters have a row for each record: id (the table's own, or
    FILE#N), cluster, keep (1 for one record of each cluster) and why it is in it.
    """
    import gc

    from references.dedupe import dedupe as do_dedupe
    from references.dedupe import write_clusters, write_proposals
    from references.duplicates.counts import by_source, lines
    from references.output import check_output
    from references.visible import counted, visible

    check_output(output, files)
    if proposals:
        check_output(proposals, (output, *files))
    gc.disable()  # a fifth of the time would go into looking for cycles among objects that have none
    try:
        found = do_dedupe(files, accept_counts=accept_counts, format=format, vendor=vendor)
    finally:
        gc.enable()
    for name, count, told in found.files:
        click.echo(visible(f"{name}: {counted(count, 'record')}"))
        for note in told:
            click.echo(visible(f"  {note}"))
    write_clusters(output, found)
    if proposals:
        write_proposals(proposals, found)
    reports, asked = len(found.grouping.reports), len(found.grouping.proposals)
    total = len(found.names)
    sums = f"{counted(total, 'record')}, {counted(reports, 'report')}, {counted(total - reports, 'duplicate')}"
    click.echo(visible(f"{sums}: written to {output}."))
    counts = by_source(found.grouping.reports, lambda record: record.source.removeprefix("file:"))
    for line in lines(counts, reports) if len(counts) > 1 else ():
        click.echo(visible(f"  {line}"))
    if asked:
        where = f"written to {proposals}" if proposals else "give --proposals FILE to have them written"
        click.echo(visible(f"{counted(asked, 'pair')} for a person to judge: {where}."))
    if companions := len(found.grouping.companions):
        click.echo(f"{counted(companions, 'pair')} of companions, such as an abstract and its article: two reports that may be one study.")


@click.command()
@click.argument("handle", metavar="RECORD")
@click.pass_obj
def show(folder: Path, handle: str) -> None:
    """A record with the file, line and tag of each field, and the report it belongs to.

    RECORD is an id, FILE#N (the N-th entry of an imported file), or doi:10....

    A report of several records is shown everywhere with the longest title that is not all capitals, the fullest list of
    authors, the longest abstract, the journal's full name, the latest year, volume, issue and pages of the record that has
    most of them, and DOI, PMID, PMCID, ISSN, ISBN, type and language by vote. Year and place come from records without
    another DOI than the one shown, if those have them; a preprint or a conference abstract gives only what no other
    record has. The command says which record gave which.
    """
    from references.changes import all_changes
    from references.library import library, places
    from references.review import Review
    from references.searchlog import log_of
    from references.visible import visible

    review = Review(folder)
    with review.reading() as connection:
        held = library(review, connection)
        record = held.find(handle)
        seen = places(connection, record.id)
        changed = [one for one in all_changes(connection) if one.record == record.id]
        gone = [entry for entry in log_of(connection) if record.id in entry.gone]
    for line in _shown(held, record):
        click.echo(line)
    for place in seen:
        click.echo(visible(f"seen in {place}"))
    for entry in gone:
        click.echo(
            visible(f"gone at {held.name(entry.source)}: not in the full run of {entry.line} of {entry.started[:10]}, and kept here")
        )
    for change in changed:
        click.echo(visible(f"changed at {held.name(change.source)}, {change.at[:10]}: {', '.join(change.what)}"))


def _shown(held: Library, record: Record) -> list[str]:
    from dataclasses import fields

    from references.visible import visible

    source = visible(f"  {held.name(record.source)} ({record.source.removeprefix('file:')})")
    lines = [click.style(record.id, bold=True) + source]
    where: dict[str, list[str]] = {}
    for field, tag, line in record.origins:
        where.setdefault(field, []).append(f"{tag}{f', line {line}' if line else ''}")
    for name in (field.name for field in fields(record)):
        value = getattr(record, name)
        if name in ("id", "source", "key", "origins", "unread") or value in (None, "", (), False):
            continue
        text = (
            "; ".join(part if isinstance(part, str) else ": ".join(filter(None, part)) for part in value)
            if isinstance(value, tuple)
            else str(value)
        )
        lines.append(f"  {name:<10} {visible(text)}" + click.style(f"   [{'; '.join(where.get(name, []))}]", dim=True))
    for tag, text, line in record.unread:
        where_from = f"   [line {line}, not used]" if line else ""
        lines.append(f"  {'kept':<10} {visible(tag)}: {visible(text)}" + click.style(where_from, dim=True))
    report = held.report_of[record.id]
    lines += [click.style(visible(f"  {notice}"), fg="red", bold=True) for notice in held.notices(report)]
    others = [other for other in report.records if other.id != record.id]
    lines.append(f"report {report.id} of {len(report.records)} record{'s' if others else ''}")
    for other in others:
        why = "; ".join(held.grouping.why(record.id, other.id)) or "through another record"
        lines.append(visible(f"  {other.id}  {held.name(other.source)}: {why}"))
    given: dict[str, list[str]] = {}
    for name, id in report.came_from.items():
        given.setdefault(id, []).append(name)
    for id, names in given.items() if others else ():
        lines.append(visible(f"  shown from {id}, {held.name(held.records[id].source)}: {', '.join(names)}"))
    return lines
