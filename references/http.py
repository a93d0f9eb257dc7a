"""The one place that touches the network: polite, bounded in time, tries and size, plain about what went wrong."""

from __future__ import annotations

import json
import platform
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests import exceptions as failures

TIMEOUT = (5.0, 60.0)  # seconds to connect, and of silence while reading
TRIES = 6
SECONDS = 600.0  # for one request with all its tries
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0  # seconds; the wait before a new try is drawn from nought to a bound that doubles
LONGEST_BODY = 256 * 1024 * 1024  # bytes after decompression; a page of 1,000 full records is about 10 MB
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
KEPT_HEADERS = re.compile(r"content-type|date|last-modified|retry-after|server|x-rate-?limit-.*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question to a source, as data. It is stored with the answer, so nothing secret belongs in it."""

    method: str
    url: str
    form: tuple[tuple[str, str], ...] = ()  # sent form-encoded in the body
    interval: float = 0.0  # the least number of seconds between two requests to this host


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A sound answer: status 200 and a body that is JSON."""

    status: int
    headers: dict[str, str]  # those that KEPT_HEADERS names, in small letters
    body: bytes  # as it came, decompressed
    data: Any  # what the body says


class Refused(Exception):
    """The source said no and would say no again: what it said, and what to look at."""


class NoAnswer(Exception):
    """No sound answer in the tries and the time allowed: what happened at last."""


class Later(Exception):
    """The source asks to be left alone until `when` (UTC), longer than is worth waiting for."""

    def __init__(self, what: str, when: datetime) -> None:
        super().__init__(what)
        self.when = when


class _Again(Exception):
    """Something that may pass; `wait` is the number of seconds the source asked for, if it did."""

    def __init__(self, what: str, wait: float | None = None) -> None:
        super().__init__(what)
        self.wait = wait


Check = Callable[[Any], str | None]  # what is wrong with an answer's data, in words


def _content(data: Any) -> None:
    return None


class Pace:
    """When each host may be asked next; one for all sessions of a process, since hosts count by address."""

    def __init__(self) -> None:
        self._ready: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, host: str, interval: float, sleep: Callable[[float], object]) -> None:
        """Sleep until this host may be asked, and book the next `interval` seconds."""
        with self._lock:
            now = time.monotonic()
            start = max(now, self._ready.get(host, now))
            self._ready[host] = start + interval
        if start > now:
            sleep(start - now)


PACE = Pace()


def session() -> requests.Session:
    """A session that says who asks; proxies and certificates come from the environment, as requests reads it."""
    made = requests.Session()
    about = f"systematic evidence review; Python {platform.python_version()}; requests {requests.__version__}"
    made.headers["User-Agent"] = f"evidence-review/{version('evidence-review')} ({about})"
    made.headers["Accept"] = "application/json"
    return made


def ask(
    session: requests.Session,
    request: Request,
    *,
    refusal: Check = _content,
    flaw: Check = _content,
    sleep: Callable[[float], object] = time.sleep,
    timeout: tuple[float, float] = TIMEOUT,
    seconds: float = SECONDS,
    pace: Pace = PACE,
) -> Answer:
    """Ask until there is a sound answer; Refused, Later or NoAnswer otherwise.

    `refusal` finds the source's own "no" in the data of an answer with status 200, which ends the matter;
    `flaw` finds that the answer is not whole, which is worth another try. At most TRIES tries are made
    within `seconds`; between them we wait as long as the source says, or a random time below a bound that
    doubles (full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
    """
    host, end, tries = _host(request.url), time.monotonic() + seconds, 0
    while True:
        pace.wait(host, request.interval, sleep)
        tries += 1
        try:
            return _once(session, request, refusal, flaw, timeout, end)
        except _Again as again:
            wait = again.wait if again.wait is not None else random.uniform(0, min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tries - 1)))
            if tries == TRIES or time.monotonic() + wait > end:
                raise NoAnswer(f"{host} gave no sound answer in {tries} {'try' if tries == 1 else 'tries'}; at last {again}") from None
        sleep(wait)


def _once(session: requests.Session, request: Request, refusal: Check, flaw: Check, timeout: tuple[float, float], end: float) -> Answer:
    status, headers, body = _fetch(session, request, timeout, end)
    if status in AGAIN:
        raise _to_wait(status, headers, body)
    if 200 < status < 300:
        raise _Again(f"it answered {status}, which has no page in it")
    if status != 200:
        where = f" and points to {_host(headers['location'])}" if "location" in headers else ""
        raise Refused(f"{_host(request.url)} answered {status}{where}: {_excerpt(body)}")
    data = _json(body, headers)
    if no := refusal(data):
        raise Refused(no)
    if wrong := flaw(data):
        raise _Again(wrong)
    return Answer(
        status=status, headers={name: text for name, text in headers.items() if KEPT_HEADERS.fullmatch(name)}, body=body, data=data
    )


def _fetch(session: requests.Session, request: Request, timeout: tuple[float, float], end: float) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and whole body of one try. A redirect is not followed: it would turn a POST into a GET."""
    try:
        with session.request(
            request.method, request.url, data=request.form or None, timeout=timeout, stream=True, allow_redirects=False
        ) as response:
            headers = {name.lower(): text for name, text in response.headers.items()}
            return response.status_code, headers, b"".join(_parts(response, end))
    except (failures.InvalidURL, failures.MissingSchema, failures.InvalidSchema, failures.InvalidProxyURL):
        raise Refused(f"{public(request.url)!r}, or a proxy's address in the environment, is not an address that can be asked") from None
    except failures.RequestException as error:
        raise _Again(_in_words(error)) from None


def _parts(response: requests.Response, end: float) -> Iterator[bytes]:
    size, parts = 0, response.iter_content(1 << 16)
    while part := _part(parts):
        size += len(part)
        if size > LONGEST_BODY:
            raise Refused(f"{_host(response.url)} sent more than {LONGEST_BODY >> 20} MiB for one page, which no honest page needs")
        if time.monotonic() > end:
            raise _Again("it was still sending when the time was up")
        yield part


def _part(parts: Iterator[bytes]) -> bytes:
    try:
        return next(parts, b"")
    except failures.ConnectionError:  # how requests tells a time-out that comes after the headers
        raise _Again("it went silent in the middle of the answer") from None


def _json(body: bytes, headers: dict[str, str]) -> Any:
    if not body.strip():
        raise _Again("it answered 200 with an empty body")
    if body.lstrip()[:1] == b"<":
        raise _Again(f"it answered 200 with {headers.get('content-type', 'HTML or XML')} where JSON was expected: {_excerpt(body)}")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # cut short, not JSON, or nested without end
        raise _Again(f"it answered 200 with {len(body):,} bytes that are not whole JSON") from None


def _to_wait(status: int, headers: dict[str, str], body: bytes) -> Later | _Again:
    what = f"it answered {status}: {_excerpt(body)}"
    wait = retry_after(headers.get("retry-after"), datetime.now(UTC))
    if wait is not None and wait > LONGEST_WAIT:
        when = datetime.now(UTC) + timedelta(seconds=wait)
        return Later(f"{what}; it asks to be left alone until {when.isoformat(timespec='seconds')}", when)
    return _Again(what, wait)


def retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, which is a number or a date (RFC 9110, 10.2.3); None if it says nothing.

    A wait of more than a year is read as a year.
    """
    if text is None:
        return None
    if re.fullmatch(r"\s*\d+(\.\d+)?\s*", text):
        return min(float(text), 366 * 86400.0)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)  # "-0000": a time in UTC from an unknown zone
    return min(max((when - now).total_seconds(), 0.0), 366 * 86400.0)


def public(url: str) -> str:
    """An address as it may be stored and shown: without name and password, parameters or fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:  # "http://[": not an address at all
        return "(not an address)"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"


def _in_words(error: failures.RequestException) -> str:
    """What happened, without the address: it may hold a password."""
    kinds = (
        (failures.ProxyError, "the proxy could not be used"),
        (failures.SSLError, "the connection could not be made safe (TLS)"),
        (failures.ConnectTimeout, "no connection could be made in time"),
        (failures.ReadTimeout, "it went silent"),
        (failures.ChunkedEncodingError, "the connection broke off in the middle of the answer"),
        (failures.ContentDecodingError, "the answer could not be decompressed"),
        (failures.ConnectionError, "there was no connection"),
    )
    words = next((text for kind, text in kinds if isinstance(error, kind)), type(error).__name__)
    cause: BaseException | None = error
    system = None
    while cause is not None:
        system = cause.strerror if isinstance(cause, OSError) and cause.strerror else system
        cause = cause.__cause__ or cause.__context__
    return f"{words} ({system})" if isinstance(system, str) else words


def _excerpt(body: bytes) -> str:
    """The first words of an answer, fit for a terminal."""
    text = " ".join("".join(c if c.isprintable() else " " for c in body[:2000].decode("utf-8", "replace")).split())
    return f"{text[:200]}…" if len(text) > 200 else text or "(no words)"
