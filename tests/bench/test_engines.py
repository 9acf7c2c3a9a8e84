"""Segments of a file are those that a listener hears."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from auricle.audio.files import read_samples
from auricle.audio.samples import SAMPLE_RATE_HZ
from auricle.recognition.voice_activity import SileroVad
from bench.engines import lexical, speech_segments
from bench.speech import EDGE_S, MOMENT, make_speech, trimmed


def test_silence_has_no_segments() -> None:
    assert speech_segments(SileroVad(), np.zeros(3 * SAMPLE_RATE_HZ, np.float32)) == []


def test_no_audio_has_no_segments() -> None:
    assert speech_segments(SileroVad(), np.zeros(0, np.float32)) == []


def test_speech_is_cut_at_pauses_within_the_recording(tmp_path: Path, shared: Path) -> None:
    samples = read_samples(make_speech(tmp_path, 1, 12.0).path)
    found = speech_segments(SileroVad(), samples)
    assert len(found) >= 2
    assert all(0 <= start < end <= len(samples) for start, end in found)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(found))


def test_a_stream_is_the_same_every_time_and_unlike_the_next(tmp_path: Path, shared: Path) -> None:
    first, again, other = (make_speech(tmp_path / str(n), n // 2, 5.0) for n in (0, 1, 2))
    assert first.reference == again.reference
    assert first.reference != other.reference
    assert first.path.read_bytes() == again.path.read_bytes()


def test_quiet_edges_are_cut_and_the_speech_is_kept() -> None:
    speech = np.full(SAMPLE_RATE_HZ, 0.5, np.float32)
    quiet = np.full(2 * SAMPLE_RATE_HZ, 0.001, np.float32)
    found = trimmed(np.concatenate([quiet, speech, quiet]))
    assert np.count_nonzero(found == np.float32(0.5)) == len(speech)
    assert len(found) == pytest.approx(len(speech) + 2 * EDGE_S * SAMPLE_RATE_HZ, abs=2 * MOMENT)


def test_a_recording_without_sound_is_left_as_it_is() -> None:
    assert len(trimmed(np.zeros(1000, np.float32))) == 1000


def test_a_transcript_is_worded_as_the_service_does() -> None:
    assert lexical("It's 5 o'clock.", "en") == "it's five o'clock"
