from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from auricle.engine.ctranslate2_format import read_weights
from auricle.errors import ModelUnavailable

from .small_weights import ctranslate2_bytes, whisper_weights

SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
VARIABLES: dict[str, NDArray[Any]] = {
    "linear/weight": np.array([[10, -20, 127], [1, 2, 3]], np.int8),
    "linear/weight_scale": np.array([10, 2], np.float32),
    "linear/bias": np.array([0.5, -1.5], np.float16),
    "rank": np.array(3, np.float32),
}
WHOLE = ctranslate2_bytes(VARIABLES, {"tied/weight": "linear/bias"})


def read(folder: Path, *parts: bytes) -> dict[str, NDArray[np.float32]]:
    paths = [folder / f"part{i}" for i in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        path.write_bytes(part)
    return read_weights(paths)


def test_every_kind_of_variable_comes_back_as_float32(tmp_path: Path) -> None:
    weights = read(tmp_path, WHOLE)
    assert weights["linear/weight"].tolist() == [[1, -2, pytest.approx(12.7)], [0.5, 1, 1.5]]
    assert weights["linear/bias"].tolist() == weights["tied/weight"].tolist() == [0.5, -1.5]
    assert weights["rank"] == 3
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}
    assert "linear/weight_scale" not in weights


def test_a_whole_model_survives_the_round_trip(tmp_path: Path) -> None:
    written = whisper_weights()
    weights = read(tmp_path, ctranslate2_bytes(written))
    assert weights.keys() == written.keys()
    assert all(np.array_equal(weights[name], written[name]) for name in written)


@SAME_FOLDER
@given(cut=st.integers(0, len(WHOLE)))
def test_a_model_split_for_upload_is_put_together(tmp_path: Path, cut: int) -> None:
    assert read(tmp_path, WHOLE[:cut], WHOLE[cut:]).keys() == {"linear/weight", "linear/bias", "tied/weight", "rank"}


@SAME_FOLDER
@given(length=st.integers(0, len(WHOLE) - 1))
def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path, length: int) -> None:
    with pytest.raises(ModelUnavailable, match="part0: not a whole CTranslate2 model"):
        read(tmp_path, WHOLE[:length])


@SAME_FOLDER
@given(garbage=st.binary(max_size=400))
def test_garbage_is_refused(tmp_path: Path, garbage: bytes) -> None:
    with pytest.raises(ModelUnavailable):
        read(tmp_path, garbage)


def test_another_version_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="binary version 5, expected 6"):
        read(tmp_path, b"\5" + WHOLE[1:])


def test_a_variable_whose_size_and_shape_disagree_is_refused(tmp_path: Path) -> None:
    cut_short = ctranslate2_bytes({"w": np.zeros((4, 4), np.float32)}).replace(b"\2\4\0\0\0\4", b"\2\4\0\0\0\5")
    with pytest.raises(ModelUnavailable):
        read(tmp_path, cut_short)


def test_no_files_are_no_model() -> None:
    with pytest.raises(ModelUnavailable):
        read_weights([])
