"""The one error that is for people to read."""

from __future__ import annotations


class ReviewError(Exception):
    """Something a person can put right; the message says what was found, what was expected and what to do."""
