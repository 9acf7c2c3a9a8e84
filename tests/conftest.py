"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
