"""Decisions and retrievals by file: whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from references.review import Review
from references.sheet import SheetError, guarded
from screening.decisions import history
from screening.exchange import QUEUE_COLUMNS, apply_decisions, apply_retrievals, queue_rows
from screening.progress import queue, screening

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
    from references.sheet import write_sheet

    with filled.reading() as connection:
        rows = queue_rows(queue(screening(filled, connection), stage="abstract", by="ben"))
    assert len(rows) == 4
    rows[0]["verdict"], rows[2]["verdict"] = "include", "exclude"
    write_sheet(tmp_path / "queue.csv", QUEUE_COLUMNS, rows)
    assert apply_decisions(filled, tmp_path / "queue.csv", stage="abstract", by="ben") == (2, 0)  # two lines were left open


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
