"""What the light client sends, as the server reads it."""

from __future__ import annotations

from auricle.speech.framing import header, parse_binary, parse_text
from bench import wire


def test_the_server_reads_the_context() -> None:
    frame = parse_text(wire.context_message("1" * 32))
    assert header(frame.headers, "path") == "speech.context"
    assert header(frame.headers, "x-requestid") == "1" * 32


def test_the_server_reads_the_audio() -> None:
    frame = parse_binary(wire.audio_message("1" * 32, b"\x01\x02"))
    assert header(frame.headers, "path") == "audio"
    assert frame.payload == b"\x01\x02"


def test_the_first_audio_is_a_riff_header_of_no_stated_length() -> None:
    frame = parse_binary(wire.header_message("1" * 32))
    assert header(frame.headers, "content-type") == "audio/x-wav"
    assert frame.payload[:8] == b"RIFF\0\0\0\0"
    assert len(frame.payload) == 44


def test_a_result_is_read_with_its_times() -> None:
    told = wire.read('X-RequestId:1\r\nPath:speech.phrase\r\n\r\n{"Offset":5000000,"Duration":10000000}')
    assert (told.path, told.offset_s, told.end_s) == ("speech.phrase", 0.5, 1.5)


def test_a_message_without_a_body_has_none() -> None:
    assert wire.read("X-RequestId:1\r\nPath:turn.end\r\n\r\n").body == {}


def test_the_path_is_found_without_reading_the_rest() -> None:
    assert wire.path_of("X-RequestId:1\r\nPath:turn.end\r\n\r\n{") == "turn.end"
    assert wire.path_of("no headers") == ""
