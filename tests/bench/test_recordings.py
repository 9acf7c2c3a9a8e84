"""Choosing recordings."""

from __future__ import annotations

import itertools
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.recordings import Clip, RecordingSet, chosen_sets, english_sets, evenly, multilingual_sets


@given(st.integers(0, 500), st.integers(1, 100))
def test_even_choices_keep_order_and_spread(count: int, limit: int) -> None:
    chosen = evenly(range(count), limit)
    assert len(chosen) == min(count, limit)
    assert chosen == sorted(set(chosen))
    gaps = {b - a for a, b in itertools.pairwise(chosen)}
    assert not gaps or max(gaps) - min(gaps) <= 1


def test_an_unknown_set_is_refused_with_the_names_there_are() -> None:
    sets = [RecordingSet(name="coffee", clips=())]
    with pytest.raises(click.ClickException, match="No set is called tea; there are coffee"):
        chosen_sets(sets, ["tea"], None)


def test_a_limit_is_for_each_set() -> None:
    clips = tuple(Clip(name=str(n), path=Path(str(n)), reference="") for n in range(9))
    (chosen,) = chosen_sets([RecordingSet(name="coffee", clips=clips)], [], 3)
    assert [clip.name for clip in chosen.clips] == ["1", "4", "7"]


def test_every_recording_of_the_sets_is_there(shared: Path) -> None:
    sets = [*english_sets(shared / "data"), *multilingual_sets(shared / "data")]
    missing = [clip.path for item in sets for clip in item.clips if not clip.path.is_file()]
    assert not missing
    assert all(clip.reference and "||" not in clip.reference for item in sets for clip in item.clips)


def test_mandarin_speakers_are_known(shared: Path) -> None:
    (dev,) = [item for item in english_sets(shared / "data") if item.name == "mandarin-dev"]
    assert len({clip.speaker for clip in dev.clips}) == 13
