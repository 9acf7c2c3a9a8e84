"""When was each word said: the best monotonic path of tokens and pauses through the frames of a segment.

The decoder's cross-attention says which frames a token was chosen for; how loud a frame is says whether anybody spoke
in it. Pauses may lie before and after words, so that words end where the voice does.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from auricle.audio.samples import SAMPLE_RATE_HZ

Spans = list[tuple[int, int]]  # first and one-past-last frame

_WINDOW_S = 0.03  # of loudness, around a frame's middle
_QUIET_SHARE = 0.2  # of the way from the background's level to the voice's: below this is silence
_QUIET_DB = 30.0  # silence in any case, so far under the voice
_SOFT_DB = 6.0  # how far from that border a frame is wholly loud or wholly silent
_LOUDNESS_WEIGHT = 3.0  # nats of a wholly loud or silent frame, for or against a pause
_PAUSE_GAIN = np.log(0.25)  # of a frame that a pause takes: speech wins when loudness does not tell
_LEAST_SHARE = 0.01  # of the attention that a frame draws, so that no frame forbids a token


def loudness(samples: NDArray[np.float32], frames: int, frame_s: float) -> NDArray[np.float64]:
    """How loud each frame of a segment is, against its own background and voice: -1 silent, 1 loud."""
    power = np.concatenate(([0.0], np.cumsum(np.square(samples, dtype=np.float64))))
    middles = (np.arange(frames) + 0.5) * frame_s
    first, last = (
        np.clip((middles + side * _WINDOW_S / 2) * SAMPLE_RATE_HZ, 0, len(samples)).astype(int) for side in (-1, 1)
    )
    level_db = 10 * np.log10((power[last] - power[first]) / np.maximum(last - first, 1) + 1e-10)
    background, voice = np.quantile(level_db, [0.1, 0.95])
    quiet = max(background + _QUIET_SHARE * (voice - background), voice - _QUIET_DB)
    return np.asarray(np.clip((level_db - quiet) / _SOFT_DB, -1.0, 1.0))


def token_spans(attention: NDArray[np.float32], loudness: NDArray[np.float64], opens_word: Sequence[bool]) -> Spans:
    """The frames of each token, from its attention [tokens, frames] and the frames' loudness [frames].

    Tokens keep their order and have at least one frame each (when there are enough); frames between words, before the
    first and after the last may belong to none.
    """
    tokens, frames = attention.shape
    if frames <= tokens:
        edges = np.linspace(0, frames, tokens + 1).round().astype(int).tolist()
        return list(itertools.pairwise(edges))
    share = attention / (attention.sum(axis=0) + 1e-3)
    said = np.log(share + _LEAST_SHARE) + _LOUDNESS_WEIGHT * np.minimum(loudness, 0.0)
    silent = _PAUSE_GAIN - _LOUDNESS_WEIGHT * np.maximum(loudness, 0.0)
    path = _Path(frames)
    for gain, opens in zip(said, opens_word, strict=True):
        if opens:
            path.pause(silent)
        path.token(gain)
    path.pause(silent)
    return path.token_spans()


class _Path:
    """The best way to lay stretches, one after another, over the first t frames, for every t at once."""

    def __init__(self, frames: int) -> None:
        self._best = np.full(frames + 1, -np.inf)
        self._best[0] = 0.0
        self._places = np.arange(frames + 1)
        self._stretches: list[tuple[bool, NDArray[np.int64]]] = []  # whether a token; its first frame, by its end

    def token(self, gain: NDArray[np.float64]) -> None:
        """Next comes a token of one frame or more, which gains `gain` [frames] where it lies."""
        total = np.concatenate(([0.0], np.cumsum(gain)))
        before = np.concatenate(([-np.inf], (self._best - total)[:-1]))
        self._lay(before, total, self._places - 1, is_token=True)

    def pause(self, gain: NDArray[np.float64]) -> None:
        """Next comes a pause, perhaps of no length."""
        total = np.concatenate(([0.0], np.cumsum(gain)))
        self._lay(self._best - total, total, self._places, is_token=False)

    def _lay(
        self, before: NDArray[np.float64], total: NDArray[np.float64], starts: NDArray[np.int64], *, is_token: bool
    ) -> None:
        """Let every end have its best start: the one whose gain before it, less the total so far, is the largest."""
        reached = np.maximum.accumulate(before)
        latest = np.maximum.accumulate(np.where(before >= reached, self._places, 0))
        self._stretches.append((is_token, starts[latest]))
        self._best = reached + total

    def token_spans(self) -> Spans:
        """The tokens of the best way over all frames, in order."""
        spans: Spans = []
        end = len(self._best) - 1
        for is_token, starts in reversed(self._stretches):
            start = int(starts[end])
            if is_token:
                spans.append((start, end))
            end = start
        return spans[::-1]
