"""Files of records: each is a search of its own, stored whole with its records, or not at all."""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from references import tables
from references.formats.decode import NotText, decode, lines_of
from references.formats.diagnostics import Diagnostic
from references.formats.ris import RisFile, read_ris
from references.payloads import Payload, one_at_a_time, store_payload
from references.review import Review, ReviewError, program

FOLDER = "imports"
RIS = "application/x-research-info-systems"
LARGEST = 2_000_000_000  # bytes; whole files are read into memory
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

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not understood, or was mended, in words."""
        return tuple(f"{f'line {note.line}: ' if note.line else ''}{note.what}; {note.done}" for note in self.diagnostics)


class Unreadable(Exception):
    """A file that cannot be imported, and why."""


def waiting_files(review: Review, folder: str = FOLDER) -> tuple[str, ...]:
    """The names of all that lies in the folder, in order, but for files that machines leave there; none if it is missing."""
    place = _inside(review, folder)
    return tuple(sorted(entry.name for entry in place.iterdir() if entry.name not in BOOKKEEPING)) if place.is_dir() else ()


def import_folder(review: Review, folder: str = FOLDER, *, by: str) -> Iterator[ImportResult]:
    """Import every file in a folder of the review, in the order of their names; what is not read is said."""
    for name in waiting_files(review, folder):
        yield import_file(review, review.folder / folder / name, by=by)


def import_file(review: Review, path: Path, *, by: str) -> ImportResult:
    """Import one file of records, in one transaction.

    A file whose text is known, under any name and in any encoding, adds nothing and is said to be known. A file
    that cannot be read (another format, too large, a link out of the review) is failed: it adds nothing either.
    """
    name = path.name if path.name.isprintable() else ascii(path.name)
    try:
        if skipped := _to_skip(path):
            return ImportResult(name=name, state="skipped", message=skipped)
        data = _read(review, path)
        text = decode(data).text
        file = _parse(data, text, path.name)
    except (Unreadable, NotText) as problem:
        return ImportResult(name=name, state="failed", message=str(problem))
    # One kind of line end, so that a file saved again in another way is known for the same.
    digest = sha256("\n".join(lines_of(text)).encode("utf-8", "backslashreplace")).hexdigest()
    with review.writing() as connection:
        one_at_a_time(connection, f"import {digest}")
        if before := _imported(connection, digest):
            message = f"imported before, as {before.source.removeprefix('file:')} on {before.at[:10]}; nothing was added"
            return ImportResult(name=name, state="known", message=message, records=len(file.records), seen_again=len(file.records))
        return _add(review, connection, path, data, digest, file, by)


def _add(review: Review, connection: sa.Connection, path: Path, data: bytes, digest: str, file: RisFile, by: str) -> ImportResult:
    """Store a file as a search with one page and its end."""
    row = {
        "source": f"file:{path.name}",
        "line": None,
        "address": _address(review, path),
        "query": None,
        "parameters": {"format": "RIS", "encoding": file.encoding, "bytes": len(data)},
        "program": program(),
    }
    search = review.add(connection, tables.searches, [row], by=by)[0]["id"]
    payload = Payload(search=search, page=1, media=RIS, body=data, digest=digest)
    stored = store_payload(review, connection, payload, file.records, by=by, spans=file.spans, diagnostics=file.diagnostics)
    found = len(file.records)  # each with a key of its own: read_ris numbers those that are alike
    message = f"every record of the file ({found:,})"
    review.add(
        connection,
        tables.search_ends,
        [{"search": search, "state": "complete", "total": found, "retrieved": found, "message": message}],
        by=by,
    )
    return ImportResult(
        name=path.name,
        state="new",
        message=message,
        records=found,
        new=stored.new,
        seen_again=stored.seen_again,
        diagnostics=tuple(file.diagnostics),
    )


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
        data = _read(review, path.resolve())
        _parse(data, decode(data).text, path.name)
    except (Unreadable, NotText):
        return path
    if target.exists() and target.read_bytes() != data:
        raise ReviewError(
            f"{FOLDER}/{path.name} exists and holds something else than {path}. Rename the new file, for example with its date."
        )
    target.parent.mkdir(exist_ok=True)
    half = target.with_name(f".{target.name}.part")
    shutil.copyfile(path, half)
    half.replace(target)  # whole or not at all
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


def _read(review: Review, path: Path) -> bytes:
    """The bytes of a file that may be read."""
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
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"it cannot be opened: {error.strerror}") from None
    if not data:
        raise Unreadable("it is empty; export it again")
    return data


# How other formats begin, the telling ones first; these are known by sight, so that the message can name them.
START = re.compile(r"^[ \t]*TY {0,3}-", re.MULTILINE | re.IGNORECASE)
OTHERS = (
    ("PubMed's own format (.nbib)", re.compile(r"^(PMID ?- ?\d|OWN - )", re.MULTILINE)),
    ("Web of Science's own format (.ciw)", re.compile(r"^(FN (Clarivate|Thomson|ISI)|PT [A-Z]$)", re.MULTILINE)),
    ("EndNote's own format (.enw)", re.compile(r"^%0 ", re.MULTILINE)),
    ("BibTeX", re.compile(r"^\s*@[A-Za-z]+\s*[{(]", re.MULTILINE)),
    ("XML or HTML", re.compile(r"\A\s*<")),
    ("JSON", re.compile(r"\A\s*[\[{]")),
    ("a table (CSV or with tabs)", re.compile(r"\A[^\n]*([,;\t][^\n]*){3}")),
)


def _parse(data: bytes, text: str, name: str) -> RisFile:
    """The records of a file, whose format is told by its content. Some tools leave out the line TY, so RIS need not have one."""
    head = "\n".join(islice(lines_of(text), 20_000))
    other = None if START.search(head) else next((format for format, sign in OTHERS if sign.search(head)), None)
    file = None if other else read_ris(data, f"file:{name}")
    if file is None or not file.records:
        raise Unreadable(f"it looks like {other or 'no format that is known here'}; this version reads RIS. Export it again as RIS")
    return file


def _imported(connection: sa.Connection, digest: str) -> sa.Row[tuple[str, str]] | None:
    searches, payloads = tables.searches, tables.payloads
    query = sa.select(searches.c.source, payloads.c.at).join_from(payloads, searches, payloads.c.search == searches.c.id)
    return connection.execute(query.where(payloads.c.digest == digest).order_by(payloads.c.at)).first()
