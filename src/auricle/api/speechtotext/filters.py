"""The language of the `filter` parameter, a subset of OData: text into a condition over the columns of a table.

    or > and > not > `property operator value`      in the order of binding, `or` the loosest; parentheses group

Values are 'text', with a quote inside doubled, date-times without quotes, and null. Operators are known in any case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from typing import NamedTuple

from auricle.errors import UnsupportedFilter
from auricle.store.conditions import And, Comparison, Condition, Not, Operator, Or, Value
from auricle.store.status import Status

MAX_LENGTH = 4096  # characters
MAX_DEPTH = 32  # parentheses and nots inside each other


class Type(Enum):
    """What a property's values are."""

    TEXT = "text"
    MOMENT = "date-time"
    STATUS = "status"
    CHOICE = "choice"


@dataclass(frozen=True, kw_only=True)
class Field:
    """What a property is in the table; `choices` are the values that a CHOICE may have, and how they are kept."""

    column: str
    type: Type = Type.TEXT
    choices: Mapping[str, str] = field(default_factory=dict)


def parse_filter(text: str, fields: Mapping[str, Field]) -> Condition:
    """The condition that a filter over these properties states. Raises UnsupportedFilter, saying where and why."""
    if len(text) > MAX_LENGTH:
        raise UnsupportedFilter(
            f"The filter is {len(text)} characters long; at most {MAX_LENGTH} are accepted.", target="filter"
        )
    return _Parser(text, fields).whole()


class _Kind(Enum):
    WORD = "word"
    TEXT = "text"
    OPEN = "("
    CLOSE = ")"
    END = "end"


class _Token(NamedTuple):
    kind: _Kind
    text: str
    position: int  # of its first character, from 1

    @property
    def word(self) -> str | None:
        return self.text.lower() if self.kind is _Kind.WORD else None


_TOKEN = re.compile(r"\s*+(?:(?P<OPEN>\()|(?P<CLOSE>\))|(?P<TEXT>'(?:[^']|'')*+')|(?P<WORD>[^\s()']++)|(?P<END>\Z))")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # what no database takes in a text


def _tokens(text: str) -> list[_Token]:
    if bad := _UNSTORABLE.search(text):
        raise _refusal(bad.start() + 1, "readable characters", repr(bad.group()))
    tokens: list[_Token] = []
    end = 0
    while not tokens or tokens[-1].kind is not _Kind.END:
        match = _TOKEN.match(text, end)
        if match is None:
            start = text.index("'", end)
            raise _refusal(start + 1, "a text that ends with a single quote", _clipped(text[start:]))
        assert match.lastgroup is not None, "every alternative is named"
        kind = _Kind[match.lastgroup]
        tokens.append(_Token(kind, match[kind.name], match.start(kind.name) + 1))
        end = match.end()
    return tokens


class _Parser:
    """Reads from left to right, one token ahead."""

    def __init__(self, text: str, fields: Mapping[str, Field]) -> None:
        self._tokens = iter(_tokens(text))
        self._next = next(self._tokens)
        self._fields = fields
        self._depth = 0

    def whole(self) -> Condition:
        condition = self._either()
        if self._next.kind is not _Kind.END:
            raise self._refusal("and, or, or the end of the filter")
        return condition

    def _either(self) -> Condition:
        condition = self._both()
        while self._next.word == "or":
            self._take()
            condition = Or(condition, self._both())
        return condition

    def _both(self) -> Condition:
        condition = self._single()
        while self._next.word == "and":
            self._take()
            condition = And(condition, self._single())
        return condition

    def _single(self) -> Condition:
        if self._next.word != "not" and self._next.kind is not _Kind.OPEN:
            return self._comparison()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._refusal(f"at most {MAX_DEPTH} parentheses and nots inside each other")
        condition = Not(self._single()) if self._take().word == "not" else self._group()
        self._depth -= 1
        return condition

    def _group(self) -> Condition:
        condition = self._either()
        if self._next.kind is not _Kind.CLOSE:
            raise self._refusal("and, or, or a closing parenthesis")
        self._take()
        return condition

    def _comparison(self) -> Comparison:
        name = self._next.text
        if self._next.kind is not _Kind.WORD or name not in self._fields:
            raise self._refusal(f"one of the properties {', '.join(self._fields)}")
        self._take()
        field = self._fields[name]
        operator = self._operator(name, field)
        return Comparison(field=field.column, operator=operator, value=self._value(field, operator))

    def _operator(self, name: str, field: Field) -> Operator:
        allowed = [*Operator] if field.type is Type.MOMENT else [Operator.EQ, Operator.NE]
        for operator in allowed:
            if operator.value == self._next.word:
                self._take()
                return operator
        names = ", ".join(operator.value for operator in allowed)
        raise self._refusal(f"one of the operators {names}, which are those for {name}")

    def _value(self, field: Field, operator: Operator) -> Value:
        token = self._next
        if token.word == "null" and operator in {Operator.EQ, Operator.NE}:
            self._take()
            return None
        value = _moment(token) if field.type is Type.MOMENT else _text(token, field)
        if value is None:
            raise self._refusal(_wanted(field))
        self._take()
        return value

    def _take(self) -> _Token:
        token = self._next
        self._next = next(self._tokens, token)
        return token

    def _refusal(self, expected: str) -> UnsupportedFilter:
        got = "the end of the filter" if self._next.kind is _Kind.END else _clipped(self._next.text)
        return _refusal(self._next.position, expected, got)


def _text(token: _Token, field: Field) -> Value:
    if token.kind is not _Kind.TEXT:
        return None
    text = _unquoted(token)
    match field.type:
        case Type.STATUS:
            return next((status for status in Status if status.value == text), None)
        case Type.CHOICE:
            return field.choices.get(text)
        case _:
            return text


def _wanted(field: Field) -> str:
    match field.type:
        case Type.MOMENT:
            return "a date-time such as 2026-01-31T12:00:00Z"
        case Type.STATUS:
            return "one of " + ", ".join(f"'{status.value}'" for status in Status)
        case Type.CHOICE:
            return "one of " + ", ".join(f"'{choice}'" for choice in field.choices)
        case Type.TEXT:
            return "a text in single quotes"


# A day may have zeros before it: the published examples ask for 2020-03-011.
_MOMENT = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-0*+(?P<day>\d{1,2})"
    r"(?:[Tt](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d+))?)?"
    r"(?P<zone>[Zz]|(?P<sign>[+-])(?P<zone_h>\d{2}):?(?P<zone_min>\d{2}))?)?",
    re.ASCII,
)


def _moment(token: _Token) -> datetime | None:
    """In UTC, which is also what a date-time without an offset is in; a date alone is its midnight."""
    if token.kind not in {_Kind.WORD, _Kind.TEXT}:
        return None
    match = _MOMENT.fullmatch(_unquoted(token))
    if match is None:
        return None
    year, month, day = (int(match[name]) for name in ("year", "month", "day"))
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    microsecond = int((match["fraction"] or "")[:6].ljust(6, "0"))
    try:
        return datetime(year, month, day, hour, minute, second, microsecond, _zone(match)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(match: re.Match[str]) -> timezone:
    if match["sign"] is None:
        return UTC
    offset = timedelta(hours=int(match["zone_h"]), minutes=int(match["zone_min"]))
    return timezone(-offset if match["sign"] == "-" else offset)


def _unquoted(token: _Token) -> str:
    return token.text[1:-1].replace("''", "'") if token.kind is _Kind.TEXT else token.text


def _clipped(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "..."


def _refusal(position: int, expected: str, got: str) -> UnsupportedFilter:
    return UnsupportedFilter(
        f"The filter cannot be understood at character {position}: expected {expected}; got {got}.", target="filter"
    )
