"""What a person sees who types `make start`, and what scripts may rely on."""

from __future__ import annotations

import json
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from .conftest import Server, serving


def test_a_start_shows_address_key_and_code_and_proves_itself(tmp_path: Path, sdk: Any) -> None:
    with serving(tmp_path / "home") as server:
        assert f"Address   {server.ws}" in server.greeting
        assert server.key in server.greeting
        assert server.process.stdout is not None
        rest: list[str] = []
        for line in server.process.stdout:
            rest.append(line)
            if line.startswith("Ctrl-C"):
                break
        told = "".join(rest)
        assert f'SpeechConfig(host="{server.ws}", subscription="{server.key}")' in told
        (heard,) = (line for line in rest if line.startswith("  It heard: "))
        for word in ("tried", "failed", "matter", "again", "better"):
            assert word in heard.lower()


def test_it_is_ready_and_tells_its_state(server: Server) -> None:
    assert httpx.get(f"{server.http}/ready").json() == {"ready": True, "missing": []}
    status = httpx.get(f"{server.http}/status").json()
    assert status["status"] == "ready"
    assert "en-US" in status["locales"]
    assert "de-DE" in status["locales"]


def test_what_is_kept_is_for_its_owner_alone(server: Server) -> None:
    for kept in (server.home / "auricle.db", *(server.home / "keys").iterdir()):
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_the_key_is_shown_exchanged_and_audited_beside_a_running_server(tmp_path: Path) -> None:
    def auricle(*words: str) -> Any:
        command = [str(Path(sys.executable).parent / "auricle"), *words, "--home", str(tmp_path), "--output", "json"]
        return json.loads(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)

    with serving(tmp_path, "--no-proof") as server:
        assert auricle("resource", "keys", "default")["key1"] == server.key
        new = auricle("resource", "regenerate", "default", "--key", "1")["key1"]
        assert [entry["actor"] for entry in auricle("audit", "--top", "1")] == ["operator"]

        def status(key: str) -> int:
            url = f"{server.http}/sts/v1.0/issueToken"
            return httpx.post(url, headers={"Ocp-Apim-Subscription-Key": key}).status_code

        assert status(new) == 200
        assert status(server.key) == 401
        admin = {"X-Auricle-Admin-Key": (tmp_path / "keys" / "admin.key").read_text().strip()}
        assert httpx.get(f"{server.http}/auricle/v1/resources", headers=admin).status_code == 200
        server.assert_log_is_discreet()


def test_a_second_server_on_the_same_port_says_what_to_do(server: Server, tmp_path: Path) -> None:
    port = server.host.split(":")[1]
    command = [str(Path(sys.executable).parent / "auricle"), "serve", "--home", str(tmp_path), "--port", port]
    tried = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert tried.returncode == 1
    assert f"Port {port} on localhost is in use" in tried.stderr


def test_the_log_holds_neither_keys_nor_words(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", int(server.host.split(":")[1]))) as connection:
        query = f"language=en-US&Ocp-Apim-Subscription-Key={server.key}"
        path = "/speech/recognition/conversation/cognitiveservices/v1"
        connection.sendall(f"GET {path}?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        while connection.recv(4096):
            pass
    assert server.key not in server.log.read_text()
