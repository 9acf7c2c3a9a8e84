"""What a handler answers, and how that leaves as an HTTP response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.types import Message, Send

RETRY_AFTER_S = 2  # when to ask again about something whose work goes on
_JSON = (b"content-type", b"application/json; charset=utf-8")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Status, headers and the value to be sent as JSON; None is no body at all."""

    status: int = 200
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


NO_CONTENT = Answer(status=204)
ACCEPTED = Answer(status=202)


def entity(shape: Mapping[str, Any]) -> Answer:
    """An entity, with Retry-After while its work goes on."""
    return Answer(content=shape, headers=retry_later(is_open(shape)))


def created(shape: Mapping[str, Any]) -> Answer:
    """An entity that was just made, and where it is."""
    return Answer(status=201, content=shape, headers={"Location": shape["self"]})


def listing(page: Mapping[str, Any]) -> Answer:
    """A page of entities, with Retry-After while work for one of them goes on."""
    return Answer(content=page, headers=retry_later(any(map(is_open, page["values"]))))


def retry_later(wanted: bool) -> dict[str, str]:
    """The header that says when to ask again, if that is wanted."""
    return {"Retry-After": str(RETRY_AFTER_S)} if wanted else {}


def is_open(shape: Mapping[str, Any]) -> bool:
    """Whether work for this goes on."""
    return shape.get("status") in {"NotStarted", "Running"}


def messages(answer: Answer, *, with_body: bool = True) -> tuple[Message, Message]:
    """The answer as ASGI's two messages; without its body, for HEAD, it has the same headers."""
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    body = b""
    if answer.content is not None:
        body = orjson.dumps(answer.content)
        headers.append(_JSON)
    if answer.status not in {204, 304}:
        headers.append((b"content-length", str(len(body)).encode()))
    start: Message = {"type": "http.response.start", "status": answer.status, "headers": headers}
    return start, {"type": "http.response.body", "body": body if with_body else b""}


async def send_all(parts: tuple[Message, Message], send: Send) -> None:
    """Send both messages."""
    for part in parts:
        await send(part)
