"""What is looked at in a workbook before anything of it is unpacked: its kind, its sizes, and XML that would do harm."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from xml.parsers import expat

from references.formats.text import Malformed, TooLarge

LARGEST = 500_000_000  # bytes of all parts unpacked
LARGEST_PART = 10_000_000  # bytes; a part that unpacks to more must not be packed
HIGHEST_RATIO = 100  # times smaller than it is; real sheets are packed 5 to 20 to one
MOST_PARTS = 10_000

OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
DAMAGED = "the workbook is damaged"

# What openpyxl and the libraries below it raise on parts that are not what they should be.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    SyntaxError,  # both XML parsers' errors are of this kind
    RuntimeError,  # RecursionError, and zipfile's for a part with a password
    AssertionError,
)


def check(data: bytes) -> None:
    """Malformed for what is no .xlsx, is encrypted or damaged, or defines entities; TooLarge for one that unpacks to absurd sizes."""
    if data.startswith(OLD):
        if _ENCRYPTED in data:
            raise Malformed("the workbook is encrypted. Open it with its password, and save it without one")
        raise Malformed("an old Excel workbook (.xls). Expected .xlsx or text: open it, and save it as .xlsx or .csv")
    if len(data) > LARGEST:
        raise TooLarge(f"more than {LARGEST:,} bytes, which no workbook of records has; export the records in parts")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_sizes(parts)
            _check_kind({part.filename for part in parts}, archive)
            for part in parts:
                _check_part(archive, part)
    except (*BROKEN, NotImplementedError) as error:
        if isinstance(error, (Malformed, TooLarge)):
            raise
        raise Malformed(f"{DAMAGED} ({said(error)}). Expected a whole .xlsx: download or save it again") from error


def _check_sizes(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST:
        what = f"{len(parts):,} parts that unpack to {sum(part.file_size for part in parts):,} bytes"
        raise TooLarge(f"{what}, and a workbook of records is read up to {MOST_PARTS:,} parts and {LARGEST:,} bytes")
    for part in parts:
        if part.file_size > LARGEST_PART and part.file_size > HIGHEST_RATIO * max(part.compress_size, 1):
            what = f"{part.filename!r} unpacks from {part.compress_size:,} to {part.file_size:,} bytes"
            raise TooLarge(f"{what}, as no real sheet does; save the workbook again, or as .csv")


def _check_kind(names: set[str], archive: zipfile.ZipFile) -> None:
    if any(name.endswith("workbook.bin") for name in names):
        raise Malformed("a binary workbook (.xlsb). Expected .xlsx: open it, and save it as .xlsx or .csv")
    if "mimetype" in names and b"opendocument" in archive.read("mimetype")[:100]:
        raise Malformed("an OpenDocument file. Expected .xlsx: open it, and save it as .xlsx or .csv")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        kind = "a Word document" if "word/document.xml" in names else f"a ZIP archive of {len(names)} files"
        raise Malformed(f"{kind}, and no workbook. Expected .xlsx; unpack an archive, and import the files in it one by one")


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """No part may define entities: they serve to blow it up, or to fetch other files. expat reads it up to its first element."""
    parser = expat.ParserCreate()
    reached = False

    def refuse(*_: object) -> None:
        raise Malformed(f"{part.filename!r} has a document type definition, which no workbook needs, so it was not read; save it again")

    def stop(*_: object) -> None:
        nonlocal reached
        reached = True

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = stop
    with archive.open(part) as file:
        while not reached and (chunk := file.read(1 << 16)):
            try:
                parser.Parse(chunk)
            except expat.ExpatError:
                return  # a picture, or XML that openpyxl will refuse


def has_formulas(data: bytes) -> bool:
    """Whether a cell of any sheet holds a formula."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [part for part in archive.infolist() if part.filename.startswith("xl/worksheets/")]
        return any(_holds_formula(archive, part) for part in sheets)


def _holds_formula(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    end = b""
    with archive.open(part) as file:
        while chunk := file.read(1 << 20):
            if re.search(rb"<(?:\w+:)?f[\s/>]", end + chunk):
                return True
            end = chunk[-64:]
    return False


def said(error: BaseException) -> str:
    """An error of a library in a few words."""
    return f"{type(error).__name__}: {error}"[:200]
