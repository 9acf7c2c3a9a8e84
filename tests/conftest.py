"""Fixtures that every test may use."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

JS = Path(__file__).parent / "acceptance" / "js"  # package.json of the JavaScript SDK
SHARED = Path(os.environ.get("AURICLE_SHARED") or Path(__file__).parents[2] / "shared")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recordings and specifications that are not part of the repository."""
    if not (SHARED / "data").is_dir():
        missing(f"no recordings at {SHARED}: set AURICLE_SHARED to the folder that holds data/ and protocol/")
    return SHARED


def missing(reason: str) -> None:
    """Skip on a person's machine, saying why; fail in CI, where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def js_sdk() -> Path:
    """The node_modules folder with Microsoft's Speech SDK for JavaScript, to be given to node as NODE_PATH."""
    if not shutil.which("node"):
        missing("node is not installed: apt-get install nodejs npm")
    if not (JS / "node_modules" / "microsoft-cognitiveservices-speech-sdk").is_dir():
        missing(f"the Speech SDK for JavaScript is not installed: npm ci in {JS}")
    return JS / "node_modules"
