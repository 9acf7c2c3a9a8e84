from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import httpx
import jwt
import pytest

from auricle.recognition.events import Final, Outcome
from auricle.speech.limits import Limits
from auricle.speech.short_audio import joined

from .serving import KEY, Served
from .sounds import WAV_HEADER, silence, speech

PATH = "/speech/recognition/conversation/cognitiveservices/v1"
ONE_PHRASE = WAV_HEADER + silence(0.5) + speech(1.0) + silence(1.0)
WAV = {"Content-Type": "audio/wav; codecs=audio/pcm; samplerate=16000", "Ocp-Apim-Subscription-Key": KEY}


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with Served() as served:
        yield served


def post(server: Served, query: str = "language=en-US", content: Any = ONE_PHRASE, **changed: Any) -> httpx.Response:
    headers = WAV | changed.pop("headers", {})
    url = f"http://{server.address}{changed.pop('path', PATH)}?{query}"
    return httpx.post(url, content=content, headers={k: v for k, v in headers.items() if v}, trust_env=False)


@contextmanager
def begun(server: Served, headers: dict[str, str]) -> Iterator[http.client.HTTPConnection]:
    """A request whose body is still to be sent."""
    with closing(http.client.HTTPConnection(server.address, timeout=10)) as connection:
        connection.putrequest("POST", f"{PATH}?language=en-US")
        for name, value in {**WAV, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        yield connection


@pytest.mark.parametrize("path", [PATH, "/stt" + PATH, PATH.replace("conversation", "interactive")])
def test_a_recording_becomes_a_simple_result(server: Served, path: str) -> None:
    response = post(server, path=path)

    assert response.status_code == 200
    result = response.json()
    assert result.pop("DisplayText")
    assert result == {"RecognitionStatus": "Success", "Offset": 5_000_000, "Duration": 10_000_000}


def test_a_detailed_result_has_alternatives_and_words(server: Served) -> None:
    result = post(server, "language=en-US&format=detailed&wordLevelTimestamps=true").json()

    assert len(result["NBest"]) == 5
    assert set(result["NBest"][0]) == {"Confidence", "Lexical", "ITN", "MaskedITN", "Display", "Words", "DisplayWords"}
    assert set(result["NBest"][0]["Words"][0]) == {"Word", "Offset", "Duration"}


def test_an_upload_may_come_in_chunks_after_a_100_continue(server: Served) -> None:
    with begun(server, {"Transfer-Encoding": "chunked", "Expect": "100-continue"}) as connection:
        for start in range(0, len(ONE_PHRASE), 3200):
            piece = ONE_PHRASE[start : start + 3200]
            connection.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        connection.send(b"0\r\n\r\n")

        response = connection.getresponse()
        assert response.status == 200
        assert json.loads(response.read())["RecognitionStatus"] == "Success"


def test_the_phrases_of_a_recording_come_joined_except_in_interactive_mode(server: Served) -> None:
    two = WAV_HEADER + 2 * (speech(1.0) + silence(1.0))

    whole = post(server, "language=en-US&format=detailed", two).json()
    first = post(server, content=two, path=PATH.replace("conversation", "interactive")).json()

    assert (whole["Offset"], whole["Duration"]) == (0, 30_000_000)
    assert len(whole["NBest"]) == 1
    assert whole["NBest"][0]["Display"] == whole["DisplayText"]
    assert first["Duration"] == 10_000_000


def test_nothing_said_is_no_match(server: Served) -> None:
    response = post(server, content=WAV_HEADER + silence(1.0))

    assert response.status_code == 200
    assert response.json() == {"RecognitionStatus": "NoMatch", "DisplayText": "", "Offset": 0, "Duration": 0}


def test_silence_in_interactive_mode_is_an_initial_silence_timeout(server: Served) -> None:
    result = post(server, content=WAV_HEADER + silence(8.0), path=PATH.replace("conversation", "interactive")).json()

    assert result["RecognitionStatus"] == "InitialSilenceTimeout"


@pytest.mark.parametrize(
    ("query", "changed", "status", "reason"),
    [
        ("", {}, 400, "expected a query parameter 'language'"),
        ("language=english%20please", {}, 400, "expected a language such as en-US"),
        ("language=xx-XX", {}, 400, "no model hears xx-XX"),
        ("language=en-US&format=fancy", {}, 400, "expected 'simple' or 'detailed'"),
        ("language=en-US&profanity=rude", {}, 400, "as profanity"),
        ("language=en-US&" + "x=1&" * 300, {}, 400, "at most 200 query parameters"),
        ("language=en-US", {"content": b""}, 400, "expected audio in the body"),
        ("language=en-US", {"content": b"RIFF\x00\x00\x00\x00WAVEjunk"}, 400, "expected"),
        ("language=en-US", {"headers": {"Ocp-Apim-Subscription-Key": "wrong"}}, 401, "a key of this server"),
        ("language=en-US", {"headers": {"Ocp-Apim-Subscription-Key": None}}, 401, "got neither"),
        ("language=en-US", {"path": PATH.replace("conversation", "karaoke")}, 404, "in the path"),
        ("language=en-US", {"content": WAV_HEADER + silence(61)}, 413, "at most 60 s of audio"),
        ("language=en-US", {"headers": {"Content-Type": "application/json"}}, 415, "a Content-Type such as audio/wav"),
        ("language=en-US", {"content": b"not audio" * 100}, 415, "expected"),
        ("language=en-US", {"headers": {"Pronunciation-Assessment": "e30="}}, 501, "pronunciation assessment"),
    ],
)
def test_what_cannot_be_recognised_gets_a_status_and_a_reason(
    server: Served, query: str, changed: Any, status: int, reason: str
) -> None:
    response = post(server, query, **changed)

    assert (response.status_code, reason in response.json()["error"]["message"]) == (status, True), response.text


def test_an_upload_of_too_many_bytes_is_refused() -> None:
    with Served(limits=Limits(short_audio_bytes=1000)) as server:
        response = post(server)

    assert response.status_code == 413


def test_an_upload_that_stalls_is_given_up() -> None:
    with Served(limits=Limits(upload_idle_s=0.05)) as server:
        with begun(server, {"Content-Length": "100000"}) as connection:
            connection.send(WAV_HEADER)

            assert connection.getresponse().status == 408
        assert server.hearing.listeners[0].closed


def test_a_full_server_says_when_to_come_back() -> None:
    with Served() as server:
        server.hearing.refusing = True

        response = post(server)

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "7"


def test_an_unknown_endpoint_is_served_by_the_base_model_which_a_header_says(server: Served) -> None:
    assert post(server, "language=en-US&cid=mine").headers["X-Auricle-Model"] == "base"


@pytest.mark.parametrize("path", ["/sts/v1.0/issueToken", "/sts/v1.0/issuetoken"])
def test_a_key_buys_a_token_that_opens_the_service(server: Served, path: str) -> None:
    bought = httpx.post(f"http://{server.address}{path}", headers={"Ocp-Apim-Subscription-Key": KEY}, trust_env=False)

    assert bought.status_code == 200
    bearer = {"Authorization": f"Bearer {bought.text}", "Ocp-Apim-Subscription-Key": None}
    assert post(server, headers=bearer).status_code == 200


def test_without_a_key_there_is_no_token(server: Served) -> None:
    response = httpx.post(f"http://{server.address}/sts/v1.0/issueToken", trust_env=False)

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "Unauthorized"


def test_a_scope_that_there_is_not_is_refused_and_the_management_scope_is_in_the_token(server: Served) -> None:
    def buy(scope: str) -> httpx.Response:
        url = f"http://{server.address}/sts/v1.0/issueToken?scope={scope}"
        return httpx.post(url, headers={"Ocp-Apim-Subscription-Key": KEY}, trust_env=False)

    assert buy("everything").status_code == 400
    said = jwt.decode(buy("speechservicesmanagement").text, options={"verify_signature": False})
    assert said["scope"] == "speechservicesmanagement"


def test_joining_nothing_is_no_match_and_joining_silences_is_the_first() -> None:
    silent = Final(outcome=Outcome.INITIAL_SILENCE, offset_s=5.0, duration_s=0.0)

    assert joined([]).outcome is Outcome.NO_MATCH
    assert joined([silent, Final(outcome=Outcome.NO_MATCH, offset_s=6.0, duration_s=1.0)]) == silent
