"""What is shown of a report with several records: one value a field, by a stated rule, and the record it came from."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from references.duplicates.merged import RULES, Report
from references.record import Record


def record(id: str, **values: Any) -> Record:
    return Record(id=id, source=f"file:{id}", key=id, **values)


def test_every_field_of_a_record_has_a_rule() -> None:
    assert set(RULES) == {field.name for field in fields(Record)} - {"id", "source", "key", "origins", "unread"}


def test_a_report_of_one_record_shows_that_record() -> None:
    alone = record("a", title="Boards", year=2016)
    report = Report(records=(alone,))
    assert report.shown is alone and report.id == "a"
    assert report.came_from == {"title": "a", "year": "a"}


def test_each_field_is_chosen_by_its_rule_and_tells_its_record() -> None:
    shouting = record(
        "a", title="BOARDS AND POWER IN NORTHERN REGIONS, A LONG TITLE", authors=("Lund K", "Mair E"), year=2015, date="2015-12",
        journal="J SHARED SERV", doi="10.1/x", abstract="Short.", pages="1-15", type="book",
    )  # fmt: skip
    full = record(
        "b", title="Boards and power in northern regions", authors=("Lund, Kari", "Mair, Ewan"), year=2016, date="2016-03-01",
        journal="Journal of Shared Services", doi="10.1/y", abstract="A much longer abstract.", volume="12", issue="3", pages="201-215",
        type="journal-article",
    )  # fmt: skip
    third = record(
        "c", title="Boards and power", year=2016, date="2016", doi="10.1/y", type="journal-article", retracted=True, keywords=("care",)
    )
    report = Report(records=(shouting, full, third))
    assert (report.id, report.title, report.year, report.doi, report.type) == ("a", full.title, 2016, "10.1/y", "journal-article")
    assert (report.journal, report.abstract, report.authors) == (full.journal, full.abstract, full.authors)
    assert (report.shown.date, report.shown.volume, report.shown.issue, report.shown.pages) == ("2016-03-01", "12", "3", "201-215")
    assert report.shown.retracted and report.shown.keywords == ("care",)
    assert {report.came_from[name] for name in ("title", "authors", "date", "journal", "abstract", "pages", "doi")} == {"b"}
    assert report.came_from["keywords"] == report.came_from["retracted"] == "c"
    assert "isbn" not in report.came_from and report.shown.isbn is None


def test_what_is_met_first_wins_between_equals() -> None:
    first, second = record("a", title="Boards", doi="10.1/x"), record("b", title="Boardz", doi="10.1/y")
    assert (Report(records=(first, second)).title, Report(records=(second, first)).doi) == ("Boards", "10.1/y")


def test_capitals_are_shown_where_there_is_nothing_else() -> None:
    assert Report(records=(record("a"), record("b", title="BOARDS"))).title == "BOARDS"


def test_a_preprint_gives_only_what_no_other_record_has() -> None:
    preprint = record("a", title="T", journal="medRxiv", year=2019, doi="10.1101/2019.01.01.1", abstract="long " * 9, keywords=("k",))
    article = record("b", title="T", journal="BMJ", year=2020, doi="10.1136/b", abstract="short")
    report = Report(records=(preprint, article))
    assert (report.journal, report.doi, report.abstract, report.year) == ("BMJ", "10.1136/b", "short", 2020)
    assert report.came_from["keywords"] == "a"


def test_year_and_place_are_those_of_the_version_whose_doi_is_shown() -> None:
    old, again = (record(id, year=2009, doi="10.1002/14651858.cd000001", issue="3", pages="CD000001") for id in ("a", "b"))
    new = record("c", year=2015, doi="10.1002/14651858.cd000001.pub2", volume="2015", issue="11", pages="CD000001", pmid="77")
    shown = Report(records=(old, again, new)).shown
    assert (shown.doi, shown.year, shown.volume, shown.issue) == (old.doi, 2009, None, "3")
    assert shown.pmid == "77"  # nobody else has one
    assert Report(records=(old, new, record("d", year=2016, doi=new.doi))).shown.year == 2016
