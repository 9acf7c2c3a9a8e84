"""Numbers and names by which one reaches somebody: telephone, street, title, network address."""

from __future__ import annotations

from collections.abc import Sequence

from auricle.text.english.amounts import LABELS, MEASURES, read_amount
from auricle.text.english.numerals import (
    NUMBER_WORDS,
    ORDINALS,
    SCALES,
    TEENS,
    TENS,
    read_below_100,
    read_digits,
)
from auricle.text.english.passage import Passage, Written, same
from auricle.text.language import read_toml

_DATA = read_toml("en", "written")
_DOMAINS = frozenset(read_toml("en", "spoken")["top_level_domains"])
_NOT_MAILBOXES = frozenset(_DATA["not_mailboxes"])
_NOT_STREET_NAMES = frozenset(_DATA["not_street_names"]) | MEASURES | NUMBER_WORDS | ORDINALS.keys()
_STREETS: dict[str, str] = _DATA["streets"]
_LONGEST_TELEPHONE_NUMBER = 11  # digits
_LONGEST_STREET_NAME = 2  # words between the number of a house and its street

TITLES: dict[str, str] = _DATA["titles"]


def telephone(passage: Passage, i: int) -> Written | None:
    """Seven, ten or eleven digits said mostly one by one; a comma may stand between its groups."""
    words, stop = passage.words, min(passage.sentence_stops[i], i + _LONGEST_TELEPHONE_NUMBER + 2)
    digits, singles, at = "", 0, i
    while at < stop:
        one_by_one, end = read_digits(words, at, stop)
        if end > at and end < stop and words[end] == "hundred" and len(digits) + len(one_by_one) in (1, 2):
            digits, at = digits + one_by_one + "00", end + 1
            singles += 1
        elif end > at:
            digits, singles, at = digits + one_by_one, singles + end - at, end
        else:
            read = read_below_100(words, at, stop)
            if read is None:
                break
            digits, at = digits + str(read.value), read.end
    marks = sum(passage.soft[i : at - 1])
    if singles < 4 or marks > 3 or (at < stop and words[at] in SCALES):
        return None
    text = _hyphenated(digits)
    return same(at, text) if text else None


def _hyphenated(digits: str) -> str:
    """Digits in the groups of a North American telephone number; empty when they are none."""
    if len(digits) == 7:
        return f"{digits[:3]}-{digits[3:]}"
    if len(digits) == 10:
        return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    if len(digits) == 11 and digits[0] == "1":
        return f"1-{_hyphenated(digits[1:])}"
    return ""


def digit_run(passage: Passage, i: int) -> Written | None:
    """Three or more digits in a row, two after a label: one two three → 123, room one oh → room 10."""
    words, stop = passage.words, passage.stops[i]
    digits, end = read_digits(words, i, stop)
    least = 2 if passage.before(i) in LABELS else 3
    if len(digits) < least or (end < stop and (words[end] in SCALES or words[end] in ("hundred", "point"))):
        return None
    if end < stop and (words[end] in TENS or words[end] in TEENS):
        return None
    return same(end, _hyphenated(digits) or digits)


def title(passage: Passage, i: int) -> Written | None:
    """Mister Jones → Mr. Jones; doctor only before a name that the model wrote with a capital."""
    word = passage.words[i]
    short = TITLES.get(word)
    if short is None or i + 1 >= passage.stops[i]:
        return None
    if passage.cased:
        return Written(i + 1, _small(short), short) if passage.shown[i + 1][:1].isupper() else None
    name = passage.words[i + 1]
    return None if word == "doctor" else Written(i + 2, f"{_small(short)} {name}", f"{short} {name.title()}")


def house(passage: Passage, i: int) -> Written | None:
    """Thirty five lexington avenue → 35 Lexington Ave."""
    amount = read_amount(passage, i)
    if amount is None or amount.scale or passage.words[i] == "a":
        return None
    for at in range(amount.end + 1, min(amount.end + 1 + _LONGEST_STREET_NAME, passage.stops[i])):
        name = passage.shown[amount.end : at]
        street = _STREETS.get(passage.words[at])
        if street is not None and _is_street_name(passage, amount.end, at):
            written = " ".join(word if passage.cased else word.title() for word in name)
            itn = f"{amount.digits} {' '.join(passage.words[amount.end : at])} {_small(street)}"
            return Written(at + 1, itn, f"{amount.digits} {written} {street}")
    return None


def _is_street_name(passage: Passage, start: int, end: int) -> bool:
    if passage.cased and not all(word[:1].isupper() for word in passage.shown[start:end]):
        return False
    return all(word not in _NOT_STREET_NAMES for word in passage.words[start:end])


def _small(abbreviation: str) -> str:
    return abbreviation.rstrip(".").lower()


def address(passage: Passage, i: int) -> Written | None:
    """Support at help dot com → support@help.com; help dot com → help.com."""
    words, stop = passage.words, passage.stops[i]
    if passage.at(i + 1, i) == "at" and words[i] not in _NOT_MAILBOXES:
        host = _host(words, i + 2, stop)
        if host:
            return same(host[1], f"{words[i]}@{host[0]}")
    host = _host(words, i, stop)
    return same(host[1], host[0]) if host else None


def _host(words: Sequence[str], i: int, stop: int) -> tuple[str, int] | None:
    """Words joined by "dot" that end in a top-level domain."""
    if i >= stop:
        return None
    name, end, complete = words[i], i + 1, None
    while end + 1 < stop and words[end] == "dot":
        name, end = f"{name}.{words[end + 1]}", end + 2
        if words[end - 1] in _DOMAINS:
            complete = (name, end)
    return complete
