"""Hearing used directly, without a server: what the server's own processor time is compared with.

`hear_directly` starts a process; `python -m bench.direct` is it: a JSON object on standard input names the home folder,
the recordings and whether partials are wanted; the answer is the processor seconds that hearing them took.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from bench.recordings import REPOSITORY

PIECE_S = 1.0  # of samples fed at once


def hear_directly(home: Path, model: str, paths: Sequence[Path], *, partials: bool) -> float:
    """Processor seconds of hearing all of them, one after the other, in a process of its own."""
    request = {"home": str(home), "paths": [str(path) for path in paths], "partials": partials}
    done = subprocess.run(
        [sys.executable, "-m", "bench.direct"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env=os.environ | {"AURICLE_ENGLISH_MODEL": model, "AURICLE_MAX_SESSIONS": "10000"},
        check=False,
    )
    if done.returncode != 0:
        raise click.ClickException(f"Hearing directly failed: {done.stderr.strip()[-800:]}")
    return float(done.stdout.splitlines()[-1])


async def main(request: dict[str, Any]) -> float:
    """Load, hear the first one to warm up, then hear all of them."""
    from auricle.clock import SystemClock  # noqa: PLC0415  only this process needs engines
    from auricle.engine.catalogue import Catalogue  # noqa: PLC0415
    from auricle.engine.preparation import load, prepare  # noqa: PLC0415
    from auricle.engine.recogniser import Recogniser  # noqa: PLC0415
    from auricle.observe import Metrics  # noqa: PLC0415
    from auricle.recognition.hearing import Hearing  # noqa: PLC0415
    from auricle.settings import Settings  # noqa: PLC0415

    settings = Settings(home=Path(request["home"]))
    catalogue = Catalogue(settings.home)

    def loader(name: str) -> Recogniser:
        source, folder = catalogue.locate(name), catalogue.folder(name) / "prepared"
        prepare(source, folder)
        return load(source, folder)

    hearing = Hearing(settings=settings, metrics=Metrics(), clock=SystemClock(), loader=loader)
    await hearing.start()
    await _hear(hearing, Path(request["paths"][0]), partials=request["partials"])
    began = time.process_time()
    for path in request["paths"]:
        await _hear(hearing, Path(path), partials=request["partials"])
    spent = time.process_time() - began
    await hearing.close(drain_s=0)
    return spent


async def _hear(hearing: Any, path: Path, *, partials: bool) -> None:
    from auricle.audio.files import stream_samples  # noqa: PLC0415
    from auricle.recognition.options import ListenOptions  # noqa: PLC0415

    listener = hearing.listen(ListenOptions(partials=partials, nbest=5, word_times=True))

    async def feed() -> None:
        for samples in stream_samples(path, PIECE_S):
            await listener.feed(samples)
        listener.finish()

    feeding = asyncio.create_task(feed(), name="feed")
    async for _event in listener.events():
        pass
    await feeding
    await listener.close()


if __name__ == "__main__":
    print(asyncio.run(main(json.load(sys.stdin))))
