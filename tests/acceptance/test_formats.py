"""Every file of speech in every format, by the ways in which clients send it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import Server
from .python_client import PythonClient
from .recordings import Recordings
from .scoring import word_error_rate, words

OF = "format_variants_en"
WAVES = ("weatherlike_pcm16k", "weatherlike_pcm44k", "weatherlike_mulaw16k", "hail_pcm44k", "harvard_8k_alaw")
MOST_WRONG = 0.08
CONTENT_TYPES = {
    ".wav": "audio/wav; codecs=audio/pcm; samplerate=16000",
    ".mp3": "audio/mpeg",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg; codecs=opus",
    ".webm": "audio/webm; codecs=opus",
    ".m4a": "audio/mp4",
}
FILES = (
    "hail_44k.flac",
    "hail_opus.ogg",
    "hail_opus.webm",
    "hail_pcm44k.wav",
    "harvard_12k.opus.ogg",
    "harvard_8k.wav",
    "harvard_8k_alaw.wav",
    "harvard_8k_mulaw.wav",
    "harvard_aac.m4a",
    "weatherlike.mp3",
    "weatherlike_mulaw16k.wav",
    "weatherlike_pcm16k.wav",
    "weatherlike_pcm44k.wav",
)


def transcribe(server: Server, body: bytes, content_type: str) -> dict[str, Any]:
    answer = httpx.post(
        f"{server.http}/speech/recognition/conversation/cognitiveservices/v1?language=en-US",
        headers={"Ocp-Apim-Subscription-Key": server.key, "Content-Type": content_type},
        content=body,
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("say_what_it_is", [True, False])
def test_every_container_is_understood_as_a_short_recording(
    server: Server, recordings: Recordings, name: str, *, say_what_it_is: bool
) -> None:
    file = recordings.path(OF, name)
    content_type = CONTENT_TYPES[file.suffix] if say_what_it_is else "application/octet-stream"

    result = transcribe(server, file.read_bytes(), content_type)

    assert result["RecognitionStatus"] == "Success"
    assert word_error_rate([(recordings.said(OF, name), result["DisplayText"])]) <= MOST_WRONG, result["DisplayText"]


def test_the_channels_of_a_stereo_recording_are_heard_together(server: Server, recordings: Recordings) -> None:
    heard = transcribe(server, recordings.path(OF, "stereo_2speakers").read_bytes(), "audio/wav")["DisplayText"]

    assert "vanished behind the curtain on the left" in words(heard)  # the louder one; the other speaks over him


def test_a_recording_of_silence_has_no_words(server: Server, recordings: Recordings) -> None:
    result = transcribe(server, recordings.path(OF, "silence_8s").read_bytes(), "audio/wav")

    assert result["RecognitionStatus"] in {"NoMatch", "InitialSilenceTimeout"}
    assert result["DisplayText"] == ""


@pytest.mark.parametrize("name", WAVES)
def test_the_python_sdk_sends_wave_files_as_they_are(python: PythonClient, recordings: Recordings, name: str) -> None:
    heard = python.hear(recordings.path(OF, f"{name}."))

    assert word_error_rate([(recordings.said(OF, f"{name}."), heard.text)]) <= MOST_WRONG, heard.text


@pytest.mark.parametrize("name", ["harvard_8k", "harvard_8k_alaw", "harvard_8k_mulaw", "weatherlike_pcm44k"])
def test_the_python_sdk_pushes_samples_as_they_are(python: PythonClient, recordings: Recordings, name: str) -> None:
    kinds = python.sdk.AudioStreamWaveFormat
    kind = kinds.ALAW if "alaw" in name else kinds.MULAW if "mulaw" in name else kinds.PCM
    file = recordings.path(OF, f"{name}.").read_bytes()
    pushed = python.pushed(
        file[file.index(b"data") + 8 :],
        samples_per_second=44_100 if "44k" in name else 8_000,
        bits_per_sample=16 if kind is kinds.PCM else 8,
        channels=1,
        wave_stream_format=kind,
    )

    heard = python.hear(pushed)

    assert word_error_rate([(recordings.said(OF, f"{name}."), heard.text)]) <= MOST_WRONG, heard.text


@pytest.mark.parametrize(
    "name",
    ["four", "four_24", "four_3ch", "four_44k_st", "four_8bit", "four_8k", "four_alaw", "four_f32", "four_mulaw"],
)
def test_every_sample_format_gives_the_same_words(python: PythonClient, shared: Path, name: str) -> None:
    heard = python.hear(shared / "protocol" / "wav" / f"{name}.wav")

    assert "quick brown fox" in words(heard.text)
    assert len(heard.texts) == 4
