"""The little that draws a screen and reads a key; shared by all sittings.

A sitting decides, the terminal only draws. A sitting has `view(width)`, which says what to show, and
`press(key)`, which says what happens next: None (draw again), an Ask for a line of text, or LEAVE.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console
from rich.text import Text

LEAVE = "leave"
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


def packed(pieces: Iterable[Text]) -> Text:
    """Pieces side by side with two blanks between, as many to a line as the terminal is wide, none broken."""
    text, used, width = Text(), 0, shutil.get_terminal_size().columns
    for piece in pieces:
        if used and used + len(piece) > width:
            text.append("\n")
            used = 0
        text.append_text(piece).append("  ")
        used += len(piece) + 2
    return text


class NoTerminal(Exception):
    """Keys were wanted where nobody can press any."""


def run(sitting: Sitting, *, plain: bool = False) -> None:
    """Let a person work until they leave. `plain`: a line for each key, nothing redrawn; for screen readers and scripts."""
    plain = plain or os.environ.get("TERM") == "dumb"
    if not plain and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise NoTerminal("there is no terminal to press keys at")
    console = Console(highlight=False, soft_wrap=False)
    keyboard = Lines() if plain else Keyboard()
    offset = 0
    with keyboard:
        while True:
            view = sitting.view()
            lines = _draw_plain(console, view) if plain else _draw(console, view, offset)
            key = keyboard.key()
            if key in (" ", "b") and not plain and (moved := _scroll(key, offset, lines, _room(console, view))) != offset:
                offset = moved
                continue
            answer = sitting.press(key)
            if key != " ":
                offset = 0
            if isinstance(answer, Ask):
                with keyboard.lines():
                    _ask(console, answer)
            elif answer == LEAVE:
                break
    console.print(sitting.farewell())


def _room(console: Console, view: View) -> int:
    fixed = sum(len(part.wrap(console, console.width)) for part in (view.head, view.foot))
    return max(3, console.height - fixed - 4)  # two rules, the line that says there is more, and the line of the cursor


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


def _ask(console: Console, ask: Ask) -> None:
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


class Lines:
    """Keys out of lines: the first letter of each, Enter for an empty one."""

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def key(self) -> str:
        """The next key; END when the input is at its end."""
        try:
            line = input("> ").strip()
        except KeyboardInterrupt:
            return INTERRUPT
        except EOFError:
            return END
        return _NAMES.get(line, line[:1]) if line else ENTER

    @contextmanager
    def lines(self) -> Iterator[None]:
        """Lines are what is read anyway."""
        yield


class Keyboard:
    """Single key presses, those typed ahead too. The terminal is as it was again when the block is left.

    Ctrl-C comes as a key like any other, so that it can never break into the middle of a save.
    """

    def __enter__(self) -> Keyboard:
        if os.name != "nt":
            import termios

            self.before = termios.tcgetattr(sys.stdin.fileno())
            self._single()
        return self

    def __exit__(self, *_: object) -> None:
        if os.name != "nt":
            import termios

            termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, self.before)

    def _single(self) -> None:
        import termios
        import tty

        tty.setcbreak(sys.stdin.fileno(), termios.TCSANOW)  # NOW and not FLUSH: what was typed ahead stays
        attributes = termios.tcgetattr(sys.stdin.fileno())
        attributes[3] &= ~termios.ISIG
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, attributes)

    def key(self) -> str:
        """The next key by its letter or its name; "unknown" for arrows and the like, END when the terminal is gone."""
        if os.name == "nt":
            import msvcrt

            pressed: str = msvcrt.getwch()  # type: ignore[attr-defined,unused-ignore]
            return _NAMES.get(pressed, pressed)
        return _one_key(sys.stdin.fileno())

    @contextmanager
    def lines(self) -> Iterator[None]:
        """Whole lines, with echo and editing, until the block is left."""
        if os.name == "nt":
            yield
            return
        import termios

        termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self.before)
        try:
            yield
        finally:
            self._single()


def _one_key(fd: int) -> str:
    import select

    data = os.read(fd, 1)
    if data == b"\x1b" and select.select([fd], [], [], 0.02)[0]:
        os.read(fd, 16)  # an arrow or function key sends several bytes: none of them is an answer
        return "unknown"
    if data and data[0] >= 0xC0:  # a letter beyond ASCII comes in two to four bytes
        data += os.read(fd, 3 if data[0] >= 0xF0 else 2 if data[0] >= 0xE0 else 1)
    text = data.decode(errors="replace")
    return _NAMES.get(text, text)
