"""Links to full texts: those that records have, and free copies that OpenAlex knows, on demand."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from flows.cli import review as command
from references.imports import import_file
from references.review import Review
from screening.sitting import Sitting
from tests.conftest import ris
from tests.replay import status
from tests.replay_openalex import Replay, work


def test_free_copies_of_what_is_sought_are_looked_up_by_doi_and_listed(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = ris("Joint boards at work", DO="10.5555/alex.1") + ris("Beds in Oslo", DO="10.5555/alex.2", UR="https://journal.example/2")
    (review.folder / "imports" / "medical.ris").write_text(entries)
    import_file(review, review.folder / "imports" / "medical.ris", by="test")
    for by in ("ana", "ben"):
        sitting = Sitting(review, stage="abstract", by=by)
        for _ in range(2):
            sitting.press("i")

    def listed(*words: str) -> str:
        return CliRunner().invoke(command, ["--review", str(review.folder), "retrieve", *words]).output

    assert "https://journal.example/2" in listed() and "free copy" not in listed()
    free = {"best_oa_location": {"landing_page_url": "https://repository.example/\x1b[31m1", "pdf_url": "https://repository.example/1.pdf"}}
    with Replay([{**work(1), **free}, work(2)]) as server:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("REVIEW_OPENALEX_URL", server.base)
        said = listed("--links")
        assert server.asked[0]["filter"] == "doi:10.5555/alex.1|10.5555/alex.2"
    assert "free copy: https://repository.example/1.pdf" in said and "https://journal.example/2" in said, said
    assert "2 reports sought" in said and "free copy" in listed()  # remembered, and no record of the review
    assert "2  in 2 reports" in CliRunner().invoke(command, ["--review", str(review.folder), "status"]).output
    with Replay([], {1: status(401, text='{"error": "Invalid or missing API key"}')}) as server:
        monkeypatch.setenv("REVIEW_OPENALEX_URL", server.base)
        done = CliRunner().invoke(command, ["--review", str(review.folder), "retrieve", "--links"])
    assert "refused: OpenAlex refused the search: Invalid or missing API key" in done.output and "2 reports sought" in done.output
