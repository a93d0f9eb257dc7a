"""review convert: every record into another format, and a word on what has no place there."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from flows.cli import review as command
from references.convert import Unconverted, convert, write_diagnostics
from references.error import ReviewError
from references.formats.entry import Entry
from references.formats.known import open_file, reading_of
from references.formats.reading import Found
from references.formats.ris import RIS as RIS_FORMAT
from references.formats.ris_tags import SPEC
from references.formats.tagged import tagged
from references.formats.text import Text
from references.formats.writers import bibtex, csl_json, medline, ris, sheets
from references.formats.writers.bibtex import BIBTEX
from references.formats.writers.medline import MEDLINE
from references.formats.writers.writer import Writer
from references.record import Record
from tests.test_ris import manifest, shared

DATA = Path(__file__).parent / "data" / "ris"
FULL = Record(
    id="r1",
    source="file:x",
    key="k",
    title="Can we mandate partnership working? 50% & more_of $it: {Top down} #1 ~ meets^bottom",
    title_alt="Kan vi pålegge samarbeid?",
    authors=("Huby, Guro", "Cook, Ailsa", "World Health Organization", "van der Berg, Jan"),
    editors=("Kirchhoff, Ralf",),
    year=2018,
    date="2018-04-16",
    type="journal-article",
    journal="Journal of Integrated Care",
    volume="26",
    issue="2",
    pages="109-119",
    doi="10.1108/jica-11-2017-0041",
    pmid="29950788",
    pmcid="PMC6055938",
    issn="1476-9018",
    isbn=None,
    publisher="Emerald",
    language="en",
    abstract="Purpose: to ask.\tA line that is long enough to be wrapped by every format that wraps its lines at some width or other.",
    abstract_alt=(("", "Hensikt: " + "å spørre og spørre igjen, " * 10 + "slutt"),),
    keywords=("partnership", "care, integrated", "Norway"),
    url="https://doi.org/10.1108/JICA-11-2017-0041",
    database="Emerald Insight",
    accession="EM-1",
    retracted=True,
)


def write(writer: Writer, path: Path, *records: Record) -> list[str]:
    entry = Entry((), 1, 1, True, "end", ())
    with path.open("wb") as file:
        return list(writer.write((Found(record, entry) for record in records), file))


@pytest.mark.parametrize(
    "writer",
    [ris.RIS, bibtex.BIBTEX, medline.MEDLINE, csl_json.CSL_JSON, sheets.CSV, sheets.TSV, sheets.XLSX],
    ids=lambda writer: writer.name,
)
def test_what_a_format_holds_comes_back_from_it(writer: Writer, tmp_path: Path) -> None:
    path = tmp_path / f"out{writer.suffixes[0]}"
    record = replace(FULL, abstract=" ".join((FULL.abstract or "").split()))
    other = replace(record, id="r2", title="Another report", doi=None, pmid="1234567", authors=("Moe, Kari",), retracted=False, pages="e82")
    write(writer, path, record, other)
    found = [one.record for one in reading_of(open_file(path), "file:x")]
    assert len(found) == 2
    lost = {name: getattr(found[0], name) for name in sorted(writer.holds) if getattr(found[0], name) != getattr(record, name)}
    assert lost == ALLOWED.get(writer.name, {})
    assert (found[1].title, found[1].authors, found[1].pages, found[1].retracted) == ("Another report", ("Moe, Kari",), "e82", False)


# What comes back otherwise than it went in, because the format has one place for several things.
ALLOWED: dict[str, dict[str, object]] = {}


@pytest.mark.parametrize("name", ["utf16", "cr_only", "text_between_records", "no_ty", "missing_er", "lower_case"])
def test_a_file_into_its_own_format_keeps_its_bytes(name: str, tmp_path: Path) -> None:
    path = DATA / f"{name}.ris"
    convert([path], tmp_path / "out.ris")
    assert (tmp_path / "out.ris").read_bytes() == path.read_bytes()


def values_of(text: Text) -> list[list[tuple[str, str]]]:
    """(tag, value) of each record, white space folded; TY apart, which tidying may have to add."""
    return [
        [(line.tag, " ".join(line.value.split())) for line in one.lines if line.tag != "TY"]
        for one in tagged(text.pieces(), SPEC)
        if isinstance(one, Entry)
    ]


@pytest.mark.parametrize("path", sorted(DATA.glob("*.ris")), ids=lambda path: path.stem)
def test_tidy_ris_has_every_tag_and_value(path: Path, tmp_path: Path) -> None:
    convert([path], tmp_path / "out.ris", tidy=True, accept_counts=True)
    again = Text.at(tmp_path / "out.ris")
    assert values_of(again) == values_of(Text.at(path))
    assert again.encoding == "utf-8"


def test_tidy_ris_has_every_tag_and_value_of_the_vendors_files(tmp_path: Path) -> None:
    folder = shared("formats")
    for row in manifest():
        path = folder / str(row["file"])
        convert([path], tmp_path / "out.ris", tidy=True, accept_counts=True)
        assert values_of(Text.at(tmp_path / "out.ris")) == values_of(Text.at(path)), row["file"]


def test_several_ris_files_become_one_with_all_their_tags(tmp_path: Path) -> None:
    (tmp_path / "a.ris").write_text("TY  - JOUR\nTI  - A\nX9  - own\nER  - \n", encoding="utf-8")
    (tmp_path / "b.ris").write_text("TY  - BOOK\nTI  - Bø\nER  - \n", encoding="cp1252")
    converted = convert([tmp_path / "a.ris", tmp_path / "b.ris"], tmp_path / "c.ris")
    text = (tmp_path / "c.ris").read_text(encoding="utf-8")
    assert text == "TY  - JOUR\nTI  - A\nX9  - own\nER  - \n\nTY  - BOOK\nTI  - Bø\nER  - \n\n"
    assert (converted.records, converted.told) == (2, ())


def test_what_the_target_has_no_place_for_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.ris").write_text("TY  - JOUR\nTI  - A\nAN  - 7\nX9  - own\nER  - \n", encoding="utf-8")
    told = convert([tmp_path / "a.ris"], tmp_path / "a.bib").told
    assert told == (
        "BibTeX has no place for accession: left out of 1 record",
        "BibTeX has no place for what no field holds; left out, by tag (records): X9 (1)",
    )
    assert convert([tmp_path / "a.ris"], tmp_path / "a.csv").told == ()
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["other"] == "X9: own"
    assert "PMID- line is empty" in convert([tmp_path / "a.ris"], tmp_path / "a.nbib").told[-1]


def test_nothing_is_a_formula(tmp_path: Path) -> None:
    (tmp_path / "a.ris").write_text("TY  - JOUR\nTI  - =HYPERLINK(1)\nER  - \n", encoding="utf-8")
    convert([tmp_path / "a.ris"], tmp_path / "a.csv")
    convert([tmp_path / "a.ris"], tmp_path / "a.xlsx")
    assert "'=HYPERLINK(1)" in (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    cell = load_workbook(tmp_path / "a.xlsx").active["B2"]  # type: ignore[index]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")


def test_a_file_with_records_that_were_not_read_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.ris").write_text("TY  - JOUR\nTI  - A\nER  - \nTI  - B\nER  - \nER  - \nER  - \n", encoding="utf-8")
    with pytest.raises(Unconverted, match="2 records were read, but 4 lines look like the end of one"):
        convert([tmp_path / "a.ris"], tmp_path / "out.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.ris"]
    assert convert([tmp_path / "a.ris"], tmp_path / "out.json", accept_counts=True).records == 2


def test_an_input_is_never_written_over_and_the_target_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.ris"
    path.write_text("TY  - JOUR\nTI  - A\nER  - \n", encoding="utf-8")
    with pytest.raises(ReviewError, match="is one of the other files of this command"):
        convert([path], path)
    with pytest.raises(ReviewError, match=r"expected one of RIS \(.ris\)"):
        convert([path], tmp_path / "a.docx")
    assert convert([path], tmp_path / "a.txt", to="csl-json").writer == "CSL-JSON"
    with pytest.raises(Unconverted, match="a PDF document"):
        (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7")
        convert([tmp_path / "x.pdf"], tmp_path / "a.bib")


def test_the_command_needs_no_review_and_writes_the_diagnostics(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    result = CliRunner().invoke(
        command,
        [
            *("--review", str(folder), "convert", str(DATA / "text_between_records.ris")),
            *("-o", str(tmp_path / "a.json"), "--diagnostics", str(tmp_path / "told.json")),
        ],
    )
    assert result.exit_code == 0, result.output
    assert "records written to" in result.output and "RIS: a line that begins with TY" in result.output
    items = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    (report,) = json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))
    assert report["counts"]["records"] == len(items) and report["diagnostics"]
    assert list(folder.iterdir()) == []


def test_diagnostics_as_a_table_name_file_and_line(tmp_path: Path) -> None:
    converted = convert([DATA / "pseudo_tags.ris", DATA / "bom_utf8.ris"], tmp_path / "a.csv")
    write_diagnostics(tmp_path / "told.csv", converted)
    with (tmp_path / "told.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {"file": "bom_utf8.ris", "line": "1", "severity": "note", "found": "byte order mark of UTF-8", "done": "left out"} in rows


def test_a_format_has_one_name_when_read_and_written() -> None:
    assert ris.RIS.name == RIS_FORMAT.name


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "a.ris").touch()
    with pytest.raises(Unconverted, match=r"a\.ris: it is empty; export it again"):
        convert([tmp_path / "a.ris"], tmp_path / "out.csv")


def test_a_file_that_does_not_add_up_is_told_with_the_lines_to_look_at(tmp_path: Path) -> None:
    path = tmp_path / "a.ris"
    path.write_text("TY  - JOUR\nTI  - One\nER  - \nTI  - Two\nAU  - X, Y\nER  - \nTY  - JOUR\nTI  - Three, cut o", encoding="utf-8")
    with pytest.raises(Unconverted, match=r"3 records were read, but 2 lines look like(?s:.*)\n  line 4: .*\n  line 7: "):
        convert([path], tmp_path / "out.csv")


def test_a_second_name_is_no_output(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["convert", "a.ris", "b.bib"])
    assert result.exit_code == 2 and "Missing option '--output'" in result.output


BIB = "@article{x,\n title = {Two},\n}\n"
RIS_ONE = "TY  - JOUR\nTI  - One\nER  - \n\n"
TABLE = "Title,Authors,Year\nTwo,Moe K,2018\n"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.ris", RIS_ONE + BIB, "1 line looks like the start of a record in another format"),
        ("b.ris", RIS_ONE + TABLE, "1 place in it may hide a record"),
        ("c.ris", TABLE + RIS_ONE, "1 place in it may hide a record"),
        (
            "d.ris",
            RIS_ONE + "A paragraph that no tag stands before, longer than any remark between records.",
            "may hide a record",
        ),
        ("e.nbib", "PMID- 12\nTI  - One\nFAU - Moe, K\n\n" + BIB, "1 line looks like the start of a record in another format"),
        ("f.enw", "%0 Journal Article\n%T One\n%A Moe, K\n" + BIB, "1 line looks like the start of a record in another format"),
        ("g.bib", BIB + TABLE, "1 place in it may hide a record"),
        ("h.csv", TABLE + "Authors,Title,Year\nPoe L,Three,2019\n", "line 3: other headers"),
    ],
)
def test_a_file_of_two_formats_is_not_read_as_one_of_them(name: str, text: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Unconverted, match=expected):
        convert([path], tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.ris", "TY  - JOUR\nTI  - One\nAU  - A, B\n\nTI  - Two\nAU  - C, D\nER  - \n", "2 records were read, but 1 line looks"),
        (
            "b.ris",
            "TY  - JOUR\nTI  - One\nAU  - A, B\nTI  - Two\nAU  - C, D\nER  - \n",
            r"a second title \(TI\) in the record that begins on line 1",
        ),
        ("c.enw", "%T One\n%0 Journal Article\n%A A, B\n%X Text\n\n\n%T Two\n%A C, D\n", "2 records were read, but 1 line looks"),
    ],
)
def test_a_record_without_its_own_start_is_not_swallowed_by_the_one_before(name: str, text: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Unconverted, match=expected):
        convert([path], tmp_path / "out.csv")


def test_an_output_that_is_no_ordinary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ris"
    path.write_text("TY  - JOUR\nTI  - One\nER  - \n", encoding="utf-8")
    (tmp_path / "link.csv").symlink_to("/dev/null")
    for output in (Path("-"), Path("/dev/null"), tmp_path / "link.csv"):
        with pytest.raises(ReviewError, match="is no ordinary file"):
            convert([path], output, to="CSV")
    assert (tmp_path / "link.csv").is_symlink()


def test_a_slip_in_the_name_of_a_vendor_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ris"
    path.write_text("TY  - JOUR\nTI  - One\nER  - \n", encoding="utf-8")
    with pytest.raises(Unconverted, match=r"'Ebsko' is no vendor whose exports are known here; expected one of .*EBSCO"):
        convert([path], tmp_path / "out.csv", vendor="Ebsko")
    assert "EBSCO: as you said" in convert([path], tmp_path / "out.csv", vendor="ebsco").readings[0].why


@pytest.mark.parametrize("target", [BIBTEX, MEDLINE])
def test_names_titles_and_bodies_come_back_as_they_went(target: Writer, tmp_path: Path) -> None:
    record = replace(
        Record(id="r", source="s", key="k"),
        title="What ''they'' say -- and do ``now''",
        authors=("MacKenzie, Wayne M., Jr.", "Intel"),
        year=2019,
    )
    path = tmp_path / f"out{target.suffixes[0]}"
    with path.open("wb") as file:
        list(target.write([Found(record, Entry((), 1, 1, True, "end", ""))], file))
    reading = reading_of(open_file(path), "s")
    [found] = reading
    assert reading.format.name == target.name
    assert (found.record.title, found.record.authors, found.record.year) == (record.title, record.authors, record.year)


def test_a_table_is_written_anew_whatever_its_separator_and_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes("Title\tAuthors\tYear\nOne, or two\tMoe, K\t2018\n".encode("utf-16"))
    convert([path], tmp_path / "out.csv")
    written = list(csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["title"], row["year"]) for row in written] == [("One, or two", "2018")]


def test_diagnostics_replace_neither_input_nor_output(tmp_path: Path) -> None:
    path, out = tmp_path / "a.ris", tmp_path / "out.csv"
    path.write_text("TY  - JOUR\nTI  - One\nER  - \n", encoding="utf-8")
    (tmp_path / "link.ris").symlink_to(path)
    wrong = {path: "is one of the other files", tmp_path / "link.ris": "is one of the other files", out: "is one of the other files"}
    for other, expected in {**wrong, tmp_path / "no" / "d.csv": "there is no folder"}.items():
        result = CliRunner().invoke(command, ["convert", str(path), "-o", str(out), "--diagnostics", str(other)])
        assert result.exit_code == 1 and expected in str(result.exception)
    assert path.read_text(encoding="utf-8").startswith("TY") and not out.exists()


def test_people_without_a_comma_are_people_and_bodies_with_commas_are_bodies(tmp_path: Path) -> None:
    names = ("Gao X.", "van Dijk JA", "Council on Cardiopulmonary, Critical Care, Perioperative and Resuscitation")
    record = replace(Record(id="r", source="s", key="k"), title="T", authors=names)
    for writer in (BIBTEX, MEDLINE):
        path = tmp_path / f"out{writer.suffixes[0]}"
        with path.open("wb") as file:
            list(writer.write([Found(record, Entry((), 1, 1, True, "end", ""))], file))
        [found] = reading_of(open_file(path), "s")
        assert sorted(found.record.authors) == sorted(("Gao, X.", "van Dijk, JA", names[2]))
