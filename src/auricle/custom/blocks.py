"""Blocks: the pieces of a dataset that is uploaded in pieces, and the list that puts them in order.

The rules are those of block blobs in Azure storage, for a blob that is committed once.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update

from auricle.errors import Conflict, InvalidParameter, PayloadTooLarge
from auricle.store.records import Block, Dataset
from auricle.store.shelf import BLOCKS
from auricle.store.status import Status
from auricle.store.tables import blocks

FROM_BLOCKS = "blocks"  # the source of such a dataset
MAX_BLOCK_BYTES = 8 << 20
MAX_BLOCKS = 50_000  # of one dataset
_MAX_NAME_BYTES = 64  # before it is encoded


class BlockKind(Enum):
    """Which block of a name is meant."""

    COMMITTED = "Committed"
    UNCOMMITTED = "Uncommitted"
    LATEST = "Latest"  # the uncommitted one if there is one


@dataclass(frozen=True, kw_only=True)
class BlockEntry:
    """A place in the list that is committed."""

    kind: BlockKind
    name: str


@dataclass(frozen=True, kw_only=True)
class BlockLists:
    """The blocks that make up the content, in order, and those that do not yet."""

    committed: Sequence[Block]
    uncommitted: Sequence[Block]


def check_name(name: str) -> None:
    """Raise InvalidParameter unless a block may have this name."""
    try:
        decoded = base64.b64decode(name.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise InvalidParameter("The id of a block must be Base64, URL-encoded.", target="blockid") from None
    if not 1 <= len(decoded) <= _MAX_NAME_BYTES:
        raise InvalidParameter(
            f"The id of a block must encode 1 to {_MAX_NAME_BYTES} bytes, got {len(decoded)}.", target="blockid"
        )


def lists(connection: Connection, dataset: Dataset) -> BlockLists:
    """The blocks of a dataset."""
    found = _of(connection, dataset)
    committed = [block for block in found if block.committed_at_position is not None]
    return BlockLists(
        committed=sorted(committed, key=lambda block: block.committed_at_position or 0),
        uncommitted=[block for block in found if block.committed_at_position is None],
    )


def require_waiting(connection: Connection, dataset: Dataset) -> None:
    """Raise Conflict unless the dataset takes blocks."""
    if dataset.source != FROM_BLOCKS:
        raise Conflict(f"The dataset {dataset.id} has its content already; create one without contentUrl for blocks.")
    committed = blocks.c.committed_at_position.is_not(None)
    if dataset.status is not Status.NOT_STARTED or _count(connection, dataset, committed):
        raise Conflict(f"The blocks of the dataset {dataset.id} were committed already; create another dataset.")


def add(connection: Connection, dataset: Dataset, block: Block, *, limit_bytes: int) -> Block | None:
    """Add a block to a locked dataset, and return the one of the same name that it replaces.

    Raises InvalidParameter when names differ in length, PayloadTooLarge when it is more than the dataset may have.
    """
    replaced = next(
        iter(BLOCKS.all(connection, dataset.resource_id, _mine(dataset) & (blocks.c.name == block.name))), None
    )
    if replaced is not None:
        BLOCKS.remove(connection, dataset.resource_id, replaced.id)
    extent = select(func.count(), func.coalesce(func.sum(blocks.c.size_bytes), 0), func.max(func.length(blocks.c.name)))
    count, size_bytes, name_length = connection.execute(extent.where(_mine(dataset))).one()
    if name_length not in {None, len(block.name)}:
        raise InvalidParameter(
            f"The ids of all blocks of a dataset must be equally long: expected {name_length} characters, "
            f"got {len(block.name)}.",
            target="blockid",
        )
    if count >= MAX_BLOCKS:
        raise PayloadTooLarge(f"A dataset may have no more than {MAX_BLOCKS} blocks; send larger ones.")
    if size_bytes + block.size_bytes > limit_bytes:
        raise PayloadTooLarge(
            f"The blocks would have {size_bytes + block.size_bytes} bytes together; a dataset of kind {dataset.kind} "
            f"may have {limit_bytes}."
        )
    BLOCKS.add(connection, block)
    return replaced


def commit(connection: Connection, dataset: Dataset, entries: Sequence[BlockEntry]) -> None:
    """Make the named blocks the content of a locked dataset and forget the others. Raises InvalidParameter."""
    if not entries:
        raise InvalidParameter("The list must name at least one block.", target="blockList")
    uncommitted = {block.name: block for block in _of(connection, dataset)}
    names = [_resolved(entry, uncommitted) for entry in entries]
    if len(set(names)) < len(names):
        raise InvalidParameter("The list must name every block once.", target="blockList")
    placed = update(blocks).where(blocks.c.id == bindparam("block")).values(committed_at_position=bindparam("position"))
    connection.execute(placed, [{"block": uncommitted[name].id, "position": place} for place, name in enumerate(names)])
    left_over = _mine(dataset) & blocks.c.committed_at_position.is_(None)
    BLOCKS.remove_all(connection, dataset.resource_id, left_over)


def _resolved(entry: BlockEntry, uncommitted: Mapping[str, Block]) -> str:
    if entry.kind is BlockKind.COMMITTED or entry.name not in uncommitted:
        wanted = "committed" if entry.kind is BlockKind.COMMITTED else "uploaded"
        raise InvalidParameter(
            f"There is no {wanted} block {entry.name[:100]!r} in this dataset; GET .../blocks lists those there are.",
            target="blockList",
        )
    return entry.name


def _mine(dataset: Dataset) -> ColumnElement[bool]:
    return blocks.c.dataset_id == dataset.id


def _of(connection: Connection, dataset: Dataset) -> list[Block]:
    return BLOCKS.all(connection, dataset.resource_id, _mine(dataset))


def _count(connection: Connection, dataset: Dataset, where: ColumnElement[bool]) -> int:
    return BLOCKS.count(connection, dataset.resource_id, _mine(dataset) & where)
