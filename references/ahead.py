"""Asking for the next page while the one before is read and stored; never more than one request at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from references.wire import Answer


class Ahead:
    """One page asked for in a thread of its own, by its cursor.

    The thread is a daemon: whoever stops the program does not wait for an answer that nobody will read.
    """

    def __init__(self, cursor: str, ask: Callable[[], Answer]) -> None:
        self.cursor = cursor
        self._ask = ask
        self._answer: Answer | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._answer = self._ask()
        except BaseException as error:  # noqa: BLE001  raised again for whoever takes the page
            self._error = error

    def done(self) -> None:
        """Wait until the request is over, whatever came of it."""
        self._thread.join()

    def take(self) -> Answer:
        """The answer, or what asking for it raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._answer is not None
        return self._answer
