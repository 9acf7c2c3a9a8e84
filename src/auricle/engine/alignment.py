"""When was each word said: the best monotonic path of tokens through encoder frames, by their cross-attention."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray


def token_spans(attention: NDArray[np.float32]) -> list[tuple[int, int]]:
    """First and one-past-last frame of each token, from its attention [tokens, frames].

    Every frame belongs to one token, tokens keep their order, each has at least one frame (when there are enough):
    the path with the largest summed log-attention, by dynamic programming over frames.
    """
    tokens, frames = attention.shape
    if tokens == 0:
        return []
    if frames <= tokens:
        edges = np.linspace(0, frames, tokens + 1).round().astype(int)
        return [(int(a), int(b)) for a, b in itertools.pairwise(edges)]
    gain = np.log(attention.T + 1e-4)  # [frames, tokens]
    best = np.full(tokens, -np.inf)
    best[0] = gain[0, 0]
    moved = np.zeros((frames, tokens), np.bool_)
    for frame in range(1, frames):
        from_previous = np.concatenate(([-np.inf], best[:-1]))
        moved[frame] = from_previous > best
        best = np.maximum(best, from_previous) + gain[frame]
    return _walk_back(moved)


def _walk_back(moved: NDArray[np.bool_]) -> list[tuple[int, int]]:
    frames, tokens = moved.shape
    spans: list[tuple[int, int]] = []
    token, end = tokens - 1, frames
    for frame in range(frames - 1, 0, -1):
        if moved[frame, token]:
            spans.append((frame, end))
            token, end = token - 1, frame
    spans.append((0, end))
    return spans[::-1]
