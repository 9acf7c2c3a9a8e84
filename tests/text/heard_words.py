"""Heard words for tests: a text as a model would hand it over, two words a second."""

from __future__ import annotations

from auricle.text.formatter import FormattedText, Profanity, Punctuation, TextFormatter, TextOptions
from auricle.text.words import Word


def heard(text: str) -> list[Word]:
    return [
        Word(text=word, start_s=i * 0.5, end_s=i * 0.5 + 0.4, confidence=0.9) for i, word in enumerate(text.split())
    ]


def formatted(
    text: str,
    locale: str = "en-US",
    *,
    punctuation: Punctuation = Punctuation.AUTOMATIC,
    profanity: Profanity = Profanity.MASKED,
) -> FormattedText:
    options = TextOptions(punctuation=punctuation, profanity=profanity)
    return TextFormatter(locale).format(heard(text), options)
