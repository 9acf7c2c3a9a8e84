"""Where a blob is: account, container and name, checked once here and trusted by every store.

A name is what users see in links and reports: segments between slashes, as in Azure Blob storage, S3 and a folder.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from auricle.errors import InvalidRequest

ARTIFACTS = "customspeech-artifacts"
MODELS = "customspeech-models"
LOGS = "customspeech-audiologs"
CONTAINERS = (ARTIFACTS, MODELS, LOGS)

MAX_NAME_BYTES = 1024  # the bound of Azure and S3
MAX_SEGMENT_BYTES = 255  # the bound of Linux file systems
MAX_SEGMENTS = 64

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}  # controls, halves of surrogate pairs, line and paragraph separators


@dataclass(frozen=True, kw_only=True)
class BlobPath:
    """The address of one blob. Raises InvalidRequest when a part of it could not be one."""

    account: str
    container: str
    name: str

    def __post_init__(self) -> None:
        check_label("account", self.account)
        check_label("container", self.container)
        _check_characters("name", self.name)
        _check_segments(self.name, self.segments)

    @property
    def segments(self) -> tuple[str, ...]:
        """The name cut at its slashes: folders, then a file."""
        return tuple(self.name.split("/"))


def check_label(what: str, label: str) -> None:
    """Raise InvalidRequest unless `label` may name an account or a container."""
    if not _LABEL.fullmatch(label):
        raise InvalidRequest(
            f"The {what} must be 1 to 63 letters, digits, '-' or '_' and begin with a letter or digit."
        )


def check_prefix(prefix: str) -> tuple[tuple[str, ...], str]:
    """The whole segments of a prefix of names, and the beginning of the segment that follows them."""
    *folders, rest = prefix.split("/")
    _check_characters("prefix", prefix)
    if folders:
        _check_segments("/".join(folders), tuple(folders))
    return tuple(folders), rest


def _check_characters(what: str, text: str) -> None:
    if any(c == "\\" or unicodedata.category(c) in _UNPRINTABLE for c in text[: MAX_NAME_BYTES + 1]):
        raise InvalidRequest(
            f"The {what} of a blob must not hold control characters, broken characters or backslashes."
        )
    if len(text) > MAX_NAME_BYTES or len(text.encode()) > MAX_NAME_BYTES:
        raise InvalidRequest(f"The {what} of a blob must be no longer than {MAX_NAME_BYTES} bytes.")


def _check_segments(name: str, segments: tuple[str, ...]) -> None:
    if any(segment in {"", ".", ".."} for segment in segments):
        raise InvalidRequest("The name of a blob must hold something before, between and after its slashes, not '..'.")
    if len(segments) > MAX_SEGMENTS:
        raise InvalidRequest(f"The name of a blob must have no more than {MAX_SEGMENTS} parts, got {len(segments)}.")
    if any(len(segment.encode()) > MAX_SEGMENT_BYTES for segment in segments):
        raise InvalidRequest(f"Each part of a blob's name must be no longer than {MAX_SEGMENT_BYTES} bytes.")
