"""What callers ask to be made or changed, parsed. Ids stand for entities of the caller's resource, not yet looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from auricle.adaptation.kinds import DatasetKind


class Unchanged(Enum):
    """The value of what a change leaves alone; None takes a value away."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What everything has that a person makes."""

    display_name: str
    description: str | None = None
    custom_properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LocalDraft(Draft):
    """A draft of something in one locale, perhaps of a project."""

    locale: str
    project_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class ProjectDraft(Draft):
    """A project to be made."""

    locale: str


@dataclass(frozen=True, kw_only=True)
class DatasetDraft(LocalDraft):
    """A dataset to be made: from an address, or else from blocks that follow."""

    kind: DatasetKind
    normalise_text: bool = True
    content_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class ModelDraft(LocalDraft):
    """A model to be trained; without a base model, from the newest of the locale."""

    base_model_id: str | None = None
    dataset_ids: Sequence[str] = ()
    text: str | None = None
    weight_percent: int | None = None  # 1..100


@dataclass(frozen=True, kw_only=True)
class EvaluationDraft(LocalDraft):
    """An evaluation to be made."""

    model1_id: str
    model2_id: str
    dataset_id: str


@dataclass(frozen=True, kw_only=True)
class EndpointDraft(LocalDraft):
    """An endpoint to be deployed; without a model, the newest base model of the locale."""

    model_id: str | None = None
    text: str | None = None
    logging_enabled: bool = False
    time_to_live_s: int | None = None


@dataclass(frozen=True, kw_only=True)
class TranscriptionDraft(LocalDraft):
    """A batch transcription to be made, from exactly one of addresses, a container or a dataset."""

    model_id: str | None = None
    dataset_id: str | None = None
    content_urls: Sequence[str] = ()
    container_url: str | None = None
    destination_url: str | None = None
    options: Mapping[str, Any]  # of custom.transcriptions.Options, as they are kept
    candidate_locales: Sequence[str] = ()
    candidate_models: Mapping[str, str] = field(default_factory=dict)  # locale -> model id
    time_to_live_s: int | None = None


@dataclass(frozen=True, kw_only=True)
class WebHookDraft(Draft):
    """A web hook to be registered."""

    web_url: str
    events: Sequence[str]  # of custom.events.EVENTS
    secret: str | None = None
    api_version: str
    base_url: str  # the server's own, as the caller knows it


@dataclass(frozen=True, kw_only=True)
class Changes:
    """A change of what a person may change in everything. Custom properties replace the old ones as a whole."""

    display_name: str | Unchanged = UNCHANGED
    description: str | Unchanged | None = UNCHANGED
    custom_properties: Mapping[str, str] | Unchanged = UNCHANGED
    merged_properties: Mapping[str, str | None] | Unchanged = UNCHANGED  # entries to set, or with None to take away
    project_id: str | Unchanged | None = UNCHANGED


@dataclass(frozen=True, kw_only=True)
class EndpointChanges(Changes):
    """A change of an endpoint."""

    model_id: str | Unchanged = UNCHANGED
    logging_enabled: bool | Unchanged = UNCHANGED


@dataclass(frozen=True, kw_only=True)
class WebHookChanges(Changes):
    """A change of a web hook. A secret of None ends the signing."""

    web_url: str | Unchanged = UNCHANGED
    events: Sequence[str] | Unchanged = UNCHANGED
    secret: str | Unchanged | None = UNCHANGED
