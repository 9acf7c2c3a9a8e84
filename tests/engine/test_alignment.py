from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from auricle.engine.alignment import loudness, token_spans

FRAME_S = 0.02


def looking_at(*frames: int, of: int) -> NDArray[np.float32]:
    """Attention of one token each, around these frames."""
    away = np.abs(np.arange(of) - np.array(frames)[:, None])
    return np.asarray(np.exp(-away), np.float32)


@st.composite
def attended(draw: st.DrawFn) -> tuple[NDArray[np.float32], NDArray[np.float64], list[bool]]:
    tokens, frames = draw(st.integers(0, 12)), draw(st.integers(1, 80))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    attention = rng.gamma(0.2, size=(tokens, frames)).astype(np.float32)
    attention[:, : draw(st.integers(0, frames))] = 0.0
    loud = rng.uniform(-1, 1, frames)
    return attention, loud, [True, *(rng.random(tokens) < 0.5).tolist()][:tokens]


@given(attended())
def test_spans_keep_the_order_and_every_token_has_a_frame(
    given_: tuple[NDArray[np.float32], NDArray[np.float64], list[bool]],
) -> None:
    attention, loud, opens = given_
    tokens, frames = attention.shape
    spans = token_spans(attention, loud, opens)
    assert len(spans) == tokens
    assert all(0 <= first <= last <= frames for first, last in spans)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
    if frames > tokens:
        assert all(first < last for first, last in spans)


@given(attended())
def test_the_tokens_of_a_word_have_no_pause_between_them(
    given_: tuple[NDArray[np.float32], NDArray[np.float64], list[bool]],
) -> None:
    attention, loud, opens = given_
    spans = token_spans(attention, loud, opens)
    touching = [one[1] == other[0] for one, other in itertools.pairwise(spans)]
    assert all(touches or opened for touches, opened in zip(touching, opens[1:], strict=False))


def test_loud_frames_all_belong_to_a_token() -> None:
    spans = token_spans(looking_at(5, 15, 25, of=30), np.ones(30), [True, False, True])
    assert [first for first, _ in spans] == [0, *(last for _, last in spans[:-1])]
    assert spans[-1][1] == 30
    assert [first <= at < last for (first, last), at in zip(spans, (5, 15, 25), strict=True)] == [True] * 3


def test_silent_frames_before_between_and_after_words_belong_to_none() -> None:
    loud = np.full(60, -1.0)
    loud[10:20] = loud[40:50] = 1.0
    assert token_spans(looking_at(15, 45, of=60), loud, [True, True]) == [(10, 20), (40, 50)]


def test_a_short_closure_within_a_word_does_not_split_it() -> None:
    loud = np.ones(40)
    loud[12:16] = -1.0
    (first, second) = token_spans(looking_at(5, 25, of=40), loud, [True, False])
    assert first[1] == second[0]


def test_a_frame_that_every_token_looks_at_decides_nothing() -> None:
    attention = looking_at(12, 20, 28, of=40)
    attention[:, 0] = 50.0
    assert token_spans(attention, np.ones(40), [True] * 3)[1][0] > 12


def test_more_tokens_than_frames_share_them_evenly() -> None:
    spans = token_spans(np.ones((6, 3), np.float32), np.ones(3), [True] * 6)
    assert spans[0][0] == 0
    assert spans[-1][1] == 3
    assert [first for first, _ in spans] == sorted(first for first, _ in spans)


def test_a_tone_is_loud_and_the_room_around_it_silent() -> None:
    rng = np.random.default_rng(1)
    samples = (rng.standard_normal(32_000) * 0.001).astype(np.float32)
    samples[8_000:24_000] += np.sin(np.arange(16_000) / 5).astype(np.float32) * 0.1
    loud = loudness(samples, 100, FRAME_S)
    assert (loud[27:73] == 1).all()
    assert (loud[:23] < 0).all()
    assert (loud[77:] < 0).all()


@pytest.mark.parametrize("scale", [0.01, 1.0])
def test_loudness_does_not_depend_on_the_gain(scale: float) -> None:
    rng = np.random.default_rng(2)
    samples = (rng.standard_normal(16_000) * np.linspace(0.05, 1, 16_000)).astype(np.float32)
    assert loudness(samples * np.float32(scale), 50, FRAME_S) == pytest.approx(loudness(samples, 50, FRAME_S), abs=1e-3)


@pytest.mark.parametrize("samples", [np.zeros(320, np.float32), np.zeros(16_000, np.float32), np.ones(1, np.float32)])
def test_loudness_is_a_number_for_the_strangest_audio(samples: NDArray[np.float32]) -> None:
    loud = loudness(samples, 50, FRAME_S)
    assert np.isfinite(loud).all()
    assert np.abs(loud).max() <= 1
