"""The display text: segments with the model's punctuation and capitals, spoken marks set, profanity treated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from auricle.text.language import Language
from auricle.text.options import Punctuation
from auricle.text.timing import shared_out
from auricle.text.tokens import APOSTROPHE, DASHES, HARD_MARKS, SENTENCE_ENDS
from auricle.text.transcript import Segment
from auricle.text.words import Word


@dataclass(kw_only=True, slots=True)
class _Piece:
    """Display text that is still open at its right end."""

    text: str
    words: list[Word]  # the lexical words that it stands for
    trail: str = ""
    dictated: bool = False  # the trail was spoken
    joins: bool = False  # the next word follows without a space


class Display:
    """Sets segments one after the other; `words()` are the display words."""

    def __init__(
        self, language: Language, punctuation: Punctuation, treat: Callable[[str], str], *, bare: bool
    ) -> None:
        self._language = language
        self._automatic = punctuation.automatic
        self._treat = treat
        self._bare = bare
        self._pieces: list[_Piece] = []
        self._opening = ""  # marks waiting for the next word
        self._capitalise = bare
        self._small = False  # the mark that earned the next word its capital is not shown

    def add(self, segment: Segment, lexical: Sequence[Word]) -> None:
        """Sets one segment; `lexical` are its timed words."""
        if segment.mark:
            self._add_mark(segment, list(lexical))
        elif not lexical:
            self._add_silent(segment)
        else:
            self._add_text(segment, list(lexical))

    def finish(self, *, question: bool) -> None:
        """Closes a text whose model writes no marks."""
        if self._opening and self._pieces:
            self._pieces[-1].trail += self._opening
        if self._bare and self._automatic and self._pieces and not self._pieces[-1].trail.strip():
            ends = not question and self._pieces[-1].text.endswith(".")
            self._pieces[-1].trail = "" if ends else "?" if question else "."

    def words(self) -> tuple[Word, ...]:
        """The display words, timed to the lexical words that they stand for."""
        timed: list[Word] = []
        for piece in _closed(self._pieces):
            timed += shared_out(piece.text.split(" "), piece.words)
        return tuple(timed)

    def _add_text(self, segment: Segment, lexical: list[Word]) -> None:
        first, last = segment.units[0].token, segment.units[-1].token
        text = self._treat(segment.shown)
        if text != segment.shown:
            text = text.strip(f" -'{APOSTROPHE}")  # what a removed part of a compound leaves behind
        if not text:
            self._drop(last.trail)
            return
        if last.abbreviated and not self._automatic and text.count(".") == 1:
            text = text.removesuffix(".")  # Mr. but not U.S.
        lead = first.lead if self._automatic else ""
        trail = last.trail if self._automatic else ""
        text = self._cased(text)
        if text.endswith(".") and trail.startswith("."):
            trail = trail[1:]
        self._pieces.append(_Piece(text=self._opening + lead + text, words=lexical, trail=trail))
        self._opening = ""
        self._small = not self._automatic and last.ends_sentence
        self._capitalise = False

    def _cased(self, text: str) -> str:
        """The model's case, corrected where marks came or went."""
        if self._bare:
            text = self._language.capitals.get(text, text)
        if self._capitalise:
            return text[:1].upper() + text[1:]
        return text.lower() if self._small and text.lower() in self._language.common else text

    def _add_silent(self, segment: Segment) -> None:
        """Punctuation that the model set as a word of its own."""
        token = segment.units[0].token
        mark = token.core + token.trail
        if not (self._automatic and self._pieces and mark):
            return
        if set(mark) <= DASHES:
            self._pieces[-1].trail += f" {mark}"
        elif not self._pieces[-1].trail and set(mark) <= HARD_MARKS:
            self._pieces[-1].trail = mark

    def _add_mark(self, segment: Segment, words: list[Word]) -> None:
        """A spoken mark takes the place of whatever the model wrote around it."""
        if segment.stance == "open":
            self._opening += segment.mark
            return
        if not self._pieces:
            self._pieces.append(_Piece(text="", words=[]))
        previous, own_trail = self._pieces[-1], segment.units[-1].token.trail
        ended = not previous.dictated and _ends_sentence(previous.trail)
        kept = previous.trail if previous.dictated or (segment.stance == "line" and ended) else ""
        previous.trail = kept + self._set(segment, previous, own_trail)
        previous.words = [*previous.words, *words]
        previous.dictated = True
        previous.joins = segment.stance in ("join", "line")
        self._capitalise = segment.stance == "line" or _ends_sentence(segment.mark)
        self._small = not self._capitalise and (ended or _ends_sentence(own_trail))

    def _set(self, segment: Segment, previous: _Piece, own_trail: str) -> str:
        """The mark as it stands behind the word before."""
        if segment.stance == "alone":
            return f" {segment.mark}"
        if segment.mark == "." and previous.text.endswith(".") and not previous.dictated:
            return ""
        closes_pair = segment.stance == "close" and segment.mark not in HARD_MARKS and segment.mark != ","
        ends = closes_pair and self._automatic and _ends_sentence(own_trail)
        return segment.mark + (own_trail[:1] if ends else "")

    def _drop(self, trail: str) -> None:
        """A removed word: the end of its sentence stays with the word before, its capital goes to the word after."""
        if not self._pieces:
            self._capitalise = True
        elif self._automatic and not self._pieces[-1].trail:
            self._pieces[-1].trail = "".join(mark for mark in trail if mark in SENTENCE_ENDS)


def _ends_sentence(marks: str) -> bool:
    return any(mark in SENTENCE_ENDS for mark in marks)


def _closed(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Pieces with their marks attached, those that a hyphen or a line break joins made one."""
    closed: list[_Piece] = []
    joined = False
    for piece in pieces:
        text = piece.text + piece.trail
        if joined:
            closed[-1].text += text
            closed[-1].words = [*closed[-1].words, *piece.words]
        elif text:
            closed.append(_Piece(text=text, words=piece.words))
        joined = piece.joins
    return closed
