"""The worked example from end to end, without Prefect, and what it must come to."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from flows.demo import make_review
from flows.publish import outputs
from references.review import Review
from screening.progress import screening
from synthesis.flow import Unbalanced

COMMAND = [sys.executable, "-c", "from flows.cli import main; main()"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The demo's folder and what it printed."""
    folder = tmp_path_factory.mktemp("demo") / "review"
    settings = {name: value for name, value in os.environ.items() if name != "REVIEW_DATABASE_URL"}
    done = subprocess.run([*COMMAND, "demo", str(folder), "--direct"], capture_output=True, text=True, timeout=120, env=settings)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def prisma(folder: Path) -> dict[str, str]:
    return {row["data"]: row["n"] for row in rows(folder / "out" / "prisma.csv")}


def test_the_flow_of_the_example_adds_up(demo: tuple[Path, str]) -> None:
    n = prisma(demo[0])
    number = {key: int(value) for key, value in n.items() if value.isdigit()}
    assert number["database_results"] >= 60
    assert number["database_results"] - number["duplicates"] == number["records_screened"]
    assert number["records_screened"] - number["records_excluded"] == number["dbr_sought_reports"]
    assert number["dbr_sought_reports"] - number["dbr_notretrieved_reports"] == number["dbr_assessed"]
    excluded = sum(int(part.rpartition(",")[2]) for key in ("dbr_excluded", "other_excluded") for part in n[key].split(";") if "," in part)
    assert number["dbr_assessed"] + number["other_assessed"] - excluded == number["new_reports"]
    assert number["new_studies"] <= number["new_reports"]


def test_every_included_study_stands_in_the_narrative_table(demo: tuple[Path, str]) -> None:
    table = rows(demo[0] / "out" / "narrative_table.csv")
    assert len(table) == int(prisma(demo[0])["new_studies"])
    assert len(table[0]) == 17
    [seed] = [row for row in table if "Huby, Cook and Kirchhoff 2018" in row["Study (main report)"]]
    assert "abstract only" in seed["Study (main report)"]
    assert "user aim displaced" in seed["Hospital aim against user aim"]
    assert "made limited room" in seed["Answer to the review question"]


def test_every_full_text_exclusion_is_listed_with_its_reason_and_citation(demo: tuple[Path, str]) -> None:
    listed = rows(demo[0] / "out" / "excluded_fulltext.csv")
    with Review(demo[0]).reading() as connection:
        progress = screening(Review(demo[0]), connection)
    assert len(listed) == len(progress.in_state("fulltext", "exclude")) > 3
    assert all(row["Reason"] and row["Report"] and row["Code"].startswith("E") for row in listed)


def test_all_files_are_written_and_the_figure_is_well_formed(demo: tuple[Path, str]) -> None:
    out = demo[0] / "out"
    tables = ("narrative_table", "included_studies", "excluded_fulltext", "search_log")
    expected = {f"{name}.{ending}" for name in tables for ending in ("csv", "md", "html")} | {"prisma.svg", "prisma.csv", "prisma.md"}
    assert {path.name for path in out.iterdir()} == expected
    assert ET.fromstring((out / "prisma.svg").read_text()).tag.endswith("svg")


def test_publishing_twice_gives_the_same_bytes(demo: tuple[Path, str]) -> None:
    texts, _, _ = outputs(str(demo[0]))
    for name, text in texts.items():
        assert (demo[0] / "out" / name).read_bytes() == text.encode(), name


def test_the_example_is_finished_so_nothing_is_interim(demo: tuple[Path, str]) -> None:
    assert "INTERIM" not in demo[1]


def test_counts_that_do_not_add_up_are_not_published(demo: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a query lost the conflicts, the reports that were excluded or a record."""
    from screening.progress import Screening

    whole = Screening.in_state
    monkeypatch.setattr(Screening, "in_state", lambda self, stage, state: whole(self, stage, state)[1:])
    with pytest.raises(Unbalanced, match="does not add up, so nothing was written"):
        outputs(str(demo[0]))


def test_the_figure_and_the_words_of_the_readme_are_those_of_the_demo(demo: tuple[Path, str]) -> None:
    root = Path(__file__).parents[1]
    shown = root / "flows" / "protocols" / "partnership_working" / "example" / "prisma.svg"
    assert shown.read_bytes() == (demo[0] / "out" / "prisma.svg").read_bytes()
    readme = (root / "README.md").read_text(encoding="utf-8")
    for line in demo[1].splitlines():
        if str(demo[0]) not in line:
            assert line in readme, line


def test_the_schedules_of_two_reviews_have_names_of_their_own(tmp_path: Path) -> None:
    found = []
    for folder in (tmp_path / "Integrated care", tmp_path / "elsewhere" / "Integrated care"):
        make_review(folder)
        found += re.findall(r"- name: (\S+) \w+", (folder / "prefect.yaml").read_text())
    assert len(set(found)) == 2 and all(re.fullmatch(r"integrated-care-[0-9a-f]{4}", name) for name in found), found
