"""What PubMed's answers say: its XML as records, with the reader of its files (references/formats/pubmed_xml.py), and its remarks.

The elements: https://www.nlm.nih.gov/bsd/licensee/elements_descriptions.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from lxml import etree

from references.formats.diagnostics import Diagnostic
from references.formats.pubmed_xml import record_of
from references.formats.text import TooLarge
from references.formats.xml_files import Element, local, words
from references.identifiers import clean_date, clean_text
from references.record import Record
from references.sources.fields import not_understood
from references.sources.source import Changed
from references.wire import excerpt

NAME = "pubmed"
RECORDS = ("PubmedArticle", "PubmedBookArticle")  # what a record is, in the set

# Elements that are known, and of no use in a review: they are taken out before anything is read. People's addresses and numbers,
# substances, funding, statements, references, dates of processing, numbers of other systems, and codes of the library.
DROPPED = frozenset(
    """Affiliation AffiliationInfo ChemicalList CitationSubset CoiStatement CopyrightInformation Country DateCompleted DateCreated
    DateRevised Edition GeneSymbolList GeneralNote GrantList History Identifier InvestigatorList ItemList LocationLabel Medium
    NlmUniqueID NumberOfReferences ObjectList OtherID PersonalNameSubjectList PublicationStatus PublisherLocation QualifierName
    ReferenceList Sections SpaceFlightMission SupplMeshList""".split()  # noqa: SIM905  30 lines of quotes would hide the list
)

_CITATION, _ARTICLE, _BOOK = "MedlineCitation", "MedlineCitation/Article", "BookDocument"
_TYPES = (f"{_ARTICLE}/PublicationTypeList/PublicationType", f"{_BOOK}/PublicationType")
_DATES = (f"{_ARTICLE}/Journal/JournalIssue/PubDate", f"{_BOOK}/Book/PubDate")
_NOTICES, _BANKS = f"{_CITATION}/CommentsCorrectionsList/CommentsCorrections", f"{_ARTICLE}/DataBankList/DataBank"

# Paths that say what another field says better, where the reader of files had no use for them.
IGNORED = frozenset(
    (
        *_TYPES, f"{_CITATION}/@Status", f"{_CITATION}/MedlineJournalInfo/ISSNLinking", f"{_CITATION}/MedlineJournalInfo/MedlineTA",
        f"{_ARTICLE}/ArticleDate", f"{_ARTICLE}/ELocationID[pii]", f"{_ARTICLE}/Journal/ISOAbbreviation",
        f"{_ARTICLE}/Pagination/EndPage", f"{_ARTICLE}/Pagination/StartPage", f"{_BOOK}/Book/BeginningDate", f"{_BOOK}/Book/EndingDate",
        f"{_BOOK}/Book/ELocationID[pii]", f"{_BOOK}/ContributionDate",
        *(f"{place}/ArticleIdList/ArticleId[{kind}]" for place in ("PubmedData", "PubmedBookData", _BOOK)
          for kind in ("bookaccession", "medline", "mid", "pii", "pmcbook", "pmcid", "pmcpid", "pmpid", "sici", "url")),
        *(f"{_BOOK}/Book/AuthorList{kind}/Author{body}" for kind in ("", "[authors]") for body in ("", "/CollectiveName")),
    )
)  # fmt: skip
_TOLD_APART = (_NOTICES, _BANKS)  # what _shown() tells

# Understood, and shown with the record: its kinds, its notices, registered trials, the date of an issue in words ("2019 Nov-Dec"),
# a second language, a DOI that PubMed calls invalid, and what a book has beside its title.
KEPT = frozenset(
    (
        "pubType", "commentCorrection", "DataBank", *_DATES, f"{_ARTICLE}/Language", f"{_ARTICLE}/ELocationID[doi invalid]",
        *(f"{_BOOK}/{name}" for name in ("Language", "Book/CollectionTitle", "Book/Isbn", "Book/ReportNumber", "Book/VolumeTitle")),
    )
)  # fmt: skip

# Banks of sequences, substances and data. The others are registers of trials, whose numbers tell which reports are of one study.
# https://www.nlm.nih.gov/bsd/medline_databank_source.html
BANKS = frozenset(
    """BioProject Dryad GDB GENBANK GEO OMIM PDB PIR PubChem-BioAssay PubChem-Compound PubChem-Substance RefSeq SRA SWISSPROT UniMES
    UniParc UniProtKB UniRef dbGaP dbSNP dbVar figshare""".split()  # noqa: SIM905
)

NOTICES = frozenset(("expression of concern", "published erratum", "retraction notice", "retraction of publication"))


# -- reading -----------------------------------------------------------------------------------------------------------


def read(body: bytes) -> Any:
    """The object of a search, or the root element of a set of records; {"error": words} for an error in XML."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"{":
        return _json(body)
    if start != b"<":
        raise ValueError(f"neither JSON nor XML: {excerpt(body)}")
    return _xml(body)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), strict=False)  # PubMed's errors hold raw line ends
    except (ValueError, RecursionError):
        raise ValueError(f"{len(body):,} bytes that are not whole JSON") from None


def _xml(body: bytes) -> Any:
    if b"<!ENTITY" in body:
        raise ValueError("XML that declares entities, which PubMed's does not")
    try:
        root = etree.fromstring(body, _parser())
    except etree.XMLSyntaxError:
        raise ValueError(f"{len(body):,} bytes that are not whole XML: {excerpt(body)}") from None
    if root.tag == "PubmedArticleSet":
        _prune(root)
        return root
    error = root.find("ERROR")
    if error is None:
        raise ValueError(f"<{local(root)[:40]}>, which is no set of records: {excerpt(body)}")
    return {"error": words(error)}


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, attribute_defaults=False,
        huge_tree=False, recover=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip


def _prune(root: Element) -> None:
    """Take out of a set of records what no review has a use for, its citations of other articles too."""
    etree.strip_elements(root, *DROPPED, with_tail=False)
    for notices in root.iter("CommentsCorrectionsList"):
        for notice in notices.findall("CommentsCorrections[@RefType='Cites']"):
            notices.remove(notice)


def received(root: Element) -> set[str]:
    """The PMIDs of the records in a set."""
    return {pmid for record in elements(root) if (pmid := pmid_of(record))}


def elements(root: Element) -> Iterator[Element]:
    """The articles and chapters of a set; what it says of deleted ones is no record."""
    return (child for child in root if child.tag in RECORDS)


def pmid_of(element: Element) -> str | None:
    """The PMID of an article or a chapter; None where it has none that is a number."""
    found = element.find(f"{_CITATION}/PMID")
    found = element.find(f"{_BOOK}/PMID") if found is None else found
    text = words(found) if found is not None else ""
    return text if re.fullmatch(r"[1-9]\d{0,9}", text) else None


# -- records -----------------------------------------------------------------------------------------------------------


def to_record(raw: Element) -> Record:
    """One PubmedArticle or PubmedBookArticle as a record; what was not understood is in `unread`."""
    key = pmid_of(raw)
    if key is None:
        raise Changed(
            f"PubMed gave a record without a number in PMID ({' '.join(words(raw).split())[:100]!r}); a newer version may read it"
        )
    try:
        record = record_of(raw, NAME, key)
    except TooLarge as error:
        raise Changed(f"PubMed's record {key}: {error}") from None
    kinds, notices = _kinds(raw), _notices(raw)
    record = replace(
        record,
        accession=key,
        retracted=record.retracted or any(kind == "Retraction in" for kind, _ in notices),
        unread=(*_shown(kinds, notices, _registered(raw)), *_over(record)),
    )
    return record if record.type and not NOTICES & _plain(kinds) else _typed(record, kinds)


def _plain(kinds: list[str]) -> set[str]:
    return {kind.casefold() for kind in kinds}


def _typed(record: Record, kinds: list[str]) -> Record:
    """With a type, where the publication types name a notice or nothing but the design of a study."""
    kind = "other" if NOTICES & _plain(kinds) or not record.journal else "journal-article"
    origins = tuple(origin for origin in record.origins if origin[0] != "type")
    return replace(record, type=kind, origins=(*origins, ("type", _TYPES[0], 0)) if kinds else origins)


def _kinds(raw: Element) -> list[str]:
    return [text for path in _TYPES for kind in raw.iterfind(path) if (text := clean_text(words(kind)))]


def _notices(raw: Element) -> list[tuple[str, str]]:
    """(kind, key of the other record or else its citation): "Erratum for", "Retraction in", "Update of" and the like."""
    found = []
    for notice in raw.iterfind(_NOTICES):
        pmid, place = (clean_text(words(part)) if (part := notice.find(name)) is not None else "" for name in ("PMID", "RefSource"))
        found.append((_spaced(notice.get("RefType") or "?"), f"MED:{pmid}" if pmid else place or "?"))
    return found


def _spaced(kind: str) -> str:
    """ "RetractedandRepublishedIn" in words."""
    return clean_text(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"(?<=ed)and(?=[A-Z])", " and ", kind))).capitalize()


def _registered(raw: Element) -> Iterator[str]:
    """ "ClinicalTrials.gov: NCT00000001": the numbers under which trials are registered."""
    for bank in raw.iterfind(_BANKS):
        name = clean_text(bank.findtext("DataBankName") or "")
        if name not in BANKS:
            yield f"{name}: {', '.join(clean_text(words(number)) for number in bank.iterfind('AccessionNumberList/AccessionNumber'))}"


def _shown(kinds: list[str], notices: list[tuple[str, str]], registered: Iterator[str]) -> Iterator[tuple[str, str, int]]:
    """What is kept, under the names and in the words of Europe PMC where that has it too, so that both are seen to say the same."""
    if kinds:
        yield "pubType", "; ".join(kinds), 0
    for kind, other in notices:
        yield "commentCorrection", f"{kind} {other}", 0
    for numbers in registered:
        yield "DataBank", numbers, 0


def _over(record: Record) -> Iterator[tuple[str, str, int]]:
    """What nobody took, but for what is known and of no use, and a date that the record has whole."""
    for tag, text, line in record.unread:
        if tag in IGNORED or tag.startswith(_TOLD_APART) or (tag in _DATES and clean_date(text) == record.date and _plainly(text)):
            continue
        yield tag, text, line


def _plainly(date: str) -> bool:
    return re.fullmatch(r"\d{4}(?: [A-Z][a-z]{2}(?: \d{1,2})?)?", date) is not None


def records(data: Any) -> list[Record]:
    """The records of a page, in its order; none of a search. Changed where one has no PMID, without which it cannot be named."""
    return [to_record(raw) for raw in elements(data)] if isinstance(data, Element) else []


def diagnostics(data: Any, found: Sequence[Record]) -> list[Diagnostic]:
    """How PubMed read the query and what it missed in it; of records, what this version does not know, or could not read."""
    if isinstance(data, Element):
        beside = dict.fromkeys(local(child) for child in data if local(child) not in (*RECORDS, "DeleteCitation"))
        strange = [Diagnostic(None, "warning", f"<{name}> beside the records: not understood", "not read") for name in beside]
        return [*not_understood(found, KEPT), *strange]
    return [*_read_as(data["esearchresult"]), *_missed(data["esearchresult"])]


# What PubMed calls its lists; https://www.ncbi.nlm.nih.gov/books/NBK25499/#chapter4.ESearch
LISTS = {
    "fieldsnotfound": "PubMed knows no such fields",
    "outputmessages": "PubMed says",
    "phrasesignored": "PubMed left out",
    "phrasesnotfound": "PubMed finds no such words",
    "quotedphrasesnotfound": "PubMed has no such phrases, and looks for their words one by one",
}


def _read_as(result: dict[str, Any]) -> Iterator[Diagnostic]:
    if said := clean_text(str(result.get("querytranslation") or "")):
        yield Diagnostic(None, "note", f"PubMed read the query as: {said}", "searched so")


def _missed(result: dict[str, Any]) -> Iterator[Diagnostic]:
    """One line for each list of what PubMed did not find; a list of errors that names none is said aloud too."""
    for whole in ("errorlist", "warninglist"):
        lists = result.get(whole)
        told = {name: _texts(value) for name, value in lists.items()} if isinstance(lists, dict) else {"": _texts(lists)}
        for name, texts in told.items():
            texts = [text for text in texts if text != "No items found."]  # the count says so
            if texts:
                yield Diagnostic(None, "warning", f"{LISTS.get(name, name or whole)}: {'; '.join(texts)}", "searched all the same")
        if whole == "errorlist" and lists is not None and not any(told.values()):
            yield Diagnostic(None, "warning", "PubMed found an error in the query, and does not say which", "searched all the same")


def _texts(value: Any) -> list[str]:
    """The texts of a list; one text for anything else that says something."""
    found = value if isinstance(value, list) else [value] if value else []
    return [text for one in found if (text := clean_text(one if isinstance(one, str) else json.dumps(one)))]
