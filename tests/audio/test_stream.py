"""Whatever arrives is recognised by its bytes, read in any pieces, and refused in words when it cannot be read."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio.samples import Samples
from auricle.audio.stream import open_stream
from auricle.errors import AuricleError, InvalidAudio, UnsupportedAudio
from tests.audio.made_audio import chunk, cut, encoded, extensible, fmt, heard, likeness, pcm16, steps, tone, wave

RAW = "audio/raw; codec=audio/pcm; samplerate=16000"


def test_a_live_session_is_a_header_without_sizes_and_then_samples() -> None:
    sound = pcm16(tone(1))
    stream = open_stream("audio/x-wav")

    assert len(stream.feed(wave(b"", size=0))) == 0
    pieces = [stream.feed(piece) for piece in steps(sound, 3_200)]

    assert [len(piece) for piece in pieces] == [1_600] * 10
    assert np.concatenate(pieces) == pytest.approx(tone(1), abs=1e-4)
    assert len(stream.finish()) == 0
    assert stream.duration_s == 1.0


FORMS = st.sampled_from(
    [
        *(fmt(1, channels, 16_000, bits) for channels in (1, 2, 5) for bits in (8, 16, 24, 32)),
        *(fmt(3, channels, 16_000, bits) for channels in (1, 3) for bits in (32, 64)),
        *(fmt(law, channels, 16_000, 8) for law in (6, 7) for channels in (1, 2)),
        *(extensible(1, channels, 16_000, bits) for channels in (1, 6) for bits in (16, 24)),
    ]
)


@given(
    FORMS,
    st.binary(max_size=300),
    st.lists(st.integers(0, 400), max_size=10),
    st.sampled_from([None, 0, 2**32 - 1, 77]),
)
def test_no_way_of_cutting_a_wave_file_changes_a_sample(
    form: bytes, body: bytes, places: list[int], size: int | None
) -> None:
    data = wave(body, form, size, before=chunk(b"LIST", b"odd"))

    whole, pieced = heard(open_stream(), [data]), heard(open_stream(), cut(data, places))

    assert whole.tobytes() == pieced.tobytes()


@given(st.binary(max_size=2_000), st.lists(st.integers(0, 2_000), max_size=10))
def test_no_way_of_cutting_raw_samples_changes_one(data: bytes, places: list[int]) -> None:
    def outcome(pieces: list[bytes]) -> bytes | type[AuricleError]:
        try:
            return heard(open_stream(RAW), pieces).tobytes()
        except AuricleError as error:
            return type(error)

    assert outcome([data]) == outcome(cut(data, places))


def test_chunks_after_the_samples_are_not_heard() -> None:
    data = wave(pcm16(tone(0.1)), after=chunk(b"LIST", b"a title, an artist"))

    assert len(heard(open_stream(), [data])) == 1_600


def test_a_size_beyond_the_end_means_the_end() -> None:
    assert len(heard(open_stream(), [wave(pcm16(tone(0.1)), size=1_000_000)])) == 1_600


def test_a_header_without_samples_is_silence_of_no_length() -> None:
    stream = open_stream()

    assert len(heard(stream, [wave(b"")])) == 0
    assert stream.duration_s == 0


@pytest.mark.parametrize("codec", ["adpcm_ms", "adpcm_ima_wav"])
def test_a_wave_file_may_be_compressed(codec: str) -> None:
    data = encoded("wav", codec, tone(1), 16_000)

    assert likeness(heard(open_stream(), steps(data, 700)), tone(1)) > 0.95


@pytest.mark.parametrize("pieces", [1, 100])
def test_tags_before_the_sound_are_passed_over(pieces: int) -> None:
    sound = encoded("mp3", "libmp3lame", tone(1), 16_000)
    picture = b"ID3\4\0\0" + bytes([0, 0x7F, 0x7F, 0x7F]) + bytes(2**21 - 1)
    data = picture + b"ID3\4\0\0" + bytes(4) + sound

    assert likeness(heard(open_stream(), steps(data, len(data) // pieces)), tone(1)) > 0.95


def test_raw_samples_need_a_content_type() -> None:
    sound = pcm16(tone(0.5))

    assert len(heard(open_stream(RAW), [sound])) == 8_000
    with pytest.raises(UnsupportedAudio, match=r"begin with 0x.* audio/raw"):
        heard(open_stream(), [sound])


def test_raw_samples_may_look_like_the_sign_of_a_codec() -> None:
    assert len(heard(open_stream(RAW), [b"\xff\xfb\x90\x64" * 100])) == 200


def test_a_header_counts_for_more_than_a_content_type() -> None:
    assert len(heard(open_stream(RAW), [wave(pcm16(tone(0.1, 8_000)), fmt(rate_hz=8_000))])) == 1_600


def test_nothing_at_all_is_refused() -> None:
    for content_type in (None, RAW):
        with pytest.raises(InvalidAudio, match="got none"):
            heard(open_stream(content_type), [b"", b""])


@pytest.mark.parametrize(
    "head", [b"R", b"RIFF", b"RIFF\0\0\0\0WAVEfmt ", b"\xff\xfb", b"OggS", b"\0\0\0\x20ftyp", b"ID3\4\0\0\0\0\0\x7f"]
)
def test_a_stream_that_ends_before_it_began_is_refused(head: bytes) -> None:
    with pytest.raises(AuricleError, match=r"expected .* got"):
        heard(open_stream(), [head])


def test_an_error_is_raised_again_and_frees_the_stream() -> None:
    stream = open_stream()
    with pytest.raises(UnsupportedAudio):
        stream.feed(bytes(100))

    with pytest.raises(UnsupportedAudio):
        stream.feed(wave(pcm16(tone(1))))
    with pytest.raises(UnsupportedAudio):
        stream.finish()


def test_closing_is_final_and_harmless() -> None:
    sound = encoded("mp3", "libmp3lame", tone(1), 16_000)
    for data in (b"", wave(pcm16(tone(1))), sound, wave(b"")[:20]):
        stream = open_stream()
        stream.feed(data)
        stream.close()
        stream.close()

        assert len(stream.feed(data)) == 0
        assert len(stream.finish()) == 0


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        [b"", b"RIFF\0\0\0\0WAVE", b"OggS", b"fLaC", b"#!AMR\n", b"\xff\xfb\x90\x64", b"\xff\xf1\x50\x80", b"ID3"]
    )
    | st.sampled_from([b"\x1aE\xdf\xa3", b"\0\0\0\x08ftyp", wave(b"", size=0), wave(b"", extensible())[:60]]),
    st.binary(max_size=2_000),
    st.lists(st.integers(0, 2_000), max_size=5),
    st.sampled_from([None, RAW]),
)
def test_random_bytes_are_sound_or_an_error(
    head: bytes, body: bytes, places: list[int], content_type: str | None
) -> None:
    stream = open_stream(content_type)
    try:
        samples = heard(stream, cut(head + body, places))
        assert samples.dtype == np.float32
        assert np.all(np.abs(samples) <= 1)
    except AuricleError:
        pass
    finally:
        stream.close()


def test_memory_stays_flat_over_two_hours() -> None:
    piece = pcm16(tone(8))
    stream = open_stream()
    stream.feed(wave(b"", size=0))
    stream.feed(piece)
    tracemalloc.start()
    try:
        for _ in range(2 * 3600 // 8):
            stream.feed(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert stream.duration_s > 7_200
    assert peak < 2_000_000  # one piece of samples is half a megabyte


def test_memory_stays_flat_while_decoding() -> None:
    sound = encoded("mp3", "libmp3lame", tone(20), 16_000)
    stream = open_stream()
    tracemalloc.start()
    try:
        for _ in range(6):
            for piece in steps(sound, 4_000):
                stream.feed(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        stream.close()

    assert stream.duration_s > 110
    assert peak < 1_000_000


REFERENCES = {"weatherlike": "weatherlike_pcm16k.wav", "hail": "hail_pcm44k.wav", "harvard": "harvard_8k.wav"}


def streamed(path: Path) -> Samples:
    return heard(open_stream(), steps(path.read_bytes(), 3_200))


def test_every_format_of_an_utterance_sounds_the_same(shared: Path) -> None:
    folder = shared / "data" / "format_variants_en" / "audio"
    references = {name: streamed(folder / file) for name, file in REFERENCES.items()}

    for path in sorted(folder.iterdir()):
        samples = streamed(path)
        reference = references.get(path.name.split("_")[0].split(".")[0])
        assert len(samples) > 16_000, path.name
        if reference is not None:
            assert len(samples) == pytest.approx(len(reference), abs=0.1 * 16_000), path.name
            assert likeness(samples, reference) > 0.9, path.name


def test_every_format_a_client_sends_sounds_the_same(shared: Path) -> None:
    folder = shared / "protocol" / "wav"
    references = {name: streamed(folder / f"{name}.wav") for name in ("one", "four")}

    for path in sorted(folder.iterdir()):
        samples = streamed(path)
        reference = references.get(path.stem.split("_")[0])
        assert len(samples) > 16_000, path.name
        if reference is not None:
            assert len(samples) == pytest.approx(len(reference), abs=0.1 * 16_000), path.name
            assert likeness(samples, reference) > 0.9, path.name
