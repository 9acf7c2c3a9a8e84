"""A zip archive that a stranger sent: looked over before anything is unpacked, then read entry by entry.

What could harm or mislead is refused as a whole: bombs, paths that leave the archive, links, overlapping or encrypted
entries, names that occur twice. Unpacking is streamed; checksums are verified by the standard library while reading.
"""

from __future__ import annotations

import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import IO, BinaryIO, NoReturn

from auricle.adaptation.limits import MIB, Limits
from auricle.errors import UnusableDataset

UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)
MAX_DIRECTORY_BYTES = 16 * MIB
MAX_NAME_CHARS = 255
MAX_RATIO = 200  # of unpacked to packed; recordings of mere silence reach about as much
_FREE_RATIO_BYTES = 64 * MIB  # below this no ratio harms
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NOT_OURS = frozenset((".ds_store", "thumbs.db", "desktop.ini"))
_ENCRYPTED = 0x41  # flag bits of ordinary and of strong encryption
_LOCAL_HEAD_BYTES = 30

_END = struct.Struct("<4s4H2LH")  # end of central directory
_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_MAX_COMMENT_BYTES = 65_535
_ZIP_AGAIN = "make the zip anew with an ordinary program"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file inside; `key` is its name without folders, case and ways to compose accents."""

    path: str
    key: str
    packed_bytes: int
    unpacked_bytes: int
    info: zipfile.ZipInfo

    @property
    def suffix(self) -> str:
        """With its dot, in lower case."""
        return "." + self.key.rpartition(".")[2]


class DamagedEntry(Exception):
    """What is packed cannot be unpacked, or is not what its checksum says."""


class Unpacked:
    """An entry while it is read; raises DamagedEntry where that fails."""

    def __init__(self, file: IO[bytes], size_bytes: int) -> None:
        self._file = file
        self._size_bytes = size_bytes

    def read(self, size: int, /) -> bytes:
        try:
            data = self._file.read(size)
        except UNREADABLE as error:
            raise DamagedEntry(str(error)) from error
        if not data and self._file.tell() != self._size_bytes:
            raise DamagedEntry("the entry is shorter than the archive says")
        return data

    def seek(self, offset: int, /) -> int:
        try:
            return self._file.seek(offset)
        except UNREADABLE as error:
            raise DamagedEntry(str(error)) from error


class Archive:
    """An archive that was found harmless."""

    def __init__(self, file: zipfile.ZipFile, entries: tuple[Entry, ...]) -> None:
        self._file = file
        self.entries = entries

    @contextmanager
    def open(self, entry: Entry) -> Iterator[Unpacked]:
        """Unpack while reading."""
        try:
            file = self._file.open(entry.info)
        except UNREADABLE as error:
            raise DamagedEntry(str(error)) from error
        with file:
            yield Unpacked(file, entry.unpacked_bytes)


def name_key(path: str) -> str:
    """What makes two names the same file."""
    return unicodedata.normalize("NFC", path.replace("\\", "/").rpartition("/")[2].strip()).casefold()


def open_archive(source: BinaryIO, name: str, limits: Limits) -> Archive:
    """Look an archive over. Raises UnusableDataset when it is none or must not be unpacked."""
    _check_directory(source, name, limits)
    try:
        source.seek(0)
        file = zipfile.ZipFile(source)
    except UNREADABLE as error:
        _refuse("notAZip", f"{name} cannot be read as a zip archive", _ZIP_AGAIN, error)
    infos = [info for info in file.infolist() if not info.orig_filename.endswith("/")]
    _check_sizes(infos, name, file.start_dir, limits)
    entries = tuple(_entry(info, name) for info in infos if not _is_litter(info.orig_filename))
    _check_names(entries, name)
    return Archive(file, entries)


def _check_directory(source: BinaryIO, name: str, limits: Limits) -> None:
    """The table of contents is read whole by the standard library, so its size is checked before."""
    count, size_bytes = _directory_extent(source, name)
    if count > limits.archive_entries:
        reason = f"{name} has {count} entries, at most {limits.archive_entries} are allowed"
        _refuse("tooManyFiles", reason, "split it into several datasets")
    if size_bytes > MAX_DIRECTORY_BYTES:
        _refuse("notAZip", f"the table of contents of {name} is implausibly large", _ZIP_AGAIN)


def _directory_extent(source: BinaryIO, name: str) -> tuple[int, int]:
    """How many entries the archive says it has, and how long the table of them is."""
    total = source.seek(0, 2)
    tail_start = max(0, total - _END.size - _MAX_COMMENT_BYTES)
    source.seek(tail_start)
    tail = source.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END.size:
        _refuse("notAZip", f"{name} is not a zip archive, or was cut off", "upload a complete .zip file")
    _, _, _, _, count, size_bytes, _, _ = _END.unpack_from(tail, place)
    if count == 0xFFFF or size_bytes == 0xFFFFFFFF:
        return _directory_extent_64(source, tail_start + place) or (count, size_bytes)
    return count, size_bytes


def _directory_extent_64(source: BinaryIO, end_start: int) -> tuple[int, int] | None:
    if end_start < _LOCATOR.size + _END_64.size:
        return None
    source.seek(end_start - _LOCATOR.size - _END_64.size)
    record = source.read(_END_64.size + _LOCATOR.size)
    if not record.startswith(b"PK\x06\x06"):
        return None
    *_, count, size_bytes, _ = _END_64.unpack_from(record)
    return count, size_bytes


def _check_sizes(infos: list[zipfile.ZipInfo], name: str, directory_start: int, limits: Limits) -> None:
    if len(infos) > limits.archive_entries:
        reason = f"{name} has {len(infos)} files, at most {limits.archive_entries} are allowed"
        _refuse("tooManyFiles", reason, "split it into several datasets")
    unpacked, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    if unpacked > limits.unpacked_bytes or unpacked > max(_FREE_RATIO_BYTES, MAX_RATIO * packed):
        reason = f"{name} unpacks to {unpacked} bytes from {packed}"
        _refuse("archiveBomb", reason, "leave out recordings without speech, or split the dataset")
    _check_extents(infos, name, directory_start)


def _check_extents(infos: list[zipfile.ZipInfo], name: str, directory_start: int) -> None:
    """Each entry lies alone, between the beginning of the file and the table of contents."""
    extents = sorted((info.header_offset, _end_of(info)) for info in infos)
    for (_, end), (start, _) in pairwise([(0, 0), *extents, (directory_start, directory_start)]):
        if end > start:
            _refuse("overlappingEntries", f"entries of {name} overlap", _ZIP_AGAIN)


def _end_of(info: zipfile.ZipInfo) -> int:
    return info.header_offset + _LOCAL_HEAD_BYTES + len(info.orig_filename) + info.compress_size


def _entry(info: zipfile.ZipInfo, name: str) -> Entry:
    path = info.orig_filename.replace("\\", "/")
    shown = repr(path[:80])
    if path.startswith("/") or path[1:2] == ":" or ".." in path.split("/"):
        _refuse("unsafePath", f"{name} has an entry that leaves the archive, {shown}", _ZIP_AGAIN)
    if not 0 < len(path) <= MAX_NAME_CHARS or not path.isprintable():
        _refuse("unsafePath", f"{name} has an entry with a name that cannot be used, {shown}", "rename the file")
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        _refuse("notAFile", f"{name} has a link or device, {shown}", "put the files themselves into the zip")
    if info.flag_bits & _ENCRYPTED:
        _refuse("encrypted", f"{name} is encrypted, see {shown}", "make the zip without a password")
    if info.compress_type not in _METHODS:
        _refuse(
            "compressionMethod", f"{name} is compressed in an unusual way, see {shown}", "use Deflate, or store only"
        )
    return Entry(
        path=path, key=name_key(path), packed_bytes=info.compress_size, unpacked_bytes=info.file_size, info=info
    )


def _check_names(entries: tuple[Entry, ...], name: str) -> None:
    seen: dict[str, str] = {}
    for entry in entries:
        if other := seen.get(entry.key):
            reason = f"{name} has two files of one name, {other[:80]!r} and {entry.path[:80]!r}"
            _refuse("duplicateName", reason, "give every file a name of its own, also across folders")
        seen[entry.key] = entry.path


def _is_litter(path: str) -> bool:
    """What operating systems leave in archives."""
    *folders, base = path.replace("\\", "/").split("/")
    return "__MACOSX" in folders or base.startswith("._") or base.lower() in _NOT_OURS


def _refuse(code: str, reason: str, advice: str, cause: BaseException | None = None) -> NoReturn:
    raise UnusableDataset(reason, code=code, advice=advice) from cause
