"""DOAJ's rules, for tests: what its article search takes and refuses, how it pages, and the rate it holds to.

As its source has them, https://github.com/DOAJ/doaj, portality/api/current/discovery.py: pages by number, 100 records each at most,
none that begins behind the 1,000th record; no wildcards; and a colon that no AND or OR stands before is a letter like any other.
It states no rate, and answers 429 where more than 2 requests a second come, but for a burst of 5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

from tests.replay import RECORDED, Asked, Fault, Raw, Reply, Server

QUERY = '"partnership working" AND created_date:[{from} TO {to}]'
REF = "(ref: 5f1c2f3e-0000-11ef-8000-0242ac120002)"


def recorded() -> list[Raw]:
    """Every article in the recorded answers; none where they are not here."""
    return list(_recorded())


def _recorded() -> Iterator[Raw]:
    for path in sorted((RECORDED / "doaj").glob("*/*.body.json")):
        answer = json.loads(path.read_bytes())
        yield from answer.get("results", [answer])


def made(count: int, first: int = 1) -> list[Raw]:
    """Articles of our own making, in the service's shape, added 150 days apart."""
    return [article(number) for number in range(first, first + count)]


def article(number: int, created: date | None = None) -> Raw:
    """One of them; each third has no abstract, each fourth no number of its own."""
    day = created or date(2008, 1, 1) + timedelta(days=150 * number)
    bibjson: Raw = {
        "identifier": [{"id": "1234-5679", "type": "pissn"}, {"id": "2345-678X", "type": "eissn"}],
        "journal": {
            "volume": "4",
            "number": "2",
            "country": "NO",
            "license": [{"open_access": True, "type": "CC BY"}],
            "issns": ["1234-5679", "2345-678X"],
            "publisher": "Example House",
            "language": ["EN"] if number % 2 else ["EN", "NO"],
            "title": "Journal of Examples",
        },
        "month": f"{number % 13:02}",
        "year": str(2008 + number % 12),
        "start_page": str(number),
        "end_page": str(number + 9),
        "subject": [{"code": "H", "scheme": "LCC", "term": "Social Sciences"}],
        "author": [{"affiliation": "University of Examples", "name": "Kari Moe"}, {"name": "Ola Li"}],
        "link": [{"content_type": "HTML", "type": "fulltext", "url": f"https://example.org/articles/{number}"}],
        "keywords": ["joint working", f"case {number}"],
        "title": f"Joint working in health and social care, part <i>{number}</i>",
    }
    if number % 3:
        bibjson["abstract"] = f"<p><strong>Aim:</strong> To see {number}.</p>"
    if number % 4:
        bibjson["identifier"].append({"id": f"10.5555/Partnership.{number}", "type": "doi"})
    stamp = f"{day}T{number % 24:02}:00:00Z"
    admin = {"seal": False}
    return {"id": f"{number:032x}", "created_date": stamp, "last_updated": stamp, "admin": admin, "bibjson": bibjson}


class Doaj:
    """The service, with these articles."""

    PATH = "/api"

    def __init__(self, articles: Sequence[Raw], *, most: int = 1000, rate: float = 1e6, burst: int = 5) -> None:
        self.articles = articles
        self.most = most  # records that one query gives
        self.rate, self.burst = rate, burst
        self.room, self.last = float(burst), 0.0  # requests that may come at once, and when the last one came
        self.too_many = 0

    def reply(self, asked: Asked, fault: Fault | None) -> Reply:
        self.room = min(self.burst, self.room + (asked.at - self.last) * self.rate)
        self.last = asked.at
        if self.room < 1:
            self.too_many += 1
            return Reply(b"<html><head><title>429 Too Many Requests</title></head></html>", 429, {"Content-Type": "text/html"})
        self.room -= 1
        return self.answer(asked, fault)

    def answer(self, asked: Asked, fault: Fault | None) -> Reply:
        start, _, path = asked.path.partition("/search/articles/")
        if start or not path or "/" in path:
            return Reply.of({"status": "not_found", "error": f"Not found {REF}"}, 404)
        query = unquote(path)
        page, size = (int(asked.form.get(name, default)) for name, default in (("page", "1"), ("pageSize", "10")))
        size = min(size, 100) if size > 0 else 10
        offset = (max(page, 1) - 1) * size
        if no := self.wrong(query, offset, asked.form.get("sort", "")):
            return Reply.of({"status": "bad_request", "error": f"{no} {REF}"}, 400)
        return Reply.of(self.page(query, max(page, 1), size, asked.form.get("sort", ""), fault), x_total_count="1")

    def wrong(self, query: str, offset: int, sort: str) -> str | None:
        """What the service says against a request."""
        if re.search(r".+[^\\][?*]+", query) or re.search(r".+[^\\]~", query):
            return "Query contains disallowed Lucene features"
        if offset >= self.most:
            return f"You cannot access results beyond {self.most} records via this API."
        if sort and not sort.endswith((":asc", ":desc")):
            return "Sort direction must be 'asc' or 'desc'"
        if query.count("(") != query.count(")"):
            return "There was an error executing your query"
        return None

    def page(self, query: str, page: int, size: int, sort: str, fault: Fault | None) -> dict[str, Any]:
        found = [one for one in self.articles if fits(one, query)]
        if sort.startswith("created_date"):
            found.sort(key=lambda one: one["created_date"], reverse=sort.endswith("desc"))
        start = (page - 1) * size
        start = max(start - fault.number, 0) if fault and fault.kind == "shift" else start
        results = found[start : start + size]
        if fault and fault.kind == "short":
            results = results[: fault.number]
        said = fault.number if fault and fault.kind == "total" else len(found)
        answer = {"total": said, "page": page, "pageSize": size, "timestamp": "2026-03-01T12:00:00.000000Z", "query": query}
        return {**answer, "results": results, "last": "https://doaj.org/api/search/articles/x?page=9", "sort": sort}


def fits(one: Raw, query: str) -> bool:
    """Whether an article was added in all spans of days that are asked for; one whose colon is a mere letter finds nothing."""
    parts = query.split(":")
    for number, before in enumerate(parts[:-1]):
        found = re.match(r"\[(\d{4}-\d\d-\d\d) TO (\d{4}-\d\d-\d\d)\]", parts[number + 1])
        if before.endswith("created_date") and found:
            read = number == 0 or " AND " in before or " OR " in before
            if not read or not found[1] <= one["created_date"][:10] <= found[2]:
                return False
    return True


class Replay(Server):
    """DOAJ's server."""

    service: Doaj

    def __init__(self, articles: Sequence[Raw], faults: Mapping[int, Fault] | None = None, **more: Any) -> None:
        super().__init__(Doaj(articles, **more), faults)
