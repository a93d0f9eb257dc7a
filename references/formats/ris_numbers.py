"""Pages and identifiers, from the tags of one RIS entry: each vendor puts them elsewhere."""

from __future__ import annotations

import re

from references.formats.interpret import RANGE, article_number, fill_end, page
from references.formats.values import Values
from references.identifiers import clean_doi, clean_pmcid, clean_pmid, find_doi


def pages(values: Values, kind: str | None) -> str | None:
    """ "109-119" from SP and EP, from either alone, or PG; else the article number in C7 or AR."""
    if values.text("SP").lower() == "no" and values.text("EP").lower() == "specified":
        return None  # Ovid cuts its "No-Specified" in two
    start, end = (values.first("pages", (tag,), page) for tag in ("SP", "EP"))
    if start and end and not RANGE.fullmatch(start):
        return start if start == end else f"{start}-{fill_end(start, end)}"
    if start or end:
        whole = start or end or ""
        if kind in ("book", "thesis") and whole.isdigit():
            return f"{whole} pp"  # without an end it is the number of pages
        found = RANGE.fullmatch(whole)
        return f"{found[1]}-{fill_end(found[1], found[2])}" if found else whole
    return values.first("pages", ("PG",), page) or values.first("pages", ("C7", "AR"), article_number)


def doi(values: Values) -> str | None:
    """From the fields for it, then from those where vendors put it: EBSCO L3, Atypon M3 and N1, links."""
    found = values.first("doi", ("DO", "DI", "DOI"), clean_doi)
    for line in values.all("DO", "DI", "DOI"):
        if line.value.count("10.") > 1 and len(re.findall(r"\b10\.\d{4,9}/", line.value)) > 1:
            values.leave(line, line.value)  # a second DOI in the same value is not lost
    return (
        found
        or values.first("doi", ("L3", "M3", "ID", "AN"), _whole_doi)
        or values.first("doi", ("UR", "L1", "L2", "LK"), find_doi, keep=True)
        or values.first("doi", ("N1",), _doi_in_note, keep=True)
    )


_WHOLE_DOI = re.compile(r"\W*(?:doi\W{0,3})?(?:https?://(?:dx\.)?doi\.org/)?10\.\d{4,9}\s?/.{1,200}", re.I)


def _whole_doi(text: str) -> str | None:
    """A DOI in a field that may hold something else: the value must begin with it."""
    return clean_doi(text) if _WHOLE_DOI.fullmatch(text) else None


def _doi_in_note(text: str) -> str | None:
    """A note's DOI, where it is labelled and the only one: Scopus lists those of the references there."""
    found = {find_doi(label[1]) for label in re.finditer(r"\bdoi\s*[:.]?\s*(?:https?://(?:dx\.)?doi\.org/)?(10\.\S+)", text, re.I)}
    return found.pop() if len(found) == 1 else None


_LABELLED_PMID = re.compile(r"\b(\d{1,8})\s*\[pmid\]|\bPMID\s*:?\s*(\d{1,8})\b", re.I)
_PUBMED_LINK = re.compile(r"(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/(\d{1,8})\b")
_FROM_PUBMED = re.compile(r"(?!.*(?:embase|cinahl|exclud))(?:.*(?:pubmed|medline)|nlm$)", re.I)


def pmid(values: Values, an_is_pmid: bool) -> str | None:
    """From a labelled value or PubMed's link; from AN or C2 only where the entry or the file says that they are PubMed's."""
    found = values.first("pmid", ("PMID",), clean_pmid) or values.first("pmid", ("U1", "U2", "U3", "U4", "U5"), _labelled_pmid)
    if not found and (an_is_pmid or _FROM_PUBMED.match(values.text("DB")) or _FROM_PUBMED.match(values.text("DP"))):
        found = values.first("pmid", ("AN", "C2"), clean_pmid)
    if not found and values.text("DB").lower() == "embase":
        found = values.first("pmid", ("C5",), clean_pmid)
    return found or values.first("pmid", ("UR", "L2"), _pubmed_link, keep=True) or values.first("pmid", ("N1",), _labelled_pmid, keep=True)


def _labelled_pmid(text: str) -> str | None:
    found = {label[1] or label[2] for label in _LABELLED_PMID.finditer(text)}
    return clean_pmid(found.pop()) if len(found) == 1 else None


def _pubmed_link(text: str) -> str | None:
    found = _PUBMED_LINK.search(text) if "pubmed" in text else None
    return clean_pmid(found[1]) if found else None


_WHOLE_PMCID = re.compile(r"\s*(?:PMCID\s*:?\s*)?PMC\s?\d+(?:\.\d)?\s*(?:[\[(]pmcid[\])])?\s*", re.I)
_PMC_LINK = re.compile(r"https?://\S+/PMC\d+", re.I)


def pmcid(values: Values) -> str | None:
    """PMC with digits as a whole value, with or without a label, or in a link to PubMed Central."""
    return values.first("pmcid", ("PMCID", "C2", "AN", "U1", "U2", "U3", "U4", "U5"), _whole_pmcid) or values.first(
        "pmcid", ("UR", "L2", "L1"), _linked_pmcid, keep=True
    )


def _whole_pmcid(text: str) -> str | None:
    return clean_pmcid(text) if _WHOLE_PMCID.fullmatch(text) else None


def _linked_pmcid(text: str) -> str | None:
    found = _PMC_LINK.search(text) if "pmc" in text.lower() else None
    return clean_pmcid(found[0]) if found else None
