"""Sounds and frames that tests send."""

from __future__ import annotations

import struct

import numpy as np

from auricle.speech.framing import BinaryFrame, TextFrame, serialise_binary, serialise_text

ONE, TWO = "1" * 32, "2" * 31 + "A"
WAV_HEADER = struct.pack(
    "<4sI4s4sIHHIIHH4sI", b"RIFF", 0, b"WAVE", b"fmt ", 16, 1, 1, 16_000, 32_000, 2, 16, b"data", 0
)


def speech(seconds: float) -> bytes:
    """Loud, as the scripted hearing sees it."""
    return np.tile(np.array([6000, -6000], "<i2"), int(seconds * 8000)).tobytes()


def silence(seconds: float) -> bytes:
    return bytes(int(seconds * 16_000) * 2)


def context(request_id: str = ONE, body: str = "{}") -> str:
    return text_message("speech.context", body, ("X-RequestId", request_id))


def text_message(path: str, body: str = "", *headers: tuple[str, str]) -> str:
    return serialise_text(TextFrame(headers=(("Path", path), *headers), body=body))


def audio(payload: bytes, request_id: str = ONE) -> bytes:
    return serialise_binary(BinaryFrame(headers=(("Path", "audio"), ("X-RequestId", request_id)), payload=payload))
