"""What a reader tells about a file: where, how bad, what was found, and what was done about it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["note", "warning", "error"]

OUTSIDE = "text outside of any record"
BETWEEN = "text between the entries"
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

    def __str__(self) -> str:
        return f"{f'line {self.line}: ' if self.line else ''}{self.what}; {self.done}"


class Told:
    """All that is told about a file, gathered in little memory: one diagnostic for all that say the same."""

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self._lines: dict[tuple[Severity, str, str], array[int]] = {}  # first and last of each run, one behind the other
        self.errors = 0
        for diagnostic in diagnostics:
            self.add(diagnostic)

    def add(self, diagnostic: Diagnostic) -> None:
        """Take one in."""
        self.errors += diagnostic.severity == "error"
        runs = self._lines.setdefault((diagnostic.severity, diagnostic.what, diagnostic.done), array("q"))
        for first, last in diagnostic.lines or _own(diagnostic):
            if runs and runs[-1] == first - 1:
                runs[-1] = last
            else:
                runs.extend((first, last))

    def all(self) -> tuple[Diagnostic, ...]:
        """One diagnostic for all that say the same, naming its lines; in the order of their first lines."""
        found = [_as_one(*key, _merged(runs)) for key, runs in self._lines.items()]
        return tuple(sorted(found, key=lambda diagnostic: diagnostic.line or 0))


def grouped(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """One diagnostic for all that say the same; it names the lines. In the order of their first lines."""
    return Told(diagnostics).all()


def _merged(runs: array[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for first, last in sorted(zip(runs[::2], runs[1::2], strict=True)):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def _as_one(severity: Severity, what: str, done: str, runs: list[tuple[int, int]]) -> Diagnostic:
    count = sum(last - first + 1 for first, last in runs)
    line = runs[0][0] if runs else None
    if count < 2:
        return Diagnostic(line, severity, what, done)
    shown = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs[:MOST_RANGES])
    rest = f" and {len(runs) - MOST_RANGES} more places" if len(runs) > MOST_RANGES else ""
    return Diagnostic(line, severity, f"{what} (on {count} lines: {shown}{rest})", done, tuple(runs))


def _own(diagnostic: Diagnostic) -> tuple[tuple[int, int], ...]:
    return ((diagnostic.line, diagnostic.line),) if diagnostic.line is not None else ()


def lines_told(diagnostics: Iterable[Diagnostic]) -> set[int]:
    """Every line that a diagnostic speaks of."""
    return {line for one in diagnostics for first, last in one.lines or _own(one) for line in range(first, last + 1)}
