"""CSL-JSON and OpenAlex's works: every object of the list is a record, and what is no such list is refused."""

import json
import re
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from references.formats import json_files
from references.formats.csl_json import CSL_JSON
from references.formats.format import Format
from references.formats.openalex_json import OPENALEX_JSON
from references.formats.reading import Reading
from references.formats.text import Malformed, NotText, Text, TooLarge
from references.record import Record

SHARED = Path(__file__).parents[1].parent / "shared" / "data" / "formats"


def read(data: Any, format: Format) -> SimpleNamespace:
    """What a file gives; `data` may be its bytes, its text, or what its text stands for."""
    text = data if isinstance(data, (bytes, str)) else json.dumps(data)
    reading = Reading(Text.of(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")), format, "file:x.json")
    found = list(reading)
    return SimpleNamespace(
        records=[one.record for one in found],
        entries=[one.entry for one in found],
        counts=reading.counts,
        told=[str(one) for one in reading.diagnostics],
    )


def csl(**item: Any) -> Record:
    (record,) = read([{"type": "article-journal", "title": "T", **item}], CSL_JSON).records
    return record


# -- CSL-JSON ----------------------------------------------------------------------------------------------------------

ARTICLE = {
    "id": "http://zotero.org/users/1/items/A",
    "type": "article-journal",
    "title": "Joint boards in <i>Fife</i>",
    "author": [
        {"family": "Berg", "given": "Jan", "non-dropping-particle": "van der", "suffix": "Jr"},
        {"family": "Beethoven", "given": "Ludwig", "dropping-particle": "van"},
        {"literal": "NHS Fife"},
    ],
    "editor": [{"family": "Lien", "given": "M."}],
    "issued": {"date-parts": [["2018", 4, 16]]},
    "container-title": "Journal of Joint Care",
    "volume": 12,
    "issue": "3",
    "page": "349-69",
    "DOI": "https://doi.org/10.1234/JJC.9",
    "URL": "https://example.org/9",
    "ISSN": "1234-5679, 2345-6780",
    "abstract": "We asked.",
    "language": "en",
    "keyword": "boards, care",
    "publisher": "Press",
    "note": "PMID: 30712345\nPMCID: PMC777\nread twice",
    "custom": {"colour": ["red", "blue"], "seen": True, "none": None},
}


def test_an_article_in_csl_gives_every_field():
    (record,) = read([ARTICLE], CSL_JSON).records
    assert record.authors == ("van der Berg, Jan Jr", "Beethoven, Ludwig van", "NHS Fife")
    assert (record.title, record.editors, record.type) == ("Joint boards in Fife", ("Lien, M.",), "journal-article")
    assert (record.year, record.date) == (2018, "2018-04-16")
    assert (record.journal, record.volume, record.issue, record.pages) == ("Journal of Joint Care", "12", "3", "349-369")
    assert (record.doi, record.pmid, record.pmcid, record.issn) == ("10.1234/jjc.9", "30712345", "PMC777", "1234-5679")
    assert (record.abstract, record.language, record.publisher, record.url) == ("We asked.", "en", "Press", "https://example.org/9")
    assert record.keywords == ("boards", "care")
    unread = {item[:2] for item in record.unread}
    assert {("note", "read twice"), ("custom/colour", "red"), ("custom/colour", "blue"), ("custom/seen", "true")} <= unread
    assert ("ISSN", "2345-6780") in unread


@pytest.mark.parametrize(
    ("issued", "year", "date"),
    [
        ({"date-parts": [[2018]]}, 2018, "2018"),
        ({"date-parts": [[2018, "4"]]}, 2018, "2018-04"),
        ({"date-parts": [[2018, 4, 1], [2018, 4, 30]]}, 2018, "2018-04"),
        ({"date-parts": [[2018, 11], [2019, 2]]}, None, None),
        ({"raw": "2018-04-16"}, 2018, "2018-04-16"),
        ({"literal": "Spring 2018"}, 2018, "2018"),
        ({"date-parts": [["2018", None]]}, 2018, "2018"),
        ({"date-parts": []}, None, None),
        ({"date-parts": [[]]}, None, None),
        ({"date-parts": [[None]]}, None, None),
        ({"date-parts": [{"year": 2018}]}, None, None),
        ({"date-parts": 2018}, None, None),
        ("2018-04", 2018, "2018-04"),
        (2018, 2018, "2018"),
    ],
)
def test_a_date_in_csl_is_as_exact_as_it_is_written(issued, year, date):
    record = csl(issued=issued)
    assert (record.year, record.date) == (year, date)


@pytest.mark.parametrize(
    ("type", "kind"),
    [("article-journal", "journal-article"), ("chapter", "book-chapter"), ("article", "preprint"), ("paper-conference", "conference-paper"),
     ("review-book", "review-notice"), ("song", "other"), ("unheard-of", None)],
)  # fmt: skip
def test_a_type_of_csl_is_known(type, kind):
    assert csl(type=type).type == kind


def test_names_that_are_no_people_stay_readable():
    record = csl(author=[{"family": "A", "given": "B", "ORCID": "0000-0001"}, "C, D", {"given": "Cher"}, {"name": "Team X"}, {}])
    assert record.authors == ("A, B", "C, D", "Cher", "Team X")
    assert ("author/ORCID", "0000-0001") in {item[:2] for item in record.unread}


def test_keywords_are_divided_at_semicolons_where_there_are_any():
    assert csl(keyword="Models, Organizational; care").keywords == ("Models, Organizational", "care")
    assert csl(keyword=["Models, Organizational", "care"]).keywords == ("Models, Organizational", "care")


# -- OpenAlex ----------------------------------------------------------------------------------------------------------

WORK = {
    "id": "https://openalex.org/W42",
    "doi": "https://doi.org/10.1234/JJC.10",
    "title": "Joint boards",
    "display_name": "Joint boards",
    "publication_year": 2018,
    "publication_date": "2018-04-16",
    "ids": {"pmid": "https://pubmed.ncbi.nlm.nih.gov/30712345", "pmcid": "https://www.ncbi.nlm.nih.gov/pmc/articles/777"},
    "language": "en",
    "primary_location": {
        "landing_page_url": "https://doi.org/10.1234/jjc.10",
        "source": {
            "display_name": "Journal of Joint Care",
            "issn_l": "1234-5679",
            "issn": ["1234-5679", "2345-6780"],
            "host_organization_name": "P",
        },
    },
    "type": "article",
    "type_crossref": "proceedings-article",
    "authorships": [
        {
            "author": {"display_name": "Åse Ødegård", "id": "https://openalex.org/A1"},
            "raw_author_name": "Ødegård, Åse",
            "countries": ["NO"],
        },
        {"author": {"display_name": "Jan van der Berg"}, "raw_author_name": "J. v. d. Berg"},
        {"author": {"display_name": None}, "raw_author_name": "Lien, M."},
    ],
    "biblio": {"volume": "12", "issue": "3", "first_page": "349", "last_page": "369"},
    "is_retracted": True,
    "keywords": [{"id": "k", "display_name": "Boards, joint", "score": 0.5}],
    "abstract_inverted_index": {"boards": [1, 3], "Joint": [0], "met": [2], "again.": [4]},
    "cited_by_count": 5,
}


def test_a_work_of_openalex_gives_every_field():
    (record,) = read(WORK, OPENALEX_JSON).records
    assert record.authors == ("Ødegård, Åse", "Jan van der Berg", "Lien, M.")
    assert (record.title, record.year, record.date, record.type) == ("Joint boards", 2018, "2018-04-16", "conference-paper")
    assert (record.journal, record.volume, record.issue, record.pages) == ("Journal of Joint Care", "12", "3", "349-369")
    assert (record.doi, record.pmid, record.pmcid, record.issn) == ("10.1234/jjc.10", "30712345", "PMC777", "1234-5679")
    assert record.abstract == "Joint boards met boards again."
    assert (record.keywords, record.publisher, record.language) == (("Boards, joint",), "P", "en")
    assert (record.database, record.accession, record.retracted) == ("OpenAlex", "W42", True)
    assert {("authorships/countries", "NO"), ("authorships/author/id", "https://openalex.org/A1")} <= {item[:2] for item in record.unread}


def test_a_work_downloaded_again_has_the_same_key():
    again = {**WORK, "cited_by_count": 77, "updated_date": "2027-01-01"}
    assert read(again, OPENALEX_JSON).records[0].id == read(WORK, OPENALEX_JSON).records[0].id
    assert read({**WORK, "publication_year": 2019}, OPENALEX_JSON).records[0].id != read(WORK, OPENALEX_JSON).records[0].id


@pytest.mark.parametrize("index", [{"a": ["x"]}, {"a": 3}, {"a": [[1]]}, {"a": [-1]}, [1], "text", {"a": [999999999999]}])
def test_an_abstract_that_is_no_index_is_kept_as_it_is(index):
    (record,) = read({**WORK, "abstract_inverted_index": index}, OPENALEX_JSON).records
    said = [item for item in record.unread if item[0].startswith("abstract_inverted_index")]
    assert said or record.abstract


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([WORK, WORK]),
        json.dumps({"meta": {"count": 2}, "results": [WORK, WORK], "group_by": []}),
        f"{json.dumps(WORK)}\n{json.dumps(WORK)}\n",
        json.dumps([WORK], indent=2) + json.dumps([WORK]),
    ],
)
def test_a_list_an_answer_and_one_work_to_a_line_are_read_alike(text):
    found = read(text, OPENALEX_JSON)
    one = read(WORK, OPENALEX_JSON).records[0]
    assert [record.key for record in found.records] == [one.key, f"{one.key}#2"]
    assert found.counts.titles == 2


def test_what_stands_beside_the_list_of_an_answer_is_told():
    found = read('{\n"meta": {"count": 1},\n"results": [' + json.dumps(WORK) + "]}", OPENALEX_JSON)
    assert any(re.search(r"line 2: meta.*count 1", one) for one in found.told)


# -- files -------------------------------------------------------------------------------------------------------------


def test_records_and_their_keys_name_their_lines():
    text = '[\n  {"type": "book",\n   "title": "One",\n   "author": [\n    {"family": "A"}\n   ]\n  },\n\n  {"title": "Two"}\n]\n'
    found = read(text, CSL_JSON)
    assert [(entry.first_line, entry.last_line) for entry in found.entries] == [(2, 7), (9, 9)]
    assert [(line.tag, line.first, line.last) for line in found.entries[0].lines] == [("type", 2, 2), ("title", 3, 3), ("author", 4, 6)]


def test_a_json_file_in_any_encoding_gives_the_same_records():
    text = json.dumps([{**ARTICLE, "title": "Ødegård – naïve"}], ensure_ascii=False, indent=1)
    wanted = read(text, CSL_JSON).records[0].id
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        assert read(text.replace("\n", "\r\n").encode(encoding), CSL_JSON).records[0].id == wanted, encoding
    assert read(json.dumps([{**ARTICLE, "title": "Ødegård – naïve"}]), CSL_JSON).records[0].id == wanted  # with \u escapes


def test_a_key_that_stands_twice_is_told_and_both_values_are_kept():
    found = read('[{"type": "book", "title": "One",\n"title": "Two", "custom": {"a": 1, "b": 2, "a": 3}}]', CSL_JSON)
    assert found.records[0].title == "One"
    assert ("title", "Two", 2) in found.records[0].unread
    assert [item[:2] for item in found.records[0].unread if item[0] == "custom/a"] == [("custom/a", "1"), ("custom/a", "3")]
    assert any("the key 'title' twice" in one for one in found.told)
    assert any("the key 'a' twice" in one for one in found.told)


def test_an_empty_object_is_told():
    found = read('[{"type": "book", "title": "One"},\n{}]', CSL_JSON)
    assert len(found.records) == 1
    assert any("line 2: an empty object" in one for one in found.told)


def test_numbers_stay_as_they_are_written():
    record = read('[{"title": "T", "volume": 1.50, "page": 1e3, "number": ' + "9" * 6000 + "}]", CSL_JSON).records[0]
    assert (record.volume, record.pages) == ("1.50", "1e3")
    assert ("number", "9" * 6000) in {item[:2] for item in record.unread}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[{"title": "One"},\n{"title": "Two", "volume": NaN}]', "line 2: NaN.*1 record stood before"),
        ('[{"title": -Infinity}]', "Infinity"),
        ('[{"title": "One"}, "two"]', "no object in the list.*'\"two\"\\]'.*1 record stood before"),
        ("[null]", "no object in the list"),
        ('"text"', "neither a list nor an object"),
        ("12", "neither a list nor an object"),
        ('{"error": "sign in"}', "keys error, and none that a record has"),
        ('[{"title": "One"}', "the end of the file.*1 record stood before"),
        ('[{"title": "One"},]', "no object"),
        ('[{"title": "One",}]', "no key"),
        ('[{"title" "One"}]', "expected :"),
        ('[{"title": "One" "volume": 1}]', "expected , or }"),
        ("[{title: 1}]", "no key"),
        ('[{"title": ' + "[" * 100_000, "deep"),
        ('[{"title": ' + "[" * 60 + "]" * 60 + "}]", "deep"),
        ('[{"title": ' + '{"a":' * 60 + "1" + "}" * 60 + "}]", "deep"),
        ('[{"title": "One"}]\nand more', "neither a list nor an object.*1 record stood before"),
        ('[{"title": "\\u12"}]', "line 1"),
    ],
)
def test_json_that_is_broken_is_refused_with_its_line_and_what_stood_before(text, words):
    with pytest.raises(Malformed, match=f"(?s){words}.*nothing of the file is read"):
        read(text, CSL_JSON)


def test_a_record_of_too_many_values_is_refused(monkeypatch):
    monkeypatch.setattr(json_files, "MOST_ROWS", 10)
    with pytest.raises(TooLarge, match="12 values"):
        read([{"title": "T", "custom": list(range(11))}], CSL_JSON)


@pytest.mark.parametrize("format", [CSL_JSON, OPENALEX_JSON])
@pytest.mark.parametrize(
    "text",
    ["TY  - JOUR\nER  - ", '@article{a, type = {"type": "book"}}', "<xml/>", "", "[]", "{}",
     '{"message-type": "work-list", "type": "book", "title": 1}',
     '{"resultList": {"result": [{"title": "x", "type": "book"}]}}', '[{"id": "https://openalex.org/A1", "type": "book", "title": "x"}]'],
)  # fmt: skip
def test_other_formats_are_not_taken_for_json_of_records(format, text):
    assert format.sign(text) is None


def test_the_formats_are_known_by_their_keys():
    assert CSL_JSON.sign(json.dumps([ARTICLE], indent=2)) == '"type": "article-journal"'
    assert OPENALEX_JSON.sign(json.dumps({"results": [WORK]})) == "a work called https://openalex.org/W42"
    assert CSL_JSON.sign(json.dumps(WORK)) is None
    assert OPENALEX_JSON.sign(json.dumps([ARTICLE])) is None


# -- properties --------------------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from([*ARTICLE, *WORK, "date-parts", "x"]) | st.text(max_size=6)


@given(st.lists(st.dictionaries(KEYS, VALUES, min_size=1, max_size=8), max_size=5), st.booleans())
@settings(max_examples=150, deadline=None)
def test_every_object_of_a_list_is_a_record_whatever_its_values(items, indent):
    text = json.dumps(items, indent=2 if indent else None)
    for format in (CSL_JSON, OPENALEX_JSON):
        found = read(text, format)
        assert len(found.records) == len(items)
        for entry, item in zip(found.entries, items, strict=True):
            assert {line.tag.partition("/")[0] for line in entry.lines} <= {json_files.tag_of(key).partition("/")[0] for key in item}


PARTS = st.sampled_from(
    [
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        '"title"',
        '"type"',
        '"author"',
        "null",
        "NaN",
        "1",
        '"\\ud800"',
        "\n",
        "é",
        "\0",
        '"items"',
        '"results"',
    ]
)


@given(
    st.one_of(
        st.binary(max_size=200), st.lists(st.one_of(PARTS, st.text(max_size=4)), max_size=30).map(lambda parts: "".join(parts).encode())
    )
)
@settings(max_examples=300, deadline=None)
def test_no_bytes_raise_anything_but_a_refusal(data):
    for format in (CSL_JSON, OPENALEX_JSON):
        try:
            found = read(data, format)
        except (Malformed, TooLarge, NotText) as refusal:
            assert len(str(refusal)) > 20
        else:
            assert found.counts.records == len(found.entries)


# -- real files --------------------------------------------------------------------------------------------------------


def words_of(one: object) -> list[str]:
    """The words without their order: OpenAlex has given names first."""
    return sorted(re.findall(r"\w+", unicodedata.normalize("NFKC", str(one)).lower()))


@pytest.mark.parametrize(("folder", "format"), [("csljson", CSL_JSON), ("openalexjson", OPENALEX_JSON)])
def test_real_exports_lose_no_record_and_no_field(folder, format):
    if not SHARED.exists():
        pytest.skip("../shared is not here")
    files = {row["file"]: row for row in map(json.loads, (SHARED / "MANIFEST.jsonl").read_text().splitlines())}
    asked = 0
    for expected in sorted((SHARED / folder).glob("*.expected.json")):
        path = expected.with_name(expected.name.removesuffix(".expected.json"))
        assert format.sign(Text.at(path).head())
        found = read(path.read_bytes(), format)
        assert len(found.records) == files[f"{folder}/{path.name}"]["expected_records"]
        for record, wanted in zip(found.records, json.loads(expected.read_text())["records"], strict=True):
            for field in ("title", "authors", "year", "journal", "doi", "abstract"):
                if wanted.get(field):
                    asked += 1
                    assert words_of(getattr(record, field)) == words_of(wanted[field]), (path.name, field)
    assert asked > 2
