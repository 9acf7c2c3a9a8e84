"""Error rates and speed of whole recordings: every set, every engine, one thread each, in one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from bench import report
from bench.engines import FASTER_WHISPER, OURS, PEERS
from bench.recordings import (
    Clip,
    RecordingSet,
    chosen_sets,
    data_folder,
    english_sets,
    multilingual_sets,
    silence_set,
)
from bench.scoring import (
    BASIC,
    ENGLISH,
    Floats,
    Score,
    basic_normaliser,
    english_normaliser,
    interval,
    rate,
    resampled,
    score_characters,
    score_words,
)
from bench.transcriber import Job, Over, Ready, Transcript, transcribe

MULTILINGUAL = ("whisper-base", FASTER_WHISPER)
SMALL_SET_WORDS = 200  # of a reference; sets below say little by themselves


@dataclass(frozen=True, kw_only=True)
class Run:
    """One engine over all its recordings."""

    engine: str
    ready: Ready
    transcripts: Mapping[str, Transcript]  # by clip
    peak_mb: float

    def over(self, clips: Sequence[Clip]) -> list[Transcript]:
        return [self.transcripts[clip.name] for clip in clips]


def measure(home: Path, *, engines: Sequence[str], sets: Sequence[str], limit: int | None) -> dict[str, Any]:
    """Run it, print it, and give back every figure."""
    data = data_folder()
    english = chosen_sets(english_sets(data), sets, limit)
    silence = silence_set(data)
    others = [] if sets else chosen_sets(multilingual_sets(data), (), limit)
    runs = [_run(name, home, english, silence, others) for name in engines or (*OURS, *PEERS)]
    result = {
        "limit": limit,
        "english": _english(runs, english),
        "silence": {run.engine: " ".join(t.text for t in run.over(silence.clips)) for run in runs},
        "other_languages": _others([run for run in runs if run.engine in MULTILINGUAL], others),
        "speed": _speed(runs, english),
        "clips": {run.engine: {name: asdict(t) for name, t in run.transcripts.items()} for run in runs},
    }
    _print(result, english)
    report.save("accuracy", result)
    return result


def _run(
    engine: str, home: Path, english: Sequence[RecordingSet], silence: RecordingSet, others: Sequence[RecordingSet]
) -> Run:
    sets = [*english, silence, *(others if engine in MULTILINGUAL else ())]
    jobs = [Job(name=c.name, path=str(c.path), language=c.language) for item in sets for c in item.clips]
    ready, peak_mb, transcripts = None, 0.0, {}
    columns = (TextColumn("{task.description}"), *Progress.get_default_columns()[1:3], TimeElapsedColumn())
    watched = report.console.is_terminal
    with Progress(*columns, console=report.console, transient=True, disable=not watched) as progress:
        task = progress.add_task(engine, total=len(jobs))
        for answer in transcribe(engine, home, jobs):
            match answer:
                case Ready():
                    ready = answer
                case Transcript():
                    transcripts[answer.name] = answer
                    progress.advance(task)
                case Over():
                    peak_mb = answer.peak_mb
    assert ready is not None, "the process tells that it is ready before it ends"
    return Run(engine=engine, ready=ready, transcripts=transcripts, peak_mb=peak_mb)


def score_clips(run: Run, clips: Sequence[Clip]) -> list[Score]:
    """Words of English clips."""
    normalise = english_normaliser()
    return [
        score_words(clip.reference, heard.text, normalise, clip.speaker or clip.name)
        for clip, heard in zip(clips, run.over(clips), strict=True)
    ]


def mean_over_sets(draws: Sequence[Floats]) -> Floats:
    """The unweighted mean of the sets' rates, draw by draw."""
    mean: Floats = np.mean(np.stack(draws), axis=0)
    return mean


def _small_sets_joined(run: Run, sets: Sequence[RecordingSet]) -> dict[str, list[Score]]:
    """Scores by set, those with few words as one set, so that a single short clip does not decide a mean."""
    joined: dict[str, list[Score]] = {}
    for item in sets:
        scores = score_clips(run, item.clips)
        small = sum(score.units for score in scores) < SMALL_SET_WORDS
        joined.setdefault("small sets" if small else item.name, []).extend(scores)
    return joined


def _english(runs: Sequence[Run], sets: Sequence[RecordingSet]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    means: dict[str, Floats] = {}
    for run in runs:
        by_set: dict[str, Any] = {}
        draws, rates, pooled = list[Floats](), list[float](), list[Score]()
        for item in sets:
            scores = score_clips(run, item.clips)
            pooled += scores
            draws.append(resampled(scores, item.name))
            rates.append(rate(scores))
            heard = run.over(item.clips)
            by_set[item.name] = {
                "wer": rates[-1],
                "interval": interval(draws[-1]),
                "clips": len(scores),
                "words": sum(score.units for score in scores),
                "audio_s": sum(t.audio_s for t in heard),
                "cpu_per_audio_s": _cpu_share(heard),
            }
        joined = _small_sets_joined(run, sets)
        means[run.engine] = mean_over_sets([resampled(scores, name) for name, scores in joined.items()])
        found[run.engine] = {
            "sets": by_set,
            "mean_wer": fmean(rate(scores) for scores in joined.values()),
            "mean_wer_each_set_alone": fmean(rates),
            "mean_interval": interval(means[run.engine]),
            "pooled_wer": rate(pooled),
        }
    if FASTER_WHISPER in found:
        for name, entry in found.items():
            entry["mean_above_faster_whisper"] = entry["mean_wer"] - found[FASTER_WHISPER]["mean_wer"]
            entry["mean_above_faster_whisper_interval"] = interval(means[name] - means[FASTER_WHISPER])
    return found


def _others(runs: Sequence[Run], sets: Sequence[RecordingSet]) -> dict[str, Any]:
    normalise = basic_normaliser()
    found: dict[str, Any] = {}
    for run in runs:
        found[run.engine] = {}
        for item in sets:
            heard = run.over(item.clips)
            pairs = [(clip.reference, t.text, clip.name) for clip, t in zip(item.clips, heard, strict=True)]
            characters = [score_characters(truth, text, normalise, name) for truth, text, name in pairs]
            words = [score_words(truth, text, normalise, name) for truth, text, name in pairs]
            found[run.engine][item.name] = {
                "cer": rate(characters),
                "interval": interval(resampled(characters, item.name)),
                "wer": rate(words),
                "clips": len(pairs),
                "cpu_per_audio_s": _cpu_share(heard),
            }
    return found


def _cpu_share(heard: Sequence[Transcript]) -> float:
    return sum(t.cpu_s for t in heard) / max(1e-9, sum(t.audio_s for t in heard))


def _speed(runs: Sequence[Run], sets: Sequence[RecordingSet]) -> dict[str, Any]:
    clips = [clip for item in sets for clip in item.clips]
    found: dict[str, Any] = {}
    for run in runs:
        heard = run.over(clips)
        audio_s = sum(t.audio_s for t in heard)
        found[run.engine] = {
            "about": run.ready.about,
            "audio_s": audio_s,
            "times_real_time": audio_s / max(1e-9, sum(t.wall_s for t in heard)),
            "cpu_per_audio_s": _cpu_share(heard),
            "load_s": run.ready.load_s,
            "peak_mb": run.peak_mb,
        }
    if FASTER_WHISPER in found:
        peer = found[FASTER_WHISPER]["cpu_per_audio_s"]
        for entry in found.values():
            entry["cpu_to_faster_whisper"] = entry["cpu_per_audio_s"] / peer
    return found


def _print(result: Mapping[str, Any], sets: Sequence[RecordingSet]) -> None:
    english, engines = result["english"], list(result["english"])
    rows: list[list[object]] = []
    for item in sets:
        first = english[engines[0]]["sets"][item.name]
        small = "*" if first["words"] < SMALL_SET_WORDS else ""
        row: list[object] = [f"{item.name}{small}", first["clips"], f"{first['audio_s'] / 60:.1f}"]
        rows.append([*row, *(_with_interval(english[e]["sets"][item.name], "wer", "interval") for e in engines)])
    rows.append(
        ["mean over the sets", "", "", *(_with_interval(english[e], "mean_wer", "mean_interval") for e in engines)]
    )
    rows.append(
        ["same, each * set by itself", "", "", *(f"{english[e]['mean_wer_each_set_alone']:.1f}" for e in engines)]
    )
    rows.append(["all words together", "", "", *(f"{english[e]['pooled_wer']:.1f}" for e in engines)])
    if FASTER_WHISPER in english:
        keys = ("mean_above_faster_whisper", "mean_above_faster_whisper_interval")
        rows.append(
            ["mean, above faster-whisper", "", "", *(_with_interval(english[e], *keys, sign="+") for e in engines)]
        )
    rows.append(["words invented in silence", 1, "0.1", *(len(result["silence"][e].split()) for e in engines)])
    under = (
        f"Normaliser: {ENGLISH}; errors counted by jiwer. In brackets 95 % bootstrap intervals over clips, over speakers "
        f"where they are known (mandarin). * fewer than {SMALL_SET_WORDS} words: these count as one set in the mean."
    )
    report.table("Word error rate, %, English", ["set", "clips", "min", *engines], rows, under=under)
    _print_speed(result["speed"])
    _print_others(result["other_languages"])


def _print_speed(speed: Mapping[str, Any]) -> None:
    rows = [
        [
            engine,
            entry["about"],
            f"{entry['times_real_time']:.1f}",
            f"{entry['cpu_per_audio_s']:.3f}",
            f"{100 * entry['cpu_to_faster_whisper']:.0f} %" if "cpu_to_faster_whisper" in entry else "-",
            f"{entry['load_s']:.1f}",
            f"{entry['peak_mb']:.0f}",
        ]
        for engine, entry in speed.items()
    ]
    headings = ["engine", "set as", "x real time", "CPU s per audio s", "CPU of faster-whisper's", "load s", "peak MB"]
    under = (
        "The same recordings, one process and one thread each; reading the file and finding the speech are included."
    )
    report.table("Speed", headings, rows, under=under)


def _print_others(others: Mapping[str, Any]) -> None:
    if not others or not any(others.values()):
        return
    engines = list(others)
    headings = ["language", *(f"{engine} {kind}" for engine in engines for kind in ("CER", "WER", "CPU s / s"))]
    rows: list[list[object]] = []
    for language, first in others[engines[0]].items():
        row: list[object] = [f"{language} ({first['clips']} clips)"]
        for engine in engines:
            entry = others[engine][language]
            row += [_with_interval(entry, "cer", "interval"), f"{entry['wer']:.1f}", f"{entry['cpu_per_audio_s']:.3f}"]
        rows.append(row)
    under = f"Normaliser: {BASIC}; characters without spaces. So few clips show that a language works, not how well."
    report.table("Other languages, error rate of characters and words, %", headings, rows, under=under)


def _with_interval(entry: Mapping[str, Any], value: str, bounds: str, *, sign: str = "") -> str:
    low, high = entry[bounds]
    between = " to " if sign else "-"
    return f"{entry[value]:{sign}.1f} ({low:{sign}.1f}{between}{high:{sign}.1f})"
