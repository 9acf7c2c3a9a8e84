"""A WAVE header is read in any pieces, believed as far as it makes sense and refused with the reason where it doesn't."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.audio.pcm import Encoding
from auricle.audio.riff import HeaderReader, WaveHeader, parse_format
from auricle.errors import AuricleError, InvalidAudio, UnsupportedAudio
from tests.audio.made_audio import chunk, cut, extensible, fmt, wave


def read(data: bytes, places: list[int] | None = None) -> tuple[WaveHeader | None, bytes]:
    reader = HeaderReader()
    header = None
    for piece in cut(data, places or []):
        header = reader.feed(piece)
    return header, reader.take_remainder()


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_header_written_before_the_length_was_known_lasts_until_the_end(size: int) -> None:
    header, body = read(wave(b"abcd", size=size))

    assert header is not None
    assert header.data_bytes is None
    assert body == b"abcd"


def test_microsofts_68_byte_header_is_read() -> None:
    data = wave(b"", extensible(channels=3, bits=24), size=0)

    header, _ = read(data)

    assert len(data) == 68
    assert header is not None
    assert header.pcm_format().encoding is Encoding.SIGNED_24
    assert header.channels == 3


@given(st.lists(st.integers(0, 200), max_size=12))
def test_the_header_may_come_in_any_pieces(places: list[int]) -> None:
    odd = chunk(b"LIST", b"odd") + chunk(b"JUNK", b"") + chunk(b"bext", bytes(40))

    header, body = read(wave(b"abcdef", fmt(rate_hz=8_000), before=odd), places)

    assert header is not None
    assert (header.rate_hz, header.data_bytes, body) == (8_000, 6, b"abcdef")


def test_an_odd_format_chunk_is_followed_by_padding() -> None:
    header, body = read(wave(b"abcd", fmt() + b"\0\0\0"))

    assert header is not None
    assert body == b"abcd"


@pytest.mark.parametrize("name", [b"RF64", b"BW64"])
def test_rf64_says_the_true_length_in_a_chunk_of_its_own(name: bytes) -> None:
    sizes = chunk(b"ds64", struct.pack("<QQQI", 5_000_000_100, 5_000_000_000, 0, 0))
    data = name + b"\xff" * 4 + b"WAVE" + sizes + chunk(b"fmt ", fmt()) + chunk(b"data", b"ab", 0xFFFFFFFF)

    header, _ = read(data)

    assert header is not None
    assert header.data_bytes == 5_000_000_000


@pytest.mark.parametrize(
    ("form", "encoding"),
    [
        (fmt(1, bits=8), Encoding.UNSIGNED_8),
        (fmt(1, bits=12, frame_bytes=2), Encoding.SIGNED_16),
        (fmt(1, bits=16), Encoding.SIGNED_16),
        (fmt(1, bits=16, frame_bytes=0), Encoding.SIGNED_16),
        (fmt(1, bits=24), Encoding.SIGNED_24),
        (fmt(1, bits=24, frame_bytes=4), Encoding.SIGNED_32),
        (fmt(1, bits=32), Encoding.SIGNED_32),
        (fmt(3, bits=32), Encoding.FLOAT_32),
        (fmt(3, bits=64), Encoding.FLOAT_64),
        (fmt(6, bits=8), Encoding.A_LAW),
        (fmt(7, bits=8), Encoding.MU_LAW),
        (extensible(3, bits=32), Encoding.FLOAT_32),
        (extensible(7, bits=8), Encoding.MU_LAW),
    ],
)
def test_tag_and_width_say_the_encoding(form: bytes, encoding: Encoding) -> None:
    assert parse_format(form).pcm_format().encoding is encoding


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"RIFX" + bytes(4) + b"WAVE" + bytes(40), "RIFF/WAVE header"),
        (b"RIFF" + bytes(4) + b"AVI " + bytes(40), "RIFF/WAVE header"),
        (b"RIFF" + bytes(4) + b"WAVE" + chunk(b"data", b"abcd"), "fmt chunk before the data"),
        (b"RIFF" + bytes(4) + b"WAVE" + b"\x01\x02\x03\x04" + bytes(40), "name of a RIFF chunk"),
        (wave(b"", b"\1\0\1\0"), "at least 16 bytes, got 4"),
        (wave(b"", fmt(channels=0)), "channels, got 0"),
        (wave(b"", fmt(channels=33)), "channels, got 33"),
        (wave(b"", fmt(rate_hz=999)), "got 999"),
        (wave(b"", fmt(rate_hz=4_000_000_000)), "got 4000000000"),
        (wave(b"", extensible()[:30]), "40 bytes for WAVE_FORMAT_EXTENSIBLE, got 30"),
        (b"RIFF" + bytes(4) + b"WAVE" + chunk(b"fmt ", b"", 5_000), "at most 4096 bytes, got 5000"),
        (b"RIFF" + bytes(4) + b"WAVE" + chunk(b"junk", b"", 0xFFFFFFFF), "data chunk within"),
    ],
)
def test_a_broken_header_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidAudio, match=reason):
        read(data)


@pytest.mark.parametrize(
    "form", [fmt(1, bits=0), fmt(1, bits=40), fmt(3, bits=16), fmt(6, bits=16), fmt(1, 2, bits=16, frame_bytes=3)]
)
def test_a_width_that_does_not_fit_is_refused(form: bytes) -> None:
    with pytest.raises(InvalidAudio, match=r"expected .* got"):
        parse_format(form).pcm_format()


def test_a_tag_nobody_reads_is_named() -> None:
    with pytest.raises(UnsupportedAudio, match="0x0161"):
        parse_format(fmt(0x0161)).pcm_format()


def test_a_foreign_subformat_is_refused() -> None:
    with pytest.raises(UnsupportedAudio, match="subformat"):
        parse_format(extensible()[:-1] + b"\0")


@pytest.mark.parametrize(
    ("data", "missing"), [(b"RI", "RIFF header"), (wave(b"")[:16], "fmt chunk"), (wave(b"")[:40], "data chunk")]
)
def test_a_header_cut_short_says_what_is_missing(data: bytes, missing: str) -> None:
    reader = HeaderReader()
    reader.feed(data)

    with pytest.raises(InvalidAudio, match=f"expected a {missing}, got the end of the audio after {len(data)} bytes"):
        reader.end()


@given(st.integers(0, 80), st.binary(min_size=1, max_size=30))
def test_no_damage_to_a_header_does_worse_than_an_error(place: int, damage: bytes) -> None:
    good = wave(bytes(40), extensible(channels=2), before=chunk(b"LIST", b"words"))
    reader = HeaderReader()
    try:
        header = reader.feed(good[:place] + damage + good[place + len(damage) :])
        if header:
            header.pcm_format()
    except AuricleError:
        pass


def test_the_header_for_another_decoder_says_the_same() -> None:
    header, _ = read(wave(b"", extensible(channels=3), size=0))
    assert header is not None

    again, _ = read(header.standing_alone())

    assert again == header
