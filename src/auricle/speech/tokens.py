"""`POST /sts/v1.0/issueToken`: a token for a key."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from auricle.errors import Unauthorized
from auricle.speech.credentials import take_query
from auricle.speech.failures import response_for
from auricle.speech.live import LiveSpeech


async def issue_token(request: Request, live: LiveSpeech) -> Response:
    """The token as text."""
    take_query(request)
    try:
        token = live.gate.issue(request)
    except Unauthorized as error:
        return response_for(error)
    return Response(token, media_type="application/jwt", headers={"Cache-Control": "no-store"})
