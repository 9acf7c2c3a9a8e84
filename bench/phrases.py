"""Phrase lists: how many listed terms are recognised without and with the list, and what it does to other speech."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import report
from bench.engines import OURS
from bench.recordings import Clip, RecordingSet, data_folder, english_sets
from bench.scoring import ENGLISH, english_normaliser, interval, rate, recall, resampled, score_words
from bench.transcriber import Job, Transcript, transcribe


def _terms(text: str) -> tuple[str, ...]:
    return tuple(text.split(";"))


COFFEE = _terms(
    "double shot;triple shot;quadruple shot;single shot;mocha;cappuccino;latte;americano;espresso;house coffee;"
    "drip coffee;light roast;medium roast;dark roast;sweetener;brown sugar;almond milk;soy milk;skim milk;whole milk;"
    "iced mocha;iced coffee;iced latte;iced cappuccino"
)
TELEPHONY = _terms(
    "PBX;Asterisk;Digium;IAX;Zap;SIP;mISDN;voicemail;pound key;extension;conference;caller ID;blacklist;queue;console;"
    "login incorrect;folder;golf;Juliet;X-ray"
)
NAMES = _terms("Philip;Jeanne;MacDougall;Oolong;Ethel Baird;Oona;Thorpe;Gregson;Churchill;irate skipper;ComfyUI")
DEFAULT_ENGINES = OURS[:1]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A list over a set in which its terms are said, or (`related` false) over one in which hardly any are."""

    title: str
    clips: tuple[Clip, ...]
    terms: tuple[str, ...]
    related: bool


def trials(sets: Sequence[RecordingSet], limit: int | None) -> list[Trial]:
    """Three lists over their own speech, and lists over speech that has nothing to do with them."""
    by_name = {item.name: item.limited(limit).clips for item in sets}
    every = (*COFFEE, *TELEPHONY, *NAMES)
    named = (*by_name["general"], *(clip for clip in by_name["formats"] if "hotwords" in clip.name))
    return [
        Trial(title="coffee terms over coffee", clips=by_name["coffee"], terms=COFFEE, related=True),
        Trial(title="telephony terms over telephony", clips=by_name["telephony"], terms=TELEPHONY, related=True),
        Trial(title="names over general", clips=named, terms=NAMES, related=True),
        Trial(
            title="coffee and telephony over general", clips=by_name["general"], terms=COFFEE + TELEPHONY, related=False
        ),
        Trial(title="all over mandarin-dev", clips=by_name["mandarin-dev"], terms=every, related=False),
    ]


def measure(home: Path, *, engines: Sequence[str], limit: int | None) -> dict[str, Any]:
    """Run it, print it, and give back every figure."""
    tried = trials(english_sets(data_folder()), limit)
    result: dict[str, Any] = {"limit": limit, "engines": {}}
    for engine in engines or DEFAULT_ENGINES:
        result["engines"][engine] = _measure_engine(engine, home, tried)
        _print(engine, result["engines"][engine])
    report.save("phrases", result)
    return result


def _measure_engine(engine: str, home: Path, tried: Sequence[Trial]) -> list[dict[str, Any]]:
    clips = {clip.name: clip for trial in tried for clip in trial.clips}
    jobs = [Job(name=f"without {name}", path=str(clip.path)) for name, clip in clips.items()]
    jobs += [
        Job(name=f"{trial.title} {clip.name}", path=str(clip.path), phrases=trial.terms)
        for trial in tried
        for clip in trial.clips
    ]
    with report.console.status(f"{engine}: {len(jobs)} recordings …"):
        heard = {a.name: a.text for a in transcribe(engine, home, jobs) if isinstance(a, Transcript)}
    return [_compare(trial, heard) for trial in tried]


def _compare(trial: Trial, heard: dict[str, str]) -> dict[str, Any]:
    normalise = english_normaliser()
    before, after = (
        [(clip.reference, heard[f"{kind} {clip.name}"]) for clip in trial.clips] for kind in ("without", trial.title)
    )
    groups = [clip.speaker or clip.name for clip in trial.clips]
    scores = [
        [score_words(truth, text, normalise, group) for (truth, text), group in zip(pairs, groups, strict=True)]
        for pairs in (before, after)
    ]
    draws = [resampled(half, trial.title) for half in scores]
    recalls = [recall(pairs, trial.terms, normalise) for pairs in (before, after)]
    missing = recalls[0].said - recalls[0].recognised
    return {
        "title": trial.title,
        "related": trial.related,
        "terms": len(trial.terms),
        "clips": len(trial.clips),
        "said": recalls[0].said,
        "recall_without": recalls[0].share,
        "recall_with": recalls[1].share,
        "missing_recovered": (recalls[1].recognised - recalls[0].recognised) / missing if missing else None,
        "wer_without": rate(scores[0]),
        "wer_with": rate(scores[1]),
        "wer_change_interval": interval(draws[1] - draws[0]),
    }


def _print(engine: str, entries: Sequence[dict[str, Any]]) -> None:
    rows = []
    for entry in entries:
        low, high = entry["wer_change_interval"]
        recovered = entry["missing_recovered"]
        rows.append(
            [
                f"{entry['title']} ({entry['terms']} terms, {entry['clips']} clips)",
                entry["said"],
                f"{100 * entry['recall_without']:.1f}" if entry["said"] else "-",
                f"{100 * entry['recall_with']:.1f}" if entry["said"] else "-",
                "-" if recovered is None else f"{100 * recovered:.0f} %",
                f"{entry['wer_without']:.2f}",
                f"{entry['wer_with']:.2f}",
                f"{entry['wer_with'] - entry['wer_without']:+.2f} ({low:+.2f} to {high:+.2f})",
            ]
        )
    headings = ["list over set", "said", "recall % without", "with", "missing found", "WER % without", "with", "change"]
    under = (
        f"Normaliser: {ENGLISH}. Recall counts each saying of each listed term. Change: 95 % bootstrap interval in "
        "brackets. The last two rows are speech that the lists have nothing to do with: nothing should move there."
    )
    report.table(f"Phrase lists, {engine}", headings, rows, under=under)
