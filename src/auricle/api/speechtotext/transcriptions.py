"""Batch transcriptions, and their options as they are spelled here."""

from __future__ import annotations

from typing import Any

from auricle.api.speechtotext import fields
from auricle.api.speechtotext.answers import NO_CONTENT, Answer, created, entity
from auricle.api.speechtotext.bodies import NewTranscription, NewTranscriptionProperties
from auricle.api.speechtotext.calls import Call
from auricle.api.speechtotext.drafting import local_fields, referred, time_to_live_s
from auricle.api.speechtotext.durations import format_duration
from auricle.api.speechtotext.files import list_of, one_of
from auricle.api.speechtotext.lists import list_entities, view
from auricle.api.speechtotext.references import DATASET, MODEL, parse_reference
from auricle.api.speechtotext.shapes import View, local, progress, without_nothing
from auricle.api.speechtotext.updates import local_changes
from auricle.api.speechtotext.versions import Version
from auricle.custom.drafts import TranscriptionDraft
from auricle.custom.entities import Shown
from auricle.custom.transcriptions import Options
from auricle.store.records import Transcription

list_files = list_of("transcriptions", lambda services: services.transcriptions)
get_file = one_of("transcriptions", lambda services: services.transcriptions)


def list_transcriptions(call: Call, *, project_id: str | None = None, address: str = "transcriptions") -> Answer:
    """Transcriptions_List."""
    return list_entities(
        call, call.services.transcriptions, transcription, fields.ENTITY, address=address, project_id=project_id
    )


def list_of_project(call: Call) -> Answer:
    """Projects_ListTranscriptions."""
    return list_transcriptions(call, project_id=call.id, address=f"projects/{call.id}/transcriptions")


def create(call: Call) -> Answer:
    """Transcriptions_Create."""
    draft = transcription_draft(call.parsed(NewTranscription))
    return created(transcription(call.services.transcriptions.create(call.caller, draft), view(call)))


def get(call: Call) -> Answer:
    """Transcriptions_Get."""
    return entity(transcription(call.services.transcriptions.get(call.caller, call.id), view(call)))


def update(call: Call) -> Answer:
    """Transcriptions_Update."""
    changed = call.services.transcriptions.change(call.caller, call.id, local_changes(call))
    return entity(transcription(changed, view(call)))


def delete(call: Call) -> Answer:
    """Transcriptions_Delete."""
    call.services.transcriptions.delete(call.caller, call.id)
    return NO_CONTENT


def transcription_draft(body: NewTranscription) -> TranscriptionDraft:
    """What the body asks for. Raises InvalidParameter."""
    properties = body.properties or NewTranscriptionProperties()
    identification = properties.language_identification
    mapping = (identification.speech_model_mapping if identification else None) or {}
    where = "properties.languageIdentification.speechModelMapping"
    return TranscriptionDraft(
        **local_fields(body),
        model_id=referred(body.model, MODEL, field="model"),
        dataset_id=referred(body.dataset, DATASET, field="dataset"),
        content_urls=body.content_urls or (),
        container_url=body.content_container_url,
        destination_url=properties.destination_container_url,
        options=_chosen(properties),
        candidate_locales=identification.candidate_locales if identification else (),
        candidate_models={locale: parse_reference(one.self_, MODEL, field=where) for locale, one in mapping.items()},
        time_to_live_s=time_to_live_s(properties.time_to_live),
    )


def _chosen(properties: NewTranscriptionProperties) -> dict[str, Any]:
    """What was chosen of the options, as they are kept; the rest is at its default."""
    speakers = properties.diarization.speakers if properties.diarization else None
    identification = properties.language_identification
    punctuation, profanity = properties.punctuation_mode, properties.profanity_filter_mode
    return without_nothing(
        {
            "word_times": properties.word_level_timestamps_enabled,
            "display_word_times": properties.display_form_word_level_timestamps_enabled,
            "channels": properties.channels,
            "punctuation": punctuation and punctuation.value,
            "profanity": profanity and profanity.value,
            "diarization": properties.diarization_enabled,
            "fewest_speakers": speakers and speakers.min_count,
            "most_speakers": speakers and speakers.max_count,
            "identification": identification and identification.mode.value,
        }
    )


def transcription(shown: Shown[Transcription], view: View) -> dict[str, Any]:
    """A transcription. Its recordings' addresses are not shown, for they may hold signatures."""
    record = shown.record
    address = view.links.to("transcriptions", record.id)
    shape: dict[str, Any] = {
        "self": address,
        "model": view.model(record.model_id),
        "links": {"files": f"{address}/files"},
        "properties": _properties(record, view) | progress(shown),
        **local(record, view),
    }
    if record.dataset_id is not None:
        shape["dataset"] = view.reference("datasets", record.dataset_id)
    return shape


def _properties(record: Transcription, view: View) -> dict[str, Any]:
    options = Options.read(record.options)
    properties: dict[str, Any] = {
        "diarizationEnabled": options.diarization,
        "wordLevelTimestampsEnabled": options.word_times,
        "displayFormWordLevelTimestampsEnabled": options.display_word_times,
        "channels": list(options.channels),
        "punctuationMode": options.punctuation.value,
        "profanityFilterMode": options.profanity.value,
    }
    if record.duration_s is not None:
        properties["duration"] = format_duration(record.duration_s)
    if record.time_to_live_s is not None:
        properties["timeToLive"] = format_duration(record.time_to_live_s)
    counts = without_nothing({"minCount": options.fewest_speakers, "maxCount": options.most_speakers})
    if counts:
        properties["diarization"] = {"speakers": counts}
    if options.candidate_locales:
        properties["languageIdentification"] = _identification(options, view)
    return properties


def _identification(options: Options, view: View) -> dict[str, Any]:
    shape: dict[str, Any] = {"candidateLocales": list(options.candidate_locales)}
    if view.version is not Version.V3_1:
        shape["mode"] = options.identification.value
    if options.candidate_models:
        shape["speechModelMapping"] = {locale: view.model(id) for locale, id in options.candidate_models.items()}
    return shape
