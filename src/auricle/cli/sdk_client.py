"""A client of the running server that uses Microsoft's Speech SDK: reads a request, prints what was recognised.

Run as `python -m auricle.cli.sdk_client`: a JSON object on standard input names `url`, `key` and `recording`; the
answer on standard output has `text` or `failure`.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

LIBRARY_HINT = "on Debian: apt-get install libasound2 (libasound2t64 from Debian 13 on)"


def recognise(url: str, key: str, recording: str) -> str:
    """The words of a WAV file, as continuous recognition hears them. Raises RuntimeError with the SDK's reason."""
    import azure.cognitiveservices.speech as sdk  # noqa: PLC0415  absence is an answer, not a crash

    config = sdk.SpeechConfig(host=url, subscription=key)
    recogniser = sdk.SpeechRecognizer(config, sdk.audio.AudioConfig(filename=recording))
    stopped = threading.Event()
    phrases: list[str] = []
    failures: list[str] = []

    def canceled(event: Any) -> None:
        if event.cancellation_details.reason == sdk.CancellationReason.Error:
            failures.append(event.cancellation_details.error_details)
        stopped.set()

    recogniser.recognized.connect(lambda event: phrases.append(event.result.text))
    recogniser.canceled.connect(canceled)
    recogniser.session_stopped.connect(lambda _event: stopped.set())
    recogniser.start_continuous_recognition()
    stopped.wait()
    recogniser.stop_continuous_recognition()
    if failures:
        raise RuntimeError(failures[0])
    return " ".join(phrase for phrase in phrases if phrase)


def answer(request: dict[str, str]) -> dict[str, str]:
    """What to print: the words, or why there are none."""
    try:
        return {"text": recognise(request["url"], request["key"], request["recording"])}
    except ModuleNotFoundError:
        return {"failure": "the SDK is not installed: pip install azure-cognitiveservices-speech"}
    except OSError as error:
        return {"failure": f"the SDK's library could not be loaded ({error}); {LIBRARY_HINT}"}
    except RuntimeError as error:
        return {"failure": str(error)}


if __name__ == "__main__":
    print(json.dumps(answer(json.load(sys.stdin))))  # noqa: T201
