"""The ASGI application: find the operation, let the caller in, read the body, and let a thread answer.

What costs nothing happens on the event loop; the handler, which waits for the database, takes one hop to a thread and
comes back with the bytes to send. Uploads have threads of their own, since they wait for their senders.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from starlette.types import Message, Receive, Scope, Send

from auricle.api.speechtotext.answers import Answer, messages, send_all
from auricle.api.speechtotext.calls import Call, parse_query
from auricle.api.speechtotext.failures import failure_answer
from auricle.api.speechtotext.incoming import Incoming, read_whole
from auricle.api.speechtotext.links import Links, Origins
from auricle.api.speechtotext.operations import Content, Operation, operations_of
from auricle.api.speechtotext.references import is_id
from auricle.api.speechtotext.routing import Router
from auricle.api.speechtotext.services import Services
from auricle.api.speechtotext.shares import Shares
from auricle.api.speechtotext.versions import Version
from auricle.errors import AuricleError, NotFound, UnsupportedMedia
from auricle.identity.caller import Caller
from auricle.identity.gate import Credentials, Gate
from auricle.identity.rates import Rates
from auricle.observe import Metrics, log

JSON_BYTES = 4 << 20  # of a body; the longest that is meant holds a thousand addresses, or a text to learn from
THREADS = 4  # more would wait for one another: most of the work is the interpreter's
UPLOAD_THREADS = 32
UPLOADS_PER_RESOURCE = 8  # under way at once; others wait, so that slow senders leave threads to other resources
BODIES_PER_RESOURCE = 32  # in JSON, being received
PREFIX = "/speechtotext"
_UPLOADS = frozenset({Content.BYTES, Content.FORM})
_IDS = frozenset({"id", "fileId", "deliveryId"})
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w-]+)", re.ASCII | re.IGNORECASE)
_BEARER = "bearer "


class Dispatcher:
    """Answers every request below `/speechtotext`."""

    def __init__(self, *, services: Services, gate: Gate, rates: Rates, origins: Origins, metrics: Metrics) -> None:
        self._services = services
        self._gate = gate
        self._rates = rates
        self._origins = origins
        self._metrics = metrics
        self._routers = {version.value: (version, Router(operations_of(version))) for version in Version}
        self._threads = ThreadPoolExecutor(THREADS, "management")
        self._upload_threads = ThreadPoolExecutor(UPLOAD_THREADS, "management upload")
        self._uploads = Shares(UPLOADS_PER_RESOURCE)
        self._bodies = Shares(BODIES_PER_RESOURCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        parts = await self._answered(scope, receive)
        route = scope.get("route")
        if isinstance(route, Operation):
            self._metrics.operations.labels(route.id, str(parts[0]["status"])).inc()
        await send_all(parts, send)

    def close(self) -> None:
        """Answer nothing more."""
        self._threads.shutdown(cancel_futures=True)
        self._upload_threads.shutdown(cancel_futures=True)

    async def _answered(self, scope: Scope, receive: Receive) -> tuple[Message, Message]:
        version, with_body = Version.V3_2, scope["method"] != "HEAD"
        try:
            version, router, path = self._located(scope)
            if scope["method"] == "OPTIONS":
                return messages(Answer(status=204, headers={"Allow": ", ".join(router.allowed(path))}))
            operation, values = router.find("GET" if not with_body else scope["method"], path)
            scope["route"] = operation
            return await self._performed(operation, values, version, scope, receive, with_body=with_body)
        except AuricleError as error:
            if error.http_status >= 500:
                log.warning("request_failed", code=error.code, reason=error.message)
            return messages(failure_answer(error, version), with_body=with_body)
        except Exception:  # noqa: BLE001 - the boundary of a request; the log has the traceback
            log.exception("request_crashed")
            unknown = AuricleError("Something went wrong inside the service; its log says what.")
            return messages(failure_answer(unknown, version), with_body=with_body)

    async def _performed(
        self,
        operation: Operation,
        values: Mapping[str, str],
        version: Version,
        scope: Scope,
        receive: Receive,
        *,
        with_body: bool,
    ) -> tuple[Message, Message]:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        caller = await self._gate.admit(_credentials(headers), management=True)
        caller.need(operation.right)
        self._rates.take(caller.resource)
        content_type = headers.get("content-type", "")
        kind = _checked_type(content_type, headers, operation.content)
        loop = asyncio.get_running_loop()
        uploads = operation.content in _UPLOADS
        call = Call(
            services=self._services,
            caller=caller,
            links=Links(self._origins.of(scope, headers), version),
            path=_checked_ids(values),
            query=parse_query(scope["query_string"]),
            content_type=content_type,
            merges=kind == "application/merge-patch+json",
            body=await self._body(operation, caller, receive),
            incoming=Incoming(receive, loop) if uploads else (),
        )
        if not uploads:
            return await loop.run_in_executor(self._threads, _perform, operation, call, with_body)
        async with self._uploads.taken(caller.resource.id):
            return await loop.run_in_executor(self._upload_threads, _perform, operation, call, with_body)

    async def _body(self, operation: Operation, caller: Caller, receive: Receive) -> bytes:
        """The body, where it is to be read whole."""
        if operation.content is Content.NONE or operation.content in _UPLOADS:
            return b""
        async with self._bodies.taken(caller.resource.id):
            return await read_whole(receive, limit_bytes=JSON_BYTES)

    def _located(self, scope: Scope) -> tuple[Version, Router[Operation], str]:
        """The version, its operations, and the rest of the path. Raises NotFound."""
        path: str = scope["path"]
        _, _, rest = path.removeprefix(scope.get("root_path", "")).removeprefix(PREFIX).partition("/")
        segment, _, rest = rest.partition("/")
        found = self._routers.get(segment.lower())
        if found is None:
            known = ", ".join(self._routers)
            raise NotFound(f"Expected a version of the API in the path, one of {known}, got {segment[:40]!r}.")
        return *found, rest


def _perform(operation: Operation, call: Call, with_body: bool) -> tuple[Message, Message]:
    return messages(operation.answer(call), with_body=with_body)


def _credentials(headers: Mapping[str, str]) -> Credentials:
    authorization = headers.get("authorization", "")
    bearer = authorization[len(_BEARER) :].strip() if authorization.lower().startswith(_BEARER) else None
    return Credentials(key=headers.get("ocp-apim-subscription-key"), bearer=bearer, host=headers.get("host"))


def _checked_type(content_type: str, headers: Mapping[str, str], wanted: Content) -> str:
    """The type of the body, without its parameters. Raises UnsupportedMedia."""
    kind = content_type.partition(";")[0].strip().lower()
    if wanted is Content.NONE:
        return kind
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMedia("Expected a body that is not compressed; send it without Content-Encoding.")
    if wanted is Content.BYTES:  # bytes are bytes, whatever they are said to be
        return kind
    if kind not in wanted.value:
        raise UnsupportedMedia(f"Expected a body of type {' or '.join(wanted.value)}, got {kind[:80] or 'none'!r}.")
    charset = _CHARSET.search(content_type)
    if charset and charset[1].lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMedia(f"Expected text in UTF-8, got {charset[1][:40]!r}.")
    return kind


def _checked_ids(values: Mapping[str, str]) -> dict[str, str]:
    """The parameters of the path, ids in lower case. Raises NotFound for an id that nothing can have."""
    checked = {}
    for name, value in values.items():
        if (name in _IDS and not is_id(value)) or "\0" in value:
            raise NotFound(
                f"There is nothing with the id {value[:80]!r}; ids look like {'0' * 8}-0000-0000-0000-{'0' * 12}."
            )
        checked[name] = value.lower() if name in _IDS else value
    return checked
