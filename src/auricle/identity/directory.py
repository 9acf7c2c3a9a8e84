"""Which resource a key, an id or a name means, and which roles a principal has: the questions asked of every caller."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select

from auricle.identity.caller import Resource, Role
from auricle.identity.tiers import Tier
from auricle.store.tables import resources, role_assignments

DEFAULT = "default"  # the resource that is always there
_COLUMNS = (
    resources.c.id,
    resources.c.name,
    resources.c.region,
    resources.c.tier,
    resources.c.created_at,
    resources.c.key1_digest,
    resources.c.key2_digest,
)


@dataclass(frozen=True, kw_only=True)
class Keyed:
    """A resource with the digests of its two keys."""

    resource: Resource
    digests: Sequence[str]

    def number_of(self, digest: str) -> int | None:
        """Which key this is the digest of, 1 or 2; takes the same time whichever it is, or none."""
        fits = [hmac.compare_digest(known.encode(), digest.encode()) for known in self.digests]
        return fits.index(True) + 1 if any(fits) else None


def digest_of(key: str) -> str:
    """What a key is found by: SHA-256 in hexadecimal digits."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def by_digest(connection: Connection, digest: str) -> Keyed | None:
    """The resource that has a key of this digest."""
    return _one(connection, or_(resources.c.key1_digest == digest, resources.c.key2_digest == digest))


def by_id(connection: Connection, resource_id: str) -> Keyed | None:
    """The resource of this id."""
    return _one(connection, resources.c.id == resource_id)


def by_name(connection: Connection, name: str) -> Keyed | None:
    """The resource of this name."""
    return _one(connection, resources.c.name == name)


def everyone(connection: Connection) -> list[Resource]:
    """Every resource, in the order of their making."""
    return [_read(row).resource for row in connection.execute(select(*_COLUMNS).order_by(resources.c.sequence))]


def roles_of(connection: Connection, principals: Collection[str]) -> list[tuple[Resource, Role]]:
    """What any of these principals is to any resource."""
    statement = (
        select(*_COLUMNS, role_assignments.c.role)
        .join(role_assignments, role_assignments.c.resource_id == resources.c.id)
        .where(role_assignments.c.principal.in_(sorted(principals)))
        .order_by(resources.c.sequence)
    )
    return [(_read(row).resource, Role(row.role)) for row in connection.execute(statement)]


def _one(connection: Connection, condition: ColumnElement[bool]) -> Keyed | None:
    row = connection.execute(select(*_COLUMNS).where(condition).order_by(resources.c.sequence).limit(1)).one_or_none()
    return None if row is None else _read(row)


def _read(row: Any) -> Keyed:
    resource = Resource(id=row.id, name=row.name, region=row.region, tier=Tier(row.tier), created_at=row.created_at)
    return Keyed(resource=resource, digests=(row.key1_digest, row.key2_digest))
