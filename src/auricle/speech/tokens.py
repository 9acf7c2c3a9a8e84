"""`POST /sts/v1.0/issueToken`: a token for a key; `?scope=speechservicesmanagement` for the management API too."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from auricle.errors import AuricleError, InvalidRequest
from auricle.identity.tokens import MANAGEMENT
from auricle.speech.address import parse_address
from auricle.speech.credentials import shown_by, take_query
from auricle.speech.failures import response_for
from auricle.speech.live import LiveSpeech


async def issue_token(request: Request, live: LiveSpeech) -> Response:
    """The token as text."""
    query = take_query(request)
    try:
        scope = parse_address(request.scope["path"], query).query.get("scope", "")
        if scope not in {"", MANAGEMENT}:
            raise InvalidRequest(f"expected scope={MANAGEMENT} or no scope, got {scope[:80]!r}")
        token = await live.gate.issue(shown_by(request, {}), management=bool(scope))
    except AuricleError as error:
        return response_for(error)
    return Response(token, media_type="application/jwt", headers={"Cache-Control": "no-store"})
