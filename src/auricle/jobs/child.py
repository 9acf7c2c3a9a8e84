"""A process that performs jobs, one at a time, for the process that started it.

    python -P -m auricle.jobs.child DESCRIPTOR

The descriptor is one end of a pipe: the search path and the workshop come over it, then jobs, and outcomes go back.
When the other end is closed, by intent or by death, the process ends at once, whatever it is doing.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from auricle.clock import SystemClock
from auricle.jobs.performing import perform
from auricle.jobs.work import Job
from auricle.jobs.workshop import Workshop

NICENESS = 10  # people who speak now come first


def main(descriptor: int) -> None:
    """Perform what comes until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # typed at the terminal, it is for the parent to judge
    os.nice(NICENESS)
    pipe: Connection[Any, Any] = Connection(descriptor)
    sys.path[:] = pipe.recv()
    workshop: Workshop = pipe.recv()
    jobs: SimpleQueue[Job] = SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, jobs), name="auricle-job-pipe", daemon=True).start()
    database, works = workshop.open()
    while True:
        pipe.send(perform(database, works, jobs.get(), SystemClock()))


def _listen(pipe: Connection[Any, Any], jobs: SimpleQueue[Job]) -> None:
    """Pass jobs on as long as the parent lives."""
    try:
        while True:
            jobs.put(pipe.recv())
    except (EOFError, OSError):
        os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
