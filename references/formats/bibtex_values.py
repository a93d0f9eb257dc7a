"""The values of BibTeX's fields: abbreviations put in, TeX read as text, names one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from references.formats.entry import Line
from references.formats.latex import decode
from references.formats.text import TooLarge

NAMES = frozenset({"author", "authors", "editor", "editors", "translator", "bookauthor", "editora", "editorb"})
VERBATIM = frozenset({"url", "doi", "ee", "eprint", "file", "howpublished", "link", "pmid", "pmcid", "biburl", "bdsk-url-1", "unique-id"})
KEYWORDS = frozenset({"keywords", "keyword", "author_keywords", "keywords-plus"})
MONTHS = {name: name for name in ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")}

Field = tuple[str, str, int]  # (name in small letters, value as it stands, line)


def field_lines(fields: list[Field], strings: dict[str, str]) -> list[Line]:
    """The fields as lines, names and keywords one each; a subtitle goes with its title, a month with its year."""
    texts = [(name, _plain(value, strings), line) for name, value, line in fields]
    said = {name: text for name, text, _ in texts}
    lines: list[Line] = []
    for name, text, line in texts:
        if name in NAMES:
            lines += [Line(name, person, line, line) for person in people(text)]
        elif name in KEYWORDS:
            parts = decode(text).split(";" if ";" in text else ",")
            lines += [Line(name, word.strip(), line, line) for word in parts if word.strip()]
        elif name in VERBATIM:
            lines.append(Line(name, re.sub(r"\\([_%&#$~{}])", r"\1", text).replace("{", "").replace("}", "").strip(), line, line))
        elif name in ("title", "booktitle", "maintitle") and (subtitle := said.get(_SUB[name])):
            lines.append(Line(name, decode(f"{text}{'' if text.rstrip()[-1:] in ':?!.' else ':'} {subtitle}"), line, line))
        elif name in _SUB.values() and any(_SUB[title] == name and title in said for title in _SUB):
            continue  # it stands behind its title
        elif name == "month" and said.get("year"):
            lines.append(Line(name, f"{decode(said['year'])} {_month(decode(text))}", line, line))
        else:
            lines.append(Line(name, decode(text).strip(), line, line))
    return lines


_NEXT = re.compile(r"\s*([A-Za-z][\w-]*)\s*=\s*(?=[{\"])")


def unglued(name: str, value: str, line: int) -> Iterator[Field]:
    """The field, and those that follow it in its value because a comma is missing: {A title} file = {x.pdf}."""
    end = _closing(value, 0) if value[:1] == "{" else None
    following = _NEXT.match(value, end + 1) if end is not None else None
    if end is None or following is None:
        yield name, value, line
        return
    yield name, value[: end + 1], line
    yield from unglued(following[1], value[following.end() :], line + value.count("\n", 0, following.start(1)))


_SUB = {"title": "subtitle", "booktitle": "booksubtitle", "maintitle": "mainsubtitle"}


def _month(text: str) -> str:
    """A month as a word, since 2019 11 would be no date: 11 is nov."""
    names = list(MONTHS)
    return names[int(text) - 1] if text.isdecimal() and 1 <= int(text[:4]) <= 12 else text


_PART = re.compile(r'\s*(?:"((?:[^"{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)"|([^\s#"{}]+)|(\{))\s*(#|$)', re.S)


LONGEST_VALUE = 5_000_000  # characters; abbreviations of abbreviations can be made to grow beyond any memory


def abbreviations(strings: list[tuple[str, str]]) -> dict[str, str]:
    """{name in small letters: its text} of all @string, each with those before it put in, as BibTeX reads them."""
    found: dict[str, str] = {}
    for name, value in strings:
        found[name.lower()] = _plain(value, found)
    return found


def _plain(value: str, strings: dict[str, str]) -> str:
    """A value without what encloses it, joined at # and with its abbreviations put in."""
    value = value.strip()
    if value[:1] == "{" and value[-1:] == "}" and _matched(value):
        return value[1:-1]
    parts: list[str] = []
    place = 0
    while place < len(value):
        found = _PART.match(value, place)
        if found is None or found[3]:
            if value[place : place + 1] != "{" or (end := _closing(value, place)) is None:
                return value.strip('"') if place == 0 else "".join([*parts, value[place:]])
            parts.append(value[place + 1 : end])
            rest = re.match(r"\s*#?\s*", value[end + 1 :])
            place = end + 1 + (rest.end() if rest else 0)
            continue
        quoted, word = found[1], found[2]
        if word is not None:
            parts.append(strings.get(word.lower(), MONTHS.get(word.lower(), word)))
            if sum(map(len, parts)) > LONGEST_VALUE:
                raise TooLarge(
                    f"a value of more than {LONGEST_VALUE:,} characters, made of abbreviations (@string); no real one is so long"
                )
        else:
            parts.append(quoted)
        place = found.end()
    return "".join(parts)


def _matched(value: str) -> bool:
    """Whether the first brace is closed by the last."""
    return _closing(value, 0) == len(value) - 1


def _closing(value: str, start: int) -> int | None:
    depth = 0
    for found in re.finditer(r"\\[{}]|[{}]", value[start:]):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return start + found.start()
    return None


# -- names -------------------------------------------------------------------------------------------------------------


def people(text: str) -> Iterator[str]:
    """Each person as "Family, Given", by BibTeX's rules; what stands in braces is a body and stays whole."""
    for part in _split(text, re.compile(r"\s+and\s+", re.I)):
        name = " ".join(part.split())
        if name.lower() == "others":
            yield "et al."
        elif name:
            yield _person(name)


def _split(text: str, between: re.Pattern[str]) -> list[str]:
    """The text cut where a pattern stands outside of braces."""
    parts, start = [], 0
    depths = _depths(text)
    for found in between.finditer(text):
        if depths[found.start()] == 0:
            parts.append(text[start : found.start()])
            start = found.end()
    return [*parts, text[start:]]


def _depths(text: str) -> list[int]:
    depth, found = 0, []
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        found.append(depth)
    return found or [0]


_LABELLED = re.compile(r"\b(family|given|prefix|suffix)\s*=\s*")


def _person(name: str) -> str:
    if name[:1] == "{" and name[-1:] == "}" and _matched(name):
        return decode(name).strip()
    if _LABELLED.match(name):
        return _from_labels(name)
    parts = [decode(part).strip() for part in _split(name, re.compile(r"\s*,\s*"))]
    if len(parts) > 1:  # "von Family, Jr, Given"
        family, *junior, given = parts
        return ", ".join(filter(None, [family, given, *junior]))
    words = [decode(word) for word in _split(name, re.compile(r"[\s~]+"))]
    if len(words) < 2:
        return words[0] if words else ""
    first = next((place for place, word in enumerate(words[:-1]) if place and word[:1].islower()), len(words) - 1)
    return f"{' '.join(words[first:])}, {' '.join(words[:first])}"


def _from_labels(name: str) -> str:
    """BibLaTeX's own way: "family=Smith, given=John, prefix=van"."""
    found = {}
    for part in _split(name, re.compile(r"\s*,\s*")):
        label, _, value = part.partition("=")
        found[label.strip()] = decode(value).strip()
    family = " ".join(filter(None, [found.get("prefix"), found.get("family")]))
    return ", ".join(filter(None, [family, found.get("given"), found.get("suffix")]))
