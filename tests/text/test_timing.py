from __future__ import annotations

from itertools import pairwise

import pytest

from auricle.text.formatter import TextFormatter, TextOptions
from auricle.text.timing import orderly, shared_out
from auricle.text.words import Word
from tests.text.heard_words import formatted, heard


def test_a_heard_word_shares_its_time_among_the_words_it_says() -> None:
    words = formatted("$5.20").words
    assert [word.text for word in words] == ["five", "dollars", "and", "twenty", "cents"]
    assert words[0].start_s == 0.0
    assert words[-1].end_s == 0.4
    assert all(one.end_s == other.start_s for one, other in pairwise(words))
    assert words[1].end_s - words[1].start_s == pytest.approx(0.4 * 7 / 25)  # in proportion to letters
    assert {word.confidence for word in words} == {0.9}


def test_a_display_word_spans_the_lexical_words_it_stands_for() -> None:
    text = formatted("It costs twenty five dollars today.")
    timed = [(word.text, word.start_s, word.end_s) for word in text.display_words]
    assert timed == [("It", 0.0, 0.4), ("costs", 0.5, 0.9), ("$25", 1.0, 2.4), ("today.", 2.5, 2.9)]


def test_display_words_of_one_rewritten_span_share_its_time() -> None:
    *_, time_of_day, half = formatted("at six forty five p m").display_words
    assert (time_of_day.text, half.text) == ("6:45", "PM.")
    assert (time_of_day.start_s, half.end_s) == (0.5, 2.9)
    assert time_of_day.end_s == half.start_s


def test_times_that_run_backwards_are_put_in_order() -> None:
    words = [Word(text="a", start_s=1.0, end_s=2.0), Word(text="b", start_s=1.5, end_s=1.2)]
    assert [(word.start_s, word.end_s) for word in orderly(words)] == [(1.0, 2.0), (2.0, 2.0)]


def test_the_last_share_ends_exactly_where_the_span_ends() -> None:
    span = [Word(text="x", start_s=0.1, end_s=0.7)]
    assert shared_out(["a", "bb", "ccc"], span)[-1].end_s == 0.7


def test_the_lowest_confidence_of_a_span_is_that_of_its_words() -> None:
    sure, unsure = heard("twenty five")
    text = TextFormatter("en-US").format(
        [sure, Word(text=unsure.text, start_s=unsure.start_s, end_s=unsure.end_s, confidence=0.3)], TextOptions()
    )
    assert text.display_words[0].confidence == 0.3


def test_a_heard_word_with_a_space_inside_is_two_words() -> None:
    text = TextFormatter("en-US").format([Word(text="New York", start_s=0, end_s=1)], TextOptions())
    assert [word.text for word in text.display_words] == ["New", "York"]
