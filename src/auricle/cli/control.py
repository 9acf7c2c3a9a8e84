"""The control plane put together: services, the work they submit, and those who do it."""

from __future__ import annotations

import threading

from auricle.api.speechtotext.app import management
from auricle.api.speechtotext.services import Services
from auricle.api.storage import storage_routes
from auricle.cli.ground import FACTORY, open_ground, works_over
from auricle.cli.identity import Identity, database_url
from auricle.custom import incoming
from auricle.errors import AuricleError
from auricle.jobs.dispatcher import Dispatcher
from auricle.jobs.local import LocalExecutor
from auricle.jobs.workshop import Workshop
from auricle.observe import Metrics, log
from auricle.settings import Settings

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
