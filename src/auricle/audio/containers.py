"""Which container a stream is in, told by its first bytes; a name or a Content-Type may lie, bytes seldom do."""

from __future__ import annotations

from enum import Enum

from auricle.errors import UnsupportedAudio

HEAD_BYTES = 16  # as many as any sign below needs
ID3_HEAD_BYTES = 10

_ASF_GUID = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_SIGNS = {
    b"fLaC": "FLAC",
    b"OggS": "OGG",
    b"\x1aE\xdf\xa3": "MATROSKA",
    b"#!AMR": "AMR",
    _ASF_GUID: "ASF",
}


class Container(Enum):
    """A container that can be read; the value is libavformat's name of it."""

    WAVE = "wav"
    MP3 = "mp3"
    FLAC = "flac"
    OGG = "ogg"
    MATROSKA = "matroska"  # and WebM
    AMR = "amr"
    AAC = "aac"  # ADTS
    MP4 = "mov"  # M4A, 3GP, QuickTime
    ASF = "asf"  # WMA

    @property
    def unmistakable(self) -> bool:
        """Whether its sign is too long to turn up by chance at the beginning of raw samples."""
        return self not in {Container.MP3, Container.AAC}


def sniff(head: bytes) -> Container | None:
    """The container that begins with `head`, or None when nothing known does."""
    if head[:4] in {b"RIFF", b"RF64", b"BW64"} and head[8:12] in {b"WAVE", b""}:
        return Container.WAVE
    if head[4:8] == b"ftyp":
        return Container.MP4
    for sign, name in _SIGNS.items():
        if head.startswith(sign):
            return Container[name]
    if _is_adts(head):
        return Container.AAC
    return Container.MP3 if _is_mpeg_audio(head) else None


def unrecognised(head: bytes) -> UnsupportedAudio:
    """The error for audio that `sniff` knows nothing of."""
    return UnsupportedAudio(
        f"expected WAVE, MP3, FLAC, Ogg, WebM, AMR, AAC, M4A or WMA, got bytes that begin with 0x{head[:8].hex()}; "
        "samples without a header need a Content-Type such as audio/raw; codec=audio/pcm; samplerate=16000"
    )


def id3_bytes(head: bytes | bytearray) -> int:
    """The length of the ID3v2 tag (titles, cover pictures) that `head` begins; 0 when it begins none."""
    if len(head) < ID3_HEAD_BYTES or not head.startswith(b"ID3") or any(byte & 0x80 for byte in head[6:10]):
        return 0
    body = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    has_footer = bool(head[5] & 0x10)
    return ID3_HEAD_BYTES + body + (ID3_HEAD_BYTES if has_footer else 0)


def _is_adts(head: bytes) -> bool:
    return len(head) >= 3 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0 and head[2] >> 2 & 0x0F < 13


def _is_mpeg_audio(head: bytes) -> bool:
    """A frame header of MPEG audio: sync word, then no reserved version, layer, bit rate or sample rate."""
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    return version != 1 and layer != 0 and head[2] >> 4 != 0x0F and head[2] >> 2 & 3 != 3
