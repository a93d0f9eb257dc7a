"""What every format gives: how it is recognised, how its entries are read, and what their values stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from references.formats.diagnostics import Diagnostic
from references.formats.entry import Entry
from references.formats.interpret import About
from references.formats.text import Text
from references.record import Record


class Sides(NamedTuple):
    """How many records a file shows by their starts and by their ends, counted apart from reading them."""

    starts: int | None  # None where the format has no such thing
    ends: int | None
    foreign: tuple[str, ...] = ()  # lines that look like the start of a record in another format


Interpret = Callable[[Entry, str, str, About], Record]
Doubts = Callable[[Entry, Record], Iterator[Diagnostic]]


def no_doubts(entry: Entry, record: Record) -> Iterator[Diagnostic]:
    """Nothing to tell."""
    return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format of export files."""

    name: str  # "RIS"
    media: str
    sign: Callable[[str], str | None]  # the head of a file to what in it shows the format, or None
    entries: Callable[[Text], Iterator[Entry | Diagnostic | Sides]]  # in the order of the file; Sides once, anywhere
    interpret: Interpret  # (entry, source, key, about)
    doubts: Doubts = no_doubts  # what was read, but perhaps not as it was meant
    # Formats of lines only: entries() of a text whose first line has this number, and which ends the file or not; and a line that
    # surely begins an entry. With both, a large file is read in parts by several processes.
    from_pieces: Callable[[Iterable[str], int, bool], Iterator[Entry | Diagnostic | Sides]] | None = None
    cut: re.Pattern[str] | None = None
    about: Callable[[Text, str], About] = lambda text, vendor: About(vendor)
