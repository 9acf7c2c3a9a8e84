"""A Content-Type describes samples that have no header."""

from __future__ import annotations

import pytest

from auricle.audio.content_type import raw_format
from auricle.audio.pcm import Encoding, PcmFormat
from auricle.errors import UnsupportedAudio


@pytest.mark.parametrize(
    ("content_type", "form"),
    [
        (None, None),
        ("", None),
        ("audio/wav; codecs=audio/pcm; samplerate=16000", None),
        ("audio/ogg; codecs=opus", None),
        ("audio/raw", PcmFormat()),
        ("Audio/Raw; codec=audio/pcm; samplerate=8000", PcmFormat(rate_hz=8_000)),
        (
            'audio/raw;codecs="audio/pcm";samplerate="48000";channels=2;bitspersample=24',
            PcmFormat(encoding=Encoding.SIGNED_24, rate_hz=48_000, channels=2),
        ),
        ("audio/pcm; codec=mulaw; samplerate=8000", PcmFormat(encoding=Encoding.MU_LAW, rate_hz=8_000)),
    ],
)
def test_raw_types_have_a_format_and_others_none(content_type: str | None, form: PcmFormat | None) -> None:
    assert raw_format(content_type) == form


@pytest.mark.parametrize(
    ("content_type", "reason"),
    [
        ("audio/raw; codec=opus", "got 'opus'"),
        ("audio/raw; samplerate=fast", "got 'fast'"),
        ("audio/raw; samplerate=-1", "got '-1'"),
        ("audio/raw; samplerate=1" + "0" * 5_000, "expected a number"),
        ("audio/raw; bitspersample=17", "got 17"),
    ],
)
def test_raw_samples_of_an_unknown_kind_are_refused(content_type: str | None, reason: str) -> None:
    with pytest.raises(UnsupportedAudio, match=reason):
        raw_format(content_type)
