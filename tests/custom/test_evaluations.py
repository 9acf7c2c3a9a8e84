from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from auricle.adaptation.kinds import DatasetKind
from auricle.clock import ManualClock
from auricle.custom.evaluations import Evaluations
from auricle.custom.ground import Ground
from auricle.custom.projects import Projects
from auricle.custom.transcriptions import Transcriptions
from auricle.errors import (
    AuricleError,
    DeleteNotAllowed,
    FailedDataset,
    Forbidden,
    InvalidDataset,
    InvalidLocale,
    InvalidModel,
    InvalidProject,
    ModelDeprecated,
    NotFound,
)
from auricle.identity.caller import Caller, Right
from auricle.store.records import Evaluation
from auricle.store.status import Status
from tests.custom import drafted, modelled
from tests.custom.modelled import NOWHERE, put_dataset, put_model


def evaluated(ground: Ground, caller: Caller, **changes: Any) -> Evaluation:
    """An evaluation of a model against its base on recordings, but for the changes."""
    fields: dict[str, Any] = {"model1_id": ground.base_models.newest("en-US").id}
    if "model2_id" not in changes:
        fields["model2_id"] = put_model(ground, caller).id
    if "dataset_id" not in changes:
        fields["dataset_id"] = put_dataset(ground, caller).id
    return Evaluations(ground).create(caller, modelled.evaluation(**fields | changes)).record


def test_a_new_evaluation_has_two_transcriptions_and_no_results(ground: Ground, caller: Caller) -> None:
    project = Projects(ground).create(caller, drafted.project()).record
    made = evaluated(ground, caller, project_id=project.id)
    shown = Evaluations(ground).get(caller, made.id)
    assert (shown.record.status, shown.record.results) == (Status.NOT_STARTED, None)
    assert shown.standing
    parts = [shown.record for shown in Transcriptions(ground).list(caller).items]
    assert [part.id for part in parts] == [made.transcription1_id, made.transcription2_id]
    assert [part.model_id for part in parts] == [made.model1_id, made.model2_id]
    assert {(part.dataset_id, part.evaluation_id, part.project_id) for part in parts} == {
        (made.dataset_id, made.id, project.id)
    }


def test_a_model_may_be_measured_alone(ground: Ground, caller: Caller) -> None:
    model = put_model(ground, caller)
    made = evaluated(ground, caller, model1_id=model.id, model2_id=model.id)
    assert made.model1_id == made.model2_id == model.id
    assert made.transcription1_id != made.transcription2_id


@pytest.mark.parametrize("kind", [DatasetKind.ACOUSTIC, DatasetKind.AUDIO_FILES])
@pytest.mark.parametrize("status", [Status.NOT_STARTED, Status.SUCCEEDED])
def test_recordings_with_or_without_words_will_do(
    ground: Ground, caller: Caller, kind: DatasetKind, status: Status
) -> None:
    dataset = put_dataset(ground, caller, kind, status=status)
    assert evaluated(ground, caller, dataset_id=dataset.id).dataset_id == dataset.id


@pytest.mark.parametrize(
    ("changes", "error", "target"),
    [
        ({"locale": "tlh-KX"}, InvalidLocale, "locale"),
        ({"locale": "de-DE"}, InvalidLocale, "locale"),
        ({"project_id": NOWHERE}, InvalidProject, "project"),
        ({"model1_id": NOWHERE}, InvalidModel, "model1"),
        ({"model2_id": NOWHERE}, InvalidModel, "model2"),
        ({"dataset_id": NOWHERE}, InvalidDataset, "dataset"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(
    ground: Ground, caller: Caller, changes: dict[str, Any], error: type[AuricleError], target: str
) -> None:
    with pytest.raises(error) as refused:
        evaluated(ground, caller, **changes)
    assert getattr(refused.value, "target", None) == target
    assert not Evaluations(ground).list(caller).items
    assert not Transcriptions(ground).list(caller).items


@pytest.mark.parametrize(
    ("kind", "changes", "error"),
    [
        (DatasetKind.LANGUAGE, {}, InvalidDataset),
        (DatasetKind.PRONUNCIATION, {}, InvalidDataset),
        (DatasetKind.ACOUSTIC, {"status": Status.FAILED}, FailedDataset),
        (DatasetKind.ACOUSTIC, {"locale": "de-DE"}, InvalidLocale),
    ],
)
def test_a_dataset_that_nothing_can_be_measured_on_is_refused(
    ground: Ground, caller: Caller, kind: DatasetKind, changes: dict[str, Any], error: type[AuricleError]
) -> None:
    dataset = put_dataset(ground, caller, kind, **changes)
    with pytest.raises(error, match=dataset.id):
        evaluated(ground, caller, dataset_id=dataset.id)


@pytest.mark.parametrize("status", [Status.NOT_STARTED, Status.RUNNING, Status.FAILED])
def test_an_untrained_model_is_refused(ground: Ground, caller: Caller, status: Status) -> None:
    with pytest.raises(InvalidModel, match=status.value) as refused:
        evaluated(ground, caller, model2_id=put_model(ground, caller, status=status).id)
    assert refused.value.target == "model2"


def test_an_expired_model_is_refused(ground: Ground, caller: Caller, clock: ManualClock) -> None:
    model = put_model(ground, caller)
    clock.advance((model.transcription_until - clock.now()).total_seconds())
    with pytest.raises(ModelDeprecated):
        evaluated(ground, caller, model2_id=model.id)


def test_what_belongs_to_another_resource_is_not_there(ground: Ground, admit: Callable[..., Caller]) -> None:
    mine, theirs = admit(), admit()
    made = evaluated(ground, theirs)
    with pytest.raises(InvalidModel):
        evaluated(ground, mine, model2_id=made.model2_id)
    with pytest.raises(InvalidDataset):
        evaluated(ground, mine, dataset_id=made.dataset_id)
    for ask in (Evaluations(ground).get, Evaluations(ground).files):
        with pytest.raises(NotFound):
            ask(mine, made.id)
    Evaluations(ground).delete(mine, made.id)
    assert Evaluations(ground).get(theirs, made.id).record == made


def test_only_who_may_write_makes_evaluations(ground: Ground, admit: Callable[..., Caller]) -> None:
    with pytest.raises(Forbidden):
        evaluated(ground, admit(rights=frozenset({Right.READ})))


def test_a_transcription_of_an_evaluation_is_not_deleted_alone(ground: Ground, caller: Caller) -> None:
    made = evaluated(ground, caller)
    with pytest.raises(DeleteNotAllowed, match=made.id):
        Transcriptions(ground).delete(caller, made.transcription1_id)
    assert len(Transcriptions(ground).list(caller).items) == 2


def test_deleting_an_evaluation_takes_its_transcriptions_and_work_along(ground: Ground, caller: Caller) -> None:
    made = evaluated(ground, caller)
    other = Transcriptions(ground).create(caller, modelled.transcription()).record
    Evaluations(ground).delete(caller, made.id)
    assert not Evaluations(ground).list(caller).items
    assert [shown.record.id for shown in Transcriptions(ground).list(caller).items] == [other.id]
    with ground.database.read() as connection:
        ids = [made.id, made.transcription1_id, made.transcription2_id]
        assert not ground.queue.standings(connection, ids)
