"""Whose table of records a line of headers begins, and what its columns stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from references.formats.csv_people import SPLITTERS
from references.formats.header_tables import DATABASES
from references.formats.header_tools import OWN, TOOLS
from references.formats.header_words import COMMON, TYPES, Columns
from references.formats.interpret import Table
from references.identifiers import clean_text
from references.record import TYPES as RECORD_TYPES

LONGEST_NAME = 120  # characters; a longer cell is running text and no header
_OTHER = re.compile(r"[\W_]+")
_DERIVED = "#"  # in names of values that were taken out of a longer one: "citation#volume"


@lru_cache(maxsize=4096)
def normal(name: str) -> str:
    """A header in small letters with one space for all that is no letter or digit: "Author(s)_ID" gives "author s id"."""
    name = clean_text(name)
    return _OTHER.sub(" ", name).strip().lower() or name


def _tags(names: str) -> tuple[str, ...]:
    return tuple(names.split("|")) if names else ()


def _table(columns: Columns) -> Table:
    """A vendor's own names first, then the common ones that mean nothing else there."""
    own = {field: tuple(names.replace("/", "|").split("|")) for field, names in columns.fields.items()}
    claimed = {name for names in own.values() for name in names} | set(_tags(columns.apart))
    fields: dict[str, tuple[str, ...]] = {}
    for name in COMMON.keys() | own.keys():
        common = _tags(COMMON.get(name, "").replace("/", "|"))
        fields[name] = own.get(name, ()) + tuple(tag for tag in common if tag not in claimed)
    groups = [_tags(group) for names in (columns.fields.get("authors", ""), COMMON["authors"]) for group in names.split("/")]
    editors = fields.pop("editors")
    fields.pop("authors")
    given = set(_tags(columns.fields.get("authors", "").replace("/", "|")))
    allowed = [tuple(tag for tag in group if tag in given or tag not in claimed) for group in groups]
    return Table(
        **fields,  # type: ignore[arg-type]
        authors=tuple(group for group in allowed if group),
        editors=tuple((tag,) for tag in editors),
        split_names=SPLITTERS[columns.names],
        types=_TYPES_OF.get(columns.vendor, TYPES),
        database_name=columns.database,
        retracted=columns.retracted,
        split_keywords=columns.split_keywords,
    )


# Web of Science says "Article; Proceedings Paper" of what stands in a journal, where PT = J tells; PT's letters are its own.
_TYPES_OF = {
    "Web of Science": {
        **{word: kind for word, kind in TYPES.items() if kind not in ("journal-article", "conference-paper")},
        "j": "journal-article",
        "c": "conference-paper",
        "b": "book",
        "s": "book",
    },
    OWN: {kind: kind for kind in RECORD_TYPES},
    "IEEE Xplore": TYPES | {"books": "book-chapter"},  # what is listed there are their chapters
}

VENDORS = (*DATABASES, *TOOLS)
_PLAIN = Columns(vendor="", signs=(), fields={}, names="any", split_keywords=r"[;\n]")
TABLES = {columns.vendor: _table(columns) for columns in (_PLAIN, *VENDORS)}
_SIGNS = tuple((columns.vendor, tuple(frozenset(sign.split("|")) for sign in columns.signs)) for columns in VENDORS)
_TITLES = frozenset(_tags(COMMON["title"]))
_ABSTRACTS = frozenset(_tags(COMMON["abstract"]))
_KNOWN = frozenset(name for names in COMMON.values() for name in _tags(names.replace("/", "|")))
KNOWN_OF = {
    columns.vendor: _KNOWN.union(_tags("|".join(columns.fields.values()).replace("/", "|")), _tags(columns.apart)) for columns in VENDORS
} | {"": _KNOWN}

_ALIASES = {
    "wos": "Web of Science",
    "isi": "Web of Science",
    "clarivate": "Web of Science",
    "embasecom": "Embase",
    "ieee": "IEEE Xplore",
    "springernature": "Springer",
    "springerlink": "Springer",
    "lensorg": "Lens",
    "thelens": "Lens",
    "cochranelibrary": "Cochrane",
    "central": "Cochrane",
    "pop": "Publish or Perish",
    "harzing": "Publish or Perish",
    "ebscohost": "EBSCO",
    "bvs": "LILACS",
}
_VENDORS = {re.sub(r"\W", "", vendor).lower(): vendor for vendor in TABLES} | _ALIASES


def vendor_named(name: str) -> str:
    """The vendor that is meant by a name ("web of science", "embase.com", "zotero-csv"), or ""."""
    plain = re.sub(r"\W|csv$", "", name.lower())
    return _VENDORS.get(plain, "")


def vendor_of_headers(columns: Sequence[str]) -> tuple[str, str]:
    """Whose export a table with these headers is, and the headers that show it; both empty where none is shown."""
    names = {normal(column): column.strip() for column in reversed(columns) if column.strip()}
    for vendor, signs in _SIGNS:
        for sign in signs:
            if sign <= names.keys():
                return vendor, "the columns " + ", ".join(column for name, column in reversed(names.items()) if name in sign)
    return "", ""


class Judged(NamedTuple):
    """What a row of cells is worth as a line of headers."""

    known: int  # names that a table of headers has
    vendor: str
    reason: str


def judged(cells: Sequence[str]) -> Judged | None:
    """Whether a row names columns of records: a vendor's own, or a title or abstract beside one other known name; else None."""
    names = [normal(cell) for cell in cells if cell.strip() and len(cell) <= LONGEST_NAME]
    if not names or len(names) < sum(1 for cell in cells if cell.strip()):
        return None
    vendor, reason = vendor_of_headers(cells)
    known = sum(1 for name in set(names) if name in KNOWN_OF[vendor] and _DERIVED not in name)
    titled = [cell.strip() for cell, name in zip(filter(str.strip, cells), names, strict=True) if name in _KNOWN]
    if vendor:
        return Judged(known, vendor, reason)
    if known >= 2 and not (_TITLES | _ABSTRACTS).isdisjoint(names) and known * 4 >= len(set(names)):
        return Judged(known, "", "the columns " + ", ".join(titled[:4]))
    return None


def named(cells: Sequence[str]) -> tuple[str, ...]:
    """The tag of each column: its header as written; a second of the same name gets "(2)", one without a name its number."""
    met: set[str] = set()
    tags = []
    for place, cell in enumerate(cells, 1):
        name = tag = clean_text(cell) or f"column {place}"
        times = 1
        while normal(tag) in met:
            times += 1
            tag = f"{name} ({times})"
        met.add(normal(tag))
        tags.append(tag)
    return tuple(tags)
