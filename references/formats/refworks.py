"""RefWorks' tagged text: RT, A1, T1, JF and so on, a blank between tag and value."""

from __future__ import annotations

import re

from references.formats.entry import Spec
from references.formats.interpret import Table
from references.formats.lined import line_format

_KNOWN = """
    RT SR ID A1 A2 A3 A4 A5 A6 T1 T2 T3 JF JO YR FD VO IS SP OP K1 AB NO PB PP SN AV AD AN LA CL SF OT LK DO CN DB DS IP RD ST U1 U2 U3
    U4 U5 U6 U7 U8 U9 U10 U11 U12 U13 U14 U15 UL WT WV WP ED CA FL CM CT DD
"""
SPEC = Spec(
    tag=re.compile(r"([A-Z][A-Z0-9])(?: |$)(.*)", re.S),
    infix=(2, 3, " "),
    start="RT",
    known=frozenset(_KNOWN.split()),
    prose=frozenset({"AB", "NO"}),
    titles=frozenset({"T1"}),
)
_TYPES = {
    "journal article": "journal-article",
    "journal": "journal-article",
    "journal, electronic": "journal-article",
    "magazine article": "journal-article",
    "abstract": "conference-abstract",
    "book, whole": "book",
    "book, edited": "book",
    "book": "book",
    "book, section": "book-chapter",
    "book chapter": "book-chapter",
    "conference proceedings": "conference-paper",
    "conference proceeding": "conference-paper",
    "dissertation/thesis": "thesis",
    "dissertation": "thesis",
    "thesis": "thesis",
    "report": "report",
    "monograph": "book",
    "newspaper article": "news",
    "web page": "web-page",
    "unpublished material": "working-paper",
    "generic": "other",
}
TABLE = Table(
    title=("T1",),
    title_alt=("OT", "FT"),
    authors=(("A1",),),
    editors=(("A2",), ("A3",)),
    date=("YR", "FD"),
    type=("RT",),
    types=_TYPES,
    journal=("JF", "JO", "T2"),
    journal_by_type={"book-chapter": ("T2", "JF", "T3"), "conference-paper": ("T2", "JF", "JO", "T3"), "book": ("T3",)},
    volume=("VO",),
    issue=("IS",),
    first_page=("SP",),
    last_page=("OP",),
    doi=("DO",),
    doi_inside=("LK", "UL", "NO"),
    issn=("SN",),
    isbn=("SN",),
    publisher=("PB",),
    language=("LA",),
    abstract=("AB",),
    keywords=("K1",),
    url=("UL", "LK"),
    database=("DB", "DS"),
    accession=("AN",),
)
REFWORKS = line_format(
    "RefWorks",
    SPEC,
    TABLE,
    media="application/x-refworks",
    sign=re.compile(r"^RT (?:Journal|Book|Conference|Diss|Thesis|Report|Web|News|Magazine|Generic|Abstract|Mono|Unpub|Personal)", re.M),
    start=r"RT \S",
    why="lines that begin with RT and a type of reference",
)
