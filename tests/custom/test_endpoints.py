from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from auricle.clock import ManualClock
from auricle.custom import endpoints, unserved
from auricle.custom.drafts import EndpointChanges
from auricle.custom.endpoints import DEPLOY, Endpoints
from auricle.custom.ground import Ground
from auricle.custom.projects import Projects
from auricle.errors import (
    AuricleError,
    Forbidden,
    InvalidLocale,
    InvalidModel,
    InvalidProject,
    InvalidTimeToLive,
    ModelDeprecated,
    ModelNotDeployable,
    NotFound,
    QuotaExceeded,
)
from auricle.identity import audit
from auricle.identity.caller import Caller, Right
from auricle.identity.tiers import Tier
from auricle.jobs.work import Outcome, Work
from auricle.store.shelf import ENDPOINTS
from auricle.store.status import Status
from tests.custom import drafted, modelled
from tests.custom.conftest import Labour
from tests.custom.modelled import NOWHERE, put_model

DAY_S = 24 * 3600


@pytest.fixture
def hands(ground: Ground, labour: Callable[[list[Work]], Labour]) -> Labour:
    """Who deploys, as far as that goes, and deletes what has lived long enough."""
    return labour([*unserved.works(ground), *endpoints.works(ground)])


def deployed(ground: Ground, caller: Caller, id: str, status: Status) -> None:
    """Bring an endpoint to a status as its deployment would."""
    with ground.database.write() as connection:
        for next_status in (Status.RUNNING, status):
            ENDPOINTS.advance(connection, caller.resource.id, id, next_status, ground.now())
        ground.queue.cancel(connection, id)


def test_a_new_endpoint_waits_for_its_deployment(ground: Ground, caller: Caller) -> None:
    model, project = put_model(ground, caller), Projects(ground).create(caller, drafted.project()).record
    draft = modelled.endpoint(model_id=model.id, project_id=project.id, logging_enabled=True, time_to_live_s=60)
    made = Endpoints(ground).create(caller, draft)
    assert Endpoints(ground).get(caller, made.record.id) == made
    assert made.record.status is Status.NOT_STARTED
    assert (made.record.model_id, made.record.logging_enabled, made.record.time_to_live_s) == (model.id, True, 60)
    assert made.standing
    assert made.standing.place == 1


def test_without_a_model_the_newest_base_model_is_deployed(ground: Ground, caller: Caller) -> None:
    made = Endpoints(ground).create(caller, modelled.endpoint(locale="de-de", time_to_live_s=0)).record
    assert (made.model_id, made.locale) == (ground.base_models.newest("de-DE").id, "de-DE")
    assert made.time_to_live_s is None


@pytest.mark.parametrize(
    ("changes", "error", "target"),
    [
        ({"locale": "tlh-KX"}, InvalidLocale, "locale"),
        ({"project_id": NOWHERE}, InvalidProject, "project"),
        ({"model_id": NOWHERE}, InvalidModel, "model"),
        ({"time_to_live_s": 31 * DAY_S + 1}, InvalidTimeToLive, "time_to_live"),
        ({"time_to_live_s": -1}, InvalidTimeToLive, "time_to_live"),
        ({"text": "x" * 600_000}, QuotaExceeded, None),
    ],
)
def test_what_cannot_be_deployed_is_refused(
    ground: Ground, caller: Caller, changes: dict[str, Any], error: type[AuricleError], target: str | None
) -> None:
    with pytest.raises(error) as refused:
        Endpoints(ground).create(caller, modelled.endpoint(**changes))
    assert getattr(refused.value, "target", None) == target
    assert not Endpoints(ground).list(caller).items


@pytest.mark.parametrize(
    ("changes", "error", "target"),
    [
        ({"locale": "de-DE"}, InvalidLocale, "locale"),
        ({"status": Status.NOT_STARTED}, ModelNotDeployable, "model"),
        ({"status": Status.RUNNING}, ModelNotDeployable, "model"),
        ({"status": Status.FAILED}, ModelNotDeployable, "model"),
    ],
)
def test_only_a_trained_model_of_the_locale_is_deployed(
    ground: Ground, caller: Caller, changes: dict[str, Any], error: type[AuricleError], target: str
) -> None:
    model = put_model(ground, caller, **changes)
    with pytest.raises(error) as refused:
        Endpoints(ground).create(caller, modelled.endpoint(model_id=model.id))
    assert getattr(refused.value, "target", None) == target


def test_an_expired_model_is_not_deployed(ground: Ground, caller: Caller, clock: ManualClock) -> None:
    model = put_model(ground, caller)
    clock.advance((model.transcription_until - clock.now()).total_seconds())
    with pytest.raises(ModelDeprecated):
        Endpoints(ground).create(caller, modelled.endpoint(model_id=model.id))
    Endpoints(ground).create(caller, modelled.endpoint())


def test_a_model_of_another_resource_is_not_there(ground: Ground, admit: Callable[..., Caller]) -> None:
    mine, theirs = admit(), admit()
    with pytest.raises(InvalidModel):
        Endpoints(ground).create(mine, modelled.endpoint(model_id=put_model(ground, theirs).id))


def test_an_endpoint_of_another_resource_is_not_there(ground: Ground, admit: Callable[..., Caller]) -> None:
    mine, theirs = admit(), admit()
    made = Endpoints(ground).create(theirs, modelled.endpoint()).record
    for ask in (Endpoints(ground).get, lambda who, which: Endpoints(ground).change(who, which, EndpointChanges())):
        with pytest.raises(NotFound):
            ask(mine, made.id)
    Endpoints(ground).delete(mine, made.id)
    assert Endpoints(ground).get(theirs, made.id).record == made


def test_only_who_may_write_makes_endpoints(ground: Ground, admit: Callable[..., Caller]) -> None:
    with pytest.raises(Forbidden):
        Endpoints(ground).create(admit(rights=frozenset({Right.READ})), modelled.endpoint())


def test_logging_is_switched_without_a_deployment(ground: Ground, caller: Caller) -> None:
    made = Endpoints(ground).create(caller, modelled.endpoint()).record
    deployed(ground, caller, made.id, Status.SUCCEEDED)
    changed = Endpoints(ground).change(caller, made.id, EndpointChanges(logging_enabled=True, display_name="New"))
    assert (changed.record.logging_enabled, changed.record.display_name) == (True, "New")
    assert changed.record.status is Status.SUCCEEDED


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED])
def test_another_model_is_deployed_anew(ground: Ground, caller: Caller, status: Status) -> None:
    made = Endpoints(ground).create(caller, modelled.endpoint()).record
    deployed(ground, caller, made.id, status)
    model = put_model(ground, caller)
    changed = Endpoints(ground).change(caller, made.id, EndpointChanges(model_id=model.id))
    assert (changed.record.model_id, changed.record.status) == (model.id, Status.NOT_STARTED)
    assert changed.standing
    assert changed.standing.place == 1


def test_the_last_wish_counts_while_a_model_is_being_deployed(ground: Ground, caller: Caller, hands: Labour) -> None:
    made = Endpoints(ground).create(caller, modelled.endpoint()).record
    job = hands.claimed(DEPLOY)
    changed = Endpoints(ground).change(caller, made.id, EndpointChanges(model_id=put_model(ground, caller).id))
    assert changed.record.status is Status.NOT_STARTED
    assert hands.perform(job) is Outcome.LOST
    assert Endpoints(ground).get(caller, made.id) == changed


def test_the_same_model_again_is_deployed_only_after_a_failure(ground: Ground, caller: Caller, hands: Labour) -> None:
    made = Endpoints(ground).create(caller, modelled.endpoint()).record
    again = EndpointChanges(model_id=made.model_id)
    assert Endpoints(ground).change(caller, made.id, again).record == made
    hands.finish()
    assert Endpoints(ground).get(caller, made.id).record.error_message
    changed = Endpoints(ground).change(caller, made.id, again).record
    assert (changed.status, changed.error_code, changed.error_message) == (Status.NOT_STARTED, None, None)


def test_a_change_to_a_model_that_cannot_be_deployed_changes_nothing(ground: Ground, caller: Caller) -> None:
    made = Endpoints(ground).create(caller, modelled.endpoint()).record
    changes = EndpointChanges(
        model_id=put_model(ground, caller, status=Status.FAILED).id, logging_enabled=True, display_name="New"
    )
    with pytest.raises(ModelNotDeployable):
        Endpoints(ground).change(caller, made.id, changes)
    assert Endpoints(ground).get(caller, made.id).record == made


def test_an_endpoint_is_deleted_when_its_time_is_over(
    ground: Ground, caller: Caller, clock: ManualClock, hands: Labour
) -> None:
    made = Endpoints(ground).create(caller, modelled.endpoint(time_to_live_s=60)).record
    hands.finish()
    clock.advance(59)
    assert not hands.finish()
    clock.advance(1)
    assert hands.finish() == ["expire endpoint succeeded"]
    with pytest.raises(NotFound):
        Endpoints(ground).get(caller, made.id)
    with ground.database.read() as connection:
        newest = audit.entries(connection, caller.resource.id)[0]
    assert (newest.action, newest.actor, newest.subject_id) == ("endpoint.delete", "time to live", made.id)


def test_an_endpoint_that_is_deployed_anew_lives_from_then_on(
    ground: Ground, caller: Caller, clock: ManualClock, hands: Labour
) -> None:
    made = Endpoints(ground).create(caller, modelled.endpoint(time_to_live_s=60)).record
    hands.finish()
    clock.advance(30)
    Endpoints(ground).change(caller, made.id, EndpointChanges(model_id=put_model(ground, caller).id))
    hands.finish()
    clock.advance(30)
    hands.finish()
    assert Endpoints(ground).get(caller, made.id)
    clock.advance(30)
    hands.finish()
    assert not Endpoints(ground).list(caller).items


def test_endpoints_of_the_free_tier_live_for_seven_days(
    ground: Ground, admit: Callable[..., Caller], clock: ManualClock, hands: Labour
) -> None:
    free, standard = admit(tier=Tier.F0), admit()
    for caller in (free, standard):
        Endpoints(ground).create(caller, modelled.endpoint())
    clock.advance(timedelta(days=7).total_seconds() - 1)
    hands.finish()
    assert len(Endpoints(ground).list(free).items) == 1
    clock.advance(1)
    hands.finish()
    assert not Endpoints(ground).list(free).items
    assert len(Endpoints(ground).list(standard).items) == 1


def test_lists_are_without_the_texts_that_endpoints_learn_from(ground: Ground, caller: Caller) -> None:
    made = Endpoints(ground).create(caller, modelled.endpoint(text="one flat white please")).record

    (listed,) = Endpoints(ground).list(caller).items

    assert listed.record == replace(made, text=None)
    assert Endpoints(ground).get(caller, made.id).record.text == "one flat white please"
