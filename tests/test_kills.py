"""A process killed after any page: the next run goes on at the page where it stopped, at every source."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from references.review import Review
from references.searches import log
from tests.test_faults import COUNT, SOURCES, run, stored

DYING = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from references import walk
from references.review import Review
from tests.test_faults import run

store, left = walk._store, int(sys.argv[4])

def dying(*arguments):
    global left
    after = store(*arguments)
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return after

walk._store = dying
run(Review(Path(sys.argv[1])), sys.argv[2], sys.argv[3])
"""


@pytest.mark.parametrize(("name", "page"), [(name, page) for name, asked in SOURCES.items() for page in range(1, asked.requests + 1)])
def test_a_run_that_is_killed_goes_on_at_its_page(review: Review, name: str, page: int) -> None:
    service: Any = SOURCES[name].service
    script = DYING.format(root=str(Path(__file__).parents[1]))
    with service.Replay(service.made(COUNT)) as server:
        words = [sys.executable, "-c", script, str(review.folder), name, server.base, str(page)]
        killed = subprocess.run(words, env={**os.environ, "NO_PROXY": "127.0.0.1"}, capture_output=True, check=False)
        assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
        before = list(server.asked)
        result = run(review, name, server.base)
        after = server.asked[len(before) :]
    assert (result.state, result.total, result.retrieved, stored(review)) == ("complete", COUNT, COUNT, COUNT)
    assert len(after) == SOURCES[name].requests - page  # nothing that was stored is asked for again
    (entry,) = log(review)
    assert (entry.state, entry.pages, entry.new) == ("complete", SOURCES[name].requests, COUNT)
