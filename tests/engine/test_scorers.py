from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.engine.recogniser import Phrase
from auricle.engine.scorers import PhraseScorer

from .invented_model import PieceVocabulary

VOCABULARY = PieceVocabulary()
WORDS = ("ant", "ants", "bee", "cat", "dog", "elk", "fox")
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8)


def scorer(*phrases: str | tuple[str, float], boost: float = 1.0) -> PhraseScorer:
    weighed = [(phrase, 1.0) if isinstance(phrase, str) else phrase for phrase in phrases]
    return PhraseScorer([Phrase(text=text, weight=weight) for text, weight in weighed], VOCABULARY, boost=boost)


def bonuses(judge: PhraseScorer, text: str) -> list[float]:
    """What each token of a text adds, and its end."""
    state, added = judge.start(), []
    for token in VOCABULARY.encode(text):
        state, bonus = judge.advance(state, token)
        added.append(bonus)
    return [*added, judge.finish(state)]


def test_every_token_that_goes_on_spelling_a_phrase_gains() -> None:
    assert bonuses(scorer("ant bee cat"), "dog ant bee cat") == [0, 1, 1, 1, 0]


def test_what_a_broken_phrase_gained_is_taken_back() -> None:
    assert bonuses(scorer("ant bee cat"), "ant bee dog") == [1, 1, -2, 0]


def test_a_phrase_cut_off_by_the_end_is_taken_back() -> None:
    assert bonuses(scorer("ant bee cat"), "ant bee") == [1, 1, -2]


def test_a_word_that_goes_on_is_another_word() -> None:
    assert bonuses(scorer("bee ant"), "bee ants dog") == [1, 1, -2, 0, 0]


def test_punctuation_after_a_phrase_leaves_it_whole() -> None:
    assert bonuses(scorer("bee ant"), "bee ant. dog") == [1, 1, 0, 0, 0]


def test_a_longer_phrase_that_breaks_off_keeps_the_shorter_one_inside_it() -> None:
    assert bonuses(scorer("ant", "ant bee cat"), "ant bee dog") == [1, 1, -1, 0]
    assert bonuses(scorer("ant", "ant bee cat"), "ant bee cat") == [1, 1, 1, 0]


def test_a_phrase_may_begin_where_another_breaks_off() -> None:
    assert bonuses(scorer("ant bee", "cat dog"), "ant cat dog") == [1, 0, 1, 0]
    assert bonuses(scorer("ant bee"), "ant ant bee") == [1, 0, 1, 0]


def test_a_phrase_follows_another_without_loss() -> None:
    assert bonuses(scorer("ant bee", "cat"), "ant bee cat ant bee") == [1, 1, 1, 1, 1, 0]


@pytest.mark.parametrize("order", [1, -1])
def test_the_larger_weight_counts_where_phrases_begin_alike(order: int) -> None:
    phrases = [("ant bee", 1.0), ("ant bee cat", 0.5), ("ant dog", 2.0)][::order]
    judge = scorer(*phrases)
    assert bonuses(judge, "ant bee cat") == [2, 1, 0.5, 0]
    assert bonuses(judge, "ant dog") == [2, 2, 0]


def test_capitals_and_spaces_do_not_hide_a_phrase() -> None:
    assert bonuses(scorer("  ant   BEE "), "ant bee") == [1, 1, 0]


def test_the_next_tokens_of_every_phrase_are_proposed() -> None:
    judge = scorer("ant bee", "ant cat", "dog")
    ant, bee, cat, dog = VOCABULARY.encode("ant bee cat dog")
    assert {ant, dog} <= set(judge.proposals(judge.start()))
    after, _ = judge.advance(judge.start(), ant)
    assert {bee, cat, ant, dog} <= set(judge.proposals(after))


def test_a_phrase_of_thousands_of_tokens_is_no_deeper_than_others() -> None:
    phrase = "ant bee " * 2_000
    assert sum(bonuses(scorer(phrase), phrase.strip())) == len(VOCABULARY.encode(phrase.strip()))


def test_no_phrases_add_nothing() -> None:
    assert bonuses(scorer(), "ant bee") == [0, 0, 0]
    assert bonuses(scorer("", "  "), "ant bee") == [0, 0, 0]


@given(text=TEXTS, phrases=st.lists(st.sampled_from(WORDS), unique=True))
def test_a_text_gains_the_sum_of_the_single_words_listed(text: list[str], phrases: list[str]) -> None:
    gained = sum(bonuses(scorer(*phrases), " ".join(text)))
    assert gained == pytest.approx(sum(len(VOCABULARY.encode(word)) for word in text if word in phrases))


@given(phrases=st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3), max_size=4), text=TEXTS)
def test_a_text_gains_no_more_than_its_tokens_and_nothing_but_whole_phrases(
    phrases: list[list[str]], text: list[str]
) -> None:
    gained = sum(bonuses(scorer(*map(" ".join, phrases)), " ".join(text)))
    assert 0 <= gained <= len(VOCABULARY.encode(" ".join(text)))
    contained = any(text[i:j] in phrases for i, j in itertools.combinations(range(len(text) + 1), 2))
    assert contained or gained == 0


@given(text=TEXTS, phrases=st.lists(TEXTS, max_size=4))
def test_taking_back_never_costs_more_than_was_given(text: list[str], phrases: list[list[str]]) -> None:
    judge = scorer(*map(" ".join, phrases))
    added = bonuses(judge, " ".join(text))
    assert all(total >= -1e-9 for total in itertools.accumulate(added))
