"""What whoever waits at a terminal sees of the searches."""

from __future__ import annotations

import io

from rich.console import Console

from flows.watch import watching


def test_each_search_under_way_is_shown_with_its_numbers_until_it_is_done() -> None:
    seen = io.StringIO()
    with watching(Console(file=seen, force_terminal=True, width=100)) as told:
        told("OA1\x1b[31m", 100, 4512)
        told("EP", 1000, None)
        told("OA1\x1b[31m", 4512, 4512)
    shown = seen.getvalue()
    assert "1,000 records" in shown and "100 of 4,512 records" in shown and "\x1b[31mOA1" not in shown and "OA1\x1b[31m" not in shown
    assert "4,512 of 4,512" not in shown  # what came of it is printed when all is done


def test_nothing_is_written_where_nobody_looks_on() -> None:
    seen = io.StringIO()
    with watching(Console(file=seen)) as told:
        told("OA1", 100, 4512)
    assert seen.getvalue() == ""
