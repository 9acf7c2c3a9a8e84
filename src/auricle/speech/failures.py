"""The one place that maps errors to this wire: close codes for WebSockets, error objects for HTTP.

Which code makes which client library do what is recorded with the codes.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import JSONResponse

from auricle.errors import (
    AuricleError,
    InvalidHeader,
    InvalidRequest,
    IssuerUnavailable,
    ModelUnavailable,
    NotImplementedYet,
    ShuttingDown,
    StoreUnavailable,
    TooBusy,
)

GOING_AWAY = 1001  # clients reconnect and send again what was not acknowledged
PROTOCOL_ERROR = 1002  # clients give up: ConnectionFailure
INVALID_DATA = 1007  # clients give up: BadRequest, with the reason shown
INTERNAL_ERROR = 1011  # native clients reconnect, five times at most; JavaScript reconnects and may wait for ever
THROTTLED = 4429  # native clients give up: TooManyRequests, with the reason shown

_REASON_LIMIT_BYTES = 123  # of a close frame


@dataclass(frozen=True, kw_only=True)
class Close:
    """How to close a WebSocket."""

    code: int
    reason: str


SHUTTING_DOWN = Close(code=GOING_AWAY, reason="the server is shutting down")


def close_for(error: Exception) -> Close:
    """How to close a WebSocket on which this went wrong; only our own errors show their text."""
    if isinstance(error, InvalidHeader):
        code = PROTOCOL_ERROR
    elif isinstance(error, InvalidRequest | NotImplementedYet):
        code = INVALID_DATA
    elif isinstance(error, TooBusy):
        code = THROTTLED
    elif isinstance(error, ShuttingDown):
        code = GOING_AWAY
    else:
        code = INTERNAL_ERROR
    reason = error.message if isinstance(error, AuricleError) else "internal error"
    return Close(code=code, reason=reason.encode()[:_REASON_LIMIT_BYTES].decode(errors="ignore"))


def status_for(error: Exception) -> str | None:
    """The `RecognitionStatus` that says this in a turn, for clients that would not understand the close after it."""
    code = close_for(error).code
    return {THROTTLED: "TooManyRequests", INTERNAL_ERROR: "Error"}.get(code)


def response_for(error: AuricleError) -> JSONResponse:
    """The HTTP answer to a request in which this went wrong."""
    headers = {}
    if isinstance(error, TooBusy):
        headers["Retry-After"] = str(error.retry_after_s)
    elif isinstance(error, ShuttingDown | ModelUnavailable | StoreUnavailable | IssuerUnavailable):
        headers["Retry-After"] = "5"
    return JSONResponse(
        {"error": {"code": error.code, "message": error.message}}, status_code=error.http_status, headers=headers
    )
