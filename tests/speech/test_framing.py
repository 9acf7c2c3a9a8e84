from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.errors import ProtocolViolation
from auricle.speech.framing import (
    HEADER_LIMIT_BYTES,
    BinaryFrame,
    TextFrame,
    header,
    parse_binary,
    parse_text,
    serialise_binary,
    serialise_text,
)

NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=":"), min_size=1, max_size=30)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60).map(str.strip)
HEADERS = st.lists(st.tuples(NAMES, VALUES), min_size=1, max_size=8).map(tuple)


@given(HEADERS, st.text())
def test_a_text_frame_survives_being_written_and_read(headers: tuple[tuple[str, str], ...], body: str) -> None:
    frame = TextFrame(headers=headers, body=body)

    assert parse_text(serialise_text(frame)) == frame


@given(HEADERS, st.binary())
def test_a_binary_frame_survives_being_written_and_read(headers: tuple[tuple[str, str], ...], payload: bytes) -> None:
    frame = BinaryFrame(headers=headers, payload=payload)

    assert parse_binary(serialise_binary(frame)) == frame


@given(st.text())
def test_any_text_is_a_frame_or_a_violation(message: str) -> None:
    with contextlib.suppress(ProtocolViolation):
        parse_text(message)


@given(st.binary())
def test_any_bytes_are_a_frame_or_a_violation(message: bytes) -> None:
    with contextlib.suppress(ProtocolViolation):
        parse_binary(message)


def test_both_ways_of_writing_headers_are_read() -> None:
    native = parse_text("Path:speech.config\r\nX-RequestId:ab\r\n\r\n{}")
    javascript = parse_text("Path: speech.config\r\nX-RequestId: ab\r\n\r\n{}")

    assert native == javascript


def test_a_header_is_found_in_any_case_and_the_first_of_its_name_counts() -> None:
    headers = (("X-REQUESTID", "one"), ("x-requestid", "two"))

    assert header(headers, "x-requestid") == "one"
    assert header(headers, "path") is None


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("", "got no such line"),
        ("Path:audio", "got no such line"),
        ("Path:audio\n\n{}", "got no such line"),
        ("Path:audio\nX-RequestId:a\r\n\r\n{}", "end in CRLF"),
        ("no colon here\r\n\r\n", "Name:Value"),
        (":value\r\n\r\n", "Name:Value"),
        ("Päth:audio\r\n\r\n", "ASCII"),
        ("Path:" + "x" * HEADER_LIMIT_BYTES + "\r\n\r\n", "at most 8192 bytes"),
    ],
)
def test_a_malformed_text_message_is_told_what_was_expected(message: str, reason: str) -> None:
    with pytest.raises(ProtocolViolation, match=reason):
        parse_text(message)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", "got a message of 0"),
        (b"\x00", "got a message of 1"),
        (b"\x00\x10Path:audio", "expected 16 bytes of headers, got 10"),
        (b"\xff\xff" + b"x" * 70_000, "at most 8192 bytes of headers, got 65535"),
        (b"\x00\x04\xffath", "got byte 0xff"),
        (b"\x00\x04Path", "Name:Value"),
    ],
)
def test_a_malformed_binary_message_is_told_what_was_expected(message: bytes, reason: str) -> None:
    with pytest.raises(ProtocolViolation, match=reason):
        parse_binary(message)
