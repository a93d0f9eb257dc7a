"""Whose export a file is, and what in it shows that."""

from __future__ import annotations

import re


def vendor_of(format: str, head: str) -> tuple[str, str]:
    """The vendor that the head of a file shows, with the reason; both empty where none is shown."""
    for vendor, formats, pattern, reason in SIGNS:
        if format in formats and (found := pattern.search(head)):
            return vendor, reason.format(*([part for part in found.groups() if part] or [found[0].strip()]))
    return _publisher(head) if format == "RIS" else ("", "")


# Whose site a file comes from when all DOIs in it have one registrant.
PUBLISHERS = {
    "10.1108": "Emerald",
    "10.1177": "SAGE",
    "10.1109": "IEEE Xplore",
    "10.1007": "Springer Nature",
    "10.1038": "Springer Nature",
    "10.1186": "Springer Nature",
    "10.1101": "medRxiv/bioRxiv",
    "10.1111": "Wiley",
    "10.1002": "Wiley",
    "10.1080": "Taylor & Francis",
    "10.1016": "Elsevier",
    "10.1145": "ACM",
}
_DOI = re.compile(r"^(?:DO  - |(?:N1|M3|UR|L3)  - (?:doi: |https?://(?:dx\.)?doi\.org/))\S*?(10\.\d{4,9})/", re.M)


def _publisher(head: str) -> tuple[str, str]:
    found = set(_DOI.findall(head))
    name = PUBLISHERS.get(found.pop(), "") if len(found) == 1 else ""
    return (name, "every DOI is one of its own") if name else ("", "")


def _sign(vendor: str, formats: str, pattern: str, reason: str = "{0!r}") -> tuple[str, tuple[str, ...], re.Pattern[str], str]:
    return vendor, tuple(formats.split("|")), re.compile(pattern, re.M), reason


# The telling ones first: reference managers keep lines of the databases they imported from, so they come before those.
SIGNS = (
    _sign("CiteSource", "RIS", r"\A(?![\s\S]*^TY  - )[\s\S]*?^(C[127]  - (?:search|source|unknown|screened|final).*)$", "no TY, and {0!r}"),
    _sign("Covidence", "RIS", r"^(U1  - \d+\[covidence\]|.*\bcovidence\b.*)$", "{0!r}"),
    _sign("Covidence", "RIS", r"^(PG  - .*)\n(?:.*\n){0,12}?SP  - ", "pages in PG beside SP"),
    _sign("Rayyan", "RIS|BibTeX|CSV", r"(rayyan-\d+|RAYYAN-INCLUSION)"),
    _sign(
        "citationchaser",
        "RIS",
        r"\A(?:\s*\"1\"|AU  - [^\n]+; [^\n]+; )|^TY  - [^\n]*\n(?:.*\n){0,4}?AU  - [^\n;]+; [^\n;]+;",
        "all authors in one AU",
    ),
    _sign("EndNote", "RIS", r"^ST  - .+\n(?:(?!ER  -).*\n){0,80}?(ID  - \d+)\nER  -", "short titles, and records numbered as in {0!r}"),
    _sign("Lens", "RIS", r"^(UR  - https?://(?:www\.)?lens\.org\S{0,40}|L2  - .*lens\.org\S{0,40})"),
    _sign(
        "Mendeley",
        "RIS",
        r"^ER  - ?\nTY  - \w+\n(?:(?:AB|AU|DA)  - .*\n){1,60}DO  - .*\n(?:(?!ER  -).*\n){0,80}?(TI)  - ",
        "tags in the order of the alphabet",
    ),
    _sign(
        "Zotero",
        "RIS",
        r"^TY  - \w+\nTI  - .*\n(?:A[U1]  - .*\n){0,60}(?:T2  - .*\n)?(?:AB  - (?:.*\n){1,40}?)?(DA  - \d{4}/\d\d/\S*)$",
        "{0!r}, behind TI, AU and T2",
    ),
    _sign("Publish or Perish", "RIS", r"^(M1  - (?:Query date|Cites:).*)$"),
    _sign("Scopus", "RIS", r"^(DB  - Scopus|N1  - Export Date:.*|UR  - https?://www\.scopus\.com/\S{0,40})"),
    _sign("Embase", "RIS", r"^(DB  - Embase|UR  - https?://www\.embase\.com\S{0,40}|LK  - .*embase.*)"),
    _sign("APA PsycNet", "RIS", r"^(Provider:\s*American Psychological Association|DP  - APA.*|DB  - (?:APA )?Psyc\w+)"),
    _sign("Ovid", "RIS", r"^(Link to the Ovid Full Text.*|NL  - .*|DB  - Ovid.*|UR  - https?://ovidsp\S{0,40}|L2  - .*ovidsp\S{0,40})"),
    _sign("ProQuest", "RIS", r"^(N1  - Copyright - .*|UR  - https?://(?:www|search)\.proquest\.com\S{0,40}|DB  - .*ProQuest.*)"),
    _sign("EBSCO", "RIS", r"^(DP  - EBSCO\w*|UR  - https?://search\.ebscohost\.com\S{0,60}|UR  - https?://research\.ebsco\.com\S{0,40})"),
    _sign("EBSCO", "RIS", r"^N1  - (Accession Number: .{0,40})"),
    _sign("Web of Science", "RIS", r"^(AN  - WOS:\w+|DB  - Web of Science.*)"),
    _sign("JSTOR", "RIS", r"^(Provider: JSTOR.*|DP  - JSTOR|UR  - https?://www\.jstor\.org\S{0,40}|Database: JSTOR)"),
    _sign("Cochrane Library", "RIS", r"^(Provider: (?:John Wiley|Wiley).*|Record #?\d+ of \d+|DB  - CENTRAL)"),
    _sign("Dimensions", "RIS", r"^(UR  - https?://app\.dimensions\.ai\S{0,40}|U1  - \d+ \[PMID\]|ID  - pub\.\d+)"),
    _sign("LILACS/BVS", "RIS", r"^(UR  - https?://(?:pesquisa|search)\.bvsalud\.org\S{0,40}|DB  - LILACS)"),
    _sign("IEEE Xplore", "RIS", r"^(VO  - .*)\n(?:(?!ER  -).*\n){0,30}?VL  - ", "the volume in VO and in VL"),
    _sign("arXiv", "RIS", r"^(J[FO]  - arXiv.*|UR  - https?://arxiv\.org\S{0,40})"),
    _sign("TRID", "RIS", r"^(UR  - https?://trid\.trb\.org\S{0,40}|DP  - .*TRIS.*)"),
    _sign("PubMed", "MEDLINE", r"^(OWN {0,2}- ?(?:NLM|NASA|HMD|KIE|PIP).*)$"),
    _sign("ERIC", "MEDLINE", r"^(OWN {0,2}- ?ERIC)"),
    _sign("Clarivate", "Web of Science", r"^(FN (?:Clarivate|Thomson|ISI).*)$"),
    _sign(
        "Google Scholar",
        "refer|BibTeX",
        r"\A(?![\s\S]*^%[UXR] )\W*(%0 Journal Article)\n%T .*\n%A ",
        "tags in Google Scholar's order",
    ),
    _sign("Ovid", "Ovid|Ovid with labels", r"(VN {1,2}- .*|ovidsp\.ovid\.com)"),
    _sign("Cochrane Library", "Cochrane", r"^(Record #\d+ of \d+)"),
    _sign("Scopus", "BibTeX", r"(@\w+\{\w+\d{4},\s*(?:.*\n){1,30}?\s*source ?= ?\{Scopus\})", "source={{Scopus}}"),
    _sign("Web of Science", "BibTeX", r"(unique-id = \{[^}]{0,30}|Unique-ID = \{[^}]{0,30})"),
    _sign("ACM", "BibTeX", r"(acmid = |doi = \{10\.1145/[^}]{0,30})"),
    _sign("DBLP", "BibTeX", r"(@\w+\{DBLP:|dblp computer science bibliography)"),
)
