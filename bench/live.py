"""Live streams: how many at once, at the pace of speech, before results come too late; and what they cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auricle.recognition.options import Mode
from auricle.recognition.segmenter import END_SILENCE_MS
from bench import report
from bench.latency import DEFINITIONS, Latencies, latencies, segments
from bench.processes import machine_cpu_s
from bench.profiling import Profile, profiled
from bench.scoring import ENGLISH, Score, english_normaliser, percentile, rate, score_words
from bench.server import Server, serving
from bench.speech import Speech, make_speech
from bench.stream_client import Heard, Stream, Streamed, run_streams
from bench.transcriber import Job, Transcript, transcribe

MODELS = ("moonshine-base", "moonshine-tiny")
PARTIAL_LIMIT_S = 0.6
FINAL_SLACK_S = 0.3
END_SILENCE_S = END_SILENCE_MS[Mode.CONVERSATION] / 1000
STAGGER_S = 5.0  # within which the streams of a trial begin
MOST = 128  # streams that are tried
OTHERS_CORES = 0.1  # used by others spoil a trial
CLIENT_LATE_S = 0.1  # a client further behind its own pace measured itself
USES = ("live_partial", "live_final", "batch")


@dataclass(frozen=True, kw_only=True)
class Trial:
    """So many streams at once."""

    count: int
    found: Latencies
    streams: tuple[Heard, ...]
    window_s: float  # in which all of them spoke
    wall_s: float
    server_cpu_s: float
    server_loop_cpu_s: float
    client_cpu_s: float
    others_cores: float  # of the machine, that neither server nor clients had
    metrics: dict[str, float]  # what the server's counters grew by
    profile: Profile | None = field(default=None)

    @property
    def failures(self) -> list[str]:
        return [heard.failure for heard in self.streams if heard.failure]

    @property
    def late_s(self) -> float:
        """By how much the clients themselves were late, at worst."""
        return max(heard.late_s for heard in self.streams)

    @property
    def good(self) -> bool:
        """Whether every stream was served, in time."""
        return (
            not self.failures
            and bool(self.found.final)
            and percentile(self.found.partial, 95) < PARTIAL_LIMIT_S
            and percentile(self.found.final, 95) < END_SILENCE_S + FINAL_SLACK_S
        )

    @property
    def speech_share(self) -> float:
        """How much of the time somebody speaks in a stream."""
        return self.found.speech_s / max(1e-9, self.window_s * self.count)

    def figures(self) -> dict[str, Any]:
        """For the file."""
        found = self.found
        kinds = {"partial": found.partial, "word": found.word, "final": found.final, "first": found.first}
        return {
            "streams": self.count,
            "good": self.good,
            "latency_s": {
                kind: {f"p{percent}": percentile(values, percent) for percent in (50, 90, 95, 99)}
                for kind, values in kinds.items()
            },
            "finals": len(found.final),
            "partials": len(found.partial),
            "partials_per_speech_s": len(found.partial) / max(1e-9, found.speech_s),
            "revised_share": found.revised / max(1, len(found.partial)),
            "speech_share": self.speech_share,
            "wall_s": self.wall_s,
            "server_cores": self.server_cpu_s / self.wall_s,
            "server_loop_cores": self.server_loop_cpu_s / self.wall_s,
            "client_cores": self.client_cpu_s / self.wall_s,
            "others_cores": self.others_cores,
            "client_late_s": self.late_s,
            "failures": self.failures,
            "metrics": self.metrics,
        }


def measure(
    home: Path,
    *,
    models: Sequence[str],
    duration_s: float,
    counts: Sequence[int],
    start: int,
    port: int,
    profile: bool,
) -> dict[str, Any]:
    """Run it, print it, and give back every figure. `counts` are tried instead of searching for the largest one."""
    result: dict[str, Any] = {
        "definitions": DEFINITIONS,
        "limits": {"partial_p95_s": PARTIAL_LIMIT_S, "final_p95_s": END_SILENCE_S + FINAL_SLACK_S},
        "duration_s": duration_s,
        "models": {},
    }
    _print_definitions()
    for model in models or MODELS:
        result["models"][model] = _measure_model(model, home, duration_s, counts, start, port, profile=profile)
    report.save("live", result)
    return result


def largest(start: int, most: int, good: Callable[[int], bool]) -> int:
    """The largest count that is good, taken that fewer are good too: doubled until it is not, then halved in between."""
    last_good, first_bad, count = 0, most + 1, start
    while count < first_bad:
        if good(count):
            last_good, count = count, min(2 * count, most)
            if last_good == most:
                return most
        else:
            first_bad = count
    while first_bad - last_good > 1:
        count = (last_good + first_bad) // 2
        last_good, first_bad = (count, first_bad) if good(count) else (last_good, count)
    return last_good


def _measure_model(
    model: str, home: Path, duration_s: float, counts: Sequence[int], start: int, port: int, *, profile: bool
) -> dict[str, Any]:
    report.heading(f"Live streams, {model}")
    trials: dict[int, Trial] = {}
    with serving(home, port=port, settings={"AURICLE_ENGLISH_MODEL": model}) as server:
        _warm_up(server, home)

        def good(count: int) -> bool:
            trials[count] = run_trial(server, _speeches(home, count, duration_s))
            _tell(trials[count])
            return trials[count].good

        best = max([count for count in counts if good(count)], default=0) if counts else largest(start, MOST, good)
        if profile and (best or trials):
            count = best or min(trials)
            profiled_trial = run_trial(server, _speeches(home, count, duration_s), profile=True)
    _print_trials(model, trials)
    shown = best or min(trials)
    texts = _check_texts(model, home, _speeches(home, shown, duration_s), trials[shown])
    _print_use(trials, [count for count in (shown, min((c for c in trials if c > shown), default=0)) if count])
    cores = report.cores()
    report.note(
        f"{model}: {best} live streams on {cores} cores in time, {best / cores:.1f} a core; somebody speaks "
        f"{100 * trials[shown].speech_share:.0f} % of the time. Texts at {shown} streams: "
        f"{texts['wer_to_offline']:.1f} % of words differ from the same audio transcribed as a file; against what was "
        f"said the error rate is {texts['wer_live']:.1f} % live and {texts['wer_offline']:.1f} % as a file ({ENGLISH})."
    )
    if profile and profiled_trial.profile:
        profiled_trial.profile.show()
    return {
        "largest": best,
        "per_core": best / cores,
        "texts": texts,
        "trials": [trials[count].figures() for count in sorted(trials)],
        "profile": profiled_trial.profile.figures() if profile and profiled_trial.profile else None,
    }


def _speeches(home: Path, count: int, duration_s: float) -> list[Speech]:
    return [make_speech(home / "streams", number, duration_s) for number in range(count)]


def _warm_up(server: Server, home: Path) -> None:
    speech = make_speech(home / "warm-up", 0, 8)
    run_streams(server, [Stream(path=str(speech.path))])


def run_trial(server: Server, speeches: Sequence[Speech], *, profile: bool = False) -> Trial:
    """Speak all of them; only what is said while all of them speak counts."""
    count = len(speeches)
    streams = [
        Stream(path=str(speech.path), delay_s=number * STAGGER_S / count) for number, speech in enumerate(speeches)
    ]
    before = server.metrics()
    machine_s, clock_s = machine_cpu_s(), time.monotonic()
    with (
        report.console.status(f"{count} streams …"),
        profiled(server.pid, STAGGER_S, speeches[0].duration_s, wanted=profile) as profile_made,
    ):
        streamed = run_streams(server, streams)
    machine_s, clock_s = machine_cpu_s() - machine_s, time.monotonic() - clock_s
    after = server.metrics()
    since, until = _window(streamed)
    found = Latencies()
    for heard in streamed.streams:
        if heard.sent:
            found.add(latencies(heard, since, until))
    return Trial(
        count=count,
        found=found,
        window_s=max(0.0, until - since),
        streams=streamed.streams,
        wall_s=max(heard.ended for heard in streamed.streams) - min(heard.began for heard in streamed.streams),
        server_cpu_s=streamed.server_cpu_s,
        server_loop_cpu_s=streamed.server_loop_cpu_s,
        client_cpu_s=streamed.client_cpu_s,
        others_cores=max(0.0, machine_s - streamed.server_cpu_s - streamed.client_cpu_s) / clock_s,
        metrics={name: value - before.get(name, 0.0) for name, value in after.items() if name.startswith("auricle_")},
        profile=profile_made(),
    )


def _window(streamed: Streamed) -> tuple[float, float]:
    """From the last beginning to the first end."""
    served = [heard.sent for heard in streamed.streams if heard.sent]
    return max((sent[0] for sent in served), default=0.0), min((sent[-1] for sent in served), default=0.0)


def _check_texts(model: str, home: Path, speeches: Sequence[Speech], trial: Trial) -> dict[str, float]:
    """How the live texts compare with those of the same audio as files, and both with what was said."""
    jobs = [Job(name=speech.path.name, path=str(speech.path)) for speech in speeches]
    with report.console.status("The same audio as files …"):
        offline = {a.name: a.lexical for a in transcribe(model, home, jobs) if isinstance(a, Transcript)}
    normalise = english_normaliser()
    scores: dict[str, list[Score]] = {"wer_to_offline": [], "wer_live": [], "wer_offline": []}
    for speech, heard in zip(speeches, trial.streams, strict=True):
        file, live = offline[speech.path.name], " ".join(segment.lexical for segment in segments(heard))
        pairs = {"wer_to_offline": (file, live), "wer_live": (speech.reference, live)}
        pairs["wer_offline"] = (speech.reference, file)
        for kind, (truth, text) in pairs.items():
            scores[kind].append(score_words(truth, text, normalise, speech.path.name))
    return {kind: rate(found) for kind, found in scores.items()}


def _print_definitions() -> None:
    report.heading("Live streams")
    report.note(f"Latencies, in milliseconds. {'; '.join(DEFINITIONS)}.")
    report.note(
        f"In time: p95 of partial under {1000 * PARTIAL_LIMIT_S:.0f} and of final under the end silence "
        f"({1000 * END_SILENCE_S:.0f}) + {1000 * FINAL_SLACK_S:.0f}."
    )


def _tell(trial: Trial) -> None:
    found = trial.found
    report.note(
        f"{trial.count} streams: {'in time' if trial.good else 'too late'} (partial p95 "
        f"{_ms(found.partial, 95)}, final p95 {_ms(found.final, 95)} ms)"
        + (f"; {len(trial.failures)} failed, the first with {trial.failures[0]}" if trial.failures else "")
    )


def _print_trials(model: str, trials: dict[int, Trial]) -> None:
    rows = []
    for count in sorted(trials):
        trial, figures = trials[count], trials[count].figures()
        found = trial.found
        rows.append(
            [
                count,
                "yes" if trial.good else "no",
                *(f"{_ms(v, 50)} / {_ms(v, 95)}" for v in (found.partial, found.word, found.final, found.first)),
                f"{figures['partials_per_speech_s']:.1f}",
                f"{100 * figures['revised_share']:.0f} %",
                f"{figures['server_cores']:.2f}",
                f"{figures['server_loop_cores']:.2f}",
                f"{figures['client_cores']:.2f}",
                f"{trial.others_cores:.2f}",
                f"{1000 * trial.late_s:.0f}",
                len(trial.failures),
            ]
        )
    headings = ["streams", "in time", "partial p50 / p95", "word", "final", "first", "partials / s", "revised"]
    headings += ["server's cores", "its loop's", "clients'", "others'", "clients late", "failed"]
    late = max((trial.late_s for trial in trials.values()), default=0.0)
    under = f"Final contains {1000 * END_SILENCE_S:.0f} ms of end silence. Partials a second of speech. Its loop's: cores of its event loop's thread."
    if late > CLIENT_LATE_S:
        under += " The clients themselves fell behind: their latencies are theirs too."
    if max((trial.others_cores for trial in trials.values()), default=0.0) > OTHERS_CORES:
        under += " Others used the machine: on a quiet one more streams are served in time."
    report.table(f"Live streams, {model} (latencies in ms)", headings, rows, under=under)


def _print_use(trials: dict[int, Trial], counts: Sequence[int]) -> None:
    """Where the server's time went, by its own counters."""
    rows = []
    for count in counts:
        trial = trials[count]
        grown = trial.metrics
        computing = {use: grown.get(f"auricle_compute_seconds_sum {use}", 0.0) for use in USES}
        row: list[object] = [count, f"{100 * sum(computing.values()) / (trial.wall_s * report.cores()):.0f} %"]
        row += [f"{100 * computing[use] / max(1e-9, sum(computing.values())):.0f} %" for use in USES]
        for use in USES[:2]:
            batches = grown.get(f"auricle_batch_utterances_count {use}", 0.0)
            passes = grown.get(f"auricle_wait_seconds_count {use}", 0.0)
            row.append(f"{grown.get(f'auricle_batch_utterances_sum {use}', 0.0) / max(1.0, batches):.1f}")
            row.append(f"{1000 * grown.get(f'auricle_wait_seconds_sum {use}', 0.0) / max(1.0, passes):.0f}")
        rows.append(row)
    headings = ["streams", "workers busy", "of that partials", "finals", "batch"]
    headings += ["partials at once", "their wait ms", "finals at once", "their wait ms"]
    under = "By the server's own counters. A final that is computed ahead, in a pause, may wait without harm."
    report.table("What the workers did", headings, rows, under=under)


def _ms(values: Sequence[float], percent: float) -> str:
    return f"{1000 * percentile(values, percent):.0f}" if values else "-"
