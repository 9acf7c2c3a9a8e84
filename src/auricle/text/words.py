"""A word with its place in time: what models emit and what formatting carries through."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Word:
    """One word, spoken or displayed.

    Times are seconds from the start of whatever audio the word was heard in; confidence is 0..1.
    """

    text: str
    start_s: float
    end_s: float
    confidence: float = 1.0
