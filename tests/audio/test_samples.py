"""Any rate and any channels become 16 kHz mono between -1 and 1."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.audio.samples import Converter, as_float, join
from auricle.errors import InvalidAudio
from tests.audio.made_audio import tone


def test_integers_scale_to_full_scale() -> None:
    assert as_float(np.array([0, 128, 255], np.uint8)).tolist() == [-1.0, 0.0, 127 / 128]
    assert as_float(np.array([-(2**15), 0, 2**14], np.int16)).tolist() == [-1.0, 0.0, 0.5]
    assert as_float(np.array([-(2**31), 0, 2**30], np.int32)).tolist() == [-1.0, 0.0, 0.5]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_what_is_not_a_number_becomes_silence_and_what_is_too_loud_is_clipped(kind: type[np.floating[Any]]) -> None:
    levels = as_float(np.array([np.nan, np.inf, -np.inf, 3.0, -3.0, 0.25, np.finfo(kind).max], kind))

    assert levels.dtype == np.float32
    assert levels.tolist() == [0.0, 0.0, 0.0, 1.0, -1.0, 0.25, 1.0]


def test_channels_mix_to_their_mean() -> None:
    frames = np.array([[0.3, 0.6, 0.0], [-0.3, 0.0, 0.0]], np.float32)

    assert Converter(16_000, 3).feed(frames) == pytest.approx([0.3, -0.1])


@pytest.mark.parametrize("rate_hz", [1_000, 8_000, 11_025, 22_050, 44_100, 44_101, 48_000, 96_000, 384_000])
def test_a_tone_keeps_its_pitch_length_and_loudness_at_any_rate(rate_hz: int) -> None:
    converter = Converter(rate_hz, 1)

    samples = join([converter.feed(tone(1.0, rate_hz, 300.0)[:, None]), converter.finish()])

    assert len(samples) == pytest.approx(16_000, abs=2)
    inner = slice(1_600, 14_400)  # a filter needs a moment at both ends
    assert np.corrcoef(samples[inner], tone(1.0, 16_000, 300.0)[inner])[0, 1] > 0.999
    assert np.abs(samples[inner]).max() == pytest.approx(0.5, abs=0.01)


@given(st.lists(st.integers(0, 400), max_size=20))
def test_resampling_in_pieces_gives_what_resampling_at_once_gives(sizes: list[int]) -> None:
    frames = tone(sum(sizes) / 8_000, 8_000)[:, None]
    whole, pieced = Converter(8_000, 1), Converter(8_000, 1)

    at_once = join([whole.feed(frames), whole.finish()])
    ends = np.cumsum([0, *sizes])
    pieces = [pieced.feed(frames[start:end]) for start, end in pairwise(ends)]

    assert join([*pieces, pieced.finish()]) == pytest.approx(at_once, abs=1e-6)


def test_an_overshoot_of_the_filter_is_clipped() -> None:
    converter = Converter(8_000, 1)
    square = np.sign(tone(0.5, 8_000, 100.0))[:, None]

    assert np.abs(join([converter.feed(square), converter.finish()])).max() <= 1


@pytest.mark.parametrize(("rate_hz", "channels"), [(999, 1), (384_001, 1), (0, 1), (16_000, 0), (16_000, 33)])
def test_absurd_rates_and_channels_are_refused(rate_hz: int, channels: int) -> None:
    with pytest.raises(InvalidAudio, match=r"expected .* got"):
        Converter(rate_hz, channels)


def test_a_second_finish_is_empty() -> None:
    converter = Converter(8_000, 1)
    converter.feed(tone(0.1, 8_000)[:, None])
    converter.finish()

    assert len(converter.finish()) == 0
