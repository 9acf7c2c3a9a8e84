"""Datasets: made from an address, an upload or blocks that follow, and imported at once by durable work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection

from auricle.adaptation.kinds import DatasetKind
from auricle.custom import blocks, importing, layout
from auricle.custom.attempts import AS_WRITTEN, FROM_UPLOAD, FROM_URL, NORMALISED
from auricle.custom.blocks import BlockEntry, BlockLists
from auricle.custom.drafts import DatasetDraft
from auricle.custom.entities import Shown, check_project, known_locale, new_id
from auricle.custom.erasing import Place, erase
from auricle.custom.files import FiledEntities
from auricle.custom.incoming import Received, Receiver, claim, discard, receiving
from auricle.custom.quotas import largest_bytes, limits, require_room
from auricle.errors import Conflict, EmptyRequest, InUse, InvalidParameter, InvalidUrl, PayloadTooLarge
from auricle.identity.caller import Caller, Right
from auricle.store.records import Block, Dataset
from auricle.store.shelf import DATASETS, EVALUATIONS, MODELS, TRANSCRIPTIONS
from auricle.store.status import Status

_OPEN = (Status.NOT_STARTED, Status.RUNNING)


class Datasets(FiledEntities[Dataset]):
    """The service of datasets."""

    shelf = DATASETS
    noun = "dataset"

    def create(self, caller: Caller, draft: DatasetDraft, received: Received | None = None) -> Shown[Dataset]:
        """A new dataset, to be imported from its address or from what was received, or else waiting for blocks.

        Raises InvalidLocale, InvalidProject, InvalidParameter for the address, QuotaExceeded, PayloadTooLarge. What
        was received is used up, also when this raises.
        """
        try:
            caller.need(Right.WRITE)
            dataset = self._drafted(caller, draft, received)
            with self.ground.database.write() as connection:
                self._put_in(connection, caller, dataset, received)
                return self._shown(connection, caller, [dataset])[0]
        except BaseException:
            if received is not None:
                discard(self.ground, caller.resource.id, received.id)
            raise

    def receive(
        self, caller: Caller, *, kind: DatasetKind | None = None, name: str = ""
    ) -> AbstractContextManager[Receiver]:
        """Take content for a dataset to be created; what comes of it is the receiver's `received`, after the block.

        `kind`, where it is known already, bounds the size more tightly; `name` is what the sender calls the file.
        """
        caller.need(Right.WRITE)
        id = new_id()
        return receiving(
            self.ground,
            caller.resource.id,
            id=id,
            blob=layout.upload_blob(id, kind),
            limit_bytes=limits(caller.resource.tier).upload_bytes(kind)
            if kind
            else largest_bytes(caller.resource.tier),
            name=name,
        )

    def discard(self, caller: Caller, received: Received) -> None:
        """Give up what was received and will not become a dataset."""
        discard(self.ground, caller.resource.id, received.id)

    # Blocks

    def put_block(self, caller: Caller, id: str, name: str, chunks: Iterable[bytes]) -> None:
        """Upload a block; see `receive_block`."""
        with self.receive_block(caller, id, name) as receiver:
            for chunk in chunks:
                receiver.write(chunk)

    @contextmanager
    def receive_block(self, caller: Caller, id: str, name: str) -> Iterator[Receiver]:
        """Take a block of at most 8 MiB, in place of the one of this name; it is there when the block of code ends.

        Raises NotFound, Conflict when the dataset takes none, InvalidParameter for the name, PayloadTooLarge.
        """
        caller.need(Right.WRITE)
        blocks.check_name(name)
        with self.ground.database.read() as connection:
            dataset = self._found(connection, caller, id)
            blocks.require_waiting(connection, dataset)
        new, limit_bytes = new_id(), blocks.MAX_BLOCK_BYTES
        blob = layout.block_blob(dataset, new)
        with receiving(self.ground, caller.resource.id, id=new, blob=blob, limit_bytes=limit_bytes) as receiver:
            yield receiver
        try:
            self._add_block(caller, id, name, receiver.received)
        except BaseException:
            discard(self.ground, caller.resource.id, new)
            raise

    def blocks(self, caller: Caller, id: str) -> BlockLists:
        """What was uploaded so far. Raises NotFound."""
        caller.need(Right.READ)
        with self.ground.database.read() as connection:
            return blocks.lists(connection, self._found(connection, caller, id))

    def commit_blocks(self, caller: Caller, id: str, entries: Sequence[BlockEntry]) -> None:
        """Put the blocks in order and begin the import.

        Raises NotFound, Conflict when it has begun or the dataset takes no blocks, InvalidParameter for the list.
        """
        caller.need(Right.WRITE)
        with self.ground.database.write() as connection:
            dataset = self._found(connection, caller, id, lock=True)
            blocks.require_waiting(connection, dataset)
            blocks.commit(connection, dataset, entries)
            importing.submit(self.ground, connection, dataset, caller.resource.tier)
            self._audit(connection, caller, "commit", id, blocks=len(entries))

    def _add_block(self, caller: Caller, id: str, name: str, received: Received) -> None:
        if not received.size_bytes:
            raise EmptyRequest("The block is empty; send its bytes as the body.", target="body")
        with self.ground.database.write() as connection:
            dataset = self._found(connection, caller, id, lock=True)
            blocks.require_waiting(connection, dataset)
            _claimed(connection, caller, received)
            block = Block(
                id=received.id,
                resource_id=caller.resource.id,
                created_at=self.ground.now(),
                dataset_id=id,
                name=name,
                size_bytes=received.size_bytes,
                blob=received.blob,
            )
            limit_bytes = limits(caller.resource.tier).upload_bytes(DatasetKind(dataset.kind))
            replaced = blocks.add(connection, dataset, block, limit_bytes=limit_bytes)
            if replaced is not None:
                erase(self.ground, connection, caller.resource.id, Place(prefix=replaced.blob))

    # Making and removing

    def _drafted(self, caller: Caller, draft: DatasetDraft, received: Received | None) -> Dataset:
        locale = known_locale(self.ground, draft.locale)
        if received is not None:
            _check_received(caller, draft, received)
        return Dataset(
            **self._fields(caller, draft, locale, id=None if received is None else received.id),
            kind=draft.kind.value,
            text_normalisation=NORMALISED if draft.normalise_text else AS_WRITTEN,
            source=_source(draft, received),
            content_url_sealed=None if draft.content_url is None else self._sealed(draft.content_url),
        )

    def _sealed(self, url: str) -> str:
        try:
            self.ground.outbound.check(url)
        except InvalidUrl as error:
            error.target = "contentUrl"
            raise
        return self.ground.sealer.seal(url)

    def _put_in(self, connection: Connection, caller: Caller, dataset: Dataset, received: Received | None) -> None:
        require_room(connection, caller.resource)
        if dataset.project_id is not None:
            check_project(connection, caller, dataset.project_id, dataset.locale)
        if received is not None:
            _claimed(connection, caller, received)
        self._added(connection, caller, dataset)
        if dataset.source != blocks.FROM_BLOCKS:
            importing.submit(self.ground, connection, dataset, caller.resource.tier, received)

    def _check_removal(self, connection: Connection, caller: Caller, record: Dataset) -> None:
        users = _users(connection, record)
        if users:
            raise InUse(
                f"The dataset {record.id} is used by {', '.join(users)}; wait until that has ended, or delete it first."
            )

    def _places(self, record: Dataset) -> Sequence[Place]:
        return layout.places(record)


def _check_received(caller: Caller, draft: DatasetDraft, received: Received) -> None:
    limit_bytes = limits(caller.resource.tier).upload_bytes(draft.kind)
    if received.size_bytes > limit_bytes:
        raise PayloadTooLarge(
            f"The file has {received.size_bytes} bytes; a dataset of kind {draft.kind.value} may have {limit_bytes}."
        )
    if draft.content_url is not None:
        raise InvalidParameter("A dataset comes from a file or from an address, not from both.", target="contentUrl")
    if not layout.fits(received.blob, draft.kind):
        raise InvalidParameter("The kind of the dataset is named twice, and differently.", target="kind")


def _source(draft: DatasetDraft, received: Received | None) -> str:
    if received is not None:
        return FROM_UPLOAD
    return blocks.FROM_BLOCKS if draft.content_url is None else FROM_URL


def _claimed(connection: Connection, caller: Caller, received: Received) -> None:
    if not claim(connection, caller.resource.id, received):
        raise Conflict("What was uploaded is not there any more; upload it again.")


def _users(connection: Connection, dataset: Dataset) -> list[str]:
    """What still reads the dataset, by kind and id."""
    found = []
    for shelf, noun in ((EVALUATIONS, "evaluation"), (TRANSCRIPTIONS, "transcription")):
        where = (shelf.table.c.dataset_id == dataset.id) & shelf.table.c.status.in_(_OPEN)
        found += [f"{noun} {record.id}" for record in shelf.page(connection, dataset.resource_id, where=where).records]
    training = MODELS.all(connection, dataset.resource_id, MODELS.table.c.status.in_(_OPEN))
    return [*(f"model {model.id}" for model in training if dataset.id in model.dataset_ids), *found]
