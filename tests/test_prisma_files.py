"""The flow as the PRISMA2020 package's CSV, and as Markdown."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from synthesis.flow import Column, Flow
from synthesis.prisma_files import HEADER, prisma_csv, prisma_markdown
from tests.test_flow import some, whole

KEYS = (
    "NA previous_studies previous_reports NA database_results database_specific_results register_results register_specific_results NA "
    "website_results organisation_results citations_results duplicates excluded_automatic excluded_other records_screened "
    "records_excluded dbr_sought_reports dbr_notretrieved_reports other_sought_reports other_notretrieved_reports dbr_assessed "
    "dbr_excluded other_assessed other_excluded new_studies new_reports total_studies total_reports identification screening included "
    "total_studies_ma total_reports_ma"
)


def rows(flow: Flow) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(prisma_csv(flow))))


def test_the_rows_are_those_the_package_reads_in_its_order() -> None:
    found = rows(whole())
    assert tuple(found[0]) == HEADER
    assert [row["data"] for row in found] == KEYS.split() and len(found) == 34


def test_the_numbers_are_those_of_the_flow() -> None:
    n = {row["data"]: row["n"] for row in rows(whole())}
    expected = {
        "database_results": "1240", "register_results": "50", "duplicates": "210", "records_screened": "1080", "records_excluded": "950",
        "dbr_sought_reports": "130", "dbr_notretrieved_reports": "10", "dbr_assessed": "120", "website_results": "41",
        "other_sought_reports": "41", "other_notretrieved_reports": "1", "other_assessed": "40", "new_studies": "44", "new_reports": "50",
        "dbr_excluded": "Reason 1, 30; Reason 2, 50; Reason 3, 5", "other_excluded": "Reason 1, 20; Reason 2, 5",
        "database_specific_results": "Databases, 1240", "previous_studies": "NA", "total_studies": "NA", "total_studies_ma": "NA",
    }  # fmt: skip
    assert {key: n[key] for key in expected} == expected


def test_a_review_without_other_methods_leaves_their_boxes_out() -> None:
    n = {row["data"]: row["n"] for row in rows(replace(whole(), others=Column(identified={})))}
    assert [n[key] for key in ("website_results", "other_sought_reports", "other_assessed", "other_excluded")] == ["NA"] * 4


def test_a_comma_or_semicolon_in_a_reason_does_not_make_two_of_it() -> None:
    """The package splits at both, and pastes labels into text in single quotation marks."""
    reason = "Wrong population, e.g. children; or adults' carers"
    flow = replace(whole(), databases=replace(whole().databases, reasons={reason: some(30, "z"), "Other": some(2, "y")}))
    [row] = [row for row in rows(flow) if row["data"] == "dbr_excluded"]
    parts = [part.strip() for part in row["n"].split(";")]
    assert len(parts) == 2 and parts[0].rpartition(",")[2].strip() == "30" and parts[0].count(",") == 1
    assert "'" not in row["n"] and reason in row["description"]


def test_sources_of_another_kind_are_counted_with_the_organisations_and_said() -> None:
    others = replace(whole().others, identified={("other", "Experts asked"): some(4, "e"), ("organisation", "Iriss"): some(3, "o")})
    [row] = [row for row in rows(replace(whole(), others=others)) if row["data"] == "organisation_results"]
    assert row["n"] == "7" and row["boxtext"] == "Organisations and other sources"


def test_markdown_spells_each_sum_out() -> None:
    text = prisma_markdown(whole())
    for line in (
        "- Records identified: 1290 = 1240 + 50",
        "- Records screened: 1080 = 1290 - 210",
        "- Reports sought for retrieval: 130 = 1080 - 950",
        "- Reports assessed for eligibility: 120 = 130 - 10",
        "- Reports excluded: 85 = 30 + 50 + 5",
        "- Reports included: 35 = 120 - 85",
        "- Reports of included studies: 50 = 35 + 15",
        "- Studies included in review: 44",
    ):
        assert line in text, line
    assert "INTERIM" not in text


def test_markdown_of_an_unfinished_review_says_so_first_and_its_sums_still_hold() -> None:
    flow = whole()
    waiting = frozenset(sorted(flow.databases.excluded)[:12])
    column = replace(flow.databases, excluded=flow.databases.excluded - waiting, open_screening=waiting)
    text = prisma_markdown(replace(flow, databases=column))
    assert text.splitlines()[2].startswith("**INTERIM: 12 reports not yet decided at title and abstract.**")
    assert "- Reports sought for retrieval: 130 = 1080 - 938 - 12" in text


def test_a_reason_is_no_formula_and_gets_no_apostrophe() -> None:
    """Spreadsheets would run it, and the package pastes labels into text in single quotation marks."""
    flow = replace(whole(), databases=replace(whole().databases, reasons={"=1+1": some(30, "z"), "-65 years": some(2, "y")}))
    [row] = [row for row in rows(flow) if row["data"] == "dbr_excluded"]
    assert row["n"] == "\u201c=1+1\u201d, 30; \u201c-65 years\u201d, 2" and row["description"].startswith("'=1+1")


def test_hostile_labels_stay_text_in_markdown() -> None:
    flow = replace(whole(), databases=replace(whole().databases, reasons={"<b>x</b> & `y` [z](http://x) | w": some(3, "z")}))
    [line] = [line for line in prisma_markdown(flow).splitlines() if "http" in line]
    assert line == r"  - &lt;b&gt;x&lt;/b&gt; &amp; \`y\` \[z\](http://x) \| w: 3"


def test_other_methods_are_removed_before_retrieval_as_they_have_no_screening() -> None:
    text = prisma_markdown(whole())
    assert text.count("- Removed before screening: 210 =") == 1 and text.count("- Removed before retrieval: 0 =") == 1
