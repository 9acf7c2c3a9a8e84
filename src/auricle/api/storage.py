"""The content of files: `GET /storage/{account}/{container}/{name}`, by a signed link or by a key of the resource.

Links are made by `blobs.store.BlobStore.link`; they look like those of Azure's storage, and are checked as strictly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from auricle.blobs.content_type import content_type_of
from auricle.blobs.local import LocalBlobs
from auricle.blobs.store import LINK_PREFIX, BlobInfo, BlobPath
from auricle.clock import Clock
from auricle.errors import NotFound
from auricle.identity.caller import Right
from auricle.identity.gate import Gate
from auricle.speech.credentials import shown_by

CONTENT_POLICY = "default-src 'none'; media-src 'self'; sandbox"  # whatever a file holds, it runs nothing here
_SIGNED = re.compile(r"(?:^|&)sig=")
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def storage_routes(blobs: LocalBlobs, gate: Gate, clock: Clock) -> APIRouter:
    """Files, to read."""
    router = APIRouter(tags=["Storage"])

    async def read(request: Request, account: str, container: str, name: str) -> Response:
        path = BlobPath(account=account, container=container, name=name)
        query = request.scope["query_string"].decode("latin-1")
        if _SIGNED.search(query):
            blobs.verify_link(path, query, now=clock.now())
        else:
            caller = await gate.admit(shown_by(request, {}), management=True)
            caller.need(Right.READ)
            if caller.resource.id != account:
                raise NotFound(f"There is no storage account {account} in this resource.")
        return await run_in_threadpool(_content, request, path)

    def _content(request: Request, path: BlobPath) -> Response:
        info = blobs.info(path)
        headers = {
            "Accept-Ranges": "bytes",
            "Last-Modified": info.modified_at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
            "Content-Disposition": "inline",
            "Content-Security-Policy": CONTENT_POLICY,
        }
        start, length, status = _part(request.headers.get("range"), info)
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return Response(status_code=status, headers=headers | {"Content-Range": f"bytes */{info.size_bytes}"})
        if status == HTTPStatus.PARTIAL_CONTENT:
            headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{info.size_bytes}"
        headers["Content-Length"] = str(length)
        body: Iterator[bytes] = iter(()) if request.method == "HEAD" else blobs.read(path, start=start, length=length)
        return StreamingResponse(body, status, headers, media_type=content_type_of(path.name))

    for method in ("GET", "HEAD"):
        router.add_api_route(
            LINK_PREFIX + "/{account}/{container}/{name:path}",
            read,
            methods=[method],
            summary="The content of a file",
            description="By a signed link, or with a key of the resource that the account belongs to.",
            response_class=Response,
            include_in_schema=method == "GET",
            name="storage",
        )
    return router


def _part(asked: str | None, info: BlobInfo) -> tuple[int, int, HTTPStatus]:
    """From where, how many bytes, and which status says so. A range that cannot be read is ignored, as RFC 9110 has it."""
    found = _RANGE.fullmatch(asked or "")
    if found is None or not (found[1] or found[2]) or (found[1] and found[2] and int(found[2]) < int(found[1])):
        return 0, info.size_bytes, HTTPStatus.OK
    if found[1]:
        start, end = int(found[1]), min(int(found[2] or info.size_bytes - 1), info.size_bytes - 1)
    else:
        start, end = max(0, info.size_bytes - int(found[2])), info.size_bytes - 1
    if start > end:
        return 0, 0, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    return start, end - start + 1, HTTPStatus.PARTIAL_CONTENT
