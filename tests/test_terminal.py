"""The terminal: keys as people press them, on a real pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from references.imports import import_file
from references.review import Review
from references.visible import visible
from screening.decisions import history, standing
from tests.conftest import ris

COMMAND = [sys.executable, "-c", "from flows.cli import main; main()"]


class Terminal:
    """A command at a pseudo-terminal of its own."""

    def __init__(self, *words: str, size: tuple[int, int] = (30, 100)) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        environment = {**os.environ, "TERM": "xterm"}
        # A session of its own with this terminal, so that closing it hangs up as a closed window does.
        self.process = subprocess.Popen(
            [*COMMAND, *words], stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True, close_fds=True
        )
        os.close(slave)
        self.shown = ""

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def wait_for(self, words: str, seconds: float = 20) -> None:
        """Read what is shown until these words come."""
        import select

        end = time.monotonic() + seconds
        while words not in self.shown:
            assert time.monotonic() < end, self.shown[-3000:]
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.shown += os.read(self.master, 65536).decode(errors="replace").replace("\u00a0", " ")
                except OSError:  # the other end is closed
                    assert words in self.shown, self.shown[-3000:]

    def close(self) -> None:
        os.close(self.master)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


@pytest.fixture
def long_queue(review: Review) -> Iterator[Review]:
    """A review with 150 reports to screen."""
    path = review.folder / "imports" / "medical.ris"
    path.write_text("".join(ris(f"Partnership number {number}", DO=f"10.1000/{number}") for number in range(150)))
    assert import_file(review, path, by="test").new == 150
    yield review
    review.engine.dispose()


def decided(review: Review) -> int:
    with review.reading() as connection:
        return len(standing(history(connection, by="ana")))


def test_keys_typed_ahead_are_all_taken(long_queue: Review) -> None:
    terminal = Terminal("--review", str(long_queue.folder), "screen", "--as", "ana")
    terminal.press("i" * 120 + "q")  # before the program has even started
    terminal.wait_for("120 decisions in this sitting")
    assert terminal.process.wait(10) == 0 and decided(long_queue) == 120


def test_ctrl_c_leaves_and_what_was_decided_is_there(long_queue: Review) -> None:
    terminal = Terminal("--review", str(long_queue.folder), "screen", "--as", "ana")
    terminal.wait_for("150 to read")
    terminal.press("ie1")
    terminal.wait_for("Saved: exclude (E01_TYPE)")
    terminal.press("\x03")
    terminal.wait_for("2 decisions in this sitting")
    assert terminal.process.wait(10) == 0 and decided(long_queue) == 2


def test_a_closed_terminal_loses_nothing_and_leaves_no_process(long_queue: Review) -> None:
    terminal = Terminal("--review", str(long_queue.folder), "screen", "--as", "ana")
    terminal.press("iii")
    terminal.wait_for("3 decided")
    terminal.close()
    assert terminal.process.poll() is not None
    assert decided(long_queue) == 3


def test_an_arrow_key_or_a_foreign_letter_is_no_answer(long_queue: Review) -> None:
    terminal = Terminal("--review", str(long_queue.folder), "screen", "--as", "ana")
    terminal.wait_for("150 to read")
    terminal.press("\x1b[A")
    terminal.wait_for("'unknown' does nothing here")
    terminal.press("ø")
    terminal.wait_for("'ø' does nothing here")
    terminal.press("q")
    terminal.wait_for("0 decisions in this sitting")
    assert terminal.process.wait(10) == 0 and decided(long_queue) == 0


def test_a_note_is_a_line_and_the_next_key_is_a_key_again(long_queue: Review) -> None:
    terminal = Terminal("--review", str(long_queue.folder), "screen", "--as", "ana")
    terminal.wait_for("150 to read")
    terminal.press("o")
    terminal.wait_for("Note on this report")
    terminal.press("ask the authors\n")
    terminal.wait_for("Note: ask the authors")
    terminal.press("iq")
    terminal.wait_for("1 decisions in this sitting")
    assert terminal.process.wait(10) == 0
    with long_queue.reading() as connection:
        assert history(connection)[-1].note == "ask the authors"


def test_plain_mode_takes_lines_where_there_is_no_terminal(long_queue: Review) -> None:
    words = ["--review", str(long_queue.folder), "screen", "--as", "ana", "--plain"]
    done = subprocess.run([*COMMAND, *words], input="i\ny\nn\nq\n", capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "2 decisions in this sitting" in done.stdout and decided(long_queue) == 2


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain Øyen 中", "plain Øyen 中"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;new title\x07rest", "rest"),
        ("a\x07b\x00c\x9bd", "abcd"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\rb\r\nc", "a\nb\nc"),
        ("half \ud800 a pair", "half \ufffd a pair"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
    ],
)
def test_text_from_outside_cannot_move_the_cursor_or_turn_the_words(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_an_abstract_longer_than_the_screen_is_shown_in_parts(review: Review, tmp_path: Path) -> None:
    path = review.folder / "imports" / "medical.ris"
    path.write_text(ris("A long one", AB=" ".join(f"word{number}" for number in range(900))))
    import_file(review, path, by="test")
    terminal = Terminal("--review", str(review.folder), "screen", "--as", "ana", size=(20, 60))
    terminal.wait_for("space shows more")
    assert "word899" not in terminal.shown
    for _ in range(30):
        terminal.press(" ")
    terminal.wait_for("word899")
    terminal.press("q")
    terminal.wait_for("0 decisions in this sitting")
    assert terminal.process.wait(10) == 0
    review.engine.dispose()
