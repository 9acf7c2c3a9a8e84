"""The addresses of live recognition: every URL family that client libraries use."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import WebSocketRoute

from auricle.speech import short_audio, tokens, websocket
from auricle.speech.live import LiveSpeech

RECOGNITION = "/speech/recognition/{mode}/cognitiveservices/v1"
TRANSLATION = "/speech/translation/cognitiveservices/v1"
UNIVERSAL = "/speech/universal/v2"
PREFIXES = ("", "/stt")

_QUERY = [
    ("language", True, "The locale spoken, such as en-US."),
    ("format", False, "simple or detailed."),
    ("profanity", False, "masked, removed, raw or tags."),
    ("wordLevelTimestamps", False, "true for the time of every word (detailed format)."),
    ("cid", False, "A custom endpoint."),
]
_OPENAPI: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "query", "required": required, "description": text, "schema": {"type": "string"}}
        for name, required, text in _QUERY
    ],
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("audio/wav", "audio/ogg; codecs=opus")
        },
    },
}
_TOKEN_OPENAPI: dict[str, Any] = {
    "parameters": [
        {
            "name": "scope",
            "in": "query",
            "required": False,
            "description": "speechservicesmanagement for a token that opens the management API too.",
            "schema": {"type": "string"},
        }
    ]
}


def routes(live: LiveSpeech) -> APIRouter:
    """Everything to mount, WebSocket and REST. Include it last: it answers upgrades at any other address with 404."""
    router = APIRouter(tags=["Live recognition"])

    async def recognise(request: Request, mode: str) -> Response:
        return await short_audio.recognise(request, live)

    async def issue_token(request: Request) -> Response:
        return await tokens.issue_token(request, live)

    for prefix in PREFIXES:
        router.add_api_route(
            prefix + RECOGNITION,
            recognise,
            methods=["POST"],
            summary="Recognise a short recording",
            description="Up to a minute of audio in the body, one final result.",
            openapi_extra=_OPENAPI,
            response_class=Response,
            include_in_schema=not prefix,
            name=f"short audio{prefix}",
        )
    for path in ("/sts/v1.0/issueToken", "/sts/v1.0/issuetoken"):
        router.add_api_route(
            path,
            issue_token,
            methods=["POST"],
            summary="Issue a token",
            description="A token for the key in Ocp-Apim-Subscription-Key.",
            openapi_extra=_TOKEN_OPENAPI,
            response_class=Response,
            include_in_schema=path.endswith("Token"),
            name=path,
        )
    for path in ("/", *(prefix + path for prefix in PREFIXES for path in (RECOGNITION, TRANSLATION, UNIVERSAL))):
        router.routes.append(WebSocketRoute(path, partial(websocket.serve, live=live)))
    router.routes.append(WebSocketRoute("/{path:path}", websocket.refuse_path))
    return router
