"""Microsoft's Speech SDK as a client that speaks a recording live, to compare ours with.

Run as `python -m bench.sdk_client`: a JSON object on standard input names `url`, `key` and `recording` (16 kHz, 16 bit,
mono WAV); the answer on standard output has the `finals` and `partials` that the SDK reported.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import wave
from typing import Any

from bench.wire import FRAME_BYTES, FRAME_S


def speak(url: str, key: str, recording: str) -> dict[str, Any]:
    """Push the recording at the pace of speech; detailed results with word times are asked for."""
    import azure.cognitiveservices.speech as sdk  # noqa: PLC0415  only this process needs it

    config = sdk.SpeechConfig(host=url, subscription=key)
    config.output_format = sdk.OutputFormat.Detailed
    config.request_word_level_timestamps()
    stream = sdk.audio.PushAudioInputStream()
    recogniser = sdk.SpeechRecognizer(config, sdk.audio.AudioConfig(stream=stream))
    finals: list[dict[str, Any]] = []
    partials: list[dict[str, Any]] = []
    failures: list[str] = []
    stopped = threading.Event()

    def canceled(event: Any) -> None:
        if event.cancellation_details.reason == sdk.CancellationReason.Error:
            failures.append(event.cancellation_details.error_details)
        stopped.set()

    recogniser.recognizing.connect(lambda event: partials.append(_result(event.result)))
    recogniser.recognized.connect(lambda event: finals.append(_result(event.result)))
    recogniser.canceled.connect(canceled)
    recogniser.session_stopped.connect(lambda _event: stopped.set())
    recogniser.start_continuous_recognition()
    with wave.open(recording) as file:
        audio = file.readframes(file.getnframes())
    begun = time.monotonic()
    for number, start in enumerate(range(0, len(audio), FRAME_BYTES)):
        time.sleep(max(0.0, begun + (number + 1) * FRAME_S - time.monotonic()))
        stream.write(audio[start : start + FRAME_BYTES])
    stream.close()
    stopped.wait(60)
    recogniser.stop_continuous_recognition()
    return {"finals": [final for final in finals if final["text"]], "partials": partials, "failures": failures}


def _result(result: Any) -> dict[str, Any]:
    return {"text": result.text, "offset_s": result.offset / 1e7, "duration_s": result.duration / 1e7}


if __name__ == "__main__":
    print(json.dumps(speak(**json.load(sys.stdin))))
