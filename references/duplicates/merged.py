"""A report: the records judged the same, none of them changed, and one value of each field to show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

from references.duplicates.kinds import is_preprint
from references.duplicates.place import journal_words
from references.duplicates.signs import meeting_sign
from references.record import Record


@dataclass(frozen=True, kw_only=True)
class Report:
    """A document as PRISMA 2020 means it: one or more records judged the same. The records stay as they came."""

    records: tuple[Record, ...]  # in the order they were given

    @property
    def id(self) -> str:
        """The id of the first record."""
        return self.records[0].id

    @cached_property
    def _chosen(self) -> dict[str, Record]:
        """The record that each field to show is taken from; no entry where no record has the field."""
        found = {name: choose(name, self.records) for name in _SHOWN}
        return {name: record for name, record in found.items() if record is not None}

    @cached_property
    def came_from(self) -> dict[str, str]:
        """{field: id of the record it was taken from}, for the fields that `shown` has."""
        return {name: record.id for name, record in self._chosen.items()}

    @cached_property
    def shown(self) -> Record:
        """The report as one record to read: id, source and key of the first record, each field by its rule (see RULES)."""
        if len(self.records) == 1:
            return self.records[0]
        values: dict[str, Any] = {name: getattr(record, name) for name, record in self._chosen.items()}
        return replace(self.records[0], **{name: values.get(name, _EMPTY[name]) for name in _SHOWN}, origins=(), unread=())

    @property
    def title(self) -> str:
        return self.shown.title

    @property
    def authors(self) -> tuple[str, ...]:
        return self.shown.authors

    @property
    def year(self) -> int | None:
        return self.shown.year

    @property
    def journal(self) -> str | None:
        return self.shown.journal

    @property
    def doi(self) -> str | None:
        return self.shown.doi

    @property
    def abstract(self) -> str | None:
        return self.shown.abstract

    @property
    def type(self) -> str | None:
        return self.shown.type


Rule = Callable[[str, Sequence[Record]], Record]


def first(name: str, having: Sequence[Record]) -> Record:
    """The first record that has the field."""
    return having[0]


def longest(name: str, having: Sequence[Record]) -> Record:
    """The longest text; the first of equals."""
    return max(having, key=lambda record: len(getattr(record, name)))


def fullest_list(name: str, having: Sequence[Record]) -> Record:
    """The list with most entries, then with most letters, so that "Huby, Guro" wins over "Huby G"."""
    return max(having, key=lambda record: (len(getattr(record, name)), sum(map(len, getattr(record, name)))))


def longest_not_in_capitals(name: str, having: Sequence[Record]) -> Record:
    """The longest text among those that are not all capitals, if there are any."""
    return longest(name, [record for record in having if not getattr(record, name).isupper()] or having)


def full_name(name: str, having: Sequence[Record]) -> Record:
    """The name with most letters in its words: the full one, not the abbreviation; capitals only where there is nothing else."""
    usual = [record for record in having if not getattr(record, name).isupper()] or having
    return max(usual, key=lambda record: sum(map(len, journal_words(getattr(record, name)))))


def by_vote(name: str, having: Sequence[Record]) -> Record:
    """The value that most records have; of equals, the one met first."""
    votes = Counter(getattr(record, name) for record in having)
    return max(having, key=lambda record: votes[getattr(record, name)])


def latest(name: str, having: Sequence[Record]) -> Record:
    """The latest: print after ahead of print."""
    return max(having, key=lambda record: getattr(record, name))


def most_exact_date(name: str, having: Sequence[Record]) -> Record:
    """The most exact date, then the latest, among those of the year that is shown."""
    years = [record.year for record in having if record.year]
    of_year = [record for record in having if years and (record.date or "").startswith(str(max(years)))] or having
    return max(of_year, key=lambda record: (len(record.date or ""), record.date or ""))


def most_complete_place(name: str, having: Sequence[Record]) -> Record:
    """Volume, issue and pages from the record that has most of the three, so that they are one place."""
    return max(having, key=lambda record: sum(bool(part) for part in (record.volume, record.issue, record.pages)))


RULES: dict[str, Rule] = {
    "title": longest_not_in_capitals, "title_alt": longest_not_in_capitals, "authors": fullest_list, "editors": fullest_list,
    "year": latest, "date": most_exact_date, "type": by_vote, "journal": full_name,
    "volume": most_complete_place, "issue": most_complete_place, "pages": most_complete_place,
    "doi": by_vote, "pmid": by_vote, "pmcid": by_vote, "issn": by_vote, "isbn": by_vote, "language": by_vote,
    "abstract": longest, "abstract_alt": fullest_list,
    "keywords": fullest_list, "publisher": first, "url": first, "database": first, "accession": first,
    "retracted": first,  # one source that says so is enough
}  # fmt: skip

_SHOWN = tuple(field.name for field in fields(Record) if field.name in RULES)
_EMPTY: dict[str, Any] = {field.name: field.default for field in fields(Record)}


PLACE = ("volume", "issue", "pages")
OF_ONE_VERSION = frozenset(("year", "date", "pmid", "pmcid", *PLACE))


def choose(name: str, records: Sequence[Record]) -> Record | None:
    """The record that a field is shown from, by its rule; None where no record has it.

    Preprints and abstracts stand back. So do records with another DOI than the one that is shown, where a field tells
    of one version of a document, such as the year of a Cochrane review; its place is never put together from two versions.
    """
    having = [record for record in records if _has(record, name)]
    final = [record for record in having if not is_preprint(record) and not meeting_sign(record)] or having
    if name in OF_ONE_VERSION and len({record.doi for record in records if record.doi}) > 1:
        shown = choose("doi", records)
        version = [record for record in records if not record.doi or (shown and record.doi == shown.doi)]
        if name in PLACE and any(_has(record, part) for record in version for part in PLACE):
            return _ruled(name, [record for record in final if record in version])
        final = [record for record in final if record in version] or final
    return _ruled(name, final)


def _ruled(name: str, having: Sequence[Record]) -> Record | None:
    return RULES[name](name, having) if having else None


def _has(record: Record, name: str) -> bool:
    return getattr(record, name) not in (None, "", (), False)
