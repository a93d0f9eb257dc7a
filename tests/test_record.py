"""Records: their ids, and how they are cited."""

from __future__ import annotations

import pytest

from references.record import Record, citation, from_data, record_id, surname, to_data


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("Huby, Guro Øyen", "Huby"),
        ("Guro Øyen Huby", "Huby"),
        ("Huby GO", "Huby"),
        ("Huckel Schneider, Carmen", "Huckel Schneider"),
        ("Auditor General for Scotland", "Auditor General for Scotland"),
        ("Accounts Commission", "Accounts Commission"),
        ("Petch", "Petch"),
        ("", ""),
    ],
)
def test_a_person_is_cited_by_family_name_and_a_body_whole(author: str, name: str) -> None:
    assert surname(author) == name


def test_a_record_is_cited_with_what_it_has() -> None:
    names = ("Huby, G", "Cook, A", "Kirchhoff, R")
    place = {"journal": "Journal of Integrated Care", "volume": "26", "issue": "2", "pages": "109-119"}
    full = Record(id="x", source="s", key="k", title="Can we?", authors=names, year=2018, doi="10.1108/jica-11-2017-0041", **place)
    assert (
        citation(full) == "Huby, Cook and Kirchhoff 2018. Can we? Journal of Integrated Care 26(2):109-119. doi:10.1108/jica-11-2017-0041"
    )
    assert citation(Record(id="x", source="s", key="k")) == "No author given n.d. (no title)."


def test_what_is_stored_of_a_record_comes_back_the_same() -> None:
    record = Record(id=record_id("s", "k"), source="s", key="k", title="T", authors=("A", "B"), year=1999, origins=(("title", "TI", 3),))
    assert from_data(record.id, "s", "k", to_data(record)) == record


def test_an_id_depends_on_source_and_key_alone_and_never_moves() -> None:
    assert record_id("europepmc", "MED:29747651") == "r1ecb2f8f6426a2b"
    assert record_id("a", "bc") != record_id("ab", "c")


def test_a_field_that_this_version_does_not_know_is_not_dropped_in_silence() -> None:
    with pytest.raises(ValueError, match=r"unknown fields \['colour'\]"):
        from_data("x", "s", "k", {"colour": "red"})
