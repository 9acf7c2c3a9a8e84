"""What web hooks are told, in the shape of the version they were registered with."""

from __future__ import annotations

import orjson

from auricle.api.speechtotext.links import Links
from auricle.api.speechtotext.versions import Version
from auricle.api.speechtotext.web_hooks import hook_shape
from auricle.store.records import WebHook

_COLLECTIONS = {
    "dataset": "datasets",
    "model": "models",
    "evaluation": "evaluations",
    "transcription": "transcriptions",
    "endpoint": "endpoints",
}


class Callbacks:
    """Writes the bodies; see `custom.events.EventRenderer`."""

    def __init__(self, *, public_url: str | None) -> None:
        self._public_url = public_url.rstrip("/") if public_url else None

    def event(self, noun: str, subject_id: str, *, invocation_id: str, api_version: str, base_url: str) -> bytes:
        """Where the entity is, and an id by which a receiver knows what it was told before."""
        links = self._links(api_version, base_url)
        return orjson.dumps({"self": links.to(_COLLECTIONS[noun], subject_id), "invocationId": invocation_id})

    def hook(self, hook: WebHook) -> bytes:
        """The hook as it is shown to a person."""
        return orjson.dumps(hook_shape(hook, self._links(hook.api_version, hook.base_url), {}))

    def _links(self, api_version: str, base_url: str) -> Links:
        return Links(self._public_url or base_url.rstrip("/"), Version(api_version))
