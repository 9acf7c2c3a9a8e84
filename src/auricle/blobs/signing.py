"""Links that let whoever holds them read one blob for a while: the query `sv,st,se,sr,sp,sig`, signed by HMAC-SHA256.

The parameters are those of a service SAS of Azure Blob storage, so clients that look at `se` or `sp` find them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from auricle.blobs.paths import BlobPath
from auricle.errors import InvalidLinkValidity, LinkRefused

DEFAULT_VALID_S = 12 * 3600
MAX_VALID_S = 7 * 24 * 3600
CLOCK_SKEW = timedelta(minutes=15)  # a link is valid from before it was made, for nodes whose clocks lag
_VERSION = "2026-01-01"
_SIGNED = ("sv", "st", "se", "sr", "sp")
_MAX_QUERY_CHARACTERS = 2048
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_LEAST_KEY_BYTES = 16


class LinkSigner:
    """Signs and verifies links with one secret key."""

    def __init__(self, key: bytes) -> None:
        if len(key) < _LEAST_KEY_BYTES:
            raise ValueError(f"a signing key has at least {_LEAST_KEY_BYTES} bytes, got {len(key)}")
        self._key = key

    def sign(self, path: BlobPath, *, valid_s: int, now: datetime) -> str:
        """The query that lets its holder read the blob at `path` until `valid_s` seconds after `now`."""
        fields = {
            "sv": _VERSION,
            "st": _written(now - CLOCK_SKEW),
            "se": _written(now + timedelta(seconds=valid_s)),
            "sr": "b",
            "sp": "r",
        }
        return urlencode({**fields, "sig": self._signature(path, fields)})

    def verify(self, path: BlobPath, query: str, *, now: datetime) -> None:
        """Raise LinkRefused unless `query` lets its holder read the blob at `path` at this moment."""
        fields = _fields(query)
        if not hmac.compare_digest(fields["sig"].encode(), self._signature(path, fields).encode()):
            raise LinkRefused("The link's signature does not fit its address; ask for a new link.")
        if (fields["sv"], fields["sr"], fields["sp"]) != (_VERSION, "b", "r"):
            raise LinkRefused("The link is of a kind that this server does not issue; ask for a new link.")
        if now < _read(fields["st"]):
            raise LinkRefused("The link is not valid yet; compare the clocks.")
        if now >= _read(fields["se"]):
            raise LinkRefused("The link has expired; ask for a new one.")

    def _signature(self, path: BlobPath, fields: dict[str, str]) -> str:
        signed = "\n".join([*(fields[name] for name in _SIGNED), f"{path.account}/{path.container}/{path.name}"])
        return base64.b64encode(
            hmac.digest(self._key, b"auricle blob link\n" + signed.encode(), hashlib.sha256)
        ).decode()


def validity_s(asked_s: int | None) -> int:
    """The seconds that a link is to be valid: 12 hours unless asked, 0 for a plain address, 7 days at the most."""
    if asked_s is None:
        return DEFAULT_VALID_S
    if not 0 <= asked_s <= MAX_VALID_S:
        raise InvalidLinkValidity(f"A link may be valid for 0 to {MAX_VALID_S} seconds, got {asked_s}.")
    return asked_s


def _fields(query: str) -> dict[str, str]:
    """The signed fields of a query, each there exactly once; other parameters mean nothing and are left aside."""
    if len(query) > _MAX_QUERY_CHARACTERS:
        raise LinkRefused("The link is too long to be one of this server's.")
    pairs = [pair for pair in parse_qsl(query, errors="replace") if pair[0] in {*_SIGNED, "sig"}]
    if Counter(name for name, _ in pairs) != Counter([*_SIGNED, "sig"]):
        raise LinkRefused("The link lacks a part of its signature or repeats one; ask for a new link.")
    return dict(pairs)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_TIME)


def _read(text: str) -> datetime:
    return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
