"""Who wrote and who edited, from the tags of one RIS entry."""

from __future__ import annotations

import re

from references.formats.entry import Line
from references.formats.interpret import gather
from references.formats.names import family_first
from references.formats.values import Values
from references.identifiers import find_doi


def people(values: Values, doi: str | None, kind: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Authors from AU and A1 in file order (A1 is no old AU: reordered, a byline breaks), and editors."""
    if numbered := _emerald_numbered(values, doi):
        names, _ = gather(values, "authors", numbered)
        return tuple(family_first(name) for name in names), ()
    authors, marked = gather(values, "authors", values.in_file_order("AU", "A1"))
    if kind == "thesis":  # A2 and A3 are supervisors
        return tuple(authors), tuple(marked)
    # Of a book A3 is the editor and A2 edits the series (EndNote, Zotero); where there is no A3, A2 is all that is known.
    named = values.in_file_order("A3", "ED") if kind == "book" and values.all("A3") else values.in_file_order("A2", "ED")
    editors, more = gather(values, "editors", named)
    return tuple(authors), tuple(dict.fromkeys([*marked, *editors, *more]))


_NUMBERED = ("A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9")


def _emerald_numbered(values: Values, doi: str | None) -> list[Line]:
    """Emerald of 2019 numbered its authors A1, A2, A3, ... "Last First", tags that are editors everywhere else.

    Recognised by its DOI, no AU, each tag at most once and in a row, and no comma in any name. One author alone
    (A1) is believed when date and link are as Emerald writes them.
    """
    lines = [values.all(tag) for tag in _NUMBERED]
    count = sum(1 for found in lines if found)
    if not (doi or "").startswith("10.1108/") or values.all("AU") or not count:
        return []
    if any(len(found) != 1 for found in lines[:count]) or any("," in found[0].value or ";" in found[0].value for found in lines[:count]):
        return []
    lone = re.match(r"\d{4}/01/01\b", values.text("Y1")) and find_doi(values.text("UR")) == doi
    return [found[0] for found in lines[:count]] if count > 1 or lone else []
