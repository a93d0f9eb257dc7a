"""RIS: every record of a file, with each field's tag and line, and everything that was not understood."""

import csv
import json
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import pytest

from references.formats.diagnostics import lines_told
from references.formats.entry import Entry
from references.formats.interpret import fill_end
from references.formats.known import Unknown, reading_of
from references.formats.reading import Reading
from references.formats.ris import RIS
from references.formats.ris_tags import SPEC, TYPES
from references.formats.tagged import tagged
from references.formats.text import NotText, Text
from references.identifiers import clean_doi, clean_text
from references.record import TYPES as RECORD_TYPES
from references.record import Record
from tests.test_tagged import lost_lines

DATA = Path(__file__).parent / "data" / "ris"
SHARED = Path(__file__).parents[1].parent / "shared" / "data"


def read_ris(data: bytes, source: str) -> SimpleNamespace:
    """The records of a RIS file, the lines each stands on, and what is told."""
    reading = Reading(Text.of(data), RIS, source)
    found = list(reading)
    return SimpleNamespace(
        records=tuple(one.record for one in found),
        spans=tuple((one.entry.first_line, one.entry.last_line) for one in found),
        diagnostics=reading.diagnostics,
        counts=reading.counts,
    )


def read(name: str) -> SimpleNamespace:
    return read_ris((DATA / f"{name}.ris").read_bytes(), f"file:{name}.ris")


def only(text: str) -> Record:
    (record,) = read_ris(text.encode(), "file:x.ris").records
    return record


def entry(*lines: str) -> Record:
    return only("\n".join(["TY  - JOUR", *lines, "ER  - ", ""]))


SAME_WORDS = [
    "plain", "bom_utf8", "utf16", "utf16_be_without_bom", "cp1252", "cr_only", "crlf", "bare_cr_between_lines", "missing_er",
    "missing_last_er", "no_er", "bare_er", "joined_files", "numbered_records", "numbered_without_er", "prologue_before_each_record",
    "counted_records", "text_between_records", "nul_bytes",
]  # fmt: skip


@pytest.mark.parametrize("name", SAME_WORDS)
def test_a_file_in_another_encoding_or_with_other_line_ends_gives_the_same_ids(name):
    data = (DATA / f"{name}.ris").read_bytes()
    plain = read_ris((DATA / "plain.ris").read_bytes(), "file:export.ris")
    assert [r.id for r in read_ris(data, "file:export.ris").records] == [r.id for r in plain.records]


@pytest.mark.parametrize(
    "name", [*SAME_WORDS, "lower_case", "leading_space", "one_space_before_dash", "no_space_after_dash", "tab_after_dash"]
)
def test_every_form_gives_the_same_fields(name):
    found = [(r.title, r.authors, r.year, r.journal, r.doi, r.pages, r.type, r.abstract) for r in read(name).records]
    assert found == [
        (
            "Samhandling på tvers – en studie", ("Øyen, Åse", "Röstad, Bjørn"), 2016, "Tidsskrift for omsorg",
            "10.1234/omsorg.2016.1", None, "journal-article", "Hvordan går det?",
        ),
        (
            "Partnership working in a valley", ("Smith, Ann",), 2018, "Journal of Valleys",
            "10.1234/valley.7", "349-369", "journal-article", None,
        ),
    ]  # fmt: skip


def test_a_field_knows_its_tag_and_line_and_the_rest_is_unread():
    record = entry("TI  - A title", "ID  - 77", "PY  - 2016", "ZZ  - something", "N1  - a note")
    assert ("title", "TI", 2) in record.origins and ("year", "PY", 4) in record.origins
    assert record.unread == (("ID", "77", 3), ("ZZ", "something", 5), ("N1", "a note", 6))


def test_every_value_is_in_a_field_or_unread():
    for path in sorted(DATA.glob("*.ris")):
        lines = tagged(Text.at(path).pieces(), SPEC)
        entries = [found for found in lines if isinstance(found, Entry)]
        for found, record in zip(entries, read_ris(path.read_bytes(), "file:x").records, strict=True):
            told = {line for _, _, line in (*record.origins, *record.unread)}
            assert [line for line in found.lines if clean_text(line.value) and line.first not in told] == [], path.name


def test_spans_are_the_lines_of_the_records():
    assert read("plain").spans == ((1, 9), (11, 20))
    assert read("numbered_without_er").spans == ((2, 9), (11, 19))


def test_identical_records_of_one_file_keep_apart():
    keys = [record.key for record in read("identical_records").records]
    assert keys[1] == f"{keys[0]}#2" and len(set(keys)) == 3


def test_an_unknown_tag_is_told_and_kept():
    file = read_ris(b"TY  - JOUR\nTI  - A\nX9  - what\nER  - \n", "file:x.ris")
    assert [(d.line, d.severity) for d in file.diagnostics if "X9" in d.what] == [(3, "note")]
    assert file.records[0].unread == (("X9", "what", 3),)


def test_a_record_that_lost_its_start_is_kept_and_the_counts_differ():
    file = read_ris(b"TY  - JOUR\nTI  - A\nER  - \nTI  - B\nER  - \n", "file:x.ris")
    assert [record.title for record in file.records] == ["A", "B"]
    assert (file.counts.starts, file.counts.ends, file.counts.titles, file.counts.records) == (1, 2, 2, 2)
    assert file.counts.differences == ("2 records were read, but 1 line looks like the start of one",) and not file.counts.lost


def test_a_file_without_any_record_is_an_error_and_an_empty_one_a_warning():
    with pytest.raises(Unknown, match="It looks like a web page"):
        reading_of(Text.of(b"<!DOCTYPE html><html>Sign in</html>"), "file:x.ris")
    page = read_ris(b"<!DOCTYPE html><html>Sign in</html>", "file:x.ris")
    assert [d.severity for d in page.diagnostics if "no record found" in d.what] == ["error"]
    assert [d.severity for d in read_ris(b"", "file:x.ris").diagnostics] == ["warning"]


def test_a_spreadsheet_is_refused():
    with pytest.raises(NotText, match=r"\.xlsx"):
        read_ris(b"PK\x03\x04\x14\x00", "file:x.ris")


def test_missing_titles_and_line_ends_of_several_kinds_are_noted():
    told = [d.what for d in read_ris(b"TY  - JOUR\r\nAU  - A\rER  - \n", "file:x.ris").diagnostics]
    assert "1 of 1 record without a title" in told
    assert "lines end in CRLF (1) and CR (1) and LF (1)" in told


def test_a_glued_tag_and_a_broken_doi_are_doubted_aloud():
    file = read_ris(b"TY  - JOUR\nTI  - A\nPB  - Press (X)SN  - 1568-4156\nDO  - 10.1\nER  - \n", "file:x.ris")
    told = {d.line: d.what for d in file.diagnostics}
    assert told[3].startswith("a second tag (SN) in the value of PB") and told[4] == "DO is no DOI that is known: '10.1'"
    assert ("DO", "10.1", 4) in file.records[0].unread


def test_emerald_of_2019_numbers_its_authors_without_commas():
    (record,) = read("emerald_2019").records
    assert record.authors == ("Example, Anna B.", "van der Berg, Jan", "Stewart‐Knox, Cara") and record.editors == ()
    assert (record.year, record.date, record.pages) == (2018, "2018", "109-119")
    assert (record.journal, record.doi, record.issn) == ("Journal of Integrated Care", "10.1108/jica-00-0000-0001", "1476-9018")
    assert ("authors", "A2", 3) in record.origins


def test_emerald_of_2021_has_the_journal_in_t2_and_two_isbns_in_one_value():
    chapter, article = read("emerald_2021").records
    assert (chapter.type, chapter.journal, chapter.isbn, chapter.issn) == ("book-chapter", "A Made Up Book", "9781786353719", None)
    assert ("SN", "9781786353726", 4) in chapter.unread
    assert (article.journal, article.issn, article.date, article.authors) == (
        "Journal of Integrated Care", "1476-9018", "2021", ("Example, Anna B.", "Other, Bo"),
    )  # fmt: skip


def test_a2_is_an_editor_everywhere_else():
    (record,) = read("numbers_are_editors_elsewhere").records
    assert (record.authors, record.editors) == (("Example Anna",), ("Editor, Eve",))
    assert entry("A1  - Example Anna", "A2  - Other, Bo", "DO  - 10.1108/x.1").editors == ("Other, Bo",)


def test_a_lone_author_of_emerald_is_known_by_date_and_link():
    lines = ["A1  - Example Anna B.", "DO  - 10.1108/X-1", "UR  - https://doi.org/10.1108/X-1"]
    assert entry(*lines, "Y1  - 2017/01/01").authors == ("Example, Anna B.",)
    assert entry(*lines, "Y1  - 2017/03/04").authors == ("Example Anna B.",)


@pytest.mark.parametrize(
    ("lines", "authors"),
    [
        (["AU  - Smith, Ann; Jones, Bo; Åkesson, Cia"], ("Smith, Ann", "Jones, Bo", "Åkesson, Cia")),
        (["A1  - Georgiev, Danko", "AU  - Bello, Leon", "A1  - Carmi, Avishy"], ("Georgiev, Danko", "Bello, Leon", "Carmi, Avishy")),
        (["AU  - Huby GO", "AU  - Russwurm,M."], ("Huby GO", "Russwurm, M.")),
        (["AU  - Jäschke, Robert,"], ("Jäschke, Robert",)),
        (["AU  - Smith, Ann", "Jones, Bo"], ("Smith, Ann", "Jones, Bo")),
        (["AU  - S. Cropper, et al."], ("S. Cropper",)),
        (["AU  - Kim, J", "AU  - ..."], ("Kim, J",)),
        (["AU  - MacKenzie, Wayne M., Jr."], ("MacKenzie, Wayne M., Jr.",)),
        (["AU  - NA"], ()),
    ],
)
def test_authors_as_vendors_write_them(lines, authors):
    assert entry(*lines).authors == authors


def test_what_is_no_author_stays_unread():
    assert entry("AU  - S. Cropper, et al.", "AU  - ...").unread == (("AU", "et al.", 2), ("AU", "...", 3))


def test_an_author_marked_as_editor_is_one():
    record = entry("AU  - Glasby, Jon (ed.)", "ED  - Peck, Edward")
    assert (record.authors, record.editors) == ((), ("Glasby, Jon", "Peck, Edward"))


def test_supervisors_of_a_thesis_are_not_its_editors():
    record = only("TY  - THES\nTI  - A thesis\nAU  - Smith, Ann\nA3  - Jones, Bo\nA2  - Kim, Jo\nER  - \n")
    assert record.editors == () and {tag for tag, _, _ in record.unread} == {"A2", "A3"}


@pytest.mark.parametrize(
    ("lines", "year", "date"),
    [
        (["PY  - 2018", "DA  - 2018/04/16"], 2018, "2018-04-16"),
        (["Y1  - 2009///"], 2009, "2009"),
        (["PY  - 2022", "DA  - AUG 15"], 2022, "2022-08-15"),
        (["PY  - 2016", "DA  - 2020/06/20"], 2016, "2016"),
        (["DA  - 2017/06"], 2017, "2017-06"),
        (["PY  - in press"], None, None),
    ],
)
def test_year_and_date_agree(lines, year, date):
    record = entry(*lines)
    assert (record.year, record.date) == (year, date)


def test_a_date_that_says_otherwise_stays_unread():
    assert entry("PY  - 2016", "DA  - 2020/06/20").unread == (("DA", "2020/06/20", 3),)
    assert entry("PY  - 2011", "Y1  - 2011/01/25", "DA  - 2011/02/03").unread == (("Y1", "2011/01/25", 3),)
    assert entry("PY  - 2018/04//abr-jun2018").unread == (("PY", "2018/04//abr-jun2018", 2),)


@pytest.mark.parametrize(
    ("lines", "pages"),
    [
        (["SP  - 349", "EP  - 69"], "349-369"),
        (["SP  - 225-33"], "225-233"),
        (["SP  - pp 37-64"], "37-64"),
        (["SP  - 771–794"], "771-794"),
        (["SP  - 373", "EP  - 373"], "373"),
        (["SP  - e031351"], "e031351"),
        (["SP  - S12", "EP  - 5"], "S12-S15"),
        (["EP  - 25"], "25"),
        (["SP  - No", "EP  - Specified"], None),
        (["SP  - 100364", "EP  - nan"], "100364"),
        (["C7  - e9128"], "e9128"),
        (["C7  - search, search"], None),
        (["PG  - 94-100", "SP  - "], "94-100"),
    ],
)
def test_pages_as_vendors_write_them(lines, pages):
    assert entry(*lines).pages == pages


def test_a_last_page_that_would_run_backwards_stays():
    assert [fill_end("349", "12"), fill_end("99", "101"), fill_end("e1", "e5")] == ["12", "101", "e5"]


@pytest.mark.parametrize(
    ("lines", "doi"),
    [
        (["DO  - 10.1136/ bmjopen-2019-031351"], "10.1136/bmjopen-2019-031351"),
        (["M3  - http://dx.doi.org/10.1186/S12913-018-3161-3"], "10.1186/s12913-018-3161-3"),
        (["M3  - 10.1136/ bmjopen-2019-031351"], "10.1136/bmjopen-2019-031351"),
        (["L3  - 10.5747/ce.2018"], "10.5747/ce.2018"),
        (["N1  - doi: 10.1177/0278364910392608"], "10.1177/0278364910392608"),
        (["N1  - Cited: A 2001 doi:10.1000/one; B 2002 doi:10.1000/two"], None),
        (["UR  - https://doi.org/10.1108/X-1"], "10.1108/x-1"),
        (["L2  - https://r.example.org/?rft_id=info:doi/10.1057%2Fs1"], "10.1057/s1"),
        (["M3  - Article in 10.1000/x"], None),
    ],
)
def test_the_doi_is_found_where_vendors_put_it(lines, doi):
    assert entry(*lines).doi == doi


def test_a_note_that_gave_the_doi_stays_readable():
    record = entry("N1  - Accession Number: 7; DOI: 10.1000/one")
    assert record.doi == "10.1000/one" and record.unread == (("N1", "Accession Number: 7; DOI: 10.1000/one", 2),)


@pytest.mark.parametrize(
    ("lines", "pmid", "pmcid"),
    [
        (["AN  - 21677844", "C2  - PMC3111884"], "21677844", "PMC3111884"),
        (["DB  - PubMed", "AN  - 26957754"], "26957754", None),
        (["DB  - Ovid MEDLINE(R)", "C2  - 39243156"], "39243156", None),
        (["DB  - CINAHL (Exclude MEDLINE)", "AN  - 1045678"], None, None),
        (["U1  - 35957633 [PMID]", "U1  - PMC9359172 [PMCID]"], "35957633", "PMC9359172"),
        (["DB  - Embase", "C5  - 25184124"], "25184124", None),
        (["PMID  - 33355555"], "33355555", None),
        (["UR  - https://pubmed.ncbi.nlm.nih.gov/26957754"], "26957754", None),
        (["C2  - 1001, 1061", "AN  - 21677844"], None, None),
        (["AN  - WOS:000779383300004"], None, None),
    ],
)
def test_pubmed_numbers_are_taken_only_where_they_are_said_to_be(lines, pmid, pmcid):
    record = entry(*lines)
    assert (record.pmid, record.pmcid) == (pmid, pmcid)


def test_an_is_pubmeds_in_a_file_whose_c2_is_pubmed_central_s():
    assert [(r.pmid, r.accession) for r in read("pubmed_in_c2_and_an").records] == [("21677844", None), ("23750908", None)]
    mixed = (DATA / "pubmed_in_c2_and_an.ris").read_bytes() + b"TY  - JOUR\nTI  - Three\nAN  - WOS:1\nER  - \n"
    assert [(r.pmid, r.accession) for r in read_ris(mixed, "file:x").records][1:] == [(None, "23750908"), (None, "WOS:1")]


def test_ebsco_s_translated_title_and_abstracts():
    (record,) = read("ebsco_translated_title").records
    assert (record.title, record.title_alt, record.journal) == ("Um título", "A title", "Colloquium")
    assert (record.doi, record.date, record.abstract) == ("10.1234/ce.2018", "2018-04", "Um resumo.")
    assert ("AB", "An abstract.", 11) in record.unread


@pytest.mark.parametrize(
    ("type", "lines", "kind", "journal"),
    [
        ("JOUR", ["T2  - J", "J2  - J."], "journal-article", "J"),
        ("JOUR", ["JO  - J.", "JF  - Journal"], "journal-article", "Journal"),
        ("CHAP", ["JF  - Journal", "BT  - Book"], "book-chapter", "Book"),
        ("CONF", ["C3  - Proceedings"], "conference-paper", "Proceedings"),
        ("JOUR", ["M3  - Conference Abstract", "JF  - J"], "conference-abstract", "J"),
        ("JOUR", ["C3  - A university", "T2  - J"], "journal-article", "J"),
        ("JOUR", ["JF  - medRxiv"], "preprint", "medRxiv"),
        ("UNPB", ["T2  - ISL Working Paper"], "working-paper", "ISL Working Paper"),
        ("Journal Article", ["JO  - J"], "journal-article", "J"),
        ("RPRT", ["T2  - SINTEF Rapport"], "report", "SINTEF Rapport"),
        ("QQQQ", [], None, None),
    ],
)
def test_type_and_journal_by_type(type, lines, kind, journal):
    record = only("\n".join([f"TY  - {type}", "TI  - A", *lines, "ER  - ", ""]))
    assert (record.type, record.journal) == (kind, journal)


def test_every_type_is_one_that_records_have():
    assert set(TYPES.values()) <= set(RECORD_TYPES)


@pytest.mark.parametrize(
    ("lines", "retracted"),
    [
        (["TI  - RETRACTED: A title"], True),
        (["TI  - [Retracted article] A title"], True),
        (["TI  - A title", "KW  - Retracted Publication"], True),
        (["TI  - Retracted articles in oncology"], False),
        (["TI  - Retraction of a title"], False),
    ],
)
def test_a_retraction_is_seen(lines, retracted):
    assert entry(*lines).retracted is retracted


def test_keywords_one_for_each_line_and_value():
    assert read("wrapped_lines").records[0].keywords == ("care", "integration", "joint working")
    assert entry("KW  - *Care", "KW  - a; b", "KW  - a long", "   keyword").keywords == ("Care", "a", "b", "a long keyword")


def test_text_is_made_fit_to_read():
    assert read("escape_sequences").records[0].title == "A red title"
    assert read("html_entities").records[0].title == "Care & Röstad, p < 0.05"
    assert read("separators_inside_values").records[0].title == "A title with all of them inside"


def test_what_says_nothing_is_no_value_but_stays_unread():
    record = entry("TI  - A", "VL  - NA", "IS  - undefined", "AB  - NA")
    assert (record.volume, record.issue, record.abstract) == (None, None, None)
    assert [tag for tag, _, _ in record.unread] == ["VL", "IS", "AB"]


def test_thousands_of_records_are_read_in_seconds_and_all_of_them():
    lines = (
        "TY  - JOUR\nTI  - Title {0}\nAU  - Smith, Ann\nAU  - Øyen, Åse\nPY  - 2018\nAB  - {1}\nKW  - care\nDO  - 10.1234/{0}\nER  - \n\n"
    )
    data = "".join(lines.format(number, "words of an abstract " * 60) for number in range(3000)).encode()
    file = read_ris(data, "file:x.ris")
    assert len({record.id for record in file.records}) == file.counts.starts == 3000 and file.diagnostics == ()


# -- against the shared files ------------------------------------------------------------------------------------------


def shared(*parts: str) -> Path:
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip("../shared is not here")
    return path


def test_no_record_of_the_partnership_files_is_lost():
    folder = shared("partnership")
    with (folder / "records.csv").open(encoding="utf-8", newline="") as lines:
        facts = {row["record_id"]: row for row in csv.DictReader(lines)}
    places: dict[str, dict[int, str]] = defaultdict(dict)
    with (folder / "ris" / "record_ids.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            places[row["file"]][int(row["position"])] = row["record_id"]
    assert sum(map(len, places.values())) == 183
    for name, ids in places.items():
        file = read_ris((folder / "ris" / name).read_bytes(), f"file:{name}")
        assert len(file.records) == len(ids) == file.counts.starts
        for position, record in enumerate(file.records, 1):
            fact = facts[ids[position]]
            tagged_id = [value for tag, value, _ in record.unread if tag == "ID"]
            assert tagged_id in ([], [ids[position]])
            assert (record.title, record.doi) == (clean_text(fact["title"]), clean_doi(fact["doi"])), ids[position]
            assert (record.pmid or "", record.pmcid or "") == (fact["pmid"], fact["pmcid"]), ids[position]
            assert str(record.year or "") == fact["year"] and (record.journal or "") == fact["journal"]


def manifest() -> list[dict[str, object]]:
    path = SHARED / "formats" / "MANIFEST.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [row for line in lines if (row := json.loads(line))["format"] == "ris"]


def test_no_record_and_no_line_of_the_vendors_files_is_lost():
    folder = shared("formats")
    for row in manifest():
        data = (folder / str(row["file"])).read_bytes()
        file = read_ris(data, "file:x")
        # The manifest counts start lines in capitals; the variant in small letters holds five all the same.
        assert len(file.records) == (row["records"] or 5), row["file"]
        assert not [d for d in file.diagnostics if d.severity == "error"], row["file"]
        lines = list(Text.of(data).lines())
        assert lost_lines(lines) == [], row["file"]
        known = lines_told(file.diagnostics) | {number for first, last in file.spans for number in range(first, last + 1)}
        assert [n for n, line in enumerate(lines, 1) if line.strip() and n not in known] == [], row["file"]


def squeezed(value: object) -> str:
    return "".join(clean_text(str(value or "")).split()).lower()


def test_five_records_are_whole_in_32_of_34_byte_forms():
    folder = shared("formats", "ris")
    broken = []
    for path in sorted(folder.glob("variant-*.ris")):
        expected = json.loads(Path(f"{path}.expected.json").read_text(encoding="utf-8"))["records"]
        records = read_ris(path.read_bytes(), "file:x").records
        whole = len(records) == len(expected) and all(
            [squeezed(name) for name in record.authors] == [squeezed(name) for name in wanted.get("authors", [])]
            and record.doi == clean_doi(wanted.get("doi", ""))
            and record.year == wanted.get("year")
            and all(
                squeezed(getattr(record, field)) == squeezed(wanted.get(name))
                for field, name in (
                    ("title", "title"),
                    ("journal", "journal"),
                    ("volume", "volume"),
                    ("issue", "number"),
                    ("abstract", "abstract"),
                )
            )
            for record, wanted in zip(records, expected, strict=True)
        )
        broken += [] if whole else [path.name]
    assert broken == ["variant-glued-tags.ris", "variant-mojibake.ris"]
