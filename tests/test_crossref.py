"""Crossref: what is asked, what its answers say, and walks through a server that has its rules."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import sqlalchemy as sa

from references import http, tables
from references.error import ReviewError
from references.payloads import body_of
from references.plan import read_searches
from references.protocol import ProtocolError
from references.record import TYPES, from_data, record_id, to_data
from references.review import Review, sound
from references.searches import SearchResult, all_records, log, run_search
from references.sources import LIVE, crossref, crossref_record
from references.sources.source import Changed, Moved, Question
from references.wire import Limits, Manners, Request
from tests.replay import Asked, Fault, Raw, Reply, status
from tests.replay_crossref import QUERY, SELECTABLE, Crossref, Replay, made, recorded, work

TODAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
ISSN = "filter=issn:1476-9018,from-pub-date:2007-01-01"
WORDS = "query.bibliographic=partnership working&filter=from-pub-date:2007-01-01&rows=10"


def question(query: str = ISSN, page_size: int = 1000) -> Question:
    return Question(query=query, page_size=page_size, base=crossref.BASE)


def answer(total: int, items: int = 0, start: int | None = 0) -> dict[str, Any]:
    """An answer that finds so many and gives so many of them."""
    works: list[Any] = [{}] * items
    return {"status": "ok", "message": {"total-results": total, "items": works, "query": {"start-index": start}}}


def read(**fields: Any) -> Any:
    """The record of a work that says no more than this."""
    return crossref.to_record({"DOI": "10.5555/1", "type": "journal-article", "title": ["Partnership"], **fields})


def asked(query: str, cursor: str = crossref.START, page_size: int = 1000) -> dict[str, str]:
    return dict(crossref.request(question(query, page_size), cursor).query)


# -- what is asked -----------------------------------------------------------------------------------------------------


def test_a_line_is_counted_before_anything_else_is_asked() -> None:
    request = crossref.request(question(), crossref.START)
    assert (request.method, request.url, request.form) == ("GET", "https://api.crossref.org/works", ())
    assert dict(request.query) == {"filter": "issn:1476-9018,from-pub-date:2007-01-01", "rows": "0"}
    assert request.interval >= 1


def test_a_small_line_is_walked_as_it_is_in_an_order_that_does_not_change() -> None:
    cursor = crossref.next_cursor(answer(1500), question(), crossref.START)
    first = asked(ISSN, cursor or "")
    assert {name: text for name, text in first.items() if name != "select"} == {
        "filter": "issn:1476-9018,from-pub-date:2007-01-01", "rows": "1000", "offset": "0", "sort": "created", "order": "asc",
    }  # fmt: skip
    second = asked(ISSN, crossref.next_cursor(answer(1500, 1000), question(), cursor or "") or "")
    assert (second["offset"], second["rows"]) == ("1000", "500")


def test_the_most_alike_are_asked_for_without_a_count() -> None:
    form = asked(WORDS)
    assert (form["query.bibliographic"], form["sort"], form["order"]) == ("partnership working", "score", "desc")
    assert (form["rows"], form["offset"]) == ("10", "0")
    assert crossref.wanted(question(WORDS), 4_660_000) == 10
    assert crossref.wanted(question(WORDS), 7) == 7
    assert crossref.next_cursor(answer(4_660_000, 10), question(WORDS), crossref.START) is None


def test_nothing_is_selected_that_the_service_would_refuse_and_no_references() -> None:
    names = crossref.SELECT.split(",")
    assert set(names) <= SELECTABLE
    assert len(names) == len(set(names))
    assert "reference" not in names and {"updated-by", "update-to", "relation"} <= set(names)


def test_an_ampersand_in_the_words_and_a_comma_in_a_filter_stay_there() -> None:
    form = asked("query=health & social care&filter=container-title:Health, Society,type:report")
    assert form["query"] == "health & social care"
    assert crossref.take_apart("filter=container-title:Health, Society,type:report").filters == (
        "container-title:Health, Society",
        "type:report",
    )


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "query.bibliografic=partnership",
            "'query.bibliografic=partnership' is not known; expected query, query.bibliographic and the like",
        ),
        ("filter=issn:1476-9018&colour=green", "'colour=green' is not known"),
        ("filter=issn:1476-9018&cursor=*", "cursor is for the program to set; take it out"),
        ("filter=issn:1476-9018&mailto=a@b.org", "mailto is for the program to set"),
        ("query=a&query=b", "query stands twice"),
        ("query=partnership%20working", "not yet encoded"),
        ("query=", "'query' is ''"),
        ("partnership working", "'partnership working' is ''"),
        ("", "'' is ''"),
        ("query=a&rows=10001", "'rows=10001' is not known; expected a number from 1 to 10,000"),
        ("query=a&rows=0", "expected a number from 1"),
        ("query=a&rows=many", "expected a number from 1"),
        ("filter=issn:1476-9018&rows=100", "no words to be like"),
        ("filter=1476-9018", "the filter '1476-9018' has no value"),
        ("filter=from-created-date:2019-04-01T12", "is no day; write one day"),
        ("filter=from-created-date:2019-02-30", "there is no day 2019-02-30"),
        ("filter=from-created-date:2019,from-created-date:2020", "stands twice"),
    ],
)
def test_a_line_that_is_not_understood_is_refused_in_words(query: str, said: str) -> None:
    with pytest.raises(ReviewError, match=re.escape(said)):
        crossref.request(question(query), crossref.START)


# -- where a walk goes on ----------------------------------------------------------------------------------------------


def walk(days: dict[str, int], query: str = ISSN, page_size: int = 1000) -> list[dict[str, str]]:
    """All requests of a walk through a service that holds so many records of each day of deposit."""
    sent, cursor = [], crossref.START
    while True:
        form = asked(query, cursor, page_size)
        sent.append(form)
        since, until = bounds(form)
        found, offset = sum(number for day, number in days.items() if since <= day <= f"{until}~"), int(form.get("offset", "0"))
        page = answer(found, min(int(form["rows"]), found - offset), offset)
        assert crossref.flaw(page, question(query, page_size), cursor) is None
        following = crossref.next_cursor(page, question(query, page_size), cursor)
        if following is None:
            return sent
        cursor = following


def bounds(form: dict[str, str]) -> tuple[str, str]:
    found = dict(part.split(":") for part in form["filter"].split(",") if "created" in part)
    return found.get("from-created-date", ""), found.get("until-created-date", "9")


def test_a_large_line_is_divided_by_the_day_of_deposit_until_no_part_is_too_large() -> None:
    held = {f"{year}-06-15": 4000 for year in range(2003, 2026)}
    sent = walk(held)
    pages = [form for form in sent if form["rows"] != "0"]
    parts = sorted({bounds(form) for form in pages})
    assert sum(int(form["rows"]) for form in pages) == 92_000
    assert all(int(form["offset"]) + int(form["rows"]) <= 10_000 for form in pages)
    assert [bounds(form) for form in pages] == sorted(bounds(form) for form in pages)  # the oldest first
    assert all(one[1] < other[0] for one, other in pairwise(parts))
    assert len(sent) < 2 * (92 + 50)  # what references/walk.py allows


def test_a_line_is_divided_within_its_own_days_of_deposit() -> None:
    query = "filter=from-created-date:2019-04,until-created-date:2019"
    sent = walk({f"2019-{month:02}-20": 3000 for month in range(4, 13)}, query)
    first, last = min(bounds(form)[0] for form in sent[1:]), max(bounds(form)[1] for form in sent[1:])
    assert (bounds(sent[0]), first, last) == (("2019-04", "2019"), "2019-04-01", "2019-12-31")
    assert all(form["filter"].count("created-date") == 2 for form in sent)


def test_a_day_that_holds_too_many_is_a_clean_stop() -> None:
    with pytest.raises(Changed, match=r"has 10,001 records .* first deposited on 2013-01-31, and gives 10,000 of one day at most; divide"):
        walk({"2013-01-31": 10_001})


def test_a_cursor_is_small_and_holds_all_that_is_still_to_do() -> None:
    cursor = crossref.next_cursor(answer(25_000), question(), crossref.START) or ""
    assert cursor == '[25000,0,[["1990-01-01","2020-01-01",null],["2020-01-02","2049-12-31",null]]]'
    cursor = crossref.next_cursor(answer(9_000), question(), cursor) or ""
    assert cursor == '[25000,0,[["2020-01-02","2049-12-31",null],["1990-01-01","2020-01-01",9000]]]'


def test_counts_of_the_parts_that_do_not_make_up_the_whole_are_never_walked() -> None:
    cursor = '[10100,0,[["2020-01-01","2049-12-31",null],["1990-01-01","2019-12-31",9000]]]'
    with pytest.raises(Moved, match="found 10,100 records, and 10,099 when they were counted by the day of their deposit"):
        crossref.next_cursor(answer(1_099), question(), cursor)
    cursor = '[10100,0,[["2020-01-01","2049-12-31",null]]]'
    with pytest.raises(Moved, match="and 0 when"):
        crossref.next_cursor(answer(0), question(), cursor)


def test_a_part_whose_number_changes_ends_the_walk() -> None:
    cursor = '[12000,1000,[["1990-01-01","2019-12-31",7000],["2020-01-01","2049-12-31",5000]]]'
    page = answer(7_001, 1000, 1000)
    assert crossref.flaw(page, question(), cursor) is None
    with pytest.raises(Moved, match="deposited from 1990-01-01 to 2019-12-31 changed from 7,000 to 7,001"):
        crossref.next_cursor(page, question(), cursor)


def test_the_whole_is_told_by_the_first_answer_only() -> None:
    assert crossref.total(answer(25_000), question(), crossref.START) == 25_000
    assert crossref.total(answer(9_000), question(), '[25000,0,[["2020-01-01","2049-12-31",null]]]') is None


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        (answer(1500, 1000), None),
        (answer(1500, 999), "with 999 records where 1,000 were due"),
        (answer(1500, 0), "with 0 records where 1,000 were due"),
        (answer(1500, 1001), "with 1,001 records where"),
        (answer(1500, 1000, start=5), "with the records behind the first 5, where those behind 0 were asked for"),
        (answer(1500, 1000, start=None), None),
        ([], "without the number of results"),
        ({"status": "ok"}, "without the number of results"),
        ({"status": "ok", "message": {"total-results": "7", "items": []}}, "without the number of results"),
        ({"status": "ok", "message": {"total-results": True, "items": []}}, "without the number of results"),
        ({"status": "ok", "message": {"total-results": 7, "items": {}}}, "without the number of results"),
    ],
)
def test_a_short_page_or_another_than_was_asked_for_is_no_page(page: Any, wrong: str | None) -> None:
    said = crossref.flaw(page, question(), '[1500,0,[["","",1500]]]')
    assert said is None if wrong is None else wrong in (said or "")


def test_a_count_has_no_records_and_the_most_alike_are_as_many_as_there_are() -> None:
    assert crossref.flaw(answer(1500), question(), crossref.START) is None
    assert crossref.flaw(answer(1500, 20), question(), crossref.START) is not None
    assert crossref.flaw(answer(7, 7), question(WORDS), crossref.START) is None
    assert crossref.flaw(answer(4_660_000, 9), question(WORDS), crossref.START) is not None


# -- what it refuses, and how fast it may be asked ---------------------------------------------------------------------


def test_what_crossref_refuses_is_told_in_its_words() -> None:
    no = {"type": "filter-not-available", "value": "isn", "message": "Filter 'isn' specified but there is no such filter"}
    body = {"status": "failed", "message-type": "validation-failure", "message": [no, no]}
    said = "Crossref refused the search: Filter 'isn' specified but there is no such filter (filter-not-available); Filter 'isn'"
    assert (crossref.refusal(body, 400) or "").startswith(said)
    assert crossref.refusal({"status": "failed", "message": "No such pool"}, 401) == "Crossref refused the search: No such pool"
    assert crossref.refusal({"status": "failed"}, 400) == "Crossref refused the search: no reason given"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (answer(3), 200),
        ({"status": "error", "message-type": "exception", "message": {"name": "class clojure.lang.ExceptionInfo", "stack": []}}, 500),
        ({"status": "failed", "message": []}, 503),
        ({"status": "failed", "message": []}, 429),
        ([], 404),
    ],
)
def test_what_may_pass_is_no_refusal(body: Any, code: int) -> None:
    assert crossref.refusal(body, code) is None


@pytest.mark.parametrize(
    ("limit", "interval", "seconds"),
    [
        ("1", "1s", 1.05),
        ("3", "1s", 0.35),
        ("3000", "60s", 0.021),
        ("10", "1", 0.105),
        ("0", "1s", None),
        ("many", "1s", None),
        ("5", "", None),
    ],
)
def test_the_rate_is_what_the_headers_say_with_some_time_to_spare(limit: str, interval: str, seconds: float | None) -> None:
    said = crossref.limits({"x-rate-limit-limit": limit, "x-rate-limit-interval": interval})
    assert said == Limits(interval=pytest.approx(seconds) if seconds else None)
    assert crossref.limits({}) == Limits()


# -- what a work says --------------------------------------------------------------------------------------------------


def test_a_doi_in_small_letters_names_a_record() -> None:
    record = crossref.to_record({"DOI": "10.1016/S0140-6736(97)11096-0"})
    assert record.key == record.accession == record.doi == "10.1016/s0140-6736(97)11096-0"
    assert record.id == record_id("crossref", record.key)


@pytest.mark.parametrize(
    "raw", [{}, {"DOI": None}, {"DOI": "partnership"}, {"DOI": "10.5555/"}, {"DOI": "10.5555/a\nb"}, {"DOI": 10}, "10.5555/1"]
)
def test_a_work_without_a_doi_stops_the_reading(raw: Any) -> None:
    with pytest.raises(Changed, match="Crossref gave a work whose DOI is"):
        crossref.records({"message": {"items": [raw]}})


def test_an_article_is_read_whole() -> None:
    record = crossref.to_record(made(1)[0])
    assert (record.title, record.authors, record.doi) == (
        "Joint working in health and social care, part 1",
        ("Moe, Kari",),
        "10.5555/partnership.1",
    )
    assert (record.journal, record.volume, record.issue, record.pages, record.issn) == (
        "Journal of Examples",
        "4",
        None,
        "1-10",
        "1234-5679",
    )
    assert (record.year, record.date, record.type) == (2009, "2009-03", "journal-article")
    assert (record.abstract, record.url) == ("Aim: To see 1.", "https://example.org/works/1")
    assert {("journal", "container-title", 0), ("date", "published-print", 0), ("url", "resource.primary.URL", 0)} <= set(record.origins)
    assert record.unread == ()


@pytest.mark.parametrize(
    ("fields", "title", "other"),
    [
        ({"title": ["Joint working"], "subtitle": ["a review"]}, "Joint working: a review", None),
        ({"title": ["Does it work?"], "subtitle": ["A review"]}, "Does it work? A review", None),
        ({"title": ["Joint working: A Review"], "subtitle": ["A REVIEW"]}, "Joint working: A Review", None),
        ({"title": ["Samhandling"], "original-title": ["Joint working"]}, "Samhandling", "Joint working"),
        ({"title": ["Desain Marathon", "Desain Maraton", "Desain Marathon"]}, "Desain Marathon", "Desain Maraton"),
        ({"title": ["The role of\n     <scp>AI</scp>\n  in &amp;lt;i&amp;gt;care&amp;lt;/i&amp;gt;"]}, "The role of AI in care", None),
        ({"title": [], "subtitle": [], "original-title": []}, "", None),
    ],
)
def test_a_title_has_its_subtitle_and_a_translation_stands_beside_it(fields: dict[str, Any], title: str, other: str | None) -> None:
    record = read(**fields)
    assert (record.title, record.title_alt, record.unread) == (title, other, ())


@pytest.mark.parametrize(
    ("people", "names"),
    [
        ([{"family": "Huby", "given": "Guro"}, {"family": "Cook", "given": "Ailsa"}], ("Huby, Guro", "Cook, Ailsa")),
        ([{"family": "Cook", "sequence": "additional"}, {"family": "Huby", "sequence": "first"}], ("Huby", "Cook")),
        ([{"family": "King", "given": "Martin Luther", "suffix": "Jr."}], ("King, Martin Luther, Jr.",)),
        ([{"name": "The PLOS ONE Staff", "sequence": "first", "affiliation": []}], ("The PLOS ONE Staff",)),
        ([{"family": "조혜린", "role": [{"role": "author", "vocabulary": "crossref"}]}], ("조혜린",)),
        ([{"given": "Madonna"}], ("Madonna",)),
        ([{"sequence": "additional", "affiliation": [], "ORCID": "https://orcid.org/0000"}], ()),
    ],
)
def test_names_are_family_comma_given_and_bodies_as_they_call_themselves(people: list[Raw], names: tuple[str, ...]) -> None:
    record = read(author=people, editor=people)
    assert (record.authors, record.editors, record.unread) == (names, names, ())


def parts(*numbers: Any) -> dict[str, Any]:
    return {"date-parts": [list(numbers)]}


@pytest.mark.parametrize(
    ("fields", "year", "day"),
    [
        ({"published-print": parts(2018, 4), "published-online": parts(2017, 11, 30), "issued": parts(2017, 11, 30)}, 2018, "2018-04"),
        ({"published-online": parts(2017, 11, 30), "issued": parts(2017, 11, 30)}, 2017, "2017-11-30"),
        ({"published-print": parts(2018, 1, 1)}, 2018, "2018"),  # written for every year
        ({"published-print": parts(None), "issued": parts(2018)}, 2018, "2018"),
        ({"issued": parts(None), "approved": parts(2025, 4, 1)}, 2025, "2025-04-01"),
        ({"posted": parts(2024, 2, 29)}, 2024, "2024-02-29"),
        ({"issued": {"date-parts": []}}, None, None),
        ({"issued": {"date-parts": [[]]}}, None, None),
        ({"issued": parts(None, None)}, None, None),
        ({}, None, None),
    ],
)
def test_a_date_is_that_of_the_issue_and_as_exact_as_the_source_is(fields: dict[str, Any], year: int | None, day: str | None) -> None:
    record = read(**fields)
    assert (record.year, record.date, record.unread) == (year, day, ())


@pytest.mark.parametrize(
    "odd",
    [
        parts(2019, 13),
        parts(2019, 2, 30),
        parts(2019, 10**30),
        parts("2019"),
        parts(2019, 1, 1, 1),
        parts(3),
        {"date-parts": [[2019], [2020]]},
        "2019",
    ],
)
def test_a_date_that_is_none_is_told_and_the_next_one_counts(odd: Any) -> None:
    record = read(**{"published-print": odd, "issued": parts(2018)})
    assert (record.year, [tag for tag, _, _ in record.unread]) == (2018, ["published-print"])


def test_the_day_of_deposit_is_shown_and_is_no_date_of_publication() -> None:
    record = read(issued=parts(None), created={"date-parts": [[2007, 9, 8]], "date-time": "2007-09-08T13:37:48Z", "timestamp": 1})
    assert (record.year, record.date, record.unread) == (None, None, (("deposited", "2007-09-08", 0),))


@pytest.mark.parametrize(
    ("kind", "subtype", "type"),
    [
        ("journal-article", None, "journal-article"),
        ("proceedings-article", None, "conference-paper"),
        ("posted-content", None, "preprint"),
        ("posted-content", "preprint", "preprint"),
        ("posted-content", "working_paper", "working-paper"),
        ("posted-content", "other", "other"),
        ("edited-book", None, "book"),
        ("reference-entry", None, "book-chapter"),
        ("report-component", None, "report"),
        ("dissertation", None, "thesis"),
        ("database", None, "dataset"),
        ("peer-review", None, "other"),
        ("component", None, "other"),
        ("hologram", None, "other"),
        (None, None, None),
    ],
)
def test_types_become_ours(kind: str | None, subtype: str | None, type: str | None) -> None:
    record = read(type=kind, subtype=subtype)
    assert record.type == type
    told = [note.what for note in crossref.diagnostics(None, [record])]
    assert told == (["type: not understood in 1 records, first in 10.5555/1"] if kind == "hologram" else [])


def test_every_type_is_one_of_ours() -> None:
    assert set(crossref_record.TYPES.values()) <= set(TYPES)


def update(kind: str, doi: str = "10.5555/2", **more: Any) -> dict[str, Any]:
    return {"DOI": doi, "type": kind, "label": kind.title(), "updated": {"date-parts": [[2010, 2, 6]], "timestamp": 1}, **more}


@pytest.mark.parametrize(
    ("fields", "retracted", "notice"),
    [
        (
            {"updated-by": [update("retraction", source="retraction-watch", **{"record-id": "4036"})]},
            True,
            "retraction in 10.5555/2 on 2010-02-06 (retraction-watch)",
        ),
        ({"updated-by": [update("withdrawal")]}, True, "withdrawal in 10.5555/2 on 2010-02-06"),
        ({"updated-by": [update("correction", source="publisher")]}, False, "correction in 10.5555/2 on 2010-02-06 (publisher)"),
        ({"updated-by": [update("expression_of_concern")]}, False, "expression of concern in 10.5555/2 on 2010-02-06"),
        ({"updated-by": [update("partial_retraction")]}, False, "partial retraction in 10.5555/2 on 2010-02-06"),
        ({"update-to": [update("retraction", source="retraction-watch")]}, False, "retraction of 10.5555/2"),  # the notice
        ({"update-to": [update("retraction", "10.5555/1")]}, True, "retraction in its own place"),
    ],
)
def test_a_retraction_is_told_from_the_notice_of_it(fields: dict[str, Any], retracted: bool, notice: str) -> None:
    record = read(**fields)
    assert (record.retracted, record.unread) == (retracted, (("notice", notice, 0),))


def test_preprints_and_versions_are_shown_and_reviews_and_data_left_out() -> None:
    def other(id: str, kind: str = "doi") -> dict[str, str]:
        return {"id-type": kind, "id": id, "asserted-by": "object"}

    relation = {
        "has-preprint": [other("10.1101/074898")],
        "has-review": [other("10.3410/f.1")],
        "is-version-of": other("2101.00001", "arxiv"),
    }
    shown = {text for tag, text, _ in read(relation=relation).unread if tag == "related work"}
    assert shown == {"has preprint 10.1101/074898", "is version of 2101.00001 (arxiv)"}
    assert len(read(relation=relation).unread) == 2


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<jats:title>Abstract</jats:title>\n   <jats:p>\n   Since the outbreak</jats:p>", "Since the outbreak"),
        ("<jats:title>ABSTRACT</jats:title><jats:p>We saw.</jats:p>", "We saw."),
        (
            '<jats:sec id="sec001">\n<jats:title>Background</jats:title>\n<jats:p>It is.</jats:p></jats:sec>'
            "<jats:sec><jats:title>What was found?</jats:title><jats:p>P &lt; 0.05</jats:p></jats:sec>",
            "Background: It is. What was found? P < 0.05",
        ),
        ("<title>Aims:</title><p>To see</p>", "Aims: To see"),
        ("<jats:p>Carbon<jats:sub>2</jats:sub> in <jats:ext-link xlink:href='x'>NHS</jats:ext-link>.</jats:p>", "Carbon2 in NHS."),
        ("<jats:alternatives><jats:tex-math>$$x$$</jats:tex-math><mml:math><mml:mi>x</mml:mi></mml:math></jats:alternatives> is", "x is"),
        ("<jats:p>An unclosed <jats:title>heading", "An unclosed heading"),
        ("<jats:p></jats:p>", None),
        ("<jats:title></jats:title><jats:p>Text</jats:p>", "Text"),
    ],
)
def test_an_abstract_is_plain_text_with_its_headings(markup: str, text: str | None) -> None:
    record = read(abstract=markup)
    assert (record.abstract, record.unread) == (text, ())


@pytest.mark.parametrize(
    ("fields", "pages", "shown"),
    [
        ({"page": "109-119"}, "109-119", ()),
        ({"article-number": "e14276"}, "e14276", ()),
        ({"page": "e14276", "article-number": "e14276"}, "e14276", ()),
        ({"page": "1-12", "article-number": "82"}, "1-12", (("article number", "82", 0),)),
        ({"page": "n/a-n/a"}, None, ()),
    ],
)
def test_an_article_number_stands_for_pages(fields: dict[str, str], pages: str | None, shown: tuple[Any, ...]) -> None:
    record = read(**fields)
    assert (record.pages, record.unread) == (pages, shown)


def test_a_chapter_is_in_its_book_and_a_paper_without_one_in_its_meeting() -> None:
    chapter = crossref.to_record(made(1, first=2)[0])
    assert (chapter.journal, chapter.isbn, chapter.editors, chapter.authors) == (
        "Handbook of Examples",
        "9781590598160",
        ("Li, Ola",),
        ("Joint Working Group",),
    )
    assert chapter.unread == (("also in", "Examples in Context", 0),)
    assert read(event={"name": "iConference 2019", "location": "Oslo"}).journal == "iConference 2019"


def test_an_address_that_is_not_a_web_page_is_shown_and_not_linked() -> None:
    record = read(resource={"primary": {"URL": "javascript:alert(1)"}})
    assert (record.url, record.unread) == (None, (("resource.primary.URL", "javascript:alert(1)", 0),))


def test_what_is_not_understood_is_kept_and_told_once_a_page() -> None:
    odd = {
        "title": "Partnership",
        "author": ["Moe"],
        "trustScore": 7,
        "ISSN": ["none"],
        "relation": [],
        "update-to": "yes",
        "degree": "MSc",
    }
    record = read(**odd, editor=[{"family": "Li", "mood": "good"}])
    assert {tag for tag, _, _ in record.unread} == {"title", "author", "trustScore", "ISSN", "update-to", "degree", "editor[].mood"}
    told = crossref.diagnostics(None, [record, record])
    assert [note.what.split(":")[0] for note in told] == sorted(tag for tag, _, _ in record.unread)
    assert {note.severity for note in told} == {"warning"} and "in 2 records, first in 10.5555/1" in told[0].what


def test_the_recorded_works_are_read_without_a_field_left_over() -> None:
    works = recorded()
    if not works:
        pytest.skip("../shared is not here")
    found = [crossref.to_record(raw) for raw in works]
    assert crossref.diagnostics(None, found) == []
    assert len(found) == 272 and all(record.doi == record.key for record in found)
    assert [bool(record.abstract) for record in found] == ["abstract" in raw for raw in works]
    assert not any(re.search(r"</?(?:jats|mml):|<(?:i|p|sub|scp)>", f"{record.title} {record.abstract}") for record in found)
    dated = [raw.get("issued", parts(None))["date-parts"] != [[None]] or "approved" in raw for raw in works]
    assert [record.year is not None for record in found] == dated
    assert all(from_data(record.id, record.source, record.key, to_data(record)) == record for record in found)


# -- walks -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a review may be; Crossref gives no more than 8 records of one part there, so that lines are divided."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("REVIEW_DATABASE_URL", "REVIEW_CROSSREF_KEY", "REVIEW_CONTACT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(LIVE, "crossref", crossref)
    monkeypatch.setattr(crossref, "DEEPEST", 8)
    return tmp_path


def review_of(folder: Path, query: str = QUERY) -> Review:
    text = f"""
[review]
title = "Joint working"
version = "1"
[people.ana]
may = ["screen"]
[searches]
from = "2007-01-01"
overlap_days = 60
[[searches.lines]]
name = "CR1"
source = "crossref"
query = "{query}"
"""
    (folder / "protocol.toml").write_text(text, encoding="utf-8")
    return Review(folder)


@pytest.fixture
def review(folder: Path) -> Review:
    return review_of(folder)


def run(review: Review, server: Replay, page_size: int = 4, now: datetime = TODAY, client: http.Client | None = None) -> SearchResult:
    """Run the line at the server, without waiting unless a client is given that waits."""
    client = client or http.Client(crossref.SECRETS, sleep=lambda _: None, pace=http.Pace(), timeout=(2.0, 0.5))
    line = sound(review.section("searches"), read_searches).lines[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVIEW_CROSSREF_URL", server.base)
        return run_search(review, line, by="ana", ask=client.ask, page_size=page_size, now=now)


def keys(review: Review) -> list[str]:
    with review.reading() as connection:
        return [record.key for record in all_records(connection)]


def names(works: list[Raw]) -> list[str]:
    return [raw["DOI"].lower() for raw in works]


def counts(server: Replay) -> int:
    """How many counts the server was asked for."""
    return [form["rows"] for form in server.asked].count("0")


SMALL, DIVIDED = 7, 23  # records: two pages of four, and several parts of eight at most


def walked(review: Review) -> list[dict[str, str]]:
    """The requests of a whole walk through a line that is divided."""
    with Replay(made(DIVIDED), deepest=8) as server:
        assert run(review, server).state == "complete"
        return server.asked


def another(folder: Path) -> Review:
    """A new, empty review with the same protocol."""
    new = Path(mkdtemp(dir=folder))
    return review_of(new)


@pytest.mark.parametrize("count", [0, 1, 4, 8, 9, DIVIDED, 40])
def test_every_record_comes_once_and_in_order(review: Review, count: int) -> None:
    with Replay(made(count), deepest=8) as server:
        result = run(review, server)
        assert len(server.asked) == counts(server) + sum(1 for form in server.asked if "offset" in form)
        assert counts(server) == 1 if count <= 8 else counts(server) > 2
        assert server.most_at_once <= 1
    assert (result.state, result.total, result.retrieved, result.new) == ("complete", count, count, count)
    assert keys(review) == names(made(count))


def test_the_most_alike_come_in_their_order_and_no_more_of_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crossref, "DEEPEST", 10_000)
    review = review_of(folder, f"{QUERY}&rows=10")
    alike = list(reversed(made(30)))
    with Replay(alike) as server:
        result = run(review, server)
        assert [form["offset"] for form in server.asked] == ["0", "4", "8"]
    assert (result.state, result.total, result.retrieved) == ("complete", 30, 10)
    assert result.message == "the first 10 of 30 came, as the query asks for no more"
    assert keys(review) == names(alike[:10])
    with Replay(alike[:3]) as server:
        held = run(review, server)
    assert (held.state, held.total, held.retrieved) == ("held", 3, 0)


def test_recorded_works_come_whole(review: Review) -> None:
    works = list({raw["DOI"]: raw for raw in recorded() if raw.get("issued", parts(None))["date-parts"] != [[None]]}.values())
    if not works:
        pytest.skip("../shared is not here")
    with Replay(works, deepest=8) as server:
        result = run(review, server)
        held = {raw["DOI"].lower() for raw in works if str(raw["issued"]["date-parts"][0][0]) >= "2007"}
    assert (result.state, result.retrieved) == ("complete", len(held))
    assert set(keys(review)) == held


MENDED = {
    "429 with a wait": status(429, "2"),
    "429 in HTML": status(429, text="<html><body><h1>429 Too Many Requests</h1></body></html>"),
    "500 with a stack trace": status(500, text='{"status":"error","message-type":"exception","message":{"stack":["clojure"]}}'),
    "502": status(502),
    "503": status(503),
    "504": status(504),
    "a cut body": Fault("cut"),
    "HTML with 200": Fault("html"),
    "an empty 200": Fault("empty"),
    "JSON without results": Fault("junk", text='{"status":"ok","message":{}}'),
    "a silent server": Fault("silent"),
    "a reset": Fault("reset"),
    "a short page": Fault("short", number=1),
}


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("fault", MENDED.values(), ids=MENDED)
def test_a_passing_fault_on_any_page_loses_no_record(review: Review, fault: Fault, at: int) -> None:
    with Replay(made(SMALL), {at: fault}) as server:
        result = run(review, server)
        again = 0 if fault.kind == "short" and at == 1 else 1  # a count has no records to lack
        assert len(server.asked) == 3 + again
    assert (result.state, result.retrieved, len(log(review))) == ("complete", SMALL, 1)
    assert keys(review) == names(made(SMALL))


@pytest.mark.parametrize("fault", [status(503), Fault("cut"), Fault("short", number=0)], ids=lambda fault: fault.kind)
def test_a_passing_fault_at_any_request_of_a_divided_walk_loses_no_record(folder: Path, fault: Fault) -> None:
    whole = walked(review_of(folder))
    for at in (2, len(whole) // 2, len(whole)):
        review = another(folder)
        with Replay(made(DIVIDED), {at: fault}, deepest=8) as server:
            assert run(review, server).state == "complete"
        assert keys(review) == names(made(DIVIDED))


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("fault", [status(503), Fault("cut"), Fault("html")], ids=lambda fault: fault.kind)
def test_a_lasting_fault_fails_the_search_and_keeps_what_came(review: Review, fault: Fault, at: int) -> None:
    with Replay(made(SMALL), dict.fromkeys(range(at, at + 6), fault)) as server:
        result = run(review, server)
    assert (result.state, result.retrieved, result.total) == ("failed", {1: 0, 2: 0, 3: 4}[at], None if at == 1 else SMALL)
    assert "no sound answer in 6 tries" in result.message
    with Replay(made(SMALL)) as server:
        again = run(review, server)
    assert (again.state, again.retrieved, again.seen_again) == ("complete", SMALL, result.retrieved)


def test_a_page_that_stays_short_fails_and_says_so(review: Review) -> None:
    with Replay(made(SMALL), dict.fromkeys(range(3, 30), Fault("short", number=2))) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("failed", 4)
    assert "at last it answered with 2 records where 3 were due" in result.message


def test_a_number_that_changes_begins_the_walk_once_more(review: Review) -> None:
    with Replay(made(SMALL), {3: Fault("total", number=8)}) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("complete", SMALL)
    first, second = log(review)
    assert (first.state, second.state, second.seen_again) == ("failed", "complete", 4)
    assert first.message == "the number of records changed from 7 to 8, so records may have moved between pages"


def test_a_number_that_goes_on_changing_fails(review: Review) -> None:
    with Replay(made(SMALL), {2: Fault("total", number=8), 4: Fault("total", number=9)}) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("failed", 0)
    assert "from 7 to 9" in result.message
    assert [entry.state for entry in log(review)] == ["failed", "failed"]


def test_a_part_that_is_counted_wrongly_is_never_walked(review: Review) -> None:
    with Replay(made(DIVIDED), {2: Fault("total", number=1)}, deepest=8) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("complete", DIVIDED)
    first, _ = log(review)
    assert (first.state, first.retrieved) == ("failed", 0)
    assert re.search(r"Crossref found 23 records, and \d+ when they were counted by the day of their deposit", first.message)


def test_records_that_moved_between_pages_are_missed_and_the_walk_begun_once_more(review: Review) -> None:
    second = max(number for number, form in enumerate(walked(another(review.folder)), 1) if form.get("offset") == "4")
    with Replay(made(DIVIDED), {second: Fault("shift", number=1)}, deepest=8) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("complete", DIVIDED)
    first, again = log(review)
    assert (first.state, first.retrieved, again.state) == ("failed", DIVIDED - 1, "complete")
    assert first.message.startswith("crossref reported 23 records and gave 22 different ones")


def test_a_day_with_more_than_can_be_walked_stops_the_search_once(review: Review) -> None:
    works = [work(number, created=date(2013, 1, 31)) for number in range(1, 10)]
    with Replay(works, deepest=8) as server:
        result = run(review, server)
        assert counts(server) == len(server.asked) < 40
    assert (result.state, result.total, result.retrieved, len(log(review))) == ("failed", 9, 0, 1)
    assert "has 9 records for this line whose DOIs were first deposited on 2013-01-31, and gives 8 of one day at most" in result.message


def test_what_the_service_refuses_is_refused_once(folder: Path) -> None:
    review = review_of(folder, "filter=isn:1476-9018")
    with Replay(made(3)) as server:
        result = run(review, server)
        assert len(server.asked) == 1
    assert (result.state, result.retrieved) == ("refused", 0)
    assert "Filter 'isn' specified but there is no such filter for this route (filter-not-available)" in result.message


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"rows": "1001"}, "Integer specified as 1001 but must be a positive integer less than or equal to 1000. (integer-not-valid)"),
        ({"offset": "10001"}, "Integer specified as 10001"),
        ({"offset": "9500", "rows": "1000"}, "Integer specified as 9500"),
        ({"colour": "green"}, "there is no such parameter available on any route (unknown-parameter)"),
        ({"query.mood": "good"}, "Field query query.mood specified"),
        ({"select": "DOI,language"}, "Select 'language' specified but there is no such select for this route"),
        ({"sort": "beauty"}, "Sort field specified as beauty"),
        ({"cursor": "thing"}, "Cursor specified but it is invalid (cursor-invalid)"),
    ],
)
def test_requests_that_are_not_valid_are_refused_in_the_service_s_words(folder: Path, asked: dict[str, str], said: str) -> None:
    with Replay(made(3)) as server, pytest.raises(http.Refused, match=re.escape(said)):
        client = http.Client(sleep=lambda _: None, pace=http.Pace())
        client.ask(Request(method="GET", url=f"{server.base}/works", query=tuple(asked.items())), Manners(refusal=crossref.refusal))


@pytest.mark.parametrize(
    ("fault", "said"),
    [(status(404, text="Resource not found."), "answered 404: Resource not found."), (status(403, text="blocked"), "403: blocked")],
)
def test_not_found_and_a_block_are_failures_and_never_the_end(review: Review, fault: Fault, said: str) -> None:
    with Replay(made(SMALL), {3: fault}) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("refused", 4)
    assert said in result.message


def test_a_wrong_line_is_told_before_anything_is_asked_or_stored(folder: Path) -> None:
    review = review_of(folder, f"{QUERY}&sort=score")
    with Replay(made(3)) as server:
        with pytest.raises(ProtocolError, match="sort is for the program to set; take it out"):
            run(review, server)
        assert server.asked == []
    assert log(review) == []


def test_a_long_wait_stops_the_search_and_the_next_run_goes_on_at_that_page(review: Review) -> None:
    whole = walked(review)
    for at in (1, len(whole) // 2, len(whole)):
        again = another(review.folder)
        with Replay(made(DIVIDED), {at: status(429, "55000")}, deepest=8) as server:
            stopped = run(again, server)
            assert (stopped.state, len(server.asked)) == ("waiting", at)
            assert "left alone until" in stopped.message
            assert run(again, server).state == "waiting" and len(server.asked) == at
            assert run(again, server, now=datetime.now(UTC) + timedelta(seconds=55_000)).state == "complete"
            assert server.asked == [*whole[:at], *whole[at - 1 :]]
        (entry,) = log(again)
        assert (entry.state, entry.retrieved, keys(again)) == ("complete", DIVIDED, names(made(DIVIDED)))


def test_the_rate_that_the_service_states_is_never_passed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crossref, "DEEPEST", 10_000)
    client = http.Client(crossref.SECRETS, pace=http.Pace(), timeout=(2.0, 2.0))  # it waits, by a real clock
    with Replay(made(24), rates=((20, 1), (20, 1), (20, 1), (4, 1))) as server:
        result = run(review_of(folder), server, client=client)
        gaps = [later - sooner for sooner, later in pairwise(server.times)]
    assert (result.state, result.retrieved, len(gaps)) == ("complete", 24, 6)
    assert server.service.too_many == 0
    assert gaps[0] >= 0.9 and max(gaps[1:3]) < 0.5  # one a second before anything was said, then as fast as is allowed
    assert min(gaps[4:]) >= 0.2


class Echo(Crossref):
    """A service that repeats what it was sent."""

    def reply(self, asked: Asked, fault: Fault | None) -> Reply:
        reply = super().reply(asked, fault)
        data = {**json.loads(reply.body), "debug": dict(asked.headers)}
        return Reply.of(data, reply.status, **{**reply.headers, "x-rate-limit-who": asked.headers["user-agent"]})


def test_the_key_and_the_address_are_sent_and_stored_nowhere(
    review: Review, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = {"REVIEW_CROSSREF_KEY": "open-sesame-4711", "REVIEW_CONTACT": "ana@example.org"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    caplog.set_level("DEBUG")
    server = Replay(made(SMALL), {3: status(400, text=f"who is {' '.join(secrets.values())}?")})
    server.service = Echo(made(SMALL))
    with server:
        result = run(review, server)
        assert {one.headers["crossref-plus-api-token"] for one in server.heard} == {"Bearer open-sesame-4711"}
        assert all("(mailto:ana@example.org)" in agent for agent in server.agents)
    assert (result.state, "(hidden)" in result.message) == ("refused", True)
    with review.reading() as connection:
        bodies = [body_of(row) for row in connection.execute(sa.select(tables.payloads))]
    assert len(bodies) == 2 and all(b"(hidden)" in body for body in bodies)
    stored = [path.read_bytes() for path in review.folder.rglob("*") if path.is_file()]
    for value in secrets.values():
        assert not any(value.encode() in place for place in (*stored, *bodies, caplog.text.encode(), result.message.encode()))
        assert value not in repr(log(review))
