"""PubMed: what is asked, what its answers say, and that a walk brings every record once."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from lxml import etree

from references import http, tables
from references.changes import notices
from references.payloads import body_of
from references.plan import SearchLine, read_searches
from references.record import TYPES, from_data, record_id, to_data
from references.review import Review, sound
from references.searches import SearchResult, all_records, log, run_search
from references.sources import LIVE, pubmed
from references.sources.source import Changed, Moved, Question
from references.wire import Limits
from tests.replay import RECORDED, Fault, Raw, status
from tests.replay_pubmed import NO_IDS, PROLOG, PROTOCOL, TOO_DEEP, Replay, article, made

ANY = Question(query="x", page_size=4, base=pubmed.BASE)
TODAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = "0123456789abcdef0123456789abcdef0123"


def found(*ids: int, count: int | None = None, **more: Any) -> dict[str, Any]:
    """What a search says."""
    number = str(len(ids) if count is None else count)
    return {"header": {"type": "esearch"}, "esearchresult": {"count": number, "idlist": [str(id) for id in ids], **more}}


def records_of(*articles: str) -> Any:
    """A set of records, as it is read."""
    return pubmed.read(f"{PROLOG}<PubmedArticleSet>{''.join(articles)}</PubmedArticleSet>".encode())


def given(*numbers: int) -> Any:
    """A set with records of these PMIDs."""
    return records_of(*(article(str(number), number) for number in numbers))


def after(cursor: str, data: Any, question: Question = ANY) -> str:
    following = pubmed.next_cursor(data, question, cursor)
    assert following is not None
    return following


def form(cursor: str, question: Question = ANY) -> dict[str, str]:
    return dict(pubmed.request(question, cursor).form)


# -- requests ----------------------------------------------------------------------------------------------------------


def test_a_search_is_a_post_that_asks_for_all_numbers_at_once() -> None:
    query = " OR ".join(f'"joint working {number}"[tiab]' for number in range(300))
    request = pubmed.request(Question(query=query, page_size=200, base=pubmed.BASE), pubmed.START)
    assert (request.method, request.url, request.query) == ("POST", "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/esearch.fcgi", ())
    assert dict(request.form) == {
        "db": "pubmed", "retmode": "json", "term": query, "retstart": "0", "retmax": "9999", "tool": "evidence-review",
    }  # fmt: skip
    assert request.interval >= 1 / 3


def test_records_are_fetched_by_number_page_by_page_in_the_order_of_their_numbers() -> None:
    first = after("search", found(9, 30, 7, 100, 8))
    request = pubmed.request(ANY, first)
    assert (request.method, request.url) == ("POST", "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/efetch.fcgi")
    assert dict(request.form) == {"db": "pubmed", "retmode": "xml", "id": "7,8,9,30", "tool": "evidence-review"}
    second = after(first, given(7, 8, 9, 30))
    assert form(second)["id"] == "100"
    assert pubmed.next_cursor(given(100), ANY, second) is None


def test_documents_are_looked_up_by_doi_and_by_number_so_many_at_once() -> None:
    assert pubmed.lookup(["10.1136/bmj.n71", '10.1/"'], ["7", "8"], 2) == ['"10.1136/bmj.n71"[aid] OR 7[uid]', "8[uid]"]
    assert pubmed.lookup([], [], 2) == []


def test_a_search_that_finds_nothing_is_at_its_end() -> None:
    assert pubmed.next_cursor(found(), ANY, pubmed.START) is None


def test_a_cursor_of_all_the_numbers_a_search_gives_is_short_and_says_them_all() -> None:
    ids = [10_000_000 + 3_001 * number + number % 7 * 400 for number in range(9_999)]
    cursor = after("search", found(*reversed(ids)), Question(query="x", page_size=9_999, base=pubmed.BASE))
    assert len(cursor) < 35_000
    assert form(cursor, Question(query="x", page_size=9_999, base=pubmed.BASE))["id"] == ",".join(map(str, ids))


# -- answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" "x.dtd">\n', "not whole XML"),
        (b"<!DOCTYPE html><title>Down for maintenance</title><p>Back soon", "not whole XML"),
        (b"<html><body>Down for maintenance</body></html>", "<html>, which is no set of records: <html><body>Down for maintenance"),
        (b'Error: CEutilsException: NCBI C++ Exception:\n    "eutils.cpp", line 7', "neither JSON nor XML: Error: CEutilsException"),
        (b'{"header":{"type":"esearch"},"esearchresult":{"count":"1","idl', "not whole JSON"),
        (b"[1, 2]", "neither JSON nor XML"),
        (b'{"a":' * 100_000, "not whole JSON"),
        (b"<PubmedArticleSet><PubmedArticle>", "not whole XML"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><PubmedArticleSet>&b;</PubmedArticleSet>", "declares entities"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><PubmedArticleSet/>".encode("utf-16"), "neither JSON nor XML"),
        (b'<?xml version="1.0" encoding="UTF-16"?><PubmedArticleSet>\xff</PubmedArticleSet>', "not whole XML"),
        (b"<PubmedArticleSet>" + b"<a>" * 300 + b"</a>" * 300 + b"</PubmedArticleSet>", "not whole XML"),
    ],
)
def test_a_body_that_is_no_answer_is_said_in_words(body: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        pubmed.read(body)


def error(text: str) -> bytes:
    return f'{{"header":{{}},"esearchresult":{{"ERROR":"{text}"}}}}'.encode()


@pytest.mark.parametrize(
    ("body", "code", "lasting"),
    [
        (error(TOO_DEEP), 200, True),  # a raw line end in a string
        (error("Empty term and query_key - nothing todo"), 200, True),
        (b'{"error":"API key invalid","api-key":"abc","type":"client","status":"unknown"}', 400, True),
        (b'{"error":"API key not wellformed","api-key":"abc"}', 200, True),
        (b'{"error":"API rate limit exceeded","api-key":"203.0.113.7","count":"4","limit":"3"}', 429, False),
        (b'{"error":"API rate limit exceeded","api-key":"203.0.113.7","count":"4","limit":"3"}', 200, False),
        (error("Search Backend failed: Database is not supported: pubmed"), 200, False),
        (
            b"<eSearchResult><ERROR>Search Backend failed: Exception: 502 Proxy Error, an invalid response</ERROR></eSearchResult>",
            200,
            False,
        ),
        (NO_IDS.encode(), 400, False),
    ],
)
def test_an_error_is_a_refusal_where_it_would_be_the_same_again_and_else_asked_again(body: bytes, code: int, lasting: bool) -> None:
    data = pubmed.read(body)
    no = pubmed.refusal(data, code)
    assert (no is not None) is lasting
    assert no is None or (no.startswith("PubMed refused the search: ") and no.isprintable())
    for cursor in ("search", after("search", found(7))):
        assert (pubmed.flaw(data, ANY, cursor) or "").startswith("it answered with an error: ")


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        (found(7, 8), None),
        (found(), None),
        (found(7, 8, count=3), "2 numbers of records where 3 were found"),
        (found(7, 7, count=2), "1 numbers of records where 2 were found"),
        (found(7, 8, count=20_000), None),  # of which it gives some; they are asked for by days
        ({"esearchresult": {"count": 2, "idlist": ["7", "8"]}}, "without the number of results"),
        ({"esearchresult": {"count": "-2", "idlist": []}}, "without the number of results"),
        ({"esearchresult": {"count": "2"}}, "without the number of results"),
        ({"esearchresult": {"count": "1", "idlist": ["7 OR 8"]}}, "without the number of results"),
        ({"esearchresult": {"count": "1", "idlist": [7]}}, "without the number of results"),
        ({"esearchresult": None}, "without the number of results"),
        ({"header": {}}, "without the number of results"),
        (given(7), "without the number of results"),
    ],
)
def test_a_search_without_as_many_numbers_as_it_counts_is_no_page(page: Any, wrong: str | None) -> None:
    said = pubmed.flaw(page, ANY, pubmed.START)
    assert said is None if wrong is None else wrong in (said or "")


def test_records_that_were_not_asked_for_are_no_page() -> None:
    cursor = after("search", found(7, 8))
    assert pubmed.flaw(given(7, 8), ANY, cursor) is None
    assert pubmed.flaw(given(7, 9), ANY, cursor) == "it answered with 1 records that were not asked for, PMID 9"
    assert pubmed.flaw(found(7, 8), ANY, cursor) == "it answered with something else than records"


def test_a_page_that_lacks_most_of_its_records_is_no_page_and_one_that_lacks_few_is() -> None:
    many = Question(query="x", page_size=40, base=pubmed.BASE)
    cursor = after("search", found(*range(1, 41)), many)
    assert pubmed.flaw(given(*range(1, 16)), many, cursor) == "it answered with 15 records where 40 were asked for"
    assert pubmed.flaw(given(*range(1, 36)), many, cursor) is None


@pytest.mark.parametrize(
    ("headers", "interval"),
    [
        ({"x-ratelimit-limit": "3", "x-ratelimit-remaining": "2"}, 0.35),
        ({"x-ratelimit-limit": "10"}, 0.105),
        ({"x-ratelimit-limit": "0"}, None),
        ({"x-ratelimit-limit": "3, 3;w=1"}, None),
        ({}, None),
    ],
)
def test_the_pace_is_what_the_headers_allow_and_a_little_less(headers: dict[str, str], interval: float | None) -> None:
    assert pubmed.limits(headers) == Limits(interval=pytest.approx(interval) if interval else None)


def test_only_the_first_search_tells_the_total() -> None:
    page = found(7, 8)
    assert pubmed.total(page, ANY, pubmed.START) == pubmed.wanted(ANY, 2) == 2
    cursor = after("search", page)
    assert pubmed.total(given(7, 8), ANY, cursor) is None
    assert pubmed.total(found(7), ANY, after("search", found(count=20_000))) is None


def test_what_pubmed_makes_of_a_query_is_told() -> None:
    said = found(
        7,
        querytranslation='"joint working"[Title/Abstract]',
        errorlist={"phrasesnotfound": ["xyzzy"], "fieldsnotfound": []},
        warninglist={
            "phrasesignored": ["of"],
            "quotedphrasesnotfound": ['"joint\nboards"[tiab]', "b"],
            "outputmessages": ["No items found."],
        },
    )
    told = pubmed.diagnostics(said, [])
    assert [(one.severity, one.what) for one in told] == [
        ("note", 'PubMed read the query as: "joint working"[Title/Abstract]'),
        ("warning", "PubMed finds no such words: xyzzy"),
        ("warning", "PubMed left out: of"),
        ("warning", 'PubMed has no such phrases, and looks for their words one by one: "joint boards"[tiab]; b'),
    ]
    assert pubmed.records(said) == []


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"errorlist": {"phrasesnotfound": [], "fieldsnotfound": []}}, "PubMed found an error in the query, and does not say which"),
        ({"errorlist": {"newlist": ["odd"]}}, "newlist: odd"),
        ({"warninglist": ["odd"]}, "warninglist: odd"),
        ({"warninglist": {"outputmessages": ["Year is out of range", {"a": 1}]}}, 'PubMed says: Year is out of range; {"a": 1}'),
    ],
)
def test_what_pubmed_says_in_another_form_is_told_too(more: dict[str, Any], what: str) -> None:
    assert [one.what for one in pubmed.diagnostics(found(7, **more), [])] == [what]
    assert pubmed.diagnostics(found(7, errorlist=None, warninglist=None), []) == []


# -- windows -----------------------------------------------------------------------------------------------------------


def days(cursor: str) -> tuple[str, str]:
    asked = form(cursor)
    assert (asked["datetype"], asked["term"], asked["retmax"]) == ("edat", "x", "9999")
    return asked["mindate"], asked["maxdate"]


def test_a_search_that_finds_too_much_is_divided_by_day_of_entry_until_every_part_gives_all_its_numbers() -> None:
    cursor = after("search", found(count=12_000))
    assert days(cursor) == ("1800/01/01", "2017/12/31")
    cursor = after(cursor, found(count=10_500))
    assert days(cursor) == ("1800/01/01", "2007/12/31")
    cursor = after(cursor, found(count=0))
    assert days(cursor) == ("2008/01/01", "2017/12/31")
    cursor = after(cursor, found(count=10_500))
    assert days(cursor) == ("2008/01/01", "2013/12/31")
    cursor = after(cursor, found(7, 8, 9, count=3))
    assert form(cursor)["id"] == "7,8,9"  # the numbers of a window are fetched before the next one is asked
    cursor = after(cursor, given(7, 8, 9))
    assert days(cursor) == ("2014/01/01", "2017/12/31")


def test_a_window_without_known_years_in_it_is_halved_to_a_single_day() -> None:
    whole = json.loads(after("search", found(count=12_000)))
    for since, until, halves in [
        ("2017/01/01", "2017/12/31", (("2017/01/01", "2017/07/01"), ["2017/07/02", "2017/12/31"])),
        ("2017/03/01", "2017/03/02", (("2017/03/01", "2017/03/01"), ["2017/03/02", "2017/03/02"])),
        ("3000/12/30", "3000/12/31", (("3000/12/30", "3000/12/30"), ["3000/12/31", "3000/12/31"])),
    ]:
        following = after(json.dumps([[[since, until]], 12_000, *whole[2:]]), found(count=12_000))
        assert (days(following), json.loads(following)[0][1]) == halves


def test_a_day_with_too_many_records_ends_the_walk_and_says_what_to_do() -> None:
    day = json.dumps([[["2020/01/01", "2020/01/01"]], 12_000, "", [], 0, 0])
    with pytest.raises(Changed, match=r"12,000 of these records on 2020/01/01, and gives 9,999 of one day at most; divide the line"):
        pubmed.next_cursor(found(count=12_000), ANY, day)


@pytest.mark.parametrize(("first", "second"), [(12_001, 0), (3_000, 8_999), (3_000, 9_001)])
def test_windows_that_do_not_make_up_the_whole_end_the_walk(first: int, second: int) -> None:
    with pytest.raises(Moved, match="so records came or went while they were counted"):
        cursor = after("search", found(count=12_000))
        cursor = after(cursor, found(*range(1, 5), count=first))
        pubmed.next_cursor(found(*range(5, 9), count=second), ANY, after(cursor, given(1, 2, 3, 4)))


# -- records that do not come ------------------------------------------------------------------------------------------


def test_what_is_lacking_is_asked_for_again_at_the_end_as_long_as_any_comes() -> None:
    cursor = after("search", found(*range(1, 8)))
    cursor = after(after(cursor, given(1, 4)), given(5, 7))
    assert form(cursor)["id"] == "2,3,6"
    assert pubmed.flaw(given(), ANY, cursor) is None
    cursor = after(cursor, given(3))
    assert form(cursor)["id"] == "2,6"
    assert pubmed.next_cursor(given(2, 6), ANY, cursor) is None


def test_what_never_comes_is_named_when_it_was_asked_for_three_times_more() -> None:
    cursor = after(after("search", found(1, 2, 3)), given(1, 3))
    for _ in range(2):
        cursor = after(cursor, given())
    assert pubmed.next_cursor(given(), ANY, cursor) is None
    assert pubmed.withheld(given(), ANY, cursor) == ("2",)
    cursor = after("search", found(*range(1, 41)), one := Question(query="x", page_size=40, base=pubmed.BASE))
    for _ in range(3):
        cursor = after(cursor, given(*range(1, 16)) if form(cursor, one)["id"].startswith("1,") else given(), one)
    assert len(pubmed.withheld(given(), one, cursor)) == 25


def test_a_gain_begins_the_count_of_vain_tries_anew() -> None:
    cursor = after(after("search", found(1, 2, 3)), given(1))
    for came in ((), (), (3,), (), ()):
        cursor = after(cursor, given(*came))
    assert form(cursor)["id"] == "2"
    assert pubmed.next_cursor(given(2), ANY, cursor) is None


# -- records -----------------------------------------------------------------------------------------------------------


def one(old: str = "", new: str = "", xml: str = "") -> Any:
    """The record of the usual article with something put in the place of something else."""
    xml = xml or article("7", 7)
    assert old in xml
    (record,) = pubmed.records(records_of(xml.replace(old, new)))
    return record


def test_an_article_is_read_whole() -> None:
    record = one()
    assert (record.id, record.source, record.key, record.pmid) == (record_id("pubmed", "7"), "pubmed", "7", "7")
    assert record.title == "Joint working in health and social care, part 7."
    assert record.authors == ("Moe, Kari",)
    assert (record.journal, record.volume, record.issue, record.pages) == ("Journal of Examples", "1", "4", "7-16")
    assert (record.year, record.date, record.type, record.language) == (1997, "1997-03", "journal-article", "eng")
    assert (record.doi, record.issn, record.database, record.accession) == ("10.5555/partnership.7", "1234-5679", "PubMed", "7")
    assert record.abstract == "AIM: To see whether a search of 7 loses records. RESULTS: It does not (p < 0.05)."
    assert record.keywords == ("Interinstitutional Relations",)
    assert (record.url, record.retracted) == (None, False)
    assert ("title", "MedlineCitation/Article/ArticleTitle", 0) in record.origins
    assert record.unread == (("pubType", "Journal Article", 0),)


@pytest.mark.parametrize("xml", ["<PMID/>", "<PMID>12a</PMID>", "", "<PMID>0</PMID>"])
def test_a_record_without_a_number_stops_the_reading(xml: str) -> None:
    page = records_of(article("7", 7).replace('<PMID Version="1">7</PMID>', xml))
    with pytest.raises(Changed, match="PubMed gave a record without a number in PMID"):
        pubmed.records(page)


AUTHOR = "<LastName>Moe</LastName><ForeName>Kari</ForeName><Initials>K</Initials>"
DATE = "<PubDate><Year>1997</Year><Month>Mar</Month></PubDate>"
KIND = '<PublicationType UI="D016428">Journal Article</PublicationType>'


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("<LastName>van der Berg</LastName><ForeName>Jan</ForeName><Initials>J</Initials><Suffix>Jr</Suffix>", "van der Berg, Jan Jr"),
        ("<LastName>Lien</LastName><Initials>M</Initials>", "Lien, M"),
        ("<CollectiveName>Joint Working <i>Study</i> Group</CollectiveName>", "Joint Working Study Group"),
        ("<LastName>Sukarno</LastName>", "Sukarno"),
    ],
)
def test_authors_are_family_comma_given_and_groups_as_they_call_themselves(author: str, name: str) -> None:
    assert one(AUTHOR, author).authors == (name,)


@pytest.mark.parametrize(
    ("written", "year", "date", "shown"),
    [
        ("<Year>2018</Year><Month>Apr</Month><Day>16</Day>", 2018, "2018-04-16", None),
        ("<Year>2018</Year><Month>Apr</Month>", 2018, "2018-04", None),
        ("<Year>2018</Year>", 2018, "2018", None),
        ("<Year>1990</Year><Season>Spring</Season>", 1990, "1990", "1990 Spring"),
        ("<MedlineDate>2019 Nov-Dec</MedlineDate>", 2019, "2019", "2019 Nov-Dec"),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", 1998, "1998", "1998 Dec-1999 Jan"),
    ],
)
def test_a_date_is_as_exact_as_the_issue_s_and_its_words_are_kept(written: str, year: int, date: str, shown: str | None) -> None:
    record = one(DATE, f"<PubDate>{written}</PubDate>")
    assert (record.year, record.date) == (year, date)
    assert [text for tag, text, _ in record.unread if tag.endswith("PubDate")] == ([shown] if shown else [])
    assert pubmed.diagnostics(records_of(), [record]) == []


@pytest.mark.parametrize(
    ("kinds", "type"),
    [
        (["Journal Article"], "journal-article"),
        (["Randomized Controlled Trial"], "journal-article"),  # what is in a journal, and by design
        ([], "journal-article"),
        (["Journal Article", "Preprint"], "preprint"),
        (["Published Erratum"], "other"),
        (["Journal Article", "Published Erratum"], "other"),
        (["Retraction Notice"], "other"),
        (["Expression of Concern", "Editorial"], "other"),
        (["News"], "news"),
        (["Congress", "Journal Article"], "conference-paper"),
        (["Letter", "Comment"], "journal-article"),
        (["Technical Report"], "report"),
    ],
)
def test_publication_types_become_ours(kinds: list[str], type: str) -> None:
    record = one(KIND, "".join(f"<PublicationType>{kind}</PublicationType>" for kind in kinds))
    assert record.type == type
    assert record.type in TYPES
    assert [text for tag, text, _ in record.unread if tag == "pubType"] == (["; ".join(kinds)] if kinds else [])
    assert [path for field, path, _ in record.origins if field == "type"] == (
        ["MedlineCitation/Article/PublicationTypeList/PublicationType"] if kinds else []
    )


def notice(kind: str, pmid: str = "<PMID>99</PMID>", place: str = "BMJ. 2019;1:2.") -> str:
    source = f"<RefSource>{place}</RefSource>" if place else ""
    return f'<CommentsCorrections RefType="{kind}">{source}{pmid}</CommentsCorrections>'


def with_notices(*notices: str) -> Any:
    listed = f"<CommentsCorrectionsList>{''.join(notices)}</CommentsCorrectionsList>"
    return one("<MeshHeadingList>", f"{listed}<MeshHeadingList>")


@pytest.mark.parametrize(
    ("notices", "retracted", "shown"),
    [
        ([notice("RetractionIn")], True, ["Retraction in MED:99"]),
        ([notice("RetractionIn", pmid="<PMID/>")], True, ["Retraction in BMJ. 2019;1:2."]),
        ([notice("RetractionIn", pmid="", place="")], True, ["Retraction in ?"]),
        ([notice("RetractionOf")], False, ["Retraction of MED:99"]),
        ([notice("PartialRetractionIn")], False, ["Partial retraction in MED:99"]),
        ([notice("CorrectedandRepublishedIn")], False, ["Corrected and republished in MED:99"]),
        ([notice("ExpressionOfConcernIn")], False, ["Expression of concern in MED:99"]),
        (
            [notice("ErratumIn"), notice("UpdateOf"), notice("CommentIn")],
            False,
            ["Erratum in MED:99", "Update of MED:99", "Comment in MED:99"],
        ),
        ([notice("Cites"), notice("Cites")], False, []),
    ],
)
def test_notices_are_kept_and_a_retraction_is_told_from_the_notice_of_it(notices: list[str], retracted: bool, shown: list[str]) -> None:
    record = with_notices(*notices)
    assert record.retracted is retracted
    assert [text for tag, text, _ in record.unread if tag == "commentCorrection"] == shown
    assert pubmed.diagnostics(records_of(), [record]) == []


def test_a_correction_is_told_in_the_words_of_europe_pmc_and_what_is_corrected_is_none() -> None:
    record = with_notices(notice("ErratumIn"), notice("ErratumFor"), notice("RetractionOf"), notice("CommentIn"))
    assert notices(record) == ("commentCorrection: Erratum in MED:99",)


def test_an_article_of_the_kind_retracted_publication_is_retracted_and_a_notice_is_not() -> None:
    assert one("Journal Article", "Retracted Publication").retracted is True
    assert one("Journal Article", "Retraction of Publication").retracted is False
    assert one("Joint working in", "RETRACTED: Joint working in").retracted is True


def bank(name: str, *numbers: str) -> str:
    listed = "".join(f"<AccessionNumber>{number}</AccessionNumber>" for number in numbers)
    return f"<DataBank><DataBankName>{name}</DataBankName><AccessionNumberList>{listed}</AccessionNumberList></DataBank>"


def test_numbers_of_registered_trials_are_kept_and_those_of_sequences_are_not() -> None:
    banks = bank("ClinicalTrials.gov", "NCT00000001", "NCT00000002") + bank("GENBANK", "A1") + bank("A new one", "7")
    record = one("<GrantList", f'<DataBankList CompleteYN="Y">{banks}</DataBankList><GrantList')
    assert [text for tag, text, _ in record.unread if tag == "DataBank"] == ["ClinicalTrials.gov: NCT00000001, NCT00000002", "A new one: 7"]
    assert pubmed.diagnostics(records_of(), [record]) == []


def test_identifiers_of_references_are_not_the_article_s() -> None:
    doi = '<ELocationID EIdType="doi" ValidYN="Y">10.5555/partnership.7</ELocationID>'
    xml = article("7", 7).replace('<ArticleId IdType="doi">10.5555/partnership.7</ArticleId>', "")
    assert one(doi, "", xml=xml).doi is None


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        (">7-16<", ">e82<", "pages", "e82"),
        ("<MedlinePgn>7-16</MedlinePgn>", "", "pages", "7-16"),
        ("part <i>7</i>.", "H<sub>2</sub>O &amp; R&lt;D\x85 &#x200e;\u202e", "title", "Joint working in health and social care, H2O & R<D"),
        ("<Language>eng</Language>", "<Language>nor</Language><VernacularTitle>Samarbeid</VernacularTitle>", "title_alt", "Samarbeid"),
        ('<ArticleId IdType="pubmed">7', '<ArticleId IdType="pmc">PMC77</ArticleId><ArticleId IdType="pubmed">7', "pmcid", "PMC77"),
        ("</AbstractText>\n<AbstractText", "</AbstractText>\n<AbstractText Label='UNLABELLED'> </AbstractText><AbstractText", "abstract",
         "AIM: To see whether a search of 7 loses records. RESULTS: It does not (p < 0.05)."),
    ],
)  # fmt: skip
def test_ugly_fields_are_read_as_they_are_meant(old: str, new: str, field: str, value: str) -> None:
    assert getattr(one(old, new), field) == value


def test_a_chapter_is_a_record_with_its_book_for_a_journal() -> None:
    xml = """<PubmedBookArticle><BookDocument><PMID Version="1">2141</PMID><ArticleIdList><ArticleId IdType="bookaccession">NBK5</ArticleId>
    </ArticleIdList><Book><Publisher><PublisherName>College</PublisherName><PublisherLocation>London</PublisherLocation></Publisher>
    <BookTitle book="b">Guideline of joints</BookTitle><PubDate><Year>2009</Year><Month>02</Month></PubDate><AuthorList Type="editors">
    <Author><LastName>Ed</LastName><ForeName>Itor</ForeName></Author></AuthorList><Isbn>9781860163593</Isbn><Medium>Internet</Medium>
    </Book><ArticleTitle book="b" part="c">Knees</ArticleTitle><Language>eng</Language><AuthorList Type="authors"><Author>
    <LastName>Kne</LastName><ForeName>A</ForeName></Author></AuthorList><PublicationType UI="D016454">Review</PublicationType>
    <Abstract><AbstractText>On knees.</AbstractText></Abstract><Sections><Section><SectionTitle>One</SectionTitle></Section></Sections>
    <ContributionDate><Year>2010</Year></ContributionDate></BookDocument><PubmedBookData><History/><PublicationStatus>ppublish
    </PublicationStatus><ArticleIdList><ArticleId IdType="pubmed">2141</ArticleId></ArticleIdList></PubmedBookData></PubmedBookArticle>"""
    page = records_of(article("7", 7), xml)
    article_, chapter = pubmed.records(page)
    assert (article_.key, chapter.key, chapter.accession, chapter.pmid) == ("7", "2141", "2141", "2141")
    assert (chapter.title, chapter.type, chapter.journal, chapter.publisher) == ("Knees", "book-chapter", "Guideline of joints", "College")
    assert (chapter.authors, chapter.editors, chapter.date, chapter.isbn) == (("Kne, A",), ("Ed, Itor",), "2009-02", "9781860163593")
    assert (chapter.abstract, chapter.unread) == ("On knees.", (("pubType", "Review", 0),))
    assert pubmed.diagnostics(page, [article_, chapter]) == []


def test_what_is_not_understood_is_kept_and_told_once_a_page() -> None:
    odd = article("8", 8).replace("<CitationSubset>", "<TrustScore>7</TrustScore><CitationSubset>").replace("10.5555/partnership.8", "none")
    odd = odd.replace("</MedlineCitation>", "<CommentsCorrections2>a</CommentsCorrections2></MedlineCitation>")
    page = records_of(
        article("7", 7), odd, odd.replace(">8<", ">9<"), "<DeleteCitation><PMID>5</PMID></DeleteCitation><Weather>fine</Weather>"
    )
    records = pubmed.records(page)
    assert [record.key for record in records] == ["7", "8", "9"]
    assert [one.what for one in pubmed.diagnostics(page, records)] == [
        "MedlineCitation/Article/ELocationID[doi]: not understood in 2 records, first in 8",
        "MedlineCitation/CommentsCorrections2: not understood in 2 records, first in 8",
        "MedlineCitation/TrustScore: not understood in 2 records, first in 8",
        "PubmedData/ArticleIdList/ArticleId[doi]: not understood in 2 records, first in 8",
        "<Weather> beside the records: not understood",
    ]


def test_reading_a_page_changes_nothing_of_it() -> None:
    page = records_of(article("7", 7), article("8", 8))
    before = etree.tostring(page)
    assert pubmed.records(page) == pubmed.records(page)
    assert etree.tostring(page) == before


def test_a_record_that_is_no_honest_record_is_refused_in_words() -> None:
    many = " ".join(f'a{number}="1"' for number in range(300))
    with pytest.raises(Changed, match="PubMed's record 7: 300 attributes in one <Odd>"):
        pubmed.records(records_of(article("7", 7).replace("<CitationSubset>", f"<Odd {many}/><CitationSubset>")))


BODIES = sorted((RECORDED / "pubmed").glob("efetch_*/*.xml"))


@pytest.mark.skipif(not BODIES, reason="../shared is not here")
def test_recorded_records_are_read_without_a_field_left_over() -> None:
    pages = [pubmed.read(path.read_bytes()) for path in BODIES]
    found = [(page, pubmed.records(page)) for page in pages]
    assert [line for page, records in found for line in pubmed.diagnostics(page, records)] == []
    records = [record for _, some in found for record in some]
    assert len(records) == 12
    assert all(record.title and record.authors and record.year and record.type in TYPES and record.journal for record in records)
    raw = [one for path in BODIES for one in etree.parse(str(path)).getroot() if one.tag == "PubmedArticle"]
    dois = [
        one.xpath("string((PubmedData/ArticleIdList/ArticleId|MedlineCitation/Article/ELocationID)[@IdType='doi' or @EIdType='doi'])")
        for one in raw
    ]
    assert [record.doi or "" for record in records] == [doi.lower() for doi in dois]
    assert [record.abstract is not None for record in records] == [one.find(".//Abstract") is not None for one in raw]
    for record, one in zip(records, raw, strict=True):  # people of one name in one byline are one, as in files
        assert len(record.authors) == len(
            {" ".join(map(str, author.xpath("*[not(self::AffiliationInfo)]//text()"))) for author in one.iter("Author")}
        )
    assert max(len(record.authors) for record in records) > 300
    assert all(from_data(record.id, record.source, record.key, to_data(record)) == record for record in records)


@pytest.mark.skipif(not BODIES, reason="../shared is not here")
@pytest.mark.parametrize("name", ["200_error_invalid_json.body.json", "200_error_xml.xml", "200_prolog_only.xml", "429.body.json"])
def test_transcribed_errors_are_no_page(name: str) -> None:
    body = (RECORDED / "_transcribed" / f"pubmed_{name}").read_bytes()
    try:
        data = pubmed.read(body)
    except ValueError:
        return
    assert pubmed.refusal(data, 200) or pubmed.flaw(data, ANY, pubmed.START)


# -- walks -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def review(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Review:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("REVIEW_DATABASE_URL", "REVIEW_PUBMED_KEY", "REVIEW_CONTACT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(LIVE, "pubmed", pubmed)
    (tmp_path / "protocol.toml").write_text(PROTOCOL, encoding="utf-8")
    return Review(tmp_path)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many records one search gives, so that small ones are divided too."""
    monkeypatch.setattr(pubmed, "MOST", 20)
    return 20


def line(review: Review) -> SearchLine:
    return next(line for line in sound(review.section("searches"), read_searches).lines)


def run(review: Review, server: Replay, now: datetime = TODAY, **more: Any) -> SearchResult:
    """Run the line at the server, without waiting, four records a page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVIEW_PUBMED_URL", server.base)
        quick = http.Client(pubmed.SECRETS, sleep=lambda _: None, pace=http.Pace(), timeout=(2.0, 0.5)).ask
        return run_search(review, line(review), by="ana", ask=quick, now=now, **{"page_size": 4, **more})


def keys(review: Review) -> list[str]:
    with review.reading() as connection:
        return [record.key for record in all_records(connection)]


def rows(review: Review, table: sa.Table) -> list[Any]:
    with review.reading() as connection:
        return list(connection.execute(sa.select(table)))


def names(records: list[Raw]) -> list[str]:
    return [raw["pmid"] for raw in records]


def paths(server: Replay) -> list[str]:
    return [one.path.strip("/").removesuffix(".fcgi") for one in server.heard]


@pytest.mark.parametrize("count", [0, 1, 4, 8, 11])
def test_every_record_comes_once_and_in_the_order_of_its_number(review: Review, count: int) -> None:
    with Replay(made(count)) as server:
        result = run(review, server)
        assert paths(server) == ["esearch", *["efetch"] * -(-count // 4)]
    assert (result.state, result.total, result.retrieved, result.new, result.seen_again) == ("complete", count, count, count, 0)
    assert keys(review) == names(made(count))
    assert {page.media for page in rows(review, tables.payloads)} <= {"application/json", "text/xml"}


@pytest.mark.parametrize("count", [20, 21, 60])
def test_a_search_that_is_divided_brings_every_record_once(review: Review, narrow: int, count: int) -> None:
    with Replay(made(count), most=narrow) as server:
        result = run(review, server)
        windows = [(asked["mindate"], asked["maxdate"]) for asked in server.asked if "mindate" in asked]
    assert (result.state, result.total, result.retrieved, result.seen_again) == ("complete", count, count, 0)
    assert sorted(keys(review), key=int) == names(made(count))
    assert (len(windows) > 1) is (count > narrow)
    assert len(set(windows)) == len(windows)


def test_a_query_is_sent_with_dates_as_pubmed_writes_them(review: Review) -> None:
    with Replay(made(1)) as server:
        run(review, server)
        assert server.asked[0]["term"] == '"joint working"[tiab] AND ("2007/01/01"[dp] : "2027/12/31"[dp])'
        assert run(review, server).state == "complete"
        assert server.asked[2]["term"].endswith('"[crdt] : "3000"[crdt])')


RATE = '{"error":"API rate limit exceeded","api-key":"203.0.113.7","count":"4","limit":"3"}'
MENDED = {  # what goes wrong at one request, try after try
    "statuses": [status(429, "2", RATE), status(500), status(502), status(503), status(504)],
    "PubMed's own errors": [
        Fault("junk", text='{"esearchresult":{"ERROR":"Search Backend failed:\n502"}}'),
        Fault("junk", text="<eSearchResult><ERROR>Search Backend failed: 502 Proxy Error</ERROR></eSearchResult>"),
        Fault("junk", text=PROLOG),
        Fault("junk", text='NCBI C++ Exception:\n "eutils.cpp", line 7'),
        Fault("junk", text='{"header":{"type":"einfo"}}'),
    ],
    "429 without a wait": [status(429)],
    "a cut body": [Fault("cut")],
    "HTML with 200": [Fault("html")],
    "an empty 200": [Fault("empty")],
    "a silent server": [Fault("silent")],
    "a reset": [Fault("reset")],
}


@pytest.mark.parametrize("at", [1, 2, 4])
@pytest.mark.parametrize("faults", MENDED.values(), ids=MENDED)
def test_passing_faults_on_any_page_lose_no_record(review: Review, faults: list[Fault], at: int) -> None:
    with Replay(made(11), dict(enumerate(faults, at))) as server:
        result = run(review, server)
        assert len(server.asked) == 4 + len(faults)  # a search and three fetches
    assert (result.state, result.retrieved) == ("complete", 11)
    assert keys(review) == names(made(11))


@pytest.mark.parametrize("at", [1, 2, 4])
@pytest.mark.parametrize("fault", [status(503), Fault("cut"), Fault("html")], ids=lambda fault: fault.kind)
def test_a_lasting_fault_fails_the_search_and_keeps_what_came(review: Review, fault: Fault, at: int) -> None:
    with Replay(made(11), dict.fromkeys(range(at, at + 6), fault)) as server:
        result = run(review, server)
    kept = max(4 * (at - 2), 0)
    assert (result.state, result.retrieved) == ("failed", kept)
    assert "no sound answer in 6 tries" in result.message
    with Replay(made(11)) as server:
        again = run(review, server)
    assert (again.state, again.retrieved, again.new) == ("complete", 11, 11 - kept)


FAULTS = {
    "too few numbers": (1, Fault("short", number=3), 5),
    "no numbers": (1, Fault("short", number=0), 5),
    "another total": (1, Fault("total", number=12), 5),
    "records that were not asked for": (2, Fault("shift", number=1), 5),
    "other records in the middle": (3, Fault("shift", number=4), 5),
    "a short page": (3, Fault("short", number=2), 5),
    "a short last page": (4, Fault("short", number=1), 5),
    "an empty page": (3, Fault("short", number=0), 5),
}


@pytest.mark.parametrize(("at", "fault", "requests"), FAULTS.values(), ids=FAULTS)
def test_an_answer_that_is_not_the_page_asked_for_loses_no_record(review: Review, at: int, fault: Fault, requests: int) -> None:
    with Replay(made(11), {at: fault}) as server:
        result = run(review, server)
        assert len(server.asked) == requests
    assert (result.state, result.retrieved) == ("complete", 11)
    assert sorted(keys(review), key=int) == names(made(11))
    assert len(log(review)) == 1


@pytest.mark.parametrize("at", [2, 3])
def test_a_window_with_too_few_numbers_or_another_count_loses_no_record(review: Review, narrow: int, at: int) -> None:
    for fault in (Fault("short", number=1), Fault("total", number=7)):
        with Replay(made(25), {at: fault}, most=narrow) as server:
            result = run(review, server, full=True)
        assert (result.state, result.retrieved) == ("complete", 25)
    assert sorted(keys(review), key=int) == names(made(25))


def test_records_that_come_while_windows_are_counted_begin_the_walk_once_more(review: Review, narrow: int) -> None:
    late = made(1, first=26)[0]

    def growing(term: str) -> list[Raw]:
        searches = [asked for asked in server.asked if "term" in asked]
        return [*made(25), *([late] if len(searches) > 1 or not term else [])]

    with Replay(growing, most=narrow) as server:
        result = run(review, server)
    assert (result.state, result.total, result.retrieved) == ("complete", 26, 26)
    first, second = log(review)
    assert (first.state, second.state) == ("failed", "complete")
    assert re.search(r"PubMed finds \d+ records entered from .*, where \d+ of the whole were left", first.message)


def test_too_many_records_of_one_day_fail_the_search_once_and_say_what_to_do(review: Review, narrow: int) -> None:
    crowd = [{**raw, "edat": "2019/03/05"} for raw in made(30)]
    with Replay(crowd, most=narrow) as server:
        result = run(review, server)
        assert set(paths(server)) == {"esearch"} and len(server.asked) < 25
    assert result.state == "failed"
    assert "PubMed entered 30 of these records on 2019/03/05" in result.message and "divide the line" in result.message
    assert len(log(review)) == 1


def test_a_record_that_pubmed_counts_and_never_gives_is_named_and_the_search_complete_without_it(review: Review) -> None:
    every = made(11)
    with Replay(every, gone=["6", "16"]) as server:
        result = run(review, server)
        assert [asked["id"] for asked in server.asked[4:]] == ["6,16"] * 3
    assert (result.state, result.total, result.retrieved) == ("complete", 11, 9)
    assert result.message == "every record came (9) but for 2 that PubMed counts and does not give: 6, 16"
    assert keys(review) == [pmid for pmid in names(every) if pmid not in ("6", "16")]
    told = "counted by the source, and not given: 6, 16"
    assert told in [row.what for row in rows(review, tables.diagnostics) if row.severity == "warning"]


def test_a_search_whose_only_record_is_not_given_fails_and_is_never_zero(review: Review) -> None:
    with Replay(made(1), gone=["1"]) as server:
        result = run(review, server)
    assert (result.state, result.total, result.retrieved) == ("failed", 1, 0)
    assert "pubmed reported 1 records and gave 0 different ones, and never 1;" in result.message


def test_a_long_wait_stops_the_search_and_the_next_run_goes_on_there(review: Review, narrow: int) -> None:
    every = made(25)
    for at in (3, 5):
        with Replay(every, {at: status(429, "55000")}, most=narrow) as server:
            stopped = run(review, server, full=True)
            assert (stopped.state, stopped.retrieved) == ("waiting", 4 * paths(server)[:-1].count("efetch"))
            assert "left alone until" in stopped.message
            assert run(review, server, full=True).state == "waiting" and len(server.asked) == at
            later = run(review, server, now=datetime.now(UTC) + timedelta(seconds=55_000), full=True)
            assert (later.state, later.retrieved) == ("complete", 25)
            asked = [one for number, one in enumerate(server.asked, 1) if number != at]
        assert len({tuple(one.items()) for one in asked}) == len(asked)  # nothing was asked twice
        assert sorted((id for one in asked for id in one.get("id", "").split(",") if id), key=int) == names(every)
    assert [entry.state for entry in log(review)] == ["complete", "complete"]


def test_a_refused_key_is_refused_once_and_not_shown(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEW_PUBMED_KEY", KEY)
    with Replay(made(3), key="another") as server:
        result = run(review, server)
        assert len(server.asked) == 1
    assert result.state == "refused"
    assert result.message == "PubMed refused the search: API key invalid"


def everything_stored(review: Review) -> bytes:
    """All bytes of the review's folder, and its payloads as they came."""
    files = [path.read_bytes() for path in review.folder.rglob("*") if path.is_file()]
    return b"".join([*files, *(body_of(row) for row in rows(review, tables.payloads))])


def test_keys_are_sent_and_stand_nowhere_else_though_the_service_echoes_them(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    contact = "ana.moe+review@example.org"
    monkeypatch.setenv("REVIEW_PUBMED_KEY", KEY)
    monkeypatch.setenv("REVIEW_CONTACT", contact)
    echo = {"querytranslation": f"asked with {KEY} by {contact}"}
    refused = status(429, "55000", f'{{"error":"API rate limit exceeded","api-key":"{KEY}","count":"11","limit":"10"}}')
    with Replay(made(11), {3: refused}, result=echo) as server:
        result = run(review, server)
        assert [(asked["api_key"], asked["email"]) for asked in server.asked] == [(KEY, contact)] * 3
    assert result.state == "waiting" and "(hidden)" in result.message
    stored = everything_stored(review) + f"{result} {log(review)}".encode()
    assert b"asked with (hidden) by (hidden)" in stored and b"API rate limit exceeded" in stored
    assert KEY.encode() not in stored.lower() and contact.encode() not in stored


def test_without_keys_nothing_is_sent_in_their_place(review: Review) -> None:
    with Replay(made(1)) as server:
        run(review, server)
        assert all("api_key" not in asked and "email" not in asked for asked in server.asked)


def test_the_server_never_hears_more_requests_a_second_than_its_headers_allow(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    with Replay(made(28), rates=(8, 8), strict=True) as server:
        monkeypatch.setenv("REVIEW_PUBMED_URL", server.base)
        ask = http.Client(pubmed.SECRETS, pace=http.Pace(), timeout=(2.0, 0.5)).ask
        start = time.monotonic()
        result = run_search(review, line(review), by="ana", ask=ask, page_size=2, now=TODAY)
        assert time.monotonic() - start < 4
        assert len(server.asked) == 15  # none of them refused
        assert server.most_in(1.0) <= 8
    assert (result.state, result.retrieved) == ("complete", 28)


def test_what_pubmed_says_of_the_query_is_kept_with_the_search(review: Review) -> None:
    said = {"querytranslation": "joint[tiab]", "warninglist": {"quotedphrasesnotfound": ['"xyzzy"[tiab]']}}
    with Replay(made(3), result=said) as server:
        assert run(review, server).state == "complete"
    assert [row.what for row in rows(review, tables.diagnostics)] == [
        "PubMed read the query as: joint[tiab]",
        'PubMed has no such phrases, and looks for their words one by one: "xyzzy"[tiab]',
    ]
