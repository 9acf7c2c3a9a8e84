"""The ground that services stand on and the kinds of work over it, for the server and for its child processes."""

from __future__ import annotations

from collections.abc import Mapping

from auricle.api.speechtotext.callbacks import Callbacks
from auricle.blobs.local import LocalBlobs
from auricle.cli.identity import master_of
from auricle.clock import Clock, SystemClock
from auricle.custom import copies, endpoints, erasing, importing, transcriptions, unserved, web_hooks
from auricle.custom.base_models import BaseModels
from auricle.custom.ground import Ground
from auricle.engine.catalogue import Catalogue
from auricle.identity.sealing import Sealer
from auricle.jobs.queue import Queue
from auricle.jobs.work import Work
from auricle.observe import configure_logging
from auricle.outbound.client import Outbound, Policy
from auricle.settings import Settings
from auricle.store.database import Database

FACTORY = f"{__name__}:job_works"
_MODULES = (importing, erasing, copies, unserved, web_hooks, endpoints, transcriptions)


def open_ground(settings: Settings, database: Database, blobs: LocalBlobs, clock: Clock) -> Ground:
    """What services stand on, over an open database. Raises ConfigurationError."""
    master = master_of(settings)
    catalogue = Catalogue(settings.home)
    allowed = frozenset(host.strip() for host in settings.allowed_hosts.split(",") if host.strip())
    return Ground(
        database=database,
        queue=Queue(clock),
        blobs=blobs,
        outbound=Outbound(Policy(allow_private=settings.allow_private_urls, allowed_hosts=allowed)),
        sealer=Sealer(master.key_for("sealing")),
        base_models=BaseModels([catalogue.model(name) for name in settings.models]),
        clock=clock,
        renderer=Callbacks(public_url=settings.public_url),
    )


def works_over(ground: Ground) -> Mapping[str, Work]:
    """Every kind of work, by its name."""
    return {work.kind: work for module in _MODULES for work in module.works(ground)}


def job_works(database: Database, settings: Settings) -> Mapping[str, Work]:
    """The same in a child process, which has opened the database."""
    configure_logging(style=settings.log_format, level=settings.log_level)
    blobs = LocalBlobs(settings.home / "blobs", master_of(settings).key_for("links"))
    return works_over(open_ground(settings, database, blobs, SystemClock()))
