"""BibTeX and BibLaTeX: no entry gone unsaid, TeX read as text, names as BibTeX means them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from references.formats.bibtex import BIBTEX
from references.formats.bibtex_values import people
from references.formats.known import recognise
from references.formats.latex import decode
from references.formats.reading import Reading
from references.formats.text import Text, TooLarge
from references.record import Record
from tests.test_ris import shared


def read(text: str) -> SimpleNamespace:
    reading = Reading(Text.of(text.encode()), BIBTEX, "file:x.bib")
    found = list(reading)
    return SimpleNamespace(
        records=[one.record for one in found], entries=[one.entry for one in found], told=reading.diagnostics, counts=reading.counts
    )


def only(text: str) -> Record:
    (record,) = read(text).records
    return record


FULL = """@string{jic = "Journal of Integrated Care"}
@article{huby2018,
  author    = {Huby, Guro and Ailsa Cook and {World Health Organization} and others},
  title     = {Can we {Mandate} partnership working?},
  subtitle  = "Top down meets bottom up",
  journal   = jic # { (online)},
  year      = 2018,
  month     = apr,
  volume    = {26}, number = {2}, pages = {109--19},
  doi       = {https://doi.org/10.1108/JICA-11-2017-0041},
  keywords  = {partnership, reform},
  x-private = {kept},
}
"""


def test_an_entry_gives_its_fields_with_their_lines() -> None:
    record = only(FULL)
    assert record.title == "Can we Mandate partnership working? Top down meets bottom up"
    assert record.authors == ("Huby, Guro", "Cook, Ailsa", "World Health Organization")
    assert (record.year, record.date, record.volume, record.issue, record.pages) == (2018, "2018-04", "26", "2", "109-119")
    assert (record.journal, record.doi, record.type) == (
        "Journal of Integrated Care (online)",
        "10.1108/jica-11-2017-0041",
        "journal-article",
    )
    assert record.keywords == ("partnership", "reform")
    assert ("x-private", "kept", 12) in record.unread and ("author", "et al.", 3) in record.unread
    assert ("doi", "doi", 10) in record.origins and ("journal", "journal", 6) in record.origins


@pytest.mark.parametrize(
    ("title", "subtitle", "whole"),
    [("Care", "a study", "Care: a study"), ("Care?", "a study", "Care? a study"), ("Care:", "a study", "Care: a study")],
)
def test_a_subtitle_stands_behind_its_title(title: str, subtitle: str, whole: str) -> None:
    assert only(f"@article{{a, title={{{title}}}, subtitle={{{subtitle}}}}}").title == whole


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"J{\"o}rg M\"uller", "Jörg Müller"),
        (r"{\O}yen {\AA}se \o stergaard", "Øyen Åse østergaard"),
        (r"\'{\i}ndice \v{c}eh \c{c}a \H{o}", "índice čeh ça ő"),
        (r"50\% \& more\_of \$5 \#1 \{x\}", "50% & more_of $5 #1 {x}"),
        (r"\emph{in vivo} and \textbf{bold {nested}}", "in vivo and bold nested"),
        (r"pages 1--2 --- ``so''", "pages 1–2 — “so”"),
        (r"Cu$_2$O at 300$^\circ$C", "Cu_2O at 300^\\circC"),
        (r"\textbackslash{} \textasciitilde{}", "\\ ~"),
        (r"\unknowncommand{x}", r"\unknowncommandx"),
        ("no TeX at all", "no TeX at all"),
    ],
)
def test_tex_is_read_as_text(written: str, read: str) -> None:
    assert decode(written) == read


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Huby, Guro and Cook, Ailsa", ["Huby, Guro", "Cook, Ailsa"]),
        ("Jan van der Berg", ["van der Berg, Jan"]),
        ("van der Berg, Jan", ["van der Berg, Jan"]),
        ("King, Jr, Martin Luther", ["King, Martin Luther, Jr"]),
        ("{Sand and Gravel Council} and Moe, Kari", ["Sand and Gravel Council", "Moe, Kari"]),
        ("Plato", ["Plato"]),
        ("family=Smith, given=John, prefix=de", ["de Smith, John"]),
        (r"Lindstr{\"o}m, Bj{\"o}rn AND others", ["Lindström, Björn", "et al."]),
    ],
)
def test_names_are_cut_as_bibtex_cuts_them(written: str, names: list[str]) -> None:
    assert list(people(written)) == names


def test_fields_and_keys_that_stand_twice_lose_nothing() -> None:
    file = read("@article{a, title={A}, funding={1}, funding={2}}\n@article{a, title={B}}\n")
    assert [record.title for record in file.records] == ["A", "B"]
    assert [value for tag, value, _ in file.records[0].unread if tag == "funding"] == ["1", "2"]
    assert [one.what for one in file.told] == ["a field stands twice: funding"]
    again = read("@article{a, title={A}}\n@article{a, title={B}}\n")
    assert [record.title for record in again.records] == ["A", "B"]
    assert [one.what for one in again.told] == ["the key of an entry stands twice: a"]
    assert file.counts.differences == ()


def test_an_entry_that_breaks_the_rules_is_read_field_by_field_and_said() -> None:
    file = read("@misc{open, title={x\n@article{after, title={y}}\n@article{\n author = {Moe, Kari},\n title = {No key}\n}\n")
    assert [(record.title, record.authors) for record in file.records] == [("x", ()), ("y", ()), ("No key", ("Moe, Kari",))]
    assert file.counts.starts == file.counts.records == 3
    assert [one.severity for one in file.told] == ["warning"]


def test_a_missing_comma_is_mended_aloud() -> None:
    file = read("@article{a,\n title = {A title}\n file = {x.pdf},\n year = 2018}\n")
    assert (file.records[0].title, file.records[0].year) == ("A title", 2018)
    assert ("file", "x.pdf", 3) in file.records[0].unread
    assert [one.what for one in file.told] == ["a comma is missing between two fields"]


def test_what_is_no_entry_is_told_with_its_lines() -> None:
    file = read('Scopus\nEXPORT DATE: today\n@comment{jabref}\n@preamble{"x"}\n@article{a, title={A}}\n@article{bad title={q}}\n')
    assert [(one.line, one.severity) for one in file.told if one.line] == [(1, "note"), (3, "note"), (4, "note"), (6, "error")]
    assert file.counts.lost  # two entries begin, one was read


def test_a_chapter_takes_from_its_book_what_it_lacks() -> None:
    file = read(
        "@incollection{c, title={Chapter}, author={Moe, Kari}, crossref={b}}\n"
        "@book{b, title={The Book}, editor={Doe, Jan}, year=2001, publisher={House}}\n"
    )
    chapter = file.records[0]
    assert (chapter.journal, chapter.year, chapter.publisher, chapter.editors) == ("The Book", 2001, "House", ("Doe, Jan",))
    assert any("takes from the one it refers to" in one.what for one in file.told)


def test_a_manuscript_on_arxiv_is_a_preprint() -> None:
    assert only("@misc{a, title={A}, eprint={1302.4996}, archivePrefix={arXiv}}").type == "preprint"
    assert only("@article{a, title={A}, journal={arXiv preprint arXiv:1302.4996}}").type == "preprint"


def test_abbreviations_may_use_those_before_them_and_grow_no_further_than_real_ones() -> None:
    text = '@string{a = "J"}\n@string{b = a # " of Care"}\n@article{x, title={A}, journal = b}'
    assert only(text).journal == "J of Care"
    bomb = '@string{s0 = "' + "x" * 100 + '"}\n' + "".join(f"@string{{s{n} = {' # '.join([f's{n - 1}'] * 100)}}}\n" for n in range(1, 9))
    with pytest.raises(TooLarge, match="made of abbreviations"):
        read(bomb + "@article{x, title = s8}")


def test_the_same_entries_in_another_encoding_have_the_same_ids() -> None:
    text = FULL.replace("Ailsa Cook", "Åse Øyen")
    ids = {tuple(one.record.id for one in Reading(Text.of(data), BIBTEX, "file:x")) for data in (
        text.encode(), text.encode("cp1252"), text.encode("utf-16"), text.replace("\n", "\r\n").encode()
    )}  # fmt: skip
    assert len(ids) == 1


def test_other_formats_are_no_bibtex() -> None:
    assert recognise(FULL)[0] is BIBTEX
    assert BIBTEX.sign("TY  - JOUR\nAB  - mail me @ home {now}\nER  - ") is None
    assert BIBTEX.sign("name,mail\nx,@y{z\n") is None


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from(list('@{}",=#\\ab1 \n%~$&()')), max_size=120))
def test_no_text_makes_it_stumble(text: str) -> None:
    try:
        file = read(f"@article{{a, title={{A}}}}\n{text}")
    except TooLarge:
        return
    assert len(file.records) == file.counts.records


def test_no_entry_of_the_shared_files_goes_unsaid() -> None:
    folder = shared("formats")
    for line in (folder / "MANIFEST.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["format"] == "bib":
            reading = Reading(Text.at(folder / row["file"]), BIBTEX, "file:x")
            assert len(list(reading)) == row["records"] == reading.counts.starts, row["file"]
