"""The families of vetoes, and what is asked of them: of two records, of two groups, of companions."""

from __future__ import annotations

from references.duplicates.clean import Keys
from references.duplicates.likeness import same_identifier, same_place
from references.duplicates.veto import (
    Veto,
    another_kind,
    another_place,
    another_volume,
    listed_apart,
    meeting_abstract,
    notice,
    one_doi_two_titles,
    other_authors,
    other_journal,
    serial_title,
    sibling_cochrane,
    supplement,
    two_dois,
    two_pmids,
    untitled,
)  # fmt: skip
from references.duplicates.wording import another_question, longer_title, numbers_differ, words_replaced

SILENT: tuple[Veto, ...] = (untitled,)  # too little is said for this pair; a third record may still bring the two together
DOUBTS: tuple[Veto, ...] = (
    longer_title,
    another_volume,
)  # they may not be joined, but the question is open: subtitles are lost, years are wrong
VETOES: tuple[Veto, ...] = (
    two_dois, one_doi_two_titles, two_pmids, notice, sibling_cochrane, another_question, meeting_abstract, supplement, another_place,
    serial_title, numbers_differ, words_replaced, another_kind, other_authors, listed_apart, other_journal,
)  # fmt: skip
SOFT: tuple[Veto, ...] = (one_doi_two_titles, supplement, another_place, other_journal)  # by what sources write in many ways, or wrongly
OF_TITLES: tuple[Veto, ...] = (numbers_differ, words_replaced, longer_title)
HARD = tuple(veto for veto in VETOES if veto not in SOFT)


OF_COMPANIONS: tuple[Veto, ...] = (  # how a preprint, an abstract, a report or a thesis differs from its article
    two_dois, two_pmids, meeting_abstract, supplement, another_place, another_volume, another_kind, other_journal, longer_title,
    numbers_differ,
)  # fmt: skip


def vetoes(a: Keys, b: Keys) -> tuple[str, ...]:
    """Every reason against joining the two by themselves."""
    return _reasons((*SILENT, *VETOES, *DOUBTS), a, b)


def conflicts(a: Keys, b: Keys, joining: tuple[Keys, Keys]) -> tuple[str, ...]:
    """Every reason against having the two in one report, when two others are joined that bring them together.

    Where the two that are joined are one beyond doubt, what sources say of the journal and the supplement is held
    against nobody; and two DOIs that they have themselves are not held against others. Where their title is one, and
    that of `a` or `b` too, how the title of the other differs was settled when it came to its group.
    """
    left, right = joining
    certain = left.title == right.title and (same_identifier(left, right) or same_place(left, right))
    tests = HARD if certain else (*VETOES, *DOUBTS)
    if {a.doi, b.doi} == {left.doi, right.doi}:
        tests = tuple([test for test in tests if test is not two_dois])
    if left.title == right.title and left.title in (a.title, b.title):
        tests = tuple([test for test in tests if test not in OF_TITLES])
    return _reasons(tests, a, b)


def only_doubtful(a: Keys, b: Keys) -> bool:
    """Whether nothing but a doubt stands against joining, so that it is worth asking even without strong evidence."""
    return not _reasons((*SILENT, *VETOES), a, b)


def only_companions(a: Keys, b: Keys) -> bool:
    """Whether nothing stands against joining but that the two are of two kinds, published in two places."""
    return not _reasons(tuple(veto for veto in (*VETOES, *DOUBTS) if veto not in OF_COMPANIONS), a, b)


def _reasons(tests: tuple[Veto, ...], a: Keys, b: Keys) -> tuple[str, ...]:
    return tuple(reason for veto in tests if (reason := veto(a, b)))
