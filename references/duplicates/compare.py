"""Two records compared field by field: each comparison gives points and its reason, and silence is no evidence.

The points are a small fixed table, not fitted to any set: an identifier, or a title of its own with a year, is enough to
join; a title alone is enough to ask. The decision is theirs only after the vetoes (veto.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from references.duplicates.clean import Keys
from references.duplicates.fold import spelling
from references.duplicates.likeness import (
    another_of_a_column,
    another_of_the_name,
    author_share,
    goes_on,
    same_content,
    same_name,
    shifted,
    text_ratio,
    title_ratio,
)

JOIN = 6.0  # points from which two records are one report, where no veto stands against it
PROPOSE = 4.0  # points from which a person is asked


class Evidence(NamedTuple):
    """What one comparison says: points for (+) or against (-) one report, and why. Most are never read, so words are put together late."""

    points: float
    words: str
    values: tuple[Any, ...] = ()  # what stands for each {} in `words`

    @property
    def reason(self) -> str:
        """Why, in words."""
        return _worded(self.words, self.values) if self.values else self.words


@lru_cache(1 << 16)
def _worded(words: str, values: tuple[Any, ...]) -> str:
    """The same few reasons come again and again, and each is kept once."""
    return words.format(*values)


Comparison = Callable[[Keys, Keys], Evidence | None]


def same_entry(a: Keys, b: Keys) -> Evidence | None:
    """Two records that agree in everything, however bare, are one report: imported twice."""
    if not a.title or a.title != b.title or not same_content(a, b) or another_of_a_column(a, b):
        return None
    return Evidence(+12.0, "every field is the same")


def same_doi(a: Keys, b: Keys) -> Evidence | None:
    """A shared DOI is near proof. Two DOIs are not: one paper may have two; but see veto.two_dois."""
    if a.doi and a.doi == b.doi:
        return Evidence(+9.0, "same DOI {}", (a.record.doi,))
    return _identifier("DOI", a.record.doi, b.record.doi, for_=+9.0, against=-2.0) if a.doi and b.doi else None


def same_pmid(a: Keys, b: Keys) -> Evidence | None:
    """PubMed counts a paper once, save for slips."""
    return _identifier("PMID", a.record.pmid, b.record.pmid, for_=+9.0, against=-4.0)


def same_pmcid(a: Keys, b: Keys) -> Evidence | None:
    """PubMed Central may hold an author's version beside the publisher's."""
    return _identifier("PMCID", a.record.pmcid, b.record.pmcid, for_=+9.0, against=-2.0)


def same_cochrane(a: Keys, b: Keys) -> Evidence | None:
    """All versions of a Cochrane review have one number; two numbers are two reviews."""
    return _identifier("Cochrane number", a.cochrane or None, b.cochrane or None, for_=+8.0, against=-6.0)


def _identifier(name: str, left: str | None, right: str | None, *, for_: float, against: float) -> Evidence | None:
    if not left or not right:
        return None
    if left == right:
        return Evidence(for_, "same {} {}", (name, left))
    return Evidence(against, "{}s differ: {} and {}", (name, left, right))


def same_isbn(a: Keys, b: Keys) -> Evidence | None:
    """A book's number stands in its chapters' records too, so it only supports an equal title."""
    if not a.record.isbn or not b.record.isbn:
        return None
    left, right = _isbn(a), _isbn(b)
    return Evidence(+2.0, "same ISBN {}", (left,)) if left and left == right else None  # editions and bindings differ in it


def _isbn(a: Keys) -> str:
    digits = "".join(mark for mark in (a.record.isbn or "").upper() if mark.isdigit() or mark == "X")
    return digits[3:12] if len(digits) == 13 else digits[:9]  # without prefix and check digit, ISBN-10 and 13 agree


DISTINCTIVE = 28  # letters of a title that few other reports will share by chance


def close_title(a: Keys, b: Keys) -> Evidence | None:
    """Titles by their letters; a parallel title counts as well as the main one."""
    if not a.title or not b.title:
        return None
    if a.title == b.title:
        if len(a.title) >= DISTINCTIVE:
            return Evidence(+5.0, "same title")
        return Evidence(+3.5, "same title, but a short one")
    if (a.other_titles or b.other_titles) and {a.title, *a.other_titles} & {b.title, *b.other_titles}:
        return Evidence(+4.0, "same title in one of two languages")
    share = title_ratio(a, b)
    if share >= 0.6 and _only_spelling(a, b):
        return Evidence(+4.5, "same title but for spelling or small words")
    if share * (len(a.title) + len(b.title)) >= 1.4 * min(len(a.title), len(b.title)) and goes_on(a, b):
        return Evidence(+3.0, "one title is the beginning or the end of the other")
    for least, points in ((0.95, +4.0), (0.9, +3.0), (0.8, +1.5)):
        if share >= least:
            return Evidence(points, "titles agree in {:.0%} of their letters", (share,))
    if share >= 0.6:
        return Evidence(-2.0, "titles agree in {:.0%} of their letters only", (share,))
    return Evidence(-6.0, "titles differ ({:.0%} of the letters agree)", (share,))


def _only_spelling(a: Keys, b: Keys) -> bool:
    return len(a.words) == len(b.words) and all(x == y or spelling(x) == spelling(y) for x, y in zip(a.words, b.words, strict=True))


def close_year(a: Keys, b: Keys) -> Evidence | None:
    """A year apart is usual between ahead of print and print."""
    if a.year is None or b.year is None:
        return None
    if a.year == b.year:
        return Evidence(+1.0, "same year {}", (a.year,))
    return Evidence(-1.5 if abs(a.year - b.year) == 1 else -2.5, "years differ: {} and {}", (a.year, b.year))


def shared_authors(a: Keys, b: Keys) -> Evidence | None:
    """Family names of the shorter byline that stand anywhere in the longer: names come unsplit and in any order."""
    if not a.people.names or not b.people.names:
        return None
    share = author_share(a, b)
    if share > 0 and another_of_the_name(a, b):
        return Evidence(-3.0, "one author each, of one family name and with other initials")
    if share >= 0.6:
        return Evidence(+2.0, "same authors" if share == 1 else "mostly the same authors")
    if share > 0:
        return Evidence(+0.5, "some authors are the same")
    return Evidence(-3.0, "no author is the same")


def same_pages(a: Keys, b: Keys) -> Evidence | None:
    """The first page, or the article number, is the strongest fact beside the title."""
    if not a.first_page or not b.first_page:
        return None
    if a.first_page == b.first_page and a.last_page == b.last_page and (a.last_page or 0) > a.first_page > 1:
        return Evidence(+3.0, "same pages {}-{}", (a.first_page, a.last_page))
    if a.first_page == b.first_page == 1:
        return Evidence(+0.5, "both begin on page 1")
    if a.first_page == b.first_page:
        return Evidence(+2.0, "same first page {}", (a.first_page,))
    if shifted(a, b):
        return Evidence(+1.5, "volume and issue agree, but stand a field further in one record")
    if 1 in (a.first_page, b.first_page):
        return Evidence(-0.5, "first pages differ: {} and {}; ahead of print counts from 1", (a.first_page, b.first_page))
    return Evidence(-2.0, "first pages differ: {} and {}", (a.first_page, b.first_page))


def same_volume(a: Keys, b: Keys) -> Evidence | None:
    """Volumes of one journal."""
    if not a.volume or not b.volume:
        return None
    if a.volume == b.volume:
        return Evidence(+1.0, "same volume {}", (a.volume,))
    return Evidence(-1.5, "volumes differ: {} and {}", (a.volume, b.volume))


def same_issue(a: Keys, b: Keys) -> Evidence | None:
    """The field most misused of all: it weighs little."""
    if not a.issue or not b.issue or shifted(a, b):
        return None
    if a.issue == b.issue:
        return Evidence(+0.5, "same issue {}", (a.issue,))
    return Evidence(-0.5, "issues differ: {} and {}", (a.issue, b.issue))


def same_journal(a: Keys, b: Keys) -> Evidence | None:
    """Journals by their words, abbreviated or not. Two names may be one journal, so a difference weighs little."""
    if not a.journal or not b.journal:
        return None
    if same_name(a.journal, b.journal):
        return Evidence(+1.0, "same journal")
    return Evidence(-0.5, "journals differ: {} and {}", (a.record.journal, b.record.journal))


def close_abstract(a: Keys, b: Keys) -> Evidence | None:
    """Abstracts by how they begin: sources cut and label them differently, so a difference says nothing."""
    return Evidence(+2.0, "abstracts agree") if text_ratio(a, b) >= 0.8 else None


# Each with the most points it gives. The last two take longer than all others; they are left out where they decide nothing.
COMPARISONS: tuple[tuple[Comparison, float], ...] = (
    (same_entry, 12.0), (same_doi, 9.0), (same_pmid, 9.0), (same_pmcid, 9.0), (same_cochrane, 8.0), (close_title, 5.0),
    (same_pages, 3.0), (same_volume, 1.0), (close_year, 1.0), (same_issue, 0.5), (same_isbn, 2.0), (same_journal, 1.0),
    (shared_authors, 2.0), (close_abstract, 2.0),
)  # fmt: skip
_MOST_FROM_HERE = list(accumulate((most for _, most in reversed(COMPARISONS))))[::-1]
_STEPS = [(compare, most) for (compare, _), most in zip(COMPARISONS, _MOST_FROM_HERE, strict=True)]
_QUICK, _DEAR = _STEPS[:-2], _STEPS[-2:]
UNREAD = _DEAR[0][1]
ENOUGH = JOIN + 3.0  # other authors, the most that the dear ones can say against, would not change this


def evidence(a: Keys, b: Keys) -> tuple[Evidence, ...]:
    """What every comparison has to say."""
    return tuple([one for compare, _ in COMPARISONS if (one := compare(a, b))])


def promising(a: Keys, b: Keys) -> tuple[float, list[Evidence]]:
    """(points together, what was said), looking no further once the points cannot reach PROPOSE any more, or are enough to join.

    To points that are enough the most is added that was left unread, so that no weaker pair, read in full, comes before it.
    """
    points = 0.0
    found: list[Evidence] = []
    for steps in (_QUICK, _DEAR):
        for compare, most in steps:
            if points + most < PROPOSE:
                return points, found
            if one := compare(a, b):
                points += one.points
                found.append(one)
        if steps is _QUICK and points >= ENOUGH:
            return points + UNREAD, found
    return points, found


def score(found: Iterable[Evidence]) -> float:
    """The points together."""
    return sum(one.points for one in found)
