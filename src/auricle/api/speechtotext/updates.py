"""What PATCH bodies change: properties that were not sent stay, null takes away what may be missing.

As `application/merge-patch+json`, custom properties are merged entry by entry (RFC 7396); as `application/json` those
sent replace the old ones.
"""

from __future__ import annotations

from typing import Any

from auricle.api.speechtotext.bodies import LocalUpdate, Update
from auricle.api.speechtotext.calls import Call
from auricle.api.speechtotext.references import PROJECT, parse_reference
from auricle.custom.drafts import Changes


def changes(call: Call, body: Update) -> dict[str, Any]:
    """The arguments of Changes that every kind knows."""
    sent = body.model_fields_set
    found: dict[str, Any] = {}
    if "display_name" in sent:
        found["display_name"] = body.display_name
    if "description" in sent:
        found["description"] = body.description
    if "custom_properties" in sent:
        found |= _properties(body.custom_properties, merges=call.merges)
    if isinstance(body, LocalUpdate) and "project" in sent:
        project = body.project
        found["project_id"] = project and parse_reference(project.self_, PROJECT, field="project")
    return found


def local_changes(call: Call) -> Changes:
    """The body of a PATCH of something that has no more to change than all have."""
    return Changes(**changes(call, call.parsed(LocalUpdate)))


def _properties(sent: dict[str, str | None] | None, *, merges: bool) -> dict[str, Any]:
    if sent is None or not merges:
        return {"custom_properties": {key: value for key, value in (sent or {}).items() if value is not None}}
    return {"merged_properties": sent}
