"""What transcribes whole recordings on one thread: our engine as files go through it, and its peers as they come."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import click
import numpy as np

from auricle.audio.samples import Samples
from auricle.engine.catalogue import Catalogue
from auricle.engine.preparation import load, prepare
from auricle.engine.recogniser import Phrase, Recognition, Utterance
from auricle.recognition.options import ListenOptions
from auricle.recognition.segmenter import Closed, Segmenter, rules_for
from auricle.recognition.voice_activity import (
    CONTEXT_SAMPLES,
    MAX_WINDOWS_PER_CALL,
    WINDOW_SAMPLES,
    SileroVad,
    VoiceMemory,
    levels,
)
from auricle.settings import Settings
from auricle.text.formatter import TextFormatter, TextOptions
from auricle.text.words import Word

OURS = ("moonshine-base", "moonshine-tiny", "whisper-base", "whisper-tiny.en")
FASTER_WHISPER = "faster-whisper"
POCKETSPHINX = "pocketsphinx"
PEERS = (FASTER_WHISPER, POCKETSPHINX)
SEGMENTS_AT_ONCE = 16
INSTALL = "pip install 'auricle[bench]'"


class Engine(Protocol):
    """Hears a recording."""

    @property
    def about(self) -> str:
        """How it is set."""
        ...

    def transcribe(self, samples: Samples, language: str, phrases: Sequence[str]) -> str:
        """Everything that was said."""
        ...


def open_engine(name: str, home: Path) -> Engine:
    """An engine by name; says what to install when it is missing."""
    if name == FASTER_WHISPER:
        return FasterWhisper(home)
    if name == POCKETSPHINX:
        return PocketSphinx()
    return Auricle(name, home)


class Auricle:
    """The way of a file: Silero's segments as a conversation has them, decoded in batches with the batch beam."""

    def __init__(self, model: str, home: Path) -> None:
        catalogue = Catalogue(home)
        source, folder = catalogue.locate(model), catalogue.folder(model) / "prepared"
        prepare(source, folder)
        self._recogniser = load(source, folder)
        self._beam = Settings(home=home).batch_beam
        self._vad = SileroVad()
        self.about = f"Silero segments, beam {self._beam}"

    def transcribe(self, samples: Samples, language: str, phrases: Sequence[str]) -> str:
        listed = tuple(Phrase(text=text) for text in phrases)
        utterances = [
            Utterance(samples=samples[start:end], language=language, beam=self._beam, phrases=listed)
            for start, end in speech_segments(self._vad, samples)
        ]
        heard: list[Recognition] = []
        for first in range(0, len(utterances), SEGMENTS_AT_ONCE):
            heard += self._recogniser.recognise(utterances[first : first + SEGMENTS_AT_ONCE])
        return " ".join(found.hypotheses[0].text for found in heard if found.hypotheses)


def speech_segments(vad: SileroVad, samples: Samples) -> list[tuple[int, int]]:
    """Where a listener would begin and end its segments, in samples."""
    if not len(samples):
        return []
    count = -(-len(samples) // WINDOW_SAMPLES)
    padded = np.zeros(CONTEXT_SAMPLES + count * WINDOW_SAMPLES, dtype=np.float32)
    padded[CONTEXT_SAMPLES : CONTEXT_SAMPLES + len(samples)] = samples
    view = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT_SAMPLES + WINDOW_SAMPLES)[::WINDOW_SAMPLES]
    memory, segmenter, closed = VoiceMemory(), Segmenter(rules_for(ListenOptions())), list[Closed]()
    for first in range(0, count, MAX_WINDOWS_PER_CALL):
        rows = view[first : first + MAX_WINDOWS_PER_CALL]
        (found,) = vad.probabilities([rows], [memory])
        for probability, level in zip(found, levels(rows), strict=True):
            closed += [item for item in segmenter.push(float(probability), float(level)) if isinstance(item, Closed)]
    closed += [item for item in segmenter.finish() if isinstance(item, Closed)]
    return [(item.start * WINDOW_SAMPLES, min(item.end * WINDOW_SAMPLES, len(samples))) for item in closed]


class FasterWhisper:
    """faster-whisper over the very weights that our Whisper base is built from."""

    about = "Whisper base, int8, beam 5, its defaults otherwise"

    def __init__(self, home: Path) -> None:
        try:
            from faster_whisper import WhisperModel  # noqa: PLC0415  only one process needs it
        except ModuleNotFoundError as error:
            raise click.ClickException(f"faster-whisper is not installed: {INSTALL}") from error
        folder = _joined_weights(home)
        self._model: Any = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=1, local_files_only=True
        )

    def transcribe(self, samples: Samples, language: str, phrases: Sequence[str]) -> str:
        hotwords = ", ".join(phrases) or None
        segments, _ = self._model.transcribe(samples, language=language, beam_size=5, hotwords=hotwords)
        return " ".join(segment.text.strip() for segment in segments)


def _joined_weights(home: Path) -> Path:
    """A folder such as faster-whisper reads; the published model file comes in two packages."""
    source = Catalogue(home).locate("whisper-base")
    folder = home / "faster-whisper-base"
    if (folder / "model.bin").is_file():
        return folder
    draft = folder.with_suffix(".part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for name, parts in source.files.items():
        with (draft / name).open("wb") as whole:
            for part in parts:
                with part.open("rb") as piece:
                    shutil.copyfileobj(piece, whole)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    return folder


class PocketSphinx:
    """PocketSphinx with the model, language model and dictionary in its wheel. Hears English only."""

    about = "its default en-us models"

    def __init__(self) -> None:
        try:
            from pocketsphinx import Decoder  # noqa: PLC0415  only one process needs it
        except ModuleNotFoundError as error:
            raise click.ClickException(f"pocketsphinx is not installed: {INSTALL}") from error
        self._decoder: Any = Decoder(loglevel="FATAL")

    def transcribe(self, samples: Samples, language: str, phrases: Sequence[str]) -> str:
        if not len(samples):
            return ""
        self._decoder.start_utt()
        pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
        self._decoder.process_raw(pcm, no_search=False, full_utt=True)
        self._decoder.end_utt()
        best = self._decoder.hyp()
        return best.hypstr if best else ""


def lexical(text: str, language: str) -> str:
    """A transcript as the service words it: small, without punctuation, numbers said."""
    words = [Word(text=word, start_s=0.0, end_s=0.0) for word in text.split()]
    locale = "en-US" if language == "en" else language
    return TextFormatter(locale).format(words, TextOptions()).lexical
