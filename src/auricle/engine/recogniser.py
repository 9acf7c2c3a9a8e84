"""What every recogniser answers: a batch of utterances in, a recognition for each out.

The decoder implements it over an acoustic model; `EchoRecogniser` implements it without one, for tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from auricle.audio.samples import Samples
from auricle.text.words import Word


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """A term to listen for, with the weight of its boost (1.0 is the normal strength)."""

    text: str
    weight: float = 1.0


class Draft:
    """What earlier passes over the growing utterance left behind, so that a later pass need not repeat them.

    Opaque to callers: make one per segment, hand it to every pass over that segment in order. One pass at a time.
    """

    def __init__(self) -> None:
        self.state: Any = None


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """One piece of speech to recognise, and how."""

    samples: Samples  # float32[n], 16 kHz mono, one voice-activity segment
    language: str = "en"  # ISO 639-1
    beam: int = 1  # 1 = greedy
    nbest: int = 1  # distinct texts wanted, at most
    word_times: bool = False  # whether words must carry measured times (costs a pass)
    phrases: tuple[Phrase, ...] = ()
    draft: Draft | None = None


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """One reading of an utterance, in the model's own spelling (capitals, punctuation, digits as it writes them)."""

    text: str
    confidence: float  # 0..1
    words: tuple[Word, ...]  # whitespace-separated words of `text`; times relative to the utterance's start


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """What was heard in an utterance; `hypotheses` is empty when nothing was said (silence, noise)."""

    hypotheses: tuple[Hypothesis, ...] = field(default=())  # best first, distinct texts


class Recogniser(Protocol):
    """A loaded model that can be asked. Thread-safe; blocks while computing."""

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes of the languages it hears."""
        ...

    def recognise(self, batch: Sequence[Utterance]) -> list[Recognition]:
        """Recognise a batch in one go; answers come in the order of the batch."""
        ...

    def close(self) -> None:
        """Give back the memory. No call may follow."""
        ...
