"""Who is calling: keys and tokens from headers or, as browsers must send them, from the query."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote_plus

from starlette.requests import HTTPConnection

from auricle.clock import Clock
from auricle.errors import Unauthorized
from auricle.identity.keyring import Keyring, Resource

KEY_NAME = "ocp-apim-subscription-key"
TOKEN_NAME = "authorization"  # noqa: S105 - a header's name
_BEARER = "bearer "


class Gate:
    """Lets callers in who show a key or a token of this server, or everybody if the operator says so."""

    def __init__(self, *, keyring: Keyring, clock: Clock, require_key: bool) -> None:
        self._keyring = keyring
        self._clock = clock
        self._require_key = require_key

    def admit(self, caller: HTTPConnection, query: Mapping[str, str]) -> Resource:
        """Whose resource the caller speaks for; `query` has its names in lower case. Raises Unauthorized."""
        key = caller.headers.get(KEY_NAME) or query.get(KEY_NAME)
        token = caller.headers.get(TOKEN_NAME) or query.get(TOKEN_NAME)
        found = self._resource(key, token)
        if found is not None:
            return found
        if not self._require_key:
            return self._keyring.default
        if key or token:
            raise Unauthorized("expected a key of this server or a token it issued, got another or an expired one")
        raise Unauthorized("expected a key in 'Ocp-Apim-Subscription-Key' or a token in 'Authorization', got neither")

    def issue(self, caller: HTTPConnection) -> str:
        """A token for the resource whose key the caller shows. Raises Unauthorized."""
        return self._keyring.issue_token(self.admit(caller, {}), self._clock.now())

    def _resource(self, key: str | None, token: str | None) -> Resource | None:
        if key:
            return self._keyring.resource_of_key(key)
        if not token or not token.lower().startswith(_BEARER):
            return None
        bearer = token[len(_BEARER) :].strip()
        # Applications that cannot fetch a token pass the key in its place.
        return self._keyring.resource_of_token(bearer, self._clock.now()) or self._keyring.resource_of_key(bearer)


def take_query(caller: HTTPConnection) -> str:
    """The query as it came. What stays in the scope has its secrets blotted out, for servers log addresses from it."""
    query: bytes = caller.scope["query_string"]
    caller.scope["query_string"] = b"&".join(map(_redacted, query.split(b"&")))
    return query.decode("latin-1")


def _redacted(field: bytes) -> bytes:
    name, _, _ = field.partition(b"=")
    secret = unquote_plus(name.decode("latin-1")).lower() in {KEY_NAME, TOKEN_NAME}
    return name + b"=redacted" if secret else field
