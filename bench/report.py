"""What a benchmark leaves behind: tables for people on standard output, and the same as JSON in build/bench/."""

from __future__ import annotations

import json
import math
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.recordings import REPOSITORY

OUTPUT = REPOSITORY / "build" / "bench"
WIDTH = 170  # of tables that go to a file or a pipe
PACKAGES = ("auricle", "onnxruntime", "faster-whisper", "ctranslate2", "pocketsphinx", "jiwer", "whisper-normalizer")

console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)


def heading(text: str) -> None:
    """What comes now."""
    console.rule(f"[bold]{text}", align="left")


def note(text: str) -> None:
    """A sentence under or over a table."""
    console.print(text, markup=False, style="dim")


def table(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]], *, under: str = "") -> None:
    """The first column to the left, figures to the right."""
    grid = Table(title=title, title_justify="left", header_style="bold", caption=under or None, caption_justify="left")
    for number, text in enumerate(headings):
        grid.add_column(text, justify="left" if number == 0 else "right", no_wrap=number == 0)
    for row in rows:
        grid.add_row(*(str(cell) for cell in row))
    console.print(grid)


def save(name: str, result: Mapping[str, Any]) -> Path:
    """Keep the figures, with the machine they were measured on."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    path = OUTPUT / f"{name}.json"
    document = {"benchmark": name, "machine": machine(), **result}
    path.write_text(json.dumps(_plain(document), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    note(f"Written to {path.relative_to(REPOSITORY)}")
    return path


def _plain(value: Any) -> Any:
    """What JSON can say: no NaN, and no more digits than anybody measured."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 5) if math.isfinite(value) else None
    return value


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> dict[str, Any]:
    """What stands behind every figure."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "cores": cores(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
    }


def describe_machine() -> None:
    """One line about the machine, and a warning when it is not quiet."""
    facts = machine()
    note(f"{facts['processor']}, {facts['cores']} cores, Python {facts['python']}, {facts['time']}")
    busy = facts["load_average"][0]
    if busy > 0.5:
        note(f"Others use this machine (load average {busy}): wall times and latencies will be worse than they are.")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
