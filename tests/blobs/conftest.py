from __future__ import annotations

from pathlib import Path

import pytest

from auricle.blobs.local import LocalBlobs

KEY = b"k" * 32


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs", KEY)
