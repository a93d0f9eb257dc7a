"""EndNote's XML, and what Mendeley, Bookends, Zotero and others write in its form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from references.formats.diagnostics import Diagnostic
from references.formats.entry import Entry
from references.formats.format import Format, Sides
from references.formats.interpret import About, Table, interpret
from references.formats.text import Text
from references.formats.values import Values
from references.formats.xml_files import Element, Row, Shape, rows
from references.formats.xml_files import entries as xml_entries
from references.record import Record

# Reference types by EndNote's number and by the English name, which a library may have changed.
_TYPES = {
    "journal-article": "17 journal article|43 electronic article|19 magazine article|57 serial|journal",
    "book": "6 book|28 edited book|44 electronic book|49 classical work|51 ancient text|52 dictionary|53 encyclopedia|whole book",
    "book-chapter": "5 book section|60 electronic book section|book chapter",
    "conference-paper": "10 conference proceedings|47 conference paper|conference proceeding",
    "conference-abstract": "conference abstract|meeting abstract",
    "preprint": "preprint",
    "review-notice": "book review",
    "thesis": "32 thesis|dissertation|doctoral dissertation|phd thesis",
    "report": "27 report|46 government document|technical report",
    "working-paper": "34 unpublished work|36 manuscript|working paper|discussion paper",
    "web-page": "12 web page|16 electronic source|56 blog|48 online multimedia|online source",
    "news": "23 newspaper article|63 press release",
    "dataset": "59 dataset|45 online database|55 aggregated database",
    "other": "0 |13 generic|2 artwork|3 audiovisual material|4 bill|7 case|8 catalog|9 computer program|14 hearing|20 map|"
    "21 film or broadcast|24 pamphlet|25 patent|26 personal communication|31 statute|"
    "37 figure|38 chart or table|39 equation|50 legal rule or regulation|"
    "54 grant|58 standard|61 music|62 interview|64 podcast|65 discussion forum|66 social media|67 multimedia application",
}
_WORD = re.compile(r"(\d*) ?(.*)")
TYPES = {
    word: kind
    for kind, words in _TYPES.items()
    for found in (_WORD.fullmatch(item) for item in words.split("|"))
    if found
    for word in found.groups()
    if word
}

_AUTHORS = "contributors/authors/author"
_EDITORS = "contributors/secondary-authors/author"
_PLACES = ("titles/secondary-title", "periodical/full-title", "titles/alt-title", "alt-periodical/full-title", "periodical/abbr-1")
TABLE = Table(
    title=("titles/title", "titles/short-title"),
    title_alt=("titles/translated-title",),
    authors=((_AUTHORS,),),
    editors=((_EDITORS,),),
    date=("dates/year", "dates/pub-dates/date"),
    type=("work-type", "ref-type/@name", "ref-type"),
    types=TYPES,
    journal=(*_PLACES, "titles/tertiary-title", "periodical/abbr-2", "periodical/abbr-3"),
    volume=("volume",),
    issue=("number", "issue"),
    pages=("pages",),
    article_number=("custom7",),  # so named in EndNote's table of journal articles
    doi=("electronic-resource-num",),
    doi_inside=("urls/related-urls/url", "urls/web-urls/url", "urls/text-urls/url"),
    issn=("isbn", "issn"),
    isbn=("isbn",),
    publisher=("publisher",),
    language=("language",),
    abstract=("abstract",),
    keywords=("keywords/keyword",),
    url=("urls/related-urls/url", "urls/web-urls/url", "urls/text-urls/url", "urls/pdf-urls/url", "urls/pdf-urls/pdf-url"),
    database=("remote-database-name",),
    accession=("accession-num",),
    retracted={"work-type": "retracted publication", "keywords/keyword": "retracted publication", "notes": "retraction in:"},
)

_UNKEPT = frozenset({"face", "font", "size", "charset"})  # how the words look in EndNote


def _keyword(element: Element, path: str) -> Iterator[Row]:
    """Several to one element where their line ends were not undone."""
    for row in rows(element, f"{path}/keyword", {}, _UNKEPT):
        yield from (row._replace(value=part.strip()) for part in row.value.split("\n") if part.strip())


def _rows(element: Element) -> Iterator[Row]:
    for row in rows(element, "", {"keyword": _keyword}, _UNKEPT):
        attribute = row.tag.partition("/@")[2]
        if attribute != "name" or row.value != (row.element.text or "").strip():  # <database name="x">x</database>
            yield row


SHAPE = Shape("EndNote XML", ("record",), _rows, unhashed=frozenset({"database", "source-app", "rec-number", "foreign-keys"}))

_SIGN = re.compile(r"<records?[\s>]")
_OWN = re.compile(r"<(?:source-app|ref-type|rec-number|electronic-resource-num|secondary-title|foreign-keys)(?=[\s>/])")


def sign(head: str) -> str | None:
    """<records> or <record>, with an element that only EndNote names so."""
    if head.lstrip("\ufeff \t\n")[:1] != "<" or not (_SIGN.search(head) and (own := _OWN.search(head))):
        return None
    return f"<record> with {own[0]}>"


def entries(text: Text) -> Iterator[Entry | Diagnostic | Sides]:
    """The records of an EndNote XML file."""
    return xml_entries(text, SHAPE)


_FROM_PUBMED = re.compile(r"(?:pubmed|medline|nlm)\b", re.I)
_WHOLE_PMCID = re.compile(r"\s*(?:PMCID\s*:?\s*)?PMC\s?\d+\s*", re.I)
_NUMBER = re.compile(r"\d{1,8}")


@cache
def _table(pubmed: bool, pmcid: str, edited: bool) -> Table:
    table = TABLE
    if pubmed:
        table = replace(table, pmid=("accession-num",), accession=())
    if pmcid:
        table = replace(table, pmcid=(pmcid,))
    return replace(table, authors=(), editors=((_AUTHORS, _EDITORS),)) if edited else table


def _interpret(entry: Entry, source: str, key: str, about: About) -> Record:
    """By the table; the accession number is PubMed's where the record says so, and an edited book's authors are its editors."""
    values = Values(entry.lines)
    pmcid = next((line.tag for line in values.all("custom2", "user16") if _WHOLE_PMCID.fullmatch(line.value)), "")
    edited = values.text("ref-type") == "28" or values.text("ref-type/@name").lower() == "edited book"
    return interpret(entry, _table(_is_pubmed(values, bool(pmcid)), pmcid, edited), source, key, about)


def _is_pubmed(values: Values, in_pmc: bool) -> bool:
    """Whether the accession number is a PMID: the database is PubMed, its link has it, or it stands beside PubMed Central's.

    Mendeley, which names no program and gives every type the number 0, keeps nothing but PMIDs there.
    """
    number = values.text("accession-num")
    if not _NUMBER.fullmatch(number):
        return False
    named = values.text("remote-database-name")
    if named:
        return bool(_FROM_PUBMED.match(named))
    links = " ".join(line.value for line in values.all("urls/related-urls/url", "urls/web-urls/url"))
    linked = re.search(rf"pubmed(?:\.ncbi\.nlm\.nih\.gov)?/(?:\?term=)?{number}\b", links)
    mendeley = values.text("ref-type") == "0" and not values.all("source-app")
    return bool(linked) or in_pmc or mendeley or bool(_FROM_PUBMED.match(values.text("remote-database-provider")))


ENDNOTE_XML = Format(name="EndNote XML", media="application/xml", sign=sign, entries=entries, interpret=_interpret)
