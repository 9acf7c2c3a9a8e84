"""Segments are ordered, disjoint, bounded, and hold every window of speech."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from auricle.recognition.options import ListenOptions, Mode, Segmentation
from auricle.recognition.segmenter import (
    ONSET_WINDOWS,
    PAD_AFTER_WINDOWS,
    PAD_BEFORE_WINDOWS,
    Closed,
    Decision,
    NobodySpoke,
    Opened,
    Paused,
    Resumed,
    Segmenter,
    SegmentRules,
    rules_for,
)

SPEECH, SILENCE = 0.95, 0.02


def run(segmenter: Segmenter, probabilities: list[float]) -> list[Decision]:
    return [decision for probability in probabilities for decision in segmenter.push(probability)]


def segments(decisions: list[Decision]) -> list[tuple[int, int]]:
    return [(decision.start, decision.end) for decision in decisions if isinstance(decision, Closed)]


def test_a_pause_ends_a_segment_and_both_ends_are_padded() -> None:
    segmenter = Segmenter(SegmentRules(end_silence=20))
    decisions = run(segmenter, [SILENCE] * 50 + [SPEECH] * 40 + [SILENCE] * 30)
    assert decisions == [
        Opened(start=50 - PAD_BEFORE_WINDOWS, onset=50),
        Paused(end=90 + PAD_AFTER_WINDOWS, remaining=13),
        Closed(start=50 - PAD_BEFORE_WINDOWS, end=90 + PAD_AFTER_WINDOWS, speech_end=90),
    ]


def test_a_short_pause_does_not_end_it() -> None:
    segmenter = Segmenter(SegmentRules(end_silence=20))
    decisions = run(segmenter, [SPEECH] * 40 + [SILENCE] * 15 + [SPEECH] * 10)
    assert [type(decision) for decision in decisions] == [Opened, Paused, Resumed]
    assert segments(segmenter.finish()) == [(0, 65)]


def test_a_click_is_no_speech() -> None:
    segmenter = Segmenter(SegmentRules())
    assert run(segmenter, ([SPEECH] * (ONSET_WINDOWS - 1) + [SILENCE] * 10) * 5) == []


def test_a_segment_that_gets_too_long_is_cut_at_the_quietest_point_and_goes_on() -> None:
    segmenter = Segmenter(SegmentRules(max_segment=200))
    levels = [0.5] * 150 + [0.01] * 3 + [0.5] * 100
    decisions = [decision for level in levels for decision in segmenter.push(SPEECH, level)]
    assert decisions[1:] == [Closed(start=0, end=152, speech_end=152), Opened(start=152, onset=152)]
    assert segments(segmenter.finish()) == [(152, 253)]


def test_a_cut_in_a_pause_ends_where_speech_did() -> None:
    segmenter = Segmenter(SegmentRules(end_silence=100, max_segment=100))
    decisions = run(segmenter, [SPEECH] * 80 + [SILENCE] * 60)
    assert segments(decisions) == [(0, 80 + PAD_AFTER_WINDOWS)]
    assert not segmenter.open


def test_a_segment_that_is_nearly_too_long_ends_at_a_shorter_pause() -> None:
    segmenter = Segmenter(SegmentRules(end_silence=20, max_segment=200))
    decisions = run(segmenter, [SPEECH] * 170 + [SILENCE] * 12 + [SPEECH] * 40)
    assert segments(decisions) == [(0, 170 + PAD_AFTER_WINDOWS)]


def test_pauses_can_be_told_later() -> None:
    segmenter = Segmenter(SegmentRules(end_silence=20))
    segmenter.pause_after = 12
    decisions = run(segmenter, [SPEECH] * 40 + [SILENCE] * 11 + [SPEECH] * 10 + [SILENCE] * 12)
    assert decisions[1:] == [Paused(end=61 + PAD_AFTER_WINDOWS, remaining=8)]


def test_without_end_silence_only_length_ends_a_segment() -> None:
    segmenter = Segmenter(rules_for(ListenOptions(segmentation=Segmentation.DISABLED, max_segment_ms=10_000)))
    decisions = run(segmenter, [SPEECH] * 20 + [SILENCE] * 200 + [SPEECH] * 20)
    assert segments(decisions) == []
    assert segments(segmenter.finish()) == [(0, 240)]


def test_initial_silence_is_reported_once() -> None:
    segmenter = Segmenter(SegmentRules(initial_silence=100))
    assert run(segmenter, [SILENCE] * 500) == [NobodySpoke(at=100)]


def test_speech_in_time_ends_the_initial_silence() -> None:
    segmenter = Segmenter(SegmentRules(initial_silence=100))
    decisions = run(segmenter, [SILENCE] * 98 + [SPEECH] * 20 + [SILENCE] * 500)
    assert NobodySpoke not in [type(decision) for decision in decisions]


def test_a_commit_ends_the_segment_here_and_takes_a_beginning_word_along() -> None:
    segmenter = Segmenter(SegmentRules())
    run(segmenter, [SPEECH] * 30)
    assert segments(segmenter.commit()) == [(0, 30)]
    run(segmenter, [SILENCE] * 20 + [SPEECH] * 2)
    assert segments(segmenter.commit()) == [(42, 52)]
    assert segmenter.commit() == []


def test_a_whole_sentence_ends_sooner_and_a_broken_one_later() -> None:
    def silence_until_closed(*, whole: bool) -> int:
        segmenter = Segmenter(SegmentRules(end_silence=20, semantic=True))
        run(segmenter, [SPEECH] * 30)
        for count in range(1, 100):
            decisions = segmenter.push(SILENCE)
            if any(isinstance(decision, Paused) for decision in decisions):
                segmenter.sounds_whole(whole)
            if segments(decisions):
                return count
        raise AssertionError("never closed")

    assert silence_until_closed(whole=True) == 12
    assert silence_until_closed(whole=False) == 40


def test_the_rules_follow_mode_and_wishes_within_the_allowed_range() -> None:
    assert rules_for(ListenOptions(mode=Mode.INTERACTIVE)).end_silence == 16
    assert rules_for(ListenOptions(mode=Mode.INTERACTIVE)).initial_silence == 156
    assert rules_for(ListenOptions(end_silence_ms=1)).end_silence == 3
    assert rules_for(ListenOptions(end_silence_ms=60_000)).end_silence == 156
    assert rules_for(ListenOptions(initial_silence_ms=0)).initial_silence is None
    assert rules_for(ListenOptions(max_segment_ms=70_000)).max_segment == 938


@st.composite
def speech_like(draw: st.DrawFn) -> list[float]:
    runs = draw(st.lists(st.tuples(st.sampled_from([0.01, 0.2, 0.4, 0.6, 0.99]), st.integers(1, 60)), max_size=40))
    shaken = random.Random(draw(st.integers(0, 2**16)))
    return [min(1.0, max(0.0, level + shaken.uniform(-0.1, 0.1))) for level, length in runs for _ in range(length)]


rules = st.builds(
    SegmentRules,
    end_silence=st.one_of(st.none(), st.integers(3, 60)),
    max_segment=st.integers(62, 200),
    initial_silence=st.one_of(st.none(), st.integers(1, 100)),
    semantic=st.booleans(),
)


@given(probabilities=speech_like(), rules=rules)
def test_segments_are_ordered_disjoint_and_bounded(probabilities: list[float], rules: SegmentRules) -> None:
    segmenter = Segmenter(rules)
    found = segments(run(segmenter, probabilities) + segmenter.finish())
    assert all(start < end for start, end in found)
    assert all(end <= later for (_, end), (later, _) in pairwise(found))
    assert all(end - start <= rules.max_segment for start, end in found)
    assert all(start >= 0 and end <= len(probabilities) for start, end in found)


@given(probabilities=speech_like(), rules=rules)
def test_every_run_of_speech_lies_within_a_segment(probabilities: list[float], rules: SegmentRules) -> None:
    segmenter = Segmenter(rules)
    found = segments(run(segmenter, probabilities) + segmenter.finish())
    covered = {window for start, end in found for window in range(start, end)}
    for at in range(len(probabilities) - ONSET_WINDOWS + 1):
        if all(probability >= 0.5 for probability in probabilities[at : at + ONSET_WINDOWS]):
            assert covered.issuperset(range(at, at + ONSET_WINDOWS))


@given(probabilities=speech_like(), rules=rules)
def test_openings_and_closings_alternate_and_nothing_needed_is_given_up(
    probabilities: list[float], rules: SegmentRules
) -> None:
    segmenter = Segmenter(rules)
    opened: Opened | None = None
    given_up = 0
    for probability in probabilities:
        for decision in segmenter.push(probability):
            if isinstance(decision, Opened):
                assert opened is None
                assert decision.start >= given_up
                opened = decision
            elif isinstance(decision, Closed):
                assert opened is not None
                assert decision.start == opened.start
                opened = None
        given_up = max(given_up, segmenter.quiet_from)
        assert segmenter.open == (opened is not None)
