"""Azurite, the storage emulator whose management calls are measured beside ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import click

from bench.recordings import REPOSITORY

PROGRAM = REPOSITORY / "bench" / "azurite" / "node_modules" / ".bin" / "azurite-blob"
ACCOUNT = "devstoreaccount1"
VERSION = "2024-11-04"
# The emulator's account key is the same everywhere, published and no secret.
_KEY = base64.b64decode("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==")


@contextmanager
def azurite() -> Iterator[str]:
    """The emulator's address, host:port, while it runs with its data in a folder of its own."""
    if not PROGRAM.exists():
        raise click.ClickException("Azurite is not installed; make bench installs it where node and npm are there.")
    with TemporaryDirectory(prefix="auricle-azurite-") as folder:
        command = [str(PROGRAM), "--silent", "--blobHost", "127.0.0.1", "--blobPort", "0", "--location", folder]
        process = subprocess.Popen([*command, "--disableTelemetry"], stdout=subprocess.PIPE, text=True)
        try:
            yield _address(process)
        finally:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if "successfully" in line and "://" in line:
            return line.split("://")[1].split()[0].rstrip("/")
    raise click.ClickException(f"Azurite ended with code {process.wait()} before it listened.")


def account_signature() -> str:
    """A query that allows everything in the account for a day, so that no request has to be signed by itself."""
    expiry = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    allowed = {"ss": "b", "srt": "sco", "sp": "rwdlac"}
    fields = [ACCOUNT, allowed["sp"], allowed["ss"], allowed["srt"], "", expiry, "", "", VERSION, "", ""]
    signature = hmac.new(_KEY, "\n".join(fields).encode(), hashlib.sha256).digest()
    return urlencode({"sv": VERSION, **allowed, "se": expiry, "sig": base64.b64encode(signature).decode()})
