from __future__ import annotations

import numpy as np
import pytest

from auricle.audio.stream import open_stream
from auricle.errors import InvalidAudio
from auricle.recognition.options import ListenOptions
from auricle.speech.turn import PIECE_SAMPLES, Ear

from .scripted import ScriptedListener
from .sounds import WAV_HEADER, speech


class CountingListener(ScriptedListener):
    def __init__(self) -> None:
        super().__init__(ListenOptions())
        self.pieces: list[int] = []

    async def feed(self, samples: np.ndarray) -> None:
        self.pieces.append(len(samples))
        await super().feed(samples)


async def test_a_long_message_is_fed_in_pieces() -> None:
    listener = CountingListener()
    ear = Ear(listener=listener, audio=open_stream("audio/x-wav"))

    await ear.hear(WAV_HEADER + speech(2.5))
    await ear.finish()

    assert listener.pieces == [PIECE_SAMPLES, PIECE_SAMPLES, PIECE_SAMPLES // 2]
    assert ear.duration_s == 2.5


async def test_nothing_is_fed_after_closing() -> None:
    listener = CountingListener()
    ear = Ear(listener=listener, audio=open_stream())
    await ear.close()

    await ear.hear(WAV_HEADER + speech(0.5))
    await ear.finish()

    assert listener.pieces == []


async def test_audio_that_breaks_off_in_its_header_says_so() -> None:
    ear = Ear(listener=CountingListener(), audio=open_stream())
    await ear.hear(WAV_HEADER[:20])

    with pytest.raises(InvalidAudio, match="expected a fmt chunk"):
        await ear.finish()
