"""The worked example: its tables fit its export files, the criteria and the form, and nothing in it is copied text."""

from __future__ import annotations

import csv
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

WORKED = Path(__file__).parents[1] / "flows" / "protocols" / "partnership_working"
EXAMPLE = WORKED / "example"
DATABASES = ("publishers_2026.ris", "pubmed_2026.ris", "scholarly_indexes_2026.ris")
GREY = "grey_literature_2026.ris"
STAGES = ("abstract", "fulltext")
VERDICTS = {"include", "exclude", "unsure"}
MISSING = {"NR", "NA", "UN"}
REASONS = {
    "E01_PUBTYPE", "E02_REVIEW", "E03_LANG", "E04_DATE", "E05_COUNTRY",
    "E06_SECTOR", "E07_LEVEL", "E08_MANDATE", "E09_EVIDENCE", "E10_LENS",
}  # fmt: skip


def rows(name: str) -> list[dict[str, str]]:
    with (EXAMPLE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def entries(name: str) -> list[str]:
    """The entries of an export file, each from its TY line on."""
    text = (EXAMPLE / "imports" / name).read_bytes().decode("utf-8-sig")
    return re.split(r"(?m)^(?=TY  - )", text)[1:]


def verdicts(name: str) -> dict[str, tuple[str, str]]:
    return {row["record"]: (row["verdict"], row["reason"]) for row in rows(name)}


def final(stage: str) -> dict[str, tuple[str, str]]:
    """What stands after the settlements, by record."""
    return verdicts(f"decisions_{stage}_ana.csv") | verdicts(f"settled_{stage}.csv")


def goes_on(verdict: str) -> bool:
    return verdict in ("include", "unsure")


def included() -> set[str]:
    return {record for record, (verdict, _) in final("fulltext").items() if verdict == "include"}


def form_fields() -> dict[str, dict[str, Any]]:
    path = WORKED / "protocol.toml"
    if not path.is_file():
        pytest.skip("the partnership-working protocol is not here")
    form = tomllib.loads(path.read_text(encoding="utf-8"))["form"]
    return {field["key"]: field for group in form["groups"] for field in group["fields"]}


def test_there_are_three_database_exports_and_one_of_websites_with_more_than_ninety_records() -> None:
    assert {path.name for path in (EXAMPLE / "imports").iterdir()} == {*DATABASES, GREY}
    numbers = [re.findall(r"(?m)^ID  - (P[WX]\d{4})\r?$", entry) for name in (*DATABASES, GREY) for entry in entries(name)]
    assert all(len(found) == 1 for found in numbers)
    assert len({found[0] for found in numbers}) == len(numbers) == 128


def test_the_exports_differ_in_line_ends_byte_order_mark_and_tags() -> None:
    raw = {name: (EXAMPLE / "imports" / name).read_bytes() for name in (*DATABASES, GREY)}
    assert {name for name, data in raw.items() if b"\r\n" in data} == {"pubmed_2026.ris", GREY}
    assert {name for name, data in raw.items() if data.startswith(b"\xef\xbb\xbf")} == {"scholarly_indexes_2026.ris"}
    assert b"\nT1  - " in raw["scholarly_indexes_2026.ris"] and b"\nTI  - " not in raw["scholarly_indexes_2026.ris"]
    assert re.search(rb"\r\n      \w", raw["pubmed_2026.ris"]), "a wrapped title"


def test_no_abstract_no_note_and_no_keywords_are_shipped() -> None:
    tags = {tag for name in (*DATABASES, GREY) for entry in entries(name) for tag in re.findall(r"(?m)^([A-Z][A-Z0-9])  -", entry)}
    assert not tags & {"AB", "N2", "N1", "KW"}
    longest = max(len(line) for name in (*DATABASES, GREY) for entry in entries(name) for line in entry.splitlines())
    assert longest < 300


@pytest.mark.parametrize(
    "name",
    [
        "decisions_abstract_ana.csv", "decisions_abstract_ben.csv", "settled_abstract.csv", "retrievals.csv",
        "decisions_fulltext_ana.csv", "decisions_fulltext_ben.csv", "settled_fulltext.csv", "links.csv",
    ],
)  # fmt: skip
def test_every_row_names_an_entry_that_exists_and_names_it_once(name: str) -> None:
    size = {file: len(entries(file)) for file in (*DATABASES, GREY)}
    records = [row["record"] for row in rows(name)]
    for record in records:
        file, _, number = record.partition("#")
        assert 1 <= int(number) <= size[file], record
    assert [record for record, count in Counter(records).items() if count > 1] == []


@pytest.mark.parametrize("stage", STAGES)
def test_both_readers_decide_on_the_same_reports_with_known_verdicts_and_reasons(stage: str) -> None:
    ana, ben, settled = (verdicts(name) for name in (f"decisions_{stage}_ana.csv", f"decisions_{stage}_ben.csv", f"settled_{stage}.csv"))
    assert list(ana) == list(ben)
    for verdict, reason in [*ana.values(), *ben.values(), *settled.values()]:
        assert verdict in VERDICTS
        assert (reason in REASONS) if verdict == "exclude" else not reason


def test_the_conflicts_at_title_and_abstract_are_settled_and_nothing_else_is() -> None:
    ana, ben = verdicts("decisions_abstract_ana.csv"), verdicts("decisions_abstract_ben.csv")
    conflicts = {record for record in ana if goes_on(ana[record][0]) != goes_on(ben[record][0])}
    assert conflicts == set(verdicts("settled_abstract.csv"))
    assert len(conflicts) == 6
    softer = [record for record in ana if ana[record] != ben[record] and record not in conflicts]
    assert softer, "readers also differ without a conflict: include against unsure, or two reasons"


def test_the_conflicts_at_full_text_are_one_of_verdict_and_one_of_reason() -> None:
    ana, ben = verdicts("decisions_fulltext_ana.csv"), verdicts("decisions_fulltext_ben.csv")
    conflicts = {record for record in ana if ana[record] != ben[record]}
    assert conflicts == set(verdicts("settled_fulltext.csv"))
    assert sorted(len({ana[record][0], ben[record][0]}) for record in conflicts) == [1, 2]


def test_what_goes_on_is_sought_and_what_was_retrieved_is_assessed() -> None:
    decided = final("abstract")
    sought = {row["record"]: row["state"] for row in rows("retrievals.csv")}
    only_grey = {record for record in sought if record not in decided}
    assert all(record.startswith(GREY) for record in only_grey)
    assert {record for record, (verdict, _) in decided.items() if goes_on(verdict)} == set(sought) - only_grey
    assert set(sought.values()) == {"retrieved", "not_retrieved"}
    assert {record for record, state in sought.items() if state == "retrieved"} == set(final("fulltext"))
    assert not any(verdict == "unsure" for verdict, _ in final("fulltext").values())


def test_the_counts_are_those_that_the_readme_prints() -> None:
    decided, assessed = final("abstract"), final("fulltext")
    lost = [row["record"] for row in rows("retrievals.csv") if row["state"] == "not_retrieved"]
    assert sum(len(entries(name)) for name in DATABASES) == 107
    assert len(entries(GREY)) == 21
    assert len(decided) == 81
    assert sum(verdict == "exclude" for verdict, _ in decided.values()) == 54
    assert [sum((record in decided) == inside for record in lost) for inside in (True, False)] == [1, 2]
    for inside, excluded, kept in ((True, 11, 15), (False, 14, 4)):
        of_column = [verdict for record, (verdict, _) in assessed.items() if (record in decided) == inside]
        assert (of_column.count("exclude"), of_column.count("include")) == (excluded, kept)


def test_every_included_report_belongs_to_exactly_one_study_and_each_study_has_one_main_report() -> None:
    links = rows("links.csv")
    assert {row["relation"] for row in links} == {"main", "report", "companion"}
    members = Counter(row["record"] for row in links if row["relation"] != "companion")
    assert set(members) == included()
    assert set(members.values()) == {1}
    mains = Counter(row["study"] for row in links if row["relation"] == "main")
    assert set(mains.values()) == {1}
    assert {row["study"] for row in links} == set(mains)
    assert not {row["record"] for row in links if row["relation"] == "companion"} & included()
    assert len(mains) == 18 and max(Counter(row["study"] for row in links if row["relation"] != "companion").values()) > 1


@pytest.mark.parametrize("name", ["answers_ana.csv", "answers_ben.csv", "agreed.csv"])
def test_answers_are_of_included_studies_from_an_abstract_or_summary_and_quote_nothing(name: str) -> None:
    studies = {row["study"] for row in rows("links.csv")}
    for row in rows(name):
        assert row["study"] in studies
        assert not row["quote"]
        assert bool(row["value"]) != bool(row["finding"]), row
        assert bool(row["finding"]) == bool(row["place"]), row
        if row["field"] == "read_from":
            assert row["value"] in ("abstract_only", "summary_only")


def test_the_first_extractor_answered_every_included_study() -> None:
    assert {row["study"] for row in rows("answers_ana.csv")} == {row["study"] for row in rows("links.csv")}


def test_the_two_extractors_differ_in_coded_answers_that_were_then_agreed() -> None:
    ana = {(row["study"], row["field"]): row["value"] for row in rows("answers_ana.csv") if row["value"]}
    ben = {(row["study"], row["field"]): row["value"] for row in rows("answers_ben.csv")}
    assert len({study for study, _ in ben}) == 2
    differ = {key for key, value in ben.items() if ana[key] != value}
    assert differ == {(row["study"], row["field"]) for row in rows("agreed.csv")}
    assert len(differ) == 3


@pytest.mark.parametrize("name", ["answers_ana.csv", "answers_ben.csv", "agreed.csv"])
def test_answers_use_the_fields_and_codes_of_the_form(name: str) -> None:
    fields = form_fields()
    for row in rows(name):
        key, value = row["field"], row["value"]
        if "/" in key:
            assert value in ("yes", "no", "cannot_tell")
            continue
        field = fields[key]
        assert not field.get("filled", False), key
        if value in MISSING and value not in field.get("options", []):
            assert value in field.get("missing", []), row
        elif field["type"] in ("enum", "multi_enum"):
            codes = value.split(";") if field["type"] == "multi_enum" else [value]
            assert set(codes) <= set(field["options"]), row
        elif field["type"] == "quote_list":
            assert row["finding"], row
        elif field["type"] == "boolean":
            assert value in ("yes", "no"), row
        elif field["type"] == "integer":
            assert value.isdigit(), row
        elif field["type"] == "date_partial":
            assert re.fullmatch(r"\d{4}(-\d\d)?", value), row


def test_no_required_answer_is_missing_in_any_included_study() -> None:
    required = {key for key, field in form_fields().items() if field.get("required") and not field.get("filled")}
    answered: dict[str, set[str]] = {}
    for row in rows("answers_ana.csv"):
        answered.setdefault(row["study"], set()).add(row["field"])
    assert {study: required - keys for study, keys in answered.items() if required - keys} == {}


def test_an_aim_is_not_an_outcome_and_a_direction_has_a_basis() -> None:
    answers: dict[str, dict[str, str]] = {}
    for row in rows("answers_ana.csv"):
        answers.setdefault(row["study"], {})[row["field"]] = row["value"] or row["finding"]
    seed = answers["huby-2018"]
    assert "hospital_pressure" in seed["mandate_aims"] and seed["hosp_direction"] == "NR"
    assert (seed["user_direction"], seed["user_basis"], seed["tradeoff"]) == ("unclear", "asserted", "user_aim_displaced")
    for study, given in answers.items():
        for domain in ("user", "hosp"):
            if given[f"{domain}_direction"] not in ("NR", "NA"):
                assert given[f"{domain}_basis"] not in MISSING, (study, domain)
                assert given[f"{domain}_findings"] not in MISSING, (study, domain)
        assert not (given["participants"] == "none" and given["user_basis"] == "perceived"), study
        assert given["user_outcomes"] != "none" or given["user_direction"] == "NA", study
        spans = given["data_start"] not in MISSING and given["data_end"] not in MISSING
        assert not spans or given["data_start"][:4] <= given["data_end"][:4], study
