"""Sound that lies in a file or in memory: read whole, or piece by piece with the same little memory for any length."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import BinaryIO, cast

from auricle.audio.compressed import decoded
from auricle.audio.containers import HEAD_BYTES, ID3_HEAD_BYTES, Container, id3_bytes, sniff, unrecognised
from auricle.audio.samples import SAMPLE_RATE_HZ, Samples, join
from auricle.audio.stream import WaveStream
from auricle.errors import InvalidAudio

_READ_BYTES = 65536

Source = Path | bytes | BinaryIO


def read_samples(source: Source, *, max_duration_s: float | None = None) -> Samples:
    """All of it. Raises InvalidAudio or UnsupportedAudio; InvalidAudio too beyond `max_duration_s`, if one is given."""
    pieces: list[Samples] = []
    left = float("inf") if max_duration_s is None else max_duration_s * SAMPLE_RATE_HZ
    for piece in stream_samples(source):
        pieces.append(piece)
        left -= len(piece)
        if left < 0:
            raise InvalidAudio(f"expected at most {max_duration_s} s of audio, got more")
    return join(pieces)


def stream_samples(source: Source, chunk_s: float = 1.0) -> Iterator[Samples]:
    """Pieces of `chunk_s` seconds, the last one shorter. An open file is read from where it stands and left open."""
    size = round(chunk_s * SAMPLE_RATE_HZ)
    assert size > 0, f"a chunk has at least one sample, got {chunk_s} s"
    with ExitStack() as stack:
        if isinstance(source, Path):
            file: BinaryIO = stack.enter_context(source.open("rb"))
        else:
            file = io.BytesIO(source) if isinstance(source, bytes) else source
        yield from _rechunked(_pieces(file), size)


class _Resumed:
    """A file whose first bytes have been read already, and are read again here."""

    def __init__(self, head: bytes, file: BinaryIO) -> None:
        self._head = head
        self._file = file

    def read(self, size: int, /) -> bytes:
        if not self._head:
            return self._file.read(size)
        taken, self._head = self._head[:size], self._head[size:]
        return taken


def _pieces(file: BinaryIO) -> Iterator[Samples]:
    head = _head_after_tags(file)
    if not head:
        raise InvalidAudio("expected audio, got none")
    container = sniff(head)
    if container is None:
        raise unrecognised(head)
    source = _Resumed(head, file)
    if container is Container.WAVE:
        yield from _wave_pieces(source)
    elif container is Container.MP4:
        with tempfile.TemporaryFile() as copy:  # its index may stand at the end, so it is read out of order
            shutil.copyfileobj(cast("BinaryIO", source), copy, _READ_BYTES)
            copy.seek(0)
            yield from decoded(copy, container)
    else:
        yield from decoded(source, container)


def _wave_pieces(source: _Resumed) -> Iterator[Samples]:
    with closing(WaveStream()) as stream:
        while data := source.read(_READ_BYTES):
            yield stream.feed(data)
        yield stream.finish()


def _head_after_tags(file: BinaryIO) -> bytes:
    """The first bytes of the sound itself."""
    head = _read_up_to(file, HEAD_BYTES)
    while skip_bytes := id3_bytes(head[:ID3_HEAD_BYTES]):
        left = skip_bytes - len(head)
        head = head[skip_bytes:]
        while left > 0 and (skipped := file.read(min(left, _READ_BYTES))):
            left -= len(skipped)
        head += _read_up_to(file, HEAD_BYTES - len(head))
    return head


def _read_up_to(file: BinaryIO, size: int) -> bytes:
    """`size` bytes, fewer only at the end; a pipe may hand out less at a time."""
    data = b""
    while len(data) < size and (more := file.read(size - len(data))):
        data += more
    return data


def _rechunked(pieces: Iterable[Samples], size: int) -> Iterator[Samples]:
    waiting: list[Samples] = []
    count = 0
    for piece in pieces:
        waiting.append(piece)
        count += len(piece)
        while count >= size:
            block = join(waiting)
            yield block[:size]
            waiting, count = [block[size:]], count - size
    if count:
        yield join(waiting)
