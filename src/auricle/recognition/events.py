"""What a listener tells, in the order in which it happens. Offsets are seconds from the first sample fed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from auricle.text.formatter import FormattedText


@dataclass(frozen=True, kw_only=True)
class SpeechStarted:
    """Somebody began to speak."""

    offset_s: float


@dataclass(frozen=True, kw_only=True)
class Partial:
    """What the current segment sounds like so far."""

    offset_s: float
    duration_s: float
    text: str


class Outcome(Enum):
    """How a segment ended."""

    SUCCESS = "success"
    NO_MATCH = "no match"  # something was heard, but no words
    INITIAL_SILENCE = "initial silence"  # nobody spoke within the time allowed
    BABBLE = "babble"  # noise all along, never a word, within the time allowed
    FAILED = "failed"  # the engine broke; `error` says how


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """One reading of a phrase."""

    confidence: float
    text: FormattedText


@dataclass(frozen=True, kw_only=True)
class Final:
    """A segment's last word."""

    outcome: Outcome
    offset_s: float
    duration_s: float
    alternatives: tuple[Alternative, ...] = ()  # best first; empty unless SUCCESS
    commit_tokens: tuple[str, ...] = ()  # the `commit()` calls that this result answers
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """Everything before this offset has been dealt with; sent now and then while nothing is said."""

    offset_s: float


@dataclass(frozen=True, kw_only=True)
class SpeechEnded:
    """The last speech of the session ended here. Sent once, just before Finished, if anybody spoke."""

    offset_s: float


@dataclass(frozen=True, kw_only=True)
class Finished:
    """Nothing more will come."""

    duration_s: float  # all audio that was fed


Event = SpeechStarted | Partial | Final | Heard | SpeechEnded | Finished
