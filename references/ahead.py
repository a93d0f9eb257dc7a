"""Asking for the next page while the one before is read and stored; never more than one request at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from references.wire import Answer


class Ahead:
    """At most one page that is asked for in a thread of its own, by its cursor.

    The thread is a daemon: whoever stops the program does not wait for an answer that nobody will read.
    """

    def __init__(self) -> None:
        self._cursor: str | None = None
        self._thread: threading.Thread | None = None
        self._answer: Answer | None = None
        self._error: BaseException | None = None

    def begin(self, cursor: str, ask: Callable[[], Answer]) -> None:
        """Begin to ask for the page at a cursor; the one before must have been taken, or be over."""
        self.done()

        def run() -> None:
            try:
                self._answer = ask()
            except BaseException as error:  # noqa: BLE001  raised again for whoever takes the page
                self._error = error

        self._cursor, self._thread = cursor, threading.Thread(target=run, daemon=True)
        self._thread.start()

    def take(self, cursor: str) -> Answer | None:
        """The page at a cursor, or what asking for it raised; None where another one, or none, was asked for."""
        asked = self._cursor == cursor
        if self._thread:
            self._thread.join()
        answer, error = self._answer, self._error
        self.done()
        if asked and error is not None:
            raise error
        return answer if asked else None

    def done(self) -> None:
        """Wait until the request is over, and forget it."""
        if self._thread:
            self._thread.join()
        self._cursor = self._thread = self._answer = self._error = None
