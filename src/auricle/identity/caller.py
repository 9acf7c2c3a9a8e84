"""Who is calling, for which resource, and what that allows: roles and the rights they bring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from auricle.errors import Forbidden, InvalidParameter
from auricle.identity.tiers import Tier


class Right(Enum):
    """What one may do with a resource."""

    READ = "read"
    WRITE = "write"
    LISTEN = "transcribe"


class Role(Enum):
    """What a person or an application is to a resource, by the names that Azure gives."""

    CONTRIBUTOR = "Speech Contributor"
    USER = "Speech User"
    READER = "Reader"

    @property
    def rights(self) -> frozenset[Right]:
        """What the role allows."""
        return _RIGHTS[self]

    @classmethod
    def named(cls, name: str) -> Role:
        """The role of this name, in any of its spellings. Raises InvalidParameter."""
        wanted = " ".join(name.lower().split()).removeprefix("cognitive services ")
        for role, names in _NAMES.items():
            if wanted in names:
                return role
        known = ", ".join(repr(role.value) for role in cls)
        raise InvalidParameter(f"There is no role {name[:80]!r}. Expected one of {known}.", target="role")


_RIGHTS = {
    Role.CONTRIBUTOR: frozenset(Right),
    Role.USER: frozenset({Right.READ, Right.LISTEN}),
    Role.READER: frozenset({Right.READ}),
}
# As Azure spells them, less "Cognitive Services" before them.
_NAMES = {
    Role.CONTRIBUTOR: {"speech contributor", "user"},
    Role.USER: {"speech user"},
    Role.READER: {"reader", "data reader"},
}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A tenant: whatever is made for it belongs to it and cannot be seen from another."""

    id: str
    name: str
    region: str
    tier: Tier
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Somebody who was let in."""

    resource: Resource
    actor: str  # as the audit names them
    rights: frozenset[Right]

    def need(self, right: Right) -> None:
        """Raise Forbidden, naming the role that would do, unless the caller has this right."""
        if right not in self.rights:
            least = min((role for role in Role if right in role.rights), key=lambda role: len(role.rights))
            raise Forbidden(
                f"Expected the right to {right.value} in the resource {self.resource.name}, which {self.actor} does "
                f"not have. The role {least.value!r} would do."
            )
