"""How far what was heard is from what was said."""

from __future__ import annotations

from collections.abc import Iterable

import jiwer
from whisper_normalizer.basic import BasicTextNormalizer
from whisper_normalizer.english import EnglishTextNormalizer

_ENGLISH = EnglishTextNormalizer()
_OTHER = BasicTextNormalizer()


def words(text: str) -> str:
    """English words without case, punctuation, and the spelling of numbers."""
    return str(_ENGLISH(text))


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """Over (reference, heard) in English."""
    references, heard = zip(*((words(said), words(got)) for said, got in pairs), strict=True)
    return float(jiwer.wer(list(references), list(heard)))


def understood(said: str, heard: str) -> bool:
    """Whether English was heard as it was said, but for one word in twenty."""
    return word_error_rate([(said, heard)]) <= 0.05


def character_error_rate(reference: str, heard: str) -> float:
    """In any language, spaces aside."""
    return float(jiwer.cer(*(_OTHER(text).replace(" ", "") for text in (reference, heard))))
