"""The operator's key, which opens the administration of resources and nothing else."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from auricle.errors import Unauthorized
from auricle.identity.key_files import secret_in


class AdminKey:
    """Checks what is shown as the admin key."""

    def __init__(self, secret: str) -> None:
        self._digest = _digest(secret)

    @classmethod
    def open(cls, path: Path) -> AdminKey:
        """The key in a file, which is made when it is not there. Raises ConfigurationError."""
        return cls(secret_in(path))

    def check(self, presented: str | None) -> None:
        """Raise Unauthorized unless this is the key; takes the same time whatever it is."""
        if presented is None:
            raise Unauthorized("expected the admin key in 'X-Auricle-Admin-Key' or as a bearer, got neither")
        if not hmac.compare_digest(self._digest, _digest(presented)):
            raise Unauthorized("expected the admin key, which is in keys/admin.key of the data folder; got another")


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
