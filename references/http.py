"""The one place that touches the network: polite, bounded in time, tries and size, plain about what went wrong."""

from __future__ import annotations

import os
import platform
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any
from urllib.request import getproxies

import requests
from requests import exceptions as failures
from urllib3.exceptions import DecodeError, HTTPError, LocationParseError, ProtocolError, ReadTimeoutError

from references.wire import KEPT_HEADERS, Answer, Hidden, Manners, Request, Secret, cut, excerpt, host_of, printable, public, retry_after

TIMEOUT = (5.0, 60.0)  # seconds to connect, and of silence while reading
TRIES = 6
SECONDS = 600.0  # for one request with all its tries
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0  # seconds; the wait before a new try is drawn from nought to a bound that doubles
LONGEST_BODY = 256 * 1024 * 1024  # bytes after decompression; a page of 1,000 full records is about 10 MB
SILENCE = 120.0  # seconds for which a host that gave no sound answer in all its tries is tried once only
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


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


class Pace:
    """When each source (or host) may be asked next; one for all clients of a process, since services count by address."""

    def __init__(self) -> None:
        self._ready: dict[str, float] = {}
        self._interval: dict[str, float] = {}  # as the host's headers say
        self._silent: dict[str, float] = {}  # when a host last gave no sound answer in all its tries
        self._lock = threading.Lock()

    def tries(self, host: str) -> int:
        """How often a host is worth trying: once where all tries were in vain a moment ago, as with no network and many searches."""
        return 1 if time.monotonic() - self._silent.get(host, float("-inf")) < SILENCE else TRIES

    def heard(self, host: str, *, sound: bool) -> None:
        """Note that a host answered, or gave no sound answer in all its tries."""
        if sound:
            self._silent.pop(host, None)
        else:
            self._silent[host] = time.monotonic()

    def learn(self, host: str, interval: float | None) -> None:
        """Take what a host says of its limit for more than what we thought; None where it says nothing."""
        if interval is not None:
            with self._lock:
                self._interval[host] = interval

    def wait(self, host: str, interval: float, sleep: Callable[[float], object]) -> None:
        """Sleep until this host may be asked, and book the next `interval` seconds, or as many as it said itself.

        They count from the end of the sleep, which may be late: what was late must not bring the next request nearer.
        """
        with self._lock:
            now = time.monotonic()
            start = max(now, self._ready.get(host, now))
            self._ready[host] = start + self._interval.get(host, interval)
        if start > now:
            sleep(start - now)
            self.sent(host, interval)

    def sent(self, host: str, interval: float) -> None:
        """Book from now on: the request goes out at this moment."""
        with self._lock:
            self._ready[host] = max(self._ready.get(host, 0.0), time.monotonic() + self._interval.get(host, interval))


PACE = Pace()


class _Session(requests.Session):
    """A session that is blind to redirects. Else it reads the body of one to its end, though it is told to follow none."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class Client:
    """Who asks one source: its connections, and what of the environment goes with a request.

    Proxies and certificates come from the environment too, as requests reads it.
    """

    def __init__(
        self,
        secrets: Sequence[Secret] = (),
        *,
        source: str = "",
        sleep: Callable[[float], object] = time.sleep,
        timeout: tuple[float, float] = TIMEOUT,
        seconds: float = SECONDS,
        pace: Pace = PACE,
    ) -> None:
        """Refused where the environment holds a key that cannot be sent.

        `source` is whose limits are kept; without it they are those of each host. Behind one proxy there may be several sources.
        """
        self.session = _Session()
        self._source = source
        self._sleep, self._timeout, self._seconds, self._pace = sleep, timeout, seconds, pace
        address = os.environ.get(f"REVIEW_{source.upper()}_URL", "")
        self._hidden = Hidden(secrets, [address, *getproxies().values()])
        try:
            sent = [(secret, secret.value) for secret in secrets if secret.value]
        except ValueError as error:
            raise Refused(f"{error}; set it anew, or take it away") from None
        if "@" in address and any(secret.name == "Authorization" for secret, _ in sent):
            raise Refused(f"REVIEW_{source.upper()}_URL holds a name and password, which would be sent in place of the key: take them out")
        about = f"systematic evidence review; Python {platform.python_version()}; requests {requests.__version__}"
        agent = [f"evidence-review/{version('evidence-review')} ({about})", *(value for secret, value in sent if secret.place == "agent")]
        self.session.headers["User-Agent"] = " ".join(agent)
        self.session.headers["Accept"] = "application/json, */*;q=0.5"
        self.session.headers.update({secret.name: value for secret, value in sent if secret.place == "header"})
        self._parameters = tuple((secret.name, value) for secret, value in sent if secret.place == "parameter")

    def ask(self, request: Request, manners: Manners = Manners()) -> Answer:  # noqa: B008  frozen
        """Ask until there is a sound answer; Refused, Later or NoAnswer otherwise.

        At most TRIES tries are made within the seconds allowed; between them we wait as long as the source says, or a random
        time below a bound that doubles (full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
        """
        host, paced = host_of(request.url), self._paced(request)
        end, tries, most = time.monotonic() + self._seconds, 0, self._pace.tries(paced)
        while True:
            self._pace.wait(paced, request.interval, self._sleep)
            tries += 1
            try:
                answer = self._once(request, manners, end)
                self._pace.heard(paced, sound=True)
                return answer
            except _Again as again:
                wait = again.wait if again.wait is not None else random.uniform(0, min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tries - 1)))
                if tries >= most or time.monotonic() + wait > end:
                    self._pace.heard(paced, sound=False)
                    raise NoAnswer(f"{host} gave no sound answer in {tries} {'try' if tries == 1 else 'tries'}; at last {again}") from None
            self._sleep(wait)

    def _paced(self, request: Request) -> str:
        return self._source or host_of(request.url)

    def _once(self, request: Request, manners: Manners, end: float) -> Answer:
        status, headers, body = self._fetch(request, end)
        limits = manners.limits(headers)
        self._pace.learn(self._paced(request), limits.interval)
        if status != 200:
            raise _not_sound(request, manners, status, headers, body)
        if not body.strip():
            raise _Again("it answered 200 with an empty body")
        try:
            data = manners.read(body)
        except ValueError as error:
            raise _Again(f"it answered 200 with {cut(str(error))}") from None
        if no := manners.refusal(data, status):
            raise Refused(cut(no))
        if wrong := manners.flaw(data):
            raise _Again(cut(wrong))
        kept = {name: text for name, text in headers.items() if KEPT_HEADERS.fullmatch(name)}
        return Answer(status=status, headers=kept, body=body, data=data, limits=limits)

    def _fetch(self, request: Request, end: float) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and whole body of one try. A redirect is not followed: it would turn a POST into a GET."""
        form = request.form and (*request.form, *self._parameters)
        query = request.query if form else (*request.query, *self._parameters)
        try:
            with self.session.request(
                request.method, request.url, params=query or None, data=form or None,
                timeout=self._timeout, stream=True, allow_redirects=False,
            ) as response:  # fmt: skip
                headers = {name.lower(): printable(self._hidden.text(text)) for name, text in response.headers.items()}
                return response.status_code, headers, self._hidden.body(b"".join(_parts(response, end)))
        except NO_ADDRESS:
            said = f"{public(request.url)!r}, or a proxy's address in the environment, is not an address that can be asked"
            raise Refused(said) from None
        except (failures.RequestException, HTTPError) as error:
            raise _Again(_in_words(error)) from None


# What requests and urllib3 raise over an address that they cannot use; some of it holds the address, with its password.
NO_ADDRESS = (
    failures.InvalidURL, failures.MissingSchema, failures.InvalidSchema, failures.InvalidProxyURL, LocationParseError,
    UnicodeError, TypeError,
)  # fmt: skip


def tell(url: str, message: dict[str, Any]) -> str:
    """Post a message as JSON; what went wrong, in words without the address (it may hold a token), or "" where nothing did."""
    with _Session() as session:
        try:
            with session.post(url, json=message, timeout=TIMEOUT, allow_redirects=False, stream=True) as response:
                return "" if 200 <= response.status_code < 300 else f"{host_of(url)} answered {response.status_code}"
        except NO_ADDRESS:
            return f"{host_of(url)}, or a proxy's address in the environment, is not an address that can be asked"
        except failures.RequestException as error:
            return f"{host_of(url)}: {_in_words(error)}"


def _not_sound(request: Request, manners: Manners, status: int, headers: dict[str, str], body: bytes) -> Exception:
    """What an answer with another status than 200 comes to."""
    try:
        data = manners.read(body)
        no, passing = manners.refusal(data, status), manners.passing(data, status)
    except ValueError:
        no, passing = None, False
    if no:
        return Refused(cut(no))
    if status in AGAIN or passing:
        return _to_wait(status, headers, body)
    if 200 < status < 300:
        return _Again(f"it answered {status}, which has no page in it")
    where = f" and points to {host_of(headers['location'])}" if "location" in headers else ""
    return Refused(f"{host_of(request.url)} answered {status}{where}: {excerpt(body)}")


def _to_wait(status: int, headers: dict[str, str], body: bytes) -> Later | _Again:
    what = f"it answered {status}: {excerpt(body)}"
    wait = retry_after(headers.get("retry-after"), datetime.now(UTC))
    if wait is not None and wait > LONGEST_WAIT:
        when = datetime.now(UTC) + timedelta(seconds=wait)
        return Later(f"{what}; it asks to be left alone until {when:%Y-%m-%d %H:%M} UTC", when)
    return _Again(what, wait)


def _parts(response: requests.Response, end: float) -> Iterator[bytes]:
    """A body as it comes, decompressed: no part is waited for longer than the time-out, nor all of them longer than `end`."""
    size = 0
    while part := response.raw.read1(1 << 16, decode_content=True):
        size += len(part)
        if size > LONGEST_BODY:
            raise Refused(f"{host_of(response.url)} sent more than {LONGEST_BODY >> 20} MiB for one page, which no honest page needs")
        if time.monotonic() > end:
            raise _Again("it was still sending when the time was up")
        yield part


def _in_words(error: failures.RequestException | HTTPError) -> str:
    """What happened, without the address: it may hold a password."""
    kinds = (
        (failures.ProxyError, "the proxy could not be used"),
        (failures.SSLError, "the connection could not be made safe (TLS)"),
        (failures.ConnectTimeout, "no connection could be made in time"),
        (ReadTimeoutError, "it went silent in the middle of the answer"),
        (ProtocolError, "the connection broke off in the middle of the answer"),
        (DecodeError, "the answer could not be decompressed"),
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
