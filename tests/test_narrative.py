"""The narrative synthesis table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from extraction.answers import history
from extraction.appraisal import read_appraisal
from extraction.form import read_form
from extraction.sheets import apply_answers
from extraction.studies import included_studies
from references.review import Review, sound
from screening.exchange import apply_decisions
from screening.progress import screening
from synthesis.narrative import narrative_table
from synthesis.plan import read_plan
from synthesis.render import Table as Written

Table = Callable[[str], Path]

ANSWERS = """study,field,value,finding,quote,place
huby-2018,read_from,abstract_only,,,
huby-2018,design,policy_analysis,,,
huby-2018,country,Norway;Scotland,,,
huby-2018,user_direction,worsened,,,
huby-2018,user_findings,,Users were heard less.,,abstract
huby-2018,AACODS/AU,no,,,
"""


@pytest.fixture
def included(filled: Review, table: Table) -> Review:
    for by in ("ana", "ben"):
        apply_decisions(filled, table("record,verdict\nmedical.ris#1,include\n"), stage="abstract", by=by)
    for by in ("ana", "ben"):
        apply_decisions(filled, table("record,verdict\nmedical.ris#1,include\nwebsites.ris#1,include\n"), stage="fulltext", by=by)
    return filled


def made(review: Review) -> Written:
    form = sound(review.section("form"), read_form)
    tools = sound(review.section("appraisal"), read_appraisal)
    plan = sound(review.section("synthesis"), lambda section: read_plan(section, form))
    with review.reading() as connection:
        known = included_studies(connection, screening(review, connection))
        return narrative_table(plan, form, tools, known, history(connection))


def test_every_included_study_has_a_row_even_without_an_answer(included: Review) -> None:
    table = made(included)
    assert len(table.rows) == 2
    assert [row[2] for row in table.rows] == ["not appraised yet"] * 2
    assert "[not answered yet]" in table.rows[0][1]


def test_a_row_says_what_was_found_where_and_from_what_it_was_read(included: Review, table: Table) -> None:
    apply_answers(included, table(ANSWERS), by="ana")
    first = made(included).rows[0]  # coded countries stand before a study without any
    assert first[0] == "Huby 2018\nhuby-2018; 1 report\nread from: abstract only"
    assert first[1] == "Country: Scotland; Norway\nDesign: policy analysis"
    assert first[2] == "AACODS: 0 of 2 met; weak: AU Authority? (no); 1 not answered"
    assert first[3] == "Direction: worsened\nFindings: Users were heard less (abstract)"


def test_extractors_who_differ_are_both_shown_and_nobody_is_chosen(included: Review, table: Table) -> None:
    apply_answers(included, table(ANSWERS), by="ana")
    apply_answers(included, table("study,field,value\nhuby-2018,design,other\n"), by="ben")
    cell = made(included).rows[0][1]
    assert "Design: [not agreed] ana: policy analysis / ben: other" in cell


def test_notes_explain_the_codes_and_say_how_many_were_read_from_abstracts(included: Review, table: Table) -> None:
    apply_answers(included, table(ANSWERS), by="ana")
    notes = " ".join(made(included).notes)
    assert "NR: not reported" in notes and "1 of 2 studies were read from the abstract" in notes
