"""Bearer tokens of an OpenID Connect issuer such as Microsoft Entra: found by discovery, verified with its public keys.

The operator names the issuer and the audiences. Only RS256 and ES256 count, each with a key of its own kind.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from auricle.clock import Clock
from auricle.errors import ConfigurationError, IssuerUnavailable, Unauthorized
from auricle.observe import log

ALGORITHMS = frozenset({"RS256", "ES256"})
LEEWAY_S = 60  # by which clocks may differ
LATEST_S = 2**40  # that a token may name, in seconds since 1970
REFRESH_S = 3600.0  # after which keys are fetched again
RETRY_S = 10.0  # between fetches, whatever tokens come
FETCH_TIMEOUT_S = 5.0
_WAIT_S = 10.0  # for another thread's fetch
_DOCUMENT_BYTES = 256 << 10
_MOST_KEYS = 100
_MOST_GROUPS = 500
_LEAST_RSA_BITS = 2048
_ID_CHARACTERS = 256
_DISCOVERY = "/.well-known/openid-configuration"

PublicKey = RSAPublicKey | EllipticCurvePublicKey


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Whom a verified token is about."""

    id: str
    ids: frozenset[str]  # everything that a role may be given to: the principal's own ids and those of its groups
    expires_s: float  # seconds since 1970


class Issuer:
    """Verifies the tokens of one issuer. Calls may wait for its server; they are to be made in threads."""

    def __init__(
        self,
        url: str,
        audiences: Sequence[str],
        clock: Clock,
        *,
        fetch: Callable[[str], Any] | None = None,
    ) -> None:
        """Raises ConfigurationError unless the address is one that can be trusted."""
        self._url = url.rstrip("/")
        self._audiences = frozenset(audience.rstrip("/") for audience in audiences)
        self._clock = clock
        self._fetch = fetch or fetch_json
        self._name = ""  # as the issuer calls itself in tokens
        self._keys: Mapping[str, PublicKey] = {}
        self._fetched_s: float | None = None
        self._tried_s: float | None = None
        self._fetching = threading.Lock()
        if not _is_safe(self._url):
            raise ConfigurationError(f"entra_issuer should be an address that begins with https://, got {url[:200]!r}.")

    def verify(self, token: str) -> Principal:
        """Whom the token is about. Raises Unauthorized, or IssuerUnavailable when the keys cannot be had."""
        key = self._key_for(token)
        algorithm = "RS256" if isinstance(key, RSAPublicKey) else "ES256"
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                issuer=self._name,
                # Audience and time are ours to check: a slash more means nothing, and the clock is ours.
                options={
                    "require": ["exp", "iss", "aud"],
                    "verify_aud": False,
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.PyJWTError as error:
            raise Unauthorized(f"The token of {self._url} is not valid: {type(error).__name__}.") from error
        self._check_audience(claims.get("aud"))
        return _principal(claims, self._check_time(claims))

    def _key_for(self, token: str) -> PublicKey:
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise Unauthorized("Expected a signed token (JWT) of the issuer, got something else.") from error
        if header.get("alg") not in ALGORITHMS or not isinstance(header.get("kid"), str):
            raise Unauthorized(f"Expected a token that names its key and is signed with one of {sorted(ALGORITHMS)}.")
        key = self._key(header["kid"])
        if key is None:
            raise Unauthorized(f"The token is signed with a key that {self._url} does not publish.")
        return key

    def _key(self, key_id: str) -> PublicKey | None:
        if key_id not in self._keys or self._is_older_than(REFRESH_S, self._fetched_s):
            self._refresh(key_id)
        return self._keys.get(key_id)

    def _refresh(self, key_id: str) -> None:
        """Fetch the keys, unless that was tried a moment ago. Old keys stay good while new ones cannot be had."""
        if not self._fetching.acquire(timeout=_WAIT_S):
            raise IssuerUnavailable
        try:
            if not self._is_older_than(RETRY_S, self._tried_s):
                if self._fetched_s is None:
                    raise IssuerUnavailable
                return
            self._tried_s = self._clock.monotonic()
            self._load()
            self._fetched_s = self._tried_s
        except (OSError, ValueError, RecursionError, http.client.HTTPException) as error:
            log.warning("issuer_unavailable", issuer=self._url, reason=f"{type(error).__name__}: {error}"[:300])
            if key_id not in self._keys:
                raise IssuerUnavailable from error
        finally:
            self._fetching.release()

    def _load(self) -> None:
        document = _section(self._fetch(self._url + _DISCOVERY))
        name, keys_url = document.get("issuer"), document.get("jwks_uri")
        if not isinstance(name, str) or name.rstrip("/") != self._url:
            raise ValueError("its discovery document names another issuer")
        if not isinstance(keys_url, str) or not _is_safe(keys_url):
            raise ValueError("its discovery document names no address of keys that begins with https://")
        keys = _public_keys(_section(self._fetch(keys_url)).get("keys"))
        if not keys:
            raise ValueError("it publishes no key that can be used")
        self._name, self._keys = name, keys

    def _is_older_than(self, seconds: float, then_s: float | None) -> bool:
        return then_s is None or self._clock.monotonic() - then_s >= seconds

    def _check_audience(self, audience: object) -> None:
        named = audience if isinstance(audience, list) else [audience]
        if not any(isinstance(one, str) and one.rstrip("/") in self._audiences for one in named):
            raise Unauthorized(f"The token is for another audience; expected {' or '.join(sorted(self._audiences))}.")

    def _check_time(self, claims: Mapping[str, Any]) -> float:
        """When the token expires, by our clock and with leeway."""
        expires_s, begins_s = _seconds(claims.get("exp")), _seconds(claims.get("nbf", 0))
        now_s = self._clock.now().timestamp()
        if now_s >= expires_s + LEEWAY_S:
            raise Unauthorized("The token has expired; ask the issuer for a new one.")
        if now_s < begins_s - LEEWAY_S:
            raise Unauthorized("The token is not valid yet; compare the clocks.")
        return expires_s + LEEWAY_S


def fetch_json(url: str) -> Any:
    """The JSON document at an address. Raises OSError, ValueError or HTTPException; follows no redirect."""
    parts = urlsplit(url)
    assert parts.hostname, "the address was checked"
    connection = (
        http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=FETCH_TIMEOUT_S, context=ssl.create_default_context()
        )
        if parts.scheme == "https"
        else http.client.HTTPConnection(parts.hostname, parts.port, timeout=FETCH_TIMEOUT_S)
    )
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read(_DOCUMENT_BYTES + 1)
    finally:
        connection.close()
    if answer.status != http.client.OK or len(body) > _DOCUMENT_BYTES:
        raise ValueError(f"{parts.hostname} answered {answer.status} with {len(body)} bytes")
    return json.loads(body)


def _public_keys(published: object) -> dict[str, PublicKey]:
    keys: dict[str, PublicKey] = {}
    for description in published[:_MOST_KEYS] if isinstance(published, list) else []:
        key = _public_key(description)
        if key is not None:
            keys[description["kid"]] = key
    return keys


def _public_key(description: object) -> PublicKey | None:
    """The key, when it is one that signs tokens and is strong enough."""
    if not isinstance(description, dict) or not isinstance(description.get("kid"), str):
        return None
    if description.get("use", "sig") != "sig" or description.get("kty") not in {"RSA", "EC"}:
        return None
    algorithm = "RS256" if description["kty"] == "RSA" else "ES256"
    try:
        key = jwt.PyJWK(description, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if isinstance(key, RSAPublicKey) and key.key_size >= _LEAST_RSA_BITS:
        return key
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    return None


def _principal(claims: Mapping[str, Any], expires_s: float) -> Principal:
    own = [claims.get("oid"), claims.get("sub")]
    if "scp" not in claims:
        # With a scope the token speaks for a person, and the application is only what that person uses.
        own += [claims.get("appid"), claims.get("azp")]
    groups = claims.get("groups")
    named = [*own, *(groups[:_MOST_GROUPS] if isinstance(groups, list) else [])]
    ids = [one for one in named if isinstance(one, str) and 0 < len(one) <= _ID_CHARACTERS and one.isprintable()]
    if not ids:
        raise Unauthorized("The token names nobody: expected a claim oid, sub or appid.")
    return Principal(id=ids[0], ids=frozenset(ids), expires_s=expires_s)


def _section(document: object) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        raise ValueError("expected a JSON object")  # noqa: TRY004 - what came is wrong, not our types
    return document


def _seconds(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= LATEST_S:
        raise Unauthorized("The token says its times in no way that can be read.")
    return float(value)


def _is_safe(url: str) -> bool:
    """Whether the address is https, or http on this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_here(host)))


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
