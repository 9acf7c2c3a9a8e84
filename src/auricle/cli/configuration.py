"""The settings as a command line sees them: what it chose on top, and errors that name each wrong one."""

from __future__ import annotations

import tomllib
from typing import Any

from pydantic import ValidationError

from auricle.errors import ConfigurationError
from auricle.settings import Settings


def load_settings(**chosen: Any) -> Settings:
    """The settings, with what the command line chose on top; raises ConfigurationError naming each wrong one."""
    try:
        settings = Settings(**{name: value for name, value in chosen.items() if value is not None})
    except ValidationError as error:
        findings = "; ".join(f"{'.'.join(str(step) for step in e['loc'])}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"A setting is wrong: {findings}. docs/settings.md explains each.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"auricle.toml cannot be read: {error}.") from error
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        raise ConfigurationError("TLS needs both tls_certificate and tls_key; only one of them is set.")
    return settings
