"""Asking each live service for one page, and comparing its shape with what was recorded: services change without a word."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from references import http
from references.sources import LIVE
from references.sources.source import Changed, Moved, Question
from references.walk import Ask, manners_of

# One small question for each; what it finds does not matter.
QUERIES = {
    "europepmc": 'TITLE:"joint working" AND FIRST_PDATE:[2015-01-01 TO 2015-12-31]',
    "pubmed": '"joint working"[ti] AND 2015[dp]',
    "openalex": 'title_and_abstract.search:"joint working",from_publication_date:2015-01-01,to_publication_date:2015-12-31',
    "crossref": "filter=issn:1476-9018,from-pub-date:2015,until-pub-date:2015",
    "doaj": 'bibjson.title:"joint working"',
    "semanticscholar": 'query="joint working"&year=2015',
}
PAGE_SIZE = 25
DEEPEST = 6  # parts of a path
MANY = 60  # keys of an object that is a dictionary of words, not a record


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What a service answered."""

    source: str
    problem: str = ""  # why there was no answer that could be read
    total: int | None = None
    records: int = 0
    new: tuple[str, ...] = ()  # fields that no recorded answer had
    missing: tuple[str, ...] = ()  # fields that every recorded answer had
    headers: tuple[str, ...] = ()  # headers of limits that every recorded answer had, and this one lacks
    remarks: tuple[str, ...] = ()  # what our reader did not understand

    @property
    def as_recorded(self) -> bool:
        return not (self.problem or self.missing or self.headers or self.new or self.remarks)


def probe(name: str, base: str, keyed: bool, ask: Ask | None = None) -> Probed:
    """Ask a source for one page, and for those behind it until there is one with records."""
    source, shape = LIVE[name], recorded().get(name, {})
    question = Question(query=QUERIES[name], page_size=PAGE_SIZE, base=base, keyed=keyed)
    cursor: str | None = source.START
    paths: set[str] = set()
    remarks: list[str] = []
    total, count, headers = None, 0, frozenset[str]()
    try:
        asked = ask or http.Client(source.SECRETS, source=name).ask
        while cursor is not None and not count:
            answer = asked(source.request(question, cursor), manners_of(source, question, cursor))
            found = source.records(answer.data)
            said = source.total(answer.data, question, cursor)
            total, count = total if said is None else said, len(found)
            headers = headers.union(answer.headers)
            paths |= shape_of(answer.data)
            remarks += [note.what for note in source.diagnostics(answer.data, found)]
            cursor = source.next_cursor(answer.data, question, cursor)
    except (http.Refused, http.Later, http.NoAnswer, Changed, Moved) as problem:
        return Probed(source=name, problem=str(problem))
    if not count:
        return Probed(source=name, problem="it found no record, so nothing could be compared", total=total)
    return Probed(
        source=name, total=total, records=count, remarks=tuple(remarks),
        new=tuple(sorted(paths - set(shape.get("known", ())))),
        missing=tuple(sorted(set(shape.get("always", ())) - paths)),
        headers=tuple(sorted(set(shape.get("headers", ())) - headers)),
    )  # fmt: skip


@cache
def recorded() -> Mapping[str, Mapping[str, list[str]]]:
    """{source: {"known": fields of any recorded answer, "always": of each, "headers": of each}}."""
    found: dict[str, dict[str, list[str]]] = json.loads(files("references.sources").joinpath("shapes.json").read_text(encoding="utf-8"))
    return found


def shape_of(data: Any) -> set[str]:
    """The paths of all fields in a body: "message/items/DOI" in JSON, "PubmedArticle/MedlineCitation/PMID" in XML."""
    return set(_elements(data, "") if hasattr(data, "iterchildren") else _paths(data, ""))


def _paths(data: Any, path: str) -> Iterator[str]:
    if path.count("/") >= DEEPEST:
        return
    if isinstance(data, list):
        for one in data:
            yield from _paths(one, path)
    elif isinstance(data, dict) and len(data) <= MANY and not path.endswith("abstract_inverted_index"):
        for name, value in data.items():
            inner = f"{path}/{name}".lstrip("/")
            yield inner
            yield from _paths(value, inner)


def _elements(element: Any, path: str) -> Iterator[str]:
    for child in element.iterchildren("*"):
        inner = f"{path}/{child.tag}".lstrip("/")
        if inner.count("/") < DEEPEST:
            yield inner
            yield from _elements(child, inner)
