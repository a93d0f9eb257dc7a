"""A server on this machine that pages as Europe PMC does, with faults where a test wants them.

It keeps the service's rules, not its answers: a cursor mark holds the place of the last record, so a page can be
asked again; the last page has a mark, and asking with it gives no results and the same mark; a page size outside
1 to 1,000, or an unknown mark, is an error inside HTTP 200.
"""

from __future__ import annotations

import base64
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

RECORDED = Path(__file__).parents[1].parent / "shared" / "data" / "api" / "europepmc" / "core_25" / "001.body.json"

Raw = dict[str, Any]


def recorded() -> list[Raw]:
    """The results of a recorded page of resultType=core; none where it is not here."""
    return json.loads(RECORDED.read_bytes())["resultList"]["result"] if RECORDED.is_file() else []


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


@dataclass(frozen=True)
class Fault:
    """What goes wrong at one request: a status with headers and text, or one of the kinds below."""

    kind: str  # status, cut, html, empty, silent, reset, short, total, shift, junk
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = "out of order"
    number: int = 0  # of results in a short page; of the total; how far the page is shifted


def status(code: int, retry_after: str | None = None, text: str = "out of order") -> Fault:
    """An answer with another status than 200."""
    return Fault("status", status=code, headers={"Retry-After": retry_after} if retry_after else {}, text=text)


class Replay:
    """The server; `base` is its address, `asked` the form of each request in order, `times` when it came."""

    def __init__(
        self,
        records: Sequence[Raw] | Callable[[str], Sequence[Raw]],
        faults: Mapping[int, Fault] | None = None,
        *,
        last_mark: bool = True,
    ) -> None:
        self.records = records
        self.faults = dict(faults or {})  # by number of the request, from 1
        self.last_mark = last_mark
        self.asked: list[dict[str, str]] = []
        self.times: list[float] = []
        self.agents: list[str] = []
        self.closing = threading.Event()
        self.lock = threading.Lock()

    def __enter__(self) -> Replay:
        replay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                replay.handle(self, dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True)))

            def do_GET(self) -> None:
                replay.handle(self, dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True)))

            def log_message(self, format: str, *args: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.base = f"http://127.0.0.1:{self.server.server_port}/europepmc/webservices/rest"
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def handle(self, handler: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        """Answer one request, with its fault if it has one."""
        with self.lock:
            self.asked.append(form)
            self.times.append(time.monotonic())
            self.agents.append(handler.headers.get("User-Agent", ""))
            fault = self.faults.get(len(self.asked))
        body = json.dumps(self.page(form, fault)).encode()
        if fault is None or fault.kind in ("short", "total", "shift"):
            self.send(handler, 200, body, {"Content-Type": "application/json;charset=UTF-8"})
        elif fault.kind == "status":
            self.send(handler, fault.status, fault.text.encode(), {"Content-Type": "text/plain", **fault.headers})
        elif fault.kind == "html":
            self.send(handler, 200, b"<!DOCTYPE html><title>Down for maintenance</title>", {"Content-Type": "text/html"})
        elif fault.kind == "junk":
            self.send(handler, 200, fault.text.encode(), {"Content-Type": "application/json"})
        elif fault.kind == "empty":
            self.send(handler, 200, b"", {"Content-Type": "application/json"})
        elif fault.kind == "cut":
            self.send(handler, 200, body, {"Content-Type": "application/json"}, keep=len(body) // 2)
        elif fault.kind == "silent":
            self.closing.wait(20)
            handler.close_connection = True
        else:
            assert fault.kind == "reset", fault.kind
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            handler.connection.close()

    def send(self, handler: BaseHTTPRequestHandler, code: int, body: bytes, headers: Mapping[str, str], keep: int | None = None) -> None:
        """Send a body, or the first `keep` bytes of it and then hang up."""
        handler.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body[:keep])
        handler.close_connection = handler.close_connection or keep is not None

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
query = '"joint working"'
refresh = '"joint working" AND from_publication_date:{since}'
note = ""
"""
