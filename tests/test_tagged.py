"""The reader of tagged lines: where a record begins and ends, and that no line is lost."""

import re
from pathlib import Path

import pytest

from references.formats.diagnostics import Diagnostic, grouped, lines_told
from references.formats.entry import Entry, Spec
from references.formats.ris_tags import SPEC
from references.formats.tagged import tagged
from references.formats.text import NotText, Text

DATA = Path(__file__).parent / "data" / "ris"
FILES = sorted(DATA.glob("*.ris"))


def read(name: str) -> tuple[list[Entry], list[Diagnostic]]:
    found = list(tagged(Text.at(DATA / name).pieces(), SPEC))
    return [one for one in found if isinstance(one, Entry)], [one for one in found if isinstance(one, Diagnostic)]


def lost_lines(lines: list[str]) -> list[int]:
    """The lines that stand whole in no value of an entry, are no end tag, and of which no diagnostic speaks."""
    kept: set[int] = set()
    for found in tagged(["\n".join(lines)], SPEC):
        if isinstance(found, Diagnostic):
            kept |= lines_told([found])
            continue
        kept |= {found.last_line} if found.closed_by == "end" else set()
        for line in found.lines:
            source, value = ("".join("".join(part).split()) for part in (lines[line.first - 1 : line.last], line.value))
            if source.endswith(value) and source.removesuffix(value).upper() in (f"{line.tag}-", f"ER-{line.tag}-", line.tag):
                kept |= set(range(line.first, line.last + 1))
    return [number for number, line in enumerate(lines, 1) if line.strip() and number not in kept]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_line_is_in_a_record_or_told_of(path):
    assert lost_lines(list(Text.at(path).lines())) == []


TWO = [
    "plain", "bom_utf8", "utf16", "utf16_be_without_bom", "cp1252", "cr_only", "crlf", "bare_cr_between_lines", "missing_er",
    "missing_last_er", "no_er", "bare_er", "lower_case", "leading_space", "one_space_before_dash", "no_space_after_dash",
    "tab_after_dash", "no_break_space_after_dash", "joined_files", "numbered_records", "numbered_without_er",
    "prologue_before_each_record", "counted_records", "text_between_records", "nul_bytes",
]  # fmt: skip


@pytest.mark.parametrize("name", TWO)
def test_the_same_two_records_are_read_from_every_form(name):
    plain, _ = read("plain.ris")
    entries, _ = read(f"{name}.ris")
    said = [[(line.tag, line.value) for line in entry.lines] for entry in entries]
    assert said == [[(line.tag, line.value) for line in entry.lines] for entry in plain]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("missing_er", "without its end tag ER"),
        ("missing_last_er", "without its end tag ER"),
        ("no_er", "without its end tag ER"),
        ("bare_er", "ER without its dash"),
        ("lower_case", "in small letters"),
        ("leading_space", "white space before the tag"),
        ("one_space_before_dash", "one space before the dash"),
        ("no_space_after_dash", "no space after the dash"),
        ("tab_after_dash", "a tab after the dash"),
        ("no_break_space_after_dash", "a no-break space after the dash"),
        ("joined_files", "the end of a record and the start of the next on one line"),
        ("numbered_records", "record numbers"),
        ("prologue_before_each_record", "introduces records: 'Provider: A library"),
        ("counted_records", "introduces records: 'Record #2 of 2'"),
        ("no_ty", "without its start tag TY"),
        ("text_between_records", "text outside of any record: 'This was exported by Ann.'"),
        ("text_under_no_tag", "text under no tag inside a record: 'This line has no tag'"),
        ("pseudo_tags", "one space before the dash"),
    ],
)
def test_an_oddity_is_said_aloud(name, told):
    _, diagnostics = read(f"{name}.ris")
    assert any(told in diagnostic.what for diagnostic in diagnostics)


def test_a_clean_file_gives_no_diagnostics():
    assert read("plain.ris")[1] == []


def test_a_record_knows_its_lines_and_what_closed_it():
    entries, _ = read("missing_last_er.ris")
    assert [(entry.first_line, entry.last_line, entry.closed_by) for entry in entries] == [(1, 9, "end"), (11, 19, "file")]
    assert entries[0].lines[1][:2] == ("TI", "Samhandling på tvers – en studie")
    assert (entries[0].lines[1].first, entries[0].lines[1].last) == (2, 2)


@pytest.mark.parametrize("name", ["no_ty", "no_ty_no_er"])
def test_records_without_a_start_are_records(name):
    entries, _ = read(f"{name}.ris")
    assert [entry.started for entry in entries] == [False, False]
    assert [{line.tag: line.value for line in entry.lines}["PY"] for entry in entries] == ["2016", "2018"]


def test_wrapped_lines_go_on_and_text_that_looks_like_tags_stays_text():
    (entry,), _ = read("wrapped_lines.ris")
    values = {line.tag: line for line in entry.lines}
    assert values["TI"].value == "A title that runs\nover two lines"
    assert "IL-6 and T2 - weighted images, with a line\nER\nvisits fell, and" in values["AB"].value
    assert values["AB"].value.endswith("      a blank line inside\n      * and a list.")
    assert (values["AB"].first, values["AB"].last) == (5, 11)
    assert values["KW"].value == "care\nintegration\njoint working"
    assert values["T2"].value == "Journal of Wrapping"


def test_a_value_may_start_on_the_line_after_its_tag():
    (entry,), _ = read("value_on_the_next_line.ris")
    values = {line.tag: line.value for line in entry.lines}
    assert values["TI"] == "A title on its own line"
    assert values["UR"] == "http://example.org/1302.00001"


def test_tags_of_four_letters_and_with_one_space_are_tags_where_no_prose_is_open():
    (entry,), _ = read("pseudo_tags.ris")
    assert [(line.tag, line.value) for line in entry.lines][1:5] == [
        ("PMID", "12345678"), ("T1", "A title"), ("KW", "first\nsecond"), ("DO", "10.1234/pseudo"),
    ]  # fmt: skip


def test_a_title_that_goes_on_with_a_word_and_a_dash_is_not_cut():
    (entry,) = [e for e in tagged(["TY  - JOUR\nTI  - Care and\nCOVID - 19 in Norway\nER  - "], SPEC) if isinstance(e, Entry)]
    assert entry.lines[1].value == "Care and\nCOVID - 19 in Norway"


def test_separators_inside_a_value_do_not_split_it():
    assert list(Text.of("a\u2028b\x85c\x0bd\x0ce\r\nf\rg\nh".encode()).lines()) == ["a\u2028b\x85c\x0bd\x0ce", "f", "g", "h"]
    assert list(Text.of(b"").lines()) == [] and list(Text.of(b"a\n\n").lines()) == ["a", ""]


def test_another_format_is_another_spec():
    medline = Spec(tag=re.compile(r"([A-Z]{2,4}) *- (.*)"), start="PMID", end=None, blank_ends=True, prose=frozenset({"AB"}))
    lines = ["PMID- 1", "TI  - A title", "      that goes on", "", "PMID- 2", "TI  - Other"]
    entries = [found for found in tagged(["\n".join(lines)], medline) if isinstance(found, Entry)]
    assert [(e.lines[1].value, e.closed_by) for e in entries] == [("A title\n      that goes on", "blank"), ("Other", "file")]


def test_lines_are_read_as_they_come_and_not_gathered():
    def endless():
        while True:
            yield from ["TY  - JOUR\n", "TI  - A title\nER", "  - \n"]

    entries = tagged(endless(), SPEC)
    assert [next(entries).first_line for _ in range(3)] == [1, 4, 7]  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 40, 41, 42, 100, 1000])
@pytest.mark.parametrize("path", sorted(DATA.glob("*.ris")), ids=lambda path: path.stem)
def test_a_text_may_be_cut_anywhere(path, size):
    text = Text.at(path).whole()
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert list(tagged(pieces, SPEC)) == list(tagged([text], SPEC))


def test_an_entry_read_whole_is_the_one_read_line_by_line(monkeypatch):
    texts = [Text.at(path).whole() for path in sorted(DATA.glob("*.ris"))]
    whole = [list(tagged([text], SPEC)) for text in texts]
    monkeypatch.setattr("references.formats.tagged.LONGEST_WHOLE", 0)
    assert [list(tagged([text], SPEC)) for text in texts] == whole


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", bytes(range(32)) * 9])
def test_a_file_that_is_no_text_is_refused_with_what_it_is(start):
    with pytest.raises(NotText, match=r"found .*, expected a text file"):
        Text.of(start + b"and so on")


def test_bytes_that_windows_1252_does_not_define_are_said_with_their_line():
    decoded = Text.at(DATA / "cp1252_undefined_bytes.ris")
    assert "Journal of Valle\ufffdys" in decoded.whole()
    assert [(d.line, d.severity) for d in decoded.diagnostics if "0x81" in d.what] == [(15, "warning")]


def test_a_file_of_two_encodings_is_read_line_by_line():
    decoded = Text.at(DATA / "two_encodings.ris")
    assert decoded.encoding == "utf-8 with cp1252 lines"
    assert "Øyen, Åse" in decoded.whole() and "in a vallée" in decoded.whole()
    assert any(d.severity == "warning" for d in decoded.diagnostics)


def test_nothing_is_an_empty_text():
    assert (Text.of(b"").whole(), Text.of(b"").encoding) == ("", "utf-8")
    assert Text.of(b"\xef\xbb\xbf").whole() == ""


def test_equal_diagnostics_are_told_once_with_all_their_lines():
    told = grouped(Diagnostic(line, "note", "odd", "read") for line in (7, 1, 2, 3))
    assert [(d.line, d.what) for d in told] == [(1, "odd (on 4 lines: 1-3, 7)")]
    assert lines_told(told) == {1, 2, 3, 7}
    assert grouped([Diagnostic(1, "note", "odd", "read")]) == (Diagnostic(1, "note", "odd", "read"),)
