from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from auricle.adaptation.kinds import DatasetKind
from auricle.blobs.paths import ARTIFACTS
from auricle.custom import blocks, erasing, importing
from auricle.custom.blocks import BlockEntry, BlockKind
from auricle.custom.datasets import Datasets
from auricle.custom.drafts import UNCHANGED, Changes
from auricle.custom.ground import Ground
from auricle.custom.projects import Projects
from auricle.errors import (
    Conflict,
    EmptyRequest,
    Forbidden,
    InUse,
    InvalidLocale,
    InvalidParameter,
    InvalidProject,
    InvalidUrl,
    NotFound,
    PayloadTooLarge,
    QuotaExceeded,
    RefusedAddress,
)
from auricle.identity import audit
from auricle.identity.caller import Caller, Right
from auricle.identity.tiers import Tier
from auricle.store.records import Dataset, Evaluation, Model, Record, Transcription
from auricle.store.shelf import DATASETS, EVALUATIONS, MODELS, TRANSCRIPTIONS, UPLOADS, Shelf
from auricle.store.status import Status
from tests.custom import drafted
from tests.custom.conftest import Labour

TEXT = b"one flat white please\ntwo cappuccinos to go\n"


@pytest.fixture
def datasets(ground: Ground) -> Datasets:
    return Datasets(ground)


@pytest.fixture
def hands(ground: Ground) -> Labour:
    return Labour(ground, [*importing.works(ground), *erasing.works(ground)])


def name(number: int) -> str:
    return base64.b64encode(f"{number:04}".encode()).decode()


def entries(*numbers: int, kind: BlockKind = BlockKind.LATEST) -> list[BlockEntry]:
    return [BlockEntry(kind=kind, name=name(number)) for number in numbers]


def blobs(ground: Ground, caller: Caller) -> list[str]:
    return [info.path.name for info in ground.blobs.list(caller.resource.id, ARTIFACTS)]


def waiting(datasets: Datasets, caller: Caller, kind: DatasetKind = DatasetKind.LANGUAGE) -> Dataset:
    """A dataset that waits for blocks."""
    return datasets.create(caller, drafted.dataset(kind)).record


def upload(datasets: Datasets, caller: Caller, content: bytes = TEXT, **draft: Any) -> Dataset:
    with datasets.receive(caller, name="orders.txt") as receiver:
        receiver.write(content)
    return datasets.create(caller, drafted.dataset(**draft), receiver.received).record


# Making


def test_a_dataset_from_an_address_waits_for_its_import(datasets: Datasets, caller: Caller) -> None:
    url = "https://example.com/orders.txt?sig=secret"
    shown = datasets.create(caller, drafted.dataset(content_url=url, normalise_text=False, description="Orders"))
    assert (shown.record.status, shown.record.source) == (Status.NOT_STARTED, "url")
    assert (shown.record.kind, shown.record.text_normalisation) == ("Language", "None")
    assert "secret" not in (shown.record.content_url_sealed or "")
    assert shown.standing is not None
    assert shown.standing.place == 1
    assert datasets.get(caller, shown.record.id) == shown


def test_an_address_that_cannot_be_fetched_is_refused_at_once(datasets: Datasets, caller: Caller) -> None:
    for url, error in (("ftp://example.com/a", InvalidUrl), ("http://10.0.0.1/a", RefusedAddress), ("", InvalidUrl)):
        with pytest.raises(error) as refused:
            datasets.create(caller, drafted.dataset(content_url=url))
        assert refused.value.target == "contentUrl"
    assert datasets.list(caller).items == []


def test_a_locale_that_no_model_hears_is_refused(datasets: Datasets, caller: Caller) -> None:
    with pytest.raises(InvalidLocale):
        datasets.create(caller, drafted.dataset(locale="xx-XX"))


def test_the_project_has_to_be_there_and_of_the_same_locale(
    ground: Ground, datasets: Datasets, caller: Caller, admit: Callable[..., Caller]
) -> None:
    projects, stranger = Projects(ground), admit()
    german, foreign = (
        projects.create(caller, drafted.project(locale="de-DE")),
        projects.create(stranger, drafted.project()),
    )
    for project_id in (german.record.id, foreign.record.id, "no such project"):
        with pytest.raises(InvalidProject):
            datasets.create(caller, drafted.dataset(project_id=project_id))


def test_a_free_resource_has_room_for_two_datasets(datasets: Datasets, admit: Callable[..., Caller]) -> None:
    caller = admit(tier=Tier.F0)
    first = waiting(datasets, caller)
    waiting(datasets, caller)
    with pytest.raises(QuotaExceeded, match="2 datasets"):
        waiting(datasets, caller)
    datasets.delete(caller, first.id)
    waiting(datasets, caller)


def test_what_was_received_is_given_up_when_the_dataset_cannot_be_made(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour
) -> None:
    with pytest.raises(InvalidLocale):
        upload(datasets, caller, locale="xx-XX")
    hands.finish()
    with ground.database.read() as connection:
        assert UPLOADS.count(connection, caller.resource.id) == 0
    assert blobs(ground, caller) == []


def test_an_upload_makes_one_dataset_only(datasets: Datasets, caller: Caller) -> None:
    with datasets.receive(caller) as receiver:
        receiver.write(TEXT)
    datasets.create(caller, drafted.dataset(), receiver.received)
    with pytest.raises(Conflict):
        datasets.create(caller, drafted.dataset(), receiver.received)


def test_an_upload_is_no_larger_than_its_kind_may_be(datasets: Datasets, admit: Callable[..., Caller]) -> None:
    caller = admit(tier=Tier.F0)
    with pytest.raises(PayloadTooLarge), datasets.receive(caller, kind=DatasetKind.PRONUNCIATION) as receiver:
        receiver.write(bytes(1025))
    with pytest.raises(PayloadTooLarge, match="Pronunciation"):
        upload(datasets, caller, bytes(1025), kind=DatasetKind.PRONUNCIATION)


def test_an_upload_of_one_kind_becomes_no_dataset_of_another(datasets: Datasets, caller: Caller) -> None:
    with datasets.receive(caller, kind=DatasetKind.LANGUAGE) as receiver:
        receiver.write(TEXT)
    with pytest.raises(InvalidParameter) as refused:
        datasets.create(caller, drafted.dataset(DatasetKind.ACOUSTIC), receiver.received)
    assert refused.value.target == "kind"


def test_a_dataset_has_one_source(datasets: Datasets, caller: Caller) -> None:
    with pytest.raises(InvalidParameter) as refused:
        upload(datasets, caller, content_url="https://example.com/a.txt")
    assert refused.value.target == "contentUrl"


def test_a_reader_neither_makes_nor_uploads(datasets: Datasets, admit: Callable[..., Caller]) -> None:
    reader = admit(rights=frozenset({Right.READ}))
    for attempt in (
        lambda: datasets.create(reader, drafted.dataset()),
        lambda: datasets.receive(reader),
        lambda: datasets.put_block(reader, "any", name(1), [b"block"]),
        lambda: datasets.commit_blocks(reader, "any", entries(1)),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_another_resource_sees_no_dataset(ground: Ground, datasets: Datasets, admit: Callable[..., Caller]) -> None:
    caller, stranger = admit(), admit()
    made = waiting(datasets, caller)
    datasets.put_block(caller, made.id, name(1), [TEXT])
    datasets.delete(stranger, made.id)
    attempts: list[Callable[[], object]] = [
        lambda: datasets.get(stranger, made.id),
        lambda: datasets.change(stranger, made.id, Changes(display_name="Mine")),
        lambda: datasets.blocks(stranger, made.id),
        lambda: datasets.put_block(stranger, made.id, name(2), [TEXT]),
        lambda: datasets.commit_blocks(stranger, made.id, entries(1)),
        lambda: datasets.files(stranger, made.id),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            attempt()
    assert datasets.list(stranger).items == []
    assert blobs(ground, stranger) == []
    assert [block.name for block in datasets.blocks(caller, made.id).uncommitted] == [name(1)]


# Changing


def test_a_dataset_can_be_moved_between_projects_of_its_locale(
    ground: Ground, datasets: Datasets, caller: Caller
) -> None:
    project, german = (Projects(ground).create(caller, drafted.project(locale=at)).record for at in ("en-US", "de-DE"))
    made = waiting(datasets, caller)
    moved = datasets.change(caller, made.id, Changes(project_id=project.id, custom_properties={"a": "b"})).record
    assert (moved.project_id, moved.display_name) == (project.id, made.display_name)
    assert [shown.record.id for shown in datasets.list(caller, project_id=project.id).items] == [made.id]
    with pytest.raises(InvalidProject):
        datasets.change(caller, made.id, Changes(project_id=german.id))
    assert datasets.change(caller, made.id, Changes(project_id=None, display_name=UNCHANGED)).record.project_id is None


def test_a_project_is_held_before_what_moves_to_it_as_its_deletion_holds_them(
    ground: Ground, datasets: Datasets, caller: Caller, locked: list[str]
) -> None:
    project = Projects(ground).create(caller, drafted.project()).record
    made = waiting(datasets, caller)

    datasets.change(caller, made.id, Changes(project_id=project.id))

    assert locked == [project.id, made.id]


# Blocks


def test_blocks_become_the_content_in_the_order_of_the_list(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour
) -> None:
    made = waiting(datasets, caller)
    for number, content in ((1, b"cappuccinos to go\n"), (2, b"one flat "), (3, b"white please\ntwo ")):
        datasets.put_block(caller, made.id, name(number), [content[:4], content[4:]])
    datasets.put_block(caller, made.id, name(9), [b"forgotten"])
    datasets.commit_blocks(caller, made.id, entries(2, 3, 1))
    assert "import dataset succeeded" in hands.finish()
    done = datasets.get(caller, made.id).record
    assert (done.status, done.accepted_lines, done.rejected_lines) == (Status.SUCCEEDED, 2, 0)
    lists = datasets.blocks(caller, made.id)
    assert ([block.name for block in lists.committed], lists.uncommitted) == ([name(2), name(3), name(1)], [])
    assert not [blob for blob in blobs(ground, caller) if "/blocks/" in blob]


def test_a_block_replaces_the_one_of_its_name(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour
) -> None:
    made = waiting(datasets, caller)
    datasets.put_block(caller, made.id, name(1), [b"wrong"])
    datasets.put_block(caller, made.id, name(1), [TEXT])
    assert [block.size_bytes for block in datasets.blocks(caller, made.id).uncommitted] == [len(TEXT)]
    hands.finish()
    assert len(blobs(ground, caller)) == 1
    datasets.commit_blocks(caller, made.id, entries(1, kind=BlockKind.UNCOMMITTED))
    hands.finish()
    assert datasets.get(caller, made.id).record.accepted_lines == 2


def test_the_id_of_a_block_is_base64_of_up_to_64_bytes(datasets: Datasets, caller: Caller) -> None:
    made = waiting(datasets, caller)
    for wrong in ("", "a", "AAA", "AA AA=", "ÄÄÄÄ", "AAAA\n", base64.b64encode(bytes(65)).decode()):
        with pytest.raises(InvalidParameter) as refused:
            datasets.put_block(caller, made.id, wrong, [TEXT])
        assert refused.value.target == "blockid"
    datasets.put_block(caller, made.id, base64.b64encode(bytes(64)).decode(), [TEXT])


def test_the_ids_of_blocks_are_equally_long(ground: Ground, datasets: Datasets, caller: Caller) -> None:
    made = waiting(datasets, caller)
    datasets.put_block(caller, made.id, name(1), [TEXT])
    with pytest.raises(InvalidParameter, match="equally long"):
        datasets.put_block(caller, made.id, base64.b64encode(bytes(9)).decode(), [TEXT])
    assert [block.name for block in datasets.blocks(caller, made.id).uncommitted] == [name(1)]
    with ground.database.read() as connection:
        assert UPLOADS.count(connection, caller.resource.id) == 0


def test_a_block_has_at_most_8_mib_and_at_least_a_byte(ground: Ground, datasets: Datasets, caller: Caller) -> None:
    made = waiting(datasets, caller)
    mib = bytes(1 << 20)
    datasets.put_block(caller, made.id, name(1), [mib] * 8)
    with pytest.raises(PayloadTooLarge):
        datasets.put_block(caller, made.id, name(2), [mib] * 8 + [b"\0"])
    with pytest.raises(EmptyRequest):
        datasets.put_block(caller, made.id, name(3), [])
    assert [block.size_bytes for block in datasets.blocks(caller, made.id).uncommitted] == [8 << 20]


def test_blocks_together_have_no_more_than_a_dataset_of_the_kind(
    datasets: Datasets, admit: Callable[..., Caller]
) -> None:
    caller = admit(tier=Tier.F0)
    made = waiting(datasets, caller, DatasetKind.PRONUNCIATION)
    datasets.put_block(caller, made.id, name(1), [bytes(1000)])
    with pytest.raises(PayloadTooLarge, match="1025 bytes"):
        datasets.put_block(caller, made.id, name(2), [bytes(25)])
    datasets.put_block(caller, made.id, name(2), [bytes(24)])
    datasets.put_block(caller, made.id, name(1), [bytes(1000)])


def test_a_dataset_has_so_many_blocks_and_no_more(
    datasets: Datasets, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "MAX_BLOCKS", 1)
    made = waiting(datasets, caller)
    datasets.put_block(caller, made.id, name(1), [TEXT])
    with pytest.raises(PayloadTooLarge, match="no more than 1 blocks"):
        datasets.put_block(caller, made.id, name(2), [TEXT])


def test_a_list_that_cannot_be_committed_changes_nothing(datasets: Datasets, caller: Caller) -> None:
    made = waiting(datasets, caller)
    datasets.put_block(caller, made.id, name(1), [TEXT])
    not_committed_yet = entries(1, kind=BlockKind.COMMITTED)
    for wrong in ([], entries(7), not_committed_yet, entries(1, 1), entries(1, 7)):
        with pytest.raises(InvalidParameter) as refused:
            datasets.commit_blocks(caller, made.id, wrong)
        assert refused.value.target == "blockList"
    assert len(datasets.blocks(caller, made.id).uncommitted) == 1
    datasets.commit_blocks(caller, made.id, entries(1))


def test_blocks_are_committed_once(datasets: Datasets, caller: Caller, hands: Labour) -> None:
    made = waiting(datasets, caller)
    datasets.put_block(caller, made.id, name(1), [TEXT])
    datasets.commit_blocks(caller, made.id, entries(1))
    for _ in ("before the import", "after it"):
        with pytest.raises(Conflict):
            datasets.commit_blocks(caller, made.id, entries(1))
        with pytest.raises(Conflict):
            datasets.put_block(caller, made.id, name(2), [TEXT])
        hands.finish()


def test_a_dataset_with_content_takes_no_blocks(datasets: Datasets, caller: Caller) -> None:
    made = datasets.create(caller, drafted.dataset(content_url="https://example.com/a.txt")).record
    with pytest.raises(Conflict, match="has its content already"):
        datasets.put_block(caller, made.id, name(1), [TEXT])
    assert datasets.blocks(caller, made.id).committed == []


def test_a_commit_while_a_block_arrives_refuses_the_block(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour
) -> None:
    made = waiting(datasets, caller)
    datasets.put_block(caller, made.id, name(1), [TEXT])

    def late() -> Iterator[bytes]:
        yield b"late"
        datasets.commit_blocks(caller, made.id, entries(1))

    with pytest.raises(Conflict):
        datasets.put_block(caller, made.id, name(2), late())
    hands.finish()
    assert datasets.get(caller, made.id).record.status is Status.SUCCEEDED
    assert not [blob for blob in blobs(ground, caller) if "/blocks/" in blob]


# Removing


def test_deleting_a_dataset_erases_blocks_that_were_never_committed(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour
) -> None:
    made, other = waiting(datasets, caller), waiting(datasets, caller)
    for one in (made, other):
        datasets.put_block(caller, one.id, name(1), [TEXT])
    datasets.delete(caller, made.id)
    datasets.delete(caller, made.id)
    hands.finish()
    assert [blob.split("/")[1] for blob in blobs(ground, caller)] == [other.id]


def test_deleting_a_dataset_before_its_import_ends_the_import(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour
) -> None:
    made = upload(datasets, caller)
    datasets.delete(caller, made.id)
    assert set(hands.finish()) == {"erase succeeded"}
    assert blobs(ground, caller) == []


def test_an_imported_dataset_goes_with_all_its_files(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour
) -> None:
    made = upload(datasets, caller)
    hands.finish()
    file = datasets.files(caller, made.id).records[0]
    datasets.delete(caller, made.id)
    hands.finish()
    with pytest.raises(NotFound):
        datasets.file(caller, made.id, file.id)
    assert blobs(ground, caller) == []


def using(caller: Caller, dataset: Dataset, record: type[Record], **own: Any) -> Record:
    fields: dict[str, Any] = {
        "id": f"a {record.__name__}",
        "resource_id": caller.resource.id,
        "created_at": dataset.created_at,
        "last_action_at": dataset.created_at,
        "display_name": "User",
        "custom_properties": {},
        "locale": "en-US",
    }
    return record(**fields | own)


TRANSCRIBING = {"model_id": "m", "options": {}}
COMPARING = {"model1_id": "m", "model2_id": "m", "transcription1_id": "t", "transcription2_id": "u"}


@pytest.mark.parametrize(
    ("shelf", "record", "own"),
    [(TRANSCRIPTIONS, Transcription, TRANSCRIBING), (EVALUATIONS, Evaluation, COMPARING), (MODELS, Model, None)],
)
def test_a_dataset_that_is_in_use_stays_until_its_users_have_ended(
    ground: Ground,
    datasets: Datasets,
    caller: Caller,
    shelf: Shelf[Any],
    record: type[Record],
    own: Mapping[str, Any] | None,
) -> None:
    made, now = waiting(datasets, caller), ground.now()
    training = {"base_model_id": "b", "dataset_ids": ["another", made.id], "transcription_until": now}
    user = using(caller, made, record, **({**own, "dataset_id": made.id} if own else training))
    with ground.database.write() as connection:
        shelf.add(connection, user)
    with pytest.raises(InUse, match=f"{record.__name__.lower()} {user.id}"):
        datasets.delete(caller, made.id)
    with ground.database.write() as connection:
        shelf.advance(connection, caller.resource.id, user.id, Status.FAILED, now)
    datasets.delete(caller, made.id)
    assert datasets.list(caller).items == []


def test_what_was_done_to_a_dataset_is_audited_without_its_address(
    ground: Ground, datasets: Datasets, caller: Caller
) -> None:
    datasets.create(caller, drafted.dataset(content_url="https://example.com/a.txt?sig=secret"))
    made = waiting(datasets, caller)
    datasets.put_block(caller, made.id, name(1), [TEXT])
    datasets.commit_blocks(caller, made.id, entries(1))
    datasets.delete(caller, made.id)
    with ground.database.read() as connection:
        noted = audit.entries(connection, caller.resource.id)
    assert [entry.action for entry in noted if entry.subject_id == made.id] == [
        "dataset.delete",
        "dataset.commit",
        "dataset.create",
    ]
    assert "secret" not in str(noted)


def test_an_upload_that_was_given_up_becomes_no_dataset(ground: Ground, datasets: Datasets, caller: Caller) -> None:
    with datasets.receive(caller, kind=DatasetKind.LANGUAGE) as receiver:
        receiver.write(TEXT)
    datasets.discard(caller, receiver.received)
    with pytest.raises(Conflict):
        datasets.create(caller, drafted.dataset(), receiver.received)
    with ground.database.read() as connection:
        assert DATASETS.count(connection, caller.resource.id) == 0
