"""What the wording of two titles says against joining: numbers, words, a longer title. Vetoes as in veto.py."""

from __future__ import annotations

from collections import Counter

from rapidfuzz import fuzz

from references.duplicates.clean import Keys
from references.duplicates.fold import spelling
from references.duplicates.likeness import (
    another_issue,
    author_share,
    differ,
    goes_on,
    journals_differ,
    one_cochrane_review,
    one_issue,
    same_identifier,
    same_place,
    title_ratio,
)
from references.duplicates.slips import one_letter, only_slips


def another_question(a: Keys, b: Keys) -> str | None:
    """Versions of one Cochrane review count as one, but now and then a new version asks another question, and its title says so."""
    if not one_cochrane_review(a, b) or same_identifier(a, b) or not a.title or not b.title:
        return None
    return None if title_ratio(a, b) >= 0.8 or goes_on(a, b) else "one Cochrane review, but its title has changed"


def numbers_differ(a: Keys, b: Keys) -> str | None:
    """Part I and Part II, phase 2 and phase 3, 2015 and 2018."""
    if a.title == b.title or not a.title or not b.title or a.numbers == b.numbers or one_cochrane_review(a, b):
        return None
    if (same_identifier(a, b) or same_place(a, b)) and not (a.meeting or b.meeting):
        return None  # a slip or a lost formula; abstracts share pages
    only = (Counter(a.numbers) - Counter(b.numbers), Counter(b.numbers) - Counter(a.numbers))
    if _footnote(a, b) or _footnote(b, a):
        return None
    return f"numbers in the titles differ: {_list(only[0])} and {_list(only[1])}"


def _footnote(a: Keys, b: Keys) -> bool:
    """Whether the title of `a` ends in the marks of footnotes ("1", "1, 2"), which programs that read PDFs take for a part of it."""
    more = sorted((Counter(a.numbers) - Counter(b.numbers)).elements())
    marks = [str(number + 1) for number in range(len(more))]
    only = len(a.numbers) == len(b.numbers) + len(more)
    if not more or not only or more != marks or not a.title.endswith("".join(marks)):
        return False
    elsewhere = another_issue(a, b) or differ(a.year, b.year) or differ(a.first_page, b.first_page) or journals_differ(a, b)
    return not elsewhere and author_share(a, b) >= (0.1 if one_issue(a, b) else 0.6)


def words_replaced(a: Keys, b: Keys) -> str | None:
    """Companion papers: "adult" against "adolescent" in otherwise one title.

    Where no other page speaks against it, a slip of one letter is forgiven, and what slips.only_slips() takes for slips
    (in one issue; elsewhere where most letters agree); no more: "hypertension" and "hypotension" are two letters apart.
    """
    if a.title == b.title or not a.title or not b.title or same_identifier(a, b) or same_place(a, b) or one_cochrane_review(a, b):
        return None
    if {a.title, *a.other_titles} & {b.title, *b.other_titles}:
        return None
    left, right = _without_marks(a, b), _without_marks(b, a)
    one, two = "".join(left), "".join(right)
    if one == two or ((not left or not right) and (goes_on(a, b) or one_issue(a, b))):
        return None
    if not left or not right:
        return f"one title has more words: {_list(left or right)}"
    slips = one_letter(one, two) or (only_slips(left, right) and (one_issue(a, b) or fuzz.ratio(one, two) >= 80))
    if slips and not differ(a.first_page, b.first_page):
        return None
    return f"words replaced in the title: {_list(left)} against {_list(right)}"


def _only(a: Keys, b: Keys) -> list[str]:
    there = Counter(spelling(word) for word in b.words)
    found = []
    for word in a.words:
        if there[spelling(word)] > 0:
            there[spelling(word)] -= 1
        else:
            found.append(word)
    return found


def _without_marks(a: Keys, b: Keys) -> list[str]:
    """The words that only the title of `a` has, without the marks of footnotes."""
    found = _only(a, b)
    return [word for word in found if not word.isdigit()] if _footnote(a, b) else found


def longer_title(a: Keys, b: Keys) -> str | None:
    """One title is the beginning or end of the other: a series, an update, a part, or a lost subtitle. Place or identifier must tell."""
    if not goes_on(a, b) or same_identifier(a, b) or same_place(a, b) or one_issue(a, b) or one_cochrane_review(a, b):
        return None
    if _footnote(a, b) or _footnote(b, a):
        return None
    return "one title goes on where the other ends"


def _list(words: object) -> str:
    return ", ".join(map(str, words)) or "none"  # type: ignore[call-overload]
