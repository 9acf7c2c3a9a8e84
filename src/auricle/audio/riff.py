"""The RIFF/WAVE header, read as its bytes arrive (Microsoft/IBM multimedia programming interface; RF64 by EBU 3306).

Live clients write 0 or 0xFFFFFFFF where a size cannot be known yet, so sizes are believed only when they say something.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from auricle.audio.pcm import Encoding, PcmFormat
from auricle.audio.samples import MAX_CHANNELS, MAX_RATE_HZ, MIN_RATE_HZ
from auricle.errors import InvalidAudio, UnsupportedAudio

TAG_PCM, TAG_FLOAT, TAG_A_LAW, TAG_MU_LAW, TAG_EXTENSIBLE = 0x0001, 0x0003, 0x0006, 0x0007, 0xFFFE
COMPRESSED_TAGS = {0x0002: "Microsoft ADPCM", 0x0011: "IMA ADPCM", 0x0031: "GSM 6.10", 0x0055: "MP3"}

MAX_HEADER_BYTES = 16 * 2**20  # everything before the samples; broadcast files carry long descriptions there
MAX_CHUNK_BYTES = 4096  # of a chunk that is kept
UNKNOWN_SIZES = (0, 0xFFFFFFFF)

_FORM_HEAD = struct.Struct("<4sI4s")
_CHUNK_HEAD = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")  # tag, channels, rate, bytes a second, frame bytes, bits a sample
_EXTENSION = struct.Struct("<HHIH14s")  # length, valid bits, speaker mask, tag, rest of the subformat's GUID
_WAVE_GUID_REST = bytes.fromhex("000000001000800000aa00389b71")
_DS64 = struct.Struct("<QQ")  # size of the form, size of the data


@dataclass(frozen=True, kw_only=True)
class WaveHeader:
    """What stands before the samples."""

    tag: int  # the real one, EXTENSIBLE resolved
    channels: int
    rate_hz: int
    frame_bytes: int
    bits: int  # of one sample
    data_bytes: int | None  # None: until the stream ends
    format_chunk: bytes  # as it was written, for a decoder that reads it itself

    def pcm_format(self) -> PcmFormat:
        """How to read the samples, when they are not compressed."""
        return PcmFormat(encoding=self._encoding(), rate_hz=self.rate_hz, channels=self.channels)

    def standing_alone(self) -> bytes:
        """A minimal header that says the same and promises no size."""
        padding = b"\0" * (len(self.format_chunk) % 2)
        body = _CHUNK_HEAD.pack(b"fmt ", len(self.format_chunk)) + self.format_chunk + padding
        return _FORM_HEAD.pack(b"RIFF", 0xFFFFFFFF, b"WAVE") + body + _CHUNK_HEAD.pack(b"data", 0xFFFFFFFF)

    def _encoding(self) -> Encoding:
        width = self._sample_bytes()
        encoding = _ENCODINGS.get((self.tag, width))
        if encoding:
            return encoding
        if self.tag in {tag for tag, _ in _ENCODINGS}:
            raise InvalidAudio(f"expected {_widths(self.tag)} bits a sample for format tag {self.tag}, got {self.bits}")
        known = ", ".join(sorted(encoding.value[0] for encoding in Encoding))
        raise UnsupportedAudio(f"expected WAVE audio as {known}, got format tag 0x{self.tag:04X}")

    def _sample_bytes(self) -> int:
        """The width of a sample: its bits rounded up, or the wider place the frame gives it (24 bits in 4 bytes)."""
        narrowest = -(-self.bits // 8)
        if self.frame_bytes == 0 and self.bits:
            return narrowest
        if self.frame_bytes % self.channels or self.frame_bytes < narrowest * self.channels:
            expected = narrowest * self.channels
            raise InvalidAudio(
                f"expected frames of {expected} bytes for {self.channels} channels of {self.bits} bits, "
                f"got {self.frame_bytes}"
            )
        return self.frame_bytes // self.channels


class HeaderReader:
    """Takes bytes until the samples begin; `take_remainder` gives what has come of them by then."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._seen_bytes = 0
        self._skip_bytes = 0
        self._in_form = False
        self._format_chunk: bytes | None = None
        self._long_data_bytes: int | None = None  # from RF64's ds64 chunk
        self._header: WaveHeader | None = None

    def take_remainder(self) -> bytes:
        """The bytes after the header, once."""
        remainder, self._buffer = bytes(self._buffer), bytearray()
        return remainder

    def feed(self, data: bytes) -> WaveHeader | None:
        """The header, once all of it is here."""
        self._buffer += data
        while self._header is None and self._step():
            if self._seen_bytes + self._skip_bytes > MAX_HEADER_BYTES:
                raise InvalidAudio(
                    f"expected a data chunk within {MAX_HEADER_BYTES} bytes of the RIFF header, got none"
                )
        return self._header

    def end(self) -> None:
        """The stream is over and the header is not: say so."""
        missing = "a data chunk" if self._format_chunk else "a fmt chunk" if self._in_form else "a RIFF header"
        raise InvalidAudio(
            f"expected {missing}, got the end of the audio after {self._seen_bytes + len(self._buffer)} bytes"
        )

    def _step(self) -> bool:
        """Take one thing off the buffer; False when more bytes are needed first."""
        if self._skip_bytes:
            return self._skip()
        if not self._in_form:
            return self._read_form()
        if len(self._buffer) < _CHUNK_HEAD.size:
            return False
        name, size = _CHUNK_HEAD.unpack_from(self._buffer)
        if name == b"data":
            self._take(_CHUNK_HEAD.size)
            self._header = self._parsed(size)
            return True
        if name in {b"fmt ", b"ds64"}:
            return self._keep(name, size)
        if not all(32 <= byte < 127 for byte in name):
            raise InvalidAudio(f"expected the name of a RIFF chunk, got 0x{name.hex()}")
        self._take(_CHUNK_HEAD.size)
        self._skip_bytes = size + size % 2
        return True

    def _read_form(self) -> bool:
        if len(self._buffer) < _FORM_HEAD.size:
            return False
        name, _, kind = _FORM_HEAD.unpack(self._take(_FORM_HEAD.size))
        if name not in {b"RIFF", b"RF64", b"BW64"} or kind != b"WAVE":
            raise InvalidAudio(f"expected a RIFF/WAVE header, got {name!r} and {kind!r}")
        self._in_form = True
        return True

    def _keep(self, name: bytes, size: int) -> bool:
        """A chunk whose body matters: wait until it is complete, with the padding that an odd size has."""
        if size > MAX_CHUNK_BYTES:
            raise InvalidAudio(
                f"expected a {name.decode().strip()} chunk of at most {MAX_CHUNK_BYTES} bytes, got {size}"
            )
        if len(self._buffer) < _CHUNK_HEAD.size + size + size % 2:
            return False
        body = self._take(_CHUNK_HEAD.size + size + size % 2)[_CHUNK_HEAD.size :][:size]
        if name == b"fmt ":
            self._format_chunk = body
        elif size >= _DS64.size:
            self._long_data_bytes = _DS64.unpack_from(body)[1] or None
        return True

    def _skip(self) -> bool:
        skipped = len(self._take(min(self._skip_bytes, len(self._buffer))))
        self._skip_bytes -= skipped
        return skipped > 0

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        self._seen_bytes += count
        return taken

    def _parsed(self, data_size: int) -> WaveHeader:
        if self._format_chunk is None:
            raise InvalidAudio("expected a fmt chunk before the data chunk, got none")
        data_bytes = self._long_data_bytes if data_size in UNKNOWN_SIZES else data_size
        return parse_format(self._format_chunk, data_bytes)


def parse_format(chunk: bytes, data_bytes: int | None = None) -> WaveHeader:
    """The body of a fmt chunk, with absurd values refused."""
    if len(chunk) < _FORMAT.size:
        raise InvalidAudio(f"expected a fmt chunk of at least {_FORMAT.size} bytes, got {len(chunk)}")
    tag, channels, rate_hz, _, frame_bytes, bits = _FORMAT.unpack_from(chunk)
    if not 1 <= channels <= MAX_CHANNELS:
        raise InvalidAudio(f"expected 1 to {MAX_CHANNELS} channels, got {channels}")
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise InvalidAudio(f"expected a sample rate of {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz, got {rate_hz}")
    return WaveHeader(
        tag=_extended_tag(chunk) if tag == TAG_EXTENSIBLE else tag,
        channels=channels,
        rate_hz=rate_hz,
        frame_bytes=frame_bytes,
        bits=bits,
        data_bytes=data_bytes,
        format_chunk=chunk,
    )


def _extended_tag(chunk: bytes) -> int:
    expected = _FORMAT.size + _EXTENSION.size
    if len(chunk) < expected:
        raise InvalidAudio(f"expected a fmt chunk of {expected} bytes for WAVE_FORMAT_EXTENSIBLE, got {len(chunk)}")
    _, _, _, tag, guid_rest = _EXTENSION.unpack_from(chunk, _FORMAT.size)
    if guid_rest != _WAVE_GUID_REST:
        raise UnsupportedAudio(f"expected a WAVE subformat, got the GUID tail 0x{guid_rest.hex()}")
    return int(tag)


def _widths(tag: int) -> str:
    return " or ".join(str(8 * width) for known, width in _ENCODINGS if known == tag)


_ENCODINGS = {
    (TAG_PCM, 1): Encoding.UNSIGNED_8,
    (TAG_PCM, 2): Encoding.SIGNED_16,
    (TAG_PCM, 3): Encoding.SIGNED_24,
    (TAG_PCM, 4): Encoding.SIGNED_32,
    (TAG_FLOAT, 4): Encoding.FLOAT_32,
    (TAG_FLOAT, 8): Encoding.FLOAT_64,
    (TAG_A_LAW, 1): Encoding.A_LAW,
    (TAG_MU_LAW, 1): Encoding.MU_LAW,
}
