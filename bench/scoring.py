"""Error rates with their uncertainty: normalised, counted by jiwer, resampled by the bootstrap."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import jiwer
import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
LOW, HIGH = 2.5, 97.5  # percentiles of a 95 % interval
ENGLISH = "whisper_normalizer EnglishTextNormalizer"
BASIC = "whisper_normalizer BasicTextNormalizer"

Floats = NDArray[np.float64]


@cache
def english_normaliser() -> Callable[[str], str]:
    """Spelling, numbers and punctuation made alike."""
    from whisper_normalizer.english import EnglishTextNormalizer  # noqa: PLC0415  reads a large table

    normaliser: Callable[[str], str] = EnglishTextNormalizer()
    return normaliser


@cache
def basic_normaliser() -> Callable[[str], str]:
    """Small letters without punctuation, for any language."""
    from whisper_normalizer.basic import BasicTextNormalizer  # noqa: PLC0415

    normaliser: Callable[[str], str] = BasicTextNormalizer()
    return normaliser


@dataclass(frozen=True, kw_only=True)
class Score:
    """The errors of one clip. Clips of one group (a speaker) are resampled together."""

    errors: int
    units: int  # words or characters of the reference
    group: str


def score_words(reference: str, hypothesis: str, normalise: Callable[[str], str], group: str) -> Score:
    """Substitutions, deletions and insertions of words."""
    truth, heard = normalise(reference), normalise(hypothesis)
    if not truth.split():
        return Score(errors=len(heard.split()), units=0, group=group)
    counted = jiwer.process_words(truth, heard)
    return Score(errors=_errors(counted), units=len(truth.split()), group=group)


def score_characters(reference: str, hypothesis: str, normalise: Callable[[str], str], group: str) -> Score:
    """The same of characters, spaces left out, because some languages write none."""
    truth, heard = ("".join(normalise(text).split()) for text in (reference, hypothesis))
    if not truth:
        return Score(errors=len(heard), units=0, group=group)
    counted = jiwer.process_characters(truth, heard)
    return Score(errors=_errors(counted), units=len(truth), group=group)


def _errors(counted: jiwer.WordOutput | jiwer.CharacterOutput) -> int:
    return int(counted.substitutions + counted.deletions + counted.insertions)


def rate(scores: Sequence[Score]) -> float:
    """Errors in a hundred units of the reference."""
    return 100 * sum(score.errors for score in scores) / max(1, sum(score.units for score in scores))


def resampled(scores: Sequence[Score], seed: str) -> Floats:
    """The rate of each bootstrap draw [DRAWS]; equal seeds draw the same groups, so that engines compare in pairs."""
    totals: dict[str, list[int]] = {}
    for score in scores:
        total = totals.setdefault(score.group, [0, 0])
        total[0] += score.errors
        total[1] += score.units
    table = np.array(list(totals.values()), dtype=np.float64)
    drawn = np.random.default_rng(zlib.crc32(seed.encode())).integers(0, len(table), (DRAWS, len(table)))
    sums = table[drawn].sum(axis=1)
    rates: Floats = 100 * sums[:, 0] / np.maximum(1, sums[:, 1])
    return rates


def interval(draws: Floats) -> tuple[float, float]:
    """The middle 95 % of bootstrap draws."""
    low, high = np.percentile(draws, [LOW, HIGH])
    return float(low), float(high)


@dataclass(frozen=True, kw_only=True)
class Recall:
    """How often listed terms that were said were recognised."""

    said: int
    recognised: int

    @property
    def share(self) -> float:
        return self.recognised / self.said if self.said else 0.0


def recall(pairs: Sequence[tuple[str, str]], terms: Sequence[str], normalise: Callable[[str], str]) -> Recall:
    """Over (reference, hypothesis): every saying of every term, each term counted by itself."""
    wanted = [words for words in dict.fromkeys(tuple(normalise(term).split()) for term in terms) if words]
    said = recognised = 0
    for reference, hypothesis in pairs:
        truth, heard = normalise(reference).split(), normalise(hypothesis).split()
        for words in wanted:
            times = occurrences(words, truth)
            said += times
            recognised += min(times, occurrences(words, heard))
    return Recall(said=said, recognised=recognised)


def occurrences(words: Sequence[str], text: Sequence[str]) -> int:
    """How often `words` stand side by side in `text`."""
    size = len(words)
    return sum(tuple(text[at : at + size]) == tuple(words) for at in range(len(text) - size + 1))


def percentile(values: Sequence[float], percent: float) -> float:
    """Linear between ranks; not a number when there are no values."""
    return float(np.percentile(np.asarray(values, dtype=np.float64), percent)) if values else float("nan")
