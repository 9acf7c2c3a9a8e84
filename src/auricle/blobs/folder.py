"""Walks inside one folder that never leave it: every step is taken from an open folder and follows no symbolic link.

A path that was checked and then opened by name could be swapped for a link in between; a descriptor cannot.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_STEP = _FOLDER | os.O_NOFOLLOW
FOLDER_MODE = 0o700
FILE_MODE = 0o600


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file or a folder found in a folder."""

    name: str
    is_folder: bool
    size_bytes: int
    modified_s: float  # since 1970

    @property
    def sort_key(self) -> str:
        """Orders folders as the names of what is in them will be ordered."""
        return self.name + "/" if self.is_folder else self.name


@contextmanager
def entered(root: Path, segments: Sequence[str], *, make: bool = False) -> Iterator[int]:
    """A descriptor of the folder `segments` below `root`, made when `make`; OSError when a step is not a folder."""
    descriptor = os.open(root, _FOLDER)
    try:
        for segment in segments:
            if make:
                _make(descriptor, segment)
            inner = os.open(segment, _STEP, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def opened_file(root: Path, segments: Sequence[str]) -> int:
    """A descriptor of the regular file `segments` below `root`, to read; OSError when there is none."""
    *folders, name = segments
    with entered(root, folders) as folder:
        file = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return file


def entries(root: Path, segments: Sequence[str]) -> list[Entry]:
    """What is in a folder, in the order of names; empty when there is no such folder."""
    found = []
    with suppress(FileNotFoundError, NotADirectoryError), entered(root, segments) as folder, os.scandir(folder) as scan:
        for item in scan:
            with suppress(FileNotFoundError):
                status = item.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
                    found.append(_entry(item.name, status))
    return sorted(found, key=lambda entry: entry.sort_key)


def remove_empty(root: Path, segments: Sequence[str], *, keep: int) -> None:
    """Remove the folder `segments` and those above it, but the topmost `keep`, as far as they are empty."""
    for depth in range(len(segments), keep, -1):
        try:
            with entered(root, segments[: depth - 1]) as parent:
                os.rmdir(segments[depth - 1], dir_fd=parent)
        except OSError:
            return


def _entry(name: str, status: os.stat_result) -> Entry:
    return Entry(
        name=name,
        is_folder=stat.S_ISDIR(status.st_mode),
        size_bytes=status.st_size,
        modified_s=status.st_mtime,
    )


def _make(parent: int, name: str) -> None:
    with suppress(FileExistsError):
        os.mkdir(name, FOLDER_MODE, dir_fd=parent)
        os.fsync(parent)
