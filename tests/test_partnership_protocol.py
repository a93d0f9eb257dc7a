"""The shipped protocol: it says what its sources say, and every slip made in it is found on its line."""

from __future__ import annotations

import csv
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from extraction.appraisal import read_appraisal
from extraction.fields import MISSING
from extraction.form import read_form
from flows.check import check
from references.plan import SearchPlan, read_imports, read_searches, rule_for
from references.protocol import Protocol, parse
from references.review import sound
from screening.criteria import read_criteria

TEXT = files("flows.protocols.partnership_working").joinpath("protocol.toml").read_text(encoding="utf-8")
DATA = Path(__file__).parents[1].parent / "shared" / "data" / "partnership"
EXAMPLE_FILES = {
    "publishers_2026.ris": ("Publisher platforms", "database"),
    "pubmed_2026.ris": ("PubMed", "database"),
    "scholarly_indexes_2026.ris": ("Scholarly indexes and repositories", "database"),
    "grey_literature_2026.ris": ("Websites of public bodies", "website"),
}


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return parse(TEXT)


def table(name: str) -> list[dict[str, str]]:
    if not DATA.is_dir():
        pytest.skip("../shared is not here")
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def queries() -> dict[str, Any]:
    if not DATA.is_dir():
        pytest.skip("../shared is not here")
    found: dict[str, Any] = json.loads((DATA / "search_queries.json").read_text(encoding="utf-8"))
    return found


def plan(protocol: Protocol) -> SearchPlan:
    return sound(protocol.section("searches", []), read_searches)


def test_it_has_no_problem(protocol: Protocol) -> None:
    assert [str(problem) for problem in check(protocol)] == []


def test_the_files_of_the_worked_example_have_their_names_in_prisma(protocol: Protocol) -> None:
    rules = sound(protocol.section("imports", []), read_imports)
    found = {name: rule_for(rules, name) for name in EXAMPLE_FILES}
    assert {name: (rule.name, rule.kind) for name, rule in found.items() if rule} == EXAMPLE_FILES
    assert rule_for(rules, "PubMed_2026.RIS") and rule_for(rules, "embase.ris") is None


def test_the_search_lines_are_28_and_each_refresh_moves(protocol: Protocol) -> None:
    lines = {line.name: line for line in plan(protocol).lines}
    ep = lines["EP"]
    assert [line.source for line in lines.values()] == ["europepmc", "pubmed", *["openalex"] * 8, *["crossref"] * 18]
    for line in lines.values():
        assert "{from}" in line.query and line.refresh and "{since}" in line.refresh and "{terms}" not in line.query + line.refresh
    assert ep.query.endswith("FIRST_PDATE:[{from} TO {to}]")
    assert ep.refresh == ep.query.replace("FIRST_PDATE:[{from} TO {to}]", "CREATION_DATE:[{since} TO {today}]")


def test_the_queries_are_those_of_the_search_plan_letter_for_letter(protocol: Protocol) -> None:
    wanted, lines = queries(), {line.name: line.query for line in plan(protocol).lines}
    final = wanted["europepmc"]["FINAL"].replace("2007-01-01", "{from}").replace("2026-12-31", "{to}")
    for number in range(1, 6):
        final = final.replace(f"EP{number}", f"({wanted['europepmc'][f'EP{number}']})")
    assert lines["EP"] == final
    # PM1 to PM4 stand in brackets of their own; PM5 is two groups joined by AND and gets them here
    medical = wanted["pubmed"]["FINAL"].replace("2007/01/01", "{from}").replace("PM5", f"({wanted['pubmed']['PM5']})")
    for number in range(1, 5):
        medical = medical.replace(f"PM{number}", wanted["pubmed"][f"PM{number}"])
    assert lines["PM"] == medical
    for name, query in wanted["openalex"].items():
        assert lines[name] == f"title_and_abstract.search:{query['search']},from_publication_date:{{from}}"
    for number, phrase in enumerate(wanted["crossref"]["phrases"], 1):
        assert f"query.bibliographic={phrase}&" in lines[f"CR{number:02}"]
    assert "issn:1476-9018" in lines["JICA"] and "issn:1568-4156" in lines["IJIC"]


def test_the_blocks_hold_every_search_term(protocol: Protocol) -> None:
    wanted = [(row["block"], row["name"], row["term"]) for row in table("search_terms.csv")]
    assert [(block.block, block.name, term) for block in plan(protocol).blocks for term in block.terms] == wanted


def test_the_criteria_are_asked_as_they_were_worded(protocol: Protocol) -> None:
    wanted = table("criteria.csv")
    criteria = sound(protocol.section("screening", []), read_criteria)
    columns = ("criterion", "exclusion_code", "label", "question", "guidance", "exclusion_label")
    assert [(one.code, one.exclusion, one.label, one.question, one.guidance, one.reason) for one in criteria.criteria] == [
        tuple(row[column] for column in columns) for row in wanted
    ]
    assert [one.background for one in criteria.criteria] == [row["keep_as_background"] == "yes" for row in wanted]
    assert {one.code for one in criteria.criteria if one.plainly} == {"C08", "C09", "C10"}
    assert len(criteria.rulings) == 12 and len(criteria.rules) == 11


def test_the_form_asks_every_field_as_it_was_worded(protocol: Protocol) -> None:
    form, wanted = sound(protocol.section("form", []), read_form), table("extraction_fields.csv")
    assert [field.key for field in form.fields] == [row["key"] for row in wanted]
    for field, row in zip(form.fields, wanted, strict=True):
        allowed = [value for value in row["allowed_values"].split(";") if value]
        assert (field.label, field.type, field.help, field.group) == (row["label"], row["type"], row["help"], row["group"][2:]), field.key
        assert list(field.missing) == [value for value in allowed if value in MISSING], field.key
        options = [value for value in allowed if value not in MISSING]
        assert list(field.options) == ([] if field.type == "boolean" else options), field.key
        assert field.required == (row["required"] == "yes"), field.key
    assert {field.key for field in form.fields if field.filled} == {"study_id", "report_ids", "main_report", "extractor", "extraction_date"}


def test_the_appraisal_asks_every_item_as_it_was_worded(protocol: Protocol) -> None:
    tools = sound(protocol.section("appraisal", []), read_appraisal)
    found = [(tool.name, item.item, item.question, ";".join(item.answers)) for tool in tools.tools for item in tool.items]
    assert found == [(row["tool"], row["item"], row["question"], row["answers"]) for row in table("appraisal_items.csv")]
    assert [item.item for tool in tools.tools for item in tool.items if item.from_abstract] == ["S1", "S2", "AU", "DA", "SI"]


def test_the_table_has_the_columns_of_the_plan(protocol: Protocol) -> None:
    columns = protocol.data["synthesis"]["columns"]
    assert [(column["key"], column["heading"]) for column in columns] == [
        (row["key"], row["label"]) for row in table("synthesis_columns.csv")
    ]


# (what is changed, into what, what is said, the line it stands on: how many lines below the change)
SLIPS = [
    ('version = "1.0"', "version = 1.0", "expected a text, found a number (1.0)", 0),
    ('date = "2026-11-22"', 'date = "2026-13-01"', "'2026-13-01' is no date", 0),
    ('groups = ["D", "K"]', 'groups = ["D", "Z"]', "'Z' is not one of A, B", 0),
    ('id     = "Q2"', 'id     = "Q1"', "'Q1' stands twice", 0),
    ('fit  = """\n  Poor.', 'fitt = """\n  Poor.', "unknown key; do you mean 'fit'?", 0),
    ('start = "2015-04-02"', 'start = "April 2015"', "expected a year, year-month or year-month-day, or nothing", 0),
    ('code  = "FIN_2023"', 'code  = "DEN_2007"', "'DEN_2007' stands twice", 0),
    ('code  = "FIN_2023"', 'code  = "FIN_2022"', "[reforms] has FIN_2022, but reform offers no such option", None),
    ('kind  = "Theses"', 'kind  = "Grey"', "'Grey' stands twice", 0),
    ("kappa = 0.6", "kappa = 60", "expected a number from 0 to 1, found 60", 0),
    ('case   = "Permissive law"', 'cases  = "Permissive law"', "unknown key; do you mean 'case'?", 0),
    ('block = "B2"', 'block = "B"', "'B' stands twice; each table needs its own block", 0),
    ('from         = "2007-01-01"', 'from         = "2007-02-30"', "'2007-02-30' is no date", 0),
    ('name    = "OA2"', 'name    = "OA1"', "'OA1' stands twice; each table needs its own name", 0),
    ('"{terms} AND FIRST_PDATE:[{from} TO {to}]"', '"FIRST_PDATE:[{from} TO {to"', "has 1 '[' and 0 ']' outside phrases", 0),
    ("CREATION_DATE:[{since} TO {today}]", "CREATION_DATE:[2026-01-01 TO {today}]", "has no {since}", 0),
    ("CREATION_DATE:[{since} TO {today}]", "CREATION_DATE:[{last} TO {today}]", "{last} is no place for a date here", 0),
    ('"Better Care Fund" OR ("pooled budgets"', '"Better Care Fund OR ("pooled budgets"', "a quotation mark is open at its end", -1),
    ('pattern  = "grey_literature*.ris"', 'pattern  = "../grey_literature*.ris"', "without folders", 0),
    ('kind     = "website"', 'kind     = "site"', "'site' is not one of database, register, website", 0),
    ('doi   = "10.5334/ijic.509"', 'doi   = "ijic.509"', "expected a bare DOI", 0),
    ('doi   = "10.5334/ijic.509"', 'doi   = "10.5334/IJIC.2244"', "'10.5334/IJIC.2244' stands twice", 0),
    ('key   = "B"', 'key   = "A"', "'A' names two groups", 0),
    ('options  = ["national", "local", "both"]', 'options  = ["national", "NR"]', "NR is a missing code; write it under missing", 0),
    ('options  = ["national", "local", "both"]', 'options  = ["national;local"]', "a ; stands between codes", 0),
    ('key      = "pm_owner"', 'key      = "pm/owner"', "holds a /", 0),
    ('type     = "boolean"', 'type     = "boolean"\noptions  = ["yes"]', "are for the types enum", None),
    (', UN = "unclear, something is there but cannot be coded"', "", "fields allow UN, which is not explained here", 0),
    ('is      = ["improved", "worsened"]', 'is      = ["improved", "better"]', "'better' is no answer to user_direction", 0),
    ('forbids = ["perceived"]', 'forbids = ["felt"]', "'felt' is no answer to user_basis", 0),
    ('is_not  = ["NR", "NA"]', 'is_not  = ["NR"]\nis      = ["mixed"]', "stands beside is; write one of them", 0),
    ('not_before = "data_start"', 'not_before = "theory"', "compares dates, but theory is of type text", 0),
    ('field   = "user_basis"\n', "", "forbids and demands speak of a field", None),
    ('message    = "data_end is before data_start"', 'message    = "wrong order"', "does not say which answer it is about", 0),
    ("years   = [0, 2, 5]", "years   = [0, 5, 2]", "expected rising numbers of years", 0),
    ("years   = [0, 2, 5]", "years   = [0, 2]", "expected 3 borders between 4 stages, found 2", 0),
    ('several = "spans_stages"', 'several = "many"', "'many' is not one of", 0),
    ('when  = "peer_reviewed"', 'when  = "reviewed"', "the form has no field 'reviewed'", 0),
    ('is    = ["no"]', 'is    = ["never"]', "never is no answer to peer_reviewed", 0),
    (
        'strands = ["qualitative", "quant_descriptive"]',
        'strands = ["quantitative"]',
        "'quantitative' is no option of the form's",
        0,
    ),
    ('note    = "described in words; no tool forced"\n', "", "names no tool; say in a note", None),
    ('design  = "policy_analysis"', 'design  = "qualitative"', "'qualitative' has two routes", 0),
    ('key      = "AACODS"', 'key      = "MMAT_2018"', "'MMAT_2018' names two tools", 0),
    ('how_often = "monthly"', 'how_oft   = "monthly"', "unknown key; do you mean 'how_often'?", 0),
    ("[open_points]", "[open_point]", "unknown key; do you mean 'open_points'?", 0),
    ('fields  = ["tradeoff"]', 'fields  = ["trade_off"]', "do you mean 'tradeoff'?", 0),
    ('may   = ["settle"]', 'may   = ["screen"]', "lets nobody settle conflicts", None),
    ("fulltext = 2", "fulltext = 3", "expected at most as many readers as [people] lets screen (ana, ben), found 3", 0),
]


@pytest.mark.parametrize(("old", "new", "said", "below"), SLIPS, ids=[f"{number} {slip[2][:50]}" for number, slip in enumerate(SLIPS)])
def test_a_slip_is_found_on_its_line(old: str, new: str, said: str, below: int | None) -> None:
    assert TEXT.count(old) >= 1, "the protocol was reworded: reword this slip too"
    found = [problem for problem in check(parse(TEXT.replace(old, new, 1))) if said in problem.what]
    assert len(found) == 1, [str(problem) for problem in check(parse(TEXT.replace(old, new, 1)))]
    if below is not None:
        assert found[0].line == TEXT[: TEXT.index(old)].count("\n") + 1 + below


def test_five_slips_are_reported_together_in_the_order_of_their_lines() -> None:
    text = TEXT
    five = [SLIPS[number] for number in (1, 9, 13, 19, 36)]
    for old, new, _, _ in reversed(five):
        text = text.replace(old, new, 1)
    found = check(parse(text))
    assert [said in problem.what for (_, _, said, _), problem in zip(five, found, strict=True)] == [True] * 5
    assert [problem.line for problem in found] == [TEXT[: TEXT.index(old)].count("\n") + 1 for old, _, _, _ in five]
