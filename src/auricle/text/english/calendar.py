"""Times of day, dates and ordinals."""

from __future__ import annotations

from collections.abc import Sequence

from auricle.text.english.amounts import COUNTED, LABELS, currency, grouped, read_minute
from auricle.text.english.numerals import (
    NUMBER_WORDS,
    TEENS,
    TENS,
    UNITS,
    ZEROS,
    ordinal_suffix,
    read_below_100,
    read_ordinal,
)
from auricle.text.english.passage import Passage, Written, same
from auricle.text.language import read_toml

_DATA = read_toml("en", "written")
_MONTHS = frozenset(_DATA["months"])
_AMBIGUOUS_MONTHS = frozenset(_DATA["ambiguous_months"])
_DATE_PREPOSITIONS = frozenset(_DATA["date_prepositions"])
_YEAR_PREPOSITIONS = frozenset(_DATA["year_prepositions"])
_QUARTER_MARKS = frozenset(_DATA["quarter_marks"])
_SPANS_NOT_ORDINALS = frozenset(_DATA["spans_not_ordinals"])


def clock(passage: Passage, i: int) -> Written | None:
    """Six forty five p m, ten thirty, at three oh five, five p m."""
    words, stop = passage.words, passage.stops[i]
    hour = read_below_100(words, i, stop)
    if hour is None or hour.value > 12 or passage.before(i) in NUMBER_WORDS:
        return None
    minute = read_minute(words, hour.end, stop)
    end = minute.end if minute else hour.end
    half = _half_of_day(passage, end, i)
    digits = f"{hour.value}:{minute.value:02}" if minute else str(hour.value)
    if half:
        return same(end + len(half[1]), f"{digits} {half[0]}")
    if minute is None:
        return same(end, digits) if words[i] in TEENS and passage.at(end, i) == "o'clock" else None
    follower = passage.at(end, i)
    if minute.value % 5 and words[hour.end] not in ZEROS:
        return None
    counts = follower in COUNTED or follower in NUMBER_WORDS or currency(passage, follower) is not None
    is_year = hour.value >= 10 and passage.before(i) in _YEAR_PREPOSITIONS
    return None if counts or is_year or passage.before(i) in LABELS else same(end, digits)


def _half_of_day(passage: Passage, i: int, since: int) -> tuple[str, Sequence[str]] | None:
    first, second = passage.at(i, since), passage.at(i + 1, since)
    if first in ("a", "p") and second == "m":
        return f"{first.upper()}M", (first, second)
    return (first.upper(), (first,)) if first in ("am", "pm") else None


def clock_phrase(passage: Passage, i: int) -> Written | None:
    """Ten past five, eleven o'clock: said with words, written with words."""
    read = read_below_100(passage.words, i, passage.stops[i])
    if read is None or read.value > 30:
        return None
    at = read.end + 1 if passage.at(read.end, i) in ("minutes", "minute") else read.end
    if passage.at(at, i) not in _QUARTER_MARKS or passage.at(at + 1, i) not in (*UNITS, *TEENS):
        return None
    hour = read_below_100(passage.words, at + 1, passage.stops[i])
    end = hour.end if hour else at
    phrase = " ".join(passage.words[i:end])
    return same(end, phrase)


def ordinal(passage: Passage, i: int) -> Written | None:
    """Twenty first → 21st; below ten only in dates: may fifth, the fifth of may."""
    words, stop = passage.words, passage.stops[i]
    read = read_ordinal(words, i, stop)
    if read is None:
        return None
    if words[read.end - 1] == "second" and read.end - i > 1 and passage.before(i) in _SPANS_NOT_ORDINALS:
        return same(read.end - 1, str(read.value - 2))
    if read.value < 10 and not (_after_month(passage, i) or _before_month(passage, read.end, i)):
        return None
    if read.value >= 100 and read.end - i == 1:
        return None  # the hundredth time
    return same(read.end, f"{grouped(read.value)}{ordinal_suffix(read.value)}")


def day(passage: Passage, i: int) -> Written | None:
    """July four → july 4."""
    read = read_below_100(passage.words, i, passage.stops[i])
    if read is None or read.value > 31 or not _after_month(passage, i):
        return None
    pair = passage.at(read.end, i)
    return None if pair in NUMBER_WORDS or pair == "hundred" else same(read.end, str(read.value))


def _after_month(passage: Passage, i: int) -> bool:
    month = passage.before(i)
    if month not in _MONTHS:
        return False
    if month not in _AMBIGUOUS_MONTHS:
        return True
    before = passage.before(i - 1) if i > 1 else ""
    capital = passage.shown[i - 1][:1].isupper() and i > 1 and not passage.hard[i - 2]
    return capital or before in _DATE_PREPOSITIONS or (i == 1 and passage.words[i] != "first")


def _before_month(passage: Passage, end: int, since: int) -> bool:
    at = end + 1 if passage.at(end, since) == "of" else end
    month = passage.at(at, since)
    return month in _MONTHS and (at > end or month not in _AMBIGUOUS_MONTHS)


def decade(passage: Passage, i: int) -> Written | None:
    """Nineteen eighties → 1980s, the nineteen hundreds → the 1900s."""
    words, stop = passage.words, passage.stops[i]
    century = read_below_100(words, i, stop)
    if century is None or not 15 <= century.value <= 20 or century.end >= stop:
        return None
    plural = words[century.end]
    if plural == "hundreds":
        return same(century.end + 1, f"{century.value}00s")
    ten = TENS.get(plural[:-3] + "y") if plural.endswith("ies") else None
    return same(century.end + 1, f"{century.value}{ten}s") if ten else None
