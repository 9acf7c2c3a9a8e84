"""REST short audio with an ordinary HTTP client: results, ways of uploading, and every refusal."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from .conftest import Server
from .python_client import pcm
from .recordings import Recordings, joined, silence
from .scoring import understood, words
from .wire_client import MU_LAW, wave_header

CONVERSATION = "/speech/recognition/conversation/cognitiveservices/v1"


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    headers = {"Ocp-Apim-Subscription-Key": server.key, "Content-Type": "audio/wav"}
    with httpx.Client(base_url=server.http, headers=headers, timeout=60) as opened:
        yield opened


@pytest.fixture(scope="module")
def speech(recordings: Recordings) -> bytes:
    return wave_header() + pcm(recordings.jfk())


@pytest.fixture(scope="module")
def said(recordings: Recordings) -> str:
    return words(recordings.jfk_words())


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]


@pytest.mark.parametrize(
    "path", [CONVERSATION, f"/stt{CONVERSATION}", CONVERSATION.replace("conversation", "dictation")]
)
def test_a_recording_comes_back_as_one_simple_result(client: httpx.Client, speech: bytes, said: str, path: str) -> None:
    result = client.post(f"{path}?language=en-US", content=speech).json()

    assert result["RecognitionStatus"] == "Success"
    assert understood(said, result["DisplayText"])
    assert 0 < result["Offset"] < result["Duration"]
    assert "NBest" not in result


def test_interactive_mode_answers_with_the_first_utterance(client: httpx.Client, speech: bytes, said: str) -> None:
    path = CONVERSATION.replace("conversation", "interactive")

    result = client.post(f"{path}?language=en-US", content=speech).json()

    assert said.startswith(words(result["DisplayText"]))


def test_a_detailed_result_has_alternatives_and_word_times(client: httpx.Client, speech: bytes, said: str) -> None:
    query = "language=en-US&format=detailed&wordLevelTimestamps=true"

    best = client.post(f"{CONVERSATION}?{query}", content=speech).json()["NBest"][0]

    assert understood(said, best["Lexical"])
    assert best["Lexical"] == best["Lexical"].lower()
    assert understood(said, best["Display"])
    assert [word["Word"] for word in best["Words"]] == best["Lexical"].split()
    offsets = [word["Offset"] for word in best["Words"]]
    assert offsets == sorted(offsets)


def test_an_upload_in_pieces_without_a_length_is_heard(client: httpx.Client, speech: bytes, said: str) -> None:
    pieces = (speech[at : at + 1024] for at in range(0, len(speech), 1024))

    answer = client.post(f"{CONVERSATION}?language=en-us", content=pieces, headers={"Expect": "100-continue"})

    assert understood(said, answer.json()["DisplayText"])


def test_a_key_in_the_query_lets_in(server: Server, speech: bytes, said: str) -> None:
    query = {"language": "en-US", "Ocp-Apim-Subscription-Key": server.key}

    answer = httpx.post(f"{server.http}{CONVERSATION}", params=query, content=speech, timeout=60)

    assert understood(said, answer.json()["DisplayText"])


def test_a_token_lets_in(server: Server, client: httpx.Client, speech: bytes, said: str) -> None:
    bearer = {"Authorization": f"Bearer {client.post('/sts/v1.0/issueToken').text}"}

    answer = httpx.post(f"{server.http}{CONVERSATION}?language=en-US", headers=bearer, content=speech, timeout=60)

    assert understood(said, answer.json()["DisplayText"])


@pytest.mark.parametrize("credentials", [{}, {"Ocp-Apim-Subscription-Key": "wrong"}, {"Authorization": "Bearer x.y.z"}])
def test_nobody_else_is_let_in(server: Server, speech: bytes, credentials: dict[str, str]) -> None:
    answer = httpx.post(f"{server.http}{CONVERSATION}?language=en-US", headers=credentials, content=speech)

    assert refusal(answer)[:2] == (401, "Unauthorized")


@pytest.mark.parametrize(
    ("query", "body", "code", "what_to_do"),
    [
        ("", b"RIFF", 400, "'language' such as en-US"),
        ("language=tlh-QO", wave_header(), 400, "tlh-QO"),
        ("language=not_a_language", wave_header(), 400, "such as en-US"),
        ("language=en-US&format=colourful", wave_header(), 400, "'simple' or 'detailed'"),
        ("language=en-US&profanity=loud", wave_header(), 400, "profanity"),
        ("language=en-US", b"", 400, "expected audio in the body, got none"),
        ("language=en-US", b"this is no audio" * 100, 415, "expected"),
        ("language=en-US", b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff", 400, "expected"),
    ],
)
def test_a_request_that_makes_no_sense_is_told_what_was_expected(
    client: httpx.Client, query: str, body: bytes, code: int, what_to_do: str
) -> None:
    status, _, message = refusal(client.post(f"{CONVERSATION}?{query}", content=body))

    assert status == code, message
    assert what_to_do in message


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "image/png"])
def test_what_does_not_say_it_is_audio_is_not_listened_to(
    client: httpx.Client, speech: bytes, content_type: str
) -> None:
    answer = client.post(f"{CONVERSATION}?language=en-US", content=speech, headers={"Content-Type": content_type})

    assert refusal(answer)[:2] == (415, "UnsupportedMediaType")


def test_an_unknown_mode_is_not_found(client: httpx.Client, speech: bytes) -> None:
    answer = client.post("/speech/recognition/telepathy/cognitiveservices/v1?language=en-US", content=speech)

    assert refusal(answer)[0] == 404


def test_a_recording_cannot_be_fetched(client: httpx.Client) -> None:
    assert refusal(client.get(f"{CONVERSATION}?language=en-US"))[0] == 405


def test_more_than_a_minute_is_too_long(client: httpx.Client) -> None:
    body = wave_header(8_000, tag=MU_LAW, bits=8) + b"\xff" * 8_000 * 61

    status, code, message = refusal(client.post(f"{CONVERSATION}?language=en-US", content=body))

    assert (status, code) == (413, "PayloadTooLarge")
    assert "60 s" in message


def test_a_body_without_end_is_stopped(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        yield wave_header()
        while True:
            yield bytes(1 << 20)

    try:
        answer = client.post(f"{CONVERSATION}?language=en-US", content=endless())
    except httpx.TransportError:
        return  # it hung up while we were still talking
    assert answer.status_code == 413


def test_an_unknown_custom_endpoint_is_answered_by_the_base_model(
    client: httpx.Client, speech: bytes, said: str
) -> None:
    answer = client.post(f"{CONVERSATION}?language=en-US&cid=nobody-knows-it", content=speech)

    assert understood(said, answer.json()["DisplayText"])
    assert answer.headers["X-Auricle-Model"] == "base"


def test_silence_is_answered_without_words(client: httpx.Client) -> None:
    result = client.post(f"{CONVERSATION}?language=en-US", content=wave_header() + pcm(silence(20))).json()

    assert result["RecognitionStatus"] == "InitialSilenceTimeout"


def test_raw_samples_are_heard_when_the_content_type_describes_them(
    client: httpx.Client, recordings: Recordings, said: str
) -> None:
    raw = {"Content-Type": "audio/raw; codec=audio/pcm; samplerate=16000"}

    answer = client.post(f"{CONVERSATION}?language=en-US", content=pcm(recordings.jfk()), headers=raw)

    assert understood(said, answer.json()["DisplayText"])


def test_numbers_are_written_as_figures_and_spoken_as_words(client: httpx.Client, recordings: Recordings) -> None:
    name = recordings.saying("telephony_prompts_en", "umute")
    recording = joined(recordings.samples("telephony_prompts_en", name))

    body = wave_header() + pcm(recording)
    best = client.post(f"{CONVERSATION}?language=en-US&format=detailed", content=body).json()["NBest"][0]

    assert "press one to list users" in best["Lexical"]
    assert "press 1 to list users" in best["ITN"]
    assert "Press 1 to list users" in best["Display"]
