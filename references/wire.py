"""What goes over the wire, as data: a request, an answer, how a source wants to be asked and read. No I/O."""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlsplit, urlunsplit

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question to a source. It is stored with the answer, so nothing secret belongs in it."""

    method: str
    url: str
    query: Pairs = ()  # sent in the address
    form: Pairs = ()  # sent form-encoded in the body
    interval: float = 0.0  # the least number of seconds between two requests to this host, until its headers say otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the headers of an answer say of the next one."""

    interval: float | None = None  # seconds between two requests
    spent: float | None = None  # seconds until there is a budget again, where it does not pay for one more request


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A sound answer: status 200 and a body that says something."""

    status: int
    headers: Mapping[str, str]  # those that KEPT_HEADERS names, in small letters
    body: bytes  # as it came, decompressed
    data: Any  # what the body says
    limits: Limits = Limits()


KEPT_HEADERS = re.compile(r"content-type|date|last-modified|retry-after|server|x-rate-?limit-.*|x-concurrency-limit|x-api-pool", re.I)


def read_json(body: bytes) -> Any:
    """A body that is JSON. ValueError, in words, for anything else."""
    if body.lstrip()[:1] == b"<":
        raise ValueError(f"HTML or XML where JSON was expected: {excerpt(body)}")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # cut short, not JSON, or nested without end
        raise ValueError(f"{len(body):,} bytes that are not whole JSON") from None


def _no(data: Any, status: int) -> None:
    return None


def _lasting(data: Any, status: int) -> bool:
    return False


def _sound(data: Any) -> None:
    return None


def _unlimited(headers: Mapping[str, str]) -> Limits:
    return Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How the answers of a source are to be taken."""

    read: Callable[[bytes], Any] = read_json  # ValueError, in words, for a body that is not whole
    refusal: Callable[[Any, int], str | None] = (
        _no  # the source's own "no" in the data of an answer with this status, which ends the matter
    )
    passing: Callable[[Any, int], bool] = _lasting  # whether it may pass, though its status says that it will not
    flaw: Callable[[Any], str | None] = _sound  # why an answer with status 200 is not whole, which is worth another try
    limits: Callable[[Mapping[str, str]], Limits] = _unlimited


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A key or an address in the environment, and where it goes when a request is sent."""

    variable: str  # "REVIEW_OPENALEX_KEY"
    place: str  # header; parameter (of the form, or else of the address); agent, behind the User-Agent
    name: str = ""  # of the header or parameter
    words: str = "{}"  # what stands there
    key: bool = True  # whether the source gives more to those who send it

    @property
    def value(self) -> str:
        """What the environment holds; "" where it holds nothing. ValueError, which does not tell it, where it cannot be sent."""
        text = os.environ.get(self.variable, "").strip()
        if text and not re.fullmatch(r"[!-~]+", text):
            raise ValueError(f"{self.variable} holds white space or letters that no key or e-mail address has")
        return self.words.format(text) if text else ""


class Hidden:
    """Takes secrets out of whatever is kept or shown: services echo what they were sent."""

    def __init__(self, secrets: Sequence[Secret], addresses: Iterable[str] = ()) -> None:
        """`addresses` may hold names and passwords: those of proxies, and of sources that stand elsewhere."""
        values = [os.environ.get(secret.variable, "").strip() for secret in secrets]
        values += [part for address in addresses for part in _in_address(address)]
        values = [value for value in values if len(value) >= 4]
        forms = {form for value in values for form in _forms(value)}
        self._pattern = re.compile("|".join(sorted(forms, key=len, reverse=True)), re.IGNORECASE) if forms else None
        self._bytes = re.compile(self._pattern.pattern.encode(), re.IGNORECASE) if self._pattern else None
        # What every form of a value holds is looked for first, since a page, which holds none of it, may have many megabytes.
        self._marks = [_words(form) for value in values for form in (value, _in_base64(value))]

    def text(self, text: str) -> str:
        low = text.lower().encode("utf-8", "replace")
        return self._pattern.sub("(hidden)", text) if self._pattern and self._marked(low) else text

    def body(self, body: bytes) -> bytes:
        return self._bytes.sub(b"(hidden)", body) if self._bytes and self._marked(body.lower()) else body

    def _marked(self, low: bytes) -> bool:
        return any(all(word in low for word in words) for words in self._marks)


def _words(value: str) -> list[bytes]:
    return re.findall(rb"[a-z0-9]+", value.lower().encode())  # these signs alone are the same in every form


def _in_base64(value: str) -> str:
    return b64encode(value.encode()).decode()


def _in_address(address: str) -> list[str]:
    """What of an address is secret: its password, and name and password together; whatever stands before the last @."""
    rest = address.partition("://")[2] or address
    login, at, _ = rest.rpartition("@")
    password = login.partition(":")[2]
    return [form for part in (password, login) if at and part for form in (part, unquote(part))]


def _forms(value: str) -> set[str]:
    """Patterns for a text as writers of addresses, JSON, HTML and headers put it: each sign plain, or in one of their ways."""
    signs = "".join(re.escape(sign) if sign.isalnum() else _sign(sign) for sign in value)
    whole = _in_base64(value)
    return {signs, re.escape(whole), re.escape(whole.rstrip("="))}


def _sign(sign: str) -> str:
    ways = [re.escape(sign), rf"\\{re.escape(sign)}", rf"\\u{ord(sign):04x}", rf"&#0*{ord(sign)};", rf"&#x0*{ord(sign):x};"]
    ways += [re.escape(quote(sign, safe="")), re.escape(escape(sign)), re.escape(quote_plus(sign))]
    return f"(?:{'|'.join(dict.fromkeys(ways))})"


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
    """An address as it may be stored and shown: without name and password, parameters or fragment.

    Where a password holds a stroke or a question mark, its parts stand where path and parameters would: nothing is shown then.
    """
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port >= 0)
    except ValueError:  # "http://[": not an address at all
        sound = False
    if not sound or "@" in f"{parts.path}{parts.query}{parts.fragment}":
        return "(not an address)"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def host_of(url: str) -> str:
    """The host in an address, for people."""
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"


MOST_SAID = 400  # characters of what a source says that are told


def printable(text: str) -> str:
    """Text without what moves a cursor, or what no database takes."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def cut(text: str, most: int = MOST_SAID) -> str:
    """What a source says, fit to be told: printable, and not too long."""
    text = " ".join(printable(text[: 10 * most]).split())
    return f"{text[:most]}…" if len(text) > most else text


def excerpt(body: bytes) -> str:
    """The first words of an answer, fit for a terminal."""
    return cut(body[:2000].decode("utf-8", "replace"), 200) or "(no words)"
