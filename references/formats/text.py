"""A file as text: its encoding found and said, nothing lost, read as often as needed in little memory."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import AnyStr, BinaryIO

from references.formats.binary import CONTROLS, MAGIC, MARKS, MOST_CONTROLS, UNDEFINED, by_nuls, byte_lines
from references.formats.diagnostics import Diagnostic


class NotText(ValueError):
    """The bytes are no text: a PDF, an archive, a picture, or the like."""


class Malformed(ValueError):
    """A file that breaks its format's rules so that nobody can say what its records are; says where and what to do."""


class TooLarge(ValueError):
    """A text, a line or a record is larger than any real one, so it was not read."""


CHUNK = 1 << 16  # bytes read at once: what a processor holds close by
LONGEST_LINE = 16  # MiB; the longest real one that is known, a list of references, has a fifth of one
LARGEST_WHOLE = 400_000_000  # bytes of a text that has to be held in memory as one

_STRAYS = {
    "\0": ("NUL byte", "left out"),
    "\ufeff": ("byte order mark inside the file", "left out"),
}
# What some programs take for the end of a line, and is none.
_SEPARATORS = dict.fromkeys(
    "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029",
    ("a separator (U+2028, U+0085, VT, FF) inside a line", "read as a space, not as the end of a line"),
)
_ODD = _STRAYS | _SEPARATORS
_WIDE = tuple(one for one in _ODD if one >= "\x80")
# One pass over the bytes tells that none of these is there, as in nearly every file.
_SUSPECT = CONTROLS + "".join(one for one in _ODD if one < "\x80").encode()


def _ends(piece: AnyStr, cr: AnyStr, lf: AnyStr, split: bool) -> tuple[int, int, int]:
    """How many lines of a piece end in CRLF, CR and LF; `split` where its LF belongs to the CR of the piece before."""
    returns = piece.count(cr)
    crlf = piece.count(cr + lf) if returns else 0
    return crlf + split, returns - crlf - split, piece.count(lf) - crlf - split


class Text:
    """The text of a file, decoded by its byte order mark, else as UTF-16 or UTF-8 where it is that, else as Windows-1252.

    Making one reads the file once, in pieces; NotText for a binary file, with what it is and what to do.
    `diagnostics` says what was odd about its bytes.
    """

    def __init__(self, open: Callable[[], BinaryIO]) -> None:
        self._open = open
        self.size = 0  # bytes
        self.encoding = "utf-8"  # "utf-16-le", "cp1252", "utf-8 with cp1252 lines", ...
        self.longest_line = 0  # MiB without a line end, whole ones
        self._mark = b""
        self._returns = False  # whether any line ends in CR, alone or before LF
        self._strays: list[str] = []
        self._told: list[Diagnostic] = []
        self._scan()
        self.diagnostics = tuple(self._told)

    @classmethod
    def of(cls, data: bytes) -> Text:
        """The text of these bytes."""
        return cls(lambda: io.BytesIO(data))

    @classmethod
    def at(cls, path: Path) -> Text:
        """The text of a file, which stays on the disk."""
        return cls(lambda: path.open("rb"))

    def lines(self) -> Iterator[str]:
        """The lines without their ends, split at CRLF, LF and CR and at nothing else.

        str.splitlines() would also split at U+2028, U+0085, VT and FF, which stand inside abstracts.
        """
        return chain.from_iterable(piece.removesuffix("\n").split("\n") for piece in self.pieces())

    def pieces(self) -> Iterator[str]:
        """The text in pieces of whole lines, which end in LF as lines() says; the last line of all may lack it."""
        if self.longest_line >= LONGEST_LINE:
            raise TooLarge(f"a line of more than {self.longest_line} MiB; the longest line that is read has {LONGEST_LINE} MiB")
        if "cp1252" in self.encoding:
            pieces = self._mixed_pieces()
        else:
            pieces = self._plain() if self._returns or self.encoding != "utf-8" else self._plainest()
        return map(self._cleaned, pieces) if self._strays else pieces

    def head(self, characters: int = 200_000) -> str:
        """The first characters, for telling the format; line ends are LF."""
        if "cp1252" not in self.encoding:
            with self._stream() as stream:
                text = stream.read(characters)
        else:
            with self._open() as file:
                text = file.read(characters).removeprefix(self._mark).decode("cp1252", "replace")
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return self._cleaned(text)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the text with LF as line ends: the same for the file in another encoding."""
        if self.longest_line >= LONGEST_LINE:
            return sha256(self.whole().encode("utf-8", "backslashreplace")).hexdigest()
        found, held = sha256(), ""
        for piece in self.pieces():
            text = held + piece.removesuffix("\n")
            found.update(text.encode("utf-8", "backslashreplace"))
            held = "\n"  # all pieces but the last end in it
        return found.hexdigest()

    def whole(self) -> str:
        """The whole text, its lines ending in LF; TooLarge where it is no thing to hold in memory."""
        if self.size > LARGEST_WHOLE:
            raise TooLarge(f"{self.size:,} bytes, and a file of this format is read up to {LARGEST_WHOLE:,}; export it in parts")
        if "cp1252" in self.encoding:
            return self._cleaned("".join(self._mixed_pieces()))
        with self._stream() as stream:
            return self._cleaned(stream.read())

    def binary(self) -> BinaryIO:
        """The bytes, from their beginning."""
        return self._open()

    # -- reading -------------------------------------------------------------------------------------------------------

    def _stream(self) -> io.TextIOWrapper:
        file = self._open()
        file.seek(len(self._mark))
        return io.TextIOWrapper(file, self.encoding, errors="replace", newline=None)

    def _plain(self) -> Iterator[str]:
        rest = ""
        with self._stream() as stream:
            while piece := stream.read(CHUNK):
                text = rest + piece
                cut = text.rfind("\n") + 1
                rest = text[cut:]
                if cut:
                    yield text[:cut]
        if rest:
            yield rest

    def _plainest(self) -> Iterator[str]:
        """As _plain(), of UTF-8 with no CR in it, which needs no decoder that remembers."""
        rest = b""
        with self._open() as file:
            file.seek(len(self._mark))
            while piece := file.read(CHUNK):
                whole = rest + piece
                cut = whole.rfind(b"\n") + 1
                rest = whole[cut:]
                if cut:
                    yield whole[:cut].decode("utf-8", "replace")  # it was read before; but files change
        if rest:
            yield rest.decode("utf-8", "replace")

    def _mixed_pieces(self) -> Iterator[str]:
        lines = self._mixed()
        while some := list(islice(lines, 4096)):
            yield "".join(f"{line}\n" for line in some)

    def _cleaned(self, text: str) -> str:
        for stray in self._strays:
            text = text.replace(stray, "")
        return text

    def _mixed(self) -> Iterator[str]:
        """Lines of which each is in UTF-8 or Windows-1252: files joined from two sources are in two encodings."""
        with self._open() as file:
            file.seek(len(self._mark))
            for line in byte_lines(file):
                try:
                    yield line.decode("utf-8")
                except UnicodeDecodeError:
                    yield line.decode("cp1252", "replace")

    # -- the scan ------------------------------------------------------------------------------------------------------

    def _scan(self) -> None:
        with self._open() as file:
            head = file.read(CHUNK)
            for magic, kind in MAGIC:
                if head.startswith(magic):
                    raise NotText(f"found {kind}, expected a text file; export the records again as text (RIS, CSV, ...)")
            encoding, self._mark = next(((name, mark) for mark, name in MARKS if head.startswith(mark)), (None, b""))
            if self._mark:
                self._told.append(Diagnostic(1, "note", f"byte order mark of {(encoding or '').upper()}", "left out"))
            elif encoding := by_nuls(head):
                self._told.append(Diagnostic(None, "note", f"{encoding.upper()} without a byte order mark", "recognised by its NUL bytes"))
            self.encoding = encoding or "utf-8"
            self._measure(file, head)

    def _measure(self, file: BinaryIO, chunk: bytes) -> None:
        """One pass over the bytes: what of them is odd, and whether they are what the encoding says."""
        decoder = codecs.getincrementaldecoder(self.encoding)()
        utf8, wrong, run, last, tail, ends = self.encoding == "utf-8", None, 0, b"", "", [0, 0, 0]
        controls = nuls = 0
        chunk = chunk[len(self._mark) :]
        self.size = len(self._mark)
        while chunk or not last:
            run = 0 if b"\n" in chunk or b"\r" in chunk else run + len(chunk)
            self.longest_line = max(self.longest_line, run >> 20)
            suspect = len(chunk) - len(chunk.translate(None, _SUSPECT))
            if utf8 and suspect:
                controls += len(chunk) - len(chunk.translate(None, CONTROLS))
                nuls += chunk.count(0)
            if wrong is None:
                try:
                    text = decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    wrong = (error.reason, self.size + error.start)
            if wrong is not None:  # 0x85 is a separator in Latin-1, and three dots in Windows-1252
                text = chunk.replace(b"\x85", b".").decode("latin-1") if utf8 else chunk.decode(self.encoding, "replace")
            split = tail == "\r" and text.startswith("\n")  # a CRLF of which the piece before ended in CR
            tail = text[-1:] or tail
            # Bytes are counted faster than characters; in UTF-16 they say nothing.
            found = _ends(chunk, b"\r", b"\n", split) if utf8 else _ends(text, "\r", "\n", split)
            self._notice(text[split:], bool(found[0] or found[1]), sum(ends) + 1, _ODD if suspect or not utf8 else _WIDE)
            ends = [before + now for before, now in zip(ends, found, strict=True)]
            self.size += len(chunk)
            last = chunk or b"\0"
            chunk = file.read(CHUNK)
        if utf8 and (controls > self.size * MOST_CONTROLS or nuls > self.size * 0.3):
            raise NotText(f"found binary data ({controls + nuls} control bytes in {self.size}), expected a text file")
        self._returns = bool(ends[0] or ends[1])
        self._end_of_file(decoder, utf8, wrong, last)
        self._tell_ends(ends)

    def _notice(self, text: str, returns: bool, number: int, looked_for: Iterable[str]) -> None:
        """Tell of the characters that say nothing or only look like line ends, in a piece whose first line has this number."""
        odd = [one for one in looked_for if one in text]
        if odd:
            self._strays += [one for one in odd if one in _STRAYS and one not in self._strays]
            lines = text.replace("\r\n", "\n").replace("\r", "\n") if returns else text
            for one in odd:
                self._tell_places(one, lines, number)

    def _tell_places(self, one: str, lines: str, number: int) -> None:
        """The lines of a piece that hold a character; `number` is that of the first."""
        place = seen = 0
        while (place := lines.find(one, place)) >= 0:
            number += lines.count("\n", seen, place)
            seen = place
            place = (lines.find("\n", place) + 1) or len(lines)
            self._told.append(Diagnostic(number, "note", *_ODD[one]))

    def _end_of_file(self, decoder: codecs.IncrementalDecoder, utf8: bool, wrong: tuple[str, int] | None, last: bytes) -> None:
        if wrong is None:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError as error:
                wrong = (error.reason, self.size)
        if wrong is not None and utf8:
            self._eight_bit()
        elif wrong is not None:
            done = "each unreadable place became U+FFFD; the end of the file may be cut off"
            self._told.append(Diagnostic(None, "error", f"not whole {self.encoding.upper()}: {wrong[0]} at byte {wrong[1]}", done))
        if last.rstrip(b"\0").endswith(b"\x1a"):
            self._told.append(Diagnostic(None, "note", "Ctrl-Z (0x1A), the end of a DOS file", "left out"))
            self._strays.append("\x1a")

    def _eight_bit(self) -> None:
        """Not UTF-8: each line is asked by itself, and what Windows-1252 does not know is told."""
        utf8 = other = 0
        with self._open() if self.longest_line < LONGEST_LINE else io.BytesIO() as file:
            file.seek(len(self._mark))
            for number, line in enumerate(byte_lines(file), 1):
                try:
                    line.decode("utf-8")
                    utf8 += not line.isascii()
                except UnicodeDecodeError:
                    other += 1
                    if UNDEFINED.search(line):
                        found = ", ".join(sorted({f"0x{byte[0]:02X}" for byte in UNDEFINED.findall(line)}))
                        what = f"byte {found}, which Windows-1252 does not define"
                        self._told.append(Diagnostic(number, "warning", what, "became U+FFFD"))
        self.encoding = "utf-8 with cp1252 lines" if utf8 else "cp1252"
        what = f"not UTF-8: {other} lines are not, {utf8} are" if utf8 else "not UTF-8"
        done = "the lines that are not UTF-8 were read as Windows-1252 (western European)"
        self._told.append(Diagnostic(None, "warning" if utf8 else "note", what, done))

    def _tell_ends(self, counts: list[int]) -> None:
        kinds = [f"{name} ({count})" for name, count in zip(("CRLF", "CR", "LF"), counts, strict=True) if count]
        if len(kinds) > 1:
            what = f"lines end in {' and '.join(kinds)}"
            self._told.append(Diagnostic(None, "note", what, "each was read as the end of a line"))
