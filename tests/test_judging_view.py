"""What is shown of two reports that may be one: why, what differs and where, on any screen and in plain words."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from references.differences import ALIKE, ONE, OTHER, SAME, compared, differing
from references.duplicates.merged import Report
from references.fields import Row, rows
from references.fields_view import drawn
from references.judging import Judging
from references.review import Review
from tests.test_questions import TITLE, record, store

TEXT = "Boards that were to share power met monthly for two years. We watched eleven of their meetings and spoke with the people in them."


def marked(left: str, right: str, **how: Any) -> str:
    """Both texts with what differs in braces."""

    def one(text: str, spans: tuple[tuple[int, int], ...]) -> str:
        for start, end in reversed(spans):
            text = f"{text[:start]}{{{text[start:end]}}}{text[end:]}"
        return text

    return " | ".join(one(text, spans) for text, spans in zip((left, right), differing(left, right, **how), strict=True))


@pytest.mark.parametrize(
    ("left", "right", "seen"),
    [
        ("Care in Scotland", "Care in Norway", "Care in {Scotland} | Care in {Norway}"),
        ("health care reform", "health and social care reform", "health care reform | health {and social} care reform"),
        ("2018", "2018-04-16", "2018 | 2018-{04-16}"),
        ("10.1000/cd001.pub2", "10.1000/cd001.pub3", "10.1000/cd001.{pub2} | 10.1000/cd001.{pub3}"),
        ("Øyen's CARE: a study", "Øyens care, a study", "{Øyen's} CARE: a study | {Øyens} care, a study"),
        ("Café reform now", "cafe REFORM then", "Café reform {now} | cafe REFORM {then}"),
        ("the rise of boards", "the fall of trusts", "the {rise of boards} | the {fall of trusts}"),  # "of" does not part them
        ("part 1 of it", "part 2 of it", "part {1} of it | part {2} of it"),
        ("比较研究", "比较", "比较{研究} | 比较"),
        ("", "word", " | {word}"),
        ("one two three four five", "six seven eight nine five", "{one two three four five} | {six seven eight nine five}"),
    ],
)
def test_what_differs_is_marked_word_by_word(left: str, right: str, seen: str) -> None:
    assert marked(left, right) == seen


def test_names_in_another_order_do_not_differ() -> None:
    assert compared("Huby, Guro; Cook, Ailsa", "Guro Huby; Ailsa Cook", ordered=False) == ALIKE
    assert marked("Huby, Guro; Cook, Ailsa", "G Huby; A Cook", ordered=False) == "Huby, {Guro}; Cook, {Ailsa} | {G} Huby; {A} Cook"
    assert marked("Audit Scotland; Wales", "Wales", ordered=False) == "{Audit Scotland}; Wales | Wales"


@pytest.mark.parametrize(
    ("left", "right", "state"),
    [("a b", "a b", SAME), ("A b.", "a B", ALIKE), ("é", "e", ALIKE), ("a b", "b a", OTHER), ("a", "", ONE), ("", "a", ONE)],
)
def test_how_two_values_stand_to_each_other(left: str, right: str, state: str) -> None:
    assert compared(left, right) == state


def test_texts_of_many_thousand_words_are_not_compared_word_by_word() -> None:
    left, right = "a b " * 20_000, "b a " * 20_000
    assert differing(left, right) == (((0, len(left)),), ((0, len(right)),))


LEFT = Report(
    records=(
        record("a", authors=("Lund, Kari",), year=2016, journal="Journal of Shared Services", volume="12", doi="10.1000/a", abstract=TEXT),
    )
)
RIGHT = Report(
    records=(
        record("b", authors=("Lund, K",), year=2017, journal="JOURNAL OF SHARED SERVICES", pages="4", doi="10.1000/b", abstract=TEXT),
        record("b2", database="Embase", language="eng"),
    )
)


def by_label(left: Report = LEFT, right: Report = RIGHT) -> dict[str, Row]:
    return {row.label: row for row in rows(left, right, str.upper)}


def test_each_field_that_a_report_has_is_a_row_with_how_the_two_stand_to_each_other() -> None:
    found = by_label()
    assert {label: row.state for label, row in found.items() if label not in ("Source", "Database", "Records")} == {
        "Title": SAME, "Authors": OTHER, "Date": OTHER, "Journal": ALIKE, "Place": OTHER, "DOI": OTHER, "Language": ONE, "Abstract": SAME,
    }  # fmt: skip
    assert (found["Source"].left, found["Source"].right) == ("FILE:A.RIS", "FILE:B.RIS; FILE:B2.RIS")
    assert found["Database"].right == "Embase"
    assert found["Records"].left == "a" and [line.split()[0] for line in found["Records"].right.splitlines()] == ["b", "b2"]


def test_an_address_that_is_the_doi_once_more_is_left_out() -> None:
    left, right = (Report(records=(record(id, doi="10.1000/a", url=url),)) for id, url in (("a", "https://doi.org/10.1000/A"), ("b", None)))
    assert "Address" not in by_label(left, right)


def lines(width: int, *, plain: bool = False, found: list[Row] | None = None) -> list[str]:
    return drawn(found or list(by_label().values()), ("A: 1 record", "B: 2 records"), width=width, plain=plain).plain.splitlines()


def test_two_columns_where_there_is_room_and_what_is_equal_once() -> None:
    found = lines(120)
    [date] = [line for line in found if line.startswith("Date")]
    assert date.split("│")[0].split() == ["Date", "≠", "{2016}"] and date.split("│")[1].strip() == "{2017}"
    [title] = [line for line in found if line.startswith("Title")]
    assert title.endswith(f"= {TITLE}")
    [language] = [line for line in found if line.startswith("Language")]
    assert language.split("│")[0].split() == ["Language", "·", "(not", "said)"]


def test_one_below_the_other_where_there_is_none() -> None:
    found = lines(80)
    place = next(number for number, line in enumerate(found) if line.startswith("Date"))
    assert found[place].split() == ["Date", "≠", "A", "{2016}"] and found[place + 1].split() == ["B", "{2017}"]


@pytest.mark.parametrize("width", [40, 60, 80, 89, 90, 120, 200])
def test_no_line_is_wider_than_the_screen_and_no_word_is_lost(width: int) -> None:
    long = Row(label="Abstract", left=TEXT * 3, right=f"{TEXT}https://example.org/{'x' * 300} 整合照护与地方伙伴关系" * 2, state=OTHER)
    found = lines(width, found=[long])
    console = Console(width=width)
    assert max(console.measure(line).maximum for line in found) <= width
    letters = "".join("".join(found).split()).replace("│", "").replace("{", "").replace("}", "")
    assert all(letters.count(word) >= 2 for word in ("monthly", "eleven"))


def test_the_marks_are_there_without_colours_and_the_colours_besides() -> None:
    text = drawn(list(by_label().values()), ("A", "B"), width=100, plain=False)
    styled = [text.plain[span.start : span.end] for span in text.spans if span.style == "bold magenta"]
    assert "{2016}" in styled and "{2017}" in styled and "{10.1000/a}" not in styled
    dim = [text.plain[span.start : span.end] for span in text.spans if span.style == "dim"]
    assert TITLE in dim


def test_plain_lines_say_in_words_what_a_screen_shows_by_place_and_sign() -> None:
    found = lines(80, plain=True)
    assert f"Title, the same: {TITLE}" in found
    place = found.index("Date, different:")
    assert found[place + 1 : place + 3] == ["  A: {2016}", "  B: {2017}"]
    assert "Language, in one only:" in found and not any("│" in line for line in found)


@pytest.fixture
def pair(review: Review) -> Review:
    evil = "\x1b[2J\x1b]0;owned\x07Felles \u202eorgan"
    found = (
        record("a", title_alt=evil, publisher=evil, year=2016, type="book-chapter", authors=("Lund, Kari",), abstract=TEXT * 9),
        record("b", year=2017, type="journal-article", authors=("Lund, Kari",), journal="J\x9b31m of Care", pages="4", abstract=TEXT * 8),
    )
    return store(review, found)


def test_what_speaks_for_and_against_is_said_above_the_reports(pair: Review) -> None:
    sitting = Judging(pair, by="ana")
    body = sitting.view().body.plain.splitlines()
    assert body[0] == "Are A and B one report?"
    [for_] = [line for line in body if line.startswith("+ ")]
    assert "same title (+5)" in for_ and "same authors (+2)" in for_ and "differ" not in for_
    against = " ".join(body[body.index(for_) + 1 :]).split("Together")[0]
    assert against.startswith("- ") and "years differ: 2016 and 2017 (-1.5)" in against and "one is of the kind chapter" in against
    assert any(line.startswith("Together +") for line in body)
    plain = Judging(pair, by="ana", plain=True).view().body.plain
    assert "\nFor: same title (+5)" in plain and "\nAgainst: years differ" in plain


def test_every_reason_of_the_proposal_is_shown(pair: Review) -> None:
    sitting = Judging(pair, by="ana")
    shown = " ".join(sitting.view().body.plain.split())
    [proposal] = sitting.waiting
    for reason in proposal.reasons:
        assert " ".join(reason.split()) in shown


def test_text_from_outside_moves_no_cursor_and_hides_nothing(pair: Review) -> None:
    sitting = Judging(pair, by="ana")
    for key in ("", "n", "z", "h"):
        sitting.press(key)
        view = sitting.view()
        for text in (view.head.plain, view.body.plain, view.foot.plain):
            assert not set(text) & {"\x1b", "\x9b", "\x07", "\u202e", "\r"}
    assert "Felles organ" in Judging(pair, by="ana").view().body.plain and "owned" not in view.body.plain


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
def test_a_whole_view_fits_the_width_of_the_screen(pair: Review, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    monkeypatch.setenv("COLUMNS", str(size[0]))
    monkeypatch.setenv("LINES", str(size[1]))
    sitting = Judging(pair, by="ana")
    for _ in range(2):
        view = sitting.view()
        assert max(len(line.rstrip()) for line in view.body.plain.splitlines()) <= size[0]
        assert len(view.foot.wrap(Console(width=size[0]), size[0])) <= 3
        sitting.press("h")
