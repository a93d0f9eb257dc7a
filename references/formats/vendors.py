"""Whose export a file is, and what in it shows that."""

from __future__ import annotations

import re


def vendor_of(format: str, head: str) -> tuple[str, str]:
    """The vendor that the head of a file shows, with the reason; both empty where none is shown."""
    for vendor, formats, pattern, reason in SIGNS:
        if format in formats and (found := pattern.search(head)):
            return vendor, reason.format(*(part for part in found.groups() if part) or (found[0].strip(),))
    return "", ""


def _sign(vendor: str, formats: str, pattern: str, reason: str = "the line {0!r}") -> tuple[str, tuple[str, ...], re.Pattern[str], str]:
    return vendor, tuple(formats.split("|")), re.compile(pattern, re.M | re.I), reason


SIGNS: tuple[tuple[str, tuple[str, ...], re.Pattern[str], str], ...] = ()
