"""What a person sees while speaking: early, before the phrase, and without words that flicker."""

from __future__ import annotations

from itertools import groupby, pairwise

import pytest

from .python_client import AT_SPEAKING_PACE, TICKS_PER_S, PythonClient, Recognition
from .recordings import Recordings, joined
from .scoring import words

SOON_S = 2.0  # of audio between a phrase's onset and the end of what its first partial heard
MOST_REVISED = 0.15  # of the words shown


@pytest.fixture(scope="module")
def spoken(python: PythonClient, recordings: Recordings) -> Recognition:
    """Somebody speaks, no faster than people do."""
    names = ("sense_and_sensibility_01_austen_64kb-0890", "sense_and_sensibility_01_austen_64kb-0920")
    read = [recordings.samples("librivox_sense_sensibility_en", name) for name in names]
    return python.hear(joined(*read), config=python.config(AT_SPEAKING_PACE))


def phrases_with_partials(heard: Recognition) -> list[tuple[list[str], str]]:
    """The partials that came before each final, and its text."""
    partials, finals = iter(heard.partials), iter(heard.finals)
    shown: list[tuple[list[str], str]] = []
    for kind, group in groupby(heard.order):
        count = len(list(group))
        if kind == "partial":
            shown.append(([next(partials).text for _ in range(count)], ""))
        else:
            texts = [next(finals).text for _ in range(count)]
            shown[-1] = (shown[-1][0], texts[0])
    return shown


def test_every_phrase_is_shown_while_it_is_spoken(spoken: Recognition) -> None:
    shown = phrases_with_partials(spoken)

    assert spoken.order[-1] == "final"
    assert len(shown) == len(spoken.texts) >= 2
    assert all(len(partials) >= 3 for partials, _ in shown)


def test_partials_grow_towards_the_final_text(spoken: Recognition) -> None:
    for partials, final in phrases_with_partials(spoken):
        assert len(partials[0].split()) < len(partials[-1].split())
        assert words(final).startswith(" ".join(words(partials[-1]).split()[:3]))


def test_words_once_shown_hardly_ever_change(spoken: Recognition) -> None:
    shown = revised = 0
    for partials, _ in phrases_with_partials(spoken):
        for before, after in pairwise(text.split() for text in partials):
            shown += len(before)
            revised += sum(a != b for a, b in zip(before, after, strict=False)) + max(0, len(before) - len(after))

    assert revised <= MOST_REVISED * shown


def test_the_first_partial_comes_soon_after_the_first_word(spoken: Recognition) -> None:
    kinds = list(groupby(spoken.order))
    first = spoken.partials[0]

    assert kinds[0][0] == "partial"
    assert first.duration <= SOON_S * TICKS_PER_S
    assert abs(first.offset - spoken.finals[0].offset) <= 0.5 * TICKS_PER_S


def test_a_client_that_wants_stable_words_gets_fewer_changes(python: PythonClient, recordings: Recordings) -> None:
    stable = python.config(AT_SPEAKING_PACE)
    name = python.sdk.PropertyId.SpeechServiceResponse_StablePartialResultThreshold
    stable.set_property(name, "5")

    heard = python.hear(recordings.samples("general_read_en", "arctic_b0206"), config=stable)

    for before, after in pairwise(partial.text.split() for partial in heard.partials):
        assert after[: len(before)] == before
    assert words(heard.text) == words(recordings.said("general_read_en", "arctic_b0206"))
