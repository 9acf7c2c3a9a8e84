"""Sound as it arrives: bytes in, samples out, whatever the bytes turn out to be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from auricle.audio.compressed import CompressedStream
from auricle.audio.containers import HEAD_BYTES, ID3_HEAD_BYTES, Container, id3_bytes, sniff, unrecognised
from auricle.audio.content_type import raw_format
from auricle.audio.mp4 import Mp4Stream
from auricle.audio.pcm import PcmFormat, PcmStream
from auricle.audio.riff import COMPRESSED_TAGS, HeaderReader, WaveHeader
from auricle.audio.samples import Samples, join, no_samples
from auricle.errors import InvalidAudio, InvalidRequest


class AudioStream(Protocol):
    """Bytes in as they arrive, samples out. For one caller at a time; an error, once raised, is raised again."""

    def feed(self, data: bytes) -> Samples:
        """The samples that have become readable, perhaps none. Raises InvalidAudio or UnsupportedAudio.

        Takes as long as decoding takes: negligible for live pieces, milliseconds for each 100 kB of compressed ones.
        """
        ...

    def finish(self) -> Samples:
        """The samples still held back. Raises InvalidAudio if nothing could be read at all. No `feed` may follow."""
        ...

    def close(self) -> None:
        """Give back what decoding holds, at any point, finished or not; idempotent. Later calls return no samples."""
        ...

    @property
    def duration_s(self) -> float:
        """Seconds of sound returned so far."""
        ...


def open_stream(content_type: str | None = None) -> AudioStream:
    """A stream of whatever its first bytes say; without a container, of what `content_type` says about raw samples.

    Raises UnsupportedAudio when `content_type` names raw samples of a kind that is not read here.
    """
    return _DetectingStream(raw_format(content_type))


class WaveStream:
    """A WAVE file: the header, then as many bytes of samples as it says, or all when it does not say."""

    def __init__(self) -> None:
        self._header = HeaderReader()
        self._body: AudioStream | None = None
        self._left_bytes: int | None = None  # None: until the stream ends

    @property
    def duration_s(self) -> float:
        return self._body.duration_s if self._body else 0.0

    def feed(self, data: bytes) -> Samples:
        if self._body is None:
            header = self._header.feed(data)
            if header is None:
                return no_samples()
            self._left_bytes = header.data_bytes
            self._body, opening = _wave_body(header)
            data = self._header.take_remainder()
            return join([self._body.feed(opening), self._feed_body(data)])
        return self._feed_body(data)

    def finish(self) -> Samples:
        if self._body is None:
            self._header.end()
            return no_samples()
        return self._body.finish()

    def close(self) -> None:
        if self._body:
            self._body.close()

    def _feed_body(self, data: bytes) -> Samples:
        assert self._body is not None
        if self._left_bytes is not None:
            data = data[: self._left_bytes]  # other chunks may follow the samples
            self._left_bytes -= len(data)
        return self._body.feed(data)


def _wave_body(header: WaveHeader) -> tuple[AudioStream, bytes]:
    """The decoder of what follows the header, and what it wants to be told first."""
    if header.tag in COMPRESSED_TAGS:
        return CompressedStream(Container.WAVE), header.standing_alone()
    return PcmStream(header.pcm_format()), b""


class _DetectingStream:
    """Holds the first bytes until they say what they are, then passes everything on."""

    def __init__(self, raw: PcmFormat | None) -> None:
        self._raw = raw
        self._head = bytearray()
        self._skip_bytes = 0  # of a tag in front of the sound
        self._stream: AudioStream | None = None
        self._fault: InvalidRequest | None = None
        self._closed = False

    @property
    def duration_s(self) -> float:
        return self._stream.duration_s if self._stream else 0.0

    def feed(self, data: bytes) -> Samples:
        return self._guarded(lambda: self._stream.feed(data) if self._stream else self._detect(data))

    def finish(self) -> Samples:
        return self._guarded(self._finish)

    def close(self) -> None:
        self._closed = True
        self._head.clear()
        if self._stream:
            self._stream.close()

    def _guarded(self, step: Callable[[], Samples]) -> Samples:
        """A stream that has failed stays failed and holds nothing; one that was closed is silent."""
        if self._closed and not self._fault:
            return no_samples()
        try:
            if self._fault:
                raise self._fault
            return step()
        except InvalidRequest as fault:
            self._fault = fault
            self.close()
            raise

    def _detect(self, data: bytes) -> Samples:
        self._head += data
        self._skip_tag()
        if self._skip_bytes or len(self._head) < HEAD_BYTES:
            return no_samples()
        return self._begin()

    def _skip_tag(self) -> None:
        """Drop ID3 tags as they arrive, however large."""
        while not self._raw and (self._skip_bytes or self._next_tag()):
            dropped = min(self._skip_bytes, len(self._head))
            del self._head[:dropped]
            self._skip_bytes -= dropped
            if self._skip_bytes:
                return

    def _next_tag(self) -> bool:
        self._skip_bytes = id3_bytes(self._head[:ID3_HEAD_BYTES])
        return self._skip_bytes > 0

    def _begin(self) -> Samples:
        head = bytes(self._head)
        self._head.clear()
        self._stream = _stream_of(head, self._raw)
        return self._stream.feed(head)

    def _finish(self) -> Samples:
        if self._stream:
            return self._stream.finish()
        if not self._head:
            raise InvalidAudio("expected audio, got none")
        begun = self._begin()
        return join([begun, self._stream.finish()]) if self._stream else begun


def _stream_of(head: bytes, raw: PcmFormat | None) -> AudioStream:
    """A stream for bytes that begin with `head`. Raw samples may begin with anything short, seldom with a long sign."""
    container = sniff(head)
    if raw and not (container and container.unmistakable):
        return PcmStream(raw)
    match container:
        case None:
            raise unrecognised(head)
        case Container.WAVE:
            return WaveStream()
        case Container.MP4:
            return Mp4Stream()
        case _:
            return CompressedStream(container)
