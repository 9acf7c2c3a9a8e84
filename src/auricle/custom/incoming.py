"""Content on its way in: recorded before its first byte, so that whatever a crash leaves behind is erased later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, select

from auricle.blobs.paths import ARTIFACTS, BlobPath
from auricle.blobs.store import BlobWriter
from auricle.custom.erasing import Place, erase
from auricle.custom.ground import Ground
from auricle.errors import PayloadTooLarge
from auricle.store.records import Upload
from auricle.store.shelf import UPLOADS
from auricle.store.tables import uploads

ABANDONED_AFTER = timedelta(days=1)  # nobody is still sending after so long


@dataclass(frozen=True, kw_only=True)
class Received:
    """Content that is stored whole and waits for what it is for."""

    id: str  # what it is for will have this id
    blob: str
    size_bytes: int
    name: str  # as its sender calls it


class Receiver:
    """Takes content piece by piece; not for two threads at once."""

    def __init__(self, writer: BlobWriter, *, id: str, blob: str, limit_bytes: int, name: str) -> None:
        self._writer = writer
        self._name = name
        self._id = id
        self._blob = blob
        self._limit_bytes = limit_bytes
        self._size_bytes = 0

    def write(self, data: bytes, /) -> int:
        """Append. Raises PayloadTooLarge beyond the limit, and StorageFull."""
        self._size_bytes += len(data)
        if self._size_bytes > self._limit_bytes:
            raise PayloadTooLarge(f"The content must be no larger than {self._limit_bytes} bytes; send less at once.")
        return self._writer.write(data)

    @property
    def received(self) -> Received:
        """What has come in; to be used once the block that receives has ended."""
        return Received(id=self._id, blob=self._blob, size_bytes=self._size_bytes, name=self._name)


@contextmanager
def receiving(
    ground: Ground, resource_id: str, *, id: str, blob: str, limit_bytes: int, name: str = ""
) -> Iterator[Receiver]:
    """Store what is written in the block as one blob, or nothing at all when the block raises."""
    upload = Upload(id=id, resource_id=resource_id, created_at=ground.now(), container=ARTIFACTS, blob=blob)
    path = BlobPath(account=resource_id, container=ARTIFACTS, name=blob)
    with ground.database.write() as connection:
        UPLOADS.add(connection, upload)
    try:
        with ground.blobs.writer(path) as writer:
            receiver = Receiver(writer, id=id, blob=blob, limit_bytes=limit_bytes, name=name)
            yield receiver
    except BaseException:
        discard(ground, resource_id, id)
        raise


def claim(connection: Connection, resource_id: str, received: Received) -> bool:
    """Take content over into the same transaction; False when it was discarded or claimed before."""
    return UPLOADS.remove(connection, resource_id, received.id)


def discard(ground: Ground, resource_id: str, id: str) -> None:
    """Erase content that nothing came of; nothing happens to content that was claimed."""
    with ground.database.write() as connection:
        upload = UPLOADS.get(connection, resource_id, id)
        if upload is not None:
            _give_up(ground, connection, upload)


def sweep(ground: Ground) -> int:
    """Erase what was received and never claimed, in every resource, and return how many there were.

    To be done at start and every hour.
    """
    oldest = ground.now() - ABANDONED_AFTER
    abandoned = select(uploads.c.resource_id, uploads.c.id).where(uploads.c.created_at < oldest)
    with ground.database.read() as connection:
        found = connection.execute(abandoned).all()
    for resource_id, id in found:
        discard(ground, resource_id, id)
    return len(found)


def _give_up(ground: Ground, connection: Connection, upload: Upload) -> None:
    if UPLOADS.remove(connection, upload.resource_id, upload.id):
        place = Place(container=upload.container, prefix=upload.blob)
        erase(ground, connection, upload.resource_id, place)
