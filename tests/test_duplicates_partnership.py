"""The real records of the partnership-working review: what must join does or is asked about, what must not join never does."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from references.duplicates.find import Grouping, reports_of
from references.identifiers import clean_date, clean_doi, clean_isbn, clean_issn, clean_pmcid, clean_pmid, clean_text, clean_year
from references.record import Record

PARTNERSHIP = Path(__file__).parents[1].parent / "shared" / "data" / "partnership"
TYPES = {"book-review": "review-notice"}
APART = ("companion", "lookalike", "parent_child", "announces", "check")

if not (PARTNERSHIP / "gold_pairs.csv").exists():
    pytest.skip("../shared is not here", allow_module_level=True)


def rows(name: str) -> list[dict[str, str]]:
    with (PARTNERSHIP / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def to_record(row: dict[str, str], *, typed: bool) -> Record:
    """A record from a row of records.csv, each field as a reader of files would leave it."""
    plain = {name: clean_text(value) for name, value in row.items()}
    return Record(
        id=plain["record_id"],
        source=f"file:{plain['source_view']}",
        key=plain["record_id"],
        title=plain["title"],
        title_alt=plain["title_alt"] or None,
        authors=tuple(name.strip() for name in plain["authors"].split(";") if name.strip()),
        year=clean_year(plain["year"]),
        date=clean_date(plain["date"]) if plain["date"] else None,
        type=TYPES.get(plain["type"], plain["type"]) if typed else "journal-article",
        journal=plain["journal"] or None,
        volume=plain["volume"] or None,
        issue=plain["issue"] or None,
        pages=plain["pages"] or None,
        doi=clean_doi(plain["doi"]),
        pmid=clean_pmid(plain["pmid"]),
        pmcid=clean_pmcid(plain["pmcid"]),
        issn=clean_issn(plain["issn"]),
        isbn=clean_isbn(plain["isbn"]),
        publisher=plain["publisher"] or None,
        abstract=plain["abstract"] or None,
    )


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return [to_record(row, typed=True) for row in rows("records.csv")]


@pytest.fixture(scope="module")
def grouping(records: list[Record]) -> Grouping:
    return reports_of(records)


def home(grouping: Grouping) -> dict[str, str]:
    return {record.id: report.id for report in grouping.reports for record in report.records}


def proposed(grouping: Grouping) -> set[frozenset[str]]:
    """The proposals as pairs of reports: a pair is asked about when any records of the two reports are."""
    report = home(grouping)
    return {frozenset((report[one.left], report[one.right])) for one in grouping.proposals}


def test_every_duplicate_that_the_two_records_show_is_joined_or_asked_about(grouping: Grouping) -> None:
    report, asked = home(grouping), proposed(grouping)
    pairs = [row for row in rows("gold_pairs.csv") if row["relation"] == "duplicate" and not row["shared"].startswith("not decidable")]
    joined = [row for row in pairs if report[row["record_a"]] == report[row["record_b"]]]
    lost = [
        (row["record_a"], row["record_b"])
        for row in pairs
        if row not in joined and frozenset((report[row["record_a"]], report[row["record_b"]])) not in asked
    ]
    print(f"{len(pairs)} decidable pairs: {len(joined)} joined, {len(pairs) - len(joined) - len(lost)} proposed, {len(lost)} lost")
    assert lost == []
    assert len(joined) >= 20


def test_an_identifier_in_common_joins(grouping: Grouping) -> None:
    report = home(grouping)
    pairs = [row for row in rows("gold_pairs.csv") if row["relation"] == "duplicate" and row["shared"].startswith("doi")]
    assert pairs and all(report[row["record_a"]] == report[row["record_b"]] for row in pairs)


@pytest.mark.parametrize("typed", [True, False], ids=["with the type of each record", "with every record called an article"])
@pytest.mark.parametrize("relation", APART)
def test_different_works_are_never_joined(relation: str, typed: bool) -> None:
    report = home(reports_of([to_record(row, typed=typed) for row in rows("records.csv")]))
    pairs = [row for row in rows("gold_pairs.csv") if row["relation"] == relation]
    assert pairs
    assert [(row["record_a"], row["record_b"]) for row in pairs if report[row["record_a"]] == report[row["record_b"]]] == []


def test_nothing_is_joined_that_is_not_a_known_duplicate(grouping: Grouping) -> None:
    work = {row["record_id"]: row["work_id"] for row in rows("gold_screening.csv")}
    mixed = [
        [record.id for record in report.records] for report in grouping.reports if len({work[record.id] for record in report.records}) > 1
    ]
    assert mixed == []


def test_the_real_records_give_the_same_groups_in_any_order(records: list[Record], grouping: Grouping) -> None:
    shuffled = records[:]
    random.Random(7).shuffle(shuffled)
    again = reports_of(shuffled)
    assert {frozenset(record.id for record in report.records) for report in again.reports} == {
        frozenset(record.id for record in report.records) for report in grouping.reports
    }
    assert again.proposals == grouping.proposals
