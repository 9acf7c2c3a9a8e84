"""What a storage account can do, whatever keeps its blobs: a folder, Azure Blob storage, S3 or Google.

Everything streams, so a blob may be larger than memory, and a blob is there whole or not at all.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from auricle.blobs.paths import ARTIFACTS, CONTAINERS, LOGS, MODELS, BlobPath

__all__ = [
    "ARTIFACTS",
    "CONTAINERS",
    "LINK_PREFIX",
    "LOGS",
    "MODELS",
    "READ_BYTES",
    "BlobInfo",
    "BlobPath",
    "BlobStore",
    "BlobWriter",
]

LINK_PREFIX = "/storage"  # of the links that this server answers itself
READ_BYTES = 1 << 20  # what a reader is handed at once


@dataclass(frozen=True, kw_only=True)
class BlobInfo:
    """What is known of a blob without reading it."""

    path: BlobPath
    size_bytes: int
    modified_at: datetime  # UTC


class BlobWriter(Protocol):
    """A blob being written; nobody sees it before it is whole."""

    def write(self, data: bytes, /) -> int:
        """Append `data` and return its length."""
        ...


class BlobStore(Protocol):
    """Blobs by path. Safe to use from many threads and processes at once; the last writer of a path wins."""

    def put(self, path: BlobPath, chunks: Iterable[bytes]) -> BlobInfo:
        """Store the chunks as one blob; when the iterable raises, what was there before stays."""
        ...

    def writer(self, path: BlobPath) -> AbstractContextManager[BlobWriter]:
        """A blob to write bit by bit: stored when the block ends, discarded when it raises."""
        ...

    def open(self, path: BlobPath) -> BinaryIO:
        """The blob as a seekable, buffered file. Raises NotFound."""
        ...

    def read(self, path: BlobPath, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` on, `length` of them or all. Raises NotFound at the call, not at the first chunk."""
        ...

    def info(self, path: BlobPath) -> BlobInfo:
        """Size and time of a blob. Raises NotFound."""
        ...

    def list(self, account: str, container: str, prefix: str = "") -> Iterator[BlobInfo]:
        """The blobs whose names begin with `prefix`, in the order of their names."""
        ...

    def delete(self, path: BlobPath) -> None:
        """Remove a blob; nothing happens when there is none."""
        ...

    def delete_prefix(self, account: str, container: str, prefix: str) -> int:
        """Remove every blob whose name begins with `prefix` and return how many there were."""
        ...

    def copy(self, source: BlobPath, target: BlobPath) -> BlobInfo:
        """Store what is at `source` at `target` too. Raises NotFound."""
        ...

    def link(
        self, paths: Sequence[BlobPath], *, base_url: str, valid_s: int | None, now: datetime
    ) -> builtins.list[str]:
        """An address for each path by which whoever has it may read the blob for `valid_s` seconds from `now`.

        None means 12 hours, 0 an address that asks for a key or token. Raises InvalidRequest beyond 7 days. Links for
        a page are asked for at once, since a cloud account signs all of them with one delegation key.
        """
        ...
