"""What the server and the commands about resources share: the database and the blobs, opened, and who may do what."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from auricle.blobs.local import LocalBlobs
from auricle.blobs.store import CONTAINERS, BlobStore
from auricle.clock import Clock, SystemClock
from auricle.errors import ConfigurationError
from auricle.identity.admin_key import AdminKey
from auricle.identity.gate import Gate
from auricle.identity.issuer import Issuer
from auricle.identity.key_files import check_secret, secret_in
from auricle.identity.rates import Rates
from auricle.identity.resources import Resources
from auricle.identity.sealing import Master, Sealer
from auricle.identity.tiers import Tier
from auricle.identity.tokens import Tokens
from auricle.settings import Settings
from auricle.store.database import Database, file_url


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Everything that knows callers, over one open database."""

    database: Database
    blobs: LocalBlobs
    master: Master
    sealer: Sealer
    resources: Resources
    gate: Gate
    admin: AdminKey
    rates: Rates
    clock: Clock

    def close(self) -> None:
        """Let go of the database."""
        self.gate.close()
        self.database.close()


@contextmanager
def opened(settings: Settings) -> Iterator[Identity]:
    """The identity of a deployment for the time of a block, with the resource `default` in it.

    Raises ConfigurationError when the data folder, the database or a key cannot be used.
    """
    make_home(settings.home)
    clock = SystemClock()
    master = master_of(settings)
    database = open_database(settings)
    blobs = LocalBlobs(settings.home / "blobs", master.key_for("links"))
    sealer = Sealer(master.key_for("sealing"))
    tokens = Tokens(master.key_for("tokens"), lifetime=timedelta(seconds=settings.token_lifetime_s))
    identity = Identity(
        database=database,
        blobs=blobs,
        master=master,
        sealer=sealer,
        resources=Resources(database, sealer, clock, erase_account=partial(_erase_account, blobs)),
        gate=Gate(
            database=database,
            tokens=tokens,
            clock=clock,
            require_key=settings.require_key,
            issuer=_issuer(settings, clock),
        ),
        admin=AdminKey.open(settings.home / "keys" / "admin.key"),
        rates=Rates(clock, dict.fromkeys(Tier, settings.request_rate)),
        clock=clock,
    )
    try:
        identity.resources.ensure_default(_secret(settings.default_key, "default_key"))
        yield identity
    finally:
        identity.close()


def master_of(settings: Settings) -> Master:
    """The secret that the settings name, or else the one in the data folder, made when there is none."""
    return Master(_secret(settings.master_key, "master_key") or secret_in(settings.home / "keys" / "master.key"))


def database_url(settings: Settings) -> str:
    """The address of the database."""
    return settings.database_url or file_url(settings.home / "auricle.db")


def open_database(settings: Settings) -> Database:
    """The database that the settings name, or else a file in the data folder that only its owner reads."""
    if settings.database_url:
        return Database.open(database_url(settings))
    path = settings.home / "auricle.db"
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise ConfigurationError(f"The database {path} cannot be opened: {error.strerror}.") from error
    return Database.open(database_url(settings))


def make_home(home: Path) -> None:
    """Make the data folder, for its owner alone. Raises ConfigurationError."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"The data folder {home} cannot be made: {error.strerror}. Choose another with --home."
        ) from error


def _erase_account(blobs: BlobStore, resource_id: str) -> None:
    for container in CONTAINERS:
        blobs.delete_prefix(resource_id, container, "")


def _issuer(settings: Settings, clock: Clock) -> Issuer | None:
    if settings.entra_issuer is None:
        return None
    audiences = [name.strip() for name in settings.entra_audience.split(",") if name.strip()]
    if not audiences:
        raise ConfigurationError("entra_audience should name at least one audience; it names none.")
    return Issuer(settings.entra_issuer, audiences, clock)


def _secret(setting: SecretStr | None, name: str) -> str | None:
    if setting is None:
        return None
    secret = setting.get_secret_value()
    check_secret(secret, f"The setting {name}")
    return secret
