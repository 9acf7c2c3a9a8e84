"""How busy the computing pool is, and what follows: how often partials are due, and whether one more session fits.

Pure: every method is told the time. A worker-second is one worker computing for one second of wall time.
"""

from __future__ import annotations

import math
from enum import Enum

FULL = 0.85  # the share of the workers that may be busy
COMFORTABLE = 0.7  # the share up to which new sessions are admitted, so that finals need not queue
SHORTEST_INTERVAL_S = 0.3  # between two partial passes over a session
LONGEST_INTERVAL_S = 1.0
MEMORY_S = 5.0  # time constant of the measured rates
PRIOR_COST = 0.1  # worker-seconds a second of speech is taken to cost before anything was measured
PRIOR_SPEECH_S = 20.0  # how much measured speech outweighs that guess
PRIOR_ACTIVITY = 0.7  # the share of a live session in which somebody speaks
LEAST_ACTIVITY = 0.5
EVIDENCE_S = 600.0  # speech after which old measurements fade
NOTHING = 1e-3
LEAST_KNOWN_S = 1.0  # a rate is not told from less than this
LIVE_RATE = 0.001  # worker-seconds a second of live work that reserve a worker for more of it
LATE_S = 0.5  # finals that wait longer than this on average mean that the machine is full


class Use(Enum):
    """What a pass is for: the order in which work matters to people."""

    LIVE_FINAL = "live_final"
    LIVE_PARTIAL = "live_partial"
    BATCH = "batch"  # audio that arrives faster than anybody speaks


class FadingSum:
    """A sum whose parts fade with age."""

    def __init__(self, memory_s: float = MEMORY_S) -> None:
        self._memory_s = memory_s
        self._sum = 0.0
        self._at = 0.0
        self._since = 0.0  # when adding began, after nothing was left

    def add(self, now: float, amount: float) -> None:
        """Add an amount that belongs to this moment."""
        if self.value(now) < NOTHING:
            self._since = now
        self._sum = self.value(now) + amount
        self._at = max(self._at, now)

    def value(self, now: float) -> float:
        """What is left of everything added."""
        return self._sum * math.exp(-max(0.0, now - self._at) / self._memory_s)

    def rate(self, now: float) -> float:
        """The amount per second over the last few seconds, or since adding began."""
        known_s = max(LEAST_KNOWN_S, now - self._since)
        return self.value(now) / (self._memory_s * (1 - math.exp(-known_s / self._memory_s)))


class Load:
    """Measures the pool and judges it."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._busy = {use: FadingSum() for use in Use}
        self._partials_at_1_s = FadingSum()  # worker-seconds that partials would take at one a second and session
        self._final_waits = FadingSum()
        self._final_count = FadingSum()
        self._cost_s = 0.0  # worker-seconds spent on live speech, partials counted at the slowest cadence
        self._speech_s = 0.0
        self._audio_s = 0.0

    def computed(self, now: float, use: Use, worker_s: float, spacing_s: float | None = None) -> None:
        """A pass took this share of one worker's time; `spacing_s` since the pass before it over the same segment."""
        interval_s = spacing_s if spacing_s is not None else self.partial_interval_s(now)
        self._busy[use].add(now, worker_s)
        if use is Use.LIVE_PARTIAL:
            self._partials_at_1_s.add(now, worker_s * interval_s)
            self._cost_s += worker_s * min(1.0, interval_s / LONGEST_INTERVAL_S)
        elif use is Use.LIVE_FINAL:
            self._cost_s += worker_s

    def heard(self, audio_s: float, speech_s: float) -> None:
        """A live session brought this much audio, of which this much was speech."""
        self._audio_s += audio_s
        self._speech_s += speech_s
        if self._speech_s > EVIDENCE_S:
            self._cost_s, self._speech_s, self._audio_s = self._cost_s / 2, self._speech_s / 2, self._audio_s / 2

    def final_waited(self, now: float, wait_s: float) -> None:
        """A live final waited this long beyond its due time for a worker."""
        self._final_waits.add(now, max(0.0, wait_s))
        self._final_count.add(now, 1.0)

    def utilisation(self, now: float) -> float:
        """The share of the workers that was busy over the last seconds, 0..1 or a little more."""
        return sum(busy.rate(now) for busy in self._busy.values()) / self.workers

    def live(self, now: float) -> bool:
        """Whether live sessions had work done lately."""
        return self._busy[Use.LIVE_FINAL].rate(now) + self._busy[Use.LIVE_PARTIAL].rate(now) > LIVE_RATE

    def partial_interval_s(self, now: float) -> float:
        """How far apart one session's partial passes should be for the workers to stay below `FULL`."""
        left = FULL * self.workers - self._busy[Use.LIVE_FINAL].rate(now)
        wanted = self._partials_at_1_s.rate(now) / max(left, 0.05 * self.workers)
        return min(LONGEST_INTERVAL_S, max(SHORTEST_INTERVAL_S, wanted))

    @property
    def session_cost(self) -> float:
        """Worker-seconds that a live session is expected to take a second, at the slowest cadence."""
        cost = (PRIOR_COST * PRIOR_SPEECH_S + self._cost_s) / (PRIOR_SPEECH_S + self._speech_s)
        activity = (PRIOR_ACTIVITY * PRIOR_SPEECH_S + self._speech_s) / (PRIOR_SPEECH_S + self._audio_s)
        return cost * min(1.0, max(LEAST_ACTIVITY, activity))

    def late(self, now: float) -> bool:
        """Whether live finals have been waiting for workers."""
        count = self._final_count.value(now)
        return count > 0.5 and self._final_waits.value(now) / count > LATE_S

    def has_room(self, now: float, sessions: int) -> bool:
        """Whether one session more than these can be heard without lowering the others' quality."""
        if sessions == 0:
            return True
        lately = self._partials_at_1_s.rate(now) + self._busy[Use.LIVE_FINAL].rate(now)
        before = max(self.session_cost * sessions, lately)  # the past knows pauses, the present how long segments grow
        return not self.late(now) and before + self.session_cost <= COMFORTABLE * self.workers
