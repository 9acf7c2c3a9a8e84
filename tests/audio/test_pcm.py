"""Uncompressed samples read as what their format says, however the network cuts them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.audio.pcm import A_LAW_LEVELS, MU_LAW_LEVELS, Encoding, PcmFormat, PcmStream, decode
from tests.audio.made_audio import cut, heard, pcm16, steps, tone


def test_the_telephone_laws_have_their_published_values() -> None:
    mu_law = {0x00: -32124, 0x80: 32124, 0x7F: 0, 0xFF: 0, 0x0F: -16764, 0x8F: 16764, 0xFE: 8, 0x7E: -8, 0x3A: -2620}
    a_law = {0x55: -8, 0xD5: 8, 0x2A: -32256, 0xAA: 32256, 0x54: -24, 0xD4: 24, 0x00: -5504, 0x80: 5504, 0x05: -4224}

    assert {code: MU_LAW_LEVELS[code] * 32768 for code in mu_law} == mu_law
    assert {code: A_LAW_LEVELS[code] * 32768 for code in a_law} == a_law


def test_the_telephone_laws_are_odd_and_grow_with_their_codes() -> None:
    assert sorted(MU_LAW_LEVELS) == sorted(-MU_LAW_LEVELS)
    assert sorted(A_LAW_LEVELS) == sorted(-A_LAW_LEVELS)
    assert np.all(np.diff(MU_LAW_LEVELS[0xFF:0x7F:-1]) > 0)
    assert np.all(np.diff(A_LAW_LEVELS[np.arange(0x80, 0x100) ^ 0x55]) > 0)


@pytest.mark.parametrize(
    ("encoding", "data", "levels"),
    [
        (Encoding.UNSIGNED_8, bytes([0, 128, 192]), [-1, 0, 0.5]),
        (Encoding.SIGNED_16, np.array([-(2**15), 0, 2**14], "<i2").tobytes(), [-1, 0, 0.5]),
        (Encoding.SIGNED_24, bytes.fromhex("000080 000000 000040 ffffff"), [-1, 0, 0.5, -(2.0**-23)]),
        (Encoding.SIGNED_32, np.array([-(2**31), 0, 2**30], "<i4").tobytes(), [-1, 0, 0.5]),
        (Encoding.FLOAT_32, np.array([-1, 0, 0.5, np.nan, 7], "<f4").tobytes(), [-1, 0, 0.5, 0, 1]),
        (Encoding.FLOAT_64, np.array([-1, 0, 0.5, np.inf, -7], "<f8").tobytes(), [-1, 0, 0.5, 0, -1]),
    ],
)
def test_known_bytes_have_known_levels(encoding: Encoding, data: bytes, levels: list[float]) -> None:
    assert decode(data, encoding).tolist() == levels


@given(st.sampled_from(Encoding), st.integers(1, 5), st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=8))
def test_no_way_of_cutting_the_bytes_changes_a_sample(
    encoding: Encoding, channels: int, data: bytes, places: list[int]
) -> None:
    form = PcmFormat(encoding=encoding, channels=channels)

    whole, pieced = heard(PcmStream(form), [data]), heard(PcmStream(form), cut(data, places))

    assert whole.tobytes() == pieced.tobytes()
    assert len(whole) == len(data) // form.frame_bytes
    assert np.all(np.abs(whole) <= 1)


@given(
    st.sampled_from(Encoding), st.integers(1, 3), st.binary(max_size=4_000), st.lists(st.integers(0, 4_000), max_size=8)
)
def test_cutting_hardly_changes_resampled_sound(
    encoding: Encoding, channels: int, data: bytes, places: list[int]
) -> None:
    form = PcmFormat(encoding=encoding, channels=channels, rate_hz=44_100)

    whole, pieced = heard(PcmStream(form), [data]), heard(PcmStream(form), cut(data, places))

    assert pieced == pytest.approx(whole, abs=1e-5)


def test_the_duration_grows_with_what_was_returned() -> None:
    stream = PcmStream(PcmFormat())

    for piece in steps(pcm16(tone(1.0)), 3_200):
        stream.feed(piece)

    assert stream.duration_s == pytest.approx(1.0)


def test_half_a_sample_at_the_end_is_dropped() -> None:
    assert len(heard(PcmStream(PcmFormat()), [b"\0\0\0"])) == 1
