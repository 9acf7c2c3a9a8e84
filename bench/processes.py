"""What processes use, read from /proc: processor time and resident memory, each process by itself."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import click

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
MEGABYTE = 1e6


def need_proc() -> None:
    """Say so where there is no /proc to read."""
    if not Path("/proc/self/stat").exists():
        raise click.ClickException("This benchmark reads processor time and memory from /proc, so it needs Linux.")


def cpu_s(pid: int) -> float:
    """Processor seconds of all threads of a process so far."""
    return _cpu_s(Path(f"/proc/{pid}/stat"))


def first_thread_cpu_s(pid: int) -> float:
    """Processor seconds of a process's first thread so far: in a server, the one that the event loop has."""
    return _cpu_s(Path(f"/proc/{pid}/task/{pid}/stat"))


def machine_cpu_s() -> float:
    """Processor seconds that the whole machine has worked so far, with those that its host gave to others instead."""
    fields = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]
    user, nice, system, _idle, _waiting, interrupts, soft_interrupts, stolen = map(int, fields)
    return (user + nice + system + interrupts + soft_interrupts + stolen) / _TICKS_A_SECOND


def _cpu_s(stat: Path) -> float:
    fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


def memory_mb(pid: int, field: str = "VmRSS") -> float:
    """Resident megabytes now (`VmRSS`) or at most so far (`VmHWM`)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024 / MEGABYTE
    raise click.ClickException(f"/proc/{pid}/status tells no {field}.")


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text(encoding="ascii").split()
    ]


def allow_open_files(wanted: int) -> int:
    """Raise this process's limit of open files, which children inherit, as far as allowed; what it is then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
