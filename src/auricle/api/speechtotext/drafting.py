"""What the bodies of several kinds have in common, as arguments of drafts."""

from __future__ import annotations

import math
from typing import Any

from auricle.api.speechtotext.bodies import Local, Reference
from auricle.api.speechtotext.durations import parse_duration
from auricle.api.speechtotext.references import PROJECT, Target, parse_reference
from auricle.errors import InvalidTimeToLive


def local_fields(body: Local) -> dict[str, Any]:
    """The arguments of a LocalDraft."""
    return {
        "display_name": body.display_name,
        "description": body.description,
        "custom_properties": body.custom_properties or {},
        "locale": body.locale,
        "project_id": referred(body.project, PROJECT, field="project"),
    }


def referred(reference: Reference | None, target: Target, *, field: str) -> str | None:
    """The id that a reference names, if there is one. Raises the target's failure."""
    return None if reference is None else parse_reference(reference.self_, target, field=field)


def time_to_live_s(text: str | None) -> int | None:
    """Seconds; None for ever, which is also what zero means. Raises InvalidTimeToLive."""
    if text is None:
        return None
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise InvalidTimeToLive(f"The time to live cannot be read: {error}.", target="properties.timeToLive") from error
    return math.ceil(seconds) or None
