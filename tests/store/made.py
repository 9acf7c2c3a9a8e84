"""Records to put in."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from auricle.store.records import Dataset

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def dataset(resource_id: str, **fields: Any) -> Dataset:
    """A dataset that nothing is known of but what is said here."""
    return Dataset(
        **{
            "id": str(uuid.uuid4()),
            "resource_id": resource_id,
            "created_at": NOON,
            "display_name": "Recordings",
            "custom_properties": {},
            "last_action_at": NOON,
            "locale": "en-US",
            "kind": "Acoustic",
            "text_normalisation": "default",
            "source": "url",
            **fields,
        }
    )
