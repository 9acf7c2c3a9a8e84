"""Microsoft's own client libraries, unmodified, against the wire over a scripted hearing."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import azure.cognitiveservices.speech as speechsdk
import pytest

from .scripted import SENTENCES
from .serving import KEY, Served

pytestmark = pytest.mark.acceptance

UNIVERSAL = "/stt/speech/universal/v2"


@pytest.fixture
def server() -> Iterator[Served]:
    with Served() as served:
        yield served


@pytest.fixture
def four(shared: Path) -> Path:
    """A recording of four phrases."""
    return shared / "protocol" / "wav" / "four.wav"


def config(server: Served, path: str | None = None) -> Any:
    where = {"host": f"ws://{server.address}"} if path is None else {"endpoint": f"ws://{server.address}{path}"}
    made = speechsdk.SpeechConfig(subscription=KEY, **where)
    made.set_property_by_name("SPEECH-TransmitLengthBeforThrottleMs", "3600000")  # as fast as the server takes it
    return made


def hear_all(recognizer: Any) -> tuple[list[Any], list[Any]]:
    """The results and the cancellations of a continuous recognition that runs to its end."""
    results, cancellations, stopped = [], [], threading.Event()
    recognizer.recognized.connect(lambda event: results.append(event.result))
    recognizer.canceled.connect(lambda event: cancellations.append(event.cancellation_details))
    recognizer.session_stopped.connect(lambda event: stopped.set())
    recognizer.start_continuous_recognition_async().get()
    assert stopped.wait(30)
    recognizer.stop_continuous_recognition_async().get()
    return results, cancellations


@pytest.mark.parametrize("path", [None, "/", UNIVERSAL])
def test_python_recognises_one_phrase_after_the_other_on_a_connection(
    server: Served, four: Path, path: str | None
) -> None:
    recognizer = speechsdk.SpeechRecognizer(
        config(server, path), speechsdk.audio.AudioConfig(filename=str(four)), language="en-US"
    )

    first = recognizer.recognize_once_async().get()
    second = recognizer.recognize_once_async().get()

    assert [first.text, second.text] == list(SENTENCES[:2])
    assert 0 < first.offset < second.offset
    assert server.metrics.registry.get_sample_value("auricle_connections") == 1


@pytest.mark.parametrize("path", [None, UNIVERSAL])
def test_python_recognises_continuously_with_words(server: Served, four: Path, path: str | None) -> None:
    wanted = config(server, path)
    wanted.request_word_level_timestamps()
    wanted.set_property(speechsdk.PropertyId.Speech_SegmentationSilenceTimeoutMs, "500")
    recognizer = speechsdk.SpeechRecognizer(wanted, speechsdk.audio.AudioConfig(filename=str(four)))
    grammar = speechsdk.PhraseListGrammar.from_recognizer(recognizer)
    grammar.addPhrase("lazy dog")
    grammar.setWeight(1.5)

    results, cancellations = hear_all(recognizer)

    assert [r.text for r in results] == list(SENTENCES)
    assert all(json.loads(r.json)["NBest"][0]["Words"] for r in results)
    assert [c.reason for c in cancellations] == [speechsdk.CancellationReason.EndOfStream]
    assert len(server.hearing.listeners) == 1  # all audio was acknowledged: nothing was sent again
    options = server.hearing.listeners[0].options
    assert [(p.text, p.weight) for p in options.phrases] == [("lazy dog", 1.5)]
    assert options.end_silence_ms == 500


@pytest.mark.parametrize(
    "name", ["four_24", "four_3ch", "four_44k_st", "four_8bit", "four_8k", "four_alaw", "four_f32"]
)
def test_python_sends_every_kind_of_wave_file(server: Served, shared: Path, name: str) -> None:
    audio = speechsdk.audio.AudioConfig(filename=str(shared / "protocol" / "wav" / f"{name}.wav"))

    results, _ = hear_all(speechsdk.SpeechRecognizer(config(server), audio))

    assert [r.text for r in results] == list(SENTENCES)
    assert len(server.hearing.listeners) == 1


def test_python_reads_why_a_service_is_refused(server: Served, four: Path) -> None:
    languages = speechsdk.languageconfig.AutoDetectSourceLanguageConfig(languages=["en-US", "de-DE"])
    recognizer = speechsdk.SpeechRecognizer(
        config(server, UNIVERSAL),
        audio_config=speechsdk.audio.AudioConfig(filename=str(four)),
        auto_detect_source_language_config=languages,
    )

    result = recognizer.recognize_once_async().get()

    assert result.cancellation_details.code == speechsdk.CancellationErrorCode.BadRequest
    assert "language identification is not available" in result.cancellation_details.error_details


def test_python_reads_that_its_key_is_wrong(server: Served, four: Path) -> None:
    wrong = speechsdk.SpeechConfig(host=f"ws://{server.address}", subscription="wrong")
    recognizer = speechsdk.SpeechRecognizer(wrong, speechsdk.audio.AudioConfig(filename=str(four)))

    result = recognizer.recognize_once_async().get()

    assert result.cancellation_details.code == speechsdk.CancellationErrorCode.AuthenticationFailure


def test_python_reads_that_the_server_is_full(server: Served, four: Path) -> None:
    server.hearing.busy = True
    recognizer = speechsdk.SpeechRecognizer(config(server), speechsdk.audio.AudioConfig(filename=str(four)))

    result = recognizer.recognize_once_async().get()

    assert result.cancellation_details.code == speechsdk.CancellationErrorCode.TooManyRequests


def javascript(server: Served, shared: Path, js_sdk: Path, *options: str) -> list[dict[str, Any]]:
    """The events of a JavaScript client, its summary last."""
    client = shared / "protocol" / "clients" / "client_js.mjs"
    wav = shared / "protocol" / "wav" / "four.wav"
    command = ["node", str(client), "--host", f"ws://{server.address}", "--key", KEY, "--wav", str(wav)]
    ran = subprocess.run(
        [*command, "--timeout", "20", *options],
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
        env={**os.environ, "NODE_PATH": str(js_sdk)},
    )
    return [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]


def test_javascript_recognises_one_phrase(server: Served, shared: Path, js_sdk: Path) -> None:
    assert javascript(server, shared, js_sdk, "--mode", "once")[-1]["texts"] == [SENTENCES[0]]


@pytest.mark.parametrize("version", [[], ["--v2"]])
def test_javascript_recognises_continuously_with_words(
    server: Served, shared: Path, js_sdk: Path, version: list[str]
) -> None:
    events = javascript(server, shared, js_sdk, "--mode", "continuous", "--fast", "--words", *version)

    assert events[-1]["texts"] == list(SENTENCES)
    assert events[-1]["errors"] == 0
    assert any(e["ev"] == "session_stopped" for e in events)


@pytest.mark.parametrize("mode", ["once", "continuous"])
def test_javascript_reads_that_the_server_is_full(server: Served, shared: Path, js_sdk: Path, mode: str) -> None:
    server.hearing.busy = True

    events = javascript(server, shared, js_sdk, "--mode", mode)

    assert any(e.get("code") == "TooManyRequests" for e in events)


def test_javascript_reads_why_a_service_is_refused(server: Served, shared: Path, js_sdk: Path) -> None:
    events = javascript(server, shared, js_sdk, "--mode", "translate")

    assert any("speech translation is not available" in e.get("details", "") for e in events)
