"""The words of an utterance as the rules of writing see them, and the spelling that a rule answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


class Written(NamedTuple):
    """A spelling for the words up to `end`: as ITN, and as shown where that differs (case, periods)."""

    end: int
    itn: str
    shown: str


@dataclass(frozen=True, kw_only=True)
class Passage:
    """The words of an utterance with what the model's spelling says about them."""

    words: Sequence[str]
    soft: Sequence[bool]  # a mark of any kind stands behind the word
    hard: Sequence[bool]  # a sentence may end behind the word
    shown: Sequence[str]  # the words as the model wrote them
    pounds_are_money: bool = False

    @cached_property
    def stops(self) -> list[int]:
        """For each word, where the stretch without any mark ends that it stands in."""
        return _ends(self.soft)

    @cached_property
    def sentence_stops(self) -> list[int]:
        """For each word, where its sentence ends."""
        return _ends(self.hard)

    @cached_property
    def dotted(self) -> bool:
        """Whether a network address may have been said."""
        return "dot" in self.words

    @cached_property
    def cased(self) -> bool:
        """Whether the model writes capitals at all."""
        return any(word[:1].isupper() for word in self.shown)

    def before(self, i: int) -> str:
        """The word before, when no mark stands between."""
        return self.words[i - 1] if i > 0 and not self.soft[i - 1] else ""

    def at(self, i: int, since: int) -> str:
        """The word at `i`, when no mark stands between it and the word `since`."""
        return self.words[i] if i < self.stops[since] else ""


def _ends(closed: Sequence[bool]) -> list[int]:
    ends = [len(closed)] * len(closed)
    for i in range(len(closed) - 1, -1, -1):
        ends[i] = i + 1 if closed[i] else (ends[i + 1] if i + 1 < len(closed) else len(closed))
    return ends


def same(end: int, text: str) -> Written:
    """A spelling that is shown as it stands in the ITN."""
    return Written(end, text, text)
