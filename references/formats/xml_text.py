"""The text of an XML file before it is parsed: in one encoding, in pieces, and its tags found by a pattern."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from html.entities import html5
from itertools import pairwise
from typing import NamedTuple

from references.formats.diagnostics import Diagnostic
from references.formats.text import CHUNK, Text


class Piece(NamedTuple):
    """A part of a file's text, ready to be parsed."""

    text: str
    line: int  # on which it begins
    opens: bool  # it begins a document


# -- encoding ----------------------------------------------------------------------------------------------------------

_DECLARATION = re.compile(r"<\?xml\s[^<>]{0,300}?\?>")
_DECLARED = re.compile(r"\s*<\?xml\s[^<>]{0,300}?\bencoding\s*=\s*[\"']([A-Za-z][\w.:-]{0,40})[\"']")
_TEXTUAL = re.compile(r"(?:iso8859-\d+|cp\d+|gb\w+|big5\w*|shift_jis\w*|euc_\w+|iso2022_\w+|koi8-\w|mac-\w+|johab|hz|tis-620|ptcp154)")


def _encoding(text: Text, told: list[Diagnostic]) -> str:
    """The encoding that the bytes are in; where they prove what the file declares wrong, that is told.

    A text that is valid UTF-8 or UTF-16 is that, whatever it declares; else what it declares is tried. Latin-1 and
    ASCII are taken for Windows-1252, their superset.
    """
    found = _DECLARED.match(text.head(1000).removeprefix("\ufeff"))
    if found is None:
        return text.encoding
    try:
        declared = codecs.lookup(found[1]).name
    except (LookupError, ValueError):
        told.append(Diagnostic(1, "warning", f"declared encoding {found[1]!r}, which is not known", f"read as {text.encoding}"))
        return text.encoding
    own = text.encoding
    whole = not own.endswith(("cp1252", "lines"))
    if declared == own or (declared in ("iso8859-1", "ascii", "cp1252") and own == "cp1252"):
        return own
    if declared.startswith("utf-") and own.startswith(declared):
        return own
    seven_bit = declared.startswith("iso2022") or declared == "hz"
    if _TEXTUAL.fullmatch(declared) and (seven_bit or not whole) and _decodes(text, declared):
        if not whole:
            told.append(Diagnostic(1, "note", f"declared encoding {found[1]}", "read as that"))
        return declared
    if declared.startswith("utf-") or not _ascii(text):
        told.append(Diagnostic(1, "warning", f"declared encoding {found[1]}, but the bytes are no such text", f"read as {own}"))
    return own


def _decodes(text: Text, encoding: str) -> bool:
    try:
        return all(True for _ in _read(text, encoding, "strict"))
    except UnicodeError:
        return False


def _ascii(text: Text) -> bool:
    with text.binary() as file:
        return all(chunk.isascii() for chunk in iter(lambda: file.read(CHUNK), b""))


def _read(text: Text, encoding: str, errors: str = "replace") -> Iterator[str]:
    """The text of the file in pieces, its lines ending in LF, without what Text leaves out."""
    if encoding.endswith("lines"):
        batch: list[str] = []
        for line in text.lines():
            batch.append(line + "\n")
            if len(batch) == 1000:
                yield "".join(batch)
                batch = []
        yield "".join(batch)
        return
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(errors), translate=True)
    with text.binary() as file:
        while chunk := file.read(CHUNK):
            yield decoder.decode(chunk).replace("\0", "").replace("\ufeff", "")
        yield decoder.decode(b"", final=True)


# -- pieces ------------------------------------------------------------------------------------------------------------

MOST_HELD = 65_536  # characters kept back for a tag that is not whole


def pieces(text: Text, told: list[Diagnostic]) -> Iterator[Piece]:
    """The text in pieces that end between tags and entities; a declaration of XML begins a document and is blanked.

    What XML cannot hold and exports do (control characters, &nbsp;) is mended, and told in `told`.
    """
    line, opens, begun = 1, True, False
    for part in _whole_tags(_read(text, _encoding(text, told))):
        starts = [found.start() for found in _DECLARATION.finditer(part)]
        part = _DECLARATION.sub(lambda found: _blank(found[0]), part)
        for place, (start, end) in enumerate(pairwise((0, *starts, len(part)))):
            if place and begun:
                opens, begun = True, False
            if chunk := part[start:end]:
                begun = begun or bool(chunk.strip()) or place > 0
                yield Piece(_mended(chunk, line, told), line, opens)
                line += chunk.count("\n")
                opens = False


def _blank(declaration: str) -> str:
    return "".join(sign if sign == "\n" else " " for sign in declaration)


def _whole_tags(parts: Iterator[str]) -> Iterator[str]:
    """The same text, cut where neither a tag nor an entity is open."""
    held = ""
    for part in parts:
        part = held + part
        cut = len(part)
        tag, entity = part.rfind("<"), part.rfind("&")
        if tag >= 0 and part.find(">", tag) < 0 and cut - tag < MOST_HELD:
            cut = tag
        if entity >= 0 and part.find(";", entity) < 0 and len(part) - entity < 64:
            cut = min(cut, entity)
        held = part[cut:]
        yield part[:cut]
    yield held


_ILLEGAL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_TOLD_BY_TEXT = "\x0b\x0c\x1c\x1d\x1e"
_REFERENCE = re.compile(
    r"&#(?P<high>x[dD][89abAB][0-9a-fA-F]{2}|5[56]\d{3});&#(?P<low>x[dD][c-fC-F][0-9a-fA-F]{2}|5[67]\d{3});"
    r"|&(?!(?:amp|lt|gt|quot|apos|#xD|#xA|#13|#10|#9|#x9);)(?:#(?P<code>\d{1,8}|x[0-9a-fA-F]{1,7})|(?P<name>[A-Za-z][A-Za-z0-9]{1,31}));"
)


def _mended(part: str, line: int, told: list[Diagnostic]) -> str:
    def tell(found: re.Match[str], what: str, done: str) -> None:
        told.append(Diagnostic(line + found.string.count("\n", 0, found.start()), "note", what, done))

    def character(found: re.Match[str]) -> str:
        if found[0] not in _TOLD_BY_TEXT:
            tell(found, "a control character, which XML does not allow", "read as a space")
        return " "

    def reference(found: re.Match[str]) -> str:
        if found["high"]:
            return _pair(_code(found["high"]), _code(found["low"])) or found[0]
        if found["name"]:
            meant = html5.get(f"{found['name']};", "")
            if not meant or set(meant) & set("<&"):
                return found[0]
            tell(found, "named characters (such as &nbsp;) that XML does not know", "read as HTML means them")
            return meant
        code = _code(found["code"])
        if code in (9, 10, 13) or (32 <= code < 0xD800) or (0xE000 <= code < 0xFFFE) or (0x10000 <= code <= 0x10FFFF):
            return found[0]
        tell(found, f"{found[0]}, a character that XML does not allow", "read as a space")
        return " "

    if _ILLEGAL.search(part):
        part = _ILLEGAL.sub(character, part)
    return _REFERENCE.sub(reference, part) if "&" in part else part


def _code(written: str) -> int:
    return int(written[1:], 16) if written[0] == "x" else int(written)


def _pair(high: int, low: int) -> str:
    """The character that some programs write as the two halves UTF-16 has for it."""
    if 0xD800 <= high < 0xDC00 <= low < 0xE000:
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    return ""


# -- tags --------------------------------------------------------------------------------------------------------------


class Tag(NamedTuple):
    """A start tag, an end tag, or both in one."""

    opens: bool
    closes: bool
    line: int
    place: int  # characters before it


_UNTIL = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_DOCTYPE = r"<!DOCTYPE(?:\"[^\"]*\"|'[^']*'|[^\"'<>\[])*>"


def tags(text: Text, names: tuple[str, ...]) -> Iterator[Tag]:
    """The tags of elements of these names, by a pattern that knows nothing of the parser; not those in comments, CDATA and the like.

    The last one stands for the end of the file: it neither opens nor closes.
    """
    pattern = re.compile(rf"<(/?)(?:[\w.-]+:)?(?:{'|'.join(names)})(?![\w.:-])([^<>]*)>|<!--|<!\[CDATA\[|<\?|{_DOCTYPE}")
    line, place, until, carried = 1, 0, "", ""
    for piece in _whole_tags(_read(text, _encoding(text, []))):
        part = carried + piece
        at = seen = 0
        carried = ""
        while True:
            if until:
                end = part.find(until, at)
                if end < 0:
                    break
                at, until = end + len(until), ""
            found = pattern.search(part, at)
            if found is None:
                break
            line += part.count("\n", seen, found.start())
            at, seen = found.end(), found.start()
            if found[0] in _UNTIL:
                until = _UNTIL[found[0]]
            elif not found[0].startswith("<!"):
                yield Tag(not found[1], bool(found[1]) or found[2].endswith("/"), line, place + found.start())
        cut = max(len(part) - 2, seen, at) if until else len(part)
        line += part.count("\n", seen, cut)
        place += cut
        carried = part[cut:]
    yield Tag(False, False, line, place + len(carried))
