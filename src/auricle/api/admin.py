"""The administration of resources over HTTP: what `auricle resource` and `auricle audit` do, for those with the admin key.

Calls come with the key in `X-Auricle-Admin-Key` or as a bearer. Nothing of Azure's answers here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from auricle.identity.admin_key import AdminKey
from auricle.identity.audit import Entry
from auricle.identity.caller import Resource, Role
from auricle.identity.resources import LOCAL, Grant, Resources
from auricle.identity.tiers import Tier

PREFIX = "/auricle/v1"
ACTOR = "admin key"
KEY_HEADER = "x-auricle-admin-key"
LARGEST_PAGE = 1000
_BEARER = "bearer "


class ResourceDraft(BaseModel):
    """A resource to be made."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=64)
    region: str = Field(default=LOCAL, max_length=64)
    tier: Tier = Tier.S0


class RoleDraft(BaseModel):
    """A role to be given."""

    model_config = ConfigDict(extra="forbid")

    principal: str = Field(max_length=256)
    role: str = Field(max_length=64)


def admin_routes(resources: Resources, admin: AdminKey) -> APIRouter:
    """Everything under /auricle/v1. The handlers wait for the database, so they run in threads."""

    def check(request: Request) -> None:
        admin.check(_shown_by(request))

    router = APIRouter(prefix=PREFIX, tags=["Administration"], dependencies=[Depends(check)])
    _add_resource_routes(router, resources)
    _add_key_routes(router, resources)
    _add_role_routes(router, resources)

    @router.get("/audit", summary="Who did what when, the newest first")
    def audit(
        resource: Annotated[str | None, Query(max_length=64)] = None,
        top: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
        before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    ) -> dict[str, Any]:
        return _values([shown_entry(entry) for entry in resources.history(resource, top=top, before=before)])

    return router


def _add_resource_routes(router: APIRouter, resources: Resources) -> None:
    @router.get("/resources", summary="Every resource")
    def list_resources() -> dict[str, Any]:
        return _values([shown(resource) for resource in resources.list()])

    @router.post("/resources", status_code=201, summary="Create a resource")
    def create_resource(draft: ResourceDraft, response: Response) -> dict[str, Any]:
        made = resources.create(draft.name, region=draft.region, tier=draft.tier, by=ACTOR)
        response.headers["Location"] = f"{PREFIX}/resources/{made.name}"
        return shown(made)

    @router.get("/resources/{name}", summary="One resource, by name or id")
    def get_resource(name: str) -> dict[str, Any]:
        return shown(resources.get(name))

    @router.delete("/resources/{name}", status_code=204, summary="Delete a resource with everything in it")
    def delete_resource(name: str, *, force: bool = False) -> None:
        resources.delete(name, by=ACTOR, force=force)


def _add_key_routes(router: APIRouter, resources: Resources) -> None:
    @router.get("/resources/{name}/keys", summary="The two keys of a resource")
    def list_keys(name: str) -> dict[str, str]:
        keys = resources.keys(name, by=ACTOR)
        return {"key1": keys.key1, "key2": keys.key2}

    @router.post("/resources/{name}/keys/{number}/regenerate", summary="Exchange key 1 or 2 for a new one")
    def regenerate_key(name: str, number: int) -> dict[str, str]:
        keys = resources.regenerate(name, number, by=ACTOR)
        return {"key1": keys.key1, "key2": keys.key2}


def _add_role_routes(router: APIRouter, resources: Resources) -> None:
    @router.get("/resources/{name}/roles", summary="Who has which role in a resource")
    def list_roles(name: str) -> dict[str, Any]:
        return _values([shown_grant(grant) for grant in resources.grants(name)])

    @router.post("/resources/{name}/roles", status_code=201, summary="Give a principal a role")
    def grant_role(name: str, draft: RoleDraft) -> dict[str, str]:
        return shown_grant(resources.grant(name, draft.principal, Role.named(draft.role), by=ACTOR))

    @router.delete("/resources/{name}/roles", status_code=204, summary="Take a role, or all, from a principal")
    def revoke_role(
        name: str,
        principal: Annotated[str, Query(max_length=256)],
        role: Annotated[str | None, Query(max_length=64)] = None,
    ) -> None:
        resources.revoke(name, principal, Role.named(role) if role else None, by=ACTOR)


def shown(resource: Resource) -> dict[str, Any]:
    """A resource as people and programs read it."""
    return {
        "id": resource.id,
        "name": resource.name,
        "region": resource.region,
        "tier": resource.tier.value,
        "createdDateTime": _moment(resource.created_at),
    }


def shown_grant(grant: Grant) -> dict[str, str]:
    """Who has which role."""
    return {"principal": grant.principal, "role": grant.role.value}


def shown_entry(entry: Entry) -> dict[str, Any]:
    """What somebody did."""
    return {
        "sequence": entry.sequence,
        "dateTime": _moment(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "resourceId": entry.resource_id,
        "subjectId": entry.subject_id,
        "detail": entry.detail or {},
    }


def _values(values: Sequence[Any]) -> dict[str, Any]:
    return {"values": values}


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown_by(request: Request) -> str | None:
    key = request.headers.get(KEY_HEADER)
    authorization = request.headers.get("authorization", "")
    if key is None and authorization.lower().startswith(_BEARER):
        return authorization[len(_BEARER) :].strip()
    return key
