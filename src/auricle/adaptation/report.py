"""What became of an upload: counts for everything, findings for the first of each severity, and report.json."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from auricle.adaptation.findings import Finding, Problem, Severity, excerpt
from auricle.adaptation.kinds import DatasetKind, FileKind

MAX_FINDINGS = 1_000  # of each severity; the counts know of all


@dataclass(frozen=True, kw_only=True)
class AcceptedFile:
    """A file that training and evaluation may read; an archive is the upload itself."""

    name: str
    kind: FileKind
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class DatasetReport:
    """Lines are those of the text, less blank ones and comments; without a text, each audio file counts as one."""

    kind: DatasetKind
    locale: str
    accepted_lines: int
    rejected_lines: int
    warnings: int
    duration_s: float | None  # of the accepted audio
    findings: tuple[Finding, ...]
    findings_by_code: dict[str, int]  # every one, also those beyond the cap
    files: tuple[AcceptedFile, ...]

    def to_json(self) -> bytes:
        """The content of report.json."""
        content: dict[str, Any] = {
            "kind": self.kind.value,
            "locale": self.locale,
            "acceptedLines": self.accepted_lines,
            "rejectedLines": self.rejected_lines,
            "warnings": self.warnings,
            "durationSeconds": None if self.duration_s is None else round(self.duration_s, 3),
            "files": [
                {"name": file.name, "kind": file.kind.value, "sizeBytes": file.size_bytes} for file in self.files
            ],
            "findingsByCode": self.findings_by_code,
            "findingsShown": len(self.findings),
            "findings": [_finding_json(finding) for finding in self.findings],
        }
        return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "severity": finding.severity.value,
        "file": finding.file,
        "line": finding.line,
        "code": finding.code,
        "reason": finding.reason,
        "advice": finding.advice,
        "excerpt": finding.excerpt,
    }


class Findings:
    """Collects a report while the dataset is read; memory stays the same however much is wrong."""

    def __init__(self, kind: DatasetKind, locale: str) -> None:
        self.accepted_lines = 0
        self.rejected_lines = 0
        self.duration_s: float | None = None
        self._kind = kind
        self._locale = locale
        self._findings: list[Finding] = []
        self._by_severity: Counter[Severity] = Counter()
        self._by_code: Counter[str] = Counter()

    def reject_line(self, file: str, line: int | None, problem: Problem, text: str | None = None) -> None:
        """A line is left out."""
        self.rejected_lines += 1
        self.note(Severity.ERROR, file, line, problem, text)

    def warn(self, file: str, line: int | None, problem: Problem, text: str | None = None) -> None:
        """A line, or a file, is kept though it is odd."""
        self.note(Severity.WARNING, file, line, problem, text)

    def note(self, severity: Severity, file: str, line: int | None, problem: Problem, text: str | None = None) -> None:
        """A finding that counts no line."""
        self._by_severity[severity] += 1
        self._by_code[problem.code] += 1
        if self._by_severity[severity] > MAX_FINDINGS:
            return
        self._findings.append(
            Finding(
                severity=severity,
                file=excerpt(file),
                line=line,
                code=problem.code,
                reason=problem.reason,
                advice=problem.advice,
                excerpt=None if text is None else excerpt(text),
            )
        )

    def report(self, files: tuple[AcceptedFile, ...] = ()) -> DatasetReport:
        """All that is known so far."""
        return DatasetReport(
            kind=self._kind,
            locale=self._locale,
            accepted_lines=self.accepted_lines,
            rejected_lines=self.rejected_lines,
            warnings=self._by_severity[Severity.WARNING],
            duration_s=self.duration_s,
            findings=tuple(self._findings),
            findings_by_code=dict(self._by_code.most_common()),
            files=files,
        )
