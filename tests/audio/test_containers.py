"""The first bytes say what a stream is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.audio.containers import Container, id3_bytes, sniff
from tests.audio.made_audio import encoded, tone, wave


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (wave(b""), Container.WAVE),
        (b"RF64\xff\xff\xff\xffWAVE", Container.WAVE),
        (b"fLaC\0\0\0\x22", Container.FLAC),
        (b"OggS\0\2", Container.OGG),
        (b"\x1aE\xdf\xa3\x9fB", Container.MATROSKA),
        (b"#!AMR-WB\n", Container.AMR),
        (b"\0\0\0\x20ftypM4A ", Container.MP4),
        (bytes.fromhex("fff15080"), Container.AAC),
        (bytes.fromhex("fffb9064"), Container.MP3),
        (bytes.fromhex("fff340c4"), Container.MP3),
        (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), Container.ASF),
        (b"RIFF\0\0\0\0AVI LIST", None),
        (b"FORM\0\0\0\0AIFF", None),
        (b"#EXTM3U\nhttp://x", None),
        (bytes.fromhex("ffffffff"), None),
        (b"", None),
    ],
)
def test_each_container_has_its_sign(head: bytes, container: Container | None) -> None:
    assert sniff(head) is container


@given(st.binary(max_size=20))
def test_any_bytes_can_be_looked_at(head: bytes) -> None:
    assert sniff(head) is None or isinstance(sniff(head), Container)
    assert id3_bytes(head) >= 0


def test_a_tag_tells_its_length_in_seven_bits_a_byte() -> None:
    assert id3_bytes(b"ID3\4\0\0" + bytes([0, 0, 2, 1])) == 10 + 257
    assert id3_bytes(b"ID3\4\0\x10" + bytes([0, 0, 2, 1])) == 10 + 257 + 10
    assert id3_bytes(b"ID3\4\0\0" + bytes([0, 0, 0x80, 1])) == 0


@pytest.mark.parametrize(
    ("name", "codec", "container"),
    [("mp3", "libmp3lame", Container.MP3), ("adts", "aac", Container.AAC), ("webm", "libopus", Container.MATROSKA)],
)
def test_what_an_encoder_writes_is_recognised(name: str, codec: str, container: Container | None) -> None:
    data = encoded(name, codec, tone(0.2, 48_000), 48_000)

    assert sniff(data[id3_bytes(data[:10]) :][:16]) is container
