"""The one form in which sound is heard here: float32, 16 kHz, mono, -1..1; and the way there from any rate and channels.

Resampling is streamed, so a session of hours costs as little memory as one of seconds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from auricle.errors import InvalidAudio

SAMPLE_RATE_HZ = 16_000
MIN_RATE_HZ, MAX_RATE_HZ = 1_000, 384_000
MAX_CHANNELS = 32

Samples = NDArray[np.float32]  # [n], 16 kHz mono, -1..1
Frames = NDArray[np.float32]  # [n, channels], at the source's own rate

_FULL_SCALE = {np.dtype(np.int16): np.float32(2**15), np.dtype(np.int32): np.float32(2**31)}


def no_samples() -> Samples:
    """An empty array."""
    return np.empty(0, np.float32)


def join(pieces: list[Samples]) -> Samples:
    """The pieces end to end; a single piece is not copied."""
    if len(pieces) == 1:
        return pieces[0]
    return np.concatenate(pieces) if pieces else no_samples()


def as_float(raw: NDArray[Any]) -> NDArray[np.float32]:
    """Scale uint8, int16, int32, float32 or float64 to -1..1, keeping the shape. What is not a number becomes silence."""
    if raw.dtype == np.uint8:
        return (raw.astype(np.float32) - np.float32(128)) * np.float32(1 / 128)
    if raw.dtype.kind == "f":
        return np.where(np.isfinite(raw), np.clip(raw, -1, 1), 0).astype(np.float32)
    scaled: NDArray[np.float32] = np.multiply(raw, 1 / _FULL_SCALE[raw.dtype], dtype=np.float32)
    return scaled


class Converter:
    """Frames of one rate and channel count in, samples out, in pieces of any size."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
            raise InvalidAudio(f"expected a sample rate of {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz, got {rate_hz}")
        if not 1 <= channels <= MAX_CHANNELS:
            raise InvalidAudio(f"expected 1 to {MAX_CHANNELS} channels, got {channels}")
        self.rate_hz = rate_hz
        self.channels = channels
        self._resampler = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1) if rate_hz != SAMPLE_RATE_HZ else None

    def feed(self, frames: Frames) -> Samples:
        """Mix to mono by the mean of the channels and bring to 16 kHz; the resampler holds back some milliseconds."""
        mono: Samples = frames[:, 0] if self.channels == 1 else frames.mean(axis=1, dtype=np.float32)
        return _clipped(self._resampler.resample_chunk(mono)) if self._resampler else mono

    def finish(self) -> Samples:
        """What the resampler still held. No frames may follow."""
        if not self._resampler:
            return no_samples()
        rest = _clipped(self._resampler.resample_chunk(no_samples(), last=True))
        self._resampler = None
        return rest


def _clipped(resampled: Samples) -> Samples:
    """The resampler's filter overshoots a little on loud edges."""
    return np.clip(resampled, -1, 1, out=resampled)
