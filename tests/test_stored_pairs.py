"""New records are compared with the old ones they share a key with, and the outcome is that of comparing all at once."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from typing import Any

import pytest
import sqlalchemy as sa

from references import tables
from references.duplicates import stored
from references.duplicates.block import LARGEST
from references.duplicates.find import Known, grouping, reports_of
from references.duplicates.group import Edge
from references.duplicates.stored import compare_new, edges
from references.payloads import Payload, all_records, store_payload
from references.record import Record, record_id
from references.review import Review
from tests.test_database import any_review, postgresql  # noqa: F401  (fixtures)

WORDS = ("boards", "share", "power", "northern", "health", "regions", "meet", "monthly", "watch", "nurses", "carers", "work", "them")


def made(number: int, **fields: Any) -> Record:
    return Record(id=record_id("file:made.ris", str(number)), source="file:made.ris", key=str(number), **fields)


def records_of(chance: random.Random, count: int) -> list[Record]:
    """Records of which many are one report, and some share a title with hundreds."""
    found = []
    for number in range(count):
        work = random.Random(chance.randrange(count // 3))
        title = " ".join(work.sample(WORDS, 9)) if chance.random() < 0.8 else "Editorial comment on the boards of the year"
        found.append(
            made(
                number,
                title=title.upper() if chance.random() < 0.3 else title,
                authors=(work.choice(("Lund, Kari", "Mair, Ewan", "Osei, Abena")),) if chance.random() < 0.9 else (),
                year=2000 + work.randrange(9) if chance.random() < 0.8 else None,
                volume=str(work.randrange(1, 5)) if chance.random() < 0.6 else None,
                issue=str(work.randrange(1, 4)) if chance.random() < 0.3 else None,
                pages=str(work.randrange(1, 99)) if chance.random() < 0.6 else None,
                doi=f"10.1000/{work.randrange(30)}" if chance.random() < 0.2 else None,
                journal="Annals of Care" if chance.random() < 0.5 else None,
            )
        )
    return found


def store(review: Review, records: Iterable[Record]) -> None:
    found = list(records)
    with review.writing() as connection:
        row = {"source": "file:made.ris", "line": None, "address": None, "query": None, "parameters": {}, "program": "test"}
        search = str(review.add(connection, tables.searches, [row], by="ana")[0]["id"])
        store_payload(
            review, connection, Payload(search=search, page=1, media="text/plain", body=str(len(found)).encode()), found, by="ana"
        )


def plainly(found: Iterable[Edge]) -> list[Edge]:
    return sorted(found, key=lambda edge: (edge.left, edge.right))


def kept(review: Review) -> list[Edge]:
    with review.reading() as connection:
        return plainly(edges(connection, all_records(connection)))


def at_once(records: Iterable[Record]) -> list[Edge]:
    from references.duplicates.block import candidates
    from references.duplicates.clean import all_keys
    from references.duplicates.pairs import edges_of

    cleaned = all_keys(sorted(records, key=lambda record: record.id))
    return plainly(edges_of(cleaned, candidates(cleaned)))


@pytest.mark.parametrize("seed", range(6))
def test_records_that_come_bit_by_bit_are_grouped_as_if_they_came_at_once(
    review: Review, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(stored, "LOT", 37)
    chance = random.Random(seed)
    records, came = records_of(chance, 420), 0
    expected = at_once(records)
    assert sum(record.title.lower().startswith("editorial") for record in records) > LARGEST
    while came < len(records):
        more = chance.choice((1, 5, 60, 150))
        store(review, records[came : came + more])
        if chance.random() < 0.8:
            assert compare_new(review) > 0
        came += more
    assert kept(review) == expected  # what the last ones gave is worked out, and not kept
    compare_new(review)
    assert kept(review) == expected
    with review.reading() as connection:
        assert plainly(stored._stored(connection)) == expected
    assert compare_new(review) == 0
    known = Known({record.id: record for record in records})
    assert grouping(records, kept(review), (), known=known) == reports_of(records)


def test_both_databases_keep_the_pairs(any_review: Review) -> None:  # noqa: F811
    records = records_of(random.Random(1), 150)
    store(any_review, records[:100])
    assert compare_new(any_review) == 100
    store(any_review, records[100:])
    assert compare_new(any_review) == 50
    with any_review.reading() as connection:
        assert plainly(stored._stored(connection)) == at_once(records)


def test_new_records_are_compared_with_those_that_share_a_key_and_no_others(review: Review) -> None:
    store(review, [made(number, title=f"{' '.join(random.Random(number).sample(WORDS, 12))} {number}", year=2000) for number in range(300)])
    compare_new(review)
    looked_at: list[int] = []

    def compare(known: Any, pairs: Any) -> list[Edge]:
        looked_at.append(len(known))
        return []

    store(review, [made(1000, title="Nothing that any other record is called", year=1990)])
    assert compare_new(review, compare) == 1
    assert looked_at[0] == 1


def test_what_older_rules_gave_is_thrown_away(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    records = records_of(random.Random(3), 60)
    store(review, records)
    monkeypatch.setattr(stored, "rules", lambda: "older")
    compare_new(review, lambda known, pairs: [])
    monkeypatch.undo()
    assert kept(review) == at_once(records) != []
    assert compare_new(review) == 60
    with review.reading() as connection:
        assert set(connection.execute(sa.select(tables.compared.c.rules)).scalars()) == {stored.rules()}
        assert plainly(stored._stored(connection)) == at_once(records)


def test_somebody_who_compared_meanwhile_is_not_overlooked(review: Review) -> None:
    """Two runs at once: the second finds that the first has kept something since it looked, and looks again."""
    records = records_of(random.Random(4), 80)
    store(review, records[:40])
    calls = []

    def while_another_comes(known: Any, pairs: Any) -> Iterable[Edge]:
        from references.duplicates.pairs import edges_of

        if not calls:
            calls.append(1)
            store(review, records[40:])
            compare_new(Review(review.folder))
        return edges_of(known, pairs)

    compare_new(review, while_another_comes)
    with review.reading() as connection:
        assert plainly(stored._stored(connection)) == at_once(records)


def test_the_rules_have_another_name_when_their_code_is_another(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    assert stored.rules() == stored.rules.__wrapped__()
    folder = tmp_path / "duplicates"
    for name in stored.MODULES:
        path = folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.resolve().parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}")
    monkeypatch.setattr(stored, "__file__", str(folder / "stored.py"))
    before = stored.rules.__wrapped__()
    (folder / "veto.py").write_text("# veto, changed")
    assert stored.rules.__wrapped__() != before
    monkeypatch.undo()
    assert all((Path(stored.__file__).parent / f"{name}.py").is_file() for name in stored.MODULES)
    seen, waiting = set(), ["references.duplicates.pairs"]
    while waiting:  # what comparing imports, but for what is no rule of it
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            text = (Path(__file__).parents[1] / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8")
            waiting += re.findall(r"^from (references\.[\w.]+) import", text, re.MULTILINE)
    named = {
        f"references.{name[3:].replace('/', '.')}" if name.startswith("../") else f"references.duplicates.{name}" for name in stored.MODULES
    }
    assert seen - named == {"references.duplicates.group", "references.duplicates.judgement", "references.identifiers", "references.dates"}


def test_the_protocol_says_whether_a_preprint_and_its_article_are_one_report(review: Review) -> None:
    from references.library import library

    title = "Joint boards and the slow work of sharing power in northern health regions"
    store(review, [made(1, title=title, year=2016, type="preprint"), made(2, title=title, year=2016, type="journal-article")])
    compare_new(review)

    def reports() -> int:
        again = Review(review.folder)
        with again.reading() as connection:
            return len(library(again, connection).reports)

    assert reports() == 2
    path = review.folder / "protocol.toml"
    path.write_text(path.read_text(encoding="utf-8") + '\n[duplicates]\npreprints = "one report"\n', encoding="utf-8")
    assert reports() == 1


def test_shares_of_the_pairs_give_what_all_pairs_give_here_and_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    from references.duplicates import parts as module
    from references.duplicates.block import candidates
    from references.duplicates.clean import all_keys
    from references.duplicates.pairs import edges_of
    from references.duplicates.parts import Part, parts

    monkeypatch.setattr(module, "SHARE", 40)
    cleaned = all_keys(sorted(records_of(random.Random(5), 200), key=lambda record: record.id))
    pairs = candidates(cleaned)
    shares = list(parts(cleaned, pairs))
    assert len(shares) > 3 and sum(len(share.pairs) for share in shares) == len(pairs)
    assert [edge for share in shares for edge in share.edges()] == edges_of(cleaned, pairs) != []
    assert [edge for share in shares for edge in Part.unpacked(share.packed()).edges()] == edges_of(cleaned, pairs)
    assert len(list(parts(cleaned, pairs * 99))) <= module.MOST
