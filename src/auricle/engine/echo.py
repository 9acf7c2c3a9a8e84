"""A recogniser without a model: it counts aloud, one word for every half second of audible signal.

Deterministic and instant, so that sessions, schedulers and wires can be tested, and tried, without weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auricle.audio.samples import SAMPLE_RATE_HZ, Samples
from auricle.engine.recogniser import Hypothesis, Recognition, Utterance
from auricle.text.words import Word

FRAME_SAMPLES = 320  # 20 ms
FRAMES_PER_WORD = 25  # half a second
AUDIBLE_RMS = 0.003  # about -50 dBFS
WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


class EchoRecogniser:
    """Hears "one two three ..."; the last word of each further variant is the next number up."""

    def __init__(self, languages: frozenset[str] = frozenset({"en"})) -> None:
        self._languages = languages
        self.closed = False

    @property
    def languages(self) -> frozenset[str]:
        return self._languages

    def recognise(self, batch: Sequence[Utterance]) -> list[Recognition]:
        """Count the audible half seconds of every utterance; each pass over a draft is counted in its state."""
        if self.closed:
            raise RuntimeError("the recogniser is closed")
        for utterance in batch:
            if utterance.draft is not None:
                utterance.draft.state = (utterance.draft.state or 0) + 1
        return [_count_aloud(utterance) for utterance in batch]

    def close(self) -> None:
        self.closed = True


def _count_aloud(utterance: Utterance) -> Recognition:
    frames = audible_frames(utterance.samples)
    count = (len(frames) + FRAMES_PER_WORD // 2) // FRAMES_PER_WORD
    if count == 0:
        return Recognition()
    return Recognition(hypotheses=tuple(_variant(frames, count, rank) for rank in range(utterance.nbest)))


def _variant(frames: Sequence[int], count: int, rank: int) -> Hypothesis:
    confidence = 0.9 - 0.1 * rank
    words = tuple(
        Word(
            text=WORDS[(index + (rank if index == count - 1 else 0)) % len(WORDS)],
            start_s=frames[index * FRAMES_PER_WORD] * FRAME_SAMPLES / SAMPLE_RATE_HZ,
            end_s=(frames[min((index + 1) * FRAMES_PER_WORD, len(frames)) - 1] + 1) * FRAME_SAMPLES / SAMPLE_RATE_HZ,
            confidence=confidence,
        )
        for index in range(count)
    )
    return Hypothesis(text=" ".join(word.text for word in words), confidence=confidence, words=words)


def audible_frames(samples: Samples) -> list[int]:
    """The numbers of the 20 ms frames that are louder than silence."""
    whole = len(samples) // FRAME_SAMPLES * FRAME_SAMPLES
    frames = samples[:whole].reshape(-1, FRAME_SAMPLES)
    loudness = np.sqrt(np.mean(np.square(frames), axis=1))
    return [int(number) for number in np.flatnonzero(loudness > AUDIBLE_RMS)]
