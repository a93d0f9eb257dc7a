"""From the cells of one row to the fields of a record, by the vendor's table of headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from references.formats import interpret as table_of
from references.formats.csv_people import listed
from references.formats.entry import Entry, Line
from references.formats.header_words import SOURCES
from references.formats.headers import TABLES, normal, vendor_named, vendor_of_headers
from references.formats.interpret import About
from references.identifiers import clean_date, clean_text, clean_year
from references.record import Record

_FLOAT = re.compile(r"\s*(\d+)\.0\s*")
_NUMBERED = ("volume", "issue", "pages", "first_page", "last_page", "article_number", "date")


def interpret(entry: Entry, source: str, key: str, about: About) -> Record:
    """The record that a row gives; its origins and what is unread carry the headers as the file has them."""
    tags = tuple(dict.fromkeys(line.tag for line in entry.lines))
    vendor = vendor_named(about.vendor) or vendor_of_headers(tags)[0]
    written: dict[str, str] = {}
    for tag in tags:
        written.setdefault(normal(tag), tag)
    lines = [line._replace(tag=normal(line.tag)) for line in entry.lines]
    lines = list(_parted(_dated(lines), vendor))
    record = table_of.interpret(replace(entry, lines=tuple(lines)), TABLES[vendor], source, key, about)

    def back(tag: str) -> str:
        return written.get(tag.partition("#")[0], tag)

    return replace(
        record,
        origins=tuple(dict.fromkeys((field, back(tag), line) for field, tag, line in record.origins)),
        unread=tuple((back(tag), value, line) for tag, value, line in record.unread),
    )


@cache
def _kinds(vendor: str) -> tuple[frozenset[str], frozenset[str]]:
    """The columns of a vendor that hold numbers, and those that hold people."""
    table = TABLES[vendor]
    numbered = frozenset(tag for field in _NUMBERED for tag in getattr(table, field))
    return numbered, frozenset(tag for group in (*table.authors, *table.editors) for tag in group)


def _parted(lines: list[Line], vendor: str) -> Iterator[Line]:
    """The values with those taken apart that hold several; a part's name is its column's, "#" and what it is."""
    table, (numbered, people) = TABLES[vendor], _kinds(vendor)
    for line in lines:
        if line.tag in numbered and len(line.value) > LONGEST_CITATION:
            yield line._replace(tag=f"{line.tag}#long")  # no number, but something that slipped into its column
        elif line.tag in numbered and (found := _FLOAT.fullmatch(line.value)):
            yield line._replace(value=found[1])  # a number that went through pandas
        elif line.tag in people:
            yield from _people(line, vendor)
        elif line.tag in table.keywords:
            yield line._replace(value=_keywords(line.value, vendor))
        elif line.tag in table.type and re.search("[;|]", line.value):
            yield from (line._replace(value=part.strip()) for part in re.split("[;|]", line.value))
        elif line.tag in table.url:
            yield line._replace(value=_GLUED_URL.sub(" ", " ".join(listed(line.value) or [line.value])))
        elif parts := _parts(line, vendor):
            yield from (Line(f"{line.tag}#{name}" if name else line.tag, value, line.first, line.last) for name, value in parts)
        else:
            yield line


_GLUED_URL = re.compile(r"(?<=[A-Za-z0-9])(?=https?://)")  # two addresses with nothing between them, as Rayyan joins them
_NOBODY = re.compile(r"\[?no author (?:name|id|full names?) (?:available|found)\]?|\[unknown\]|unknown", re.I)
_SCOPUS_ID = re.compile(r"\s*\(\d{8,12}\)(?=\s*(?:;|$))")


def _people(line: Line, vendor: str) -> Iterator[Line]:
    """The people without what stands in for them, and Scopus' numbers, which have a column of their own."""
    value = line.value
    if _NOBODY.fullmatch(clean_text(value)):
        yield line._replace(tag=f"{line.tag}#nobody")
        return
    if vendor == "Scopus":
        value = _SCOPUS_ID.sub("", value)
    elif vendor == "PubMed":
        value = value.removesuffix(".")
    yield line._replace(value=value)


def _keywords(value: str, vendor: str) -> str:
    """With ";" between them, where a table of unknown origin has a list as Python writes it, "|", or commas."""
    if (items := listed(value)) is not None:
        return ";".join(items)
    if vendor or ";" in value or "\n" in value:
        return value
    return value.replace("|", ";") if "|" in value else re.sub(r",\s+", "; ", value)


# -- dates in several columns ------------------------------------------------------------------------------------------

_MONTHS = ("month", "published month", "publication month", "pub month")
_DAYS = ("day", "published day", "publication day")
_YEARS = ("year", "published year", "publication year", "pub year")


def _dated(lines: list[Line]) -> list[Line]:
    """Year, month and day as one date more, in the place of month and day."""
    named = {line.tag: line for line in reversed(lines)}
    year, month, day = (next((named[tag] for tag in tags if tag in named), None) for tags in (_YEARS, _MONTHS, _DAYS))
    if year is None or month is None or clean_year(year.value) is None:
        return lines
    parts = [_whole(part.value) for part in (year, month, day) if part]
    date = clean_date("-".join(parts) if parts[1].isdigit() else " ".join(reversed(parts)))
    if date is None or len(date) < 7:
        return lines
    used = [month, *([day] if day and len(date) == 10 else [])]
    return [*(line for line in lines if line not in used), *(part._replace(tag=f"{part.tag}#date", value=date) for part in used)]


def _whole(value: str) -> str:
    found = _FLOAT.fullmatch(value)
    return found[1] if found else value.strip()


# -- values that hold a whole citation ---------------------------------------------------------------------------------

Parts = list[tuple[str, str]]  # [(what it is, the value)]; "" for the rest, which stays unread

_CITATION = re.compile(
    r"(?P<journal>.+?)\.\s+(?P<date>\d{4}[^;:]{0,30}?)(?:;(?P<volume>[^():;]*?)(?:\((?P<issue>[^()]*)\))?)?(?::(?P<pages>[^\s;]+?))?\.(?:\s+(?P<rest>.*))?",
    re.S,
)
_LABELLED_DOI = re.compile(r"doi:\s*(10\.\S+?)\.?(?=\s|$)", re.I)
_SOURCE = re.compile(
    r"(?P<journal>.+?)\s+\((?P<year>\d{4})\)"
    r"(?:\s+(?P<volume>[^\s:(.D][^:(]{0,40}?)(?=\s*(?:[:(]|\.?\s*Date of|,?\s*Article Number|\.?$)))?(?:\s*:\s*(?P<issue>[^():]{1,40}?))?"
    r"(?:\s+\((?P<pages>[^()]*)\))?(?:,?\s+Article Number:\s*(?P<article>[^\s.]+))?"
    r"(?:\.?\s*Date of Publication:\s*(?P<date>[^.]*))?(?:\.\s+(?P<rest>.+))?\.?",
    re.S,
)
_IDENTIFIERS = (
    ("pmid", re.compile(r"\bPMID:\s*(\d{1,8})\b")),
    ("pmcid", re.compile(r"\bPMCID:\s*(PMC\d+)\b")),
    ("doi", re.compile(r"\bDOI:\s*(10\.\d{4,9}/\S+)", re.I)),
)
LONGEST_CITATION = 2000  # characters


def _parts(line: Line, vendor: str) -> Parts:
    """What a value says of several fields; nothing where it is one value."""
    if len(line.value) > LONGEST_CITATION:
        return []
    value = clean_text(line.value)
    if vendor == "PubMed" and line.tag == "citation":
        found = _named(_CITATION.fullmatch(value))
        rest = dict(found).get("", "")
        if doi := _LABELLED_DOI.search(rest):
            found = [(name, part) for name, part in found if name] + [("doi", doi[1]), ("", rest.replace(doi[0], "", 1).strip())]
        return [(name, part) for name, part in found if part]
    if vendor == "Embase" and line.tag == "source":
        return _named(_SOURCE.fullmatch(value))
    if vendor == "Zotero" and line.tag == "extra":
        return _identifiers(value)
    if vendor == "IEEE Xplore" and line.tag == "document identifier":
        return [("kind", value.rpartition(" ")[2])]
    if not vendor and line.tag == "source" and value.lower() in SOURCES:
        return [("database", value)]
    return []


def _named(found: re.Match[str] | None) -> Parts:
    return [(name if name != "rest" else "", part) for name, part in found.groupdict().items() if part] if found else []


def _identifiers(value: str) -> Parts:
    parts: Parts = []
    for name, pattern in _IDENTIFIERS:
        if found := pattern.search(value):
            parts.append((name, found[1]))
            value = value.replace(found[0], " ", 1)
    return [*parts, *([("", " ".join(value.split()))] if parts and value.strip() else [])]
