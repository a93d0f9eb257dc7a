"""BibTeX and BibLaTeX: split by bibtexparser, whose failed blocks are read too, or told of."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from references.formats.bibtex_values import abbreviations, field_lines, unglued
from references.formats.diagnostics import BETWEEN, Diagnostic
from references.formats.entry import Entry, Line
from references.formats.format import Format, Sides
from references.formats.interpret import About, Table, interpret
from references.formats.text import Text
from references.record import Record

_TYPES = {
    "journal-article": "article review suppperiodical periodical",
    "book": "book booklet mvbook collection mvcollection reference mvreference manual proceedings mvproceedings",
    "book-chapter": "incollection inbook bookinbook suppbook suppcollection inreference",
    "conference-paper": "inproceedings conference",
    "thesis": "phdthesis mastersthesis thesis",
    "report": "techreport report",
    "working-paper": "unpublished",
    "web-page": "online electronic www",
    "dataset": "dataset data",
    "other": "misc patent software artwork audio bibnote commentary image jurisdiction legislation legal letter movie music performance "
    "standard video customa unknown",
}
TABLE = Table(
    title=("title", "maintitle", "booktitle"),
    title_alt=("origtitle", "title_alt", "translatedtitle"),
    authors=(("author",), ("authors",)),
    editors=(("editor",), ("editors",)),
    date=("date", "year", "month"),
    type=("@",),
    types={word: kind for kind, words in _TYPES.items() for word in words.split()},
    journal=("journaltitle", "journal", "journalname", "fjournal", "shortjournal", "booktitle", "series"),
    journal_by_type={
        "book-chapter": ("booktitle", "maintitle", "journal", "series"),
        "conference-paper": ("booktitle", "maintitle", "journal", "journaltitle", "eventtitle", "series"),
        "book": ("maintitle", "series"),
        "thesis": (),
        "report": ("series",),
    },
    volume=("volume",),
    issue=("number", "issue"),
    pages=("pages",),
    article_number=("art_number", "article-number", "eid", "articleno", "article_number"),
    doi=("doi",),
    doi_inside=("url", "ee", "note", "eprint"),
    pmid=("pmid",),
    pmcid=("pmcid", "pmc"),
    issn=("issn", "eissn"),
    isbn=("isbn", "isbn13"),
    publisher=("publisher", "institution", "school", "organization"),
    language=("language", "langid"),
    abstract=("abstract",),
    abstract_alt=("abstract_alt",),
    keywords=("keywords", "keyword", "author_keywords", "keywords-plus"),
    split_keywords=r"\n",
    url=("url", "ee", "howpublished", "link"),
    database=("source", "database"),
    accession=("unique-id",),
    retracted={"note": "retracted publication"},
)

_BLOCK = re.compile(r"^[ \t]*@[ \t]*([A-Za-z]+)\s*[{(]", re.M)
_NO_ENTRY = ("comment", "string", "preamble")
_SIGN = re.compile(r"^\s*@\s*[A-Za-z]+\s*[{(]\s*[^\s,{}()\"=]*\s*,\s*(?:[\w-]+\s*=|\})|^\s*@\s*[A-Za-z]+\s*\{\s*[\w-]+\s*=\s*[{\"]", re.M)


def sign(head: str) -> str | None:
    """An entry with a key and a first field."""
    found = _SIGN.search(head)
    return f"an entry {' '.join(found[0].split())[:40]}" if found else None


def entries(text: Text) -> Iterator[Entry | Diagnostic | Sides]:
    """The entries of a BibTeX file, with what they inherit by crossref; what makes no entry is told with its lines."""
    from bibtexparser import model
    from bibtexparser.library import Library
    from bibtexparser.splitter import Splitter

    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # what it would log is told here
    whole = text.whole()
    library: Library = Splitter(whole).split()
    strings = abbreviations([(string.key, str(string.value)) for string in library.strings])
    read: list[Entry] = []
    for block in _with_rest(library.blocks):
        if isinstance(block, model.DuplicateFieldKeyBlock | model.DuplicateBlockKeyBlock):
            twice = ", ".join(sorted(block.duplicate_keys)) if isinstance(block, model.DuplicateFieldKeyBlock) else block.key
            what = "a field" if isinstance(block, model.DuplicateFieldKeyBlock) else "the key of an entry"
            yield Diagnostic(_first(block), "note", f"{what} stands twice: {twice}", "every one is read")
            block = block.ignore_error_block or block
        if isinstance(block, model.Entry):
            fields = [(field.key, str(field.value), (field.start_line or 0) + 1) for field in block.fields]
            apart = [one for field in fields for one in unglued(*field)]
            if len(apart) > len(fields):
                yield Diagnostic(_first(block), "warning", "a comma is missing between two fields", "read as two fields")
            read.append(_made(block.entry_type, block.key or "", apart, _first(block), block.raw or "", strings))
        elif isinstance(block, model.ParsingFailedBlock):
            entry = _recovered(block.raw or "", _first(block), strings)
            yield _failed(block, entry)
            read += [entry] if entry else []
        elif isinstance(block, model.String | model.Preamble | model.ExplicitComment | model.ImplicitComment):
            yield from _told(block)
    yield from _inherit(read)
    starts = sum(1 for found in _BLOCK.finditer(whole) if found[1].lower() not in _NO_ENTRY)
    yield Sides(starts, None)


def _first(block: Any) -> int:
    return (getattr(block, "start_line", 0) or 0) + 1


def _made(kind: str, key: str, fields: list[tuple[str, str, int]], first: int, raw: str, strings: dict[str, str]) -> Entry:
    """An entry out of (name, value as it stands, line)."""
    lines = [Line("@", kind.lower(), first, first), Line("key", key, first, first)] if key else [Line("@", kind.lower(), first, first)]
    lines += field_lines([(name.lower(), value, line) for name, value, line in fields], strings)
    own = "\n".join(line.rstrip() for line in raw.strip().split("\n") if line.strip())
    return Entry(tuple(lines), first, first + raw.rstrip().count("\n"), True, "end", own)


def _with_rest(blocks: list[Any]) -> Iterator[Any]:
    """The blocks; to one that could not be parsed belongs the text behind it, which begins where the parser gave up."""
    from bibtexparser.model import ImplicitComment, ParsingFailedBlock

    held = None
    for block in blocks:
        if held is not None and isinstance(block, ImplicitComment) and "=" in (held.raw or "") + (block.raw or ""):
            between = "\n" * ((block.start_line or 0) - (held.start_line or 0) - (held.raw or "").count("\n"))
            raw = f"{held.raw}{between}{block.raw}"
            held = ParsingFailedBlock(error=held.error, start_line=held.start_line, raw=raw)
            continue
        if held is not None:
            yield held
        held = block if type(block) is ParsingFailedBlock else None
        if held is None:
            yield block
    if held is not None:
        yield held


_HEAD = re.compile(r"\s*@\s*(\w+)\s*[{(]\s*(?:([^\s,={}]*)\s*,)?")
_FIELD = re.compile(r"(?:^|[,{(])\s*([A-Za-z][\w-]*)[ \t]*=[ \t]*(?=[{\"\w])", re.M)


def _recovered(raw: str, first: int, strings: dict[str, str]) -> Entry | None:
    """An entry that breaks the rules, read field by field: each value goes on to the comma or line that begins a field."""
    head = _HEAD.match(raw)
    found = [field for field in _FIELD.finditer(raw) if head and field.start(1) >= head.end() - 1 and _opens(raw, field, head.end())]
    if head is None or not found:
        return None
    fields = []
    for place, field in enumerate(found):
        last = place + 1 == len(found)
        value = re.sub(r"[\s,})]+$", "", raw[field.end() :]) if last else raw[field.end() : found[place + 1].start()].strip().rstrip(",")
        opened = value.count("{") - value.count("}")
        fields.append((field[1], value + "}" * max(opened, 0), first + raw.count("\n", 0, field.start(1))))
    return _made(head[1], head[2] or "", fields, first, raw, strings)


def _opens(raw: str, field: re.Match[str], begin: int) -> bool:
    """Whether what looks like a field begins a line, or stands behind a comma that closes a value."""
    before = raw[begin : field.start(1)].rstrip(" \t")
    return before == "" or before[-1:] == "\n" or re.search(r"[}\"\w]\s*,\s*$", before) is not None


def _failed(block: Any, entry: Entry | None) -> Diagnostic:
    first, raw = _first(block), (getattr(block, "raw", "") or "").rstrip()
    lines = ((first, first + raw.count("\n")),)
    if entry:
        return Diagnostic(
            first, "warning", "an entry that breaks BibTeX's rules (a brace, comma or quotation mark)", "read field by field", lines
        )
    return Diagnostic(first, "error", f"a block that is no entry: {raw[:80]!r}", "left out; put it right in the file, or leave it", lines)


def _told(block: Any) -> Iterator[Diagnostic]:
    """What stands between the entries."""
    raw = (getattr(block, "raw", "") or "").rstrip()
    if not raw.strip():
        return
    first = _first(block)
    kind = {"String": "an abbreviation (@string)", "Preamble": "a @preamble", "ExplicitComment": "a @comment"}.get(type(block).__name__)
    what = kind or f"{BETWEEN}: {raw.strip().splitlines()[0][:200]!r}"
    severity = "note" if kind or "@" not in raw else "warning"
    done = "put in where it is used" if type(block).__name__ == "String" else "left out of the records"
    yield Diagnostic(first, severity, what, done, ((first, first + raw.count("\n")),))  # type: ignore[arg-type]


# -- crossref ----------------------------------------------------------------------------------------------------------

_HANDED_DOWN = (
    "editor",
    "publisher",
    "year",
    "date",
    "month",
    "isbn",
    "issn",
    "series",
    "volume",
    "location",
    "organization",
    "eventtitle",
)


def _inherit(entries: list[Entry]) -> Iterator[Entry | Diagnostic]:
    """Entries with a crossref get what they lack from their parent, whose title is their booktitle."""
    parents = {_value(entry, "key").lower(): entry for entry in entries if _value(entry, "key")}
    for entry in entries:
        parent = parents.get((_value(entry, "crossref") or _value(entry, "xdata")).lower())
        if parent is None or parent is entry:
            yield entry
            continue
        own = {line.tag for line in entry.lines}
        holder = "booktitle" if not own & {"booktitle", "journal", "journaltitle"} else ""
        more = [line for line in parent.lines if line.tag in _HANDED_DOWN and line.tag not in own]
        titles = [line for line in parent.lines if line.tag in ("booktitle", "title")]
        more += [titles[-1]._replace(tag=holder)] if holder and titles else []
        if more:
            what = f"what the entry takes from the one it refers to ({', '.join(sorted({line.tag for line in more}))})"
            yield Diagnostic(entry.first_line, "note", what, "read as its own")
        yield replace(entry, lines=(*entry.lines, *more))


def _value(entry: Entry, tag: str) -> str:
    return next((line.value for line in entry.lines if line.tag == tag), "")


# -- records -----------------------------------------------------------------------------------------------------------


def _interpret(entry: Entry, source: str, key: str, about: About) -> Record:
    """By the table; a manuscript on arXiv is a preprint, and the words of a thesis' or report's type belong to neither."""
    record = interpret(entry, TABLE, source, key, about)
    archive = (_value(entry, "archiveprefix") or _value(entry, "eprinttype")).lower()
    place = (record.journal or "").lower()
    if (archive == "arxiv" and record.type in (None, "other", "web-page", "working-paper")) or place.startswith(
        ("arxiv", "corr", "biorxiv")
    ):
        return replace(record, type="preprint")
    return record


BIBTEX = Format(name="BibTeX", media="application/x-bibtex", sign=sign, entries=entries, interpret=_interpret)
