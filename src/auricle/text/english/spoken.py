"""Written English as it is said: digits, money, times, signs and abbreviations become words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace

from auricle.text.english.numerals import (
    NUMBER_WORDS,
    SCALES,
    cardinal_words,
    decimal_words,
    digit_words,
    integer_words,
    ordinal_words,
    year_words,
)
from auricle.text.language import read_toml
from auricle.text.tokens import Token, bare_words

_DATA = read_toml("en", "spoken")
_MONTHS: list[str] = read_toml("en", "written")["months"]
_CURRENCIES: dict[str, list[str]] = _DATA["currencies"]
_MAGNITUDES: dict[str, str] = _DATA["magnitudes"]
_UNITS: dict[str, list[str]] = _DATA["units"]
_SYMBOLS: dict[str, str] = _DATA["symbols"]
_DOMAINS = frozenset(_DATA["top_level_domains"])
_ABBREVIATIONS: dict[str, str] = _DATA["abbreviations"]
_BARE_ABBREVIATIONS: dict[str, str] = _DATA["bare_abbreviations"]
_AREA_CODE = re.compile(r"\d{3}")
_LOCAL_NUMBER = re.compile(r"\d{3}[-.]\d{4}")
_MINUS = "\N{MINUS SIGN}"
_EN_DASH = "\N{EN DASH}"
_COMPOUNDERS = f"\\-\N{HYPHEN}\N{NON-BREAKING HYPHEN}{_EN_DASH}\N{EM DASH}/"
_TOLL_FREE = ("800", "900")
_LONGEST_FORM = 80  # characters; longer words are no numbers that anyone says
_PLURAL_FRACTION = {2: "halves", 4: "quarters"}
_SINGULAR_FRACTION = {2: "half", 4: "quarter"}

ABBREVIATIONS = frozenset(_ABBREVIATIONS)

Context = tuple[str, str]  # the cores before and after, small


def _alternatives(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+"
_SIGNS = f"[{''.join(_CURRENCIES)}]"


def _plain(number: str) -> str:
    return number.replace(",", "")


def _counted(number: str, forms: Sequence[str]) -> list[str]:
    return [*decimal_words(_plain(number)), *forms[0 if number == "1" else 1].split()]


def _money(match: re.Match[str], context: Context) -> list[str]:
    one, many, hundredth, hundredths = _CURRENCIES[match["sign"]]
    number, magnitude = _plain(match["number"]), match["magnitude"]
    if magnitude:
        scale = magnitude.strip().lower()
        return [*decimal_words(number), _MAGNITUDES.get(scale, scale), many]
    whole, point, fraction = number.partition(".")
    if not point or len(fraction) != 2:
        return [*decimal_words(number), one if number == "1" else many]
    cents = int(fraction)
    words = [] if whole in ("0", "") else [*integer_words(whole), one if whole == "1" else many]
    if cents:
        words += (["and"] if words else []) + [*cardinal_words(cents), hundredth if cents == 1 else hundredths]
    return words or ["zero", many]


def _time(match: re.Match[str], context: Context) -> list[str]:
    hour, minute, second = int(match["hour"]), match["minute"], match["second"]
    half = list(match["half"].lower().replace(".", "")) if match["half"] else []
    words = cardinal_words(hour)
    if minute and int(minute):
        words += [*(["oh"] if int(minute) < 10 else []), *cardinal_words(int(minute))]
    elif minute and not half and not second and 1 <= hour <= 12 and context[1] not in ("am", "pm", "a.m.", "p.m."):
        words.append("o'clock")
    if second:
        words += cardinal_words(int(second))
    return words + half


def _digits(match: re.Match[str], context: Context) -> list[str]:
    """A telephone number: digit by digit, but eight hundred as such in front."""
    groups = re.findall(r"\d+", match[0])
    area = 1 if len(groups[0]) == 1 else 0
    said = [digit_words(group) for group in groups]
    if groups[area] in _TOLL_FREE:
        said[area] = cardinal_words(int(groups[area]))
    return [word for group in said for word in group]


def _slashed_date(match: re.Match[str], context: Context) -> list[str]:
    month, day, year = int(match[1]), int(match[2]), int(match[3])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return [word for group in match.groups() for word in integer_words(group)]
    said = year_words(year) if len(match[3]) == 4 else year_words(2000 + year if year < 70 else 1900 + year)
    return [_MONTHS[month - 1], *ordinal_words(day), *said]


def _iso_date(match: re.Match[str], context: Context) -> list[str]:
    year, month, day = (int(group) for group in match.groups())
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return [word for group in match.groups() for word in integer_words(group)]
    return [_MONTHS[month - 1], *ordinal_words(day), *year_words(year)]


def _fraction(match: re.Match[str], context: Context) -> list[str]:
    top, bottom = int(match[1]), int(match[2])
    if not 2 <= bottom <= 100 or top >= bottom or not top:
        return [*integer_words(match[1]), *integer_words(match[2])]
    if top == 1:
        return ["one", _SINGULAR_FRACTION.get(bottom, " ".join(ordinal_words(bottom)))]
    return [*cardinal_words(top), _PLURAL_FRACTION.get(bottom, " ".join(ordinal_words(bottom)) + "s")]


def _decade(match: re.Match[str], context: Context) -> list[str]:
    *head, last = year_words(int(match[1])) if len(match[1]) == 4 else cardinal_words(int(match[1]))
    return [*head, last[:-1] + "ies" if last.endswith("y") else last + "s"]


def _range(match: re.Match[str], context: Context) -> list[str]:
    said = year_words if len(match[1]) == len(match[2]) == 4 else cardinal_words
    return [*said(int(match[1])), "to", *said(int(match[2]))]


def _number(match: re.Match[str], context: Context) -> list[str]:
    sign = {"-": ["minus"], _MINUS: ["minus"], "+": ["plus"]}.get(match["sign"], [])
    number = match["number"]
    after = context[1].rstrip(".")
    if len(number) == 4 and number.isdigit() and 1100 <= int(number) <= 2099 and not sign and after not in _UNITS:
        return year_words(int(number))
    return sign + decimal_words(_plain(number))


def _dotted_letters(match: re.Match[str], context: Context) -> list[str]:
    return re.findall(r"[^\W\d_]", match[0].lower())


def _address(match: re.Match[str], context: Context) -> list[str]:
    said = re.sub(r"[@.:/_+-]+", lambda sign: {"@": " at ", ".": " dot "}.get(sign[0], " "), match[0].lower())
    return _mixed(said, context)


def _mixed(text: str, context: Context) -> list[str]:
    """Letters, digits and signs side by side: MP3, AT&T, 12-ounce, C++."""
    words: list[str] = []
    for piece in re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+(?:'[^\W\d_]+)*|\S", text):
        if piece[0].isdecimal():
            words += decimal_words(piece)
        else:
            words += _SYMBOLS.get(piece, "").split() or bare_words(piece)
    return words


def _hyphened(match: re.Match[str], context: Context) -> list[str]:
    parts = [part for part in re.split(f"[{_COMPOUNDERS}]+", match[0]) if part]
    return [word for part in parts for word in _said_core(part, ("", ""))]


def _measured(match: re.Match[str], context: Context) -> list[str]:
    return _counted(match["number"], _UNITS[match["unit"].lower()])


def _ordinal(match: re.Match[str], context: Context) -> list[str]:
    return ordinal_words(int(match[1]))


def _set_pair(match: re.Match[str], context: Context) -> list[str]:
    """24/7 and the like are said as two numbers, not as a fraction."""
    return [word for group in match.groups() if group for word in cardinal_words(int(group))]


def _hash(match: re.Match[str], context: Context) -> list[str]:
    return ["number", *integer_words(match[1])]


_SCALE_WORDS = _alternatives([*_MAGNITUDES, *SCALES])
_UNIT_WORDS = _alternatives([*_UNITS])
_TOP_LEVEL = _alternatives([*_DOMAINS])

_ADDRESS = re.compile(rf"(?:https?://|www\.)?[\w.+-]+(?:@[\w-]+)?\.(?:{_TOP_LEVEL})(?:/\S*)?", re.IGNORECASE)
_FORMS: list[tuple[re.Pattern[str], Callable[[re.Match[str], Context], list[str]]]] = [
    (re.compile(pattern, re.IGNORECASE), said)
    for pattern, said in (
        (rf"(?P<sign>{_SIGNS})(?P<number>{_NUMBER})(?P<magnitude> ?(?:{_SCALE_WORDS}))?", _money),
        (r"(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?P<half>[ap]\.?m\.?)?", _time),
        (r"(?P<hour>\d{1,2})(?P<minute>)(?P<second>)(?P<half>[ap]\.?m\.?)", _time),
        (r"(?:\+?\d[- .])?\(?\d{3}\)?[- .]\d{3}[-.]\d{4}|\d{3}-\d{4}", _digits),
        (r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})", _slashed_date),
        (r"(\d{4})-(\d{2})-(\d{2})", _iso_date),
        (r"(24)/(7)|(?:(20|50)/(20|50))", _set_pair),
        (r"(\d{1,3})/(\d{1,3})", _fraction),
        (r"(\d{1,6})(?:st|nd|rd|th)", _ordinal),
        (r"(\d{1,3}0)'?s", _decade),
        (rf"(?P<number>{_NUMBER})-?(?P<unit>{_UNIT_WORDS})", _measured),
        (rf"(\d{{1,9}})[-{_EN_DASH}](\d{{1,9}})", _range),
        (r"#(\d{1,9})", _hash),
        (rf"(?P<sign>[-{_MINUS}+])?(?P<number>{_NUMBER})", _number),
        (r"(?:[^\W\d_]\.)+[^\W\d_]?", _dotted_letters),
        (_ADDRESS.pattern, _address),
        (r"\w+@\w+(?:\.\w+)+", _address),
        (rf".*\d.*[{_COMPOUNDERS}].*|.*[{_COMPOUNDERS}].*\d.*", _hyphened),
    )
]


def _said_core(core: str, context: Context) -> list[str]:
    small = core.lower()
    if small in _ABBREVIATIONS:
        return [_ABBREVIATIONS[small]]
    for pattern, said in _FORMS if len(core) <= _LONGEST_FORM else ():
        match = pattern.fullmatch(core)
        if match:
            return " ".join(said(match, context)).split()
    return _mixed(core, context)


def say(token: Token, before: str, after: str) -> tuple[str, ...]:
    """The words of a token as they are said; `before` and `after` are the cores of its neighbours."""
    core = token.core
    if core.isascii() and core.isalpha():
        return _said_letters(core, before)
    if core.lower() == "st." and before[:1].isdigit():
        return ("street",)
    if not (token.abbreviated or _has_signs(core) or "." in core):
        return tuple(bare_words(core))
    plain = unicodedata.normalize("NFKC", core).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    plain = plain.replace("\N{FRACTION SLASH}", "/")
    said = _said_core(plain, (before.lower(), after.lower()))
    return tuple(word for part in said for word in bare_words(part))


def _said_letters(core: str, before: str) -> tuple[str, ...]:
    if core in ("AM", "PM") or (core.lower() in ("am", "pm") and _is_number(before)):
        return tuple(core.lower())
    return (_BARE_ABBREVIATIONS.get(core.lower(), core.lower()),)


def _is_number(word: str) -> bool:
    return word[:1].isdigit() or word.lower() in NUMBER_WORDS


def _has_signs(core: str) -> bool:
    return any(c.isnumeric() or c in _SYMBOLS or c in _CURRENCIES for c in core)


def is_written(core: str) -> bool:
    """Whether the model wrote something that is said in other words: its own spelling is then the best ITN."""
    return _has_signs(core) or ("." in core and _ADDRESS.fullmatch(core[:_LONGEST_FORM]) is not None)


def merge(tokens: list[Token]) -> list[Token]:
    """Joins tokens that are said in another order or way than one by one: "$5 million", "(555) 123-4567"."""
    merged: list[Token] = []
    for token in tokens:
        head = merged[-1] if merged else None
        if head is not None and _is_sum_head(head, token):
            merged[-1] = replace(head, core=f"{head.core} {token.core}", trail=token.trail, last=token.last)
        elif head is not None and _is_area_code(head, token):
            core = f"{head.lead}{head.core}{head.trail} {token.core}"
            merged[-1] = replace(head, lead="", core=core, trail=token.trail, last=token.last)
        else:
            merged.append(token)
    return merged


def _is_sum_head(head: Token, token: Token) -> bool:
    return head.core[:1] in _CURRENCIES and not head.trail and not token.lead and token.core.lower() in SCALES


def _is_area_code(head: Token, token: Token) -> bool:
    whole = (head.lead, head.trail) in (("(", ")"), ("", "")) and not token.lead
    return whole and _AREA_CODE.fullmatch(head.core) is not None and _LOCAL_NUMBER.fullmatch(token.core) is not None
