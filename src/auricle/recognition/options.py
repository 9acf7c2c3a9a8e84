"""What one session asks of its listener."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from auricle.engine.recogniser import Phrase
from auricle.text.formatter import TextOptions


class Mode(Enum):
    """How a session speaks and when it ends."""

    INTERACTIVE = "interactive"  # one utterance, then the listener finishes by itself
    CONVERSATION = "conversation"  # until the audio ends
    DICTATION = "dictation"  # until the audio ends; spoken punctuation counts


class Segmentation(Enum):
    """What ends a segment."""

    NORMAL = "normal"  # a pause
    TIME = "time"  # a pause or the longest time, whichever comes first, the time chosen by the client
    SEMANTIC = "semantic"  # a pause after what reads like a whole sentence
    DISABLED = "disabled"  # only the longest time or the end of the audio


@dataclass(frozen=True, kw_only=True)
class ListenOptions:
    """Everything a session may choose. `None` means the mode's default. Times in milliseconds."""

    locale: str = "en-US"
    mode: Mode = Mode.CONVERSATION
    endpoint: str | None = None  # a custom endpoint's id (`cid`)
    initial_silence_ms: int | None = None  # 0 = wait for ever
    end_silence_ms: int | None = None  # the pause that ends a segment, 100..5000
    max_segment_ms: int | None = None  # a segment is cut at this length
    segmentation: Segmentation = Segmentation.NORMAL
    partials: bool = True
    stable_threshold: int | None = None  # passes a word must survive before it is shown
    nbest: int = 1  # 1..5
    word_times: bool = False
    phrases: tuple[Phrase, ...] = ()
    text: TextOptions = field(default_factory=TextOptions)
