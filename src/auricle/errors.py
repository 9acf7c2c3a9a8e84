"""Every failure that a person may see: one base, a class a cause.

An error says what was expected, what was got and what to do next. Its class carries the API code and the HTTP
status; `speech/` and `api/` each map the hierarchy to their wire in one place.
"""

from __future__ import annotations

from typing import ClassVar


class AuricleError(Exception):
    """Something went wrong inside the service."""

    code: ClassVar[str] = "InternalServerError"
    http_status: ClassVar[int] = 500

    def __init__(self, message: str | None = None) -> None:
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        super().__init__(self.message)


class InvalidRequest(AuricleError):
    """The request is malformed."""

    code = "InvalidRequest"
    http_status = 400


class InvalidAudio(InvalidRequest):
    """The audio could not be read."""

    code = "InvalidAudio"


class UnsupportedAudio(InvalidRequest):
    """The audio's format is not supported."""

    code = "UnsupportedMediaType"
    http_status = 415


class UnsupportedLocale(InvalidRequest):
    """No model hears this locale."""

    code = "InvalidLocale"


class PayloadTooLarge(InvalidRequest):
    """The request is larger than the server accepts."""

    code = "PayloadTooLarge"
    http_status = 413


class Unauthorized(AuricleError):
    """A valid key or token is required."""

    code = "Unauthorized"
    http_status = 401


class NotFound(AuricleError):
    """There is nothing at this address."""

    code = "NotFound"
    http_status = 404


class ProtocolViolation(InvalidRequest):
    """The client broke the wire protocol."""

    code = "ProtocolViolation"


class InvalidHeader(ProtocolViolation):
    """A message lacks a required header or carries a wrong one."""


class RequestTimedOut(AuricleError):
    """The client took too long to send its request."""

    code = "RequestTimeout"
    http_status = 408


class ShuttingDown(AuricleError):
    """The server is shutting down; try again shortly."""

    code = "ServiceUnavailable"
    http_status = 503


class NotImplementedYet(AuricleError):
    """Not implemented yet."""

    code = "NotImplemented"
    http_status = 501


class TooBusy(AuricleError):
    """The server is at capacity; try again shortly."""

    code = "TooManyRequests"
    http_status = 429

    def __init__(self, message: str | None = None, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ModelUnavailable(AuricleError):
    """The model is not installed or could not be loaded."""

    code = "ModelUnavailable"
    http_status = 503


class ConfigurationError(AuricleError):
    """A setting is missing or wrong."""

    code = "ConfigurationError"
