from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from auricle.blobs.local import LocalBlobs
from auricle.blobs.paths import BlobPath
from auricle.blobs.store import BlobInfo
from auricle.clock import ManualClock
from auricle.custom import copies, erasing
from auricle.custom.copies import ModelCopies, Presented
from auricle.custom.copying import COPY, CopyModel
from auricle.custom.files import Files
from auricle.custom.ground import Ground
from auricle.custom.models import Models, model_place
from auricle.custom.projects import Projects
from auricle.errors import (
    CopyAuthorizationExpired,
    Forbidden,
    InUse,
    InvalidModel,
    InvalidParameter,
    InvalidSourceResource,
    NotFound,
)
from auricle.identity import audit
from auricle.identity.caller import Caller, Right
from auricle.identity.resources import Resources
from auricle.jobs.work import Outcome, Work
from auricle.store.records import Model
from auricle.store.shelf import COPY_AUTHORIZATIONS
from auricle.store.status import Status
from auricle.store.tables import resources
from tests.custom import drafted, modelled
from tests.custom.conftest import KEY, Labour
from tests.custom.modelled import NOWHERE, put_model

PATH = "/subscriptions/1/resourceGroups/2/providers/Microsoft.CognitiveServices/accounts/"


@pytest.fixture
def source(admit: Callable[..., Caller]) -> Caller:
    return admit()


@pytest.fixture
def target(admit: Callable[..., Caller]) -> Caller:
    return admit()


@pytest.fixture
def hands(ground: Ground, labour: Callable[[list[Work]], Labour]) -> Labour:
    return labour([*copies.works(ground), *erasing.works(ground)])


@pytest.fixture
def model(ground: Ground, source: Caller) -> Model:
    """A model of the source with two blobs, one of them a file."""
    project = Projects(ground).create(source, drafted.project()).record
    properties = {"team": "counter"}
    made = put_model(
        ground,
        source,
        display_name="Barista",
        custom_properties=properties,
        project_id=project.id,
        dataset_ids=[NOWHERE],
    )
    for name in ("package/weights.bin", "report.json"):
        ground.blobs.put(blob(source, made.id, name), [name.encode()])
    with ground.database.write() as connection:
        Files(ground).add(
            connection,
            resource_id=source.resource.id,
            parent_id=made.id,
            name="report.json",
            kind="ModelReport",
            blob=model_place(made.id).prefix + "report.json",
            size_bytes=11,
            container=model_place(made.id).container,
        )
    return made


def blob(caller: Caller, model_id: str, name: str) -> BlobPath:
    place = model_place(model_id)
    return BlobPath(account=caller.resource.id, container=place.container, name=place.prefix + name)


def permission(ground: Ground, source: Caller, target: Caller) -> Presented:
    """What the target gives the source, as it comes back."""
    given = ModelCopies(ground).authorize(target, PATH + source.resource.name)
    return Presented(id=given.id, source=PATH + source.resource.name, target=PATH + target.resource.name.upper())


def key_of(ground: Ground, caller: Caller) -> str:
    return Resources(ground.database, ground.sealer, ground.clock).keys(caller.resource.id, by="test").key2


def check_whole(ground: Ground, target: Caller, id: str) -> None:
    """Fail unless the copy has everything that the model of these tests has."""
    copy = Models(ground).get(target, id).record
    assert (copy.status, copy.display_name, copy.custom_properties) == (
        Status.SUCCEEDED,
        "Barista",
        {"team": "counter"},
    )
    assert (copy.project_id, copy.dataset_ids) == (None, [])
    (file,) = Models(ground).files(target, id).records
    assert (file.name, file.kind, file.resource_id) == ("report.json", "ModelReport", target.resource.id)
    for name in ("package/weights.bin", "report.json"):
        assert b"".join(ground.blobs.read(blob(target, id, name))) == name.encode()
    stored = BlobPath(account=target.resource.id, container=file.container, name=file.blob)
    assert b"".join(ground.blobs.read(stored)) == b"report.json"


def test_a_permission_names_both_resources_and_its_end(ground: Ground, source: Caller, target: Caller) -> None:
    for reference in (source.resource.id, source.resource.name.upper(), PATH + source.resource.name + "/"):
        given = ModelCopies(ground).authorize(target, reference)
        assert (given.source, given.target) == (source.resource, target.resource)
        assert given.expires_at == ground.now() + timedelta(hours=24)


@pytest.mark.parametrize("reference", ["", "/", NOWHERE, "nobody", PATH + "nobody", "x" * 10_000])
def test_a_resource_that_is_not_here_gets_no_permission(ground: Ground, target: Caller, reference: str) -> None:
    with pytest.raises(InvalidSourceResource) as refused:
        ModelCopies(ground).authorize(target, reference)
    assert refused.value.target == "source_resource_id"


def test_permissions_that_are_over_are_forgotten(
    ground: Ground, source: Caller, target: Caller, clock: ManualClock
) -> None:
    permission(ground, source, target)
    clock.advance(24 * 3600 + 1)
    permission(ground, source, target)
    with ground.database.read() as connection:
        assert COPY_AUTHORIZATIONS.count(connection, target.resource.id) == 1


def test_a_permitted_copy_is_seen_when_it_is_whole(
    ground: Ground, source: Caller, target: Caller, model: Model, hands: Labour
) -> None:
    begun = ModelCopies(ground).copy(source, model.id, permission(ground, source, target))
    assert begun.record.status is Status.NOT_STARTED
    assert begun.standing
    assert not Models(ground).list(target).items
    hands.finish()
    done = ModelCopies(ground).operation(source, begun.record.id).record
    assert (done.status, done.target_resource_id) == (Status.SUCCEEDED, target.resource.id)
    check_whole(ground, target, done.target_model_id)


def test_a_copy_by_key_is_there_at_once(
    ground: Ground, source: Caller, target: Caller, model: Model, hands: Labour
) -> None:
    made = ModelCopies(ground).copy_by_key(source, model.id, key_of(ground, target))
    assert made.standing
    assert made.record.status is Status.NOT_STARTED
    assert Models(ground).get(target, made.record.id).record == made.record
    job = hands.claimed(COPY)
    assert Models(ground).get(target, made.record.id).record.status is Status.RUNNING
    assert hands.perform(job) is Outcome.SUCCEEDED
    check_whole(ground, target, made.record.id)


def test_a_copy_expires_when_its_model_does(
    ground: Ground, source: Caller, target: Caller, clock: ManualClock, model: Model
) -> None:
    clock.advance(200 * 24 * 3600)
    made = ModelCopies(ground).copy_by_key(source, model.id, key_of(ground, target)).record
    assert (made.created_at, made.transcription_until) == (ground.now(), model.transcription_until)


def test_a_copy_that_was_begun_before_is_begun_again(
    ground: Ground, source: Caller, target: Caller, model: Model, clock: ManualClock, hands: Labour
) -> None:
    begun = ModelCopies(ground).copy(source, model.id, permission(ground, source, target)).record
    first = hands.claimed(COPY)
    copies.works(ground)[0].run(first, lambda _fraction: None)
    clock.advance(1000)
    second = hands.claimed(COPY)
    assert hands.perform(second) is Outcome.SUCCEEDED
    assert hands.perform(first) is Outcome.LOST
    assert len(Models(ground).list(target).items) == 1
    check_whole(ground, target, begun.target_model_id)


def test_a_permission_is_for_one_source_only(
    ground: Ground, source: Caller, target: Caller, admit: Callable[..., Caller]
) -> None:
    other = admit()
    given = permission(ground, other, target)
    model = put_model(ground, source)
    with pytest.raises(InvalidSourceResource):
        ModelCopies(ground).copy(source, model.id, given)
    forged = Presented(id=given.id, source=source.resource.id, target=given.target)
    with pytest.raises(InvalidSourceResource):
        ModelCopies(ground).copy(source, model.id, forged)


def test_a_permission_that_is_over_or_never_was_is_refused(
    ground: Ground, source: Caller, target: Caller, clock: ManualClock, model: Model
) -> None:
    given = permission(ground, source, target)
    never = [
        Presented(id=NOWHERE, source=given.source, target=given.target),
        Presented(id=given.id, source=given.source, target="nobody"),
        Presented(id=given.id, source=given.source, target=source.resource.name),
    ]
    for presented in never:
        with pytest.raises(CopyAuthorizationExpired):
            ModelCopies(ground).copy(source, model.id, presented)
    clock.advance(24 * 3600)
    with pytest.raises(CopyAuthorizationExpired):
        ModelCopies(ground).copy(source, model.id, given)


@pytest.mark.parametrize("status", [Status.NOT_STARTED, Status.RUNNING, Status.FAILED])
def test_only_a_trained_model_is_copied(ground: Ground, source: Caller, target: Caller, status: Status) -> None:
    model = put_model(ground, source, status=status)
    with pytest.raises(InvalidModel, match=status.value):
        ModelCopies(ground).copy(source, model.id, permission(ground, source, target))
    with pytest.raises(InvalidModel):
        ModelCopies(ground).copy_by_key(source, model.id, key_of(ground, target))


def test_a_base_model_is_not_copied(ground: Ground, source: Caller, target: Caller) -> None:
    base = ground.base_models.newest("en-US")
    with pytest.raises(InvalidModel, match="base model"):
        ModelCopies(ground).copy(source, base.id, permission(ground, source, target))


def test_a_model_of_another_resource_is_not_there(ground: Ground, source: Caller, target: Caller, model: Model) -> None:
    with pytest.raises(NotFound):
        ModelCopies(ground).copy(target, model.id, permission(ground, target, source))
    with pytest.raises(NotFound):
        ModelCopies(ground).copy_by_key(target, model.id, key_of(ground, target))


def test_an_operation_is_seen_by_its_source_alone(ground: Ground, source: Caller, target: Caller, model: Model) -> None:
    begun = ModelCopies(ground).copy(source, model.id, permission(ground, source, target)).record
    with pytest.raises(NotFound):
        ModelCopies(ground).operation(target, begun.id)
    with pytest.raises(NotFound):
        ModelCopies(ground).operation(source, NOWHERE)


@pytest.mark.parametrize("key", ["", "k" * 32, "k" * 100_000])
def test_a_key_that_opens_nothing_is_refused(ground: Ground, source: Caller, model: Model, key: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        ModelCopies(ground).copy_by_key(source, model.id, key)
    assert refused.value.target == "target_subscription_key"
    assert "kkk" not in refused.value.message


def test_who_may_only_read_copies_nothing(ground: Ground, admit: Callable[..., Caller], target: Caller) -> None:
    reader = admit(rights=frozenset({Right.READ}))
    with pytest.raises(Forbidden):
        ModelCopies(ground).authorize(reader, target.resource.id)
    with pytest.raises(Forbidden):
        ModelCopies(ground).copy_by_key(reader, NOWHERE, key_of(ground, target))


def test_a_model_stays_while_it_is_copied(
    ground: Ground, source: Caller, target: Caller, model: Model, hands: Labour
) -> None:
    begun = ModelCopies(ground).copy(source, model.id, permission(ground, source, target)).record
    with pytest.raises(InUse, match=begun.id):
        Models(ground).delete(source, model.id)
    hands.finish()
    Models(ground).delete(source, model.id)
    hands.finish()
    check_whole(ground, target, begun.target_model_id)


def test_a_copy_of_what_was_deleted_meanwhile_fails_and_leaves_nothing(
    ground: Ground, source: Caller, target: Caller, model: Model, hands: Labour
) -> None:
    made = ModelCopies(ground).copy_by_key(source, model.id, key_of(ground, target)).record
    Models(ground).delete(source, model.id)
    ground.blobs.put(blob(target, made.id, "begun"), [b""])
    hands.finish()
    failed = Models(ground).get(target, made.id).record
    assert (failed.status, failed.error_code) == (Status.FAILED, "NotFound")
    hands.finish()
    place = model_place(made.id)
    assert not list(ground.blobs.list(target.resource.id, place.container, place.prefix))


def test_deleting_a_copy_ends_the_copying(
    ground: Ground, source: Caller, target: Caller, model: Model, hands: Labour
) -> None:
    made = ModelCopies(ground).copy_by_key(source, model.id, key_of(ground, target)).record
    job = hands.claimed(COPY)
    Models(ground).delete(target, made.id)
    assert hands.perform(job) is Outcome.LOST
    assert not Models(ground).list(target).items


def test_a_copy_to_a_resource_that_is_gone_fails(
    ground: Ground, source: Caller, target: Caller, model: Model, hands: Labour
) -> None:
    begun = ModelCopies(ground).copy(source, model.id, permission(ground, source, target)).record
    with ground.database.write() as connection:
        connection.execute(delete(resources).where(resources.c.id == target.resource.id))
    hands.finish()
    failed = ModelCopies(ground).operation(source, begun.id).record
    assert (failed.status, failed.error_code) == (Status.FAILED, "NotFound")


def test_a_model_may_be_copied_within_its_resource(ground: Ground, source: Caller, model: Model, hands: Labour) -> None:
    begun = ModelCopies(ground).copy(source, model.id, permission(ground, source, source)).record
    hands.finish()
    check_whole(ground, source, begun.target_model_id)
    assert modelled.NOWHERE not in Models(ground).get(source, begun.target_model_id).record.dataset_ids


def test_both_resources_know_who_copied_what(
    ground: Ground, source: Caller, target: Caller, model: Model, hands: Labour
) -> None:
    ModelCopies(ground).copy(source, model.id, permission(ground, source, target))
    by_key = ModelCopies(ground).copy_by_key(source, model.id, key_of(ground, target)).record
    hands.finish()
    with ground.database.read() as connection:
        sent = [entry.action for entry in audit.entries(connection, source.resource.id)]
        came = [entry for entry in audit.entries(connection, target.resource.id) if entry.action == "model.create"]
    assert sent.count("model.copy") == 2
    assert [(entry.actor, entry.subject_id == by_key.id) for entry in came] == [("model copy", False), ("test", True)]


def test_a_copy_of_what_was_deleted_while_it_was_copied_fails(
    ground: Ground, source: Caller, target: Caller, model: Model, labour: Callable[[list[Work]], Labour], tmp_path: Path
) -> None:
    made = ModelCopies(ground).copy_by_key(source, model.id, key_of(ground, target)).record

    class Erased(LocalBlobs):
        """Where the model is deleted and erased just before its blobs are looked for."""

        def list(self, account: str, container: str, prefix: str = "") -> Iterator[BlobInfo]:
            Models(ground).delete(source, model.id)
            return iter(())

    blobs = Erased(tmp_path / "blobs", KEY)
    labour(copies.works(replace(ground, blobs=blobs))).finish()

    failed = Models(ground).get(target, made.id).record
    assert (failed.status, failed.error_code) == (Status.FAILED, "NotFound")


def test_what_an_attempt_that_was_taken_over_still_copies_goes_later(
    ground: Ground, source: Caller, target: Caller, model: Model, hands: Labour, clock: ManualClock
) -> None:
    made = ModelCopies(ground).copy_by_key(source, model.id, key_of(ground, target)).record
    hands.claimed(COPY)
    Models(ground).delete(source, model.id)
    clock.advance(CopyModel.lease_s + 1)
    hands.finish()
    hands.finish()
    late = blob(target, made.id, "late")
    ground.blobs.put(late, [b""])

    clock.advance(erasing.STOPPED_AFTER.total_seconds())
    hands.finish()

    with pytest.raises(NotFound):
        ground.blobs.info(late)
