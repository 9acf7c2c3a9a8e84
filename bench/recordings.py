"""The recordings that are measured on: which sets there are, what was said in them and who said it.

They are no part of the repository: AURICLE_SHARED names the folder that has them under `data/` (by default `shared`
beside the repository).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import click

REPOSITORY = Path(__file__).parents[1]
Item = TypeVar("Item")
MANDARIN_TRAIN_CLIPS = 150  # of 711, evenly chosen: the rest would only take time


@dataclass(frozen=True, kw_only=True)
class Clip:
    """One recording with its reference."""

    name: str
    path: Path
    reference: str
    language: str = "en"
    speaker: str = ""  # empty where nobody knows: then each clip is resampled by itself


@dataclass(frozen=True, kw_only=True)
class RecordingSet:
    """Recordings that belong together, and get a figure together."""

    name: str
    clips: tuple[Clip, ...]

    def limited(self, limit: int | None) -> RecordingSet:
        """At most `limit` clips of it, evenly chosen."""
        return self if limit is None else replace(self, clips=tuple(evenly(self.clips, limit)))


def evenly(items: Sequence[Item], limit: int) -> list[Item]:
    """At most `limit` items, the same distance apart."""
    if len(items) <= limit:
        return list(items)
    return [items[(2 * n + 1) * len(items) // (2 * limit)] for n in range(limit)]


def data_folder() -> Path:
    """Where the sets lie; says what to set when they are not there."""
    folder = Path(os.environ.get("AURICLE_SHARED") or REPOSITORY.parent / "shared") / "data"
    if not folder.is_dir():
        raise click.ClickException(
            f"There are no recordings at {folder}. Set AURICLE_SHARED to the folder above data/."
        )
    return folder


def english_sets(data: Path) -> list[RecordingSet]:
    """Every English set with references, coffee's two parts joined."""
    speakers = dict(_lines(data / "mandarin_accent_en" / "speakers.tsv"))
    mandarin = {
        part: [
            replace(clip, speaker=speakers.get(clip.path.name, ""))
            for clip in _clips(data / "mandarin_accent_en", f"{part}.tsv")
        ]
        for part in ("dev", "train")
    }
    coffee = [clip for part in ("train", "dev") for clip in _clips(data / "coffee_orders_en", f"{part}.tsv")]
    formats = [clip for clip in _clips(data / "format_variants_en") if clip.reference and "||" not in clip.reference]
    uberi = [clip for clip in _clips(data / "uberi_multilingual_short") if clip.path.name.startswith("english")]
    return [
        _set("coffee", coffee),
        _set("mandarin-dev", mandarin["dev"]),
        _set("mandarin-train", evenly(mandarin["train"], MANDARIN_TRAIN_CLIPS)),
        _set("general", _clips(data / "general_read_en")),
        _set("telephony", _clips(data / "telephony_prompts_en")),
        _set("librivox", _clips(data / "librivox_sense_sensibility_en")),
        _set("commands", _clips(data / "pocketsphinx_commands_en")),
        _set("jfk", _clips(data / "jfk_en")),
        _set("uberi", uberi),
        _set("formats", formats),
    ]


def silence_set(data: Path) -> RecordingSet:
    """Recordings in which nobody speaks: whatever is heard in them was invented."""
    return _set("silence", [clip for clip in _clips(data / "format_variants_en") if not clip.reference])


def multilingual_sets(data: Path) -> list[RecordingSet]:
    """The short clips of other languages, a set each; a file's name begins with its language."""
    by_language: dict[str, list[Clip]] = {}
    for clip in _clips(data / "multilingual_short"):
        language = clip.path.name[:2]
        by_language.setdefault(language, []).append(replace(clip, language=language))
    return [_set(language, clips) for language, clips in sorted(by_language.items())]


def chosen_sets(sets: Sequence[RecordingSet], names: Sequence[str], limit: int | None) -> list[RecordingSet]:
    """The named sets (all without names), each with at most `limit` clips."""
    known = {item.name for item in sets}
    if unknown := [name for name in names if name not in known]:
        raise click.ClickException(f"No set is called {', '.join(unknown)}; there are {', '.join(sorted(known))}.")
    return [item.limited(limit) for item in sets if not names or item.name in names]


def _set(name: str, clips: Sequence[Clip]) -> RecordingSet:
    return RecordingSet(name=name, clips=tuple(clips))


def _clips(folder: Path, table: str = "transcripts.tsv") -> list[Clip]:
    return [
        Clip(name=f"{folder.name}/{name}", path=folder / "audio" / name, reference=reference)
        for name, reference in _lines(folder / table)
    ]


def _lines(path: Path) -> list[tuple[str, str]]:
    if not path.is_file():
        raise click.ClickException(f"{path} is missing: the recordings of AURICLE_SHARED are not complete.")
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [(row[0], row[1] if len(row) > 1 else "") for row in rows]
