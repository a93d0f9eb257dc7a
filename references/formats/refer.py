"""refer and BibIX, as EndNote (.enw), Google Scholar and older programs write them: %A, %T, %J."""

from __future__ import annotations

import re

from references.formats.entry import Spec
from references.formats.interpret import Table
from references.formats.lined import line_format

SPEC = Spec(
    tag=re.compile(r"(%[A-Z0-9@!#$&+*^<>()=~?|\[\]/'-])(?:[ \t]|$)(.*)", re.S | re.I),
    infix=(2, 3, " "),
    start="%0",
    late_start=True,
    known=frozenset(f"%{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@!#$&+*^<>()=~?|[]"),
    prose=frozenset({"%X", "%Z"}),
    titles=frozenset({"%T", "%A", "%B"}),
)

_TYPES = {
    "journal article": "journal-article",
    "electronic article": "journal-article",
    "magazine article": "journal-article",
    "journal": "journal-article",
    "book": "book",
    "edited book": "book",
    "electronic book": "book",
    "book section": "book-chapter",
    "conference proceedings": "conference-paper",
    "conference paper": "conference-paper",
    "thesis": "thesis",
    "report": "report",
    "government document": "report",
    "newspaper article": "news",
    "web page": "web-page",
    "blog": "web-page",
    "online database": "dataset",
    "dataset": "dataset",
    "unpublished work": "working-paper",
    "manuscript": "working-paper",
    "patent": "other",
    "generic": "other",
}
TABLE = Table(
    title=("%T",),
    title_alt=("%Q",),
    authors=(("%A",),),
    editors=(("%E",),),
    date=("%D", "%8"),
    type=("%0", "%9"),
    types=_TYPES,
    journal=("%J", "%B", "%O"),
    journal_by_type={"book-chapter": ("%B", "%J"), "conference-paper": ("%B", "%J"), "book": ("%S", "%B"), "report": ("%B", "%S")},
    volume=("%V",),
    issue=("%N",),
    pages=("%P", "%&"),
    doi=("%R",),
    doi_inside=("%U", "%L", "%M", "%F"),
    issn=("%@",),
    isbn=("%@",),
    publisher=("%I",),
    language=("%G",),
    abstract=("%X",),
    keywords=("%K",),
    split_keywords=r";|\n",
    url=("%U", "%>"),
    database=("%~",),
    accession=("%M",),
)
REFER = line_format(
    "refer",
    SPEC,
    TABLE,
    media="application/x-endnote-refer",
    sign=re.compile(r"^%0(?: |$)|^%[ATJD] .*\n(?:%\S .*\n){0,40}?%[ATJDIP] ", re.M),
    start=r"%0\b",
    why="lines that begin with % and a letter",
)
