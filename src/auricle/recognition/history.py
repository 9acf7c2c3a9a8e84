"""The stretch of a stream's audio that is still needed, addressed by sample number from the stream's start."""

from __future__ import annotations

import numpy as np

from auricle.audio.samples import Samples

SMALLEST_SAMPLES = 32_000  # 2 s


class AudioHistory:
    """Audio comes in at the end and is forgotten at the front; memory follows what is kept.

    Samples never move inside an array that was handed out: a full array is replaced, so slices stay valid for free.
    """

    def __init__(self) -> None:
        self._array: Samples = np.empty(SMALLEST_SAMPLES, dtype=np.float32)
        self._array_start = 0  # the sample number of the array's first element
        self._start = 0
        self._end = 0

    @property
    def start(self) -> int:
        """The oldest sample kept."""
        return self._start

    @property
    def end(self) -> int:
        """One past the newest sample."""
        return self._end

    @property
    def capacity(self) -> int:
        """Samples that memory is taken for."""
        return len(self._array)

    def append(self, samples: Samples) -> None:
        """Add the stream's next samples."""
        if self._end - self._array_start + len(samples) > len(self._array):
            self._renew(len(samples))
        at = self._end - self._array_start
        self._array[at : at + len(samples)] = samples
        self._end += len(samples)

    def _renew(self, coming: int) -> None:
        kept = self._array[self._start - self._array_start : self._end - self._array_start]
        array: Samples = np.empty(max(SMALLEST_SAMPLES, 2 * (len(kept) + coming)), dtype=np.float32)
        array[: len(kept)] = kept
        self._array, self._array_start = array, self._start

    def forget(self, before: int) -> None:
        """Nothing before this sample will be asked for again."""
        self._start = max(self._start, min(before, self._end))

    def slice(self, start: int, end: int) -> Samples:
        """The samples [start, end), without copying; both must be kept."""
        if not self._start <= start <= end <= self._end:
            raise ValueError(f"samples {start}..{end} are not within {self._start}..{self._end}")
        return self._array[start - self._array_start : end - self._array_start]
