"""Europe PMC: what is asked, and what its answers say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from references.record import TYPES, from_data, record_id, to_data
from references.sources import europepmc
from references.sources.source import Question
from tests.replay_europepmc import made, recorded

ANY = Question(query="x", page_size=10, base=europepmc.BASE)


def answer(*results: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": "6.9", "hitCount": len(results), "resultList": {"result": list(results)}, **more}


def read(**fields: Any) -> Any:
    """The record of a result that says no more than this."""
    return europepmc.to_record({"source": "MED", "id": "1", "title": "Partnership", **fields})


def test_a_long_query_goes_into_the_body_of_a_post() -> None:
    query = " OR ".join(f'TITLE:"joint working {number}"' for number in range(300))
    request = europepmc.request(Question(query=query, page_size=1000, base=europepmc.BASE), europepmc.START)
    form = dict(request.form)
    assert (request.method, request.url) == ("POST", "https://www.ebi.ac.uk/europepmc/webservices/rest/searchPOST")
    assert form == {
        "query": query, "format": "json", "resultType": "core", "pageSize": "1000", "cursorMark": "*", "synonym": "false",
    }  # fmt: skip


def test_the_next_page_is_asked_with_the_mark_as_it_came() -> None:
    mark = "AoIIP4T93Cg1MzE0OTUzNA=="
    form = dict(europepmc.request(Question(query="x", page_size=25, base="http://127.0.0.1:1/rest"), mark).form)
    assert (form["cursorMark"], form["pageSize"]) == (mark, "25")


@pytest.mark.parametrize(
    ("page", "following"),
    [
        (answer({"id": "1"}, nextCursorMark="b"), "b"),
        (answer({"id": "1"}, nextCursorMark="a"), None),  # the mark that was sent
        (answer({"id": "1"}), None),  # no mark
        (answer(nextCursorMark="b"), None),  # no results
    ],
)
def test_a_walk_ends_without_mark_with_the_same_mark_or_without_results(page: dict[str, Any], following: str | None) -> None:
    assert europepmc.next_cursor(page, ANY, "a") == following


def test_an_error_inside_status_200_is_a_refusal() -> None:
    no = {"version": "6.9", "errCode": 404, "errMsg": "Invalid page size provided. Valid size is between 1 and 1000"}
    said = "Europe PMC refused the search: Invalid page size provided. Valid size is between 1 and 1000 (code 404)"
    assert europepmc.refusal(no, 200) == said
    assert europepmc.refusal(answer(), 200) is None


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        (answer({"id": "1"}), None),
        (answer({"id": "1"}, hitCount=12, nextCursorMark="b"), None),
        (answer(hitCount=5), None),
        ([], "without the number of results"),
        ({"version": "6.9"}, "without the number of results"),
        (answer(hitCount="12"), "without the number of results"),
        (answer(hitCount=True), "without the number of results"),
        (answer(resultList=None), "without the number of results"),
        (answer(nextCursorMark=["b"]), "a cursor that is no text"),
        (answer(nextCursorMark="b\0"), "a cursor that is no text"),
    ],
)
def test_an_answer_without_number_results_or_a_sound_cursor_is_no_page(page: Any, wrong: str | None) -> None:
    said = europepmc.flaw(page, ANY, "*")
    assert said is None if wrong is None else wrong in (said or "")


def test_a_record_is_named_by_source_and_number_since_sources_share_numbers() -> None:
    article, patent = read(), europepmc.to_record({"source": "PAT", "id": "1"})
    assert (article.key, article.id) == ("MED:1", record_id("europepmc", "MED:1"))
    assert patent.id != article.id


@pytest.mark.parametrize(
    "raw", [{"id": "1"}, {"source": "MED"}, {"source": "MED", "id": 1}, {"source": "MED", "id": "1\n2"}, "MED:1", None]
)
def test_a_record_without_a_name_stops_the_reading(raw: Any) -> None:
    with pytest.raises(europepmc.Changed, match=r"Europe PMC gave a record whose (source|id) is"):
        europepmc.records(answer(raw))


def test_a_journal_article_is_read_whole() -> None:
    record = europepmc.to_record(made(1)[0])
    assert record.title == "Joint working in health and social care, part 1."
    assert record.authors == ("Moe, Kari",)
    assert (record.journal, record.volume, record.issue, record.pages) == ("Journal of Examples", "4", None, "1-10")
    assert (record.year, record.date, record.type) == (2019, "2019-03", "journal-article")
    assert (record.doi, record.pmid, record.issn) == ("10.5555/partnership.1", "1", "1234-5679")
    assert record.abstract is not None and "<" not in record.abstract and record.abstract.endswith("To see whether a cursor loses records.")
    assert ("journal", "journalInfo.journal.title", 0) in record.origins
    assert record.unread == (("pubType", "Journal Article", 0),)


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ({"fullName": "Huby GO", "firstName": "Guro Øyen", "lastName": "Huby", "initials": "GO"}, "Huby, Guro Øyen"),
        ({"fullName": "Huby G", "lastName": "Huby", "initials": "G"}, "Huby, G"),
        ({"fullName": "Kirchhoff R"}, "Kirchhoff R"),
        ({"collectiveName": "Joint Working Study Group"}, "Joint Working Study Group"),
        ({"lastName": "Sukarno"}, "Sukarno"),
    ],
)
def test_authors_are_family_comma_given_and_groups_as_they_call_themselves(author: dict[str, str], name: str) -> None:
    assert read(authorList={"author": [author]}).authors == (name,)


def test_the_author_line_serves_where_there_is_no_list() -> None:
    assert read(authorString="Huby G, Cook A, Kirchhoff R.").authors == ("Huby G", "Cook A", "Kirchhoff R")


def issue(words: str, month: int, printed: str) -> dict[str, Any]:
    return {"yearOfPublication": 2018, "monthOfPublication": month, "dateOfPublication": words, "printPublicationDate": printed}


@pytest.mark.parametrize(
    ("fields", "year", "date"),
    [
        ({"pubYear": "2018", "journalInfo": issue("2018 Apr", 4, "2018-04-01")}, 2018, "2018-04"),  # day 1 is invented
        ({"pubYear": "2018", "journalInfo": issue("2018 Apr 16", 4, "2018-04-16")}, 2018, "2018-04-16"),
        ({"pubYear": "2018", "journalInfo": issue("2018", 0, "2018-01-01")}, 2018, "2018"),
        ({"pubYear": "2024", "firstPublicationDate": "2024-04-26"}, 2024, "2024-04-26"),
        ({"bookOrReportDetails": {"publisher": "Iriss", "yearOfPublication": 2016}}, 2016, "2016"),
        ({"pubYear": "in press"}, None, None),
        ({}, None, None),
    ],
)
def test_a_date_is_as_exact_as_the_source_is(fields: dict[str, Any], year: int | None, date: str | None) -> None:
    record = read(**fields)
    assert (record.year, record.date) == (year, date)


@pytest.mark.parametrize(
    ("source", "kinds", "journal", "type"),
    [
        ("PPR", ["Preprint"], False, "preprint"),
        ("MED", ["Preprint", "Journal Article"], True, "preprint"),
        ("MED", ["Review", "Journal Article"], True, "journal-article"),
        ("MED", ["Multicenter Study"], True, "journal-article"),
        ("MED", ["News"], True, "news"),
        ("MED", ["Published Erratum", "correction"], True, "other"),
        ("PMC", ["book-review"], True, "review-notice"),
        ("PMC", ["meeting-abstract"], True, "conference-abstract"),
        ("ETH", ["Thesis"], False, "thesis"),
        ("CTX", ["Technical Report"], False, "report"),
        ("CBA", [], False, "other"),
    ],
)
def test_publication_types_become_ours(source: str, kinds: list[str], journal: bool, type: str) -> None:
    info = {"journal": {"title": "J Integr Care"}} if journal else {}
    record = europepmc.to_record({"source": source, "id": "1", "pubTypeList": {"pubType": kinds}, "journalInfo": info})
    assert record.type == type
    assert record.type in TYPES


@pytest.mark.parametrize(
    ("fields", "retracted"),
    [
        ({"pubTypeList": {"pubType": ["Retracted Publication", "Journal Article"]}}, True),
        ({"pubTypeList": {"pubType": ["retracted publication"]}}, True),
        ({"commentCorrectionList": {"commentCorrection": [{"type": "Retraction in", "source": "MED", "id": "2"}]}}, True),
        ({"commentCorrectionList": {"commentCorrection": [{"type": "Retraction of", "source": "MED", "id": "2"}]}}, False),
        ({"pubTypeList": {"pubType": ["Retraction of Publication"]}}, False),
        ({}, False),
    ],
)
def test_a_retraction_is_told_from_the_notice_of_it(fields: dict[str, Any], retracted: bool) -> None:
    assert read(**fields).retracted is retracted


def test_a_preprint_keeps_its_server_and_the_article_it_became() -> None:
    record = europepmc.to_record(
        {
            "source": "PPR",
            "id": "PPR838108",
            "bookOrReportDetails": {"publisher": "medRxiv", "yearOfPublication": 2024},
            "commentCorrectionList": {"commentCorrection": [{"id": "38605817", "source": "MED", "type": "Preprint of", "orderIn": 10001}]},
            "versionNumber": 4,
            "versionList": {"version": [{"id": "PPR838108", "versionNumber": 4}]},
        }
    )
    assert (record.type, record.publisher, record.year) == ("preprint", "medRxiv", 2024)
    assert record.unread == (("commentCorrection", "Preprint of MED:38605817", 0), ("versionNumber", "4", 0))


def test_an_old_doi_with_angle_brackets_is_not_taken_for_html() -> None:
    doi = "10.1002/(SICI)1099-1255(199609)11:5<601::AID-JAE417>3.0.CO;2-T"
    assert read(doi=doi).doi == doi.lower()


def test_a_free_page_is_linked_before_a_pdf_and_both_before_a_paid_one() -> None:
    def link(code: str, style: str, url: str) -> dict[str, str]:
        return {"availabilityCode": code, "documentStyle": style, "url": url, "site": "Europe_PMC"}

    paid, pdf, page = (
        link("S", "doi", "https://doi.org/10.5555/1"),
        link("OA", "pdf", "https://x.org/p"),
        link("F", "html", "https://x.org/a"),
    )
    assert read(fullTextUrlList={"fullTextUrl": [paid, pdf, page]}).url == "https://x.org/a"
    assert read(fullTextUrlList={"fullTextUrl": [paid, pdf]}).url == "https://x.org/p"
    assert read(fullTextUrlList={"fullTextUrl": [paid]}).url == "https://doi.org/10.5555/1"


def test_an_address_that_is_not_a_web_page_is_shown_and_not_linked() -> None:
    record = read(fullTextUrlList={"fullTextUrl": [{"url": "javascript:alert(1)", "availabilityCode": "OA", "documentStyle": "html"}]})
    assert record.url is None
    assert record.unread == (("fullTextUrlList.fullTextUrl[].url", "javascript:alert(1)", 0),)


def test_what_is_not_understood_is_kept_and_told_once_a_page() -> None:
    known, odd = made(2)
    odd = {**odd, "trustScore": 7, "title": ["a", "list"], "journalInfo": {"volume": "4", "colour": "green"}, "hasPDF": "Y", "doi": "none"}
    found = europepmc.records(answer(known, odd, {**odd, "id": "3"}))
    assert {tag: text for tag, text, _ in found[1].unread} == {
        "pubType": "Journal Article", "trustScore": "7", "title": '["a", "list"]', "journalInfo.colour": "green", "doi": "none",
    }  # fmt: skip
    told = europepmc.diagnostics({}, found)
    assert [note.what for note in told] == [
        "doi: not understood in 2 records, first in MED:2",
        "journalInfo.colour: not understood in 2 records, first in MED:2",
        "title: not understood in 2 records, first in MED:2",
        "trustScore: not understood in 2 records, first in MED:2",
    ]
    assert {note.severity for note in told} == {"warning"}


def test_control_characters_and_half_characters_do_not_get_through() -> None:
    record = read(title="Joint\x00 \x1b[31mworking \ud800 here", publisherX="\ud800\x07")
    stored = json.dumps(to_data(record), ensure_ascii=False)
    assert stored.isprintable()
    stored.encode()
    assert "working" in record.title


def test_the_recorded_page_is_read_without_a_field_left_over() -> None:
    results = recorded()
    if not results:
        pytest.skip("../shared is not here")
    found = europepmc.records(answer(*results))
    assert europepmc.diagnostics({}, found) == []
    assert len({record.id for record in found}) == 25
    assert sum(record.doi is not None for record in found) == 24
    assert sum(record.abstract is not None for record in found) == 21
    assert sum(record.pmcid is not None for record in found) == 9
    assert all(record.authors for record, raw in zip(found, results, strict=True) if "authorString" in raw)
    assert not any("<" in (record.abstract or "") and "h4>" in (record.abstract or "") for record in found)
    assert all(from_data(record.id, record.source, record.key, to_data(record)) == record for record in found)
