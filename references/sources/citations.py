"""Citation searching at OpenAlex: the works that cite certain works, or that these cite. Pure functions, no I/O.

The service is OpenAlex's and so are its rules (openalex.py). The records have a source of their own, because PRISMA counts what
citation searching found apart from what a search of the database found, also where it is the same work.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from references.error import ReviewError
from references.record import Record, record_id
from references.sources import openalex
from references.sources.openalex import (
    BASE,
    DATE,
    MOST,
    PAGE_SIZE,
    REPEATABLE,
    SECRETS,
    SLACK,
    START,
    diagnostics,
    flaw,
    limits,
    next_cursor,
    passing,
    read,
    refusal,
    total,
    wanted,
    withheld,
)  # fmt: skip
from references.sources.source import Question
from references.wire import Request

__all__ = [
    "BACKWARD", "BASE", "DATE", "DIRECTIONS", "FORWARD", "NAME", "PAGE_SIZE", "PLATFORM", "REPEATABLE", "SECRETS", "SERVICE",
    "SLACK", "START",
    "diagnostics", "flaw", "limits", "lookup", "next_cursor", "passing", "queries", "read", "records", "refusal", "request", "total",
    "wanted", "withheld",
]  # fmt: skip

NAME = "citations"
SERVICE = openalex.NAME
PLATFORM = "OpenAlex citations"
FORWARD, BACKWARD = "forward", "backward"  # the works that cite the seed references, and those that these cite (TARCiS 2024, item 1)
DIRECTIONS = {FORWARD: "cites", BACKWARD: "cited_by"}  # OpenAlex's filters
_SEEDS = re.compile(rf"({'|'.join(DIRECTIONS.values())}):W[1-9]\d*(\|W[1-9]\d*)*(,from_publication_date:[0-9-]{{10}})?")


def queries(direction: str, works: Sequence[str]) -> list[str]:
    """The queries of a direction for these works ("W2741809807"), as many of them in each as OpenAlex takes; {from} is left in them."""
    parts = (works[start : start + MOST] for start in range(0, len(works), MOST))
    return [f"{DIRECTIONS[direction]}:{'|'.join(part)},from_publication_date:{{from}}" for part in parts]


def request(question: Question, cursor: str) -> Request:
    """The request for the page at a cursor. ReviewError for a line that is no citation search."""
    if not _SEEDS.fullmatch(query := question.query.strip()):
        raise ReviewError(
            f"The citation search {query[:120]!r} cannot be asked: expected cites: (the works that cite these) or cited_by: (the works "
            "that these cite), and OpenAlex's numbers parted by strokes, as in cites:W2741809807|W2755950973."
        )
    return openalex.request(question, cursor)


def records(answer: Any) -> list[Record]:
    """The records of a page, in its order. Changed where one has no id, without which it cannot be named."""
    return [replace(record, source=NAME, id=record_id(NAME, record.key)) for record in openalex.records(answer)]


def lookup(dois: Sequence[str], pmids: Sequence[str], at_once: int) -> list[str]:
    """None: whoever looks reports up at OpenAlex does so there."""
    return []
