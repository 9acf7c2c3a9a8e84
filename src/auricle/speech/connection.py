"""A WebSocket connection of the speech protocol: a state machine over turns, without the socket.

A connection hears one turn at a time and many one after the other. A turn begins with the first audio of a new
request id and ends with `turn.end`. Nothing here raises: what goes wrong closes the connection with a reason.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Any, Protocol

import structlog

from auricle.audio.stream import open_stream
from auricle.errors import (
    AuricleError,
    InvalidHeader,
    InvalidRequest,
    NotImplementedYet,
    PayloadTooLarge,
)
from auricle.recognition.events import Finished
from auricle.speech.address import Address
from auricle.speech.context import TurnOptions, read_options, section
from auricle.speech.failures import SHUTTING_DOWN, Close, close_for, status_for
from auricle.speech.framing import parse_binary, parse_text
from auricle.speech.limits import Limits
from auricle.speech.listening import Hearing, Listener
from auricle.speech.messages import (
    AudioChunk,
    AudioCommit,
    ClientMessage,
    Other,
    ServerMessage,
    SpeechConfig,
    SpeechContext,
    SpeechPhrase,
    TurnStart,
    read_binary,
    read_text,
    serialise,
)
from auricle.speech.phrases import failure
from auricle.speech.turn import Turn

_REMEMBERED_TURNS = 16  # clients go on sending audio of a turn until they have read its end


class State(Enum):
    """Where a connection stands."""

    IDLE = "idle"  # between turns
    HEARING = "hearing"  # a turn takes audio
    ANSWERING = "answering"  # the turn's audio has ended, its results are on their way
    CLOSED = "closed"


_TRANSITIONS = {
    State.IDLE: {State.HEARING, State.CLOSED},
    State.HEARING: {State.ANSWERING, State.IDLE, State.CLOSED},
    State.ANSWERING: {State.IDLE, State.CLOSED},
    State.CLOSED: set[State](),
}


class Wire(Protocol):
    """The socket under a connection."""

    async def send(self, text: str) -> None:
        """Send a text message. Raises WireGone when nobody takes it."""
        ...

    async def close(self, close: Close) -> None:
        """Close with a code and a reason; a wire that is gone already is none the worse."""
        ...


class WireGone(Exception):
    """The client has left or does not read."""


class Connection:
    """One client's conversation with the hearing."""

    def __init__(
        self,
        *,
        wire: Wire,
        address: Address,
        hearing: Hearing,
        limits: Limits,
        max_audio_s: float,
        log: structlog.stdlib.BoundLogger,
    ) -> None:
        self.state = State.IDLE
        self._draining = False
        self._wire = wire
        self._address = address
        self._hearing = hearing
        self._limits = limits
        self._max_audio_s = max_audio_s
        self._log = log
        self._options: TurnOptions | None = None  # as the last speech.context said
        self._announced: str | None = None  # the request id of that speech.context
        self._turn: Turn | None = None
        self._answering: asyncio.Task[None] | None = None  # sends what the turn's listener tells
        self._ended: deque[str] = deque(maxlen=_REMEMBERED_TURNS)
        self._closing = SHUTTING_DOWN  # once draining is done

    @property
    def closed(self) -> bool:
        """Whether nothing more can be said or heard."""
        return self.state is State.CLOSED

    async def on_text(self, message: str) -> None:
        """Take a text message from the client."""
        await self._guarded(lambda: self._on_message(self._read_text(message)))

    async def on_binary(self, message: bytes) -> None:
        """Take a binary message from the client."""
        await self._guarded(lambda: self._on_message(self._read_binary(message)))

    async def drain(self) -> None:
        """Say what has been heard so far, then close; clients carry on elsewhere with the audio that follows."""
        await self._guarded(self._drain)

    async def close(self, close: Close) -> None:
        """Stop listening and close with this code."""
        if not self.closed:
            await self._release()
            await self._wire.close(close)
            self._log.info("connection_closed", code=close.code, reason=close.reason)

    async def gone(self) -> None:
        """The client has left: stop listening."""
        if not self.closed:
            await self._release()
            self._log.info("connection_lost")

    async def _guarded(self, step: Callable[[], Awaitable[None]]) -> None:
        if self.closed:
            return
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - the boundary of a message: whatever it is, this connection ends
            await self._fail(error)

    async def _drain(self) -> None:
        self._draining = True
        if self.state is State.IDLE:
            await self.close(self._closing)
        elif self.state is State.HEARING:
            await self._cut_short()

    def _read_text(self, message: str) -> ClientMessage:
        if len(message) > self._limits.text_bytes:
            raise PayloadTooLarge(f"expected at most {self._limits.text_bytes} characters of text, got {len(message)}")
        return read_text(parse_text(message))

    def _read_binary(self, message: bytes) -> ClientMessage:
        if len(message) > self._limits.audio_bytes:
            raise PayloadTooLarge(f"expected at most {self._limits.audio_bytes} bytes of audio, got {len(message)}")
        return read_binary(parse_binary(message))

    async def _on_message(self, message: ClientMessage) -> None:
        match message:
            case AudioChunk():
                await self._on_audio(message)
            case SpeechContext():
                self._on_context(message)
            case SpeechConfig():
                _refuse_separate_channels(message.body)
            case AudioCommit():
                self._on_commit(message)
            case Other():
                pass  # telemetry and the application's own messages need no answer

    def _on_context(self, message: SpeechContext) -> None:
        if self._is_over(message.request_id):
            raise InvalidHeader("expected a new X-RequestId in speech.context, got that of a turn that has ended")
        self._options = read_options(self._address, message.body, self._limits)
        self._announced = message.request_id.lower()

    def _on_commit(self, message: AudioCommit) -> None:
        if self.state is State.HEARING and self._is_current(message.request_id):
            assert self._turn is not None
            self._turn.listener.commit(message.token)

    async def _on_audio(self, message: AudioChunk) -> None:
        if self._is_over(message.request_id) or self._draining:
            return
        if not self._is_current(message.request_id):
            if not message.payload and self._announced not in {None, message.request_id.lower()}:
                return  # the end of a stream whose turn has ended, under an id that begins nothing
            await self._stop_turn()  # whatever else the client wanted, it has begun another turn
            await self._open_turn(message)
        if self.state is State.HEARING:
            await self._hear(message.payload)

    async def _open_turn(self, message: AudioChunk) -> None:
        options = self._options or read_options(self._address, {}, self._limits)
        audio = open_stream(message.content_type)
        listener = await self._listen(options, message.request_id)
        turn = Turn(request_id=message.request_id, options=options, listener=listener, audio=audio)
        self._turn = turn
        self._move(State.HEARING)
        self._log.info(
            "turn_started",
            request=turn.request_id,
            mode=options.listen.mode.value,
            locale=options.listen.locale,
            endpoint=options.listen.endpoint,
            phrases=len(options.listen.phrases),
            unserved=options.unserved,
        )
        await self._send(turn.request_id, TurnStart())
        if turn is self._turn:
            self._answering = asyncio.create_task(self._answer(turn), name=f"answer {turn.request_id}")

    async def _listen(self, options: TurnOptions, request_id: str) -> Listener:
        try:
            return self._hearing.listen(options.listen)
        except Exception as error:
            if status_for(error):
                await self._send(request_id, TurnStart())
            await self._apologise(request_id, error)
            raise

    async def _hear(self, payload: bytes) -> None:
        assert self._turn is not None
        turn = self._turn
        if not payload:
            await self._end_audio()
            return
        await turn.ear.hear(payload)
        if turn.ear.duration_s > self._max_audio_s:
            too_long = InvalidRequest(f"expected at most {self._max_audio_s:g} s of audio in a session, got more")
            self._closing = close_for(too_long)
            self._draining = True
            await self._cut_short()

    async def _cut_short(self) -> None:
        """End the turn's audio for a client that has not ended it."""
        if self._turn is not None:
            self._turn.cut_short = True
            await self._end_audio()

    async def _end_audio(self) -> None:
        if self.state is State.HEARING:
            assert self._turn is not None
            self._move(State.ANSWERING)
            await self._turn.ear.finish()

    async def _answer(self, turn: Turn) -> None:
        try:
            await self._end_turn(turn, await self._tell(turn))
        except Exception as error:  # noqa: BLE001 - the boundary of a task: whatever it is, this connection ends
            await self._fail(error)

    async def _tell(self, turn: Turn) -> Finished:
        """Send what the listener tells until it has told everything."""
        last = None
        async for event in turn.listener.events():
            if isinstance(event, Finished):
                self._ended.append(turn.request_id.lower())  # audio that still comes for it is ignored
                last = event
            for message in turn.answers(event):
                await self._send(turn.request_id, message)
        if last is None:
            raise AuricleError("the listener ended before it had finished")
        return last

    async def _end_turn(self, turn: Turn, event: Finished) -> None:
        self._turn = None
        self._move(State.IDLE)
        await turn.ear.close()
        self._log.info("turn_ended", request=turn.request_id, audio_s=round(event.duration_s, 3))
        if self._draining:
            await self.close(self._closing)

    async def _send(self, request_id: str, message: ServerMessage) -> None:
        await self._wire.send(serialise(message, request_id))

    async def _apologise(self, request_id: str, error: Exception) -> None:
        """One client library reads what went wrong from a phrase, the other from the close that follows."""
        status = status_for(error)
        if status:
            await self._send(request_id, SpeechPhrase(result=failure(status, close_for(error).reason)))

    async def _fail(self, error: Exception) -> None:
        if isinstance(error, WireGone):
            await self.gone()
            return
        if not isinstance(error, AuricleError):
            self._log.error("connection_failed", exc_info=error)
        if self._turn is not None:
            with contextlib.suppress(WireGone):
                await self._apologise(self._turn.request_id, error)
        await self.close(close_for(error))

    async def _release(self) -> None:
        self._move(State.CLOSED)
        await self._stop_turn()

    async def _stop_turn(self) -> None:
        """Drop the turn in progress, if any, and see its task end."""
        turn, self._turn = self._turn, None
        task, self._answering = self._answering, None
        if turn is not None:
            self._ended.append(turn.request_id.lower())
            if not self.closed:
                self._move(State.IDLE)
        if task is not None and task is not asyncio.current_task():
            if turn is not None:
                task.cancel()
            await asyncio.wait([task])
        if turn is not None:
            await turn.ear.close()

    def _is_current(self, request_id: str) -> bool:
        return self._turn is not None and self._turn.request_id.lower() == request_id.lower()

    def _is_over(self, request_id: str) -> bool:
        return request_id.lower() in self._ended

    def _move(self, to: State) -> None:
        assert to in _TRANSITIONS[self.state], f"no way from {self.state.value} to {to.value}"
        self.state = to


def _refuse_separate_channels(config: Mapping[str, Any]) -> None:
    source = section(section(section(config, "context"), "audio"), "source")
    if str(source.get("separatechannelprocessing", "")).lower() == "true":
        raise NotImplementedYet("recognising the channels of a stream apart is not available on this server yet")
