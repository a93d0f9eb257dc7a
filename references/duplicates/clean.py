"""What of a record is compared: each field brought to one form, column by column, before any pair is looked at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from references.duplicates.fold import fold, lines_of_words, numbered, unmarked
from references.duplicates.people import Byline, byline, first_family
from references.duplicates.place import first_and_last, first_number, issue_of, journal_words
from references.duplicates.signs import cochrane_number, in_supplement, is_serial, meeting_sign, notice_kind
from references.record import Record

COLUMN = 10_000  # records cleaned at once


class Keys:
    """A record as it is compared. Empty or None always means that the record does not say.

    What pairs are found by is worked out for every record, the rest for those that are compared.
    """

    def __init__(self, record: Record, doi: str, title: str, line: str, other_titles: tuple[str, ...]) -> None:
        self.record = record
        self.doi = doi  # its letters and digits, without the number of a figure or part
        self.title = title  # letters and digits of the title without spaces: "canwemandatepartnershipworking..."
        self.other_titles = other_titles  # parallel and translated titles, in the form of `title`
        self.cochrane = cochrane_number(record)  # "cd010478"
        self.family = first_family(record.authors)  # the first author's family name without spaces
        self.year = record.year or _year_of(record.date)
        self.first_page, self.last_page = first_and_last(record.pages)
        self.volume = first_number(record.volume)
        self.issue = first_number(record.issue or issue_of(record.volume))
        self.journal = journal_words(record.journal)  # words without "of", "the" and the like
        self._line = line

    def __reduce__(self) -> tuple[Any, ...]:
        """For pickle: without what can be worked out again."""
        return Keys, (self.record, self.doi, self.title, self._line, self.other_titles)

    @property
    def words(self) -> tuple[str, ...]:
        """The title's words without "the", "of" and the like, numbers in digits."""
        all_words = tuple(numbered(self._line.split()))
        return tuple([word for word in all_words if word not in _SMALL_IN_TITLES]) or all_words

    @cached_property
    def content(self) -> str:
        """The letters and digits of `words`."""
        return "".join(self.words)

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """Runs of digits in the title, sorted: "Part II" and "Part 2" both give "2"."""
        words = self._line.split()
        read = list(numbered(words))
        for place, word in enumerate(words[:-1]):
            if word in _LETTERS and (place == 0 or words[place - 1] not in _COUNTED):
                read[place] = word
        return tuple(sorted(run.lstrip("0") for run in _DIGITS.findall(" ".join(read))))

    @cached_property
    def notice(self) -> str:
        """correction, retraction, comment, reply or review where the title says it is one."""
        return notice_kind(fold(_plain_title(self.record.title)[0]), self.record.type)

    @cached_property
    def meeting(self) -> str:
        """Why the record looks like a conference abstract, in words."""
        return meeting_sign(self.record)

    @cached_property
    def supplement(self) -> bool:
        """Whether volume, issue or pages name a supplement."""
        return in_supplement(self.record)

    @cached_property
    def serial(self) -> bool:
        """Whether the title is a column's, such as "Editorial"."""
        return is_serial(tuple(self._line.split()))

    @cached_property
    def people(self) -> Byline:
        """The names of the byline."""
        return byline(self.record.authors)


def keys(record: Record) -> Keys:
    """Clean a record for comparing."""
    return all_keys((record,))[0]


def all_keys(records: Sequence[Record]) -> list[Keys]:
    """Clean records for comparing, in their order."""
    return [one for start in range(0, len(records), COLUMN) for one in _column(records[start : start + COLUMN])]


def _column(records: Sequence[Record]) -> list[Keys]:
    titles = [_plain_title(record.title) for record in records]
    lines = lines_of_words([title for title, _ in titles])
    whole = ["".join(numbered(line.split())) for line in lines]
    others = [_other_titles(*title, record.title_alt) for title, record in zip(titles, records, strict=True)]
    dois = _doi_keys([record.doi for record in records])
    return [Keys(*row) for row in zip(records, dois, whole, lines, others, strict=True)]


_LETTERS = {"i", "v", "x"}  # "i" is "in" in Norwegian; they are numbers at the end, or behind one of these
_COUNTED = {
    "part",
    "parts",
    "type",
    "types",
    "phase",
    "stage",
    "stages",
    "class",
    "grade",
    "group",
    "study",
    "volume",
    "vol",
    "level",
    "step",
}
_DIGITS = re.compile(r"[0-9]+")
_SMALL_IN_TITLES = {"a", "an", "the", "of", "in", "at", "on", "and", "for", "to"}

# What sources add to a title: its language, what kind of text it is, how many references, what appeared about it later.
_NOTE = re.compile(
    r"\s*\[(?:(?:article )?in [a-z ,]+|\d+ refs?|review|letter|editorial|abstract|comment|corrected|see comments?|multiple letters"
    r"|(?:published )?(?:erratum|correction|comment|retraction|update|republished)s?\b[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\s*\.?$"
    r"|\.?\s*\[(?:published )?(?:erratum|correction|comment|retraction|update)\b[^\[\]]*$"  # cut off
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
    while "]" in plain or ")" in plain or "[" in plain:
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
    found = ("".join(numbered(line.split())) for line in lines_of_words(parts)) if parts else ()
    return tuple(dict.fromkeys(key for key in found if key))


_PART_OF_A_DOI = re.compile(
    r"\.(?:[gts]?0\d\d)$"
)  # "10.1371/journal.pone.0094853.g001" is a figure, "10.7554/elife.06487.001" the abstract
_DOI_OF_A_JOURNAL = re.compile(r"10\.\d{4,9}/(?:\(?issn\)?\d{4}-?|\d{4}-)\d{3}[\dx]")
_LETTERS_AND_DIGITS = {code: None for code in range(128) if not chr(code).isalnum() and chr(code) != "\n"}


def _doi_keys(dois: Sequence[str | None]) -> list[str]:
    """DOIs as they are compared: sources write their marks otherwise ("_3", "-3"), or give the DOI of a figure or of the journal."""
    plain = "\n".join([_of_the_whole(doi.replace("\n", "")) if doi else "" for doi in dois])
    return plain.encode("ascii", "ignore").decode().translate(_LETTERS_AND_DIGITS).split("\n")


def _of_the_whole(doi: str) -> str:
    """The DOI without the number of a figure or part; nothing for that of a journal."""
    if doi[-3:-2] == "0":
        doi = _PART_OF_A_DOI.sub("", doi)
    return "" if len(doi) < 32 and _DOI_OF_A_JOURNAL.fullmatch(doi) else doi


def _year_of(date: str | None) -> int | None:
    return int(date[:4]) if date and re.match(r"\d{4}", date) else None
