"""Where a segment of speech begins and ends, decided window by window from the probability of speech.

Pure and incremental: no audio, no clock, no model. Positions are windows of 32 ms counted from the stream's start.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from auricle.recognition.options import ListenOptions, Mode, Segmentation
from auricle.recognition.voice_activity import WINDOW_S

VOICED_ON = 0.5  # speech begins at this probability
VOICED_OFF = 0.35  # and is over below this one
ONSET_WINDOWS = 3  # voiced windows that make an onset (96 ms); less is a click
ONSET_GAP_WINDOWS = 2  # unvoiced windows that an onset may contain
PAD_BEFORE_WINDOWS = 8  # 256 ms, so that the first phoneme survives
PAD_AFTER_WINDOWS = 6  # 192 ms, so that the last one does
HUSH_WINDOWS = 2  # 64 ms of silence: perhaps a pause
PAUSE_WINDOWS = 7  # 224 ms of silence: perhaps the end
CUT_SEARCH_WINDOWS = 94  # a forced cut goes to the quietest of the last 3 s

END_SILENCE_MS = {Mode.INTERACTIVE: 500, Mode.CONVERSATION: 650, Mode.DICTATION: 1000}
INITIAL_SILENCE_MS = {Mode.INTERACTIVE: 5_000, Mode.CONVERSATION: 15_000, Mode.DICTATION: 15_000}
MAX_SEGMENT_MS = 15_000
MAX_SEGMENT_RANGE_MS = (2_000, 30_000)  # what the models hear well at once
END_SILENCE_RANGE_MS = (100, 5_000)
LONG_SHARE = 0.7  # of the longest time: from here on ever shorter pauses end a segment, so that few need a forced cut
LEAST_END_SILENCE_WINDOWS = 10  # down to this (320 ms)
SEMANTIC_SHORT, SEMANTIC_LONG = 0.6, 2.0  # the end silence's factors after a whole and after a broken sentence


@dataclass(frozen=True, kw_only=True)
class SegmentRules:
    """What opens, ends and cuts segments, in windows. `None` = never."""

    end_silence: int | None = 20
    max_segment: int = 468
    initial_silence: int | None = None
    semantic: bool = False


def rules_for(options: ListenOptions) -> SegmentRules:
    """The rules that a session asked for, with its mode's defaults and within the allowed ranges."""
    end_ms = options.end_silence_ms if options.end_silence_ms is not None else END_SILENCE_MS[options.mode]
    initial_ms = options.initial_silence_ms
    if initial_ms is None:
        initial_ms = INITIAL_SILENCE_MS[options.mode]
    max_ms = options.max_segment_ms if options.max_segment_ms is not None else MAX_SEGMENT_MS
    ends = options.segmentation is not Segmentation.DISABLED
    return SegmentRules(
        end_silence=_windows(_within(end_ms, END_SILENCE_RANGE_MS)) if ends else None,
        max_segment=_windows(_within(max_ms, MAX_SEGMENT_RANGE_MS)),
        initial_silence=_windows(initial_ms) if initial_ms > 0 else None,
        semantic=options.segmentation is Segmentation.SEMANTIC,
    )


def _within(value: int, allowed: tuple[int, int]) -> int:
    return max(allowed[0], min(value, allowed[1]))


def _windows(duration_ms: int) -> int:
    return max(1, round(duration_ms / 1000 / WINDOW_S))


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A segment began: its audio starts at `start`, its speech at `onset`."""

    start: int
    onset: int


@dataclass(frozen=True, kw_only=True)
class Paused:
    """Silence for a moment. If it lasts, the segment will end at `end`, in `remaining` windows (`None`: not by silence)."""

    end: int
    remaining: int | None


@dataclass(frozen=True, kw_only=True)
class Resumed:
    """Speech goes on after a pause."""


@dataclass(frozen=True, kw_only=True)
class Closed:
    """The segment is [start, end); speech in it ended at `speech_end`."""

    start: int
    end: int
    speech_end: int


@dataclass(frozen=True, kw_only=True)
class NobodySpoke:
    """The initial silence is used up."""

    at: int


Decision = Opened | Paused | Resumed | Closed | NobodySpoke


class Segmenter:
    """Turns probabilities of speech into segments. A segment in, say, DISABLED mode may hold long silences."""

    def __init__(self, rules: SegmentRules) -> None:
        self._rules = rules
        self.pause_after = PAUSE_WINDOWS  # silence that is told as a pause; may be raised to be told of fewer
        self.position = 0  # windows seen
        self._voiced = False
        self._last_voiced = -1
        self._start: int | None = None  # of the open segment
        self._onset: int | None = None  # of speech that may become a segment
        self._onset_windows = 0
        self._free_from = 0  # where the last segment ended
        self._paused = False
        self._spoken = False  # whether initial silence is over, or was reported
        self._whole_sentence: bool | None = None
        self._quietness: deque[tuple[float, float]] = deque(maxlen=CUT_SEARCH_WINDOWS)

    @property
    def open(self) -> bool:
        """Whether a segment is open."""
        return self._start is not None

    @property
    def hushed(self) -> bool:
        """Whether a pause of the open segment seems to begin."""
        return self.open and self.position - 1 - self._last_voiced >= HUSH_WINDOWS

    @property
    def quiet_from(self) -> int:
        """Everything before this window is dealt with or will never be part of a segment."""
        if self._start is not None:
            return self._start
        until = self.position if self._onset is None else self._onset
        return max(self._free_from, until - PAD_BEFORE_WINDOWS)

    def sounds_whole(self, whole: bool) -> None:
        """What the last recognition of the paused segment read like; counts for semantic segmentation only."""
        self._whole_sentence = whole

    def push(self, probability: float, level: float = 0.0) -> list[Decision]:
        """The next window. `level` (its loudness) helps a forced cut to miss the words."""
        self._quietness.append((probability, level))
        at = self.position
        self.position += 1
        self._voiced = probability >= (VOICED_OFF if self._voiced else VOICED_ON)
        if self._voiced:
            self._last_voiced = at
        return self._while_open() if self.open else self._while_quiet(at)

    def _while_quiet(self, at: int) -> list[Decision]:
        if self._voiced:
            self._onset = at if self._onset is None else self._onset
            self._onset_windows += 1
            if self._onset_windows >= ONSET_WINDOWS:
                return self._begin()
        elif self._onset is not None and at - self._last_voiced >= ONSET_GAP_WINDOWS:
            self._forget_onset()
        limit = self._rules.initial_silence
        if limit is not None and not self._spoken and self._onset is None and self.position >= limit:
            self._spoken = True
            return [NobodySpoke(at=self.position)]
        return []

    def _begin(self) -> list[Decision]:
        assert self._onset is not None
        self._start = max(self._free_from, self._onset - PAD_BEFORE_WINDOWS)
        opened = Opened(start=self._start, onset=self._onset)
        self._forget_onset()
        self._paused = False
        self._spoken = True
        self._whole_sentence = None
        return [opened]

    def _forget_onset(self) -> None:
        self._onset = None
        self._onset_windows = 0

    def _while_open(self) -> list[Decision]:
        assert self._start is not None
        silence = self.position - 1 - self._last_voiced
        decisions: list[Decision] = []
        if self._paused and silence == 0:
            self._paused = False
            self._whole_sentence = None
            decisions.append(Resumed())
        ends_after = self._end_silence()
        if ends_after is not None and silence >= ends_after:
            return [*decisions, self._close(self._speech_end_padded())]
        if self.position - self._start >= self._rules.max_segment:
            return [*decisions, *self._cut()]
        if not self._paused and silence >= min(self.pause_after, ends_after or self.pause_after):
            self._paused = True
            remaining = None if ends_after is None else ends_after - silence
            decisions.append(Paused(end=self._speech_end_padded(), remaining=remaining))
        return decisions

    def _end_silence(self) -> int | None:
        if self._rules.end_silence is None or self._start is None:
            return None
        normal = self._impatient(self._rules.end_silence, self.position - self._start)
        if not self._rules.semantic:
            return normal
        if self._whole_sentence is None:  # not read yet: wait for the reading
            return max(normal, PAUSE_WINDOWS + 1)
        return max(PAUSE_WINDOWS, round(normal * (SEMANTIC_SHORT if self._whole_sentence else SEMANTIC_LONG)))

    def _impatient(self, normal: int, length: int) -> int:
        """The end silence of a segment that has this length already."""
        left = (1 - length / self._rules.max_segment) / (1 - LONG_SHARE)
        return normal if left >= 1 else min(normal, max(LEAST_END_SILENCE_WINDOWS, round(normal * left)))

    def _speech_end_padded(self) -> int:
        return min(self._last_voiced + 1 + PAD_AFTER_WINDOWS, self.position)

    def _close(self, end: int) -> Closed:
        assert self._start is not None
        closed = Closed(start=self._start, end=end, speech_end=min(self._last_voiced + 1, end))
        self._start = None
        self._free_from = end
        self._paused = False
        return closed

    def _cut(self) -> list[Decision]:
        """The longest time is over: end in the silence if there is one, else where it is quietest, and go on."""
        if self._paused:
            return [self._close(self._speech_end_padded())]
        end = self._quietest()
        closed = self._close(end)
        if self._last_voiced < end:
            return [closed]
        self._start = end
        return [closed, Opened(start=end, onset=end)]

    def _quietest(self) -> int:
        """The window boundary within the search range around which there is least speech; the later one of equals."""
        assert self._start is not None
        span = min(len(self._quietness), (self.position - self._start) // 2)
        recent = list(self._quietness)[-span:]
        loudest = max(level for _, level in recent) or 1.0
        scores = [probability + level / loudest for probability, level in recent]
        around = [sum(scores[max(0, at - 1) : at + 2]) / len(scores[max(0, at - 1) : at + 2]) for at in range(span)]
        best = min(range(span), key=lambda at: (around[at], -at))
        return self.position - span + best + 1

    def commit(self) -> list[Decision]:
        """End what is open here, even an onset that had not yet become a segment."""
        decisions = [] if self.open or self._onset is None else self._begin()
        if self.open:
            decisions.append(self._close(self._speech_end_padded()))
        return decisions

    def finish(self) -> list[Decision]:
        """The audio is over."""
        return self.commit()
