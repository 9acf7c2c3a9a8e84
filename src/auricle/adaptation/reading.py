"""What every kind of dataset is read with: the upload, where good lines go, what was found, how far it has come."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from auricle.adaptation.encoding import TextFile, open_text
from auricle.adaptation.findings import Rejected, Rule
from auricle.adaptation.kinds import FileKind
from auricle.adaptation.language import UtteranceRule
from auricle.adaptation.limits import Limits
from auricle.adaptation.progress import Progress
from auricle.adaptation.report import AcceptedFile, Findings
from auricle.adaptation.wording import is_english
from auricle.errors import UnusableDataset


class BinaryWriter(Protocol):
    """Takes bytes."""

    def write(self, data: bytes, /) -> object: ...


class Sink(Protocol):
    """Where accepted content goes."""

    def open(self, name: str, kind: FileKind) -> AbstractContextManager[BinaryWriter]:
        """A new file. It counts only if the dataset is accepted."""
        ...


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One upload on its way through."""

    source: BinaryIO
    name: str
    size_bytes: int
    locale: str
    normalise: bool
    limits: Limits
    findings: Findings
    output: Sink
    progress: Progress

    def utterance_rule(self) -> UtteranceRule:
        return UtteranceRule(locale=self.locale, normalise=self.normalise)

    def text(self, *, ansi_for_english: bool = False) -> TextFile:
        """The upload as text."""
        ansi_allowed = ansi_for_english and is_english(self.locale)
        return open_text(self.source, self.name, ansi_allowed=ansi_allowed, on_read=self.progress.worked)

    def copy_good_lines(
        self, text: TextFile, rule: Rule, name: str, kind: FileKind, on_read: Callable[[int], None]
    ) -> AcceptedFile:
        """Judge every line, count it, and write it to the file `name` if it is kept."""
        size_bytes = 0
        with self.output.open(name, kind) as writer:
            for number, line in text.lines(on_read):
                self.progress.line()
                kept = self._judged(text.name, number, line, rule)
                if kept is not None:
                    data = f"{kept}\n".encode()
                    writer.write(data)
                    size_bytes += len(data)
        return AcceptedFile(name=name, kind=kind, size_bytes=size_bytes)

    def require(self, count: int, missing: str) -> None:
        """Raise UnusableDataset when there is none of what was counted."""
        if not count:
            raise UnusableDataset(
                f"{self.name}: {missing}", code="nothingUsable", advice="correct what the report names and upload again"
            )

    def _judged(self, file: str, number: int, line: str, rule: Rule) -> str | None:
        try:
            kept = rule(line, lambda problem: self.findings.warn(file, number, problem, line))
        except Rejected as rejected:
            self.findings.reject_line(file, number, rejected.problem, line)
            return None
        self.findings.accepted_lines += kept is not None
        return kept
