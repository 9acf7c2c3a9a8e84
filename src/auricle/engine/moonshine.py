"""The Moonshine family (Jeffries et al. 2024, arXiv:2410.15608): raw audio in, rotary transformer, English.

The graphs are built here from the checkpoint's weights. One encoder pass gives every decoder layer its cross-attention
keys and values; one decoder step takes any number of queries a segment, each with its own view of the cache, so that
reading a prompt, checking a draft and stepping a beam are the same graph.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auricle.audio.samples import Samples
from auricle.engine.acoustic import Encoded
from auricle.engine.graph import FLOAT, INT64, GraphBuilder, add_alignment_output, add_step_outputs
from auricle.engine.graph_model import GraphModel
from auricle.engine.weights import Weights, under

_ROTARY_BASE = 10_000.0
_ROTARY = 32  # how many of a head's numbers turn with the position, in every published size
_ENCODER_POSITIONS = 2048  # frames: 49 s, beyond any segment
_DECODER_POSITIONS = 512  # tokens
_STRIDES = ((127, 64), (7, 3), (3, 2))  # kernel and stride of the three convolutions, in their own inputs' frames
FRAME_S = 64 * 3 * 2 / 16_000  # one encoder frame
MINIMUM_SAMPLES = 127 + 64 * (7 - 1 + 3 * 2)  # what the convolutions need to give one frame
HEADS = 8
# (layer, head) of the cross-attention that, when a token is chosen, rests on where it is spoken; by decoder layers.
# Picked one by one for the smallest error of word boundaries against forced alignments. Of other sizes the upper half
# of the layers tells, less sharply.
ALIGNMENT_HEADS = {
    8: ((4, 2), (4, 4), (5, 6), (7, 3)),  # base
    6: ((5, 6), (3, 7), (3, 6), (4, 2), (4, 7)),  # tiny
}
_NEVER_TEXT = (0, 1)  # unknown, start
_END_TOKEN = 2


@dataclass(frozen=True, kw_only=True)
class MoonshineSize:
    """The dimensions that tell one Moonshine from another, read off its weights."""

    width: int
    encoder_layers: int
    decoder_layers: int

    @classmethod
    def of(cls, encoder: Weights, decoder: Weights) -> MoonshineSize:
        width = len(encoder["layer_norm.weight"])
        return cls(
            width=width,
            encoder_layers=sum(name.endswith("input_layernorm.weight") for name in encoder),
            decoder_layers=sum(name.endswith("input_layernorm.weight") for name in decoder),
        )


def frame_counts(samples: int) -> tuple[int, int]:
    """Frames after the first convolution and after the last, for so many samples."""
    counts = []
    for kernel, stride in _STRIDES:
        samples = (samples - kernel) // stride + 1
        counts.append(samples)
    return counts[0], counts[2]


def build_encoder(weights: Weights, decoder_weights: Weights, path: Path, graph: GraphBuilder) -> None:
    """Write the encoder: samples [S, n] with valid frame counts [S] twice, to cross-attention keys and values."""
    size = MoonshineSize.of(weights, decoder_weights)
    samples = graph.input("samples", FLOAT, "S", "n")
    stem_frames = graph.input("stem_frames", INT64, "S")
    frames = graph.input("frames", INT64, "S")
    x = _stem(graph, samples, stem_frames, weights)
    bias = graph.padding_bias(x, frames)
    positions = _frame_positions(graph, x)
    tables = _rotary_tables(graph, _ENCODER_POSITIONS)
    for i in range(size.encoder_layers):
        x = _encoder_layer(graph, x, under(weights, f"layers.{i}."), size, bias, positions, tables)
    x = graph.layer_norm(x, weights["layer_norm.weight"])
    for i in range(size.decoder_layers):
        attention = under(decoder_weights, f"model.decoder.layers.{i}.encoder_attn.")
        both = np.concatenate([attention["k_proj.weight"], attention["v_proj.weight"]], axis=1)
        graph.cross_outputs(x, both, None, i, HEADS)
    graph.save(path)


def build_decoder(weights: Weights, path: Path, graph: GraphBuilder) -> None:
    """Write the decoder step: tokens and what they may see, to scores, attention and the grown cache."""
    layers = sum(name.endswith("input_layernorm.weight") for name in weights)
    alignment = ALIGNMENT_HEADS.get(layers) or tuple(itertools.product(range(layers // 2, layers), range(HEADS)))
    width = len(weights["model.decoder.norm.weight"])
    size = MoonshineSize(width=width, encoder_layers=0, decoder_layers=layers)
    head = width // HEADS
    tokens = graph.input("tokens", INT64, "S", "Q")
    positions = graph.input("positions", INT64, "S", "Q")
    self_bias = graph.input("self_bias", FLOAT, "S", 1, "Q", "R")
    cross_bias = graph.input("cross_bias", FLOAT, "S", 1, 1, "T")
    embedding = weights["model.decoder.embed_tokens.weight"]
    x = graph.op("Gather", graph.const(embedding), tokens, axis=0)
    tables = _rotary_tables(graph, _DECODER_POSITIONS)
    attentions = []
    for i in range(layers):
        layer = under(weights, f"model.decoder.layers.{i}.")
        x = _self_attention(graph, x, layer, i, size, self_bias, positions, tables)
        x, attention = _cross_attention(graph, x, layer, *graph.cross_inputs(i, HEADS, head), cross_bias)
        attentions += [graph.one_head(attention, h) for at, h in alignment if at == i]
        x = _gated_feed_forward(graph, x, layer)
    add_alignment_output(graph, attentions)
    add_step_outputs(graph, graph.layer_norm(x, weights["model.decoder.norm.weight"]), embedding, _NEVER_TEXT)
    graph.save(path)


def _stem(graph: GraphBuilder, samples: str, stem_frames: str, weights: Weights) -> str:
    """Three strided convolutions as matrix products over gathered frames: [S, n] to [S, T, width]."""
    kernel = weights["conv1.weight"][:, 0, :]  # [width, 127]
    stride = _STRIDES[0][1]
    padded = np.zeros((kernel.shape[0], 2 * stride), np.float32)
    padded[:, : kernel.shape[1]] = kernel
    blocks = graph.op("Reshape", samples, graph.ints(0, -1, stride))
    early = graph.op("Slice", blocks, graph.ints(0), graph.ints(-1), graph.ints(1))
    late = graph.op("Slice", blocks, graph.ints(1), graph.ints(np.iinfo(np.int64).max), graph.ints(1))
    windows = graph.op("Concat", early, late, axis=-1)
    x = graph.op("Tanh", graph.op("MatMul", windows, graph.const(np.ascontiguousarray(padded.T))))
    x = _masked_group_norm(graph, x, stem_frames, weights["groupnorm.weight"], weights["groupnorm.bias"])
    for name, (_, stride) in zip(("conv2", "conv3"), _STRIDES[1:], strict=True):
        x = graph.op("Gelu", _strided(graph, x, weights[f"{name}.weight"], weights[f"{name}.bias"], stride))
    return x


def _masked_group_norm(
    graph: GraphBuilder, x: str, frames: str, weight: NDArray[np.float32], bias: NDArray[np.float32]
) -> str:
    """One group over the valid frames and all channels of each segment; padding counts for nothing."""
    mask = graph.op("Unsqueeze", graph.op("Cast", graph.frame_mask(x, frames), to=FLOAT), graph.ints(2))
    values = graph.op("Mul", graph.op("Cast", frames, to=FLOAT), graph.scalar(len(weight)))
    count = graph.op("Reshape", values, graph.ints(-1, 1, 1))
    masked = graph.op("Mul", x, mask)
    mean = graph.op("Div", graph.op("ReduceSum", masked, graph.ints(1, 2)), count)
    centred = graph.op("Mul", graph.op("Sub", x, mean), mask)
    square = graph.op("ReduceSumSquare", centred, graph.ints(1, 2))
    deviation = graph.op("Sqrt", graph.op("Add", graph.op("Div", square, count), graph.scalar(1e-5)))
    scaled = graph.op("Mul", graph.op("Div", centred, deviation), graph.const(weight))
    return graph.op("Add", scaled, graph.const(bias))


def _strided(graph: GraphBuilder, x: str, weight: NDArray[np.float32], bias: NDArray[np.float32], stride: int) -> str:
    """A strided convolution over time: x [S, T, inputs], weight [outputs, inputs, kernel]."""
    kernel = weight.shape[2]
    length = graph.op("Slice", graph.op("Shape", x), graph.ints(1), graph.ints(2))
    taps = []
    for offset in range(kernel):
        end = graph.op("Sub", length, graph.ints(kernel - 1 - offset))
        taps.append(graph.op("Slice", x, graph.ints(offset), end, graph.ints(1), graph.ints(stride)))
    flat = weight.transpose(2, 1, 0).reshape(-1, weight.shape[0])
    product = graph.op("MatMul", graph.op("Concat", *taps, axis=-1), graph.const(flat))  # int8 ruins the stem
    return graph.op("Add", product, graph.const(bias))


def _frame_positions(graph: GraphBuilder, x: str) -> str:
    """The place of every frame, [S, T]."""
    shape = graph.op("Slice", graph.op("Shape", x), graph.ints(0), graph.ints(2))
    length = graph.op("Squeeze", graph.op("Slice", shape, graph.ints(1), graph.ints(2)))
    places = graph.op("Range", graph.const(np.array(0)), length, graph.const(np.array(1)))
    return graph.op("Expand", graph.op("Unsqueeze", places, graph.ints(0)), shape)


def _rotary_tables(graph: GraphBuilder, positions: int) -> tuple[str, str]:
    angles = np.arange(positions)[:, None] / _ROTARY_BASE ** (np.arange(0, _ROTARY, 2) / _ROTARY)
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    return graph.const(cos), graph.const(sin)


def _rotate(graph: GraphBuilder, x: str, positions: str, tables: tuple[str, str]) -> str:
    return graph.op(
        "RotaryEmbedding", x, positions, *tables, interleaved=1, num_heads=HEADS, rotary_embedding_dim=_ROTARY
    )


def _projected(
    graph: GraphBuilder, x: str, layer: Weights, size: MoonshineSize, positions: str, tables: tuple[str, str]
) -> tuple[str, str, str]:
    """Query, key and value [S, N, width] of self-attention, the first two rotated."""
    names = ("q_proj", "k_proj", "v_proj")
    weight = np.concatenate([layer[f"self_attn.{name}.weight"] for name in names], axis=1)
    query, key, value = graph.ops("Split", 3, graph.linear(x, weight), axis=-1, num_outputs=3)
    return (
        _rotate(graph, query, positions, tables),
        _rotate(graph, key, positions, tables),
        value,
    )


def _encoder_layer(
    graph: GraphBuilder,
    x: str,
    layer: Weights,
    size: MoonshineSize,
    bias: str,
    positions: str,
    tables: tuple[str, str],
) -> str:
    normed = graph.layer_norm(x, layer["input_layernorm.weight"])
    query, key, value = _projected(graph, normed, layer, size, positions, tables)
    mixed = graph.op("MultiHeadAttention", query, key, value, "", "", bias, num_heads=HEADS)
    x = graph.op("Add", x, graph.linear(mixed, layer["self_attn.o_proj.weight"]))
    normed = graph.layer_norm(x, layer["post_attention_layernorm.weight"])
    wide = graph.op("Gelu", graph.linear(normed, layer["mlp.fc1.weight"], layer["mlp.fc1.bias"]))
    return graph.op("Add", x, graph.linear(wide, layer["mlp.fc2.weight"], layer["mlp.fc2.bias"]))


def _self_attention(
    graph: GraphBuilder,
    x: str,
    layer: Weights,
    index: int,
    size: MoonshineSize,
    bias: str,
    positions: str,
    tables: tuple[str, str],
) -> str:
    normed = graph.layer_norm(x, layer["input_layernorm.weight"])
    query, key, value = _projected(graph, normed, layer, size, positions, tables)
    mixed = graph.cached_attention(query, key, value, bias, index, HEADS, size.width // HEADS)
    return graph.op("Add", x, graph.linear(mixed, layer["self_attn.o_proj.weight"]))


def _cross_attention(graph: GraphBuilder, x: str, layer: Weights, key: str, value: str, bias: str) -> tuple[str, str]:
    """The new hidden states and the attention [S, heads, Q, T]."""
    normed = graph.layer_norm(x, layer["post_attention_layernorm.weight"])
    weight = layer["encoder_attn.q_proj.weight"]
    query = graph.linear(normed, weight / np.float32(np.sqrt(weight.shape[1] // HEADS)))
    mixed, attention = graph.cross_attention(query, key, value, bias, HEADS)
    return graph.op("Add", x, graph.linear(mixed, layer["encoder_attn.o_proj.weight"])), attention


def _gated_feed_forward(graph: GraphBuilder, x: str, layer: Weights) -> str:
    normed = graph.layer_norm(x, layer["final_layernorm.weight"])
    wide = graph.linear(normed, layer["mlp.fc1.weight"], layer["mlp.fc1.bias"])
    values, gate = graph.ops("Split", 2, wide, axis=-1, num_outputs=2)
    gated = graph.op("Mul", graph.op("QuickGelu", gate, alpha=1.0), values)
    return graph.op("Add", x, graph.linear(gated, layer["mlp.fc2.weight"], layer["mlp.fc2.bias"]))


class Moonshine(GraphModel):
    """A Moonshine model, loaded from the two graphs that `build_encoder` and `build_decoder` wrote."""

    languages = frozenset({"en"})
    end_token = _END_TOKEN
    frame_s = FRAME_S
    tokens_per_second = 6.5  # the authors' limit on transcripts

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, heads=HEADS)

    def prompt(self, language: str) -> tuple[int, ...]:
        return (1,)

    def encode(self, segments: Sequence[Samples]) -> Encoded:
        counts = [frame_counts(max(len(samples), MINIMUM_SAMPLES)) for samples in segments]
        stride = _STRIDES[0][1]
        longest = max(*map(len, segments), MINIMUM_SAMPLES)
        batch = np.zeros((len(segments), -(-longest // stride) * stride), np.float32)
        for row, samples in zip(batch, segments, strict=True):
            row[: len(samples)] = samples
        stem_frames = np.array([first for first, _ in counts], np.int64)
        frames = np.array([last for _, last in counts], np.int64)
        return self.run_encoder({"samples": batch, "stem_frames": stem_frames, "frames": frames}, frames)
