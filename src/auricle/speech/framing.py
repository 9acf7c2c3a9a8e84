"""Frames of the speech protocol: headers and a body in a text message, headers and a payload in a binary one.

Pure and symmetric: parsing what was serialised gives the same frame back.
"""

from __future__ import annotations

from dataclasses import dataclass

from auricle.errors import ProtocolViolation

HEADER_LIMIT_BYTES = 8192
_LENGTH_BYTES = 2  # of a binary frame's header, big-endian
_LINE_END = "\r\n"
_HEADERS_END = "\r\n\r\n"

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class TextFrame:
    """A text message: headers, then a body."""

    headers: Headers
    body: str = ""


@dataclass(frozen=True, kw_only=True)
class BinaryFrame:
    """A binary message: headers, then a payload."""

    headers: Headers
    payload: bytes = b""


def header(headers: Headers, name: str) -> str | None:
    """The first header of that name; `name` is in lower case, the frame's spelling does not matter."""
    for key, value in headers:
        if key.lower() == name:
            return value
    return None


def parse_text(message: str) -> TextFrame:
    """Split a text message. Raises ProtocolViolation with what was expected and got."""
    end = message.find(_HEADERS_END)
    if end < 0:
        raise ProtocolViolation("expected a text message with headers, an empty CRLF line and a body, got no such line")
    if end > HEADER_LIMIT_BYTES:
        raise ProtocolViolation(f"expected at most {HEADER_LIMIT_BYTES} bytes of headers, got {end}")
    return TextFrame(headers=_parse_lines(message[:end]), body=message[end + len(_HEADERS_END) :])


def parse_binary(message: bytes) -> BinaryFrame:
    """Split a binary message. Raises ProtocolViolation with what was expected and got."""
    if len(message) < _LENGTH_BYTES:
        raise ProtocolViolation(f"expected {_LENGTH_BYTES} bytes of header length, got a message of {len(message)}")
    size = message[0] << 8 | message[1]
    end = _LENGTH_BYTES + size
    if size > HEADER_LIMIT_BYTES:
        raise ProtocolViolation(f"expected at most {HEADER_LIMIT_BYTES} bytes of headers, got {size}")
    if end > len(message):
        raise ProtocolViolation(f"expected {size} bytes of headers, got {len(message) - _LENGTH_BYTES}")
    try:
        text = message[_LENGTH_BYTES:end].decode("ascii")
    except UnicodeDecodeError as error:
        raise ProtocolViolation(
            f"expected ASCII headers, got byte {message[_LENGTH_BYTES + error.start]:#x}"
        ) from error
    return BinaryFrame(headers=_parse_lines(text), payload=message[end:])


def serialise_text(frame: TextFrame) -> str:
    """The message of a text frame."""
    return _serialise_lines(frame.headers) + _LINE_END + frame.body


def serialise_binary(frame: BinaryFrame) -> bytes:
    """The message of a binary frame."""
    head = _serialise_lines(frame.headers).encode("ascii")
    assert len(head) <= HEADER_LIMIT_BYTES, "our own headers are short"
    return len(head).to_bytes(_LENGTH_BYTES, "big") + head + frame.payload


def _parse_lines(text: str) -> Headers:
    headers = []
    for line in text.split(_LINE_END):
        name, colon, value = line.partition(":")
        name = name.strip(" \t")
        value = value.strip(" \t")
        if name and colon and name.isascii() and value.isascii() and _is_one_line(name) and _is_one_line(value):
            headers.append((name, value))
        elif line:
            raise ProtocolViolation(
                f"expected header lines of 'Name:Value' in ASCII that end in CRLF, got {line[:40]!r}"
            )
    return tuple(headers)


def _is_one_line(text: str) -> bool:
    return "\n" not in text and "\r" not in text


def _serialise_lines(headers: Headers) -> str:
    return "".join(f"{name}:{value}{_LINE_END}" for name, value in headers)
