"""Profane words in a text: masked, removed or tagged. Whole words only, so Scunthorpe keeps its name.

The lists are modest ones of our own, one file per language: the published lists that registries carry mix insults
with medical and everyday words, which a transcript must not lose.
"""

from __future__ import annotations

import re

from auricle.text.options import Profanity

_WORD = re.compile(r"[^\W\d_]+")


class ProfanityFilter:
    """Treats the profane words of one language in one way."""

    def __init__(self, profanities: frozenset[str], treatment: Profanity) -> None:
        self._profanities = profanities
        self._treatment = treatment

    def __call__(self, text: str) -> str:
        """The text after treatment; empty when the whole of it is removed."""
        if self._treatment is Profanity.RAW or not self._profanities:
            return text
        return _WORD.sub(self._treated, text)

    def _treated(self, match: re.Match[str]) -> str:
        word = match[0]
        if word.lower() not in self._profanities:
            return word
        if self._treatment is Profanity.REMOVED:
            return ""
        return "*" * len(word) if self._treatment is Profanity.MASKED else f"<profanity>{word}</profanity>"
