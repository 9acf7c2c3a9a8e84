"""A small builder of ONNX graphs: the layers that the model families share, over named float32 weights.

Linear layers are quantised to int8 with one scale per output (LLM.int8()-style absolute maximum, per channel) and
multiply activations quantised on the fly, three to four times as fast as float32 on processors with int8 dot products.
"""

from __future__ import annotations

from collections.abc import Sequence
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

    def cross_attention(self, query: str, key: str, value: str, bias: str, heads: int) -> tuple[str, str]:
        """Mixed values [S, Q, width] and attention [S, heads, Q, T]; the query is already scaled."""
        scores = self.op("Add", self.op("MatMul", self.split_heads(query, heads), key), bias)
        attention = self.op("Softmax", scores, axis=-1)
        return self.merge_heads(self.op("MatMul", attention, value)), attention

    def cached_attention(self, query: str, key: str, value: str, bias: str, layer: int, heads: int, head: int) -> str:
        """Self-attention [S, Q, width] over the cache and the new positions, which it appends to the cache."""
        past_key = self.input(f"past_key_{layer}", FLOAT, "S", heads, "P", head)
        past_value = self.input(f"past_value_{layer}", FLOAT, "S", heads, "P", head)
        mixed, new_key, new_value = self.ops(
            "MultiHeadAttention", 3, query, key, value, "", "", bias, past_key, past_value, num_heads=heads
        )
        self.output(new_key, f"key_{layer}", FLOAT, "S", heads, "R", head)
        self.output(new_value, f"value_{layer}", FLOAT, "S", heads, "R", head)
        return mixed

    def cross_outputs(
        self, x: str, weight: NDArray[np.float32], bias: NDArray[np.float32] | None, layer: int, heads: int
    ) -> None:
        """A decoder layer's cross-attention keys and values from final encoder states, both in one product."""
        head = weight.shape[1] // (2 * heads)
        key, value = self.ops("Split", 2, self.linear(x, weight, bias), axis=-1, num_outputs=2)
        keys = self.split_heads(key, heads, transposed=True)
        self.output(keys, f"cross_key_{layer}", FLOAT, "S", heads, head, "T")
        self.output(self.split_heads(value, heads), f"cross_value_{layer}", FLOAT, "S", heads, "T", head)

    def cross_inputs(self, layer: int, heads: int, head: int) -> tuple[str, str]:
        """What `cross_outputs` gave, as a decoder step's inputs."""
        key = self.input(f"cross_key_{layer}", FLOAT, "S", heads, head, "T")
        return key, self.input(f"cross_value_{layer}", FLOAT, "S", heads, "T", head)

    def frame_mask(self, x: str, frames: str) -> str:
        """Which of the places along axis 1 of `x` are real: bool [S, T]."""
        length = self.op("Squeeze", self.op("Slice", self.op("Shape", x), self.ints(1), self.ints(2)))
        places = self.op("Range", self.const(np.array(0)), length, self.const(np.array(1)))
        return self.op("Less", self.op("Unsqueeze", places, self.ints(0)), self.op("Unsqueeze", frames, self.ints(1)))

    def padding_bias(self, x: str, frames: str) -> str:
        """[S, 1, T, T]: zero for real frames, a large negative number for padding."""
        row = self.op("Where", self.frame_mask(x, frames), self.scalar(0.0), self.scalar(-1e9))
        shape = self.op("Shape", x)
        segments = self.op("Slice", shape, self.ints(0), self.ints(1))
        length = self.op("Slice", shape, self.ints(1), self.ints(2))
        full = self.op("Concat", segments, self.ints(1), length, length, axis=0)
        return self.op("Expand", self.op("Unsqueeze", row, self.ints(1, 2)), full)

    def one_head(self, attention: str, head: int) -> str:
        """One head's attention, [S, 1, Q, T]."""
        return self.op("Slice", attention, self.ints(head), self.ints(head + 1), self.ints(1))

    def save(self, path: Path) -> None:
        graph = helper.make_graph(
            self._nodes, path.stem, self._inputs, self._outputs, initializer=list(self._constants.values())
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid(*opset) for opset in _OPSETS])
        model.ir_version = _IR_VERSION
        onnx.save(model, str(path))


def add_step_outputs(
    graph: GraphBuilder, hidden: str, embedding: NDArray[np.float32], suppressed: Sequence[int]
) -> None:
    """The tail that every decoder step shares: from final hidden states [S, Q, width] to scores for the search.

    Gives the log-probabilities of the best tokens and of the tokens that scorers ask for; `suppressed` tokens are
    never text and have none.
    """
    wanted = graph.input("wanted", INT64, "S", "Q", "W")
    count = graph.input("top_count", INT64, 1)
    bias = np.zeros(len(embedding), np.float32)
    bias[list(suppressed)] = -1e4
    logits = graph.linear(hidden, np.ascontiguousarray(embedding.T), bias)
    top, tokens = graph.ops("TopK", 2, logits, count, axis=-1)
    largest = graph.op("Slice", top, graph.ints(0), graph.ints(1), graph.ints(2))
    mass = graph.op("ReduceSum", graph.op("Exp", graph.op("Sub", logits, largest)), graph.ints(-1), keepdims=1)
    total = graph.op("Add", graph.op("Log", mass), largest)
    graph.output(graph.op("Sub", top, total), "top_scores", FLOAT, "S", "Q", "K")
    graph.output(tokens, "top_tokens", INT64, "S", "Q", "K")
    asked = graph.op("GatherElements", logits, wanted, axis=-1)
    graph.output(graph.op("Sub", asked, total), "wanted_scores", FLOAT, "S", "Q", "W")


def add_alignment_output(graph: GraphBuilder, attentions: Sequence[str]) -> None:
    """The mean of the attentions [S, 1, Q, T] that follow the speech, as [S, Q, T]."""
    mean = graph.op("Mean", *attentions) if len(attentions) > 1 else attentions[0]
    graph.output(graph.op("Squeeze", mean, graph.ints(1)), "attention", FLOAT, "S", "Q", "T")


def open_session(model: Path | bytes) -> onnxruntime.InferenceSession:
    """Load a graph to run on the calling thread alone: sessions side by side beat threads within one."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors
    return onnxruntime.InferenceSession(
        model if isinstance(model, bytes) else str(model), options, providers=["CPUExecutionProvider"]
    )
