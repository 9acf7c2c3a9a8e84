"""What a caller shows, before anybody has looked whether it is worth something."""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass, field

from auricle.identity.tokens import ALGORITHM, algorithm_of

NAMED_TOKEN = "aad#"  # noqa: S105 - how a bearer begins that names a resource before its token


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What a caller shows."""

    key: str | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)  # what follows "Bearer" in Authorization
    host: str | None = None  # by which the caller reached us

    @property
    def names_its_issuer(self) -> bool:
        """Whether the bearer can only be a token of the operator's issuer, whose server may have to be asked."""
        if self.key or not self.bearer:
            return False
        return self.bearer.startswith(NAMED_TOKEN) or algorithm_of(self.bearer) not in {None, ALGORITHM}

    def fingerprint(self, *, management: bool) -> bytes:
        """The same for the same credentials, and of no use to whoever finds it."""
        # A key opens the same resource under every host; only tokens of the issuer may mean another.
        parts = [self.key, None if self.key else self.bearer, self.label if not self.key and self.bearer else None]
        text = "\0".join("" if part is None else f"{len(part)}:{part}" for part in parts)
        return hashlib.sha256(f"{management}\0{text}".encode("utf-8", "surrogatepass")).digest()

    @property
    def label(self) -> str | None:
        """The first label of the host, when it has a name."""
        host = (self.host or "").lower()
        if host.startswith("["):
            return None
        name = host.partition(":")[0]
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name.partition(".")[0] or None
        return None
