"""Telling somebody what a refresh brought: one message to a web hook, as chat programs take them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from flows.refreshed import Refreshed, message, plain
from references.http import tell
from references.review import Review
from references.visible import visible

VARIABLE = "REVIEW_NOTIFY_URL"


def notify(folder: str, done: Refreshed) -> None:
    """Post what is new and what failed to the address in REVIEW_NOTIFY_URL, if there is one and anything to say.

    The refresh does not hang on it: what goes wrong is told on stderr.
    """
    _post(message(Review(Path(folder)).title, done), "The refresh itself is done.")


def notify_fault(folder: str, what: str) -> None:
    """Post that a refresh ended before it was done, and why."""
    _post(
        {"text": plain(f"{Path(folder).name}: the refresh ended before it was done: {what}"), "review": Path(folder).name, "fault": what},
        "The refresh was not done.",
    )


def _post(said: dict[str, Any], after: str) -> None:
    url = os.environ.get(VARIABLE)
    if url and said and (wrong := tell(url, said)):
        click.echo(visible(f"Nobody was notified: {wrong}. {after}"), err=True)
