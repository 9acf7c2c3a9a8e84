"""What a server spends its time in, by sampling its stacks with py-spy while streams run."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import report

RATE_HZ = 100
SHOWN = 15
WAITING = (
    "_worker (concurrent/futures/thread",
    "Runner.run (asyncio/runners",
    "wait (threading",
)  # for work, not at it


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Samples by the function that ran, and by the one of ours that had called it."""

    samples: int
    functions: Counter[str]
    callers: Counter[str]

    def figures(self) -> dict[str, Any]:
        """For the file."""
        return {
            "samples": self.samples,
            "functions": dict(self.functions.most_common(40)),
            "callers": dict(self.callers.most_common(40)),
        }

    def show(self) -> None:
        """Print both."""
        for title, counted in (("Function that ran", self.functions), ("Function of ours under way", self.callers)):
            rows = [[name, f"{100 * n / max(1, self.samples):.1f} %"] for name, n in counted.most_common(SHOWN)]
            report.table(f"Profile: {title.lower()}", [title, "of samples"], rows)


def read_profile(lines: Sequence[str]) -> Profile:
    """Collapsed stacks, `outer;inner;leaf count`, as py-spy's raw format has them; threads that wait are left out."""
    functions, callers, samples = Counter[str](), Counter[str](), 0
    for line in lines:
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if frames[-1].startswith(WAITING):
            continue
        samples += int(count)
        functions[frames[-1]] += int(count)
        ours = next((frame for frame in reversed(frames) if "auricle/" in frame), "none of ours")
        callers[ours] += int(count)
    return Profile(samples=samples, functions=functions, callers=callers)


@contextmanager
def profiled(pid: int, delay_s: float, duration_s: float, *, wanted: bool) -> Iterator[Callable[[], Profile | None]]:
    """Sample the process for as long as the block's streams all run; call what it yields afterwards."""
    spy = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")
    made: list[Profile] = []
    if wanted and spy is None:
        report.note("No profile: py-spy is not installed (pip install 'auricle[bench]').")
    if not wanted or spy is None:
        yield lambda: None
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stacks.txt"
        seconds = max(1, round(duration_s - 2 * delay_s))
        options = ["--pid", str(pid), "--duration", str(seconds), "--rate", str(RATE_HZ), "--format", "raw"]
        process = subprocess.Popen(
            ["/bin/sh", "-c", f'sleep {delay_s}; exec "$@"', "sh", spy, "record", *options, "--output", str(path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        yield lambda: made[0] if made else None
        complaint = process.communicate(timeout=60)[1]
        if path.is_file():
            made.append(read_profile(path.read_text().splitlines()))
        else:
            report.note(f"No profile: py-spy said {complaint.strip().splitlines()[-1:]}")
