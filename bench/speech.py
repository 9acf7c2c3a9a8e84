"""Speech for live streams: real recordings one after another with pauses such as people make."""

from __future__ import annotations

import random
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from auricle.audio.files import read_samples
from auricle.audio.samples import SAMPLE_RATE_HZ, Samples
from bench.recordings import Clip, data_folder, english_sets

SOURCES = ("coffee", "general", "telephony", "librivox", "jfk", "mandarin-dev")
PAUSE_S = (0.3, 1.2)  # between recordings, from within a sentence's pause to well beyond an end silence
EDGE_S = 0.15  # of the quiet that recordings begin and end with is kept: people do not wait for a recorder
QUIET = 0.03  # of a recording's loudest moment
MOMENT = 320  # samples
ROOM = 1e-4  # standard deviation of the faint noise in pauses: no room is digitally silent
STEP = 0.618034  # of the list of recordings that one stream begins after the other: no two alike


@dataclass(frozen=True, kw_only=True)
class Speech:
    """The audio of a stream and what is said in it."""

    path: Path
    duration_s: float
    reference: str


def make_speech(folder: Path, number: int, duration_s: float) -> Speech:
    """The stream of this number, at least that long, written as a WAV file (16 kHz, 16 bit, mono)."""
    clips = _clips()
    dice = random.Random(number)
    at = int(len(clips) * (number * STEP % 1))
    noise = np.random.default_rng(number)
    pieces: list[Samples] = [_pause(noise, 0.5)]
    references: list[str] = []
    while sum(map(len, pieces)) < duration_s * SAMPLE_RATE_HZ:
        clip = clips[at % len(clips)]
        pieces += [trimmed(read_samples(clip.path)), _pause(noise, dice.uniform(*PAUSE_S))]
        references.append(clip.reference)
        at += 1
    samples = np.concatenate([*pieces, _pause(noise, 1.0)])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"stream-{number:03d}.wav"
    write_wav(path, samples)
    return Speech(path=path, duration_s=len(samples) / SAMPLE_RATE_HZ, reference=" ".join(references))


def trimmed(samples: Samples) -> Samples:
    """Without most of the quiet before and after the speech."""
    moments = samples[: len(samples) // MOMENT * MOMENT].reshape(-1, MOMENT)
    loudness = np.sqrt(np.mean(moments**2, axis=1))
    (loud,) = np.nonzero(loudness > QUIET * loudness.max(initial=0.0))
    if not len(loud):
        return samples
    edge = round(EDGE_S * SAMPLE_RATE_HZ)
    return samples[max(0, loud[0] * MOMENT - edge) : (loud[-1] + 1) * MOMENT + edge]


@cache
def _clips() -> tuple[Clip, ...]:
    sets = [item for item in english_sets(data_folder()) if item.name in SOURCES]
    clips = [clip for item in sets for clip in item.clips]
    random.Random(1).shuffle(clips)
    return tuple(clips)


def _pause(noise: np.random.Generator, duration_s: float) -> Samples:
    return noise.normal(0.0, ROOM, round(duration_s * SAMPLE_RATE_HZ)).astype(np.float32)


def write_wav(path: Path, samples: Samples) -> None:
    """16 kHz, 16 bit, mono."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def total_duration_s(speeches: Sequence[Speech]) -> float:
    """Seconds of all of them."""
    return sum(speech.duration_s for speech in speeches)
