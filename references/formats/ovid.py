"""Ovid's own tagged texts: short ("TI  - ...") and with whole labels ("Title" and the value indented below it)."""

from __future__ import annotations

import re
from dataclasses import replace

from references.dates import clean_date, clean_year
from references.formats.entry import Entry, Spec
from references.formats.format import Format
from references.formats.interpret import About, Table, fill_end, interpret
from references.formats.lined import line_format
from references.formats.values import Values
from references.identifiers import clean_text
from references.record import Record

_TRAILER = re.compile(r"\s*(?:Link to the (?:Ovid Full Text|External Link)|https?://ovidsp\.ovid\.com/|Database:|Search Strategy)")
SPEC = Spec(
    tag=re.compile(r"(<(?=\d+\. ?>)|[A-Z][A-Z0-9](?= {1,2}- ?))(?: {1,2}-)?(.*)", re.S),
    start="<",
    numbering=True,
    indent="  ",
    prose=frozenset({"AB", "SO", "OR", "CA"}),
    titles=frozenset({"TI"}),
    trailer=_TRAILER,
)
LABELS = Spec(
    tag=re.compile(r"(<(?=\d+>)|Link to the|Score|[A-Z][A-Za-z]+(?:[ /&-][A-Za-z()]+){0,5}(?=$))(.*)", re.S),
    start="<",
    numbering=True,
    indent="  ",
    prose=frozenset({"Abstract", "Source", "Link to the"}),
    titles=frozenset({"Title"}),
    trailer=_TRAILER,
)

_DEGREES = (
    r"(?:M\.?D\.?|Ph\.?D\.?|D\.?O\.?|D\.?Sc\.?|B\.?Sc\.?|M\.?Sc\.?|R\.?N\.?|M\.?P\.?H\.?|M\.?A\.?|M\.?S\.?|B\.?A\.?"
    r"|F[A-Z]{2,5}|MBBS|MBChB|Dr|PharmD|EdD|DNP|MBA)"
)
_BEHIND_NAME = re.compile(rf"\s*\[[^\]]*\]|[\s,;]+(?:\d+(?:,\s*[\d*+]+)*|[*+#]+)(?=[\s,;*+]|$)|(?:,?\s+{_DEGREES}(?=[\s,;]|$))+|[\s*+#]+$")


def _names(value: str) -> list[str]:
    """ "Hermans, Erik MD +;  Zhang, Weijia 1,2,+": one person each, without degrees, roles and marks of footnotes.

    A part without a comma behind another is one more degree ("RN; PhD; FAAN").
    """
    found: list[str] = []
    for part in re.sub(r"\s*\[[^\]]*\]", "", value).split(";"):
        name = clean_text(part)
        for _ in range(6):  # marks stand behind degrees and degrees behind marks
            shorter = _BEHIND_NAME.sub("", name).strip(" ,;")
            if shorter == name:
                break
            name = shorter
        if name and not (found and re.fullmatch(_DEGREES, name)):
            found.append(name)
    return found


_TYPES = {
    "journal article": "journal-article",
    "article": "journal-article",
    "article: pdf only": "journal-article",
    "original article": "journal-article",
    "original article: pdf only": "journal-article",
    "review": "journal-article",
    "review: pdf only": "journal-article",
    "journal: article": "journal-article",
    "journal: review": "journal-article",
    "journal: conference abstract": "conference-abstract",
    "conference abstract": "conference-abstract",
    "meeting abstract": "conference-abstract",
    "meeting paper": "conference-paper",
    "conference paper": "conference-paper",
    "book": "book",
    "authored book": "book",
    "edited book": "book",
    "book chapter": "book-chapter",
    "chapter": "book-chapter",
    "dissertation": "thesis",
    "dissertation abstract": "thesis",
    "patent": "other",
}
TABLE = Table(
    title=("TI", "Title"),
    title_alt=("OT", "TT", "Original Title"),
    authors=(("AU", "Author", "Authors"),),
    editors=(("ED", "Editor"),),
    split_names=_names,
    date=("YR", "DP", "Year", "Publication Date", "Date of Publication"),
    type=("PT", "DT", "Publication Type", "Document Type"),
    types=_TYPES,
    journal=("JN", "JA", "Journal"),
    volume=("VO",),
    issue=("IP",),
    pages=("PG",),
    doi=("DI", "DO", "DOI Number", "DOI", "Digital Object Identifier"),
    doi_inside=("UR", "AN"),
    pmid=("PM", "PMID"),
    issn=("IS", "ISSN"),
    isbn=("IB", "ISBN"),
    publisher=("PB", "PU", "Publisher"),
    language=("LG", "LA", "Language"),
    abstract=("AB", "Abstract"),
    keywords=("KW", "ID", "Author Keywords", "Keywords"),
    url=("UR", "XL", "URL"),
    database=("DB", "Database"),
    accession=("AN", "UI", "Accession Number", "Unique Identifier"),
)

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_PLACE = re.compile(
    r"(?P<volume>[A-Z]?\d+[A-Za-z]?)?\s*(?:\((?P<issue>[^()]+(?:\([^()]*\))?)\))?\s*:\s*(?P<pages>[A-Za-z]?\d[\w.-]*(?:\s*-\s*\w+)?)"
)
_SHORT_PLACE = re.compile(r"Vol\.\s*(?P<volume>\d+)(?:\((?P<issue>[^,]+)\))?")


_EDITED = re.compile(r"(?:[^\[\]]{3,60}\[Ed[^\]]*\]\s*[,;.]?\s*)+(?:\((?:19|20)\d\d\)\.\s*)?")


def from_source(text: str) -> dict[str, str]:
    """ "Acta Chirurgica Belgica November/December 2010;6:611-613": journal, volume, issue, pages and date, as far as they are there."""
    found: dict[str, str] = {}
    place = _PLACE.search(text) or _SHORT_PLACE.search(text)
    if place:
        found |= {name: value for name, value in place.groupdict().items() if value}
        before, after = text[: place.start()], text[place.end() :]
    else:
        before, after = text, ""
    when = re.search(rf"\s(?:{_MONTH}(?:[/ -]+{_MONTH})?\s+)?(?:\d{{1,2}},\s*)?((?:19|20)\d\d)\s*;?\s*$", before)
    if when:
        found["date"], before = when[0].strip(" ;"), before[: when.start()]
    elif clean_year(after):
        found["date"] = after.strip(" .,")
    if named := _EDITED.match(before):  # "Kamp, Roza Maria [Editor], ... . Title of the book"
        found["editors"] = ";".join(re.sub(r"\s*\[[^\]]*\]\s*", "\n", named[0].partition("(")[0]).strip(" .\n").split("\n"))
        before = before[named.end() :].partition(" (pp.")[0]
    journal = before.strip(" .,;")
    if journal and len(journal) < 250:
        found["journal"] = journal
    return found


def _interpret(entry: Entry, source: str, key: str, about: About) -> Record:
    """By the table; journal, volume, issue, pages and date from SO or Source where no tag of their own has them."""
    record = interpret(entry, TABLE, source, key, about)
    values = Values(entry.lines)
    line = next(iter(values.all("SO", "Source")), None)
    told = from_source(clean_text(line.value)) if line else {}
    if record.pages and "no pagination" in record.pages.lower():
        record = replace(record, pages=None)
    if pages := re.fullmatch(r"(\w+)\s*-\s*(\w+)", told.get("pages", "")):
        told["pages"] = f"{pages[1]}-{fill_end(pages[1], pages[2])}"
    more = {name: told[name] for name in ("journal", "volume", "issue", "pages") if name in told and not getattr(record, name)}
    dated: dict[str, object] = {}
    if "editors" in told and not record.editors:
        dated["editors"] = tuple(name.strip(" ,;") for name in told["editors"].split(";"))
    if not record.year and (year := clean_year(told.get("date", ""))):
        dated |= {"year": year, "date": clean_date(told["date"])}
    title = re.sub(
        r"\s*\.?\s*\[(?:Article|Miscellaneous|References|Review|Editorial|Letter|Report|[A-Z][a-z]+(?: [A-Za-z]+)?)\]\.?$", "", record.title
    )
    origins = [(name, line.tag, line.first) for name in (*more, *dated)] if line else []
    return replace(record, **more, **dated, title=title, origins=(*record.origins, *origins))  # type: ignore[arg-type]


def _ovid(name: str, spec: Spec, sign: str, start: str, why: str) -> Format:
    form = line_format(name, spec, TABLE, media="text/plain", sign=re.compile(sign, re.M), start=start, why=why)
    return replace(form, interpret=_interpret)


OVID = _ovid("Ovid", SPEC, r"^<\d+\. >\n\s*VN {1,2}- |^VN  - Ovid", r"<\d+\. >", "records numbered <1. > with tags such as 'VN  - Ovid'")
OVID_LABELS = _ovid(
    "Ovid with labels",
    LABELS,
    r"^(?:<\d+>\n)?(?:Score|Accession Number|Unique Identifier|Title|Author|Authors)\n {2}\S(?:.*\n){1,80}?(?:Title|Source|Abstract)\n {2}",
    r"<\d+>",
    "labels on lines of their own, values indented below them",
)
