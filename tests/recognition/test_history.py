"""Only the needed stretch of audio is kept, and slices stay valid."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from auricle.recognition.history import AudioHistory


def ramp(start: int, end: int) -> NDArray[np.float32]:
    return np.arange(start, end, dtype=np.float32)


def test_slices_are_the_samples_asked_for_and_survive_growth() -> None:
    history = AudioHistory()
    history.append(ramp(0, 20_000))
    early = history.slice(100, 200)
    for start in range(20_000, 200_000, 20_000):
        history.append(ramp(start, start + 20_000))
    assert np.array_equal(early, ramp(100, 200))
    assert np.array_equal(history.slice(19_990, 150_000), ramp(19_990, 150_000))


def test_memory_stays_flat_when_the_past_is_forgotten() -> None:
    history = AudioHistory()
    for start in range(0, 16_000 * 3600, 160_000):
        history.append(np.zeros(160_000, dtype=np.float32))
        history.forget(start + 150_000)
    assert history.capacity <= 4 * 170_000


def test_forgotten_and_future_samples_are_refused() -> None:
    history = AudioHistory()
    history.append(ramp(0, 100))
    history.forget(50)
    with pytest.raises(ValueError, match=r"not within 50\.\.100"):
        history.slice(40, 60)
    with pytest.raises(ValueError, match="not within"):
        history.slice(60, 101)
