"""Names of people as sources write them, one by one."""

from __future__ import annotations

import re
from typing import NamedTuple

from references.identifiers import clean_text, nothing

_ET_AL = re.compile(r",?\s*\b(?:et\.? al\b\.?|and others)\s*$", re.I)
_OTHERS = ("al", "al.", "Al", "Al.", "AL", "AL.", "others", "Others")  # quicker than the pattern, which nearly no name has
_EDITOR = re.compile(r"\s*[\[(](?:eds?|editors?|red|hrsg)\.?[\])]\s*$", re.I)
_NOBODY = re.compile(r"(?:\.{2,}|…|\[?anonymous\]?|anon\.?|no authorship,? indicated|\[no authors? listed\])", re.I)
_PARTICLES = frozenset(
    (
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "do",
        "dos",
        "du",
        "la",
        "le",
        "ten",
        "ter",
        "zu",
        "zur",
        "el",
        "al",
        "bin",
        "ibn",
        "af",
        "av",
    )
)


_ORDINARY = re.compile(r"[A-Z][A-Za-z'-]+, [A-Z][a-z]*(?:\.? ?[A-Z][a-z]*){0,3}(?<! Al)\.?")


class People(NamedTuple):
    """Who is named in one value, and what of it names nobody ("et al.")."""

    names: tuple[str, ...]
    editors: tuple[str, ...]  # those marked "(ed.)"
    rest: str


def names_in(value: str) -> People:
    """The people in one value: one, or several with ";" or line ends between them. Names keep their order and words."""
    if _ORDINARY.fullmatch(value) and not _NOBODY.fullmatch(value):
        return People((value,), (), "")  # most values are like this, and nothing below would change them
    names: list[str] = []
    editors: list[str] = []
    rest: list[str] = []
    parts = [piece for line in value.split("\n") for piece in clean_text(line).split(";")]
    for part in parts:
        name = part.strip()
        if name.endswith(_OTHERS) and (found := _ET_AL.search(name)):
            rest.append(found[0].strip(" ,"))
            name = name[: found.start()]
        marked = _EDITOR.search(name) if name[-1:] in (")", "]") else None
        name = _tidy(name[: marked.start()] if marked else name)
        if nothing(name) or _NOBODY.fullmatch(name):
            rest.append(name)
        else:
            (editors if marked else names).append(name)
    return People(tuple(names), tuple(editors), " ".join(filter(None, rest)))


def _tidy(name: str) -> str:
    """ "Russwurm,M." gets its space, "Jäschke, Robert," loses its last comma."""
    name = name.strip(" ,")
    if name.count(",") == name.count(", ") and " ," not in name:
        return name
    return re.sub(r"\s*,\s*(?=[^\s,])", ", ", name).strip()


_INITIALS = re.compile(r"[^\W\d_][\w'’-]+(?: [^\W\d_][\w'’-]+){0,2} (?:[A-Z]\.?[ -]?){1,4}")


def as_person(name: str) -> str:
    """ "Gao X." and "van Dijk JA" with their comma, as they are surely people; any other name as it stands."""
    if "," in name or not _INITIALS.fullmatch(name):
        return name
    return family_first(name)


def family_first(name: str) -> str:
    """ "Morris Meghan D." with the comma that a source of "Last First" left out; particles belong to the family name.

    A family name of two words cannot be told from a name and a middle name, and loses its second word to the given names.
    """
    words = name.split()
    if "," in name or len(words) < 2:
        return name
    family = 1
    while family < len(words) - 1 and words[family - 1].lower() in _PARTICLES:
        family += 1
    return f"{' '.join(words[:family])}, {' '.join(words[family:])}"
