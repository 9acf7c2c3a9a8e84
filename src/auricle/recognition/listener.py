"""One listening session: samples in, events out.

Audio goes to the voice activity model together with that of all other sessions; the segmenter turns its answers into
segments; each segment gets passes from the scheduler, partial ones while somebody speaks and a final one when they
pause. If the pause lasts, the result is already there when the segment closes; if speech goes on, it was a partial.
Everything here happens on the event loop except the passes themselves.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import numpy as np

from auricle.audio.samples import SAMPLE_RATE_HZ, Samples
from auricle.clock import Clock
from auricle.engine.recogniser import Draft, Utterance
from auricle.observe import Metrics, log
from auricle.recognition.agenda import Work
from auricle.recognition.events import (
    Event,
    Final,
    Finished,
    Heard,
    Outcome,
    Partial,
    SpeechEnded,
    SpeechStarted,
)
from auricle.recognition.history import AudioHistory
from auricle.recognition.load import Use
from auricle.recognition.locales import language_of
from auricle.recognition.options import ListenOptions, Mode
from auricle.recognition.reading import Reader, Reading
from auricle.recognition.registry import Lease
from auricle.recognition.scheduler import Scheduler
from auricle.recognition.segmenter import (
    PAUSE_WINDOWS,
    Closed,
    Decision,
    NobodySpoke,
    Opened,
    Paused,
    Segmenter,
    rules_for,
)
from auricle.recognition.voice_activity import WINDOW_S, WINDOW_SAMPLES, Floats, VoiceActivity
from auricle.text.formatter import TextFormatter

BEHIND_SAMPLES = 10 * SAMPLE_RATE_HZ  # audio that may wait for the voice activity model before `feed` waits
SEGMENTS_IN_FLIGHT = 4  # closed segments that may wait for their results before hearing pauses
FIRST_PASS_SAMPLES = 5_120  # 0.32 s of speech are worth a first look
NEW_AUDIO_SAMPLES = 4_800  # 0.3 s of new audio are worth another
SOON_SAMPLES = 2_560  # 0.16 s are enough while nothing is shown yet and the segment is short: somebody waits
SHORT_SAMPLES = 32_000  # 2 s
FIRST_SLACK_S = 0.4  # a first partial is awaited more keenly than later ones
MOST_ALTERNATIVES = 5
PHRASE_BEAMS = 5  # phrases on their way and what was said for certain both need room
HEARD_EVERY_S = 5.0
BABBLE_S = 10.0  # so much noise without a single word so far is babble
AHEAD_S = 2.0  # audio further ahead of the time passed is a file being uploaded, not somebody speaking
CALM = 0.5  # utilisation up to which a final pass that speech makes useless costs nobody anything
MOST_PATIENCE_WINDOWS = 15  # 0.48 s
FAST_INTERVAL_S = 0.5  # between partials of such audio


@dataclass(frozen=True, kw_only=True)
class Beams:
    """Beam widths by use."""

    partial: int = 1
    final: int = 3
    batch: int = 5


class _Segment:
    """A stretch of speech and where its recognition stands. Positions in samples from the stream's start."""

    def __init__(self, *, start: int, onset: int, reader: Reader) -> None:
        self.start = start
        self.onset = onset
        self.reader = reader
        self.draft = Draft()
        self.end: int | None = None  # set when the segment closes
        self.speech_end = onset
        self.pause_end: int | None = None  # where it will end if the present pause lasts
        self.pause_slack_s = 0.0  # how long that pause has to last
        self.work: Work[Reading] | None = None  # one pass at a time
        self.final_end: int | None = None  # what `work` covers if it is a final pass
        self.reading: Reading | None = None  # of the last final pass
        self.failed_end: int | None = None  # what a final pass failed on
        self.passed_end = 0  # the audio that passes have covered
        self.passed_at = 0.0  # when the last pass was asked for
        self.partial: Partial | None = None  # the newest one
        self.partial_arrived_at = 0.0
        self.closed_at = 0.0
        self.tokens: list[str] = []
        self.final: Final | None = None


class Listener:
    """Hears one stream. Made by `Hearing.listen`."""

    def __init__(
        self,
        *,
        options: ListenOptions,
        lease: Lease,
        scheduler: Scheduler,
        activity: VoiceActivity,
        formatter: TextFormatter,
        beams: Beams,
        metrics: Metrics,
        clock: Clock,
        on_over: Callable[[Listener], None],
    ) -> None:
        self.options = options
        self._lease = lease
        self._scheduler = scheduler
        self._formatter = formatter
        self._beams = beams
        self._metrics = metrics
        self._clock = clock
        self._on_over = on_over
        self._language = language_of(options.locale)
        self._stream = activity.open(self._on_heard, self._on_voice_failed)
        self._segmenter = Segmenter(rules_for(options))
        self._patience = (
            PAUSE_WINDOWS  # the silence after which this speaker is likely to be done, when computing is scarce
        )
        self._history = AudioHistory()
        self._segments: deque[_Segment] = deque()  # closed ones that wait for their result, then perhaps the open one
        self._commits: deque[tuple[int, str]] = deque()  # (window, token)
        self._tokens: list[str] = []  # of the commit being applied
        self._outbox: deque[Event] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._passes = 0  # submitted and not yet landed or withdrawn
        self._fed = 0
        self._first_fed_at: float | None = None
        self._last_fed_at = 0.0
        self._windows_expected: int | None = None  # set by finish()
        self._flushed = False
        self._answered = False  # whether a Final was given
        self._words_heard = False
        self._speech_end_s: float | None = None
        self._dealt_with_s = 0.0
        self._over = False

    # Audio in

    async def feed(self, samples: Samples) -> None:
        """Take more samples; waits while much of what came before has not been heard."""
        if self._over or self._windows_expected is not None or not len(samples):
            return
        self._last_fed_at = self._clock.monotonic()
        if self._first_fed_at is None:
            self._first_fed_at = self._last_fed_at
        self._fed += len(samples)
        self._history.append(samples)
        self._stream.add(samples)
        while self._stream.waiting_samples > BEHIND_SAMPLES and not self._over:
            self._room.clear()
            await self._room.wait()

    def commit(self, token: str) -> None:
        """End the segment here and answer the token in its Final."""
        if self._over:
            return
        self._commits.append((self._fed // WINDOW_SAMPLES, token))
        self._apply_commits()

    def finish(self) -> None:
        """No more audio will come."""
        if self._over or self._windows_expected is not None:
            return
        self._windows_expected = -(-self._fed // WINDOW_SAMPLES)
        rest = -self._fed % WINDOW_SAMPLES
        if rest:
            self._stream.add(np.zeros(rest, dtype=np.float32))
        self._flush_at_end()

    # Events out

    async def events(self) -> AsyncIterator[Event]:
        """What is heard, in order; ends after Finished, or when the listener is closed."""
        while True:
            while self._outbox:
                event = self._outbox.popleft()
                yield event
                if isinstance(event, Finished):
                    return
            if self._over:
                return
            self._news.clear()
            await self._news.wait()

    async def close(self) -> None:
        """Abandon the session; may be called again."""
        self._end()

    def _emit(self, event: Event) -> None:
        last = self._outbox[-1] if self._outbox else None
        if isinstance(event, Partial) and isinstance(last, Partial) and last.offset_s == event.offset_s:
            self._outbox.pop()  # nobody has read it yet: the newer one says it all
        self._outbox.append(event)
        self._news.set()

    # From voice activity to segments

    def _on_heard(self, probabilities: Floats, levels: Floats) -> None:
        calm = self._scheduler.load.utilisation(self._clock.monotonic()) < CALM
        self._segmenter.pause_after = PAUSE_WINDOWS if calm else self._patience
        for probability, level in zip(probabilities.tolist(), levels.tolist(), strict=True):
            self._apply_commits()
            self._decide(self._segmenter.push(probability, level))
            if self._over:
                return
        self._account(len(probabilities))
        self._apply_commits()
        self._flush_at_end()
        if self._over:
            return
        if self._segments:
            self._go_on(self._segments[-1])
        self._tell_silence()
        self._forget()
        if self._stream.waiting_samples <= BEHIND_SAMPLES:
            self._room.set()

    def _account(self, windows: int) -> None:
        audio_s = windows * WINDOW_S
        self._metrics.audio_seconds.inc(audio_s)
        if not self._fast:
            self._scheduler.load.heard(audio_s, audio_s if self._segmenter.open else 0.0)

    @property
    def _fast(self) -> bool:
        """Whether audio comes faster than anybody speaks."""
        if self._first_fed_at is None:
            return False
        return self._fed / SAMPLE_RATE_HZ > self._last_fed_at - self._first_fed_at + AHEAD_S

    def _decide(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            match decision:
                case Opened():
                    self._open(decision)
                case Closed():
                    self._close_segment(decision)
                case Paused():
                    self._pause(decision)
                case NobodySpoke():
                    self._answer(Final(outcome=Outcome.INITIAL_SILENCE, offset_s=decision.at * WINDOW_S, duration_s=0))
                case _:
                    self._resume()

    def _open(self, opened: Opened) -> None:
        reader = Reader(formatter=self._formatter, text=self.options.text, threshold=self.options.stable_threshold or 1)
        start, onset = opened.start * WINDOW_SAMPLES, opened.onset * WINDOW_SAMPLES
        self._segments.append(_Segment(start=start, onset=onset, reader=reader))
        if self._speech_end_s is None:
            self._speech_end_s = onset / SAMPLE_RATE_HZ
            self._emit(SpeechStarted(offset_s=onset / SAMPLE_RATE_HZ))

    def _pause(self, paused: Paused) -> None:
        segment = self._segments[-1]
        if paused.remaining is not None:
            segment.pause_end = paused.end * WINDOW_SAMPLES
            segment.pause_slack_s = paused.remaining * WINDOW_S
            self._withdraw(segment)
            self._go_on(segment)

    def _resume(self) -> None:
        segment = self._segments[-1]
        if segment.final_end is not None:
            self._withdraw(segment)
        if segment.final_end is not None or (segment.reading and segment.reading.end == segment.pause_end):
            self._patience = min(MOST_PATIENCE_WINDOWS, self._patience + 2)  # that pass was for nothing
        segment.pause_end = None

    def _close_segment(self, closed: Closed) -> None:
        segment = self._segments[-1]
        self._patience = max(PAUSE_WINDOWS, self._patience - 1)
        segment.end = min(closed.end * WINDOW_SAMPLES, self._fed)
        segment.speech_end = max(segment.onset, min(closed.speech_end * WINDOW_SAMPLES, self._fed))
        segment.closed_at = self._last_fed_at
        segment.tokens, self._tokens = self._tokens, []
        self._speech_end_s = segment.speech_end / SAMPLE_RATE_HZ
        if segment.final_end != segment.end:
            self._withdraw(segment)
        waiting = sum(1 for other in self._segments if other.end is not None)
        self._stream.hold(waiting >= SEGMENTS_IN_FLIGHT)
        self._go_on(segment)

    def _apply_commits(self) -> None:
        while self._commits and self._commits[0][0] <= self._segmenter.position and not self._over:
            _, token = self._commits.popleft()
            self._tokens.append(token)
            self._decide(self._segmenter.commit())
            if not self._tokens:
                continue
            self._tokens.clear()
            if self._segments:
                self._segments[-1].tokens.append(token)
            else:
                at_s = self._segmenter.position * WINDOW_S
                self._answer(Final(outcome=Outcome.NO_MATCH, offset_s=at_s, duration_s=0, commit_tokens=(token,)))

    def _flush_at_end(self) -> None:
        expected = self._windows_expected
        if expected is not None and not self._flushed and self._segmenter.position >= expected:
            self._flushed = True
            self._decide(self._segmenter.finish())
            self._conclude_if_done()

    def _tell_silence(self) -> None:
        until_s = self._segmenter.quiet_from * WINDOW_S
        if not self._segments and until_s - self._dealt_with_s >= HEARD_EVERY_S:
            self._dealt_with_s = until_s
            self._emit(Heard(offset_s=until_s))

    def _forget(self) -> None:
        needed = self._segments[0].start if self._segments else self._segmenter.quiet_from * WINDOW_SAMPLES
        self._history.forget(needed)

    # Passes

    def _go_on(self, segment: _Segment) -> None:
        """Ask for the pass that this segment needs next, if any."""
        if segment.work is not None or segment.final is not None or self._over:
            return
        if segment.end is not None:
            self._settle(segment, segment.end)
        elif segment.pause_end is not None:
            fresh = segment.reading is None or segment.reading.end != segment.pause_end
            if fresh and segment.failed_end != segment.pause_end:
                self._ask_final(segment, segment.pause_end, segment.pause_slack_s)
        elif self._partial_due(segment):
            self._ask_partial(segment)

    def _settle(self, segment: _Segment, end: int) -> None:
        if segment.reading is not None and segment.reading.end == end:
            self._finalise(segment, segment.reading)
        else:
            self._ask_final(segment, end, None)

    def _partial_due(self, segment: _Segment) -> bool:
        if not self.options.partials or self._segmenter.hushed:  # a pass begun now would delay the pause's final
            return False
        heard = self._segmenter.position * WINDOW_SAMPLES
        if not segment.passed_end:
            return heard - segment.onset >= FIRST_PASS_SAMPLES
        if segment.partial is None and not self._fast and heard - segment.onset < SHORT_SAMPLES:
            return heard - segment.passed_end >= SOON_SAMPLES
        now = self._clock.monotonic()
        interval_s = self._scheduler.load.partial_interval_s(now)
        if self._fast:
            interval_s = max(interval_s, FAST_INTERVAL_S)
        return heard - segment.passed_end >= NEW_AUDIO_SAMPLES and now - segment.passed_at >= interval_s

    def _ask_partial(self, segment: _Segment) -> None:
        def prepare() -> Utterance:
            end = min(self._segmenter.position * WINDOW_SAMPLES, self._fed)
            segment.passed_end = end
            segment.partial_arrived_at = self._last_fed_at
            return Utterance(
                samples=self._history.slice(segment.start, end),
                language=self._language,
                beam=self._beams.partial,
                phrases=self.options.phrases,
                draft=segment.draft,
            )

        first = segment.partial is None
        self._submit(
            segment,
            Work(
                owner=self,
                use=Use.BATCH if self._fast else Use.LIVE_PARTIAL,
                recogniser=self._lease.recogniser,
                prepare=prepare,
                interpret=lambda utterance, heard: segment.reader.read_partial(segment.start, utterance, heard),
                landed=lambda work: self._landed(segment, work),
                slack_s=FIRST_SLACK_S if first and not self._fast else None,
                spacing_s=None if first else self._clock.monotonic() - segment.passed_at,
            ),
        )

    def _ask_final(self, segment: _Segment, end: int, slack_s: float | None) -> None:
        segment.final_end = end
        fast = self._fast

        def prepare() -> Utterance:
            segment.passed_end = end
            segment.partial_arrived_at = self._last_fed_at
            nbest = max(1, min(self.options.nbest, MOST_ALTERNATIVES))
            least_beams = max(nbest, PHRASE_BEAMS if self.options.phrases else 1)
            return Utterance(
                samples=self._history.slice(segment.start, end),
                language=self._language,
                beam=max(least_beams, self._beams.batch if fast else self._beams.final),
                nbest=nbest,
                word_times=self.options.word_times,
                phrases=self.options.phrases,
                draft=segment.draft,
            )

        self._submit(
            segment,
            Work(
                owner=self,
                use=Use.BATCH if fast else Use.LIVE_FINAL,
                recogniser=self._lease.recogniser,
                prepare=prepare,
                interpret=lambda utterance, heard: segment.reader.read_final(segment.start, utterance, heard),
                landed=lambda work: self._landed(segment, work),
                slack_s=None if fast else slack_s,
            ),
        )

    def _submit(self, segment: _Segment, work: Work[Reading]) -> None:
        segment.work = work
        segment.passed_at = self._clock.monotonic()
        self._passes += 1
        self._scheduler.submit(work)

    def _withdraw(self, segment: _Segment) -> None:
        """Take back a pass that is no longer wanted, unless it has begun."""
        if segment.work is not None and self._scheduler.withdraw(segment.work):
            segment.work = segment.final_end = None
            self._passes -= 1

    def _landed(self, segment: _Segment, work: Work[Reading]) -> None:
        self._passes -= 1
        if self._over:
            self._let_go()
            return
        end, segment.work, segment.final_end = segment.final_end, None, None
        if work.error is not None:
            self._pass_failed(segment, end, work.error)
        elif work.result is not None:
            self._pass_done(segment, end, work.result)
        self._go_on(segment)

    def _pass_failed(self, segment: _Segment, end: int | None, error: Exception) -> None:
        log.error("recognition_pass_failed", final=end is not None, error=type(error).__name__, exc_info=error)
        if end is None:
            return
        segment.failed_end = end
        if segment.end == end:
            self._close_with(segment, Outcome.FAILED, error=str(error) or type(error).__name__)

    def _pass_done(self, segment: _Segment, end: int | None, reading: Reading) -> None:
        self._words_heard = self._words_heard or reading.any_words
        if end is not None:
            segment.reading = reading
            if segment.end is None and end == segment.pause_end:
                self._segmenter.sounds_whole(reading.whole_sentence)
        before = segment.partial.text if segment.partial is not None else ""
        settled = segment.end is not None and segment.end == end
        if self.options.partials and reading.partial != before and not settled:
            duration_s = (reading.end - segment.onset) / SAMPLE_RATE_HZ
            segment.partial = Partial(
                offset_s=segment.onset / SAMPLE_RATE_HZ, duration_s=max(0.0, duration_s), text=reading.partial
            )
            if segment is self._segments[0]:
                self._show(segment, segment.partial)

    def _show(self, segment: _Segment, partial: Partial) -> None:
        self._metrics.partials.inc()
        if not self._fast:
            latency_s = self._clock.monotonic() - segment.partial_arrived_at
            self._metrics.partial_latency_seconds.observe(latency_s)
        self._emit(partial)

    # Results

    def _finalise(self, segment: _Segment, reading: Reading) -> None:
        if reading.alternatives:
            self._close_with(segment, Outcome.SUCCESS, reading)
        elif not self._words_heard and (segment.speech_end - segment.onset) / SAMPLE_RATE_HZ >= BABBLE_S:
            self._close_with(segment, Outcome.BABBLE)
        else:
            self._close_with(segment, Outcome.NO_MATCH)

    def _close_with(
        self, segment: _Segment, outcome: Outcome, reading: Reading | None = None, *, error: str = ""
    ) -> None:
        alternatives = reading.alternatives if reading is not None else ()
        words = [word for alternative in alternatives for word in alternative.text.words]
        # A word's soft beginning and end lie beyond where the voice was noticed; no word lies outside its phrase.
        start_s = min([segment.onset / SAMPLE_RATE_HZ, *(word.start_s for word in words)])
        end_s = max([segment.speech_end / SAMPLE_RATE_HZ, *(word.end_s for word in words)])
        segment.final = Final(
            outcome=outcome,
            offset_s=start_s,
            duration_s=end_s - start_s,
            alternatives=alternatives,
            error=error,
        )
        if not self._fast:
            self._metrics.final_latency_seconds.observe(self._clock.monotonic() - segment.closed_at)
        self._answer_in_order()

    def _answer_in_order(self) -> None:
        while self._segments and self._segments[0].final is not None and not self._over:
            done = self._segments.popleft()
            assert done.final is not None
            self._answer(replace(done.final, commit_tokens=tuple(done.tokens)))
            following = self._segments[0] if self._segments else None
            if following is not None and following.partial is not None and following.final is None:
                self._show(following, following.partial)
        if not self._over:
            self._stream.hold(False)
            self._conclude_if_done()

    def _answer(self, final: Final) -> None:
        self._answered = True
        self._metrics.phrases.labels(final.outcome.value).inc()
        self._dealt_with_s = max(self._dealt_with_s, final.offset_s + final.duration_s)
        self._emit(final)
        if self.options.mode is Mode.INTERACTIVE:
            self._conclude()

    def _conclude_if_done(self) -> None:
        if not self._flushed or self._segments or self._over:
            return
        if self.options.mode is Mode.INTERACTIVE and not self._answered:
            at_s = self._fed / SAMPLE_RATE_HZ
            self._answer(Final(outcome=Outcome.INITIAL_SILENCE, offset_s=at_s, duration_s=0))
        else:
            self._conclude()

    def _conclude(self) -> None:
        if self._speech_end_s is not None:
            self._emit(SpeechEnded(offset_s=self._speech_end_s))
        self._emit(Finished(duration_s=self._fed / SAMPLE_RATE_HZ))
        self._end()

    def _on_voice_failed(self, failure: Exception) -> None:
        """Nothing can be heard any more: say so and end."""
        if not self._over:
            offset_s = self._dealt_with_s
            self._emit(
                Final(
                    outcome=Outcome.FAILED,
                    offset_s=offset_s,
                    duration_s=max(0.0, self._fed / SAMPLE_RATE_HZ - offset_s),
                    error=str(failure) or type(failure).__name__,
                )
            )
            self._conclude()

    def _end(self) -> None:
        """Give everything back; passes that have begun give back the model when they land."""
        if self._over:
            return
        self._over = True
        self._stream.close()
        for segment in self._segments:
            self._withdraw(segment)
        self._segments.clear()
        self._commits.clear()
        self._history = AudioHistory()
        self._news.set()
        self._room.set()
        self._let_go()
        self._on_over(self)

    def _let_go(self) -> None:
        if self._passes == 0:
            self._lease.release()
