"""Which pairs are worth comparing: records that share a key exactly. All pairs would be too many."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import combinations

from references.duplicates.clean import Keys

LARGEST = 50  # records in a block that are all compared with each other; beyond it, neighbours in order of title
NEIGHBOURS = 6
PART = 20  # letters at either end of a title: enough to be rare, short enough to miss most slips
LONGER_PART = 30  # at its end with the year alone, since many titles end alike: "... in the rat: a systematic review"

Placed = Iterable[tuple[Hashable, int]]  # keys, each with the position of its record


def candidates(records: Sequence[Keys]) -> list[tuple[int, int]]:
    """Pairs of positions (i, j), i before j, that share a blocking key; each pair once, in order.

    Nearly every true pair shares one (99.9 % in the labelled sets this was tried on), at one to two pairs a record.
    One kind of key after the other, so that no more than one has to be held.
    """
    count = len(records)
    pairs: set[int] = set()  # i * count + j: a number takes half the room of a tuple
    for kind in KINDS:
        for members in _blocks(kind(records)):
            pairs.update([i * count + j for i, j in near(members, records)])
    return [divmod(pair, count) for pair in sorted(pairs)]


def hashed(records: Sequence[Keys]) -> Iterator[tuple[int, int]]:
    """The keys of all records as numbers of 64 bits that stay the same for ever, each with the position of its record."""
    for number, kind in enumerate(KINDS):
        for key, place in kind(records):
            text = f"{number} {key!r}".encode("utf-8", "backslashreplace")
            yield int.from_bytes(blake2b(text, digest_size=8).digest(), "big", signed=True), place


def near(members: Sequence[int], records: Sequence[Keys]) -> Iterable[tuple[int, int]]:
    """The pairs of a block, by position in ascending order: all of a small one; in a large one those that stand close."""
    return combinations(members, 2) if len(members) <= LARGEST else _neighbours(members, records)


def _blocks(placed: Placed) -> Iterable[list[int]]:
    """The positions that share a key, in order, for each key that more than one has."""
    first: dict[Hashable, int] = {}
    blocks: dict[Hashable, list[int]] = {}
    for key, place in placed:
        before = first.setdefault(key, place)
        if before != place:
            blocks.setdefault(key, [before]).append(place)
    return blocks.values()


def _neighbours(members: Sequence[int], records: Sequence[Keys]) -> Iterator[tuple[int, int]]:
    """Pairs that stand close in the order of title, year, volume, first page: a full block would be quadratic."""

    def order(place: int) -> tuple[object, ...]:
        keys = records[place]
        return keys.title, keys.year or 0, keys.volume or 0, keys.issue or 0, keys.first_page or 0, keys.family, keys.record.id

    ordered = sorted(members, key=order)
    for start, place in enumerate(ordered):
        for other in ordered[start + 1 : start + 1 + NEIGHBOURS]:
            yield min(place, other), max(place, other)


def _identifiers(name: str) -> Callable[[Sequence[Keys]], Placed]:
    return lambda records: [(value, place) for place, keys in enumerate(records) if (value := getattr(keys.record, name))]


def _of_keys(name: str) -> Callable[[Sequence[Keys]], Placed]:
    return lambda records: [(value, place) for place, keys in enumerate(records) if (value := getattr(keys, name))]


def _accessions(records: Sequence[Keys]) -> Placed:
    numbered = ((keys.record, place) for place, keys in enumerate(records))
    return (((one.database, one.accession), place) for one, place in numbered if one.accession and one.database)


def _titles(records: Sequence[Keys]) -> Placed:
    """Titles, parallel ones too."""
    for place, keys in enumerate(records):
        if keys.title:
            yield keys.title, place
        for other in keys.other_titles:
            if other != keys.title:
                yield other, place


def _beginnings(name: str) -> Callable[[Sequence[Keys]], Placed]:
    return lambda records: [((keys.title[:PART], value), place) for keys, value, place in _titled(records, name)]


def _ends(name: str, letters: int = PART) -> Callable[[Sequence[Keys]], Placed]:
    return lambda records: [((keys.title[-letters:], value), place) for keys, value, place in _titled(records, name)]


def _titled(records: Sequence[Keys], name: str) -> Iterator[tuple[Keys, Hashable, int]]:
    return ((keys, value, place) for place, keys in enumerate(records) if (value := getattr(keys, name)) and keys.title)


def _pages(records: Sequence[Keys]) -> Placed:
    """First page, volume and year."""
    numbers = ((keys.first_page, keys.volume, keys.year, place) for place, keys in enumerate(records))
    return (((page, volume, year), place) for page, volume, year, place in numbers if page and volume and year)


def _pages_and_people(records: Sequence[Keys]) -> Placed:
    """First page, volume and first author, whatever the year."""
    found = ((keys.first_page, keys.volume, keys.family, place) for place, keys in enumerate(records))
    return (((page, volume, family), place) for page, volume, family, place in found if page and volume and family)


def _journals(name: str) -> Callable[[Sequence[Keys]], Placed]:
    """The year, how the journal's name begins (it may be abbreviated), and one more field."""
    return lambda records: [
        ((value, keys.year, keys.journal[0][:3]), place)
        for place, keys in enumerate(records)
        if keys.year and keys.journal and (value := getattr(keys, name))
    ]


KINDS: tuple[Callable[[Sequence[Keys]], Placed], ...] = (
    _of_keys("doi"), _identifiers("pmid"), _identifiers("pmcid"), _of_keys("cochrane"), _accessions, _titles,
    _beginnings("year"), _beginnings("first_page"), _beginnings("family"), _ends("year", LONGER_PART), _ends("family"),
    _pages, _pages_and_people, _journals("family"), _journals("first_page"),
)  # fmt: skip
