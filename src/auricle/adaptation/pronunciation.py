"""Pronunciations: a word as it is displayed, a tab, and how it sounds in letters, syllables or words."""

from __future__ import annotations

import unicodedata

from auricle.adaptation.findings import Rejected, Warn
from auricle.adaptation.wording import check_characters, plain

_SPOKEN_MARKS = frozenset("'-. ")


class PronunciationRule:
    """Judges one line; the file is small, so every pair is remembered."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()

    def __call__(self, text: str, warn: Warn) -> str:
        check_characters(text)
        display, spoken = columns(text, "the displayed form, a tab and the spoken form")
        spoken = plain(spoken)
        _check_spoken(spoken)
        if not any(char.isalnum() for char in display):
            raise Rejected(
                "noWords", "the displayed form has no letters or digits", "write the word as it is displayed"
            )
        pair = (display, spoken.casefold())
        if pair in self._seen:
            raise Rejected("duplicate", f"{display!r} has this spoken form already", "delete one of the two lines")
        self._seen.add(pair)
        return f"{display}\t{spoken}"


def columns(text: str, expected: str) -> tuple[str, str]:
    """The two sides of a tab, with single spaces."""
    cells = [" ".join(cell.split()) for cell in text.split("\t")]
    if len(cells) == 1:
        raise Rejected("noTab", f"expected {expected}, got no tab", "separate the two columns by one tab")
    if len(cells) > 2:
        raise Rejected("tooManyTabs", f"expected {expected}, got {len(cells)} columns", "keep exactly one tab a line")
    if not all(cells):
        raise Rejected("emptyColumn", f"expected {expected}, got an empty column", "fill both columns")
    return cells[0], cells[1]


def _check_spoken(spoken: str) -> None:
    wrong = next((char for char in spoken if not _is_spoken(char)), None)
    if wrong is not None:
        what = "a digit" if wrong.isdigit() else "a sign"
        reason = f"the spoken form has {what}, {wrong!r}"
        raise Rejected("spokenForm", reason, "write it in letters and words, such as 'three c p o'")
    if not any(char.isalpha() for char in spoken):
        raise Rejected("spokenForm", "the spoken form has no letters", "write it in letters and words")


def _is_spoken(char: str) -> bool:
    return char in _SPOKEN_MARKS or unicodedata.category(char)[0] in "LM"
