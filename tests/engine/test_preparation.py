from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from auricle.engine import preparation
from auricle.engine.catalogue import Family
from auricle.engine.preparation import load, load_acoustic_model, prepare
from auricle.engine.recogniser import Utterance
from auricle.errors import ModelUnavailable

from .small_weights import noise, whisper_source


class PulledPlugError(Exception):
    pass


def test_a_prepared_model_recognises(tmp_path: Path) -> None:
    source, progress = whisper_source(tmp_path / "source"), list[float]()
    prepare(source, tmp_path / "prepared", progress.append)
    recogniser = load(source, tmp_path / "prepared")
    assert recogniser.languages == {"en"}
    samples = noise(1.0)
    short, long = recogniser.recognise([Utterance(samples=samples), Utterance(samples=noise(2.0), beam=3, nbest=3)])
    for recognition in (short, long):
        for hypothesis in recognition.hypotheses:
            assert hypothesis.text == " ".join(word.text for word in hypothesis.words)
    recogniser.close()
    assert progress == sorted(progress)
    assert progress[-1] == 1


def test_a_prepared_model_is_not_prepared_again(tmp_path: Path) -> None:
    source = whisper_source(tmp_path / "source")
    prepare(source, tmp_path / "prepared")
    (tmp_path / "source" / "model.bin").unlink()
    progress: list[float] = []
    prepare(source, tmp_path / "prepared", progress.append)
    assert progress == [1]


def test_other_weights_replace_what_was_prepared(tmp_path: Path) -> None:
    first, second = (whisper_source(tmp_path / f"source{seed}", seed=seed) for seed in (1, 2))
    folder = tmp_path / "prepared"
    prepare(first, folder)
    before = (folder / "encoder.onnx").read_bytes()
    with pytest.raises(ModelUnavailable, match="not prepared"):
        load(second, folder)
    prepare(second, folder)
    assert (folder / "encoder.onnx").read_bytes() != before
    load(second, folder)
    with pytest.raises(ModelUnavailable):
        load(first, folder)


@pytest.mark.parametrize("changed", ["FORMAT", "_weight_levels"])
def test_graphs_of_an_older_version_or_another_processor_are_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    source, folder = whisper_source(tmp_path / "source"), tmp_path / "prepared"
    prepare(source, folder)
    monkeypatch.setattr(preparation, changed, 0 if changed == "FORMAT" else lambda: 31)
    with pytest.raises(ModelUnavailable):
        load(source, folder)
    prepare(source, folder)
    load(source, folder)


@pytest.mark.parametrize("stamp", [None, "", "{", "[]", '{"format": 0}'])
def test_a_folder_with_a_damaged_stamp_is_prepared_anew(tmp_path: Path, stamp: str | None) -> None:
    source, folder = whisper_source(tmp_path / "source"), tmp_path / "prepared"
    prepare(source, folder)
    (folder / "stamp.json").unlink()
    if stamp is not None:
        (folder / "stamp.json").write_text(stamp)
    with pytest.raises(ModelUnavailable):
        load(source, folder)
    prepare(source, folder)
    load(source, folder)


@pytest.mark.parametrize("at", [0.3, 0.6])
def test_an_interrupted_preparation_leaves_nothing_and_can_be_repeated(tmp_path: Path, at: float) -> None:
    source, folder = whisper_source(tmp_path / "source"), tmp_path / "models" / "prepared"

    def pull_the_plug(fraction: float) -> None:
        if fraction >= at:
            raise PulledPlugError

    with pytest.raises(PulledPlugError):
        prepare(source, folder, pull_the_plug)
    assert list(folder.parent.iterdir()) == []
    prepare(source, folder)
    load(source, folder)


def test_an_interrupted_preparation_keeps_the_model_that_was_there(tmp_path: Path) -> None:
    first, second = (whisper_source(tmp_path / f"source{seed}", seed=seed) for seed in (1, 2))
    folder = tmp_path / "prepared"
    prepare(first, folder)
    (second.files["model.bin"][0]).write_bytes(b"cut short")
    with pytest.raises(ModelUnavailable):
        prepare(second, folder)
    load(first, folder)


def test_what_a_crash_left_behind_does_no_harm(tmp_path: Path) -> None:
    source, folder = whisper_source(tmp_path / "source"), tmp_path / "prepared"
    (tmp_path / "prepared.part").mkdir()
    (tmp_path / "prepared.part" / "encoder.onnx").write_bytes(b"half")
    prepare(source, folder)
    load(source, folder)
    assert not (tmp_path / "prepared.part").exists()


def test_weights_that_lack_a_layer_are_not_those_of_the_model(tmp_path: Path) -> None:
    source = whisper_source(tmp_path / "source", without="decoder/layer_1/attention/linear_0/weight")
    with pytest.raises(ModelUnavailable, match=r"small are not those of a whisper model.*linear_0"):
        prepare(source, tmp_path / "prepared")


def test_weights_of_another_family_are_refused(tmp_path: Path) -> None:
    source = dataclasses.replace(whisper_source(tmp_path / "source"), family=Family.MOONSHINE)
    with pytest.raises(ModelUnavailable, match=r"has no encoder_model\.ort; it has config\.json"):
        prepare(source, tmp_path / "prepared")


def test_the_acoustic_model_can_be_had_alone(tmp_path: Path) -> None:
    source = whisper_source(tmp_path / "source")
    prepare(source, tmp_path / "prepared")
    model = load_acoustic_model(source.family, tmp_path / "prepared")
    assert np.isfinite(model.encode([noise(0.5)]).feed["cross_key_0"]).all()
