"""The network as a request to a foreign address sees it: the address that is connected to is the one that was checked.

A name is looked up once, every address it has is judged, and the connection goes to one that passed, so a
name server that answers differently the second time gains nothing. TLS still asks for the name.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import httpcore

from auricle.errors import RefusedAddress, Unreachable, UntrustedCertificate
from auricle.outbound.patience import Patience
from auricle.outbound.policy import Address, Policy, bare, literal_address
from auricle.outbound.resolver import Resolver

MAX_ADDRESSES = 4  # of one name that are tried

logging.getLogger("httpcore").setLevel(logging.WARNING)  # below, it logs headers: a Location may hold a signature


class GuardedBackend(httpcore.NetworkBackend):
    """Opens the one connection of one request."""

    def __init__(self, policy: Policy, patience: Patience, resolver: Resolver) -> None:
        self._policy = policy
        self._patience = patience
        self._resolver = resolver
        self._stream: GuardedStream | None = None
        self._interrupted = False

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._permitted(host, port)
        self._stream = GuardedStream(self._connected(addresses[:MAX_ADDRESSES], port), self._patience)
        if self._interrupted:
            self._stream.interrupt()
        return self._stream

    def interrupt(self) -> None:
        """Break the connection off, from any thread."""
        self._interrupted = True
        if self._stream is not None:
            self._stream.interrupt()

    def close(self) -> None:
        """Close the connection, whatever became of it."""
        if self._stream is not None:
            self._stream.close()

    def _permitted(self, host: str, port: int) -> list[Address]:
        """The addresses of the host that requests may go to. Raises RefusedAddress when it has others only."""
        permitted, refusals = [], []
        for address in self._addresses(host):
            try:
                self._policy.require(host, port, address)
                permitted.append(address)
            except RefusedAddress as refusal:
                refusals.append(refusal)
        if not permitted:
            raise refusals[0]
        return permitted

    def _addresses(self, host: str) -> list[Address]:
        literal = literal_address(host)
        if literal is not None and bare(host) != "localhost":
            return [literal]
        found = list(dict.fromkeys(self._resolver(host, self._patience.wait_s(self._patience.timeouts.connect_s))))
        if not found:
            raise Unreachable(f"The name {host} has no address; try again later.")
        return found

    def _connected(self, addresses: list[Address], port: int) -> socket.socket:
        for tried, address in enumerate(addresses):
            share_s = self._patience.timeouts.connect_s / (len(addresses) - tried)
            with suppress(OSError):
                made = socket.create_connection((str(address), port), timeout=self._patience.wait_s(share_s))
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return made
        raise Unreachable(f"{self._patience.host} accepts no connection at port {port}; try again later.")


class GuardedStream(httpcore.NetworkStream):
    """A connection each of whose steps is limited by what is left of the request's time."""

    def __init__(self, connection: socket.socket, patience: Patience) -> None:
        self._socket = connection
        self._patience = patience
        self._lock = threading.Lock()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        began_s = self._patience.now_s()
        self._socket.settimeout(self._patience.wait_s(self._patience.timeouts.idle_s))
        try:
            data = self._socket.recv(max_bytes)
        except TimeoutError:
            self._patience.wait_s(0)
            idle_s = self._patience.timeouts.idle_s
            raise Unreachable(f"{self._patience.host} sent nothing for {idle_s:g} seconds.") from None
        except OSError:
            raise Unreachable(f"{self._patience.host} broke the connection off; try again later.") from None
        self._patience.received(len(data), since_s=began_s)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        while rest:
            self._socket.settimeout(self._patience.wait_s(self._patience.timeouts.idle_s))
            try:
                rest = rest[self._socket.send(rest) :]
            except OSError as error:  # httpcore then reads what the server has answered already
                raise httpcore.WriteError from error

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        host = self._patience.host
        self._socket.settimeout(self._patience.wait_s(self._patience.timeouts.connect_s))
        try:
            secured = ssl_context.wrap_socket(self._socket, server_hostname=bare(server_hostname or host))
        except ssl.SSLCertVerificationError as error:
            raise UntrustedCertificate(f"The TLS certificate of {host} is not valid: {error.verify_message}.") from None
        except (OSError, ValueError):
            raise Unreachable(f"{host} does not speak TLS as expected; try again later.") from None
        with self._lock:
            self._socket = secured
        return self

    def interrupt(self) -> None:
        """Wake whoever waits for this connection."""
        with self._lock, suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        return None
