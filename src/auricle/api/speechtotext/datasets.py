"""Datasets, and the blocks of those that are uploaded in pieces."""

from __future__ import annotations

from typing import Any

from auricle.adaptation.kinds import DatasetKind
from auricle.api.speechtotext import bodies, fields
from auricle.api.speechtotext.answers import NO_CONTENT, Answer, created, entity, retry_later
from auricle.api.speechtotext.bodies import NewDataset, TextNormalizationKind
from auricle.api.speechtotext.calls import Call
from auricle.api.speechtotext.drafting import local_fields
from auricle.api.speechtotext.durations import format_duration
from auricle.api.speechtotext.files import list_of, one_of
from auricle.api.speechtotext.lists import list_entities, view
from auricle.api.speechtotext.shapes import View, local, progress
from auricle.api.speechtotext.updates import local_changes
from auricle.api.speechtotext.versions import Version
from auricle.custom.base_models import ADAPTATION_KINDS
from auricle.custom.blocks import FROM_BLOCKS, BlockEntry
from auricle.custom.drafts import DatasetDraft
from auricle.custom.entities import Shown
from auricle.errors import InvalidParameter, NotFound
from auricle.store.conditions import Comparison, Condition, Not, Operator
from auricle.store.records import Block, Dataset
from auricle.store.status import Status

_NEWER = DatasetKind.OUTPUT_FORMATTING  # which version 3.1 has no word for
_NOT_NEWER = Not(Comparison(field="kind", operator=Operator.EQ, value=_NEWER.value))
_list_files = list_of("datasets", lambda services: services.datasets)
_get_file = one_of("datasets", lambda services: services.datasets)


def locales(call: Call) -> Answer:
    """Datasets_ListSupportedLocales: which kinds each locale takes."""
    kinds = [kind.value for kind in (*ADAPTATION_KINDS, DatasetKind.AUDIO_FILES) if _speakable(kind, call.version)]
    return Answer(content=dict.fromkeys(call.services.base_models.locales, kinds))


def list_datasets(call: Call, *, project_id: str | None = None, address: str = "datasets") -> Answer:
    """Datasets_List."""
    always: Condition | None = _NOT_NEWER if call.version is Version.V3_1 else None
    service = call.services.datasets
    return list_entities(call, service, dataset, fields.DATASET, address=address, project_id=project_id, always=always)


def list_of_project(call: Call) -> Answer:
    """Projects_ListDatasets."""
    return list_datasets(call, project_id=call.id, address=f"projects/{call.id}/datasets")


def create(call: Call) -> Answer:
    """Datasets_Create."""
    draft = dataset_draft(call.parsed(NewDataset), call.version)
    return created(dataset(call.services.datasets.create(call.caller, draft), view(call)))


def get(call: Call) -> Answer:
    """Datasets_Get."""
    return entity(dataset(_shown(call), view(call)))


def update(call: Call) -> Answer:
    """Datasets_Update."""
    changes = local_changes(call)
    _shown(call)
    return entity(dataset(call.services.datasets.change(call.caller, call.id, changes), view(call)))


def delete(call: Call) -> Answer:
    """Datasets_Delete."""
    call.services.datasets.delete(call.caller, call.id)
    return NO_CONTENT


def list_files(call: Call) -> Answer:
    """Datasets_ListFiles."""
    _shown(call)
    return _list_files(call)


def get_file(call: Call) -> Answer:
    """Datasets_GetFile."""
    _shown(call)
    return _get_file(call)


def list_blocks(call: Call) -> Answer:
    """Datasets_GetBlocks."""
    shown = _shown(call)
    lists = call.services.datasets.blocks(call.caller, call.id)
    content = {
        "committedBlocks": [_block(block) for block in lists.committed],
        "uncommittedBlocks": [_block(block) for block in lists.uncommitted],
    }
    return Answer(content=content, headers=retry_later(not shown.record.status.ended))


def upload_block(call: Call) -> Answer:
    """Datasets_UploadBlock: the body is the block, of whatever type it says it is."""
    name = call.query.get("blockid")
    if not name:
        raise InvalidParameter(
            "Expected the block's id in Base64 as the parameter blockid, got none.", target="blockid"
        )
    # A plus sign that was not encoded arrives as a space.
    call.services.datasets.put_block(call.caller, call.id, name.replace(" ", "+"), call.incoming)
    return Answer(status=201)


def commit_blocks(call: Call) -> Answer:
    """Datasets_CommitBlocks."""
    entries = [BlockEntry(kind=entry.kind, name=entry.id) for entry in bodies.parse_blocks(call.body)]
    call.services.datasets.commit_blocks(call.caller, call.id, entries)
    return Answer()


def dataset_draft(body: NewDataset, version: Version) -> DatasetDraft:
    """What the body asks for. Raises InvalidParameter for a kind that the version does not know."""
    if not _speakable(body.kind, version):
        raise InvalidParameter(f"Datasets of kind {body.kind.value} came with version 3.2; use it.", target="kind")
    normalisation = body.properties.text_normalization_kind if body.properties else None
    return DatasetDraft(
        **local_fields(body),
        kind=body.kind,
        content_url=body.content_url,
        normalise_text=version is Version.V3_1 or normalisation is not TextNormalizationKind.NONE,
    )


def dataset(shown: Shown[Dataset], view: View) -> dict[str, Any]:
    """A dataset; while it waits for blocks, with the links by which they are sent."""
    record = shown.record
    address = view.links.to("datasets", record.id)
    links = {"files": f"{address}/files"}
    if record.source == FROM_BLOCKS and record.status is Status.NOT_STARTED and shown.standing is None:
        blocks = f"{address}/blocks"
        links |= {"commitBlocks": f"{blocks}:commit", "listBlocks": blocks, "uploadBlocks": blocks}
    return {
        "self": address,
        "kind": record.kind,
        "links": links,
        "properties": _properties(record, view.version) | progress(shown),
        **local(record, view),
    }


def _properties(record: Dataset, version: Version) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    if version is not Version.V3_1:
        properties["textNormalizationKind"] = record.text_normalisation
    if record.accepted_lines is not None:
        properties["acceptedLineCount"] = record.accepted_lines
    if record.rejected_lines is not None:
        properties["rejectedLineCount"] = record.rejected_lines
    if record.duration_s is not None:
        properties["duration"] = format_duration(record.duration_s)
    return properties


def _block(block: Block) -> dict[str, Any]:
    return {"name": block.name, "size": block.size_bytes}


def _speakable(kind: DatasetKind, version: Version) -> bool:
    return version is not Version.V3_1 or kind is not _NEWER


def _shown(call: Call) -> Shown[Dataset]:
    """The dataset, unless the version has no word for its kind. It can be deleted through any version."""
    shown = call.services.datasets.get(call.caller, call.id)
    if not _speakable(DatasetKind(shown.record.kind), call.version):
        raise NotFound(
            f"The dataset {call.id} is of a kind that came with version 3.2; use that version or a later one."
        )
    return shown
