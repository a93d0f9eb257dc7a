"""Crossref's rules, for tests: what /works takes and refuses, how it pages, and the rate that it states and holds to.

It pages by offset, to 10,000 records; more rows than 1,000, and every parameter, filter or name to select that it does not know,
are a 400 that lists what is wrong. A cursor is not offered here, and answers as one that is dead. Each answer states how many
requests it takes in how many seconds, which may change from one answer to the next; more than that are a 429 in HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Self

from tests.replay import RECORDED, Asked, Fault, Raw, Reply, Server

QUERY = "query.bibliographic=partnership working&filter=from-pub-date:{from},until-pub-date:{to}"

# As the service lists them when it refuses a name, October 2026.
SELECTABLE = frozenset(
    """abstract URL resource member posted score created degree update-policy short-title license ISSN container-title issued update-to
    issue prefix approved indexed article-number clinical-trial-number accepted author group-title DOI is-referenced-by-count updated-by
    event chair standards-body original-title funder translator published archive published-print alternative-id subject subtitle
    published-online publisher-location content-domain reference title link type publisher volume references-count ISBN issn-type
    assertion deposited page contributor content-created short-container-title relation editor""".split()  # noqa: SIM905
)
PARAMETERS = frozenset({"query", "rows", "offset", "sample", "facet", "filter", "sort", "order", "cursor", "select", "mailto"})
FIELDS = frozenset({"author", "bibliographic", "container-title", "editor", "title"})
FILTERS = frozenset({f"{side}-{kind}-date" for side in ("from", "until") for kind in ("pub", "created", "index")} | {"issn", "type"})
SORTS = frozenset({"score", "created", "published", "issued", "indexed", "updated", "deposited"})


def recorded() -> list[Raw]:
    """Every work in the recorded answers; none where they are not here."""
    return list(_recorded())


def _recorded() -> Iterator[Raw]:
    for path in sorted((RECORDED / "crossref").glob("*/*.body.json")):
        message = json.loads(path.read_bytes())["message"]
        if isinstance(message, dict) and "stack" not in message:
            yield from message.get("items", [message])


def made(count: int, first: int = 1) -> list[Raw]:
    """Works of our own making, in the service's shape: articles, chapters, preprints and reports in turn, 150 days apart."""
    return [work(number) for number in range(first, first + count)]


def work(number: int, created: date | None = None) -> Raw:
    """One of them."""
    day = created or date(2008, 1, 1) + timedelta(days=150 * number)
    stamp = {"date-parts": [[day.year, day.month, day.day]], "date-time": f"{day}T{number % 24:02}:00:00Z", "timestamp": number}
    shapes = (_report, _article, _chapter, _preprint)
    return {
        "DOI": f"10.5555/Partnership.{number}",
        "title": [f"Joint working in health and social care, part <i>{number}</i>"],
        "issued": {"date-parts": [[2008 + number % 12]]},
        "created": stamp,
        "deposited": stamp,
        "resource": {"primary": {"URL": f"https://example.org/works/{number}"}},
        "reference": [{"key": "1", "unstructured": "Moe K. Joint working. 2001."}],
        "references-count": 1,
        **shapes[number % 4](number),
    }


def _article(number: int) -> Raw:
    return {
        "type": "journal-article",
        "author": [{"given": "Kari", "family": "Moe", "sequence": "first", "affiliation": []}],
        "container-title": ["Journal of Examples"],
        "ISSN": ["1234-5679", "2345-678X"],
        "volume": "4",
        "page": f"{number}-{number + 9}",
        "published-print": {"date-parts": [[2008 + number % 12, 3]]},
        "abstract": f"<jats:title>Abstract</jats:title><jats:sec><jats:title>Aim</jats:title><jats:p>To see {number}.</jats:p></jats:sec>",
    }


def _chapter(number: int) -> Raw:
    return {
        "type": "book-chapter",
        "author": [{"name": "Joint Working Group", "sequence": "first", "affiliation": []}],
        "editor": [{"given": "Ola", "family": "Li", "sequence": "first", "affiliation": []}],
        "container-title": ["Handbook of Examples", "Examples in Context"],
        "ISBN": ["9781590598160"],
        "publisher": "Example House",
    }


def _preprint(number: int) -> Raw:
    relation = {"is-preprint-of": [{"id-type": "doi", "id": f"10.5555/partnership.{number - 2}", "asserted-by": "subject"}]}
    return {"type": "posted-content", "posted": {"date-parts": [[2008 + number % 12, 2, 3]]}, "relation": relation}


def _report(number: int) -> Raw:
    retraction = {"DOI": "10.5555/r", "type": "retraction", "label": "Retraction", "source": "retraction-watch"}
    return {"type": "report", "publisher": "Audit Example", "updated-by": [retraction] if number % 8 == 0 else []}


class Crossref:
    """The service, with these works in the order of their likeness to any query."""

    PATH = ""

    def __init__(self, works: Sequence[Raw], *, deepest: int = 10_000, rates: Sequence[tuple[int, int]] = ((10_000, 1),)) -> None:
        self.works = works
        self.deepest = deepest
        self.rates = rates  # (requests, seconds) as stated by each answer in turn; the last one stays
        self.stated: tuple[int, int] | None = None
        self.times: list[float] = []  # of requests since that was stated
        self.answers = self.too_many = 0

    def reply(self, asked: Asked, fault: Fault | None) -> Reply:
        limit, seconds = self.stated or (1, 0)
        self.times = [*(time for time in self.times if asked.at - time < seconds), asked.at]
        if len(self.times) > limit:
            self.too_many += 1
            return Reply(b"<html><body><h1>429 Too Many Requests</h1></body></html>", 429, {"Content-Type": "text/html"})
        now = self.rates[min(self.answers, len(self.rates) - 1)]
        if now != self.stated:
            self.stated, self.times = now, [asked.at]
        self.answers += 1
        reply = self.answer(asked, fault)
        limits = {"x-rate-limit-limit": str(now[0]), "x-rate-limit-interval": f"{now[1]}s", "x-concurrency-limit": "1"}
        return Reply(reply.body, reply.status, {**reply.headers, "x-api-pool": "public-array", **limits})

    def answer(self, asked: Asked, fault: Fault | None) -> Reply:
        if asked.path != "/works":
            return Reply(b"Resource not found.", 404, {"Content-Type": "text/plain"})
        if wrong := list(self.wrong(asked.form)):
            return Reply.of({"status": "failed", "message-type": "validation-failure", "message": wrong}, 400)
        if cursor := asked.form.get("cursor"):
            dead = {"type": "cursor-invalid", "value": cursor, "message": "Cursor specified but it is invalid"}
            return Reply.of({"status": "failed", "message-type": "resource-failure", "message": [dead]}, 404)
        return Reply.of({"status": "ok", "message-type": "work-list", "message-version": "1.0.0", "message": self.page(asked.form, fault)})

    def wrong(self, form: dict[str, str]) -> Iterator[dict[str, str]]:
        """What of a request is not valid."""
        for name in form.keys() - PARAMETERS:
            if not name.startswith("query."):
                no = f"Parameter {name} specified but there is no such parameter available on any route"
                yield {"type": "unknown-parameter", "value": name, "message": no}
            elif name.removeprefix("query.") not in FIELDS:
                no = f"Field query {name} specified but there is no such field query for this route"
                yield {"type": "field-query-not-available", "value": name, "message": no}
        selected = set(filter(None, form.get("select", "").split(",")))
        for kind, unknown in (("filter", {name for name, _ in filters(form)} - FILTERS), ("select", selected - SELECTABLE)):
            for name in sorted(unknown):
                no = f"{kind.title()} '{name}' specified but there is no such {kind} for this route"
                yield {"type": f"{kind}-not-available", "value": name, "message": no}
        for name, most in (("rows", 1000), ("offset", self.deepest)):
            text = form.get(name, "0")
            deep = int(text) + int(form["rows"]) if name == "offset" and text.isdecimal() and form.get("rows", "").isdecimal() else 0
            if not text.isdecimal() or int(text) > most or deep > self.deepest:
                no = f"Integer specified as {text} but must be a positive integer less than or equal to {most}. "
                yield {"type": "integer-not-valid", "value": text, "message": no}
        if form.get("sort", "score") not in SORTS:
            yield {"type": "sort-field-not-valid", "value": form["sort"], "message": f"Sort field specified as {form['sort']}"}

    def page(self, form: dict[str, str], fault: Fault | None) -> dict[str, Any]:
        """The message of an answer."""
        found = [one for one in self.works if fits(one, filters(form))]
        if form.get("sort") == "created":
            found.sort(key=lambda one: one["created"]["date-time"], reverse=form.get("order") == "desc")
        offset, rows = int(form.get("offset", "0")), int(form.get("rows", "20"))
        start = max(offset - fault.number, 0) if fault and fault.kind == "shift" else offset
        items = found[start : start + rows]
        if fault and fault.kind == "short":
            items = items[: fault.number]
        names = set(form["select"].split(",")) if "select" in form else None
        return {
            "facets": {},
            "total-results": fault.number if fault and fault.kind == "total" else len(found),
            "items": [one if names is None else {name: value for name, value in one.items() if name in names} for one in items],
            "items-per-page": rows,
            "query": {"start-index": offset, "search-terms": form.get("query")},
        }


def filters(form: Mapping[str, str]) -> list[tuple[str, str]]:
    """Name and value of each filter."""
    parts = re.split(r",(?=[\w.-]+:)", form["filter"]) if form.get("filter") else []
    return [(part.partition(":")[0], part.partition(":")[2]) for part in parts]


def fits(one: Raw, asked: Sequence[tuple[str, str]]) -> bool:
    """Whether a work passes all filters; those of one name are alternatives."""
    names = {name for name, _ in asked}
    return all(any(_fits(one, name, value) for other, value in asked if other == name) for name in names)


def _fits(one: Raw, name: str, value: str) -> bool:
    if name == "issn":
        return value in one.get("ISSN", [])
    if name == "type":
        return bool(value == one["type"])
    side, kind = name.split("-")[:2]
    parts = one["issued" if kind == "pub" else "created"]["date-parts"][0]
    day = "-".join(f"{part:02}" for part in parts)
    short = min(len(day), len(value))  # "2019" is in every month of its year
    return day[:short] >= value[:short] if side == "from" else day[:short] <= value[:short]


class Replay(Server):
    """Crossref's server."""

    service: Crossref

    def __init__(self, works: Sequence[Raw], faults: Mapping[int, Fault] | None = None, **more: Any) -> None:
        super().__init__(Crossref(works, **more), faults)

    def __enter__(self) -> Self:
        super().__enter__()
        # Head and body are sent one after the other, and the body would wait 40 ms for the head to be acknowledged.
        self.http.RequestHandlerClass.disable_nagle_algorithm = True  # type: ignore[attr-defined]
        return self
