"""Several people in one value, told apart: each vendor joins them in its own way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_SUFFIX = re.compile(r"(?:jr|sr|[2-4](?:nd|rd|th)|ii|iii|iv)\.?", re.I)
_INITIALS = re.compile(r"(?:[^\W\d_a-z]\.?[\s-]*){1,5}")
_AND = re.compile(r"\s+(?:and|&)\s+")
_ET_AL = re.compile(r"et\.? al\b|others$", re.I)
# Words that names of bodies have: "and" in them joins no people.
_BODY = re.compile(
    r"\b(?:of|for|the|in|on|department|ministry|institute|university|council|committee|group|society|cent(?:er|re)|agency|office|board|"
    r"association|organi[sz]ation|foundation|trust|services?|administration|commission|network|collaboration)\b",
    re.I,
)


def semicolons(value: str) -> list[str]:
    """ "Huby, Guro; Cook, Ailsa"."""
    return value.split(";")


def commas(value: str) -> list[str]:
    """ "Huby GO, Cook A., Kirchhoff R", or with semicolons where the vendor changed its mind; "Jr" stays with its name."""
    if ";" in value:
        return semicolons(value)
    return _suffixed([part.strip() for part in value.split(",")])


def _suffixed(parts: list[str]) -> list[str]:
    names: list[str] = []
    for part in parts:
        if names and _SUFFIX.fullmatch(part):
            names[-1] += f", {part}"
        elif part:
            names.append(part)
    return names


def bars(value: str) -> list[str]:
    """ "Guro Huby|Ailsa Cook"."""
    return value.split("|") if "|" in value else any_way(value)


_TITLES = re.compile(r"(?:(?:Prof|Professor|Dr|Priv|Doz|Ing|Mag|Dipl|Assoc|Assist|PD|habil|h\.c)\.?(?:-Ing\.?)?\s+)+(?=\S)")
_OPEN = frozenset(
    re.findall(r"\w+", "Mc Mac De Di Da Du La Le Lo Del Della Des Dos Fitz Van Von Ter Ten Vander Vanden Al El Ben Abd St San")
)


def glued(value: str) -> list[str]:
    """ "Guro HubyAilsa Cook", with nothing between the people but the change of case; academic titles go.

    A capital inside a name is told by its first part ("McDonald", "DeWitt"); an unknown one is split.
    """
    if ";" in value:
        return semicolons(value)
    names, start, word = [], 0, 0
    for place in range(1, len(value)):
        before, here = value[place - 1], value[place]
        if before.isspace() or before in "-'’":
            word = place
        ended = before.islower() or (before == "." and value[place - 2 : place - 1].islower() and value[place - 3 : place - 2].isalpha())
        if here.isupper() and ended and value[word:place] not in _OPEN:
            names.append(value[start:place])
            start = word = place
    names.append(value[start:])
    return [_TITLES.sub("", name) for name in names]


def any_way(value: str) -> list[str]:
    """However people may be joined: ";", "|", " and ", a list as Python writes it, or commas where they cannot be within names."""
    if (items := listed(value)) is not None:
        return items
    if ";" in value:
        return [name for part in value.split(";") for name in _joined_by_and(part)]
    if "|" in value:
        return value.split("|")
    parts = _joined_by_and(value)
    return parts if len(parts) > 1 else _by_commas(value)


def _joined_by_and(value: str) -> list[str]:
    """ "Huby, G. and Cook, A." or "Guro Huby, Bo Reid and Ailsa Cook", but not "Department of Health and Social Care"."""
    parts = [part.strip(" ,") for part in _AND.split(value)]
    if len(parts) < 2:
        return [value]
    names = [name for part in parts for name in _by_commas(part)]
    if all(_one_name(name) or _ET_AL.fullmatch(name) for name in names):
        return names
    names = _suffixed([name.strip() for part in parts for name in part.split(",")])
    return names if all(_spaced(name) or _ET_AL.fullmatch(name) for name in names) else [value]


def _one_name(name: str) -> bool:
    return len(_suffixed(name.split(","))) == 2


def _by_commas(value: str) -> list[str]:
    """ "Huby GO, Cook A" and "Huby, G., Cook, A." are two; "Huby, Guro" is one."""
    parts = _suffixed([part.strip() for part in value.split(",")])
    if len(parts) < 2:
        return [value]
    if all(_spaced(part) for part in parts) and (len(parts) > 2 or all(_ends_in_initials(part) for part in parts)):
        return parts
    if len(parts) > 2 and len(parts) % 2 == 0 and all(_INITIALS.fullmatch(part) for part in parts[1::2]):
        return [f"{family}, {given}" for family, given in zip(parts[::2], parts[1::2], strict=True)]
    return [value]


def _spaced(part: str) -> bool:
    return len(part.split()) > 1 and not _BODY.search(part)


def _ends_in_initials(part: str) -> bool:
    return _INITIALS.fullmatch(part.partition(",")[0].split()[-1]) is not None


_ITEM = r"""(?:'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")"""
_LIST = re.compile(rf"\s*\[\s*{_ITEM}(?:\s*,\s*{_ITEM})*+\s*,?\s*\]\s*", re.S)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([nrt])|(.))", re.S)


def listed(value: str) -> list[str] | None:
    """The texts of a list as Python writes it ("['Huby, Guro', 'Cook, Ailsa']"), as pandas saves its columns; else None."""
    if "[" not in value[:20] or not _LIST.fullmatch(value):
        return None
    return [_ESCAPE.sub(_unescaped, found[1:-1]) for found in re.findall(_ITEM, value)]


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else " " if found[3] else found[4]


SPLITTERS: Mapping[str, Callable[[str], list[str]]] = {
    "semicolons": semicolons,
    "commas": commas,
    "bars": bars,
    "glued": glued,
    "any": any_way,
}
