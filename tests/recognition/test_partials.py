"""What is shown stays, unless two passes in a row deny it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auricle.recognition.partials import StablePartials


def shown(passes: list[str], threshold: int = 1, *, speaking: bool = True) -> list[str]:
    partials = StablePartials(threshold)
    display = []
    for read in passes:
        partials.push(read.split(), speaking=speaking)
        display.append(" ".join(partials.shown))
    return display


def test_the_last_word_waits_unless_it_is_the_first() -> None:
    assert shown(["the", "the quick", "the quick brown"]) == ["the", "the", "the quick"]


def test_in_a_pause_the_last_word_is_shown() -> None:
    assert shown(["the quick"], speaking=False) == ["the quick"]


def test_a_threshold_asks_for_agreement() -> None:
    assert shown(["a b c", "a b d", "a b d e"], 2) == ["", "a b", "a b d"]


def test_one_denial_changes_nothing_and_two_do() -> None:
    assert shown(["a cat sat down", "a hat sat down", "a cat sat down"]) == ["a cat sat"] * 3
    assert shown(["a cat sat down", "a hat sat down", "a hat sat down now"])[-1] == "a hat sat down"


def test_a_pass_that_stops_early_hides_nothing() -> None:
    assert shown(["a cat sat down", "a", "a cat sat down there"])[-1] == "a cat sat down"


def test_capitals_and_punctuation_are_no_change() -> None:
    assert shown(["Hello, world is", "hello world is big"]) == ["Hello, world", "Hello, world is"]


words = st.lists(st.sampled_from("abc"), max_size=6)


@given(st.lists(words, max_size=20), st.integers(1, 4))
def test_a_shown_prefix_goes_only_after_two_denials(passes: list[list[str]], threshold: int) -> None:
    partials = StablePartials(threshold)
    denials = 0
    for read in passes:
        before = partials.shown
        denials = 0 if tuple(read[: len(before)]) == before else denials + 1
        changed = partials.push(read)
        assert changed == (partials.shown != before) or denials >= 2
        if partials.shown[: len(before)] != before:
            assert denials >= 2
            denials = 0


@given(st.lists(words, min_size=1, max_size=20))
def test_a_reading_that_is_repeated_is_shown_in_the_end(passes: list[list[str]]) -> None:
    partials = StablePartials()
    for read in [*passes, passes[-1], passes[-1], passes[-1]]:
        partials.push(read, speaking=False)
    assert partials.shown == tuple(passes[-1])
