"""Tables written out."""

from __future__ import annotations

import csv
import io
import re

import pandas
import pytest

from synthesis.render import Heading, Table, to_csv, to_html, to_markdown

HOSTILE = '<script>alert("x")</script>\n=cmd|calc \x1b[31mred\x1b[0m \u202eback | pipe & [link](http://x)'


def table(*rows: tuple[str, ...], notes: tuple[str, ...] = ()) -> Table:
    return Table(
        key="t", title="A <title>", columns=(Heading("a", "First"), Heading("b", "Second | third")), rows=rows, notes=notes, labelled=True
    )


def test_hostile_text_does_nothing_in_html() -> None:
    page = to_html(table((HOSTILE, HOSTILE), notes=(HOSTILE,)))
    assert "<script" not in page and "&lt;script&gt;" in page and "A &lt;title&gt;" in page
    assert "\x1b" not in page and "\u202e" not in page
    assert "http://x" in page and 'href="' not in page and "src=" not in page.replace("-src", "")
    assert "default-src 'none'" in page


def test_hostile_text_neither_ends_a_cell_nor_becomes_a_link_in_markdown() -> None:
    text = to_markdown(table((HOSTILE, "x"), notes=("a note",)))
    [row] = [line for line in text.splitlines() if "alert" in line]
    assert len(re.findall(r"(?<!\\)\|", row)) == 3  # before, between and behind two cells
    assert "<script" not in text and r"\[link\]" in text and "<br>" in row and "- a note" in text


def test_a_spreadsheet_takes_no_cell_for_a_formula_and_sees_utf8() -> None:
    text = to_csv(table(("=1+1", "-3.2"), ("@x", "Øyen")))
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    assert rows == [["First", "Second | third"], ["'=1+1", "-3.2"], ["'@x", "Øyen"]]


def test_csv_comes_back_as_it_was_through_pandas() -> None:
    rows = (('a "quoted", cell\nof two lines', "NR"), ("", "x"))
    frame = pandas.read_csv(io.StringIO(to_csv(table(*rows)).lstrip("\ufeff")), keep_default_na=False)
    assert [tuple(row) for row in frame.itertuples(index=False)] == list(rows)


def test_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="row 2 has 1 cells under 2 columns"):
        table(("a", "b"), ("c",))


def test_what_a_reader_must_not_miss_is_marked_and_labels_stand_out() -> None:
    page = to_html(table(("NRX is no code", "Strength: NR\n[not agreed] ana: x / ben: y")))
    assert '<span class="label">Strength:</span> <mark>NR</mark>' in page
    assert "<mark>[not agreed]</mark>" in page and "NRX is no code" in page


def test_an_empty_table_says_so_and_the_same_table_gives_the_same_bytes() -> None:
    assert "No rows." in to_html(table()) and "No rows." in to_markdown(table())
    assert to_html(table(("a", "b"))) == to_html(table(("a", "b")))


def test_a_heading_is_no_formula_either() -> None:
    headed = Table(key="t", title="t", columns=(Heading("a", "=A"), Heading("b", "\x1b[1mB")), rows=(("x", "y"),))
    assert to_csv(headed).splitlines()[0] == "\ufeff'=A,B"
