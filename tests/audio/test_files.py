"""A file is heard as its stream is, whole or in equal pieces."""

from __future__ import annotations

import io
import tracemalloc
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio.files import read_samples, stream_samples
from auricle.audio.stream import open_stream
from auricle.errors import AuricleError, InvalidAudio, UnsupportedAudio
from tests.audio.made_audio import encoded, fmt, heard, likeness, pcm16, steps, tone, wave


class Trickle(io.BytesIO):
    """A pipe: no going back, and never more than a few bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size if size and size > 0 else 100, 100))

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation


@pytest.mark.parametrize(
    ("container", "codec"), [("wav", "pcm_s16le"), ("mp3", "libmp3lame"), ("mp4", "aac"), ("flac", "flac")]
)
def test_a_path_bytes_an_open_file_and_a_pipe_are_all_the_same(tmp_path: Path, container: str, codec: str) -> None:
    data = encoded(container, codec, tone(1.5), 16_000)
    path = tmp_path / "sound"
    path.write_bytes(data)

    whole = read_samples(path)

    assert likeness(whole, tone(1.5)) > 0.95
    for source in (data, io.BytesIO(data), Trickle(data)):
        assert read_samples(source).tobytes() == whole.tobytes()
    assert heard(open_stream(), steps(data, 1_000)).tobytes() == whole.tobytes()


@pytest.mark.parametrize("chunk_s", [0.1, 1.0, 7.0])
def test_pieces_have_the_length_that_was_asked_for(chunk_s: float) -> None:
    pieces = list(stream_samples(wave(pcm16(tone(2.55))), chunk_s))

    assert all(len(piece) == round(chunk_s * 16_000) for piece in pieces[:-1])
    assert 0 < len(pieces[-1]) <= round(chunk_s * 16_000)
    assert np.concatenate(pieces) == pytest.approx(tone(2.55), abs=1e-4)


def test_an_open_file_is_read_from_where_it_stands_and_left_open() -> None:
    file = io.BytesIO(b"something else" + wave(pcm16(tone(0.5))))
    file.seek(len(b"something else"))

    assert len(read_samples(file)) == 8_000
    assert not file.closed


def test_tags_in_front_are_passed_over() -> None:
    sound = encoded("mp3", "libmp3lame", tone(1), 16_000)
    tag = b"ID3\4\0\0" + bytes([0, 8, 0, 0]) + bytes(8 << 14)

    for source in (tag + tag + sound, Trickle(tag + sound)):
        assert likeness(read_samples(source), tone(1)) > 0.95


def test_an_empty_recording_has_no_samples() -> None:
    assert len(read_samples(wave(b""))) == 0
    assert list(stream_samples(wave(b""))) == []


def test_what_is_too_long_is_refused() -> None:
    data = wave(pcm16(tone(3)))

    assert len(read_samples(data, max_duration_s=3)) == 48_000
    with pytest.raises(InvalidAudio, match="at most 2 s"):
        read_samples(data, max_duration_s=2)


@pytest.mark.parametrize(
    "data", [b"", b"ID3\4\0\0\0\0\0\x20", b"RIFF", b"OggS" + bytes(100), b"\0\0\0\x20ftypM4A " + bytes(100)]
)
def test_what_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidAudio, match=r"expected .* got"):
        read_samples(data)


def test_what_is_not_audio_is_named_so() -> None:
    with pytest.raises(UnsupportedAudio, match="got bytes that begin with 0x68656c6c6f"):
        read_samples(b"hello, this is not audio")


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([b"", b"RIFF\0\0\0\0WAVE", b"OggS", b"fLaC", b"\0\0\0\x08ftyp", b"ID3"]), st.binary(max_size=1_000)
)
def test_random_files_are_sound_or_an_error(head: bytes, body: bytes) -> None:
    with suppress(AuricleError):
        assert read_samples(head + body).dtype == np.float32


def test_memory_stays_flat_for_a_long_file(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(wave(bytes(range(256)) * (8_000 * 1_800 // 256), fmt(7, 1, 8_000, 8)))
    tracemalloc.start()
    try:
        duration_s = sum(len(piece) for piece in stream_samples(path)) / 16_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert duration_s == pytest.approx(1_800, abs=0.1)
    assert peak < 3_000_000
