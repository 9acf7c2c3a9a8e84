"""The rows as frozen values. A record's fields are its table's columns, less the sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auricle.store.status import Status


@dataclass(frozen=True, kw_only=True)
class Record:
    """A row that belongs to a resource."""

    id: str
    resource_id: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Named(Record):
    """Something that a person named."""

    display_name: str
    description: str | None = None
    custom_properties: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Working(Record):
    """Something that work is done for."""

    status: Status = Status.NOT_STARTED
    last_action_at: datetime  # when it came into this status
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True, kw_only=True)
class Local(Working, Named):
    """Something in one locale, perhaps of a project."""

    locale: str
    project_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Project(Named):
    """What belongs together, in one locale."""

    locale: str


@dataclass(frozen=True, kw_only=True)
class Dataset(Local):
    """Recordings or text to learn from or to measure with."""

    kind: str
    text_normalisation: str
    source: str  # url | upload | blocks
    content_url_sealed: str | None = None  # until it was fetched
    accepted_lines: int | None = None
    rejected_lines: int | None = None
    duration_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Block(Record):
    """A piece of a dataset that is uploaded in pieces."""

    dataset_id: str
    name: str
    size_bytes: int
    blob: str
    committed_at_position: int | None = None


@dataclass(frozen=True, kw_only=True)
class Model(Local):
    """A custom model."""

    base_model_id: str
    dataset_ids: Sequence[str]
    text: str | None = None
    weight_percent: int | None = None
    transcription_until: datetime


@dataclass(frozen=True, kw_only=True)
class Evaluation(Local):
    """The comparison of two models on one dataset."""

    model1_id: str
    model2_id: str
    dataset_id: str
    transcription1_id: str
    transcription2_id: str
    results: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Endpoint(Local):
    """A model that live clients reach by the endpoint's id."""

    model_id: str
    text: str | None = None
    logging_enabled: bool = False
    time_to_live_s: int | None = None


@dataclass(frozen=True, kw_only=True)
class Transcription(Local):
    """Recordings to be transcribed in batch."""

    model_id: str
    dataset_id: str | None = None
    evaluation_id: str | None = None  # of the evaluation that it is a part of
    content_sealed: str | None = None  # the addresses of the recordings, as JSON
    options: Mapping[str, Any]
    time_to_live_s: int | None = None
    duration_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class WebHook(Working, Named):
    """An address that is told what happens."""

    web_url: str
    events: Sequence[str]
    secret_sealed: str | None = None
    api_version: str
    base_url: str  # of the server, as the hook's maker knew it


@dataclass(frozen=True, kw_only=True)
class Delivery(Record):
    """One event for one web hook."""

    hook_id: str
    event: str
    subject_id: str | None = None
    body: str
    state: str  # pending | delivered | failed
    attempts: int = 0
    last_attempt_at: datetime | None = None
    next_attempt_at: datetime | None = None
    answer_status: int | None = None
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class File(Record):
    """A file of an entity; its content is a blob in the resource's storage account."""

    parent_id: str
    name: str
    kind: str
    size_bytes: int
    duration_s: float | None = None
    container: str
    blob: str


@dataclass(frozen=True, kw_only=True)
class Operation(Working):
    """The copying of a model to another resource."""

    model_id: str
    target_resource_id: str
    target_model_id: str


@dataclass(frozen=True, kw_only=True)
class CopyAuthorization(Record):
    """The permission of its resource that another one copies a model to it."""

    source_resource_id: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Upload(Record):
    """Content on its way in, which is to be removed if nothing comes of it."""

    container: str
    blob: str
