"""Bytes to text: the encoding found and said, nothing lost, and files that are no text refused."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from operator import methodcaller

from references.formats.diagnostics import Diagnostic, grouped


class NotText(ValueError):
    """The bytes are no text: a PDF, an archive, a picture, or the like."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file. Its lines still end as they did; the byte order mark is gone."""

    text: str
    encoding: str  # "utf-8", "utf-16-le", "cp1252", "utf-8 with cp1252 lines", ...
    diagnostics: tuple[Diagnostic, ...] = ()


_MAGIC = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive (which .xlsx, .docx and .zip files are)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office document"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"{\\rtf", "an RTF document"),
)
_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNDEFINED = re.compile(b"[\x81\x8d\x8f\x90\x9d]")  # Windows-1252 gives these five bytes no character
_CONTROLS = bytes(code for code in range(32) if code not in b"\0\t\n\v\f\r\x1a\x1b")  # NUL is told of apart
MOST_CONTROLS = 0.05  # of the bytes; more of them and the file is no text


def decode(data: bytes) -> Decoded:
    """The text of a file by its byte order mark, else as UTF-16 or UTF-8 where it is that, else as Windows-1252.

    NotText for a binary file, with what it is and what to do.
    """
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            raise NotText(f"found {kind}, expected a text file; export the records again as text (RIS, CSV, ...)")
    notes: list[Diagnostic] = []
    encoding, mark = _by_mark(data)
    if encoding is None:
        encoding = _by_nuls(data)
        if encoding:
            notes.append(Diagnostic(None, "note", f"{encoding.upper()} without a byte order mark", "recognised by its NUL bytes"))
    if encoding and encoding != "utf-8":
        text = _strict_or_told(data[len(mark) :], encoding, notes)
    else:
        _refuse_binary(data)
        text, encoding = _eight_bit(data[len(mark) :], notes)
    if mark:
        notes.insert(0, Diagnostic(1, "note", f"byte order mark of {encoding.upper()}", "left out"))
    return Decoded(_without_strays(text, notes), encoding, grouped(notes))


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text without their ends, split at CRLF, LF and CR and at nothing else.

    str.splitlines() would also split at U+2028, U+0085, VT and FF, which stand inside abstracts.
    """
    return map(methodcaller("rstrip", "\n"), io.StringIO(text, newline=None))


def _by_mark(data: bytes) -> tuple[str | None, bytes]:
    return next(((encoding, mark) for mark, encoding in _MARKS if data.startswith(mark)), (None, b""))


def _by_nuls(data: bytes) -> str | None:
    """UTF-16 without a mark: Latin letters have a NUL on every second byte, on the same side."""
    head = data[: 8192 - len(data) % 2]
    if len(data) % 2 or len(head) < 4:
        return None
    even, odd, pairs = head[::2].count(0), head[1::2].count(0), len(head) // 2
    if odd > pairs * 0.3 and even < pairs * 0.02:
        return "utf-16-le"
    if even > pairs * 0.3 and odd < pairs * 0.02:
        return "utf-16-be"
    return None


def _strict_or_told(data: bytes, encoding: str, notes: list[Diagnostic]) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        done = "each unreadable place became U+FFFD; the end of the file may be cut off"
        notes.append(Diagnostic(None, "error", f"not whole {encoding.upper()}: {error.reason} at byte {error.start}", done))
        return data.decode(encoding, "replace")


def _refuse_binary(data: bytes) -> None:
    odd = len(data) - len(data.translate(None, _CONTROLS))
    if odd > len(data) * MOST_CONTROLS or data.count(0) > len(data) * 0.3:
        raise NotText(f"found binary data ({odd + data.count(0)} control bytes in {len(data)}), expected a text file")


def _eight_bit(data: bytes, notes: list[Diagnostic]) -> tuple[str, str]:
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    # Files joined from two sources are in two encodings, so each line is asked by itself.
    parts, other, utf8 = [], 0, 0
    for number, line in enumerate(re.split(rb"(?<=\n)|(?<=\r)(?!\n)", data), 1):
        try:
            parts.append(line.decode("utf-8"))
            utf8 += not line.isascii()
        except UnicodeDecodeError:
            parts.append(_cp1252(line, number, notes))
            other += 1
    encoding = "utf-8 with cp1252 lines" if utf8 else "cp1252"
    what = f"not UTF-8: {other} lines are not, {utf8} are" if utf8 else "not UTF-8"
    notes.append(
        Diagnostic(None, "warning" if utf8 else "note", what, "the lines that are not UTF-8 were read as Windows-1252 (western European)")
    )
    return "".join(parts), encoding


def _cp1252(line: bytes, number: int, notes: list[Diagnostic]) -> str:
    if _UNDEFINED.search(line):
        found = ", ".join(sorted({f"0x{byte[0]:02X}" for byte in _UNDEFINED.findall(line)}))
        notes.append(Diagnostic(number, "warning", f"byte {found}, which Windows-1252 does not define", "became U+FFFD"))
    return line.decode("cp1252", "replace")


def _without_strays(text: str, notes: list[Diagnostic]) -> str:
    """NUL, byte order marks inside the text and the end mark of DOS say nothing; the rest of the line does."""
    for stray, name in (("\0", "NUL byte"), ("\ufeff", "byte order mark inside the file")):
        if stray in text:
            notes += [Diagnostic(number, "note", name, "left out") for number, line in enumerate(lines_of(text), 1) if stray in line]
            text = text.replace(stray, "")
    if text.endswith("\x1a"):
        notes.append(Diagnostic(None, "note", "Ctrl-Z (0x1A), the end of a DOS file", "left out"))
        text = text.rstrip("\x1a")
    return text
