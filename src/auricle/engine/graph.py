"""A small builder of ONNX graphs: the layers that the model families share, over named float32 weights.

Linear layers are quantised to int8 with one scale per output (LLM.int8()-style absolute maximum, per channel) and
multiply activations quantised on the fly, three to four times as fast as float32 on processors with int8 dot products.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
_OPSETS = (("", 21), ("com.microsoft", 1))
_IR_VERSION = 10
_CONTRIBUTED = frozenset({"DynamicQuantizeMatMul", "MultiHeadAttention", "QuickGelu", "RotaryEmbedding"})


class GraphBuilder:
    """Collects nodes; every method returns the name of the value it adds."""

    def __init__(self, *, quantised: bool = True, weight_levels: int = 127) -> None:
        self._quantised = quantised
        self._weight_levels = weight_levels  # 63 where int8 products of two saturate (no VNNI)
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, kind: int, *shape: str | int) -> str:
        self._inputs.append(helper.make_tensor_value_info(name, kind, list(shape)))
        return name

    def output(self, value: str, name: str, kind: int, *shape: str | int) -> None:
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, kind, list(shape)))

    def const(self, array: NDArray[Any], name: str = "") -> str:
        name = name or f"const_{len(self._constants)}"
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def ints(self, *values: int) -> str:
        return self.const(np.array(values, np.int64))

    def scalar(self, value: float) -> str:
        return self.const(np.array(value, np.float32))

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        return self.ops(kind, 1, *inputs, **attributes)[0]

    def ops(self, kind: str, count: int, *inputs: str, **attributes: Any) -> list[str]:
        """A node with several outputs."""
        outputs = [f"v{len(self._nodes)}_{i}" for i in range(count)]
        domain = "com.microsoft" if kind in _CONTRIBUTED else ""
        self._nodes.append(helper.make_node(kind, list(inputs), outputs, domain=domain, **attributes))
        return outputs

    def linear(self, x: str, weight: NDArray[np.float32], bias: NDArray[np.float32] | None = None) -> str:
        """`x @ weight + bias` with weight [inputs, outputs]."""
        if not self._quantised:
            product = self.op("MatMul", x, self.const(weight))
            return product if bias is None else self.op("Add", product, self.const(bias))
        scale = np.maximum(np.abs(weight).max(axis=0), 1e-12) / self._weight_levels
        levels = np.round(weight / scale).astype(np.int8)
        inputs = [x, self.const(levels), self.const(scale.astype(np.float32)), self.const(np.zeros_like(levels[0]))]
        if bias is not None:
            inputs.append(self.const(bias))
        return self.op("DynamicQuantizeMatMul", *inputs)

    def layer_norm(self, x: str, weight: NDArray[np.float32], bias: NDArray[np.float32] | None = None) -> str:
        inputs = [x, self.const(weight), self.const(np.zeros_like(weight) if bias is None else bias)]
        return self.op("LayerNormalization", *inputs, axis=-1, epsilon=1e-5)

    def split_heads(self, x: str, heads: int, *, transposed: bool = False) -> str:
        """[S, N, heads x d] to [S, heads, N, d], or to [S, heads, d, N] when `transposed`."""
        shaped = self.op("Reshape", x, self.ints(0, 0, heads, -1))
        return self.op("Transpose", shaped, perm=[0, 2, 3, 1] if transposed else [0, 2, 1, 3])

    def merge_heads(self, x: str) -> str:
        """[S, heads, N, d] to [S, N, heads x d]."""
        return self.op("Reshape", self.op("Transpose", x, perm=[0, 2, 1, 3]), self.ints(0, 0, -1))

    def save(self, path: Path) -> None:
        graph = helper.make_graph(
            self._nodes, path.stem, self._inputs, self._outputs, initializer=list(self._constants.values())
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid(*opset) for opset in _OPSETS])
        model.ir_version = _IR_VERSION
        onnx.save(model, str(path))


class DecoderOutputs:
    """The tail that every decoder step shares: from final hidden states to scores the search can use."""

    @staticmethod
    def add(graph: GraphBuilder, hidden: str, embedding: NDArray[np.float32]) -> None:
        """Log-probabilities of the best tokens and of the tokens that scorers ask for."""
        wanted = graph.input("wanted", INT64, "S", "Q", "W")
        count = graph.input("top_count", INT64, 1)
        logits = graph.linear(hidden, np.ascontiguousarray(embedding.T))
        top, tokens = graph.ops("TopK", 2, logits, count, axis=-1)
        largest = graph.op("Slice", top, graph.ints(0), graph.ints(1), graph.ints(2))
        mass = graph.op("ReduceSum", graph.op("Exp", graph.op("Sub", logits, largest)), graph.ints(-1), keepdims=1)
        total = graph.op("Add", graph.op("Log", mass), largest)
        graph.output(graph.op("Sub", top, total), "top_scores", FLOAT, "S", "Q", "K")
        graph.output(tokens, "top_tokens", INT64, "S", "Q", "K")
        asked = graph.op("GatherElements", logits, wanted, axis=-1)
        graph.output(graph.op("Sub", asked, total), "wanted_scores", FLOAT, "S", "Q", "W")


def open_session(path: Path) -> onnxruntime.InferenceSession:
    """Load a graph to run on the calling thread alone: sessions side by side beat threads within one."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
