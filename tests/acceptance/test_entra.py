"""Tokens of an OpenID Connect issuer, at the wires that the Speech SDK and REST clients use."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.identity.made_issuer import MadeIssuer

from .conftest import Server, serving

PEOPLE = {"clerk": "Speech User", "auditor": "Reader", "trainer": "Speech Contributor"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[MadeIssuer]:
    with MadeIssuer() as running:
        yield running


@pytest.fixture(scope="module")
def entra_server(issuer: MadeIssuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that trusts the issuer, with a role for each of the people."""
    home = tmp_path_factory.mktemp("entra")
    with serving(home, "--no-proof", environment={"AURICLE_ENTRA_ISSUER": issuer.url}) as running:
        for person, role in PEOPLE.items():
            command = [str(Path(sys.executable).parent / "auricle"), "resource", "grant", "default", person, role]
            subprocess.run([*command, "--home", str(home)], check=True, capture_output=True)
        yield running
    running.assert_log_is_discreet()


@pytest.fixture
def token(issuer: MadeIssuer) -> Callable[[str], str]:
    """A token about a person, valid now."""
    now_s = int(time.time())
    return lambda person: issuer.token(oid=person, exp=now_s + 600, nbf=now_s - 60)


def test_the_sdk_recognises_with_the_token_of_somebody_who_may(
    sdk: Any,
    entra_server: Server,
    token: Callable[[str], str],
    recording: Callable[[str], tuple[Path, str]],
) -> None:
    path, words = recording("beckett")

    result = recognise(sdk, entra_server, f"aad#default#{token('clerk')}", path)

    assert result.reason == sdk.ResultReason.RecognizedSpeech
    assert result.text.split()[0].lower().strip(".,") == words.split()[0].lower().strip(".,")


@pytest.mark.parametrize("shown", ["aad#default#{auditor}", "aad#another#{clerk}", "aad#default#{stranger}"])
def test_the_sdk_is_refused_with_the_token_of_somebody_who_may_not(
    shown: str,
    sdk: Any,
    entra_server: Server,
    token: Callable[[str], str],
    recording: Callable[[str], tuple[Path, str]],
) -> None:
    people = {person: token(person) for person in ("auditor", "clerk", "stranger")}

    result = recognise(sdk, entra_server, shown.format(**people), recording("beckett")[0])

    assert result.reason == sdk.ResultReason.Canceled
    assert result.cancellation_details.code in {
        sdk.CancellationErrorCode.AuthenticationFailure,
        sdk.CancellationErrorCode.Forbidden,
    }


@pytest.mark.parametrize(
    ("person", "reads", "writes"),
    [("clerk", 200, 403), ("auditor", 200, 403), ("trainer", 200, 201), ("none", 403, 403)],
)
def test_a_role_decides_what_the_management_api_allows(
    person: str, reads: int, writes: int, entra_server: Server, token: Callable[[str], str]
) -> None:
    url = f"{entra_server.http}/speechtotext/v3.2/projects"
    bearer = {"Authorization": f"Bearer {token(person)}"}

    read = httpx.get(url, headers=bearer)
    written = httpx.post(url, headers=bearer, json={"displayName": "Of a role", "locale": "en-US"})

    assert (read.status_code, written.status_code) == (reads, writes)


def recognise(sdk: Any, server: Server, shown: str, path: Path) -> Any:
    """The first thing in a file that the SDK hears, showing this."""
    config = sdk.SpeechConfig(host=server.ws)
    config.authorization_token = shown
    return sdk.SpeechRecognizer(config, sdk.audio.AudioConfig(filename=str(path))).recognize_once()
