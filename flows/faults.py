"""What went wrong, in words that a person can use and that hold no secret: errors may repeat an address with its password."""

from __future__ import annotations

from pathlib import Path
from traceback import extract_tb


def in_words(error: BaseException) -> str | None:
    """What to tell a person about an error; None where it is a fault of the program."""
    from references.database import Newer
    from references.error import ReviewError
    from references.protocol import ProtocolError

    if isinstance(error, (ReviewError, ProtocolError, Newer)):
        return str(error)
    if isinstance(error, OSError):
        place = f" ({error.filename})" if error.filename else ""
        return f"The system says: {error.strerror or type(error).__name__}{place}. Nothing that was saved before is lost."
    if type(error).__module__.startswith("sqlalchemy") and getattr(error, "orig", None) is not None:
        # The statement and its values are left out on purpose: a row holds somebody's words.
        return f"The database says: {str(error.orig).strip()}. Nothing of this step was saved; what was saved before is safe."  # type: ignore[attr-defined]
    return None


def told(error: BaseException) -> str:
    """The same, and of a fault of the program its kind and place alone."""
    place = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in extract_tb(error.__traceback__)[-3:]]
    return in_words(error) or f"a fault of the program, {type(error).__name__} at {' < '.join(reversed(place))}; please report it"
