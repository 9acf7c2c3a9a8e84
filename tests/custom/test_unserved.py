from __future__ import annotations

from collections.abc import Callable

import pytest

from auricle.custom import unserved
from auricle.custom.drafts import Changes
from auricle.custom.endpoints import Endpoints
from auricle.custom.entities import Entities
from auricle.custom.evaluations import Evaluations
from auricle.custom.ground import Ground
from auricle.custom.models import Models
from auricle.custom.transcriptions import Transcriptions
from auricle.identity.caller import Caller
from auricle.jobs.work import Work
from auricle.store.records import Local
from auricle.store.status import Status
from tests.custom import modelled
from tests.custom.conftest import Labour
from tests.custom.modelled import put_dataset


def ask_for_all(ground: Ground, caller: Caller) -> None:
    """One of everything whose work nobody does."""
    base, dataset = ground.base_models.newest("en-US").id, put_dataset(ground, caller).id
    Models(ground).create(caller, modelled.model())
    Endpoints(ground).create(caller, modelled.endpoint())
    Transcriptions(ground).create(caller, modelled.transcription())
    draft = modelled.evaluation(model1_id=base, model2_id=base, dataset_id=dataset)
    Evaluations(ground).create(caller, draft)


def records(ground: Ground, caller: Caller) -> list[Local]:
    services: tuple[Entities[Local], ...] = tuple(
        service(ground)  # type: ignore[misc]
        for service in (Models, Endpoints, Transcriptions, Evaluations)
    )
    return [shown.record for service in services for shown in service.list(caller).items]


def test_what_nobody_does_yet_fails_and_says_so(
    ground: Ground, caller: Caller, labour: Callable[[list[Work]], Labour]
) -> None:
    ask_for_all(ground, caller)
    labour(unserved.works(ground)).finish()
    found = records(ground, caller)
    assert len(found) == 6  # the transcriptions of the evaluation included
    for record in found:
        assert (record.status, record.error_code) == (Status.FAILED, "NotImplemented")
        assert record.error_message
        assert "not implemented yet" in record.error_message


@pytest.mark.parametrize("kind", ["train", "evaluate", "deploy", "transcribe"])
def test_it_runs_before_it_fails(
    ground: Ground, caller: Caller, labour: Callable[[list[Work]], Labour], kind: str
) -> None:
    ask_for_all(ground, caller)
    assert labour(unserved.works(ground)).claimed(kind)
    assert [record.status for record in records(ground, caller)].count(Status.RUNNING) == 1


def test_what_failed_can_still_be_changed_and_deleted(
    ground: Ground, caller: Caller, labour: Callable[[list[Work]], Labour]
) -> None:
    made = Models(ground).create(caller, modelled.model()).record
    labour(unserved.works(ground)).finish()
    assert Models(ground).change(caller, made.id, Changes(display_name="New")).record.display_name == "New"
    Models(ground).delete(caller, made.id)
    assert not Models(ground).list(caller).items
