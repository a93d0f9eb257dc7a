"""How two records stand to each other: plain questions that evidence (compare.py) and vetoes (veto.py) are made of."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from itertools import accumulate
from operator import attrgetter

from rapidfuzz import fuzz

from references.duplicates.clean import Keys
from references.duplicates.fold import words
from references.duplicates.place import KEPT
from references.record import Record


def same_identifier(a: Keys, b: Keys) -> bool:
    """Whether a DOI, PMID or PMCID is shared."""
    if a.doi and a.doi == b.doi:
        return True
    one, two = a.record, b.record
    return bool((one.pmid and one.pmid == two.pmid) or (one.pmcid and one.pmcid == two.pmcid))


def same_place(a: Keys, b: Keys) -> bool:
    """Whether pages and volume, or pages and year where a volume is missing, agree; the first may be one off where the last agrees."""
    if not a.first_page or not b.first_page:
        return False
    if a.first_page != b.first_page and not (a.last_page and a.last_page == b.last_page and abs(a.first_page - b.first_page) == 1):
        return False
    if a.first_page == 1 and (a.title != b.title or a.last_page != b.last_page):
        return False  # articles with a number of their own all begin on page 1
    if a.volume and b.volume:
        return a.volume == b.volume
    return a.year is not None and a.year == b.year


def one_issue(a: Keys, b: Keys) -> bool:
    """Whether volume and issue agree, and no two years or first pages differ; issue 10 and its supplement are two."""
    together = agree(a.volume, b.volume) and agree(a.issue, b.issue) and a.supplement == b.supplement
    return together and not differ(a.year, b.year) and not differ(a.first_page, b.first_page)


def another_issue(a: Keys, b: Keys) -> bool:
    """Whether volume, issue or year differ, and no identifier is shared."""
    years = a.year is not None and b.year is not None and abs(a.year - b.year) > 1  # ahead of print may be a year before
    return (differ(a.volume, b.volume) or differ(a.issue, b.issue) or years) and not same_identifier(a, b)


def one_cochrane_review(a: Keys, b: Keys) -> bool:
    """Whether they are versions of one Cochrane review: its number stays, while title, authors, DOI and PMID change."""
    return bool(a.cochrane and a.cochrane == b.cochrane)


def differ(left: object, right: object) -> bool:
    """Both there and not the same."""
    return bool(left and right and left != right)


def agree(left: object, right: object) -> bool:
    """Both there and the same."""
    return bool(left and left == right)


def journals_differ(a: Keys, b: Keys) -> bool:
    return bool(a.journal and b.journal and not same_name(a.journal, b.journal))


def same_text(a: Keys, b: Keys) -> bool:
    """Whether title and abstract are word for word the same in one journal: an abstract and its article never are."""
    return a.title == b.title and not journals_differ(a, b) and not differ(a.first_page, b.first_page) and text_ratio(a, b) >= 0.9


_CONTENT = tuple(  # what a source says of the report; the rest tells how it was found
    field.name
    for field in fields(Record)
    if field.name not in ("id", "source", "key", "origins", "unread", "url", "database", "accession", "keywords")
)


_content = attrgetter(*_CONTENT)


def same_content(a: Keys, b: Keys) -> bool:
    """Whether two sources say word for word the same of the report."""
    one, two = a.record, b.record  # first what tells most of them apart: quicker than all at once
    return one.journal == two.journal and one.pages == two.pages and bool(_content(one) == _content(two))


def another_of_a_column(a: Keys, b: Keys) -> bool:
    """Whether two equal entries may be two issues of a column: one source lists both, or they say no more than its name."""
    if not a.serial:
        return False
    said = any(getattr(a.record, name) for name in _CONTENT if name not in ("title", "type", "language"))
    return not said or a.record.source == b.record.source


def title_ratio(a: Keys, b: Keys) -> float:
    """The share of letters two titles have in common in order, 0 to 1 (rapidfuzz's ratio)."""
    return fuzz.ratio(a.title, b.title) / 100


def goes_on(a: Keys, b: Keys) -> bool:
    """Whether one title, of two words and 15 letters at least, is the beginning or the end of the other, up to a word's end.

    By their letters, since "PLA(2)" is two words and "PLA2" one.
    """
    short, long = (a, b) if len(a.content) < len(b.content) else (b, a)
    letters = len(short.content)
    if letters < 15 or letters == len(long.content):
        return False
    starts, ends = long.content.startswith(short.content), long.content.endswith(short.content)
    if not (starts or ends) or len(short.words) < 2:
        return False
    borders = set(accumulate(map(len, long.words)))
    return (starts and letters in borders) or (ends and len(long.content) - letters in borders)


def author_share(a: Keys, b: Keys) -> float:
    """The share of one byline's family names found in the other, the better way round, 0 to 1."""
    return max(_found_in(a, b), _found_in(b, a))


def another_of_the_name(a: Keys, b: Keys) -> bool:
    """Whether each record has one author, of one family name, and no given name of theirs begins alike: "Smith, John", "Smith K"."""
    if len(a.people.families) != 1 or a.people.families != b.people.families:
        return False
    [family] = a.people.families
    left, right = ({word[0] for word in words(" ".join(keys.record.authors)) if word != family} for keys in (a, b))
    return bool(left and right) and not left & right


def _found_in(a: Keys, b: Keys) -> float:
    if not a.people.families:
        return 0.0
    return sum(_stands_in(family, b) for family in a.people.families) / len(a.people.families)


def _stands_in(family: str, b: Keys) -> bool:
    """The name itself, or part of a double name, or the name but for a slip."""
    if family in b.people.names or family in b.people.families:
        return True
    if len(family) <= 4:
        return False
    return family in b.people.letters or any(fuzz.ratio(family, other, score_cutoff=87) for other in b.people.families)


def shifted(a: Keys, b: Keys) -> bool:
    """Whether volume and issue of one record came to stand as issue and page: "issue 26, page 9" for volume 26, issue 9."""
    return any(not x.volume and x.issue and x.issue == y.volume and x.first_page == y.issue for x, y in ((a, b), (b, a)))


@lru_cache(KEPT)
def same_name(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether two journal names are one, where either may be abbreviated word by word ("natl" for "national") or to initials."""
    short, long = sorted((a, b), key=len)
    if len(short) == 1 and len(long) > 2 and short[0] == "".join(word[0] for word in long):
        return True
    return len(short) == len(long) and all(_abbreviates(x, y) or _abbreviates(y, x) for x, y in zip(short, long, strict=True))


def _abbreviates(short: str, long: str) -> bool:
    """Same first letter, and the other letters in order."""
    if long.startswith(short):
        return True
    rest = iter(long)
    return short[:1] == long[:1] and all(letter in rest for letter in short)


def text_ratio(a: Keys, b: Keys) -> float:
    """The share of letters that the first 300 of two abstracts have in common, 0 to 1; 0 where one is missing or short."""
    left, right = a.record.abstract, b.record.abstract
    if not left or not right or min(len(left), len(right)) < 100:
        return 0.0
    return fuzz.ratio(left[:300].lower(), right[:300].lower()) / 100
