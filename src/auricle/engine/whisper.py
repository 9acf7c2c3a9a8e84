"""The Whisper family (Radford et al. 2022, arXiv:2212.04356): log-mel frames in, transformer, many languages.

The graphs are built here from CTranslate2 weights. The encoder takes as many frames as a segment needs instead of
always thirty seconds: its positions are learned from the start, so a shorter input is a prefix of what it knows.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auricle.audio.samples import SAMPLE_RATE_HZ, Samples
from auricle.engine.acoustic import Encoded
from auricle.engine.graph import FLOAT, INT64, GraphBuilder, add_alignment_output, add_step_outputs
from auricle.engine.graph_model import GraphModel
from auricle.engine.weights import Weights, under

_FFT = 400  # samples, 25 ms
_HOP = 160  # samples, 10 ms
_MELS = 80
_LONGEST_S = 30.0
FRAME_S = 2 * _HOP / SAMPLE_RATE_HZ  # one encoder frame
HEAD = 64  # the width of a head in every published size
# As in `moonshine.ALIGNMENT_HEADS`, by decoder layers and vocabulary; these place words better than the published ones.
ALIGNMENT_HEADS = {
    (6, 51_865): ((5, 4), (5, 1), (5, 0), (3, 1), (4, 1)),  # base
    (4, 51_864): ((3, 2), (1, 5), (3, 1), (2, 1), (1, 0)),  # tiny.en
}


def build_encoder(weights: Weights, path: Path, graph: GraphBuilder) -> None:
    """Write the encoder: log-mel frames [S, 80, 2T] with frame counts [S], to cross-attention keys and values."""
    heads = _heads(weights)
    mel = graph.input("mel", FLOAT, "S", _MELS, "F")
    frames = graph.input("frames", INT64, "S")
    x = mel
    for name, stride in (("conv1", 1), ("conv2", 2)):
        kernel = graph.const(weights[f"encoder/{name}/weight"])
        offset = graph.const(weights[f"encoder/{name}/bias"])
        convolved = graph.op("Conv", x, kernel, offset, pads=[1, 1], strides=[stride])
        x = graph.op("Gelu", convolved)
    x = graph.op("Transpose", x, perm=[0, 2, 1])
    length = graph.op("Slice", graph.op("Shape", x), graph.ints(1), graph.ints(2))
    table = graph.const(weights["encoder/position_encodings/encodings"])
    x = graph.op("Add", x, graph.op("Slice", table, graph.ints(0), length, graph.ints(0)))
    bias = graph.padding_bias(x, frames)
    for i in range(_layers(weights, "encoder")):
        layer = under(weights, f"encoder/layer_{i}/")
        query, key, value = _projected(graph, _normed(graph, x, layer, "self_attention"), layer)
        mixed = graph.op("MultiHeadAttention", query, key, value, "", "", bias, num_heads=heads)
        x = graph.op("Add", x, _linear(graph, mixed, layer, "self_attention/linear_1"))
        x = _feed_forward(graph, x, layer)
    x = _normed(graph, x, weights, "encoder")
    for i in range(_layers(weights, "decoder")):
        linear = under(weights, f"decoder/layer_{i}/attention/linear_1/")
        graph.cross_outputs(x, np.ascontiguousarray(linear["weight"].T), linear["bias"], i, heads)
    graph.save(path)


def build_decoder(
    weights: Weights,
    path: Path,
    graph: GraphBuilder,
    published_alignment: Sequence[tuple[int, int]],
    suppressed: Sequence[int],
) -> None:
    """Write the decoder step; see `moonshine.build_decoder`. `suppressed` tokens are never text."""
    heads = _heads(weights)
    tokens = graph.input("tokens", INT64, "S", "Q")
    positions = graph.input("positions", INT64, "S", "Q")
    self_bias = graph.input("self_bias", FLOAT, "S", 1, "Q", "R")
    cross_bias = graph.input("cross_bias", FLOAT, "S", 1, 1, "T")
    embedding = weights["decoder/embeddings/weight"]
    layers = _layers(weights, "decoder")
    alignment = ALIGNMENT_HEADS.get((layers, len(embedding)), published_alignment)
    table = graph.const(weights["decoder/position_encodings/encodings"])
    x = graph.op("Gather", graph.const(embedding), tokens, axis=0)
    x = graph.op("Add", x, graph.op("Gather", table, positions, axis=0))
    attentions = []
    for i in range(layers):
        layer = under(weights, f"decoder/layer_{i}/")
        query, key, value = _projected(graph, _normed(graph, x, layer, "self_attention"), layer)
        mixed = graph.cached_attention(query, key, value, self_bias, i, heads, HEAD)
        x = graph.op("Add", x, _linear(graph, mixed, layer, "self_attention/linear_1"))
        query = _linear(graph, _normed(graph, x, layer, "attention"), layer, "attention/linear_0", 1 / np.sqrt(HEAD))
        mixed, attention = graph.cross_attention(query, *graph.cross_inputs(i, heads, HEAD), cross_bias, heads)
        x = graph.op("Add", x, _linear(graph, mixed, layer, "attention/linear_2"))
        attentions += [graph.one_head(attention, head) for at, head in alignment if at == i]
        x = _feed_forward(graph, x, layer)
    add_alignment_output(graph, attentions)
    add_step_outputs(graph, _normed(graph, x, weights, "decoder"), embedding, suppressed)
    graph.save(path)


def _heads(weights: Weights) -> int:
    return int(weights["encoder/conv1/weight"].shape[0]) // HEAD


def _layers(weights: Weights, part: str) -> int:
    return len(
        {
            name.split("/")[1]
            for name in weights
            if name.startswith(f"{part}/layer_") and "layer_norm" not in name.split("/")[1]
        }
    )


def _linear(graph: GraphBuilder, x: str, weights: Weights, name: str, scale: float = 1.0) -> str:
    weight, bias = weights[f"{name}/weight"].T * np.float32(scale), weights[f"{name}/bias"] * np.float32(scale)
    return graph.linear(x, np.ascontiguousarray(weight), bias)


def _normed(graph: GraphBuilder, x: str, weights: Weights, name: str) -> str:
    return graph.layer_norm(x, weights[f"{name}/layer_norm/gamma"], weights[f"{name}/layer_norm/beta"])


def _projected(graph: GraphBuilder, x: str, layer: Weights) -> tuple[str, str, str]:
    """Query, key and value of self-attention, from their joint weights."""
    joint = _linear(graph, x, layer, "self_attention/linear_0")
    query, key, value = graph.ops("Split", 3, joint, axis=-1, num_outputs=3)
    return query, key, value


def _feed_forward(graph: GraphBuilder, x: str, layer: Weights) -> str:
    wide = graph.op("Gelu", _linear(graph, _normed(graph, x, layer, "ffn"), layer, "ffn/linear_0"))
    return graph.op("Add", x, _linear(graph, wide, layer, "ffn/linear_1"))


def log_mel(samples: Samples) -> NDArray[np.float32]:
    """Log-mel frames [80, n // 160] of samples [n], normalised the way Whisper was trained."""
    padded = np.pad(samples, _FFT // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP][: len(samples) // _HOP]
    spectrum = np.abs(np.fft.rfft(windows * np.hanning(_FFT + 1)[:-1], axis=1)) ** 2
    mel = np.log10(np.maximum(spectrum.astype(np.float32) @ _mel_filters().T, 1e-10))
    return np.asarray((np.maximum(mel, mel.max() - 8.0) + 4.0) / 4.0, np.float32).T


@functools.cache
def _mel_filters() -> NDArray[np.float32]:
    """Triangular filters [80, 201], evenly spaced on Slaney's mel scale and of equal area."""
    edges_hz = _hertz(np.linspace(0.0, _mel(np.array(SAMPLE_RATE_HZ / 2)), _MELS + 2))
    bins_hz = np.fft.rfftfreq(_FFT, 1 / SAMPLE_RATE_HZ)
    rising = (bins_hz - edges_hz[:-2, None]) / np.diff(edges_hz)[:-1, None]
    falling = (edges_hz[2:, None] - bins_hz) / np.diff(edges_hz)[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * (2.0 / (edges_hz[2:] - edges_hz[:-2]))[:, None], np.float32)


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear to 1 kHz, logarithmic above."""
    return np.where(hertz < 1000.0, hertz * 3 / 200, 15.0 + np.log(np.maximum(hertz, 1.0) / 1000.0) * 27 / np.log(6.4))


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < 15.0, mel * 200 / 3, 1000.0 * np.exp((mel - 15.0) * np.log(6.4) / 27))


class Whisper(GraphModel):
    """A Whisper model, loaded from its two graphs."""

    frame_s = FRAME_S
    tokens_per_second = 16.0  # byte-level tokens of scripts that Whisper knows little of

    def __init__(self, folder: Path, *, context_margin_s: float = 2.5) -> None:
        config = json.loads((folder / "config.json").read_text())
        super().__init__(folder, heads=int(config["heads"]))
        self.languages = frozenset(config["languages"])
        self._multilingual = len(self.languages) > 1
        self._context_margin_s = context_margin_s
        token = self.vocabulary.token
        self.end_token = token("<|endoftext|>")

    def prompt(self, language: str) -> tuple[int, ...]:
        start, end = "<|startoftranscript|>", "<|notimestamps|>"
        pieces = [start, f"<|{language}|>", "<|transcribe|>", end] if self._multilingual else [start, end]
        return tuple(self.vocabulary.token(piece) for piece in pieces)

    def encode(self, segments: Sequence[Samples]) -> Encoded:
        limit = int(_LONGEST_S * SAMPLE_RATE_HZ)
        margin = int(self._context_margin_s * SAMPLE_RATE_HZ)
        lengths = [min(limit, -(-(len(samples) + margin) // (2 * _HOP)) * 2 * _HOP) for samples in segments]
        mel = np.zeros((len(segments), _MELS, max(lengths) // _HOP), np.float32)
        for row, samples, length in zip(mel, segments, lengths, strict=True):
            padded = np.zeros(length, np.float32)
            padded[: min(len(samples), length)] = samples[:length]
            row[:, : length // _HOP] = log_mel(padded)
        frames = np.array([length // (2 * _HOP) for length in lengths], np.int64)
        return self.run_encoder({"mel": mel, "frames": frames}, frames)
