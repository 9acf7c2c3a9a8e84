"""The proof of a start: a real recording, recognised through Microsoft's own SDK, as any client would do it.

It runs in a process of its own, so that an SDK that is missing or unwell says so and harms nothing.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

PROOF_TIMEOUT_S = 120


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What came of it: the words heard, or why there are none."""

    text: str = ""
    failure: str = ""


async def prove(url: str, key: str, recording: Path) -> Proof:
    """Let a client of its own recognise the recording at `url` (ws:// or wss://)."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "auricle.cli.sdk_client",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C is for the server, which then ends this
    )
    # By standard input, because everybody on the machine may read a command line.
    request = json.dumps({"url": url, "key": key, "recording": str(recording)})
    try:
        async with asyncio.timeout(PROOF_TIMEOUT_S):
            output, _ = await process.communicate(request.encode())
    except TimeoutError:
        return Proof(failure=f"the SDK did not finish within {PROOF_TIMEOUT_S} s")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        answer = json.loads(output)
    except ValueError:
        return Proof(failure=f"the SDK's process ended with code {process.returncode} and no answer")
    return Proof(text=answer.get("text", ""), failure=answer.get("failure", ""))
