"""Telling somebody what a refresh brought: one message to a web hook, as chat programs take them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from flows.refresh import Refreshed
from references.http import tell
from references.review import Review
from references.visible import counted, visible

VARIABLE = "REVIEW_NOTIFY_URL"


def notify(folder: str, done: Refreshed) -> None:
    """Post what is new and what failed to the address in REVIEW_NOTIFY_URL, if there is one and anything to say.

    The refresh does not hang on it: what goes wrong is told on stderr.
    """
    url = os.environ.get(VARIABLE)
    message = said(Review(Path(folder)).title, done)
    if url and message and (wrong := tell(url, message)):
        click.echo(visible(f"Nobody was notified: {wrong}. The refresh itself is done."), err=True)


def said(title: str, done: Refreshed) -> dict[str, Any]:
    """The message: `text` for people, and the numbers beside it. Empty where there is nothing to tell."""
    new, failures = done.after.records - done.before.records, list(done.failures)
    changed = sum(result.changed for result in done.searches)
    if not new and not failures and not changed:
        return {}
    parts = [counted(new, "new record"), counted(done.after.reports - done.before.reports, "new report")]
    parts += [counted(changed, "changed record")] if changed else []
    text = "\n".join([f"{title}: {', '.join(parts)}.", *(f"Not done: {one}" for one in failures)])
    waiting = {name: number for name, number in done.after.to_read.items() if number}
    return {"text": text, "review": title, "new_records": new, "changed_records": changed, "failures": failures, "to_read": waiting}
