"""How far the searches are, at the terminal of whoever waits for them. Nothing is written where nobody looks on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from flows.apart import Told, nothing
from references.visible import visible


@contextmanager
def watching(console: Console | None = None) -> Iterator[Told]:
    """Something to call with (line, records so far, records to come): a bar for each search under way, on standard error."""
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield nothing
        return
    words, said_of = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[said]}", markup=False)
    columns = (SpinnerColumn(), words, BarColumn(bar_width=30), said_of, TimeElapsedColumn())
    bars: dict[str, TaskID] = {}
    one_at_a_time = Lock()  # each source tells from a thread of its own
    with Progress(*columns, console=console, transient=True) as shown:
        shown.add_task("refresh", total=None, said="")  # goes on while what came is compared and counted

        def told(line: str, seen: int, wanted: int | None) -> None:
            done = wanted is not None and seen >= wanted
            said = f"{seen:,} records" if wanted is None else f"{seen:,} of {wanted:,} records"
            with one_at_a_time:
                if line not in bars:
                    bars[line] = shown.add_task(visible(line), total=wanted, said=said)
                shown.update(bars[line], completed=seen, total=wanted, said=said, visible=not done)

        yield told
