"""How long results took, worked out from what one stream sent and received. Pure.

All latencies count from the sending of audio: a frame is sent when its last sample was spoken, so the true delay from
mouth to screen is up to a frame (0.1 s) longer, and network time is not in them.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench import wire
from bench.stream_client import Heard
from bench.wire import FRAME_S, Told

DEFINITIONS = (
    "partial: a hypothesis came, after the last audio it covers (Offset + Duration) was sent",
    "word: it was first shown, in a hypothesis or in the phrase, after the audio at which it ended was sent",
    "final: a phrase came, after the audio at its end (Offset + Duration) was sent; contains the end silence",
    "first: the first hypothesis of a segment came, after the audio at its first word's start was sent",
    "revised: the share of hypotheses that change a word shown before",
)
NEARBY = 2  # places by which a word's position may differ between a hypothesis and the phrase
_ROUNDING_S = 1e-6
_NOT_A_WORD = re.compile(r"[^\w']+")


@dataclass(kw_only=True)
class Latencies:
    """Seconds, an entry for each result."""

    partial: list[float] = field(default_factory=list)
    word: list[float] = field(default_factory=list)
    final: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    revised: int = 0
    speech_s: float = 0.0  # of the segments with words

    def add(self, other: Latencies) -> None:
        """Join another stream's."""
        self.partial += other.partial
        self.word += other.word
        self.final += other.final
        self.first += other.first
        self.revised += other.revised
        self.speech_s += other.speech_s


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A hypothesis or a phrase, and when it came."""

    at: float
    told: Told

    @property
    def words(self) -> list[str]:
        return plain_words(str(self.told.body.get("Text", "")))


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A phrase with the hypotheses before it."""

    hypotheses: tuple[Shown, ...]
    phrase: Shown

    @property
    def words(self) -> list[tuple[str, float, float]]:
        """The phrase's words with their start and end in seconds."""
        best = (self.phrase.told.body.get("NBest") or [{}])[0]
        return [
            (" ".join(plain_words(word["Word"])), word["Offset"] / 1e7, (word["Offset"] + word["Duration"]) / 1e7)
            for word in best.get("Words", ())
        ]

    @property
    def lexical(self) -> str:
        return str((self.phrase.told.body.get("NBest") or [{}])[0].get("Lexical", ""))


def plain_words(text: str) -> list[str]:
    """Small letters without marks."""
    return _NOT_A_WORD.sub(" ", text.lower()).split()


def sending_time(sent: Sequence[float], position_s: float) -> float:
    """When the frame with the last audio before this position was sent."""
    number = math.ceil((position_s - _ROUNDING_S) / FRAME_S) - 1
    return sent[max(0, min(number, len(sent) - 1))]


def segments(heard: Heard) -> list[Segment]:
    """The successful phrases of a stream, in order, each with its hypotheses."""
    found: list[Segment] = []
    waiting: list[Shown] = []
    for at, message in heard.messages:
        shown = Shown(at=at, told=wire.read(message))
        if shown.told.path == "speech.hypothesis":
            waiting.append(shown)
        else:
            end_s = shown.told.end_s
            own = tuple(hypothesis for hypothesis in waiting if hypothesis.told.offset_s < end_s)
            waiting = [hypothesis for hypothesis in waiting if hypothesis.told.offset_s >= end_s]
            if shown.told.body.get("RecognitionStatus") == "Success":
                found.append(Segment(hypotheses=own, phrase=shown))
    return found


def latencies(heard: Heard, since: float = -math.inf, until: float = math.inf) -> Latencies:
    """Of the phrases whose end was sent between two moments, however late their results came."""
    found = Latencies()
    for segment in segments(heard):
        if since <= sending_time(heard.sent, segment.phrase.told.end_s) <= until:
            _add_segment(found, segment, heard.sent)
    return found


def _add_segment(found: Latencies, segment: Segment, sent: Sequence[float]) -> None:
    phrase, words = segment.phrase, segment.words
    found.speech_s += phrase.told.end_s - phrase.told.offset_s
    found.final.append(phrase.at - sending_time(sent, phrase.told.end_s))
    found.partial += [shown.at - sending_time(sent, shown.told.end_s) for shown in segment.hypotheses]
    found.revised += revisions([shown.words for shown in segment.hypotheses])
    if words and segment.hypotheses:
        found.first.append(segment.hypotheses[0].at - sending_time(sent, words[0][1] + 2 * _ROUNDING_S))
    for place, (word, _, end_s) in enumerate(words):
        found.word.append(first_shown(segment, place, word) - sending_time(sent, end_s))


def first_shown(segment: Segment, place: int, word: str) -> float:
    """When a word of the phrase was first on the screen at about its place."""
    for shown in segment.hypotheses:
        if word in shown.words[max(0, place - NEARBY) : place + NEARBY + 1]:
            return shown.at
    return segment.phrase.at


def revisions(texts: Sequence[Sequence[str]]) -> int:
    """How many texts are not the one before with something added."""
    pairs = itertools.pairwise(texts)
    return sum(list(after[: len(before)]) != list(before) for before, after in pairs)
