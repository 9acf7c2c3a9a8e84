"""The WebSocket endpoint: the upgrade with its refusals, then messages between the socket and a Connection."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from auricle.errors import AuricleError, NotFound
from auricle.observe import log
from auricle.recognition.options import Mode
from auricle.speech.address import Address, parse_address
from auricle.speech.connection import Connection, State, WireGone
from auricle.speech.context import read_endpoint
from auricle.speech.credentials import shown_by, take_query
from auricle.speech.failures import GOING_AWAY, Close, response_for
from auricle.speech.live import LiveSpeech
from auricle.speech.messages import new_id

SUBPROTOCOL = "USP"
_CONNECTION_ID = re.compile(r"[0-9a-zA-Z-]{1,64}")


class Socket:
    """The wire of a connection, over Starlette."""

    def __init__(self, websocket: WebSocket, send_timeout_s: float) -> None:
        self._websocket = websocket
        self._send_timeout_s = send_timeout_s

    async def send(self, text: str) -> None:
        try:
            async with asyncio.timeout(self._send_timeout_s):
                await self._websocket.send_text(text)
        except (TimeoutError, WebSocketDisconnect, RuntimeError) as error:
            raise WireGone from error

    async def close(self, close: Close) -> None:
        try:
            async with asyncio.timeout(self._send_timeout_s):
                await self._websocket.close(close.code, close.reason)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            log.debug("close_unread", code=close.code)


async def serve(websocket: WebSocket, live: LiveSpeech) -> None:
    """Answer an upgrade and talk until either side closes."""
    query = take_query(websocket)
    try:
        address = parse_address(websocket.scope["path"], query)
        connection = await _open(websocket, live, address)
    except AuricleError as error:
        await _refuse(websocket, error)
        return
    live.enter(connection)
    try:
        await websocket.accept(_subprotocol(websocket), _accept_headers(address))
        await _read(websocket, connection, live.limits.idle_s)
    except WebSocketDisconnect:
        pass  # the usual end: the client has left, which `gone` logs
    finally:
        try:
            await connection.gone()
        finally:
            live.leave(connection)


async def refuse_path(websocket: WebSocket) -> None:
    """Answer an upgrade at an address where nothing is."""
    take_query(websocket)
    await _refuse(websocket, NotFound(f"there is no speech service at {websocket.scope['path'][:200]}"))


async def _open(websocket: WebSocket, live: LiveSpeech, address: Address) -> Connection:
    mode = websocket.path_params.get("mode")
    if mode is not None and address.mode is None:
        raise NotFound(f"expected one of {', '.join(m.value for m in Mode)} in the path, got {mode[:40]!r}")
    caller = await live.gate.admit(shown_by(websocket, address.query))
    hearing = await live.admit_connection(caller)
    bound = log.bind(connection=_connection_id(websocket, address), resource=caller.resource.id)
    endpoint = read_endpoint(address.query)
    bound.info("connection_opened", path=_path(websocket))
    if endpoint:
        bound.warning("endpoint_unknown", endpoint=endpoint, served_by="base model")
    return Connection(
        wire=Socket(websocket, live.limits.send_s),
        address=address,
        hearing=hearing,
        limits=live.limits,
        max_audio_s=live.settings.max_audio_s,
        log=bound,
    )


async def _read(websocket: WebSocket, connection: Connection, idle_s: float) -> None:
    while not connection.closed:
        try:
            async with asyncio.timeout(idle_s):
                message = await websocket.receive()
        except TimeoutError:
            if connection.state is not State.ANSWERING:
                await connection.close(Close(code=GOING_AWAY, reason=f"no message came for {idle_s:g} s"))
            continue
        await _deliver(connection, message)


async def _deliver(connection: Connection, message: Any) -> None:
    if message["type"] == "websocket.disconnect":
        await connection.gone()
    elif (data := message.get("bytes")) is not None:
        await connection.on_binary(data)
    else:
        await connection.on_text(message["text"])


async def _refuse(websocket: WebSocket, error: AuricleError) -> None:
    """Answer the upgrade with an HTTP error, which clients can tell apart, instead of a close."""
    log.info("connection_refused", path=_path(websocket), code=error.code)
    await websocket.send_denial_response(response_for(error))


def _path(websocket: WebSocket) -> str:
    """As it was sent, in ASCII: decoded, it may hold what moves the cursor of whoever reads the log."""
    path: bytes = websocket.scope.get("raw_path", b"")
    return path.decode("ascii", "backslashreplace")


def _subprotocol(websocket: WebSocket) -> str | None:
    return SUBPROTOCOL if SUBPROTOCOL in websocket.scope["subprotocols"] else None


def _accept_headers(address: Address) -> list[tuple[bytes, bytes]]:
    return [(b"x-auricle-model", b"base")] if address.query.get("cid") else []


def _connection_id(websocket: WebSocket, address: Address) -> str:
    """The client's own name for the connection, which its session events carry, or one of ours."""
    said = websocket.headers.get("x-connectionid") or address.query.get("x-connectionid") or ""
    return said if _CONNECTION_ID.fullmatch(said) else new_id()
