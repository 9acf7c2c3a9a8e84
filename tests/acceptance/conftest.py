"""A real server in a process of its own, with real models, and Microsoft's SDKs to speak to it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from auricle.engine.catalogue import Catalogue
from tests.conftest import missing

REPOSITORY = Path(__file__).parents[2]
PREPARED_MODELS = REPOSITORY / "build" / "models"  # kept between runs, as preparing them takes a minute
JS = Path(__file__).parent / "js"
START_TIMEOUT_S = 300
STOP_TIMEOUT_S = 60


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running `auricle serve`."""

    host: str  # 127.0.0.1:port
    key: str
    home: Path
    process: subprocess.Popen[str]
    log: Path
    greeting: str  # what it printed until it was ready

    @property
    def ws(self) -> str:
        return f"ws://{self.host}"

    @property
    def http(self) -> str:
        return f"http://{self.host}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies in this folder is an acceptance test."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.acceptance)


@contextmanager
def serving(home: Path, *options: str, environment: dict[str, str] | None = None) -> Iterator[Server]:
    """Run a server on a free port with its data in `home`; ends it by Ctrl-C and insists on a clean end."""
    home.mkdir(parents=True, exist_ok=True)
    PREPARED_MODELS.mkdir(parents=True, exist_ok=True)
    if not (home / "models").exists():
        (home / "models").symlink_to(PREPARED_MODELS)
    log = home / "server.log"
    command = [str(Path(sys.executable).parent / "auricle"), "serve", "--home", str(home), "--port", "0", *options]
    with log.open("w") as log_file:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=log_file,
            text=True,
            start_new_session=True,
            env={"PATH": "/usr/bin:/bin", "HOME": str(home)} | (environment or {}),
        )
    assert process.stdout is not None
    try:
        greeting = _greeting(process, log)
        (host,) = (line.split("://")[1].strip() for line in greeting.splitlines() if line.startswith("  Address"))
        key = (home / "keys" / "default.key").read_text().strip()
        yield Server(host=host, key=key, home=home, process=process, log=log, greeting=greeting)
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_TIMEOUT_S) == 0, log.read_text()[-4000:]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _greeting(process: subprocess.Popen[str], log: Path) -> str:
    """Everything printed up to the address; fails with the log when the server ends instead."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("  Page"):
            return "".join(lines)
    pytest.fail(f"the server ended with {process.wait()} before it heard:\n{''.join(lines)}{log.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the whole run, as it comes when nobody sets anything."""
    with serving(tmp_path_factory.mktemp("home"), "--no-proof") as running:
        yield running


@pytest.fixture(scope="session")
def sdk() -> str:
    """Microsoft's Speech SDK for Python is here and loads; its module's name."""
    name = "azure.cognitiveservices.speech"
    tried = subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        missing(f"the Speech SDK for Python does not load; make test installs what it needs: {tried.stderr[-200:]}")
    return name


@pytest.fixture(scope="session")
def js_sdk() -> Path:
    """The node_modules folder with Microsoft's Speech SDK for JavaScript, to be given to node as NODE_PATH."""
    if not shutil.which("node"):
        missing("node is not installed: apt-get install nodejs npm")
    if not (JS / "node_modules" / "microsoft-cognitiveservices-speech-sdk").is_dir():
        missing(f"the Speech SDK for JavaScript is not installed: npm ci in {JS}")
    return JS / "node_modules"


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, str]]:
    """Readings that installed packages carry, by name, with the words read."""
    return Catalogue(tmp_path_factory.mktemp("catalogue")).recording
