"""Deduplication of files outside of any review: tables and export files in, clusters and proposals with their reasons out."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import review as command
from references.dedupe import dedupe, write_clusters
from references.duplicates.table import COLUMNS
from references.error import ReviewError

TITLE = "Joint boards and the slow work of sharing power in northern health regions"
HEAD = "id,entrytype,title,author,year,journal,booktitle,volume,number,pages,doi,abstract,isbn,url,source,accession"
ROWS = (
    f'a1,article,{TITLE},"Lund, Kari and Mair, Ewan",2016,Journal of Shared Services,,12,3,201-215,10.1000/x,,,,Embase,',
    f"a2,article,{TITLE.upper()},Lund K.Mair E.,2016,J Shared Serv,,12,3,201-15,,,,,Medline,",
    "a3,inproceedings,Something else altogether about wards,Osei A.,2014,,Proceedings of a Meeting,,,1-9,,,,,,",
    f"a4,article,{TITLE}: Part II,Lund K.Mair E.,2016,J Shared Serv,,12,3,216-230,,,,,Medline,",
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "records.csv"
    path.write_text("\n".join([HEAD, *ROWS]) + "\n", encoding="utf-8")
    return path


def clusters(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(command, ["dedupe", *map(str, arguments)])
    return result.exit_code, f"{result.output}{result.exception or ''}"


def test_a_table_gives_clusters_with_reasons_and_keeps_its_ids(table: Path, tmp_path: Path) -> None:
    out, asked = tmp_path / "clusters.csv", tmp_path / "pairs.csv"
    code, said = run(table, "--output", out, "--proposals", asked)
    assert (code, "4 records, 3 reports, 1 duplicate:" in said) == (0, True), said
    rows = clusters(out)
    assert [(row["id"], row["cluster"], row["keep"]) for row in rows] == [
        ("a1", "a1", "1"),
        ("a2", "a1", "0"),
        ("a3", "a3", "1"),
        ("a4", "a4", "1"),
    ]
    assert rows[1]["why"].startswith("with a1: same title; same pages 201-215; ") and not rows[0]["why"]
    proposals = list(csv.DictReader(asked.read_text(encoding="utf-8-sig").splitlines()))
    assert [{row["left"], row["right"]} <= {"a1", "a2", "a4"} for row in proposals] == [True]
    assert "numbers in the titles differ" in proposals[0]["reasons"] or "goes on" in proposals[0]["reasons"]


def test_export_files_are_read_beside_tables_and_their_records_are_named_by_file_and_number(table: Path, tmp_path: Path) -> None:
    ris = tmp_path / "cinahl.ris"
    ris.write_text(f"TY  - JOUR\nTI  - Other\nER  - \n\nTY  - JOUR\nTI  - {TITLE}\nDO  - 10.1000/X\nER  - \n", encoding="utf-8")
    out = tmp_path / "clusters.csv"
    assert run(table, ris, "-o", out)[0] == 0
    found = {row["id"]: row["cluster"] for row in clusters(out)}
    assert found["cinahl.ris#2"] == found["a2"] == "a1" and found["cinahl.ris#1"] == "cinahl.ris#1"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_keeps_its_ids_whatever_parts_its_columns_and_what_is_not_used_is_said(mark: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = [["id", "Title", "Authors", "cluster", "pmid"], ["k1", TITLE, "Lund K.", "7", "123"], ["k2", "", "Lund K.", "7", "123"]]
    path.write_bytes("\n".join(mark.join(row) for row in rows).replace("Lund", "Lünd").encode("cp1252"))
    code, said = run(path, "-o", tmp_path / "out.csv")
    assert code == 0 and {row["id"]: row["cluster"] for row in clusters(tmp_path / "out.csv")} == {"k1": "k1", "k2": "k1"}, said
    assert "columns that are not used: cluster;" in said and "1 of 2 records without a title" in said and "not UTF-8" in said


def test_a_file_can_be_read_as_the_format_that_somebody_names(tmp_path: Path) -> None:
    path, out = tmp_path / "odd.txt", tmp_path / "out.csv"
    path.write_text(f"Notes\n\nTY  - JOUR\nTI  - {TITLE}\nER  - \n", encoding="utf-8")
    code, said = run(path, "-o", out, "--format", "RIS")
    assert code == 0 and [row["id"] for row in clusters(out)] == ["odd.txt#1"], said


def test_the_order_of_rows_changes_nothing(table: Path, tmp_path: Path) -> None:
    def groups(rows: list[str]) -> set[frozenset[str]]:
        table.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
        write_clusters(tmp_path / "out.csv", dedupe([table]))
        found: dict[str, set[str]] = {}
        for row in clusters(tmp_path / "out.csv"):
            found.setdefault(row["cluster"], set()).add(row["id"])
        return set(map(frozenset, found.values()))

    rows = list(ROWS)
    expected = groups(rows)
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        assert groups(rows) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((ROWS[0], ROWS[0]), "line 3: the id 'a1' a second time"),
        ((f",{ROWS[0].partition(',')[2]}",), "line 2: no id"),
        (("a1,article,A title, with a comma,,,,,,,,,,,,,",), "line 2: 17 cells under 16 columns"),
        (('a1,article,"A title that never ends,,,,,,,,,,,,,,',), "line 2: a quote opens a cell and is never closed"),
    ],
)
def test_a_bad_table_is_refused_with_its_line_and_nothing_is_written(rows: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    path, out = tmp_path / "t.csv", tmp_path / "clusters.csv"
    path.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
    code, said = run(path, "-o", out)
    assert code == 1 and expected in said and not out.exists()


def test_one_id_in_two_tables_is_refused(table: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(f"{HEAD}\n{ROWS[0]}\n", encoding="utf-8")
    with pytest.raises(ReviewError, match="the id 'a1' stands in another file too"):
        dedupe([table, other])


def test_a_table_with_other_columns_is_read_as_an_export(tmp_path: Path) -> None:
    path = tmp_path / "scopus.csv"
    path.write_text(f'"Authors","Title","Year","Source title"\n"Lund K.","{TITLE}","2016","J Shared Serv"\n', encoding="utf-8")
    assert list(dedupe([path]).names.values()) == ["scopus.csv#1"]
    assert {"id", "title", "author"} <= set(COLUMNS)


def test_a_file_that_cannot_be_read_or_does_not_add_up_is_refused(tmp_path: Path) -> None:
    for name, data, expected in (
        ("a.pdf", b"%PDF-1.7", "a PDF document"),
        ("a.ris", b"TY  - JOUR\nTI  - A\n\nTY  - JOUR\nTI  - B\nER  - \nER  - \nER  - \n", "look like the end of one"),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        code, said = run(path, "-o", tmp_path / "out.csv")
        assert code == 1 and expected in said and not (tmp_path / "out.csv").exists(), said


def test_formulas_in_ids_and_titles_reach_no_spreadsheet(table: Path, tmp_path: Path) -> None:
    table.write_text(f"{HEAD}\n=1+1{ROWS[0][2:]}\n@x{ROWS[1][2:]}\n", encoding="utf-8")
    out = tmp_path / "clusters.csv"
    assert run(table, "-o", out)[0] == 0
    assert [row["id"] for row in clusters(out)] == ["'=1+1", "'@x"] and not out.read_bytes().startswith(b"\xef\xbb\xbf")


def test_no_output_is_written_over_a_file_that_is_read_or_over_the_other_output(table: Path, tmp_path: Path) -> None:
    before, out = table.read_bytes(), tmp_path / "out.csv"
    for arguments in ((table, "-o", table), (table, "-o", out, "--proposals", out), (table, "-o", out, "--proposals", table)):
        code, said = run(*arguments)
        assert code == 1 and "is one of the other files of this command" in said
    assert table.read_bytes() == before and not out.exists()
    assert "there is no folder" in run(table, "-o", tmp_path / "no" / "out.csv")[1]


def test_a_table_without_a_record_is_said_to_have_none(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(HEAD, encoding="utf-8")
    code, said = run(path, "-o", tmp_path / "out.csv")
    assert code == 1 and "No record in t.csv" in said and not (tmp_path / "out.csv").exists()


def test_companions_are_told_apart_from_what_is_asked_and_sources_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    title = "Joint boards and the slow work of sharing power in northern health regions"
    rows = [
        f"a,phdthesis,{title},Lund Kari,2014,,,,,,,,,,Scopus,",
        f"b,article,{title},Lund Kari,2016,Annals of Care,,12,3,201-215,,,,,Embase,",
        f"c,article,{title},Lund Kari,2016,Annals of Care,,12,3,201-215,,,,,Scopus,",
        "d,article,Partnership,Lund Kari,2004,,,,,,,,,,Embase,",
        "e,article,Partnership,Lund Kari,2005,,,,,,,,,,Scopus,",
    ]
    path.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
    code, said = run(path, "--output", tmp_path / "o.csv", "--proposals", tmp_path / "p.csv")
    assert code == 0
    with (tmp_path / "p.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(row["left"], row["right"], row["kind"]) for row in csv.DictReader(file)] == [("d", "e", "ask"), ("a", "b", "companion")]
    lines = [line.split() for line in said.splitlines()]
    assert ["Scopus", "3", "3", "2"] in lines and ["Embase", "2", "2", "1"] in lines and ["all", "together", "5", "4", "3"] in lines
    assert "1 pair of companions" in said


def test_two_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for folder, title in (("pubmed", "Joint boards"), ("scopus", "Bed blocking")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "export.ris").write_text(
            f"TY  - JOUR\nTI  - {title}\nER  - \n\nTY  - JOUR\nTI  - Partnership at work\nER  - \n"
        )
    paths = [tmp_path / folder / "export.ris" for folder in ("pubmed", "scopus")]
    code, said = run(*paths, "--output", tmp_path / "c.csv")
    assert code == 0 and "4 records, 3 reports, 1 duplicate" in said
    found = {row["id"]: row["cluster"] for row in clusters(tmp_path / "c.csv")}
    assert set(found) == {f"{path}#{number}" for path in paths for number in (1, 2)}
    assert len(set(found.values())) == 3
    code, said = run(paths[0], paths[0], "--output", tmp_path / "d.csv")
    assert code == 1 and "given twice" in said and not (tmp_path / "d.csv").exists()
