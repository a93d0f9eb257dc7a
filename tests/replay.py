"""A server on this machine that answers as a literature service would, with faults where a test wants them.

What a service says is in tests/replay_<source>.py: its rules, not its answers. Here is what can go wrong on the way.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import parse_qsl, urlsplit

RECORDED = Path(__file__).parents[1].parent / "shared" / "data" / "api"

Raw = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """What goes wrong at one request: a status with headers and text, or one of the kinds below."""

    kind: str  # on the way: status, cut, html, empty, silent, reset, junk; in what is said: short, total, shift
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = "out of order"
    number: int = 0  # of results in a short page; of the total; how far the page is shifted


def status(code: int, retry_after: str | None = None, text: str = "out of order") -> Fault:
    """An answer with another status than 200."""
    return Fault("status", status=code, headers={"Retry-After": retry_after} if retry_after else {}, text=text)


SAID = ("short", "total", "shift")  # faults that the service itself has to make


@dataclass(frozen=True)
class Asked:
    """One request as the server heard it."""

    method: str
    path: str  # below the service's base
    form: dict[str, str]  # of address and body together; the last of equal names
    headers: Mapping[str, str]
    at: float  # seconds of a steady clock


@dataclass(frozen=True)
class Reply:
    """One answer."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json;charset=UTF-8"})

    @classmethod
    def of(cls, data: Any, status: int = 200, **headers: str) -> Reply:
        """JSON; underscores in the names of headers stand for hyphens."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(json.dumps(data).encode(), status, {"Content-Type": "application/json;charset=UTF-8", **named})


class Service(Protocol):
    """What one source says."""

    PATH: str  # of its base address: "/europepmc/webservices/rest"

    def reply(self, asked: Asked, fault: Fault | None) -> Reply:
        """Answer a request; `fault` is one of SAID, or None."""


class Server:
    """The server; `base` is its address, `heard` the requests in order, `most_at_once` how many it had at one time."""

    def __init__(self, service: Service, faults: Mapping[int, Fault] | None = None) -> None:
        self.service = service
        self.faults = dict(faults or {})  # by number of the request, from 1
        self.heard: list[Asked] = []
        self.most_at_once = self._now = 0
        self.closing = threading.Event()
        self.lock = threading.Lock()

    def __enter__(self) -> Self:
        replay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body are two packets, and the second would wait for 40 ms

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length).decode()
                if len(body.encode()) == length:  # whoever asked may have been killed in the middle of it
                    replay.handle(self, "POST", body)

            def do_GET(self) -> None:
                replay.handle(self, "GET", "")

            def log_message(self, format: str, *args: Any) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.base = f"http://127.0.0.1:{self.http.server_port}{self.service.PATH}"
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()

    @property
    def asked(self) -> list[dict[str, str]]:
        """The parameters of each request, in order."""
        return [one.form for one in self.heard]

    @property
    def times(self) -> list[float]:
        """When each request came, in seconds."""
        return [one.at for one in self.heard]

    @property
    def agents(self) -> list[str]:
        """Who asked each time."""
        return [one.headers.get("user-agent", "") for one in self.heard]

    def most_in(self, seconds: float) -> int:
        """The most requests that came within any stretch of so many seconds."""
        times = sorted(self.times)
        return max((sum(start <= time < start + seconds for time in times[place:]) for place, start in enumerate(times)), default=0)

    def handle(self, handler: BaseHTTPRequestHandler, method: str, body: str) -> None:
        """Answer one request, with its fault if it has one."""
        parts = urlsplit(handler.path)
        form = dict([*parse_qsl(parts.query, keep_blank_values=True), *parse_qsl(body, keep_blank_values=True)])
        headers = {name.lower(): text for name, text in handler.headers.items()}
        asked = Asked(method, parts.path.removeprefix(self.service.PATH), form, headers, time.monotonic())
        with self.lock:
            self.heard.append(asked)
            fault = self.faults.get(len(self.heard))
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            reply = self.service.reply(asked, fault if fault and fault.kind in SAID else None)
            self.answer(handler, reply, fault)
        finally:
            with self.lock:
                self._now -= 1

    def answer(self, handler: BaseHTTPRequestHandler, reply: Reply, fault: Fault | None) -> None:
        """Send a reply, or what the fault makes of it."""
        if fault is None or fault.kind in SAID:
            self.send(handler, reply.status, reply.body, reply.headers)
        elif fault.kind == "status":
            self.send(handler, fault.status, fault.text.encode(), {"Content-Type": "text/plain", **fault.headers})
        elif fault.kind == "html":
            self.send(handler, 200, b"<!DOCTYPE html><title>Down for maintenance</title>", {"Content-Type": "text/html"})
        elif fault.kind == "junk":
            self.send(handler, 200, fault.text.encode(), reply.headers)
        elif fault.kind == "empty":
            self.send(handler, 200, b"", reply.headers)
        elif fault.kind == "cut":
            self.send(handler, 200, reply.body, reply.headers, keep=len(reply.body) // 2)
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
