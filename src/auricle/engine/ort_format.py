"""Reads the weights out of an ORT-format model file (`.ort`), whatever way they were quantised.

The Moonshine packages carry such files. Their graphs dequantise at every step, so only the weights are taken and the
graphs are built anew (`moonshine.py`). Weights keep the names of the Hugging Face checkpoints they were exported from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime.tools.ort_format_model.ort_flatbuffers_py.fbs.InferenceSession import InferenceSession

from auricle.engine.weights import Weights
from auricle.errors import ModelUnavailable

_PROJECTION = re.compile(r"(q_proj|k_proj|v_proj|o_proj|dense|fc1|fc2|up_proj|down_proj)/MatMul(_quant)?$")
_VECTOR = re.compile(r"(bias|norm\.weight|norm\.bias)$")
_RENAMED = (("_merged_0", ""), (".dense.", ".o_proj."), (".up_proj.", ".fc1."), (".down_proj.", ".fc2."))
_ONNX_DTYPES: dict[int, type[np.generic]] = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64}
_GRAPH_ATTRIBUTE = 5  # onnx.AttributeProto.GRAPH
_INTS_ATTRIBUTE = 7  # onnx.AttributeProto.INTS


def read_weights(path: Path) -> Weights:
    """The float32 weights of the model at `path`, by Hugging Face name.

    Linear weights come as [inputs, outputs], the way they are multiplied; convolutions as [outputs, inputs, kernel].
    Raises ModelUnavailable when the file is not an ORT-format model.
    """
    try:
        return _Reader(path.read_bytes()).weights()
    except OSError:
        raise
    except Exception as error:
        raise ModelUnavailable(f"{path} is not a readable ORT-format model: {error}") from error


class _Reader:
    """Walks the flatbuffer's graphs and resolves each named weight through its dequantising nodes."""

    def __init__(self, data: bytes) -> None:
        if not InferenceSession.InferenceSessionBufferHasIdentifier(data, 0):
            raise ValueError("it lacks the mark ORTM")
        model = InferenceSession.GetRootAs(bytearray(data), 0).Model()
        self._arrays: dict[str, NDArray[Any]] = {}
        self._nodes: list[Any] = []
        for graph in _graphs(model.Graph()):
            for i in range(graph.InitializersLength()):
                tensor = graph.Initializers(i)
                self._arrays[_text(tensor.Name())] = _array(tensor)
            self._nodes += [graph.Nodes(i) for i in range(graph.NodesLength())]
        self._producers = {_text(node.Outputs(j)): node for node in self._nodes for j in range(node.OutputsLength())}

    def weights(self) -> Weights:
        found: Weights = {}
        for node in self._nodes:
            name, kind = _text(node.Name()), _text(node.OpType())
            if _PROJECTION.search(name) and "MatMul" in kind:
                found.setdefault(_hugging_face_name(name), self._matrix(node, kind))
            elif kind in {"Conv", "FusedConv"}:
                stem = name.strip("/").removesuffix("/Conv").replace("/", ".")
                found[f"{stem}.weight"] = self._value(_text(node.Inputs(1)))
                if node.InputsLength() > 2:  # the third input is the bias
                    found[f"{stem}.bias"] = self._value(_text(node.Inputs(2)))
            elif kind == "Gather" and "embed_tokens" in name:
                found["model.decoder.embed_tokens.weight"] = self._value(_text(node.Inputs(0)))
            elif name in {"/groupnorm/Mul", "/groupnorm/Add"}:
                part = "weight" if name.endswith("Mul") else "bias"
                found[f"groupnorm.{part}"] = self._value(_text(node.Inputs(1))).reshape(-1)
        for name, array in self._arrays.items():
            if _VECTOR.search(_renamed(name)) and array.dtype == np.float32:
                found.setdefault(_renamed(name), array)
        if not found:
            raise ValueError("it holds no weights")
        return found

    def _matrix(self, node: Any, kind: str) -> NDArray[np.float32]:
        """The constant right-hand side of a matrix product, dequantised."""
        inputs = [_text(node.Inputs(i)) for i in range(node.InputsLength())]
        if kind == "DynamicQuantizeMatMul":
            return self._dequantised(inputs[1], inputs[2], inputs[3])
        if kind == "MatMulIntegerToFloat":
            return self._dequantised(inputs[1], inputs[3], inputs[5])
        return self._value(inputs[1])

    def _dequantised(self, quantised: str, scale: str, zero_point: str) -> NDArray[np.float32]:
        levels = self._arrays[quantised].astype(np.float32) - self._arrays[zero_point].astype(np.float32)
        return np.asarray(levels * self._arrays[scale], np.float32)

    def _value(self, name: str) -> NDArray[np.float32]:
        """A constant, computed through whatever dequantises it."""
        stem = name.removesuffix("_quantized")
        zero_point = self._arrays.get(f"{stem}_zero_point")
        if stem != name and zero_point is not None and zero_point.dtype == np.uint8:
            return self._dequantised(name, f"{stem}_scale", f"{stem}_zero_point")
        if name in self._arrays:
            return self._arrays[name].astype(np.float32)
        node = self._producers[name]
        kind = _text(node.OpType())
        inputs = [self._value(_text(node.Inputs(i))) for i in range(node.InputsLength())]
        if kind in {"Cast", "Identity"}:
            return inputs[0]
        if kind == "Mul":
            return inputs[0] * inputs[1]
        if kind == "Add":
            return inputs[0] + inputs[1]
        if kind == "Transpose":
            return np.transpose(inputs[0], _permutation(node))
        raise ValueError(f"weight {name} comes from an unexpected {kind}")


def _graphs(graph: Any) -> Iterator[Any]:
    """The graph and every graph inside it (branches of `If`)."""
    yield graph
    for i in range(graph.NodesLength()):
        node = graph.Nodes(i)
        for j in range(node.AttributesLength()):
            if node.Attributes(j).Type() == _GRAPH_ATTRIBUTE:
                yield from _graphs(node.Attributes(j).G())


def _array(tensor: Any) -> NDArray[Any]:
    dtype = _ONNX_DTYPES.get(tensor.DataType())
    if dtype is None:
        return np.zeros(0, np.float32)  # strings and the like: never weights
    raw = tensor.RawDataAsNumpy()
    shape = [tensor.Dims(i) for i in range(tensor.DimsLength())]
    return np.frombuffer(b"" if isinstance(raw, int) else raw.tobytes(), dtype).reshape(shape)


def _permutation(node: Any) -> list[int] | None:
    for j in range(node.AttributesLength()):
        attribute = node.Attributes(j)
        if _text(attribute.Name()) == "perm" and attribute.Type() == _INTS_ATTRIBUTE:
            return [attribute.Ints(i) for i in range(attribute.IntsLength())]
    return None


def _hugging_face_name(node_name: str) -> str:
    path = re.sub(r"/MatMul(_quant)?$", "", node_name.strip("/")).replace("/", ".")
    return _renamed(f"{path}.weight")


def _renamed(name: str) -> str:
    for old, new in _RENAMED:
        name = name.replace(old, new)
    return name


def _text(value: bytes | None) -> str:
    return value.decode() if value else ""
