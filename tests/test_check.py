"""Checking a protocol: every kind of error, each with the line it stands on."""

from __future__ import annotations

from importlib.resources import files

import pytest

from flows.check import check
from references.protocol import parse
from tests.conftest import DATA

SMALL = (DATA / "small_protocol.toml").read_text(encoding="utf-8")

# (what is changed, into what, what is said, the text that stands on the line named; "" where no line can be named)
ERRORS = [
    # any section
    ('objective = "To test."', "", "objective is missing", "[review]"),
    ('objective = "To test."', 'objektive = "To test."', "objective is missing; is 'objektive' a slip for it?", "[review]"),
    ('status = "test"', 'statsu = "test"', "unknown key; do you mean 'status'?", "statsu"),
    ('objective = "To test."', 'objective = "  "', "is blank", "objective"),
    ('objective = "To test."', "objective = 3", "expected a text, found a whole number (3)", "objective"),
    ("overlap_days = 60", 'overlap_days = "sixty"', "expected a whole number, found a text ('sixty')", "overlap_days"),
    ("overlap_days = 60", "overlap_days = true", "expected a whole number, found true or false", "overlap_days"),
    ("overlap_days = 60", "overlap_days = -1", "expected at least 0, found -1", "overlap_days"),
    ("plainly = true", 'plainly = "yes"', "expected true or false, found a text", "plainly"),
    ('highlight = ["partnership", "reform"]', 'highlight = "partnership"', "expected a list of texts, found a text", "highlight"),
    ('highlight = ["partnership", "reform"]', 'highlight = ["partnership", 1]', "expected texts in the list", "highlight"),
    ('highlight = ["partnership", "reform"]', 'highlight = ["a", "a"]', "'a' stands twice", "highlight"),
    ("[imports]", "[impotrs]", "unknown key; do you mean 'imports'?", "[impotrs]"),
    ("[people.ana]", "[persons.ana]", "unknown key", "[persons.ana]"),
    # people
    ('may = ["settle", "screen"]', 'may = ["setle"]', "'setle' is not one of screen, settle, extract; do you mean 'settle'?", "setle"),
    ('may = ["settle", "screen"]', "may = []", "is empty", "may = []"),
    # review
    ('date = "2026-11-01"', 'date = "1 November"', "expected a date, year-month-day, found '1 November'", "1 November"),
    # screening
    ("readers = { abstract = 2", "readers = { abstract = 9", "expected at most as many readers as [people] lets screen", "abstract = 9"),
    ("readers = { abstract = 2", "readers = { abstract = 0", "expected at least 1, found 0", "abstract = 0"),
    ('code = "C02"', 'code = "C01"', "'C01' stands twice", 'code = "C01"#2'),
    ('exclusion = "E02_SECTOR"', 'exclusion = "E01_TYPE"', "'E01_TYPE' stands twice", 'exclusion = "E01_TYPE"#2'),
    ('sector"\nstages = ["abstract", "fulltext"]', 'sector"\nstages = ["title"]', "'title' is not one of", '["title"]'),
    # searches
    ('from = "2007-01-01"', 'from = "2007"', "expected a date, year-month-day, found '2007'", 'from = "2007"'),
    ('source = "europepmc"', 'source = "europmc"', "do you mean 'europepmc'?", "europmc"),
    ("[{since} TO {today}]", "[{from} TO {today}]", "{from} is no place for a date here; expected {since}, {today}", "refresh ="),
    ("[{from} TO {to}]", "[{begin} TO {to}]", "{begin} is no place for a date here; expected {from}, {to}", "query ="),
    (
        "[imports]\n",
        '[[searches.lines]]\nname = "EP"\nsource = "europepmc"\nquery = "x"\n\n[imports]\n',
        "'EP' stands twice; each table needs its own name",
        'name = "EP"#2',
    ),
    # imports
    ('kind = "website"', 'kind = "web site"', "'web site' is not one of database, register, website", 'kind = "web site"'),
    ('pattern = "social*.ris"', 'pattern = "medical*.ris"', "'medical*.ris' stands twice", 'pattern = "medical*.ris"#2'),
    # form
    ('type = "quote_list"', 'type = "quotes"', "'quotes' is not one of text", '"quotes"'),
    ('options = ["full_text", "abstract_only"]\n', "", "options is missing", 'label = "What was read"#-1'),
    ('missing = ["NR", "NA"]', 'missing = ["NR", "XX"]', "'XX' is not one of NR, NA, UN", "XX"),
    ('key = "memo"', 'key = "country"', "'country' names two fields", 'key = "country"#2'),
    ('when = "user_direction"', 'when = "user_directoin"', "do you mean 'user_direction'?", "user_directoin"),
    ('needs = "user_findings"\n', "", "says nothing; write one of needs, not_before, or field with", "[[form.rules]]"),
    # appraisal
    ('item = "AC"', 'item = "AU"', "'AU' stands twice in AACODS", 'item = "AU"#2'),
    ('tools = ["AACODS"]', 'tools = ["AACOD"]', "'AACOD' is not one of AACODS; do you mean 'AACODS'?", '["AACOD"]'),
    ('design = "policy_analysis"', 'design = "policy"', "'policy' is no option of the form's field design", 'design = "policy"'),
    # synthesis
    ('fields = ["country", "design"]', 'fields = ["country", "desing"]', "do you mean 'design'?", "desing"),
    ('key = "context"', 'key = "study"', "'study' names two columns", 'key = "study"#2'),
    ('builtin = "appraisal"\n', "", "needs fields, or builtin as one of study, appraisal, confidence", "[[synthesis.columns]]#3"),
    ('builtin = "appraisal"', 'builtin = "apraisal"', "do you mean 'appraisal'?", "apraisal"),
    ('order_by = ["country"]', 'order_by = ["land"]', "'land' is not one of", '["land"]'),
    # known reports
    ("[form]\n", '[[known_reports.list]]\ndoi = "https://doi.org/10.1/x"\ntitle = "X"\n\n[form]\n', "expected a bare DOI", "doi ="),
]  # fmt: skip


def line_of(text: str, marker: str) -> int:
    """The line that a marker stands on; "marker#2" the second such line, "marker#-1" the header above it."""
    wanted, _, which = marker.partition("#") if marker[-2:].lstrip("#-").isdigit() and "#" in marker else (marker, "", "")
    found = [number for number, line in enumerate(text.split("\n"), 1) if wanted in line]
    if which == "-1":
        return max(number for number, line in enumerate(text.split("\n"), 1) if number < found[0] and line.startswith("["))
    return found[int(which or 1) - 1]


@pytest.mark.parametrize(("old", "new", "said", "marker"), ERRORS, ids=[error[2][:60] for error in ERRORS])
def test_each_error_is_found_with_its_line(old: str, new: str, said: str, marker: str) -> None:
    assert SMALL.count(old) >= 1
    changed = SMALL.replace(old, new, 1)
    found = [problem for problem in check(parse(changed)) if said in problem.what]
    assert found, [str(problem) for problem in check(parse(changed))]
    assert found[0].line == (line_of(changed, marker) if marker else 0)


def test_all_errors_are_reported_at_once_in_the_order_of_their_lines() -> None:
    changed = SMALL
    for old, new, _, _ in (ERRORS[2], ERRORS[5], ERRORS[17], ERRORS[24], ERRORS[39]):
        changed = changed.replace(old, new, 1)
    found = check(parse(changed))
    assert len(found) >= 5
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)


def test_a_missing_section_and_a_section_of_the_wrong_kind_are_said() -> None:
    found = [str(problem) for problem in check(parse('searches = 3\nscreening = { criteria = 4 }\n[review]\ntitle = "x"\n'))]
    assert "people: section [people] is missing" in found
    assert "line 1: searches: expected a section [searches], found a whole number (3)" in found
    assert "line 2: screening.criteria: expected tables [[screening.criteria]], found a whole number (4)" in found
    assert any("names nobody" in problem for problem in found)


def test_a_sound_protocol_has_no_problem() -> None:
    assert check(parse(SMALL)) == []


def test_the_shipped_protocol_is_sound_and_whole() -> None:
    protocol = parse(files("flows.protocols.partnership_working").joinpath("protocol.toml").read_text(encoding="utf-8"))
    assert [str(problem) for problem in check(protocol)] == []
    data = protocol.data
    assert [criterion["code"] for criterion in data["screening"]["criteria"]] == [f"C{number:02}" for number in range(1, 11)]
    assert "".join(group["key"] for group in data["form"]["groups"]) == "ABCDEFGHIJKLM"
    assert len(data["synthesis"]["columns"]) == 17
    assert {line["source"] for line in data["searches"]["lines"]} == {"europepmc", "openalex", "pubmed", "crossref"}
    assert {tool["key"] for tool in data["appraisal"]["tools"]} == {"MMAT_2018", "AACODS"}
