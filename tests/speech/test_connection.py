from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.errors import ModelUnavailable
from auricle.observe import log
from auricle.recognition.events import Event
from auricle.recognition.options import ListenOptions, Mode
from auricle.speech.address import parse_address
from auricle.speech.connection import Connection, State, WireGone
from auricle.speech.failures import Close
from auricle.speech.framing import BinaryFrame, TextFrame, header, parse_text, serialise_binary, serialise_text
from auricle.speech.limits import Limits

from .scripted import ScriptedHearing, ScriptedListener
from .sounds import ONE, TWO, WAV_HEADER, silence, speech

V1 = "/speech/recognition/{}/cognitiveservices/v1"


class Recorder:
    """A wire that keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, dict[str, Any]]] = []
        self.frames: list[TextFrame] = []
        self.closed: Close | None = None
        self.gone = False

    async def send(self, text: str) -> None:
        await asyncio.sleep(0)
        if self.gone:
            raise WireGone
        frame = parse_text(text)
        self.frames.append(frame)
        request_id = header(frame.headers, "x-requestid")
        path = header(frame.headers, "path")
        self.sent.append((path or "", request_id or "", json.loads(frame.body)))

    async def close(self, close: Close) -> None:
        assert self.closed is None, "closed once"
        self.closed = close

    def paths(self, request_id: str | None = None) -> list[str]:
        return [path for path, rid, _ in self.sent if request_id in {None, rid} and path != "speech.hypothesis"]

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [body for sent, _, body in self.sent if sent == path]


class Client:
    """A client's end of a connection without a socket."""

    def __init__(
        self,
        *,
        path: str = V1.format("conversation"),
        query: str = "language=en-US",
        hearing: Any = None,
        max_audio_s: float = 3600,
    ) -> None:
        self.wire = Recorder()
        self.hearing = hearing or ScriptedHearing()
        self.connection = Connection(
            wire=self.wire,
            address=parse_address(path, query),
            hearing=self.hearing,
            limits=Limits(),
            max_audio_s=max_audio_s,
            log=log,
        )

    async def config(self, body: Any = None) -> None:
        await self.text("speech.config", json.dumps(body or {}))

    async def context(self, request_id: str = ONE, body: Any = None) -> None:
        await self.text("speech.context", json.dumps(body or {}), ("X-RequestId", request_id))

    async def text(self, path: str, body: str, *headers: tuple[str, str]) -> None:
        await self.connection.on_text(serialise_text(TextFrame(headers=(("Path", path), *headers), body=body)))

    async def audio(self, payload: bytes, request_id: str = ONE, content_type: str | None = None) -> None:
        headers = [("Path", "audio"), ("X-RequestId", request_id)]
        if content_type:
            headers.append(("Content-Type", content_type))
        await self.connection.on_binary(serialise_binary(BinaryFrame(headers=tuple(headers), payload=payload)))

    async def begin(self, request_id: str = ONE, context: Any = None) -> None:
        await self.context(request_id, context)
        await self.audio(WAV_HEADER, request_id, "audio/x-wav")

    async def settle(self) -> None:
        """Let everything that can happen happen."""
        for _ in range(300):
            await asyncio.sleep(0)


async def test_one_phrase_is_recognised_and_the_turn_ends_by_itself() -> None:
    client = Client(path=V1.format("interactive"))

    await client.config()
    await client.begin()
    await client.audio(silence(0.5) + speech(1.0) + silence(1.0))
    await client.settle()

    assert client.wire.paths() == [
        "turn.start",
        "speech.startDetected",
        "speech.phrase",
        "speech.endDetected",
        "turn.end",
    ]
    phrase = client.wire.bodies("speech.phrase")[0]
    assert phrase["RecognitionStatus"] == "Success"
    assert phrase["DisplayText"] == "What's the weather like today?"
    assert (phrase["Offset"], phrase["Duration"]) == (5_000_000, 10_000_000)
    assert client.wire.bodies("speech.hypothesis")[0]["Text"] == "what's"
    assert client.connection.state is State.IDLE
    assert client.hearing.listeners[0].closed


async def test_a_conversation_keeps_one_turn_and_acknowledges_all_audio_at_its_end() -> None:
    client = Client()

    await client.begin()
    for _ in range(2):
        await client.audio(speech(1.0) + silence(1.0))
    await client.audio(silence(0.00001 + 0.0005))
    await client.audio(b"")
    await client.settle()

    assert client.wire.paths(ONE) == [
        "turn.start",
        "speech.startDetected",
        "speech.phrase",
        "speech.phrase",
        "speech.endDetected",
        "speech.phrase",
        "turn.end",
    ]
    assert client.wire.bodies("speech.phrase")[-1]["RecognitionStatus"] == "EndOfDictation"
    assert client.wire.bodies("speech.phrase")[-1]["Offset"] == 40_010_000  # 4.0005 s, up to the next millisecond
    assert header(client.wire.frames[-1].headers, "x-continuation-audio-streams-1-offset") == "40000000"


async def test_every_message_echoes_the_request_id_byte_for_byte() -> None:
    client = Client()

    await client.begin(TWO)
    await client.audio(b"", TWO.lower())
    await client.settle()

    assert {request_id for _, request_id, _ in client.wire.sent} == {TWO}
    assert client.wire.paths()[-1] == "turn.end"


async def test_long_silence_is_acknowledged_in_a_header() -> None:
    client = Client()

    await client.begin()
    await client.audio(silence(25))
    await client.settle()

    acknowledged = [header(f.headers, "x-continuation-audio-streams-1-offset") for f in client.wire.frames]
    assert [a for a in acknowledged if a] == ["100000000", "200000000"]
    assert client.connection.state is State.HEARING


async def test_silence_in_interactive_mode_is_an_initial_silence_timeout() -> None:
    client = Client(path=V1.format("interactive"))

    await client.begin()
    await client.audio(silence(6))
    await client.settle()

    assert client.wire.paths() == ["turn.start", "speech.phrase", "turn.end"]
    assert client.wire.bodies("speech.phrase")[0]["RecognitionStatus"] == "InitialSilenceTimeout"


@pytest.mark.parametrize("path", ["interactive", "conversation", "dictation"])
async def test_a_turn_without_audio_ends_cleanly(path: str) -> None:
    client = Client(path=V1.format(path))

    await client.context()
    await client.audio(b"")
    await client.settle()

    assert client.wire.paths() == ["turn.start", "speech.phrase", "turn.end"]


async def test_a_turn_of_a_header_alone_ends_cleanly() -> None:
    client = Client()

    await client.begin()
    await client.audio(b"")
    await client.settle()

    assert client.wire.paths() == ["turn.start", "speech.phrase", "turn.end"]


async def test_a_second_turn_on_the_same_connection_starts_from_nought() -> None:
    client = Client(path=V1.format("interactive"))

    for request_id in (ONE, TWO):
        await client.begin(request_id)
        await client.audio(silence(0.5) + speech(1.0) + silence(1.0), request_id)
        await client.settle()

    assert [b["Offset"] for b in client.wire.bodies("speech.phrase")] == [5_000_000, 5_000_000]
    assert client.wire.paths(TWO)[-1] == "turn.end"


async def test_audio_of_a_turn_that_has_ended_is_ignored() -> None:
    client = Client(path=V1.format("interactive"))
    await client.begin()
    await client.audio(speech(1.0) + silence(1.0))
    await client.settle()
    said = len(client.wire.sent)

    await client.audio(speech(1.0))
    await client.audio(WAV_HEADER)
    await client.audio(b"")
    await client.settle()

    assert len(client.wire.sent) == said
    assert client.wire.closed is None


async def test_the_end_of_a_stream_under_an_id_that_began_nothing_is_ignored() -> None:
    client = Client(path=V1.format("interactive"))
    await client.begin()
    await client.audio(speech(1.0) + silence(1.0))
    await client.settle()

    await client.audio(b"", TWO)
    await client.settle()

    assert client.wire.paths(TWO) == []
    assert client.connection.state is State.IDLE


async def test_audio_under_a_new_request_id_drops_the_turn_in_progress() -> None:
    client = Client()
    await client.begin(ONE)
    await client.audio(speech(1.0))

    await client.begin(TWO)
    await client.audio(speech(1.0) + silence(1.0), TWO)
    await client.audio(b"", TWO)
    await client.settle()

    assert "turn.end" not in client.wire.paths(ONE)
    assert client.wire.paths(TWO)[-1] == "turn.end"
    assert client.hearing.listeners[0].closed


async def test_a_commit_ends_the_segment_and_its_token_comes_back() -> None:
    client = Client()

    await client.begin()
    await client.audio(speech(1.0))
    await client.text("audio.commit", "", ("X-RequestId", ONE), ("X-Client-Commit-Token", "1"))
    await client.settle()

    assert client.wire.bodies("speech.phrase")[0]["clientAudioMetadata"] == {"X-Client-Commit-Token": "1"}


async def test_a_commit_for_no_turn_is_ignored() -> None:
    client = Client()

    await client.text("audio.commit", "", ("X-RequestId", ONE), ("X-Client-Commit-Token", "1"))

    assert client.wire.closed is None


async def test_unknown_messages_are_ignored() -> None:
    client = Client()

    await client.text("telemetry", '{"Metrics":[]}', ("X-RequestId", ONE))
    await client.text("event", "anything at all")
    await client.connection.on_binary(serialise_binary(BinaryFrame(headers=(("Path", "video"),))))

    assert client.wire.closed is None


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        ({"languageId": {"languages": ["en-US", "de-DE"]}}, "language identification is not available"),
        ({"translation": {"targetLanguages": ["de"]}}, "speech translation is not available"),
        ({"phraseDetection": {"speakerDiarization": {"mode": "Anonymous"}}}, "speaker diarization is not available"),
        ({"phraseDetection": {"mode": "Karaoke"}}, "expected one of interactive"),
    ],
)
async def test_a_wish_that_cannot_be_met_closes_at_once_with_the_reason(context: Any, reason: str) -> None:
    client = Client()

    await client.context(body=context)

    assert client.wire.closed is not None
    assert client.wire.closed.code == 1007
    assert reason in client.wire.closed.reason
    assert client.connection.closed


async def test_separate_channels_are_refused() -> None:
    client = Client()

    await client.config({"context": {"audio": {"source": {"SeparateChannelProcessing": "true"}}}})

    assert client.wire.closed is not None
    assert "channels of a stream apart" in client.wire.closed.reason


@pytest.mark.parametrize(
    ("message", "code", "reason"),
    [
        ("no frame at all", 1007, "expected a text message with headers"),
        ("Content-Type:x\r\n\r\n{}", 1002, "expected a header 'Path'"),
        ("Path:speech.context\r\n\r\n{}", 1002, "expected a header 'X-RequestId'"),
        (f"Path:speech.context\r\nX-RequestId:{ONE}\r\n\r\n{{", 1007, "expected JSON in speech.context"),
        ("Path:speech.config\r\n\r\n" + " " * (1 << 20), 1007, "at most 1048576 characters"),
        (b"\x00", 1007, "bytes of header length"),
        (b"\x00\x0cPath:audio\r\n", 1002, "expected a header 'X-RequestId' in audio"),
        (b"\x00\x00" + bytes(1 << 20), 1007, "at most 1048576 bytes of audio"),
    ],
)
async def test_a_broken_message_closes_with_code_and_reason(message: str | bytes, code: int, reason: str) -> None:
    client = Client()

    if isinstance(message, str):
        await client.connection.on_text(message)
    else:
        await client.connection.on_binary(message)

    assert client.wire.closed is not None
    assert client.wire.closed.code == code
    assert reason in client.wire.closed.reason
    assert len(client.wire.closed.reason.encode()) <= 123


async def test_a_request_id_that_has_been_used_up_is_refused() -> None:
    client = Client()
    await client.begin()
    await client.audio(b"")
    await client.settle()

    await client.context(ONE)

    assert client.wire.closed == Close(
        code=1002, reason="expected a new X-RequestId in speech.context, got that of a turn that has ended"
    )


async def test_audio_that_cannot_be_read_closes_with_the_reason() -> None:
    client = Client()

    await client.context()
    await client.audio(b"this is no audio of any kind whatsoever" * 10)

    assert client.wire.closed is not None
    assert client.wire.closed.code == 1007
    assert client.hearing.listeners[0].closed


async def test_raw_audio_of_an_unknown_kind_opens_no_listener() -> None:
    client = Client()

    await client.context()
    await client.audio(speech(0.1), content_type="audio/raw; codec=audio/opus")

    assert client.wire.closed is not None
    assert client.wire.closed.code == 1007
    assert client.hearing.listeners == []


async def test_a_locale_that_nobody_hears_closes_with_the_reason() -> None:
    client = Client(query="language=xx-XX")

    await client.begin()

    assert client.wire.closed == Close(code=1007, reason="no model hears xx-XX")


async def test_a_full_server_answers_in_the_two_ways_that_clients_understand() -> None:
    client = Client()
    client.hearing.busy = True

    await client.begin()

    assert client.wire.paths(ONE) == ["turn.start", "speech.phrase"]
    assert client.wire.bodies("speech.phrase")[0]["RecognitionStatus"] == "TooManyRequests"
    assert client.wire.closed is not None
    assert client.wire.closed.code == 4429


class BrokenListener(ScriptedListener):
    def events(self) -> AsyncIterator[Event]:
        raise ModelUnavailable("the model went away")


class BrokenHearing(ScriptedHearing):
    def listen(self, options: ListenOptions) -> ScriptedListener:
        return BrokenListener(options)


async def test_a_listener_that_breaks_is_a_failed_phrase_and_a_passing_fault() -> None:
    client = Client(hearing=BrokenHearing())

    await client.begin()
    await client.settle()

    assert client.wire.bodies("speech.phrase")[0]["RecognitionStatus"] == "Error"
    assert client.wire.closed == Close(code=1011, reason="the model went away")


async def test_a_session_longer_than_allowed_gets_its_results_and_then_a_reason() -> None:
    client = Client(max_audio_s=2)

    await client.begin()
    await client.audio(speech(1.0) + silence(2.0))
    await client.settle()

    assert [b["RecognitionStatus"] for b in client.wire.bodies("speech.phrase")] == ["Success", "EndOfDictation"]
    assert client.wire.closed == Close(code=1007, reason="expected at most 2 s of audio in a session, got more")


async def test_draining_closes_an_idle_connection_at_once() -> None:
    client = Client()

    await client.connection.drain()

    assert client.wire.closed == Close(code=1001, reason="the server is shutting down")


async def test_draining_says_what_was_heard_and_leaves_the_turn_open_for_elsewhere() -> None:
    client = Client()
    await client.begin()
    await client.audio(speech(1.0))

    await client.connection.drain()
    await client.audio(speech(1.0))
    await client.settle()

    assert [b["RecognitionStatus"] for b in client.wire.bodies("speech.phrase")] == ["Success", "EndOfDictation"]
    assert not {"speech.endDetected", "turn.end"} & set(client.wire.paths())
    assert client.wire.closed is not None
    assert client.wire.closed.code == 1001


async def test_draining_lets_a_turn_whose_audio_has_ended_end() -> None:
    client = Client()
    await client.begin()
    await client.audio(speech(1.0))
    await client.audio(b"")

    await client.connection.drain()
    await client.settle()

    assert client.wire.paths()[-1] == "turn.end"
    assert client.wire.closed is not None
    assert client.wire.closed.code == 1001


async def test_a_client_that_leaves_takes_its_listener_with_it() -> None:
    client = Client()
    await client.begin()
    await client.audio(speech(1.0))

    await client.connection.gone()
    await client.audio(speech(1.0))

    assert client.hearing.listeners[0].closed
    assert client.connection.closed
    assert client.wire.closed is None


async def test_a_client_that_does_not_read_is_given_up() -> None:
    client = Client()
    await client.begin()
    client.wire.gone = True

    await client.audio(speech(1.0) + silence(1.0))
    await client.settle()

    assert client.connection.closed
    assert client.hearing.listeners[0].closed


async def test_detailed_output_carries_alternatives_words_and_display_words() -> None:
    client = Client(
        path="/stt/speech/universal/v2",
        query="",
    )

    await client.begin(
        context={
            "phraseDetection": {"mode": "CONVERSATION", "language": "en-us"},
            "phraseOutput": {"format": "Detailed", "detailed": {"options": ["WordTimings", "WordConfidence"]}},
        }
    )
    await client.audio(speech(1.2) + silence(1.0))
    await client.settle()

    best, *others = client.wire.bodies("speech.phrase")[0]["NBest"]
    assert best["Lexical"] == "what's the weather like today"
    assert best["Words"][0] == {"Word": "what's", "Offset": 0, "Duration": 2_400_000, "Confidence": 0.9}
    assert best["DisplayWords"][-1]["DisplayText"] == "today?"
    assert len(others) == 4


IDS = st.sampled_from([ONE, TWO, "3" * 32])
MESSAGES = st.one_of(
    st.tuples(st.just("context"), IDS, st.sampled_from([{}, {"phraseDetection": {"mode": "INTERACTIVE"}}, []])),
    st.tuples(st.just("audio"), IDS, st.sampled_from([WAV_HEADER, b"", speech(0.5), silence(0.7), b"x"])),
    st.tuples(st.just("commit"), IDS, st.just(None)),
    st.tuples(st.just("text"), st.text(max_size=30), st.just(None)),
    st.tuples(st.just("binary"), st.binary(max_size=30), st.just(None)),
    st.tuples(st.just("drain"), st.just(""), st.just(None)),
    st.tuples(st.just("settle"), st.just(""), st.just(None)),
)


async def play(client: Client, kind: str, first: Any, second: Any) -> None:
    match kind:
        case "context":
            await client.context(first, second)
        case "audio":
            await client.audio(second, first)
        case "commit":
            await client.text("audio.commit", "", ("X-RequestId", first), ("X-Client-Commit-Token", "1"))
        case "text":
            await client.connection.on_text(first)
        case "binary":
            await client.connection.on_binary(first)
        case "drain":
            await client.connection.drain()
        case "settle":
            await client.settle()


@given(st.lists(MESSAGES, max_size=25), st.sampled_from(list(Mode)))
@settings(max_examples=150, deadline=None)
def test_any_order_of_messages_ends_in_a_clean_close_and_leaves_no_listener_behind(
    messages: list[tuple[str, Any, Any]], mode: Mode
) -> None:
    async def converse() -> None:
        client = Client(path=V1.format(mode.value))
        for message in messages:
            await play(client, *message)
        await client.settle()
        await client.connection.gone()
        await client.settle()
        assert client.connection.closed
        assert all(listener.closed for listener in client.hearing.listeners)
        assert len(asyncio.all_tasks()) == 1
        for request_id in {rid for _, rid, _ in client.wire.sent}:
            paths = client.wire.paths(request_id)
            assert paths.count("turn.end") <= 1
            assert paths[0] == "turn.start"
            assert "turn.end" not in paths[:-1]
        assert client.wire.closed is None or client.wire.closed.code in {1001, 1002, 1007}

    asyncio.run(converse())
