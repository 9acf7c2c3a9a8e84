"""What all entities look like in JSON: names, times, states, errors, and references to other entities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from auricle.api.speechtotext.links import Links
from auricle.api.speechtotext.versions import Version
from auricle.custom.base_models import BaseModels
from auricle.custom.entities import Shown
from auricle.store.records import Local, Named, Working


@dataclass(frozen=True)
class View:
    """How shapes are made for one caller: where things are, in which version, and which models are base models."""

    links: Links
    base_models: BaseModels

    @property
    def version(self) -> Version:
        """The version of the API whose shapes are made."""
        return self.links.version

    def reference(self, collection: str, id: str) -> dict[str, str]:
        """A reference to an entity."""
        return {"self": self.links.to(collection, id)}

    def model(self, id: str) -> dict[str, str]:
        """A reference to a model, base or custom."""
        return self.reference("models" if self.base_models.find(id) is None else "models/base", id)


def moment(at: datetime) -> str:
    """The time as the API writes it: `YYYY-MM-DDThh:mm:ssZ`."""
    return at.astimezone(UTC).isoformat()[:19] + "Z"


def named(record: Named) -> dict[str, Any]:
    """What a person said of it. What nobody said is left out."""
    shape: dict[str, Any] = {"displayName": record.display_name}
    if record.description is not None:
        shape["description"] = record.description
    if record.custom_properties:
        shape["customProperties"] = dict(record.custom_properties)
    return shape


def working(record: Working) -> dict[str, Any]:
    """How far it is."""
    return {
        "status": record.status.value,
        "lastActionDateTime": moment(record.last_action_at),
        "createdDateTime": moment(record.created_at),
    }


def local(record: Local, view: View) -> dict[str, Any]:
    """Everything that things in one locale have in common."""
    shape = named(record) | working(record)
    shape["locale"] = record.locale
    if record.project_id is not None:
        shape["project"] = view.reference("projects", record.project_id)
    return shape


def problem(record: Working) -> dict[str, str]:
    """Why it failed."""
    return {"code": record.error_code or "InternalServerError", "message": record.error_message or ""}


def progress(shown: Shown[Any]) -> dict[str, Any]:
    """What is known of work that goes on, beside what the API declares, and why it failed when it did."""
    found: dict[str, Any] = {}
    if shown.standing is not None:
        found["progressPercent"] = round(100 * shown.standing.progress)
        if shown.standing.place is not None:
            found["queuePosition"] = shown.standing.place
    if shown.record.error_code is not None or shown.record.error_message is not None:
        found["error"] = problem(shown.record)
    return found


def without_nothing(shape: Mapping[str, Any]) -> dict[str, Any]:
    """The shape without what has no value."""
    return {name: value for name, value in shape.items() if value is not None}
