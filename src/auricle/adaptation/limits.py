"""How large a dataset may be: the documented limits, and those that keep a hostile archive harmless."""

from __future__ import annotations

from dataclasses import dataclass

from auricle.adaptation.kinds import DatasetKind

MIB, GIB = 2**20, 2**30


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The standard tier's, unless told otherwise."""

    archive_bytes: int = 2 * GIB
    language_bytes: int = 3 * GIB // 2
    structured_text_bytes: int = 200 * MIB
    pronunciation_bytes: int = MIB
    display_format_bytes: int = 10 * MIB
    archive_entries: int = 10_000
    unpacked_bytes: int = 16 * GIB  # of a whole archive
    transcript_bytes: int = 200 * MIB  # unpacked
    audio_duration_s: float = 2 * 3600.0  # of one file

    def upload_bytes(self, kind: DatasetKind) -> int:
        """The largest upload of a kind."""
        return {
            DatasetKind.LANGUAGE: self.language_bytes,
            DatasetKind.ACOUSTIC: self.archive_bytes,
            DatasetKind.PRONUNCIATION: self.pronunciation_bytes,
            DatasetKind.AUDIO_FILES: self.archive_bytes,
            DatasetKind.LANGUAGE_MARKDOWN: self.structured_text_bytes,
            DatasetKind.OUTPUT_FORMATTING: self.display_format_bytes,
        }[kind]
