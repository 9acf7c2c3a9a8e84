from __future__ import annotations

import socket
import ssl
import struct
import threading
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from auricle.clock import ManualClock
from auricle.errors import (
    AuricleError,
    EncodedRemote,
    InvalidUrl,
    RefusedAddress,
    RemoteAnswered,
    RemoteBusy,
    ShuttingDown,
    TooLargeRemote,
    Unreachable,
    UntrustedCertificate,
)
from auricle.outbound.client import Outbound, Policy, Timeouts
from auricle.outbound.policy import Address
from tests.outbound.servers import Script, answer, hold, serving

LOOPBACK = Policy(allowed_hosts=frozenset({"127.0.0.0/8"}))
SECRET = "?sv=1&sig=s3cr3t"
QUICK = Timeouts(connect_s=5, idle_s=0.1, total_s=5)


def read(url: str, *, outbound: Outbound | None = None, limit_bytes: int = 1000, timeout: Timeouts = QUICK) -> bytes:
    with (outbound or Outbound(LOOPBACK)).fetch(url, limit_bytes=limit_bytes, timeout=timeout) as fetched:
        return b"".join(fetched.chunks())


def failure(*scripts: Script, limit_bytes: int = 1000, timeout: Timeouts = QUICK) -> AuricleError:
    with serving(*scripts) as server, pytest.raises(AuricleError) as failed:
        read(server.url("/data.zip" + SECRET), limit_bytes=limit_bytes, timeout=timeout)
    assert "s3cr3t" not in failed.value.message
    return failed.value


def resolving(*addresses: str) -> Callable[[str, float], list[Address]]:
    return lambda host, timeout_s: [ip_address(address) for address in addresses]


def endlessly(
    part: bytes, *, then: Callable[[], object] = lambda: None, head: bytes = b"HTTP/1.1 200 OK\r\n\r\n"
) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(part)
            then()

    return script


def test_a_file_arrives_with_its_size_its_type_and_its_name() -> None:
    reply = answer(
        b"hello", Content_Type="Application/ZIP; x=y", Content_Disposition='attachment; filename="../a b.zip"'
    )
    with serving(reply) as server, Outbound(LOOPBACK).fetch(server.url("/x" + SECRET), limit_bytes=5) as fetched:
        assert (fetched.size_bytes, fetched.content_type, fetched.name) == (5, "application/zip", "a b.zip")
        assert b"".join(fetched.chunks()) == b"hello"
        request = server.requests[0].decode()

    assert request.startswith("GET /x?sv=1&sig=s3cr3t HTTP/1.1\r\n")
    assert f"host: 127.0.0.1:{server.port}\r\n" in request.lower()
    assert "accept-encoding: identity\r\n" in request.lower()


def test_the_environments_proxy_and_credentials_are_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login user password s3cr3t")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    with serving(answer(b"direct")) as server:
        assert read(server.url()) == b"direct"
    assert b"authorization" not in server.requests[0].lower()


def test_cookies_of_one_answer_are_not_sent_with_the_next_request() -> None:
    outbound = Outbound(LOOPBACK)
    with serving(answer(b"x", Set_Cookie="tenant=one")) as server:
        read(server.url(), outbound=outbound)
        read(server.url(), outbound=outbound)
    assert b"cookie" not in server.requests[1].lower()


def test_redirects_are_followed_and_the_first_address_names_the_file() -> None:
    with (
        serving(answer(status="302 Found", Location="/b?sig=2"), answer(b"there")) as server,
        Outbound(LOOPBACK).fetch(server.url("/set%20one.zip"), limit_bytes=9) as fetched,
    ):
        assert b"".join(fetched.chunks()) == b"there"
        assert fetched.name == "set one.zip"
    assert server.requests[1].startswith(b"GET /b?sig=2 ")


@pytest.mark.parametrize("location", ["http://10.0.0.5/", "http://[::ffff:169.254.169.254]/", "http://0x0a000005/"])
def test_a_redirect_to_a_private_address_is_refused(location: str) -> None:
    failed = failure(answer(status="302 Found", Location=location + SECRET))

    assert isinstance(failed, RefusedAddress)
    assert "private" in failed.message or "not an ordinary" in failed.message


def test_a_redirect_to_a_name_of_a_private_address_is_refused_when_it_is_looked_up() -> None:
    outbound = Outbound(LOOPBACK, resolver=resolving("10.0.0.5"))
    moved = answer(status="307 Temporary Redirect", Location="http://public.example/")
    with (
        serving(moved) as server,
        pytest.raises(RefusedAddress, match=r"10\.0\.0\.5 of host public\.example is private"),
    ):
        read(server.url(), outbound=outbound)


def test_redirects_in_a_circle_end() -> None:
    circle = answer(status="301 Moved", Location="/again")
    with serving(circle) as server, pytest.raises(RemoteAnswered, match="more than 5 times"):
        read(server.url())
    assert len(server.requests) == 6


@pytest.mark.parametrize(("status", "retryable"), [(404, False), (403, False), (206, False), (429, True), (503, True)])
def test_another_status_than_success_is_an_error_that_says_whether_to_try_again(status: int, retryable: bool) -> None:
    failed = failure(answer(b"no", status=f"{status} Whatever"))

    assert isinstance(failed, RemoteAnswered)
    assert (failed.status, failed.retryable, isinstance(failed, RemoteBusy)) == (status, retryable, retryable)


def test_a_body_that_never_ends_is_cut_at_the_limit() -> None:
    assert isinstance(failure(endlessly(b"x" * 500), limit_bytes=10_000), TooLargeRemote)


def test_a_declared_size_beyond_the_limit_is_refused_before_a_byte_is_read() -> None:
    assert isinstance(failure(answer(b"", Content_Length="1001")), TooLargeRemote)


def test_a_body_shorter_than_declared_is_worth_another_try() -> None:
    failed = failure(answer(b"short", Content_Length="50"))

    assert isinstance(failed, Unreachable)
    assert failed.retryable


def test_a_body_longer_than_declared_is_cut_where_it_was_declared_to_end() -> None:
    with serving(answer(b"exact and more", Content_Length="5")) as server:
        assert read(server.url()) == b"exact"


def test_a_compressed_answer_is_refused_since_it_may_be_a_bomb() -> None:
    assert isinstance(failure(answer(b"\x1f\x8b", Content_Encoding="gzip")), EncodedRemote)


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ],
)
def test_a_server_that_hangs_up_or_speaks_nonsense_is_unreachable(garbage: bytes) -> None:
    assert isinstance(failure(garbage), Unreachable)


def test_a_connection_reset_in_the_middle_is_unreachable() -> None:
    def reset(connection: socket.socket) -> None:
        connection.sendall(answer(b"some", Content_Length="50"))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert isinstance(failure(reset), Unreachable)


def test_a_server_that_accepts_and_says_nothing_is_given_up() -> None:
    failed = failure(hold)

    assert "sent nothing for 0.1 seconds" in failed.message
    assert failed.retryable


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_server_that_drips_its_head_or_its_body_is_given_up_when_the_time_is_over(head: bytes) -> None:
    clock = ManualClock()
    outbound = Outbound(LOOPBACK, clock=clock)
    drip = endlessly(b"x", then=lambda: clock.advance(1), head=head)
    with serving(drip) as server, pytest.raises(Unreachable, match="finish within 60 seconds"):
        read(server.url(), outbound=outbound, timeout=Timeouts(total_s=60, least_bytes_per_s=0))


def test_a_server_that_is_slower_than_the_least_pace_is_given_up_before_the_time_is_over() -> None:
    clock = ManualClock()
    outbound = Outbound(LOOPBACK, clock=clock)
    drip = endlessly(b"x" * 100, then=lambda: clock.advance(1))
    with serving(drip) as server, pytest.raises(Unreachable, match="fewer than 1024 bytes a second"):
        read(server.url(), outbound=outbound, limit_bytes=10**9, timeout=Timeouts(total_s=10**9))


def test_nobody_at_the_port_is_unreachable() -> None:
    with serving(b"") as server:
        pass
    with pytest.raises(Unreachable, match="accepts no connection"):
        read(server.url())


def test_a_name_that_answers_differently_the_second_time_gains_nothing() -> None:
    answers = [[ip_address("127.0.0.1")], [ip_address("10.0.0.5")]]
    asked = []

    def rebinding(host: str, timeout_s: float) -> list[Address]:
        asked.append(host)
        return answers.pop(0)

    with serving(answer(b"checked")) as server:
        outbound = Outbound(LOOPBACK, resolver=rebinding)
        assert read(server.url(host="rebind.example"), outbound=outbound) == b"checked"
        with pytest.raises(RefusedAddress):
            read(server.url(host="rebind.example"), outbound=outbound)
    assert asked == ["rebind.example"] * 2
    assert len(server.requests) == 1


def test_of_several_addresses_of_a_name_only_permitted_ones_are_tried() -> None:
    with serving(answer(b"x")) as server:
        mixed = Outbound(LOOPBACK, resolver=resolving("10.0.0.5", "127.0.0.1"))
        assert read(server.url(host="mixed.example"), outbound=mixed) == b"x"
        fallback = Outbound(LOOPBACK, resolver=resolving("127.0.0.2", "127.0.0.1"))
        assert read(server.url(host="two.example"), outbound=fallback) == b"x"


def test_private_addresses_open_by_the_operators_word() -> None:
    with serving(answer(b"x")) as server:
        with pytest.raises(RefusedAddress):
            read(server.url(), outbound=Outbound(Policy()))
        assert read(server.url(), outbound=Outbound(Policy(allow_private=True))) == b"x"
        by_name = Outbound(Policy(allowed_hosts=frozenset({f"localhost:{server.port}"})))
        assert read(server.url(host="localhost"), outbound=by_name) == b"x"


def test_a_check_asks_nobody_and_refuses_what_can_be_refused() -> None:
    def unexpected(host: str, timeout_s: float) -> list[Address]:
        raise AssertionError

    outbound = Outbound(Policy(), resolver=unexpected)
    outbound.check("https://files.example/data.zip" + SECRET)
    for url in ("ftp://files.example/", "http://127.0.0.1/", "https://user@files.example/"):
        with pytest.raises(InvalidUrl):
            outbound.check(url)


def test_a_post_brings_its_body_and_headers_and_returns_what_is_answered() -> None:
    with serving(answer(b"thanks", status="418 Teapot")) as server:
        said = Outbound(LOOPBACK).post(
            server.url("/hook"), body=b'{"a":1}', headers={"X-Signature": "abc", "Host": "other"}, timeout_s=5
        )
    head, _, body = server.requests[0].partition(b"\r\n\r\n")

    assert (said.status, said.body) == (418, b"thanks")
    assert body == b'{"a":1}'
    assert b"x-signature: abc" in head.lower()
    assert b"host: other" not in head.lower()


def test_a_post_follows_no_redirect_and_reads_no_more_than_the_beginning() -> None:
    with serving(answer(status="302 Found", Location="http://127.0.0.1:1/"), endlessly(b"x" * 1000)) as server:
        outbound = Outbound(LOOPBACK)
        redirect = outbound.post(server.url(), body=b"", headers={}, timeout_s=5)
        endless = outbound.post(server.url(), body=b"", headers={}, timeout_s=5, limit_bytes=1500)
    assert (redirect.status, len(endless.body)) == (302, 1500)


def test_a_post_whose_answer_breaks_off_still_has_its_status() -> None:
    with serving(answer(b"some", Content_Length="50")) as server:
        said = Outbound(LOOPBACK).post(server.url(), body=b"x", headers={}, timeout_s=5)
    assert (said.status, said.body) == (200, b"some")


def test_closing_breaks_off_what_is_under_way_and_refuses_what_comes_after() -> None:
    outbound = Outbound(LOOPBACK)

    def close_and_hold(connection: socket.socket) -> None:
        outbound.close()
        hold(connection)

    with serving(close_and_hold) as server:
        with pytest.raises(Unreachable, match=r"hung up|broke"):
            read(server.url(), outbound=outbound, timeout=Timeouts())
        with pytest.raises(ShuttingDown):
            read(server.url(), outbound=outbound)


def test_many_threads_may_fetch_at_once() -> None:
    outbound, results = Outbound(LOOPBACK), []
    with serving(answer(b"x")) as server:
        threads = [
            threading.Thread(target=lambda: results.append(read(server.url(), outbound=outbound, timeout=Timeouts())))
            for _ in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == [b"x"] * 16


def test_a_large_file_passes_through_little_memory() -> None:
    def large(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 33554432\r\n\r\n")
        for _ in range(32):
            connection.sendall(bytes(1 << 20))

    with serving(large) as server, Outbound(LOOPBACK).fetch(server.url(), limit_bytes=1 << 30) as fetched:
        tracemalloc.start()
        size = sum(len(chunk) for chunk in fetched.chunks())
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert size == 32 << 20
    assert peak_bytes < 8 << 20


class Authority:
    """A certificate for one host name, and who trusts it."""

    def __init__(self, folder: Path, host: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        file = folder / "both.pem"
        file.write_bytes(
            pem
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(file)
        self.trust = ssl.create_default_context(cadata=pem.decode())


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "files.example")


def secured(authority: Authority) -> Outbound:
    return Outbound(LOOPBACK, resolver=resolving("127.0.0.1"), trust=authority.trust)


def test_tls_asks_for_the_name_though_the_connection_goes_to_the_checked_address(authority: Authority) -> None:
    with serving(answer(b"safe"), tls=authority.server) as server:
        url = server.url(scheme="https", host="files.example")
        assert read(url, outbound=secured(authority), timeout=Timeouts()) == b"safe"


def test_a_certificate_of_another_name_or_of_nobody_known_is_refused(authority: Authority) -> None:
    stranger = Outbound(LOOPBACK, resolver=resolving("127.0.0.1"))
    with serving(answer(b"x"), tls=authority.server) as server:
        for outbound, host in ((secured(authority), "other.example"), (stranger, "files.example")):
            with pytest.raises(UntrustedCertificate) as failed:
                read(server.url(SECRET, scheme="https", host=host), outbound=outbound, timeout=Timeouts())
            assert not failed.value.retryable
            assert "s3cr3t" not in failed.value.message
    assert server.requests == []


def test_https_from_a_server_that_speaks_none_is_unreachable(authority: Authority) -> None:
    quick, host = Timeouts(connect_s=0.1), "files.example"
    with serving(hold) as server, pytest.raises(Unreachable, match="does not speak TLS"):
        read(server.url(scheme="https", host=host), outbound=secured(authority), timeout=quick)


def test_a_redirect_leads_from_https_to_nothing_less_safe(authority: Authority) -> None:
    moved = answer(status="302 Found", Location="http://files.example/")
    with serving(moved, tls=authority.server) as server, pytest.raises(InvalidUrl, match="from https to http"):
        read(server.url(scheme="https", host="files.example"), outbound=secured(authority), timeout=Timeouts())
