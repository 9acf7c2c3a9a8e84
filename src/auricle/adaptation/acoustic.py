"""Recordings with their transcript: one zip, one text file in it, a line `file<TAB>text` for every recording."""

from __future__ import annotations

from collections.abc import Mapping

from auricle.adaptation.archive import Archive, Entry, name_key
from auricle.adaptation.findings import Problem, Rejected, Warn
from auricle.adaptation.language import UtteranceRule
from auricle.adaptation.recordings import AUDIO_SUFFIX, LONGEST_FOR_TRAINING_S, Recording
from auricle.adaptation.wording import check_characters
from auricle.errors import UnusableDataset

TRANSCRIPT_SUFFIXES = frozenset((".txt", ".tsv"))
_USUAL_NAMES = frozenset(("trans.txt", "trans.tsv"))
_EXPECTED = "a file name, a tab and what is spoken"
Heard = Mapping[str, Recording | Problem]  # by name key: what a recording is, or why it cannot be used


def find_transcript(archive: Archive, name: str, max_bytes: int) -> Entry:
    """The one text file, or among several the one with the usual name."""
    texts = [entry for entry in archive.entries if entry.suffix in TRANSCRIPT_SUFFIXES]
    usual = [entry for entry in texts if entry.key in _USUAL_NAMES]
    found = usual if len(texts) > 1 else texts
    if not texts:
        raise UnusableDataset(f"{name} has no transcript", code="noTranscript", advice="add trans.txt to the zip")
    if len(found) != 1:
        reason = f"{name} has {len(texts)} text files and it is not clear which is the transcript"
        raise UnusableDataset(reason, code="severalTranscripts", advice="keep one, named trans.txt")
    if found[0].unpacked_bytes > max_bytes:
        reason = f"the transcript has {found[0].unpacked_bytes} bytes, at most {max_bytes} are allowed"
        raise UnusableDataset(reason, code="tooLarge", advice="split the dataset")
    return found[0]


class TranscriptRule:
    """Judges one line; every recording may have one."""

    def __init__(self, heard: Heard, utterance: UtteranceRule) -> None:
        self.duration_s = 0.0  # of the recordings whose lines were kept
        self._heard = heard
        self._utterance = utterance
        self.named: set[str] = set()  # keys of the recordings that lines name

    def __call__(self, text: str, warn: Warn) -> str:
        check_characters(text)
        file, tab, spoken = text.partition("\t")
        file, spoken = file.strip(), spoken.strip()
        if not tab:
            raise Rejected("noTab", f"expected {_EXPECTED}, got no tab", "separate name and text by one tab")
        if "\t" in spoken:
            raise Rejected("tooManyTabs", f"expected {_EXPECTED}, got more columns", "keep exactly one tab a line")
        recording = self._recording(file)
        kept = self._utterance(spoken, warn)
        self.duration_s += recording.duration_s
        if recording.duration_s > LONGEST_FOR_TRAINING_S:
            warn(_too_long_for_training(recording))
        return f"{recording.path}\t{kept}"

    def _recording(self, file: str) -> Recording:
        key = name_key(file)
        key = key if key in self._heard else key + AUDIO_SUFFIX
        heard = self._heard.get(key)
        if heard is None:
            raise Rejected(
                "unknownFile", f"there is no file {file[:80]!r} in the archive", "correct the name, or add the file"
            )
        if key in self.named:
            raise Rejected("duplicateName", f"{file[:80]!r} has a line already", "keep one line for every file")
        self.named.add(key)
        if isinstance(heard, Problem):
            raise Rejected(heard.code, f"its recording cannot be used: {heard.reason}", heard.advice)
        return heard


def _too_long_for_training(recording: Recording) -> Problem:
    reason = f"the recording lasts {recording.duration_s:.0f} s; beyond {LONGEST_FOR_TRAINING_S:.0f} s only the text is trained on"
    return Problem(code="tooLongForTraining", reason=reason, advice="cut it into shorter files to train on its sound")
