"""The PRISMA flow as data: what adds up passes, what does not is named with its numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from synthesis.flow import Column, Flow, Ids, check, sums


def some(number: int, prefix: str, start: int = 0) -> Ids:
    return frozenset(f"{prefix}{place}" for place in range(start, start + number))


def whole() -> Flow:
    """The numbers of the PRISMA2020 package's own example: 1,290 records, 44 new studies in 50 reports."""
    records = some(1290, "r")
    kept = [f"r{place}" for place in range(210, 1290)]  # less 210 duplicates
    sought = frozenset(kept[950:])
    assessed = frozenset(sorted(sought)[10:])
    left = sorted(assessed)
    databases = Column(
        identified={("database", "Databases"): some(1240, "r"), ("register", "Registers"): some(50, "r", 1240)},
        duplicates=some(210, "r"),
        screened=frozenset(kept),
        excluded=frozenset(kept[:950]),
        sought=sought,
        not_retrieved=sought - assessed,
        assessed=assessed,
        reasons={"Reason 1": frozenset(left[:30]), "Reason 2": frozenset(left[30:80]), "Reason 3": frozenset(left[80:85])},
        included=frozenset(left[85:]),
    )
    web = sorted(some(41, "w"))
    others = Column(
        identified={("website", "Sites"): frozenset(web)},
        straight=frozenset(web),
        sought=frozenset(web),
        not_retrieved=frozenset(web[:1]),
        assessed=frozenset(web[1:]),
        reasons={"Reason 1": frozenset(web[1:21]), "Reason 2": frozenset(web[21:26])},
        included=frozenset(web[26:]),
    )
    reports = sorted(databases.included | others.included)
    studies = {f"study{place}": frozenset({report}) for place, report in enumerate(reports[:43])} | {"last": frozenset(reports[43:])}
    assert len(records) == 1290
    return Flow(databases=databases, others=others, studies=studies)


def test_a_flow_that_adds_up_has_nothing_to_say() -> None:
    flow = whole()
    assert check(flow) == [] and not flow.interim
    assert len(flow.included) == 50 and len(flow.studies) == 44
    assert sums(flow)[-1] == "44 studies included, in 50 reports"


def drop(ids: Ids) -> Ids:
    return frozenset(sorted(ids)[1:])


@pytest.mark.parametrize(
    ("box", "sentence"),
    [
        ("duplicates", "1290 identified less 209 removed before screening is 1081, but 1080 screened"),
        ("screened", "1290 identified less 210 removed before screening is 1080, but 1079 screened"),
        ("excluded", "1080 were screened, but 949 excluded, 130 sought and 0 not yet decided make 1079"),
        ("sought", "1080 were screened, but 950 excluded, 129 sought and 0 not yet decided make 1079"),
        ("not_retrieved", "130 were sought, but 9 not retrieved, 120 assessed and 0 still looked for make 129"),
        ("assessed", "119 were assessed, but 85 excluded with a reason, 35 included and 0 not yet decided make 120"),
        ("included", "120 were assessed, but 85 excluded with a reason, 34 included and 0 not yet decided make 119"),
    ],
)
def test_a_box_that_lost_one_is_named_with_its_numbers(box: str, sentence: str) -> None:
    flow = whole()
    changed: dict[str, Any] = {box: drop(getattr(flow.databases, box))}
    assert any(sentence in said for said in check(replace(flow, databases=replace(flow.databases, **changed))))


def test_a_reason_that_lost_one_is_found() -> None:
    flow = whole()
    reasons = {**flow.databases.reasons, "Reason 1": drop(flow.databases.reasons["Reason 1"])}
    found = check(replace(flow, databases=replace(flow.databases, reasons=reasons)))
    assert any("120 were assessed, but 84 excluded with a reason" in said for said in found)


def test_a_column_of_other_methods_has_sums_of_its_own() -> None:
    flow = whole()
    found = check(replace(flow, others=replace(flow.others, sought=drop(flow.others.sought))))
    said = "other methods: 0 were screened and 41 sought without screening, but 0 excluded, 40 sought and 0 not yet decided make 40"
    assert said in found


def test_one_id_in_two_boxes_is_named_even_where_the_numbers_agree() -> None:
    flow = whole()
    report = sorted(flow.databases.included)[0]
    other = sorted(flow.databases.reasons["Reason 3"])[0]
    swapped = frozenset(flow.databases.reasons["Reason 3"] - {other} | {report})  # the counts are as before
    reasons = {**flow.databases.reasons, "Reason 3": swapped}
    assert f"databases and registers: {report} stands both in 'excluded: Reason 3' and in 'included'" in check(
        replace(flow, databases=replace(flow.databases, reasons=reasons))
    )


def test_a_record_that_appears_from_nowhere_is_named() -> None:
    flow = whole()
    screened = drop(flow.databases.screened) | {"stranger"}
    found = check(replace(flow, databases=replace(flow.databases, screened=frozenset(screened))))
    assert "databases and registers: stranger stands in 'screened' but not in 'identified'" in found


@pytest.mark.parametrize(
    ("studies", "sentence"),
    [
        ({"empty": frozenset()}, "the included study empty has no included report"),
        ({"one": frozenset({"w40"})}, "the report w40 belongs to last and one; a report belongs to one study"),
        ({"stranger": frozenset({"x"})}, "x in an included study, but not included"),
    ],
)
def test_studies_and_reports_must_fit(studies: dict[str, Ids], sentence: str) -> None:
    flow = whole()
    assert sentence in check(replace(flow, studies={**flow.studies, **studies}))


def test_a_report_in_no_study_is_lost() -> None:
    flow = whole()
    assert any("included, but in no study" in said for said in check(replace(flow, studies={})))


def test_what_is_open_makes_a_flow_interim_and_still_adds_up() -> None:
    flow = whole()
    waiting = frozenset(sorted(flow.databases.excluded)[:12])
    column = replace(flow.databases, excluded=flow.databases.excluded - waiting, open_screening=waiting)
    flow = replace(flow, databases=column)
    assert check(flow) == []
    assert flow.interim and flow.open_lines == ("12 reports not yet decided at title and abstract",)


STRANGER = frozenset({"stranger"})


@pytest.mark.parametrize(
    ("box", "inner", "outer"),
    [
        ("duplicates", "removed as duplicates", "identified"),
        ("by_tool", "removed by a tool", "identified"),
        ("other_reasons", "removed for other reasons", "identified"),
        ("open_screening", "not yet decided at title and abstract", "screened"),
        ("not_retrieved", "not retrieved", "sought"),
        ("open_retrieval", "still looked for", "sought"),
        ("open_eligibility", "not yet decided at full text", "assessed"),
        ("included", "included", "assessed"),
    ],
)
def test_an_id_that_no_earlier_box_holds_is_named(box: str, inner: str, outer: str) -> None:
    flow = whole()
    changed: dict[str, Any] = {box: getattr(flow.databases, box) | STRANGER}
    found = check(replace(flow, databases=replace(flow.databases, **changed)))
    assert f"databases and registers: stranger stands in '{inner}' but not in '{outer}'" in found


def test_a_duplicate_that_was_screened_in_place_of_a_lost_record_is_named() -> None:
    """All counts agree; only the ids tell."""
    flow = whole()
    first = flow.databases
    swapped = replace(first, screened=drop(first.screened) | {"r7"}, excluded=first.excluded - {min(first.screened)} | {"r7"})
    assert "databases and registers: r7 removed before screening, and screened all the same" in check(replace(flow, databases=swapped))


def test_screening_that_is_empty_is_no_screening_skipped() -> None:
    flow = whole()
    found = check(replace(flow, databases=replace(flow.databases, screened=frozenset(), excluded=frozenset())))
    assert "databases and registers: 1290 identified less 210 removed before screening is 1080, but 0 screened" in found


def chased() -> Flow:
    """The same, with ten records of citation searching that were screened: seven excluded, two not yet decided, one sought."""
    flow = whole()
    found = some(10, "c")
    others = replace(
        flow.others, identified={**flow.others.identified, ("citation", "OpenAlex citations"): found}, screened=found,
        excluded=some(7, "c"), open_screening=some(2, "c", 7), sought=flow.others.sought | {"c9"}, open_retrieval=frozenset({"c9"}),
    )  # fmt: skip
    return replace(flow, others=others)


def test_what_citation_searching_found_is_screened_in_the_column_of_other_methods() -> None:
    flow = chased()
    assert check(flow) == []
    assert flow.open_lines[0] == "2 reports not yet decided at title and abstract"
    assert "other methods: 51 records, 0 duplicates, 10 screened, 7 excluded, 42 reports sought" in sums(flow)[2]
    lost = check(replace(flow, others=replace(flow.others, excluded=some(6, "c"))))
    assert (
        "other methods: 10 were screened and 41 sought without screening, but 6 excluded, 42 sought and 2 not yet decided make 50" in lost
    )
    twice = check(replace(flow, others=replace(flow.others, straight=flow.others.straight | {"c1"})))
    assert "other methods: c1 screened, and counted as sent straight to retrieval" in twice


def test_nothing_of_a_database_goes_to_retrieval_without_screening() -> None:
    flow = whole()
    found = check(replace(flow, databases=replace(flow.databases, straight=frozenset({"r1280"}))))
    assert "databases and registers: r1280 went to retrieval without screening, which this column does not have" in found


def test_a_source_stands_in_the_column_that_shows_its_kind() -> None:
    flow = whole()
    web = replace(flow.others, identified={("database", "Scopus"): flow.others.all_identified})
    [sentence] = check(replace(flow, others=web))
    assert sentence.startswith("other methods: Scopus is of the kind 'database', but this column shows website, organisation")


def test_nothing_is_counted_in_both_columns() -> None:
    flow = whole()
    report = min(flow.databases.sought)
    found = check(replace(flow, others=replace(flow.others, sought=drop(flow.others.sought) | {report})))
    assert f"{report} would be counted as sought in both columns" in found
    found = check(replace(flow, others=replace(flow.others, identified={("website", "Sites"): frozenset({"r3"})})))
    assert "r3 would be counted as identified in both columns" in found


def test_an_error_names_five_ids_and_counts_the_rest() -> None:
    flow = whole()
    found = check(replace(flow, databases=replace(flow.databases, by_tool=some(8, "x"))))
    assert "databases and registers: x0, x1, x2, x3, x4 and 3 more stand in 'removed by a tool' but not in 'identified'" in found
