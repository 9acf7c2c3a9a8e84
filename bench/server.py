"""A server to measure: `auricle serve` in a process of its own, with its data in build/bench-home."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from prometheus_client.parser import text_string_to_metric_families

from bench.recordings import REPOSITORY

HOME = REPOSITORY / "build" / "bench-home"
PREPARED_MODELS = REPOSITORY / "build" / "models"  # shared with the acceptance tests, as preparing takes a minute
START_S, STOP_S = 300, 90


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server."""

    pid: int
    host: str  # address:port
    key: str

    @property
    def ws(self) -> str:
        return f"ws://{self.host}"

    @property
    def http(self) -> str:
        return f"http://{self.host}"

    def metrics(self) -> dict[str, float]:
        """Every sample of /metrics, named as there, its `use` or `outcome` after a space."""
        with urllib.request.urlopen(f"{self.http}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        samples: dict[str, float] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                kind = sample.labels.get("use") or sample.labels.get("outcome") or ""
                if "le" not in sample.labels and "route" not in sample.labels:
                    samples[f"{sample.name} {kind}".strip()] = sample.value
        return samples


def prepare_home(home: Path) -> Path:
    """The home folder, with the models that other runs have prepared."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    PREPARED_MODELS.mkdir(parents=True, exist_ok=True)
    models = home / "models"
    if not models.exists():
        models.symlink_to(PREPARED_MODELS)
    return home


@contextmanager
def serving(home: Path = HOME, *, port: int = 0, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run a server until the block ends; `settings` are environment variables such as AURICLE_ENGLISH_MODEL."""
    prepare_home(home)
    command = [str(Path(sys.executable).parent / "auricle"), "serve", "--home", str(home), "--port", str(port)]
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AURICLE_")}
    unlimited = {"AURICLE_MAX_SESSIONS": "10000", "AURICLE_SESSIONS_PER_RESOURCE": "0", "AURICLE_REQUEST_RATE": "0"}
    defaults = unlimited | {"AURICLE_LOG_LEVEL": "warning", "PYTHONUNBUFFERED": "1"}
    log = home / "server.log"
    with log.open("w") as log_file:
        process = subprocess.Popen(
            [*command, "--no-proof"],
            stdout=subprocess.PIPE,
            stderr=log_file,
            text=True,
            start_new_session=True,
            env=ours | defaults | dict(settings or {}),
        )
    assert process.stdout is not None
    try:
        host, key = _address_and_key(process, log)
        _wait_until_ready(host, process, log)
        yield Server(pid=process.pid, host=host, key=key)
        process.send_signal(signal.SIGINT)
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        click.echo(f"The server did not stop within {STOP_S} s of Ctrl-C and is ended by force.", err=True)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _address_and_key(process: subprocess.Popen[str], log: Path) -> tuple[str, str]:
    assert process.stdout is not None
    host = ""
    for line in process.stdout:
        if line.startswith("  Address"):
            host = line.split("://")[1].strip()
        elif line.startswith("  Key"):
            return host, line.split()[1]
    raise click.ClickException(
        f"The server ended with code {process.wait()} before it heard; its log:\n{log.read_text()[-2000:]}"
    )


def _wait_until_ready(host: str, process: subprocess.Popen[str], log: Path) -> None:
    patience = time.monotonic() + START_S
    while time.monotonic() < patience and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://{host}/ready", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise click.ClickException(f"The server was not ready within {START_S} s; its log:\n{log.read_text()[-2000:]}")
