"""Secrets in files that only their owner may read, made at the first start."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from auricle.errors import ConfigurationError

LEAST_CHARACTERS = 32
MOST_CHARACTERS = 256
_SIZE_BYTES = 32


def secret_in(path: Path) -> str:
    """The secret that the file holds; makes the file, and the folder around it, when they are not there.

    Raises ConfigurationError when that cannot be done or the file holds something else.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        if not path.exists():
            _make(path, secrets.token_hex(_SIZE_BYTES))
        path.chmod(0o600)
        with path.open(encoding="utf-8", errors="replace") as file:
            secret = file.read(2 * MOST_CHARACTERS).strip()
    except OSError as error:
        raise ConfigurationError(f"The key in {path} cannot be read or made: {error}.") from error
    check_secret(secret, str(path))
    return secret


def check_secret(secret: str, place: str) -> None:
    """Raise ConfigurationError, naming the place and never the content, unless this is fit to be a secret."""
    fits = LEAST_CHARACTERS <= len(secret) <= MOST_CHARACTERS and secret.isascii() and secret.isprintable()
    if not fits or " " in secret:
        raise ConfigurationError(
            f"{place} should hold one key of {LEAST_CHARACTERS} to {MOST_CHARACTERS} printable characters without "
            "spaces; restore it, or take it away to have a new one made."
        )


def _make(path: Path, secret: str) -> None:
    """Write the file whole or not at all; when two processes race, the first one's secret stays."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secret + "\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
