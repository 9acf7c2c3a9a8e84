"""A place where works in other processes report, and wait to be told how to go on."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from auricle.jobs.work import Job, Lane, Progress, Work
from auricle.observe import configure_logging
from auricle.store.database import Database

from .house import Chore

PATIENCE_S = 30.0


class Report:
    """What a work that has begun says of itself, and the line to it."""

    def __init__(self, line: Connection[Any, Any]) -> None:
        self.line = line
        assert line.poll(PATIENCE_S)
        self.attempt, self.process, self.subject_id = line.recv()

    def tell(self, *orders: str) -> None:
        """Have it do this, one after the other."""
        for order in orders:
            self.line.send(order)

    def wait_for_its_end(self) -> None:
        """Until the process is gone."""
        assert self.line.poll(PATIENCE_S)
        try:
            self.line.recv()
        except (EOFError, ConnectionResetError):
            return
        raise AssertionError("it lives")


class Station:
    """Where works report."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._listener = Listener(address, "AF_UNIX")
        self._listener._listener._socket.settimeout(PATIENCE_S)  # type: ignore[attr-defined]

    def report(self) -> Report:
        """The next one."""
        return Report(self._listener.accept())

    def close(self) -> None:
        self._listener.close()


@contextmanager
def station() -> Iterator[Station]:
    """A station that is open."""
    folder = Path(tempfile.mkdtemp(prefix="auricle-"))
    opened = Station(str(folder / "station"))
    yield opened
    opened.close()
    shutil.rmtree(folder)


def remote_works(_database: Database, address: str, logging: tuple[str, str] | None = None) -> Mapping[str, Work]:
    """Works that report at the station and do as they are told; made in whichever process does them."""
    if logging:
        style, level = logging
        configure_logging(style=style, level=level)

    def act(job: Job, progress: Progress) -> int:
        with Client(address) as line:
            line.send((job.attempts, os.getpid(), job.subject_id))
            while line.recv() != "finish":
                progress(0.5)
                line.send("progressed")
        return os.getpid()

    return {"chore": Chore(act=act, lane=Lane.PROCESS, attempts=2)}


def no_works(_database: Database, *_arguments: object) -> Mapping[str, Work]:
    """A factory that cannot make any."""
    raise SystemExit(3)
