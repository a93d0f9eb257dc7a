"""Europe PMC's rules, for tests: how it pages, and what it says to a page size or a mark it does not take.

A cursor mark holds the place of the last record, so a page can be asked again; the last page has a mark, and asking
with it gives no results and the same mark; a page size outside 1 to 1,000, or an unknown mark, is an error inside
HTTP 200.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence

from tests.replay import RECORDED, Asked, Fault, Raw, Reply, Server

PAGE = RECORDED / "europepmc" / "core_25" / "001.body.json"


def recorded() -> list[Raw]:
    """The results of a recorded page of resultType=core; none where it is not here."""
    return json.loads(PAGE.read_bytes())["resultList"]["result"] if PAGE.is_file() else []


def made(count: int, first: int = 1) -> list[Raw]:
    """Results of our own making, in the service's shape."""
    return [
        {
            "id": str(number),
            "source": "MED",
            "pmid": str(number),
            "doi": f"10.5555/partnership.{number}",
            "title": f"Joint working in health and social care, part <i>{number}</i>.",
            "authorList": {"author": [{"fullName": "Moe K", "firstName": "Kari", "lastName": "Moe", "initials": "K"}]},
            "journalInfo": {
                "volume": "4",
                "yearOfPublication": 2019,
                "monthOfPublication": 3,
                "dateOfPublication": "2019 Mar",
                "printPublicationDate": "2019-03-01",
                "journal": {"title": "Journal of Examples", "issn": "1234-5679"},
            },
            "pubYear": "2019",
            "pageInfo": f"{number}-{number + 9}",
            "abstractText": "<h4>Aim</h4>To see whether a cursor loses records.",
            "pubTypeList": {"pubType": ["Journal Article"]},
        }
        for number in range(first, first + count)
    ]


class EuropePMC:
    """The service, with these records: the same for every query, or by a function of the query."""

    PATH = "/europepmc/webservices/rest"

    def __init__(self, records: Sequence[Raw] | Callable[[str], Sequence[Raw]], *, last_mark: bool = True) -> None:
        self.records = records
        self.last_mark = last_mark

    def reply(self, asked: Asked, fault: Fault | None) -> Reply:
        return Reply.of(self.page(asked.form, fault))

    def page(self, form: dict[str, str], fault: Fault | None) -> Raw:
        """What the service says to a form."""
        size = int(form.get("pageSize", "25"))
        if not 1 <= size <= 1000:
            return {"version": "6.9", "errCode": 404, "errMsg": "Invalid page size provided. Valid size is between 1 and 1000"}
        found = self.records(form["query"]) if callable(self.records) else self.records
        keys = [f"{raw.get('source')}:{raw.get('id')}" for raw in found]
        mark = form.get("cursorMark", "*")
        try:
            start = 0 if mark == "*" else keys.index(base64.b64decode(mark).decode()) + 1
        except ValueError:
            return {"version": "6.9", "errCode": 404, "errMsg": "Invalid cursor mark"}
        shift = fault.number if fault and fault.kind == "shift" else 0
        results = list(found[start - shift : start - shift + size])
        last = results[-1] if results else None
        if fault and fault.kind == "short":
            results = results[: fault.number]
        answer: Raw = {"version": "6.9", "hitCount": fault.number if fault and fault.kind == "total" else len(found)}
        following = base64.b64encode(keys[found.index(last)].encode()).decode() if last else mark
        if self.last_mark or (last and found.index(last) + 1 < len(found)):
            answer["nextCursorMark"] = following
        answer["request"] = {"queryString": form["query"], "resultType": form.get("resultType"), "pageSize": size, "synonym": False}
        answer["resultList"] = {"result": results}
        return answer


class Replay(Server):
    """Europe PMC's server."""

    def __init__(
        self,
        records: Sequence[Raw] | Callable[[str], Sequence[Raw]],
        faults: Mapping[int, Fault] | None = None,
        *,
        last_mark: bool = True,
    ) -> None:
        super().__init__(EuropePMC(records, last_mark=last_mark), faults)


PROTOCOL = """
[review]
title = "Joint working"
version = "1"

[people.ana]
may = ["screen"]

[searches]
from = "2007-01-01"
overlap_days = 60

[[searches.lines]]
name = "EP1"
source = "europepmc"
query = 'TITLE:"joint working" AND FIRST_PDATE:[{from} TO {to}]'
refresh = 'TITLE:"joint working" AND CREATION_DATE:[{since} TO {today}]'
note = ""

[[searches.lines]]
name = "OA1"
source = "openalex"
query = 'title_and_abstract.search:"joint working",from_publication_date:{from}'
refresh = 'title_and_abstract.search:"joint working",from_publication_date:{since}'
note = ""
"""
