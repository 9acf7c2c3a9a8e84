"""A turn: one request id, one stream of audio, one listener, and what its events become on the wire."""

from __future__ import annotations

import asyncio

from auricle.audio.samples import SAMPLE_RATE_HZ, Samples
from auricle.audio.stream import AudioStream
from auricle.recognition.events import (
    Event,
    Final,
    Finished,
    Heard,
    Outcome,
    Partial,
    SpeechEnded,
    SpeechStarted,
)
from auricle.recognition.options import Mode
from auricle.speech.context import TurnOptions
from auricle.speech.listening import Listener
from auricle.speech.messages import (
    AudioAcknowledged,
    ServerMessage,
    SpeechEndDetected,
    SpeechHypothesis,
    SpeechPhrase,
    SpeechStartDetected,
    TurnEnd,
    ticks,
    whole_ms_ticks,
)
from auricle.speech.phrases import end_of_dictation, phrase

PIECE_SAMPLES = SAMPLE_RATE_HZ  # fed at once, so that a long message waits its turn
INLINE_BYTES = 64 << 10  # larger messages are decoded off the event loop
RESAMPLING_LOSS_S = 1 / SAMPLE_RATE_HZ  # by which decoded audio may be shorter than what was sent


class Ear:
    """Hears bytes: decodes them and feeds the listener, which may make the caller wait. One piece at a time."""

    def __init__(self, *, listener: Listener, audio: AudioStream) -> None:
        self._listener = listener
        self._audio = audio
        self._busy = asyncio.Lock()
        self._began = False
        self._closed = False

    @property
    def duration_s(self) -> float:
        """Seconds of audio decoded so far."""
        return self._audio.duration_s

    async def hear(self, data: bytes) -> None:
        """Decode and feed. Raises InvalidAudio or UnsupportedAudio."""
        self._began = True
        async with self._busy:
            if len(data) <= INLINE_BYTES:
                samples = self._audio.feed(data)
            else:
                samples = await asyncio.to_thread(self._audio.feed, data)
            await self._feed(samples)

    async def finish(self) -> None:
        """The audio has ended. Raises InvalidAudio when what came cannot be read."""
        async with self._busy:
            if self._began:
                await self._feed(self._audio.finish())
            if not self._closed:
                self._listener.finish()

    async def close(self) -> None:
        """Abandon the listener, which lets go of whoever waits in `hear`, then the decoder."""
        self._closed = True
        await self._listener.close()
        async with self._busy:
            self._audio.close()

    async def _feed(self, samples: Samples) -> None:
        for start in range(0, len(samples), PIECE_SAMPLES):
            if self._closed:
                return
            await self._listener.feed(samples[start : start + PIECE_SAMPLES])


class Turn:
    """What a connection keeps of the turn in progress."""

    def __init__(self, *, request_id: str, options: TurnOptions, listener: Listener, audio: AudioStream) -> None:
        self.request_id = request_id
        self.options = options
        self.listener = listener
        self.ear = Ear(listener=listener, audio=audio)
        self.cut_short = False  # the server ended the audio; the client is still sending
        self._answered = False

    @property
    def ends_by_itself(self) -> bool:
        """Whether one phrase is all the client wants."""
        return self.options.listen.mode is Mode.INTERACTIVE

    @property
    def _goes_on_elsewhere(self) -> bool:
        """Whether the client is to send the audio that follows over another connection: it does in an open turn."""
        return self.cut_short and not self.ends_by_itself

    def answers(self, event: Event) -> list[ServerMessage]:
        """What to tell the client about an event."""
        match event:
            case SpeechStarted():
                return [SpeechStartDetected(offset_ticks=ticks(event.offset_s))]
            case Partial():
                return [
                    SpeechHypothesis(
                        text=event.text,
                        offset_ticks=ticks(event.offset_s),
                        duration_ticks=ticks(event.duration_s),
                    )
                ]
            case Final():
                self._answered = True
                return [SpeechPhrase(result=phrase(event, self.options.output))]
            case Heard():
                return [AudioAcknowledged(heard_ticks=whole_ms_ticks(event.offset_s))]
            case SpeechEnded():
                # Clients stop sending when they read it.
                return [] if self._goes_on_elsewhere else [SpeechEndDetected(offset_ticks=ticks(event.offset_s))]
            case Finished():
                return self._last_words(event)

    def _last_words(self, event: Finished) -> list[ServerMessage]:
        """A client that wants one phrase gets one; the others get all their audio acknowledged."""
        if self.ends_by_itself:
            silence = Final(outcome=Outcome.INITIAL_SILENCE, offset_s=event.duration_s, duration_s=0.0)
            unheard = [] if self._answered else [SpeechPhrase(result=phrase(silence, self.options.output))]
            return [*unheard, TurnEnd()]
        heard_s = event.duration_s + RESAMPLING_LOSS_S
        all_heard = SpeechPhrase(result=end_of_dictation(heard_s))
        return [all_heard] if self._goes_on_elsewhere else [all_heard, TurnEnd(heard_ticks=whole_ms_ticks(heard_s))]
