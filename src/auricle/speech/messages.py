"""The messages of the speech protocol: what a client says, read from frames; what the server says, as text.

Times on this wire are ticks of 100 nanoseconds, counted from the first audio byte of the turn.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import uuid4

from auricle.errors import InvalidHeader, ProtocolViolation
from auricle.speech.framing import BinaryFrame, TextFrame, header, serialise_text

TICKS_PER_S = 10_000_000
TICKS_PER_MS = 10_000

_REQUEST_ID = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_COMMIT_TOKEN = re.compile(r"[0-9]{1,10}")


def ticks(seconds: float) -> int:
    """Seconds in ticks, rounded to the nearest; never negative, which clients could not read."""
    return max(0, round(seconds * TICKS_PER_S))


def whole_ms_ticks(seconds: float) -> int:
    """The last whole millisecond at or before this time, in ticks: what may safely be acknowledged."""
    return ticks(seconds) // TICKS_PER_MS * TICKS_PER_MS


def ceil_ms_ticks(seconds: float) -> int:
    """The first whole millisecond at or after this time, in ticks.

    The end of the audio is said so: a client that finds itself a millisecond short sends the rest again.
    """
    return math.ceil(ticks(seconds) / TICKS_PER_MS) * TICKS_PER_MS


# What a client says


@dataclass(frozen=True, kw_only=True)
class SpeechConfig:
    """Who the client is (`speech.config`)."""

    body: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class SpeechContext:
    """What the client wants of the turns that follow (`speech.context`); every key is in lower case."""

    request_id: str
    body: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class AudioChunk:
    """A piece of a turn's audio (`audio`); an empty payload ends it."""

    request_id: str
    payload: bytes
    content_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class AudioCommit:
    """End the segment here and answer the token (`audio.commit`)."""

    request_id: str
    token: str


@dataclass(frozen=True, kw_only=True)
class Other:
    """A message that needs no answer: telemetry, events of applications, paths of other services."""

    path: str


ClientMessage = SpeechConfig | SpeechContext | AudioChunk | AudioCommit | Other


def read_text(frame: TextFrame) -> ClientMessage:
    """The message in a text frame. Raises ProtocolViolation or InvalidHeader."""
    path = _path(frame.headers)
    if path == "speech.config":
        return SpeechConfig(body=parse_json_object(frame.body, path))
    if path == "speech.context":
        return SpeechContext(request_id=_request_id(frame.headers, path), body=parse_json_object(frame.body, path))
    if path == "audio.commit":
        return AudioCommit(request_id=_request_id(frame.headers, path), token=_commit_token(frame))
    if path == "audio":
        raise ProtocolViolation("expected 'audio' in a binary message, got it in a text message")
    return Other(path=path)


def read_binary(frame: BinaryFrame) -> ClientMessage:
    """The message in a binary frame. Raises InvalidHeader."""
    path = _path(frame.headers)
    if path != "audio":
        return Other(path=path)
    return AudioChunk(
        request_id=_request_id(frame.headers, path),
        payload=frame.payload,
        content_type=header(frame.headers, "content-type"),
    )


def parse_json_object(text: str, what: str) -> dict[str, Any]:
    """A JSON object with all its keys, at every depth, in lower case; an empty text is an empty object.

    Client libraries spell keys in different cases, so case cannot matter. Raises ProtocolViolation.
    """
    if not text.strip():
        return {}
    try:
        value = json.loads(text, object_pairs_hook=_lower_keys, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ProtocolViolation(f"expected JSON in {what}, got something else: {error}"[:200]) from error
    if not isinstance(value, dict):
        raise ProtocolViolation(f"expected a JSON object in {what}, got {type(value).__name__}")
    return value


def _lower_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name.lower(): value for name, value in pairs}


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _path(headers: tuple[tuple[str, str], ...]) -> str:
    path = header(headers, "path")
    if not path:
        raise InvalidHeader("expected a header 'Path', got none")
    return path.lower()


def _request_id(headers: tuple[tuple[str, str], ...], path: str) -> str:
    request_id = header(headers, "x-requestid")
    if request_id is None:
        raise InvalidHeader(f"expected a header 'X-RequestId' in {path}, got none")
    if not _REQUEST_ID.fullmatch(request_id):
        raise InvalidHeader(f"expected 32 hexadecimal digits in 'X-RequestId', got {request_id[:40]!r}")
    return request_id


def _commit_token(frame: TextFrame) -> str:
    token = header(frame.headers, "x-client-commit-token")
    if token is None:
        raise InvalidHeader("expected a header 'X-Client-Commit-Token' in audio.commit, got none")
    if not _COMMIT_TOKEN.fullmatch(token):
        raise InvalidHeader(f"expected a whole number in 'X-Client-Commit-Token', got {token[:40]!r}")
    return token


# What the server says


def new_id() -> str:
    """An identifier as this wire writes them: 32 hexadecimal digits."""
    return uuid4().hex


@dataclass(frozen=True, kw_only=True)
class TurnStart:
    """The turn's first audio has arrived; clients ignore everything before this."""

    path: ClassVar[str] = "turn.start"
    service_tag: str = field(default_factory=new_id)

    def body(self) -> dict[str, Any]:
        return {"context": {"serviceTag": self.service_tag}}


@dataclass(frozen=True, kw_only=True)
class SpeechStartDetected:
    """Somebody began to speak."""

    path: ClassVar[str] = "speech.startDetected"
    offset_ticks: int

    def body(self) -> dict[str, Any]:
        return {"Offset": self.offset_ticks}


@dataclass(frozen=True, kw_only=True)
class SpeechHypothesis:
    """What the running segment sounds like so far."""

    path: ClassVar[str] = "speech.hypothesis"
    text: str
    offset_ticks: int
    duration_ticks: int
    id: str = field(default_factory=new_id)

    def body(self) -> dict[str, Any]:
        return {
            "Id": self.id,
            "Text": self.text,
            "Offset": self.offset_ticks,
            "Duration": self.duration_ticks,
            "Channel": 0,
        }


@dataclass(frozen=True, kw_only=True)
class SpeechPhrase:
    """A final result; its JSON is made in `phrases`."""

    path: ClassVar[str] = "speech.phrase"
    result: Mapping[str, Any]

    def body(self) -> dict[str, Any]:
        return {"Id": new_id(), **self.result, "Channel": 0}


@dataclass(frozen=True, kw_only=True)
class SpeechEndDetected:
    """No speech will follow. Sent only right before the turn's end: clients stop sending audio when they read it."""

    path: ClassVar[str] = "speech.endDetected"
    offset_ticks: int

    def body(self) -> dict[str, Any]:
        return {"Offset": self.offset_ticks}


@dataclass(frozen=True, kw_only=True)
class AudioAcknowledged:
    """Audio up to here needs no replay. The path means nothing to clients; the header is what they read."""

    path: ClassVar[str] = "audio.acknowledged"
    heard_ticks: int

    def body(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True, kw_only=True)
class TurnEnd:
    """The turn is over; its last message."""

    path: ClassVar[str] = "turn.end"
    heard_ticks: int | None = None

    def body(self) -> dict[str, Any]:
        return {}


ServerMessage = (
    TurnStart | SpeechStartDetected | SpeechHypothesis | SpeechPhrase | SpeechEndDetected | AudioAcknowledged | TurnEnd
)


def serialise(message: ServerMessage, request_id: str) -> str:
    """The text of a server message. Native clients compare header names, path and id byte for byte."""
    headers = [
        ("X-RequestId", request_id),
        ("Content-Type", "application/json; charset=utf-8"),
        ("Path", message.path),
    ]
    if isinstance(message, AudioAcknowledged | TurnEnd) and message.heard_ticks is not None:
        headers.append(("X-Continuation-Audio-Streams-1-Offset", str(message.heard_ticks)))
    body = json.dumps(message.body(), ensure_ascii=False, separators=(",", ":"))
    return serialise_text(TextFrame(headers=tuple(headers), body=body))
