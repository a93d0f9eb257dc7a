"""Which pairs are worth comparing: records that share a key exactly. All pairs would be too many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from itertools import combinations

from references.duplicates.clean import Keys

LARGEST = 50  # records in a block that are all compared with each other; beyond it, neighbours in order of title
NEIGHBOURS = 6
ENDS = 20  # letters at either end of a title: enough to be rare, short enough to miss most slips


def candidates(records: Sequence[Keys]) -> list[tuple[int, int]]:
    """Pairs of positions (i, j), i before j, that share a blocking key; each pair once, in order.

    Nearly every true pair shares one (99.9 % in the labelled sets this was tried on), at one to two pairs a record.
    """
    blocks: dict[Hashable, list[int]] = defaultdict(list)
    for place, keys in enumerate(records):
        for key in blocking_keys(keys):
            blocks[key].append(place)
    pairs: set[tuple[int, int]] = set()
    for members in blocks.values():
        pairs.update(combinations(members, 2) if len(members) <= LARGEST else _neighbours(members, records))
    return sorted(pairs)


def _neighbours(members: Sequence[int], records: Sequence[Keys]) -> Iterator[tuple[int, int]]:
    """Pairs that stand close in the order of title, year, volume, first page: a full block would be quadratic."""

    def order(place: int) -> tuple[object, ...]:
        keys = records[place]
        return keys.title, keys.year or 0, keys.volume or 0, keys.issue or 0, keys.first_page or 0, keys.family, keys.record.id

    ordered = sorted(members, key=order)
    for start, place in enumerate(ordered):
        for other in ordered[start + 1 : start + 1 + NEIGHBOURS]:
            yield min(place, other), max(place, other)


def blocking_keys(keys: Keys) -> Iterator[tuple[Hashable, ...]]:
    """The keys of a record: identifiers, titles, ends of the title with a number or a name, and its place in print."""
    record = keys.record
    for kind, value in (("doi", keys.doi), ("pmid", record.pmid), ("pmcid", record.pmcid), ("cochrane", keys.cochrane)):
        if value:
            yield kind, value
    if record.accession and record.database:
        yield "accession", record.database, record.accession
    for title in (keys.title, *keys.other_titles):
        if title:
            yield "title", title
    yield from _ends_of_title(keys)
    yield from _place_in_print(keys)


def _ends_of_title(keys: Keys) -> Iterator[tuple[Hashable, ...]]:
    if not keys.title:
        return
    for end, part in (("start", keys.title[:ENDS]), ("end", keys.title[-ENDS:])):
        for kind, value in (("year", keys.year), ("page", keys.first_page), ("by", keys.family)):
            if value:
                yield end, kind, part, value


def _place_in_print(keys: Keys) -> Iterator[tuple[Hashable, ...]]:
    page, volume, year, family = keys.first_page, keys.volume, keys.year, keys.family
    if page and volume and year:
        yield "page volume year", page, volume, year
    if page and volume and family:
        yield "page volume by", page, volume, family
    if page and year and family:
        yield "page year by", page, year, family
    if year and family and keys.journal:
        yield "year by journal", year, family, keys.journal[0][:3]
    if year and page and keys.journal:
        yield "year page journal", year, page, keys.journal[0][:3]
