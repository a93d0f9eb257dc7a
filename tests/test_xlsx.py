"""Workbooks: rows as records, cells as they read, and nothing unpacked or worked out that could do harm."""

import io
import zipfile
from datetime import datetime, time
from types import SimpleNamespace

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from references.formats import xlsx, xlsx_checks
from references.formats.diagnostics import lines_told
from references.formats.reading import Reading
from references.formats.text import Malformed, NotText, Text, TooLarge
from references.formats.xlsx import XLSX, Workbook, read_workbook

_COLUMNS = "Publication Type|Authors|Author Full Names|Article Title|Source Title|Abstract|Publication Year|Volume|Start Page|End Page|DOI"
WOS = [*_COLUMNS.split("|"), "Publication Date", "UT (Unique WOS ID)"]
ROW = ["J", "Huby, G", "Huby, Guro; Cook, Ailsa", "On mandates", "J CARE", "W", 2018, 26.0, "109", 119, "10.1002/a", "APR", "WOS:1"]


def packed(**sheets: list[list[object]]) -> bytes:
    """A workbook with these sheets, as openpyxl writes it."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    found = io.BytesIO()
    book.save(found)
    return found.getvalue()


def opened(data: bytes) -> Workbook:
    return read_workbook(lambda: io.BytesIO(data))


def read(data: bytes) -> SimpleNamespace:
    book = opened(data)
    reading = Reading(book, XLSX, "file:x.xlsx")  # type: ignore[arg-type]  # it has all that Reading asks of a Text
    found = list(reading)
    return SimpleNamespace(
        records=[one.record for one in found],
        rows=[one.entry.first_line for one in found],
        entries=[one.entry for one in found],
        counts=reading.counts,
        told=[f"{one.severity} {one}" for one in reading.diagnostics],
        diagnostics=reading.diagnostics,
        about=reading.about,
        book=book,
    )


def changed(data: bytes, **parts: bytes | str | None) -> bytes:
    """The workbook with these parts put in the place of its own; None takes one out. "__" stands for "/" and "_x" for ".xml"."""
    named = {name.replace("__", "/").replace("_x", ".xml"): part for name, part in parts.items()}
    found = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as new:
        for name in [*old.namelist(), *(name for name in named if name not in old.namelist())]:
            part = named.get(name, old.read(name) if name in old.namelist() else None)
            if part is not None:
                new.writestr(name, part)
    return found.getvalue()


SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}<sheetData>{}</sheetData></worksheet>'


def sheet(*rows: str, before: str = "") -> bytes:
    """A workbook whose one sheet is written by hand; a row is the XML of its cells."""
    body = "".join(f'<row r="{number}">{row}</row>' for number, row in enumerate(rows, 1))
    return changed(packed(One=[["x"]]), xl__worksheets__sheet1_x=SHEET.format(before, body))


def text_cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def test_a_row_is_a_record_and_its_line_the_number_in_the_sheet():
    file = read(
        packed(savedrecs=[["Exported today"], [], WOS, ROW, [], [None, None], ["J", None, "Reid, Bo", "Another", "J CARE", None, 2019.0]])
    )
    assert [record.title for record in file.records] == ["On mandates", "Another"] and file.rows == [4, 7]
    assert file.about.vendor == "Web of Science" and file.counts.starts == file.counts.records == 2
    first = file.records[0]
    assert (first.year, first.date, first.volume, first.pages, first.doi) == (2018, "2018-04", "26", "109-119", "10.1002/a")
    assert first.authors == ("Huby, Guro", "Cook, Ailsa") and file.records[1].year == 2019
    assert ("title", "Article Title", 4) in first.origins
    assert [told for told in file.told if "above the headers" in told] == [
        "note line 1: a line above the headers: 'Exported today'; left out of the records"
    ]


def test_cells_with_line_ends_tabs_and_quotes_are_whole():
    title = 'A "smart"\ttitle\nover two lines'
    file = read(packed(One=[["title", "abstract", "note"], [title, ' "quoted" ', "'=SUM(1)"]]))
    (entry,) = file.entries
    assert [line.value for line in entry.lines] == [title, '"quoted"', "=SUM(1)"]
    assert {(line.first, line.last) for line in entry.lines} == {(2, 2)} and file.counts.starts == 1
    assert file.book.head() == 'title\tabstract\tnote\n"A ""smart""\ttitle over two lines"\t" ""quoted"" "\t\'=SUM(1)'


def test_dates_are_iso_and_whole_numbers_have_no_point():
    row = ["T", datetime(2018, 4, 3), 12.0, 1.5, True, datetime(2018, 4, 3, 10, 30), time(10, 30)]
    file = read(packed(One=[["title", "date", "volume", "a", "b", "c", "d"], row]))
    assert [line.value for line in file.entries[0].lines] == ["T", "2018-04-03", "12", "1.5", "TRUE", "2018-04-03 10:30:00", "10:30:00"]
    assert (file.records[0].date, file.records[0].volume) == ("2018-04-03", "12")


def test_pages_that_excel_made_a_date_are_doubted():
    file = read(packed(One=[["title", "pages"], ["T", datetime(2018, 3, 12)]]))
    assert any(told.startswith("warning line 2: pages that look like a date (2018-03-12)") for told in file.told)


def test_a_formula_is_what_it_came_to_and_is_never_worked_out():
    saved = sheet(
        text_cell("title") + text_cell("year"), '<c t="str"><f>HYPERLINK("x","T")</f><v>T</v></c><c><f>2000+18</f><v>2018</v></c>'
    )
    assert [(record.title, record.year) for record in read(saved).records] == [("T", 2018)]
    file = read(packed(One=[["title", "year"], ["T", "=2000+18"]]))
    assert file.records[0].year is None
    assert any(told.startswith("warning line 2: a formula without the value") for told in file.told)


def test_the_first_sheet_with_known_headers_is_read_and_the_others_are_told():
    file = read(packed(Info=[["made by", "me"]], Records=[["title", "year"], ["T", 2018]], More=[["title", "doi"], ["U", "x"]], Empty=[]))
    assert [record.title for record in file.records] == ["T"]
    assert [told.partition(";")[0] for told in file.told] == [
        "note another sheet, 'Info', without headers of records",
        "warning another sheet, 'More', with headers of records too",
    ]


def test_the_size_that_a_sheet_gives_itself_cuts_nothing():
    head, row = text_cell("title") + text_cell("abstract"), text_cell("T") + text_cell("W")
    assert read(sheet(head, row, row, before='<dimension ref="A1"/>')).counts.records == 2


def test_rows_beyond_the_headers_and_repeated_headers_are_told():
    file = read(packed(One=[["title", "year"], ["T", 2018, "more"], ["title", "year"], ["U"], [" ", ","]]))
    assert [record.title for record in file.records] == ["T", "U"] and file.counts.starts == 2
    assert lines_told(file.diagnostics) == {2, 3, 5}


def test_the_same_cells_have_the_same_ids_as_in_text():
    from references.formats.csv_exports import CSV

    ids = [found.record.id for found in Reading(Text.of(b'title,abstract,year\nT,"a\nb",2018\n'), CSV, "file:x.xlsx")]
    assert [record.id for record in read(packed(One=[["title", "abstract", "year"], ["T", "a\nb", 2018]])).records] == ids


def test_the_digest_is_of_the_cells_and_not_of_the_packing():
    data = packed(One=[["title"], ["T"]])
    again = changed(data, docProps__app_x=None)
    assert data != again and opened(data).digest == opened(again).digest != opened(packed(One=[["title"], ["U"]])).digest


def test_excels_own_escapes_are_undone():
    file = read(sheet(text_cell("title") + text_cell("abstract"), text_cell("T") + text_cell("a_x000D_\nb")))
    assert file.entries[0].lines[1].value == "a\nb"


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, r"an old Excel workbook \(\.xls\)\. Expected \.xlsx or text: open it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted. Open it with its password"),
        (b"PK\x03\x04 and no more", "the workbook is damaged"),
        (packed(One=[["title"]])[:-100], "the workbook is damaged"),
        (changed(packed(One=[["title"]]), **{"[Content_Types]_x": None}), "a ZIP archive of .* files, and no workbook"),
        (changed(packed(One=[["title"]]), xl__workbook_x="<a/>"), "the workbook"),
        (changed(packed(One=[["title"]]), xl__workbook_x="<a>"), "the workbook is damaged"),
        (changed(packed(One=[["title"]]), **{"xl/workbook.bin": b"x"}), "a binary workbook"),
        (changed(packed(One=[["title"]]), mimetype="application/vnd.oasis.opendocument.spreadsheet"), "an OpenDocument file"),
        (packed(One=[["a", "b"], ["c", "d"]]), "no line of headers .*'a\\\\tb'"),
    ],
)
def test_what_is_no_readable_workbook_says_what_to_do(data, message):
    with pytest.raises(Malformed, match=message):
        read(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_part_may_define_entities(encoding):
    bomb = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + SHEET.format("", "<row/>")
    for part in ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "_rels/.rels", "xl/workbook.xml"):
        with pytest.raises(Malformed, match="a document type definition, which no workbook needs"):
            opened(changed(packed(One=[["title"]]), **{part: bomb.encode(encoding)}))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    with pytest.raises(TooLarge, match=r"'xl/media/x' unpacks from [\d,]+ to 20,000,000 bytes"):
        opened(changed(packed(One=[["title"]]), **{"xl/media/x": b"\0" * 20_000_000}))
    monkeypatch.setattr(xlsx_checks, "MOST_PARTS", 3)
    with pytest.raises(TooLarge, match="parts that unpack to"):
        opened(packed(One=[["title"]]))


def test_rows_and_columns_far_out_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(xlsx, "MOST_CELLS", 1_000_000)
    monkeypatch.setattr(xlsx, "MOST_ROWS", 100_000)
    for cells in (
        '<c r="A1"><v>1</v></c></row><row r="99999999999"><c><v>1</v></c>',
        '<c r="XFD1"><v>1</v></c></row>' + '<row><c r="ZZZ1"/></row>' * 500 + "<row>",
    ):
        far = sheet(text_cell("title") + text_cell("year"), cells)
        with pytest.raises((TooLarge, Malformed), match=r"more rows or cells|damaged"):
            read(far)


def test_an_empty_workbook_has_no_records():
    assert read(packed(One=[])).counts.records == 0
    assert read(packed(One=[["title", "year"]])).counts.records == 0


def test_a_workbook_is_told_by_its_bytes_and_is_no_text():
    data = packed(One=[["title"]])
    assert XLSX.sign("title\tyear") is None
    with pytest.raises(NotText):
        Text.of(data)


WHOLE = packed(One=[["title", "abstract"], ["T", "W"]], Two=[["a"]])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8), st.integers(0, len(WHOLE)))
def test_no_damage_to_the_archive_makes_the_reader_fail_but_with_its_own_errors(changes, end):
    data = bytearray(WHOLE)
    for place, byte in changes:
        data[place] = byte
    try:
        read(bytes(data[: end or len(data)]))
    except (Malformed, TooLarge) as error:
        assert str(error)


PIECES = [
    *'<>/="r AZ19csvtn&;',
    "<row>",
    "</row>",
    '<c r="A1" t="s"><v>0</v></c>',
    '<c t="d">',
    '<c s="9">',
    "<v>",
    "</v>",
    "</c>",
    "1e999",
]
XML = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@settings(max_examples=150, deadline=None)
@given(
    XML, st.sampled_from(["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml"])
)
def test_no_xml_makes_the_reader_fail_but_with_its_own_errors(body, part):
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as archive:
        whole = archive.read(part).decode() if part in archive.namelist() else "<sst><si><t>title</t></si></sst>"
    middle = len(whole) * 2 // 3
    for xml in (body, whole[:middle] + body + whole[middle:], SHEET.format("", body)):
        try:
            read(changed(WHOLE, **{part: xml}))
        except (Malformed, TooLarge) as error:
            assert str(error)


CELLS = st.one_of(
    st.none(), st.integers(-(10**9), 10**9), st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="_"), max_size=20)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5))
def test_every_row_that_says_something_is_one_record(rows):
    data = packed(One=[["title", "abstract"], *rows])
    file = read(data)
    says = [row for row in rows if any(str(cell).strip(' ",;|\xa0') for cell in row if cell is not None)]
    assert file.counts.starts == len(file.records) <= len(says) + len(rows)
    assert len(file.records) + len(lines_told(file.diagnostics)) >= len(says)
