"""Quantities: cardinals, decimals, fractions, money and percentages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from auricle.text.english.numerals import (
    DENOMINATORS,
    DIGITS,
    NUMBER_WORDS,
    SCALES,
    TEENS,
    TENS,
    UNITS,
    ZEROS,
    Read,
    read_below_100,
    read_cardinal,
    read_digits,
)
from auricle.text.english.passage import Passage, Written, same
from auricle.text.language import read_toml

_DATA = read_toml("en", "written")
_CURRENCIES: dict[str, str] = _DATA["currencies"]
_HUNDREDTHS: dict[str, str] = _DATA["hundredths"]
_BILLS = frozenset(word for word in _CURRENCIES if not word.endswith("s"))  # two twenty dollar bills
_IDIOM_OWNERS = frozenset(_DATA["idiom_owners"])
_DECIMALS_NOT_AFTER = frozenset(_DATA["decimals_not_after"])
_NOT_BEFORE_A = frozenset(_DATA["not_before_a"])
_NOT_BEFORE_POINTS = frozenset(_DATA["not_before_points"])

LABELS = frozenset(_DATA["labels"])
MEASURES = frozenset(_DATA["measures"])
COUNTED = MEASURES | {*SCALES, "hundred", "percent", "point"}  # a pair before one of these is no time of day


class Amount(NamedTuple):
    """A quantity in digits, perhaps with a scale word: ("2.5", "million")."""

    digits: str
    scale: str
    end: int
    value: float

    @property
    def text(self) -> str:
        """The digits with their scale."""
        return f"{self.digits} {self.scale}" if self.scale else self.digits


def grouped(value: int) -> str:
    """Digits, in groups of three from five digits on."""
    return f"{value:,}" if value >= 10_000 else str(value)


def read_amount(passage: Passage, i: int) -> Amount | None:
    """A cardinal or decimal with its large scale word left in place: 2.5 million, 200,000, 0.5, 1984."""
    words, stop = passage.words, passage.stops[i]
    if words[i] == "point":
        return _leading_point(passage, i)
    if words[i] == "a" and passage.before(i) in _NOT_BEFORE_A:
        return None
    read = read_cardinal(words, i, stop)
    if read is None and words[i] in ZEROS:
        read = Read(0, i + 1)
    if read is None:
        return None
    decimals = _decimals(words, read.end, stop)
    half = decimals or _half(words, read.end, stop)
    if decimals is None and half is not None and not _is_million(words, half[1], stop):
        half = None
    if half is not None:
        digits, end = f"{grouped(read.value)}.{half[0]}", half[1]
        scale = words[end] if end < stop and words[end] in SCALES else ""
        return Amount(digits, scale, end + bool(scale), float(f"{read.value}.{half[0]}") * SCALES.get(scale, 1))
    last = words[read.end - 1]
    if SCALES.get(last, 0) >= 1_000_000:
        if read.value % SCALES[last] == 0 and read.value < 1000 * SCALES[last]:
            return Amount(grouped(read.value // SCALES[last]), last, read.end, read.value)
        return Amount(grouped(read.value), "", read.end, read.value)
    pair = _pair(words, i, stop)
    if pair is not None and pair.end > read.end:
        return Amount(str(pair.value), "", pair.end, pair.value)
    return Amount(grouped(read.value), "", read.end, read.value)


def _leading_point(passage: Passage, i: int) -> Amount | None:
    """Point five percent → 0.5: only where something is measured, for a point may be many things."""
    decimals = _decimals(passage.words, i, passage.stops[i])
    if decimals is None or passage.before(i) in _NOT_BEFORE_POINTS or passage.at(decimals[1], i) not in COUNTED:
        return None
    return Amount(f"0.{decimals[0]}", "", decimals[1], float(f"0.{decimals[0]}"))


def _decimals(words: Sequence[str], i: int, stop: int) -> tuple[str, int] | None:
    """The digits behind "point"."""
    if i + 1 >= stop or words[i] != "point":
        return None
    digits, end = read_digits(words, i + 1, stop)
    if digits:
        return digits, end
    read = read_below_100(words, i + 1, stop)
    return (str(read.value), read.end) if read else None


def _half(words: Sequence[str], i: int, stop: int) -> tuple[str, int] | None:
    """The ".5" of "and a half"."""
    return ("5", i + 3) if i + 2 < stop and tuple(words[i : i + 3]) == ("and", "a", "half") else None


def _is_million(words: Sequence[str], i: int, stop: int) -> bool:
    return i < stop and SCALES.get(words[i], 0) >= 1_000_000


def _pair(words: Sequence[str], i: int, stop: int) -> Read | None:
    """Two halves of a year: nineteen eighty four, twenty twenty, nineteen oh five."""
    century = read_below_100(words, i, stop)
    if century is None or not 10 <= century.value <= 99 or century.end >= stop:
        return None
    oh = words[century.end] in ZEROS and century.end + 1 < stop
    rest = read_below_100(words, century.end + 1 if oh else century.end, stop)
    if rest is None or (rest.value >= 10) == oh:
        return None
    if century.value > 20 and rest.value % 10 == 0 and century.value % 10 == 0:
        return None  # thirty forty: two numbers
    follower = words[rest.end] if rest.end < stop else ""
    if follower in SCALES or follower == "hundred" or follower in NUMBER_WORDS:
        return None
    return Read(century.value * 100 + rest.value, rest.end)


def money(passage: Passage, i: int) -> Written | None:
    """Five dollars and twenty cents → $5.20, fifty cents → $0.50, two million dollars → $2 million."""
    words, stop = passage.words, passage.stops[i]
    amount = read_amount(passage, i)
    if amount is None or amount.end >= stop:
        return None
    unit = words[amount.end]
    sign = currency(passage, unit)
    if sign is None:
        return _hundredths(passage, i, amount)
    end = amount.end + 1
    if words[i] == "a" and amount.value < 100:
        return None
    cents = _cents(words, end, stop)
    if cents is not None and not amount.scale and "." not in amount.digits:
        return same(cents.end, f"{sign}{amount.digits}.{cents.value:02}")
    return same(end, f"{sign}{amount.text}")


def currency(passage: Passage, unit: str) -> str | None:
    """The sign of a spoken currency."""
    pound = passage.pounds_are_money and unit in ("pound", "pounds")
    return "£" if pound else _CURRENCIES.get(unit)


def _cents(words: Sequence[str], i: int, stop: int) -> Read | None:
    """The hundredths behind a sum: (and) twenty cents."""
    start = i + 1 if i < stop and words[i] == "and" else i
    read = read_below_100(words, start, stop)
    if read is None or read.end >= stop or words[read.end] not in ("cent", "cents", "pence", "penny"):
        return None
    return Read(read.value, read.end + 1)


def _hundredths(passage: Passage, i: int, amount: Amount) -> Written | None:
    sign = _HUNDREDTHS.get(passage.words[amount.end])
    if sign is None or amount.scale or "." in amount.digits or not 0 < amount.value < 100:
        return None
    if passage.before(i) in _IDIOM_OWNERS:
        return None
    return same(amount.end + 1, f"{sign}0.{int(amount.value):02}")


def percent(passage: Passage, i: int) -> Written | None:
    """Seventy five percent → 75%."""
    amount = read_amount(passage, i)
    if amount is None or amount.scale:
        return None
    after = passage.at(amount.end, i)
    if after == "percent":
        return same(amount.end + 1, f"{amount.digits}%")
    if after == "per" and passage.at(amount.end + 1, i) == "cent":
        return same(amount.end + 2, f"{amount.digits}%")
    return None


def mixed_number(passage: Passage, i: int) -> Written | None:
    """Three and a half → 3 1/2."""
    words, stop = passage.words, passage.stops[i]
    read = read_cardinal(words, i, stop)
    if read is None or words[i] == "a" or passage.at(read.end, i) != "and":
        return None
    if passage.at(read.end + 1, i) == "a" and passage.at(read.end + 2, i) in ("half", "third", "quarter"):
        return same(read.end + 3, f"{grouped(read.value)} 1/{DENOMINATORS[words[read.end + 2]]}")
    part = fraction(passage, read.end + 1) if read.end + 1 < stop else None
    return same(part.end, f"{grouped(read.value)} {part.itn}") if part else None


def fraction(passage: Passage, i: int) -> Written | None:
    """Two thirds → 2/3, one half → 1/2."""
    words, stop = passage.words, passage.stops[i]
    read = read_below_100(words, i, stop)
    if read is None or read.value >= 20 or read.end >= stop:
        return None
    name = words[read.end]
    below = DENOMINATORS.get(name)
    if below is None or (name.endswith("s") == (read.value == 1)) or read.value >= below:
        return None
    return same(read.end + 1, f"{read.value}/{below}")


def cardinal(passage: Passage, i: int) -> Written | None:
    """Everything else that counts: 25, 2 million, 6.5, 12 ounce, room 5."""
    words = passage.words
    amount = read_amount(passage, i)
    if amount is None:
        return None
    if "." in amount.digits and passage.before(i) in _DECIMALS_NOT_AFTER and words[i] == "one":
        return None
    if words[i] == "a" and amount.end - i <= 2:
        return None
    after = passage.at(amount.end, i)
    joined = _joined(passage, i)
    if joined is not None and joined.end > amount.end and after in DIGITS.keys() | TENS.keys() | TEENS.keys():
        return joined
    large = amount.value >= 10 or "." in amount.digits
    if amount.value == 0 and words[i] != "zero" and not large:
        return None
    if large or after in MEASURES or _is_label(passage, i) or _beside_large(passage, i, amount.end):
        return same(amount.end, amount.text)
    return None


def _joined(passage: Passage, i: int) -> Written | None:
    """A digit and a two-digit number said as one: room three thirty → 330."""
    words, stop = passage.words, passage.stops[i]
    if words[i] not in UNITS or passage.before(i) in NUMBER_WORDS:
        return None
    rest = read_minute(words, i + 1, stop) or read_below_100(words, i + 1, stop)
    if rest is None or (rest.value < 10 and words[i + 1] not in ZEROS):
        return None
    follower = passage.at(rest.end, i)
    if follower in NUMBER_WORDS or follower in SCALES or follower == "hundred" or follower in _BILLS:
        return None
    return same(rest.end, f"{UNITS[words[i]]}{rest.value:02}")


def read_minute(words: Sequence[str], i: int, stop: int) -> Read | None:
    """The minutes of a time of day: thirty, oh five."""
    oh = i < stop and words[i] in ZEROS
    read = read_below_100(words, i + 1 if oh else i, stop)
    if read is None or (read.value < 10) != oh or read.value > 59:
        return None
    return read


def _is_label(passage: Passage, i: int) -> bool:
    label = passage.before(i)
    return label in LABELS and not (label == "number" and passage.words[i] == "one")


def _beside_large(passage: Passage, i: int, end: int) -> bool:
    """Five to ten, between five and fifty: a small number takes the form of the large one it is paired with."""
    link = passage.at(end, i)
    if link not in ("to", "or") and not (link == "and" and passage.before(i) == "between"):
        return False
    other = read_cardinal(passage.words, end + 1, passage.stops[i]) if end + 1 < passage.stops[i] else None
    return other is not None and other.value >= 10 and passage.words[end + 1] != "a"
