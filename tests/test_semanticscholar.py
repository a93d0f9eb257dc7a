"""Semantic Scholar: what is asked, what its answers say, and walks through a server that has its rules."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from references import http, tables
from references.error import ReviewError
from references.payloads import body_of
from references.plan import SearchLine
from references.record import TYPES, from_data, record_id, to_data
from references.review import Review
from references.searches import SearchResult, all_records, log, run_search
from references.sources import LIVE, semanticscholar
from references.sources.source import Changed, Question
from references.wire import Limits
from tests.replay import Asked, Fault, Raw, Reply, status
from tests.replay_semanticscholar import QUERY, TOO_MANY, Replay, SemanticScholar, made, paper, recorded

TODAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINE = 'query="joint working" + (health | care)&publicationDateOrYear=2007-01-01:'
KEY = "open-sesame-4711"


def question(query: str = LINE, page_size: int = 1000) -> Question:
    return Question(query=query, page_size=page_size, base=semanticscholar.BASE)


def answer(total: Any, count: int = 0, token: Any = None) -> dict[str, Any]:
    """An answer that finds so many and gives so many of them."""
    rows: list[Any] = [{}] * count
    return {"total": total, "data": rows, "token": token}


def read(**fields: Any) -> Any:
    """The record of a paper that says no more than this."""
    return semanticscholar.to_record({"paperId": "a1", "title": "Partnership", **fields})


# -- what is asked -----------------------------------------------------------------------------------------------------


def test_a_line_is_asked_with_its_plus_signs_and_our_own_parameters() -> None:
    request = semanticscholar.request(question(), semanticscholar.START)
    assert (request.method, request.url) == ("GET", "https://api.semanticscholar.org/graph/v1/paper/search/bulk")
    assert dict(request.query) == {
        "query": '"joint working" + (health | care)',
        "publicationDateOrYear": "2007-01-01:",
        "fields": semanticscholar.FIELDS,
        "sort": "paperId",
    }
    sent = requests.Request("GET", request.url, params=request.query).prepare().url
    assert sent is not None and "query=%22joint+working%22+%2B+%28health+%7C+care%29&publicationDateOrYear=2007-01-01%3A&" in sent


def test_a_later_page_is_asked_for_by_its_token() -> None:
    cursor = semanticscholar.next_cursor(answer(2674, 1000, "PCOKWV"), question(), semanticscholar.START)
    assert cursor == '[2,"PCOKWV",[]]'
    assert dict(semanticscholar.request(question(), cursor).query)["token"] == "PCOKWV"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("partnership", "'partnership' is not known; expected query, publicationDateOrYear"),
        ("", "'' is not known"),
        ("publicationDateOrYear=2007-01-01:", "it has no query="),
        ("query=", "query is ''"),
        ("query=a&query=b", "query stands twice"),
        ("query=a&token=B", "token is for the program to set"),
        ("query=a&limit=10", "limit is for the program to set"),
        ("query=a&colour=green", "'colour' is not known"),
        ("query=joint%20working", "query is 'joint%20working'; write it as the service takes it, not yet encoded"),
        ("query=a AND b", "AND is a word like any other there; write + for AND, | for OR and - for NOT"),
        ('query="a OR b" OR c', "OR is a word like any other there"),
        ("query=a&publicationDateOrYear=2007-01-01 to 2008", "write it as the service takes it, as 2007-01-01:2020-12-31"),
        ("query=a&publicationDateOrYear=", "publicationDateOrYear is ''"),
        ("query=a&publicationDateOrYear=:", "publicationDateOrYear is ':'"),
        ("query=a&year=2007:2008", "year is '2007:2008'"),
        ("query=a&minCitationCount=few", "minCitationCount is 'few'"),
    ],
)
def test_a_line_that_is_not_understood_is_refused_in_words(query: str, said: str) -> None:
    with pytest.raises(ReviewError, match=re.escape(said)):
        semanticscholar.request(question(query), semanticscholar.START)


@pytest.mark.parametrize(
    "query",
    [
        "query=health & social care&publicationDateOrYear=2007",
        'query="AND" + a -b* | "c d"~3&publicationDateOrYear=:2020-06',
        "query=a\n  + b&publicationDateOrYear=2007-01-01:2027-12-31&publicationTypes=JournalArticle,Review",
        "query=a&year=2016-&fieldsOfStudy=Medicine,Political Science&minCitationCount=1&venue=BMJ",
    ],
)
def test_a_line_that_is_understood_is_sent_as_it_is(query: str) -> None:
    sent = "&".join(f"{name}={text}" for name, text in semanticscholar.take_apart(query))
    assert sent == " ".join(query.split())


def test_nothing_can_be_looked_up_by_identifier() -> None:
    assert semanticscholar.lookup(["10.1/a"], ["1"], 10) == []
    assert semanticscholar.limits({}) == Limits()


# -- cursors and totals ------------------------------------------------------------------------------------------------


def test_the_walk_ends_where_there_is_no_token() -> None:
    assert semanticscholar.next_cursor(answer(674, 674), question(), '[3,"A",[]]') is None
    assert semanticscholar.next_cursor({"total": 0, "offset": 0}, question(), semanticscholar.START) is None


def test_rows_that_were_given_empty_are_named_at_the_end() -> None:
    first = {"total": 7, "data": [{}, None, {}, {}], "token": "A"}
    last = {"total": 7, "data": [{}, {}, None], "token": None}
    cursor = semanticscholar.next_cursor(first, question(page_size=4), semanticscholar.START)
    assert cursor == '[2,"A",["row 2 of page 1"]]'
    assert semanticscholar.withheld(first, question(), semanticscholar.START) == ()
    assert semanticscholar.withheld(last, question(), cursor) == ("row 2 of page 1", "row 3 of page 2")


def test_the_estimate_is_that_of_the_first_answer() -> None:
    assert semanticscholar.total(answer(2680), question(), semanticscholar.START) == 2680
    assert semanticscholar.total(answer(2674), question(), '[2,"A",[]]') is None


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        (answer(7, 4, "B"), None),
        (answer(7, 1), None),  # as many as there are: the total is an estimate
        (answer(7, 0), None),
        ({"total": 7, "data": [{}, None, {}, {}], "token": "B"}, None),
        (answer(7, 3, "B"), "it answered with 3 records and a token for more, where 4 were due"),
        (answer(7, 4, "A"), "it answered with the token that was sent"),
        (answer(7, 4, 5), "it answered with a token that is no text"),
        (answer(7, 4, "a\nb"), "it answered with a token that is no text"),
        (answer(None, 4), "it answered without the number of results or the list of them"),
        (answer(True, 4), "it answered without"),
        (answer(-1, 4), "it answered without"),
        ({"total": 7}, "it answered without"),
        ({"total": 7, "data": {}}, "it answered without"),
        ([None], "it answered without"),
        (None, "it answered without"),
    ],
)
def test_a_page_that_is_none_is_told(page: Any, wrong: str | None) -> None:
    found = semanticscholar.flaw(page, question(page_size=4), '[2,"A",[]]')
    assert found is None if wrong is None else found is not None and found.startswith(wrong)


def test_a_first_page_with_nothing_of_what_was_found_is_no_page() -> None:
    assert semanticscholar.flaw(answer(7), question(), semanticscholar.START) == "it answered without any of 7 records"
    for page in (answer(0), {"total": 0, "offset": 0}, {"total": 0, "data": None}):
        assert semanticscholar.flaw(page, question(), semanticscholar.START) is None
        assert semanticscholar.records(page) == []


@pytest.mark.parametrize("keyed", [True, False])
def test_what_is_refused_is_told_in_the_source_s_words_with_the_key_s_name(keyed: bool) -> None:
    unknown = {"error": "Unrecognized or unsupported fields: [unknown]"}
    assert semanticscholar.refusal(unknown, 400) == f"Semantic Scholar refused the search: {unknown['error']}"
    forbidden = semanticscholar.refusal({"message": "Forbidden"}, 403, keyed)
    assert forbidden is not None and "Forbidden" in forbidden and "REVIEW_SEMANTICSCHOLAR_KEY" in forbidden
    many = semanticscholar.refusal({"message": TOO_MANY, "code": "429"}, 429, keyed)
    if keyed:
        assert many is None  # it passes
    else:
        assert many is not None and many.endswith("get one there, and set REVIEW_SEMANTICSCHOLAR_KEY") and TOO_MANY in many
    for body, code in (({"message": "Internal server error"}, 500), (answer(0), 200), ([], 400), ({"message": "Endpoint timed out"}, 504)):
        assert semanticscholar.refusal(body, code) is None


# -- records -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [[], {}, {"paperId": None}, {"paperId": ""}, {"paperId": 7}, {"paperId": "a b"}])
def test_a_paper_without_an_id_stops_the_reading(raw: Any) -> None:
    with pytest.raises(Changed, match="Semantic Scholar gave a paper whose paperId is"):
        semanticscholar.to_record(raw)


def test_an_article_is_read_whole() -> None:
    (raw,) = made(1, first=5)
    record = semanticscholar.to_record({name: value for name, value in raw.items() if name != "citationCount"})
    assert (record.id, record.source, record.key) == (record_id("semanticscholar", f"{5:040x}"), "semanticscholar", f"{5:040x}")
    assert (record.title, record.authors) == ("Joint working in health and social care, part 5", ("Kari Moe", "O. Li"))
    assert (record.year, record.date, record.type, record.retracted) == (2013, "2013-03-01", "journal-article", False)
    assert (record.journal, record.volume, record.pages) == ("Journal of Examples", "4", "5-14")
    assert (record.doi, record.pmid, record.abstract) == ("10.5555/partnership.5", "5", "To see 5.")
    assert (record.database, record.accession, record.url) == ("Semantic Scholar", record.key, None)
    assert record.unread == (("kinds", "JournalArticle; Review", 0),)
    assert {field for field, _, _ in record.origins} >= {"title", "authors", "year", "date", "type", "journal", "doi", "pmid", "pages"}
    assert semanticscholar.diagnostics(None, [record]) == []


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"externalIds": {"PubMedCentral": "10581430"}}, "pmcid", "PMC10581430"),
        ({"externalIds": {"PubMedCentral": "PMC7"}}, "pmcid", "PMC7"),
        ({"externalIds": {"DOI": "10.18653/V1/2020.ACL-MAIN.447"}}, "doi", "10.18653/v1/2020.acl-main.447"),
        ({"externalIds": None, "journal": None, "authors": None, "abstract": None}, "abstract", None),
        ({"year": 2013, "publicationDate": None}, "date", "2013"),
        ({"year": None, "publicationDate": "2013-04-10"}, "date", "2013-04-10"),
        ({"venue": "BMJ", "journal": {"name": "BMJ"}}, "journal", "BMJ"),
        ({"venue": "BMJ", "journal": {"name": ""}}, "journal", "BMJ"),
        ({"venue": "BMJ", "journal": {"volume": "4"}}, "journal", "BMJ"),
        ({"venue": "", "journal": {"name": "BMJ"}}, "journal", "BMJ"),
        ({"journal": {"pages": "\n          109 - 119\n        "}}, "pages", "109-119"),
        ({"journal": {"pages": "109--119"}}, "pages", "109-119"),
        ({"journal": {"pages": " - "}}, "pages", None),
        ({"journal": {"pages": "e82"}}, "pages", "e82"),
        ({"openAccessPdf": {"url": "", "status": "CLOSED", "license": "CC", "disclaimer": "Notice"}}, "url", None),
        ({"openAccessPdf": {"url": "https://a.example/1.pdf"}}, "url", "https://a.example/1.pdf"),
        ({"authors": [{"authorId": None, "name": None}, {"name": "E. Duflo"}]}, "authors", ("E. Duflo",)),
        ({"abstract": "p &lt; 0.05 <i>in</i>\u00a0Norway"}, "abstract", "p < 0.05 in Norway"),
    ],
)
def test_ugly_fields_are_read(fields: dict[str, Any], name: str, value: Any) -> None:
    record = read(**fields)
    assert (getattr(record, name), record.unread) == (value, ())


@pytest.mark.parametrize(
    ("kinds", "type"),
    [
        (None, None),
        ([], None),
        (["JournalArticle"], "journal-article"),
        (["Review", "JournalArticle"], "journal-article"),
        (["Review"], None),
        (["Conference"], "conference-paper"),
        (["JournalArticle", "Conference"], None),
        (["Book"], "book"),
        (["BookSection"], "book-chapter"),
        (["Dataset"], "dataset"),
        (["News"], "news"),
    ],
)
def test_a_type_is_ours_where_one_sort_of_document_is_told(kinds: Any, type: str | None) -> None:
    record = read(publicationTypes=kinds)
    assert (record.type, record.unread) == (type, (("kinds", "; ".join(kinds), 0),) if kinds else ())


def test_every_type_is_one_of_ours() -> None:
    assert set(semanticscholar.KINDS.values()) <= set(TYPES)


def test_what_is_beside_the_record_is_shown_with_it() -> None:
    record = read(externalIds={"ArXiv": "2101.00001"}, venue="NeurIPS", journal={"name": "Advances"})
    assert (record.journal, record.unread) == ("Advances", (("arXiv number", "2101.00001", 0), ("venue", "NeurIPS", 0)))
    assert semanticscholar.diagnostics(None, [record]) == []


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"publicationTypes": ["JournalArticle", "Hologram"]}, "publicationTypes"),
        ({"publicationTypes": "Review"}, "publicationTypes"),
        ({"year": 99}, "year"),
        ({"publicationDate": "2013"}, "publicationDate"),
        ({"externalIds": {"DOI": "none"}}, "externalIds.DOI"),
        ({"externalIds": {"Handle": "1/2"}}, "externalIds.Handle"),
        ({"openAccessPdf": {"url": "javascript:alert(1)"}}, "openAccessPdf.url"),
        ({"authors": ["Moe"]}, "authors"),
        ({"journal": "BMJ"}, "journal"),
        ({"mood": "good"}, "mood"),
    ],
)
def test_what_is_not_understood_is_kept_and_told_once_a_page(fields: dict[str, Any], left: str) -> None:
    record = read(**fields)
    told = semanticscholar.diagnostics(None, [record, record])
    assert [note.what for note in told] == [f"{left}: not understood in 2 records, first in a1"]


def test_the_recorded_papers_are_read_without_a_field_left_over() -> None:
    papers = recorded()
    if not papers:
        pytest.skip("../shared is not here")
    asked = semanticscholar.FIELDS.split(",")
    found = [semanticscholar.to_record({name: value for name, value in raw.items() if name in asked}) for raw in papers]
    assert semanticscholar.diagnostics(None, found) == []
    assert len(found) > 2674 and all(record.title for record in found)
    assert all(from_data(record.id, record.source, record.key, to_data(record)) == record for record in found)


# -- walks -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def review(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Review:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("REVIEW_SEMANTICSCHOLAR_KEY", KEY)
    monkeypatch.delenv("REVIEW_DATABASE_URL", raising=False)
    monkeypatch.setitem(LIVE, "semanticscholar", semanticscholar)
    text = """
[review]
title = "Joint working"
version = "1"
[people.ana]
may = ["screen"]
[searches]
from = "2007-01-01"
overlap_days = 60
[[searches.lines]]
name = "EP1"
source = "europepmc"
query = "partnership"
"""
    (tmp_path / "protocol.toml").write_text(text, encoding="utf-8")
    return Review(tmp_path)


def run(review: Review, server: Replay, now: datetime = TODAY, client: http.Client | None = None, query: str = QUERY) -> SearchResult:
    """Run a line at the server, four records a page, without waiting unless a client is given that waits."""
    client = client or http.Client(semanticscholar.SECRETS, sleep=lambda _: None, pace=http.Pace(), timeout=(2.0, 0.5))
    line = SearchLine(name="SS1", source="semanticscholar", query=query)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVIEW_SEMANTICSCHOLAR_URL", server.base)
        return run_search(review, line, by="ana", ask=client.ask, page_size=4, now=now)


def keys(review: Review) -> list[str]:
    with review.reading() as connection:
        return [record.key for record in all_records(connection)]


def names(papers: list[Raw]) -> list[str]:
    return [raw["paperId"] for raw in papers]


COUNT = 11  # records: three pages


@pytest.mark.parametrize("count", [0, 1, 4, 5, 8, COUNT, 40])
def test_every_record_comes_once_and_in_order(review: Review, count: int) -> None:
    with Replay(made(count), key=KEY) as server:
        result = run(review, server)
        assert len(server.asked) == max(1, -(-count // 4))
        assert {form["query"] for form in server.asked} == {'"partnership working" + (health | care)'}
        assert {form["publicationDateOrYear"] for form in server.asked} == {"2007-01-01:2027-12-31"}
        assert server.most_at_once <= 1
    assert (result.state, result.total, result.retrieved, result.new) == ("complete", count, count, count)
    assert keys(review) == names(made(count))


def test_recorded_papers_come_whole(review: Review) -> None:
    papers = recorded()[::50]
    if not papers:
        pytest.skip("../shared is not here")
    with Replay(papers) as server:
        result = run(review, server)
    assert (result.state, sorted(keys(review))) == ("complete", sorted(names(papers)))


def test_rows_that_are_counted_and_given_empty_are_named_and_not_missed(review: Review) -> None:
    with Replay(made(COUNT), empty=(2, 9)) as server:
        result = run(review, server)
    assert (result.state, result.total, result.retrieved) == ("complete", COUNT, 9)
    assert result.message.endswith(
        "every record came (9) but for 2 that Semantic Scholar counts and does not give: row 3 of page 1, row 2 of page 3"
    )


@pytest.mark.parametrize("off", [-2, 3])
def test_an_estimate_that_is_not_met_fails_with_both_numbers_and_keeps_what_came(review: Review, off: int) -> None:
    with Replay(made(COUNT), off=off) as server:
        result = run(review, server)
        assert len(server.asked) == 6  # once more from the beginning
    assert (result.state, result.total, result.retrieved) == ("failed", COUNT + off, COUNT)
    assert result.message.startswith(f"semanticscholar reported {COUNT + off} records and gave {COUNT} different ones")
    assert keys(review) == names(made(COUNT))


@pytest.mark.parametrize("off", [-2, 2])
def test_an_estimate_that_is_nearly_met_is_whole_where_two_walks_bring_the_same(review: Review, off: int) -> None:
    with Replay(made(44), off=off) as server:
        result = run(review, server)
        assert len(server.asked) == 22
    assert (result.state, result.total, result.retrieved) == ("complete", 44 + off, 44)
    assert result.message == f"two walks brought the same 44 records, where Semantic Scholar estimated {44 + off}"


def test_an_estimate_that_is_nearly_met_is_not_enough_where_two_walks_differ(review: Review) -> None:
    with Replay(made(44), {11: Fault("short", number=3)}, off=1) as server:
        result = run(review, server)  # the last page of the first walk lacks one, which nothing else tells
        assert len(server.asked) == 22
    assert (result.state, result.total, result.retrieved) == ("failed", 45, 44)


def test_an_estimate_that_changes_on_the_way_says_nothing(review: Review) -> None:
    with Replay(made(COUNT), {2: Fault("total", number=12)}) as server:
        assert run(review, server).state == "complete"
        assert len(server.asked) == 3


MENDED = {
    "429": status(429, text=json.dumps({"message": TOO_MANY, "code": "429"})),
    "429 with a wait": status(429, "2"),
    "500": status(500, text='{"message": "Internal server error"}'),
    "502": status(502),
    "503": status(503),
    "504": status(504, text='{"message": "Endpoint request timed out"}'),
    "a cut body": Fault("cut"),
    "HTML with 200": Fault("html"),
    "an empty 200": Fault("empty"),
    "JSON without results": Fault("junk", text='{"total":11}'),
    "a silent server": Fault("silent"),
    "a reset": Fault("reset"),
}


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("fault", MENDED.values(), ids=MENDED)
def test_a_passing_fault_on_any_page_loses_no_record(review: Review, fault: Fault, at: int) -> None:
    with Replay(made(COUNT), {at: fault}, key=KEY) as server:
        result = run(review, server)
        assert len(server.asked) == 4
    assert (result.state, result.retrieved, len(log(review))) == ("complete", COUNT, 1)
    assert keys(review) == names(made(COUNT))


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_short_page_loses_no_record(review: Review, at: int) -> None:
    with Replay(made(COUNT), {at: Fault("short", number=1)}) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("complete", COUNT)
    assert [entry.state for entry in log(review)] == (["complete"] if at < 3 else ["failed", "complete"])


def test_a_page_that_stays_short_fails_and_says_so(review: Review) -> None:
    with Replay(made(COUNT), dict.fromkeys(range(2, 30), Fault("short", number=2))) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("failed", 4)
    assert "at last it answered with 2 records and a token for more, where 4 were due" in result.message


def test_records_that_moved_between_pages_are_missed_and_the_walk_begun_once_more(review: Review) -> None:
    with Replay(made(COUNT), {2: Fault("shift", number=1)}) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("complete", COUNT)
    first, again = log(review)
    assert (first.state, first.retrieved, again.state, again.seen_again) == ("failed", COUNT - 1, "complete", COUNT - 1)


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("fault", [status(503), Fault("cut"), MENDED["429"]], ids=["503", "cut", "429"])
def test_a_lasting_fault_fails_the_search_and_keeps_what_came(review: Review, fault: Fault, at: int) -> None:
    with Replay(made(COUNT), dict.fromkeys(range(at, at + 6), fault)) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("failed", 4 * (at - 1))
    assert "no sound answer in 6 tries" in result.message
    with Replay(made(COUNT)) as server:
        again = run(review, server)
    assert (again.state, again.retrieved, again.seen_again) == ("complete", COUNT, result.retrieved)


def test_without_a_key_it_says_at_once_which_one_is_wanted(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REVIEW_SEMANTICSCHOLAR_KEY")
    with Replay(made(COUNT), key=KEY) as server:
        result = run(review, server)
        assert len(server.asked) == 1
    assert (result.state, result.retrieved) == ("refused", 0)
    assert "set REVIEW_SEMANTICSCHOLAR_KEY" in result.message and "Too Many Requests" in result.message
    with Replay(made(COUNT)) as server:  # it does answer now and then
        assert run(review, server).state == "complete"


def test_a_wrong_key_is_told_with_its_name_and_without_itself(review: Review) -> None:
    with Replay(made(COUNT), key="another") as server:
        result = run(review, server)
    assert (result.state, result.message) == (
        "refused",
        "Semantic Scholar refused the search: Forbidden. Look at the key in REVIEW_SEMANTICSCHOLAR_KEY",
    )


def test_a_token_that_is_no_longer_good_is_refused_in_the_service_s_words(review: Review) -> None:
    with Replay(made(COUNT), {3: status(400, text='{"error":"Invalid continuation token"}')}) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("refused", 8)
    assert result.message == "Semantic Scholar refused the search: Invalid continuation token"


def test_a_walk_that_was_stopped_is_begun_anew_since_its_token_may_be_dead(review: Review) -> None:
    with Replay(made(COUNT), {2: status(429, "55000")}) as server:
        stopped = run(review, server)
        assert (stopped.state, stopped.retrieved, len(server.asked)) == ("waiting", 4, 2)
    with Replay(made(COUNT)) as server:
        again = run(review, server, now=datetime(2026, 12, 31, tzinfo=UTC))
        assert "token" not in server.asked[0]
    assert (again.state, again.retrieved, again.seen_again) == ("complete", COUNT, 4)
    first, second = log(review)
    assert (first.state, second.state) == ("failed", "complete")


def test_a_wrong_line_is_told_before_anything_is_asked(review: Review) -> None:
    with Replay(made(3)) as server:
        with pytest.raises(ReviewError, match="AND is a word like any other there"):
            run(review, server, query="query=a AND b")
        assert server.asked == []


def test_one_request_a_second_is_never_passed(review: Review) -> None:
    client = http.Client(semanticscholar.SECRETS, pace=http.Pace(), timeout=(2.0, 2.0))  # it waits, by a real clock
    with Replay(made(COUNT), rate=1.0, key=KEY) as server:
        result = run(review, server, client=client)
        gaps = [later - sooner for sooner, later in pairwise(server.times)]
    assert (result.state, result.retrieved, server.service.too_many) == ("complete", COUNT, 0)
    assert len(gaps) == 2 and min(gaps) >= 1.0


class Echo(SemanticScholar):
    """A service that repeats what it was sent."""

    def reply(self, asked: Asked, fault: Fault | None) -> Reply:
        reply = super().reply(asked, fault)
        return Reply.of({**json.loads(reply.body), "debug": dict(asked.headers)}, reply.status, x_ratelimit_who=asked.headers["x-api-key"])


def test_the_key_is_sent_and_stored_nowhere(review: Review, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    server = Replay(made(COUNT), {3: status(400, text=json.dumps({"error": f"who is {KEY}?"}))})
    server.service = Echo(made(COUNT))
    with server:
        result = run(review, server)
        assert {one.headers["x-api-key"] for one in server.heard} == {KEY}
    assert (result.state, "(hidden)" in result.message) == ("refused", True)
    with review.reading() as connection:
        bodies = [body_of(row) for row in connection.execute(sa.select(tables.payloads))]
    assert len(bodies) == 2 and all(b"(hidden)" in body for body in bodies)
    stored = [path.read_bytes() for path in review.folder.rglob("*") if path.is_file()]
    assert not any(KEY.encode() in place for place in (*stored, *bodies, caplog.text.encode(), result.message.encode()))
    assert KEY not in repr(log(review))


def test_papers_of_every_shape_are_read(review: Review) -> None:
    records = semanticscholar.records({"total": 4, "data": [paper(number) for number in range(1, 5)]})
    assert [record.type for record in records] == ["journal-article", None, "book-chapter", None]
    assert [note.what for note in semanticscholar.diagnostics(None, records)] == [
        "citationCount: not understood in 4 records, first in " + f"{1:040x}"
    ]
