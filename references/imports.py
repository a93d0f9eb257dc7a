"""Files of records: each is a search of its own, stored whole with its records, or not at all."""

from __future__ import annotations

import filecmp
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from references import tables
from references.batches import rows_of
from references.database import Json, insert_many
from references.error import ReviewError
from references.formats.diagnostics import Diagnostic
from references.formats.known import Unknown, open_file, reading_of
from references.formats.reading import Counts, Reading
from references.formats.text import Malformed, NotText, TooLarge
from references.output import whole
from references.payloads import Payload, add_diagnostics, add_payload, one_at_a_time
from references.plan import read_imports, rule_for
from references.review import Review, program, sound

FOLDER = "imports"
LARGEST = 2_000_000_000  # bytes
PAGE = 8_000_000  # bytes of a file in one payload: databases have limits for one value, and memory has
BOOKKEEPING = frozenset({".gitkeep", ".gitignore", ".DS_Store", "Thumbs.db", "desktop.ini"})  # no reviewer put these there


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """How reading one file went."""

    name: str
    state: str  # new, known (imported before, nothing added), failed (nothing added), skipped (hidden, or a folder)
    message: str
    records: int = 0  # in the file
    new: int = 0  # of these, the ones that nothing had given before
    seen_again: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()
    why: str = ""  # the format and the vendor, and what in the file shows them

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not understood, or was mended, in words."""
        return tuple(str(note) for note in self.diagnostics)


class Unreadable(Exception):
    """A file that cannot be imported, and why."""


REFUSALS = (Unreadable, NotText, TooLarge, Malformed, Unknown)


def waiting_files(review: Review, folder: str = FOLDER) -> tuple[str, ...]:
    """The names of all that lies in the folder, in order, but for files that machines leave there; none if it is missing."""
    place = _inside(review, folder)
    return tuple(sorted(entry.name for entry in place.iterdir() if entry.name not in BOOKKEEPING)) if place.is_dir() else ()


def import_folder(review: Review, folder: str = FOLDER, *, by: str) -> Iterator[ImportResult]:
    """Import every file in a folder of the review, in the order of their names; what is not read is said."""
    for name in waiting_files(review, folder):
        yield import_file(review, review.folder / folder / name, by=by)


def import_file(review: Review, path: Path, *, by: str, accept_counts: bool = False, format: str = "", vendor: str = "") -> ImportResult:
    """Import one file of records, in one transaction.

    A file whose text is known, under any name and in any encoding, adds nothing and is said to be known. A file
    that cannot be read (no format that is known, too large, a link out of the review), or whose records counted from
    three sides differ (unless `accept_counts`), is failed: it adds nothing either. `format` and `vendor` overrule
    what the content shows.
    """
    name = path.name if path.name.isprintable() else ascii(path.name)
    try:
        if skipped := _to_skip(path):
            return ImportResult(name=name, state="skipped", message=skipped)
        _may_read(review, path)
        reading = reading_of(open_file(path), f"file:{path.name}", format=format, vendor=vendor)
        with review.writing() as connection:
            return _store(review, connection, path, reading, by, accept_counts)
    except _Differ as differ:
        return ImportResult(name=name, state="failed", message=str(differ), diagnostics=differ.diagnostics)
    except REFUSALS as problem:
        return ImportResult(name=name, state="failed", message=str(problem))


class _Differ(Exception):
    """The records of a file, counted from three sides, differ; raised to undo what was stored of it."""

    def __init__(self, message: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(message)
        self.diagnostics = diagnostics


def _store(review: Review, connection: sa.Connection, path: Path, reading: Reading, by: str, accept_counts: bool) -> ImportResult:
    """Store a file as a search with its pages and its end."""
    one_at_a_time(connection, "import")
    if before := _imported(connection, reading.text.digest):
        message = f"imported before, as {before.source.removeprefix('file:')} on {before.at[:10]}; nothing was added"
        return ImportResult(name=path.name, state="known", message=message, records=before.retrieved, seen_again=before.retrieved)
    rule = rule_for(sound(review.section("imports"), read_imports) if "imports" in review.protocol.data else (), path.name)
    accepted = reading.accepted = "by hand" if accept_counts else rule.accept_counts if rule else ""
    row = {
        "source": reading.source,
        "line": None,
        "address": _address(review, path),
        "query": None,
        "parameters": {
            "format": reading.format.name,
            "why": reading.why,
            "encoding": reading.text.encoding,
            "bytes": reading.text.size,
            **({"accepted counts": accepted} if accepted else {}),
        },
        "program": program(),
    }
    search = str(review.add(connection, tables.searches, [row], by=by)[0]["id"])
    payload = _pages(review, connection, search, reading, by)
    new = _records(connection, payload, reading)
    counts, told = reading.counts, reading.diagnostics
    if not counts.records:
        raise _Differ(f"no record was found in it, though it looks like {reading.why}", told)
    if counts.differences and not accepted:
        raise _Differ(_difference(counts), told)
    add_diagnostics(connection, payload, told)
    found = counts.records  # each with a key of its own: those that are alike are numbered
    message = f"every record of the file ({found:,})"
    end = {"search": search, "state": "complete", "total": found, "retrieved": found, "message": message}
    review.add(connection, tables.search_ends, [end], by=by)
    return ImportResult(
        name=path.name, state="new", message=message, records=found, new=new, seen_again=found - new, diagnostics=told, why=reading.why
    )


def _difference(counts: Counts) -> str:
    return (
        f"the records do not add up: {'; '.join(counts.differences)}. Nothing was added. Look at the lines named below; "
        f"if the {counts.records:,} records are all there are, import it with --accept-counts, or say why in accept_counts of the "
        f"file's rule in [imports]"
    )


def _pages(review: Review, connection: sa.Connection, search: str, reading: Reading, by: str) -> str:
    """Store the bytes, a large file's in several payloads; its records hang on the first, whose id is returned."""
    first = ""
    with reading.text.binary() as file:
        for page, body in enumerate(iter(partial(file.read, PAGE), b""), 1):
            digest = reading.text.digest if page == 1 else None
            payload = Payload(search=search, page=page, media=reading.format.media, body=body, digest=digest)
            first = first or add_payload(review, connection, payload, by=by)
            if page > 1:
                add_payload(review, connection, payload, by=by)
    return first


def _records(connection: sa.Connection, payload: str, reading: Reading) -> int:
    """Store the records and their sightings; how many records were new."""
    new = before = 0
    for rows in rows_of(reading):
        stored, seen = [], []
        for position, row in enumerate(rows, before + 1):
            place = {"payload": payload, "position": position}
            stored.append({**place, "id": row.id, "source": reading.source, "key": row.key, "data": Json(row.data)})
            seen.append({**place, "record": row.id, "digest": row.digest, "first_line": row.first_line, "last_line": row.last_line})
        before += len(rows)
        new += insert_many(connection, tables.records, stored)
        insert_many(connection, tables.sightings, seen)
    return new


def import_by_hand(review: Review, path: Path, *, by: str, accept_counts: bool = False, format: str = "", vendor: str = "") -> ImportResult:
    """Copy a file into imports/ and import it from there; where nothing is added, the copy is taken away again.

    A file that lay there before stays.
    """
    try:
        there = (_inside(review, FOLDER) / path.name).exists()
        copy = copy_in(review, path)
    except ReviewError as error:
        return ImportResult(name=path.name, state="failed", message=str(error))
    made = not there and copy.resolve() != path.resolve()
    stored = False
    try:
        result = import_file(review, copy, by=by, accept_counts=accept_counts, format=format, vendor=vendor)
        stored = result.state == "new"
    finally:
        if made and not stored:
            copy.unlink()
    return result


def copy_in(review: Review, path: Path) -> Path:
    """Copy a file into imports/ and give the copy; a file that cannot be read stays where it is, for import_file to say why.

    ReviewError where there is no such file, or another one of that name was imported or waits.
    """
    if not path.is_file():
        raise ReviewError(f"No file {str(path)!r}: expected an export file, such as one ending in .ris.")
    target = _inside(review, FOLDER) / path.name
    if path.resolve() == target.resolve():
        return target
    try:
        _may_read(review, path.resolve())
        reading_of(open_file(path), "")
    except REFUSALS:
        return path
    if target.exists() or target.is_symlink():
        if target.exists() and filecmp.cmp(target, path, shallow=False):
            return target
        raise ReviewError(
            f"{FOLDER}/{path.name} exists and holds something else than {path}. Rename the new file, for example with its date."
        )
    target.parent.mkdir(exist_ok=True)
    with whole(target) as half:
        shutil.copyfile(path, half)
    return target


def _inside(review: Review, folder: str) -> Path:
    place = (review.folder / folder).resolve()
    if not place.is_relative_to(review.folder):
        raise ReviewError(f"{folder!r} leads out of the review, to {place}. Files are read from folders inside {review.folder} only.")
    return place


def _to_skip(path: Path) -> str | None:
    if path.name.startswith((".", "~$")):
        return "hidden, so not read; rename it if it holds records"
    if path.is_dir() and not path.is_symlink():
        return f"a folder, so not read; files are read from {path.parent.name}/ itself"
    return None


def _address(review: Review, path: Path) -> str:
    """The path inside the review; the bare name of a file from elsewhere, since paths tell about people's machines."""
    place = path.resolve()
    return place.relative_to(review.folder).as_posix() if place.is_relative_to(review.folder) else path.name


def _may_read(review: Review, path: Path) -> None:
    """Unreadable for a file that is not to be opened, or is empty."""
    if not path.name.isprintable() or len(path.name) > 250:
        raise Unreadable("its name has characters that cannot be shown, or more than 250; rename it")
    if path.is_symlink() and not path.resolve().is_relative_to(review.folder):
        raise Unreadable("it is a link that leads out of the review; copy the file itself into the folder")
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise Unreadable("it is no file of the ordinary sort, so it was not opened")
        if about.st_size > LARGEST:
            raise Unreadable(f"it has {about.st_size:,} bytes, and at most {LARGEST:,} are read; export it in parts")
        with path.open("rb"):
            pass
    except OSError as error:
        raise Unreadable(f"it cannot be opened: {error.strerror}") from None
    if not about.st_size:
        raise Unreadable("it is empty; export it again")


def _imported(connection: sa.Connection, digest: str) -> sa.Row[tuple[str, str, int]] | None:
    searches, payloads, ends = tables.searches, tables.payloads, tables.search_ends
    query = (
        sa.select(searches.c.source, payloads.c.at, ends.c.retrieved)
        .join_from(payloads, searches, payloads.c.search == searches.c.id)
        .join(ends, ends.c.search == searches.c.id)
    )
    return connection.execute(query.where(payloads.c.digest == digest).order_by(payloads.c.at)).first()
