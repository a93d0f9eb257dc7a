"""Studies, links and answers."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from extraction.answers import Answer, cell, extraction, history, standing
from extraction.form import read_form
from extraction.sheets import apply_answers, open_work
from extraction.sitting import Sitting, converse
from extraction.studies import Link, add_link, apply_links, included_studies, slug
from flows.cli import review as command
from references.error import ReviewError
from references.imports import import_file
from references.review import Review, sound
from references.sheet import SheetError
from screening.exchange import apply_decisions
from screening.progress import screening

Table = Callable[[str], Path]


@pytest.fixture
def included(filled: Review, table: Table) -> Review:
    """The filled review with two reports included: one of databases (two records), one of a website."""
    for by in ("ana", "ben"):
        apply_decisions(filled, table("record,verdict\nmedical.ris#1,include\n"), stage="abstract", by=by)
    for by in ("ana", "ben"):
        apply_decisions(filled, table("record,verdict\nmedical.ris#1,include\nwebsites.ris#1,include\n"), stage="fulltext", by=by)
    return filled


def ids(review: Review) -> dict[str, int]:
    with review.reading() as connection:
        return {study.id: len(study.reports) for study in included_studies(connection, screening(review, connection)).all}


def test_an_included_report_that_nobody_linked_is_a_study_of_its_own(included: Review) -> None:
    assert ids(included) == {"general-2018": 1, "huby-2018": 1}


def test_reports_linked_to_one_study_are_counted_as_one(included: Review, table: Table) -> None:
    path = table("study,record,relation\nscotland,medical.ris#1,main\nscotland,websites.ris#1,report\n")
    assert apply_links(included, path, by="ana") == (2, 0)
    assert apply_links(included, path, by="ana") == (0, 2)
    assert ids(included) == {"scotland": 2}


def test_a_report_in_two_studies_is_refused(included: Review, table: Table) -> None:
    apply_links(included, table("study,record\nscotland,medical.ris#1\n"), by="ana")
    with pytest.raises(SheetError, match="line 2: the report is in study scotland already"):
        apply_links(included, table("study,record\nnorway,social.ris#1\n"), by="ana")  # another record of the same report


def test_only_included_reports_make_a_study_but_companions_may_be_linked(included: Review, table: Table) -> None:
    with pytest.raises(SheetError, match="not included at full text"):
        apply_links(included, table("study,record\nx,medical.ris#2\n"), by="ana")
    apply_links(included, table("study,record,relation\nhuby-2018,medical.ris#1,main\nhuby-2018,medical.ris#2,companion\n"), by="ana")
    assert ids(included) == {"general-2018": 1, "huby-2018": 1}


def test_a_report_that_was_linked_as_companion_too_stays_the_main_one_when_the_two_become_one_report(included: Review) -> None:
    """Its study keeps its name, and so its answers."""
    from references.duplicates.judgements import judge

    with included.writing() as connection:
        held = screening(included, connection).library
        main, other = held.find("medical.ris#1").id, held.find("medical.ris#2").id
        add_link(included, connection, Link(study="huby-2018", record=main, relation="main", by="ana"))
        add_link(included, connection, Link(study="huby-2018", record=other, relation="companion", by="ana"))
        judge(included, connection, main, other, "same", "", "ana")
    assert ids(included) == {"general-2018": 1, "huby-2018": 1}


def test_companions_of_included_reports_are_shown_until_somebody_linked_them_or_said_no(included: Review) -> None:
    from tests.conftest import TITLES, ris

    def listed() -> str:
        return CliRunner().invoke(command, ["--review", str(included.folder), "link"]).output

    assert "Perhaps" not in listed()
    (included.folder / "imports" / "more.ris").write_text(
        ris(TITLES[0], type="CPAPER", authors=("Huby, Guro",), year=2016)
        + ris(TITLES[0], type="THES", authors=("Huby, Guro",), year=2015)
        + ris(TITLES[1], type="CPAPER", authors=("Swanson, Jayson",))  # of a report that is not included
    )
    assert import_file(included, included.folder / "imports" / "more.ris", by="test").new == 3
    said = listed()
    assert said.count("Perhaps of huby-2018 too") == 2 and "two kinds of document: article and thesis" in said
    with included.reading() as connection:
        held = screening(included, connection).library
    meeting, thesis = held.find("more.ris#1").id, held.find("more.ris#2").id
    assert f"review link --companion --as NAME huby-2018 {meeting}" in said
    CliRunner().invoke(command, ["--review", str(included.folder), "link", "--companion", "--as", "ana", "huby-2018", meeting])
    other = held.find("medical.ris#1").id if f"--different {held.find('medical.ris#1').id}" in said else held.find("social.ris#1").id
    words = ["--review", str(included.folder), "duplicates", "--as", "ana", "--different", other, thesis]
    assert CliRunner().invoke(command, words).exit_code == 0
    assert "Perhaps" not in listed() and "companion: " in listed()


def test_a_study_is_named_after_its_first_author_whatever_the_letters(included: Review) -> None:
    with included.reading() as connection:
        report = screening(included, connection).library.reports[0]
    assert slug(report) == "huby-2018"


GOOD = """study,field,value,finding,quote,place,note
huby-2018,read_from,abstract_only,,,,
huby-2018,design,policy_analysis,,,,
huby-2018,country,Scotland; Norway,,,,
huby-2018,user_direction,worsened,,,,
huby-2018,user_findings,,Users were heard less,,abstract,
huby-2018,user_findings,,Choice was narrower,"less choice",p. 4,
huby-2018,AACODS/AU,yes,,,,
"""


def test_answers_come_by_file_and_findings_are_gathered(included: Review, table: Table) -> None:
    applied = apply_answers(included, table(GOOD), by="ana")
    assert (applied.new, applied.stood, applied.studies) == (6, 0, ("huby-2018",))
    assert apply_answers(included, table(GOOD), by="ana").new == 0
    with included.reading() as connection:
        found = {answer.field: answer.value for answer in standing(history(connection))}
        work = {one.study: one.state for one in open_work(included, connection)}
    assert found["country"] == ["Scotland", "Norway"]
    assert [finding["place"] for finding in found["user_findings"]] == ["abstract", "p. 4"]
    assert work == {"general-2018": "waiting", "huby-2018": "complete"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("huby-2018,nonsense,x,,,,", "the form has no field 'nonsense'"),
        ("nobody-1999,design,other,,,,", "No included study 'nobody-1999'"),
        ("huby-2018,study_id,x,,,,", "filled in by the program"),
        ("huby-2018,design,wrong,,,,", "wrong"),
        ("huby-2018,design,,,,,", "design"),
        ("huby-2018,design,NR,,,,", "NR"),  # this field allows no missing code
        ("huby-2018,country,Scotland;Mars,,,,", "Mars"),
        ("huby-2018,user_findings,,A finding,a quotation,,", "place"),
        ("huby-2018,design,,A finding,,,", "put the answer under value"),
        ("huby-2018,AACODS/XX,yes,,,,", "XX"),
        ("huby-2018,AACODS/AU,perhaps,,,,", "perhaps"),
    ],
)
def test_a_bad_answer_is_refused_by_its_line_and_nothing_is_applied(included: Review, table: Table, row: str, said: str) -> None:
    good = "study,field,value,finding,quote,place,note\nhuby-2018,memo,a thought,,,,\n"
    with pytest.raises(SheetError) as caught:
        apply_answers(included, table(good + row + "\n"), by="ana")
    assert "table.csv, line 3:" in str(caught.value) and said in str(caught.value)
    with included.reading() as connection:
        assert history(connection) == []


def test_a_direction_without_a_finding_breaks_the_forms_rule(included: Review, table: Table) -> None:
    with pytest.raises(SheetError, match="user_findings"):
        apply_answers(included, table("study,field,value\nhuby-2018,user_direction,improved\nhuby-2018,user_findings,NR\n"), by="ana")


def test_what_an_abstract_cannot_answer_is_not_appraised_from_it(included: Review, table: Table) -> None:
    rows = GOOD + "huby-2018,AACODS/AC,yes,,,,\n"
    with pytest.raises(SheetError, match="AACODS/AC"):
        apply_answers(included, table(rows), by="ana")


def test_extractors_who_differ_are_not_chosen_between(included: Review, table: Table) -> None:
    apply_answers(included, table(GOOD), by="ana")
    apply_answers(included, table("study,field,value\nhuby-2018,design,qualitative\nhuby-2018,country,Norway;Scotland\n"), by="ben")
    form = sound(included.section("form"), read_form)
    with included.reading() as connection:
        stands = extraction("huby-2018", standing(history(connection)), form)
    assert stands.state == "differ" and stands.differing == ("design",) and "design" not in stands.values
    apply_answers(included, table("study,field,value\nhuby-2018,design,other\n"), by="eva", role="agreed")
    with included.reading() as connection:
        stands = extraction("huby-2018", standing(history(connection)), form)
        kept = [(answer.by, answer.value) for answer in history(connection) if answer.field == "design"]
    assert stands.values["design"] == "other" and stands.state == "complete"
    assert kept == [("ana", "policy_analysis"), ("ben", "qualitative"), ("eva", "other")]


def test_free_text_is_shown_and_not_compared() -> None:
    from extraction.form import Field

    said = [Answer(study="s", field="memo", value=text, by=by) for by, text in (("ana", "one"), ("ben", "two"))]
    field = Field(key="memo", label="Memo", group="A", type="text", options=(), missing=(), required=False, help="", filled=False)
    assert cell(said, field).state == "worded"


def typing(*lines: str) -> Callable[[str], str]:
    """A person who types these lines and then closes the terminal."""
    left: Iterator[str] = iter(lines)

    def read(prompt: str) -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    return read


def test_the_forms_questions_are_asked_in_turn_and_each_answer_is_saved_at_once(included: Review) -> None:
    sitting = Sitting(included, by="ana", study="huby-2018")
    console = Console(record=True, width=100, file=io.StringIO())
    converse(sitting, console, typing("2", "?", "policy", "1, 2", "nonsense", "worsened", "Users were heard less", "", "abstract"))
    with included.reading() as connection:
        found = {answer.field: answer.value for answer in standing(history(connection))}
    assert found["read_from"] == "abstract_only" and found["design"] == "policy_analysis" and found["country"] == ["Scotland", "Norway"]
    assert found["user_findings"] == [{"finding": "Users were heard less", "quote": "", "place": "abstract"}]
    assert "Not saved" in console.export_text()
    again = Sitting(included, by="ana", study="huby-2018")
    assert again.current is not None and again.current.key == "memo"


def test_an_answer_can_be_taken_back_and_stays_in_the_history(included: Review) -> None:
    sitting = Sitting(included, by="ana", study="huby-2018")
    converse(sitting, Console(quiet=True), typing("2", "qualitative", "<", "q"))
    assert sitting.values == {"read_from": "abstract_only"}
    with included.reading() as connection:
        assert [answer.value for answer in history(connection)] == ["abstract_only", "qualitative", None]


def test_extractors_do_not_see_each_other(included: Review, table: Table) -> None:
    apply_answers(included, table(GOOD), by="ana")
    assert Sitting(included, by="ben", study="huby-2018").values == {}


def test_nothing_to_extract_is_said(filled: Review) -> None:
    with pytest.raises(ReviewError, match="No study waits for ana"):
        converse(Sitting(filled, by="ana"), Console(quiet=True), typing())


def test_a_study_keeps_its_name_and_its_answers_when_its_record_is_known_better_later(included: Review, table: Table) -> None:
    """Its name was worked out from author and year; a fuller record of the same report has others."""
    from references.imports import import_file
    from tests.conftest import ris

    apply_answers(included, table(GOOD), by="ana")
    path = included.folder / "imports" / "medical_later.ris"
    path.write_text(ris("Partnership working in Scotland", authors=("Adams, A", "Huby, Guro", "Cook, A"), year=2019, DO="10.1000/one"))
    assert import_file(included, path, by="test").new == 1
    assert ids(included) == {"general-2018": 1, "huby-2018": 1}
    with included.reading() as connection:
        assert {one.study: one.state for one in open_work(included, connection)}["huby-2018"] == "complete"


def test_a_place_beside_a_coded_answer_is_not_dropped_in_silence(included: Review, table: Table) -> None:
    with pytest.raises(SheetError, match="a place goes into note here"):
        apply_answers(included, table("study,field,value,place\nhuby-2018,design,other,p. 3\n"), by="ana")


def test_a_command_at_the_second_finding_is_a_command_and_no_finding(included: Review) -> None:
    sitting = Sitting(included, by="ana", study="huby-2018")
    converse(sitting, Console(quiet=True), typing("1", "other", "other", "NR", "One finding", "", "p. 1", "q"))
    assert [finding["finding"] for finding in sitting.values["user_findings"]] == ["One finding"]
    again = Sitting(included, by="ana", study="huby-2018")
    assert again.current is not None and again.current.key == "memo"


def test_a_name_that_a_study_once_had_is_never_given_to_another(included: Review, table: Table) -> None:
    """Its answers would turn up as the other's."""
    from references.imports import import_file
    from tests.conftest import ris

    apply_answers(included, table(GOOD), by="ana")
    for by in ("ana", "ben"):  # the study is excluded after all
        apply_decisions(included, table("record,verdict,reason\nmedical.ris#1,exclude,E01_TYPE\n"), stage="fulltext", by=by)
    path = included.folder / "imports" / "websites_b.ris"
    path.write_text(ris("Another report", type="RPRT", authors=("Huby, Other",)))
    import_file(included, path, by="test")
    for by in ("ana", "ben"):
        apply_decisions(included, table("record,verdict\nwebsites_b.ris#1,include\n"), stage="fulltext", by=by)
    assert set(ids(included)) == {"general-2018", "huby-2018b"}


def test_a_companion_of_a_second_study_stays_a_report_of_its_own(included: Review, table: Table) -> None:
    apply_links(included, table("study,record,relation\none,medical.ris#1,main\ntwo,websites.ris#1,main\n"), by="ana")
    apply_links(included, table("study,record,relation\ntwo,medical.ris#1,companion\n"), by="ana")
    assert ids(included) == {"one": 1, "two": 1}


BOOLEAN = """[[form.groups.fields]]
key = "peer_reviewed"
label = "Peer reviewed"
type = "boolean"
missing = ["UN"]
required = true

[[form.groups.fields]]
key = "design"
"""


def said(review: Review, *lines: str) -> tuple[Sitting, str]:
    """A sitting on the study huby-2018 after these lines were typed, and all that was shown, prompts too."""
    sitting = Sitting(review, by="ana", study="huby-2018")
    console = Console(record=True, width=100, file=io.StringIO())
    person = typing(*lines)

    def read(prompt: str) -> str:
        console.print(prompt, markup=False)
        return person(prompt)

    converse(sitting, console, read)
    return sitting, console.export_text()


@pytest.mark.parametrize(("typed", "stored"), [("1", "yes"), ("2", "no"), ("3", "UN"), ("y", "yes"), ("No", "no"), ("un", "UN")])
def test_yes_and_no_are_offered_by_number_like_any_other_choice(included: Review, typed: str, stored: str) -> None:
    text = (included.folder / "protocol.toml").read_text()
    (included.folder / "protocol.toml").write_text(text.replace('[[form.groups.fields]]\nkey = "design"\n', BOOLEAN, 1))
    sitting, shown = said(Review(included.folder), "2", typed)
    assert "1 yes  2 no  3 UN" in shown
    assert sitting.values["peer_reviewed"] == stored


def test_a_question_that_is_answered_freely_names_the_codes_it_takes(included: Review) -> None:
    path = included.folder / "protocol.toml"
    path.write_text(
        path.read_text().replace('type = "text"\nrequired = false', 'type = "text"\nmissing = ["NR", "UN"]\nrequired = false', 1)
    )
    sitting, shown = said(Review(included.folder), "2", "other", "other", "NR", "na", "nr")
    findings, memo = shown.split("Findings  In our words", 1)[1].split("Memo (optional)", 1)
    assert "or a code: NR not reported; NA does not apply; UN unclear" in findings
    assert "or a code: NR not reported; UN unclear" in memo
    assert (sitting.values["user_findings"], sitting.values["memo"]) == ("NA", "NR")


def test_no_code_is_named_where_none_is_taken(included: Review) -> None:
    _, shown = said(included, "2", "other", "other", "NR", "NR")
    assert "or a code" not in shown.split("Memo (optional)", 1)[1]


def test_a_code_after_a_finding_is_no_finding(included: Review) -> None:
    sitting, shown = said(included, "2", "other", "other", "NR", "One finding", "", "p. 1", "NR")
    assert [finding["finding"] for finding in sitting.values["user_findings"]] == ["One finding"]
    assert "Not saved: NR stands alone" in shown


def test_a_study_that_differs_from_another_in_case_only_is_refused(included: Review, table: Table) -> None:
    apply_links(included, table("study,record\nScotland,medical.ris#1\n"), by="ana")
    with pytest.raises(SheetError, match="line 2: there is a study Scotland already, which 'scotland' differs from in case only"):
        apply_links(included, table("study,record\nscotland,websites.ris#1\n"), by="ana")
    assert apply_links(included, table("study,record\nScotland,websites.ris#1\n"), by="ana") == (1, 0)
    assert ids(included) == {"Scotland": 2}


def test_two_spellings_of_a_study_in_one_file_are_refused(included: Review, table: Table) -> None:
    with pytest.raises(SheetError, match="line 3: there is a study Scotland already"):
        apply_links(included, table("study,record\nScotland,medical.ris#1\nSCOTLAND,websites.ris#1\n"), by="ana")
    assert ids(included) == {"general-2018": 1, "huby-2018": 1}


def test_a_study_that_nobody_linked_yet_has_its_name_too(included: Review) -> None:
    words = ["--review", str(included.folder), "link", "--as", "ana", "Huby-2018", "websites.ris#1"]
    done = CliRunner().invoke(command, words)
    assert isinstance(done.exception, ReviewError) and "there is a study huby-2018 already" in str(done.exception)
    assert ids(included) == {"general-2018": 1, "huby-2018": 1}


def test_a_name_in_another_case_leads_to_the_study(included: Review) -> None:
    with pytest.raises(ReviewError, match="No included study 'HUBY-2018'; do you mean huby-2018"):
        Sitting(included, by="ana", study="HUBY-2018")


def test_a_name_worked_out_is_never_another_studys_name_in_other_case(included: Review) -> None:
    with included.writing() as connection:  # as a copy of the review may bring it, where no website was known
        held = screening(included, connection).library
        add_link(included, connection, Link(study="GENERAL-2018", record=held.find("medical.ris#1").id, relation="main", by="ana"))
    assert ids(included) == {"GENERAL-2018": 1, "general-2018b": 1}
