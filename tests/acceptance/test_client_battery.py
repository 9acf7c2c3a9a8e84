"""The battery of clients that came with the protocol's description, all of its cases, against the real thing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from .conftest import Server

NOT_SERVED_YET = re.compile(r"(py|js) (conversation|translate)|.* LID")
SERVED, CASES = 28, 37
PATIENCE_S = 300
PROMPT_S = 15
_LINE = re.compile(r"(?P<verdict>ok|FAIL) +(?P<name>.+?) +(?P<seconds>[\d.]+)s (?P<rest>.*)")


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    passed: bool
    seconds: float
    rest: str  # counts, failed checks, and the error's text


@pytest.fixture(scope="module")
def cases(server: Server, shared: Path, sdk: object, js_sdk: Path) -> dict[str, Case]:
    ran = subprocess.run(
        [sys.executable, str(shared / "protocol" / "run_clients.py"), "--host", server.ws, "--key", server.key],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        env={"PATH": os.environ["PATH"], "NODE_PATH": str(js_sdk)},
    )
    lines = [match for line in ran.stdout.splitlines() if (match := _LINE.fullmatch(line.strip()))]
    return {
        m["name"]: Case(
            name=m["name"], passed=m["verdict"] == "ok", seconds=float(m["seconds"]), rest=m["rest"].strip()
        )
        for m in lines
    }


def test_every_case_of_what_is_served_passes(cases: dict[str, Case]) -> None:
    served = [case for case in cases.values() if not NOT_SERVED_YET.match(case.name)]

    assert len(cases) == CASES
    assert len(served) == SERVED
    assert [case for case in served if not case.passed] == []


def test_what_is_not_served_yet_is_refused_promptly_with_the_reason(cases: dict[str, Case]) -> None:
    later = [case for case in cases.values() if NOT_SERVED_YET.match(case.name)]

    assert len(later) == CASES - SERVED
    for case in later:
        assert not case.passed
        assert case.seconds < PROMPT_S, case
        assert "BadRequest" in case.rest, case
        assert re.search(r"language identification|speaker diarization|speech translation", case.rest), case
