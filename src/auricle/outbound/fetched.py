"""What comes back from a foreign address, in chunks and within bounds, and what it calls itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import httpx

from auricle.errors import EncodedRemote, TooLargeRemote

MAX_NAME_BYTES = 200
_NAMED_UTF8 = re.compile(r"filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", re.IGNORECASE)
_NAMED = re.compile(r'filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]+))', re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server said to a post: its status and how its body begins."""

    status: int
    body: bytes


class Fetched:
    """A file being fetched."""

    def __init__(
        self, *, host: str, headers: httpx.Headers, name: str, body: Iterator[bytes], limit_bytes: int
    ) -> None:
        self.name = name
        self.content_type = media_type(headers.get("content-type", ""))
        self.size_bytes = _declared_size(headers)
        self._host = host
        self._body = body
        self._limit_bytes = limit_bytes
        if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            raise EncodedRemote(f"{host} sends this compressed by Content-Encoding; store it there without.")
        self._require(self.size_bytes or 0)

    def chunks(self) -> Iterator[bytes]:
        """The body as it arrives. Raises TooLargeRemote beyond the limit, Unreachable when it breaks off."""
        received_bytes = 0
        for chunk in self._body:
            received_bytes += len(chunk)
            self._require(received_bytes)
            yield chunk

    def _require(self, size_bytes: int) -> None:
        if size_bytes > self._limit_bytes:
            raise TooLargeRemote(f"{self._host} sends more than the {self._limit_bytes} bytes that are accepted.")


def file_name(headers: httpx.Headers, url: httpx.URL) -> str:
    """The name of a file as its server or its address tells it, safe to show and to store; `download` if neither."""
    disposition = headers.get("content-disposition", "")[:2048]
    extended, plain = _NAMED_UTF8.search(disposition), _NAMED.search(disposition)
    if extended:
        return safe_name(unquote(extended[1], errors="replace"))
    if plain:
        return safe_name(re.sub(r"\\(.)", r"\1", plain[1]) if plain[1] is not None else plain[2])
    return safe_name(unquote(url.raw_path.partition(b"?")[0].decode("ascii").rpartition("/")[2], errors="replace"))


def safe_name(name: str) -> str:
    """The last part of a path without control characters, leading dots and what is too long."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = (
        "".join(c for c in last if unicodedata.category(c)[0] != "C" and c not in "\u2028\u2029").strip().lstrip(".")
    )
    stem, dot, extension = shown.rpartition(".")
    if len(shown.encode()) > MAX_NAME_BYTES and dot and len(extension.encode()) <= 16:
        return _cut(stem, MAX_NAME_BYTES - len(extension.encode()) - 1) + dot + extension
    return _cut(shown, MAX_NAME_BYTES) or "download"


def media_type(header: str) -> str:
    """The type of a Content-Type header without its parameters; bytes of no declared kind if it makes no sense."""
    kind = header.partition(";")[0].strip().lower()
    return kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream"


def _cut(text: str, size_bytes: int) -> str:
    return text.encode()[:size_bytes].decode(errors="ignore")


def _declared_size(headers: httpx.Headers) -> int | None:
    declared = headers.get("content-length", "")
    return int(declared) if re.fullmatch(r"[0-9]{1,18}", declared) else None
