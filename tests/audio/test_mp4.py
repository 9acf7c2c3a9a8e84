"""An M4A streams when its index comes first and is held until its end when not."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.audio import mp4
from auricle.audio.mp4 import Mp4Stream, index_comes_first
from auricle.errors import InvalidAudio
from tests.audio.made_audio import encoded, heard, likeness, steps, tone


def box(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body


@pytest.mark.parametrize(
    ("prologue", "answer"),
    [
        (b"", None),
        (box(b"ftyp", b"M4A "), None),
        (box(b"ftyp", b"M4A ") + box(b"free") + box(b"moov"), True),
        (box(b"ftyp", b"M4A ") + box(b"mdat"), False),
        (struct.pack(">I4sQ", 1, b"free", 20) + bytes(4) + box(b"moov"), True),
        (struct.pack(">I4s", 1, b"free"), None),
    ],
)
def test_the_first_of_index_and_sound_decides(prologue: bytes, answer: bool | None) -> None:
    assert index_comes_first(prologue) is answer


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_an_error(prologue: bytes) -> None:
    with suppress(InvalidAudio):
        assert index_comes_first(prologue) in {True, False, None}


def test_a_box_of_no_size_is_refused() -> None:
    with pytest.raises(InvalidAudio, match="at least 8 bytes, got 3"):
        index_comes_first(struct.pack(">I4s", 3, b"free"))


def test_an_index_at_the_end_is_waited_for() -> None:
    data = encoded("mp4", "aac", tone(2), 16_000)
    stream = Mp4Stream()

    assert sum(len(stream.feed(piece)) for piece in steps(data, 500)) == 0

    samples = stream.finish()
    assert likeness(samples, tone(2)) > 0.95
    assert stream.duration_s == pytest.approx(2, abs=0.15)
    stream.close()


@pytest.mark.parametrize("flags", ["faststart", "frag_keyframe+empty_moov+default_base_moof"])
def test_an_index_in_front_streams(tmp_path: Path, flags: str) -> None:
    data = rewritten(encoded("mp4", "aac", tone(4), 16_000), tmp_path, flags)
    stream = Mp4Stream()

    early = sum(len(stream.feed(piece)) for piece in steps(data[: len(data) * 3 // 4], 500))

    assert early > 16_000
    stream.close()
    assert likeness(heard(Mp4Stream(), steps(data, 500)), tone(4)) > 0.95


def rewritten(data: bytes, folder: Path, flags: str) -> bytes:
    source, target = folder / "in.m4a", folder / "out.m4a"
    source.write_bytes(data)
    options = {"movflags": flags, "frag_duration": "500000"} if "frag" in flags else {"movflags": flags}
    with av.open(str(source)) as reader, av.open(str(target), "w", format="mp4", options=options) as writer:
        copy = writer.add_stream_from_template(reader.streams.audio[0])
        for packet in reader.demux(reader.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = copy
                writer.mux(packet)
    return target.read_bytes()


def test_a_long_recording_with_its_index_at_the_end_is_refused_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mp4, "MAX_HELD_BYTES", 1_000)
    stream = Mp4Stream()

    with pytest.raises(InvalidAudio, match="faststart"):
        stream.feed(box(b"ftyp", b"M4A ") + box(b"mdat", bytes(2_000)))
    stream.close()


def test_a_held_recording_that_unfolds_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mp4, "MAX_PIECE_S", 1)

    with pytest.raises(InvalidAudio, match="at most 1 s in an M4A whose index comes last"):
        heard(Mp4Stream(), [encoded("mp4", "aac", tone(2), 16_000)])


def test_an_index_without_sound_is_refused() -> None:
    with pytest.raises(InvalidAudio):
        heard(Mp4Stream(), [box(b"ftyp", b"M4A ") + box(b"moov")])
