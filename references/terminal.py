"""The little that draws a screen and reads a key; shared by all sittings.

A sitting decides, the terminal only draws. A sitting has `view(width)`, which says what to show, and
`press(key)`, which says what happens next: None (draw again), an Ask for a line of text, or LEAVE.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console
from rich.text import Text

LEAVE = "leave"
_UNSEEN = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
ESCAPE, ENTER, BACKSPACE, INTERRUPT, END = "escape", "enter", "backspace", "interrupt", "end"
_NAMES = {"\x1b": ESCAPE, "\r": ENTER, "\n": ENTER, "\x7f": BACKSPACE, "\x08": BACKSPACE, "\x03": INTERRUPT, "\x04": END, "": END}


@dataclass(frozen=True, slots=True)
class Ask:
    """A line of text wanted from the person; `then` is given it, or is not called when they change their mind."""

    question: str
    then: Callable[[str], object]
    default: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What to show: a head that stays, a body that may be longer than the screen, a foot that stays."""

    head: Text
    body: Text
    foot: Text


class Sitting(Protocol):
    """What the terminal needs of a sitting."""

    def view(self) -> View: ...

    def press(self, key: str) -> str | Ask | None: ...

    def farewell(self) -> Text: ...


def visible(text: str) -> str:
    """Text from outside without what could move the cursor, hide words or turn their direction."""
    return _UNSEEN.sub("", text)


class NoTerminal(Exception):
    """Keys were wanted where nobody can press any."""


def run(sitting: Sitting, *, plain: bool = False) -> None:
    """Let a person work until they leave. `plain`: a line for each key, nothing redrawn; for screen readers and scripts."""
    plain = plain or os.environ.get("TERM") == "dumb"
    if not plain and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise NoTerminal("there is no terminal to press keys at")
    console = Console(highlight=False, soft_wrap=False)
    keys = _lines() if plain else _keys()
    offset = 0
    with contextlib.closing(keys):
        while True:
            view = sitting.view()
            lines = _draw_plain(console, view) if plain else _draw(console, view, offset)
            key = next(keys, END)
            if key in (" ", "b") and not plain and (moved := _scroll(key, offset, lines, _room(console, view))) != offset:
                offset = moved
                continue
            answer = sitting.press(key)
            if key not in (" ",):
                offset = 0
            if isinstance(answer, Ask):
                _ask(console, answer, plain)
            elif answer == LEAVE:
                break
    console.print(sitting.farewell())


def _room(console: Console, view: View) -> int:
    fixed = sum(len(part.wrap(console, console.width)) for part in (view.head, view.foot))
    return max(3, console.height - fixed - 3)


def _draw(console: Console, view: View, offset: int) -> int:
    """Draw over the whole screen; how many lines the body has."""
    room = _room(console, view)
    body = list(view.body.wrap(console, console.width))
    console.clear()
    console.print(view.head)
    console.rule(style="dim")
    for line in body[offset : offset + room]:
        console.print(line, no_wrap=True, overflow="crop")
    if len(body) > room:
        console.print(
            Text(f"lines {offset + 1} to {min(offset + room, len(body))} of {len(body)}: space shows more, b goes back", style="dim")
        )
    console.rule(style="dim")
    console.print(view.foot)
    return len(body)


def _scroll(key: str, offset: int, lines: int, room: int) -> int:
    step = max(1, room - 1)
    return max(0, offset - step) if key == "b" else (offset + step if offset + room < lines else 0)


def _draw_plain(console: Console, view: View) -> int:
    for part in (view.head, view.body, view.foot):
        console.print(part)
    return 0


def _ask(console: Console, ask: Ask, plain: bool) -> None:
    """Read one line; Ctrl-C or the end of the input changes nothing."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  input() then lets the line be edited
    try:
        default = f" [{ask.default}]" if ask.default else ""
        text = input(f"{ask.question}{default}: ").strip()
    except (KeyboardInterrupt, EOFError):
        console.print()
        return
    ask.then(text or ask.default)


def _lines() -> Generator[str, None, None]:
    """Keys out of lines: the first letter of each, Enter for an empty one."""
    while True:
        try:
            line = input("> ").strip()
        except KeyboardInterrupt:
            line = "\x03"
        except EOFError:
            return
        yield _NAMES.get(line, line[:1]) if line else ENTER


def _keys() -> Generator[str, None, None]:
    """Single key presses, those typed ahead too. The terminal is put back as it was after each."""
    while True:
        if os.name == "nt":
            import msvcrt

            key: str = msvcrt.getwch()  # type: ignore[attr-defined,unused-ignore]
            yield _NAMES.get(key, key)
            continue
        yield _one_key(sys.stdin.fileno())


def _one_key(fd: int) -> str:
    import select
    import termios
    import tty

    before = termios.tcgetattr(fd)
    try:
        tty.setcbreak(fd, termios.TCSANOW)  # TCSANOW keeps what was typed ahead
        data = os.read(fd, 1)
        if data == b"\x1b" and select.select([fd], [], [], 0.02)[0]:
            os.read(fd, 16)  # an arrow or function key sends several bytes: none of them is an answer
            return "unknown"
        if data and data[0] >= 0xC0:  # a letter beyond ASCII comes in two to four bytes
            data += os.read(fd, 3 if data[0] >= 0xF0 else 2 if data[0] >= 0xE0 else 1)
    except KeyboardInterrupt:
        return INTERRUPT
    finally:
        termios.tcsetattr(fd, termios.TCSANOW, before)
    text = data.decode(errors="replace")
    return _NAMES.get(text, text)
