"""Signs in a record of what kind of document it is: a notice, a conference abstract, a Cochrane review, a serial column."""

from __future__ import annotations

import re

from references.duplicates.place import first_and_last
from references.record import Record

# How titles of notices begin and end, once folded to small letters; a kind further up wins.
_ITS_AUTHORS = r"(?:an?\s+|the\s+)?(?:authors?['’]?s?['’]?\s+)?"
_BEGINNINGS = (
    ("correction", r"(?:(?:author|publisher|editorial)s?\W+)?(?:corrections?|corrigend(?:um|a)|errat(?:um|a)|addendum)"
                   r"(?:\s+(?:to|for|in|on|of)\b|\s*[:.\[(]|\W*$)"),
    ("retraction", r"(?:(?:notice|statement) of )?(?:retraction|withdrawal)(?: note| notice)?\s*(?:\bof\b|\bto\b|[:.])"),
    ("retraction", r"(?:editorial )?expression of concern\b"),
    ("reply", _ITS_AUTHORS + r"(?:reply|rejoinder)\s*(?:\bto\b|\bby\b|\bfrom\b|[:.]|\W*$)"),
    ("reply", r"(?:the\s+)?authors?['’]?s?['’]?\s+replies\b|in reply\b"),
    ("comment", r"re\s*:|(?:an?\s+|invited\s+)?comment(?:s|ary)?\s+(?:on|to)\b"),
    ("review", r"book reviews?\b"),
)  # fmt: skip
_ENDINGS = (
    ("correction", r"[\-:.,(\[–—]\s*(?:an?\s+)?(?:erratum|corrigendum|addendum|correction)"),
    ("correction", r"\(\s*vol(?:ume)?\W*\d+.{0,25}\b(?:pg?|page|art)\b.*\)"),  # "(vol 360, pg 542, 2009)"
    ("correction", r"\([a-z][^()]*\((?:19|20)\d\d\)\W*\d+.*\)"),  # "(New England Journal of Medicine (2009) 360 (542-544))"
    ("reply", r"[\-:.?–—]\s*" + _ITS_AUTHORS + r"(?:reply|rejoinder)"),
    ("comment", r"[\-:.?–—]\s*(?:an?\s+|invited\s+)?comment(?:s|ary)?"),
    ("review", r"[\-:.(\[]\s*book review"),
)
_NOTICES = [
    *((kind, re.compile(rf"^\W*(?:{pattern})")) for kind, pattern in _BEGINNINGS),
    *((kind, re.compile(rf"(?:{pattern})\W*$")) for kind, pattern in _ENDINGS),
]


# No notice is without one of these, and looking for them is quicker than the patterns.
_HINTS = (
    "correct", "corrig", "errat", "addend", "retract", "withdraw", "concern", "repl", "rejoinder", "re:", "re :", "comment", "review", "(",
)  # fmt: skip


def notice_kind(title: str, type: str | None) -> str:
    """correction, retraction, reply, comment or review where the folded title, or the type, says it is a notice; else ""."""
    if any(hint in title for hint in _HINTS):
        for kind, pattern in _NOTICES:
            if pattern.search(title):
                return kind
    return "review" if type == "review-notice" else ""


_COCHRANE = re.compile(r"\bcd0\d{5}\b")


def cochrane_number(record: Record) -> str:
    """The number that names a Cochrane review through all its versions: "cd010478", from the DOI, the pages or the accession."""
    for text in (record.doi, record.pages, record.issue, record.accession):
        if text and (found := _COCHRANE.search(text.lower())):
            return found[0]
    return ""


# A DOI whose second part is a meeting and a number ("ijic.icic22160"), a supplement or an abstract.
_MEETING_DOI = re.compile(
    r"/[a-z]+\.(?:ic|con|abs|meet)[a-z]*\d{4,}$|suppl_|abstracts?[.\-_\d]|[.\-/](?:eular|sabcs|asco|easl|ash)\b|[.\-](?:am|fasebj)\d{4}\b|meeting"
)
_MEETING_JOURNAL = re.compile(
    r"\bconference:|\b(?:meeting|conference) abstracts?\b|^(?:the )?\d+(?:st|nd|rd|th) .*\b(?:congress|conference|meeting|symposium)\b"
)
_MEETING_ISSUE = re.compile(r"meeting ?abs|abstr\b|abstracts?\b")
_MEETING_PAGES = re.compile(r"var\W*pagings|^\d+[as](?:\W+\d+[as])?$")  # "509A-510A"
_MEETING_TITLE = re.compile(
    r"^\W*(?!p\W?(?:21|27|38|50|53|63|65|73|300)\b)"  # proteins and a wave of the brain
    r"(?:abstract|poster|p|o|op|pp|ps)\W{0,2}\d{2,4}\W*[:.\-–]\s*\w"  # "P-123: Outcomes of ..."
    r"|\[(?:meeting |conference )?abstract\]|\((?:meeting |conference )?abstract\)\W*$"
)


def meeting_sign(record: Record) -> str:
    """Why a record is taken for a conference abstract, in words; "" where nothing says so.

    RIS files call abstracts JOUR as often as not, so the DOI, the journal, the issue and the pages are looked at too.
    """
    if record.type == "conference-abstract":
        return "its type"
    first, last = first_and_last(record.pages)
    looks = (
        ("its DOI", record.doi, _MEETING_DOI),
        ("the journal's name", record.journal, _MEETING_JOURNAL),
        ("its issue", record.issue, _MEETING_ISSUE),
        ("its pages", record.pages if not last or last - (first or 0) < 2 else None, _MEETING_PAGES),
        ("its title", record.title, _MEETING_TITLE),
    )
    return next((f"{where} ({text})" for where, text, pattern in looks if text and pattern.search(text.lower())), "")


_SUPPLEMENT = re.compile(r"^s\d+$|suppl|^s$|^\d+\)$")
_SUPPLEMENT_PAGES = re.compile(r"^s\d")


def in_supplement(record: Record) -> bool:
    """Whether issue, volume, journal or pages name a supplement. Abstracts stand in supplements, but so do articles."""
    places = (record.issue or "", record.volume or "", record.journal or "")
    return any(_SUPPLEMENT.search(place.strip().lower()) for place in places) or bool(
        _SUPPLEMENT_PAGES.match((record.pages or "").strip().lower())
    )


_COLUMNS = frozenset(
    """editor; editors; editorial; editorials; guest editorial; invited editorial; letter from the editor; letters to the editor
    letter to the editor; letter; letters; introduction; foreword; preface; afterword; conclusion; conclusions; abstract; abstracts
    correspondence; news; news and views; news and notes; obituary; obituaries; book review; book reviews; review; reviews
    comment; comments; commentary; discussion; reply; authors reply; response; announcement; announcements; calendar; index
    contents; table of contents; in this issue; erratum; errata; correction; corrections; corrigendum; corrigenda; contributors
    acknowledgements; acknowledgments; in memoriam; highlights; abbreviations; appendix; references; bibliography; summary
    overview; case report; perspective; perspectives; viewpoint; meeting report; chairs message; presidents message
    presidents address; issue information; front matter; back matter; reviewers; list of reviewers; annual report
    about the authors; about the author; notes; miscellaneous; articles; reports""".replace("\n    ", "; ").split("; ")
)
_OF_A_COLUMN = (
    "editor", "editors", "editorial", "special issue", "special section", "book review", "book reviews",
    "call for papers", "calls for papers",
)  # fmt: skip
SERIAL_WORDS = 9  # a longer title that names an editor usually says something of its own


def is_serial(words: tuple[str, ...]) -> bool:
    """Whether a title, by its words, is a column that comes back issue after issue: "Editorial", "Remarks from the Editor"."""
    title = " ".join(words)
    if title in _COLUMNS:
        return True
    return len(words) <= SERIAL_WORDS and any(f" {column} " in f" {title} " for column in _OF_A_COLUMN)
