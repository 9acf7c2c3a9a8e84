"""Reads an uploaded dataset of any kind, says what is wrong with each line, and writes out what can be learned from.

What is written here is all that training reads, so what was accepted cannot fail there. Nothing is held in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from auricle.adaptation.audio_datasets import read_acoustic, read_audio_files
from auricle.adaptation.display_format import DisplayFormatRule
from auricle.adaptation.findings import Problem, Rejected, Severity
from auricle.adaptation.kinds import DatasetKind, FileKind
from auricle.adaptation.limits import Limits
from auricle.adaptation.progress import Progress
from auricle.adaptation.pronunciation import PronunciationRule
from auricle.adaptation.reading import Reading, Sink
from auricle.adaptation.report import AcceptedFile, DatasetReport, Findings
from auricle.adaptation.structured_text import StructuredTextRule
from auricle.errors import UnusableDataset


def validate(
    source: BinaryIO,
    *,
    name: str,
    kind: DatasetKind,
    locale: str,
    limits: Limits,
    normalise: bool,
    output: Sink,
    progress: Callable[[float], None],
) -> DatasetReport:
    """Judge an upload and write its good lines to `output`; `progress` takes the fraction done.

    `normalise` makes typography plain (`auricle.adaptation.wording.plain`). Raises UnusableDataset when there is
    nothing to learn from; its `report` is the content of report.json, which says why.
    """
    findings = Findings(kind, locale)
    size_bytes = source.seek(0, 2)
    reading = Reading(
        source=source,
        name=name,
        size_bytes=size_bytes,
        locale=locale,
        normalise=normalise,
        limits=limits,
        findings=findings,
        output=output,
        progress=Progress(progress, size_bytes * _PASSES.get(kind, 1)),
    )
    try:
        _check_size(reading, limits.upload_bytes(kind))
        files = _READERS[kind](reading)
    except UnusableDataset as error:
        problem = Problem(code=error.finding_code, reason=error.reason, advice=error.advice)
        findings.note(Severity.ERROR, name, None, problem)
        error.report = findings.report().to_json()
        raise
    reading.progress.finished()
    return findings.report(files)


def _check_size(reading: Reading, limit_bytes: int) -> None:
    if not reading.size_bytes:
        raise UnusableDataset(f"{reading.name} is empty", code="emptyFile", advice="upload a file with content")
    if reading.size_bytes > limit_bytes:
        reason = f"{reading.name} has {reading.size_bytes} bytes, at most {limit_bytes} are allowed"
        raise UnusableDataset(reason, code="tooLarge", advice="split it into several datasets")


def _read_language(reading: Reading) -> tuple[AcceptedFile, ...]:
    text = reading.text(ansi_for_english=True)
    file = reading.copy_good_lines(
        text, reading.utterance_rule(), "language.txt", FileKind.LANGUAGE_DATA, reading.progress.read
    )
    reading.require(reading.findings.accepted_lines, "no line can be used")
    return (file,)


def _read_pronunciation(reading: Reading) -> tuple[AcceptedFile, ...]:
    text = reading.text(ansi_for_english=True)
    file = reading.copy_good_lines(
        text, PronunciationRule(), "pronunciation.txt", FileKind.PRONUNCIATION_DATA, reading.progress.read
    )
    reading.require(reading.findings.accepted_lines, "no line can be used")
    return (file,)


def _read_structured_text(reading: Reading) -> tuple[AcceptedFile, ...]:
    text = reading.text()
    search = StructuredTextRule(locale=reading.locale, normalise=reading.normalise)
    for _, line in text.lines(reading.progress.read):
        reading.progress.line()
        _search_line(search, line)
    rule = StructuredTextRule(locale=reading.locale, normalise=reading.normalise, known=search.lists)
    file = reading.copy_good_lines(text, rule, "structured_text.md", FileKind.LANGUAGE_DATA, reading.progress.read)
    reading.require(rule.learnable, "there is no usable sentence, item or pronunciation")
    return (file,)


def _search_line(search: StructuredTextRule, line: str) -> None:
    """The first reading only fills the lists; what is wrong is said in the second."""
    try:
        search(line, lambda _: None)
    except Rejected:
        return


def _read_display_format(reading: Reading) -> tuple[AcceptedFile, ...]:
    rule = DisplayFormatRule(locale=reading.locale)
    file = reading.copy_good_lines(
        reading.text(), rule, "display_format.md", FileKind.OUTPUT_FORMATTING_DATA, reading.progress.read
    )
    reading.require(rule.rules, "there is no usable rule")
    return (file,)


_PASSES = {DatasetKind.LANGUAGE_MARKDOWN: 2}  # how often the upload is read
_READERS: dict[DatasetKind, Callable[[Reading], tuple[AcceptedFile, ...]]] = {
    DatasetKind.LANGUAGE: _read_language,
    DatasetKind.ACOUSTIC: read_acoustic,
    DatasetKind.PRONUNCIATION: _read_pronunciation,
    DatasetKind.AUDIO_FILES: read_audio_files,
    DatasetKind.LANGUAGE_MARKDOWN: _read_structured_text,
    DatasetKind.OUTPUT_FORMATTING: _read_display_format,
}
