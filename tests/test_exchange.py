"""Decisions and retrievals by file: whole, or not at all."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import review as command
from references.error import ReviewError
from references.review import Review
from references.sheet import SheetError, guarded
from screening.decisions import Decision, history, standing
from screening.exchange import apply_decisions, apply_retrievals, write_queue
from screening.progress import screening
from screening.sitting import Sitting

Table = Callable[[str], Path]


def test_decisions_come_by_id_by_place_in_a_file_and_by_doi(filled: Review, table: Table) -> None:
    with filled.reading() as connection:
        id = screening(filled, connection).library.reports[1].id
    path = table(f"record,verdict,reason,note\ndoi:10.1000/one,include,,\n{id},exclude,E01_TYPE,a letter\nmedical.ris#3,unsure,,\n")
    assert apply_decisions(filled, path, stage="abstract", by="ana") == (3, 0)
    with filled.reading() as connection:
        assert [decision.verdict for decision in history(connection)] == ["include", "exclude", "unsure"]


def test_giving_a_file_twice_adds_nothing(filled: Review, table: Table) -> None:
    path = table("record;verdict;reason\nmedical.ris#1;include;\nmedical.ris#2;exclude;E02_SECTOR\n")
    assert apply_decisions(filled, path, stage="abstract", by="ana") == (2, 0)
    assert apply_decisions(filled, path, stage="abstract", by="ana") == (0, 2)


def test_every_bad_row_is_named_by_its_line_and_nothing_is_applied(filled: Review, table: Table) -> None:
    rows = [
        "record,verdict,reason,note",
        "medical.ris#1,include,,",
        "medical.ris#9,include,,",
        "nothing,include,,",
        "medical.ris#2,perhaps,,",
        "medical.ris#3,exclude,E99,",
        "social.ris#2,include,E01_TYPE,",
        "social.ris#1,include,,the same report as line 2",
        "websites.ris#1,include,,",
        'medical.ris#1,include,,"over',
        'two lines",extra,cells',
    ]
    with pytest.raises(SheetError) as caught:
        apply_decisions(filled, table("\n".join(rows)), stage="abstract", by="ana")
    said = str(caught.value)
    for words in (
        "line 3: No record 'medical.ris#9': medical.ris has 3 entries",
        "line 4: No record 'nothing'",
        "line 5: the verdict is 'perhaps'",
        "line 6: the reason is 'E99'",
        "line 7: a reason (E01_TYPE) beside the verdict include",
        "line 8: 'social.ris#1' is the same report as line 2",
        "line 9: this report came by other methods only",
        "line 10: 6 cells under 4 columns",
        "Nothing of table.csv was applied",
    ):
        assert words in said
    with filled.reading() as connection:
        assert history(connection) == []


def test_an_exclusion_at_full_text_without_a_reason_is_refused(filled: Review, table: Table) -> None:
    with pytest.raises(SheetError, match="needs exactly one reason"):
        apply_decisions(filled, table("record,verdict\nwebsites.ris#1,exclude\n"), stage="fulltext", by="ana")


def test_a_report_that_did_not_pass_is_not_read_at_full_text(filled: Review, table: Table) -> None:
    with pytest.raises(SheetError, match="did not pass title and abstract"):
        apply_decisions(filled, table("record,verdict\nmedical.ris#1,include\n"), stage="fulltext", by="ana")


def test_criteria_columns_give_the_verdict(filled: Review, table: Table) -> None:
    path = table("record,verdict,C01,C02,C03\nmedical.ris#1,,yes,no,\nmedical.ris#2,,yes,yes,unclear\n")
    assert apply_decisions(filled, path, stage="abstract", by="ana") == (2, 0)
    with filled.reading() as connection:
        assert [(decision.verdict, decision.reason) for decision in history(connection)] == [("exclude", "E02_SECTOR"), ("unsure", None)]


def test_a_settlement_of_nothing_is_refused(filled: Review, table: Table) -> None:
    with pytest.raises(SheetError, match=r"nothing to settle: the report is waiting \(read by nobody\)"):
        apply_decisions(filled, table("record,verdict\nmedical.ris#1,include\n"), stage="abstract", by="eva", role="settler")


def test_a_queue_written_out_and_filled_in_comes_back(filled: Review, tmp_path: Path) -> None:
    assert write_queue(filled, tmp_path / "queue.csv", stage="abstract", by="ben") == 4
    lines = (tmp_path / "queue.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "record,verdict,reason,note,C01,C02,C03,year,authors,title,abstract,doi" and len(lines) == 5
    lines[1], lines[3] = lines[1].replace(",,", ",include,", 1), lines[3].replace(",,,,,", ",,,,yes,no", 1)
    (tmp_path / "queue.csv").write_text("\n".join(lines) + "\n")
    assert apply_decisions(filled, tmp_path / "queue.csv", stage="abstract", by="ben") == (2, 0)  # two lines were left open
    with filled.reading() as connection:
        assert [decision.verdict for decision in history(connection)] == ["include", "exclude"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("record,verdikt\n", "missing verdict; unknown verdikt"),
        ("record,verdict,verdict\n", "twice verdict"),
        ("PK\x03\x04 not a table", "not a text table"),
    ],
)
def test_what_is_no_table_of_decisions_is_refused(filled: Review, table: Table, text: str, said: str) -> None:
    with pytest.raises(SheetError, match=said):
        apply_decisions(filled, table(text), stage="abstract", by="ana")


def test_a_table_saved_by_a_spreadsheet_in_windows_letters_is_read(filled: Review, tmp_path: Path) -> None:
    path = tmp_path / "excel.csv"
    path.write_bytes("record;verdict;note\r\nmedical.ris#1;include;Øyen\r\n".encode("cp1252"))
    apply_decisions(filled, path, stage="abstract", by="ana")
    with filled.reading() as connection:
        assert history(connection)[0].note == "Øyen"


def test_retrievals_are_for_reports_that_are_sought(filled: Review, table: Table) -> None:
    assert apply_retrievals(filled, table("record,state,note\nwebsites.ris#1,not_retrieved,page is gone\n"), by="ana") == (1, 0)
    with pytest.raises(SheetError, match="line 2: this report is not sought"):
        apply_retrievals(filled, table("record,state\nmedical.ris#1,retrieved\n"), by="ana")
    with pytest.raises(SheetError, match="expected retrieved or not_retrieved"):
        apply_retrievals(filled, table("record,state\nwebsites.ris#1,lost\n"), by="ana")


@pytest.mark.parametrize(
    ("cell", "safe"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("-3.2", "-3.2"), ("-x", "'-x"), ("+47 22", "'+47 22"), ("a=b", "a=b"), ("\n=x", "'\n=x")],
)
def test_cells_are_guarded_against_formulas(cell: str, safe: str) -> None:
    assert guarded(cell) == safe


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("medical.ris#1,include,,yes,no,", "C02 is no, but the verdict is include"),
        ("medical.ris#1,exclude,E03_EVIDENCE,no,,", "the first no is C01, whose reason is E01_TYPE"),
        ("medical.ris#1,exclude,,yes,yes,yes", "none is no, but the verdict is exclude"),
        ("medical.ris#1,exclude,E02_SECTOR,yes,yes,", "C02 is yes, but the reason given is E02_SECTOR"),
        ("medical.ris#1,exclude,E02_SECTOR,yes,unclear,", "C02 is unclear, but the reason given is E02_SECTOR"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(filled: Review, table: Table, row: str, said: str) -> None:
    with pytest.raises(SheetError, match=said):
        apply_decisions(filled, table(f"record,verdict,reason,C01,C02,C03\n{row}\n"), stage="abstract", by="ana")


def test_whoever_decided_on_the_full_text_had_it(filled: Review, table: Table) -> None:
    apply_decisions(filled, table("record,verdict\nwebsites.ris#1,include\n"), stage="fulltext", by="ana")
    with pytest.raises(SheetError, match="ana decided on its full text, so it was retrieved"):
        apply_retrievals(filled, table("record,state\nwebsites.ris#1,not_retrieved\n"), by="ana")


def test_a_place_in_a_file_that_was_imported_again_with_other_content_is_refused(filled: Review, table: Table) -> None:
    from references.imports import import_file
    from tests.conftest import ris

    path = filled.folder / "imports" / "medical.ris"
    path.write_text(ris("Quite another title") + path.read_text())
    import_file(filled, path, by="test")
    with pytest.raises(SheetError, match=r"'medical.ris#1' is two records"):
        apply_decisions(filled, table("record,verdict\nmedical.ris#1,include\n"), stage="abstract", by="ana")


def _join(review: Review, one: str, two: str) -> None:
    from references.duplicates.judgements import judge

    with review.writing() as connection:
        held = screening(review, connection).library
        judge(review, connection, held.find(one).id, held.find(two).id, "same", "", "ana")


def test_a_new_decision_on_records_that_became_one_report_counts_instead_of_all_before(filled: Review, table: Table) -> None:
    apply_decisions(filled, table("record,verdict\nmedical.ris#1,include\nmedical.ris#2,exclude\n"), stage="abstract", by="ana")
    apply_decisions(filled, table("record,verdict\nmedical.ris#1,include\nmedical.ris#2,include\n"), stage="abstract", by="ben")
    _join(filled, "medical.ris#1", "medical.ris#2")
    assert apply_decisions(filled, table("record,verdict\nmedical.ris#1,include\n"), stage="abstract", by="ana") == (1, 0)
    assert apply_decisions(filled, table("record,verdict\nmedical.ris#1,include\n"), stage="abstract", by="ana") == (0, 1)
    with filled.reading() as connection:
        progress = screening(filled, connection)
        assert progress.outcomes["abstract"][progress.library.reports[0].id].state == "include"


def test_two_settlements_that_became_one_report_can_be_settled_again(filled: Review, table: Table) -> None:
    for by, one, two in (("ana", "include", "exclude"), ("ben", "exclude", "include")):
        path = table(f"record,verdict\nmedical.ris#1,{one}\nmedical.ris#2,{two}\n")
        apply_decisions(filled, path, stage="abstract", by=by)
    path = table("record,verdict\nmedical.ris#1,include\nmedical.ris#2,exclude\n")
    apply_decisions(filled, path, stage="abstract", by="eva", role="settler")
    _join(filled, "medical.ris#1", "medical.ris#2")

    def state() -> str:
        with filled.reading() as connection:
            progress = screening(filled, connection)
            return progress.outcomes["abstract"][progress.library.reports[0].id].state

    assert state() == "conflict"
    apply_decisions(filled, table("record,verdict\nmedical.ris#1,include\n"), stage="abstract", by="eva", role="settler")
    assert state() == "include"


def test_a_queue_is_never_written_over_a_file_that_exists(filled: Review, tmp_path: Path) -> None:
    target = tmp_path / "queue.csv"
    write_queue(filled, target, stage="abstract", by="ana")
    written = target.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    half_done = "".join([*written[:1], written[1].replace(",,", ",include,", 1), *written[2:]])
    target.write_text(half_done)
    with pytest.raises(ReviewError, match=r"queue.csv exists already \(a table with 4 rows, 1 of them with a verdict\)") as caught:
        write_queue(filled, target, stage="abstract", by="ana")
    assert "--from" in str(caught.value) and "another name" in str(caught.value)
    assert target.read_text() == half_done


@pytest.mark.parametrize(("content", "said"), [(b"", "an empty file"), (b"PK\x03\x04", "is no table of decisions")])
def test_any_file_is_kept_from_a_queue(filled: Review, tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "thesis.doc").write_bytes(content)
    with pytest.raises(ReviewError, match=said):
        write_queue(filled, tmp_path / "thesis.doc", stage="abstract", by="ana")
    assert (tmp_path / "thesis.doc").read_bytes() == content


def test_the_command_refuses_to_write_over_a_queue(filled: Review, tmp_path: Path) -> None:
    (tmp_path / "queue.csv").write_text("record,verdict\nmedical.ris#1,include\n")
    words = ["--review", str(filled.folder), "screen", "--as", "ana", "--to", str(tmp_path / "queue.csv")]
    done = CliRunner().invoke(command, words)
    assert isinstance(done.exception, ReviewError)
    assert (tmp_path / "queue.csv").read_text() == "record,verdict\nmedical.ris#1,include\n"


def begun(review: Review, by: str = "ana") -> Sitting:
    """Somebody who answered C01 with yes and wrote a note on the first report, and left."""
    sitting = Sitting(review, stage="abstract", by=by)
    sitting.press("y")
    sitting.press("o").then("ask the authors")  # type: ignore[union-attr]
    return sitting


def last(review: Review, by: str = "ana") -> Decision:
    with review.reading() as connection:
        return standing(history(connection, by=by))[-1]


@pytest.mark.parametrize(
    "text",
    [
        "record,verdict\nmedical.ris#1,include\n",
        "record,verdict,reason,note,C01,C02,C03\nmedical.ris#1,include,,,,,\n",
    ],
)
def test_an_empty_cell_replaces_nothing_that_was_saved_at_the_terminal(filled: Review, table: Table, text: str) -> None:
    begun(filled)
    assert apply_decisions(filled, table(text), stage="abstract", by="ana") == (1, 0)
    assert (last(filled).verdict, last(filled).note, dict(last(filled).answers)) == ("include", "ask the authors", {"C01": "yes"})
    assert apply_decisions(filled, table(text), stage="abstract", by="ana") == (0, 1)


def test_a_filled_cell_is_the_newer_word(filled: Review, table: Table) -> None:
    begun(filled)
    apply_decisions(filled, table("record,verdict,note,C01,C02\nmedical.ris#1,,asked them,,no\n"), stage="abstract", by="ana")
    assert (last(filled).verdict, last(filled).reason, last(filled).note) == ("exclude", "E02_SECTOR", "asked them")
    assert dict(last(filled).answers) == {"C01": "yes", "C02": "no"}


def test_what_another_reviewer_saved_is_not_taken_over(filled: Review, table: Table) -> None:
    begun(filled, by="ben")
    apply_decisions(filled, table("record,verdict\nmedical.ris#1,include\n"), stage="abstract", by="ana")
    assert (last(filled).note, dict(last(filled).answers)) == ("", {})


def test_a_note_stays_when_the_verdict_is_changed_by_a_file(filled: Review, table: Table) -> None:
    begun(filled).press("i")
    apply_decisions(filled, table("record,verdict,reason,note\nmedical.ris#1,exclude,E03_EVIDENCE,\n"), stage="abstract", by="ana")
    assert (last(filled).verdict, last(filled).note, dict(last(filled).answers)) == ("exclude", "ask the authors", {"C01": "yes"})


def test_nothing_of_a_decision_that_was_taken_back_is_taken_over(filled: Review, table: Table) -> None:
    sitting = begun(filled)
    sitting.press("n")
    sitting.press("z")
    apply_decisions(filled, table("record,verdict\nmedical.ris#1,unsure\n"), stage="abstract", by="ana")
    assert dict(last(filled).answers) == {"C01": "yes"}


@pytest.mark.parametrize(
    ("keys", "row", "kept"),
    [
        ("yn", "include,", {"C01": "yes"}),  # C02 was no
        ("n", "exclude,E02_SECTOR", {}),  # C01 was no, and the first no would be the reason
        ("yuy", "exclude,E02_SECTOR", {"C01": "yes", "C03": "yes"}),  # C02 was unclear
        ("yuy", "include,", {"C01": "yes", "C02": "unclear", "C03": "yes"}),
    ],
)
def test_an_answer_that_the_new_verdict_contradicts_makes_way(
    filled: Review, table: Table, keys: str, row: str, kept: dict[str, str]
) -> None:
    sitting = Sitting(filled, stage="abstract", by="ana")
    for key in keys:
        sitting.press(key)
    apply_decisions(filled, table(f"record,verdict,reason\nmedical.ris#1,{row}\n"), stage="abstract", by="ana")
    assert dict(last(filled).answers) == kept


def test_an_exclusion_beside_nothing_but_yes_asks_for_its_reason(filled: Review, table: Table) -> None:
    sitting = Sitting(filled, stage="abstract", by="ana")
    for key in "yyy":
        sitting.press(key)
    with pytest.raises(SheetError, match=r"line 2: every criterion has an answer and none is no.*you gave before count"):
        apply_decisions(filled, table("record,verdict\nmedical.ris#1,exclude\n"), stage="abstract", by="ana")


def test_a_queue_carries_what_its_reader_answered_and_comes_back_unharmed(filled: Review, tmp_path: Path) -> None:
    sitting = begun(filled)
    sitting.press("o").then("=only the Norwegian part")  # type: ignore[union-attr]
    begun(filled, by="ben")
    write_queue(filled, tmp_path / "queue.csv", stage="abstract", by="ana")
    rows = csv.DictReader((tmp_path / "queue.csv").read_text(encoding="utf-8-sig").splitlines())
    first, second = list(rows)[:2]
    assert [first[name] for name in ("verdict", "note", "C01", "C02", "C03")] == ["", "'=only the Norwegian part", "yes", "", ""]
    assert second["note"] == second["C01"] == ""
    assert apply_decisions(filled, tmp_path / "queue.csv", stage="abstract", by="ana") == (0, 0)  # nobody filled anything in
    with filled.reading() as connection:
        assert [decision.verdict for decision in history(connection, by="ana")] == ["open"] * 3
    text = (tmp_path / "queue.csv").read_text(encoding="utf-8-sig")
    (tmp_path / "queue.csv").write_text(text.replace(f"{first['record']},,", f"{first['record']},unsure,", 1))
    assert apply_decisions(filled, tmp_path / "queue.csv", stage="abstract", by="ana") == (1, 0)
    assert (last(filled).note, dict(last(filled).answers)) == ("=only the Norwegian part", {"C01": "yes"})


def test_a_note_on_a_line_that_was_left_open_is_kept(filled: Review, table: Table) -> None:
    begun(filled)
    path = table("record,verdict,note\nmedical.ris#1,,asked them\nmedical.ris#2,,what is this?\nmedical.ris#3,,\n")
    assert apply_decisions(filled, path, stage="abstract", by="ana") == (0, 0)
    assert apply_decisions(filled, path, stage="abstract", by="ana") == (0, 0)
    sitting = Sitting(filled, stage="abstract", by="ana")
    assert (sitting.note, sitting.answers) == ("asked them", {"C01": "yes"})
    sitting.press("s")
    assert sitting.note == "what is this?"
    with filled.reading() as connection:
        assert len(history(connection, by="ana")) == 5  # two at the terminal, two notes, and the skip
