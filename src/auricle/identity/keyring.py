"""The resources of this server, their two keys each, and the tokens issued for them.

Keys are files that only their owner may read, made at the first start; an operator rotates one by writing another.
Tokens are signed (JWT, HS256) with a key of their own, so they outlive neither it nor their lifetime.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import jwt

from auricle.errors import ConfigurationError

_ALGORITHM = "HS256"
_ISSUER = "auricle"
_AUDIENCE = "auricle.speech"
_KEY_BYTES = 16  # 32 hexadecimal digits, as the keys that clients are used to
_SIGNING_KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A tenant: whatever is made with its keys belongs to it."""

    id: str
    name: str


DEFAULT_RESOURCE = Resource(id="default", name="default")


class Keyring:
    """Tells which resource a key or a token speaks for."""

    def __init__(
        self, *, keys: Mapping[str, Resource], signing_key: bytes, token_lifetime: timedelta = timedelta(minutes=10)
    ) -> None:
        self._digests = [(_digest(key), resource) for key, resource in keys.items()]
        self._resources = {resource.id: resource for resource in keys.values()}
        self._signing_key = signing_key
        self._token_lifetime = token_lifetime

    @classmethod
    def open(cls, folder: Path, *, token_lifetime_s: int = 600) -> Keyring:
        """Read the keys in `folder`, making what is missing.

        Raises ConfigurationError when a key file cannot be read or made.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            first = _read_or_make(folder / "default.key", _KEY_BYTES)
            second = _read_or_make(folder / "default.key2", _KEY_BYTES)
            signing = _read_or_make(folder / "token.signing", _SIGNING_KEY_BYTES)
        except OSError as error:
            raise ConfigurationError(f"the keys in {folder} cannot be read or made: {error}") from error
        return cls(
            keys={first: DEFAULT_RESOURCE, second: DEFAULT_RESOURCE},
            signing_key=signing.encode(),
            token_lifetime=timedelta(seconds=token_lifetime_s),
        )

    @property
    def default(self) -> Resource:
        """The resource of those who need no key."""
        return DEFAULT_RESOURCE

    def resource_of_key(self, presented: str) -> Resource | None:
        """Whose key this is; takes the same time whichever key it is, or none."""
        digest = _digest(presented)
        found = None
        for known, resource in self._digests:
            if hmac.compare_digest(known, digest):
                found = resource
        return found

    def issue_token(self, resource: Resource, now: datetime) -> str:
        """A signed token that speaks for the resource until its lifetime is over."""
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": resource.id,
            "iat": int(now.timestamp()),
            "exp": int((now + self._token_lifetime).timestamp()),
        }
        return jwt.encode(claims, self._signing_key, algorithm=_ALGORITHM)

    def resource_of_token(self, token: str, now: datetime) -> Resource | None:
        """For whom this token speaks at this time; None when it is not ours, altered or expired."""
        try:
            claims = jwt.decode(
                token,
                self._signing_key,
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                issuer=_ISSUER,
                # The time is the caller's clock, not the library's.
                options={"require": ["sub", "exp"], "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except jwt.PyJWTError:
            return None
        if now.timestamp() >= claims["exp"]:
            return None
        return self._resources.get(claims["sub"])


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


def _read_or_make(path: Path, size_bytes: int) -> str:
    if not path.exists():
        _make(path, secrets.token_hex(size_bytes))
    path.chmod(0o600)
    key = path.read_text(encoding="utf-8", errors="replace").strip()
    if len(key) < 2 * _KEY_BYTES or not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigurationError(
            f"{path} should hold one key of at least {2 * _KEY_BYTES} printable characters; "
            "delete the file to have a new one made"
        )
    return key


def _make(path: Path, key: str) -> None:
    """Write the file whole or not at all; when two processes race, the first one's key stays."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(key + "\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
