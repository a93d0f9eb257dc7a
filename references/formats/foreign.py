"""Records of another format inside a file: two exports were joined, and a reader of one of them would pass the other over."""

from __future__ import annotations

import re

# Lines that begin a record and nothing else, format by format.
_STARTS = {
    "RIS": r"TY  - [A-Z]{2,9}[ \t]*$",
    "MEDLINE": r"PMID- \d{1,8}[ \t]*$",
    "Web of Science": r"PT [JBSP][ \t]*$",
    "refer": r"%0 [A-Z][a-z]+(?: [A-Z][a-z]+)*[ \t]*$",
    "BibTeX": r"@(?:article|book|booklet|inbook|incollection|inproceedings|mastersthesis|misc|phdthesis|techreport|unpublished)\s*\{",
    "XML": r"[ \t]*<(?:record|PubmedArticle)\b[^>]*>",
}


def starts_of_others(*own: str) -> re.Pattern[str]:
    """Lines that begin a record of any format but these; for the text of a file, or for a line of it."""
    return re.compile("|".join(f"^{pattern}" for name, pattern in _STARTS.items() if name not in own), re.M | re.I)
