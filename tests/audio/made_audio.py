"""Recordings made on the spot, in any encoding, for tests that need to know what they hear."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from auricle.audio.samples import Samples
from auricle.audio.stream import AudioStream

EXTENSIBLE_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def tone(seconds: float, rate_hz: int = 16_000, pitch_hz: float = 440.0) -> NDArray[np.float32]:
    """A sine at half of full scale."""
    return (0.5 * np.sin(2 * np.pi * pitch_hz * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def pcm16(levels: NDArray[np.float32]) -> bytes:
    """Samples as 16-bit PCM."""
    return np.round(levels * 32767).astype("<i2").tobytes()


def chunk(name: bytes, body: bytes, size: int | None = None) -> bytes:
    """A RIFF chunk, padded to an even length; `size` lies when given."""
    return name + struct.pack("<I", len(body) if size is None else size) + body + b"\0" * (len(body) % 2)


def fmt(
    tag: int = 1, channels: int = 1, rate_hz: int = 16_000, bits: int = 16, frame_bytes: int | None = None
) -> bytes:
    """The body of a fmt chunk."""
    frame_bytes = channels * bits // 8 if frame_bytes is None else frame_bytes
    return struct.pack("<HHIIHH", tag, channels, rate_hz, (rate_hz * frame_bytes) % 2**32, frame_bytes, bits)


def extensible(tag: int = 1, channels: int = 1, rate_hz: int = 16_000, bits: int = 24) -> bytes:
    """The 40-byte body of a fmt chunk that Microsoft's client sends for 24 bits or more than two channels."""
    return fmt(0xFFFE, channels, rate_hz, bits) + struct.pack("<HHIH", 22, bits, 0, tag) + EXTENSIBLE_TAIL


def wave(
    body: bytes, form: bytes | None = None, size: int | None = None, before: bytes = b"", after: bytes = b""
) -> bytes:
    """A WAVE file: `before` and `after` are chunks around the data."""
    rest = chunk(b"fmt ", form or fmt()) + before + chunk(b"data", body, size) + after
    return b"RIFF" + struct.pack("<I", (4 + len(rest)) if size is None else size) + b"WAVE" + rest


def encoded(container: str, codec: str, levels: NDArray[np.float32], rate_hz: int, layout: str = "mono") -> bytes:
    """`levels` compressed by libav, the same in every channel."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=rate_hz)
        stream.layout = layout
        if codec == "wmav2":
            stream.bit_rate = 48_000  # it has no default for speech
        output.mux(stream.encode(_frame(levels, rate_hz, layout)))
        output.mux(stream.encode(None))
    return file.getvalue()


def _frame(levels: NDArray[np.float32], rate_hz: int, layout: str) -> av.AudioFrame:
    frame = av.AudioFrame(format="s16", layout=layout, samples=len(levels))
    channels = frame.layout.nb_channels
    frame.planes[0].update(pcm16(np.repeat(levels, channels)))
    frame.sample_rate = rate_hz
    return frame


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    """`data` cut at each of `places` (taken modulo its length)."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def heard(stream: AudioStream, pieces: Sequence[bytes]) -> Samples:
    """All that a stream makes of `pieces`."""
    return np.concatenate([*(stream.feed(piece) for piece in pieces), stream.finish()])


def steps(data: bytes, size: int) -> list[bytes]:
    """`data` in pieces of one size."""
    return [data[start : start + size] for start in range(0, len(data), size)]


def likeness(one: Samples, other: Samples, slack_s: float = 0.2) -> float:
    """The best correlation of two recordings of the same thing, codecs being free to shift it a little."""
    length = min(len(one), len(other))
    a, b = one[:length] - one[:length].mean(), other[:length] - other[:length].mean()
    size = 2 ** (2 * length).bit_length()  # a power of two is quick
    shifts = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)))
    slack = round(slack_s * 16_000)
    best = max(shifts[: slack + 1].max(), shifts[-slack:].max())
    return float(best / (np.linalg.norm(a) * np.linalg.norm(b)))
