"""A real server in a process of its own, with real models, and Microsoft's SDKs to speak to it."""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from auricle.engine.catalogue import Catalogue
from tests.conftest import missing

from .javascript_client import JavaScriptClient
from .outside import Outside, outside
from .python_client import PATIENCE_S, PythonClient
from .recordings import Recordings
from .wire_client import WireClient

REPOSITORY = Path(__file__).parents[2]
PREPARED_MODELS = REPOSITORY / "build" / "models"  # kept between runs, as preparing them takes a minute
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
        return f"ws{self._secure}://{self.host}"

    @property
    def http(self) -> str:
        return f"http{self._secure}://{self.host}"

    @property
    def port(self) -> int:
        return int(self.host.rsplit(":", 1)[1])

    @property
    def _secure(self) -> str:
        return "s" if "  Address   wss:" in self.greeting else ""

    @property
    def memory_mb(self) -> float:
        """What it holds of the machine's memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(kilobytes) / 1024

    def metric(self, name: str) -> float:
        """The value of a metric without labels."""
        lines = httpx.get(f"{self.http}/metrics").text.splitlines()
        (value,) = (line.split()[1] for line in lines if line.startswith(f"{name} "))
        return float(value)

    def wait_until_at_most(self, name: str, value: float) -> None:
        """Until a metric without labels has come down to this value."""
        give_up = time.monotonic() + PATIENCE_S
        while (now := self.metric(name)) > value:
            assert time.monotonic() < give_up, f"{name} stays at {now}, above {value}"

    def assert_log_is_discreet(self, *words: str) -> None:
        """No key, token or word that was said is in the log, and nothing in it is a bug."""
        log = self.log.read_text()
        secrets = [path.read_text().strip() for path in (self.home / "keys").iterdir()]
        assert not [secret for secret in secrets if secret in log]
        assert self.key == "none" or self.key not in log
        assert "eyJ" not in log  # how tokens begin
        assert not [word for word in words if word.lower() in log.lower()]
        assert "Traceback" not in log, log[log.index("Traceback") :][:4000]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies in this folder is an acceptance test."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.acceptance)


@contextmanager
def starting(
    home: Path, *options: str, environment: dict[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """The process of a server that has its data in `home`, and its log."""
    home.mkdir(parents=True, exist_ok=True)
    PREPARED_MODELS.mkdir(parents=True, exist_ok=True)
    if not (home / "models").exists():
        (home / "models").symlink_to(PREPARED_MODELS)
    log = home / "server.log"
    command = [str(Path(sys.executable).parent / "auricle"), "serve", "--home", str(home), *options]
    with log.open("w") as log_file:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=log_file,
            text=True,
            start_new_session=True,
            cwd=home,
            env={"PATH": "/usr/bin:/bin", "HOME": str(home)} | (environment or {}),
        )
    assert process.stdout is not None
    try:
        yield process, log
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextmanager
def serving(home: Path, *options: str, port: int = 0, environment: dict[str, str] | None = None) -> Iterator[Server]:
    """Run a server with its data in `home`, on a free port unless told; ends it by Ctrl-C and insists on a clean end.

    A test that ended it itself has waited for its process.
    """
    with starting(home, "--port", str(port), *options, environment=environment) as (process, log):
        greeting = greeting_of(process, log)
        (host,) = (line.split("://")[1].strip() for line in greeting.splitlines() if line.startswith("  Address"))
        (key,) = (line.split()[1] for line in greeting.splitlines() if line.startswith("  Key"))
        yield Server(host=host, key=key, home=home, process=process, log=log, greeting=greeting)
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            assert process.wait(STOP_TIMEOUT_S) == 0, log.read_text()[-4000:]


def greeting_of(process: subprocess.Popen[str], log: Path) -> str:
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
    running.assert_log_is_discreet()


@pytest.fixture(scope="session")
def management_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose management API may be asked as often as one likes, and that may call this machine."""
    unlimited = {"AURICLE_REQUEST_RATE": "0"}
    home = tmp_path_factory.mktemp("management")
    with serving(home, "--no-proof", "--allow-private-urls", environment=unlimited) as running:
        yield running
    running.assert_log_is_discreet()


@pytest.fixture(scope="session")
def world() -> Iterator[Outside]:
    """Addresses of this machine that the server fetches from and calls."""
    with outside() as opened:
        yield opened


@pytest.fixture(scope="session")
def sdk() -> Any:
    """Microsoft's Speech SDK for Python."""
    name = "azure.cognitiveservices.speech"
    # In a process of its own first: a library that is missing would take this one with it.
    tried = subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        missing(f"the Speech SDK for Python does not load; make test installs what it needs: {tried.stderr[-200:]}")
    return importlib.import_module(name)


@pytest.fixture(scope="session")
def python(server: Server, sdk: Any) -> PythonClient:
    """An application in Python, with the right key."""
    return PythonClient(sdk=sdk, url=server.ws, key=server.key)


@pytest.fixture(scope="session")
def javascript(server: Server, js_sdk: Path) -> JavaScriptClient:
    """An application in JavaScript, with the right key."""
    return JavaScriptClient(url=server.ws, key=server.key)


@pytest.fixture(scope="session")
def wire(server: Server) -> WireClient:
    """A client that says whatever it is told to, with the right key."""
    return WireClient(url=server.ws, key=server.key)


@pytest.fixture(scope="session")
def recordings(shared: Path) -> Recordings:
    """Recorded speech with what was said."""
    return Recordings(shared / "data")


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, str]]:
    """Readings that installed packages carry, by name, with the words read."""
    return Catalogue(tmp_path_factory.mktemp("catalogue")).recording
