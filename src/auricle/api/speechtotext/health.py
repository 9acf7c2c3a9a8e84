"""The service's health, as version 3.1 tells it."""

from __future__ import annotations

from auricle.api.speechtotext.answers import Answer
from auricle.api.speechtotext.calls import Call
from auricle.errors import StoreUnavailable


def get(call: Call) -> Answer:
    """ServiceHealth_Get: whether rows can be read, which is what every operation needs."""
    try:
        call.services.projects.list(call.caller, top=1)
    except StoreUnavailable as error:
        return _health("Unhealthy", error.message)
    return _health("Healthy", "The database answers.")


def _health(status: str, message: str) -> Answer:
    component = {"name": "database", "type": "store", "status": status, "message": message}
    return Answer(content={"status": status, "message": message, "components": [component]})
