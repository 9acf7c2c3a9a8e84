"""Real speech, the real voice activity model, and a hearing on the recogniser that counts."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from auricle.audio.files import read_samples
from auricle.audio.samples import Samples
from auricle.clock import ManualClock
from auricle.engine.echo import EchoRecogniser
from auricle.engine.recogniser import Recogniser
from auricle.observe import Metrics
from auricle.recognition.events import Event
from auricle.recognition.hearing import Hearing
from auricle.recognition.listener import Listener
from auricle.recognition.options import ListenOptions
from auricle.recognition.voice_activity import SileroVad, VoiceActivity
from auricle.settings import Settings

SECOND = 16_000
CHUNK = 1_600  # 100 ms, as clients send


def silence(duration_s: float) -> Samples:
    return np.zeros(round(duration_s * SECOND), dtype=np.float32)


@cache
def reading() -> Samples:
    """A person reading the beginning of A Tale of Two Cities; 44 s, speech from 1.2 s on."""
    spec = importlib.util.find_spec("moonshine_voice")
    for folder in (spec and spec.submodule_search_locations) or ():
        return read_samples(Path(folder) / "assets" / "two_cities.wav")
    raise FileNotFoundError("no recording to test with: pip install moonshine-voice==0.1.0")


def phrase() -> Samples:
    """About two seconds of that speech, without a pause."""
    return reading()[int(1.15 * SECOND) : int(3.05 * SECOND)]


@cache
def silero() -> SileroVad:
    return SileroVad()


class House:
    """A hearing whose clock follows the audio that is fed."""

    def __init__(self, models: dict[str, Recogniser], settings: Settings) -> None:
        self.clock = ManualClock()
        self.metrics = Metrics()
        self.hearing = Hearing(
            settings=settings,
            metrics=self.metrics,
            clock=self.clock,
            loader=models.__getitem__,
            voice_model=silero,
            gather_s=0,
        )

    def metric(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    async def settled(self) -> None:
        """Until everything that was fed has been heard and everything that is due computed."""
        scheduler, activity = self.hearing._scheduler, self.hearing._activity
        assert scheduler is not None
        assert activity is not None
        quiet = 0
        while quiet < 5:
            await asyncio.sleep(0)
            quiet = 0 if scheduler._running or scheduler._dispatch_arranged or _busy(activity) else quiet + 1

    async def speak(self, listener: Listener, samples: Samples) -> None:
        """Feed at the pace of speech."""
        for start in range(0, len(samples), CHUNK):
            chunk = samples[start : start + CHUNK]
            self.clock.advance(len(chunk) / SECOND)
            await listener.feed(chunk)
            await self.settled()

    async def say(self, *parts: Samples, options: ListenOptions | None = None) -> list[Event]:
        """One session from beginning to end."""
        listener = self.hearing.listen(options or ListenOptions())
        told = asyncio.create_task(collect(listener))
        await self.speak(listener, np.concatenate([silence(0), *parts]))
        listener.finish()
        return await told


def _busy(activity: VoiceActivity) -> bool:
    return activity._running is not None or activity._timer is not None


async def collect(listener: Listener) -> list[Event]:
    """All events to the end."""
    async with asyncio.timeout(20):
        return [event async for event in listener.events()]


@asynccontextmanager
async def open_house(recogniser: Recogniser | None = None, **chosen: Any) -> AsyncIterator[House]:
    """A house with one model for everything, closed in the end."""
    model = recogniser or EchoRecogniser(frozenset({"en", "de"}))
    models = {"moonshine-base": model, "whisper-base": model}
    house = House(models, Settings(**{"workers": 2, **chosen}))
    await house.hearing.start()
    try:
        yield house
    finally:
        await house.hearing.close(0)
