"""How much a client may ask for before it is told no: one place for every number of the wire."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Sizes in bytes or items, times in seconds."""

    text_bytes: int = 1 << 20  # of a text message
    audio_bytes: int = 1 << 20  # of a binary message
    phrases: int = 2000
    phrase_chars: int = 256
    idle_s: float = 180.0  # without a message from the client
    send_s: float = 30.0  # for one message to leave, when the client does not read
    upload_idle_s: float = 30.0  # between two pieces of a short-audio upload
    short_audio_s: float = 60.0
    short_audio_bytes: int = 64 << 20
