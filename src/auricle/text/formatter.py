"""The four texts of a result: lexical, ITN, masked ITN and display."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from auricle.text.words import Word


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


@dataclass(frozen=True, kw_only=True)
class TextOptions:
    """How one session wants its texts."""

    profanity: Profanity = Profanity.MASKED
    punctuation: Punctuation = Punctuation.AUTOMATIC


@dataclass(frozen=True, kw_only=True)
class FormattedText:
    """One recognised utterance in every spelling a client may ask for."""

    lexical: str
    itn: str
    masked_itn: str
    display: str
    words: tuple[Word, ...]  # the lexical words, timed
    display_words: tuple[Word, ...]  # the display text's words, timed


class TextFormatter:
    """Formats what a model heard, for one locale."""

    def __init__(self, locale: str) -> None:
        self.locale = locale

    def format(self, heard: Sequence[Word], options: TextOptions) -> FormattedText:
        """The four texts of an utterance, from the words as the model wrote them.

        `heard` are whitespace-separated words in the model's own display-like spelling (capitals, punctuation
        and digits wherever the model put them).
        """
        raise NotImplementedError

    def partial(self, heard: str, options: TextOptions) -> str:
        """The running text of a hypothesis: lexical, with profanity treated as the options say."""
        raise NotImplementedError
