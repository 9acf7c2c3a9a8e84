"""Compressed sound is decoded as it arrives, in a thread that is always given back."""

from __future__ import annotations

import gc
import io
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import compressed
from auricle.audio.compressed import CompressedStream, decoded
from auricle.audio.containers import Container
from auricle.audio.samples import Samples
from auricle.errors import InvalidAudio
from tests.audio.made_audio import chunk, cut, encoded, heard, likeness, steps, tone

Codec = tuple[Container, str, str, int]
CODECS: list[Codec] = [
    (Container.MP3, "mp3", "libmp3lame", 44_100),
    (Container.MP3, "mp3", "libmp3lame", 16_000),
    (Container.FLAC, "flac", "flac", 16_000),
    (Container.OGG, "ogg", "libopus", 48_000),
    (Container.MATROSKA, "webm", "libopus", 48_000),
    (Container.AAC, "adts", "aac", 16_000),
    (Container.AMR, "amr", "libopencore_amrnb", 8_000),
    (Container.ASF, "asf", "wmav2", 16_000),
]


@pytest.fixture(autouse=True)
def no_decoder_is_left_behind() -> Iterator[None]:
    yield
    gc.collect()
    for thread in decoders():
        thread.join(5)
    assert not decoders()


def decoders() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "auricle-decoder"]


def melody(rate_hz: int) -> Samples:
    return np.concatenate([tone(0.3, rate_hz, pitch_hz) for pitch_hz in (300, 500, 400, 700)])


@pytest.mark.parametrize(("container", "name", "codec", "rate_hz"), CODECS)
def test_every_codec_is_heard_as_it_was_spoken(container: Container, name: str, codec: str, rate_hz: int) -> None:
    data = encoded(name, codec, melody(rate_hz), rate_hz)

    samples = heard(CompressedStream(container), steps(data, 500))

    assert len(samples) == pytest.approx(1.2 * 16_000, abs=0.15 * 16_000)
    assert likeness(samples, melody(16_000)) > 0.95


@pytest.mark.parametrize(("container", "name", "codec", "rate_hz"), CODECS)
def test_no_way_of_cutting_the_bytes_changes_a_sample(
    container: Container, name: str, codec: str, rate_hz: int
) -> None:
    data = encoded(name, codec, melody(rate_hz), rate_hz)
    at_once = heard(CompressedStream(container), [data])

    for size in (7, 1_000):
        assert heard(CompressedStream(container), steps(data, size)).tobytes() == at_once.tobytes()


@pytest.mark.parametrize("layout", ["stereo", "5.1", "7.1"])
def test_many_channels_are_mixed(layout: str) -> None:
    data = encoded("adts", "aac", tone(1, 48_000), 48_000, layout)

    assert likeness(heard(CompressedStream(Container.AAC), [data]), tone(1)) > 0.95


def test_sound_comes_out_while_bytes_still_come_in() -> None:
    data = encoded("mp3", "libmp3lame", tone(10, 16_000), 16_000)
    stream = CompressedStream(Container.MP3)

    for piece in steps(data[: len(data) // 2], 500):
        stream.feed(piece)

    assert stream.duration_s == pytest.approx(5, abs=0.5)
    stream.close()


@pytest.mark.parametrize("container", [container for container in Container if container is not Container.WAVE])
@pytest.mark.parametrize("data", [b"", b"\0", bytes(20_000), b"OggS" + b"\x55" * 20_000])
def test_what_never_becomes_sound_is_refused(container: Container, data: bytes) -> None:
    stream = CompressedStream(container)

    with pytest.raises(InvalidAudio, match=f"expected {container.name} audio"):
        heard(stream, [data])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(Container), st.binary(max_size=3_000), st.lists(st.integers(0, 3_000), max_size=4))
def test_random_bytes_are_refused_or_heard_but_never_crash(
    container: Container, data: bytes, places: list[int]
) -> None:
    stream = CompressedStream(container)
    try:
        heard(stream, cut(data, places))
    except InvalidAudio:
        pass
    finally:
        stream.close()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CODECS), st.integers(0, 3_000), st.binary(min_size=1, max_size=50))
def test_damage_in_the_middle_is_survived(codec: Codec, place: int, damage: bytes) -> None:
    container, data = codec[0], _sound_of(codec)
    stream = CompressedStream(container)
    try:
        samples = heard(stream, [data[:place], damage, data[place + len(damage) :]])
        assert np.all(np.isfinite(samples))
        assert len(samples) < 20 * 16_000
    except InvalidAudio:
        pass
    finally:
        stream.close()


_SOUNDS: dict[Codec, bytes] = {}


def _sound_of(codec: Codec) -> bytes:
    """Encode once, not per example."""
    _, name, coder, rate_hz = codec
    if codec not in _SOUNDS:
        _SOUNDS[codec] = encoded(name, coder, melody(rate_hz), rate_hz)
    return _SOUNDS[codec]


def test_a_recording_cut_short_gives_what_it_has() -> None:
    data = encoded("ogg", "libopus", tone(4, 48_000), 48_000)

    samples = heard(CompressedStream(Container.OGG), [data[: len(data) * 2 // 3]])

    assert 1.5 * 16_000 < len(samples) < 3.5 * 16_000


def test_a_piece_that_unfolds_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "MAX_PIECE_S", 5)
    data = encoded("flac", "flac", np.zeros(60 * 16_000, np.float32), 16_000)
    stream = CompressedStream(Container.FLAC)

    with pytest.raises(InvalidAudio, match="at most 5 s of sound in one piece"):
        stream.feed(data)
    stream.close()


def test_bytes_that_hold_no_sound_are_not_taken_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "MAX_BARREN_BYTES", 100_000)
    stream = CompressedStream(Container.MATROSKA)
    void = b"\x1aE\xdf\xa3\x80" + b"\xec\x1f\xff\xff" + bytes(200_000)  # EBML, then one long Void

    with pytest.raises(InvalidAudio, match=r"expected .* got"):
        heard(stream, steps(void, 10_000))


def test_a_playlist_opens_nothing() -> None:
    playlist = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n"

    for container in Container:
        with pytest.raises(InvalidAudio):
            list(decoded(io.BytesIO(playlist), container))


def test_a_stream_that_is_closed_gives_its_thread_back() -> None:
    stream = CompressedStream(Container.MP3)
    stream.feed(b"\xff\xfb\x90\x64")
    assert len(decoders()) == 1

    stream.close()
    stream.close()

    for thread in decoders():
        thread.join(5)
    assert not decoders()


def test_a_stream_that_is_forgotten_gives_its_thread_back() -> None:
    stream = CompressedStream(Container.MP3)
    stream.feed(b"\xff\xfb\x90\x64")

    del stream  # the fixture sees that the thread goes


def test_rare_wave_codecs_are_heard() -> None:
    levels = melody(16_000)
    for codec in ("adpcm_ms", "adpcm_ima_wav"):
        data = encoded("wav", codec, levels, 16_000)
        assert chunk(b"fmt ", b"")[:4] in data

        samples = heard(CompressedStream(Container.WAVE), steps(data, 600))

        assert likeness(samples, levels) > 0.95
