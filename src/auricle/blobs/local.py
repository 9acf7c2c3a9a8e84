"""Blobs in a folder of this machine: `<folder>/<account>/<container>/<name>`, readable by their owner alone.

Not on obstore's LocalStore, which follows symbolic links out of its folder, makes files that everybody may read,
does not wait for the disk and refuses some names; the stores of the clouds, where obstore is at home, come beside this.
"""

from __future__ import annotations

import builtins
import errno
import os
import secrets
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from auricle.blobs import folder as tree
from auricle.blobs.paths import BlobPath, check_label, check_prefix
from auricle.blobs.signing import LinkSigner, validity_s
from auricle.blobs.store import LINK_PREFIX, READ_BYTES, BlobInfo, BlobStore
from auricle.errors import AuricleError, InvalidRequest, NotFound, StorageFull

ABANDONED_AFTER = timedelta(days=1)  # a partial file that nobody wrote to for so long has lost its writer
_PARTIAL = ".partial"  # no account's name begins with a dot
_PLACE_ATTEMPTS = 10
_WRITE_BUFFER_BYTES = 256 << 10


class LocalWriter:
    """A blob being written to a file of its own."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.info: BlobInfo | None = None  # once it is stored

    def write(self, data: bytes, /) -> int:
        return self._file.write(data)

    def finish(self, path: BlobPath) -> None:
        """Wait until the disk has every byte."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self.info = _info(path, os.fstat(self._file.fileno()))


class LocalBlobs(BlobStore):
    """A storage account kept in a folder."""

    def __init__(self, folder: Path, signing_key: bytes) -> None:
        self._root = folder
        self._partial = folder / _PARTIAL
        self._signer = LinkSigner(signing_key)
        for made in (self._root, self._partial):
            made.mkdir(mode=tree.FOLDER_MODE, parents=True, exist_ok=True)
            made.chmod(tree.FOLDER_MODE)

    def put(self, path: BlobPath, chunks: Iterable[bytes]) -> BlobInfo:
        with self.writer(path) as writer:
            for chunk in chunks:
                writer.write(chunk)
        assert writer.info is not None  # the block ended well
        return writer.info

    @contextmanager
    def writer(self, path: BlobPath) -> Iterator[LocalWriter]:
        partial = self._partial / secrets.token_hex(16)
        try:
            with _storage_errors(), os.fdopen(_created(partial), "wb", buffering=_WRITE_BUFFER_BYTES) as file:
                writer = LocalWriter(file)
                yield writer
                writer.finish(path)
            self._place(partial, path)
        finally:
            partial.unlink(missing_ok=True)

    def open(self, path: BlobPath) -> BinaryIO:
        return os.fdopen(self._descriptor(path), "rb", buffering=READ_BYTES)

    def read(self, path: BlobPath, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        if start < 0 or (length is not None and length < 0):
            raise InvalidRequest("A range of a blob begins at 0 or later and is not shorter than nothing.")
        self.info(path)
        return self._chunks(path, start, sys.maxsize if length is None else length)

    def info(self, path: BlobPath) -> BlobInfo:
        descriptor = self._descriptor(path)
        try:
            return _info(path, os.fstat(descriptor))
        finally:
            os.close(descriptor)

    def list(self, account: str, container: str, prefix: str = "") -> Iterator[BlobInfo]:
        check_label("account", account)
        check_label("container", container)
        folders, beginning = check_prefix(prefix)
        return self._below(account, container, folders, beginning)

    def delete(self, path: BlobPath) -> None:
        *folders, name = _segments(path)
        with (
            suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError),
            tree.entered(self._root, folders) as at,
        ):
            os.unlink(name, dir_fd=at)
        tree.remove_empty(self._root, folders, keep=2)

    def delete_prefix(self, account: str, container: str, prefix: str) -> int:
        count = 0
        for found in self.list(account, container, prefix):
            self.delete(found.path)
            count += 1
        return count

    def copy(self, source: BlobPath, target: BlobPath) -> BlobInfo:
        return self.put(target, self.read(source))

    def link(
        self, paths: Sequence[BlobPath], *, base_url: str, valid_s: int | None, now: datetime
    ) -> builtins.list[str]:
        seconds = validity_s(valid_s)
        plain = [base_url.rstrip("/") + LINK_PREFIX + quote("/" + "/".join(_segments(path))) for path in paths]
        if not seconds:
            return plain
        queries = (self._signer.sign(path, valid_s=seconds, now=now) for path in paths)
        return [f"{url}?{query}" for url, query in zip(plain, queries, strict=True)]

    def verify_link(self, path: BlobPath, query: str, *, now: datetime) -> None:
        """Raise LinkRefused unless the query of a link to `path` lets its holder read the blob now."""
        self._signer.verify(path, query, now=now)

    def discard_abandoned(self, now: datetime) -> int:
        """Remove what writers that died left half written, and return how many files there were."""
        oldest_s = (now - ABANDONED_AFTER).timestamp()
        old = [entry for entry in tree.entries(self._root, [_PARTIAL]) if entry.modified_s < oldest_s]
        for entry in old:
            (self._partial / entry.name).unlink(missing_ok=True)
        return len(old)

    def _place(self, partial: Path, path: BlobPath) -> None:
        """Give a finished file its name; again when a delete removed the empty folder in between."""
        *folders, name = _segments(path)
        for _ in range(_PLACE_ATTEMPTS):
            try:
                with _storage_errors(), tree.entered(self._root, folders, make=True) as at:
                    os.rename(partial, name, dst_dir_fd=at)
                    os.fsync(at)
            except FileNotFoundError:
                continue
            except (NotADirectoryError, IsADirectoryError):
                raise InvalidRequest("The name of the blob leads through another blob or ends at a folder.") from None
            else:
                return
        raise AuricleError("The folder of the blob was removed again and again while the blob was being stored.")

    def _descriptor(self, path: BlobPath) -> int:
        try:
            return tree.opened_file(self._root, _segments(path))
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO}:
                raise NotFound("There is no such blob.") from None
            raise

    def _chunks(self, path: BlobPath, start: int, length: int) -> Iterator[bytes]:
        with os.fdopen(self._descriptor(path), "rb", buffering=0) as file:
            file.seek(start)
            while length > 0 and (chunk := file.read(min(length, READ_BYTES))):
                length -= len(chunk)
                yield chunk

    def _below(self, account: str, container: str, folders: tuple[str, ...], beginning: str) -> Iterator[BlobInfo]:
        """Walk in the order of names, holding one folder's entries a level and no descriptor between them."""
        levels = [(folders, iter(tree.entries(self._root, [account, container, *folders])))]
        while levels:
            above, rest = levels[-1]
            entry = next(rest, None)
            if entry is None:
                levels.pop()
            elif len(levels) == 1 and not entry.name.startswith(beginning):
                continue
            elif entry.is_folder:
                inner = (*above, entry.name)
                levels.append((inner, iter(tree.entries(self._root, [account, container, *inner]))))
            else:
                yield from _named(account, container, (*above, entry.name), entry)


def _created(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, tree.FILE_MODE)


def _segments(path: BlobPath) -> builtins.list[str]:
    return [path.account, path.container, *path.segments]


def _info(path: BlobPath, status: os.stat_result) -> BlobInfo:
    return BlobInfo(path=path, size_bytes=status.st_size, modified_at=datetime.fromtimestamp(status.st_mtime, UTC))


def _named(account: str, container: str, segments: tuple[str, ...], entry: tree.Entry) -> Iterator[BlobInfo]:
    """The file as a blob, unless it came here by hand under a name that no blob may have."""
    with suppress(InvalidRequest):
        path = BlobPath(account=account, container=container, name="/".join(segments))
        modified_at = datetime.fromtimestamp(entry.modified_s, UTC)
        yield BlobInfo(path=path, size_bytes=entry.size_bytes, modified_at=modified_at)


@contextmanager
def _storage_errors() -> Iterator[None]:
    """Tell a full disk from other failures of the machine."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull from error
        raise
