"""What is kept of a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import report


def test_figures_that_are_no_numbers_are_null(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "OUTPUT", tmp_path)
    monkeypatch.setattr(report, "REPOSITORY", tmp_path)
    path = report.save("trial", {"latency": [float("nan"), 0.123456789], "at": {4: (1, 2)}})
    kept = json.loads(path.read_text())
    assert kept["latency"] == [None, 0.12346]
    assert kept["at"] == {"4": [1, 2]}


def test_figures_come_with_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "OUTPUT", tmp_path)
    monkeypatch.setattr(report, "REPOSITORY", tmp_path)
    machine = json.loads(report.save("trial", {}).read_text())["machine"]
    assert machine["cores"] >= 1
    assert machine["packages"]["auricle"]
