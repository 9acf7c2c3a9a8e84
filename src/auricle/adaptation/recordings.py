"""The recordings of an archive: each is read once from end to end, its header believed only as far as it is kept.

The documented form is 16-bit mono PCM at 8 or 16 kHz. Other rates, widths and channel counts are converted when they
are heard, so they are kept with a warning; what cannot be decoded, is cut off, empty or too long is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from auricle.adaptation.archive import Archive, DamagedEntry, Entry, Unpacked
from auricle.adaptation.findings import Problem, Rejected, Warn
from auricle.audio.pcm import Encoding, PcmFormat
from auricle.audio.riff import HeaderReader, WaveHeader
from auricle.errors import AuricleError

AUDIO_SUFFIX = ".wav"
OTHER_AUDIO = frozenset(
    (".mp3", ".flac", ".ogg", ".opus", ".m4a", ".mp4", ".aac", ".wma", ".aif", ".aiff", ".webm", ".amr")
)
DOCUMENTED_RATES_HZ = (8_000, 16_000)
MIN_RATE_HZ = 8_000
LONGEST_FOR_TRAINING_S = 40.0
_READ_BYTES = 2**20
_CONVERT = "convert to RIFF WAV, PCM, 16 bits, mono, 8 or 16 kHz"


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A recording that can be heard."""

    path: str
    duration_s: float


def read_recording(
    archive: Archive, entry: Entry, warn: Warn, *, max_duration_s: float, on_read: Callable[[int], None]
) -> Recording:
    """Read one entry to its end. Raises Rejected when it cannot be used."""
    try:
        with archive.open(entry) as unpacked:
            header, data_bytes = _measure(unpacked, on_read)
            form = header.pcm_format()
    except AuricleError as error:
        raise Rejected("audioFormat", error.message, _CONVERT) from error
    except DamagedEntry as error:
        raise Rejected("damaged", "the file in the archive is damaged", "make the zip anew") from error
    duration_s = data_bytes // form.frame_bytes / form.rate_hz
    _check(header, form, data_bytes, duration_s, max_duration_s)
    _warn_of_conversion(form, warn)
    return Recording(path=entry.path, duration_s=duration_s)


def _measure(unpacked: Unpacked, on_read: Callable[[int], None]) -> tuple[WaveHeader, int]:
    """The header, and how many bytes really follow it."""
    reader = HeaderReader()
    header: WaveHeader | None = None
    data_bytes = 0
    while data := unpacked.read(_READ_BYTES):
        on_read(len(data))
        if header:
            data_bytes += len(data)
        elif header := reader.feed(data):
            data_bytes = len(reader.take_remainder())
    if not header:
        reader.end()
    assert header is not None, "the end of a recording without a header raises"
    return header, data_bytes if header.data_bytes is None else min(data_bytes, header.data_bytes)


def _check(header: WaveHeader, form: PcmFormat, data_bytes: int, duration_s: float, max_duration_s: float) -> None:
    if not duration_s:
        raise Rejected("noAudio", "the recording has no samples", "record it again, or delete the file")
    if header.data_bytes is not None and data_bytes < header.data_bytes:
        reason = f"the header promises {header.data_bytes} bytes of samples, {data_bytes} are there"
        raise Rejected("cutOff", reason, "export or upload the recording again")
    if duration_s > max_duration_s:
        reason = f"the recording lasts {duration_s:.0f} s, at most {max_duration_s:.0f} s are allowed"
        raise Rejected("tooLong", reason, "cut it into shorter files")
    if form.rate_hz < MIN_RATE_HZ:
        raise Rejected(
            "audioFormat", f"the sample rate is {form.rate_hz} Hz, at least {MIN_RATE_HZ} are needed", _CONVERT
        )


def _warn_of_conversion(form: PcmFormat, warn: Warn) -> None:
    odd = []
    if form.rate_hz not in DOCUMENTED_RATES_HZ:
        odd.append(f"{form.rate_hz} Hz")
    if form.channels != 1:
        odd.append(f"{form.channels} channels, mixed to one")
    if form.encoding is not Encoding.SIGNED_16:
        odd.append(form.encoding.value[0])
    if odd:
        reason = f"the recording is converted when it is heard: {', '.join(odd)}"
        warn(Problem(code="converted", reason=reason, advice=_CONVERT))
