"""Europe PMC: what to ask, and what its answers say. Pure functions, no I/O.

The service: https://europepmc.org/RestfulWebService. A search is walked with a cursor mark that holds the sort
values of the last record seen, so any page can be asked again. No key; no published rate limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from references.formats.diagnostics import Diagnostic
from references.identifiers import clean_doi, clean_isbn, clean_issn, clean_pmcid, clean_pmid, clean_text
from references.record import Record, record_id
from references.sources.fields import Fields, not_understood
from references.sources.source import Changed, Question, all_given, all_wanted, lasting
from references.wire import Limits, Request, Secret, read_json

NAME = SERVICE = "europepmc"
SLACK = 0.0
PLATFORM = "Europe PMC"
BASE = "https://www.ebi.ac.uk/europepmc/webservices/rest"
START = "*"  # the cursor of the first page
PAGE_SIZE = 1000  # the most that is allowed
DATE = "%Y-%m-%d"
SECRETS: tuple[Secret, ...] = ()
REPEATABLE = True  # the mark holds the sort values of the last record seen
read, passing, withheld, wanted = read_json, lasting, all_given, all_wanted
INTERVAL = 0.21  # seconds between requests: 5 a second is held to be polite

# Known, and of no use in a review: flags and links of the site, funding, chemicals, dates of processing,
# and what another field says better (authorString, the abbreviations of the journal).
IGNORED = frozenset(
    """affiliation authMan authorIdList authorString bookid chemicalList citedByCount dataLinksTagsList dateOfCompletion
    dateOfCreation dateOfRevision dbCrossReferenceList electronicPublicationDate embargoDate epmcAuthMan firstIndexDate
    fullTextIdList fullTextReceivedDate grantsList hasBook hasData hasDbCrossReferences hasEvaluations hasLabsLinks hasPDF
    hasReferences hasSuppl hasTMAccessionNumbers hasTextMinedTerms inEPMC inPMC investigatorList isOpenAccess license
    manuscriptId nihAuthMan pubModel publicationStatus subsetList tmAccessionTypeList versionList
    authorList.author[].authorAffiliationDetailsList authorList.author[].authorId
    bookOrReportDetails.edition bookOrReportDetails.extraInformation bookOrReportDetails.numberOfPages
    commentCorrectionList.commentCorrection[].note commentCorrectionList.commentCorrection[].orderIn
    commentCorrectionList.commentCorrection[].reference
    fullTextUrlList.fullTextUrl[].availability fullTextUrlList.fullTextUrl[].site
    journalInfo.journalIssueId journalInfo.journal.isoabbreviation journalInfo.journal.medlineAbbreviation journalInfo.journal.nlmid
    meshHeadingList.meshHeading[].majorTopic_YN meshHeadingList.meshHeading[].meshQualifierList""".split()  # noqa: SIM905  60 lines of quotes would hide the list
)
KEPT = frozenset({"pubType", "commentCorrection", "versionNumber"})  # understood, and shown with the record


def request(question: Question, cursor: str) -> Request:
    """The request for the page at a cursor. By POST, since a protocol's query is longer than an address may be."""
    form = (
        ("query", question.query),
        ("format", "json"),
        ("resultType", "core"),  # the only one with abstracts
        ("pageSize", str(question.page_size)),
        ("cursorMark", cursor),
        ("synonym", "false"),  # the query as written, so that it can be repeated
    )
    return Request(method="POST", url=f"{question.base}/searchPOST", form=form, interval=INTERVAL)


def lookup(dois: Sequence[str], pmids: Sequence[str], at_once: int) -> list[str]:
    """By DOI, and by PMID where it has that."""
    asked = [*(f'DOI:"{doi}"' for doi in dois if '"' not in doi), *(f"(EXT_ID:{pmid} AND SRC:MED)" for pmid in pmids)]
    return [" OR ".join(asked[start : start + at_once]) for start in range(0, len(asked), at_once)]


def limits(headers: Mapping[str, str]) -> Limits:
    """Nothing: this service tells no limits."""
    return Limits()


def refusal(answer: Any, status: int, keyed: bool = True) -> str | None:
    """The "no" that this source sends with HTTP status 200, in words; None where the answer is none."""
    if isinstance(answer, dict) and ("errCode" in answer or "errMsg" in answer):
        said, code = (clean_text(str(answer.get(name, other))) for name, other in (("errMsg", "no reason given"), ("errCode", None)))
        return f"Europe PMC refused the search: {said} (code {code})"
    return None


def flaw(answer: Any, question: Question, cursor: str) -> str | None:
    """Why an answer is not a page of results, or None. Whether the pages together are whole only their end can tell."""
    try:
        total(answer, question, cursor)
        len(answer["resultList"]["result"])
        mark = answer.get("nextCursorMark")
    except (KeyError, TypeError):
        return "it answered without the number of results or the list of them"
    if mark is not None and not (isinstance(mark, str) and mark.isprintable() and len(mark) < 4000):
        return "it answered with a cursor that is no text"
    return None


def total(answer: Any, question: Question, cursor: str) -> int:
    """How many records the source says the query finds."""
    count = answer["hitCount"]
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise TypeError(f"hitCount is {count!r}, expected a number of records")
    return count


def next_cursor(answer: Any, question: Question, cursor: str) -> str | None:
    """Where the walk goes on; None at its end: no mark, the mark that was sent, or no results."""
    mark = answer.get("nextCursorMark")
    if not mark or mark == cursor or not answer["resultList"]["result"]:
        return None
    return str(mark)


def records(answer: Any) -> list[Record]:
    """The records of a page, in its order. Changed where one has no source or id, without which it cannot be named."""
    return [to_record(raw) for raw in answer["resultList"]["result"]]


def diagnostics(answer: Any, found: Sequence[Record]) -> list[Diagnostic]:
    """One line for each field that these records hold and this version does not know, or could not read."""
    return not_understood(found, KEPT)


def _name(raw: Any, field: str) -> str:
    value = raw.get(field) if isinstance(raw, dict) else None
    if not isinstance(value, str) or not re.fullmatch(r"[!-~]{1,200}", value):
        raise Changed(
            f"Europe PMC gave a record whose {field} is {value!r:.100}, where a short text was expected; a newer version may read it"
        )
    return value


def to_record(raw: Any) -> Record:
    """One result of resultType=core as a record; what was not understood is in `unread`."""
    source, id = _name(raw, "source"), _name(raw, "id")
    key = f"{source}:{id}"  # PMIDs and other ids share their numbers
    fields = Fields({name: value for name, value in raw.items() if name not in ("source", "id")})
    journal = fields.inside("journalInfo")
    title = journal.inside("journal")
    book = fields.inside("bookOrReportDetails")
    kinds = fields.texts("pubTypeList", "pubType", "type")
    notices, authors = _notices(fields), _authors(fields)
    year, date = _date(fields, journal, book)
    periodical, whole, series = title.text("title", "journal"), book.text("comprisingTitle"), book.text("seriesName")
    issns = title.read("issn", clean_issn, "issn"), title.read("essn", clean_issn)
    isbns = book.read("isbn13", clean_isbn, "isbn"), book.read("isbn10", clean_isbn)
    return Record(
        id=record_id(NAME, key),
        source=NAME,
        key=key,
        title=fields.text("title", "title") or "",
        authors=authors,
        year=year,
        date=date,
        type=_type(source, kinds, periodical is not None),
        journal=periodical or whole or series,
        volume=journal.text("volume", "volume"),
        issue=journal.text("issue", "issue"),
        pages=fields.text("pageInfo", "pages"),
        doi=fields.read("doi", clean_doi, "doi"),
        pmid=fields.read("pmid", clean_pmid, "pmid"),
        pmcid=fields.read("pmcid", clean_pmcid, "pmcid"),
        issn=issns[0] or issns[1],
        isbn=isbns[0] or isbns[1],
        publisher=book.text("publisher", "publisher"),
        language=fields.text("language", "language"),
        abstract=fields.text("abstractText", "abstract"),
        keywords=_keywords(fields),
        url=_url(fields),
        database="Europe PMC",
        accession=key,
        retracted=_retracted(kinds, notices),
        origins=tuple(fields.origins),
        unread=(*_shown(kinds, notices, fields.text("versionNumber")), *fields.over(IGNORED)),
    )


def _retracted(kinds: list[str], notices: list[tuple[str, str]]) -> bool:
    return any(kind.casefold() == "retracted publication" for kind in kinds) or any(kind == "Retraction in" for kind, _ in notices)


def _shown(kinds: list[str], notices: list[tuple[str, str]], version: str | None) -> Iterator[tuple[str, str, int]]:
    if kinds:
        yield "pubType", "; ".join(kinds), 0
    for kind, other in notices:
        yield "commentCorrection", f"{kind} {other}", 0
    if version:
        yield "versionNumber", version, 0


def _notices(fields: Fields) -> list[tuple[str, str]]:
    """(kind, key of the other record): "Erratum for", "Retraction in", "Preprint of" and the like."""
    found = []
    for notice in fields.objects("commentCorrectionList", "commentCorrection"):
        kind, source, id = (notice.text(name) or "?" for name in ("type", "source", "id"))
        found.append((kind, f"{source}:{id}"))
    return found


def _authors(fields: Fields) -> tuple[str, ...]:
    """Names in byline order: "Family, Given", a group's own name, or the short form where there is no other."""
    names = []
    for author in fields.objects("authorList", "author"):
        family, given, initials, short, group = (
            author.text(name) for name in ("lastName", "firstName", "initials", "fullName", "collectiveName")
        )
        first = given or initials
        names.append(f"{family}, {first}" if family and first else family or group or short or "")
    if names:
        fields.tell("authors", "authorList.author[]")
        return tuple(filter(None, names))
    return tuple(filter(None, (name.strip() for name in (fields.text("authorString", "authors") or "").rstrip(". ").split(","))))


def _date(fields: Fields, journal: Fields, book: Fields) -> tuple[int | None, str | None]:
    """Year and date of publication, as exact as the source is: its full dates put day 1 where it knows the month only."""
    year = fields.read("pubYear", _year, "year")
    issue_year, month = journal.read("yearOfPublication", _year), journal.text("monthOfPublication")
    words, printed = journal.text("dateOfPublication") or "", journal.read("printPublicationDate", _day)
    book_year, first = book.read("yearOfPublication", _year), fields.read("firstPublicationDate", _day)
    year = year or issue_year or book_year
    if issue_year is None:
        if first or year:
            fields.tell("date", "firstPublicationDate" if first else "pubYear")
        return year, first or (str(year) if year else None)
    fields.tell("date", "journalInfo.dateOfPublication")
    if printed and re.fullmatch(r"\d{4} [A-Z][a-z]{2} \d{1,2}", words):  # "2025 Jun 13": the day is known
        return year, printed
    return year, f"{issue_year}-{int(month):02}" if month and month.isdecimal() and 1 <= int(month) <= 12 else str(issue_year)


def _year(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[12]\d{3}", text) else None


def _day(text: str) -> str | None:
    return text if re.fullmatch(r"[12]\d{3}-[01]\d-[0-3]\d", text) else None


# Publication types of PubMed, of publishers and of Europe PMC itself that tell what sort of document it is, the telling
# ones first. The many others ("Review", "Multicenter Study") describe what is in a journal.
KINDS = {
    "preprint": "preprint",
    "thesis": "thesis",
    "dissertation": "thesis",
    "academic dissertation": "thesis",
    "book chapter": "book-chapter",
    "chapter": "book-chapter",
    "book": "book",
    "meeting abstract": "conference-abstract",
    "abstract": "conference-abstract",
    "conference abstract": "conference-abstract",
    "conference paper": "conference-paper",
    "conference proceedings": "conference-paper",
    "congress": "conference-paper",
    "congresses": "conference-paper",
    "technical report": "report",
    "report": "report",
    "dataset": "dataset",
    "book review": "review-notice",
    "product review": "review-notice",
    "news": "news",
    "newspaper article": "news",
    "published erratum": "other",
    "correction": "other",
    "retraction": "other",
    "retraction of publication": "other",
    "expression of concern": "other",
    "patent": "other",
}
SOURCES = {"PPR": "preprint", "ETH": "thesis", "PAT": "other"}  # whole collections of one sort


def _type(source: str, kinds: list[str], in_journal: bool) -> str:
    given = {kind.casefold().replace("-", " ") for kind in kinds}
    telling = (sort for name, sort in KINDS.items() if name in given)
    return SOURCES.get(source) or next(telling, "journal-article" if in_journal else "other")


def _keywords(fields: Fields) -> tuple[str, ...]:
    """The authors' keywords, then the MeSH headings, each once."""
    own = fields.texts("keywordList", "keyword", "keywords")
    headings = [heading.text("descriptorName", "keywords") for heading in fields.objects("meshHeadingList", "meshHeading")]
    return tuple(dict.fromkeys(filter(None, [*own, *headings])))


def _url(fields: Fields) -> str | None:
    """The address of the full text: free before paid, a page before a PDF. Only http and https are believed."""
    best: tuple[bool, bool, str] | None = None
    for link in fields.objects("fullTextUrlList", "fullTextUrl"):
        code, style, address = link.text("availabilityCode"), link.text("documentStyle"), link.read("url", _web, "url")
        if address:
            rank = (code not in ("OA", "F"), style != "html", address)
            best = rank if best is None else min(best, rank, key=lambda found: found[:2])
    return best[2] if best else None


def _web(text: str) -> str | None:
    return text if re.fullmatch(r"https?://[^\x00-\x20\x7f\"<>]+", text) else None
