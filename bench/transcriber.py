"""One engine transcribing a list of recordings in a process of its own, on one thread, with its processor time.

`transcribe` starts the process and yields its answers; `python -m bench.transcriber` is that process: a JSON object on
standard input names the engine, the home folder and the jobs; every line of standard output is a JSON answer.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import click

from auricle.errors import AuricleError
from bench.recordings import REPOSITORY

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True, kw_only=True)
class Job:
    """A recording to transcribe."""

    name: str
    path: str
    language: str = "en"
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """What was heard, and what it took: reading the file, finding the speech, decoding."""

    name: str
    text: str
    lexical: str
    audio_s: float
    cpu_s: float
    wall_s: float


@dataclass(frozen=True, kw_only=True)
class Ready:
    """The engine is loaded."""

    about: str
    load_s: float
    load_mb: float


@dataclass(frozen=True, kw_only=True)
class Over:
    """Everything is transcribed."""

    peak_mb: float


Answer = Ready | Transcript | Over
_ANSWERS: dict[str, type[Any]] = {kind.__name__: kind for kind in (Ready, Transcript, Over)}


def transcribe(engine: str, home: Path, jobs: Sequence[Job]) -> Iterator[Answer]:
    """Run the process and pass on what it tells, as it tells it."""
    request = json.dumps({"engine": engine, "home": str(home), "jobs": [asdict(job) for job in jobs]})
    with tempfile.TemporaryFile("w+") as asked, tempfile.TemporaryFile("w+") as complaints:
        asked.write(request)
        asked.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.transcriber"],
            stdin=asked,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            cwd=REPOSITORY,
            env=os.environ | ONE_THREAD,
        )
        assert process.stdout is not None
        try:
            over = False
            for line in process.stdout:
                kind, fields = json.loads(line)
                over = over or kind == Over.__name__
                yield _ANSWERS[kind](**fields)
            if process.wait() != 0 or not over:
                complaints.seek(0)
                reason = complaints.read().strip().splitlines()[-1:] or [f"it ended with code {process.returncode}"]
                raise click.ClickException(f"{engine} failed: {reason[0]}")
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def _tell(answer: Answer, out: TextIO) -> None:
    print(json.dumps([type(answer).__name__, asdict(answer)]), file=out, flush=True)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main(request: dict[str, Any], out: TextIO) -> None:
    """Transcribe all jobs, one at a time."""
    from auricle.audio.files import read_samples  # noqa: PLC0415  only this process needs engines
    from auricle.audio.samples import SAMPLE_RATE_HZ  # noqa: PLC0415
    from bench.engines import lexical, open_engine  # noqa: PLC0415

    began = time.perf_counter()
    engine = open_engine(request["engine"], Path(request["home"]))
    load_s = time.perf_counter() - began
    for fields in request["jobs"][:1]:
        job = Job(**fields)
        engine.transcribe(read_samples(Path(job.path)), job.language, job.phrases)  # the first one warms up
    _tell(Ready(about=engine.about, load_s=load_s, load_mb=_peak_mb()), out)
    for fields in request["jobs"]:
        job = Job(**fields)
        cpu, wall = time.process_time(), time.perf_counter()
        samples = read_samples(Path(job.path))
        text = engine.transcribe(samples, job.language, job.phrases)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        words = lexical(text, job.language)
        audio_s = len(samples) / SAMPLE_RATE_HZ
        found = Transcript(name=job.name, text=text, lexical=words, audio_s=audio_s, cpu_s=cpu, wall_s=wall)
        _tell(found, out)
    _tell(Over(peak_mb=_peak_mb()), out)


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # libraries that print must not spoil the answers
    try:
        main(json.load(sys.stdin), answers)
    except (click.ClickException, AuricleError) as error:
        print(error.message, file=sys.stderr)
        sys.exit(1)
