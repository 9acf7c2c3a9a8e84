"""Whatever fails in a route leaves as `{"error": {"code", "message"}}`: our own errors, the framework's, and bugs."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from auricle.errors import AuricleError, InvalidRequest
from auricle.observe import log
from auricle.speech.failures import response_for


def install_error_handlers(app: FastAPI) -> None:
    """Every failure of a route leaves through these."""

    @app.exception_handler(AuricleError)
    async def known(_request: Request, error: AuricleError) -> JSONResponse:
        if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.warning("request_failed", code=error.code, reason=error.message)
        return response_for(error)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        said = status.description if error.detail in {"", status.phrase} else error.detail
        message = f"{request.method} {request.url.path[:200]}: {(said or status.phrase).rstrip('.')}."
        return _response(status, status.phrase.title().replace(" ", ""), message, error.headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(_request: Request, error: RequestValidationError) -> JSONResponse:
        findings = "; ".join(f"{'.'.join(str(step) for step in e['loc'])}: {e['msg']}" for e in error.errors())
        return response_for(InvalidRequest(f"The request is malformed. {findings}."))

    @app.exception_handler(Exception)
    async def unexpected(_request: Request, error: Exception) -> JSONResponse:
        # The server logs the traceback; the client learns nothing of the inside.
        return response_for(AuricleError("Something went wrong inside the service; its log says what."))


def _response(status: int, code: str, message: str, headers: Mapping[str, str] | None) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status, dict(headers or {}))
