"""What forbids joining two records, however alike they look: one function for each way in which tools go wrong.

A veto never excludes anything. A pair that would have been joined but for a veto is shown to a person.
Every function takes two records' keys and says why they may not be joined, or None.
"""

from __future__ import annotations

from collections.abc import Callable

from references.duplicates.clean import Keys
from references.duplicates.kinds import MAY_BE_ONE, kind
from references.duplicates.likeness import (
    agree,
    another_of_a_column,
    author_share,
    differ,
    goes_on,
    journals_differ,
    one_cochrane_review,
    one_issue,
    same_content,
    same_identifier,
    same_place,
    same_text,
    shifted,
    title_ratio,
)

Veto = Callable[[Keys, Keys], str | None]


def untitled(a: Keys, b: Keys) -> str | None:
    """A record without a title is joined by an identifier only."""
    if (a.title and b.title) or same_identifier(a, b):
        return None
    return "one of the records has no title, and no identifier is shared"


def two_dois(a: Keys, b: Keys) -> str | None:
    """Two DOIs are two reports, unless volume, issue and first page all agree (or it is one Cochrane review)."""
    if not differ(a.doi, b.doi) or one_cochrane_review(a, b):
        return None
    if (
        agree(a.volume, b.volume) and same_place(a, b) and a.issue == b.issue and (a.issue or a.title == b.title)
    ):  # some journals have volumes only
        return None
    if same_text(a, b) and agree(a.year, b.year) and (same_place(a, b) or agree(a.volume, b.volume)):
        return None
    return f"two DOIs: {a.record.doi} and {b.record.doi}"


def one_doi_two_titles(a: Keys, b: Keys) -> str | None:
    """One DOI under two titles is that of a whole supplement, or a slip; one title at two places in two journals is a slip too."""
    if not a.doi or a.doi != b.doi or not a.title or not b.title or one_cochrane_review(a, b):
        return None
    if {a.title, *a.other_titles} & {b.title, *b.other_titles}:
        if not journals_differ(a, b) or not (differ(a.volume, b.volume) and differ(a.first_page, b.first_page)):
            return None
        return f"one DOI, {a.record.doi}, for two places"
    abstracts = a.meeting or b.meeting or a.supplement or b.supplement
    if same_place(a, b) and author_share(a, b) >= 0.6 and not journals_differ(a, b) and not abstracts:
        return None  # a title translated twice
    if not differ(a.first_page, b.first_page) and not (a.meeting or b.meeting) and (goes_on(a, b) or title_ratio(a, b) >= 0.8):
        strangers = a.people.families and b.people.families and author_share(a, b) == 0
        return f"one DOI, {a.record.doi}, for two titles by other people" if strangers else None
    return None if title_ratio(a, b) >= 0.95 and author_share(a, b) > 0 else f"one DOI, {a.record.doi}, for two titles"


def two_pmids(a: Keys, b: Keys) -> str | None:
    """Two PMIDs are two reports, unless the DOI, or the whole place in print, is one (or it is one Cochrane review)."""
    if not differ(a.record.pmid, b.record.pmid) or one_cochrane_review(a, b):
        return None
    if (a.doi and a.doi == b.doi) or (same_place(a, b) and a.title == b.title):
        return None
    return f"two PMIDs: {a.record.pmid} and {b.record.pmid}"


def notice(a: Keys, b: Keys) -> str | None:
    """A correction, comment, reply, retraction or book review is not what it is about."""
    if (a.record.title == b.record.title and a.record.type == b.record.type) or a.notice == b.notice:
        return None
    kinds = [keys.notice or "none" for keys in (a, b)]
    return f"one is a notice ({' and '.join(kinds)})"


def sibling_cochrane(a: Keys, b: Keys) -> str | None:
    """Reviews with nearly one title and two Cochrane numbers are two reviews."""
    return f"two Cochrane reviews: {a.cochrane} and {b.cochrane}" if differ(a.cochrane, b.cochrane) else None


def meeting_abstract(a: Keys, b: Keys) -> str | None:
    """A conference abstract against the later article, unless they share an identifier or their place in print."""
    if same_identifier(a, b) or same_place(a, b) or bool(a.meeting) == bool(b.meeting) or one_issue(a, b):
        return None
    if same_text(a, b):
        return None
    other = b if a.meeting else a
    short = other.first_page is not None and other.first_page == other.last_page
    one_volume = agree(a.volume, b.volume) and agree(a.year, b.year) and not journals_differ(a, b)
    if one_volume and a.title == b.title and (short or not other.first_page) and (other.supplement or not other.issue):
        return None  # an article with a volume has an issue, and pages; without them it is as likely the abstract
    elsewhere = differ(a.volume, b.volume) or differ(a.first_page, b.first_page) or journals_differ(a, b)
    named = (a.meeting or b.meeting).startswith("the journal") and agree(a.year, b.year)
    if (other.supplement or short) and not elsewhere and (named or agree(a.volume, b.volume)):
        return None  # one source names the meeting, the other the supplement it is printed in
    return f"one is a conference abstract, by {a.meeting or b.meeting}"


def supplement(a: Keys, b: Keys) -> str | None:
    """Something in a supplement against something at another place: most often an abstract and its article."""
    if same_identifier(a, b) or same_place(a, b) or a.supplement == b.supplement or same_text(a, b):
        return None
    elsewhere = differ(a.volume, b.volume) or journals_differ(a, b)
    if differ(a.first_page, b.first_page) or (elsewhere and not agree(a.first_page, b.first_page)):
        return "one is in a supplement, at another place"
    ordinary = b if a.supplement else a
    return f"one is in a supplement, the other in issue {ordinary.issue}" if ordinary.issue and not agree(a.issue, b.issue) else None


def another_place(a: Keys, b: Keys) -> str | None:
    """First page and volume, or first page and issue, differ: a reprint, another column, an abstract shown at two meetings."""
    if same_identifier(a, b) or one_cochrane_review(a, b) or 1 in (a.first_page, b.first_page) or shifted(a, b):
        return None
    if differ(a.first_page, b.first_page) and (differ(a.volume, b.volume) or differ(a.issue, b.issue)):
        return f"another place: {_place(a)} and {_place(b)}"
    return None


def another_volume(a: Keys, b: Keys) -> str | None:
    """Volume and year differ, and no page says that they are one: shown first, and printed later."""
    if same_identifier(a, b) or one_cochrane_review(a, b) or agree(a.first_page, b.first_page) or shifted(a, b):
        return None
    if differ(a.volume, b.volume) and differ(a.year, b.year) and not (agree(a.issue, b.issue) and a.issue):
        return f"another volume and year: {a.volume} of {a.year} and {b.volume} of {b.year}"
    return None


def _place(a: Keys) -> str:
    return f"{a.volume or '?'}({a.issue or '?'}):{a.first_page or '?'}"


def serial_title(a: Keys, b: Keys) -> str | None:
    """A column's title comes back: volume, issue and page, or an identifier, must say that it is the same one."""
    if same_identifier(a, b) or not (a.serial or b.serial) or (same_content(a, b) and not another_of_a_column(a, b)):
        return None
    issue = a.issue == b.issue  # both missing is one: some journals have volumes only
    if (
        a.title == b.title
        and a.volume
        and a.volume == b.volume
        and issue
        and not differ(a.first_page, b.first_page)
        and (agree(a.first_page, b.first_page) or (a.issue and author_share(a, b) > 0))
    ):
        return None
    return "a title that comes back in many issues, and volume and issue do not settle it"


def another_kind(a: Keys, b: Keys) -> str | None:
    """Book, chapter, review, thesis, report, preprint, news and article of one title are several reports.

    A shared identifier under one title overrules it: then a source named the kind wrongly.
    """
    left, right = kind(a), kind(b)
    if {"preprint", "thesis"} & {left, right}:  # an article that is not called one has a journal
        left, right = left or ("article" if a.journal else ""), right or ("article" if b.journal else "")
    kinds = frozenset(filter(None, (left, right)))
    if len(kinds) < 2 or kinds in MAY_BE_ONE:
        return None
    if same_identifier(a, b) and (not a.title or not b.title or title_ratio(a, b) >= 0.9):
        return None
    if kinds == {"article", "meeting"} and same_place(a, b):
        return None
    return f"one is of the kind {left}, the other of the kind {right}"


def other_authors(a: Keys, b: Keys) -> str | None:
    """One title by wholly other authors, where no identifier and no place is shared; Cochrane updates change hands."""
    if (
        one_cochrane_review(a, b)
        or same_identifier(a, b)
        or same_place(a, b)
        or not a.people.families
        or not b.people.families
        or author_share(a, b) > 0
    ):
        return None
    return "no author is the same"


def listed_apart(a: Keys, b: Keys) -> str | None:
    """Two entries of one database whose bylines are at odds: it lists a report once, and a column under one title each time."""
    one_database = a.record.database and a.record.database == b.record.database
    if not one_database or same_identifier(a, b) or same_place(a, b) or not a.people.families or not b.people.families:
        return None
    return None if author_share(a, b) == 1 else f"{a.record.database} lists both, with other authors"


def other_journal(a: Keys, b: Keys) -> str | None:
    """The same text in two journals: a reprint, or an abstract printed twice.

    Journals have so many names that a difference alone is not enough: the place must differ too, or title or year.
    """
    if not journals_differ(a, b) or same_identifier(a, b) or agree(a.first_page, b.first_page):
        return None
    place = differ(a.first_page, b.first_page) or differ(a.volume, b.volume)
    weak = not agree(a.volume, b.volume) and (a.title != b.title or not agree(a.year, b.year))
    return f"two journals: {a.record.journal} and {b.record.journal}" if place or weak else None
