"""What happens to every HTTP exchange, whatever its route: it is counted, bounded, and answered with safe headers.

Written against ASGI itself, not Starlette's middleware base: WebSocket scopes pass untouched and bodies stream.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auricle.errors import PayloadTooLarge
from auricle.observe import Metrics
from auricle.speech.failures import response_for

CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": CONTENT_POLICY,
    "Cache-Control": "no-store",
}


class Shortcut:
    """Hands requests below a prefix to an application of its own, past the routes and layers of the rest.

    The management API answers thousands of small requests a second, and has its own limits and error objects.
    """

    def __init__(self, app: ASGIApp, *, prefix: str, to: ASGIApp) -> None:
        self.app = app
        self.prefix = prefix
        self.to = to

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken = scope["type"] == "http" and scope["path"].startswith(self.prefix)
        await (self.to if taken else self.app)(scope, receive, send)


class CountRequests:
    """Counts HTTP requests by method, route and status; the route is its template, so that labels stay few."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in METHODS else "other"
            self.metrics.http_requests.labels(method, route, str(status)).inc()


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class AddSafeHeaders:
    """Tells browsers not to guess, frame, cache or leak; a route that sets one of these headers keeps its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, add)


class LimitBody:
    """Refuses bodies beyond a limit: at once when they declare their length, else when they pass it.

    `limits` maps path prefixes to bytes; the longest that fits counts, and `""` is everything else.
    """

    def __init__(self, app: ASGIApp, *, limits: Mapping[str, int]) -> None:
        self.app = app
        self.limits = sorted(limits.items(), key=lambda item: len(item[0]), reverse=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = next(limit for prefix, limit in self.limits if scope["path"].startswith(prefix))
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            await response_for(_too_large(limit))(scope, receive, send)
            return
        received = 0
        started = False

        async def bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _too_large(limit)
            return message

        async def answer(message: Message) -> None:
            """Send it, unless it is what a framework makes of our own refusal."""
            nonlocal started
            if started or received <= limit:
                started = True
                await send(message)

        await self.app(scope, bounded, answer)
        if not started:
            await response_for(_too_large(limit))(scope, receive, send)


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The request's body is larger than the {limit} bytes accepted here.")
