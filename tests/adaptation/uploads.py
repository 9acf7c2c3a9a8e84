"""Datasets made on the spot, and a place for what is accepted of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from auricle.adaptation.datasets import validate
from auricle.adaptation.kinds import DatasetKind, FileKind
from auricle.adaptation.limits import Limits
from auricle.adaptation.report import DatasetReport
from tests.audio.made_audio import fmt, wave


@dataclass
class Kept:
    """A sink in memory."""

    files: dict[str, bytes] = field(default_factory=dict)
    kinds: dict[str, FileKind] = field(default_factory=dict)

    @contextmanager
    def open(self, name: str, kind: FileKind) -> Iterator[io.BytesIO]:
        file = io.BytesIO()
        yield file
        self.files[name] = file.getvalue()
        self.kinds[name] = kind

    @property
    def text(self) -> str:
        """The only file there is."""
        (content,) = self.files.values()
        return content.decode()


def read(
    data: bytes | str,
    kind: DatasetKind,
    *,
    locale: str = "en-US",
    limits: Limits | None = None,
    normalise: bool = True,
    sink: Kept | None = None,
) -> tuple[DatasetReport, Kept]:
    kept = sink or Kept()
    report = validate(
        io.BytesIO(data.encode() if isinstance(data, str) else data),
        name="upload",
        kind=kind,
        locale=locale,
        limits=limits or Limits(),
        normalise=normalise,
        output=kept,
        progress=lambda fraction: None,
    )
    return report, kept


def codes(report: DatasetReport) -> list[tuple[int | None, str]]:
    """Line and code of every finding."""
    return [(finding.line, finding.code) for finding in report.findings]


def zipped(files: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def recording(seconds: float = 1.0, *, rate_hz: int = 16_000, channels: int = 1, bits: int = 16, tag: int = 1) -> bytes:
    body = bytes(round(seconds * rate_hz) * channels * bits // 8)
    return wave(body, fmt(tag, channels, rate_hz, bits))
