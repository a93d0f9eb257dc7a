"""The known-item check: what the searches must find, found by DOI or title, and the missing by name."""

from __future__ import annotations

from click.testing import CliRunner

from flows.cli import review as command
from references.imports import import_file
from references.known_reports import KnownReport, found_in, known_reports, recall
from references.library import library
from references.review import Review
from tests.conftest import TITLES, ris

LISTED = """
[known_reports]

[[known_reports.list]]
doi = "10.1000/ONE"
title = "Anything"

[[known_reports.list]]
doi = "10.1000/other"
title = "Integration Boards at Work!"

[[known_reports.list]]
doi = "10.1000/none"
title = "A report that nobody found"
"""


def test_a_known_report_is_found_by_its_doi_or_by_a_title_of_its_own(filled: Review) -> None:
    long = "Partnership working between municipalities and hospitals"
    (filled.folder / "imports" / "more.ris").write_text(ris(long.upper()) + ris("Notes"))
    import_file(filled, filled.folder / "imports" / "more.ris", by="test")
    known = [("10.1000/one", ""), ("10.1000/x", long), ("10.1000/y", "Notes"), ("10.1000/z", "Nothing of the kind in this review")]
    with filled.reading() as connection:
        held = library(filled, connection)
    found = found_in(held, [KnownReport(doi=doi, title=title) for doi, title in known])
    assert [report.title if report else None for report in found] == [TITLES[0], long.upper(), None, None]  # "Notes" may be anything
    assert recall(held, []) == []


def test_the_check_is_told_after_a_refresh_in_the_log_and_in_the_status(filled: Review) -> None:
    path = filled.folder / "protocol.toml"
    path.write_text(path.read_text() + LISTED, encoding="utf-8")
    assert [one.doi for one in known_reports(Review(filled.folder))] == ["10.1000/one", "10.1000/other", "10.1000/none"]
    for words in (["refresh", "--offline", "--direct"], ["searches"]):
        said = CliRunner().invoke(command, ["--review", str(filled.folder), *words]).output
        assert "nown reports: 1 of 3 found (Medical Index 1, " in said, said
        assert "missing: A report that nobody found (doi:10.1000/none)" in said
    assert "Known reports: 1 of 3 found" in CliRunner().invoke(command, ["--review", str(filled.folder), "status"]).output
