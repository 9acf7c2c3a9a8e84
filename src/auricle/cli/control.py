"""The control plane put together: the ground that services stand on, the work they submit, and those who do it."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from auricle.api.speechtotext.app import management
from auricle.api.speechtotext.callbacks import Callbacks
from auricle.api.speechtotext.services import Services
from auricle.api.storage import storage_routes
from auricle.blobs.local import LocalBlobs
from auricle.cli.identity import Identity, database_url, master_of
from auricle.clock import Clock, SystemClock
from auricle.custom import (
    copies,
    endpoints,
    erasing,
    importing,
    incoming,
    transcriptions,
    unserved,
    web_hooks,
)
from auricle.custom.base_models import BaseModels
from auricle.custom.ground import Ground
from auricle.engine.catalogue import Catalogue
from auricle.errors import AuricleError
from auricle.identity.sealing import Sealer
from auricle.jobs.dispatcher import Dispatcher
from auricle.jobs.local import LocalExecutor
from auricle.jobs.queue import Queue
from auricle.jobs.work import Work
from auricle.jobs.workshop import Workshop
from auricle.observe import Metrics, configure_logging, log
from auricle.outbound.client import Outbound, Policy
from auricle.settings import Settings
from auricle.store.database import Database

FACTORY = f"{__name__}:job_works"
WORKS = (importing, erasing, copies, unserved, web_hooks, endpoints, transcriptions)
TIDYING_S = 3600.0  # between looks for what was left behind


class ControlPlane:
    """The services of one server, and the durable work that goes on in it and its child processes."""

    def __init__(self, settings: Settings, identity: Identity, metrics: Metrics) -> None:
        database, clock = identity.database, identity.clock
        self._blobs = identity.blobs
        self._ground = open_ground(settings, database, identity.blobs, clock)
        self.management = management(Services.over(self._ground), identity.gate, identity.rates, settings, metrics)
        self.files = storage_routes(identity.blobs, identity.gate, clock)
        works = works_over(self._ground)
        workshop = Workshop(database_url=database_url(settings), factory=FACTORY, arguments=(settings,))
        self._dispatcher = Dispatcher(
            database=database,
            queue=self._ground.queue,
            works=works,
            executor=LocalExecutor(
                database=database, works=works, workshop=workshop, clock=clock, processes=settings.job_workers
            ),
            clock=clock,
            metrics=metrics,
        )
        self._stopping = threading.Event()
        self._tidier = threading.Thread(target=self._tidy, name="auricle-tidier", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._dispatcher.start()
        self._tidier.start()

    def stop(self) -> None:
        """Give back what is not finished soon; another start goes on with it."""
        self._stopping.set()
        self.management.close()
        self._dispatcher.stop()
        self._ground.outbound.close()
        self._tidier.join()

    def _tidy(self) -> None:
        """Now and every hour, remove what uploads that broke off have left."""
        while not self._stopping.is_set():
            try:
                incoming.sweep(self._ground)
                self._blobs.discard_abandoned(self._ground.clock.now())
            except AuricleError as error:
                log.warning("tidying_put_off", reason=error.message)
            except Exception:  # noqa: BLE001  # the boundary of the thread: it tries again in an hour
                log.exception("tidying_failed")
            self._stopping.wait(TIDYING_S)


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
    return {work.kind: work for module in WORKS for work in module.works(ground)}


def job_works(database: Database, settings: Settings) -> Mapping[str, Work]:
    """The same in a child process, which has opened the database."""
    configure_logging(style=settings.log_format, level=settings.log_level)
    blobs = LocalBlobs(settings.home / "blobs", master_of(settings).key_for("links"))
    return works_over(open_ground(settings, database, blobs, SystemClock()))
