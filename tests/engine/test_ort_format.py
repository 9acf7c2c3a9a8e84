from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from auricle.engine.ort_format import read_weights
from auricle.errors import ModelUnavailable

SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
RNG = np.random.default_rng(4)
LEVELS = RNG.integers(0, 255, (4, 6)).astype(np.uint8)
SCALE, ZERO = np.array(0.02, np.float32), np.array(120, np.uint8)
MATRIX = ((LEVELS.astype(np.float32) - 120) * np.float32(0.02)).astype(np.float32)
KERNEL = RNG.standard_normal((4, 1, 3)).astype(np.float32)
BIAS, GAMMA = RNG.standard_normal(4).astype(np.float32), RNG.standard_normal(4).astype(np.float32)


class _Graph:
    """Collects nodes and constants, the way exporters name them."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, NDArray[Any]] = {}

    def add(self, kind: str, name: str, *inputs: str, **attributes: Any) -> str:
        domain = "com.microsoft" if kind == "DynamicQuantizeMatMul" else ""
        self.nodes.append(
            helper.make_node(kind, list(inputs), [f"{name}_output"], name=name, domain=domain, **attributes)
        )
        return f"{name}_output"

    def const(self, name: str, array: NDArray[Any]) -> str:
        self.constants[name] = array
        return name

    def quantised(self, stem: str) -> tuple[str, str, str]:
        return (
            self.const(f"{stem}_quantized", LEVELS),
            self.const(f"{stem}_scale", SCALE),
            self.const(f"{stem}_zero_point", ZERO),
        )


def exported(folder: Path) -> bytes:
    """A model with its weights put away in each of the ways that the reader knows."""
    graph = _Graph()
    x = graph.add("MatMul", "/model/layers.0/self_attn/q_proj/MatMul", "x", graph.const("q", MATRIX))
    y = graph.add("DynamicQuantizeMatMul", "/model/layers.0/self_attn/k_proj/MatMul_quant", "x", *graph.quantised("k"))
    cast = graph.add("Cast", "/cast", graph.const("v_levels", LEVELS.T.copy()), to=TensorProto.FLOAT)
    moved = graph.add("Add", "/add", cast, graph.const("v_offset", np.array(-120, np.float32)))
    scaled = graph.add("Mul", "/mul", moved, graph.const("v_size", SCALE))
    turned = graph.add("Transpose", "/transpose", scaled, perm=[1, 0])
    z = graph.add("MatMul", "/model/layers.0/self_attn/v_proj/MatMul", "x", turned)
    total = graph.add("Sum", "/sum", x, y, z)
    norm = graph.add("LayerNormalization", "/norm", total, graph.const("layers.0.norm.weight", np.ones(6, np.float32)))
    conv = graph.add("Conv", "/conv1/Conv", "a", graph.const("w", KERNEL), graph.const("b", BIAS))
    group = graph.add("Mul", "/groupnorm/Mul", conv, graph.const("g", GAMMA.reshape(4, 1)))
    group = graph.add("Add", "/groupnorm/Add", group, graph.const("h", BIAS.reshape(4, 1)))
    tokens = graph.add("Gather", "/model/decoder/embed_tokens/Gather", graph.const("embedding", MATRIX), "t")
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4]),
        helper.make_tensor_value_info("a", TensorProto.FLOAT, [1, 1, 8]),
        helper.make_tensor_value_info("t", TensorProto.INT64, [1]),
    ]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in (norm, group, tokens)]
    constants = [numpy_helper.from_array(array, name) for name, array in graph.constants.items()]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "exported", inputs, outputs, initializer=constants),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)],
        ir_version=9,
    )
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.optimized_model_filepath = str(folder / "model.ort")
    options.add_session_config_entry("session.save_model_format", "ORT")
    onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return (folder / "model.ort").read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a model file."""
    return exported(tmp_path_factory.mktemp("exported"))


def read(folder: Path, data: bytes) -> dict[str, NDArray[np.float32]]:
    (folder / "read.ort").write_bytes(data)
    return read_weights(folder / "read.ort")


@pytest.mark.parametrize("part", ["q", "k", "v"])
def test_matrices_come_back_however_they_were_quantised(tmp_path: Path, whole: bytes, part: str) -> None:
    got = read(tmp_path, whole)[f"model.layers.0.self_attn.{part}_proj.weight"]
    assert got.dtype == np.float32
    assert got == pytest.approx(MATRIX, abs=1e-6)


def test_convolutions_norms_and_embeddings_come_back(tmp_path: Path, whole: bytes) -> None:
    weights = read(tmp_path, whole)
    assert weights["conv1.weight"] == pytest.approx(KERNEL)
    assert weights["conv1.bias"] == pytest.approx(BIAS)
    assert weights["groupnorm.weight"] == pytest.approx(GAMMA)
    assert weights["groupnorm.bias"] == pytest.approx(BIAS)
    assert weights["layers.0.norm.weight"].tolist() == [1] * 6
    assert weights["model.decoder.embed_tokens.weight"] == pytest.approx(MATRIX)


@SAME_FOLDER
@given(garbage=st.binary(max_size=300), marked=st.booleans())
def test_garbage_is_refused(tmp_path: Path, garbage: bytes, marked: bool) -> None:
    data = garbage[:4].ljust(4, b"\0") + b"ORTM" + garbage[4:] if marked else garbage
    with pytest.raises(ModelUnavailable, match=r"read\.ort is not a readable ORT-format model"):
        read(tmp_path, data)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.9])
def test_a_file_cut_short_is_refused_or_lacks_weights(tmp_path: Path, whole: bytes, share: float) -> None:
    everything = read(tmp_path, whole)
    try:
        weights = read(tmp_path, whole[: int(len(whole) * share)])
    except ModelUnavailable:
        return
    assert len(weights) < len(everything)


def test_an_onnx_file_is_not_an_ort_file(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="lacks the mark ORTM"):
        read(tmp_path, onnx.ModelProto().SerializeToString() + b"onnx" * 20)


def test_a_file_that_is_not_there_is_an_operating_system_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_weights(tmp_path / "nowhere.ort")
