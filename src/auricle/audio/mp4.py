"""M4A as it arrives. Its index may stand before the sound (then it streams) or after it (then all of it has to come first)."""

from __future__ import annotations

import struct
import tempfile
from contextlib import closing
from typing import IO

from auricle.audio.compressed import MAX_PIECE_S, CompressedStream, decoded
from auricle.audio.containers import Container
from auricle.audio.samples import SAMPLE_RATE_HZ, Samples, join, no_samples
from auricle.errors import InvalidAudio

MAX_PROLOGUE_BYTES = 2**16  # before index or sound must have begun
MAX_HELD_BYTES = 64 * 2**20  # of a recording whose index comes last
_IN_MEMORY_BYTES = 2**20  # beyond this a held recording lies on disk

_BOX = struct.Struct(">I4s")
_LONG_SIZE = struct.Struct(">Q")


def index_comes_first(prologue: bytes | bytearray) -> bool | None:
    """Whether the index (`moov`) precedes the sound (`mdat`); None while neither has been seen."""
    at = 0
    while at + _BOX.size <= len(prologue):
        size, name = _BOX.unpack_from(prologue, at)
        if name in {b"moov", b"moof", b"mdat"}:
            return bool(name != b"mdat")
        if size == 1 and at + _BOX.size + _LONG_SIZE.size > len(prologue):
            return None
        if size == 1:
            size = _LONG_SIZE.unpack_from(prologue, at + _BOX.size)[0]
        if size < _BOX.size:
            raise InvalidAudio(f"expected an MP4 box of at least {_BOX.size} bytes, got {size}")
        at += size
    return None


class Mp4Stream:
    """Bytes of an M4A in, samples out: at once when the index comes first, else all of them at the end."""

    def __init__(self) -> None:
        self._prologue = bytearray()
        self._streaming: CompressedStream | None = None
        self._held: IO[bytes] | None = None
        self._held_bytes = 0
        self._held_s = 0.0

    @property
    def duration_s(self) -> float:
        return self._streaming.duration_s if self._streaming else self._held_s

    def feed(self, data: bytes) -> Samples:
        if self._streaming:
            return self._streaming.feed(data)
        if self._held:
            return self._hold(self._held, data)
        self._prologue += data
        first = index_comes_first(self._prologue)
        if first is None and len(self._prologue) <= MAX_PROLOGUE_BYTES:
            return no_samples()
        prologue, self._prologue = bytes(self._prologue), bytearray()
        if not first:
            return self._hold(self._opened(), prologue)
        self._streaming = CompressedStream(Container.MP4)
        return self._streaming.feed(prologue)

    def finish(self) -> Samples:
        if self._streaming:
            return self._streaming.finish()
        held = self._held or self._opened()
        with closing(held):
            self._hold(held, self._prologue)
            held.seek(0)
            return self._decode(held)

    def close(self) -> None:
        if self._held:
            self._held.close()
        if self._streaming:
            self._streaming.close()

    def _opened(self) -> IO[bytes]:
        self._held = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - `close` closes it
        return self._held

    def _hold(self, held: IO[bytes], data: bytes | bytearray) -> Samples:
        self._held_bytes += len(data)
        if self._held_bytes > MAX_HELD_BYTES:
            raise InvalidAudio(
                f"expected an M4A whose index comes first, or of at most {MAX_HELD_BYTES} bytes, got more; "
                "write it with the index in front (faststart)"
            )
        held.write(data)
        return no_samples()

    def _decode(self, held: IO[bytes]) -> Samples:
        pieces: list[Samples] = []
        for samples in decoded(held, Container.MP4):
            pieces.append(samples)
            self._held_s += len(samples) / SAMPLE_RATE_HZ
            if self._held_s > MAX_PIECE_S:
                raise InvalidAudio(
                    f"expected at most {MAX_PIECE_S} s in an M4A whose index comes last, got more; "
                    "write it with the index in front (faststart)"
                )
        return join(pieces)
