"""DOAJ: what is asked, what its answers say, and walks through a server that has its rules."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import unquote

import pytest

from references import http
from references.error import ReviewError
from references.plan import SearchLine
from references.record import from_data, record_id, to_data
from references.review import Review
from references.searches import SearchResult, all_records, log, run_search
from references.sources import LIVE, doaj
from references.sources.source import Changed, Moved, Question
from references.wire import Limits, Manners, Request
from tests.replay import Fault, Raw, status
from tests.replay_doaj import QUERY, Replay, article, made, recorded

TODAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINE = 'title:"joint working" AND bibjson.year:[2007 TO 2026]'


def question(query: str = LINE, page_size: int = 100) -> Question:
    return Question(query=query, page_size=page_size, base=doaj.BASE)


def answer(total: Any, count: int = 0, **more: Any) -> dict[str, Any]:
    """An answer that finds so many and gives so many of them."""
    results: list[Any] = [{}] * count
    return {"total": total, "results": results, **more}


def cursor(whole: int, page: int = 1, size: int | None = None, parts: tuple[tuple[str, str], ...] = (("", ""),), done: int = 0) -> str:
    return json.dumps([whole, done, page, size, parts])


def read(id: str = "a1", **bibjson: Any) -> Any:
    """The record of an article that says no more than this."""
    return doaj.to_record({"id": id, "bibjson": {"title": "Partnership", **bibjson}})


# -- what is asked -----------------------------------------------------------------------------------------------------


def test_a_query_stands_in_the_path_with_nothing_left_that_an_address_has_for_itself() -> None:
    request = doaj.request(question('title:"A+B/C 100%" AND\n  "d&e"'), doaj.START)
    path = request.url.removeprefix("https://doaj.org/api/search/articles/")
    assert path == "title%3A%22A%2BB%2FC%20100%25%22%20AND%20%22d%26e%22"
    assert unquote(path) == 'title:"A+B/C 100%" AND "d&e"'
    assert (request.method, request.form) == ("GET", ())
    assert dict(request.query) == {"page": "1", "pageSize": "100", "sort": "created_date:asc"}


def test_a_part_is_asked_for_by_the_days_on_which_records_were_added() -> None:
    request = doaj.request(question("a OR b"), cursor(2000, 3, 700, (("2010-01-01", "2019-12-31"), ("2020-01-01", "2049-12-31"))))
    assert unquote(request.url).endswith("/articles/(a OR b) AND created_date:[2010-01-01 TO 2019-12-31]")
    assert dict(request.query)["page"] == "3"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("  \n", "it is empty"),
        ("partner*", "it has a '*'; DOAJ takes no wildcards"),
        ('"does it work?"', "it has a '?'"),
        ('"joint working"~5', "it has a '~'"),
        ("bibjson.year:[2007 TO *]", "it has a '*'"),
        ('title:"joint', "has no other half"),
        ("(a OR (b)", "has no other half"),
        ("a) OR (b", "has no other half"),
        ('title:a NOT abstract:"b"', "DOAJ takes 'a NOT abstract:' for words and not for the name of a field; it does so where neither"),
        ('title:("a" "b") abstract:c', "for words"),
        ("(title:a) and (title:b)", "for words"),
    ],
)
def test_a_line_that_doaj_refuses_or_understands_otherwise_is_told(query: str, said: str) -> None:
    with pytest.raises(ReviewError, match=re.escape(said)):
        doaj.request(question(query), doaj.START)


@pytest.mark.parametrize(
    "query",
    [
        'title:"health: a report" AND abstract:b',
        r"a\? AND b\~c",
        r"title:\(a AND doi:10.1000/1\:2",
        '"a) (b" OR (c AND (d))',
        r'"he said \"no\"" OR e',
        "title:a AND NOT title:b",
        "NOT title:a",
        "created_date:[2026-01-01 TO 2026-03-01] AND (title:a OR abstract:a)",
    ],
)
def test_a_line_that_doaj_understands_is_sent_as_it_is(query: str) -> None:
    assert unquote(doaj.request(question(query), doaj.START).url).endswith(f"/articles/{query}")


def test_documents_are_looked_up_by_doi() -> None:
    dois = ["10.1/a", '10.1/"b', "10.1/c(1)", "10.1/*", "10.1/d"]
    assert doaj.lookup(dois, ["1"], 2) == ['doi:"10.1/a" OR doi:"10.1/c(1)"', 'doi:"10.1/d"']
    for query in doaj.lookup(dois, [], 5):
        assert doaj.checked(query) == query


# -- cursors and totals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "after"), [(0, None), (100, None), (101, [101, 0, 2, 101, [["", ""]]]), (1000, [1000, 0, 2, 1000, [["", ""]]])]
)
def test_a_small_line_is_walked_by_the_page(total: int, after: list[Any] | None) -> None:
    following = doaj.next_cursor(answer(total), question(), doaj.START)
    assert (following and json.loads(following)) == after


def test_a_large_line_is_divided_until_no_part_is_too_large() -> None:
    first = doaj.next_cursor(answer(1001), question(), doaj.START)
    assert first and json.loads(first) == [1001, 0, 1, None, [["1970-01-01", "2009-12-31"], ["2010-01-01", "2049-12-31"]]]
    second = doaj.next_cursor(answer(0), question(), first)
    assert second and json.loads(second) == [1001, 0, 1, None, [["2010-01-01", "2049-12-31"]]]
    third = doaj.next_cursor(answer(1001), question(), second)
    assert third and json.loads(third) == [1001, 0, 1, None, [["2010-01-01", "2029-12-31"], ["2030-01-01", "2049-12-31"]]]
    assert doaj.next_cursor(answer(1), question(), cursor(1001, done=1000)) is None


def test_parts_that_do_not_make_up_the_whole_are_no_walk() -> None:
    with pytest.raises(Moved, match="DOAJ found 1,001 records, and 1,000 when they were asked for by the day"):
        doaj.next_cursor(answer(10), question(), cursor(1001, done=990, parts=(("2010-01-01", "2010-01-02"),)))


def test_a_part_whose_number_changes_ends_the_walk() -> None:
    here = cursor(2000, 2, 700, (("2010-01-01", "2019-12-31"),))
    assert doaj.flaw(answer(701, 3), question(), here) is None
    with pytest.raises(Moved, match="the number of records added from 2010-01-01 to 2019-12-31 changed from 700 to 701"):
        doaj.next_cursor(answer(701), question(), here)
    with pytest.raises(Moved, match="the number of records changed from 300 to 299"):
        doaj.next_cursor(answer(299), question(), cursor(300, 2, 300))


def test_a_day_that_holds_too_many_is_a_clean_stop() -> None:
    with pytest.raises(Changed, match="DOAJ has 1,200 records for this line that were added on 2013-01-31, and gives 1,000 of one query"):
        doaj.next_cursor(answer(1200), question(), cursor(3000, parts=(("2013-01-31", "2013-01-31"),)))


def test_the_whole_is_told_by_the_first_answer_only() -> None:
    assert doaj.total(answer(1001), question(), doaj.START) == 1001
    assert doaj.total(answer(500), question(), cursor(1001)) is None


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        (answer(7, 3), None),
        (answer(7, 2), "it answered with 2 records where 3 were due"),
        (answer(7, 4), "it answered with 4 records where 3 were due"),
        (answer(7, 3, page=2, pageSize=4, query=LINE), None),
        (answer(7, 3, page=1), "it answered for page 1, where 2 was asked for"),
        (answer(7, 3, pageSize=10), "it answered for pageSize 10, where 4 was asked for"),
        (answer(7, 3, query="title:"), "it answered for query 'title:', where"),
        (answer(True, 3), "it answered without the number of results or the list of them"),
        (answer("7", 3), "it answered without"),
        ({"total": 7}, "it answered without"),
        ({"total": 7, "results": {}}, "it answered without"),
        ([], "it answered without"),
        (None, "it answered without"),
    ],
)
def test_a_short_page_or_another_than_was_asked_for_is_no_page(page: Any, wrong: str | None) -> None:
    found = doaj.flaw(page, question(page_size=4), cursor(7, 2, 7))
    assert found is wrong if wrong is None else found is not None and found.startswith(wrong)


def test_what_doaj_refuses_is_told_in_its_words_and_a_failing_database_may_pass() -> None:
    no = {"status": "bad_request", "error": "Query contains disallowed Lucene features (ref: 1)"}
    assert doaj.refusal(no, 400) == "DOAJ refused the search: Query contains disallowed Lucene features (ref: 1)"
    busy = {"status": "bad_request", "error": "There was an error executing your query (ref: 1)"}
    assert (doaj.refusal(busy, 400), doaj.passing(busy, 400), doaj.passing(no, 400)) == (None, True, False)
    assert doaj.refusal(no, 500) is None and doaj.refusal(no, 429) is None
    assert doaj.refusal(answer(0), 200) is None and doaj.refusal([], 400) is None
    assert doaj.limits({"x-rate-limit-limit": "1"}) == Limits()


# -- records -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [None, [], {}, {"id": 7}, {"id": ""}, {"id": "a b"}])
def test_a_record_without_an_id_stops_the_reading(raw: Any) -> None:
    with pytest.raises(Changed, match="DOAJ gave a record whose id is"):
        doaj.to_record(raw)


def test_an_article_is_read_whole() -> None:
    record = doaj.to_record(article(14))
    assert (record.id, record.source, record.key) == (record_id("doaj", f"{14:032x}"), "doaj", f"{14:032x}")
    assert (record.title, record.authors) == ("Joint working in health and social care, part 14", ("Kari Moe", "Ola Li"))
    assert (record.year, record.date, record.type, record.retracted) == (2010, "2010-01", "journal-article", False)
    assert (record.journal, record.volume, record.issue, record.pages) == ("Journal of Examples", "4", "2", "14-23")
    assert (record.doi, record.issn, record.publisher) == ("10.5555/partnership.14", "1234-5679", "Example House")
    assert (record.abstract, record.keywords) == ("Aim: To see 14.", ("joint working", "case 14"))
    assert (record.url, record.database, record.accession) == ("https://example.org/articles/14", "DOAJ", record.key)
    assert (record.language, record.unread) == (None, (("journal's languages", "EN; NO", 0), ("journal's subjects", "Social Sciences", 0)))
    assert {field for field, _, _ in record.origins} >= {"title", "authors", "year", "date", "doi", "issn", "pages", "abstract", "url"}
    assert doaj.diagnostics(None, [record]) == []
    assert doaj.to_record(article(13)).language == "EN"


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"year": "2020", "month": "0"}, "date", "2020"),
        ({"year": "2020", "month": "00"}, "date", "2020"),
        ({"year": "2020", "month": "07"}, "date", "2020-07"),
        ({"year": 2020, "month": 12}, "date", "2020-12"),
        ({"month": "7"}, "date", None),
        ({"start_page": "n/a", "end_page": "n/a"}, "pages", None),
        ({"start_page": "e0227130"}, "pages", "e0227130"),
        ({"start_page": 5, "end_page": "5"}, "pages", "5"),
        ({"start_page": "109-119", "end_page": "119"}, "pages", "109-119"),
        ({"journal": {"start_page": "3", "end_page": "9"}}, "pages", "3-9"),
        ({"identifier": [{"type": "DOI", "id": "https://doi.org/10.5555/ABC"}]}, "doi", "10.5555/abc"),
        ({"identifier": [{"type": "eissn", "id": "2345678x"}]}, "issn", "2345-678X"),
        ({"identifier": [{"type": "eissn", "id": "2345-678X"}, {"type": "pissn", "id": "1234-5679"}]}, "issn", "1234-5679"),
        ({"keywords": ["a", "a", "", "b &amp; c"]}, "keywords", ("a", "b & c")),
        ({"author": [{"name": ""}, {"name": "Moe, K."}]}, "authors", ("Moe, K.",)),
        ({"link": [{"url": "https://a.example/1"}, {"url": "https://a.example/2"}]}, "url", "https://a.example/1"),
        ({"abstract": "Abstract <b>Background</b> p &lt; 0.05"}, "abstract", "Abstract Background p < 0.05"),
        ({"title": "&lt;i&gt;Pinus&lt;/i&gt; in the NHS"}, "title", "Pinus in the NHS"),
    ],
)
def test_ugly_fields_are_read(fields: dict[str, Any], name: str, value: Any) -> None:
    record = read(**fields)
    assert (getattr(record, name), record.unread) == (value, ())


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"month": "July"}, {"bibjson.month"}),
        ({"month": "13"}, {"bibjson.month"}),
        ({"year": "in press"}, {"bibjson.year"}),
        ({"identifier": [{"type": "doi", "id": "none"}]}, {"bibjson.identifier[].type", "bibjson.identifier[].id"}),
        ({"identifier": [{"type": "handle", "id": "1/2"}]}, {"bibjson.identifier[].type", "bibjson.identifier[].id"}),
        (
            {"identifier": [{"type": "doi", "id": "10.5555/1"}, {"type": "doi", "id": "10.5555/2"}]},
            {"bibjson.identifier[].type", "bibjson.identifier[].id"},
        ),
        ({"link": [{"url": "javascript:alert(1)", "type": "fulltext"}]}, {"bibjson.link[].url"}),
        ({"keywords": "a; b"}, {"bibjson.keywords"}),
        ({"author": ["Moe"]}, {"bibjson.author"}),
        ({"mood": "good"}, {"bibjson.mood"}),
        ({"journal": {"title": "J", "colour": "green"}}, {"bibjson.journal.colour"}),
    ],
)
def test_what_is_not_understood_is_kept_and_told_once_a_page(fields: dict[str, Any], left: set[str]) -> None:
    record = read(**fields)
    assert {tag for tag, _, _ in record.unread} == left
    told = doaj.diagnostics(None, [record, record])
    assert [note.what for note in told] == [f"{tag}: not understood in 2 records, first in a1" for tag in sorted(left)]


def test_a_record_without_its_bibliography_is_kept_and_told() -> None:
    record = doaj.to_record({"id": "a1", "bibjson": "gone"})
    assert (record.title, record.unread) == ("", (("bibjson", "gone", 0),))


def test_the_recorded_articles_are_read_without_a_field_left_over() -> None:
    articles = recorded()
    if not articles:
        pytest.skip("../shared is not here")
    found = [doaj.to_record(raw) for raw in articles]
    assert doaj.diagnostics(None, found) == []
    assert len(found) == 33 and all(record.title and record.year and record.authors and record.issn for record in found)
    assert [bool(record.url) for record in found] == [bool(raw["bibjson"]["link"]) for raw in articles]
    assert [bool(record.abstract) for record in found] == ["abstract" in raw["bibjson"] for raw in articles]
    assert all(from_data(record.id, record.source, record.key, to_data(record)) == record for record in found)


# -- walks -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a review may be; DOAJ gives no more than 8 records of one query there, so that lines are divided."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("REVIEW_DATABASE_URL", raising=False)
    monkeypatch.setitem(LIVE, "doaj", doaj)
    monkeypatch.setattr(doaj, "MOST", 8)
    return tmp_path


def review_of(folder: Path) -> Review:
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
    (folder / "protocol.toml").write_text(text, encoding="utf-8")
    return Review(folder)


@pytest.fixture
def review(folder: Path) -> Review:
    return review_of(folder)


def run(
    review: Review, server: Replay, page_size: int = 4, now: datetime = TODAY, client: http.Client | None = None, query: str = QUERY
) -> SearchResult:
    """Run a line at the server, without waiting unless a client is given that waits."""
    client = client or http.Client(doaj.SECRETS, sleep=lambda _: None, pace=http.Pace(), timeout=(2.0, 0.5))
    line = SearchLine(name="DJ1", source="doaj", query=query)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVIEW_DOAJ_URL", server.base)
        return run_search(review, line, by="ana", ask=client.ask, page_size=page_size, now=now)


def keys(review: Review) -> list[str]:
    with review.reading() as connection:
        return [record.key for record in all_records(connection)]


def names(articles: list[Raw]) -> list[str]:
    return [raw["id"] for raw in articles]


SMALL, DIVIDED = 7, 23  # records: two pages of four, and several parts of eight at most


def another(folder: Path) -> Review:
    """A new, empty review with the same protocol."""
    return review_of(Path(mkdtemp(dir=folder)))


def walked(folder: Path) -> list[tuple[str, dict[str, str]]]:
    """The requests of a whole walk through a line that is divided."""
    with Replay(made(DIVIDED), most=8) as server:
        assert run(another(folder), server).state == "complete"
        return [(one.path, one.form) for one in server.heard]


@pytest.mark.parametrize("count", [0, 1, 4, 8, 9, DIVIDED, 40])
def test_every_record_comes_once_and_in_order(review: Review, count: int) -> None:
    with Replay(made(count), most=8) as server:
        result = run(review, server)
        assert ("1970-01-01" in "".join(one.path for one in server.heard)) is (count > 8)
        assert server.most_at_once <= 1
    assert (result.state, result.total, result.retrieved, result.new) == ("complete", count, count, count)
    assert keys(review) == names(made(count))


def test_a_line_of_several_words_keeps_its_meaning_in_every_part(review: Review) -> None:
    articles = [article(number, created=date(2010, 1, 1) + timedelta(days=number)) for number in range(1, 30)]
    with Replay(articles, most=8) as server:
        result = run(review, server, query="a OR b AND created_date:[2010-01-05 TO 2010-01-20]")
        assert all("%28a%20OR%20b%20AND%20" in one.path for one in server.heard[1:])
    assert (result.state, keys(review)) == ("complete", names(articles[3:19]))


def test_recorded_articles_come_whole(review: Review) -> None:
    articles = sorted({raw["id"]: raw for raw in recorded()}.values(), key=lambda raw: str(raw["created_date"]))
    if not articles:
        pytest.skip("../shared is not here")
    with Replay(articles, most=8) as server:
        result = run(review, server)
    assert (result.state, keys(review)) == ("complete", names(articles))


MENDED = {
    "429 with a wait": status(429, "2"),
    "429 in HTML": status(429, text="<html><head><title>429 Too Many Requests</title></head></html>"),
    "400 of the database": status(400, text='{"status":"bad_request","error":"There was an error executing your query (ref: 1)"}'),
    "500": status(500, text='{"status":"Unable to retrieve the recource.","error":"(ref: 1)"}'),
    "502": status(502),
    "503": status(503),
    "504": status(504),
    "a cut body": Fault("cut"),
    "HTML with 200": Fault("html"),
    "an empty 200": Fault("empty"),
    "JSON without results": Fault("junk", text='{"total":7}'),
    "a silent server": Fault("silent"),
    "a reset": Fault("reset"),
    "a short page": Fault("short", number=1),
}


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("fault", MENDED.values(), ids=MENDED)
def test_a_passing_fault_on_any_page_loses_no_record(monkeypatch: pytest.MonkeyPatch, review: Review, fault: Fault, at: int) -> None:
    monkeypatch.setattr(doaj, "MOST", 1000)
    with Replay(made(11), {at: fault}) as server:
        result = run(review, server)
        assert len(server.asked) == 4
    assert (result.state, result.retrieved, len(log(review))) == ("complete", 11, 1)
    assert keys(review) == names(made(11))


@pytest.mark.parametrize("fault", [status(503), Fault("cut"), Fault("short", number=0)], ids=lambda fault: fault.kind)
def test_a_passing_fault_at_any_request_of_a_divided_walk_loses_no_record(folder: Path, fault: Fault) -> None:
    whole = walked(folder)
    for at in (2, len(whole) // 2, len(whole)):
        review = another(folder)
        with Replay(made(DIVIDED), {at: fault}, most=8) as server:
            assert run(review, server).state == "complete"
        assert keys(review) == names(made(DIVIDED))


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("fault", [status(503), Fault("cut"), Fault("html")], ids=lambda fault: fault.kind)
def test_a_lasting_fault_fails_the_search_and_keeps_what_came(review: Review, fault: Fault, at: int) -> None:
    with Replay(made(SMALL), dict.fromkeys(range(at, at + 6), fault)) as server:
        result = run(review, server)
    assert (result.state, result.retrieved, result.total) == ("failed", 4 * (at - 1), None if at == 1 else SMALL)
    assert "no sound answer in 6 tries" in result.message
    with Replay(made(SMALL)) as server:
        again = run(review, server)
    assert (again.state, again.retrieved, again.seen_again) == ("complete", SMALL, result.retrieved)


def test_a_page_that_stays_short_fails_and_says_so(review: Review) -> None:
    with Replay(made(SMALL), dict.fromkeys(range(2, 30), Fault("short", number=2))) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("failed", 4)
    assert "at last it answered with 2 records where 3 were due" in result.message


def test_a_number_that_changes_begins_the_walk_once_more(review: Review) -> None:
    with Replay(made(SMALL), {2: Fault("total", number=8)}) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("complete", SMALL)
    first, second = log(review)
    assert (first.state, second.state, second.seen_again) == ("failed", "complete", 4)
    assert first.message == "the number of records changed from 7 to 8, so records may have moved between pages"


def test_a_number_that_goes_on_changing_fails(review: Review) -> None:
    with Replay(made(SMALL), {2: Fault("total", number=8), 4: Fault("total", number=6)}) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("failed", 4)
    assert "from 7 to 6" in result.message
    assert [entry.state for entry in log(review)] == ["failed", "failed"]


def test_parts_that_do_not_make_up_the_whole_begin_the_walk_once_more(review: Review) -> None:
    with Replay(made(DIVIDED), {1: Fault("total", number=DIVIDED + 1)}, most=8) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("complete", DIVIDED)
    first, _ = log(review)
    assert first.message == "DOAJ found 24 records, and 23 when they were asked for by the day on which they were added"


def test_records_that_moved_between_pages_are_missed_and_the_walk_begun_once_more(review: Review) -> None:
    with Replay(made(SMALL), {2: Fault("shift", number=1)}) as server:
        first = run(review, server)
    # The page that begins too early has one record too many, so it is asked for again.
    assert (first.state, first.retrieved, len(server.heard)) == ("complete", SMALL, 3)
    other = another(review.folder)
    with Replay(made(8), {2: Fault("shift", number=1)}, most=8) as server:
        result = run(other, server)
    assert (result.state, result.retrieved) == ("complete", 8)
    begun, again = log(other)
    assert (begun.state, begun.retrieved, again.state) == ("failed", 7, "complete")
    assert begun.message.startswith("doaj reported 8 records and gave 7 different ones")


def test_a_day_with_more_than_can_be_walked_stops_the_search_once(review: Review) -> None:
    articles = [article(number, created=date(2013, 1, 31)) for number in range(1, 10)]
    with Replay(articles, most=8) as server:
        result = run(review, server)
        assert len(server.asked) < 40
    assert (result.state, result.total, len(log(review))) == ("failed", 9, 1)
    assert "has 9 records for this line that were added on 2013-01-31, and gives 8 of one query at most" in result.message


def test_a_wrong_line_is_told_before_anything_is_asked_or_stored(review: Review) -> None:
    with Replay(made(3)) as server:
        with pytest.raises(ReviewError, match="DOAJ takes no wildcards"):
            run(review, server, query="partner*")
        assert server.asked == []


@pytest.mark.parametrize(
    ("path", "asked", "said"),
    [
        ("partner*", {}, "Query contains disallowed Lucene features"),
        ("a", {"page": "11", "pageSize": "100"}, "You cannot access results beyond 1000 records"),
        ("a", {"sort": "year"}, "Sort direction must be"),
        ("a/b", {}, "Not found"),
    ],
)
def test_requests_that_are_not_valid_are_refused_in_the_service_s_words(folder: Path, path: str, asked: Raw, said: str) -> None:
    with Replay(made(3)) as server, pytest.raises(http.Refused, match=f"DOAJ refused the search: {said}"):
        client = http.Client(sleep=lambda _: None, pace=http.Pace())
        request = Request(method="GET", url=f"{server.base}/search/articles/{path}", query=tuple(asked.items()))
        client.ask(request, Manners(refusal=doaj.refusal, passing=doaj.passing))


def test_a_long_wait_stops_the_search_and_the_next_run_goes_on_at_that_page(folder: Path) -> None:
    whole = walked(folder)
    for at in (1, len(whole) // 2, len(whole)):
        again = another(folder)
        with Replay(made(DIVIDED), {at: status(429, "55000")}, most=8) as server:
            stopped = run(again, server)
            assert (stopped.state, len(server.asked)) == ("waiting", at)
            assert "left alone until" in stopped.message
            assert run(again, server).state == "waiting" and len(server.asked) == at
            assert run(again, server, now=datetime.now(UTC) + timedelta(seconds=55_000)).state == "complete"
            assert [(one.path, one.form) for one in server.heard] == [*whole[:at], *whole[at - 1 :]]
        (entry,) = log(again)
        assert (entry.state, entry.retrieved, keys(again)) == ("complete", DIVIDED, names(made(DIVIDED)))


def test_two_requests_a_second_are_never_passed(review: Review) -> None:
    client = http.Client(doaj.SECRETS, pace=http.Pace(), timeout=(2.0, 2.0))  # it waits, by a real clock
    with Replay(made(8), rate=2.0, burst=1) as server:
        result = run(review, server, client=client, page_size=2)
        gaps = [later - sooner for sooner, later in pairwise(server.times)]
    assert (result.state, result.retrieved, len(gaps), server.service.too_many) == ("complete", 8, 3, 0)
    assert min(gaps) >= 0.5


def test_who_asks_is_told_and_no_key_is_sent(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEW_DOAJ_KEY", "open-sesame-4711")
    with Replay(made(3)) as server:
        assert run(review, server).state == "complete"
        assert all(agent.startswith("evidence-review/") for agent in server.agents)
        assert not any("open-sesame" in f"{one.headers}{one.form}" for one in server.heard)
