"""Sound without compression: integers, floats and the two telephone laws (ITU-T G.711), as bytes arrive.

16 kHz mono 16-bit, what nearly every client sends, takes one conversion per piece and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auricle.audio.samples import SAMPLE_RATE_HZ, Converter, Samples, as_float


class Encoding(Enum):
    """How one sample is written, little-endian; the value is (name, bytes)."""

    UNSIGNED_8 = ("8-bit PCM", 1)
    SIGNED_16 = ("16-bit PCM", 2)
    SIGNED_24 = ("24-bit PCM", 3)
    SIGNED_32 = ("32-bit PCM", 4)
    FLOAT_32 = ("32-bit float", 4)
    FLOAT_64 = ("64-bit float", 8)
    A_LAW = ("A-law", 1)
    MU_LAW = ("mu-law", 1)

    @property
    def sample_bytes(self) -> int:
        """The width of one sample of one channel."""
        return self.value[1]


@dataclass(frozen=True, kw_only=True)
class PcmFormat:
    """What one needs to know to read samples that carry no header."""

    encoding: Encoding = Encoding.SIGNED_16
    rate_hz: int = SAMPLE_RATE_HZ
    channels: int = 1

    @property
    def frame_bytes(self) -> int:
        """The bytes of one instant: a sample of every channel."""
        return self.encoding.sample_bytes * self.channels


def decode(data: bytes, encoding: Encoding) -> NDArray[np.float32]:
    """Every sample in `data` as -1..1, channels still interleaved. `data` holds whole samples."""
    match encoding:
        case Encoding.SIGNED_24:
            return as_float(_widened_24(data))
        case Encoding.A_LAW:
            return A_LAW_LEVELS[np.frombuffer(data, np.uint8)]
        case Encoding.MU_LAW:
            return MU_LAW_LEVELS[np.frombuffer(data, np.uint8)]
        case _:
            return as_float(np.frombuffer(data, _DTYPES[encoding]))


class PcmStream:
    """Bytes of one known format in, samples out. A frame cut in two by the network is put together again."""

    def __init__(self, form: PcmFormat) -> None:
        self._form = form
        self._converter = Converter(form.rate_hz, form.channels)
        self._partial = b""  # the beginning of a frame whose end has not arrived
        self._samples = 0

    @property
    def duration_s(self) -> float:
        return self._samples / SAMPLE_RATE_HZ

    def feed(self, data: bytes) -> Samples:
        if self._partial:
            data = self._partial + data
        whole = len(data) - len(data) % self._form.frame_bytes
        self._partial = data[whole:]
        interleaved = decode(data if whole == len(data) else data[:whole], self._form.encoding)
        return self._counted(self._converter.feed(interleaved.reshape(-1, self._form.channels)))

    def finish(self) -> Samples:
        self._partial = b""
        return self._counted(self._converter.finish())

    def close(self) -> None:
        self._partial = b""

    def _counted(self, samples: Samples) -> Samples:
        self._samples += len(samples)
        return samples


def _widened_24(data: bytes) -> NDArray[np.int32]:
    """24-bit samples as the upper three bytes of 32-bit ones."""
    narrow = np.frombuffer(data, np.uint8).reshape(-1, 3)
    wide = np.zeros((len(narrow), 4), np.uint8)
    wide[:, 1:] = narrow
    return wide.view("<i4")[:, 0]


def _mu_law_levels() -> NDArray[np.float32]:
    code = ~np.arange(256) & 0xFF  # the law is sent with every bit inverted
    magnitude = ((((code & 0x0F) << 3) + 0x84) << (code >> 4 & 7)) - 0x84
    return as_float(np.where(code & 0x80, -magnitude, magnitude).astype(np.int16))


def _a_law_levels() -> NDArray[np.float32]:
    code = np.arange(256) ^ 0x55  # the law is sent with every second bit inverted
    segment, step = code >> 4 & 7, (code & 0x0F) << 4
    magnitude = np.where(segment == 0, step + 8, (step + 0x108) << np.maximum(segment - 1, 0))
    return as_float(np.where(code & 0x80, magnitude, -magnitude).astype(np.int16))


A_LAW_LEVELS = _a_law_levels()  # float32[256], by code
MU_LAW_LEVELS = _mu_law_levels()  # float32[256], by code

_DTYPES: dict[Encoding, Any] = {
    Encoding.UNSIGNED_8: np.dtype("u1"),
    Encoding.SIGNED_16: np.dtype("<i2"),
    Encoding.SIGNED_32: np.dtype("<i4"),
    Encoding.FLOAT_32: np.dtype("<f4"),
    Encoding.FLOAT_64: np.dtype("<f8"),
}
