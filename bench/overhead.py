"""What the server adds: its processor time for a set of recordings against that of hearing them directly."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import click

from bench import report
from bench.direct import hear_directly
from bench.processes import cpu_s
from bench.server import Server, prepare_home, serving
from bench.speech import make_speech, total_duration_s
from bench.stream_client import Stream, run_streams
from bench.transcriber import Job, Transcript, transcribe

MODEL = "moonshine-base"
SPEECH_S = 25.0  # at least, of each recording; less than short audio's minute even with the last clip
RECORDINGS = 10
SHORT_AUDIO = (
    "/speech/recognition/conversation/cognitiveservices/v1?language=en-US&format=detailed&wordLevelTimestamps=true"
)

Measure = Callable[[], float]


def measure(home: Path, *, models: Sequence[str], limit: int | None, repeats: int) -> dict[str, Any]:
    """Run it, print it, and give back every figure."""
    prepare_home(home)
    result: dict[str, Any] = {"repeats": repeats, "models": {}}
    for model in models or (MODEL,):
        result["models"][model] = _measure_model(model, home, limit or RECORDINGS, repeats)
    report.save("overhead", result)
    return result


def _measure_model(model: str, home: Path, recordings: int, repeats: int) -> dict[str, Any]:
    report.heading(f"Overhead, {model}")
    speeches = [make_speech(home / "overhead", number, SPEECH_S) for number in range(recordings)]
    paths = [speech.path for speech in speeches]
    audio_s = total_duration_s(speeches)
    spent: dict[str, list[float]] = {}
    with serving(home, settings={"AURICLE_ENGLISH_MODEL": model}) as server:
        ways: dict[str, Measure] = {
            "engine alone": lambda: _engine_alone(model, home, paths),
            "hearing": lambda: hear_directly(home, model, paths, partials=False),
            "websocket": lambda: _websocket(server, paths, partials=False),
            "hearing, partials": lambda: hear_directly(home, model, paths, partials=True),
            "websocket, partials": lambda: _websocket(server, paths, partials=True),
            "short audio": lambda: _short_audio(server, paths),
        }
        _websocket(server, paths[:1], partials=True)  # warm
        for round_number in range(repeats):
            for name, way in ways.items():
                with report.console.status(f"Round {round_number + 1} of {repeats}: {name} …"):
                    spent.setdefault(name, []).append(way())
    result = {name: {"cpu_s": median(values), "all_cpu_s": values} for name, values in spent.items()}
    _print(model, result, audio_s, recordings)
    return {"audio_s": audio_s, "recordings": recordings, "ways": result}


def _engine_alone(model: str, home: Path, paths: Sequence[Path]) -> float:
    jobs = [Job(name=path.name, path=str(path)) for path in paths]
    return sum(answer.cpu_s for answer in transcribe(model, home, jobs) if isinstance(answer, Transcript))


def _websocket(server: Server, paths: Sequence[Path], *, partials: bool) -> float:
    """One after the other, each as fast as the server takes it."""
    total = 0.0
    for path in paths:
        streamed = run_streams(server, [Stream(path=str(path), pace=0, partials=partials)])
        (heard,) = streamed.streams
        if heard.failure:
            raise click.ClickException(f"Streaming {path.name} failed: {heard.failure}")
        total += streamed.server_cpu_s
    return total


def _short_audio(server: Server, paths: Sequence[Path]) -> float:
    before_s = cpu_s(server.pid)
    for path in paths:
        connection = http.client.HTTPConnection(server.host, timeout=120)
        headers = {"Ocp-Apim-Subscription-Key": server.key, "Content-Type": "audio/wav"}
        connection.request("POST", SHORT_AUDIO, path.read_bytes(), headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != 200:
            raise click.ClickException(f"Short audio answered {answer.status}: {body[:300].decode(errors='replace')}")
    return cpu_s(server.pid) - before_s


def _print(model: str, result: dict[str, dict[str, Any]], audio_s: float, recordings: int) -> None:
    against = {
        "hearing": "engine alone",
        "websocket": "hearing",
        "hearing, partials": "hearing",
        "websocket, partials": "hearing, partials",
        "short audio": "hearing",
    }
    rows = []
    for name, entry in result.items():
        base = against.get(name)
        ratio = entry["cpu_s"] / result[base]["cpu_s"] - 1 if base else None
        rows.append(
            [
                name,
                f"{entry['cpu_s']:.2f}",
                f"{min(entry['all_cpu_s']):.2f} to {max(entry['all_cpu_s']):.2f}",
                f"{entry['cpu_s'] / audio_s:.4f}",
                "-" if ratio is None else f"{100 * ratio:+.1f} % over {base}",
                f"{100 * (entry['cpu_s'] / result['engine alone']['cpu_s'] - 1):+.1f} %",
            ]
        )
    headings = ["way", "CPU s (median)", "range", "CPU s per audio s", "adds", "over engine alone"]
    under = (
        f"{recordings} recordings, {audio_s / 60:.1f} minutes, one after the other at full speed. engine alone: segments "
        "and batches on one thread, best text only. hearing: sessions in a process, N-best 5 and word times, as the "
        "detailed output of websocket and short audio wants them. Server figures are of the server's process only."
    )
    report.table(f"Overhead, {model}", headings, rows, under=under)
