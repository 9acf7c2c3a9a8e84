"""The states of an entity that work is done for, and which may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Status(Enum):
    """How far the work for an entity is."""

    NOT_STARTED = "NotStarted"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self in {Status.SUCCEEDED, Status.FAILED}


_ONCE: Mapping[Status, frozenset[Status]] = {
    Status.NOT_STARTED: frozenset({Status.RUNNING, Status.FAILED}),
    Status.RUNNING: frozenset({Status.SUCCEEDED, Status.FAILED}),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset(),
}
_AGAIN: Mapping[Status, frozenset[Status]] = {
    Status.NOT_STARTED: frozenset({Status.RUNNING, Status.FAILED}),
    Status.RUNNING: frozenset({Status.SUCCEEDED, Status.FAILED, Status.NOT_STARTED}),
    Status.SUCCEEDED: frozenset({Status.NOT_STARTED}),
    Status.FAILED: frozenset({Status.NOT_STARTED}),
}

# By table. An endpoint is deployed anew with every change of its model, a web hook challenged with every new address.
TRANSITIONS: Mapping[str, Mapping[Status, frozenset[Status]]] = {
    "datasets": _ONCE,
    "models": _ONCE,
    "evaluations": _ONCE,
    "transcriptions": _ONCE,
    "operations": _ONCE,
    "endpoints": _AGAIN,
    "web_hooks": _AGAIN,
}


def sources(table: str, target: Status) -> frozenset[Status]:
    """The states from which an entity of this table may come to `target`."""
    return frozenset(status for status, targets in TRANSITIONS[table].items() if target in targets)
