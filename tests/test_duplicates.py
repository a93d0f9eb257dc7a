"""Which records are one report: what joins, what must not however alike it looks, and what is left to a person."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from references.duplicates.block import LARGEST, candidates
from references.duplicates.clean import Keys, all_keys, keys
from references.duplicates.compare import JOIN, PROPOSE, evidence, promising, score
from references.duplicates.families import DOUBTS, SILENT, VETOES
from references.duplicates.find import Grouping, reports_of
from references.duplicates.fold import words
from references.duplicates.judgement import Judgement
from references.duplicates.kinds import is_preprint
from references.duplicates.likeness import goes_on, same_name
from references.duplicates.place import first_and_last, journal_words
from references.duplicates.slips import only_slips
from references.record import Record

ALL_VETOES = (*SILENT, *VETOES, *DOUBTS)
NUMBER = count(1)
TEXT = (
    "Boards that were to share power met monthly for two years. " * 4
    + "We watched eleven of their meetings and spoke with the people in them."
)
TITLE = "Joint boards and the slow work of sharing power in northern health regions"
ARTICLE: dict[str, Any] = {
    "title": TITLE,
    "authors": ("Lund, Kari", "Mair, Ewan", "Osei, Abena"),
    "year": 2016,
    "type": "journal-article",
    "journal": "Journal of Shared Services",
    "volume": "12",
    "issue": "3",
    "pages": "201-215",
}
NO_PLACE = {**ARTICLE, "volume": None, "issue": None, "pages": None}


def entry(**fields: Any) -> Record:
    """ARTICLE with other fields, as one more source's record."""
    return bare(**{**ARTICLE, **fields})


def bare(**fields: Any) -> Record:
    """A record with these fields alone, each from another source."""
    name = f"r{next(NUMBER):05d}"
    return Record(**{"id": name, "source": f"file:{name}.ris", "key": name, **fields})


def joined(*records: Record) -> bool:
    return len(reports_of(records).reports) == 1


def asked(*records: Record) -> bool:
    grouping = reports_of(records)
    return len(grouping.reports) == 2 and len(grouping.proposals) == 1


def groups(grouping: Grouping) -> set[frozenset[str]]:
    return {frozenset(record.id for record in report.records) for report in grouping.reports}


SAME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a DOI and nothing else": ({"doi": "10.1000/a"}, {**ARTICLE, "doi": "10.1000/a"}),
    "a PMID and nothing else": ({"pmid": "123"}, {**ARTICLE, "pmid": "123"}),
    "a PMCID and nothing else": ({"pmcid": "PMC77"}, {**ARTICLE, "pmcid": "PMC77"}),
    "title and year": ({"title": TITLE, "year": 2016}, ARTICLE),
    "title and authors": ({"title": TITLE, "authors": ("K Lund", "E Mair")}, ARTICLE),
    "title and first page": ({"title": TITLE, "pages": "201"}, ARTICLE),
    "capitals, accents, markup": ({**ARTICLE, "title": TITLE.upper().replace("SLOW", "<i>SLÓW</i>") + "."}, ARTICLE),
    "British and American spelling": (
        {**ARTICLE, "title": "Organising labour after ischaemic events"},
        {**ARTICLE, "title": "Organizing labor after ischemic events"},
    ),
    "a footnote's mark behind the title, no place": ({**NO_PLACE, "title": f"{TITLE} 1", "year": None}, ARTICLE),
    "an abbreviated journal and initials": ({**ARTICLE, "journal": "J Shared Serv", "authors": ("Lund K", "Mair E", "Osei A")}, ARTICLE),
    "names that run together": ({**ARTICLE, "authors": ("Kari Lund, Ewan Mair, Abena Osei",), "year": None, "pages": None}, ARTICLE),
    "ahead of print": ({**ARTICLE, "year": 2016, "volume": None, "issue": None, "pages": "1-15"}, ARTICLE),
    "an issue that is a supplement in one source": ({**ARTICLE, "volume": None, "issue": "S2"}, ARTICLE),
    "pages that a spreadsheet made a date": ({**ARTICLE, "pages": "03-Oct"}, {**ARTICLE, "pages": "3-10"}),
    "a retracted article under its new title": (
        {**ARTICLE, "title": f"RETRACTED: {ARTICLE['title']}", "doi": "10.1/x"},
        {**ARTICLE, "doi": "10.1/x"},
    ),
    "notes that a database adds": ({**ARTICLE, "title": f"{ARTICLE['title']}. [Review] [24 refs]"}, ARTICLE),
    "a parallel title": (
        {**ARTICLE, "title": "Samarbeidsreformen i praksis i nord", "title_alt": TITLE},
        {**ARTICLE, "pages": "201"},
    ),
    "two DOIs at one place": ({**ARTICLE, "doi": "10.1000/a"}, {**ARTICLE, "doi": "10.2000/b"}),
    "names run together family first, given names in full or not": (
        {**NO_PLACE, "authors": ("Lund K. A.Mair E.van Osei A.",), "journal": None},
        {**NO_PLACE, "authors": ("Lund Kari A.Mair EwanVan Osei Abena",), "journal": None},
    ),
    "footnotes in a title that was read from a PDF": (
        {**ARTICLE, "title": f"{TITLE.upper()} 1, 2", "year": None, "pages": None},
        {**ARTICLE, "title": TITLE},
    ),
    "one DOI with other marks in it": (
        {"title": "x", "doi": "10.1007/82-2012-287"},
        {**ARTICLE, "title": "x", "doi": "10.1007/82_2012_287"},
    ),
    "the DOI of a figure": (
        {"title": "x", "doi": "10.1371/journal.pone.0094853.g001"},
        {"title": "x", "doi": "10.1371/journal.pone.0094853"},
    ),
    "a title translated twice, under one DOI": (
        {**ARTICLE, "doi": "10.1/x", "title": "Treatment of ischaemia in its acute phase and prospects"},
        {**ARTICLE, "doi": "10.1/x", "title": "Management of the acute stage of cerebral ischaemia. French"},
    ),
    "a first page that is one off": ({**ARTICLE, "title": f"{TITLE}: a case report from Orkney", "pages": "202-215"}, ARTICLE),
    "an abstract whose journal only one source calls a conference": (
        {**NO_PLACE, "journal": f"{ARTICLE['journal']}. Conference: 5th Congress", "abstract": TEXT},
        {**NO_PLACE, "abstract": TEXT},
    ),
    "an abstract under the meeting's name and in the supplement": (
        {**NO_PLACE, "journal": f"{ARTICLE['journal']}. Conference: 5th Congress"},
        {**ARTICLE, "issue": "S2", "pages": "44"},
    ),
    "an abstract whose source names no page": (
        {**ARTICLE, "journal": f"{ARTICLE['journal']}. Conference: 5th Congress", "issue": None, "pages": None},
        {**ARTICLE, "issue": None, "pages": None},
    ),
    "an abstract whose page was counted otherwise": (
        {**ARTICLE, "journal": f"{ARTICLE['journal']}. Conference: 5th Congress", "issue": None, "pages": "22-22"},
        {**ARTICLE, "issue": None, "pages": "52-52"},
    ),
    "a journal's name with its medium": (
        {**ARTICLE, "journal": "Annals of Care [Electronic Resource]", "pages": "1-9"},
        {**ARTICLE, "journal": "Annals of Care", "pages": "e124"},
    ),
    "an issue that stands in the field of the volume": (
        {**ARTICLE, "volume": "12 (3)", "issue": None, "doi": "10.1/x"},
        {**ARTICLE, "doi": "10.1/y", "title": f"{TITLE}."},
    ),
    "pages cut short that a spreadsheet made a date": ({**ARTICLE, "pages": "21-Aug"}, {**ARTICLE, "pages": "21-28"}),
    "volume and issue a field too far": ({**ARTICLE, "volume": None, "issue": "12", "pages": "3"}, ARTICLE),
    "a note of an erratum that was cut off": ({**ARTICLE, "title": f"{TITLE}.[Erratum"}, ARTICLE),
    "a Cochrane review under a longer title": (
        {**NO_PLACE, "doi": "10.1002/14651858.cd010478.pub2", "title": "Joint boards for sharing power in health regions"},
        {
            **NO_PLACE,
            "doi": "10.1002/14651858.cd010478.pub3",
            "title": "Standing joint boards for sharing power in health regions",
            "year": 2011,
        },
    ),
    "two versions of one Cochrane review": (
        {**ARTICLE, "doi": "10.1002/14651858.cd010478.pub2", "year": 2014, "issue": "1", "volume": None, "pages": None},
        {**ARTICLE, "doi": "10.1002/14651858.cd010478.pub3", "year": 2018, "issue": "9", "volume": None, "pages": None},
    ),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME.keys())
def test_records_of_one_report_are_joined_by(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    left, right = bare(**pair[0]), bare(**pair[1])
    assert joined(left, right), reports_of([left, right]).why(left.id, right.id)


DIFFERENT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a correction and its article": ({**ARTICLE, "title": f"Correction to: {TITLE}"}, ARTICLE),
    "an erratum told by its note": ({**ARTICLE, "title": f"{TITLE} (vol 12, pg 201, 2016)", "pages": "400"}, ARTICLE),
    "a comment and its article": ({**ARTICLE, "title": f"Comment on: {TITLE}"}, ARTICLE),
    "a reply and its article": ({**ARTICLE, "title": f"{TITLE} - Reply"}, ARTICLE),
    "a retraction notice and its article": ({**ARTICLE, "title": f"Retraction of: {TITLE}"}, ARTICLE),
    "a conference abstract by type": ({**NO_PLACE, "type": "conference-abstract"}, NO_PLACE),
    "a conference abstract called an article, by its DOI": (
        {**NO_PLACE, "doi": "10.5334/ijic.icic22160"},
        {**ARTICLE, "issue": "S2", "volume": None},
    ),
    "a conference abstract with a text of its own": (
        {**NO_PLACE, "journal": f"{ARTICLE['journal']}. Conference: 5th Congress", "abstract": TEXT.upper()[::-1]},
        {**NO_PLACE, "abstract": TEXT},
    ),
    "two abstracts of one group under the supplement's DOI": (
        {**ARTICLE, "doi": "10.1/s", "issue": "S1", "pages": "S72"},
        {**ARTICLE, "doi": "10.1/s", "issue": "S1", "pages": "S72", "title": "What patients say about seven days of waiting for a bed"},
    ),
    "a conference abstract by its pages": ({**ARTICLE, "issue": "S1", "pages": "S44"}, ARTICLE),
    "a conference abstract by the journal's name": ({**NO_PLACE, "journal": f"{ARTICLE['journal']}. Conference: 5th Congress"}, ARTICLE),
    "one abstract at two meetings": (
        {**ARTICLE, "journal": "Annals of Care", "volume": "7", "issue": "S1", "pages": "S4"},
        {**ARTICLE, "issue": "S2", "pages": "S90"},
    ),
    "an abstract in a supplement and an article whose source gives no page": (
        {**ARTICLE, "issue": "Suppl 1", "pages": "P12"},
        {**ARTICLE, "pages": None},
    ),
    "an abstract of a conference and an issue without pages": (
        {**ARTICLE, "journal": f"{ARTICLE['journal']}. Conference: 5th Congress", "issue": "Suppl 2", "pages": None},
        {**ARTICLE, "issue": "8", "pages": None},
    ),
    "an issue and its supplement": (
        {**ARTICLE, "journal": f"{ARTICLE['journal']}. Conference: 5th Congress", "issue": "3 Suppl 1", "pages": None},
        {**ARTICLE, "issue": "3"},
    ),
    "companion papers of a journal in which every article begins on page 1": (
        {**ARTICLE, "title": f"{TITLE} for adults", "issue": None, "pages": "1-10"},
        {**ARTICLE, "title": f"{TITLE} for adolescents", "issue": None, "pages": "1-12"},
    ),
    "two parts that both begin on page 1": (
        {**ARTICLE, "title": f"{TITLE}: Part I", "issue": None, "pages": "1-10"},
        {**ARTICLE, "title": f"{TITLE}: Part II", "issue": None, "pages": "1-12"},
    ),
    "two abstracts by other people, with nearly one title, under the supplement's DOI": (
        {**NO_PLACE, "title": "Effect of aripiprazole on cognition in schizophrenia", "doi": "10.1/s", "authors": ("Lee, K",)},
        {**NO_PLACE, "title": "Effect of risperidone on cognition in schizophrenia", "doi": "10.1/s", "authors": ("Garcia, M",)},
    ),
    "a column of one volume without issue and page": (
        {**NO_PLACE, "title": "Editor's comments", "volume": "12", "abstract": "On boards."},
        {**NO_PLACE, "title": "Editor's comments", "volume": "12", "abstract": "On trusts."},
    ),
    "a preprint and an article that is called nothing": (
        {**NO_PLACE, "journal": "bioRxiv", "doi": "10.1101/123456"},
        {**NO_PLACE, "type": None},
    ),
    "a registered trial and its article": ({**NO_PLACE, "journal": "https://clinicaltrials.gov/show/NCT00000001"}, ARTICLE),
    "a reprint in another journal": ({**ARTICLE, "journal": "Annals of Care", "volume": "30", "pages": "1001-1015"}, ARTICLE),
    "the second part in the next issue": ({**ARTICLE, "title": f"{TITLE} 2", "issue": "4", "pages": "300-310"}, ARTICLE),
    "part one and part two": (
        {**ARTICLE, "title": f"{TITLE}: Part I", "pages": "201-215"},
        {**ARTICLE, "title": f"{TITLE}: Part II", "pages": "216-230"},
    ),
    "two years of a series": (
        {**NO_PLACE, "title": "Annual survey of joint boards in the regions 2015", "type": "report"},
        {**NO_PLACE, "title": "Annual survey of joint boards in the regions 2016", "type": "report"},
    ),
    "an audit and its update": (
        {"title": "Health and care partnership: update on progress", "type": "report", "authors": ("Audit Office",), "year": 2018},
        {"title": "Health and care partnership", "type": "report", "authors": ("Audit Office",), "year": 2015},
    ),
    "shown at a meeting and printed later, without pages": (
        {**ARTICLE, "volume": "11", "year": 2015, "issue": None, "pages": None, "abstract": TEXT},
        {**ARTICLE, "abstract": TEXT},
    ),
    "a column in one issue, one page missing": (
        {**ARTICLE, "title": "Book reviews", "authors": (), "pages": "30-31"},
        {**ARTICLE, "title": "Book reviews", "authors": (), "pages": None},
    ),
    "a typed thesis and an article without a type": ({**NO_PLACE, "type": "thesis", "journal": None}, {**NO_PLACE, "type": None}),
    "companion papers, one word apart": (
        {**ARTICLE, "title": "Outcomes of shared assessment for adult carers", "pages": "30-39"},
        {**ARTICLE, "title": "Outcomes of shared assessment for adolescent carers", "pages": "40-49"},
    ),
    "a book and a chapter named for it": ({**NO_PLACE, "type": "book"}, {**NO_PLACE, "type": "book-chapter", "pages": "23"}),
    "a book and its review": ({**NO_PLACE, "type": "book"}, {**NO_PLACE, "type": "review-notice", "authors": ("Donker, Lia",)}),
    "a thesis and its article": ({**NO_PLACE, "type": "thesis"}, ARTICLE),
    "a briefing and its article": ({**NO_PLACE, "type": "report"}, ARTICLE),
    "a preprint and its article": ({**NO_PLACE, "type": "preprint", "doi": "10.1101/2016.01"}, {**ARTICLE, "doi": "10.1000/a"}),
    "news about a report": ({**NO_PLACE, "type": "news"}, {**NO_PLACE, "type": "report"}),
    "a Cochrane review that asks another question now": (
        {**NO_PLACE, "doi": "10.1002/14651858.cd010478", "title": "Antibodies to a gut receptor for ending attacks of colitis"},
        {**NO_PLACE, "doi": "10.1002/14651858.cd010478.pub2", "title": "Vedolizumab for ending and preventing attacks of colitis"},
    ),
    "one title twice in a database, by other people in part": (
        {**NO_PLACE, "title": "Memories of those who sat on the boards", "database": "Scopus", "authors": ("Lund, Kari", "Ito, Aya")},
        {**NO_PLACE, "title": "Memories of those who sat on the boards", "database": "Scopus", "authors": ("Lund, Kari", "Berg, Nils")},
    ),
    "sibling Cochrane reviews": (
        {**NO_PLACE, "doi": "10.1002/14651858.cd010478"},
        {**NO_PLACE, "doi": "10.1002/14651858.cd010479"},
    ),
    "a column in two issues": (
        {**ARTICLE, "title": "Editor's comments", "issue": "1", "pages": "5"},
        {**ARTICLE, "title": "Editor's Comments", "issue": "2", "pages": "5"},
    ),
    "a column that names no issue": (
        {"title": "Editorial", "authors": ("Lund, Kari",), "year": 2016, "journal": "Annals of Care"},
        {"title": "Editorial", "authors": ("Lund, K.",), "year": 2016, "journal": "Annals of Care"},
    ),
    "two DOIs": ({**NO_PLACE, "doi": "10.1000/a"}, {**NO_PLACE, "doi": "10.2000/b"}),
    "two PMIDs": ({**NO_PLACE, "pmid": "11"}, {**NO_PLACE, "pmid": "12"}),
    "one DOI of a whole supplement": (
        {**ARTICLE, "title": "Falls among night staff in island hospitals", "pages": "S4", "doi": "10.1000/suppl"},
        {**ARTICLE, "title": "Why district nurses leave after mergers", "pages": "S9", "doi": "10.1000/suppl"},
    ),
    "one title by other people": ({**NO_PLACE, "authors": ("Berg, Nils", "Ito, Aya")}, NO_PLACE),
    "records without a title at one place": ({**ARTICLE, "title": ""}, ARTICLE),
    "two records that say nothing": ({}, {}),
    "a title of one word": ({"title": "Partnership", "year": 2004}, {"title": "Partnership", "year": 2004, "pages": "9"}),
    "a title and nothing else": ({"title": TITLE}, ARTICLE | {"year": None}),
}  # fmt: skip


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_different_reports_stay_apart(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    left, right = bare(**pair[0]), bare(**pair[1])
    assert not joined(left, right), reports_of([left, right]).why(left.id, right.id)
    assert not joined(right, left)


@pytest.mark.parametrize("name", ["two DOIs", "a title and nothing else", "a book and a chapter named for it"])
def test_what_nearly_joins_is_asked_about(name: str) -> None:
    left, right = (bare(**fields) for fields in DIFFERENT[name])
    assert asked(left, right)


COMPANIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    name: DIFFERENT[name]
    for name in ("a briefing and its article", "a conference abstract by type", "a thesis and its article", "a preprint and its article")
} | {
    "an abstract two years before its article": ({**NO_PLACE, "type": "conference-abstract", "year": 2014}, ARTICLE),
    "a numbered briefing and its article": ({**NO_PLACE, "type": "report", "title": f"Research briefing 41: {TITLE}"}, ARTICLE),
    "a preprint that is called an article": ({**NO_PLACE, "journal": "medRxiv", "year": 2015}, ARTICLE),
    "a preprint by its DOI": ({**NO_PLACE, "journal": None, "doi": "10.1101/2016.03.01.12345678"}, {**ARTICLE, "doi": "10.1000/a"}),
}


@pytest.mark.parametrize("pair", COMPANIONS.values(), ids=COMPANIONS.keys())
def test_two_kinds_of_document_of_one_study_are_companions(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    left, right = bare(**pair[0]), bare(**pair[1])
    found = reports_of([left, right])
    assert (len(found.reports), found.proposals) == (2, ())
    [companions] = found.companions
    assert {companions.left, companions.right} == {left.id, right.id}
    assert any(reason.startswith("two kinds of document: ") for reason in companions.reasons)


@pytest.mark.parametrize(
    "pair",
    [
        ({**NO_PLACE, "type": "conference-abstract", "authors": ("Berg, Nils",)}, ARTICLE),
        ({**NO_PLACE, "type": "conference-abstract", "title": f"{TITLE} in 2014"}, {**ARTICLE, "title": f"{TITLE} in 2015"}),
        DIFFERENT["a book and its review"],
        DIFFERENT["a book and a chapter named for it"],
        DIFFERENT["a correction and its article"],
        DIFFERENT["two DOIs"],
    ],
)
def test_what_differs_in_more_than_its_kind_is_no_companion(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    assert reports_of([bare(**pair[0]), bare(**pair[1])]).companions == ()


def test_a_protocol_may_say_that_a_preprint_and_its_article_are_one_report() -> None:
    preprint = bare(**{**NO_PLACE, "journal": "bioRxiv", "year": 2015, "doi": "10.1101/123456"})
    article, again = bare(**{**ARTICLE, "doi": "10.1000/a"}), bare(**ARTICLE)
    abstract = bare(**{**NO_PLACE, "type": "conference-abstract"})
    records = [preprint, article, again, abstract]
    apart, together = reports_of(records), reports_of(records, preprints=True)
    assert (len(apart.reports), len(together.reports)) == (3, 2)
    assert {record.id for record in together.reports[0].records} == {preprint.id, article.id, again.id}
    assert (len(apart.companions), len(together.companions)) == (3, 1)


def test_a_pair_that_a_person_called_companions_is_one_and_what_they_called_different_is_none() -> None:
    left, right = (bare(**fields) for fields in DIFFERENT["two DOIs"])
    said = Judgement(id="1", left=left.id, right=right.id, verdict="companion", by="ana", at="2026-01-01")
    found = reports_of([left, right], [said])
    assert (found.proposals, [one.reasons for one in found.companions]) == ((), [("ana judged them companion",)])
    left, right = (bare(**fields) for fields in DIFFERENT["a briefing and its article"])
    said = Judgement(id="1", left=left.id, right=right.id, verdict="different", by="ana", at="2026-01-01")
    assert reports_of([left, right], [said]).companions == ()


def test_a_lost_subtitle_is_asked_about_and_not_joined() -> None:
    assert asked(
        bare(title="Evaluating partnership", year=2004), bare(title="Evaluating partnership: tools and their uses", year=2004, pages="285")
    )


def test_identical_bare_records_join_and_without_a_title_they_do_not() -> None:
    assert joined(bare(title="Notes"), bare(title="Partnerships"), bare(title="Notes")) is False
    assert joined(bare(title="Partnerships"), bare(title="Partnerships"))
    assert joined(*(bare(title="Partnerships", year=2004) for _ in range(LARGEST * 2)))
    assert not joined(bare(year=2004, journal="Annals"), bare(year=2004, journal="Annals"))


def test_one_source_that_lists_a_column_twice_means_two_issues() -> None:
    once = bare(title="Book review column", authors=("Aber, Karl",), year=2002, journal="Annals of Care")
    assert not joined(once, replace(once, id="other", key="other"))
    assert joined(once, replace(once, id="other", key="other", source="file:another.ris"))


def family() -> list[Record]:
    """Two reports in several records each, and a few that stand alone."""
    first = [entry(doi="10.1000/a"), entry(), entry(pages=None, title=TITLE.upper()), bare(doi="10.1000/a"), entry(pmid="5")]
    second = [
        entry(title=f"{TITLE}: Part {part}", pages=f"{page}-{page + 9}", issue="4") for part, page in (("I", 300), ("II", 310), ("II", 310))
    ]
    return [*first, *second, entry(type="conference-abstract", pages="S9"), bare(title="Editorial", year=2016), bare(title="Editorial")]


def test_the_order_of_the_records_changes_nothing() -> None:
    records = family()
    expected = reports_of(records)
    for seed in range(20):
        shuffled = records[:]
        random.Random(seed).shuffle(shuffled)
        again = reports_of(shuffled)
        assert groups(again) == groups(expected)
        assert again.proposals == expected.proposals
    assert reports_of(records) == expected
    assert len(expected.reports) == 6


def test_reports_come_in_the_order_of_their_first_record() -> None:
    records = family()[::-1]
    place = {record.id: number for number, record in enumerate(records)}
    grouping = reports_of(records)
    firsts = [place[report.id] for report in grouping.reports]
    assert firsts == sorted(firsts)
    assert all(
        [place[record.id] for record in report.records] == sorted(place[record.id] for record in report.records)
        for report in grouping.reports
    )
    assert sum(len(report.records) for report in grouping.reports) == len(records)


def test_a_title_that_an_identifier_overruled_is_not_held_against_a_third() -> None:
    odd = entry(title=f"{TITLE} 1 Kari Lund", doi="10.1000/a", year=None, pages=None)
    assert joined(odd, entry(doi="10.1000/a"), entry(pages=None))
    assert len(reports_of([odd, entry(doi="10.1000/a"), entry(title=TITLE.replace("slow", "quick"), pages=None)]).reports) == 2


def test_a_paper_for_a_conference_in_a_journal_may_be_the_article_itself() -> None:
    pair = entry(type="conference-paper", pages=None), entry()
    assert asked(*pair)
    assert reports_of(pair).companions == ()


def test_a_chain_cannot_glue_two_records_that_may_not_be_one() -> None:
    left, middle, right = entry(doi="10.1000/a", pages=None), entry(pages=None, issue=None), entry(doi="10.2000/b", pages=None)
    grouping = reports_of([left, middle, right])
    assert len(grouping.reports) == 2
    [proposal] = grouping.proposals
    assert any("two DOIs" in reason for reason in proposal.reasons)


def test_one_id_twice_is_refused() -> None:
    record = entry()
    with pytest.raises(ValueError, match="2 records have 1 different ids"):
        reports_of([record, record])


def test_no_records_make_no_reports() -> None:
    assert reports_of([]).reports == () and reports_of([]).proposals == ()


def test_why_tells_the_reasons_in_words() -> None:
    left, right, far = entry(doi="10.1000/a"), bare(doi="10.1000/a"), entry(doi="10.2000/b", pages="9", issue="1")
    grouping = reports_of([left, right, far])
    assert any("same DOI 10.1000/a" in line for line in grouping.why(left.id, right.id))
    assert "one report" in grouping.why(right.id, left.id)[0]
    apart = grouping.why(left.id, far.id)
    assert "two reports" in apart[0]
    assert any("against joining: two DOIs: 10.1000/a and 10.2000/b" in line for line in apart)
    with pytest.raises(KeyError):
        grouping.why(left.id, "nobody")


def test_why_shows_the_chain_between_records_that_share_little() -> None:
    left, middle, right = bare(doi="10.1000/a"), entry(doi="10.1000/a", pmid="7"), bare(pmid="7")
    grouping = reports_of([right, left, middle])
    steps = [line for line in grouping.why(left.id, right.id) if line.startswith("joined:")]
    assert len(grouping.reports) == 1 and len(steps) == 2


def test_large_blocks_are_cut_and_every_pair_comes_once() -> None:
    many = [keys(bare(title="Editorial", year=1900 + number % 100, volume=str(number), pages="1")) for number in range(400)]
    pairs = candidates(many)
    assert len(pairs) == len(set(pairs)) and all(i < j for i, j in pairs)
    assert len(pairs) < 400 * 40


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ("109-119", (109, 119)),
        ("1596–1603", (1596, 1603)),
        ("209-22", (209, 222)),
        ("e82", (82, None)),
        ("H2088-H2097", (2088, 2097)),
        ("S12", (12, None)),
        ("Jan-23", (1, 23)),
        ("03-Oct", (3, 10)),
        ("22-Jun", (22, 26)),
        ("21-Dec", (12, 21)),
        ("126 pp", (None, None)),
        ("Suppl-61", (None, None)),
        ("254-61; quiz 262", (254, 261)),
        ("no pagination", (None, None)),
        ("", (None, None)),
        (None, (None, None)),
    ],
)
def test_first_and_last_page(pages: str | None, expected: tuple[int | None, int | None]) -> None:
    assert first_and_last(pages) == expected


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("Health Soc Care Community", "health and social care in the community", True),
        ("Proc Natl Acad Sci U S A", "Proceedings of the National Academy of Sciences of the United States of America", True),
        ("IJIC", "International Journal of Integrated Care", True),
        ("London J Prim Care (Abingdon)", "London journal of primary care", True),
        ("Nature.368 (6468) ()(pp 242-246)", "Nature", True),
        ("Brain : a journal of neurology", "Brain", True),
        ("Cardiovascular Research", "Circulation Research", False),
        ("Annals of Care", "Journal of Integrated Care", False),
    ],
)
def test_journal_names(left: str, right: str, same: bool) -> None:
    assert same_name(journal_words(left), journal_words(right)) is same


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Québec’s CLSCs: women's care", ("quebecs", "clscs", "womens", "care")),
        ("Øyen & Straße, 1,200 beds", ("oyen", "and", "strasse", "1200", "beds")),
        ("β-blockers and TNFα", ("beta", "blockers", "and", "tnfalpha")),
        ("整合照护", ("整合照护",)),
    ],
)
def test_words_are_folded_but_other_alphabets_stay(text: str, expected: tuple[str, ...]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize("title", ["#NAME?", "UNKNOWN", "n/a", "[No title available]", " - "])
def test_a_mark_for_a_missing_title_is_no_title(title: str) -> None:
    assert keys(bare(title=title)).title == ""
    assert not joined(
        bare(title=title, year=2001, authors=("Lund, Kari",)), bare(title=title, year=2001, authors=("Lund, Kari",), pages="4")
    )


def test_roman_and_written_numbers_are_numbers() -> None:
    assert keys(bare(title="A phase II trial, part two")).numbers == keys(bare(title="A phase 2 trial, part 2")).numbers == ("2", "2")
    assert keys(bare(title="Samhandling i tre kommuner")).numbers == () and keys(bare(title="War diaries, part I: v")).numbers == ("1", "5")


def test_one_title_goes_on_where_the_other_ends_at_a_words_end_only() -> None:
    def title(text: str) -> Keys:
        return keys(bare(title=text))

    short = title("Vitamin D and falls in men")
    assert not goes_on(short, title("Vitamin D and falls in menopausal women"))
    assert goes_on(short, title("Vitamin D and falls in men: a trial")) and goes_on(title("A trial of vitamin D and falls in men"), short)
    assert goes_on(title("Secretory phospholipase A2 (sPLA2)-V"), title("Secretory phospholipase A2 (sPLA(2))-V: a randomised study"))
    assert not goes_on(title("Boards"), title("Boards and trusts in the regions"))


@pytest.mark.parametrize(
    ("volume", "issue"), [("24 (1)", 1), ("24(3-4)", 3), ("45 (2010)", None), ("126 (Supplement 2)", None), ("24", None), (None, None)]
)
def test_an_issue_may_stand_in_the_field_of_the_volume(volume: str | None, issue: int | None) -> None:
    assert keys(bare(volume=volume)).issue == issue


@pytest.mark.parametrize(
    ("fields", "preprint"),
    [
        ({"type": "preprint"}, True),
        ({"doi": "10.1101/2020.03.01.20029769"}, True),
        ({"doi": "10.1101/123456"}, True),
        ({"doi": "10.1101/gr.1234567"}, False),  # Genome Research, of the same publisher
        ({"doi": "10.21203/rs.3.rs-12345/v1", "journal": "Research Square"}, True),
        ({"doi": "10.1101/2020.03.01.20029769", "journal": "BMJ", "volume": "12"}, False),
        ({"journal": "medRxiv : the preprint server for health sciences"}, True),
        ({"journal": "Authorea Preprints"}, True),
        ({"journal": "Preprints of the 19th World Congress"}, False),
        ({"doi": "10.2196/preprints.4321"}, True),
        ({"doi": "10.35542/osf.io/abcde"}, True),
        ({"journal": "Journal of Preprint Studies"}, False),
        ({"journal": "SSRN Electronic Journal"}, True),
    ],
)
def test_a_preprint_is_known_by_its_type_its_doi_or_its_server(fields: dict[str, Any], preprint: bool) -> None:
    assert is_preprint(bare(**fields)) is preprint


def test_comparing_stops_early_only_where_nothing_would_change_and_either_way_round_is_one() -> None:
    from tests.test_stored_pairs import records_of

    cleaned = all_keys(records_of(random.Random(8), 260))
    pairs = candidates(cleaned)
    assert len(pairs) > 1000
    for i, j in pairs:
        a, b = cleaned[i], cleaned[j]
        whole, (points, _), (other, _) = score(evidence(a, b)), promising(a, b), promising(b, a)
        assert (
            [points >= mark for mark in (PROPOSE, JOIN)] == [whole >= mark for mark in (PROPOSE, JOIN)] == [other >= PROPOSE, other >= JOIN]
        )
        assert [bool(veto(a, b)) for veto in ALL_VETOES] == [bool(veto(b, a)) for veto in ALL_VETOES]


@pytest.mark.parametrize(
    ("left", "right", "slips"),
    [
        ("decision", "decisoin", True),
        ("organized", "organizational", True),
        ("reourse", "resource1", True),
        ("decisin sim competition paper", "decision", True),
        ("networks commerce", "networksp commercep 1", True),
        ("hypertension", "hypotension", False),
        ("prenatal", "perinatal", False),
        ("qualitative", "quantitative", False),
        ("men", "women", False),
        ("norway", "sweden", False),
        ("patients", "parents", False),
        ("formal", "informal", False),
        ("interorganisational", "intraorganisational", False),
        ("rural", "urban", False),
    ],
)
def test_slips_are_told_from_words_that_mean_something_else(left: str, right: str, slips: bool) -> None:
    assert only_slips(left.split(), right.split()) is only_slips(right.split(), left.split()) is slips


@pytest.mark.parametrize(("left", "right"), [("CHF", "CHD"), ("vitamin D", "vitamin E"), ("men", "women"), ("Norway", "Sweden")])
@pytest.mark.parametrize("place", [{"issue": "3"}, {"issue": None}])
def test_companion_papers_are_asked_about_where_a_page_is_missing(left: str, right: str, place: dict[str, Any]) -> None:
    one = bare(**{**ARTICLE, "title": f"Joint boards and the care of {left} in the regions", **place})
    two = bare(**{**ARTICLE, "title": f"Joint boards and the care of {right} in the regions", "pages": None, **place})
    assert asked(one, two)


def test_a_word_more_is_asked_about_and_a_namesake_is_another_author() -> None:
    title = "Joint boards and the care of older adults in the regions"
    shorter = bare(**{**NO_PLACE, "title": title.replace("older ", ""), "volume": "12"})
    assert asked(shorter, bare(**{**NO_PLACE, "title": title, "volume": "12"}))
    john, kate, j = (
        bare(title="Joint boards and power", year=2016, authors=(name,)) for name in ("Smith, John", "Smith, Kate", "Smith J A")
    )
    assert not joined(john, kate) and joined(john, j)


def test_two_issues_of_a_column_are_no_question() -> None:
    columns = [bare(**{**ARTICLE, "title": "Editorial", "issue": str(issue), "pages": "5"}) for issue in range(1, 9)]
    found = reports_of(columns)
    assert (len(found.reports), found.proposals) == (8, ())
