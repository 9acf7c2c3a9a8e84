"""Spoken English as it is written (inverse text normalisation): number words become digits where a reader expects them.

The examples in Azure's documentation come out as it shows them; where it is silent the rules are conservative by our
own judgement. Cardinals and ordinals below ten stay words unless they count a measure, money, percent or a date, name a
thing ("room five") or stand beside a larger number ("five to ten"). Units are not abbreviated. Three or more single
digits in a row are one number. Thousands are grouped from five digits on. Clock phrases ("a quarter past five") stay
words. No number reaches across a comma, save a telephone number.
"""

from __future__ import annotations

from collections.abc import Callable

from auricle.text.english.amounts import cardinal, fraction, mixed_number, money, percent
from auricle.text.english.calendar import clock, clock_phrase, day, decade, ordinal
from auricle.text.english.numerals import NUMBER_WORDS, ORDINALS, REPEATS, ZEROS
from auricle.text.english.passage import Passage, Written, same
from auricle.text.english.places import TITLES, address, digit_run, house, telephone, title
from auricle.text.language import read_toml

_SET_PHRASES = {
    tuple(spoken.split()): spelling for spoken, spelling in read_toml("en", "written")["set_phrases"].items()
}
_STARTS = frozenset({*NUMBER_WORDS, *ZEROS, *REPEATS, *ORDINALS, "a", "point", *TITLES})


def write(passage: Passage, i: int) -> Written | None:
    """The spelling that starts at word `i`, or None when the word stays as it is."""
    word = passage.words[i]
    if word not in _STARTS:
        return address(passage, i) if passage.dotted else None
    for rule in _RULES:
        written = rule(passage, i)
        if written is not None:
            return written
    return None


def _set_phrase(passage: Passage, i: int) -> Written | None:
    for phrase, written in _SET_PHRASES.items():
        if tuple(passage.words[i : min(i + len(phrase), passage.stops[i])]) == phrase:
            return same(i + len(phrase), written)
    return None


# The first rule that answers wins.
_RULES: tuple[Callable[[Passage, int], Written | None], ...] = (
    _set_phrase,
    title,
    house,
    telephone,
    money,
    percent,
    clock_phrase,
    clock,
    digit_run,
    mixed_number,
    fraction,
    decade,
    ordinal,
    day,
    cardinal,
)
