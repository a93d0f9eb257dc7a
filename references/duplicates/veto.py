"""What forbids joining two records, however alike they look: one function for each way in which tools go wrong.

A veto never excludes anything. A pair that would have been joined but for a veto is shown to a person.
Every function takes two records' keys and says why they may not be joined, or None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from rapidfuzz import fuzz

from references.duplicates.clean import Keys
from references.duplicates.compare import another_of_a_column, author_share, goes_on, same_content, same_name, text_ratio, title_ratio
from references.duplicates.fold import spelling

Veto = Callable[[Keys, Keys], str | None]


def same_identifier(a: Keys, b: Keys) -> bool:
    """Whether a DOI, PMID or PMCID is shared."""
    pairs = ((a.doi, b.doi), (a.record.pmid, b.record.pmid), (a.record.pmcid, b.record.pmcid))
    return any(left and left == right for left, right in pairs)


def same_place(a: Keys, b: Keys) -> bool:
    """Whether pages and volume, or pages and year where a volume is missing, agree; the first may be one off where the last agrees."""
    if not a.first_page or not b.first_page:
        return False
    if a.first_page != b.first_page and not (a.last_page and a.last_page == b.last_page and abs(a.first_page - b.first_page) == 1):
        return False
    if a.volume and b.volume:
        return a.volume == b.volume
    return a.year is not None and a.year == b.year


def same_issue(a: Keys, b: Keys) -> bool:
    """Whether volume and issue agree, and no two years or first pages differ."""
    together = _agree(a.volume, b.volume) and _agree(a.issue, b.issue)
    return together and not _differ(a.year, b.year) and not _differ(a.first_page, b.first_page)


def _differ(left: object, right: object) -> bool:
    """Both there and not the same."""
    return bool(left and right and left != right)


def _agree(left: object, right: object) -> bool:
    """Both there and the same."""
    return bool(left and left == right)


def _journals_differ(a: Keys, b: Keys) -> bool:
    return bool(a.journal and b.journal and not same_name(a.journal, b.journal))


def same_text(a: Keys, b: Keys) -> bool:
    """Whether title and abstract are word for word the same in one journal: an abstract and its article never are."""
    return a.title == b.title and not _journals_differ(a, b) and not _differ(a.first_page, b.first_page) and text_ratio(a, b) >= 0.9


def untitled(a: Keys, b: Keys) -> str | None:
    """A record without a title is joined by an identifier only."""
    if (a.title and b.title) or same_identifier(a, b):
        return None
    return "one of the records has no title, and no identifier is shared"


def two_dois(a: Keys, b: Keys) -> str | None:
    """Two DOIs are two reports, unless volume, issue and first page all agree (or it is one Cochrane review)."""
    if not _differ(a.doi, b.doi) or (a.cochrane and a.cochrane == b.cochrane):
        return None
    if (
        _agree(a.volume, b.volume) and same_place(a, b) and a.issue == b.issue and (a.issue or a.title == b.title)
    ):  # some journals have volumes only
        return None
    if same_text(a, b) and _agree(a.year, b.year) and (same_place(a, b) or _agree(a.volume, b.volume)):
        return None
    return f"two DOIs: {a.record.doi} and {b.record.doi}"


def one_doi_two_titles(a: Keys, b: Keys) -> str | None:
    """One DOI under two titles is that of a whole supplement, or a slip; one title at two places in two journals is a slip too."""
    if not a.doi or a.doi != b.doi or not a.title or not b.title:
        return None
    if {a.title, *a.other_titles} & {b.title, *b.other_titles}:
        if not _journals_differ(a, b) or not (_differ(a.volume, b.volume) and _differ(a.first_page, b.first_page)):
            return None
        return f"one DOI, {a.record.doi}, for two places"
    abstracts = a.meeting or b.meeting or a.supplement or b.supplement
    if same_place(a, b) and author_share(a, b) >= 0.6 and not _journals_differ(a, b) and not abstracts:
        return None  # a title translated twice
    if not _differ(a.first_page, b.first_page) and not (a.meeting or b.meeting) and (goes_on(a, b) or title_ratio(a, b) >= 0.8):
        return None
    return None if title_ratio(a, b) >= 0.95 and author_share(a, b) > 0 else f"one DOI, {a.record.doi}, for two titles"


def two_pmids(a: Keys, b: Keys) -> str | None:
    """Two PMIDs are two reports, unless the DOI, or the whole place in print, is one (or it is one Cochrane review)."""
    if not _differ(a.record.pmid, b.record.pmid) or (a.cochrane and a.cochrane == b.cochrane):
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
    return f"two Cochrane reviews: {a.cochrane} and {b.cochrane}" if _differ(a.cochrane, b.cochrane) else None


def meeting_abstract(a: Keys, b: Keys) -> str | None:
    """A conference abstract against the later article, unless they share an identifier or their place in print."""
    if same_identifier(a, b) or same_place(a, b) or bool(a.meeting) == bool(b.meeting) or same_issue(a, b):
        return None
    if same_text(a, b):
        return None
    other = b if a.meeting else a
    short = other.first_page is not None and other.first_page == other.last_page  # an article is longer than one page
    elsewhere = _differ(a.volume, b.volume) or _differ(a.first_page, b.first_page) or _journals_differ(a, b)
    named = (a.meeting or b.meeting).startswith("the journal") and _agree(a.year, b.year)
    if (other.supplement or short) and not elsewhere and (named or _agree(a.volume, b.volume)):
        return None  # one source names the meeting, the other the supplement it is printed in
    return f"one is a conference abstract, by {a.meeting or b.meeting}"


def supplement(a: Keys, b: Keys) -> str | None:
    """Something in a supplement against something at another place: most often an abstract and its article."""
    if same_identifier(a, b) or same_place(a, b) or a.supplement == b.supplement or same_text(a, b):
        return None
    elsewhere = _differ(a.volume, b.volume) or _journals_differ(a, b)
    if _differ(a.first_page, b.first_page) or (elsewhere and not _agree(a.first_page, b.first_page)):
        return "one is in a supplement, at another place"
    return None


def another_place(a: Keys, b: Keys) -> str | None:
    """First page and volume, or first page and issue, differ: a reprint, another column, an abstract shown at two meetings."""
    if same_identifier(a, b) or (a.cochrane and a.cochrane == b.cochrane) or 1 in (a.first_page, b.first_page):
        return None
    if _differ(a.first_page, b.first_page) and (_differ(a.volume, b.volume) or _differ(a.issue, b.issue)):
        return f"another place: {_place(a)} and {_place(b)}"
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
        and not _differ(a.first_page, b.first_page)
        and (a.issue or a.first_page == b.first_page)
    ):
        return None
    return "a title that comes back in many issues, and volume and issue do not settle it"


def numbers_differ(a: Keys, b: Keys) -> str | None:
    """Part I and Part II, phase 2 and phase 3, 2015 and 2018."""
    if a.title == b.title or not a.title or not b.title or a.numbers == b.numbers:
        return None
    if (same_identifier(a, b) or same_place(a, b)) and not (a.meeting or b.meeting):
        return None  # a slip or a lost formula; abstracts share pages
    only = (Counter(a.numbers) - Counter(b.numbers), Counter(b.numbers) - Counter(a.numbers))
    if _footnote(a, b) or _footnote(b, a):
        return None
    return f"numbers in the titles differ: {_list(only[0])} and {_list(only[1])}"


def _footnote(a: Keys, b: Keys) -> bool:
    """Whether the title of `a` ends in the marks of footnotes ("1", "1, 2"), which programs that read PDFs take for a part of it."""
    more = sorted((Counter(a.numbers) - Counter(b.numbers)).elements())
    marks = [str(number + 1) for number in range(len(more))]
    only = len(a.numbers) == len(b.numbers) + len(more)
    return only and more == marks and a.title.endswith("".join(marks)) and same_issue(a, b) and author_share(a, b) > 0


def words_replaced(a: Keys, b: Keys) -> str | None:
    """Companion papers: "adult" against "adolescent" in otherwise one title. A slip is forgiven where no other page speaks against it."""
    if a.title == b.title or not a.title or not b.title or same_identifier(a, b) or same_place(a, b):
        return None
    if {a.title, *a.other_titles} & {b.title, *b.other_titles}:
        return None
    left, right = _only(a, b), _only(b, a)
    if not left or not right or "".join(left) == "".join(right):
        return None
    if not _differ(a.first_page, b.first_page) and (same_issue(a, b) or fuzz.ratio("".join(left), "".join(right)) >= 80):
        return None
    return f"words replaced in the title: {_list(left)} against {_list(right)}"


def _only(a: Keys, b: Keys) -> list[str]:
    there = Counter(spelling(word) for word in b.words)
    found = []
    for word in a.words:
        if there[spelling(word)] > 0:
            there[spelling(word)] -= 1
        else:
            found.append(word)
    return found


def longer_title(a: Keys, b: Keys) -> str | None:
    """One title is the beginning or end of the other: a series, an update, a part, or a lost subtitle. Place or identifier must tell."""
    if not goes_on(a, b) or same_identifier(a, b) or same_place(a, b) or same_issue(a, b):
        return None
    return "one title goes on where the other ends"


_KINDS = {
    "journal-article": "article", "preprint": "preprint", "review-notice": "review", "book": "book", "book-chapter": "chapter",
    "thesis": "thesis", "report": "report", "working-paper": "report", "web-page": "page", "news": "news", "dataset": "dataset",
    "conference-abstract": "meeting", "conference-paper": "meeting",
}  # fmt: skip
_MAY_BE_ONE = {frozenset(pair) for pair in (("book", "report"), ("report", "page"))}  # sources disagree on these for one document


def another_kind(a: Keys, b: Keys) -> str | None:
    """Book, chapter, review, thesis, report, preprint, news and article of one title are several reports.

    A shared identifier under one title overrules it: then a source named the kind wrongly.
    """
    kinds = frozenset(kind for kind in (_KINDS.get(a.record.type or ""), _KINDS.get(b.record.type or "")) if kind)
    if len(kinds) < 2 or kinds in _MAY_BE_ONE:
        return None
    if same_identifier(a, b) and (not a.title or not b.title or title_ratio(a, b) >= 0.9):
        return None
    if kinds == {"article", "meeting"} and same_place(a, b):
        return None
    return f"one is a {a.record.type}, the other a {b.record.type}"


def other_authors(a: Keys, b: Keys) -> str | None:
    """One title by wholly other authors, where no identifier and no place is shared; Cochrane updates change hands."""
    if (
        (a.cochrane and a.cochrane == b.cochrane)
        or same_identifier(a, b)
        or same_place(a, b)
        or not a.people.families
        or not b.people.families
        or author_share(a, b) > 0
    ):
        return None
    return "no author is the same"


def other_journal(a: Keys, b: Keys) -> str | None:
    """The same text in two journals: a reprint, or an abstract printed twice.

    Journals have so many names that a difference alone is not enough: the place must differ too, or title or year.
    """
    if not _journals_differ(a, b) or same_identifier(a, b) or _agree(a.first_page, b.first_page):
        return None
    place = _differ(a.first_page, b.first_page) or _differ(a.volume, b.volume)
    weak = not _agree(a.volume, b.volume) and (a.title != b.title or not _agree(a.year, b.year))
    return f"two journals: {a.record.journal} and {b.record.journal}" if place or weak else None


def _list(words: object) -> str:
    return ", ".join(map(str, words)) or "none"  # type: ignore[call-overload]


SILENT: tuple[Veto, ...] = (untitled,)  # too little is said for this pair; a third record may still bring the two together
DOUBTS: tuple[Veto, ...] = (longer_title,)  # they may not be joined, but the question is open: a subtitle is often lost
VETOES: tuple[Veto, ...] = (
    two_dois, one_doi_two_titles, two_pmids, notice, sibling_cochrane, meeting_abstract, supplement, another_place,
    serial_title, numbers_differ, words_replaced, another_kind, other_authors, other_journal,
)  # fmt: skip


def vetoes(a: Keys, b: Keys) -> tuple[str, ...]:
    """Every reason against joining the two by themselves."""
    return _reasons((*SILENT, *VETOES, *DOUBTS), a, b)


def conflicts(a: Keys, b: Keys) -> tuple[str, ...]:
    """Every reason against having the two in one report, whoever brings them together."""
    return _reasons((*VETOES, *DOUBTS), a, b)


def only_doubtful(a: Keys, b: Keys) -> bool:
    """Whether nothing but a doubt stands against joining, so that it is worth asking even without strong evidence."""
    return not _reasons((*SILENT, *VETOES), a, b)


def _reasons(tests: tuple[Veto, ...], a: Keys, b: Keys) -> tuple[str, ...]:
    return tuple(reason for veto in tests if (reason := veto(a, b)))
