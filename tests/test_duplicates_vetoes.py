"""Each way in which tools join wrongly has its veto, which speaks both ways round and is silent where nothing is said."""

from __future__ import annotations

import pytest

from references.duplicates import veto, wording
from references.duplicates.clean import keys
from references.duplicates.families import DOUBTS, SILENT, VETOES, vetoes
from references.duplicates.find import reports_of
from tests.test_duplicates import ARTICLE, DIFFERENT, NO_PLACE, SAME, TITLE, bare

FAMILIES = {
    "untitled": "records without a title at one place",
    "two_dois": "two DOIs",
    "one_doi_two_titles": "one DOI of a whole supplement",
    "two_pmids": "two PMIDs",
    "notice": "a correction and its article",
    "sibling_cochrane": "sibling Cochrane reviews",
    "another_question": "a Cochrane review that asks another question now",
    "listed_apart": "one title twice in a database, by other people in part",
    "meeting_abstract": "a conference abstract by the journal's name",
    "supplement": "a conference abstract by its pages",
    "another_place": "a reprint in another journal",
    "another_volume": "shown at a meeting and printed later, without pages",
    "serial_title": "a column in two issues",
    "numbers_differ": "part one and part two",
    "words_replaced": "companion papers, one word apart",
    "longer_title": "an audit and its update",
    "another_kind": "a briefing and its article",
    "other_authors": "one title by other people",
    "other_journal": "a reprint in another journal",
}
ALL = (*SILENT, *VETOES, *DOUBTS)
BY_NAME = {one.__name__: one for one in ALL}


def test_every_veto_has_its_family() -> None:
    assert {one.__name__ for one in ALL} == set(FAMILIES)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_veto_tells_its_family_both_ways_round(name: str) -> None:
    left, right = (keys(bare(**fields)) for fields in DIFFERENT[FAMILIES[name]])
    told = BY_NAME[name](left, right)
    assert told and isinstance(told, str)
    assert BY_NAME[name](right, left)


@pytest.mark.parametrize("one", [*VETOES, *DOUBTS], ids=lambda one: one.__name__)
def test_what_is_not_said_is_no_evidence(one: veto.Veto) -> None:
    empty, full = keys(bare()), keys(bare(**ARTICLE))
    titled = keys(bare(title=TITLE))
    assert [one(empty, full), one(full, empty), one(empty, empty), one(titled, full), one(full, titled)] == [None] * 5


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME.keys())
def test_vetoes_agree_whichever_record_comes_first(pair: tuple[dict[str, object], dict[str, object]]) -> None:
    left, right = keys(bare(**pair[0])), keys(bare(**pair[1]))
    assert [bool(one(left, right)) for one in ALL] == [bool(one(right, left)) for one in ALL] == [False] * len(ALL)


def test_a_kind_named_wrongly_does_not_part_one_doi_under_one_title() -> None:
    book, article = bare(**{**NO_PLACE, "type": "book", "doi": "10.1/x"}), bare(**{**ARTICLE, "doi": "10.1/x"})
    assert vetoes(keys(book), keys(article)) == ()


def test_part_one_and_part_two_are_two_even_with_no_page() -> None:
    one, two = (keys(bare(**{**NO_PLACE, "title": f"{TITLE}, {part}"})) for part in ("part one", "Part 2"))
    assert wording.numbers_differ(one, two) == "numbers in the titles differ: 1 and 2"


def test_what_sources_say_of_the_journal_does_not_part_records_that_share_doi_and_title() -> None:
    """The record without a place came from a source that knows no supplement."""
    one = bare(**{**ARTICLE, "doi": "10.1/x", "issue": "Suppl 3"})
    two = bare(**{**ARTICLE, "issue": "Suppl 3"})
    three = bare(**{**NO_PLACE, "doi": "10.1/x", "volume": "12"})
    assert veto.supplement(keys(two), keys(three)) is None
    other = bare(**{**ARTICLE, "doi": "10.1/x", "journal": "Annals of Care", "volume": "13", "pages": None, "issue": None})
    assert vetoes(keys(two), keys(other))
    assert len(reports_of([one, two, other]).reports) == 1
