"""Partial results that do not flicker, after the idea of local agreement (Liu et al. 2020, Machacek et al. 2023).

Each pass over the growing segment reads it afresh. A word is shown once it stood at its place in enough consecutive
passes; the last word of a pass waits, because its audio may be cut off; a shown word goes only when two passes in a
row deny it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

DENIALS = 2  # consecutive passes that it takes to withdraw a shown word
PUNCTUATION = ".,;:!?\"'()[]-…¿¡。，、？！"  # noqa: RUF001  # full-width marks are meant


class StablePartials:
    """The words of one segment that may be shown so far."""

    def __init__(self, threshold: int = 1) -> None:
        self._passes: deque[list[str]] = deque(maxlen=max(1, threshold))
        self._shown: list[str] = []
        self._denials = 0
        self._denied_by: list[str] = []

    @property
    def shown(self) -> tuple[str, ...]:
        """The words on display."""
        return tuple(self._shown)

    def push(self, words: Sequence[str], *, speaking: bool = True) -> bool:
        """What one more pass read. True if the display changed. `speaking`: whether its last word may be cut off."""
        read = list(words)
        self._passes.append(read)
        if not _agrees(self._shown, read):
            return self._deny(read)
        self._denials = 0
        agreed = self._agreed(speaking=speaking)
        if len(agreed) <= len(self._shown):
            return False
        self._shown.extend(agreed[len(self._shown) :])
        return True

    def _agreed(self, *, speaking: bool) -> list[str]:
        if len(self._passes) < (self._passes.maxlen or 1):
            return []
        newest = self._passes[-1]
        length = min(_common(newest, other) for other in self._passes)
        if speaking and len(newest) > 1:
            length = min(length, len(newest) - 1)
        return newest[:length]

    def _deny(self, read: list[str]) -> bool:
        self._denials += 1
        before, self._denied_by = self._denied_by, read
        if self._denials < DENIALS:
            return False
        kept = min(_common(self._shown, before), _common(self._shown, read))
        changed = read[kept : max(kept, _common(before, read))]
        self._shown[kept:] = changed
        self._denials = 0
        return True


def _agrees(shown: Sequence[str], read: Sequence[str]) -> bool:
    return _common(shown, read) == len(shown)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words both begin with, whatever their capitals and punctuation."""
    length = 0
    for mine, theirs in zip(one, other, strict=False):
        if _key(mine) != _key(theirs):
            break
        length += 1
    return length


def _key(word: str) -> str:
    return word.casefold().strip(PUNCTUATION) or word
