"""Text files as people save them: UTF-8 with or without a byte order mark, UTF-16 with one, ANSI where that is allowed.

The file is read in pieces, never whole, and so is a line that has no end.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from auricle.errors import UnusableDataset

MAX_LINE_CHARS = 10_000
_READ_BYTES = 2**20
_SNIFFED_BYTES = 4096
_NUL_SHARE_OF_UTF_16 = 0.2  # Latin text has a zero in every second byte
_SAVE_AS_UTF_8 = "save the file as UTF-8 with a byte order mark (BOM)"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BINARY_HEADS = {
    b"PK\x03\x04": "a zip archive",
    b"RIFF": "a WAV file",
    b"%PDF": "a PDF file",
    b"\xd0\xcf\x11\xe0": "an Office file",
}


class Readable(Protocol):
    """A file, or an entry of an archive while it is unpacked."""

    def read(self, size: int, /) -> bytes: ...

    def seek(self, offset: int, /) -> int: ...


@dataclass(frozen=True, kw_only=True)
class TextFile:
    """A text whose encoding is known."""

    source: Readable
    name: str
    encoding: str

    def lines(self, on_read: Callable[[int], None]) -> Iterator[tuple[int, str]]:
        """Number and text of every line that is not blank, stripped; `on_read` hears how many bytes were read.

        Bytes that are no text become U+FFFD. Of a line longer than MAX_LINE_CHARS, one character more is given.
        """
        number = 0
        partial = ""
        for text in self._pieces(on_read):
            *whole, partial = (partial + text).split("\n")
            partial = partial[: MAX_LINE_CHARS + 1]
            for line in whole:
                number += 1
                if stripped := _stripped(line):
                    yield number, stripped
        if stripped := _stripped(partial):
            yield number + 1, stripped

    def _pieces(self, on_read: Callable[[int], None]) -> Iterator[str]:
        self.source.seek(0)
        decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(self.encoding)("replace"), translate=True)
        while data := self.source.read(_READ_BYTES):
            on_read(len(data))
            yield decoder.decode(data)
        yield decoder.decode(b"", final=True)


def open_text(source: Readable, name: str, *, ansi_allowed: bool, on_read: Callable[[int], None]) -> TextFile:
    """Find out how a text is encoded; `on_read` hears how many bytes that took. Raises UnusableDataset when it is none, or none that can be read for certain."""
    source.seek(0)
    head = source.read(_SNIFFED_BYTES)
    if not head:
        raise UnusableDataset(f"{name} is empty", code="emptyFile", advice="upload a file with at least one line")
    for magic, what in _BINARY_HEADS.items():
        if head.startswith(magic):
            raise UnusableDataset(
                f"{name} is {what}, not text",
                code="notText",
                advice="upload plain text, or choose another dataset kind",
            )
    return TextFile(
        source=source, name=name, encoding=_encoding(source, head, name, ansi_allowed=ansi_allowed, on_read=on_read)
    )


def _encoding(source: Readable, head: bytes, name: str, *, ansi_allowed: bool, on_read: Callable[[int], None]) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if head.count(0) > _NUL_SHARE_OF_UTF_16 * len(head):
        reason = f"{name} looks like UTF-16 without a byte order mark, or is not text"
        raise UnusableDataset(reason, code="wrongEncoding", advice=_SAVE_AS_UTF_8)
    if _is_utf_8(source, on_read):
        return "utf-8"
    if ansi_allowed:
        return "cp1252"
    raise UnusableDataset(f"{name} is not UTF-8", code="wrongEncoding", advice=_SAVE_AS_UTF_8)


def _is_utf_8(source: Readable, on_read: Callable[[int], None]) -> bool:
    """Whether all of it decodes."""
    source.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while data := source.read(_READ_BYTES):
            on_read(len(data))
            decoder.decode(data)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _stripped(line: str) -> str:
    """Without the space around it and the marks that joining files leaves inside."""
    return line[: MAX_LINE_CHARS + 1].replace("\ufeff", "").strip()
