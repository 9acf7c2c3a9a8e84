"""The wire as the native Speech SDK uses it: the address, the headers and the messages of one continuous recognition.

`python -m bench client` shows, message by message, that the SDK sends the same (see bench/likeness.py).
"""

from __future__ import annotations

import json
import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from websockets import Subprotocol

FRAME_S = 0.1  # of audio in a message
FRAME_BYTES = 3_200  # of 16 kHz, 16 bit, mono
PATH = "/speech/recognition/conversation/cognitiveservices/v1"
QUERY = "format=detailed&language=en-us&wordLevelConfidence=true&wordLevelTimestamps=true"
RIFF_HEADER = struct.pack(
    "<4sI4s4sIHHIIHH4sI", b"RIFF", 0, b"WAVE", b"fmt ", 16, 1, 1, 16_000, 32_000, 2, 16, b"data", 0
)
USER_AGENT = "SpeechSDK-Python/1.53.0 Linux"
SUBPROTOCOL = Subprotocol("USP")


def new_id() -> str:
    """32 hexadecimal digits, as requests and connections are named."""
    return uuid.uuid4().hex


def connection_headers(key: str) -> dict[str, str]:
    """What identifies a client when it connects."""
    return {"Ocp-Apim-Subscription-Key": key, "X-ConnectionId": new_id()}


def config_message() -> str:
    """`speech.config`, once a connection."""
    system = {"version": "1.53.0", "name": "SpeechSDK", "build": "Linux-x64", "lang": "Python"}
    source = {"type": "Stream", "model": "", "samplerate": "16000", "bitspersample": "16", "channelcount": "1"}
    body = {
        "context": {
            "system": system,
            "os": {"name": "Linux", "version": "", "platform": "Linux"},
            "audio": {"source": source},
        }
    }
    return _text("speech.config", body, content_type="application/json")


def context_message(request_id: str, *, partials: bool = True, phrases: Sequence[str] = ()) -> str:
    """`speech.context`, once a turn."""
    options = ["WordTimings", "WordConfidence"]
    body: dict[str, Any] = {
        "phraseDetection": {"language": "en-us"},
        "audio": {"streams": {"1": None}},
        "phraseOutput": {"format": "Detailed", "detailed": {"options": options}},
    }
    if not partials:
        body["phraseOutput"]["interimResults"] = {"resultType": "None"}
    if phrases:
        body["dgi"] = {"Groups": [{"Type": "Generic", "Items": [{"Text": text} for text in phrases]}], "bias": 1.0}
    return _text("speech.context", body, request_id=request_id)


def audio_message(request_id: str, payload: bytes, *, content_type: str = "") -> bytes:
    """`audio`: the RIFF header first, then pieces, and an empty one at the end."""
    lines = _lines("audio", request_id, content_type) + "X-StreamId:1\r\n"
    head = lines.encode("ascii")
    return len(head).to_bytes(2, "big") + head + payload


def header_message(request_id: str) -> bytes:
    """The first `audio` message of a turn."""
    return audio_message(request_id, RIFF_HEADER, content_type="audio/x-wav")


def telemetry_message(request_id: str) -> str:
    """`telemetry`, which the SDK sends after a turn; nobody answers it."""
    return _text("telemetry", {"ReceivedMessages": []}, request_id=request_id, content_type="application/json")


@dataclass(frozen=True, kw_only=True)
class Told:
    """A message of the server."""

    path: str
    body: dict[str, Any]

    @property
    def offset_s(self) -> float:
        return float(self.body.get("Offset", 0)) / 1e7

    @property
    def end_s(self) -> float:
        return self.offset_s + float(self.body.get("Duration", 0)) / 1e7


def read(message: str) -> Told:
    """Split a server's text message."""
    head, _, body = message.partition("\r\n\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head.split("\r\n"))}
    return Told(path=fields.get("path", ""), body=json.loads(body) if body.strip() else {})


def path_of(message: str) -> str:
    """The path alone, found without reading the rest."""
    start = message.find("Path:")
    return message[start + 5 : message.find("\r\n", start)].strip() if start >= 0 else ""


def _text(path: str, body: dict[str, Any], *, request_id: str = "", content_type: str = "") -> str:
    return f"{_lines(path, request_id, content_type)}\r\n{json.dumps(body, separators=(',', ':'))}"


def _lines(path: str, request_id: str, content_type: str) -> str:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    fields = {"X-Timestamp": now, "Path": path, "Content-Type": content_type, "X-RequestId": request_id}
    return "".join(f"{name}:{value}\r\n" for name, value in fields.items() if value)
