"""What all services stand on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from auricle.blobs.store import BlobStore
from auricle.clock import Clock
from auricle.custom.base_models import BaseModels
from auricle.custom.events import EventRenderer
from auricle.identity.sealing import Sealer
from auricle.jobs.queue import Queue
from auricle.outbound.client import Outbound
from auricle.store.database import Database


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The rooms below, opened once and shared."""

    database: Database
    queue: Queue
    blobs: BlobStore
    outbound: Outbound
    sealer: Sealer
    base_models: BaseModels
    renderer: EventRenderer
    clock: Clock

    def now(self) -> datetime:
        """The time of day in whole seconds, as it is shown: what is shown can be filtered by."""
        return self.clock.now().replace(microsecond=0)
