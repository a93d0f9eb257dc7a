"""MEDLINE's tagged text: PubMed's .nbib, ERIC's, and what older programs saved."""

from __future__ import annotations

import re
from dataclasses import replace

from references.formats.entry import Entry, Spec
from references.formats.interpret import About, Table, interpret
from references.formats.lined import line_format
from references.formats.values import Values
from references.identifiers import clean_doi, clean_text
from references.record import Record

# https://www.nlm.nih.gov/bsd/mms/medlineelements.html, and the tags of PubMed's books, ERIC and older files.
_KNOWN = """
    AB AD AID AU AUID BTI CI CIN CN CNDT COI COIS CON CP CRDT CRF CRI CTDT CTI DA DCOM DDIN DEP DP DRDT DRIN ECF ECI EDAT EFR EIN EN
    ETA ISSN FAU FED FIR FPS GN GR GS IP IR IRAD IS ISBN JID JT LA LID LR MH MHDA MID NM OAB OABL OCI OID ORI OT OTO OWN PB PG PHST PL
    PMC PMCR PMID PS PST PT PUBM RF RIN RN ROF RPF RPI RRF RRI SB SFM SI SO SPIN STAT TA TI TT UIN UOF VI VTI IOID SV PUBT FPI
"""
SPEC = Spec(
    tag=re.compile(r"([A-Z]{2,4}) {0,2}- ?(.*)", re.S),
    infix=(4, 6, "- "),
    start="PMID",
    indent="      ",
    gap="",
    known=frozenset(_KNOWN.split()),
    prose=frozenset({"AB", "OAB"}),
    titles=frozenset({"TI", "BTI"}),
)

_TYPES = {
    "journal article": "journal-article",
    "review": "journal-article",
    "letter": "journal-article",
    "editorial": "journal-article",
    "comment": "journal-article",
    "news": "news",
    "newspaper article": "news",
    "congress": "conference-paper",
    "meeting abstract": "conference-abstract",
    "preprint": "preprint",
    "book review": "review-notice",
    "book": "book",
    "monograph": "book",
    "book chapter": "book-chapter",
    "technical report": "report",
    "reports - research": "report",
    "dissertations/theses": "thesis",
    "academic dissertation": "thesis",
    "dataset": "dataset",
}
TABLE = Table(
    title=("TI", "BTI"),
    title_alt=("TT", "VTI"),
    authors=(("FAU",), ("AU",)),
    bodies=("CN",),
    split_names=lambda value: [" ".join(value.split())],  # one name, however its line was wrapped
    editors=(("FED",), ("ED",)),
    date=("DP", "DEP"),
    type=("PT",),
    types=_TYPES,
    journal=("JT", "TA"),
    journal_by_type={"book-chapter": ("BTI", "JT", "TA")},
    volume=("VI",),
    issue=("IP",),
    pages=("PG",),
    pmid=("PMID",),
    pmcid=("PMC",),
    issn=("IS", "ISSN"),
    isbn=("ISBN",),
    publisher=("PB",),
    language=("LA",),
    abstract=("AB",),
    abstract_alt=("OAB",),
    keywords=("MH", "OT"),
    url=("AID", "LID"),
    accession=("OID",),
    retracted={"PT": "retracted publication"},
)


def _interpret(entry: Entry, source: str, key: str, about: About) -> Record:
    """By the table, with what the values say in brackets: "10.1000/x [doi]", "Smith J (ed.)", PMC's number as PMC."""
    record = interpret(entry, TABLE, source, key, about)
    values = Values(entry.lines)
    doi = values.first("doi", ("AID", "LID", "SO"), _labelled_doi, keep=True)
    languages = values.all("OABL")
    abstracts = tuple(
        (clean_text(languages[place].value) if place < len(languages) else "", text) for place, (_, text) in enumerate(record.abstract_alt)
    )
    taken = {line for field, tag, line in values.origins if tag != "SO"}
    return replace(
        record,
        doi=doi,
        abstract_alt=abstracts,
        database="PubMed" if record.pmid else clean_text(values.text("OWN")) or None,
        origins=(*record.origins, *values.origins),
        unread=tuple(item for item in record.unread if not (item[2] in taken and item[0] in ("AID", "LID"))),
    )


_LABELLED = re.compile(r"(10\.\S+)\s*\[doi\]|\bdoi:\s*(10\.\S+)", re.I)


def _labelled_doi(text: str) -> str | None:
    found = _LABELLED.search(text)
    return clean_doi(found[1] or found[2]) if found else None


MEDLINE = replace(
    line_format(
        "MEDLINE",
        SPEC,
        TABLE,
        media="application/nbib",
        sign=re.compile(
            r"^(?:PMID ?- ?(?:\d|$)|OWN {0,2}- ?\S|(?:TI|AB|FAU|DP|PT|JT) {1,2}- ?\S(?:.*\n){1,60}?(?:MH|FAU|DP|PT|TA|JT) {1,2}- )", re.M
        ),
        start=r"PMID ?-",
        why="MEDLINE's tags of up to four letters, padded to four, and a dash",
    ),
    interpret=_interpret,
)
