"""Telling somebody what a refresh brought: one message to a web hook, as chat programs take them."""

from __future__ import annotations

import os
from pathlib import Path

import click

from flows.refreshed import Refreshed, message
from references.http import tell
from references.review import Review
from references.visible import visible

VARIABLE = "REVIEW_NOTIFY_URL"


def notify(folder: str, done: Refreshed) -> None:
    """Post what is new and what failed to the address in REVIEW_NOTIFY_URL, if there is one and anything to say.

    The refresh does not hang on it: what goes wrong is told on stderr.
    """
    url = os.environ.get(VARIABLE)
    said = message(Review(Path(folder)).title, done)
    if url and said and (wrong := tell(url, said)):
        click.echo(visible(f"Nobody was notified: {wrong}. The refresh itself is done."), err=True)
