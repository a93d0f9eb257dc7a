"""Citation searching: from what is included, at OpenAlex; its records are screened, and counted under other methods."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from extraction.studies import included_studies
from flows.cli import review as command
from flows.publish import outputs
from flows.refresh import refresh
from flows.refreshed import Refreshed, lines
from references.duplicates.stored import compare_new
from references.error import ReviewError
from references.imports import import_file
from references.review import Review
from references.searchlog import log
from references.sources import citations
from references.sources.source import Question
from screening.exchange import apply_decisions, apply_retrievals
from screening.progress import queue, screening
from synthesis.flow import Flow, check
from synthesis.prisma import flow_of
from tests.conftest import ris
from tests.replay import Fault, Raw, Server, status
from tests.replay_openalex import Replay, work

Table = Callable[[str], Path]
CITED, CITING = [work(11), work(12), work(13)], [work(13), work(14)]  # the third is cited by one seed and cites the other
SEED = "doi:10.5555/alex.1"


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("references.http.TRIES", 1)


def answer(query: str) -> list[Raw]:
    """What our OpenAlex knows: the first seed by DOI, not the second; what it cites and what cites it."""
    name, _, values = query.partition(":")
    if name == "doi":
        return [work(1)] if "10.5555/alex.1" in values.split("|") else []
    return {"cited_by": CITED, "cites": CITING}.get(name, [])


@pytest.fixture
def chasing(review: Review, table: Table) -> Review:
    """Three reports of a database: one included, one excluded that leaves background, one more excluded. No line but citation searching."""
    path = review.folder / "protocol.toml"
    text = path.read_text()
    start, end = text.index("[[searches.lines]]"), text.index("[imports]")
    said = 'lines = []\n\n[searches.citations]\ndirections = ["backward", "forward"]\nseeds = ["included", "background"]\n\n'
    path.write_text(text[:start] + said + text[end:])
    entries = [ris("Joint boards at work", DO="10.5555/alex.1"), ris("A review of reviews", DO="10.5555/none.2"), ris("Beds in Oslo")]
    (review.folder / "imports" / "medical.ris").write_text("".join(entries))
    review = Review(review.folder)
    import_file(review, review.folder / "imports" / "medical.ris", by="test")
    rows = "record,verdict,reason\nmedical.ris#1,include,\nmedical.ris#2,exclude,E01_TYPE\nmedical.ris#3,exclude,E02_SECTOR\n"
    for stage, said in (("abstract", rows), ("fulltext", "record,verdict\nmedical.ris#1,include\n")):
        for by in ("ana", "ben"):
            apply_decisions(review, table(said), stage=stage, by=by)
    return review


def run(review: Review, server: Server, monkeypatch: pytest.MonkeyPatch) -> Refreshed:
    monkeypatch.setenv("REVIEW_OPENALEX_URL", server.base)
    return refresh(str(review.folder), by="test")


def flow(review: Review) -> Flow:
    with review.reading() as connection:
        progress = screening(review, connection)
        found = flow_of(connection, progress, included_studies(connection, progress))
    assert check(found) == []
    return found


def test_what_is_cited_and_what_cites_come_from_the_included_and_wait_for_the_readers(
    chasing: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Replay(answer) as server:
        done = run(chasing, server, monkeypatch)
        asked = [form["filter"] for form in server.asked]
    assert asked == [
        "doi:10.5555/alex.1|10.5555/none.2",
        "cited_by:W4000000001,from_publication_date:2007-01-01",
        "cites:W4000000001,from_publication_date:2007-01-01",
    ]
    assert [(one.line, one.state, one.retrieved, one.new) for one in done.citing] == [
        ("backward citation searching", "complete", 3, 3),
        ("forward citation searching", "complete", 2, 1),
    ]
    said = "\n".join(lines(done))
    assert "OpenAlex citations  backward citation searching  3 results, all stored, 3 new" in said
    assert "not at OpenAlex, so without citation searching: 1 report" in said and "A review of reviews" in said
    assert not done.failures and "records 3 -> 7, reports 3 -> 7" in said
    with chasing.reading() as connection:
        waiting = queue(screening(chasing, connection), stage="abstract", by="ana")
    assert {report.shown.doi for report in waiting} == {f"10.5555/alex.{number}" for number in (11, 12, 13, 14)}


def test_the_flow_counts_them_under_other_methods_and_shows_that_they_were_screened(
    chasing: Review, monkeypatch: pytest.MonkeyPatch, table: Table
) -> None:
    with Replay(answer) as server:
        run(chasing, server, monkeypatch)
    found = flow(chasing)
    assert {name: len(ids) for name, ids in found.others.identified.items()} == {("citation", "OpenAlex citations"): 4}
    assert (len(found.others.screened), len(found.others.open_screening), len(found.others.sought)) == (4, 4, 0)
    rows = "record,verdict,reason\n" + "".join(f"doi:10.5555/alex.{n},exclude,E02_SECTOR\n" for n in (11, 12, 13))
    for by in ("ana", "ben"):
        apply_decisions(chasing, table(rows + "doi:10.5555/alex.14,include,\n"), stage="abstract", by=by)
    apply_retrievals(chasing, table("record,state\ndoi:10.5555/alex.14,not_retrieved\n"), by="ana")
    found = flow(chasing)
    assert [len(ids) for ids in (found.others.excluded, found.others.sought, found.others.not_retrieved)] == [3, 1, 1]
    written = outputs(str(chasing.folder))[0]
    assert "- Records screened: 4 = 4 - 0\n- Records excluded: 3\n- Reports sought for retrieval: 1 = 4 - 3\n" in str(written["prisma.md"])
    assert "as citation searching gives them, are screened too: 4." in str(written["prisma.md"])
    assert "citations_results,NA,box11,Citation searching,Citation searching,Citation searching,NA,4" in str(written["prisma.csv"])
    logged = str(written["search_log.csv"])
    assert "citation,backward citation searching," in logged and '"cited_by:W4000000001,from_publication_date:2007-01-01"' in logged


def test_a_work_that_a_database_has_too_is_one_report_and_counts_there(chasing: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    (chasing.folder / "imports" / "medical_2.ris").write_text(ris(CITED[0]["title"], DO="10.5555/alex.11"))
    with Replay(answer) as server:
        run(chasing, server, monkeypatch)
    compare_new(chasing)
    found = flow(chasing)
    assert (len(found.others.all_identified), len(found.others.duplicates), len(found.others.screened)) == (4, 1, 3)
    assert len(found.databases.open_screening) == 1


def test_a_report_somebody_picked_from_a_website_is_sought_without_screening(chasing: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    (chasing.folder / "imports" / "websites.ris").write_text(ris(CITED[0]["title"], DO="10.5555/alex.11"))
    with Replay(answer) as server:
        run(chasing, server, monkeypatch)
    found = flow(chasing)
    assert (len(found.others.all_identified), len(found.others.duplicates)) == (5, 1)
    assert (len(found.others.screened), len(found.others.straight), len(found.others.sought)) == (3, 1, 1)


def test_a_file_of_citations_is_screened_where_its_rule_says_so(review: Review) -> None:
    path = review.folder / "protocol.toml"
    path.write_text(
        path.read_text() + '\n[[imports.files]]\npattern = "chaser*.ris"\nname = "citationchaser"\nkind = "citation"\nscreen = true\n'
    )
    (review.folder / "imports" / "chaser.ris").write_text(ris("Beds in Oslo"))
    review = Review(review.folder)
    import_file(review, review.folder / "imports" / "chaser.ris", by="test")
    assert len(flow(review).others.open_screening) == 1
    path.write_text(path.read_text().replace('kind = "citation"\nscreen', 'kind = "register"\nscreen'))
    said = CliRunner().invoke(command, ["--review", str(review.folder), "check"]).output
    assert "screen" in said and "is for other methods only" in said


def test_where_the_seeds_cannot_be_looked_up_nothing_is_searched_and_that_is_said(chasing: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    with Replay(answer, {1: status(503)}) as server:
        done = run(chasing, server, monkeypatch)
        assert len(server.asked) == 1
    assert done.failures and "seed references at OpenAlex was not complete" in "\n".join(lines(done))
    with Replay(answer) as server:
        assert [one.state for one in run(chasing, server, monkeypatch).citing] == ["complete", "complete"]


def test_a_citation_search_that_fails_leaves_the_flow_interim(chasing: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    with Replay(answer, {3: status(403)}) as server:
        done = run(chasing, server, monkeypatch)
    assert [one.state for one in done.citing] == ["complete", "refused"] and done.failures
    _, _, is_open = outputs(str(chasing.folder))
    assert any("the search forward citation searching (refused)" in said for said in is_open)


def test_the_next_refresh_searches_again_from_what_is_included_then(chasing: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    with Replay(answer) as server:
        run(chasing, server, monkeypatch)
        CITING.append(work(15))
        try:
            done = run(chasing, server, monkeypatch)
        finally:
            CITING.pop()
    assert [(one.new, one.seen_again) for one in done.citing] == [(0, 3), (1, 2)]
    entries = [entry for entry in log(chasing) if entry.source == "citations"]
    assert [entry.parameters["kind"] for entry in entries] == ["citations"] * 4 and [entry.vanished for entry in entries] == [0] * 4
    printed = CliRunner().invoke(command, ["--review", str(chasing.folder), "searches"]).output
    assert "from 1 seed reference; not at OpenAlex: No author given 2018. A review of reviews." in printed


def test_nothing_is_asked_before_anything_is_included(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    path = review.folder / "protocol.toml"
    text = path.read_text()
    start, end = text.index("[[searches.lines]]"), text.index("[imports]")
    path.write_text(text[:start] + 'lines = []\n[searches.citations]\ndirections = ["forward"]\n' + text[end:])
    with Replay(answer) as server:
        done = run(Review(review.folder), server, monkeypatch)
        assert not server.asked
    assert not done.citing and not done.failures


@pytest.mark.parametrize("query", ["title.search:x", "cites:10.1136/bmj.n71", "cites:W1,cites:W2", "cites:", "cites:W0"])
def test_a_line_of_citation_searching_names_works(query: str) -> None:
    with pytest.raises(ReviewError, match="cannot be asked: expected cites: "):
        citations.request(Question(query=query, page_size=100, base="http://x"), citations.START)


def test_many_seeds_are_asked_in_parts() -> None:
    works = [f"W{number}" for number in range(1, 251)]
    queries = citations.queries("forward", works)
    assert [query.count("W") for query in queries] == [100, 100, 50]
    for query in queries:
        assert citations.request(Question(query=query.replace("{from}", "2007-01-01"), page_size=100, base="http://x"), citations.START)


def test_a_fault_on_the_way_loses_nothing(chasing: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("references.http.TRIES", 4)
    monkeypatch.setattr("references.http.FIRST_WAIT", 0.0)
    with Replay(answer, {2: Fault("short", 1), 4: Fault("cut")}) as server:
        done = run(chasing, server, monkeypatch)
    assert [(one.state, one.retrieved) for one in done.citing] == [("complete", 3), ("complete", 2)]
