"""The protocol as a file: where each key stands, and what a reader says of a section."""

from __future__ import annotations

import textwrap

import pytest

from references.protocol import Path, Problem, ProtocolError, Section, locate, parse


def text(toml: str) -> str:
    return textwrap.dedent(toml).lstrip("\n")


@pytest.mark.parametrize(
    ("toml", "path", "line"),
    [
        ("[a]\nb = 1\n", ("a", "b"), 2),
        ("# [not.a.header]\n[a] # [b]\nb = 1 # c = 2\n", ("a", "b"), 3),
        ('[a]\nlong = """\n[b]\nc = 1\n"""\nd = 1\n', ("a", "d"), 6),
        ("[a]\nlong = '''\n[b]\n\"\"\"\n'''\nd = 1\n", ("a", "d"), 6),
        ('[a]\nlong = """\nends with a quotation mark""""\nd = 1\n', ("a", "d"), 4),
        ('[a]\nlong = """\nan escaped \\""" goes on\n[b]\n"""\nd = 1\n', ("a", "d"), 6),
        ('[a]\nlong = """one line"""\nd = 1\n', ("a", "d"), 3),
        ("[a]\nlist = [\n  1, # a bracket in a remark ]\n  2,\n]\nd = 1\n", ("a", "d"), 6),
        ("[a]\nlist = [\n  \"a ] in a text\",\n  'and [ in another',\n]\nd = 1\n", ("a", "d"), 6),
        ('[a]\nlist = [\n  """\n  wrapped ]\n  text""",\n  "b",\n]\nd = 1\n', ("a", "d"), 8),
        ("[a]\nlist = [\n  [1],\n  [2, [3]],\n]\nd = 1\n", ("a", "d"), 6),
        ("[a]\ntable = { b = 1, c = [\n  1] }\nd = 1\n", ("a", "d"), 4),
        ("[a]\nb.c = 1\nb.d = 2\n", ("a", "b", "d"), 3),
        ("[a]\nb.c = 1\n", ("a", "b"), 2),
        ("[a]\n  indented  =  1\r\nd = 1\r\n", ("a", "d"), 3),
        ('["a.b"]\n"c = d" = 1\n', ("a.b", "c = d"), 2),
        ("[ a . 'b' ]\nc = 1\n", ("a", "b", "c"), 2),
    ],
)
def test_a_key_is_found_whatever_stands_before_it(toml: str, path: Path, line: int) -> None:
    assert locate(toml)[path] == line
    here = parse(toml).data  # the path leads somewhere, so the example is what it says
    for key in path:
        here = here[key]


def test_nothing_inside_a_text_or_a_list_is_taken_for_a_key() -> None:
    found = locate('[a]\nb = """\nc = 1\n[d]\n"""\ne = [\n  "f = 1",\n  "[g]",\n]\n')
    assert set(found) == {("a",), ("a", "b"), ("a", "e")}


def test_tables_in_arrays_of_tables_are_counted_in_their_own_table() -> None:
    toml = text("""
        [[group]]
        key = "A"
        [[group.field]]
        key = "one"
        [[group.field]]
        key = "two"
        [[group]]
        key = "B"
        [group.about]
        note = "a table inside the second"
        [[group.field]]
        key = "three"
    """)
    found = locate(toml)
    assert found["group", 0, "field", 1, "key"] == 6
    assert found["group", 1, "about", "note"] == 10
    assert found["group", 1, "field", 0, "key"] == 12
    assert parse(toml).data["group"][1]["field"][0]["key"] == "three"


def test_a_text_that_is_not_toml_is_said_with_its_line() -> None:
    with pytest.raises(ProtocolError) as caught:
        parse('[a]\nb = "open\nc = 1\n')
    assert [problem.line for problem in caught.value.problems] == [2]
    assert str(caught.value).startswith("protocol.toml, line 2: TOML:")


def test_a_file_that_stops_in_the_middle_is_said_at_its_last_line() -> None:
    with pytest.raises(ProtocolError) as caught:
        parse("[a]\nb = [\n  1,\n")
    assert caught.value.problems[0].line == 4


def test_a_protocol_is_another_one_as_soon_as_a_letter_changes() -> None:
    assert parse("[a]\n").id == parse("[a]\n").id != parse("[a]\n#\n").id


def section(toml: str) -> Section:
    return parse(text(toml)).section("a", [])


def said(problems: list[Problem]) -> list[str]:
    return [str(problem) for problem in problems]


def test_a_long_text_may_be_wrapped() -> None:
    a = section('[a]\nlong = """\n  one\n  two"""\nlist = ["""\n  three\n  four"""]\n')
    assert a.text("long") == "one two" and a.texts("list") == ("three four",) and not a.problems


def test_a_missing_section_is_said_and_reads_as_an_empty_one() -> None:
    problems: list[Problem] = []
    empty = parse("[a]\n").section("b", problems)
    assert said(problems) == ["b: section [b] is missing"]
    assert empty.text("title", required=False) == ""


def test_a_section_that_is_a_value_is_said() -> None:
    problems: list[Problem] = []
    parse("a = 3\n").section("a", problems)
    assert said(problems) == ["line 1: a: expected a section [a], found a whole number (3)"]


def test_a_slip_in_a_key_is_said_twice_over_with_what_was_meant() -> None:
    a = section('[a]\ntitel = "x"\n')
    a.text("title")
    a.done()
    assert said(a.problems) == [
        "line 1: a: title is missing; is 'titel' a slip for it?",
        "line 2: a.titel: unknown key; do you mean 'title'?",
    ]


@pytest.mark.parametrize(
    ("line", "read", "problem"),
    [
        ("k = 1", "text", "expected a text, found a whole number (1)"),
        ('k = "  "', "text", "is blank"),
        ('k = "1"', "number", "expected a whole number, found a text ('1')"),
        ("k = true", "number", "expected a whole number, found true or false (True)"),
        ("k = -1", "number", "expected at least 0, found -1"),
        ('k = "yes"', "flag", "expected true or false, found a text ('yes')"),
        ('k = "a"', "texts", "expected a list of texts, found a text ('a')"),
        ("k = []", "texts", "is empty"),
        ('k = ["a", 2]', "texts", "expected texts in the list, found a whole number (2)"),
        ('k = ["a", "a"]', "texts", "'a' stands twice"),
        ("k = 2", "share", "expected a number from 0 to 1, found 2"),
        ('k = ["one"]', "numbers", "expected whole numbers in the list, found a text ('one')"),
        ("k = true", "share", "expected a number from 0 to 1, found true or false (True)"),
    ],
)
def test_a_value_of_the_wrong_kind_is_said_with_what_was_expected(line: str, read: str, problem: str) -> None:
    a = section(f"[a]\n{line}\n")
    getattr(a, read)("k")
    assert said(a.problems) == [f"line 2: a.k: {problem}"]


def test_a_choice_that_is_none_of_the_options_comes_with_the_nearest() -> None:
    a = section('[a]\nk = "abstrakt"\nl = ["fulltex"]\n')
    assert a.choice("k", ("abstract", "fulltext")) == "" and a.texts("l", options=("abstract", "fulltext")) == ()
    assert [problem.what.partition("; ")[2] for problem in a.problems] == ["do you mean 'abstract'?", "do you mean 'fulltext'?"]


def test_tables_and_values_are_not_mixed_up() -> None:
    a = section("[a]\nrows = [1]\ntable = 2\n")
    assert list(a.sections("rows")) == [] and a.section("table").data == {}
    assert [problem.what for problem in a.problems] == [
        "expected tables, found a whole number (1)",
        "expected a section, found a whole number (2)",
    ]


def test_a_key_in_an_inline_table_is_said_at_the_line_of_the_table() -> None:
    a = section('[a]\n\nreaders = { abstract = "two" }\n')
    a.section("readers").number("abstract")
    assert said(a.problems) == ["line 3: a.readers.abstract: expected a whole number, found a text ('two')"]


def test_a_section_can_speak_of_another_one() -> None:
    a = section('[a]\n[b]\nname = "x"\n')
    assert a.other("b").text("name") == "x" and not a.problems
    a.other("c")
    assert said(a.problems) == ["c: section [c] is missing"]
