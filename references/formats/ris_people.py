"""Who wrote and who edited, from the tags of one RIS entry."""

from __future__ import annotations

import re
from collections.abc import Sequence

from references.formats.names import family_first, names_in
from references.formats.tagged import Line
from references.formats.values import Values
from references.identifiers import find_doi


def people(values: Values, doi: str | None, kind: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Authors from AU and A1 in file order (A1 is no old AU: reordered, a byline breaks), and editors."""
    if numbered := _emerald_numbered(values, doi):
        names, _ = _gather(values, "authors", numbered)
        return tuple(family_first(name) for name in names), ()
    authors, marked = _gather(values, "authors", values.in_file_order("AU", "A1"))
    if kind == "thesis":  # A2 and A3 are supervisors
        return tuple(authors), tuple(marked)
    editors, more = _gather(values, "editors", values.in_file_order("A2", "ED") or (values.all("A3") if kind == "book" else []))
    return tuple(authors), tuple(dict.fromkeys([*marked, *editors, *more]))


def _gather(values: Values, field: str, lines: Sequence[Line]) -> tuple[list[str], list[str]]:
    """The names in these lines, each once, and apart those that are marked as editors."""
    names: list[str] = []
    editors: list[str] = []
    for line in lines:
        people = names_in(line.value)
        if people.names:
            values.take(field, line)
        if people.editors:
            values.take("editors", line)
        if people.names or people.editors:
            values.leave(line, people.rest)
        names += people.names
        editors += people.editors
    return list(dict.fromkeys(names)), list(dict.fromkeys(editors))


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
