"""The record: what one source says about one report."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from hashlib import blake2s
from operator import attrgetter
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one source says about one report. Never edited, never merged away.

    Fields hold the source's words, cleaned for reading (no control characters, one space between
    words); `origins` says where each came from and `unread` what no table of tags understood.
    """

    id: str  # record_id(source, key): decisions point here, so it must never move
    source: str  # "europepmc", "file:embase.ris"
    key: str  # the source's own identifier, or for a file the digest of the record's own lines
    title: str = ""
    title_alt: str | None = None  # a parallel or translated title
    authors: tuple[str, ...] = ()  # "Family, Given" where the source tells them apart, in byline order
    editors: tuple[str, ...] = ()
    year: int | None = None  # year of publication
    date: str | None = None  # ISO, as exact as the source is: "2018", "2018-04", "2018-04-16"
    type: str | None = None  # one of TYPES
    journal: str | None = None  # journal, or the book or series that holds the part
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None  # "109-119", "e82", or an article number
    doi: str | None = None  # as clean_doi() leaves it: "10.1136/bmj.n71"
    pmid: str | None = None  # digits
    pmcid: str | None = None  # "PMC6055938"
    issn: str | None = None
    isbn: str | None = None
    publisher: str | None = None
    language: str | None = None  # as the source wrote it
    abstract: str | None = None
    abstract_alt: tuple[tuple[str, str], ...] = ()  # (language as the source names it or "", text): the same in other languages
    keywords: tuple[str, ...] = ()
    url: str | None = None
    database: str | None = None  # the database the source names, when a file says it
    accession: str | None = None  # the database's own number
    retracted: bool = False  # the source says so
    origins: tuple[tuple[str, str, int], ...] = ()  # (field, tag or path, line; 0 where there are no lines)
    unread: tuple[tuple[str, str, int], ...] = ()  # (tag, value, line): kept, shown, used for nothing

    def __reduce__(self) -> tuple[Any, ...]:
        """For pickle: what dataclasses do by themselves takes ten times as long, and millions go to other processes."""
        return _record, _values(self)


_NAMES = tuple(field.name for field in fields(Record))
_values = attrgetter(*_NAMES)


def _record(*values: Any) -> Record:
    record = object.__new__(Record)
    for name, value in zip(_NAMES, values, strict=True):
        object.__setattr__(record, name, value)
    return record


TYPES = (
    "journal-article", "conference-abstract", "conference-paper", "preprint", "review-notice", "book",
    "book-chapter", "thesis", "report", "working-paper", "web-page", "news", "dataset", "other",
)  # fmt: skip

_NOT_DATA = {"id", "source", "key"}


def record_id(source: str, key: str) -> str:
    """Name a record for good, from what the source gave and nothing we cleaned: "r" and 15 hexadecimal digits.

    The letter is for spreadsheets, which take 12345678 or 12e45678 for a number and write it back as another.
    """
    return "r" + blake2s(f"{source}\0{key}".encode(), digest_size=8).hexdigest()[:15]


_DATA = tuple(sorted(field.name for field in fields(Record) if field.name not in _NOT_DATA))
_KNOWN = frozenset(_DATA)
_EMPTY: tuple[Any, ...] = (None, "", (), False)


def to_data(record: Record) -> dict[str, Any]:
    """The record's content as JSON holds it: no id, source or key, nothing empty, the keys in order."""
    return {name: value for name in _DATA if (value := getattr(record, name)) not in _EMPTY}


def from_data(id: str, source: str, key: str, data: dict[str, Any]) -> Record:
    """The record that to_data() was given."""
    if unknown := data.keys() - _KNOWN:
        raise ValueError(f"record {id} was stored with unknown fields {sorted(unknown)}: a newer version wrote it")
    values: dict[str, Any] = {name: _tuples(value) if isinstance(value, list) else value for name, value in data.items()}
    return Record(id=id, source=source, key=key, **values)


def _tuples(values: list[Any]) -> tuple[Any, ...]:
    """Lists as JSON gives them, of texts or of lists of texts and numbers."""
    return tuple([tuple(value) if isinstance(value, list) else value for value in values])


# Words that people's names do not hold: an author with one of them is a body and is cited whole.
_BODY = re.compile(
    r"\b(for|of|the|and|government|commission|office|department|ministry|council|institute|university|audit|agency|trust|association|"
    r"committee|group|collaboration|network|foundation|organisation|organization|directorate|nhs|board|service|services|society|centre)\b",
    re.IGNORECASE,
)


def surname(author: str) -> str:
    """The family name of "Family, Given", the last word where the source had no comma, a body's whole name."""
    if "," in author:
        return author.partition(",")[0].strip()
    if _BODY.search(author):
        return author.strip()
    words = author.split()
    last = words[-1].replace(".", "").replace("-", "") if words else ""
    initials = len(words) > 1 and last.isupper() and len(last) <= 3  # PubMed's "Huby GO", Embase's "Huby G.O."
    return " ".join(words[:-1]) if initials else (words[-1] if words else "")


def citation(record: Record) -> str:
    """A short citation for people: "Huby, Cook and Kirchhoff 2018. Can we mandate ..."."""
    names = [surname(author) for author in record.authors]
    if len(names) > 3:
        by = f"{names[0]} et al."
    elif names:
        by = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    else:
        by = record.publisher or "No author given"
    parts = [f"{by} {record.year}." if record.year else f"{by} n.d.", record.title or "(no title)"]
    place = " ".join(filter(None, [record.journal, record.volume and f"{record.volume}{f'({record.issue})' if record.issue else ''}"]))
    if place:
        parts.append(f"{'.' if parts[-1][-1] not in '.?!' else ''} {place}{f':{record.pages}' if record.pages else ''}")
    text = f"{parts[0]} {''.join(parts[1:])}."
    return text + (f" doi:{record.doi}" if record.doi else "")
