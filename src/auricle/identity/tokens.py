"""The tokens that this service issues: signed (JWT, HS256), short-lived, and bound to the key that bought them."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

ALGORITHM = "HS256"
MANAGEMENT = "speechservicesmanagement"  # the scope that the management API asks for
_ISSUER = "auricle"
_AUDIENCE = "auricle.speech"
_MARK_CHARACTERS = 16


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What a token of ours says."""

    resource_id: str
    key_mark: str
    management: bool
    expires_s: float  # seconds since 1970

    def bought_with(self, key_digest: str) -> bool:
        """Whether the token was issued for the key of this digest."""
        return hmac.compare_digest(self.key_mark.encode(), key_digest[:_MARK_CHARACTERS].encode())


class Tokens:
    """Issues tokens and reads them again."""

    def __init__(self, signing_key: bytes, *, lifetime: timedelta = timedelta(minutes=10)) -> None:
        self._signing_key = signing_key
        self._lifetime = lifetime

    def issue(self, resource_id: str, key_digest: str, now: datetime, *, management: bool = False) -> str:
        """A token that speaks for the resource until its lifetime is over or the key is no more."""
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": resource_id,
            "key": key_digest[:_MARK_CHARACTERS],
            "iat": int(now.timestamp()),
            "exp": int((now + self._lifetime).timestamp()),
        } | ({"scope": MANAGEMENT} if management else {})
        return jwt.encode(claims, self._signing_key, algorithm=ALGORITHM)

    def read(self, token: str, now: datetime) -> Claims | None:
        """What the token says; None when it is not ours, altered or expired."""
        try:
            claims = jwt.decode(
                token,
                self._signing_key,
                algorithms=[ALGORITHM],
                audience=_AUDIENCE,
                issuer=_ISSUER,
                # The time is the caller's clock, not the library's.
                options={"require": ["sub", "exp", "key"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            return None
        if now.timestamp() >= claims["exp"]:
            return None
        return Claims(
            resource_id=claims["sub"],
            key_mark=claims["key"],
            management=claims.get("scope") == MANAGEMENT,
            expires_s=claims["exp"],
        )


def algorithm_of(bearer: str) -> str | None:
    """How the bearer says it is signed, which proves nothing yet; None when it is no JWT."""
    try:
        algorithm = jwt.get_unverified_header(bearer).get("alg")
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    return algorithm if isinstance(algorithm, str) else None
