"""The resources of a deployment: made, listed and deleted, with their keys and with who has which role in them."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from auricle.clock import Clock
from auricle.errors import Conflict, DeleteNotAllowed, InUse, InvalidParameter, NotFound
from auricle.identity import audit, directory
from auricle.identity.caller import Resource, Role
from auricle.identity.sealing import Sealer
from auricle.identity.tiers import Tier
from auricle.store.database import Database
from auricle.store.tables import jobs, resources, role_assignments

__all__ = ["Grant", "Keys", "Resource", "Resources"]

LOCAL = "local"  # the region label when nobody chooses one
_KEY_BYTES = 16  # 32 hexadecimal digits, as the keys that clients are used to
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_PRINCIPAL_CHARACTERS = 256


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The two keys of a resource. Either does, so one can be exchanged while clients use the other."""

    key1: str = field(repr=False)
    key2: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A role that a principal has in a resource."""

    principal: str
    role: Role


class Resources:
    """What an operator does with resources. `by` is who does it, as the audit names them."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        clock: Clock,
        *,
        erase_account: Callable[[str], None] = lambda _resource_id: None,
    ) -> None:
        """`erase_account` removes everything that is stored for the resource of an id, if there is anything."""
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._erase_account = erase_account

    def ensure_default(self, key: str | None = None) -> Resource:
        """The default resource; made when it is not there, with `key` as its first key."""
        found = self._default()
        if found is not None:
            return found
        try:
            return self._make(directory.DEFAULT, LOCAL, Tier.S0, by="server start", key1=key)
        except Conflict:  # another server was faster
            return self.get(directory.DEFAULT)

    def create(self, name: str, *, region: str = LOCAL, tier: Tier = Tier.S0, by: str) -> Resource:
        """A new resource with two new keys. Raises InvalidParameter, and Conflict when the name is taken."""
        if not _NAME.fullmatch(name) or _is_id(name):
            raise InvalidParameter(
                "Expected a name of 2 to 64 lower-case letters, digits and hyphens, with a letter or digit at both "
                f"ends and not an id, got {name[:80]!r}.",
                target="name",
            )
        if not _REGION.fullmatch(region):
            raise InvalidParameter(
                f"Expected a region of 1 to 64 lower-case letters, digits and hyphens, got {region[:80]!r}.",
                target="region",
            )
        return self._make(name, region, tier, by=by)

    def list(self) -> Sequence[Resource]:
        """Every resource, in the order of their making."""
        with self._database.read() as connection:
            return directory.everyone(connection)

    def get(self, name_or_id: str) -> Resource:
        """The resource of this name or id. Raises NotFound."""
        with self._database.read() as connection:
            return _found(connection, name_or_id)

    def keys(self, name_or_id: str, *, by: str) -> Keys:
        """Both keys of a resource. Raises NotFound."""
        with self._database.write() as connection:
            resource = _found(connection, name_or_id)
            self._note(connection, "resource.keys", resource, by)
            return self._keys(connection, resource)

    def default_keys(self) -> Keys:
        """The keys of the default resource, for the server itself. Raises NotFound."""
        with self._database.read() as connection:
            return self._keys(connection, _found(connection, directory.DEFAULT))

    def regenerate(self, name_or_id: str, number: int, *, by: str) -> Keys:
        """Both keys after the first or the second was exchanged for a new one. Raises NotFound."""
        if number not in {1, 2}:
            raise InvalidParameter(f"A resource has the keys 1 and 2, got {number}.", target="key")
        with self._database.write() as connection:
            resource = _found(connection, name_or_id)
            self._write(connection, resource, self._key_columns(number, _new_key()))
            self._note(connection, "resource.regenerate", resource, by, {"key": number})
            return self._keys(connection, resource)

    def delete(self, name_or_id: str, *, by: str, force: bool = False) -> None:
        """Remove a resource with everything in it.

        Raises NotFound, DeleteNotAllowed for the default resource, and InUse while work for it runs and `force` does
        not end it. From the first moment its keys open nothing; if erasing fails, deleting can be repeated.
        """
        with self._database.write() as connection:
            resource = _found(connection, name_or_id)
            _check_removal(connection, resource, self._clock, force=force)
            self._close(connection, resource)
        self._erase_account(resource.id)
        with self._database.write() as connection:
            connection.execute(delete(resources).where(resources.c.id == resource.id))
            self._note(connection, "resource.delete", resource, by)

    def grant(self, name_or_id: str, principal: str, role: Role, *, by: str) -> Grant:
        """Give a principal (an object id, subject, application id or group id of the issuer) a role."""
        principal = _checked_principal(principal)
        with self._database.write() as connection:
            resource = _found(connection, name_or_id)
            grant = Grant(principal=principal, role=role)
            if grant in _grants(connection, resource):
                return grant
            row = {"id": str(uuid.uuid4()), "resource_id": resource.id, "created_at": self._clock.now()}
            connection.execute(insert(role_assignments), row | {"principal": principal, "role": role.value})
            self._note(connection, "resource.grant", resource, by, {"principal": principal, "role": role.value})
            return grant

    def revoke(self, name_or_id: str, principal: str, role: Role | None = None, *, by: str) -> int:
        """Take a role, or all of them, from a principal; how many it had. Raises NotFound."""
        principal = _checked_principal(principal)
        mine = role_assignments.c
        with self._database.write() as connection:
            resource = _found(connection, name_or_id)
            condition = (mine.resource_id == resource.id) & (mine.principal == principal)
            if role is not None:
                condition &= mine.role == role.value
            count = connection.execute(delete(role_assignments).where(condition)).rowcount
            if count:
                taken = {"principal": principal, "role": role.value if role else "all"}
                self._note(connection, "resource.revoke", resource, by, taken)
            return count

    def grants(self, name_or_id: str) -> Sequence[Grant]:
        """Who has which role in a resource. Raises NotFound."""
        with self._database.read() as connection:
            return _grants(connection, _found(connection, name_or_id))

    def history(
        self, name_or_id: str | None = None, *, top: int = 100, before: int | None = None
    ) -> Sequence[audit.Entry]:
        """What was done, the newest first, in all resources or in one; one that is gone is named by its id."""
        with self._database.read() as connection:
            resource_id = name_or_id
            if name_or_id is not None and not _is_id(name_or_id):
                resource_id = _found(connection, name_or_id).id
            return audit.entries(connection, resource_id, top=top, before=before)

    def _default(self) -> Resource | None:
        with self._database.read() as connection:
            found = directory.by_name(connection, directory.DEFAULT)
            return None if found is None else found.resource

    def _make(self, name: str, region: str, tier: Tier, *, by: str, key1: str | None = None) -> Resource:
        resource = Resource(
            id=str(uuid.uuid4()),
            name=name,
            region=region,
            tier=tier,
            created_at=self._clock.now().replace(microsecond=0),
        )
        row = {
            "id": resource.id,
            "created_at": resource.created_at,
            "name": name,
            "region": region,
            "tier": tier.value,
            **self._key_columns(1, key1 or _new_key()),
            **self._key_columns(2, _new_key()),
        }
        try:
            with self._database.write() as connection:
                connection.execute(insert(resources), row)
                self._note(connection, "resource.create", resource, by, {"region": region, "tier": tier.value})
        except IntegrityError:
            # Without its cause, which would tell the statement's values.
            raise Conflict(f"There is a resource named {name!r} already.") from None
        return resource

    def _close(self, connection: Connection, resource: Resource) -> None:
        """Take away whatever could still use the resource: its keys, roles and work."""
        self._write(connection, resource, self._key_columns(1, _new_key()) | self._key_columns(2, _new_key()))
        connection.execute(delete(role_assignments).where(role_assignments.c.resource_id == resource.id))
        connection.execute(delete(jobs).where(jobs.c.resource_id == resource.id))

    def _write(self, connection: Connection, resource: Resource, columns: Mapping[str, str]) -> None:
        connection.execute(update(resources).where(resources.c.id == resource.id).values(**columns))

    def _key_columns(self, number: int, key: str) -> dict[str, str]:
        return {f"key{number}_sealed": self._sealer.seal(key), f"key{number}_digest": directory.digest_of(key)}

    def _keys(self, connection: Connection, resource: Resource) -> Keys:
        columns = select(resources.c.key1_sealed, resources.c.key2_sealed).where(resources.c.id == resource.id)
        sealed = connection.execute(columns).one()
        return Keys(key1=self._sealer.open(sealed.key1_sealed), key2=self._sealer.open(sealed.key2_sealed))

    def _note(
        self, connection: Connection, action: str, resource: Resource, by: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        audit.note(
            connection,
            self._clock,
            actor=by,
            action=action,
            resource_id=resource.id,
            subject_id=resource.id,
            detail={"name": resource.name, **(detail or {})},
        )


def _found(connection: Connection, name_or_id: str) -> Resource:
    wanted = name_or_id.lower()
    found = None
    if _is_id(wanted):
        found = directory.by_id(connection, wanted)
    elif _NAME.fullmatch(wanted):
        found = directory.by_name(connection, wanted)
    if found is None:
        raise NotFound(f"There is no resource {name_or_id[:80]!r}.")
    return found.resource


def _check_removal(connection: Connection, resource: Resource, clock: Clock, *, force: bool) -> None:
    if resource.name == directory.DEFAULT:
        raise DeleteNotAllowed("The resource 'default' would be made again at the next start. Regenerate its keys.")
    running = (jobs.c.resource_id == resource.id) & (jobs.c.lease_until > clock.now())
    count = connection.execute(select(func.count()).select_from(jobs).where(running)).scalar_one()
    if count and not force:
        raise InUse(f"{count} jobs are running for the resource {resource.name}. Wait for them, or force the deletion.")


def _grants(connection: Connection, resource: Resource) -> list[Grant]:
    statement = select(role_assignments.c.principal, role_assignments.c.role)
    mine = statement.where(role_assignments.c.resource_id == resource.id).order_by(role_assignments.c.sequence)
    return [Grant(principal=row.principal, role=Role(row.role)) for row in connection.execute(mine)]


def _checked_principal(principal: str) -> str:
    principal = principal.strip()
    if not 0 < len(principal) <= _PRINCIPAL_CHARACTERS or not principal.isprintable():
        raise InvalidParameter(
            f"Expected a principal of 1 to {_PRINCIPAL_CHARACTERS} printable characters, such as an object id.",
            target="principal",
        )
    return principal


def _is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _new_key() -> str:
    return secrets.token_hex(_KEY_BYTES)
