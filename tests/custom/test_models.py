from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auricle.adaptation.kinds import DatasetKind
from auricle.blobs.paths import BlobPath
from auricle.clock import ManualClock
from auricle.custom import erasing
from auricle.custom.drafts import Changes
from auricle.custom.endpoints import Endpoints
from auricle.custom.evaluations import Evaluations
from auricle.custom.files import Files
from auricle.custom.ground import Ground
from auricle.custom.models import TRAIN, Models, model_place
from auricle.custom.projects import Projects
from auricle.custom.transcriptions import Transcriptions
from auricle.errors import (
    AuricleError,
    Conflict,
    FailedDataset,
    Forbidden,
    InUse,
    InvalidAdaptation,
    InvalidBaseModel,
    InvalidDataset,
    InvalidLocale,
    InvalidPayload,
    InvalidProject,
    ModelDeprecated,
    NotFound,
    QuotaExceeded,
)
from auricle.identity.caller import Caller, Right
from auricle.identity.tiers import QUOTAS, Tier
from auricle.store.shelf import EVALUATIONS, MODELS
from auricle.store.status import Status
from tests.custom import drafted, modelled
from tests.custom.modelled import NOWHERE, put_dataset, put_model

KINDS = [kind for kind in DatasetKind if kind is not DatasetKind.AUDIO_FILES]


def test_a_new_model_waits_for_its_training(ground: Ground, caller: Caller) -> None:
    models = Models(ground)
    project = Projects(ground).create(caller, drafted.project()).record
    dataset = put_dataset(ground, caller, DatasetKind.LANGUAGE)
    made = models.create(
        caller, modelled.model(dataset_ids=[dataset.id, dataset.id], project_id=project.id, weight_percent=30)
    )
    assert models.get(caller, made.record.id) == made
    assert made.record.status is Status.NOT_STARTED
    assert made.record.dataset_ids == [dataset.id]
    assert (made.record.weight_percent, made.record.project_id) == (30, project.id)
    assert made.standing
    assert made.standing.place == 1


def test_without_a_base_model_the_newest_of_the_locale_is_taken(ground: Ground, caller: Caller) -> None:
    made = Models(ground).create(caller, modelled.model(locale="DE-de")).record
    assert made.base_model_id == ground.base_models.newest("de-DE").id
    assert made.locale == "de-DE"


def test_any_base_model_of_the_locale_may_be_named(ground: Ground, caller: Caller) -> None:
    other = next(model for model in ground.base_models.all() if model.locale == "en-US")
    assert Models(ground).create(caller, modelled.model(base_model_id=other.id)).record.base_model_id == other.id


def test_a_model_expires_two_years_after_the_quarter_it_was_made_in(ground: Ground, caller: Caller) -> None:
    made = Models(ground).create(caller, modelled.model()).record
    assert made.transcription_until == datetime(2028, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize("kind", KINDS)
def test_models_learn_from_every_kind_with_words_in_it(ground: Ground, caller: Caller, kind: DatasetKind) -> None:
    dataset = put_dataset(ground, caller, kind)
    made = Models(ground).create(caller, modelled.model(text=None, dataset_ids=[dataset.id])).record
    assert made.dataset_ids == [dataset.id]


@pytest.mark.parametrize("status", [Status.NOT_STARTED, Status.RUNNING])
def test_a_dataset_may_still_be_importing(ground: Ground, caller: Caller, status: Status) -> None:
    dataset = put_dataset(ground, caller, status=status)
    assert Models(ground).create(caller, modelled.model(dataset_ids=[dataset.id])).record.dataset_ids == [dataset.id]


@pytest.mark.parametrize(
    ("changes", "error", "target"),
    [
        ({"locale": "tlh-KX"}, InvalidLocale, "locale"),
        ({"project_id": NOWHERE}, InvalidProject, "project"),
        ({"base_model_id": NOWHERE}, InvalidBaseModel, "base_model"),
        ({"dataset_ids": [NOWHERE]}, InvalidDataset, "datasets"),
        ({"dataset_ids": [str(number) for number in range(501)]}, InvalidDataset, "datasets"),
        ({"text": None}, InvalidPayload, "datasets"),
        ({"text": " \n"}, InvalidPayload, "datasets"),
        ({"weight_percent": 0}, InvalidPayload, "custom_model_weight_percent"),
        ({"weight_percent": 101}, InvalidPayload, "custom_model_weight_percent"),
    ],
)
def test_what_cannot_be_trained_is_refused(
    ground: Ground, caller: Caller, changes: dict[str, Any], error: type[AuricleError], target: str
) -> None:
    with pytest.raises(error) as refused:
        Models(ground).create(caller, modelled.model(**changes))
    assert getattr(refused.value, "target", None) == target
    assert not Models(ground).list(caller).items


@pytest.mark.parametrize(
    ("kind", "changes", "error", "target"),
    [
        (DatasetKind.LANGUAGE, {"locale": "de-DE"}, InvalidLocale, "locale"),
        (DatasetKind.LANGUAGE, {"status": Status.FAILED, "error_message": "empty"}, FailedDataset, "datasets"),
        (DatasetKind.AUDIO_FILES, {}, InvalidAdaptation, "datasets"),
    ],
)
def test_datasets_that_teach_nothing_are_refused(
    ground: Ground,
    caller: Caller,
    kind: DatasetKind,
    changes: dict[str, Any],
    error: type[AuricleError],
    target: str,
) -> None:
    dataset = put_dataset(ground, caller, kind, **changes)
    with pytest.raises(error, match=dataset.id) as refused:
        Models(ground).create(caller, modelled.model(dataset_ids=[dataset.id]))
    assert getattr(refused.value, "target", None) == target


def test_pronunciations_do_not_go_with_structured_text(ground: Ground, caller: Caller) -> None:
    ids = [put_dataset(ground, caller, kind).id for kind in (DatasetKind.PRONUNCIATION, DatasetKind.LANGUAGE_MARKDOWN)]
    with pytest.raises(InvalidAdaptation, match="phoneticlexicon"):
        Models(ground).create(caller, modelled.model(dataset_ids=ids))


def test_a_base_model_of_another_locale_is_refused(ground: Ground, caller: Caller) -> None:
    with pytest.raises(InvalidLocale, match="de-DE"):
        Models(ground).create(caller, modelled.model(base_model_id=ground.base_models.newest("de-DE").id))


def test_a_custom_model_is_no_base_model(ground: Ground, caller: Caller) -> None:
    with pytest.raises(InvalidBaseModel):
        Models(ground).create(caller, modelled.model(base_model_id=put_model(ground, caller).id))


def test_an_old_base_model_cannot_be_adapted(ground: Ground, caller: Caller, clock: ManualClock) -> None:
    until = ground.base_models.newest("en-US").adaptation_until
    clock.advance((until - clock.now() - timedelta(seconds=1)).total_seconds())
    Models(ground).create(caller, modelled.model())
    clock.advance(1)
    with pytest.raises(ModelDeprecated) as refused:
        Models(ground).create(caller, modelled.model())
    assert refused.value.target == "base_model"


@pytest.mark.parametrize("tier", list(Tier))
def test_the_tier_bounds_the_text(ground: Ground, admit: Callable[..., Caller], tier: Tier) -> None:
    caller, allowed = admit(tier=tier), QUOTAS[tier].text_bytes
    Models(ground).create(caller, modelled.model(text="é" * (allowed // 2)))
    with pytest.raises(QuotaExceeded, match=str(allowed)):
        Models(ground).create(caller, modelled.model(text="é" * (allowed // 2) + "e"))


def test_datasets_and_models_of_another_resource_are_not_there(ground: Ground, admit: Callable[..., Caller]) -> None:
    mine, theirs = admit(), admit()
    dataset, model = put_dataset(ground, theirs), put_model(ground, theirs)
    with pytest.raises(InvalidDataset):
        Models(ground).create(mine, modelled.model(dataset_ids=[dataset.id]))
    for ask in (Models(ground).get, Models(ground).manifest, Models(ground).files):
        with pytest.raises(NotFound):
            ask(mine, model.id)
    Models(ground).delete(mine, model.id)
    assert Models(ground).get(theirs, model.id).record == model
    assert not Models(ground).list(mine).items


def test_only_who_may_write_makes_models(ground: Ground, admit: Callable[..., Caller]) -> None:
    with pytest.raises(Forbidden):
        Models(ground).create(admit(rights=frozenset({Right.READ})), modelled.model())


def test_a_model_is_renamed_and_moved_out_of_its_project(ground: Ground, caller: Caller) -> None:
    project = Projects(ground).create(caller, drafted.project()).record
    made = Models(ground).create(caller, modelled.model(project_id=project.id)).record
    changed = Models(ground).change(caller, made.id, Changes(display_name="Another", project_id=None)).record
    assert (changed.display_name, changed.project_id) == ("Another", None)


def test_deleting_a_model_ends_its_training(ground: Ground, caller: Caller) -> None:
    made = Models(ground).create(caller, modelled.model()).record
    Models(ground).delete(caller, made.id)
    Models(ground).delete(caller, made.id)
    with ground.database.read() as connection:
        assert not ground.queue.standings(connection, [made.id])
    with pytest.raises(NotFound):
        Models(ground).get(caller, made.id)


def test_what_is_stored_for_a_model_goes_with_it(ground: Ground, caller: Caller, labour: Callable[..., Any]) -> None:
    model = put_model(ground, caller)
    place = model_place(model.id)
    path = BlobPath(account=caller.resource.id, container=place.container, name=place.prefix + "weights.bin")
    ground.blobs.put(path, [b"weights"])
    Models(ground).delete(caller, model.id)
    labour(erasing.works(ground)).finish()
    with pytest.raises(NotFound):
        ground.blobs.info(path)


def use_in_endpoint(ground: Ground, caller: Caller, id: str) -> str:
    return Endpoints(ground).create(caller, modelled.endpoint(model_id=id)).record.id


def use_in_evaluation(ground: Ground, caller: Caller, id: str) -> str:
    base, dataset = ground.base_models.newest("en-US").id, put_dataset(ground, caller).id
    draft = modelled.evaluation(model1_id=base, model2_id=id, dataset_id=dataset)
    return Evaluations(ground).create(caller, draft).record.id


def use_in_transcription(ground: Ground, caller: Caller, id: str) -> str:
    return Transcriptions(ground).create(caller, modelled.transcription(model_id=id)).record.id


def use_for_a_candidate(ground: Ground, caller: Caller, id: str) -> str:
    draft = modelled.transcription(locale="de-DE", candidate_locales=["de-DE", "en-US"], candidate_models={"en-US": id})
    return Transcriptions(ground).create(caller, draft).record.id


@pytest.mark.parametrize("use", [use_in_endpoint, use_in_evaluation, use_in_transcription, use_for_a_candidate])
def test_a_model_in_use_stays_and_says_by_what(
    ground: Ground, caller: Caller, use: Callable[[Ground, Caller, str], str]
) -> None:
    model = put_model(ground, caller)
    user_id = use(ground, caller, model.id)
    with pytest.raises(InUse, match=user_id):
        Models(ground).delete(caller, model.id)
    assert Models(ground).get(caller, model.id).record == model


def test_a_model_that_was_evaluated_may_go(ground: Ground, caller: Caller) -> None:
    model = put_model(ground, caller)
    evaluation_id = use_in_evaluation(ground, caller, model.id)
    with ground.database.write() as connection:
        record = EVALUATIONS.get(connection, caller.resource.id, evaluation_id)
        assert record
        EVALUATIONS.advance(connection, caller.resource.id, evaluation_id, Status.FAILED, ground.now())
        for id in (record.transcription1_id, record.transcription2_id):
            Transcriptions.shelf.advance(connection, caller.resource.id, id, Status.FAILED, ground.now())
    Models(ground).delete(caller, model.id)
    assert not Models(ground).list(caller).items


def test_a_manifest_names_the_files_and_the_base_model(ground: Ground, caller: Caller) -> None:
    model = put_model(ground, caller)
    with ground.database.write() as connection:
        Files(ground).add(
            connection,
            resource_id=caller.resource.id,
            parent_id=model.id,
            name="report.json",
            kind="ModelReport",
            blob=model_place(model.id).prefix + "report.json",
            size_bytes=2,
        )
    manifest = Models(ground).manifest(caller, model.id)
    assert [file.name for file in manifest.files] == ["report.json"]
    assert manifest.properties["name"] == "moonshine-base"
    assert Models(ground).files(caller, model.id).records == manifest.files


def test_a_model_that_is_not_trained_has_no_manifest(ground: Ground, caller: Caller) -> None:
    made = Models(ground).create(caller, modelled.model()).record
    with pytest.raises(Conflict, match="NotStarted"):
        Models(ground).manifest(caller, made.id)


def test_the_manifest_of_a_base_model_proves_which_weights_it_has(ground: Ground, caller: Caller) -> None:
    base = ground.base_models.newest("de-DE")
    manifest = Models(ground).base_manifest(caller, base.id)
    assert manifest.model == base
    assert not manifest.files
    assert manifest.properties["family"] == "whisper"
    assert "de" in manifest.properties["languages"]
    assert manifest.properties["digest"] == base.digest


def test_training_is_submitted_in_the_same_transaction(ground: Ground, caller: Caller) -> None:
    made = Models(ground).create(caller, modelled.model()).record
    with ground.database.read() as connection:
        assert MODELS.count(connection, caller.resource.id) == 1
        assert list(ground.queue.standings(connection, [made.id])) == [made.id]
    assert TRAIN == "train"


def test_lists_are_without_the_texts_that_models_learn_from(ground: Ground, caller: Caller) -> None:
    made = Models(ground).create(caller, modelled.model(text="one flat white please")).record

    (listed,) = Models(ground).list(caller).items

    assert listed.record == replace(made, text=None)
    assert Models(ground).get(caller, made.id).record.text == "one flat white please"
