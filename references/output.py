"""Files that a command writes: none over a file it reads, and each there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from references.error import ReviewError


def check_output(path: Path, others: Iterable[Path]) -> None:
    """ReviewError where a file may not be written: its folder is not there, it is no ordinary file, or one of the others."""
    if path.name == "-" or (path.exists() and not path.is_file()):
        raise ReviewError(f"{path} is no ordinary file; give the name of a file to write.")
    if not path.absolute().parent.is_dir():
        raise ReviewError(f"{path} cannot be written: there is no folder {path.parent}. Make it, or name another file.")
    if any(path.resolve() == other.resolve() or (path.exists() and other.exists() and path.samefile(other)) for other in others):
        raise ReviewError(f"{path} is one of the other files of this command; write to another file.")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file to write in the place of `path`: it takes that place when the block ends, and is gone when the block fails.

    What `path` links to is replaced, not the link. Two processes that write one file do not meet: the later one stands.
    """
    path = path.resolve()
    half = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        yield half
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
