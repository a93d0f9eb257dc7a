"""The extraction form: how an answer is stored and shown, and which answers go together."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest

from extraction.form import Field, Form, clean_answer, clean_finding, display, read_form
from references.protocol import parse
from references.review import sound

TEXT = files("flows.protocols.partnership_working").joinpath("protocol.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def form() -> Form:
    return sound(parse(TEXT).section("form", []), read_form)


def field(type: str, *options: str, missing: tuple[str, ...] = ("NR", "NA", "UN")) -> Field:
    return Field(key="k", label="Label", group="G", type=type, options=options, missing=missing, required=True, help="", filled=False)


CODES = ("hospital", "home_care", "Northern_Ireland", "SCO_PBJW_2014", "none")


@pytest.mark.parametrize(
    ("type", "typed", "stored"),
    [
        ("text", "  Twelve  interviews,\nin Oslo ", "Twelve interviews, in Oslo"),
        ("text", "red \x1b[31m\x07text", "red [31mtext"),  # nothing that a terminal would obey
        ("text", "NR", "NR"),
        ("text", "un", "UN"),
        ("text", "NRW, a state", "NRW, a state"),
        ("integer", "42", 42),
        ("integer", "0", 0),
        ("integer", "nr", "NR"),
        ("date", "2018-04-16", "2018-04-16"),
        ("date_partial", "2015", "2015"),
        ("date_partial", "2015-04", "2015-04"),
        ("boolean", "Yes", "yes"),
        ("boolean", "no", "no"),
        ("boolean", "UN", "UN"),
        ("enum", "home_care", "home_care"),
        ("enum", "NA", "NA"),
        ("multi_enum", "home_care; hospital", ["hospital", "home_care"]),  # the form's order
        ("multi_enum", "hospital;hospital;", ["hospital"]),
        ("multi_enum", "none", ["none"]),
        ("multi_enum", "NR", "NR"),  # a missing code is itself, never in a list
        ("list_text", "one; two ;", ["one", "two"]),
        ("list_text", "NA", "NA"),
        ("quote_list", "NR", "NR"),
    ],
)
def test_a_typed_answer_is_stored_by_the_fields_type(type: str, typed: str, stored: Any) -> None:
    assert clean_answer(field(type, *(CODES if "enum" in type else ())), typed) == stored


@pytest.mark.parametrize(
    ("type", "typed", "said"),
    [
        ("text", "", "k is blank; expected text; or of the missing codes NR, NA, UN"),
        ("text", " \x07 ", "k is blank"),
        ("integer", "12.5", "k is '12.5'; expected a whole number"),
        ("integer", "about 12", "expected a whole number"),
        ("integer", "٤٢", "expected a whole number"),
        ("date", "16.04.2018", "expected a date, year-month-day"),
        ("date", "20180416", "expected a date, year-month-day"),
        ("date", "2018-02-30", "expected a date, year-month-day"),
        ("date_partial", "2015-13", "expected a year or a year-month"),
        ("date_partial", "2015-04-02", "expected a year or a year-month"),
        ("date_partial", "15", "expected a year or a year-month"),
        ("boolean", "perhaps", "expected yes or no"),
        ("enum", "home care", "expected one of hospital, home_care"),
        ("enum", "hospital;home_care", "expected one of"),
        ("multi_enum", "hospital;school", "k is 'school'; expected one or more, with ; between, of hospital"),
        ("multi_enum", "hospital;none", "none stands alone"),
        ("multi_enum", "hospital;NR", "NR stands alone"),
        ("multi_enum", ";", "expected one or more"),
        ("list_text", " ; ", "expected texts with ; between"),
        ("quote_list", "Users were heard less", "takes findings, each with quote and place"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_with_what_was_expected(type: str, typed: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        clean_answer(field(type, *(CODES if "enum" in type else ())), typed)
    assert said in str(caught.value)


def test_a_missing_code_is_taken_only_where_the_field_allows_it() -> None:
    with pytest.raises(ValueError, match=r"k cannot be NA; expected a whole number; or of the missing codes NR"):
        clean_answer(field("integer", missing=("NR",)), "NA")
    with pytest.raises(ValueError, match="k cannot be NR; expected text; it allows no missing code"):
        clean_answer(field("text", missing=()), "NR")


def test_a_finding_is_in_our_words_and_a_quotation_has_its_place() -> None:
    assert clean_finding(" Room  was narrower", "less room", "p. 4") == {
        "finding": "Room was narrower",
        "quote": "less room",
        "place": "p. 4",
    }
    assert clean_finding("Room was narrower", "", "")["place"] == ""
    with pytest.raises(ValueError, match="the finding is blank"):
        clean_finding(" ", "less room", "p. 4")
    with pytest.raises(ValueError, match="a quotation without a place"):
        clean_finding("Room was narrower", "less room", " ")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("home_care", "home care"),
        ("Northern_Ireland", "Northern Ireland"),
        ("SCO_PBJW_2014", "SCO_PBJW_2014"),  # a code in capitals is a name
        (["hospital", "home_care"], "hospital; home care"),
        ("NR", "NR"),
        (42, "42"),
        ("a snake_case word in a text", "a snake_case word in a text"),
        ([{"finding": "Less", "quote": "less room", "place": "p. 4"}, {"finding": "More", "quote": "", "place": ""}], "Less (p. 4); More"),
    ],
)  # fmt: skip
def test_an_answer_is_shown_in_words(value: Any, shown: str) -> None:
    assert display(field("multi_enum", *CODES), value) == shown


FINDING = [{"finding": "f", "quote": "", "place": "p. 1"}]


@pytest.mark.parametrize(
    ("values", "broken"),
    [
        ({}, []),  # nothing answered yet
        ({"user_direction": "improved", "user_findings": FINDING}, []),
        ({"user_direction": "improved", "user_findings": "NR"}, ["user_findings"]),
        ({"user_direction": "worsened"}, ["user_findings"]),
        ({"user_direction": "mixed", "user_findings": "NR"}, []),
        ({"user_direction": "NR"}, []),
        ({"hosp_direction": "unclear", "hosp_basis": "asserted"}, []),
        ({"hosp_direction": "unclear", "hosp_basis": "NR"}, ["hosp_basis"]),
        ({"hosp_direction": "NR", "hosp_basis": "NR"}, []),
        ({"data_start": "2015", "data_end": "2014"}, ["data_end"]),
        ({"data_start": "2015-05", "data_end": "2015-04"}, ["data_end"]),
        ({"data_start": "2015-05", "data_end": "2015"}, []),  # as far as both are exact
        ({"data_start": "2015", "data_end": "2015-01"}, []),
        ({"data_start": "2015", "data_end": "NR"}, []),
        ({"data_end": "2014"}, []),
        ({"user_outcomes": ["none"], "user_direction": "NA"}, []),
        ({"user_outcomes": ["none"], "user_direction": "unclear"}, ["user_direction"]),
        ({"user_outcomes": ["experience"], "user_direction": "unclear"}, []),
        ({"participants": ["none"], "user_basis": "perceived"}, ["user_basis"]),
        ({"participants": ["carers"], "user_basis": "perceived"}, []),
    ],
)
def test_answers_that_do_not_go_together_are_found(form: Form, values: dict[str, Any], broken: list[str]) -> None:
    found = form.problems(values)
    assert [problem.field for problem in found] == broken
    assert not any(problem.soft for problem in found)


def test_a_penalty_under_a_permissive_law_is_queried_and_not_refused(form: Form) -> None:
    values: dict[str, Any] = {"mandate_strength": "permissive", "mandate_instruments": ["earmarked_grant", "fee_or_penalty"]}
    [problem] = form.problems(values)
    assert problem.soft and problem.field == "mandate_instruments" and "mandate_strength" in problem.what
    assert form.problems({**values, "mandate_instruments": ["earmarked_grant"]}) == []
    assert form.problems({**values, "mandate_strength": "required_no_sanction"}) == []


@pytest.mark.parametrize(
    ("reform", "start", "end", "stage", "agrees"),
    [
        ("NOR_COORD_2012", "2010", "2011", "before", True),
        ("NOR_COORD_2012", "2010", "2011", "first_two_years", False),
        ("NOR_COORD_2012", "2012", "2013", "first_two_years", True),
        ("NOR_COORD_2012", "2014", "2016", "years_three_to_five", True),
        ("NOR_COORD_2012", "2014", "2016", "after_five_years", False),
        ("NOR_COORD_2012", "2018", "2019", "after_five_years", True),
        ("NOR_COORD_2012", "2009", "2014", "spans_stages", True),
        ("NOR_COORD_2012", "2009", "2014", "before", False),  # the data certainly go on after the start
        ("NOR_COORD_2012", "2012", "2013", "spans_stages", False),
        ("SCO_PBJW_2014", "2015", "2015", "before", True),  # from 2 April 2015: the year alone leaves both open
        ("SCO_PBJW_2014", "2015", "2015", "first_two_years", True),
        ("SCO_PBJW_2014", "2015-01", "2015-03", "before", True),
        ("SCO_PBJW_2014", "2015-01", "2015-03", "first_two_years", False),
        ("SCO_PBJW_2014", "2017-03", "2017-03", "first_two_years", True),
        ("SCO_PBJW_2014", "2017-05", "2017-05", "first_two_years", False),
        ("SCO_PBJW_2014", "2017-05", "2017-05", "years_three_to_five", True),
        ("NOR_COORD_2012", "NR", "2011", "before", True),
        ("NOR_COORD_2012", "NR", "2011", "first_two_years", False),
        ("NOR_COORD_2012", "2016", "NR", "after_five_years", True),
        ("NOR_COORD_2012", "2016", "NR", "before", False),
        ("NOR_COORD_2012", "NR", "NR", "before", True),  # nothing to compare with
        ("WAL_SSWBA_2014", "2010", "2010", "after_five_years", True),  # its start is still to be checked
        ("other", "2010", "2010", "after_five_years", True),
        ("NOR_COORD_2012", "2010", "2011", "NR", True),
        ("SCO_PBJW_2014;NOR_COORD_2012", "2013", "2013", "first_two_years", True),  # fits one of the two
        ("SCO_PBJW_2014;NOR_COORD_2012", "2013", "2013", "spans_stages", True),
        ("SCO_PBJW_2014;NOR_COORD_2012", "2013", "2013", "after_five_years", False),
    ],
)
def test_the_coded_stage_is_compared_with_the_dates_and_the_start_of_the_reform(
    form: Form, reform: str, start: str, end: str, stage: str, agrees: bool
) -> None:
    values: dict[str, Any] = {"reform": reform.split(";"), "data_start": start, "data_end": end, "reform_stage": stage}
    found = form.problems(values)
    assert [problem.field for problem in found] == ([] if agrees else ["reform_stage"])
    assert all(problem.soft for problem in found)
    assert form.problems({**values, "memo": "counted from the pilot"}) == []  # a memo explains it


def test_what_is_open_is_what_people_must_still_answer(form: Form) -> None:
    still = {field.key for field in form.open_fields({})}
    assert "read_from" in still and "user_findings" in still
    assert not still & {"study_id", "extraction_date", "memo", "sample_n"}  # the program's own, and the optional ones
    assert {field.key for field in form.open_fields({"read_from": "full_text"})} == still - {"read_from"}
    assert form.open_fields(dict.fromkeys(still, "NR")) == ()


def test_a_field_is_found_by_its_key_and_an_unknown_one_is_said(form: Form) -> None:
    assert form.field("tradeoff").label == "Hospital aim against user aim"
    with pytest.raises(KeyError, match="the form has no field 'trade_off'; it has study_id"):
        form.field("trade_off")


def test_the_codes_of_a_field_are_its_options_and_then_the_missing_ones(form: Form) -> None:
    assert form.field("pm_owner").codes == ("national", "local", "both", "NR")
    assert [group.key for group in form.groups] == list("ABCDEFGHIJKLM") and set(form.missing) == {"NR", "NA", "UN"}


def test_stages_without_the_reforms_they_count_from_are_said() -> None:
    start, end = TEXT.index("[reforms]\n"), TEXT.index("[screening]\n")
    section = parse(TEXT[:start] + TEXT[end:]).section("form", [])
    read_form(section)
    assert "reforms: section [reforms] is missing" in [str(problem) for problem in section.problems]
