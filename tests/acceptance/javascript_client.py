"""Microsoft's Speech SDK for JavaScript, unmodified, run under node by js/recognise.mjs."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parent / "js" / "recognise.mjs"
PATIENCE_S = 90


@dataclass(frozen=True, kw_only=True)
class Told:
    """Every event of a run, in order; each has its kind in `event`."""

    events: list[dict[str, Any]]

    @property
    def texts(self) -> list[str]:
        """The final texts."""
        return [e["text"] for e in self.events if e["event"] == "recognized" and e.get("text")]

    @property
    def text(self) -> str:
        """The final texts end to end."""
        return " ".join(self.texts)

    @property
    def partials(self) -> list[str]:
        """The texts shown while somebody spoke."""
        return [e["text"] for e in self.events if e["event"] == "recognizing"]

    @property
    def phrases(self) -> list[dict[str, Any]]:
        """The JSON of the finals that have words."""
        return [json.loads(e["json"]) for e in self.events if e["event"] == "recognized" and e.get("text")]

    @property
    def errors(self) -> list[str]:
        """Why it was cancelled, unless by the end of the audio."""
        return [e["details"] for e in self.events if e["event"] == "canceled" and e["reason"] == "Error"]


@dataclass(frozen=True, kw_only=True)
class JavaScriptClient:
    """An application that uses the SDK against one server."""

    url: str
    key: str

    def run(
        self, wav: Path, *, browser: bool = False, environment: dict[str, str] | None = None, **wishes: Any
    ) -> Told:
        """Recognise a WAV file. `wishes` are those of js/recognise.mjs; `browser` uses the WebSocket browsers have."""
        flags = ["--experimental-websocket"] if browser else []
        request = {"url": self.url, "key": self.key, "wav": str(wav), "browser": browser} | wishes
        ran = subprocess.run(
            ["node", *flags, str(SCRIPT)],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
            env={"PATH": os.environ["PATH"]} | (environment or {}),
        )
        assert ran.returncode == 0, ran.stderr[-2000:]
        return Told(events=[json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")])
