"""Text from outside, made safe to show."""

from __future__ import annotations

import re
import shutil
import sys
from textwrap import wrap

_UNSEEN = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_HALF = re.compile("[\ud800-\udfff]")  # half of a pair: no file could be written with it


def visible(text: str) -> str:
    """Text from outside without what could move the cursor, hide words or turn their direction."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _HALF.sub("\ufffd", _UNSEEN.sub("", text))


def folded(text: str) -> str:
    """Text as a terminal shows it well: lines broken between words, what follows set in. Elsewhere, as in a file, as it is."""
    if not sys.stdout.isatty():
        return text
    width = max(40, shutil.get_terminal_size().columns)
    lines = []
    for line in text.split("\n"):
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        wrapped = wrap(line, width, subsequent_indent=indent, replace_whitespace=False, break_on_hyphens=False)
        lines += [line] if len(line) <= width else wrapped
    return "\n".join(lines)


def counted(number: int, noun: str) -> str:
    """ "1 record", "1,200 records": a number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
