"""What tests share: a small review in a folder of its own, and where the shared data is, if it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from references.review import Review

DATA = Path(__file__).parent / "data"


@pytest.fixture(autouse=True)
def _no_database_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REVIEW_DATABASE_URL", raising=False)


@pytest.fixture
def review(tmp_path: Path) -> Review:
    """A new, empty review with the small protocol."""
    folder = tmp_path / "review"
    (folder / "imports").mkdir(parents=True)
    (folder / "protocol.toml").write_bytes((DATA / "small_protocol.toml").read_bytes())
    return Review(folder)


def ris(title: str, *, type: str = "JOUR", authors: tuple[str, ...] = (), year: int = 2018, **tags: str) -> str:
    """One RIS entry."""
    lines = [f"TY  - {type}", f"TI  - {title}", *(f"AU  - {author}" for author in authors), f"PY  - {year}"]
    return "\n".join([*lines, *(f"{tag}  - {value}" for tag, value in tags.items()), "ER  - ", "", ""])


TITLES = ("Partnership working in Scotland", "Bed blocking in Oslo", "Integration boards at work", "A letter on reform")


@pytest.fixture
def filled(review: Review) -> Review:
    """A review with two database exports that overlap in one report, and one website: 6 records, 5 reports, 4 of databases."""
    from references.imports import import_folder

    imports = review.folder / "imports"
    medical = [ris(TITLES[0], authors=("Huby, Guro",), DO="10.1000/one"), ris(TITLES[1], authors=("Swanson, Jayson",), year=2013)]
    medical += [ris(TITLES[2], authors=("Cook, Ailsa",), DO="10.1000/three")]
    social = [ris(TITLES[0], authors=("Huby, Guro",), DO="10.1000/one"), ris(TITLES[3], authors=("Petch, Alison",), year=2012)]
    (imports / "medical.ris").write_text("".join(medical))
    (imports / "social.ris").write_text("".join(social))
    (imports / "websites.ris").write_text(ris("Update on progress", type="RPRT", authors=("Auditor General",), PB="Audit Scotland"))
    for result in import_folder(review, by="test"):
        assert result.state == "new", result
    return review


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str], Path]:
    """Write a CSV table and give its path."""

    def write(text: str) -> Path:
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write
