"""Microsoft's Speech SDK for Python, unmodified, driven to the end of a recording; what it told, in order."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from auricle.audio.samples import Samples

PATIENCE_S = 90  # for what takes seconds on a machine that has nothing else to do
AS_FAST_AS_POSSIBLE = {
    "SPEECH-TransmitLengthBeforThrottleMs": "3600000",  # spelled as the SDK does
    "SPEECH-MaxBufferSizeMs": "7200000",
}
AT_SPEAKING_PACE = {
    "SPEECH-TransmitLengthBeforThrottleMs": "0",
    "SPEECH-AudioThrottleAsPercentageOfRealTime": "100",
}
AT_TENFOLD_PACE = {
    "SPEECH-TransmitLengthBeforThrottleMs": "0",
    "SPEECH-AudioThrottleAsPercentageOfRealTime": "1000",
    "SPEECH-AudioThrottleLowAsPercentageOfRealTime": "1000",
}
TICKS_PER_S = 10_000_000


def pcm(samples: Samples) -> bytes:
    """16-bit PCM of samples."""
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


@dataclass(kw_only=True)
class Recognition:
    """A continuous recognition and everything that it has told so far."""

    recognizer: Any
    partials: list[Any] = field(default_factory=list)
    finals: list[Any] = field(default_factory=list)  # of any outcome
    order: list[str] = field(default_factory=list)  # "partial" or "final", as they came
    canceled: list[Any] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)  # the first final has come
    stopped: threading.Event = field(default_factory=threading.Event)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def start(self) -> Recognition:
        """Attach to every event and begin."""
        self.recognizer.recognizing.connect(self._on_partial)
        self.recognizer.recognized.connect(self._on_final)
        self.recognizer.canceled.connect(lambda event: self.canceled.append(event.cancellation_details))
        self.recognizer.session_stopped.connect(lambda event: self.stopped.set())
        self.recognizer.start_continuous_recognition_async().get()
        return self

    def wait_for_partial(self, words: int = 1) -> None:
        """Until a partial of so many words has come."""
        with self._news:
            enough = self._news.wait_for(lambda: any(len(p.text.split()) >= words for p in self.partials), PATIENCE_S)
        assert enough, f"no partial of {words} words came"

    def wait(self) -> Recognition:
        """Until the session has stopped by itself."""
        assert self.stopped.wait(PATIENCE_S), "the session did not end"
        self.recognizer.stop_continuous_recognition_async().get()
        return self

    def stop(self) -> Recognition:
        """End it now, as an application does."""
        self.recognizer.stop_continuous_recognition_async().get()
        assert self.stopped.wait(PATIENCE_S), "the session did not stop"
        return self

    @property
    def texts(self) -> list[str]:
        """The final texts."""
        return [result.text for result in self.finals if result.text]

    @property
    def text(self) -> str:
        """The final texts end to end."""
        return " ".join(self.texts)

    @property
    def errors(self) -> list[str]:
        """Why it was cancelled, unless by the end of the audio."""
        return [f"{c.code.name}: {c.error_details}" for c in self.canceled if c.reason.name == "Error"]

    @property
    def phrases(self) -> list[dict[str, Any]]:
        """The JSON of the finals that have words."""
        return [json.loads(result.json) for result in self.finals if result.text]

    def _on_partial(self, event: Any) -> None:
        self.partials.append(event.result)
        self.order.append("partial")
        with self._news:
            self._news.notify_all()

    def _on_final(self, event: Any) -> None:
        self.finals.append(event.result)
        self.order.append("final")
        self.heard.set()


@dataclass(frozen=True, kw_only=True)
class PythonClient:
    """An application that uses the SDK against one server."""

    sdk: Any
    url: str
    key: str | None

    def config(
        self, properties: Mapping[str, str] = AS_FAST_AS_POSSIBLE, *, path: str | None = None, words: bool = False
    ) -> Any:
        """A SpeechConfig for the host, or for an endpoint with this path; in a hurry unless `properties` say else."""
        where = {"host": self.url} if path is None else {"endpoint": self.url + path}
        config = self.sdk.SpeechConfig(subscription=self.key, **where)
        for name, value in {**AS_FAST_AS_POSSIBLE, **properties}.items():
            config.set_property_by_name(name, value)
        if words:
            config.request_word_level_timestamps()
        return config

    def pushed(self, data: bytes, **stream_format: Any) -> Any:
        """The audio of a push stream that holds all of this and is closed."""
        audio = self.sdk.audio
        kind = {"stream_format": audio.AudioStreamFormat(**stream_format)} if stream_format else {}
        stream = audio.PushAudioInputStream(**kind)
        stream.write(data)
        stream.close()
        return audio.AudioConfig(stream=stream)

    def recognizer(
        self,
        audio: Any,
        *,
        config: Any = None,
        language: str = "en-US",
        phrases: Sequence[str] = (),
    ) -> Any:
        """A recognizer of samples, of a file, or of an AudioConfig."""
        if isinstance(audio, np.ndarray):
            audio = self.pushed(pcm(audio))
        elif isinstance(audio, Path):
            audio = self.sdk.audio.AudioConfig(filename=str(audio))
        made = self.sdk.SpeechRecognizer(config or self.config(), audio, language=language)
        if phrases:
            grammar = self.sdk.PhraseListGrammar.from_recognizer(made)
            for phrase in phrases:
                grammar.addPhrase(phrase)
        return made

    def start(self, audio: Any, **options: Any) -> Recognition:
        """A continuous recognition that has begun."""
        return Recognition(recognizer=self.recognizer(audio, **options)).start()

    def hear(self, audio: Any, **options: Any) -> Recognition:
        """A continuous recognition that has run to its end without an error."""
        heard = self.start(audio, **options).wait()
        assert not heard.errors
        return heard

    def once(self, audio: Any, **options: Any) -> Any:
        """The result of recognising one utterance."""
        recognizer = self.recognizer(audio, **options)  # named, for the SDK ends with the last reference to it
        return recognizer.recognize_once_async().get()
