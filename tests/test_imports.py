"""Files of records: stored whole or not at all, known again under any name, and never passed over in silence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from references import batches, imports, tables
from references.batches import rows_of
from references.error import ReviewError
from references.formats import text
from references.formats.known import reading_of
from references.formats.text import Text
from references.imports import ImportResult, copy_in, import_file, import_folder, waiting_files
from references.payloads import all_records, body_of
from references.record import Record
from references.review import Review
from references.searches import log


def ris(*numbers: int) -> str:
    return "".join(
        f"TY  - JOUR\nAU  - Moe, Kari{number}\nTI  - Working together, part {number}\nPY  - 2018\n"
        f"JO  - Journal of Integrated Care\nDO  - 10.5555/{number}\nER  - \n\n"
        for number in numbers
    )


def put(review: Review, name: str, content: str | bytes) -> Path:
    path = review.folder / "imports" / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(review: Review, table: sa.Table) -> list[Any]:
    with review.reading() as connection:
        return list(connection.execute(sa.select(table)))


def all_of(review: Review) -> list[Record]:
    with review.reading() as connection:
        return all_records(connection)


def titles(review: Review) -> list[str]:
    with review.reading() as connection:
        return [record.title for record in all_records(connection)]


def all_in(review: Review) -> list[ImportResult]:
    return list(import_folder(review, by="ana"))


def test_a_file_is_a_search_with_one_page_and_its_end(review: Review) -> None:
    path = put(review, "assia 2026.ris", ris(1, 2, 3))
    result = import_file(review, path, by="ana")
    assert (result.name, result.state, result.records, result.new, result.seen_again) == ("assia 2026.ris", "new", 3, 3, 0)
    assert titles(review) == [f"Working together, part {number}" for number in (1, 2, 3)]
    (entry,) = log(review)
    assert (entry.source, entry.line, entry.address, entry.query) == ("file:assia 2026.ris", None, "imports/assia 2026.ris", None)
    assert (entry.state, entry.total, entry.retrieved, entry.new, entry.by) == ("complete", 3, 3, 3, "ana")
    (payload,) = rows(review, tables.payloads)
    assert (payload.page, payload.media, payload.cursor, payload.next_cursor) == (1, "application/x-research-info-systems", None, None)
    assert body_of(payload) == path.read_bytes()
    lines = [(seen.first_line, seen.last_line) for seen in rows(review, tables.sightings)]
    assert lines == [(1, 7), (9, 15), (17, 23)]


@pytest.mark.parametrize(
    "again",
    [
        ris(1, 2).encode(),
        ris(1, 2).replace("\n", "\r\n").encode(),
        ris(1, 2).replace("\n", "\r").encode(),
        ris(1, 2).encode("utf-16"),
        b"\xef\xbb\xbf" + ris(1, 2).encode(),
    ],
    ids=["the same", "CRLF", "CR", "UTF-16", "with a byte order mark"],
)
def test_a_text_that_is_known_adds_nothing_under_another_name(review: Review, again: bytes) -> None:
    import_file(review, put(review, "first.ris", ris(1, 2)), by="ana")
    result = import_file(review, put(review, "second.ris", again), by="bo")
    assert (result.state, result.records, result.new) == ("known", 2, 0)
    assert "imported before, as first.ris on 20" in result.message
    assert [entry.source for entry in log(review)] == ["file:first.ris"]


def test_a_newer_export_under_the_old_name_adds_what_is_new(review: Review) -> None:
    import_file(review, put(review, "assia.ris", ris(1, 2)), by="ana")
    result = import_file(review, put(review, "assia.ris", ris(1, 2, 3)), by="ana")
    assert (result.state, result.records, result.new, result.seen_again) == ("new", 3, 1, 2)
    assert len(titles(review)) == 3
    assert [entry.retrieved for entry in log(review)] == [2, 3]


def test_a_folder_is_read_in_the_order_of_names_and_a_bad_file_stops_nothing(review: Review) -> None:
    put(review, "b.ris", ris(2))
    put(review, "a.ris", ris(1))
    put(review, "a2.csv", "Dear colleague,\nplease find the records attached.\n")
    results = all_in(review)
    assert [(result.name, result.state) for result in results] == [("a.ris", "new"), ("a2.csv", "failed"), ("b.ris", "new")]
    assert [(result.name, result.state) for result in all_in(review)] == [("a.ris", "known"), ("a2.csv", "failed"), ("b.ris", "known")]
    assert titles(review) == ["Working together, part 1", "Working together, part 2"]


FORMATS = {
    "set.ris": ("PMID- 29950788\nOWN - NLM\nTI  - Working together\nDP  - 2018\nAU  - Moe K\n", "MEDLINE"),
    "wos.ris": ("FN Clarivate Analytics Web of Science\nVR 1.0\nPT J\nAU Moe, K\nTI Working together\nER\n\nEF\n", "Web of Science"),
    "x.csv": ("%0 Journal Article\n%A Moe, Kari\n%T Working together\n", "refer"),
    "x.txt": ("RT Journal Article\nA1 Moe,Kari\nT1 Working together\n", "RefWorks"),
    "cochrane.bib": ("Record #1 of 1\nID: CN-1\nAU: Moe K\nTI: Working together\n", "Cochrane"),
    "ovid.doc": ("<1. >\n\nVN  - Ovid Technologies\n\nTI  - Working together\n\nAU  - Moe, Kari\n", "Ovid"),
    "labels.html": ("<1>\nTitle\n  Working together\nAuthor\n  Moe, Kari\nSource\n  Care.  1(2):3-4, May 2018.\n", "Ovid with labels"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_is_told_by_the_content_whatever_the_file_is_called(review: Review, name: str) -> None:
    content, format = FORMATS[name]
    result = import_file(review, put(review, name, content), by="ana")
    assert (result.state, result.records) == ("new", 1), result.message
    assert result.why.startswith(f"{format}:")
    assert [(record.title, record.authors[0][:3]) for record in all_of(review)] == [("Working together", "Moe")]


NO_RECORDS = {
    "x.html": ("<!DOCTYPE html><html>Sign in</html>", "It looks like a web page"),
    "x.txt": ("Dear colleague,\nplease find the records attached.\n", "no format that is known here"),
    "x.pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF document"),
    "x.zip": (b"PK\x03\x04\x14\x00\x06\x00", "the workbook is damaged"),
    "x.ris": (b"", "it is empty"),
    "y.ris": (b"TY  - JOUR\nTI  - " + b"x" * 20_000_000, "a line of more than"),
    "z.ris": ("TY  - JOUR\nTI  - A\n" + "AU  - Moe, K\n" * 60_000 + "ER  - \n", "more than 50,000 lines"),
    "names.ris": ("TY  - JOUR\nTI  - A\nAU  - " + "; ".join(f"Moe {n}" for n in range(60_000)) + "\nER  - \n", "names 60,000 people"),
}


@pytest.mark.parametrize("name", NO_RECORDS)
def test_what_is_no_file_of_records_is_refused_with_what_it_is(review: Review, name: str) -> None:
    content, said = NO_RECORDS[name]
    result = import_file(review, put(review, name, content), by="ana")
    assert (result.state, result.records) == ("failed", 0)
    assert said in result.message
    assert log(review) == [] and rows(review, tables.payloads) == []


def test_a_difference_between_the_counts_adds_nothing_until_it_is_accepted(review: Review) -> None:
    path = put(review, "cut.ris", ris(1, 2).rstrip()[: -len("ER  - ")])
    refused = import_file(review, path, by="ana")
    assert refused.state == "failed" and "2 records were read, but 1 line looks like the end of one" in refused.message
    assert "import it with --accept-counts" in refused.message
    assert rows(review, tables.records) == [] == rows(review, tables.payloads)
    accepted = import_file(review, path, by="ana", accept_counts=True)
    assert (accepted.state, accepted.new) == ("new", 2)
    assert [row.parameters["accepted counts"] for row in rows(review, tables.searches)] == ["by hand"]


def test_the_format_and_the_vendor_can_be_overruled(review: Review) -> None:
    assert import_file(review, put(review, "a.ris", ris(1)), by="ana", format="refer").state == "failed"
    assert "expected one of" in import_file(review, put(review, "a.ris", ris(1)), by="ana", format="Word").message
    result = import_file(review, put(review, "a.ris", ris(1)), by="ana", vendor="EBSCO")
    assert result.why.endswith("EBSCO: as you said")


def test_a_large_file_is_stored_in_pages_that_make_it_again(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "PAGE", 100)
    path = put(review, "big.ris", ris(*range(1, 9)))
    assert import_file(review, path, by="ana").new == 8
    pages = rows(review, tables.payloads)
    assert [row.page for row in pages] == list(range(1, len(pages) + 1)) and len(pages) > 3
    assert b"".join(body_of(row) for row in pages) == path.read_bytes()
    assert import_file(review, path, by="ana").state == "known"


def test_other_processes_understand_the_entries_of_a_large_file_in_its_order(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(review, "big.ris", ris(*range(1, 1500)))
    alone = [row for rows in rows_of(reading_of(Text.at(path), "file:big.ris")) for row in rows]
    monkeypatch.setattr(batches, "WORTH_IT", 1)
    monkeypatch.setattr(batches, "PART", 9000)
    monkeypatch.setattr(text, "CHUNK", 4000)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    reading = reading_of(Text.at(path), "file:big.ris")
    assert [row for rows in rows_of(reading) for row in rows] == alone
    assert reading.counts.differences == () and reading.counts.titles == 1499


def test_what_was_not_understood_is_stored_with_its_line_and_told(review: Review) -> None:
    result = import_file(review, put(review, "odd.ris", ris(1) + "nobody's line\n" + ris(2)), by="ana")
    assert result.state == "new"
    assert result.diagnostics
    assert any("nobody's line" in note or "line 9" in note for note in result.notes)
    stored = rows(review, tables.diagnostics)
    assert [(row.line, row.what) for row in stored] == [(note.line, note.what) for note in result.diagnostics]


def test_hidden_files_and_folders_are_said_and_what_machines_leave_is_not(review: Review) -> None:
    put(review, ".secret.ris", ris(1))
    put(review, ".DS_Store", b"\0\0")
    (review.folder / "imports" / "old").mkdir()
    results = {result.name: result for result in all_in(review)}
    assert {name: result.state for name, result in results.items()} == {".secret.ris": "skipped", "old": "skipped"}
    assert "hidden" in results[".secret.ris"].message
    assert "a folder" in results["old"].message


def test_a_link_out_of_the_review_is_refused_and_one_inside_is_read(review: Review, tmp_path: Path) -> None:
    outside = tmp_path / "outside.ris"
    outside.write_text(ris(1))
    (review.folder / "imports" / "out.ris").symlink_to(outside)
    inside = review.folder / "kept.ris"
    inside.write_text(ris(2))
    (review.folder / "imports" / "in.ris").symlink_to(inside)
    (review.folder / "imports" / "gone.ris").symlink_to(review.folder / "nowhere.ris")
    states = {result.name: (result.state, result.message) for result in all_in(review)}
    assert states["out.ris"][0] == "failed" and "a link that leads out of the review" in states["out.ris"][1]
    assert states["gone.ris"] == ("failed", "it cannot be opened: No such file or directory")
    assert states["in.ris"][0] == "new"
    assert titles(review) == ["Working together, part 2"]


def test_a_folder_outside_the_review_is_refused(review: Review) -> None:
    with pytest.raises(ReviewError, match="leads out of the review"):
        waiting_files(review, "../elsewhere")


def test_a_pipe_is_not_opened(review: Review) -> None:
    os.mkfifo(review.folder / "imports" / "pipe.ris")
    (result,) = all_in(review)
    assert (result.state, result.message) == ("failed", "it is no file of the ordinary sort, so it was not opened")


def test_a_file_of_more_than_two_gigabytes_is_refused_unread(review: Review) -> None:
    path = put(review, "huge.ris", ris(1))
    os.truncate(path, 2_000_000_001)  # sparse: takes no room
    result = import_file(review, path, by="ana")
    assert (result.state, result.records) == ("failed", 0)
    assert "2,000,000,001 bytes, and at most 2,000,000,000 are read" in result.message


def test_a_name_that_cannot_be_shown_is_refused(review: Review) -> None:
    result = import_file(review, put(review, "a\x1b[31m.ris", ris(1)), by="ana")
    assert result.state == "failed"
    assert result.name.isprintable()
    assert "rename it" in result.message


def test_a_file_from_elsewhere_is_copied_in_whole(review: Review, tmp_path: Path) -> None:
    export = tmp_path / "hmic.ris"
    export.write_text(ris(1, 2))
    copy = copy_in(review, export)
    assert copy == review.folder / "imports" / "hmic.ris"
    assert copy_in(review, export) == copy_in(review, copy) == copy
    assert import_file(review, copy, by="ana").state == "new"
    assert waiting_files(review) == ("hmic.ris",)


def test_a_file_from_elsewhere_never_overwrites_another(review: Review, tmp_path: Path) -> None:
    put(review, "hmic.ris", ris(1))
    export = tmp_path / "hmic.ris"
    export.write_text(ris(2))
    with pytest.raises(ReviewError, match=r"imports/hmic\.ris exists and holds something else"):
        copy_in(review, export)
    with pytest.raises(ReviewError, match="No file"):
        copy_in(review, tmp_path / "absent.ris")


def test_a_file_that_cannot_be_read_is_not_copied_in(review: Review, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear colleague")
    assert copy_in(review, letter) == letter
    assert import_file(review, letter, by="ana").state == "failed"
    assert waiting_files(review) == ()


def test_the_path_of_a_file_from_elsewhere_is_not_kept(review: Review, tmp_path: Path) -> None:
    export = tmp_path / "hmic.ris"
    export.write_text(ris(1))
    import_file(review, export, by="ana")
    assert log(review)[0].address == "hmic.ris"


def test_a_folder_that_is_not_there_holds_nothing(review: Review) -> None:
    (review.folder / "imports").rmdir()
    assert all_in(review) == []


DYING = """
import os, signal, sys
from pathlib import Path
from references import imports, payloads
from references.review import Review

moment = int(sys.argv[2])
calls = 0

def dying(function):
    def call(*args, **kwargs):
        global calls
        calls += 1
        if calls == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return call

payloads.insert_new = dying(payloads.insert_new)
imports.insert_many = dying(imports.insert_many)
imports.add_payload = dying(imports.add_payload)
Review.add = dying(Review.add)
review = Review(Path(sys.argv[1]))
for result in imports.import_folder(review, by="ana"):
    pass
"""


@pytest.mark.parametrize("moment", range(1, 15))
def test_a_process_killed_at_any_moment_leaves_whole_files_or_nothing(review: Review, moment: int) -> None:
    put(review, "a.ris", ris(1, 2))
    put(review, "b.ris", ris(2, 3))
    killed = subprocess.run([sys.executable, "-c", DYING, str(review.folder), str(moment)], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    whole = rows(review, tables.search_ends)
    assert len(whole) == len(rows(review, tables.searches)) == len(rows(review, tables.payloads)) == (0 if moment <= 7 else 1)
    assert len(rows(review, tables.sightings)) == 2 * len(whole)
    assert [result.state for result in all_in(review)] == ["new" if moment <= 7 else "known", "new"]
    assert [result.state for result in all_in(review)] == ["known", "known"]
    assert len(rows(review, tables.records)) == len(rows(review, tables.sightings)) == 4
    assert [entry.retrieved for entry in log(review)] == [2, 2]


def test_a_workbook_is_imported_known_again_and_kept_byte_for_byte(review: Review, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for cells in (
        ("Title", "Authors", "Year", "DOI"),
        ("Working together", "Moe, Kari", 2018, "10.5555/1"),
        ("Apart", "Poe, Lise", 2019, ""),
    ):
        book.active.append(cells)
    path = review.folder / "imports" / "export.xlsx"
    book.save(path)
    result = import_file(review, path, by="ana")
    assert (result.state, result.records, result.new) == ("new", 2, 2) and titles(review) == ["Working together", "Apart"]
    assert [body_of(row) for row in rows(review, tables.payloads)] == [path.read_bytes()]
    assert import_file(review, path, by="ana").state == "known"


def test_a_hidden_file_given_by_hand_is_not_read_and_leaves_no_copy(review: Review, tmp_path: Path) -> None:
    path = tmp_path / ".hidden.ris"
    path.write_text(ris(1), encoding="utf-8")
    result = imports.import_by_hand(review, path, by="ana")
    assert result.state == "skipped" and not (review.folder / "imports" / ".hidden.ris").exists()


def test_a_file_that_lay_in_imports_stays_when_it_is_given_again_by_hand(review: Review, tmp_path: Path) -> None:
    own = put(review, "embase.ris", ris(1))
    given = tmp_path / "embase.ris"
    given.write_bytes(own.read_bytes())
    assert [imports.import_by_hand(review, given, by="ana").state for _ in range(3)] == ["new", "known", "known"]
    assert own.read_bytes() == given.read_bytes()


def test_a_link_in_imports_that_leads_nowhere_is_not_written_through(review: Review, tmp_path: Path) -> None:
    (review.folder / "imports" / "embase.ris").symlink_to(tmp_path / "outside.ris")
    given = tmp_path / "embase.ris"
    given.write_text(ris(1), encoding="utf-8")
    result = imports.import_by_hand(review, given, by="ana")
    assert result.state == "failed" and "holds something else" in result.message
    assert not (tmp_path / "outside.ris").exists() and (review.folder / "imports" / "embase.ris").is_symlink()
