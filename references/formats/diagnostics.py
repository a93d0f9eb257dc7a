"""What a reader tells about a file: where, how bad, what was found, and what was done about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["note", "warning", "error"]

MOST_RANGES = 12  # written out when many lines share one diagnostic; all of them are in `lines`


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing to tell about a file.

    A note is an oddity that was read right, a warning something that may be lost to the reader's understanding
    (its text is kept), an error a file whose records cannot be trusted to be all.
    """

    line: int | None  # from 1; None where the whole file is meant
    severity: Severity
    what: str  # what was found
    done: str  # what was done about it
    lines: tuple[tuple[int, int], ...] = ()  # (first, last) of each run of lines, where it stands for several


def grouped(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """One diagnostic for all that say the same; it names the lines. In the order of their first lines."""
    together: dict[tuple[str, str, str], list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        together.setdefault((diagnostic.severity, diagnostic.what, diagnostic.done), []).append(diagnostic)
    found = [same[0] if len(same) == 1 else _as_one(same) for same in together.values()]
    return tuple(sorted(found, key=lambda diagnostic: diagnostic.line or 0))


def _as_one(same: Sequence[Diagnostic]) -> Diagnostic:
    numbers = sorted({line for one in same for first, last in one.lines or _own(one) for line in range(first, last + 1)})
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    if len(numbers) < 2:
        return replace(same[0], lines=tuple(runs))
    shown = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs[:MOST_RANGES])
    rest = f" and {len(runs) - MOST_RANGES} more places" if len(runs) > MOST_RANGES else ""
    return replace(same[0], what=f"{same[0].what} (on {len(numbers)} lines: {shown}{rest})", lines=tuple(runs))


def _own(diagnostic: Diagnostic) -> tuple[tuple[int, int], ...]:
    return ((diagnostic.line, diagnostic.line),) if diagnostic.line is not None else ()


def lines_told(diagnostics: Iterable[Diagnostic]) -> set[int]:
    """Every line that a diagnostic speaks of."""
    return {line for one in diagnostics for first, last in one.lines or _own(one) for line in range(first, last + 1)}
