"""How one session wants its texts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Profanity(Enum):
    """What becomes of profane words (query `profanity`, `profanityFilterMode`)."""

    MASKED = "masked"
    REMOVED = "removed"
    RAW = "raw"
    TAGS = "tags"


class Punctuation(Enum):
    """Where punctuation comes from (`punctuationMode`)."""

    NONE = "none"
    DICTATED = "dictated"
    AUTOMATIC = "automatic"
    DICTATED_AND_AUTOMATIC = "dictatedandautomatic"

    @property
    def automatic(self) -> bool:
        """Whether the model's own marks are shown."""
        return self in (Punctuation.AUTOMATIC, Punctuation.DICTATED_AND_AUTOMATIC)

    @property
    def dictated(self) -> bool:
        """Whether spoken marks become marks."""
        return self in (Punctuation.DICTATED, Punctuation.DICTATED_AND_AUTOMATIC)


@dataclass(frozen=True, kw_only=True)
class TextOptions:
    """How one session wants its texts."""

    profanity: Profanity = Profanity.MASKED
    punctuation: Punctuation = Punctuation.AUTOMATIC
