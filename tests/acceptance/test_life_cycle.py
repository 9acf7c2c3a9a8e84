"""A server's life: it starts again on what it left, ends after what is being said, and is safe to reach from afar."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import resource
import signal
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .conftest import Server, serving, starting
from .javascript_client import JavaScriptClient
from .python_client import AT_SPEAKING_PACE, PythonClient, pcm
from .recordings import Recordings, wave_file
from .scoring import understood, words
from .wire_client import WireClient, turn, wave_header

IDLE = 1000
MOST_IDLE_MB = 1000
CONVERSATION = "/speech/recognition/conversation/cognitiveservices/v1?language=en-US"


def client_of(server: Server, sdk: Any) -> PythonClient:
    return PythonClient(sdk=sdk, url=server.ws, key=server.key)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_second_start_and_one_after_a_crash_find_everything_as_it_was(
    tmp_path: Path, sdk: Any, recordings: Recordings
) -> None:
    home, port = tmp_path / "home", free_port()
    with serving(home, "--no-proof", port=port) as first:
        key = first.key
    with serving(home, "--no-proof", port=port) as second:
        assert second.key == key
        running = client_of(second, sdk).start(recordings.jfk(), config=client_of(second, sdk).config(AT_SPEAKING_PACE))
        running.wait_for_partial()
        second.process.kill()
        second.process.wait()
        running.wait()
        assert running.errors
    with serving(home, "--no-proof", port=port) as third:
        assert third.key == key
        heard = client_of(third, sdk).hear(recordings.jfk())
        assert understood(recordings.jfk_words(), heard.text)
    assert sorted(path.name for path in (home / "keys").iterdir()) == ["admin.key", "master.key"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_people_finish_and_ends_well(
    tmp_path: Path, sdk: Any, recordings: Recordings, number: signal.Signals
) -> None:
    with serving(tmp_path / "home", "--no-proof") as server:
        client = client_of(server, sdk)
        running = client.start(recordings.jfk(), config=client.config(AT_SPEAKING_PACE))
        running.wait_for_partial(words=4)

        server.process.send_signal(number)

        assert server.process.wait(30) == 0
        assert running.heard.wait(30)
        assert words(running.texts[0]).startswith("and so my")
        running.wait()
        server.assert_log_is_discreet("fellow")


def test_it_says_that_it_is_not_ready_until_it_is(tmp_path: Path) -> None:
    port = free_port()
    seen: list[int] = []
    with starting(tmp_path / "home", "--no-proof", "--port", str(port)) as (process, log):
        while 200 not in seen:
            assert process.poll() is None, log.read_text()
            with contextlib.suppress(httpx.TransportError):
                answer = httpx.get(f"http://127.0.0.1:{port}/ready")
                seen.append(answer.status_code)
                assert answer.json()["ready"] == (answer.status_code == 200)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0

    assert set(seen[:-1]) == {503}


def test_its_pages_tell_what_it_is_and_does(python: PythonClient, server: Server, recordings: Recordings) -> None:
    before = server.metric("auricle_audio_seconds_total")
    python.hear(recordings.jfk())

    assert server.metric("auricle_audio_seconds_total") - before == pytest.approx(11, abs=0.1)
    assert server.metric("auricle_sessions") == 0
    status = httpx.get(f"{server.http}/status").json()
    assert {"moonshine-base", "whisper-base"} <= {model["name"] for model in status["models"]}
    assert "Auricle" in httpx.get(f"{server.http}/", headers={"Accept": "text/html"}).text
    assert httpx.get(f"{server.http}/docs").status_code == 200
    paths = httpx.get(f"{server.http}/openapi.json").json()["paths"]
    assert {"/ready", "/status", "/metrics", "/sts/v1.0/issueToken"} <= set(paths)
    for page in ("/", "/docs", "/status", "/metrics", "/openapi.json"):
        assert server.key not in httpx.get(f"{server.http}{page}").text


def test_who_needs_no_key_gets_in_without_one(tmp_path: Path, sdk: Any, recordings: Recordings) -> None:
    with serving(tmp_path / "home", "--no-proof", environment={"AURICLE_REQUIRE_KEY": "false"}) as server:
        for key in (None, "none"):
            heard = replace(client_of(server, sdk), key=key).hear(recordings.jfk())
            assert understood(recordings.jfk_words(), heard.text)
        answer = httpx.post(f"{server.http}{CONVERSATION}", content=wave_header() + pcm(recordings.jfk()), timeout=60)
        assert answer.status_code == 200


def test_who_comes_when_it_is_full_is_told_so(tmp_path: Path, sdk: Any, recordings: Recordings) -> None:
    with serving(tmp_path / "home", "--no-proof", environment={"AURICLE_MAX_SESSIONS": "1"}) as server:
        client = client_of(server, sdk)
        running = client.start(recordings.jfk(), config=client.config(AT_SPEAKING_PACE))
        running.wait_for_partial()

        refused = client.once(recordings.jfk())
        by_rest = httpx.post(
            f"{server.http}{CONVERSATION}",
            headers={"Ocp-Apim-Subscription-Key": server.key},
            content=wave_header() + pcm(recordings.jfk()),
        )

        assert refused.cancellation_details.code.name == "TooManyRequests"
        assert by_rest.status_code == 429
        assert int(by_rest.headers["Retry-After"]) > 0
        assert by_rest.json()["error"]["code"] == "TooManyRequests"
        running.wait()
        assert understood(recordings.jfk_words(), running.text)
        assert understood(recordings.jfk_words(), client.hear(recordings.jfk()).text)


async def test_a_thousand_idle_connections_are_held(tmp_path: Path, recordings: Recordings) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * IDLE)), hard))
    with serving(tmp_path / "home", "--no-proof") as server:
        client = WireClient(url=server.ws, key=server.key)
        idle = [await client.connect() for _ in range(IDLE)]
        assert server.metric("auricle_connections") == IDLE
        assert server.memory_mb < MOST_IDLE_MB

        answer = await turn(idle[IDLE // 2], [wave_header(), pcm(recordings.jfk())])

        assert "and so my fellow americans" in words(answer.words)
        await asyncio.gather(*(connection.close() for connection in idle))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate authority of our own, and a certificate of it for this machine."""
    folder = tmp_path_factory.mktemp("authority")
    now = dt.datetime.now(dt.UTC)

    def certificate(subject: str, key: Any, issuer: str, signer: Any, extension: Any) -> bytes:
        built = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(signer, hashes.SHA256())
        )
        return built.public_bytes(serialization.Encoding.PEM)

    root, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    (folder / "ca.pem").write_bytes(
        certificate("Test authority", root, "Test authority", root, x509.BasicConstraints(ca=True, path_length=0))
    )
    (folder / "server.pem").write_bytes(certificate("localhost", leaf, "Test authority", root, names))
    (folder / "server.key").write_bytes(
        leaf.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder


@pytest.fixture(scope="module")
def secure_server(tmp_path_factory: pytest.TempPathFactory, authority: Path) -> Iterator[Server]:
    tls = {
        "AURICLE_TLS_CERTIFICATE": str(authority / "server.pem"),
        "AURICLE_TLS_KEY": str(authority / "server.key"),
    }
    with serving(tmp_path_factory.mktemp("secure"), "--no-proof", environment=tls) as running:
        yield running


def test_the_python_sdk_speaks_over_tls_to_an_authority_it_was_given(
    secure_server: Server, authority: Path, sdk: Any, recordings: Recordings
) -> None:
    assert secure_server.ws.startswith("wss://")
    client = client_of(secure_server, sdk)
    trusting = client.config({"OPENSSL_SINGLE_TRUSTED_CERT": (authority / "ca.pem").read_text()})

    heard = client.hear(recordings.jfk(), config=trusting)

    assert understood(recordings.jfk_words(), heard.text)


def test_the_python_sdk_does_not_trust_a_stranger(secure_server: Server, sdk: Any, recordings: Recordings) -> None:
    result = client_of(secure_server, sdk).once(recordings.jfk())

    assert result.cancellation_details.code.name == "ConnectionFailure"


def test_the_javascript_sdk_speaks_over_tls(
    secure_server: Server, authority: Path, js_sdk: Path, recordings: Recordings, tmp_path: Path
) -> None:
    client = JavaScriptClient(url=secure_server.ws, key=secure_server.key)
    speech = wave_file(tmp_path / "jfk.wav", recordings.jfk())

    told = client.run(speech, environment={"NODE_EXTRA_CA_CERTS": str(authority / "ca.pem")})

    assert understood(recordings.jfk_words(), told.text)


def test_rest_is_served_over_tls(secure_server: Server, authority: Path, recordings: Recordings) -> None:
    trusting = ssl.create_default_context(cafile=str(authority / "ca.pem"))

    answer = httpx.post(
        f"{secure_server.http}{CONVERSATION}",
        headers={"Ocp-Apim-Subscription-Key": secure_server.key},
        content=wave_header() + pcm(recordings.jfk()),
        verify=trusting,
        timeout=60,
    )

    assert understood(recordings.jfk_words(), answer.json()["DisplayText"])
