"""Appraisal: which items a study is asked, and what they come to without a score."""

from __future__ import annotations

from importlib.resources import files

import pytest

from extraction.appraisal import Appraisal, Tool, read_appraisal, summary
from references.protocol import parse
from references.review import sound

TEXT = files("flows.protocols.partnership_working").joinpath("protocol.toml").read_text(encoding="utf-8")
AACODS = [f"AACODS/{item}" for item in ("AU", "AC", "CO", "OB", "DA", "SI")]


def mmat(*categories: int) -> list[str]:
    """The two screening items and the five of each category."""
    return [f"MMAT_2018/{item}" for item in ("S1", "S2", *(f"{category}.{number}" for category in categories for number in range(1, 6)))]


@pytest.fixture(scope="module")
def appraisal() -> Appraisal:
    return sound(parse(TEXT).section("appraisal", []), read_appraisal)


def tool(appraisal: Appraisal, key: str) -> Tool:
    return next(tool for tool in appraisal.tools if tool.key == key)


@pytest.mark.parametrize(
    ("design", "grey", "asked"),
    [
        ("qualitative", False, mmat(1)),
        ("quant_randomised", False, mmat(2)),
        ("quant_nonrandomised", False, mmat(3)),
        ("quant_descriptive", False, mmat(4)),
        ("mixed_methods", False, mmat(1, 4, 5)),  # and the five items of each strand
        ("policy_analysis", False, AACODS),
        ("audit_or_inspection", False, AACODS),
        ("modelling", False, []),  # described in words
        ("nonsense", False, []),
        ("qualitative", True, mmat(1) + AACODS),  # a grey report of an empirical study gets both
        ("policy_analysis", True, AACODS),  # and no tool twice
        ("modelling", True, AACODS),
    ],
)
def test_the_design_decides_which_items_are_asked(appraisal: Appraisal, design: str, grey: bool, asked: list[str]) -> None:
    assert [f"{tool.key}/{item.item}" for tool, item in appraisal.items_for(design, grey)] == asked


def test_a_report_that_was_not_peer_reviewed_counts_as_grey(appraisal: Appraisal) -> None:
    def asked(reviewed: str) -> list[str]:
        values = {"design": "qualitative", "read_from": "full_text", "peer_reviewed": reviewed}
        return [field.key for field in appraisal.fields_for(values)]

    assert asked("yes") == asked("UN") == mmat(1)
    assert asked("no") == mmat(1) + AACODS


def test_of_an_abstract_only_what_it_can_answer_is_asked(appraisal: Appraisal) -> None:
    values = {"design": "policy_analysis", "read_from": "abstract_only"}
    assert [field.key for field in appraisal.fields_for(values)] == ["AACODS/AU", "AACODS/DA", "AACODS/SI"]
    assert [field.key for field in appraisal.fields_for({**values, "design": "mixed_methods"})] == ["MMAT_2018/S1", "MMAT_2018/S2"]
    assert appraisal.wrong("AACODS/AU", values) == ""
    assert "cannot be answered from abstract only" in appraisal.wrong("AACODS/OB", values)
    assert appraisal.wrong("AACODS/OB", {**values, "read_from": "full_text"}) == ""


@pytest.mark.parametrize(
    ("key", "values", "said"),
    [
        ("AACODS/AU", {}, "not yet the design"),
        ("AACODS/AU", {"design": "qualitative"}, "is not asked of the design qualitative, which gets MMAT 2018"),
        ("MMAT_2018/S1", {"design": "policy_analysis"}, "is not asked of the design policy_analysis, which gets AACODS"),
        ("MMAT_2018/1.1", {"design": "quant_descriptive"}, "is not asked of the design quant_descriptive"),
        ("MMAT_2018/S1", {"design": "modelling"}, "which gets no tool"),
        ("AACODS/AU", {"design": "qualitative", "peer_reviewed": "no"}, ""),
        ("MMAT_2018/4.1", {"design": "mixed_methods"}, ""),
        ("MMAT_2018/3.1", {"design": "mixed_methods"}, ""),  # the quantitative strand may be of another kind
        ("MMAT_2018/3.1", {"design": "qualitative"}, "is not asked"),
    ],
)
def test_an_item_that_is_not_asked_of_a_study_may_not_be_answered(
    appraisal: Appraisal, key: str, values: dict[str, str], said: str
) -> None:
    found = appraisal.wrong(key, values)
    assert (said in found) if said else found == ""


def test_the_question_and_its_note_are_the_help_of_the_field(appraisal: Appraisal) -> None:
    fields = {field.key: field for field in appraisal.fields_for({"design": "policy_analysis"})}
    assert fields["AACODS/OB"].help.startswith("Objectivity:") and "yes is objective" in fields["AACODS/OB"].help
    assert fields["AACODS/OB"].options == ("yes", "no", "cannot_tell") and not fields["AACODS/OB"].required


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("AACODS/XX", "yes", "AACODS has no item 'XX'; it has AU, AC"),
        ("AACOD/AU", "yes", "no appraisal tool 'AACOD' (in AACOD/AU); the protocol has MMAT_2018, AACODS"),
        ("AACODS/AU", "perhaps", "AACODS/AU is 'perhaps'; expected yes, no, cannot_tell"),
        ("AACODS/AU", "", "expected yes, no, cannot_tell"),
    ],
)
def test_an_answer_to_what_is_no_item_is_refused(appraisal: Appraisal, key: str, text: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        appraisal.clean(key, text)
    assert said in str(caught.value)
    assert appraisal.clean("AACODS/AU", " cannot_tell ") == "cannot_tell"


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ("yes yes yes yes yes yes", "AACODS: 6 of 6 met"),
        ("yes yes yes no yes yes", "AACODS: 5 of 6 met; weak: Objectivity (no)"),
        ("yes cannot_tell yes no yes yes", "AACODS: 4 of 6 met; weak: Objectivity (no), Accuracy (cannot tell)"),  # a no is weaker
        ("no cannot_tell no no yes yes", "AACODS: 2 of 6 met; weak: Authority (no), Coverage (no) and 2 more"),
    ],
)
def test_the_summary_counts_what_is_met_and_names_the_weakest(appraisal: Appraisal, answers: str, said: str) -> None:
    items = [item.item for item in tool(appraisal, "AACODS").items]
    assert summary(tool(appraisal, "AACODS"), dict(zip(items, answers.split(), strict=True))) == said


def test_the_summary_is_of_the_items_asked_and_says_what_nobody_answered(appraisal: Appraisal) -> None:
    found = tool(appraisal, "MMAT_2018")
    asked = [item for one, item in appraisal.items_for("qualitative") if one == found]
    assert summary(found, {"S1": "yes", "1.1": "no"}, asked) == (
        "MMAT 2018: 1 of 7 met; weak: 1.1 Does a qualitative approach suit the question? (no); 5 not answered"
    )
    assert summary(found, {"S1": "yes"}) == "MMAT 2018: 1 of 1 met"
