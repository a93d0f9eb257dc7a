"""Cleaners for what sources write: identifiers, and text made fit to read. Each takes a text and gives it clean, or None."""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import unquote

from references.dates import clean_date, clean_year

__all__ = [
    "clean_date", "clean_doi", "clean_isbn", "clean_issn", "clean_pmcid", "clean_pmid", "clean_text", "clean_url", "clean_year",
    "find_doi", "find_isbns", "find_issns", "nothing",
]  # fmt: skip

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TWICE = re.compile(r"&amp;(?=(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)")

# A tag is taken for markup only by its name and a well-formed rest, so that "a <b and c> d" and "p <0.05" stay.
_ATTRIBUTES = r"(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+))*\s*/?>"
_INLINE = re.compile(
    r"</?(?:jats:|mml:)?(?:i|b|em|strong|sub|sup|u|s|sc|scp|span|italic|bold|underline|tt|font|a|inf|ovid:br)" + _ATTRIBUTES, re.I
)
_BLOCK = re.compile(
    r"</?(?:(?:jats|mml|ovid):[\w-]+|p|br|div|title|sec|h[1-6]|ul|ol|li|hr|table|tr|td|th|abstracttext|label)" + _ATTRIBUTES, re.I
)

# Terminal escape sequences (ECMA-48): CSI, then OSC and the like up to their end, then any other.
_ESCAPES = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?")
# Controls that are no white space, bidirectional overrides, and marks without width (joiners stay: Persian needs them).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def clean_text(text: str) -> str:
    """Text to read: entities undone (also those escaped twice), markup and controls gone, white space folded, NFC."""
    plain = "&" not in text and "<" not in text
    # What is printable has no white space but plain spaces. Most text is like this, and no pattern is as fast.
    if plain and text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text if text.isascii() else unicodedata.normalize("NFC", text)
    text = " ".join(text.split())
    if plain and text.isprintable():
        return unicodedata.normalize("NFC", text)
    if "&" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), _TWICE.sub("&", text))
    if "<" in text:
        text = _BLOCK.sub(" ", _INLINE.sub("", text))
    if not text.isprintable():
        text = _INVISIBLE.sub("", _ESCAPES.sub("", text))
    return " ".join(unicodedata.normalize("NFC", text).split())


# What programs write where they have nothing; R and pandas among them.
NOTHING = frozenset({"", "na", "n/a", "nan", "null", "none", "undefined", "no-specified", "not specified", "-", "--", "[not available]"})


def nothing(text: str) -> bool:
    """Whether a program wrote this where it had nothing."""
    return len(text) < 20 and text.lower() in NOTHING


LONGEST_DOI_FIELD = 2000  # characters; a field that is longer holds no DOI but running text, where find_doi() looks

_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/\S+")
_DOI_GAPS = re.compile(r"(10)\s*\.\s*(\d{4,9}(?:\.\d+)*)\s*/\s*")
# A line break or a slip put a space behind a separator: "10.1136/bmjopen- 2019-031351", "10.1136/bmj. n71". A year there
# ("10.1136/bmj.n71. 2021") is none of it.
_DOI_BROKEN = re.compile(r"(10\.\d{4,9}(?:\.\d+)*/\S*[-_/.(])\s+(?!10\.|[A-Z]|\d{4}\s*$)(?=\S*\d\S*\s*$)")
_DOI_TAIL = re.compile(r"/(?:abstract|full|fulltext|full/html|full/pdf|pdf|epdf|pdfdirect|summary|meta)$|\.(?:pdf|abstract|full)$", re.I)
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
_PAIRS = {")": "(", "]": "[", "}": "{", ">": "<"}


_PLAIN_DOI = re.compile(r"10\.\d{4,9}/[A-Za-z0-9._/-]*[A-Za-z0-9]")


def clean_doi(text: str) -> str | None:
    """A DOI in lower case without any resolver, label or trailing punctuation; the first where there are several."""
    if _PLAIN_DOI.fullmatch(text) and not _DOI_TAIL.search(text):
        return text.lower()  # most are like this, and nothing below would change them
    text = _plain(text[:LONGEST_DOI_FIELD]).translate(_DASHES)
    text = _DOI_BROKEN.sub(r"\1", _DOI_GAPS.sub(r"\1.\2/", text))
    found = _DOI.search(text)
    return _trimmed_doi(found[0]) if found else None


def find_doi(text: str) -> str | None:
    """The first DOI in a note, a link or running text, where spaces end it; as clean_doi() leaves it."""
    text = _plain(text).translate(_DASHES)
    if "10." not in text:
        return None
    link = text.lstrip()[:4].lower() == "http"
    for found in _DOI.finditer(text):
        part = found[0]
        if "(sici)" not in part.lower():  # only the old SICI form has < and > in it
            part = re.split(r"[<>]", part)[0]
        if doi := _trimmed_doi(re.split(r"[&#|]", part)[0] if link else part):
            return doi
    return None


def _plain(text: str) -> str:
    """Entities and percent signs undone, nothing invisible left."""
    text = _INVISIBLE.sub("", html.unescape(text) if "&" in text else text)
    return unquote(text) if "%" in text and re.search(r"%[0-9A-Fa-f]{2}", text) else text


def _trimmed_doi(doi: str) -> str | None:
    doi = re.split(r"[?\"“”]|\[(?:doi|pii)\]|(?<=.)https?:|[;,](?=(?:doi:)?10\.\d{4})", doi, maxsplit=1, flags=re.I)[0]
    while doi:
        last = doi[-1]
        if last in ".,;:'’*\\|/" or (last in _PAIRS and doi.count(last) > doi.count(_PAIRS[last])):
            doi = doi[:-1]
        elif tail := _DOI_TAIL.search(doi):
            doi = doi[: tail.start()]
        else:
            break
    doi = doi.lower()
    return doi if re.fullmatch(r"10\.\d{4,9}(?:\.\d+)*/\S+", doi) else None


def clean_url(text: str) -> str | None:
    """A web address with its scheme, without white space; the first where there are several."""
    text = _INVISIBLE.sub("", text.replace("&amp;", "&")).strip()
    if text.startswith("//"):
        text = f"https:{text}"
    elif text.lower().startswith("www."):
        text = f"http://{text}"
    found = re.match(r"(?:https?|ftp)://[^\s<>\"]+", text, re.I)
    return found[0].rstrip(";,") if found else None


_PMID = re.compile(
    r"(?:.*pubmed(?:\.ncbi\.nlm\.nih\.gov)?/|(?:pmid|pubmed(?:\s*id)?|medline|med)\s*[:=-]?\s*)?0*([1-9]\d{0,7})(?:\.0)?/?\s*(?:[\[(]?pmid[\])]?)?",
    re.I,
)


def clean_pmid(text: str) -> str | None:
    """A PubMed number: one to eight digits, whatever label or address is around it."""
    found = _PMID.fullmatch(_INVISIBLE.sub("", text).strip().rstrip(".,;"))
    return found[1] if found else None


_PMCID = re.compile(r"\bPMC\s*(?:ID)?\s*[:-]?\s*(?:PMC)?\s*0*([1-9]\d{0,8})\b|pmc/articles/(?:PMC)?0*([1-9]\d{0,8})", re.I)


def clean_pmcid(text: str) -> str | None:
    """A PubMed Central number with its letters, "PMC6055938"; digits alone are not one."""
    found = _PMCID.search(text)
    return f"PMC{found[1] or found[2]}" if found else None


_ISSN = re.compile(r"(?<!\d)(?<!\d-)(\d{4})\s?-?\s?(\d{3}[\dXx])(?![\dXx]|-\d)")


def clean_issn(text: str) -> str | None:
    """The first ISSN, "1568-4156". The check digit is not asked for: sources slip, and an ISSN decides nothing alone."""
    return next(iter(find_issns(text)), None)


def find_issns(text: str) -> list[str]:
    """Every ISSN of a field that may hold several, each once, in its order."""
    found = (f"{match[1]}-{match[2].upper()}" for match in _ISSN.finditer(text.translate(_DASHES)))
    return list(dict.fromkeys(issn for issn in found if issn != "0000-0000"))


_ISBN = re.compile(r"(?<![\d-])(?:97[89][ -]?(?:\d[ -]?){9}\d|(?:\d[ -]?){9}[\dXx])(?![\dXx])")


def clean_isbn(text: str) -> str | None:
    """The first ISBN as thirteen digits; one of ten digits is changed into it, so that both forms compare equal."""
    return next(iter(find_isbns(text)), None)


def find_isbns(text: str) -> list[str]:
    """Every ISBN of a field that may hold several, each once, in its order. Ten digits need their check digit."""
    found = []
    for match in _ISBN.finditer(text.translate(_DASHES)):
        digits = re.sub(r"[ -]", "", match[0]).upper()
        if len(digits) == 13:
            found.append(digits)
        elif sum((10 - place) * (10 if digit == "X" else int(digit)) for place, digit in enumerate(digits)) % 11 == 0:
            found.append(_thirteen(digits))
    return list(dict.fromkeys(found))


def _thirteen(ten: str) -> str:
    digits = f"978{ten[:9]}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
