"""The pairs of many records in shares, which may be compared in other processes and on other machines."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterator, Sequence

from references.duplicates.clean import Keys
from references.duplicates.group import Edge
from references.duplicates.pairs import Pair, edges_of

SHARE = 5_000  # pairs in one share: half a second of work, which is worth carrying somewhere else
MOST = 64  # shares


class Part:
    """A share of the pairs with the records they are of: all that comparing them needs, wherever it is done.

    A plain class: Prefect looks through tuples and dataclasses for futures, record by record.
    """

    def __init__(self, known: list[Keys], pairs: list[Pair]) -> None:
        self.known = known
        self.pairs = pairs  # positions in `known`

    def edges(self) -> list[Edge]:
        """What edges_of() gives for them."""
        return edges_of(self.known, self.pairs)

    def packed(self) -> bytes:
        """For another process."""
        return zlib.compress(pickle.dumps((self.known, self.pairs), pickle.HIGHEST_PROTOCOL), 1)

    @staticmethod
    def unpacked(packed: bytes) -> Part:
        """What packed() was called on."""
        return Part(*pickle.loads(zlib.decompress(packed)))


def parts(known: Sequence[Keys], pairs: Sequence[Pair]) -> Iterator[Part]:
    """The pairs in shares of SHARE, or MOST shares of equal size; what edges_of() gives for each, in order, is what it gives for all."""
    size = max(SHARE, -(-len(pairs) // MOST))
    for start in range(0, len(pairs), size):
        some = pairs[start : start + size]
        here = {place: new for new, place in enumerate(sorted({place for pair in some for place in pair}))}
        yield Part([known[place] for place in here], [(here[i], here[j]) for i, j in some])
