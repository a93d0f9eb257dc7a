"""The prologue of an XML document: where its first element begins, and that it declares no entity."""

from __future__ import annotations

import re
from collections.abc import Iterator

from references.formats.text import Malformed
from references.formats.xml_text import Piece

LONGEST_PROLOGUE = 200_000  # characters before the first element

_STEP = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.S)
_IN_DOCTYPE = re.compile(r"\"[^\"]*\"|'[^']*'|[^\"'\[>]+", re.S)
_IN_SUBSET = re.compile(r"\"[^\"]*\"|'[^']*'|<!--.*?-->|<\?.*?\?>|<!(?!ENTITY)|[^\"'\]<]+|<(?!!ENTITY)", re.S)


def fed(parts: Iterator[Piece]) -> Iterator[Piece]:
    """The pieces, of each document the first with its whole prologue, which declares no entity.

    Malformed where it declares one, or where no element begins in LONGEST_PROLOGUE characters.
    """
    waiting: Piece | None = None
    for piece in parts:
        if waiting is not None and not piece.opens:
            piece = waiting._replace(text=waiting.text + piece.text)
        elif waiting is not None:
            yield waiting  # a document of nothing but a prologue: the parser says what is wrong
        if not piece.opens or _begins(piece):
            waiting = None
            yield piece
        else:
            waiting = piece
    if waiting is not None:
        yield waiting


def _begins(piece: Piece) -> bool:
    """Whether the prologue ends within the piece."""
    text, at = piece.text, 0
    while at < len(text):
        if at > LONGEST_PROLOGUE:
            raise Malformed(f"line {piece.line}: no element in the first {LONGEST_PROLOGUE:,} characters; expected XML with records")
        if found := _STEP.match(text, at):
            at = found.end()
        elif text.startswith("<!DOCTYPE", at):
            end = _doctype(piece, at)
            if end is None:
                break
            at = end
        elif text.startswith(("<!", "<?"), at):  # not whole yet
            break
        else:
            return True
    if len(text) > LONGEST_PROLOGUE:
        raise Malformed(f"line {piece.line}: no element in the first {LONGEST_PROLOGUE:,} characters; expected XML with records")
    return False


def _doctype(piece: Piece, at: int) -> int | None:
    """Where a document type ends; None where it does not in this piece."""
    text, inside = piece.text, False
    at += len("<!DOCTYPE")
    while at < len(text):
        if found := (_IN_SUBSET if inside else _IN_DOCTYPE).match(text, at):
            at = found.end()
        elif inside and text.startswith("<!ENTITY", at):
            line = piece.line + text.count("\n", 0, at)
            raise Malformed(
                f"line {line}: a document type that declares entities, as files do that are made to harm; expected none. "
                "Nothing of the file is read; export the records again"
            )
        elif text[at] == "[":
            inside, at = True, at + 1
        elif text[at] == "]":
            inside, at = False, at + 1
        elif text[at] == ">":
            return at + 1
        else:  # a quotation mark whose partner is missing
            return None
    return None
