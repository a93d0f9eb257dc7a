"""RIS files: recognised, read as tagged lines, counted apart, and doubted where that is due."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from operator import itemgetter

from references.formats.diagnostics import Diagnostic
from references.formats.entry import Entry
from references.formats.foreign import starts_of_others
from references.formats.format import Format, Sides
from references.formats.interpret import About
from references.formats.lined import two_titles
from references.formats.ris_fields import interpret
from references.formats.ris_tags import KNOWN, SPEC
from references.formats.tagged import tagged
from references.formats.text import Text
from references.record import Record

# TY and ER at the beginning of a line, however written, and what may begin a record of another format.
_SIDE = re.compile(r"\n(?:[ \t\xa0]*(?:[Tt][Yy]|[Ee][Rr])|@\w|PMID- |%0 |PT |[ \t]*<).*")
_FOREIGN = starts_of_others("RIS")
_START = re.compile(r"(?:\s*ER\s*-)?\s*TY\s*-.*", re.I)
_END = re.compile(r"\s*ER\s*(?:-\W*(?:TY\s*-.*)?)?", re.I)
_SIGN = re.compile(r"^[ \t]*(?:\W?TY[ \t\xa0]{0,4}-|ER[ \t]{1,2}-[ \t]*$)", re.M | re.I)
_TAGGED = re.compile(r"^[A-Z][A-Z0-9]  - ", re.M)


def sign(head: str) -> str | None:
    """TY or ER at the beginning of a line; some tools leave out TY."""
    found = _SIGN.search(head)
    return f"a line that begins with {'TY' if 'TY' in found[0].upper() else 'ER'}" if found else None


def bare_sign(head: str) -> str | None:
    """Neither TY nor ER, but tags as RIS has them; MEDLINE's must have been looked for before."""
    return "lines of two letters and a dash" if _TAGGED.search(head) else None


def entries(text: Text) -> Iterator[Entry | Diagnostic | Sides]:
    """The entries of a RIS file."""
    return from_pieces(text.pieces(), 1, True)


def from_pieces(pieces: Iterable[str], first: int, last: bool) -> Iterator[Entry | Diagnostic | Sides]:
    """The entries of this text; their starts and ends are counted by patterns that know nothing of the reader."""
    starts = ends = 0
    foreign: list[str] = []

    def counted() -> Iterator[str]:
        nonlocal starts, ends, foreign
        for piece in pieces:
            for found in _SIDE.finditer(f"\n{piece}"):
                line = found[0]
                if line.startswith("\nTY  - "):
                    starts += 1
                elif line.startswith("\nER  - "):
                    ends += 1
                else:
                    starts += _START.fullmatch(line) is not None
                    ends += _END.fullmatch(line) is not None
                    foreign += [line] if _FOREIGN.search(line) else []
            yield piece

    yield from tagged(counted(), SPEC, first, "file" if last else "start")
    yield Sides(starts, ends, tuple(foreign))


_ACCESSION = re.compile(r"[ \t]*AN[ \t]*-[ \t]*(.*?)[ \t]*$")
_PMCID_IN_C2 = re.compile(r"^[ \t]*C2[ \t]*-[ \t]*PMC\d+", re.M)


def about(text: Text, vendor: str) -> About:
    """Whether all numbers in AN are PubMed's: C2 holds PubMed Central's, and no AN is of another kind."""
    if not _PMCID_IN_C2.search(text.head()):
        return About(vendor)
    numbers = (found[1] for line in text.lines() if (found := _ACCESSION.match(line)) and found[1])
    return About(vendor, an_is_pmid=all(re.fullmatch(r"\d{1,8}", number) for number in numbers))


_GLUED = re.compile(r"\S([A-Z][A-Z0-9])  - ")


def doubts(entry: Entry, record: Record) -> Iterator[Diagnostic]:
    """What was read, but perhaps not as it was meant."""
    tags, values = ([*map(itemgetter(column), entry.lines)] for column in (0, 1))
    for title in ("TI", "T1"):
        if tags.count(title) > 1:
            yield from two_titles(entry, title)
    plain = KNOWN.issuperset(tags) and "  - " not in "\n".join(values)  # nearly always, and quickly asked
    for line in () if plain else entry.lines:
        if line.tag and line.tag not in KNOWN:
            yield Diagnostic(line.first, "note", f"tag {line.tag}, which no table of tags knows", "kept as unread")
        if "  - " in line.value and (glued := _GLUED.search(line.value)) and glued[1] in KNOWN:
            what = f"a second tag ({glued[1]}) in the value of {line.tag}; a line end is missing"
            yield Diagnostic(line.first, "warning", what, "kept in the value")
    for tag, value, line_number in record.unread:
        if tag in ("DO", "TY"):
            kind = "DOI" if tag == "DO" else "type of reference"
            yield Diagnostic(line_number, "warning", f"{tag} is no {kind} that is known: {value!r}", "kept as unread")
    if len(entry.lines) == 1 and entry.started:
        yield Diagnostic(entry.first_line, "warning", "a record with nothing but its type", "read as a record")


# A file without TY and ER is looked for behind all other formats.
RIS = Format(
    name="RIS",
    media="application/x-research-info-systems",
    sign=sign,
    entries=entries,
    interpret=interpret,
    doubts=doubts,
    about=about,
    from_pieces=from_pieces,
    cut=re.compile(r"^TY  - ", re.M),
)
BARE_RIS = replace(RIS, sign=bare_sign)
