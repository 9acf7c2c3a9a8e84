"""Evaluations: two models compared on one dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auricle.api.speechtotext import fields
from auricle.api.speechtotext.answers import NO_CONTENT, Answer, created, entity
from auricle.api.speechtotext.bodies import NewEvaluation
from auricle.api.speechtotext.calls import Call
from auricle.api.speechtotext.drafting import local_fields
from auricle.api.speechtotext.files import list_of, one_of
from auricle.api.speechtotext.lists import list_entities, view
from auricle.api.speechtotext.references import DATASET, MODEL, parse_reference
from auricle.api.speechtotext.shapes import View, local, progress
from auricle.api.speechtotext.spelling import camel
from auricle.api.speechtotext.updates import local_changes
from auricle.api.speechtotext.versions import Version
from auricle.custom.drafts import EvaluationDraft
from auricle.custom.entities import Shown
from auricle.store.records import Evaluation

_RATES = ("word_error_rate", "sentence_error_rate")
_COUNTS = (
    "sentence_count",
    "word_count",
    "correct_word_count",
    "word_substitution_count",
    "word_deletion_count",
    "word_insertion_count",
)
_TOKEN_RATES = ("token_error_rate",)
_TOKEN_COUNTS = (
    "token_count",
    "correct_token_count",
    "token_substitution_count",
    "token_deletion_count",
    "token_insertion_count",
)
list_files = list_of("evaluations", lambda services: services.evaluations)
get_file = one_of("evaluations", lambda services: services.evaluations)


def list_evaluations(call: Call, *, project_id: str | None = None, address: str = "evaluations") -> Answer:
    """Evaluations_List."""
    return list_entities(
        call, call.services.evaluations, evaluation, fields.ENTITY, address=address, project_id=project_id
    )


def list_of_project(call: Call) -> Answer:
    """Projects_ListEvaluations."""
    return list_evaluations(call, project_id=call.id, address=f"projects/{call.id}/evaluations")


def create(call: Call) -> Answer:
    """Evaluations_Create."""
    body = call.parsed(NewEvaluation)
    draft = EvaluationDraft(
        **local_fields(body),
        model1_id=parse_reference(body.model1.self_, MODEL, field="model1"),
        model2_id=parse_reference(body.model2.self_, MODEL, field="model2"),
        dataset_id=parse_reference(body.dataset.self_, DATASET, field="dataset"),
    )
    return created(evaluation(call.services.evaluations.create(call.caller, draft), view(call)))


def get(call: Call) -> Answer:
    """Evaluations_Get."""
    return entity(evaluation(call.services.evaluations.get(call.caller, call.id), view(call)))


def update(call: Call) -> Answer:
    """Evaluations_Update."""
    changed = call.services.evaluations.change(call.caller, call.id, local_changes(call))
    return entity(evaluation(changed, view(call)))


def delete(call: Call) -> Answer:
    """Evaluations_Delete."""
    call.services.evaluations.delete(call.caller, call.id)
    return NO_CONTENT


def evaluation(shown: Shown[Evaluation], view: View) -> dict[str, Any]:
    """An evaluation with its figures."""
    record = shown.record
    address = view.links.to("evaluations", record.id)
    return {
        "self": address,
        "model1": view.model(record.model1_id),
        "model2": view.model(record.model2_id),
        "transcription1": view.reference("transcriptions", record.transcription1_id),
        "transcription2": view.reference("transcriptions", record.transcription2_id),
        "dataset": view.reference("datasets", record.dataset_id),
        "links": {"files": f"{address}/files"},
        "properties": _figures(record.results or {}, view.version) | progress(shown),
        **local(record, view),
    }


def _figures(results: Mapping[str, Any], version: Version) -> dict[str, Any]:
    """The figures of both models; -1 is what is not known yet."""
    tokens = version is not Version.V3_1
    rates = (*_RATES, *(_TOKEN_RATES if tokens else ()))
    counts = (*_COUNTS, *(_TOKEN_COUNTS if tokens else ()))
    figures: dict[str, Any] = {}
    for model in "12":
        figures |= {camel(name + model): results.get(name + model, -1.0) for name in rates}
        figures |= {camel(name + model): results.get(name + model, -1) for name in counts}
        errors = results.get(f"token_errors{model}")
        if tokens and errors:
            figures[f"tokenErrors{model}"] = _edits(errors)
    return figures


def _edits(errors: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The edits of every class of token errors."""
    return {camel(kind): {camel(name): value for name, value in summary.items()} for kind, summary in errors.items()}
