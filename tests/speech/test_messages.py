from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.errors import InvalidHeader, ProtocolViolation
from auricle.speech.framing import BinaryFrame, TextFrame, parse_text
from auricle.speech.messages import (
    AudioAcknowledged,
    AudioChunk,
    AudioCommit,
    Other,
    SpeechConfig,
    SpeechContext,
    SpeechEndDetected,
    SpeechHypothesis,
    SpeechPhrase,
    SpeechStartDetected,
    TurnEnd,
    TurnStart,
    ceil_ms_ticks,
    parse_json_object,
    read_binary,
    read_text,
    serialise,
    ticks,
    whole_ms_ticks,
)

ID = "0123456789abcdef0123456789ABCDEF"


@given(st.floats(min_value=0, max_value=1e5))
def test_whole_milliseconds_enclose_a_time(seconds: float) -> None:
    assert whole_ms_ticks(seconds) <= ticks(seconds) <= ceil_ms_ticks(seconds)
    assert whole_ms_ticks(seconds) % 10_000 == 0 == ceil_ms_ticks(seconds) % 10_000
    assert ceil_ms_ticks(seconds) - whole_ms_ticks(seconds) in {0, 10_000}


def test_the_end_of_the_audio_is_rounded_up_to_the_next_millisecond() -> None:
    assert ceil_ms_ticks(1.0) == 10_000_000
    assert ceil_ms_ticks(1.00001) == 10_010_000


def test_every_client_message_is_read() -> None:
    context = TextFrame(headers=(("Path", "SPEECH.CONTEXT"), ("X-RequestId", ID)), body='{"DGI":{"Groups":[]}}')
    commit = TextFrame(headers=(("Path", "audio.commit"), ("X-RequestId", ID), ("X-Client-Commit-Token", "7")))
    audio = BinaryFrame(
        headers=(("Path", "audio"), ("X-RequestId", ID), ("Content-Type", "audio/x-wav")), payload=b"RIFF"
    )

    assert read_text(TextFrame(headers=(("Path", "speech.config"),), body="{}")) == SpeechConfig(body={})
    assert read_text(context) == SpeechContext(request_id=ID, body={"dgi": {"groups": []}})
    assert read_text(commit) == AudioCommit(request_id=ID, token="7")
    assert read_text(TextFrame(headers=(("Path", "telemetry"),), body="not even JSON")) == Other(path="telemetry")
    assert read_binary(audio) == AudioChunk(request_id=ID, payload=b"RIFF", content_type="audio/x-wav")
    assert read_binary(BinaryFrame(headers=(("Path", "video"),))) == Other(path="video")


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ((("Content-Type", "x"),), "a header 'Path', got none"),
        ((("Path", "speech.context"),), "a header 'X-RequestId' in speech.context, got none"),
        ((("Path", "speech.context"), ("X-RequestId", "abc")), "32 hexadecimal digits in 'X-RequestId', got 'abc'"),
        ((("Path", "audio.commit"), ("X-RequestId", ID)), "'X-Client-Commit-Token' in audio.commit, got none"),
        (
            (("Path", "audio.commit"), ("X-RequestId", ID), ("X-Client-Commit-Token", "x")),
            "a whole number in 'X-Client-Commit-Token'",
        ),
    ],
)
def test_a_missing_or_wrong_header_is_named(headers: tuple[tuple[str, str], ...], reason: str) -> None:
    with pytest.raises(InvalidHeader, match=reason):
        read_text(TextFrame(headers=headers))


def test_audio_in_a_text_message_is_refused() -> None:
    with pytest.raises(ProtocolViolation, match="in a binary message"):
        read_text(TextFrame(headers=(("Path", "audio"), ("X-RequestId", ID))))


@pytest.mark.parametrize("body", ["{", "[]", '"text"', "NaN", '{"a":Infinity}', "[" * 100_000, "1" * 5000])
def test_a_body_that_is_no_json_object_is_refused(body: str) -> None:
    with pytest.raises(ProtocolViolation, match="expected"):
        parse_json_object(body, "speech.context")


def test_keys_are_folded_at_every_depth_and_values_are_left_alone() -> None:
    folded = parse_json_object('{"Dgi":{"GROUPS":[{"Items":[{"Text":"Contoso"}]}]}}', "speech.context")

    assert folded == {"dgi": {"groups": [{"items": [{"text": "Contoso"}]}]}}


@pytest.mark.parametrize(
    ("message", "path", "body"),
    [
        (TurnStart(service_tag="t"), "turn.start", {"context": {"serviceTag": "t"}}),
        (SpeechStartDetected(offset_ticks=5), "speech.startDetected", {"Offset": 5}),
        (
            SpeechHypothesis(id="i", text="héllo\r\n\r\n", offset_ticks=1, duration_ticks=2),
            "speech.hypothesis",
            {"Id": "i", "Text": "héllo\r\n\r\n", "Offset": 1, "Duration": 2, "Channel": 0},
        ),
        (SpeechEndDetected(offset_ticks=5), "speech.endDetected", {"Offset": 5}),
        (TurnEnd(), "turn.end", {}),
    ],
)
def test_a_server_message_says_its_path_and_body(message: TurnStart, path: str, body: object) -> None:
    frame = parse_text(serialise(message, ID))

    assert dict(frame.headers) == {
        "X-RequestId": ID,
        "Content-Type": "application/json; charset=utf-8",
        "Path": path,
    }
    assert json.loads(frame.body) == body
    assert "\r\n" not in frame.body  # a client library cuts bodies there


def test_a_phrase_carries_an_id_and_a_channel() -> None:
    body = json.loads(parse_text(serialise(SpeechPhrase(result={"RecognitionStatus": "NoMatch"}), ID)).body)

    assert len(body.pop("Id")) == 32
    assert body == {"RecognitionStatus": "NoMatch", "Channel": 0}


@pytest.mark.parametrize("message", [AudioAcknowledged(heard_ticks=90_000), TurnEnd(heard_ticks=90_000)])
def test_heard_audio_is_acknowledged_in_a_header(message: AudioAcknowledged | TurnEnd) -> None:
    frame = parse_text(serialise(message, ID))

    assert dict(frame.headers)["X-Continuation-Audio-Streams-1-Offset"] == "90000"
