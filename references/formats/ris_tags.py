"""RIS as it is written: its tags, its types, and what they stand for.

Three RIS are about: Reference Manager's of 2001 (T1/A1/Y1/N2/JF), EndNote's of 2011 (TI/AU/PY/AB/T2) and what vendors do.
"""

from __future__ import annotations

import re

from references.formats.entry import Spec

_TYPES = {
    "journal-article": "JOUR EJOUR EJOU JFULL MGZN INPR SER",
    "book": "BOOK EBOOK EDBOOK WHOLE CLSWK ANCIENT DICT ENCYC",
    "book-chapter": "CHAP ECHAP",
    "conference-paper": "CONF CPAPER",
    "conference-abstract": "ABST",
    "preprint": "PREPRINT PREP",
    "thesis": "THES",
    "report": "RPRT GOVDOC",
    "working-paper": "UNPB UNPD MANSCPT",
    "web-page": "ELEC WEB HTML BLOG ICOMM MULTI",
    "news": "NEWS",
    "dataset": "DATA DBASE AGGR",
    "other": "GEN ART ADVS BILL CASE CHART COMP CTLG EQUA FIGURE GRANT HEAR INTV LEGAL MAP MPCT MUSIC PAMP PAT PCOMM POD SLIDE "
    "SOUND STAND STAT STD UNBILL VIDEO",
}
TYPES = {tag: kind for kind, tags in _TYPES.items() for tag in tags.split()} | {
    "JOURNAL ARTICLE": "journal-article",
    "JOURNAL": "journal-article",
    "ARTICLE": "journal-article",
    "CONFERENCE PAPER": "conference-paper",
    "BOOK CHAPTER": "book-chapter",
    "BOOK SECTION": "book-chapter",
    "REPORT": "report",
    "THESIS": "thesis",
}

# M3, the type of work: where it says one of these it tells more than TY does.
WORKS = {
    "conference abstract": "conference-abstract",
    "meeting abstract": "conference-abstract",
    "conference paper": "conference-paper",
    "book chapter": "book-chapter",
    "book review": "review-notice",
    "preprint": "preprint",
    "dissertation": "thesis",
    "working paper": "working-paper",
}

TITLES = ("TI", "T1", "CT")
# JF is always the full name, T2 mostly (but a translated title at EBSCO, which has JF too), JO often an abbreviation.
JOURNAL = ("JF", "T2", "JO", "JA", "J2", "JI", "J9", "J1", "BT", "T3")
JOURNAL_BY_TYPE = {
    "book-chapter": ("BT", "T2", "JF", "JO", "JA", "J2", "T3"),
    "conference-paper": ("T2", "JF", "C3", "BT", "JO", "JA", "J2", "T3"),
    "conference-abstract": ("T2", "JF", "C3", "BT", "JO", "JA", "J2", "T3"),
    "book": ("T2", "T3", "JF", "JO", "JA", "J2"),
}

# Every tag that some RIS has: a carelessly written line is believed to begin a value for these only.
_PSEUDO = frozenset({"PMID", "PMCID", "DOI", "ISSN", "ISBN"})
_KNOWN = """
    TY ER A1 A2 A3 A4 A5 A6 A7 A8 A9 AB AD AI AN AR AU AV BN BT C1 C2 C3 C4 C5 C6 C7 C8 CA CN CP CT CY DA DB DI DO DP ED EP ET FU FX
    H1 H2 ID IS J1 J2 J9 JA JF JI JO KW L1 L2 L3 L4 LA LB LK M1 M2 M3 N1 N2 NL NS NV OP PA PB PD PG PI PP PU PY RI RN RP SE SN SP ST
    SV T1 T2 T3 TA TI TS TT U1 U2 U3 U4 U5 UR VL VO WE WT Y1 Y2
"""
KNOWN = _PSEUDO | set(_KNOWN.split())

SPEC = Spec(
    tag=re.compile(r"([A-Z][A-Z0-9])  -(.*)", re.S),
    loose=re.compile(r"([ \t\xa0]*)([A-Za-z][A-Za-z0-9]|[A-Z]{3,5})([ \t\xa0]{0,4})-(.*)", re.S),
    infix=(2, 6, "  - "),
    start="TY",
    end="ER",
    known=KNOWN,
    pseudo=_PSEUDO,
    prose=frozenset({"AB", "N1", "N2"}),
    titles=frozenset({"TI", "T1", "CT", "BT"}),
    # Ovid and others number records, Cochrane counts them, JSTOR and Cochrane name themselves.
    prologue=re.compile(r"\s*(?:<?\d+[.>]\s*$|Record\s+#?\d+\s+of\s+\d+|(?:Provider|Database|Content)\s*:)"),
    trailer=re.compile(r"\s*(?:NL  - |Link to the (?:Ovid Full Text|External Link))"),
)
