"""A client of the management API that holds every answer against the published file, and one of everything to try it on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.published import Published

PATIENCE_S = 90


class Management:
    """Calls operations by their published names, as a resource that has `key`."""

    def __init__(self, url: str, key: str, published: Published) -> None:
        self.url = f"{url}/speechtotext/{published.version}"
        self.published = published
        self.called: set[str] = set()
        self._http = httpx.Client(headers={"Ocp-Apim-Subscription-Key": key}, timeout=60)

    def call(
        self, operation_id: str, *, path: Mapping[str, str] | None = None, expect: int | None = None, **options: Any
    ) -> httpx.Response:
        """Call it; fails when the answer is not as published, or has another status than expected."""
        operation = self.published.operations[operation_id]
        answer = self._http.request(operation.method, self.url + operation.path.format(**(path or {})), **options)
        self.published.check(operation_id, answer)
        self.called.add(operation_id)
        if expect is not None:
            assert answer.status_code == expect, f"{operation_id} answered {answer.status_code}: {answer.text}"
        return answer

    def create(self, operation_id: str, body: Any) -> dict[str, Any]:
        """The entity made, as answered."""
        answer = self.call(operation_id, json=body, expect=201)
        entity: dict[str, Any] = answer.json()
        assert answer.headers["location"] == entity["self"]
        return entity

    def get(self, url: str, **options: Any) -> httpx.Response:
        """Whatever is at an address, with the key."""
        return self._http.get(url, **options)

    def wait(self, entity: Mapping[str, Any]) -> dict[str, Any]:
        """The entity once its work has ended."""
        give_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up:
            found: dict[str, Any] = self._http.get(entity["self"]).raise_for_status().json()
            if found["status"] in {"Succeeded", "Failed"}:
                return found
        raise AssertionError(f"{entity['self']} is still {found['status']} after {PATIENCE_S} s")

    def close(self) -> None:
        self._http.close()


def id_of(entity: Mapping[str, Any]) -> str:
    """The id at the end of its address."""
    return urlsplit(str(entity["self"])).path.rsplit("/", 1)[1]


def reference(entity: Mapping[str, Any]) -> dict[str, str]:
    """How others refer to it."""
    return {"self": entity["self"]}


NAMES = {"displayName": "One of everything", "locale": "en-US", "description": "Made by a test."}


@dataclass(kw_only=True)
class Population:
    """One of every kind, in one resource."""

    project: dict[str, Any]
    dataset: dict[str, Any]
    blocks: dict[str, Any]
    base_model: dict[str, Any]
    model: dict[str, Any]
    evaluation: dict[str, Any]
    endpoint: dict[str, Any]
    transcription: dict[str, Any]
    web_hook: dict[str, Any]


def populate(api: Management, *, hook_url: str, recording_url: str) -> Population:
    """Make one of everything, all of one project."""
    english = {"filter": "locale eq 'en-US'"}
    base_model = api.call("Models_ListBaseModels", params=english, expect=200).json()["values"][0]
    project = api.create("Projects_Create", NAMES)
    mine = NAMES | {"project": reference(project)}
    upload = api.call(
        "Datasets_Upload",
        data={"displayName": "Text", "locale": "en-US", "kind": "Language", "project": project["self"]},
        files={"data": ("related.txt", "\ufeffa flat white please\nwith oat milk\n".encode())},
        expect=201,
    )
    blocks = api.create("Datasets_Create", mine | {"kind": "Language"})
    model = api.create("Models_Create", mine | {"text": "a flat white", "baseModel": reference(base_model)})
    return Population(
        project=project,
        dataset=upload.json(),
        blocks=blocks,
        base_model=base_model,
        model=model,
        evaluation=api.create(
            "Evaluations_Create",
            mine
            | {
                "model1": reference(base_model),
                "model2": reference(base_model),
                "dataset": reference(api.create("Datasets_Create", mine | {"kind": "Acoustic"})),
            },
        ),
        endpoint=api.create("Endpoints_Create", mine | {"model": reference(base_model)}),
        transcription=api.create("Transcriptions_Create", mine | {"contentUrls": [recording_url]}),
        web_hook=api.create(
            "WebHooks_Create",
            {
                "displayName": "Hook",
                "webUrl": hook_url,
                "events": {"datasetCompletion": True, "ping": True},
                "properties": {"secret": "a secret of the test"},
            },
        ),
    )
