"""OpenAlex's rules, for tests: how it pages, what it refuses, and the budget that it states and holds to.

Its cursor holds sort values, so a page can be asked again; a page with fewer works than `per_page` has none. An unknown parameter,
a page of more than 200, a comma in a value, an address that is too long, a wrong key and a plan that is too small are refused; a
budget runs down and is then a 429 with a wait of hours; so many operators, so many requests a second.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from tests.replay import RECORDED, Asked, Fault, Raw, Reply, Server

QUERY = 'title_and_abstract.search:("joint working" OR "partnership working") AND care,from_publication_date:{from}'
PARAMETERS = {"filter", "per_page", "cursor", "sort", "select", "search", "page", "group_by", "sample", "seed", "api_key", "corpus"}
NAME = re.compile(r"[a-z][a-z0-9_.-]*")
# As ourresearch/openalex-api-proxy has it, src/endpointClassifier.ts, countBooleanOperators: phrases count too.
SEARCHED, OPERATOR = re.compile(r"[a-z_]+\.search:([^,]*)", re.IGNORECASE), re.compile(r"(?<!\w)(?:OR|AND|NOT)(?!\w)", re.ASCII)
LONGEST = 8190  # bytes of a request line
PAID = re.compile(r"\b(?:from|to)_(?:created|updated)_date:")
PROTOCOL = f"""
[review]
title = "Joint working"
version = "1"

[people.ana]
may = ["screen"]

[searches]
from = "2007-01-01"
overlap_days = 60

[[searches.lines]]
name = "OA1"
source = "openalex"
query = '{QUERY}'
refresh = '{QUERY.replace("{from}", "{since}")}'
note = ""
"""


def recorded() -> list[Raw]:
    """The works of a recorded page; none where it is not here."""
    page = RECORDED / "openalex" / "search_cursor_p1" / "001.body.json"
    return json.loads(page.read_bytes())["results"] if page.is_file() else []


def made(count: int, first: int = 1) -> list[Raw]:
    """Works of our own making, in the service's shape."""
    return [work(number) for number in range(first, first + count)]


def work(number: int) -> Raw:
    """One of them."""
    id, doi = f"https://openalex.org/W{4_000_000_000 + number}", f"https://doi.org/10.5555/alex.{number}"
    source = {
        "id": "https://openalex.org/S1",
        "display_name": "Journal of Examples",
        "issn_l": "1234-5679",
        "issn": ["1234-5679"],
        "type": "journal",
    }
    authors = [
        {"author": {"id": "A1", "display_name": "Kari Moe"}, "raw_author_name": "Moe, Kari", "institutions": []},
        {"author": {"id": "A2", "display_name": "Ewan Mair"}, "raw_author_name": "E. Mair", "institutions": []},
    ]
    return {
        "id": id, "doi": doi, "title": f"Joint working in health and social care, part {number}", "publication_year": 2010 + number % 12,
        "publication_date": f"{2010 + number % 12}-03-0{1 + number % 9}", "ids": {"openalex": id, "doi": doi, "mag": str(number)},
        "language": "en", "type": "article", "is_retracted": False, "authorships": authors,
        "primary_location": {"is_oa": False, "landing_page_url": doi, "pdf_url": None, "source": source, "raw_type": "journal-article"},
        "open_access": {"is_oa": False, "oa_status": "closed", "oa_url": None}, "best_oa_location": None,
        "biblio": {"volume": "4", "issue": "2", "first_page": str(number), "last_page": str(number + 9)},
        "abstract_inverted_index": {"see": [1], "To": [0], "whether": [2], "cursors": [3], "lose": [4], "records.": [5]},
        "keywords": [{"id": "k", "display_name": "Integrated care", "score": 0.5}],
    }  # fmt: skip


class OpenAlex:
    """The service, with these works for every query, or by a function of the filter.

    `limited`: it holds to its limits a second. `key` is the one it knows, if it asks for one.
    """

    PATH = ""

    def __init__(
        self, records: Sequence[Raw] | Callable[[str], Sequence[Raw]], *, credits: int = 1000, price: int = 10, last_mark: bool = False,
        limited: bool = False, key: str | None = None,
    ) -> None:  # fmt: skip
        self.records, self.left, self.price, self.last_mark = records, credits, price, last_mark
        self.limited, self.key = limited, key
        self.times: list[float] = []  # of what was asked in the last second

    def reply(self, asked: Asked, fault: Fault | None) -> Reply:
        form, keyed = asked.form, "authorization" in asked.headers
        if (size := len(f"GET {asked.path}?{urlencode(form)} HTTP/1.1\r\n")) > LONGEST:
            return self.no("Request URL too long", f"Your request URL is {size} bytes, over the {LONGEST}-byte limit. Split a large query.")
        if self.key and asked.headers.get("authorization") != f"Bearer {self.key}":
            return Reply.of({"error": "Invalid or missing API key", "message": "API key not found"}, 401)
        if wrong := self.wrong(form):
            return self.no(*wrong)
        if PAID.search(form["filter"]):
            return Reply.of(
                {"error": "Plan upgrade required", "message": "The filter requires a Premium plan."}, 429, Cache_Control="no-store"
            )
        if slower := self.too_fast(asked.at, len(OPERATOR.findall(" ".join(SEARCHED.findall(form["filter"])))), keyed):
            return slower
        if self.left < self.price:
            spent = {"error": "Rate limit exceeded", "message": "Insufficient budget. Resets at midnight UTC.", "creditsRemaining": 0}
            return Reply.of(spent, 429, Retry_After="55000")
        self.left -= self.price
        told = {"x_ratelimit_limit": "1000", "x_ratelimit_remaining": str(self.left), "x_ratelimit_credits_used": str(self.price)}
        return Reply.of(self.page(form, fault), 200, **told, x_ratelimit_reset="55000", x_ratelimit_prepaid_remaining_usd="0")

    def wrong(self, form: Mapping[str, str]) -> tuple[str, str] | None:
        """What is wrong with a question, and the service's words for it."""
        if unknown := set(form) - PARAMETERS:
            return "Invalid query parameters error.", f"{', '.join(sorted(unknown))} is not a valid parameter."
        if int(form.get("per_page", "25")) > 200:
            return "Pagination error.", "per-page parameter must be between 1 and 200"
        for part in re.sub(r'"[^"]*"', "x", form["filter"]).split(","):
            name, colon, _ = part.partition(":")
            if not colon or not NAME.fullmatch(name):
                return "Invalid query parameters error.", f"Invalid query parameter in {part}."
            if name == "doesntexist":
                return "Invalid query parameters error.", "doesntexist is not a valid field."
        return None

    def too_fast(self, at: float, operators: int, keyed: bool) -> Reply | None:
        """A 429 where more came in the last second than may; broad searches have a limit of their own."""
        most = {(False, False): 10, (False, True): 30, (True, False): 1, (True, True): 5}[operators > 5, keyed]
        self.times = [*(time for time in self.times if at - time < 1.0), at]
        if not self.limited or len(self.times) <= most:
            return None
        said = {"error": "Rate limit exceeded", "message": f"{most} requests per second. Please slow down.", "retryAfter": 1}
        return Reply.of({**said, **({"reason": "broad_boolean_query"} if operators > 5 else {})}, 429, Retry_After="1")

    def no(self, error: str, message: str) -> Reply:
        return Reply.of({"error": error, "message": message}, 400)

    def page(self, form: Mapping[str, str], fault: Fault | None) -> Raw:
        """What the service says to a query."""
        found = self.records(form["filter"]) if callable(self.records) else self.records
        size, mark = int(form["per_page"]), form["cursor"]
        start = 0 if mark == "*" else json.loads(base64.b64decode(mark))[1]
        shift = fault.number if fault and fault.kind == "shift" else 0
        results = list(found[max(start - shift, 0) : start - shift + size])
        if fault and fault.kind == "short":
            results = results[: fault.number]
        more = len(results) == size or (self.last_mark and results)
        following = base64.b64encode(json.dumps(["2019", start + len(results)]).encode()).decode() if more else None
        count = fault.number if fault and fault.kind == "total" else len(found)
        meta = {"count": count, "db_response_time_ms": 9, "page": None, "per_page": size, "next_cursor": following, "cost_usd": 0.001}
        names = form["select"].split(",")
        return {"meta": meta, "results": [{name: one[name] for name in names if name in one} for one in results], "group_by": []}


class Replay(Server):
    """OpenAlex's server."""

    def __init__(
        self, records: Sequence[Raw] | Callable[[str], Sequence[Raw]], faults: Mapping[int, Fault] | None = None, **more: Any
    ) -> None:
        super().__init__(OpenAlex(records, **more), faults)
