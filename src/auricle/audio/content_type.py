"""What a Content-Type says about samples that carry no header: `audio/raw; codec=audio/pcm; samplerate=16000`."""

from __future__ import annotations

from email.message import Message

from auricle.audio.pcm import Encoding, PcmFormat
from auricle.errors import UnsupportedAudio

_RAW_TYPES = {"audio/raw", "audio/x-raw", "audio/pcm", "audio/x-pcm"}
_PCM_BY_BITS = {
    8: Encoding.UNSIGNED_8,
    16: Encoding.SIGNED_16,
    24: Encoding.SIGNED_24,
    32: Encoding.SIGNED_32,
}
_LAWS = {
    "audio/alaw": Encoding.A_LAW,
    "audio/mulaw": Encoding.MU_LAW,
    "alaw": Encoding.A_LAW,
    "mulaw": Encoding.MU_LAW,
}


def raw_format(content_type: str | None) -> PcmFormat | None:
    """The format it names, or None when it promises a container. UnsupportedAudio when it names no format we read."""
    message = Message()
    message["content-type"] = content_type or ""
    if message.get_content_type() not in _RAW_TYPES:
        return None
    codec = str(message.get_param("codec") or message.get_param("codecs") or "audio/pcm").lower()
    return PcmFormat(
        encoding=_LAWS[codec] if codec in _LAWS else _pcm_encoding(codec, _number(message, "bitspersample", 16)),
        rate_hz=_number(message, "samplerate", 16_000),
        channels=_number(message, "channels", 1),
    )


def _pcm_encoding(codec: str, bits: int) -> Encoding:
    if codec not in {"audio/pcm", "pcm"}:
        raise UnsupportedAudio(f"expected codec audio/pcm, audio/alaw or audio/mulaw for raw audio, got {codec!r}")
    if bits not in _PCM_BY_BITS:
        raise UnsupportedAudio(f"expected 8, 16, 24 or 32 bits a sample for raw audio, got {bits}")
    return _PCM_BY_BITS[bits]


def _number(message: Message, name: str, default: int) -> int:
    value = message.get_param(name)
    if value is None:
        return default
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise UnsupportedAudio(f"expected a number for {name} in the Content-Type, got {text[:40]!r}")
    return int(text)
