"""The parent's side of a child process that performs jobs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any, Self

from auricle.jobs.work import Job, Outcome
from auricle.jobs.workshop import Workshop
from auricle.observe import log

CLOSING_S = 5.0  # a child that is not needed any more has this long to go
_STANDARD_ERROR = 2


class Child:
    """Started anew, not forked: this process has threads. It runs from its first job until it is closed or dies."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection[Any, Any] | None = None
        self._killed = False

    def perform(self, job: Job) -> Outcome:
        """Have it do this; DIED as soon as it is no more."""
        try:
            process, pipe = self._running()
            pipe.send(job)
            outcome = _answer(process, pipe)
        except (EOFError, OSError):
            outcome = Outcome.DIED
        except Exception:  # noqa: BLE001  # what cannot be read is no answer either
            log.exception("job_process_misunderstood", job=job.id)
            outcome = Outcome.DIED
        if outcome is Outcome.DIED:
            self.close()
        return outcome

    def kill(self) -> None:
        """End it in the middle of whatever it does, for good; may be called in any thread."""
        with self._lock:
            self._killed = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """Let it go."""
        with self._lock:
            process, pipe, self._process, self._pipe = self._process, self._pipe, None, None
        if pipe is not None:
            pipe.close()
        if process is not None:
            status = _reap(process)
            log.info("job_process_ended", process=process.pid, status=status)

    def _running(self) -> tuple[subprocess.Popen[bytes], Connection[Any, Any]]:
        if self._process is not None and self._process.poll() is not None:  # died while nobody needed it
            self.close()
        with self._lock:
            if self._killed:
                raise EOFError
            if self._process is None or self._pipe is None:
                self._process, self._pipe = _start(self._workshop)
            return self._process, self._pipe


def _start(workshop: Workshop) -> tuple[subprocess.Popen[bytes], Connection[Any, Any]]:
    here, there = Pipe()
    with there:
        descriptor = there.fileno()
        process = subprocess.Popen(  # noqa: S603  # ourselves
            [sys.executable, "-P", "-m", "auricle.jobs.child", str(descriptor)],
            pass_fds=[descriptor],
            stdin=subprocess.DEVNULL,
            stdout=_STANDARD_ERROR,
        )
    log.info("job_process_started", process=process.pid)
    try:
        here.send(sys.path)
        here.send(workshop)
    except OSError:
        here.close()
        _reap(process)
        raise
    return process, here


def _answer(process: subprocess.Popen[bytes], pipe: Connection[Any, Any]) -> Outcome:
    """What it says, or DIED: its own children may hold the pipe open after it, so both are waited for."""
    with _Death(process.pid) as death:
        wait([pipe, *death.descriptors])
        return Outcome(pipe.recv()) if pipe.poll() else Outcome.DIED


class _Death:
    """Descriptors that become readable when a process ends, where the system has such."""

    def __init__(self, pid: int) -> None:
        self.descriptors = [os.pidfd_open(pid)] if hasattr(os, "pidfd_open") else []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        for descriptor in self.descriptors:
            os.close(descriptor)


def _reap(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(CLOSING_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
