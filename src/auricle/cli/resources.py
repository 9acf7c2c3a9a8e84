"""`auricle resource` and `auricle audit`: the administration of resources, straight on the database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from auricle.api.admin import shown, shown_entry, shown_grant
from auricle.cli.identity import opened
from auricle.identity.caller import Role
from auricle.identity.resources import Keys
from auricle.identity.tiers import Tier
from auricle.settings import Settings

ACTOR = "operator"
WIDE = 200  # characters of a line when nobody looks


def create_resource(settings: Settings, output: str, name: str, *, region: str, tier: str) -> None:
    """Make a resource and show it with its keys."""
    with opened(settings) as identity:
        made = identity.resources.create(name, region=region, tier=Tier(tier), by=ACTOR)
        keys = _described(identity.resources.keys(made.id, by=ACTOR))
    _print_one(output, shown(made) | keys)


def list_all(settings: Settings, output: str) -> None:
    """Show every resource."""
    with opened(settings) as identity:
        found = [shown(resource) for resource in identity.resources.list()]
    _print_many(
        output, found, {"name": "Name", "tier": "Tier", "region": "Region", "createdDateTime": "Made", "id": "Id"}
    )


def show_resource(settings: Settings, output: str, name: str) -> None:
    """Show one resource with its roles."""
    with opened(settings) as identity:
        found = shown(identity.resources.get(name))
        roles = [shown_grant(grant) for grant in identity.resources.grants(name)]
    if output == "json":
        _print_json(found | {"roles": roles})
        return
    _print_one(output, found)
    if roles:
        _print_many(output, roles, {"principal": "Principal", "role": "Role"})


def show_keys(settings: Settings, output: str, name: str) -> None:
    """Show both keys of a resource."""
    with opened(settings) as identity:
        keys = identity.resources.keys(name, by=ACTOR)
    _print_one(output, _described(keys))


def regenerate_key(settings: Settings, output: str, name: str, number: int) -> None:
    """Exchange a key and show both."""
    with opened(settings) as identity:
        keys = identity.resources.regenerate(name, number, by=ACTOR)
    _print_one(output, _described(keys))


def delete_resource(settings: Settings, name: str, *, force: bool) -> None:
    """Delete a resource with everything in it."""
    with opened(settings) as identity:
        identity.resources.delete(name, by=ACTOR, force=force)
    print(f"Deleted {name}.")  # noqa: T201


def grant_role(settings: Settings, name: str, principal: str, role: str) -> None:
    """Give a principal a role."""
    with opened(settings) as identity:
        grant = identity.resources.grant(name, principal, Role.named(role), by=ACTOR)
    print(f"{grant.principal} is {grant.role.value} in {name}.")  # noqa: T201


def revoke_role(settings: Settings, name: str, principal: str, role: str | None) -> None:
    """Take a role, or all of them, from a principal."""
    with opened(settings) as identity:
        count = identity.resources.revoke(name, principal, Role.named(role) if role else None, by=ACTOR)
    print(f"Took {count} role{'' if count == 1 else 's'} from {principal} in {name}.")  # noqa: T201


def show_audit(settings: Settings, output: str, name: str | None, *, top: int, before: int | None) -> None:
    """Show what was done."""
    with opened(settings) as identity:
        names = {resource.id: resource.name for resource in identity.resources.list()}
        found = [shown_entry(entry) for entry in identity.resources.history(name, top=top, before=before)]
    if output == "json":
        _print_json(found)
        return
    for entry in found:
        entry["resource"] = names.get(entry["resourceId"], entry["resourceId"] or "")
        entry["detail"] = ", ".join(f"{key} {value}" for key, value in entry["detail"].items())
    headings = {"sequence": "No.", "dateTime": "When", "actor": "Who", "action": "What", "resource": "Resource"}
    _print_many(output, found, headings | {"subjectId": "Which", "detail": "Details"})


def _described(keys: Keys) -> dict[str, str]:
    return {"key1": keys.key1, "key2": keys.key2}


def _print_one(output: str, values: Mapping[str, Any]) -> None:
    if output == "json":
        _print_json(values)
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in values.items():
        table.add_row(name, str(value))
    _print_table(table)


def _print_many(output: str, rows: Iterable[Mapping[str, Any]], headings: Mapping[str, str]) -> None:
    if output == "json":
        _print_json(list(rows))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings.values():
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(_plain(row.get(name)) for name in headings))
    _print_table(table)


def _plain(value: object) -> str:
    return "" if value is None else str(value).replace("[", r"\[")


def _print_table(table: Table) -> None:
    Console(width=None if sys.stdout.isatty() else WIDE, highlight=False).print(table)


def _print_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    print(json.dumps(value, indent=2))  # noqa: T201
