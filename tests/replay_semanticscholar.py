"""Semantic Scholar's rules, for tests: its bulk search with tokens, an estimated total, empty rows, and 429 without a time to wait.

That a token is refused once the service has forgotten it, and in what words, is assumed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from tests.replay import RECORDED, Asked, Fault, Raw, Reply, Server

QUERY = 'query="partnership working" + (health | care)&publicationDateOrYear={from}:{to}'
TOO_MANY = (
    "Too Many Requests. Please wait and try again or apply for a key for higher rate limits. "
    "https://www.semanticscholar.org/product/api#api-key-form"
)
KNOWN = frozenset(
    """abstract authors citationCount corpusId externalIds fieldsOfStudy isOpenAccess journal openAccessPdf paperId publicationDate
    publicationTypes publicationVenue referenceCount s2FieldsOfStudy title url venue year""".split()  # noqa: SIM905
)


def recorded() -> list[Raw]:
    """Every paper in the recorded answers that lists or tells papers; none where they are not here."""
    return list(_recorded())


def _recorded() -> Iterator[Raw]:
    for name in ("bulk_tokens", "batch_with_null"):
        for path in sorted((RECORDED / "semanticscholar" / name).glob("*.body.json")):
            answer = json.loads(path.read_bytes())
            yield from filter(None, answer if isinstance(answer, list) else answer["data"])


def made(count: int, first: int = 1) -> list[Raw]:
    """Papers of our own making, in the service's shape: articles, preprints, chapters and some that it knows little of."""
    return [paper(number) for number in range(first, first + count)]


def paper(number: int) -> Raw:
    """One of them."""
    common = {
        "paperId": f"{number:040x}",
        "externalIds": {"CorpusId": number},
        "title": f"Joint working in health and social care, part {number}",
        "abstract": None,
        "year": 2008 + number % 12,
        "publicationDate": None,
        "venue": "",
        "journal": None,
        "authors": [{"authorId": str(number), "name": "Kari Moe"}, {"authorId": None, "name": "O. Li"}],
        "openAccessPdf": None,
        "publicationTypes": None,
        "citationCount": number,
    }
    shapes: tuple[Raw, ...] = (
        {},
        {
            "externalIds": {"DOI": f"10.5555/Partnership.{number}", "PubMed": str(number), "CorpusId": number, "MAG": str(number)},
            "abstract": f"To see {number}.",
            "publicationDate": f"{2008 + number % 12}-03-01",
            "venue": "Journal of Examples",
            "journal": {"name": "Journal of Examples", "volume": "4", "pages": f"\n          {number}-{number + 9}\n        "},
            "publicationTypes": ["JournalArticle", "Review"],
        },
        {
            "externalIds": {"ArXiv": f"2101.{number:05}", "CorpusId": number},
            "venue": "arXiv.org",
            "openAccessPdf": {"url": f"https://example.org/{number}.pdf", "status": "GREEN"},
        },
        {"venue": "Handbook of Examples", "publicationTypes": ["BookSection"], "openAccessPdf": {"url": "", "status": "CLOSED"}},
    )
    return {**common, **shapes[number % 4]}


class SemanticScholar:
    """The service, with these papers; `empty` are the numbers of rows, from 0, that it gives as null and counts all the same."""

    PATH = "/graph/v1"

    def __init__(
        self,
        papers: Sequence[Raw],
        *,
        rows: int = 4,
        key: str | None = None,
        rate: float = 1e6,
        off: int = 0,
        empty: Sequence[int] = (),
    ) -> None:
        self.papers, self.rows, self.key, self.rate = papers, rows, key, rate
        self.off, self.empty = off, frozenset(empty)  # by how many its total is too high
        self.tokens: dict[str, tuple[str, int]] = {}  # query, and the row it leads to
        self.last = float("-inf")
        self.too_many = 0

    def reply(self, asked: Asked, fault: Fault | None) -> Reply:
        sent = asked.headers.get("x-api-key")
        if sent is not None and self.key is not None and sent != self.key:
            return Reply.of({"message": "Forbidden"}, 403, x_amzn_errortype="ForbiddenException")
        if (self.key is not None and sent is None) or asked.at - self.last < 1 / self.rate:
            self.too_many += 1
            return Reply.of({"message": TOO_MANY, "code": "429"}, 429, x_amzn_errortype="TooManyRequestsException")
        self.last = asked.at
        return self.answer(asked.path, asked.form, fault)

    def answer(self, path: str, form: dict[str, str], fault: Fault | None) -> Reply:
        if path != "/paper/search/bulk":
            return Reply.of({"error": "Not found"}, 404)
        if unknown := [name for name in form.get("fields", "title").split(",") if name not in KNOWN]:
            return Reply.of({"error": f"Unrecognized or unsupported fields: [{', '.join(unknown)}]"}, 400)
        if not form.get("query"):
            return Reply.of({"error": "Missing required parameter: query"}, 400)
        start, token = 0, form.get("token")
        if token is not None:
            if self.tokens.get(token, ("", 0))[0] != form["query"]:
                return Reply.of({"error": "Invalid continuation token"}, 400)
            start = self.tokens[token][1]
        return Reply.of(self.page(form, start, fault))

    def page(self, form: dict[str, str], start: int, fault: Fault | None) -> dict[str, Any]:
        found = [None if row in self.empty else one for row, one in enumerate(sorted(self.papers, key=lambda one: str(one["paperId"])))]
        first = max(start - fault.number, 0) if fault and fault.kind == "shift" else start
        names = {"paperId", *form.get("fields", "title").split(",")}
        data = [one and {name: value for name, value in one.items() if name in names} for one in found[first : first + self.rows]]
        if fault and fault.kind == "short":
            data = data[: fault.number]
        token = None
        if start + self.rows < len(found):
            token = sha256(f"{form['query']}{start}".encode()).hexdigest().upper()
            self.tokens[token] = (form["query"], start + self.rows)
        said = fault.number if fault and fault.kind == "total" else len(found) + self.off
        return {"total": said, "token": token, "data": data}


class Replay(Server):
    """Semantic Scholar's server."""

    service: SemanticScholar

    def __init__(self, papers: Sequence[Raw], faults: Mapping[int, Fault] | None = None, **more: Any) -> None:
        super().__init__(SemanticScholar(papers, **more), faults)
