"""Secrets that must be readable again but not in a dump of the database: sealed with a key made from the master key."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from auricle.errors import ConfigurationError

_KEY_BYTES = 32


class Master:
    """The one secret of a deployment, the same on all its nodes; every other key is made from it."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def key_for(self, purpose: str) -> bytes:
        """32 bytes that are for this purpose alone and tell nothing of any other's."""
        return HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"auricle " + purpose.encode()).derive(self._secret)


class Sealer:
    """Seals and opens texts with one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, text: str) -> str:
        """The text, readable by whoever has the key alone, and by nobody else."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text again. Raises ConfigurationError when it was sealed with another key, or altered."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise ConfigurationError(
                "What the database holds was sealed with another master key. Set master_key to the one it was made "
                "with: the content of keys/master.key in the data folder of the first node."
            ) from error
