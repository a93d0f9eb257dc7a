"""What the bytes of a file show before it is a text: other kinds of files, byte order marks, UTF-16 without one."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

MAGIC = (
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
MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
UNDEFINED = re.compile(b"[\x81\x8d\x8f\x90\x9d]")  # Windows-1252 gives these five bytes no character
CONTROLS = bytes(code for code in range(32) if code not in b"\0\t\n\v\f\r\x1a\x1b")  # NUL is told of apart
MOST_CONTROLS = 0.05  # of the bytes; more of them and the file is no text


def byte_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file in an encoding of eight bits, without their ends."""
    for line in file:
        parts = line.removesuffix(b"\n").removesuffix(b"\r").split(b"\r") if b"\r" in line else (line.removesuffix(b"\n"),)
        yield from parts


def by_nuls(data: bytes) -> str | None:
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
