"""PubMed's XML, as its site and its E-utilities give it: articles, chapters and books.

The elements: https://www.nlm.nih.gov/bsd/licensee/elements_descriptions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from references.formats.diagnostics import Diagnostic
from references.formats.entry import Entry, Line
from references.formats.format import Format, Sides
from references.formats.interpret import About, Table, interpret
from references.formats.text import Text
from references.formats.values import said
from references.formats.xml_files import Element, Row, Shape, local, rows, words
from references.formats.xml_files import entries as xml_entries
from references.identifiers import clean_text
from references.record import Record

# An attribute that tells several elements of one name apart goes into the path: "ArticleId[doi]".
_APART = {
    "ArticleId": "IdType",
    "ELocationID": "EIdType",
    "ISSN": "IssnType",
    "PubMedPubDate": "PubStatus",
    "CommentsCorrections": "RefType",
    "Identifier": "Source",
    "OtherID": "Source",
    "AuthorList": "Type",
    "OtherAbstract": "Language",
}
# Bookkeeping of the indexers, and codes that say the same as the words beside them.
_BOOKKEEPING = """
    UI MajorTopicYN AutoHM ValidYN Version VersionDate CompleteYN Owner IndexingMethod PubModel CitedMedium DateType EqualContrib
    NlmCategory book part sec EIdType IdType IssnType PubStatus RefType Source Type Language Label lang
"""
_UNKEPT = frozenset(_BOOKKEEPING.split())
_DATES = frozenset({"Year", "Month", "Day", "Hour", "Minute", "Second", "Season", "MedlineDate"})


def _named(element: Element, path: str) -> str:
    name = local(element)
    kind = clean_text(element.get(_APART[name]) or "") if name in _APART else ""
    if name == "ELocationID" and element.get("ValidYN") == "N":
        kind = f"{kind} invalid"
    path = f"{path}/{name}" if path else name
    return f"{path}[{kind}]" if kind else path


def _plain(element: Element, path: str) -> list[Row]:
    return rows(element, _named(element, path), _SPECIAL, _UNKEPT)


def _date(element: Element, path: str) -> Iterator[Row]:
    """Year, month and day as one value: "2015-08-01", "2017 Nov 09", "1990 Spring"."""
    if len(element) and all(local(child) in _DATES for child in element):
        parts = [part for child in element if (part := words(child))]
        days = [part for child in element if local(child) in ("Year", "Month", "Day") and (part := words(child))]
        clock = parts[len(days) :] if parts[: len(days)] == days else None
        date = ("-" if all(part.isdigit() for part in days) else " ").join(days)
        yield Row(_named(element, path), f"{date} {':'.join(clock)}".strip() if clock is not None else " ".join(parts), element)
    else:
        yield from _plain(element, path)


def _author(element: Element, path: str) -> Iterator[Row]:
    """The name as one value, "Family, Given", and then what else is told of the person; a body by its own tag."""
    parts = {local(child): words(child) for child in element}
    family, given = parts.get("LastName", ""), parts.get("ForeName", "") or parts.get("FirstName", "") or parts.get("Initials", "")
    given = " ".join(filter(None, [given, parts.get("Suffix", "")]))
    path = _named(element, path)
    if family or given:
        yield Row(path, ", ".join(filter(None, [family, given])), element)
    for child in element:
        if local(child) not in ("LastName", "ForeName", "FirstName", "Initials", "Suffix"):
            yield from _SPECIAL.get(local(child), _plain)(child, path)


def _abstract(element: Element, path: str) -> Iterator[Row]:
    """The sections as one value, each begun by its label, and the rest of the element by itself."""
    path = _named(element, path)
    sections = [child for child in element if local(child) == "AbstractText"]
    if text := "\n".join(filter(None, map(_section, sections))):
        yield Row(path, text, element)
    for child in element:
        if local(child) != "AbstractText":
            yield from _plain(child, path)


def _section(element: Element) -> str:
    label, text = (element.get("Label") or "").strip(" :"), words(element)
    return f"{label}: {text}" if text and label and label.upper() != "UNLABELLED" else text


_SPECIAL = {
    **dict.fromkeys(_APART, _plain),
    **dict.fromkeys(("PubDate", "ArticleDate", "DateCreated", "DateCompleted", "DateRevised", "ContributionDate"), _date),
    **dict.fromkeys(("PubMedPubDate", "BeginningDate", "EndingDate"), _date),
    **dict.fromkeys(("Author", "Investigator", "PersonalNameSubject"), _author),
    **dict.fromkeys(("Abstract", "OtherAbstract"), _abstract),
}


def _rows(element: Element) -> list[Row]:
    """Paths are from within PubmedArticle or PubmedBookArticle, also where a citation stands alone."""
    alone = local(element) in ("MedlineCitation", "BookDocument")
    return rows(element, local(element) if alone else "", _SPECIAL, _UNKEPT)


SHAPE = Shape("PubMed XML", ("PubmedArticle", "PubmedBookArticle", "MedlineCitation", "BookDocument"), _rows)

_SIGN = re.compile(
    r"<(?:PubmedArticleSet|PubmedArticle|PubmedBookArticleSet|PubmedBookArticle|MedlineCitationSet|MedlineCitation|BookDocumentSet)(?=[\s>/])"
)


def sign(head: str) -> str | None:
    """One of the elements that PubMed's files are made of."""
    found = _SIGN.search(head) if head.lstrip("\ufeff \t\n")[:1] == "<" else None
    return f"the element {found[0]}>" if found else None


def entries(text: Text) -> Iterator[Entry | Diagnostic | Sides]:
    """The records of a PubMed XML file."""
    return xml_entries(text, SHAPE)


# -- what it stands for ------------------------------------------------------------------------------------------------

# The most telling first: a preprint is "Journal Article" too.
_TYPES = {
    "preprint": "preprint",
    "meeting abstract": "conference-abstract",
    "congress": "conference-paper",
    "book review": "review-notice",
    "academic dissertation": "thesis",
    "technical report": "report",
    "dataset": "dataset",
    "news": "news",
    "newspaper article": "news",
    "journal article": "journal-article",
    "review": "journal-article",
    "letter": "journal-article",
    "editorial": "journal-article",
    "comment": "journal-article",
}
_CITATION, _ARTICLE = "MedlineCitation", "MedlineCitation/Article"
_PT = f"{_ARTICLE}/PublicationTypeList/PublicationType"
_PAGES, _START, _END = (f"{_ARTICLE}/Pagination/{name}" for name in ("MedlinePgn", "StartPage", "EndPage"))
_VERNACULAR = f"{_ARTICLE}/VernacularTitle"
_ISSNS = tuple(f"{_ARTICLE}/Journal/ISSN{kind}" for kind in ("[Electronic]", "[Print]", "[Undetermined]", ""))
ARTICLE = Table(
    title=(f"{_ARTICLE}/ArticleTitle", _VERNACULAR),
    title_alt=(_VERNACULAR,),
    authors=((f"{_ARTICLE}/AuthorList/Author", f"{_ARTICLE}/AuthorList[authors]/Author"),),
    bodies=(f"{_ARTICLE}/AuthorList/Author/CollectiveName", f"{_ARTICLE}/AuthorList[authors]/Author/CollectiveName"),
    editors=((f"{_ARTICLE}/AuthorList[editors]/Author", f"{_ARTICLE}/AuthorList[editors]/Author/CollectiveName"),),
    date=(f"{_ARTICLE}/Journal/JournalIssue/PubDate", f"{_ARTICLE}/ArticleDate"),
    type=(_PT,),
    types=_TYPES,
    journal=(f"{_ARTICLE}/Journal/Title", f"{_ARTICLE}/Journal/ISOAbbreviation", f"{_CITATION}/MedlineJournalInfo/MedlineTA"),
    volume=(f"{_ARTICLE}/Journal/JournalIssue/Volume",),
    issue=(f"{_ARTICLE}/Journal/JournalIssue/Issue",),
    pages=(_PAGES,),
    doi=(f"{_ARTICLE}/ELocationID[doi]", "PubmedData/ArticleIdList/ArticleId[doi]"),
    pmid=(f"{_CITATION}/PMID", "PubmedData/ArticleIdList/ArticleId[pubmed]"),
    pmcid=("PubmedData/ArticleIdList/ArticleId[pmc]", "PubmedData/ArticleIdList/ArticleId[pmcid]"),
    issn=(*_ISSNS, f"{_CITATION}/MedlineJournalInfo/ISSNLinking"),
    language=(f"{_ARTICLE}/Language",),
    abstract=(f"{_ARTICLE}/Abstract",),
    keywords=(f"{_CITATION}/MeshHeadingList/MeshHeading/DescriptorName", f"{_CITATION}/KeywordList/Keyword"),
    split_keywords=r"(?!)",
    database_name="PubMed",
    retracted={_PT: "retracted publication", f"{_CITATION}/CommentsCorrectionsList/CommentsCorrections[RetractionIn]/RefSource": ""},
)
_BOOK = "BookDocument"
_CHAPTER_TITLE, _BOOK_TITLE, _SERIES = f"{_BOOK}/ArticleTitle", f"{_BOOK}/Book/BookTitle", f"{_BOOK}/Book/CollectionTitle"
_OWN_AUTHORS, _BOOK_AUTHORS = (
    tuple(f"{place}/AuthorList{kind}/Author{body}" for kind in ("", "[authors]") for body in ("", "/CollectiveName"))
    for place in (_BOOK, f"{_BOOK}/Book")
)
_EDITORS = tuple(f"{place}/AuthorList[editors]/Author" for place in (_BOOK, f"{_BOOK}/Book"))
BOOK = Table(
    title=(_BOOK_TITLE,),
    title_alt=(f"{_BOOK}/VernacularTitle",),
    authors=(_BOOK_AUTHORS,),
    editors=((*_EDITORS, *(f"{tag}/CollectiveName" for tag in _EDITORS)),),
    date=(f"{_BOOK}/Book/PubDate", f"{_BOOK}/Book/BeginningDate", f"{_BOOK}/ContributionDate"),
    journal=(_SERIES,),
    volume=(f"{_BOOK}/Book/Volume",),
    pages=(f"{_BOOK}/Pagination/MedlinePgn",),
    doi=(f"{_BOOK}/ArticleIdList/ArticleId[doi]", f"{_BOOK}/Book/ELocationID[doi]", "PubmedBookData/ArticleIdList/ArticleId[doi]"),
    pmid=(f"{_BOOK}/PMID", "PubmedBookData/ArticleIdList/ArticleId[pubmed]"),
    pmcid=(f"{_BOOK}/ArticleIdList/ArticleId[pmc]", "PubmedBookData/ArticleIdList/ArticleId[pmc]"),
    isbn=(f"{_BOOK}/Book/Isbn",),
    publisher=(f"{_BOOK}/Book/Publisher/PublisherName",),
    language=(f"{_BOOK}/Language",),
    abstract=(f"{_BOOK}/Abstract",),
    keywords=(f"{_BOOK}/KeywordList/Keyword",),
    split_keywords=r"(?!)",
    database_name="PubMed",
    retracted={f"{_BOOK}/PublicationType": "retracted publication"},
)
CHAPTER = replace(BOOK, title=(_CHAPTER_TITLE, _BOOK_TITLE), journal=(_BOOK_TITLE, _SERIES))


@cache
def _article(type: str, no_range: bool, other: tuple[str, ...]) -> Table:
    """The table for articles of a publication type, with pages as start and end, and with abstracts in these other languages."""
    table = replace(ARTICLE, types={word: kind for word, kind in _TYPES.items() if kind == type}, abstract_alt=other)
    return replace(table, pages=(), first_page=(_START,), last_page=(_END,)) if no_range else table


def _interpret(entry: Entry, source: str, key: str, about: About) -> Record:
    """By the table for articles, chapters or books."""
    tags = {line.tag for line in entry.lines}
    if any(tag.startswith(_BOOK) for tag in tags):
        return _book(entry, source, key, about, chapter=_CHAPTER_TITLE in tags)
    said_nothing = [line for line in entry.lines if line.tag == f"{_ARTICLE}/ArticleTitle" and _NO_TITLE.fullmatch(line.value)]
    if said_nothing:
        entry = replace(entry, lines=tuple(line for line in entry.lines if line not in said_nothing))
    words = {line.value.lower() for line in entry.lines if line.tag == _PT}
    type = next((kind for word, kind in _TYPES.items() if word in words), "")
    other = [
        line for line in entry.lines if line.tag.startswith(f"{_CITATION}/OtherAbstract") and "/" not in line.tag[len(_CITATION) + 1 :]
    ]
    places = tuple(dict.fromkeys(line.tag for line in other))
    record = interpret(entry, _article(type, _PAGES not in tags, places), source, key, about)
    languages = [line.tag.partition("[")[2].rstrip("]") for tag in places for line in other if line.tag == tag and said(line.value)]
    abstracts = tuple((language, text) for language, (_, text) in zip(languages, record.abstract_alt, strict=True))
    return replace(record, abstract_alt=abstracts, title_alt=record.title_alt if record.title_alt != record.title else None)


_NO_TITLE = re.compile(r"\W*not available\W*", re.I)


def _book(entry: Entry, source: str, key: str, about: About, chapter: bool) -> Record:
    """A chapter's authors are its own, or else those of the book."""
    table = CHAPTER if chapter else BOOK
    if any(line.tag in _OWN_AUTHORS for line in entry.lines):
        table = replace(table, authors=(_OWN_AUTHORS,))
    record = interpret(entry, table, source, key, about)
    shown = next(((tag, line) for field, tag, line in record.origins if field == "title"), None)
    kind = "book-chapter" if chapter else "book"
    return replace(record, type=kind, origins=(*record.origins, ("type", *shown))) if shown else record


def record_of(element: Element, source: str, key: str) -> Record:
    """The record that one element gives, as a file's is read; origins and what is unread have the line 0."""
    lines = tuple(Line(row.tag, row.value, 0, 0) for row in _rows(element))
    entry = Entry(lines=lines, first_line=0, last_line=0, started=True, closed_by="end", text="")
    return _interpret(entry, source, key, About())


PUBMED_XML = Format(name="PubMed XML", media="application/xml", sign=sign, entries=entries, interpret=_interpret)
