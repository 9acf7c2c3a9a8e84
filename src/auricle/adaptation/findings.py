"""What is wrong with a line, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

MAX_EXCERPT_CHARS = 80


class Severity(Enum):
    """Whether a line is lost."""

    ERROR = "error"  # the line, or the file, is left out
    WARNING = "warning"  # it is kept


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A reason and a remedy; `code` is a short stable name for programs."""

    code: str
    reason: str
    advice: str


class Rejected(Exception):
    """A line cannot be used. Raised by the rule of its kind, caught where lines are counted."""

    def __init__(self, code: str, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.problem = Problem(code=code, reason=reason, advice=advice)


Warn = Callable[[Problem], None]  # takes what is odd about the line at hand without losing it
Rule = Callable[[str, Warn], str | None]  # a line, stripped → as it is kept; None for a comment; raises Rejected


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A problem and its place."""

    severity: Severity
    file: str
    line: int | None  # from 1; None for the file as a whole
    code: str
    reason: str
    advice: str
    excerpt: str | None = None


def excerpt(text: str) -> str:
    """The beginning of a line, fit to be printed."""
    shown = text[:MAX_EXCERPT_CHARS].replace("\t", " ")
    return "".join(char if char.isprintable() or char == " " else "\ufffd" for char in shown)
