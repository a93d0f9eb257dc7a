"""What kind of document a record describes, and which kinds may tell of one study."""

from __future__ import annotations

import re

from references.duplicates.clean import Keys
from references.duplicates.likeness import agree, author_share, differ, goes_on
from references.record import Record

_KINDS = {
    "journal-article": "article", "preprint": "preprint", "review-notice": "review", "book": "book", "book-chapter": "chapter",
    "thesis": "thesis", "report": "report", "working-paper": "report", "web-page": "page", "news": "news", "dataset": "dataset",
    "conference-abstract": "meeting", "conference-paper": "meeting",
}  # fmt: skip
MAY_BE_ONE = {frozenset(pair) for pair in (("book", "report"), ("report", "page"))}  # sources disagree on these for one document
COMPANIONS = {
    frozenset(pair)
    for pair in (
        ("article", "preprint"), ("article", "meeting"), ("article", "report"), ("article", "thesis"), ("preprint", "meeting"),
        ("preprint", "report"), ("preprint", "thesis"), ("report", "meeting"), ("report", "thesis"), ("thesis", "meeting"),
        ("article", "registration"), ("meeting", "registration"), ("preprint", "registration"),
    )
}  # fmt: skip

# The prefixes under which bioRxiv and medRxiv, Research Square, SSRN, OSF and EdArXiv, preprints.org, arXiv, ChemRxiv, TechRxiv, Authorea
# and JMIR register.
_PREPRINT_DOI = re.compile(
    r"10\.1101/(?:\d{6}$|20\d\d\.)|10\.21203/rs\.|10\.2139/ssrn\.|10\.31(?:219|234|235)/osf\.|10\.20944/preprints|10\.48550/arxiv\."
    r"|10\.26434/chemrxiv|10\.36227/techrxiv|10\.22541/au\.|10\.35542/osf\.|10\.2196/preprints\."
)
_PREPRINT_SERVER = re.compile(
    r"(?:bio|med|chem|tech|psy|soc|ed)?a?rxiv\b|research ?square\b|ssrn\b|(?:osf |authorea )?preprints\b(?! of)|authorea\b|jmir preprints\b"
    r"|cold spring harbor laboratory$",
    re.IGNORECASE,
)

# Where CENTRAL and others list trials that are registered: the entry has the article's title and people, and is another document.
_REGISTER = re.compile(
    r"clinicaltrials\.gov|\bisrctn|\bictrp\b|\banzctr\b|\bchictr\b|\bdrks\b|\beudract\b|clinical trials? regist", re.IGNORECASE
)


def is_preprint(record: Record) -> bool:
    """Whether its type, its DOI or the name of its journal says so; exports call preprints journal articles.

    What stands in a volume is none, though some source gave it the DOI of its preprint.
    """
    by_doi = record.doi and not record.volume and _PREPRINT_DOI.match(record.doi)
    return record.type == "preprint" or bool(by_doi or (record.journal and _PREPRINT_SERVER.match(record.journal)))


def kind(keys: Keys) -> str:
    """article, preprint, registration, review, book, chapter, thesis, report, page, news, dataset or meeting; "" where it is not said."""
    record = keys.record
    if is_preprint(record):
        return "preprint"
    if record.journal and _REGISTER.search(record.journal):
        return "registration"
    known = _KINDS.get(record.type or "", "")
    return known or ("article" if record.journal and record.volume and not record.type else "")


def companions(a: Keys, b: Keys) -> str:
    """The two kinds, "article and meeting", where two records tell of one study in two kinds of document; "" where they do not.

    The title is the same, or one goes on where the other ends, some author is in both, and no source says that they
    are anything but a preprint, an abstract, a report or a thesis with its article.
    """
    kinds = frozenset(("meeting" if keys.meeting else kind(keys)) or "article" for keys in (a, b))
    if kinds not in COMPANIONS or not (a.title == b.title or goes_on(a, b)) or a.notice or b.notice:
        return ""
    if (
        kinds == {"article", "meeting"}
        and agree(a.volume, b.volume)
        and a.supplement == b.supplement
        and not differ(a.first_page, b.first_page)
    ):
        return ""  # "conference paper" may be all that parts two records of one article
    named = a.people.families and b.people.families
    return " and ".join(sorted(kinds)) if not named or author_share(a, b) > 0 else ""
