"""RIS files: from bytes to records, with every line accounted for and the records counted from three sides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2s

from references.formats.decode import decode, lines_of
from references.formats.diagnostics import Diagnostic, grouped
from references.formats.ris_fields import interpret
from references.formats.ris_tags import KNOWN, SPEC
from references.formats.tagged import Entry, tagged
from references.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many records a file shows, by its start tags, its end tags and its titles, and how many were read."""

    starts: int
    ends: int
    titles: int
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RisFile:
    """All that a RIS file says."""

    records: tuple[Record, ...]  # in the order of the file
    spans: tuple[tuple[int, int], ...]  # first and last line of each record, from 1
    diagnostics: tuple[Diagnostic, ...]
    encoding: str
    counts: Counts


def read_ris(data: bytes, source: str) -> RisFile:
    """Read a RIS file, whatever its encoding, line ends and slips. `source` is "file:NAME.ris".

    A record's key is a digest of its own lines, so the same file in another encoding or with other line ends gives
    the same ids; an identical record met again in the file gets "#2", "#3". NotText for a file that is no text.
    """
    decoded = decode(data)
    told = list(decoded.diagnostics)
    an_is_pmid = _only_pubmed(decoded.text)
    records: list[Record] = []
    spans: list[tuple[int, int]] = []
    met: Counter[str] = Counter()
    for found in tagged(lines_of(decoded.text), SPEC):
        if isinstance(found, Diagnostic):
            told.append(found)
            continue
        key = digest(found)
        met[key] += 1
        record = interpret(found, source, key if met[key] == 1 else f"{key}#{met[key]}", an_is_pmid=an_is_pmid)
        records.append(record)
        spans.append((found.first_line, found.last_line))
        told += _doubts(found, record)
    counts = _counted(decoded.text, records)
    told += _count_errors(counts, decoded.text)
    told += _line_ends(decoded.text)
    return RisFile(records=tuple(records), spans=tuple(spans), diagnostics=grouped(told), encoding=decoded.encoding, counts=counts)


def digest(entry: Entry) -> str:
    """The key of an entry: a digest of its own lines, without those that only number or end it."""
    return blake2s("\n".join(entry.text).encode(), digest_size=16).hexdigest()


_ACCESSION = re.compile(r"^[ \t]*AN[ \t]*-[ \t]*(.*?)[ \t]*$", re.M)
_PMCID_IN_C2 = re.compile(r"^[ \t]*C2[ \t]*-[ \t]*PMC\d+", re.M)


def _only_pubmed(text: str) -> bool:
    """Whether all numbers in AN are PubMed's: C2 holds PubMed Central's, and no AN is of another kind."""
    lined = text.replace("\r", "\n") if "\r" in text else text
    if not _PMCID_IN_C2.search(lined):
        return False
    return all(re.fullmatch(r"\d{1,8}", found[1]) for found in _ACCESSION.finditer(lined) if found[1])


_START = re.compile(r"(?:\s*ER\s*-)?\s*TY\s*-", re.I)
_END = re.compile(r"\s*ER\s*(?:-\W*(?:TY\s*-.*)?)?$", re.I)


def _counted(text: str, records: Iterable[Record]) -> Counts:
    """The counts by patterns of their own, which know nothing of how the reader understood the file."""
    starts = ends = 0
    for line in lines_of(text):
        if line[:16].lstrip()[:2].upper() in ("TY", "ER"):
            starts += _START.match(line) is not None
            ends += _END.match(line) is not None
    records = list(records)
    return Counts(starts=starts, ends=ends, titles=sum(1 for record in records if record.title), records=len(records))


def _count_errors(counts: Counts, text: str) -> Iterator[Diagnostic]:
    if not text.strip():
        yield Diagnostic(None, "warning", "the file is empty", "no record was read")
    elif not counts.records:
        page = (
            " It looks like a web page, perhaps a sign-in page saved in its place."
            if re.match(r"\s*<(?:!doctype|html)", text, re.I)
            else ""
        )
        yield Diagnostic(None, "error", f"no record found: not one line begins with TY or ends a record with ER.{page}", "nothing was read")
    elif counts.starts and counts.records != counts.starts:
        what = f"{counts.records} records were read, but {counts.starts} lines look like the start of one (TY)"
        yield Diagnostic(None, "error", what, "compare the records with the file; the other diagnostics name the lines")
    elif not counts.starts and counts.records != counts.ends:
        what = f"{counts.records} records were read from a file without TY, but {counts.ends} lines look like the end of one (ER)"
        yield Diagnostic(None, "error", what, "compare the records with the file; the other diagnostics name the lines")
    if counts.titles < counts.records:
        what = f"{counts.records - counts.titles} of {counts.records} records have no title"
        yield Diagnostic(None, "note", what, "read with what they have")


_SEPARATORS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def _line_ends(text: str) -> Iterator[Diagnostic]:
    """Line ends of several kinds (Web of Science has a bare CR between some lines), and what only looks like one."""
    crlf = text.count("\r\n")
    counts = {"CRLF": crlf, "CR": text.count("\r") - crlf, "LF": text.count("\n") - crlf}
    kinds = [f"{name} ({count})" for name, count in counts.items() if count]
    if len(kinds) > 1:
        yield Diagnostic(None, "note", f"lines end in {' and '.join(kinds)}", "each was read as the end of a line")
    if _SEPARATORS.search(text):
        for number, line in enumerate(lines_of(text), 1):
            if _SEPARATORS.search(line):
                what = "a separator (U+2028, U+0085, VT, FF) inside a line"
                yield Diagnostic(number, "note", what, "read as a space, not as the end of a line")


_GLUED = re.compile(r"\S([A-Z][A-Z0-9])  - ")


def _doubts(entry: Entry, record: Record) -> Iterator[Diagnostic]:
    """What was read, but perhaps not as it was meant."""
    for line in entry.lines:
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
