"""Error rates, intervals and recall."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.scoring import (
    DRAWS,
    Score,
    basic_normaliser,
    english_normaliser,
    interval,
    occurrences,
    percentile,
    rate,
    recall,
    resampled,
    score_characters,
    score_words,
)


def plain(text: str) -> str:
    return text.lower()


def scores(*pairs: tuple[int, int]) -> list[Score]:
    return [Score(errors=errors, units=units, group=str(n)) for n, (errors, units) in enumerate(pairs)]


def test_substitutions_deletions_and_insertions_count_one_each() -> None:
    score = score_words("a b c d", "a x c e f", plain, "clip")
    assert (score.errors, score.units) == (3, 4)


def test_whatever_is_heard_in_silence_is_an_error() -> None:
    assert score_words("", "thank you", plain, "clip").errors == 2
    assert score_characters("", "ab", plain, "clip").errors == 2


def test_nothing_heard_is_every_word_missed() -> None:
    assert score_words("one two", "", plain, "clip").errors == 2


def test_characters_are_counted_without_spaces() -> None:
    score = score_characters("客観 的", "客観的だ", basic_normaliser(), "clip")
    assert (score.errors, score.units) == (1, 3)


def test_numbers_are_the_same_in_digits_and_in_words() -> None:
    assert score_words("a twelve ounce latte", "A 12-ounce latte.", english_normaliser(), "clip").errors == 0


def test_a_rate_weighs_clips_by_their_words() -> None:
    assert rate(scores((1, 10), (0, 90))) == pytest.approx(1.0)


def test_the_interval_contains_the_rate_and_is_the_same_every_time() -> None:
    clips = scores(*((n % 3, 10) for n in range(60)))
    low, high = interval(resampled(clips, "set"))
    assert low < rate(clips) < high
    assert (low, high) == interval(resampled(clips, "set"))


def test_clips_of_one_speaker_are_drawn_together() -> None:
    clips = [Score(errors=n % 2, units=1, group="one speaker") for n in range(10)]
    assert np.all(resampled(clips, "set") == 50.0)


def test_two_engines_are_compared_on_the_same_draws() -> None:
    worse = scores(*((n % 4 + 1, 10) for n in range(20)))
    better = scores(*((n % 4, 10) for n in range(20)))
    difference = resampled(worse, "set") - resampled(better, "set")
    assert difference == pytest.approx(np.full(DRAWS, 10.0))


def test_recall_counts_every_saying_of_a_term() -> None:
    pairs = [("a mocha and a mocha", "a mocha and a mocker"), ("iced mocha", "iced mocha")]
    found = recall(pairs, ["mocha", "iced mocha", "latte"], plain)
    assert (found.said, found.recognised) == (4, 3)
    assert found.share == pytest.approx(0.75)


def test_hearing_a_term_more_often_than_it_was_said_adds_nothing() -> None:
    assert recall([("mocha", "mocha mocha")], ["mocha"], plain).recognised == 1


def test_a_term_listed_twice_counts_once() -> None:
    assert recall([("mocha", "mocha")], ["mocha", "Mocha"], plain).said == 1


def test_words_must_stand_side_by_side() -> None:
    assert occurrences(("double", "shot"), ["double", "the", "shot", "double", "shot"]) == 1


@given(st.lists(st.floats(0, 10), min_size=1, max_size=50))
def test_percentiles_lie_within_the_values_and_do_not_fall(values: list[float]) -> None:
    found = [percentile(values, percent) for percent in (0, 50, 95, 100)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (min(values), max(values))


def test_no_values_have_no_percentile() -> None:
    assert math.isnan(percentile([], 95))
