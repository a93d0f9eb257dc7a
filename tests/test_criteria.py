"""The eligibility criteria: asked in order, and the first no is the one reason."""

from __future__ import annotations

import pytest

from references.error import ReviewError
from references.protocol import ProtocolError, parse
from references.review import Review, sound
from screening.criteria import STAGES, Calibration, Criteria, read_criteria

CRITERION = """
[[screening.criteria]]
code = "{code}"
exclusion = "{exclusion}"
label = "Label"
question = "Question?"
guidance = ""
reason = "Reason {code}"
stages = {stages}
{more}
"""


ONE_EACH = "readers = { abstract = 1, fulltext = 1 }"


def toml(*criteria: str, head: str = "readers = { abstract = 2, fulltext = 1 }") -> str:
    return f"[screening]\n{head}\n" + "".join(criteria)


def criterion(code: str, exclusion: str = "", stages: str = '["abstract", "fulltext"]', more: str = "") -> str:
    return CRITERION.format(code=code, exclusion=exclusion or f"E_{code}", stages=stages, more=more)


def read(text: str) -> Criteria:
    return sound(parse(text).section("screening", []), read_criteria)


@pytest.fixture
def three() -> Criteria:
    return read(toml(criterion("C01"), criterion("C02"), criterion("C03", stages='["fulltext"]')))


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ({"C01": "yes", "C02": "yes"}, ("include", None)),
        ({"C01": "no"}, ("exclude", "E_C01")),
        ({"C01": "yes", "C02": "no"}, ("exclude", "E_C02")),
        ({"C01": "no", "C02": "no"}, ("exclude", "E_C01")),  # both answered: the first one is the reason
        ({"C02": "no", "C01": "no"}, ("exclude", "E_C01")),  # in whatever order they were answered
        ({"C01": "unclear", "C02": "no"}, ("exclude", "E_C02")),  # unclear never excludes, and never saves
        ({"C01": "unclear", "C02": "yes"}, ("unsure", None)),
        ({"C01": "yes", "C02": "unclear"}, ("unsure", None)),
    ],
)
def test_the_first_no_in_the_protocols_order_is_the_one_reason(
    three: Criteria, answers: dict[str, str], verdict: tuple[str, str | None]
) -> None:
    assert three.verdict(answers, "abstract") == verdict


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "C01 has no answer"),
        ({"C01": "yes"}, "C02 has no answer"),
        ({"C02": "no"}, "C01 has no answer"),  # a no does not count before the questions ahead of it are answered
        ({"C01": "maybe"}, "C01 is 'maybe'; expected yes, no, unclear"),
        ({"C01": "no", "C02": "maybe"}, "C02 is 'maybe'"),  # also behind the first no
        ({"C09": "yes"}, "no criterion C09 is asked"),
        ({"C01": "yes", "C02": "yes", "C03": "yes"}, "no criterion C03 is asked at the stage abstract; there are C01, C02"),
    ],
)
def test_answers_that_do_not_make_a_verdict_are_refused(three: Criteria, answers: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        three.verdict(answers, "abstract")


def test_a_stage_asks_only_its_own_criteria(three: Criteria) -> None:
    assert [[one.code for one in three.at(stage)] for stage in STAGES] == [["C01", "C02"], ["C01", "C02", "C03"]]
    assert three.verdict({"C01": "yes", "C02": "yes", "C03": "no"}, "fulltext") == ("exclude", "E_C03")
    with pytest.raises(ValueError, match="C03 has no answer"):
        three.verdict({"C01": "yes", "C02": "yes"}, "fulltext")


def test_a_reason_leads_to_its_criterion_and_an_unknown_one_is_said(three: Criteria) -> None:
    assert three.of("E_C02").code == "C02"
    with pytest.raises(ReviewError, match=r"no exclusion code 'E_C09'.*it has E_C01, E_C02, E_C03"):
        three.of("E_C09")


def test_what_a_criterion_may_say_is_read(review: Review) -> None:
    criteria = sound(review.section("screening"), read_criteria)
    first, _, last = criteria.criteria
    assert (first.background, first.plainly, last.background, last.plainly) == (True, False, False, True)
    assert criteria.readers == {"abstract": 2, "fulltext": 2} and "reform" in criteria.highlight and criteria.calibration is None


def test_the_rest_of_the_section_is_read() -> None:
    head = """
readers = { abstract = 2, fulltext = 2 }
calibration = { size = 50, kappa = 0.6 }
rules = ["a missing abstract is never a reason"]
selection = ["full text blind"]
rulings = [{ case = "the seed", ruling = "C02 yes" }]
"""
    criteria = read(toml(criterion("C01"), head=head))
    assert criteria.calibration == Calibration(size=50, kappa=0.6)
    assert criteria.rules == ("a missing abstract is never a reason", "full text blind")
    assert criteria.rulings == (("the seed", "C02 yes"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (toml(criterion("C01"), criterion("C01", "E_2")), r"line 15: screening.criteria\[2\].code: 'C01' stands twice"),
        (toml(criterion("C01"), criterion("C02", "E_C01")), r"criteria\[2\].exclusion: 'E_C01' stands twice"),
        (toml(criterion("C01", stages='["abstrakt"]')), "'abstrakt' is not one of abstract, fulltext; do you mean 'abstract'"),
        (toml(criterion("C01", stages='["fulltext"]')), "no criterion is asked at the stage abstract"),
        (toml(criterion("C01"), criterion("C02", stages='["fulltext"]', more="plainly = true")), "plainly: speaks of title and abstract"),
        (toml(criterion("C01", more="plain = true")), "plain: unknown key; do you mean 'plainly'"),
        (toml(criterion("C01"), head="readers = { abstract = 2 }"), "screening.readers: fulltext is missing"),
        (toml(criterion("C01"), head="readers = { abstract = 0, fulltext = 1 }"), "readers.abstract: expected at least 1, found 0"),
        (toml(head="readers = { abstract = 1, fulltext = 1 }"), "criteria is missing"),
        (toml(criterion("C01"), head='readers = { abstract = 1, fulltext = 1 }\nhighlite = ["x"]'), "do you mean 'highlight'"),
        (
            toml(criterion("C01"), head=f"{ONE_EACH}\ncalibration = {{ size = 50, kappa = 6 }}"),
            "from 0 to 1, found 6",
        ),
    ],
)
def test_a_slip_in_the_criteria_is_said(text: str, said: str) -> None:
    with pytest.raises(ProtocolError, match=said):
        read(text)
