"""The four texts of a result: lexical, ITN, masked ITN and display.

Lexical is what was said: small, without punctuation, digits and signs as words. ITN writes numbers, money, times and the
like as readers expect them; what the model itself wrote in digits keeps the model's spelling. Masked ITN treats
profanity. Display adds capitals and punctuation, and in dictation turns spoken marks into marks: always, even in "the
Jurassic period", as dictation is known to do; lexical and ITN keep the spoken words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from auricle.text.display import Display
from auricle.text.language import Language, language_of, read_toml
from auricle.text.options import Profanity, Punctuation, TextOptions
from auricle.text.profanity import ProfanityFilter
from auricle.text.timing import orderly, shared_out
from auricle.text.transcript import segments_of, units_of
from auricle.text.words import Word

__all__ = ["FormattedText", "Profanity", "Punctuation", "TextFormatter", "TextOptions"]


@dataclass(frozen=True, kw_only=True)
class FormattedText:
    """One recognised utterance in every spelling a client may ask for.

    `display` is the display words joined by spaces; a dictated line break stands inside a display word.
    """

    lexical: str
    itn: str
    masked_itn: str
    display: str
    words: tuple[Word, ...]  # the lexical words, timed
    display_words: tuple[Word, ...]  # the display text's words, timed


class TextFormatter:
    """Formats what a model heard, for one locale. Cheap to make: the data of a language is read once."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self._language = language_of(locale)
        self._pounds_are_money = locale.replace("_", "-") in _pound_locales()
        self._filters = {kind: ProfanityFilter(self._language.profanities, kind) for kind in Profanity}

    def format(self, heard: Sequence[Word], options: TextOptions) -> FormattedText:
        """The four texts of an utterance, from the words as the model wrote them.

        `heard` are whitespace-separated words in the model's own display-like spelling (capitals, punctuation
        and digits wherever the model put them).
        """
        heard = orderly([part for word in heard if word.text.strip() for part in shared_out(word.text.split(), [word])])
        texts = [word.text for word in heard]
        units = units_of(texts, self._language)
        segments = segments_of(
            units, self._language, dictated=options.punctuation.dictated, pounds_are_money=self._pounds_are_money
        )
        words: list[Word] = []
        for unit in units:
            if unit.spoken:
                words += shared_out(unit.spoken, heard[unit.token.first : unit.token.last + 1])
        treat = self._filters[options.profanity]
        display = Display(self._language, options.punctuation, treat, bare=_is_bare(texts))
        for segment in segments:
            display.add(segment, words[segment.start : segment.end])
        display.finish(question=_is_question([word.text for word in words[:2]], self._language))
        display_words = display.words()
        itn = [segment.itn for segment in segments if segment.end > segment.start]
        return FormattedText(
            lexical=" ".join(word.text for word in words),
            itn=" ".join(itn),
            masked_itn=" ".join(" ".join(treat(text) for text in itn).split()),
            display=" ".join(word.text for word in display_words),
            words=tuple(words),
            display_words=display_words,
        )

    def partial(self, heard: str, options: TextOptions) -> str:
        """The running text of a hypothesis: lexical, with profanity treated as the options say."""
        units = units_of(heard.split(), self._language)
        lexical = " ".join(word for unit in units for word in unit.spoken)
        return " ".join(self._filters[options.profanity](lexical).split())


@cache
def _pound_locales() -> frozenset[str]:
    return frozenset(read_toml("en", "written")["pound_currencies"]["locales"].split())


def _is_bare(texts: Sequence[str]) -> bool:
    """Whether the model wrote neither capitals nor marks, in a script that has them."""
    text = " ".join(texts)
    return text == text.lower() != text.upper() and not any(mark in text for mark in ",.?!;:")


def _is_question(opening: Sequence[str], language: Language) -> bool:
    """Whether an utterance clearly opens as a question: "where is", "do you", "what's"."""
    if not opening:
        return False
    first, second = opening[0], opening[1] if len(opening) > 1 else ""
    if first in language.contracted_questions:
        return True
    if first in language.question_words:
        return second in language.auxiliaries
    return first in language.auxiliaries and second in language.subjects
