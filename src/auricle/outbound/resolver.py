"""Looks names up in bounded time, which the operating system's resolver does not promise."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from queue import Empty, SimpleQueue

from auricle.errors import UnknownHost, Unreachable
from auricle.outbound.policy import Address

Resolver = Callable[[str, float], Sequence[Address]]  # of a host, within so many seconds

MAX_LOOKUPS = 32  # at once; a name server that hangs holds a thread each
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class NameResolver:
    """The operating system's resolver, asked from threads that may hang without holding anybody up."""

    def __init__(self, *, max_lookups: int = MAX_LOOKUPS) -> None:
        self._slots = threading.BoundedSemaphore(max_lookups)

    def __call__(self, host: str, timeout_s: float) -> Sequence[Address]:
        """The addresses of `host`. Raises UnknownHost when there are none, Unreachable when nobody answers in time."""
        if not self._slots.acquire(timeout=timeout_s):
            raise Unreachable(f"The name {host} could not be looked up: too many look-ups are waiting.")
        answers: SimpleQueue[Sequence[Address] | OSError] = SimpleQueue()
        threading.Thread(target=self._look_up, args=(host, answers), name=f"look-up {host}", daemon=True).start()
        try:
            answer = answers.get(timeout=timeout_s)
        except Empty:
            raise Unreachable(f"The name {host} could not be looked up within {timeout_s:g} seconds.") from None
        if isinstance(answer, OSError):
            raise _failure(host, answer)
        return answer

    def _look_up(self, host: str, answers: SimpleQueue[Sequence[Address] | OSError]) -> None:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            answers.put([ip_address(str(item[4][0]).partition("%")[0]) for item in found])
        except OSError as error:
            answers.put(error)
        except UnicodeError:
            answers.put(socket.gaierror(socket.EAI_NONAME, "not a name"))
        finally:
            self._slots.release()


def _failure(host: str, error: OSError) -> Unreachable:
    if isinstance(error, socket.gaierror) and error.errno in _NO_SUCH_NAME:
        return UnknownHost(f"There is no host of the name {host}; correct the address.")
    return Unreachable(f"The name {host} could not be looked up; try again later.")
