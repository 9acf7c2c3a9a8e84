from __future__ import annotations

import socket
import threading
from ipaddress import ip_address

import pytest

from auricle.errors import UnknownHost, Unreachable
from auricle.outbound.resolver import NameResolver


def test_a_name_has_its_addresses() -> None:
    assert ip_address("127.0.0.1") in NameResolver()("localhost", 5)


@pytest.mark.parametrize("error", [socket.gaierror(socket.EAI_NONAME, "no"), UnicodeError("label too long")])
def test_a_name_that_nobody_has_is_unknown(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(UnknownHost):
        NameResolver()("nobody.example", 5)


def test_a_name_server_that_fails_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(Unreachable) as failed:
        NameResolver()("slow.example", 5)
    assert failed.value.retryable


def test_a_name_server_that_hangs_holds_nobody_up_and_only_so_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: released.wait() and [])
    resolve = NameResolver(max_lookups=2)
    before = threading.active_count()

    try:
        for _ in range(2):
            with pytest.raises(Unreachable, match=r"within 0\.01 seconds"):
                resolve("hangs.example", 0.01)
        with pytest.raises(Unreachable, match="too many look-ups"):
            resolve("hangs.example", 0.01)
        assert threading.active_count() == before + 2
    finally:
        released.set()
