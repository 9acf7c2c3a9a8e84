"""What requests carry, parsed and checked: types, lengths and enumerations. Meaning is the services' business.

Properties that are unknown, read-only or immutable are ignored, as Azure ignores them: clients send back what they
were given. `email` is among them, since nothing here sends mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from auricle.adaptation.kinds import DatasetKind
from auricle.custom.blocks import BlockKind
from auricle.custom.entities import MAX_PROPERTIES
from auricle.custom.transcription_options import Identification, ProfanityFilter, Punctuation
from auricle.errors import EmptyRequest, InvalidBody, InvalidParameter

MOST_ENTRIES = 1000  # of an object; the services' own bounds are narrower


def _few(value: object) -> object:
    """Of an object with very many entries, an error for each would take gigabytes."""
    if isinstance(value, dict) and len(value) > MOST_ENTRIES:
        raise ValueError(f"expected at most {MOST_ENTRIES} entries, got {len(value)}")
    return value


_FEW = BeforeValidator(_few)
Text = Annotated[str, Field(max_length=16_384)]
DisplayName = Annotated[str, Field(min_length=1, max_length=1024)]
Locale = Annotated[str, Field(min_length=1, max_length=32)]
Address = Annotated[str, Field(min_length=1, max_length=8192)]
Key = Annotated[str, Field(max_length=64)]
Value = Annotated[str, Field(max_length=256)]
Properties = Annotated[dict[Key, Value], Field(max_length=MAX_PROPERTIES), _FEW]
PropertyChanges = Annotated[dict[Key, Value | None], Field(max_length=2 * MAX_PROPERTIES), _FEW]
Events = Annotated[dict[Key, bool | None], _FEW]
ResourceId = Annotated[str, Field(min_length=1, max_length=1024)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Body(BaseModel):
    """What all bodies have in common: Azure's spelling, strict types, unknown properties ignored."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", alias_generator=to_camel)


class Reference(Body):
    """The address of an entity."""

    self_: Address = Field(alias="self")


class Named(Body):
    """What everything has that a person makes."""

    display_name: DisplayName
    description: Text | None = None
    custom_properties: Properties | None = None


class NewProject(Named):
    """A project to be made."""

    locale: Locale


class Local(Named):
    """Something in one locale, perhaps of a project."""

    locale: Locale
    project: Reference | None = None


class TextNormalizationKind(Enum):
    """Whether transcripts are normalised."""

    DEFAULT = "Default"
    NONE = "None"


class NewDatasetProperties(Body):
    """How a dataset is to be read."""

    text_normalization_kind: TextNormalizationKind | None = None


class NewDataset(Local):
    """A dataset to be made."""

    kind: DatasetKind
    content_url: Address | None = None
    properties: NewDatasetProperties | None = None


class NewModelProperties(Body):
    """How a model is to be trained."""

    custom_model_weight_percent: Annotated[int, Field(ge=1, le=100)] | None = None


class NewModel(Local):
    """A model to be trained."""

    base_model: Reference | None = None
    datasets: Annotated[list[Reference], Field(fail_fast=True, max_length=1000)] | None = None
    text: str | None = None
    properties: NewModelProperties | None = None


class NewEvaluation(Local):
    """An evaluation to be made."""

    model1: Reference
    model2: Reference
    dataset: Reference


class NewEndpointProperties(Body):
    """How an endpoint is to be deployed; the two names of logging mean the same."""

    logging_enabled: bool | None = None
    content_logging_enabled: bool | None = None
    time_to_live: str | None = None


class NewEndpoint(Local):
    """An endpoint to be deployed."""

    model: Reference | None = None
    text: str | None = None
    properties: NewEndpointProperties | None = None


class Speakers(Body):
    """How many speakers there are."""

    min_count: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    max_count: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class Diarization(Body):
    """Who speaks."""

    speakers: Speakers


class LanguageIdentification(Body):
    """Which languages are spoken."""

    mode: Identification = Identification.CONTINUOUS
    candidate_locales: Annotated[list[Locale], Field(fail_fast=True, min_length=2, max_length=200)]
    speech_model_mapping: Annotated[dict[Locale, Reference], Field(max_length=200), _FEW] | None = None


class NewTranscriptionProperties(Body):
    """How recordings are to be transcribed."""

    word_level_timestamps_enabled: bool | None = None
    display_form_word_level_timestamps_enabled: bool | None = None
    channels: Annotated[list[Count], Field(fail_fast=True, max_length=256)] | None = None
    destination_container_url: Address | None = None
    punctuation_mode: Punctuation | None = None
    profanity_filter_mode: ProfanityFilter | None = None
    time_to_live: str | None = None
    diarization_enabled: bool | None = None
    diarization: Diarization | None = None
    language_identification: LanguageIdentification | None = None


class NewTranscription(Local):
    """A batch transcription to be made."""

    model: Reference | None = None
    dataset: Reference | None = None
    content_urls: Annotated[list[Address], Field(fail_fast=True)] | None = None
    content_container_url: Address | None = None
    properties: NewTranscriptionProperties | None = None


class WebHookSecret(Body):
    """What web hook requests are signed with."""

    secret: Text | None = None


class NewWebHook(Named):
    """A web hook to be registered."""

    web_url: Address
    events: Events
    properties: WebHookSecret | None = None


class Update(Body):
    """A change of what may be changed in everything; what was sent, be it null, is in `model_fields_set`."""

    display_name: DisplayName = ""
    description: Text | None = None
    custom_properties: PropertyChanges | None = None


class LocalUpdate(Update):
    """A change of something that may be of a project."""

    project: Reference | None = None


class EndpointUpdateProperties(Body):
    """A change of how an endpoint logs; the two names mean the same."""

    logging_enabled: bool | None = None
    content_logging_enabled: bool | None = None


class EndpointUpdate(LocalUpdate):
    """A change of an endpoint."""

    model: Reference | None = None
    properties: EndpointUpdateProperties | None = None


class WebHookUpdate(Update):
    """A change of a web hook."""

    web_url: Address = ""
    events: Events | None = None
    properties: WebHookSecret | None = None


class BlockEntry(Body):
    """A block to be committed."""

    kind: BlockKind = BlockKind.LATEST
    id: Annotated[str, Field(min_length=1, max_length=128)]


class CopyByKey(Body):
    """Where a model is to be copied, as older clients say it."""

    target_subscription_key: Annotated[str, Field(min_length=1, max_length=256)] | None = None


class CopyByAuthorization(Body):
    """Where a model is to be copied, and the permission to do so."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    source_resource_id: ResourceId
    target_resource_id: ResourceId


class CopyAuthorization(Body):
    """Who shall be allowed to copy a model to here."""

    source_resource_id: ResourceId


B = TypeVar("B", bound=Body)
BLOCK_LIST = TypeAdapter(Annotated[list[BlockEntry], Field(fail_fast=True, max_length=50_000)])


def parse(body: bytes, kind: type[B]) -> B:
    """The body as one of these. Raises EmptyRequest, InvalidBody, and InvalidParameter naming what is wrong."""
    _check_text(body)
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise _failure(error) from error


def parse_blocks(body: bytes) -> list[BlockEntry]:
    """The list of blocks to be committed; raises as `parse` does."""
    _check_text(body)
    try:
        return BLOCK_LIST.validate_json(body)
    except ValidationError as error:
        raise _failure(error) from error


def parse_fields(fields: Mapping[str, Any], kind: type[B]) -> B:
    """The fields of a form, whose values are text, as one of these; raises as `parse` does."""
    try:
        return kind.model_validate(fields, strict=False)
    except ValidationError as error:
        raise _failure(error) from error


def _check_text(body: bytes) -> None:
    if not body.strip():
        raise EmptyRequest("Expected a body in JSON, got none.")
    if b"\\u0000" in body:
        raise InvalidBody("The body contains the character U+0000, which no text here may have.")


def _failure(error: ValidationError) -> InvalidParameter:
    findings = error.errors(include_url=False, include_context=False, include_input=False)
    first = findings[0]
    if first["type"] == "json_invalid":
        return InvalidBody(f"The body is not JSON: {first['msg']}.")
    target = _path(first["loc"])
    texts = [f"{_path(finding['loc']) or 'the body'}: {finding['msg']}" for finding in findings[:5]]
    return InvalidParameter(f"The body is not as expected. {'; '.join(texts)}.", target=target or None)


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in location)
