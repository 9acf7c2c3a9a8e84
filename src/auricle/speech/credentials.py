"""What a caller shows: keys and tokens from headers or, as browsers must send them, from the query."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote_plus

from starlette.requests import HTTPConnection

from auricle.identity.gate import Credentials

KEY_NAME = "ocp-apim-subscription-key"
TOKEN_NAME = "authorization"  # noqa: S105 - a header's name
_BEARER = "bearer "


def shown_by(caller: HTTPConnection, query: Mapping[str, str]) -> Credentials:
    """What the caller shows; `query` has its names in lower case."""
    token = caller.headers.get(TOKEN_NAME) or query.get(TOKEN_NAME) or ""
    bearer = token[len(_BEARER) :] if token.lower().startswith(_BEARER) else token
    return Credentials(
        key=caller.headers.get(KEY_NAME) or query.get(KEY_NAME),
        bearer=bearer.strip() or None,
        host=caller.headers.get("host"),
    )


def take_query(caller: HTTPConnection) -> str:
    """The query as it came. What stays in the scope has its secrets blotted out, for servers log addresses from it."""
    query: bytes = caller.scope["query_string"]
    caller.scope["query_string"] = b"&".join(map(_redacted, query.split(b"&")))
    return query.decode("latin-1")


def _redacted(field: bytes) -> bytes:
    name, _, _ = field.partition(b"=")
    secret = unquote_plus(name.decode("latin-1")).lower() in {KEY_NAME, TOKEN_NAME}
    return name + b"=redacted" if secret else field
