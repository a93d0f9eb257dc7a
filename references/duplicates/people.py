"""Who wrote a report, as sources spell bylines: split or run together, family or given name first, in capitals or initials."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from references.duplicates.fold import words
from references.formats.names import family_first
from references.record import surname


class Byline(NamedTuple):
    """The people of a byline. Names are folded; none of them is surely a family name."""

    families: frozenset[str]
    names: frozenset[str]  # every word of two letters or more
    letters: str  # all of them in order, since some sources run names together


_NO_NAMES = frozenset({"et", "al", "etal", "others", "unknown", "anonymous", "anon"})
# "Campione N. E.Evans D. C." and "Bolund ElisabethSchielzeth Holger": nothing stands between two people.
_GLUED = re.compile(r"(?<=[^\W\d_]\.)(?=[^\W\d_][^\W\d_'’])|(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")
_PREFIX = re.compile(r"(?:^|[\s.'-])(?:Mc|Mac|De|Di|Du|La|Le|Van|Von|O|D|Fitz|St)$")
LONGEST_INITIALS = 3  # letters: "J.R.R."


def first_family(authors: Iterable[str]) -> str:
    """The first author's family name without spaces; "" where nobody is named."""
    return next((family for person in _persons(authors) if (family := _family(person))), "")


def byline(authors: Iterable[str]) -> Byline:
    """The people that these values name."""
    people = list(_persons(authors))
    letters = words(" ".join(people))
    return Byline(
        families=frozenset(filter(None, map(_family, people))),
        names=frozenset([word for word in letters if len(word) > 1]) - _NO_NAMES,
        letters="".join(letters),
    )


def _persons(authors: Iterable[str]) -> Iterator[str]:
    """One person each, though a value may name several."""
    for author in authors:
        if len(author) <= 12 or "," in author:
            yield author
        else:
            yield from _people(author)


def _people(author: str) -> Iterator[str]:
    """The people in one value, nearly always one."""
    start = 0
    for found in _GLUED.finditer(author):
        person = author[start : found.start()]
        if not _PREFIX.search(person):
            yield family_first(person)  # only programs that write the family name first run names together
            start = found.start()
    yield family_first(author[start:]) if start else author


def _family(person: str) -> str:
    """The family name, folded, without spaces: what stands before a comma or initials, else the last word, or a body's name."""
    family = "".join(words(_named_first(person)))
    return "" if family in _NO_NAMES else family


def _named_first(person: str) -> str:
    if "," in person:
        return person.partition(",")[0]
    tokens = person.split()
    given = len(tokens)
    while given > 1 and tokens[given - 1].isupper() and len(tokens[given - 1].replace(".", "").replace("-", "")) <= LONGEST_INITIALS:
        given -= 1
    return " ".join(tokens[:given]) if given < len(tokens) else surname(person)
