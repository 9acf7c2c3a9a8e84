r"""The patterns of custom inverse text normalisation: what the display shows, with wildcards, groups and replacements.

`cat-\d` shows a digit, `(AB|CD)-(\d)+` alternatives and repetition, `{to>-}` what is said and what is shown for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from auricle.adaptation.findings import Rejected

MAX_PATTERN_CHARS = 500
MAX_DEPTH = 8
WILDCARDS = frozenset("dlua")  # digit, letter as lower case, letter as upper case, any letter as it is
ESCAPED = frozenset("\\(){}|+?*[]")
REPEATS = frozenset("?+*")


@dataclass(frozen=True, kw_only=True)
class Literal:
    """One character, shown as it stands."""

    char: str


@dataclass(frozen=True, kw_only=True)
class Wildcard:
    """One of WILDCARDS."""

    kind: str


@dataclass(frozen=True, kw_only=True)
class OneOf:
    """One character out of ranges, both ends included."""

    ranges: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """What is said, and what is shown for it; nothing is shown for words to drop."""

    spoken: str
    written: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """One of several sequences; `repeat` is one of REPEATS or empty."""

    alternatives: tuple[Sequence, ...]
    repeat: str


Part = Literal | Wildcard | OneOf | Replacement | Group
Sequence = tuple[Part, ...]


def parse_pattern(text: str) -> Sequence:
    """The parts of a pattern. Raises Rejected, saying which character is wrong."""
    if len(text) > MAX_PATTERN_CHARS:
        raise Rejected("patternTooLong", f"the pattern has more than {MAX_PATTERN_CHARS} characters", "split the rule")
    pattern = _Reader(text).whole()
    if all(_may_be_empty(part) for part in pattern):
        raise Rejected("emptyPattern", "the pattern also matches nothing at all", "make a part of it mandatory")
    return pattern


def _may_be_empty(part: Part) -> bool:
    if not isinstance(part, Group):
        return False
    return part.repeat in {"?", "*"} or any(_all_may_be_empty(sequence) for sequence in part.alternatives)


def _all_may_be_empty(sequence: Sequence) -> bool:
    return all(_may_be_empty(part) for part in sequence)


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def whole(self) -> Sequence:
        parts = self._sequence(depth=0)
        if self._place < len(self._text):
            raise self._wrong("there is no group open here", "write a literal one as \\" + self._text[self._place])
        return parts

    def _sequence(self, depth: int) -> Sequence:
        parts: list[Part] = []
        while self._place < len(self._text) and self._text[self._place] not in "|)":
            parts.append(self._part(depth))
        return tuple(parts)

    def _part(self, depth: int) -> Part:
        match self._text[self._place]:
            case "\\":
                return self._escape()
            case "[":
                return self._one_of()
            case "{":
                return self._replacement()
            case "(":
                return self._group(depth + 1)
            case "?" | "+" | "*" as sign:
                raise self._wrong(
                    f"only a group can be followed by {sign}", f"write (...){sign}, or \\{sign} for the sign"
                )
            case "]" | "}" as sign:
                raise self._wrong("nothing is open that this closes", f"write a literal one as \\{sign}")
            case char:
                self._place += 1
                return Literal(char=char)

    def _escape(self) -> Part:
        escaped = self._text[self._place + 1 : self._place + 2]
        if escaped not in WILDCARDS | ESCAPED or not escaped:
            raise self._wrong("this escape is not known", "use \\d, \\l, \\u, \\a, or \\ before one of \\(){}|+?*[]")
        self._place += 2
        return Wildcard(kind=escaped) if escaped in WILDCARDS else Literal(char=escaped)

    def _one_of(self) -> OneOf:
        body = self._until("]", "the range")
        ranges: list[tuple[str, str]] = []
        place = 0
        while place < len(body):
            first = body[place]
            is_range = body[place + 1 : place + 2] == "-" and place + 2 < len(body)
            last = body[place + 2] if is_range else first
            if first in "[\\" or last < first:
                raise self._wrong(f"the range [{body[:20]}] is malformed", "write ranges such as [5-7] or [05]")
            ranges.append((first, last))
            place += 3 if is_range else 1
        if not ranges:
            raise self._wrong("the range is empty", "write ranges such as [5-7] or [05]")
        return OneOf(ranges=tuple(ranges))

    def _replacement(self) -> Replacement:
        body = self._until("}", "the replacement")
        spoken, _, written = body.partition(">")
        if not spoken.strip() or ">" in written or "{" in body:
            raise self._wrong("the replacement is malformed", "write {spoken>written}, or {spoken} to drop words")
        return Replacement(spoken=" ".join(spoken.split()), written=written)

    def _group(self, depth: int) -> Group:
        if depth > MAX_DEPTH:
            raise self._wrong("the groups are nested too deeply", f"keep to {MAX_DEPTH} levels")
        opened = self._place
        alternatives: list[Sequence] = []
        while not alternatives or self._text[self._place : self._place + 1] == "|":
            self._place += 1
            alternatives.append(self._sequence(depth))
        if self._place >= len(self._text):
            self._place = opened
            raise self._wrong("the group is not closed", "close it with ), or write a literal one as \\(")
        if not all(alternatives):
            raise self._wrong("the group has an empty alternative", "use (...)? for what may be left out")
        self._place += 1
        return Group(alternatives=tuple(alternatives), repeat=self._repeat(alternatives))

    def _repeat(self, alternatives: list[Sequence]) -> str:
        sign = self._text[self._place : self._place + 1]
        if sign not in REPEATS:
            return ""
        if sign != "?" and any(_all_may_be_empty(sequence) for sequence in alternatives):
            raise self._wrong("what is repeated may be nothing", "make a part of the group mandatory")
        self._place += 1
        if self._text[self._place : self._place + 1] in REPEATS:
            raise self._wrong("a group is repeated twice", "keep one of ?, + and * after a group")
        return sign

    def _until(self, closing: str, what: str) -> str:
        end = self._text.find(closing, self._place)
        if end < 0:
            raise self._wrong(f"{what} is not closed", f"close it with {closing}")
        body = self._text[self._place + 1 : end]
        self._place = end + 1
        return body

    def _wrong(self, reason: str, advice: str) -> Rejected:
        return Rejected("pattern", f"at character {min(self._place, len(self._text)) + 1}: {reason}", advice)
