"""The Cochrane Library's citation export as plain text: "Record #1 of 271", then "AU: ...", "TI: ..."."""

from __future__ import annotations

import re

from references.formats.entry import Spec
from references.formats.interpret import Table
from references.formats.lined import line_format

SPEC = Spec(
    tag=re.compile(r"(Record(?= #?\d)|[A-Z]{2,5}(?=:)):?(.*)", re.S),
    start="Record",
    numbering=True,
    known=frozenset(
        [
            "ID",
            "AU",
            "TI",
            "SO",
            "YR",
            "VL",
            "NO",
            "PG",
            "PT",
            "KY",
            "KW",
            "DOI",
            "AB",
            "US",
            "XR",
            "PM",
            "PB",
            "CC",
            "LA",
            "AN",
            "EM",
            "ISSN",
            "ISBN",
            "DT",
            "ST",
            "URL",
            "OI",
            "CN",
        ]
    ),
    prose=frozenset({"AB"}),
    titles=frozenset({"TI"}),
)
TABLE = Table(
    title=("TI",),
    authors=(("AU",),),
    date=("YR",),
    type=("PT",),
    types={
        "journal article": "journal-article",
        "journal: article": "journal-article",
        "article": "journal-article",
        "review": "journal-article",
        "conference abstract": "conference-abstract",
        "journal: conference abstract": "conference-abstract",
        "trial registry record": "other",
    },
    journal=("SO",),
    volume=("VL",),
    issue=("NO",),
    pages=("PG",),
    doi=("DOI",),
    doi_inside=("US",),
    pmid=("PM",),
    issn=("ISSN",),
    isbn=("ISBN",),
    publisher=("PB",),
    language=("LA",),
    abstract=("AB",),
    keywords=("KY", "KW"),
    url=("US", "URL"),
    accession=("ID", "AN"),
    database_name="Cochrane Library",
)
COCHRANE = line_format(
    "Cochrane",
    SPEC,
    TABLE,
    media="text/plain",
    sign=re.compile(r"^Record #\d+ of \d+\n(?:.*\n){0,3}?[A-Z]{2}: ", re.M),
    start=r"Record #\d+ of \d+",
    why="records that begin with 'Record #1 of ...'",
)
