"""English number words, both ways: a number said, and the longest number that a run of words says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from auricle.text.language import read_toml

_DATA = read_toml("en", "numbers")
_UNITS: list[str] = _DATA["units"]
_TEENS: list[str] = _DATA["teens"]
_TENS: list[str] = _DATA["tens"]

ZEROS = frozenset(_DATA["zero"])
UNITS = {word: value for value, word in enumerate(_UNITS, 1)}
DIGITS = UNITS | dict.fromkeys(ZEROS, 0)
TEENS = {word: value for value, word in enumerate(_TEENS, 10)}
TENS = dict(zip(_TENS, range(20, 100, 10), strict=True))
SCALES: dict[str, int] = _DATA["scales"]
REPEATS: dict[str, int] = _DATA["repeats"]
NUMBER_WORDS = frozenset({*UNITS, *TEENS, *TENS, "zero"})

_LONGEST_SAID = 15  # digits; longer ones are said digit by digit


def _ordinal(word: str) -> str:
    if word in _DATA["irregular_ordinals"]:
        return str(_DATA["irregular_ordinals"][word])
    return word[:-1] + "ieth" if word.endswith("y") else word + "th"


_CARDINALS = UNITS | TEENS | TENS | {"hundred": 100} | SCALES
_CARDINAL_OF = {_ordinal(word): word for word in _CARDINALS}
_WITHIN = frozenset({*_CARDINALS, "a", "and"})  # what an ordinal of several words may hold before its last
ORDINALS = {_ordinal(word): value for word, value in _CARDINALS.items()}  # the one-word ordinals
DENOMINATORS: dict[str, int] = _DATA["fractions"] | {
    form: value for word, value in ORDINALS.items() if 2 < value <= 20 for form in (word, word + "s")
}


def cardinal_words(value: int) -> list[str]:
    """1234 → one thousand two hundred thirty four."""
    if value == 0:
        return ["zero"]
    words: list[str] = []
    for name, scale in reversed(SCALES.items()):
        if value >= scale:
            words += [*cardinal_words(value // scale), name]
            value %= scale
    if value >= 100:
        words += [_UNITS[value // 100 - 1], "hundred"]
        value %= 100
    if value >= 20:
        words.append(_TENS[value // 10 - 2])
        value %= 10
    if value >= 10:
        words.append(_TEENS[value - 10])
    elif value:
        words.append(_UNITS[value - 1])
    return words


def ordinal_words(value: int) -> list[str]:
    """21 → twenty first."""
    *head, last = cardinal_words(value)
    return [*head, _ordinal(last)]


def digit_words(digits: str) -> list[str]:
    """555 → five five five."""
    return ["zero" if int(digit) == 0 else _UNITS[int(digit) - 1] for digit in digits]


def integer_words(digits: str) -> list[str]:
    """A number as written: digit by digit when it starts with a zero or is longer than anyone would say."""
    if len(digits) > _LONGEST_SAID or (digits.startswith("0") and len(digits) > 1):
        return digit_words(digits)
    return cardinal_words(int(digits))


def decimal_words(text: str) -> list[str]:
    """6.5 → six point five; 12 → twelve; .5 → zero point five."""
    whole, point, fraction = text.partition(".")
    words = integer_words(whole) if whole else ["zero"]
    return [*words, "point", *digit_words(fraction)] if point else words


def year_words(year: int) -> list[str]:
    """1984 → nineteen eighty four; 1905 → nineteen oh five; 2006 → two thousand six."""
    century, rest = divmod(year, 100)
    if not 1100 <= year <= 2099 or 2000 <= year <= 2009:
        return cardinal_words(year)
    if rest == 0:
        return [*cardinal_words(century), "hundred"]
    return [*cardinal_words(century), *(["oh"] if rest < 10 else []), *cardinal_words(rest)]


class Read(NamedTuple):
    """A number read from words: its value and the index after its last word."""

    value: int
    end: int


def read_below_100(words: Sequence[str], i: int, stop: int) -> Read | None:
    """Twenty five, fifteen, seven: not zero."""
    if i >= stop:
        return None
    word = words[i]
    if word in TENS:
        unit = UNITS.get(words[i + 1], 0) if i + 1 < stop else 0
        return Read(TENS[word] + unit, i + 2 if unit else i + 1)
    value = UNITS.get(word) or TEENS.get(word)
    return Read(value, i + 1) if value else None


def _read_below_1000(words: Sequence[str], i: int, stop: int) -> Read | None:
    """Three hundred and five; also fifteen hundred, which is said so."""
    head = read_below_100(words, i, stop)
    if head is None and i + 1 < stop and words[i] == "a" and words[i + 1] in ("hundred", *SCALES):
        head = Read(1, i + 1)
    if head is None or head.end >= stop or words[head.end] != "hundred" or head.value % 10 == 0:
        return head
    total, end = head.value * 100, head.end + 1
    rest = read_below_100(words, _past_and(words, end, stop), stop)
    if rest is None or _scale_at(words, rest.end, stop) == 100:
        return Read(total, end)
    return Read(total + rest.value, rest.end)


def read_cardinal(words: Sequence[str], i: int, stop: int, limit: int = 10**18) -> Read | None:
    """The longest cardinal below `limit` that starts at `i`: "a hundred", "two thousand and twenty six"."""
    head = _read_below_1000(words, i, stop)
    if head is None:
        return None
    scale = _scale_at(words, head.end, stop)
    if scale <= 100 or scale >= limit:
        return head
    total, end = head.value * scale, head.end + 1
    start = _past_and(words, end, stop)
    rest = read_cardinal(words, start, stop, limit=scale)
    if rest is None or rest.value >= scale or words[start] == "a":
        return Read(total, end)
    if _scale_at(words, rest.end, stop) >= scale or _scale_at(words, rest.end, stop) == 100:
        return Read(total, end)  # the head of another number: "two hundred and | three hundred"
    return Read(total + rest.value, rest.end)


def _past_and(words: Sequence[str], i: int, stop: int) -> int:
    return i + 1 if i < stop and words[i] == "and" else i


def _scale_at(words: Sequence[str], i: int, stop: int) -> int:
    """The scale word at `i`, as a number; 0 where there is none."""
    if i >= stop:
        return 0
    return 100 if words[i] == "hundred" else SCALES.get(words[i], 0)


def read_digits(words: Sequence[str], i: int, stop: int) -> tuple[str, int]:
    """Digits said one by one ("five oh double two") and the index after them."""
    digits = ""
    while i < stop:
        repeat = REPEATS.get(words[i], 1)
        at = i + 1 if repeat > 1 else i
        digit = DIGITS.get(words[at]) if at < stop else None
        if digit is None:
            break
        digits += str(digit) * repeat
        i = at + 1
    return digits, i


def read_ordinal(words: Sequence[str], i: int, stop: int) -> Read | None:
    """Third, twenty first, one hundred and fifth: a cardinal whose last word is an ordinal."""
    last = i
    while last < stop and words[last] not in ORDINALS:
        if words[last] not in _WITHIN:
            return None
        last += 1
    if last >= stop:
        return None
    if last == i:
        return Read(ORDINALS[words[i]], i + 1)
    spelled = [*words[i:last], _CARDINAL_OF[words[last]]]
    read = read_cardinal(spelled, 0, len(spelled))
    return Read(read.value, last + 1) if read and read.end == len(spelled) else None


def ordinal_suffix(value: int) -> str:
    """The two letters behind an ordinal's digits."""
    if 10 <= value % 100 <= 20:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
