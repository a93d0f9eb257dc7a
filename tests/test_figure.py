"""The PRISMA figure: every count is there, nothing runs out of its box, nothing hostile gets in."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

from synthesis.figure import svg as draw
from synthesis.figure import width_of
from synthesis.flow import Column, Flow
from tests.test_flow import chased, some, whole

SVG = "{http://www.w3.org/2000/svg}"


def texts(drawing: str) -> str:
    return " ".join((element.text or "") for element in ET.fromstring(drawing).iter(f"{SVG}text")).replace("\u00a0", " ")


def rectangles(drawing: str) -> list[tuple[float, float, float, float]]:
    found = []
    for rect in ET.fromstring(drawing).iter(f"{SVG}rect"):
        if rect.get("stroke"):
            found.append(tuple(float(rect.get(name, "0")) for name in ("x", "y", "width", "height")))
    return found  # type: ignore[return-value]


def test_every_box_shows_its_count() -> None:
    shown = texts(draw(whole(), "A review"))
    for words in (
        "Records identified from (n = 1,290)", "Databases (n = 1,240)", "Registers (n = 50)", "Duplicate records removed (n = 210)",
        "Records screened (n = 1,080)", "Records excluded (n = 950)", "Reports sought for retrieval (n = 130)",
        "Reports not retrieved (n = 10)", "Reports excluded (n = 85)", "Reason 2 (n = 50)", "Websites (n = 41)",
        "Reports sought for retrieval (n = 41)", "Reports excluded (n = 25)", "Studies included in review (n = 44)",
        "Reports of included studies (n = 50)",
    ):  # fmt: skip
        assert words in shown, words
    assert "INTERIM" not in shown


def test_the_second_column_is_drawn_only_where_another_method_was_used() -> None:
    assert "other methods" in draw(whole())
    alone = replace(whole(), others=Column(identified={}))
    assert "other methods" not in draw(alone)


def test_an_unfinished_review_says_interim_and_shows_what_is_open_in_its_boxes() -> None:
    flow = whole()
    flow = replace(flow, databases=replace(flow.databases, open_screening=some(12, "x"), open_eligibility=some(3, "y")))
    shown = texts(draw(flow))
    assert "INTERIM: 12 reports not yet decided at title and abstract; 3 reports not yet decided at full text" in shown
    assert "not yet decided (n = 12)" in shown and "not yet decided (n = 3)" in shown


def crowded() -> Flow:
    flow = whole()
    reasons = {f"A reason that goes on and on, number {place}, WITH CAPITALS MMMM": some(place + 1, f"q{place}_") for place in range(12)}
    sources = {("database", f"A database with a name of some length {place}"): some(1000 + place, f"s{place}_") for place in range(8)}
    column = replace(flow.databases, identified=sources, reasons=reasons)
    return replace(flow, databases=column, bridges=("A long note. " * 30,))


def test_text_stays_inside_its_box_and_boxes_do_not_meet() -> None:
    drawing = draw(crowded())
    boxes = rectangles(drawing)
    for place, (x, y, width, height) in enumerate(boxes):
        for x2, y2, width2, height2 in boxes[place + 1 :]:
            assert x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y
    for text in ET.fromstring(drawing).iter(f"{SVG}text"):
        x, y = float(text.get("x", 0)), float(text.get("y", 0))
        for left, top, width, height in boxes:
            if left <= x <= left + width and top <= y <= top + height:
                assert x + width_of(text.text or "", bool(text.get("font-weight"))) <= left + width + 2, text.text


def test_everything_lies_on_the_sheet() -> None:
    root = ET.fromstring(draw(crowded()))
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in rectangles(draw(crowded())))


def test_hostile_labels_are_text_and_nothing_else() -> None:
    label = '</text><script>alert(1)</script>\x1b[31m & "x" \u202e'
    flow = replace(whole(), databases=replace(whole().databases, reasons={label: some(1, "z")}))
    drawing = draw(flow, label)
    assert "<script" not in drawing and "\x1b" not in drawing and "\u202e" not in drawing
    ET.fromstring(drawing)


def test_the_same_flow_gives_the_same_bytes_and_needs_nothing_from_outside() -> None:
    drawing = draw(crowded(), "t")
    assert drawing == draw(crowded(), "t")
    assert not re.search(r"(href|src)=|url\((?!#)", drawing) and 'role="img"' in drawing and "<title>" in drawing and "<desc>" in drawing


def test_letters_that_no_xml_file_can_hold_do_not_break_the_drawing() -> None:
    flow = replace(whole(), bridges=("a\ud800b", "c\uffffd"))  # as from a file name that is not UTF-8
    root = ET.fromstring(draw(flow, "e\ufffef").encode())
    assert "a\ufffdb" in texts(draw(flow)) and "c\ufffdd" in texts(draw(flow))
    assert root.findtext(f"{SVG}title") == "PRISMA 2020 flow: e\ufffdf"


def test_a_label_of_full_width_letters_stays_in_its_box() -> None:
    label = "\u4f19\u4f34\u5173\u7cfb" * 12  # each as wide as it is high
    drawing = draw(replace(whole(), databases=replace(whole().databases, reasons={label: some(1, "z")})))
    parts = [element.text or "" for element in ET.fromstring(drawing).iter(f"{SVG}text") if "\u4f19" in (element.text or "")]
    assert len(parts) > 1 and all(13 * sum(letter > "\u2fff" for letter in part) < 280 for part in parts)
    assert "".join(parts).replace("\u00a0", " ").startswith(label[:20])


def test_a_label_of_wide_capitals_stays_in_its_box() -> None:
    drawing = draw(replace(whole(), databases=replace(whole().databases, reasons={"W" * 60: some(1, "z")})))
    parts = [element.text or "" for element in ET.fromstring(drawing).iter(f"{SVG}text") if "WW" in (element.text or "")]
    assert "".join(parts).count("W") == 60
    assert all(0.99 * 13 * part.count("W") < 280 for part in parts)  # DejaVu Sans draws a W 0.99 of its size wide


def test_a_source_called_as_its_kind_is_said_once() -> None:
    flow = whole()
    sites = {("citation", "Citation searching"): flow.others.all_identified}
    shown = texts(draw(replace(flow, others=replace(flow.others, identified=sites))))
    assert shown.count("Citation searching (n = 41)") == 1
    both = sites | {("citation", "Backward searching"): some(2, "b")}
    shown = texts(draw(replace(flow, others=replace(flow.others, identified=both))))
    assert "Citation searching (n = 43)" in shown and "Citation searching (n = 41)" in shown


def test_whatever_was_removed_from_other_methods_is_drawn() -> None:
    flow = whole()
    sites = flow.others.all_identified
    removed = replace(flow.others, identified={("website", "Sites"): sites | some(3, "t") | some(2, "u")}, by_tool=some(3, "t"))
    removed = replace(removed, other_reasons=some(2, "u"))
    shown = texts(draw(replace(flow, others=removed)))
    assert "Records removed:" in shown and "Found in a database too" not in shown
    assert shown.count("Records marked as ineligible by") == 2 and "(n = 3)" in shown
    assert "Records removed:" not in texts(draw(flow))


def test_the_screening_of_citation_searching_is_drawn_beside_that_of_databases() -> None:
    shown = texts(draw(chased()))
    assert shown.count("Records screened (n = ") == 2 and "Records screened (n = 10)" in shown and "Records excluded (n = 7)" in shown
    assert "not yet decided (n = 2)" in shown and "hand (n = 41)" in shown
    assert texts(draw(whole())).count("Records screened") == 1


def test_the_description_tells_the_flow_to_those_who_do_not_see_it() -> None:
    """A reader of the screen is told title and description only, since the drawing is one image."""
    flow = whole()
    waiting = frozenset(sorted(flow.databases.excluded)[:12])
    column = replace(flow.databases, excluded=flow.databases.excluded - waiting, open_screening=waiting)
    told = ET.fromstring(draw(replace(flow, databases=column))).findtext(f"{SVG}desc") or ""
    for words in ("1290 records", "1080 screened", "120 assessed", "44 studies included", "Open: 12 reports not yet decided"):
        assert words in told
