"""What of a record is compared: each field brought to one form, once a record, before any pair is looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass

from references.duplicates.fold import fold, numbered, unmarked, words
from references.duplicates.people import byline
from references.duplicates.signs import cochrane_number, in_supplement, is_serial, meeting_sign, notice_kind
from references.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """A record as it is compared. Empty or None always means that the record does not say."""

    record: Record
    doi: str  # its letters and digits, without the number of a figure or part
    title: str  # letters and digits of the title without spaces: "canwemandatepartnershipworking..."
    words: tuple[str, ...]  # the title's words without "the", "of" and the like, numbers in digits
    other_titles: tuple[str, ...]  # parallel and translated titles, in the form of `title`
    numbers: tuple[str, ...]  # runs of digits in the title, sorted: "Part II" and "Part 2" both give "2"
    notice: str  # correction, retraction, comment, reply or review where the title says it is one
    meeting: str  # why the record looks like a conference abstract, in words
    supplement: bool  # volume, issue or pages name a supplement
    serial: bool  # the title is a column's, such as "Editorial"
    cochrane: str  # "cd010478"
    family: str  # the first author's family name without spaces
    surnames: frozenset[str]
    names: frozenset[str]  # all words of the byline, since sources leave names in any order
    byline: str  # all its letters, since some run names together
    year: int | None
    first_page: int | None
    last_page: int | None
    volume: int | None
    issue: int | None
    journal: tuple[str, ...]  # words without "of", "the" and the like


def keys(record: Record) -> Keys:
    """Clean a record for comparing."""
    title, original = _plain_title(record.title)
    title_words = tuple(numbered(word) for word in words(title))
    first, last = first_and_last(record.pages)
    people = byline(record.authors)
    return Keys(
        record=record,
        doi=doi_key(record.doi),
        title="".join(title_words),
        words=tuple(word for word in title_words if word not in _SMALL_IN_TITLES) or title_words,
        other_titles=_other_titles(title, original, record.title_alt),
        numbers=tuple(sorted(run.lstrip("0") for word in title_words for run in _DIGITS.findall(word))),
        notice=notice_kind(fold(title), record.type),
        meeting=meeting_sign(record),
        supplement=in_supplement(record),
        serial=is_serial(words(title)),
        cochrane=cochrane_number(record),
        family=people.first,
        surnames=people.families,
        names=people.names,
        byline=people.letters,
        year=record.year or _year_of(record.date),
        first_page=first,
        last_page=last,
        volume=_first_number(record.volume),
        issue=_first_number(record.issue),
        journal=journal_words(record.journal),
    )


_DIGITS = re.compile(r"[0-9]+")
_SMALL_IN_TITLES = {"a", "an", "the", "of", "in", "at", "on", "and", "for", "to"}

# What sources add to a title: its language, what kind of text it is, how many references, what appeared about it later.
_NOTE = re.compile(
    r"\s*\[(?:(?:article )?in [a-z ,]+|\d+ refs?|review|letter|editorial|abstract|comment|corrected|see comments?|multiple letters"
    r"|(?:published )?(?:erratum|correction|comment|retraction|update|republished)s?\b[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\s*\.?$"
    r"|\s*\((?:author'?s )?transl\.?\)\s*\.?$|\s*[\[(]retracted(?: article)?[\])]\s*\.?$",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"^\s*[\[(]?(?:retracted|withdrawn)(?: article)?[\])]?\s*[:.\-]\s*", re.IGNORECASE)


# "Preconditioning and viability. French Preconditionnement et viabilite": Embase's way with a title in another language.
_LANGUAGE = re.compile(
    r"[.?!]\s+(?:Arabic|Bulgarian|Chinese|Croatian|Czech|Danish|Dutch|Finnish|French|German|Greek|Hebrew|Hungarian|Italian|Japanese|Korean|Norwegian"
    r"|Persian|Polish|Portuguese|Romanian|Russian|Serbian|Slovak|Slovene|Spanish|Swedish|Turkish|Ukrainian)(?:\.?$|\s+(?=[A-Z]))"
)


def _plain_title(title: str) -> tuple[str, str]:
    """The title without what sources add to it, and the original title where it stands behind the translated one."""
    plain = unmarked(title)
    if "r" in plain[:3].lower() or "w" in plain[:3].lower():
        plain = _BEFORE.sub("", plain)
    while "]" in plain or ")" in plain:
        shorter = _NOTE.sub("", plain)
        if shorter == plain or not shorter.strip():
            break
        plain = shorter
    parts = _LANGUAGE.split(plain, maxsplit=1) if ". " in plain or "? " in plain or "! " in plain else [plain]
    return parts[0], parts[1] if len(parts) > 1 else ""


def _other_titles(title: str, original: str, alternative: str | None) -> tuple[str, ...]:
    """Parallel titles: the field for them, and both sides of a cataloguer's " = "."""
    parts = title.split(" = ") if " = " in title else []
    parts += [original] if original else []
    parts += unmarked(alternative).split(" = ") if alternative else []
    found = ("".join(numbered(word) for word in words(part)) for part in parts)
    return tuple(dict.fromkeys(key for key in found if key))


_PART_OF_A_DOI = re.compile(
    r"\.(?:[gts]?0\d\d)$"
)  # "10.1371/journal.pone.0094853.g001" is a figure, "10.7554/elife.06487.001" the abstract
_DOI_OF_A_JOURNAL = re.compile(r"10\.\d{4,9}/(?:\(?issn\)?\d{4}-?|\d{4}-)\d{3}[\dx]")
_NOT_IN_A_KEY = re.compile(r"[^a-z0-9]+")


def doi_key(doi: str | None) -> str:
    """A DOI as it is compared: sources write its marks otherwise ("_3", "-3", "fnrv57"), or the DOI of a figure or of the journal."""
    if not doi or _DOI_OF_A_JOURNAL.fullmatch(doi):
        return ""
    return _NOT_IN_A_KEY.sub("", _PART_OF_A_DOI.sub("", doi))


def _year_of(date: str | None) -> int | None:
    return int(date[:4]) if date and re.match(r"\d{4}", date) else None


_FIRST_NUMBER = re.compile(r"(?:\D{0,2}|\D*(?:vol|volume|no|nr|issue|iss)\W*)0*(\d{1,7})", re.IGNORECASE)
_MONTHS = {
    name: place for place, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}
_SHEET_DATE = re.compile(r"(?:(\d{1,2})-([a-z]{3})|([a-z]{3})-(\d{1,2}))")


def _spreadsheet_date(text: str) -> tuple[int, int] | None:
    """A range that a spreadsheet turned into a date: "Jan-23" was 1-23, "21-Aug" was 8-21; the smaller comes first."""
    found = _SHEET_DATE.fullmatch(text)
    month = _MONTHS.get(found[2] or found[3]) if found else None
    if found is None or month is None:
        return None
    low, high = sorted((month, int(found[1] or found[4])))
    return low, high


def _first_number(text: str | None) -> int | None:
    """The first number of a volume or issue; a supplement ("S2", "Suppl 1") is no number of an issue."""
    if not text:
        return None
    plain = text.strip().lower()
    if damaged := _spreadsheet_date(plain):
        return damaged[0]
    if re.match(r"s(?:uppl[a-z.]*)?\W*\d*$|cd\d{6}|\d+\)$", plain):  # "1)" is what was left of "64 (Suppl 1)"
        return None
    found = _FIRST_NUMBER.match(plain)
    return int(found[1]) if found else None


_NO_PAGE = re.compile(r"\d+\s*p(?:p|ages|\.)?\.?|(?:suppl|t)-\d+")  # "126 pp" counts them; "Suppl-61" lost its first page
_PAGES = re.compile(r"(?<![a-z0-9])[a-z]{0,4}[\-.]?0*(\d{1,16})[a-z]?(?:\s*(?:--?|[–—‐‑−]|to)\s*[a-z]{0,4}-?0*(\d{1,16}))?")


def first_and_last(pages: str | None) -> tuple[int | None, int | None]:
    """First and last page: "109-19" is (109, 119), "e82" is (82, None), "S12" is (12, None), "126 pp" nothing."""
    plain = (pages or "").strip().lower()
    if not plain or _NO_PAGE.fullmatch(plain):
        return None, None
    if damaged := _spreadsheet_date(plain):
        return damaged
    found = _PAGES.search(plain)
    if not found:
        return None, None
    first, last = found[1], found[2]
    if last and len(last) < len(first):
        last = first[: -len(last)] + last
    return int(first), int(last) if last else None


_SMALL = {
    "the", "of", "and", "in", "for", "on", "an", "to", "de", "la", "le", "les", "du", "des", "et", "der", "die", "das", "und", "fur",
    "y", "e", "supplement", "supplements", "suppl", "supplementum",
}  # fmt: skip
_AFTER_NAME = re.compile(
    r"\s*(?:\(.*|\.?\s*Conference:.*|[:=/;].*|\.\s*\d.*)$"
)  # "Brain : a journal of neurology", "Nature.368 (6468) ()(pp 242-246)"


def journal_words(journal: str | None) -> tuple[str, ...]:
    """The words that name a journal: no place, no subtitle, no small words."""
    plain = unmarked(journal or "")
    plain = _AFTER_NAME.sub("", plain) or plain
    return tuple(word for word in words(plain) if word not in _SMALL)
