"""What the decoder needs of a model family: encode segments, take a step, read tokens.

S segments, Q queries a segment, T encoder frames, P cached positions, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from auricle.audio.samples import Samples

Feed = dict[str, NDArray[Any]]
NEVER = np.float32(-1e9)  # an additive mask's "not this one"


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """What the encoder made of a batch of segments: the fixed part of every decoder step's input."""

    feed: Feed  # cross-attention keys and values, and their padding bias; first axis S
    frames: tuple[int, ...]  # valid frames of each segment

    def take(self, rows: Sequence[int]) -> Encoded:
        """Only these segments."""
        chosen = np.asarray(rows)
        return Encoded(
            feed={name: array[chosen] for name, array in self.feed.items()},
            frames=tuple(self.frames[row] for row in rows),
        )


@dataclass(frozen=True, kw_only=True)
class StepInput:
    """One decoder step for every segment of a batch."""

    tokens: NDArray[np.int64]  # [S, Q]
    positions: NDArray[np.int64]  # [S, Q]
    visible: NDArray[np.bool_]  # [S, Q, P + Q]: what each query may look back at, itself included
    wanted: NDArray[np.int64]  # [S, Q, W]: tokens whose log-probability is asked for besides the best
    top_count: int


@dataclass(frozen=True, kw_only=True)
class StepScores:
    """What came of it."""

    top_scores: NDArray[np.float32]  # [S, Q, top_count] log-probabilities, best first
    top_tokens: NDArray[np.int64]  # [S, Q, top_count]
    wanted_scores: NDArray[np.float32]  # [S, Q, W]
    attention: NDArray[np.float32]  # [S, Q, T] over encoder frames: where the token that comes next is spoken


class Vocabulary(Protocol):
    """A model's tokens."""

    def encode(self, text: str) -> list[int]:
        """Plain text to tokens, without special ones."""
        ...

    def decode(self, tokens: Sequence[int]) -> str:
        """Tokens to text, special ones left out."""
        ...

    def begins_word(self, token: int) -> bool:
        """Whether a token opens a new whitespace-separated word."""
        ...

    def continues_word(self, token: int) -> bool:
        """Whether a token spells on the word before it, so that this word is another one than it was until here.

        Punctuation does not, nor does the writing of languages that put no spaces between words.
        """
        ...


class AcousticModel(Protocol):
    """A model family, loaded."""

    @property
    def vocabulary(self) -> Vocabulary: ...

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes of what it hears."""
        ...

    @property
    def end_token(self) -> int:
        """The token that ends a transcript."""
        ...

    @property
    def frame_s(self) -> float:
        """Seconds of audio that one encoder frame stands for."""
        ...

    @property
    def tokens_per_second(self) -> float:
        """A speaking rate that nobody exceeds."""
        ...

    def prompt(self, language: str) -> tuple[int, ...]:
        """The tokens that every transcript in this language starts from."""
        ...

    def encode(self, segments: Sequence[Samples]) -> Encoded:
        """Encode a batch; segments may differ in length."""
        ...

    def empty_cache(self, segments: int) -> Feed:
        """A cache [S, heads, 0, head] for each layer's keys and values."""
        ...

    def step(self, encoded: Encoded, cache: Feed, step: StepInput) -> tuple[StepScores, Feed]:
        """Scores for every query, and the cache grown by Q positions."""
        ...

    def close(self) -> None: ...
