"""Streams are heard together and yet each as if it were alone."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from numpy.typing import NDArray

from auricle.audio.samples import Samples
from auricle.errors import ModelUnavailable
from auricle.recognition.voice_activity import (
    CONTEXT_SAMPLES,
    MAX_WINDOWS_PER_CALL,
    WINDOW_SAMPLES,
    VoiceActivity,
    VoiceMemory,
    silero_graph,
)
from tests.recognition.house import reading, silence, silero

Floats = NDArray[np.float32]


def windows(samples: Samples) -> Floats:
    padded = np.concatenate([np.zeros(CONTEXT_SAMPLES, dtype=np.float32), samples])
    view = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT_SAMPLES + WINDOW_SAMPLES)
    return view[::WINDOW_SAMPLES]


async def heard(activity: VoiceActivity, pieces: list[Samples]) -> Floats:
    """The probabilities of one stream that is fed these pieces."""
    found: list[Floats] = []
    expected = sum(len(piece) for piece in pieces) // WINDOW_SAMPLES
    done = asyncio.Event()

    def on_heard(probabilities: Floats, levels: Floats) -> None:
        assert len(probabilities) == len(levels) <= MAX_WINDOWS_PER_CALL
        found.append(probabilities)
        if sum(map(len, found)) == expected:
            done.set()

    stream = activity.open(on_heard, lambda failure: done.set())
    for piece in pieces:
        stream.add(piece)
        await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await done.wait()
    stream.close()
    return np.concatenate(found)


async def test_streams_of_any_chunking_heard_together_get_what_each_would_get_alone() -> None:
    alone = silero().probabilities([windows(reading()[: 100 * WINDOW_SAMPLES])], [VoiceMemory()])[0]
    activity = VoiceActivity(silero(), gather_s=0)
    sound = reading()[: 100 * WINDOW_SAMPLES]
    chunked = [np.array_split(sound, parts) for parts in (1, 7, 32, 111, 300)]
    results = await asyncio.gather(*(heard(activity, pieces) for pieces in chunked))
    await activity.close()
    for probabilities in results:
        assert np.allclose(probabilities, alone, atol=1e-4)


async def test_speech_is_told_from_silence_and_noise() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, 32_000).astype(np.float32)
    speech, hush, rush = silero().probabilities(
        [windows(reading()[20_000:50_000]), windows(silence(2)), windows(noise)], [VoiceMemory() for _ in range(3)]
    )
    assert np.mean(speech > 0.5) > 0.9
    assert max(hush.max(), rush.max()) < 0.3


async def test_a_stream_on_hold_waits_and_loses_nothing() -> None:
    activity = VoiceActivity(silero(), gather_s=0)
    counted: list[int] = []
    stream = activity.open(lambda probabilities, levels: counted.append(len(probabilities)), lambda failure: None)
    stream.hold(True)
    stream.add(silence(1))
    for _ in range(20):
        await asyncio.sleep(0)
    assert (counted, stream.waiting_samples) == ([], 16_000)
    stream.hold(False)
    while stream.ready or not counted:  # noqa: ASYNC110  # nothing tells but the stream itself
        await asyncio.sleep(0)
    assert sum(counted) == 16_000 // WINDOW_SAMPLES
    await activity.close()


async def test_one_stream_whose_owner_breaks_does_not_disturb_the_others() -> None:
    activity = VoiceActivity(silero(), gather_s=0)
    failures: list[Exception] = []

    def broken(probabilities: Floats, levels: Floats) -> None:
        raise RuntimeError("owner")

    bad = activity.open(broken, failures.append)
    bad.add(silence(1))
    good = await heard(activity, [silence(1)])
    await activity.close()
    assert len(good) == 31
    assert [str(failure) for failure in failures] == ["owner"]


def test_a_missing_package_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelUnavailable, match="auricle models install silero-vad"):
        silero_graph()
