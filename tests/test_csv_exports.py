"""Tables of records as text: each row a record, each vendor's columns understood, each line accounted for."""

import csv
import io
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from references.formats.csv_exports import CSV, MOST_PREAMBLE, header_of, vendor_of_head
from references.formats.csv_people import any_way, glued, listed
from references.formats.csv_rows import LONGEST_ROW, MOST_LOOSE
from references.formats.diagnostics import lines_told
from references.formats.entry import Entry
from references.formats.header_tools import OWN
from references.formats.headers import TABLES, VENDORS, named, normal, vendor_named, vendor_of_headers
from references.formats.interpret import About
from references.formats.reading import Reading
from references.formats.text import Malformed, NotText, Text, TooLarge
from references.identifiers import clean_doi, clean_text
from references.record import TYPES as RECORD_TYPES
from references.record import Record, to_data

SHARED = Path(__file__).parents[1].parent / "shared" / "data" / "formats"


def read(text: str | bytes, vendor: str = "") -> SimpleNamespace:
    """The records of a table, the lines each stands on, and what is told."""
    reading = Reading(Text.of(text.encode() if isinstance(text, str) else text), CSV, "file:x.csv", vendor)
    found = list(reading)
    return SimpleNamespace(
        records=[one.record for one in found],
        spans=[(one.entry.first_line, one.entry.last_line) for one in found],
        entries=[one.entry for one in found],
        counts=reading.counts,
        told=[f"{one.severity} {one}" for one in reading.diagnostics],
        diagnostics=reading.diagnostics,
    )


def table(header: str, *rows: list[str], delimiter: str = ",") -> str:
    lines = io.StringIO()
    csv.writer(lines, delimiter=delimiter, lineterminator="\n").writerows([header.split("|"), *rows])
    return lines.getvalue()


def only(header: str, row: list[str], delimiter: str = ",", vendor: str = "") -> Record:
    (record,) = read(table(header, row, delimiter=delimiter), vendor).records
    return record


# -- vendors -----------------------------------------------------------------------------------------------------------

# One row of each vendor's export, made up: {vendor, row: {header: value}, expected: {field of the record: value}}
VENDOR_ROWS = json.loads((Path(__file__).parent / "data" / "csv" / "vendors.json").read_text(encoding="utf-8"))
NAMED = [f"{sample['vendor']}-{place}" for place, sample in enumerate(VENDOR_ROWS)]


def tuples(value: object) -> object:
    return tuple(map(tuples, value)) if isinstance(value, list) else value


@pytest.mark.parametrize("sample", VENDOR_ROWS, ids=NAMED)
def test_a_vendor_is_told_by_its_columns_and_they_are_understood(sample):
    headers, row = list(sample["row"]), list(sample["row"].values())
    assert vendor_of_headers(headers)[0] == sample["vendor"]
    bare = "PT" in headers  # Web of Science does not quote
    file = read("\t".join(headers) + "\n" + "\t".join(row) if bare else table("|".join(headers), row))
    (record,) = file.records
    assert record.title.strip('"').startswith(("On mandates", "Smart")) and record.year in (2013, 2018)
    assert {field: getattr(record, field) for field in sample["expected"]} == {
        key: tuples(value) for key, value in sample["expected"].items()
    }
    assert file.counts.starts == 1 and not [told for told in file.told if not told.startswith("note")]


@pytest.mark.parametrize("sample", VENDOR_ROWS, ids=NAMED)
def test_every_value_is_in_a_field_or_shown_as_unread(sample):
    file = read(table("|".join(sample["row"]), list(sample["row"].values()), delimiter=";"))
    (record,), (entry,) = file.records, file.entries
    assert [line.value for line in entry.lines] == [cell.strip() for cell in sample["row"].values() if cell.strip()]
    seen = {tag for _, tag, _ in record.origins} | {tag for tag, _, _ in record.unread}
    # PubMed's first author and the short forms of names say no more than the whole names do.
    assert {line.tag for line in entry.lines} - seen - {"First Author", "Authors", "AU"} == set()
    assert seen <= sample["row"].keys()


def test_every_vendor_has_a_sample_here():
    assert {columns.vendor for columns in VENDORS} - {sample["vendor"] for sample in VENDOR_ROWS} == {"LILACS", OWN}


def test_the_words_for_types_are_those_of_records():
    assert {kind for table in TABLES.values() for kind in table.types.values()} <= set(RECORD_TYPES)


def test_names_in_the_tables_are_in_the_form_that_headers_are_brought_to():
    for columns in VENDORS:
        names = "|".join([*columns.signs, *columns.fields.values(), columns.apart]).replace("/", "|").split("|")
        for name in filter(None, names):
            head, mark, _ = name.partition("#")
            assert normal(head) == head, (columns.vendor, name, mark)


@pytest.mark.parametrize(
    ("name", "vendor"),
    [
        ("scopus", "Scopus"),
        ("embase.com", "Embase"),
        ("Web of Science", "Web of Science"),
        ("zotero-csv", "Zotero"),
        ("ieee", "IEEE Xplore"),
        ("x", ""),
    ],
)
def test_a_vendor_may_be_named_in_several_ways(name, vendor):
    assert vendor_named(name) == vendor


def test_a_vendor_that_the_user_names_is_believed():
    assert only("Title|Authors|Year", ["T", "Huby G, Cook A", "2018"], vendor="PubMed").authors == ("Huby G", "Cook A")


def test_columns_tell_more_of_the_vendor_than_words_in_a_cell():
    text = table(
        "Key|Item Type|Publication Year|Author|Title|Publication Title|Abstract Note|Notes",
        ["A", "book", "2018", "Huby, G", "T", "J", "W", "rayyan-1"],
    )
    assert read(text, "Rayyan").records[0].abstract == "W" and vendor_of_head(text)[0] == "Zotero"
    assert vendor_of_head("title,year\nT,2018\n") == vendor_of_head("no table") == ("", "")


def test_the_vendor_is_told_by_the_tags_where_nobody_says_it():
    (entry,) = read(table("PMID|Title|Authors|Journal/Book|Create Date", ["7", "T", "Huby G, Cook A", "J", "2018/01/01"])).entries
    record = CSV.interpret(entry, "file:x", "k", About())
    assert record.authors == ("Huby G", "Cook A") and record.database == "PubMed"


def test_a_table_of_no_vendor_is_read_by_the_common_names_in_any_case():
    for header in (
        "TITLE|Abstract |AUTHORS| Publication_Year|DOI|journal_name",
        "title|abstract|authors|publication-year|doi|Journal Name",
    ):
        record = only(header, ["T", "W", "Huby, G.; Cook, A.", "2018", "10.1002/a", "J"])
        assert (record.title, record.abstract, record.year, record.doi, record.journal) == ("T", "W", 2018, "10.1002/a", "J")
        assert record.authors == ("Huby, G.", "Cook, A.")


def test_embase_fields_by_row_make_a_record_of_each_title():
    text = (
        '"TITLE","On mandates"\n"AUTHOR NAMES","Huby G.","Cook A."\n"SOURCE","J Care (2018) 26:2 (109-119)"\n"ABSTRACT","One\ntwo"\n'
        '"DOI","10.1002/a"\n\n"TITLE","Another"\n"AUTHOR NAMES","Reid B."\n"SOURCE","J Care (2019) 27 (1-2)"\n"ABSTRACT","W"\n'
    )
    file = read(text)
    assert [record.title for record in file.records] == ["On mandates", "Another"]
    assert file.records[0].authors == ("Huby G.", "Cook A.") and file.records[0].journal == "J Care" and file.records[1].volume == "27"
    assert file.spans == [(1, 6), (8, 11)] and file.counts.starts == 2


# -- rows and lines ----------------------------------------------------------------------------------------------------


def test_lines_are_counted_through_line_ends_in_cells():
    file = read('title,abstract,doi\r\n"One\ntwo","a\r\nb\rc",10.1002/a\r\n\r\nT,,10.1002/b\r\n')
    assert file.spans == [(2, 5), (7, 7)]
    assert [(line.tag, line.first, line.last) for line in file.entries[0].lines] == [("title", 2, 3), ("abstract", 3, 5), ("doi", 5, 5)]
    assert file.entries[0].lines[1].value == "a\nb\nc" and file.counts.starts == 2


def test_the_same_rows_have_the_same_ids_in_every_encoding_and_with_every_line_end():
    text = 'title,abstract\n"Über Pflege","a\nb"\nT,W\n'
    other = [text.replace("\n", "\r\n").encode("cp1252"), text.replace("\n", "\r").encode("utf-16")]
    ids = [[record.id for record in read(data).records] for data in (text.encode(), b"\xef\xbb\xbf" + text.encode(), *other)]
    assert len(ids[0]) == 2 and ids.count(ids[0]) == 4


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found_from_the_header_line(delimiter):
    record = only("title|authors|year", ["Care, health; and | more", "Huby, G.", "2018"], delimiter)
    assert (record.title, record.year) == ("Care, health; and | more", 2018)


def test_excels_own_first_line_names_the_separator():
    file = read("sep=;\ntitle;year\nOn mandates, again;2018\n")
    assert file.records[0].title == "On mandates, again" and file.spans == [(3, 3)]


def test_lines_above_the_headers_are_told_and_left_out():
    file = read('"About the data: Exported on Sep 30, 2023. Criteria: care, health"\n\nPublication ID,Title,PubYear\npub.1,T,2018\n')
    assert [record.title for record in file.records] == ["T"] and file.spans == [(4, 4)]
    assert any("line 1: a line above the headers: '\"About the data" in told for told in file.told) and file.counts.starts == 1


def test_headers_may_have_spaces_and_line_ends_in_them():
    file = read('" title ","Publication\nYear ", DOI\nT,2018,10.1002/a\n')
    assert (file.records[0].title, file.records[0].year, file.spans) == ("T", 2018, [(3, 3)])


def test_headers_of_the_same_name_are_kept_apart():
    assert named(("Notes", "Title", "notes", "", "Notes")) == ("Notes", "Title", "notes (2)", "column 4", "Notes (3)")
    record = only("Title|Abstract|Notes|Notes", ["T", "W", "one", "two"])
    assert record.unread == (("Notes", "one", 2), ("Notes (2)", "two", 2))


def test_rows_of_the_wrong_width_are_kept_whole_with_a_warning():
    file = read("title,year,doi\nT,2018,10.1002/a,more,,last\nU,2019\nV,2020,10.1002/b,\n")
    assert [record.title for record in file.records] == ["T", "U", "V"]
    assert file.records[0].unread == (("column 4", "more", 2), ("column 6", "last", 2))
    warnings = [told for told in file.told if told.startswith("warning")]
    assert len(warnings) == 2 and "line 2: a row of 6 cells under 3 headers" in warnings[0] and "line 3: a row of 2 cells" in warnings[1]


def test_blank_rows_are_passed_over_and_rows_of_separators_told():
    file = read('title,year\n\nT,2018\n,\n"",""\n   \n,,,\nU,2019\n')
    assert len(file.records) == file.counts.starts == 2
    assert lines_told(file.diagnostics) == {4, 5, 7}


def test_headers_met_again_are_no_record():
    file = read("title,year\nT,2018\ntitle,year\nU,2019\n")
    assert [record.title for record in file.records] == ["T", "U"] and file.counts.starts == 2
    assert any("headers once more" in told for told in file.told)


def test_other_headers_further_down_stop_the_reading():
    scopus = "Authors,Title,Year,Source title,DOI,EID\nHuby G.,T,2018,J,10.1002/a,2-s2\n"
    with pytest.raises(Malformed, match=r"line 3: other headers \(PMID, Title, .*divide the file here"):
        read(scopus + "PMID,Title,Authors,Citation,First Author,Journal/Book\n1,T,Huby G,J. 2018.,Huby G,J\n")


def test_a_quote_that_is_never_closed_is_named_with_its_line():
    with pytest.raises(Malformed, match=r"line 4: a quote opens a cell and is never closed"):
        read('title,abstract,year\nT,W,2018\n"A\nb","never closed,2019\nV,W,2020\n')


def test_quotes_inside_cells_are_kept_and_no_row_swallows_the_next():
    file = read('title,abstract,year\n"Smart" cities,W,2018\n5" pipes,W,2019\n"Open,W,2020\nT,"a ""b"", c",2021\nU,"x",2022\n')
    assert [record.title for record in file.records] == ['"Smart" cities', '5" pipes', '"Open', "T", "U"]
    assert file.records[3].abstract == 'a "b", c' and file.spans[2:4] == [(4, 4), (5, 5)]
    assert sum(told.startswith("warning") for told in file.told) == 1  # one for both lines


def test_a_file_of_broken_quotes_is_refused():
    with pytest.raises(Malformed, match=rf"more than {MOST_LOOSE:,} rows whose quotes break the rules"):
        read("title,year\n" + '"a" b,2018\n' * (MOST_LOOSE + 1))


def test_quotes_in_tab_delimited_text_are_characters_like_any_other():
    file = read('title\tyear\n"Smart" cities\t2018\n"Open\t2019\nT\t2020\n')
    assert [record.title for record in file.records] == ['"Smart" cities', '"Open', "T"]


def test_a_cell_may_be_long_but_not_without_end():
    file = read(f'title,abstract\nT,"{"word " * 60_000}"\n')
    assert len(file.records[0].abstract or "") > 131_072
    with pytest.raises(TooLarge, match=r"line 2: a row of more than 16 MiB.*never closed"):
        read('title,abstract\nT,"' + ("x" * 999 + "\n") * (LONGEST_ROW // 1000 + 1000))
    with pytest.raises(TooLarge, match=r"a row of .* cells"):
        read("title,year\n" + "a," * 30_000)


def test_a_formula_guard_goes_and_other_apostrophes_stay():
    file = read("title,abstract,keywords\n'=SUM(1),'-omics' of care,'t Hart; 'early'\n")
    (record,) = file.records
    assert (record.title, record.abstract) == ("=SUM(1)", "'-omics' of care") and record.keywords == ("'t Hart", "'early'")


def test_what_this_program_writes_it_reads():
    record = only(
        "id|title|title_alt|authors|editors|year|date|type|journal|abstract_alt|keywords|retracted|other",
        [
            "r1",
            "'-omics' of care",
            "Omikk",
            "Huby, Guro; Cook, Ailsa",
            "",
            "2018",
            "2018-04-16",
            "web-page",
            "J",
            "Hensikt: x",
            "a, b; c",
            "yes",
            "N1: more",
        ],
    )
    assert (record.title, record.title_alt, record.type, record.retracted) == ("-omics' of care", "Omikk", "web-page", True)
    assert (record.date, record.keywords, record.abstract_alt) == ("2018-04-16", ("a, b", "c"), (("", "Hensikt: x"),))
    assert record.unread == (("id", "r1", 2), ("retracted", "yes", 2), ("other", "N1: more", 2))


def test_what_a_spreadsheet_changed_is_doubted():
    file = read("title,pages,pmid\nT,12-Mar,3.52E+07\n")
    assert sum("spreadsheet" in told for told in file.told) == 2 and file.records[0].pmid is None


def test_a_table_without_known_headers_says_what_it_expected():
    with pytest.raises(Malformed, match=r"no line of headers in the first 40 rows.*'a,b'.*title, abstract"):
        read("a,b\n1,2\n")
    with pytest.raises(Malformed, match=r"no line of headers"):
        read("x\n" * (MOST_PREAMBLE + 1) + "title,year\nT,2018\n")


def test_an_empty_table_has_no_records():
    assert read("").counts.records == read("\n\n").counts.records == read("title,year\n").counts.records == 0
    assert any("no record found" in told for told in read("title,year\n").told)


def test_a_list_of_titles_is_a_table_too():
    file = read('Title\nCare, health and more\n"Quoted, too"\n')
    assert [record.title for record in file.records] == ["Care, health and more", "Quoted, too"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Lancet (2010) 375:9732 (2152-2160). Date of Publication: 2010", ("Lancet", "375", "9732", "2152-2160", "2010")),
        ("PLoS ONE (2014) 9:1 Article Number: e86044. Date of Publication: 21 Jan 2014", ("PLoS ONE", "9", "1", "e86044", "2014-01-21")),
        ("Int J Case Rep (2019) 54 (83-86). Date of Publication: 1 Feb 2019", ("Int J Case Rep", "54", None, "83-86", "2019-02-01")),
        ("J (Int) Care (2018). Date of Publication: 2018", ("J (Int) Care", None, None, None, "2018")),
        ("J Care (2018) SUPPL. 1 (S1). Date of Publication: April 2018", ("J Care", "SUPPL. 1", None, "S1", "2018-04")),
        ("J Care", ("J Care", None, None, None, None)),
    ],
)
def test_embase_source_is_taken_apart(source, expected):
    record = only("Title|Author Names|Source|Abstract", ["T", "Huby G.", source, "W"])
    assert (record.journal, record.volume, record.issue, record.pages, record.date) == expected


@pytest.mark.parametrize(
    ("citation", "expected"),
    [
        ("J X. 2022 Jan-Feb 01;27(1):19-25. doi: 10.1097/A.1.", ("27", "1", "19-25", "10.1097/a.1")),
        ("J X. 2021 Feb 2;3:617013. doi: 10.3389/f. eCollection 2021.", ("3", None, "617013", "10.3389/f")),
        ("J X. 2021 Feb 2:S1-2. doi: 10.3389/f. Online ahead of print.", (None, None, "S1-2", "10.3389/f")),
        ("J X. 2021 Feb 2.", (None, None, None, None)),
    ],
)
def test_pubmeds_citation_is_taken_apart(citation, expected):
    record = only("PMID|Title|Authors|Citation|First Author|Journal/Book", ["1", "T", "Huby G", citation, "Huby G", "J X"])
    assert (record.volume, record.issue, record.pages, record.doi) == expected and (record.journal, record.year) == (
        "J X",
        int(citation[5:9]),
    )


# -- values ------------------------------------------------------------------------------------------------------------


def test_numbers_that_went_through_pandas_lose_their_point():
    record = only(
        "title|year|volume|issue|start_page|end_page|pmid|doi",
        ["T", "2019.0", "12.0", "3.0", "109.0", "119.0", "77.0", "https://doi.org/10.1002/A"],
    )
    assert (record.year, record.date, record.volume, record.issue, record.pages, record.pmid, record.doi) == (
        2019, "2019", "12", "3", "109-119", "77", "10.1002/a",
    )  # fmt: skip


def test_a_source_that_is_a_database_is_no_journal():
    record = only("title|year|source|label", ["T", "2018", "PubMed", "x"])
    assert (record.journal, record.database, record.unread) == (None, "PubMed", (("label", "x", 2),))
    assert only("title|year|source", ["T", "2018", "J Care"]).journal == "J Care"


def test_decisions_of_screening_tools_stay_unread():
    record = only(
        "key|title|year|month|day|journal|notes|pubmed_id|pmc_id",
        ["1", "T", "2018", "", "", "J", 'RAYYAN-INCLUSION: {"Ana"=>"Maybe"}', "", ""],
    )
    assert record.unread == (("notes", 'RAYYAN-INCLUSION: {"Ana"=>"Maybe"}', 2),)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("Huby, Guro; Cook, Ailsa", ["Huby, Guro", " Cook, Ailsa"]),
        ("Huby, G. and Cook, A. B. and others", ["Huby, G.", "Cook, A. B.", "others"]),
        ("Guro Huby and Ailsa Cook", ["Guro Huby", "Ailsa Cook"]),
        ("Guro Huby, Ailsa Cook, and Bo Reid", ["Guro Huby", "Ailsa Cook", "Bo Reid"]),
        ("Department of Health and Social Care", ["Department of Health and Social Care"]),
        ("Food and Drug Administration", ["Food and Drug Administration"]),
        ("Huby GO, Cook A, Kirchhoff R", ["Huby GO", "Cook A", "Kirchhoff R"]),
        ("Huby, G., Cook, A.", ["Huby, G.", "Cook, A."]),
        ("Huby, Guro", ["Huby, Guro"]),
        ("van der Berg, Jan", ["van der Berg, Jan"]),
        ("Smith J., Jr., Cook A.", ["Smith J., Jr.", "Cook A."]),
        ("['Huby, Guro', \"O'Neil, B\"]", ["Huby, Guro", "O'Neil, B"]),
        ("Guro Huby|Ailsa Cook", ["Guro Huby", "Ailsa Cook"]),
        ("World Health Organization", ["World Health Organization"]),
    ],
)
def test_people_are_told_apart_however_they_are_joined(value, names):
    assert any_way(value) == names


def test_people_glued_together_are_split_where_the_case_changes():
    assert glued("Araz R. HubyNigar T. Cook") == ["Araz R. Huby", "Nigar T. Cook"]
    assert glued("Ann MacLeodBo O’NeilJ. Smith Jr.Eva D'Angelo") == ["Ann MacLeod", "Bo O’Neil", "J. Smith Jr.", "Eva D'Angelo"]
    assert glued("") == [""]


def test_a_list_is_read_only_where_it_is_one_of_texts():
    assert listed("['a', \"b\\'c\", 'd\\xe9']") == ["a", "b'c", "dé"]
    assert [listed(value) for value in ("[1, 2]", "[translated]", "['a' 'b']", "['a'", "__import__('os')", "[" * 5000)] == [None] * 6


def test_stand_ins_for_authors_are_nobody():
    header = "Authors|Title|Year|Source title|EID"
    record = only(header, ["[No author name available]", "T", "2018", "J", "2-s2"])
    assert record.authors == () and ("Authors", "[No author name available]", 2) in record.unread


def test_what_slipped_into_a_column_of_numbers_is_no_number():
    record = only("title|start_page|end_page|year", ["T", "1", "9" * 5000, "2018"])
    assert record.pages == "1" and record.unread == (("end_page", "9" * 5000, 2),)


def test_every_line_of_a_column_of_titles_is_told():
    file = read('Title\n""\nT\n"\n"\n')
    assert [record.title for record in file.records] == ["T"] and lines_told(file.diagnostics) == {2, 4, 5}


def test_two_addresses_with_nothing_between_are_two():
    record = only("title|url", ["T", "https://a.org/recordhttp://dx.doi.org/10.1002/a"])
    assert (record.url, record.doi) == ("https://a.org/record", "10.1002/a")
    assert only("title|url", ["T", "['https://a.org/1', 'https://b.org']"]).url == "https://a.org/1"
    assert only("title|url", ["T", "https://web.archive.org/web/2020/http://b.org"]).url == "https://web.archive.org/web/2020/http://b.org"


# -- against anything --------------------------------------------------------------------------------------------------

TEXTS = st.text(st.sampled_from("title,abstract;\"'\n\r\t|ab=1 \ufeff\u2028é"), max_size=200)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.binary(max_size=300), TEXTS.map(str.encode)),
    st.sampled_from([b"", b"title,abstract\n", b"title\tyear\n", b'"title";"doi"\r\n']),
)
def test_no_bytes_make_the_reader_fail_but_with_its_own_errors(data, header):
    try:
        file = read(header + data)
    except (NotText, Malformed, TooLarge):
        return
    assert len(file.records) == len({record.id for record in file.records}) == file.counts.records


_LETTERS = st.characters(exclude_characters="\ufeff", exclude_categories=("Cs", "Cc"))
CELLS = st.text(st.one_of(st.sampled_from("\n\t\"',;|="), _LETTERS), max_size=30)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6), st.sampled_from(",;\t|"))
def test_every_row_that_says_something_is_one_record(rows, delimiter):
    def says(row: list[str]) -> bool:
        return any(re.search(r'[^\s",;|]', cell) for cell in row)

    lines = io.StringIO()
    csv.writer(lines, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["title", "abstract", "note"], *rows])
    file = read(lines.getvalue())
    assert len(file.records) >= sum(map(says, rows)) == file.counts.starts
    kept = [[line.value for line in entry.lines] for entry in file.entries if isinstance(entry, Entry)]
    wanted = [[re.sub("\r\n?", "\n", cell).strip() for cell in row if cell.strip()] for row in rows]
    assert [row for row in kept if says(row)] == [row for row in wanted if says(row)] or any("'" in cell for row in rows for cell in row)


# -- against the shared files ------------------------------------------------------------------------------------------


def manifest() -> list[dict[str, object]]:
    path = SHARED / "MANIFEST.jsonl"
    if not path.exists():
        pytest.skip("../shared is not here")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_no_row_of_the_shared_tables_is_lost_and_no_line_unsaid():
    for row in manifest():
        data = (SHARED / str(row["file"])).read_bytes()
        assert (CSV.sign(Text.of(data).head()) is not None) == (row["format"] == "csv"), row["file"]
        if row["format"] != "csv":
            continue
        file = read(data)
        assert len(file.records) == row["records"] == file.counts.starts, row["file"]
        assert not [told for told in file.told if told.startswith("error")], row["file"]
        lines = list(Text.of(data).lines())
        header = header_of(Text.of(data).head())
        assert header is not None
        known = lines_told(file.diagnostics) | {number for first, last in file.spans for number in range(first, last + 1)}
        assert [n for n, line in enumerate(lines, 1) if line.strip() and n > header.last and n not in known] == [], row["file"]


def squeezed(value: object) -> str:
    text = "".join(value) if isinstance(value, (list, tuple)) else str(value or "")
    return re.sub(r"\W+", "", clean_text(text)).lower()


def test_the_shared_tables_say_what_their_own_projects_expect():
    names = {
        "title": "title",
        "authors": "authors",
        "year": "year",
        "journal": "journal",
        "volume": "volume",
        "number": "issue",
        "abstract": "abstract",
    }
    for row in manifest():
        if row["format"] != "csv" or "expected" not in row:
            continue
        expected = json.loads((SHARED / str(row["expected"])).read_text(encoding="utf-8"))["records"]
        for wanted, record in zip(expected, read((SHARED / str(row["file"])).read_bytes()).records, strict=True):
            assert record.doi == clean_doi(wanted.get("doi", "")), row["file"]
            for name, field in names.items():
                if name in wanted:
                    assert squeezed(getattr(record, field)) == squeezed(wanted[name]), (row["file"], field)
            assert to_data(record)
