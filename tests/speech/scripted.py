"""A hearing for tests: an energy gate and canned sentences, so that offsets are real and results are known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np

from auricle.audio.samples import Samples
from auricle.errors import TooBusy, UnsupportedLocale
from auricle.recognition.events import (
    Alternative,
    Event,
    Final,
    Finished,
    Heard,
    Outcome,
    Partial,
    SpeechEnded,
    SpeechStarted,
)
from auricle.recognition.options import ListenOptions, Mode
from auricle.text.formatter import FormattedText
from auricle.text.words import Word

SENTENCES = (
    "What's the weather like today?",
    "Please turn on the lights in the kitchen.",
    "The quick brown fox jumps over the lazy dog.",
    "Thank you, goodbye.",
)
RATE_HZ = 16_000
FRAME = 320  # samples, 20 ms
LOUD_RMS = 0.01
END_SILENCE_MS = 600
ACK_EVERY_MS = 10_000


class ScriptedHearing:
    """Opens scripted listeners and remembers them."""

    def __init__(self) -> None:
        self.locales = ("en-US", "en-GB", "de-DE")
        self.refusing = False
        self.busy = False
        self.listeners: list[ScriptedListener] = []

    def admit(self) -> None:
        if self.refusing:
            raise TooBusy(retry_after_s=7)

    def listen(self, options: ListenOptions) -> ScriptedListener:
        if self.busy:
            raise TooBusy
        if options.locale not in self.locales:
            raise UnsupportedLocale(f"no model hears {options.locale}")
        listener = ScriptedListener(options, first_sentence=sum(x.said for x in self.listeners))
        self.listeners.append(listener)
        return listener


class ScriptedListener:
    """Hears the next sentence whenever the signal is loud and then quiet for long enough."""

    def __init__(self, options: ListenOptions, first_sentence: int = 0) -> None:
        self.options = options
        self.closed = False
        self.fed = 0  # samples
        self.said = 0
        self._first_sentence = first_sentence
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._rest: Samples = np.zeros(0, np.float32)
        self._ms = 0
        self._start_ms: int | None = None
        self._loud_ms = 0
        self._quiet_ms = 0
        self._words_shown = 0
        self._spoken = False
        self._over = False
        self._tokens: list[str] = []
        self.end_ms = options.end_silence_ms or END_SILENCE_MS

    async def feed(self, samples: Samples) -> None:
        self.fed += len(samples)
        joined = np.concatenate([self._rest, samples])
        whole = len(joined) // FRAME * FRAME
        self._rest = joined[whole:]
        for frame in joined[:whole].reshape(-1, FRAME):
            if not self._over:
                self._hear(bool(np.sqrt(np.mean(frame**2)) > LOUD_RMS))
        await asyncio.sleep(0)

    def commit(self, token: str) -> None:
        self._tokens.append(token)
        if not self._over:
            self._say(Outcome.SUCCESS if self._start_ms is not None else Outcome.NO_MATCH)

    def finish(self) -> None:
        if self._over:
            return
        if self._start_ms is not None:
            self._say(Outcome.SUCCESS)
        if not self._over:
            self._end()

    async def events(self) -> AsyncIterator[Event]:
        while (event := await self._events.get()) is not None:
            yield event

    async def close(self) -> None:
        self.closed = True

    def _hear(self, loud: bool) -> None:
        self._ms += 20
        self._loud_ms = self._loud_ms + 20 if loud else 0
        self._quiet_ms = 0 if loud else self._quiet_ms + 20
        if self._start_ms is None:
            self._wait()
        else:
            self._follow()

    def _wait(self) -> None:
        if self._loud_ms >= 40:
            self._start_ms = self._ms - 40
            self._words_shown = 0
            if not self._spoken:
                self._spoken = True
                self._tell(SpeechStarted(offset_s=self._start_ms / 1000))
        elif not self._spoken and self._ms == self._patience_ms():
            self._say(Outcome.INITIAL_SILENCE)
        elif self._quiet_ms and self._quiet_ms % ACK_EVERY_MS == 0:
            self._tell(Heard(offset_s=self._ms / 1000))

    def _follow(self) -> None:
        assert self._start_ms is not None
        lasted = self._ms - self._start_ms
        words = self._sentence().lower().strip(".?").split()
        count = min(lasted // 300, len(words))
        if count > self._words_shown and self.options.partials:
            self._words_shown = count
            self._tell(Partial(offset_s=self._start_ms / 1000, duration_s=lasted / 1000, text=" ".join(words[:count])))
        if self._quiet_ms >= self.end_ms:
            self._say(Outcome.SUCCESS)

    def _patience_ms(self) -> int:
        default = 5000 if self.options.mode is Mode.INTERACTIVE else 0
        return default if self.options.initial_silence_ms is None else self.options.initial_silence_ms

    def _sentence(self) -> str:
        return SENTENCES[(self._first_sentence + self.said) % len(SENTENCES)]

    def _say(self, outcome: Outcome) -> None:
        start = self._ms if self._start_ms is None else self._start_ms
        end = self._ms - self._quiet_ms if self._start_ms is not None else self._ms
        alternatives = self._alternatives(start, end) if outcome is Outcome.SUCCESS else ()
        self.said += outcome is Outcome.SUCCESS
        self._start_ms = None
        tokens, self._tokens = tuple(self._tokens), []
        self._tell(
            Final(
                outcome=outcome,
                offset_s=start / 1000,
                duration_s=(end - start) / 1000,
                alternatives=alternatives,
                commit_tokens=tokens,
            )
        )
        if self.options.mode is Mode.INTERACTIVE:
            self._end()

    def _alternatives(self, start_ms: int, end_ms: int) -> tuple[Alternative, ...]:
        display = self._sentence()
        lexical = display.lower().replace(",", "").strip(".?")
        variants = [lexical, *(lexical + tail for tail in (" now", " then", " so", " too"))][: self.options.nbest]
        return tuple(
            Alternative(
                confidence=0.97 - 0.1 * rank,
                text=FormattedText(
                    lexical=text,
                    itn=text,
                    masked_itn=text,
                    display=display if rank == 0 else text,
                    words=_spread(text, start_ms, end_ms),
                    display_words=_spread(display if rank == 0 else text, start_ms, end_ms),
                ),
            )
            for rank, text in enumerate(variants)
        )

    def _end(self) -> None:
        self._over = True
        if self._spoken:
            self._tell(SpeechEnded(offset_s=self._ms / 1000))
        self._tell(Finished(duration_s=self.fed / RATE_HZ))
        self._events.put_nowait(None)

    def _tell(self, event: Event) -> None:
        self._events.put_nowait(event)


def _spread(text: str, start_ms: int, end_ms: int) -> tuple[Word, ...]:
    words = text.split()
    step_s = (end_ms - start_ms) / 1000 / max(1, len(words))
    return tuple(
        Word(
            text=word,
            start_s=start_ms / 1000 + n * step_s,
            end_s=start_ms / 1000 + (n + 1) * step_s,
            confidence=0.9,
        )
        for n, word in enumerate(words)
    )
