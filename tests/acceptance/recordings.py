"""The recordings that tests listen to, by set and name, each with what was said."""

from __future__ import annotations

import wave
from functools import cache
from pathlib import Path

import numpy as np

from auricle.audio.files import read_samples
from auricle.audio.samples import SAMPLE_RATE_HZ, Samples

from .python_client import pcm


class Recordings:
    """A folder of sets, each with a folder `audio` and tables of file and reference text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._reference = cache(self._read_references)

    def path(self, of: str, name: str) -> Path:
        """A recording's file; `name` may leave out its end."""
        (found,) = (self.folder / of / "audio").glob(f"{name}*")
        return found

    def samples(self, of: str, name: str) -> Samples:
        """A recording, decoded."""
        return read_samples(self.path(of, name))

    def said(self, of: str, name: str) -> str:
        """What a recording says."""
        return self._reference(of)[self.path(of, name).name]

    def saying(self, of: str, word: str) -> str:
        """The name of the first recording in which this word is said."""
        return next(name for name, said in self._reference(of).items() if word in said.split())

    def jfk(self) -> Samples:
        """Eleven seconds of a president's speech, in three phrases."""
        return self.samples("jfk_en", "jfk")

    def jfk_words(self) -> str:
        """What he says."""
        return self.said("jfk_en", "jfk")

    def _read_references(self, of: str) -> dict[str, str]:
        names = ("transcripts.tsv", "dev.tsv", "train.tsv")
        tables = [self.folder / of / name for name in names if (self.folder / of / name).exists()]
        return dict(line.split("\t", 1) for table in tables for line in table.read_text().splitlines() if line)


def silence(duration_s: float) -> Samples:
    """Nothing at all."""
    return np.zeros(int(duration_s * SAMPLE_RATE_HZ), np.float32)


def joined(*pieces: Samples, gap_s: float = 1.2) -> Samples:
    """Recordings one after the other, with pauses that end segments."""
    quiet = silence(gap_s)
    return np.concatenate([part for piece in pieces for part in (piece, quiet)])


def wave_file(path: Path, samples: Samples) -> Path:
    """Write samples as a WAV file of 16-bit PCM."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(pcm(samples))
    return path
