"""A node that does work in children until it is killed: `python -m tests.jobs.serving URL ADDRESS`."""

import sys
import threading

from auricle.clock import SystemClock
from auricle.jobs.dispatcher import Dispatcher
from auricle.jobs.local import LocalExecutor
from auricle.jobs.queue import Queue
from auricle.jobs.workshop import Workshop
from auricle.observe import Metrics

LOGGING = ("json", "warning")


def main(url: str, address: str) -> None:
    workshop = Workshop(database_url=url, factory="tests.jobs.station:remote_works", arguments=(address, LOGGING))
    database, works = workshop.open()
    clock = SystemClock()
    Dispatcher(
        database=database,
        queue=Queue(clock),
        works=works,
        executor=LocalExecutor(database=database, works=works, workshop=workshop, clock=clock),
        clock=clock,
        metrics=Metrics(),
    ).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
