"""OpenAlex: what is asked, what its answers say, and walks that lose nothing and spend no more than there is."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from references import http, tables
from references.changes import notices
from references.error import ReviewError
from references.formats.openalex_json import OPENALEX_JSON
from references.formats.reading import Reading
from references.formats.text import Text
from references.plan import SearchLine, read_searches
from references.record import TYPES, Record
from references.review import Review, sound
from references.searches import SearchResult, log, run_search
from references.sources import openalex
from references.sources.source import Changed, Question
from tests.replay import RECORDED, Fault, Raw, status
from tests.replay_openalex import PROTOCOL, QUERY, Replay, made, recorded, work
from tests.test_searches import keys, rows

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = "sk-openalex-4711"
PROTOCOLS = Path(__file__).parents[1] / "flows" / "protocols"


def of(query: str, size: int = 4, keyed: bool = False) -> Question:
    return Question(query=query, page_size=size, base=openalex.BASE, keyed=keyed)


ANY = of("title_and_abstract.search:care")


@pytest.fixture
def review(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Review:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("REVIEW_OPENALEX_KEY", raising=False)
    (tmp_path / "protocol.toml").write_text(PROTOCOL, encoding="utf-8")
    return Review(tmp_path)


def run(review: Review, server: Replay, page_size: int = 4, now: datetime = NOW, **more: Any) -> SearchResult:
    """Run the line OA1 at the server, without waiting."""
    [line] = sound(review.section("searches"), read_searches).lines
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVIEW_OPENALEX_URL", server.base)
        ask = http.Client(openalex.SECRETS, sleep=lambda _: None, pace=http.Pace(), timeout=(2.0, 0.7)).ask
        return run_search(review, line, by="ana", ask=ask, page_size=page_size, now=now, **more)


def names(works: list[Raw]) -> list[str]:
    return [raw["id"].rpartition("/")[2] for raw in works]


# -- what is asked -----------------------------------------------------------------------------------------------------


def test_a_line_is_the_filter_with_its_blanks_made_one() -> None:
    query = 'title_and_abstract.search:\n  ("joint working, at last" OR care)  AND\n NHS,from_publication_date:2007-01-01'
    asked = dict(openalex.request(of(query, 100), "100|abc==").query)
    assert asked["filter"] == 'title_and_abstract.search:("joint working, at last" OR care) AND NHS,from_publication_date:2007-01-01'
    assert (asked["per_page"], asked["cursor"], asked["sort"]) == ("100", "abc==", "publication_date:desc")
    assert {"id", "title", "is_retracted", "abstract_inverted_index"} <= set(asked["select"].split(","))
    assert set(asked) == {"filter", "per_page", "cursor", "sort", "select"}  # an unknown parameter is refused


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ('"joint working"', "is no filter"),
        ("title_and_abstract.search:health, social care", "a comma stands outside of quotation marks in title_and_abstract.search"),
        ("title_and_abstract.search:,type:article", "is no filter"),
        ("title_and_abstract.search:" + " OR ".join(f'"joint working {number}"' for number in range(300)), "divide it into several lines"),
        ("title_and_abstract.search:" + "samhandling på tvers " * 120 + "æøå" * 250, "it takes 7,648 bytes in an address"),
        ('title_and_abstract.search:"joint working,type:article', "a quotation mark has no partner"),
        ("title_and_abstract.search:health%2C+social+care", "'%2C' looks encoded"),  # a comma parts filters, encoded or not
        ("filter=title_and_abstract.search:health", "is no filter"),
    ],
)
def test_a_line_that_would_be_refused_or_misread_is_told_before_it_is_asked(query: str, said: str) -> None:
    with pytest.raises(ReviewError, match=said):
        openalex.request(of(query), openalex.START)


def test_filters_are_known_by_their_names_and_phrases_may_hold_what_looks_like_one() -> None:
    query = 'title.search:"care, from_publication_date:2019" OR x:y,\n cited_by_percentile.top_10:true , from-publication-date:2007'
    assert openalex.take_apart(query) == (
        ("title.search", '"care, from_publication_date:2019" OR x:y'),
        ("cited_by_percentile.top_10", "true"),
        ("from-publication-date", "2007"),
    )


def test_every_line_of_the_partnership_protocol_can_be_asked() -> None:
    protocol = tomllib.loads((PROTOCOLS / "partnership_working" / "protocol.toml").read_text(encoding="utf-8"))
    lines = [line for line in protocol["searches"]["lines"] if line["source"] == "openalex"]
    for line in lines:
        query = line["query"].replace("{terms}", line["terms"]).replace("{from}", "2007-01-01")
        asked = dict(openalex.request(of(query, 100), openalex.START).query)
        assert asked["filter"].count("\n") == 0 and asked["filter"].endswith(",from_publication_date:2007-01-01")
        assert 8 <= openalex.operators(query) <= 38
    assert len(lines) == 8


@pytest.mark.parametrize(
    ("query", "keyed", "interval"),
    [
        ("title_and_abstract.search:a AND b AND c AND d AND e AND f", False, 0.105),
        ("title_and_abstract.search:a AND b AND c AND d AND e AND f", True, 0.035),
        ("title_and_abstract.search:a AND b OR c NOT d AND e AND f AND g", False, 1.05),
        ("title_and_abstract.search:a AND b OR c NOT d AND e AND f AND g", True, 0.21),
        ('title_and_abstract.search:"a AND b AND c AND d AND e AND f AND g",type:x', False, 1.05),  # the service counts in phrases too
        ("title_and_abstract.search:a and b or c and d and e and f and ANDES or ORAL,type:x", False, 0.105),
        ("title.search:a AND b AND c AND d,abstract.search.exact:e OR f* OR g OR h", True, 0.21),
    ],
)
def test_a_broad_search_is_asked_more_slowly(query: str, keyed: bool, interval: float) -> None:
    assert openalex.request(of(query, keyed=keyed), openalex.START).interval == pytest.approx(interval)


def test_documents_are_looked_up_by_doi_and_by_pmid() -> None:
    assert openalex.lookup(["10.1/a", "10.1/b", "10.1/c,d", "10.1/%3C"], ["7"], 40) == ["doi:10.1/a|10.1/b", "pmid:7"]
    assert openalex.lookup(["10.1/a", "10.1/b", "10.1/c"], [], 2) == ["doi:10.1/a|10.1/b", "doi:10.1/c"]
    assert openalex.request(of("doi:10.1/a|10.1/b"), openalex.START)


def test_a_look_up_of_long_dois_is_divided_so_that_each_part_fits_into_an_address() -> None:
    dois = [f"10.1002/(sici)1097-0258(19980815/30)17:15/16<1661::aid-sim{number}>3.0.co;2-2;{'x' * number * 9}" for number in range(150)]
    parts = openalex.lookup([*dois, "10.1/" + "x" * 4_000, "10.1/" + "文" * 900], [str(number) for number in range(250)], 400)
    assert all(openalex.request(of(part), openalex.START) for part in parts)
    assert [doi for part in parts if part.startswith("doi:") for doi in part[4:].split("|")] == dois
    assert [part.count("|") + 1 for part in parts if part.startswith("pmid:")] == [100, 100, 50]  # as many as are taken at once


# -- what answers say --------------------------------------------------------------------------------------------------


def page(*works: Raw, count: int | None = None, mark: Any = None) -> Raw:
    return {"meta": {"count": len(works) if count is None else count, "next_cursor": mark}, "results": list(works)}


@pytest.mark.parametrize(
    ("data", "cursor", "said"),
    [
        (page(*made(4), count=9, mark="b"), "0|*", None),
        (page(*made(1), count=9), "8|c", None),
        (page(), "0|*", None),
        (page(*made(3), count=9), "0|*", "3 records where 4 were due"),  # stopped after five seconds: looks like the end
        (page(count=9), "8|c", "0 records where 1 were due"),
        (page(*made(4), count=9), "0|*", "without the cursor of the next page"),
        (page(*made(4), count=9, mark=["b"]), "0|*", "a cursor that is no text"),
        (page(*made(1), count=9), "8/9|c", None),
        (page(*made(2), count=6), "4/9|b", "2 records where 4 were due"),  # it counts what it had found when it was stopped
        (page(*made(4), count=8, mark="c"), "4/9|b", None),  # for the walk, which sees that the total changed
        (page(*made(1), count=10), "8/9|c", None),
        ({"meta": {}, "results": []}, "0|*", "without the number of results"),
        ({"results": []}, "0|*", "without the number of results"),
        (page(count=True), "0|*", "without the number of results"),
        ([], "0|*", "without the number of results"),
    ],
)
def test_a_page_that_is_short_is_told_from_the_last_one(data: Any, cursor: str, said: str | None) -> None:
    wrong = openalex.flaw(data, ANY, cursor)
    assert wrong is None if said is None else said in (wrong or "")


def test_a_walk_ends_when_as_many_came_as_there_are_though_a_cursor_is_given() -> None:
    assert openalex.next_cursor(page(*made(4), count=9, mark="b|="), ANY, "0|*") == "4/9|b|="
    assert openalex.next_cursor(page(*made(4), count=9, mark="c"), ANY, "4/9|b|=") == "8/9|c"
    assert dict(openalex.request(ANY, "4/9|b|=").query)["cursor"] == "b|="
    assert openalex.next_cursor(page(*made(1), count=9, mark="d"), ANY, "8/9|c") is None
    assert openalex.next_cursor(page(*made(1), count=9), ANY, "8|c") is None


@pytest.mark.parametrize(
    ("status", "data", "refused"),
    [
        (429, {"error": "Plan upgrade required", "message": "The filter requires a Premium plan."}, True),
        (429, {"error": "Rate limit exceeded", "reason": "broad_boolean_query", "message": "Please wait 1s."}, False),
        (429, {"error": "Rate limit exceeded", "message": "Insufficient budget."}, False),
        (400, {"error": "Invalid query parameters error.", "message": "X is not a valid field."}, True),
        (401, {"error": "Invalid or missing API key"}, True),
        (503, {"error": "Search paused"}, False),
        (200, {"meta": {}}, False),
    ],
)
def test_what_will_never_pass_is_told_from_what_may(status: int, data: Any, refused: bool) -> None:
    assert (openalex.refusal(data, status) is not None) is refused


def test_a_refusal_is_told_in_the_services_words_without_the_list_of_all_it_knows() -> None:
    told = openalex.refusal(
        {"error": "Invalid query parameters error.", "message": "X is not a valid field. " + "abstract.search, " * 300}, 400
    )
    assert (
        told and told.startswith("OpenAlex refused the search: Invalid query parameters error. X is not a valid field.") and len(told) < 500
    )


TRANSCRIBED = {
    "400_search_too_long": "Search query too long Your search is too long", "400_url_too_long": "Request URL too long",
    "429_plan_required": "Plan upgrade required", "429_broad_boolean": "", "429_daily_budget": "", "429_per_second": "",
    "503_anon_search_paused": "", "504_query_timeout": "",
}  # fmt: skip


@pytest.mark.parametrize(("name", "said"), TRANSCRIBED.items(), ids=TRANSCRIBED)
def test_what_the_service_is_known_to_answer_is_refused_or_asked_again(name: str, said: str) -> None:
    told = RECORDED / "_transcribed" / f"openalex_{name}.json"
    if not told.is_file():
        pytest.skip("../shared is not here")
    body = told.with_name(f"openalex_{name}.body.json").read_bytes()
    no = openalex.refusal(openalex.read(body), json.loads(told.read_bytes())["response"]["status"])
    assert no is None if not said else said in (no or "")


@pytest.mark.parametrize(
    ("left", "used", "prepaid", "spent"),
    [
        ("990", "10", "0", None),
        ("10", "10", "0", None),
        ("9", "10", "0", 3600.0),
        ("0", "0", "0", None),
        ("0", "10", "4.5", None),
        ("", "10", "0", None),
    ],
)
def test_a_budget_that_does_not_pay_for_one_more_page_is_told(left: str, used: str, prepaid: str, spent: float | None) -> None:
    headers = {"x-ratelimit-remaining": left, "x-ratelimit-credits-used": used, "x-ratelimit-reset": "3600"}
    assert openalex.limits({**headers, "x-ratelimit-prepaid-remaining-usd": prepaid}).spent == spent


# -- records -----------------------------------------------------------------------------------------------------------


def selected(works: list[Raw]) -> list[Raw]:
    """As they come when they are asked for."""
    names = set(openalex.SELECT.split(","))
    return [{name: value for name, value in raw.items() if name in names} for raw in works]


def named(shown: str | None, byline: str | None) -> Raw:
    return {"author": {"display_name": shown}, "raw_author_name": byline}


def read(**fields: Any) -> Any:
    return openalex.to_record({**work(7), **fields})


def test_a_work_becomes_a_record() -> None:
    record = read()
    assert (record.key, record.accession, record.database) == ("W4000000007", "W4000000007", "OpenAlex")
    assert record.authors == ("Moe, Kari", "Ewan Mair")  # the byline, where it tells the family name apart
    assert (record.year, record.date, record.type, record.journal) == (2017, "2017-03-08", "journal-article", "Journal of Examples")
    assert (record.volume, record.issue, record.pages, record.issn) == ("4", "2", "7-16", "1234-5679")
    assert (record.doi, record.abstract) == ("10.5555/alex.7", "To see whether cursors lose records.")
    assert record.url == "https://doi.org/10.5555/alex.7" and record.keywords == ("Integrated care",) and record.unread == ()


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"title": None}, "title", ""),
        ({"title": "A <i>new</i>\x00 title"}, "title", "A new title"),
        ({"primary_location": None}, "journal", None),
        ({"primary_location": {"source": None, "raw_source_name": "A Journal"}}, "journal", "A Journal"),
        ({"ids": {"pmid": "https://pubmed.ncbi.nlm.nih.gov/10706275", "pmcid": "PMC77"}}, "pmid", "10706275"),
        ({"doi": None}, "doi", "10.5555/alex.7"),  # it stands in `ids` too
        ({"abstract_inverted_index": None}, "abstract", None),
        ({"abstract_inverted_index": {"b": [2, 5], "a": [0, 2]}}, "abstract", "a b a b"),  # gaps and doubled places
        ({"is_retracted": True}, "retracted", True),
        ({"publication_year": 2016, "publication_date": "2016-01-01"}, "date", "2016"),  # the day is not known
        ({"publication_year": 2016, "publication_date": None}, "date", "2016"),
        ({"publication_year": None, "publication_date": "2016-05-02"}, "year", 2016),
        ({"publication_date": "2016-05-02"}, "date", "2017"),  # not a date of that year
        ({"publication_date": "2016-05-02"}, "unread", (("publication_date", "2016-05-02", 0),)),
        (
            {"best_oa_location": {"landing_page_url": "https://repo.example/7", "pdf_url": "https://x.org/a.pdf"}},
            "url",
            "https://repo.example/7",
        ),
        ({"best_oa_location": {"landing_page_url": "javascript:alert(1)", "pdf_url": None}}, "url", "https://doi.org/10.5555/alex.7"),
        (
            {"best_oa_location": {"landing_page_url": None, "pdf_url": " http://x.org/a.pdf?a=1&amp;b=2"}},
            "url",
            "http://x.org/a.pdf?a=1&b=2",
        ),
        (
            {"primary_location": {"landing_page_url": "ftp://x.org/a"}},
            "unread",
            (("primary_location.landing_page_url", "ftp://x.org/a", 0),),
        ),
        ({"biblio": {"first_page": "e82", "last_page": "e82"}}, "pages", "e82"),
        ({"biblio": {"first_page": "2838", "last_page": "42"}}, "pages", "2838-2842"),
        ({"biblio": {"first_page": None, "last_page": "S15"}}, "pages", "S15"),
        ({"primary_location": {"source": {"issn_l": None, "issn": ["none", "1234-567X"]}}}, "issn", "1234-567X"),
        ({"authorships": None}, "authors", ()),
        (
            {"authorships": [named("Ana Ito", "Ito, A."), named("", "Ola Li"), named(None, "Ås, Eva"), named("Ana Ito", None)]},
            "authors",
            ("Ana Ito", "Ola Li", "Ås, Eva"),
        ),  # each once
        ({"authorships": [named("NHS Fife, Health Board", "NHS Fife, Health Board")]}, "authors", ("NHS Fife, Health Board",)),
        (
            {"authorships": [{**named("Ana Ito", None), "trust": 7}, {"author": {}, "countries": ["NO"]}]},
            "unread",
            (("authorships", '[{"author": {}, "countries": ["NO"]}]', 0), ("authorships[].trust", "7", 0)),
        ),
        ({"authorships": "Ana Ito"}, "unread", (("authorships", "Ana Ito", 0),)),
        (
            {"authorships": [named(f"Ana {number}", None) for number in range(100)]},
            "unread",
            (("more authors", "only the first 100 are in a list of OpenAlex", 0),),
        ),
        ({"keywords": [{"display_name": "Care"}, "care", {"display_name": "Care"}]}, "keywords", ("Care",)),
        ({"keywords": [{"display_name": "Care"}, "care"]}, "unread", (("keywords", '["care"]', 0),)),
        ({"is_retracted": "no"}, "unread", (("is_retracted", "no", 0),)),
        ({"is_retracted": "no"}, "retracted", False),
        ({"abstract_inverted_index": {"a": ["x"]}}, "unread", (("abstract_inverted_index", '{"a": ["x"]}', 0),)),
        ({"best_oa_location": {"pdf_url": "file:///a"}}, "unread", (("best_oa_location", '{"pdf_url": "file:///a"}', 0),)),
        ({"is_preregistered": True}, "unread", (("is_preregistered", "true", 0),)),
    ],
)
def test_odd_fields_are_read_as_they_are_meant(fields: Any, name: str, value: Any) -> None:
    assert getattr(read(**fields), name) == value


@pytest.mark.parametrize(
    ("said", "raw", "kind"),
    [
        ("article", "journal-article", "journal-article"),
        ("article", "proceedings-article", "conference-paper"),
        ("review", None, "journal-article"),
        ("preprint", "posted-content", "preprint"),
        ("dissertation", "Thesis", "thesis"),
        ("report", "doc-type:workingPaper", "report"),
        ("book-chapter", "book-chapter", "book-chapter"),
        ("review", "edited-book", "book"),
        ("erratum", None, "other"),
        ("retraction", "journal-article", "other"),  # where it stands is not what it is
        ("paratext", "journal-issue", "other"),
        ("other", "report", "report"),
        ("something new", None, "other"),
        ("something new", "report", "report"),
        (None, None, "other"),
        (None, "posted-content", "preprint"),
    ],
)
def test_types_become_ours_and_what_ours_does_not_say_is_kept(said: str | None, raw: str | None, kind: str) -> None:
    record = read(type=said, primary_location={"raw_type": raw})
    assert record.type == kind and kind in TYPES
    assert (("pubType", said, 0) in record.unread) is (said is not None and (kind == "other" or said == "something new"))
    assert not notices(record)  # what a record is says nothing of what was published about it


def test_a_work_without_its_number_stops_the_page() -> None:
    for id in (None, "W7", "https://openalex.org/A77"):
        with pytest.raises(Changed, match="a work whose id is"):
            read(id=id)


def test_recorded_works_are_read_without_a_field_left_over() -> None:
    found = openalex.records({"results": selected(recorded())})
    if not found:
        pytest.skip("../shared is not here")
    assert openalex.diagnostics({}, found) == []
    assert (len({record.id for record in found}), sum(record.abstract is not None for record in found)) == (200, 155)
    assert (sum(record.doi is not None for record in found), sum(record.pmid is not None for record in found)) == (137, 18)


def test_recorded_works_are_read_as_from_a_file_but_for_free_copies_and_the_publishers_word_for_the_type() -> None:
    pages = [json.loads(path.read_bytes()) for path in sorted((RECORDED / "openalex").glob("*/*.body.json"))]
    works = selected([raw for page in pages for raw in page.get("results", ()) if raw.get("authorships")])
    if not works:
        pytest.skip("../shared is not here")
    live, told = openalex.records({"results": works}), set()
    assert openalex.diagnostics({}, live) == []
    for raw, record in zip(works, live, strict=True):
        [one] = Reading(Text.of(json.dumps(raw).encode()), OPENALEX_JSON, "file:x.json")
        left_out = {"id", "source", "key", "origins", "unread"}
        told |= {
            name.name
            for name in fields(Record)
            if name.name not in left_out and getattr(record, name.name) != getattr(one.record, name.name)
        }
    assert told == {"url", "type"}


# -- walks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("last_mark", [True, False])
@pytest.mark.parametrize("count", [0, 1, 4, 8, 11])
def test_every_record_comes_once_and_in_order_and_no_page_is_paid_for_in_vain(review: Review, count: int, last_mark: bool) -> None:
    with Replay(made(count), last_mark=last_mark) as server:
        result = run(review, server)
        assert len(server.asked) == max(1, -(-count // 4))
    assert (result.state, result.total, result.retrieved) == ("complete", count, count)
    assert keys(review) == names(made(count))


FAULTS = {
    "429 with a wait": status(429, "2"), "429": status(429), "500": status(500), "502": status(502), "503": status(503), "504": status(504),
    "cut": Fault("cut"), "html": Fault("html"), "empty": Fault("empty"), "junk": Fault("junk", text='{"meta": {}}'),
    "silent": Fault("silent"), "reset": Fault("reset"), "short": Fault("short", number=1), "none": Fault("short", number=0),
}  # fmt: skip


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_passing_fault_on_any_page_loses_no_record(review: Review, fault: Fault, at: int) -> None:
    with Replay(made(11), {at: fault}) as server:
        result = run(review, server)
    assert (result.state, result.retrieved) == ("complete", 11)
    assert keys(review) == names(made(11))


@pytest.mark.parametrize(("fault", "again_at"), [(Fault("total", number=12), 4), (Fault("shift", number=1), 5)], ids=["total", "shift"])
def test_pages_that_do_not_fit_together_begin_the_walk_once_more(review: Review, fault: Fault, again_at: int) -> None:
    with Replay(made(11), {2: fault}) as server:
        assert run(review, server).state == "complete"
    assert sorted(keys(review)) == sorted(names(made(11)))
    with Replay(made(11), dict.fromkeys((2, again_at), fault)) as server:
        again = run(review, server, full=True)
    assert again.state == "failed" and ("the total changed" in again.message or "gave 10 different ones" in again.message)


def grown(works: list[Raw], at: int, by: int) -> Callable[[str], list[Raw]]:
    """Works of which some are new, or gone, from the `at`th request on."""
    asked = count(1)
    return lambda _: works[max(-by, 0) :] if next(asked) < at else works[max(by, 0) :]


def stopped(works: list[Raw], at: int) -> Callable[[str], list[Raw]]:
    """Works of which the `at`th request finds six only."""
    asked = count(1)
    return lambda _: works[:6] if next(asked) == at else works


def test_a_record_that_is_new_while_the_search_is_walked_begins_the_walk_once_more(review: Review) -> None:
    for at in (2, 3):
        with Replay(grown(made(12), at, -1)) as server:  # eleven, and then twelve
            result = run(review, server, full=True)
            assert len(server.asked) == at + 3
        assert (result.state, result.total, result.retrieved) == ("complete", 12, 12)


def test_a_record_that_is_gone_while_the_search_is_walked_begins_the_walk_once_more(review: Review) -> None:
    with Replay(grown(made(12), 2, 1)) as server:
        result = run(review, server)
        assert len(server.asked) == 2 + 3
    assert (result.state, result.total) == ("complete", 11)


def test_a_search_that_was_stopped_counts_less_and_is_asked_again(review: Review) -> None:
    with Replay(stopped(made(11), at=2)) as server:
        assert run(review, server).state == "complete" and len(server.asked) == 4
    assert keys(review) == names(made(11))


def test_a_page_that_stays_short_fails_the_search_and_keeps_what_came(review: Review) -> None:
    with Replay(made(11), dict.fromkeys(range(2, 20), Fault("short", number=1))) as server:
        result = run(review, server)
    assert (result.state, result.total, result.retrieved) == ("failed", 11, 4)
    assert "it answered with 1 records where 4 were due" in result.message


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_plan_that_is_too_small_is_refused_at_once(review: Review, at: int) -> None:
    plan = status(429, text='{"error": "Plan upgrade required", "message": "The filter requires a Premium plan."}')
    with Replay(made(11), {at: plan}) as server:
        result = run(review, server)
        assert len(server.asked) == at
    assert result.state == "refused" and "Plan upgrade required The filter requires a Premium plan." in result.message


@pytest.mark.parametrize(
    ("query", "key", "said"),
    [
        ("title_and_abstract.search:care,from_created_date:2026-01-01", KEY, "Plan upgrade required"),
        ("doesntexist:1", KEY, "doesntexist is not a valid field."),
        ("title_and_abstract.search:care", "sk-another", "Invalid or missing API key"),
        ("title_and_abstract.search:" + "care OR " * 1_000 + "care", KEY, "Request URL too long"),
    ],
    ids=["plan", "filter", "key", "length"],
)
def test_what_the_service_refuses_is_asked_once(review: Review, monkeypatch: pytest.MonkeyPatch, query: str, key: str, said: str) -> None:
    monkeypatch.setattr(openalex, "LONGEST", 1_000_000)  # so that it is the service that says so
    monkeypatch.setenv("REVIEW_OPENALEX_KEY", key)
    with Replay(made(4), key=KEY) as server:
        monkeypatch.setenv("REVIEW_OPENALEX_URL", server.base)
        ask = http.Client(openalex.SECRETS, sleep=lambda _: None, pace=http.Pace()).ask
        result = run_search(review, SearchLine(name="OA1", source="openalex", query=query), by="ana", ask=ask, now=NOW)
        assert len(server.asked) == 1
    assert result.state == "refused" and said in result.message and key not in result.message


def test_a_budget_that_runs_down_stops_the_search_until_it_is_filled_and_nothing_is_asked_before(review: Review) -> None:
    with Replay(made(11), credits=25) as server:
        stopped = run(review, server)
        assert (stopped.state, stopped.retrieved, len(server.asked)) == ("waiting", 8, 2)  # no request that would be refused
        assert "the budget at OpenAlex does not pay for the next page" in stopped.message
        assert run(review, server).state == "waiting" and len(server.asked) == 2
        server.service.left = 1000  # type: ignore[attr-defined]
        assert run(review, server, now=datetime.now(UTC) + timedelta(seconds=55_001)).state == "complete"
        assert len(server.asked) == 3
    assert keys(review) == names(made(11))


def test_a_key_that_was_got_meanwhile_is_used_at_once(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    with Replay(made(11), {2: status(429, "55000")}) as server:
        assert run(review, server).state == "waiting"
        monkeypatch.setenv("REVIEW_OPENALEX_KEY", KEY)
        assert run(review, server).state == "complete"


def test_the_key_goes_with_the_request_and_nowhere_else(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEW_OPENALEX_KEY", KEY)
    echo = Fault("status", status=403, text=f'{{"error": "Forbidden", "message": "{KEY} may not do that"}}')
    with Replay([{**work(1), "title": f"A title that says {KEY}"}, *made(3, 2)], {2: echo}) as server:
        first = run(review, server)
        second = run(review, server, full=True)
        assert {asked.headers["authorization"] for asked in server.heard} == {f"Bearer {KEY}"}
        assert all(KEY not in str(form) for form in server.asked)
    assert first.state == "complete" and second.state == "refused" and "(hidden) may not do that" in second.message
    for path in review.folder.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
    assert all(KEY not in str(row) for row in (*log(review), *rows(review, tables.payloads)))


@pytest.mark.parametrize(("keyed", "pages"), [(False, 3), (True, 11)], ids=["one a second", "five a second"])
def test_the_limit_for_broad_searches_is_never_passed(review: Review, monkeypatch: pytest.MonkeyPatch, keyed: bool, pages: int) -> None:
    broad = QUERY.replace("care", "(a OR b OR c OR d OR e OR f)")
    (review.folder / "protocol.toml").write_text(PROTOCOL.replace(QUERY, broad), encoding="utf-8")
    if keyed:
        monkeypatch.setenv("REVIEW_OPENALEX_KEY", KEY)
    [line] = sound(review.section("searches"), read_searches).lines
    with Replay(made(pages), limited=True, key=KEY if keyed else None) as server:
        monkeypatch.setenv("REVIEW_OPENALEX_URL", server.base)
        result = run_search(review, line, by="ana", ask=http.Client(openalex.SECRETS, pace=http.Pace()).ask, page_size=1, now=NOW)
        assert (result.state, len(server.asked)) == ("complete", pages)  # none was refused and asked again
        assert server.most_in(1.0) <= (5 if keyed else 1) and server.most_at_once == 1
