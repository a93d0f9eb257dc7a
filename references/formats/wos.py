"""Web of Science's own tagged text: "plain text" downloads, .ciw, and the older .isi."""

from __future__ import annotations

import re
from dataclasses import replace

from references.formats.entry import Entry, Spec
from references.formats.interpret import About, Table, interpret
from references.formats.lined import line_format
from references.record import Record

# https://images.webofknowledge.com/images/help/WOS/hs_wos_fieldtags.html, with the tags of BIOSIS, Inspec, MEDLINE and Derwent there.
_KNOWN = """
    AB AE AF AI AN AP AR AU BA BD BE BF BN BP BS C1 C2 C3 CA CC CH CI CL CN CO CP CR CT CY D2 DA DE DG DI DN DS DT EA ED EI EM EP ER EY
    FD FG FU FX G1 GA GE GI GN GP H9 HC HO HP ID IO IP IS J9 JI LA LO LS LT MA MC MH MI MN MQ MT NO NR NU OA OB OR P1 P2 PA PC PD PE
    PF PG PI PL PM PN PR PS PT PU PV PY RC RG RI RM RN RP SA SC SD SE SI SN SO SP SQ SU SV TA TC TI TM TN TP TT TY U1 U2 UA UT VL VR
    WC WE WP Z1 Z2 Z3 Z4 Z6 Z7 Z8 Z9 ZA ZB ZR ZS EF FN
"""
SPEC = Spec(
    tag=re.compile(r"([A-Z][A-Z0-9])(?: |$)(.*)", re.S),
    infix=(2, 3, " "),
    start="PT",
    end="ER",
    outer=frozenset({"FN", "VR", "EF"}),
    indent="   ",
    known=frozenset(_KNOWN.split()),
    prose=frozenset({"AB"}),
    titles=frozenset({"TI"}),
)

_TYPES = {
    "article": "journal-article",
    "review": "journal-article",
    "letter": "journal-article",
    "editorial material": "journal-article",
    "note": "journal-article",
    "journal paper": "journal-article",
    "proceedings paper": "conference-paper",
    "article; proceedings paper": "journal-article",
    "article; early access": "journal-article",
    "review; early access": "journal-article",
    "conference paper": "conference-paper",
    "meeting abstract": "conference-abstract",
    "book chapter": "book-chapter",
    "article; book chapter": "book-chapter",
    "review; book chapter": "book-chapter",
    "book": "book",
    "book review": "review-notice",
    "news item": "news",
    "patent": "other",
    "retracted publication": "journal-article",
    "article; retracted publication": "journal-article",
    "data set": "dataset",
    "data paper": "journal-article",
    "article; data paper": "journal-article",
    "j": "journal-article",
    "b": "book",
    "s": "book-chapter",
    "p": "other",
}
TABLE = Table(
    title=("TI",),
    title_alt=("FT", "TT"),
    authors=(("AF",), ("AU",), ("BF",), ("BA",)),
    bodies=("CA",),
    editors=(("BE",), ("ED",)),
    date=("PY", "PD"),
    type=("DT", "PT"),
    types=_TYPES,
    journal=("SO", "J9", "JI"),
    volume=("VL",),
    issue=("IS",),
    first_page=("BP",),
    last_page=("EP",),
    pages=("PS",),
    article_number=("AR",),
    doi=("DI", "D2"),
    pmid=("PM",),
    issn=("SN", "EI"),
    isbn=("BN",),
    publisher=("PU",),
    language=("LA",),
    abstract=("AB",),
    keywords=("DE", "ID"),
    accession=("UT", "AN"),
    retracted={"DT": "retracted publication"},
)


def _interpret(entry: Entry, source: str, key: str, about: About) -> Record:
    """By the table; the database is named by the accession number, "WOS:...", "BIOSIS:..."."""
    record = interpret(entry, TABLE, source, key, about)
    prefix, colon, _ = (record.accession or "").partition(":")
    names = {"WOS": "Web of Science", "ISI": "Web of Science", "BCI": "BIOSIS Citation Index"}
    return replace(record, database=names.get(prefix, prefix) if colon else "Web of Science")


WOS = replace(
    line_format(
        "Web of Science",
        SPEC,
        TABLE,
        media="application/x-isi",
        sign=re.compile(r"^(?:FN (?:Clarivate|Thomson|ISI)|VR 1\.0$|PT [A-Z]\s*\n(?:[A-Z][A-Z0-9] .*\n){1,40}?(?:TI|SO|UT) )", re.M),
        start=r"PT \w+[ \t]*$",
        end=r"ER[ \t]*$",
        why="Web of Science's own tags (FN, VR, PT ... ER)",
    ),
    interpret=_interpret,
)
