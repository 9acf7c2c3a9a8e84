"""Compressed sound through libav (PyAV): pulled from a file, or decoded as its bytes arrive.

libav pulls its input, a network pushes it. So a stream's decoder runs in a thread of its own that sleeps whenever it
wants bytes that have not come; whoever feeds it waits until it sleeps again. The two never run side by side, which
makes a stream as predictable as a function, keeps nothing queued and leaves the waiting to one condition variable.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from typing import Any, Protocol

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer

from auricle.audio.containers import Container
from auricle.audio.samples import MAX_CHANNELS, SAMPLE_RATE_HZ, Converter, Frames, Samples, as_float, join, no_samples
from auricle.errors import InvalidAudio

MAX_PIECE_S = 600  # of sound out of one piece of input: a few kilobytes can be made to unfold into days
MAX_BARREN_BYTES = 16 * 2**20  # of input without any sound coming out: longer than any cover picture
STALL_TIMEOUT_S = 60  # a piece that decodes longer than this hangs

# Only what is meant to be read is ever parsed: libav knows playlists that open other files and addresses.
_AUDIO_CODECS = frozenset(
    {
        *("mp1", "mp1float", "mp2", "mp2float", "mp3", "mp3float"),
        *("aac", "aac_fixed", "alac", "flac", "opus", "libopus", "vorbis", "speex", "libspeex"),
        *("amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb", "gsm", "gsm_ms", "adpcm_ms", "adpcm_ima_wav"),
        *("wmav1", "wmav2", "wmapro", "wmalossless", "wmavoice"),
        *("pcm_u8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_alaw", "pcm_mulaw"),
    }
)
_OPTIONS = {
    "codec_whitelist": ",".join(sorted(_AUDIO_CODECS)),
    "probesize": "32768",  # bytes looked at before the first sound comes out, at most
    "analyzeduration": "1",  # microseconds; frames say themselves what they are
}
_READ_BYTES = 4096
_UNSAFE_PLANES = 8  # PyAV finds a frame's planes by looking for an empty one, past the end of an array that holds 8


class ByteSource(Protocol):
    """What libav reads from; a source that also has `seek` and `tell` may be read out of order."""

    def read(self, size: int, /) -> bytes: ...


def decoded(source: ByteSource, container: Container) -> Iterator[Samples]:
    """The sound of the first audio track, in pieces of one codec frame. A broken packet is stepped over."""
    heard = False
    try:
        with av.open(
            source,
            mode="r",
            format=container.value,
            options=_OPTIONS,
            metadata_errors="replace",
            buffer_size=_READ_BYTES,
            io_open=_refuse_to_open,
        ) as opened:
            for samples in _converted(_frames(opened)):
                heard = True
                yield samples
    except (av.FFmpegError, ValueError) as error:
        if not heard:
            raise _unreadable(container, str(error)) from error
    if not heard:
        raise _unreadable(container, "no sound in it")


class CompressedStream:
    """Compressed bytes in as they arrive, samples out. `feed` takes as long as decoding what it is given takes."""

    def __init__(self, container: Container) -> None:
        self._handover = _Handover()
        self._thread = threading.Thread(
            target=_decode_all, args=(self._handover, container), name="auricle-decoder", daemon=True
        )
        self._samples = 0
        self._barren_bytes = 0
        self._abandon = weakref.finalize(self, self._handover.abandon)
        self._thread.start()

    @property
    def duration_s(self) -> float:
        return self._samples / SAMPLE_RATE_HZ

    def feed(self, data: bytes) -> Samples:
        samples = self._counted(self._handover.give(data)) if data else no_samples()
        self._barren_bytes = 0 if len(samples) else self._barren_bytes + len(data)
        if self._barren_bytes > MAX_BARREN_BYTES:
            self.close()
            raise InvalidAudio(f"expected sound, got {self._barren_bytes} bytes that hold none")
        return samples

    def finish(self) -> Samples:
        samples = self._counted(self._handover.end())
        self._thread.join(STALL_TIMEOUT_S)
        return samples

    def close(self) -> None:
        """Let the decoder go, wherever it is. What it had not decoded is lost."""
        self._abandon()

    def _counted(self, samples: Samples) -> Samples:
        self._samples += len(samples)
        return samples


class _Handover:
    """Where the feeder and the decoder's thread meet: bytes one way, samples the other, one side awake at a time."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._input = memoryview(b"")
        self._output: list[Samples] = []
        self._output_samples = 0
        self._ended = False  # no more input
        self._abandoned = False
        self._hungry = False  # the decoder has taken everything and wants more
        self._done = False  # the decoder is gone
        self._error: InvalidAudio | None = None

    # The feeder's side

    def give(self, data: bytes) -> Samples:
        with self._turn:
            if not self._done:
                self._input = memoryview(data)
            return self._wait_for_decoder()

    def end(self) -> Samples:
        with self._turn:
            self._ended = True
            return self._wait_for_decoder()

    def abandon(self) -> None:
        with self._turn:
            self._abandoned = self._ended = True
            self._input = memoryview(b"")
            self._output.clear()
            self._turn.notify_all()

    def _wait_for_decoder(self) -> Samples:
        self._hungry = False
        self._turn.notify_all()
        if not self._turn.wait_for(lambda: self._done or self._hungry or self._abandoned, STALL_TIMEOUT_S):
            self.abandon()
            raise InvalidAudio(f"expected audio that decodes, got no answer from the decoder in {STALL_TIMEOUT_S} s")
        if self._error and not self._abandoned:
            raise self._error
        output, self._output, self._output_samples = self._output, [], 0
        return join(output)

    # The decoder's side

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, at least one; none at the end."""
        with self._turn:
            while not self._input and not self._ended:
                self._hungry = True
                self._turn.notify_all()
                self._turn.wait()
            taken = bytes(self._input[:size])
            self._input = self._input[size:]
            return taken

    def put(self, samples: Samples) -> bool:
        """False when nobody wants them any more."""
        with self._turn:
            self._output.append(samples)
            self._output_samples += len(samples)
            if self._output_samples > MAX_PIECE_S * SAMPLE_RATE_HZ:
                self._output.clear()
                raise InvalidAudio(f"expected at most {MAX_PIECE_S} s of sound in one piece of input, got more")
            return not self._abandoned

    def leave(self, error: InvalidAudio | None) -> None:
        with self._turn:
            self._error = error
            self._done = True
            self._input = memoryview(b"")
            self._turn.notify_all()


def _decode_all(handover: _Handover, container: Container) -> None:
    """The decoder's thread, from its first byte to its last."""
    fault: InvalidAudio | None = None
    try:
        for samples in decoded(handover, container):
            if not handover.put(samples):
                break
    except InvalidAudio as error:
        fault = error
    except Exception as error:  # noqa: BLE001 - the thread's boundary: the feeder hears of it
        fault = _unreadable(container, type(error).__name__)
        fault.__cause__ = error
    finally:
        handover.leave(fault)


def _frames(opened: InputContainer) -> Iterator[AudioFrame]:
    if not opened.streams.audio:
        raise ValueError("it has no audio track")
    track = opened.streams.audio[0]
    if track.codec_context is None or track.codec_context.name not in _AUDIO_CODECS:
        raise ValueError("its codec is not supported")
    track.codec_context.thread_count = 1
    for packet in opened.demux(track):
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            continue


def _converted(frames: Iterator[AudioFrame]) -> Iterator[Samples]:
    """Frames as samples, through one converter as long as rate and channels stay what they are."""
    converter: Converter | None = None
    for frame in frames:
        block = _frame_levels(frame)
        if converter and (converter.rate_hz, converter.channels) != (frame.sample_rate, block.shape[1]):
            yield converter.finish()
            converter = None
        converter = converter or Converter(frame.sample_rate, block.shape[1])
        yield converter.feed(block)
    if converter:
        yield converter.finish()


def _frame_levels(frame: AudioFrame) -> Frames:
    channels = frame.layout.nb_channels
    if not 1 <= channels <= MAX_CHANNELS:
        raise InvalidAudio(f"expected 1 to {MAX_CHANNELS} channels, got {channels}")
    if frame.format.is_planar and channels >= _UNSAFE_PLANES:
        frame = _packed(frame)
    levels = as_float(frame.to_ndarray())
    return np.ascontiguousarray(levels.T) if frame.format.is_planar else levels.reshape(-1, channels)


def _packed(frame: AudioFrame) -> AudioFrame:
    """The same frame with its channels interleaved."""
    return av.AudioResampler(format=frame.format.packed.name).resample(frame)[0]


def _unreadable(container: Container, reason: str) -> InvalidAudio:
    return InvalidAudio(f"expected {container.name} audio that can be decoded, got: {reason}")


def _refuse_to_open(url: str, flags: int, options: dict[str, Any]) -> ByteSource:
    raise InvalidAudio("expected audio that is complete in itself, got a reference to another file")
