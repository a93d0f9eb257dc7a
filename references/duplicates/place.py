"""Where a report is printed: volume, issue, pages and journal as numbers and words. Sources repeat them, so each text is read once."""

from __future__ import annotations

import re
from functools import lru_cache

from references.duplicates.fold import unmarked, words

KEPT = 1 << 16  # texts whose reading is kept

_FIRST_NUMBER = re.compile(r"(?:\D{0,2}|\D*(?:vol|volume|no|nr|issue|iss)\W*)0*(\d{1,7})", re.IGNORECASE)
_MONTHS = {
    name: place for place, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}
_SHEET_DATE = re.compile(r"(?:(\d{1,2})-([a-z]{3})|([a-z]{3})-(\d{1,2}))")


def _spreadsheet_date(text: str) -> tuple[int, int] | None:
    """A range that a spreadsheet turned into a date, in its order: "Jan-23" was 1-23, "03-Oct" 3-10, "21-Aug" 21-8 (that is 21-28)."""
    found = _SHEET_DATE.fullmatch(text)
    month = _MONTHS.get(found[2] or found[3]) if found else None
    if found is None or month is None:
        return None
    return (int(found[1]), month) if found[1] else (month, int(found[4]))


@lru_cache(KEPT)
def first_number(text: str | None) -> int | None:
    """The first number of a volume or issue; a supplement ("S2", "Suppl 1") is no number of an issue."""
    if not text:
        return None
    plain = text.strip().lower()
    if damaged := _spreadsheet_date(plain):
        return min(damaged)
    if re.match(r"s(?:uppl[a-z.]*)?\W*\d*$|cd\d{6}|\d+\)$", plain):  # "1)" is what was left of "64 (Suppl 1)"
        return None
    found = _FIRST_NUMBER.match(plain)
    return int(found[1]) if found else None


_NO_PAGE = re.compile(r"\d+\s*p(?:p|ages|\.)?\.?|(?:suppl|t)-\d+")  # "126 pp" counts them; "Suppl-61" lost its first page
_PAGES = re.compile(r"(?<![a-z0-9])[a-z]{0,4}[\-.]?0*(\d{1,16})[a-z]?(?:\s*(?:--?|[–—‐‑−]|to)\s*[a-z]{0,4}-?0*(\d{1,16}))?")


_VOLUME_AND_ISSUE = re.compile(r"\d+ ?(\((?!(?:19|20)\d\d\))[^()]*\d[^()]*\))")  # "45 (2010)" is a volume and its year


def issue_of(volume: str | None) -> str | None:
    """The issue that stands in the field of the volume: "24 (1)"."""
    found = _VOLUME_AND_ISSUE.match(volume) if volume and "(" in volume else None
    return found[1].strip("()") if found else None


@lru_cache(KEPT)
def first_and_last(pages: str | None) -> tuple[int | None, int | None]:
    """First and last page: "109-19" is (109, 119), "21-Aug" is (21, 28), "e82" is (82, None), "S12" is (12, None), "126 pp" nothing."""
    plain = (pages or "").strip().lower()
    if not plain or _NO_PAGE.fullmatch(plain):
        return None, None
    if damaged := _spreadsheet_date(plain):
        first, last = map(str, damaged if damaged[0] < damaged[1] or damaged[1] < 10 else sorted(damaged))
    elif found := _PAGES.search(plain):
        first, last = found[1], found[2]
    else:
        return None, None
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


_MEDIUM = re.compile(r"\s*\[(?:electronic|online|internet|print|serial|computer)[^\]]*\]?", re.IGNORECASE)


@lru_cache(KEPT)
def journal_words(journal: str | None) -> tuple[str, ...]:
    """The words that name a journal: no place, no subtitle, no small words."""
    plain = unmarked(journal or "")
    plain = _AFTER_NAME.sub("", plain) or plain
    plain = _MEDIUM.sub("", plain) or plain  # "PLoS ONE [Electronic Resource]"
    return tuple(word for word in words(plain) if word not in _SMALL)
