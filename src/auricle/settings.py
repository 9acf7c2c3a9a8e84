"""The one settings object: built at start from `auricle.toml` and the environment, frozen, passed in.

Every field may be set as `AURICLE_<NAME>` or as a key of `auricle.toml` in the working directory or the home folder;
the environment wins. Nothing else in the package reads the environment. docs/settings.md documents each field.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource


def default_home() -> Path:
    """The data folder when nobody names one."""
    return Path.home() / ".local" / "share" / "auricle"


class Settings(BaseSettings):
    """Everything an operator may choose."""

    model_config = SettingsConfigDict(env_prefix="AURICLE_", frozen=True, extra="ignore")

    # Where
    home: Path = Field(default_factory=default_home, description="The data folder; deleting it resets everything.")
    host: str = Field(default="localhost", description="The name or address to listen on, in every family it has.")
    port: int = Field(default=5000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    public_url: str | None = Field(default=None, description="The address clients use, when it is not host and port.")
    trusted_proxies: str = Field(
        default="127.0.0.0/8, ::1/128",
        description="Networks of the proxies whose Forwarded and X-Forwarded headers are believed.",
    )
    tls_certificate: Path | None = Field(default=None, description="PEM file; with `tls_key`, serves https and wss.")
    tls_key: Path | None = Field(default=None, description="PEM file of the certificate's private key.")

    # What is kept
    database_url: str | None = Field(
        default=None, description="SQLAlchemy's address of a PostgreSQL database; without it, a file in `home`."
    )

    # Who
    require_key: bool = Field(default=True, description="False lets anybody in without a key or token.")
    token_lifetime_s: int = Field(default=600, ge=60, le=86_400, description="How long an issued token is valid.")
    default_key: SecretStr | None = Field(
        default=None, description="The first key of the resource `default`, when the first start makes it."
    )
    master_key: SecretStr | None = Field(
        default=None, description="The secret that seals what is kept, the same on all nodes; without it, made once."
    )
    entra_issuer: str | None = Field(
        default=None, description="The OpenID Connect issuer whose tokens are accepted, such as a tenant of Entra."
    )
    entra_audience: str = Field(
        default="https://cognitiveservices.azure.com",
        description="The audiences that its tokens must be for one of, separated by commas.",
    )
    request_rate: int = Field(
        default=100, ge=0, le=1_000_000, description="Management requests of a resource in 10 s; 0 is no limit."
    )
    sessions_per_resource: int = Field(
        default=100, ge=0, description="Live sessions that a resource of tier S0 may have at once; 0 is no limit."
    )

    # Whom it calls
    allow_private_urls: bool = Field(
        default=False, description="Fetch from and call back to addresses of this machine and private networks too."
    )
    allowed_hosts: str = Field(
        default="", description="Hosts and networks, separated by commas, that may be private all the same."
    )

    # Hearing
    english_model: str = Field(default="moonshine-base", description="The model that hears English.")
    multilingual_model: str = Field(default="whisper-base", description="The model that hears every other language.")
    workers: int = Field(
        default=0, ge=0, le=256, description="Recognition batches computed side by side; 0 means one per core."
    )
    job_workers: int = Field(
        default=0, ge=0, le=256, description="Processes that durable work is done in; 0 means one per core."
    )
    max_sessions: int = Field(
        default=0, ge=0, description="Sessions that may be heard at once; 0 lets the measured load decide."
    )
    live_partial_beam: int = Field(default=1, ge=1, le=8, description="Beam width of partial results.")
    live_final_beam: int = Field(default=3, ge=1, le=8, description="Beam width of live final results.")
    batch_beam: int = Field(default=5, ge=1, le=8, description="Beam width of whole files.")
    max_connections: int = Field(default=5000, ge=1, description="Open connections beyond this are refused.")
    max_audio_s: int = Field(default=4 * 3600, ge=60, description="The longest live session, in seconds of audio.")
    drain_s: float = Field(
        default=30, ge=0, le=3600, description="How long a stopping server waits for people to finish speaking."
    )

    # Watching
    log_format: Literal["console", "json"] = Field(default="console", description="How log lines look.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="The least to log.")

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the models that hear, each once, that for English first."""
        return tuple(dict.fromkeys((self.english_model, self.multilingual_model)))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line over environment over file over default."""
        home = Path(init_settings().get("home") or os.environ.get("AURICLE_HOME") or default_home())
        files = TomlConfigSettingsSource(settings_cls, [home / "auricle.toml", Path("auricle.toml")])
        return init_settings, env_settings, files
