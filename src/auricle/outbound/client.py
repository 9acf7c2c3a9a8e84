"""Fetches from and posts to addresses that somebody else named: datasets, audio files, web hooks.

Each request has a connection of its own, made through the guard, and nothing of one request (cookies, credentials,
proxies of the environment) is carried into another.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import certifi
import httpcore
import httpx

from auricle import __version__
from auricle.clock import Clock, SystemClock
from auricle.errors import RemoteAnswered, RemoteBusy, ShuttingDown, Unreachable
from auricle.outbound.fetched import Answer, Fetched, file_name
from auricle.outbound.guarded import GuardedBackend
from auricle.outbound.patience import Patience, Timeouts
from auricle.outbound.policy import Policy
from auricle.outbound.resolver import NameResolver, Resolver
from auricle.outbound.urls import checked, host_of, port_of, redirected

__all__ = ["Answer", "Fetched", "Outbound", "Policy", "Timeouts"]

MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_BUSY = {408, 425, 429, 500, 502, 503, 504}
_DEFAULT_TIMEOUTS = Timeouts()


class Outbound:
    """Requests under one policy; any number at once, from any thread."""

    def __init__(
        self,
        policy: Policy,
        *,
        clock: Clock | None = None,
        resolver: Resolver | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        self._clock = clock or SystemClock()
        self._resolver = resolver or NameResolver()
        self._trust = trust or _trusted()
        self._lock = threading.Lock()
        self._open: set[GuardedBackend] = set()
        self._closed = False

    def check(self, url: str) -> None:
        """Raise InvalidUrl or RefusedAddress when `url` can be refused without asking anybody."""
        checked(url, self._policy)

    @contextmanager
    def fetch(self, url: str, *, limit_bytes: int, timeout: Timeouts = _DEFAULT_TIMEOUTS) -> Iterator[Fetched]:
        """The file at `url`, to be read inside the block, over at most 5 redirects, each checked as the first.

        Raises InvalidUrl, RefusedAddress, Unreachable, RemoteAnswered, EncodedRemote or TooLargeRemote.
        """
        first = target = checked(url, self._policy)
        patience = Patience(host_of(first), timeout, self._clock)
        for _ in range(MAX_REDIRECTS + 1):
            patience.host = host_of(target)
            with self._exchanged("GET", target, {}, b"", patience) as response:
                headers = httpx.Headers(response.headers)
                if response.status not in _REDIRECTS:
                    yield _fetched(response, headers, first, target, limit_bytes)
                    return
                target = redirected(target, headers.get("location", ""), self._policy)
        raise RemoteAnswered(f"{host_of(first)} redirected more than {MAX_REDIRECTS} times.", status=302)

    def post(
        self, url: str, *, body: bytes, headers: Mapping[str, str], timeout_s: float, limit_bytes: int = 64 << 10
    ) -> Answer:
        """Send `body` to `url` and return what is answered, whatever its status; no redirect is followed.

        Raises InvalidUrl, RefusedAddress or Unreachable.
        """
        target = checked(url, self._policy)
        limits = Timeouts(connect_s=timeout_s, idle_s=timeout_s, total_s=timeout_s, least_bytes_per_s=0)
        patience = Patience(host_of(target), limits, self._clock)
        with self._exchanged("POST", target, headers, body, patience) as response:
            return Answer(status=response.status, body=_beginning(response, limit_bytes))

    def close(self) -> None:
        """Break off the requests under way and make no more."""
        with self._lock:
            self._closed = True
            for backend in self._open:
                backend.interrupt()

    @contextmanager
    def _exchanged(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes, patience: Patience
    ) -> Iterator[httpcore.Response]:
        """The answer to one request, its body unread; the connection ends with the block."""
        with self._connected(url, patience) as connection, _protocol_errors(host_of(url)):
            response = connection.handle_request(_request(method, url, headers, body))
            try:
                yield response
            finally:
                response.close()

    @contextmanager
    def _connected(self, url: httpx.URL, patience: Patience) -> Iterator[httpcore.HTTPConnection]:
        backend = GuardedBackend(self._policy, patience, self._resolver)
        origin = httpcore.Origin(url.raw_scheme, url.raw_host, port_of(url))
        with self._lock:
            if self._closed:
                raise ShuttingDown
            self._open.add(backend)
        try:
            yield httpcore.HTTPConnection(origin, ssl_context=self._trust, network_backend=backend)
        finally:
            with self._lock:
                self._open.discard(backend)
            backend.close()


def _request(method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> httpcore.Request:
    fixed = {"host": url.netloc.decode("ascii"), "accept-encoding": "identity", "connection": "close"}
    if method == "POST":
        fixed["content-length"] = str(len(body))
    sent = httpx.Headers({"user-agent": f"auricle/{__version__}", "accept": "*/*", **headers})
    sent.update(fixed)
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=port_of(url), target=url.raw_path)
    return httpcore.Request(method, target, headers=sent.raw, content=body)


def _fetched(
    response: httpcore.Response, headers: httpx.Headers, first: httpx.URL, target: httpx.URL, limit_bytes: int
) -> Fetched:
    host, status = host_of(target), response.status
    if status != 200:
        kind = RemoteBusy if status in _BUSY else RemoteAnswered
        raise kind(f"{host} answered with status {status}; see that the address may be read.", status=status)
    body = response.iter_stream()
    return Fetched(host=host, headers=headers, name=file_name(headers, first), body=body, limit_bytes=limit_bytes)


def _beginning(response: httpcore.Response, limit_bytes: int) -> bytes:
    """The first bytes of a body, or what came of them: the status is the answer, and it is there already."""
    body = bytearray()
    with suppress(Unreachable, httpcore.RemoteProtocolError):
        for chunk in response.iter_stream():
            body += chunk[: limit_bytes - len(body)]
            if len(body) >= limit_bytes:
                break
    return bytes(body)


@contextmanager
def _protocol_errors(host: str) -> Iterator[None]:
    try:
        yield
    except httpcore.RemoteProtocolError:
        raise Unreachable(f"{host} hung up early or does not speak HTTP as expected; try again later.") from None
    except httpcore.NetworkError:
        raise Unreachable(f"{host} broke the connection off; try again later.") from None


def _trusted() -> ssl.SSLContext:
    """The certificates that this machine trusts and, where it has none of its own, the usual ones."""
    trust = ssl.create_default_context()
    trust.load_verify_locations(certifi.where())
    return trust
