"""The two kinds of dataset that come as a zip of recordings: with a transcript, and without."""

from __future__ import annotations

from collections.abc import Iterator

from auricle.adaptation.acoustic import TranscriptRule, find_transcript
from auricle.adaptation.archive import Archive, DamagedEntry, Entry, open_archive
from auricle.adaptation.encoding import open_text
from auricle.adaptation.findings import Problem, Rejected, Severity
from auricle.adaptation.kinds import FileKind
from auricle.adaptation.reading import Reading
from auricle.adaptation.recordings import AUDIO_SUFFIX, OTHER_AUDIO, Recording, read_recording
from auricle.adaptation.report import AcceptedFile
from auricle.adaptation.wording import is_english
from auricle.errors import UnusableDataset

_OTHER_FORMAT = Problem(
    code="audioFormat", reason="only WAV files are read", advice="convert to RIFF WAV, PCM, 16 bits"
)
_IGNORED = Problem(code="ignoredFile", reason="the file is not used", advice="leave it out of the zip")
_NO_LINE = Problem(
    code="noTranscriptLine",
    reason="no line of the transcript names this recording",
    advice="add its line, or leave it out",
)


def read_audio_files(reading: Reading) -> tuple[AcceptedFile, ...]:
    """Every recording counts as a line."""
    archive = open_archive(reading.source, reading.name, reading.limits)
    findings = reading.findings
    findings.duration_s = 0.0
    for entry, heard in _recordings(archive, reading):
        if isinstance(heard, Recording):
            findings.accepted_lines += 1
            findings.duration_s += heard.duration_s
        else:
            findings.reject_line(entry.path, None, heard)
    _warn_of_ignored(archive, None, reading)
    reading.require(findings.accepted_lines, "there is no usable recording")
    return (AcceptedFile(name=reading.name, kind=FileKind.AUDIO, size_bytes=reading.size_bytes),)


def read_acoustic(reading: Reading) -> tuple[AcceptedFile, ...]:
    """The lines of the transcript are counted; each is kept if its recording can be heard."""
    archive = open_archive(reading.source, reading.name, reading.limits)
    transcript = find_transcript(archive, reading.name, reading.limits.transcript_bytes)
    heard = {entry.key: heard for entry, heard in _recordings(archive, reading)}
    rule = TranscriptRule(heard, reading.utterance_rule())
    copied = _copy_transcript(archive, transcript, rule, reading)
    _report_without_line(archive, heard, rule, reading)
    _warn_of_ignored(archive, transcript, reading)
    reading.findings.duration_s = rule.duration_s
    reading.require(reading.findings.accepted_lines, "no line of the transcript can be used")
    kept = AcceptedFile(name=reading.name, kind=FileKind.ACOUSTIC_DATA_ARCHIVE, size_bytes=reading.size_bytes)
    return copied, kept


def _recordings(archive: Archive, reading: Reading) -> Iterator[tuple[Entry, Recording | Problem]]:
    """Each audio file of the archive, read, or why it cannot be used."""
    for entry in archive.entries:
        if entry.suffix == AUDIO_SUFFIX:
            reading.progress.entry()
            yield entry, _heard(archive, entry, reading)
        elif entry.suffix in OTHER_AUDIO:
            yield entry, _OTHER_FORMAT


def _heard(archive: Archive, entry: Entry, reading: Reading) -> Recording | Problem:
    share = entry.packed_bytes / max(entry.unpacked_bytes, 1)
    try:
        return read_recording(
            archive,
            entry,
            lambda problem: reading.findings.warn(entry.path, None, problem),
            max_duration_s=reading.limits.audio_duration_s,
            on_read=lambda count: reading.progress.unpacked(count, share),
        )
    except Rejected as rejected:
        return rejected.problem


def _copy_transcript(archive: Archive, transcript: Entry, rule: TranscriptRule, reading: Reading) -> AcceptedFile:
    try:
        with archive.open(transcript) as unpacked:
            worked = reading.progress.worked
            ansi_allowed = is_english(reading.locale)
            text = open_text(unpacked, transcript.path, ansi_allowed=ansi_allowed, on_read=worked)
            kind = FileKind.ACOUSTIC_DATA_TRANSCRIPTION
            return reading.copy_good_lines(text, rule, "transcript.txt", kind, worked)
    except DamagedEntry as error:
        reason = f"the transcript {transcript.path[:80]!r} is damaged"
        raise UnusableDataset(reason, code="damaged", advice="make the zip anew") from error


def _report_without_line(
    archive: Archive, heard: dict[str, Recording | Problem], rule: TranscriptRule, reading: Reading
) -> None:
    """What lies in the archive and is not trained on. These are findings of files; the lines are counted already."""
    for entry in archive.entries:
        if entry.key not in heard or entry.key in rule.named:
            continue
        found = heard[entry.key]
        problem = _NO_LINE if isinstance(found, Recording) else found
        reading.findings.note(Severity.ERROR, entry.path, None, problem)


def _warn_of_ignored(archive: Archive, transcript: Entry | None, reading: Reading) -> None:
    for entry in archive.entries:
        if entry is not transcript and entry.suffix != AUDIO_SUFFIX and entry.suffix not in OTHER_AUDIO:
            reading.findings.warn(entry.path, None, _IGNORED)
