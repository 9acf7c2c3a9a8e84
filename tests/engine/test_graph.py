from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from auricle.engine.graph import (
    FLOAT,
    INT64,
    GraphBuilder,
    add_alignment_output,
    add_step_outputs,
    open_session,
)


def run(graph: GraphBuilder, folder: Path, **given_: NDArray[Any]) -> dict[str, NDArray[Any]]:
    graph.save(folder / "graph.onnx")
    session = open_session(folder / "graph.onnx")
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, given_), strict=True))


def linear(
    folder: Path, x: NDArray[np.float32], weight: NDArray[np.float32], bias: NDArray[np.float32] | None, **how: Any
) -> NDArray[np.float32]:
    graph = GraphBuilder(**how)
    graph.output(graph.linear(graph.input("x", FLOAT, "N", x.shape[1]), weight, bias), "y", FLOAT, "N", "M")
    return np.asarray(run(graph, folder, x=x)["y"])


@pytest.mark.parametrize("weight_levels", [63, 127])
@given(seed=st.integers(0, 2**32 - 1), biased=st.booleans())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_quantised_linear_layer_is_close_to_the_float_one(
    tmp_path: Path, weight_levels: int, seed: int, biased: bool
) -> None:
    rng = np.random.default_rng(seed)
    x, weight = rng.standard_normal((5, 64)).astype(np.float32), rng.standard_normal((64, 24)).astype(np.float32)
    weight *= rng.uniform(0.01, 10, 24).astype(np.float32)  # every output has a scale of its own
    bias = rng.standard_normal(24).astype(np.float32) if biased else None
    exact = x @ weight + (0 if bias is None else bias)
    assert linear(tmp_path, x, weight, bias, quantised=False) == pytest.approx(exact, rel=1e-4, abs=1e-4)
    error = np.abs(linear(tmp_path, x, weight, bias, weight_levels=weight_levels) - exact).max(axis=0)
    assert (error < 0.04 * 64**0.5 * np.abs(weight).max(axis=0)).all()


def test_an_output_without_weights_is_zero(tmp_path: Path) -> None:
    weight = np.zeros((8, 2), np.float32)
    weight[:, 0] = 1
    got = linear(tmp_path, np.ones((1, 8), np.float32), weight, None)
    assert got.tolist() == [[pytest.approx(8, rel=0.02), 0]]


def attended(
    query: NDArray[np.float32], key: NDArray[np.float32], value: NDArray[np.float32], bias: NDArray[np.float32]
) -> NDArray[np.float32]:
    """One head [Q, d], [N, d], [N, d], bias [Q, N], the plain way."""
    scores = query @ key.T / np.sqrt(query.shape[1]) + bias
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True) @ value)


def test_cached_attention_sees_what_it_may_of_the_cache_and_the_new(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    past, new, heads, head = 3, 2, 2, 4
    query, key, value = (rng.standard_normal((1, new, heads * head)).astype(np.float32) for _ in range(3))
    past_key, past_value = (rng.standard_normal((1, heads, past, head)).astype(np.float32) for _ in range(2))
    bias = np.where(rng.random((1, 1, new, past + new)) < 0.4, -1e9, 0).astype(np.float32)
    bias[..., -1] = 0
    graph = GraphBuilder(quantised=False)
    q, k, v = (graph.input(name, FLOAT, "S", "Q", heads * head) for name in "qkv")
    allowed = graph.input("bias", FLOAT, "S", 1, "Q", "R")
    mixed = graph.cached_attention(q, k, v, allowed, 0, heads, head)
    graph.output(mixed, "mixed", FLOAT, "S", "Q", heads * head)
    got = run(graph, tmp_path, q=query, k=key, v=value, bias=bias, past_key_0=past_key, past_value_0=past_value)
    for h in range(heads):
        own = slice(h * head, (h + 1) * head)
        keys = np.concatenate([past_key[0, h], key[0, :, own]])
        values = np.concatenate([past_value[0, h], value[0, :, own]])
        assert got["mixed"][0, :, own] == pytest.approx(attended(query[0, :, own], keys, values, bias[0, 0]), abs=1e-4)
        assert got["key_0"][0, h] == pytest.approx(keys)
        assert got["value_0"][0, h] == pytest.approx(values)


def test_cross_attention_mixes_values_and_shows_where_it_looked(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    heads, head, frames = 2, 4, 5
    query = rng.standard_normal((1, 3, heads * head)).astype(np.float32)
    key = rng.standard_normal((1, heads, head, frames)).astype(np.float32)
    value = rng.standard_normal((1, heads, frames, head)).astype(np.float32)
    bias = np.array([0, 0, 0, 0, -1e9], np.float32).reshape(1, 1, 1, frames)
    graph = GraphBuilder(quantised=False)
    given_q = graph.input("q", FLOAT, "S", "Q", heads * head)
    mixed, attention = graph.cross_attention(
        given_q, *graph.cross_inputs(0, heads, head), graph.input("bias", FLOAT, "S", 1, 1, "T"), heads
    )
    graph.output(mixed, "mixed", FLOAT, "S", "Q", heads * head)
    add_alignment_output(graph, [graph.one_head(attention, h) for h in range(heads)])
    got = run(graph, tmp_path, q=query, cross_key_0=key, cross_value_0=value, bias=bias)
    for h in range(heads):
        own = slice(h * head, (h + 1) * head)
        scaled = query[0, :, own] * np.sqrt(head)  # the graph expects it scaled already
        expected = attended(scaled, key[0, h].T, value[0, h], np.broadcast_to(bias[0, 0], (3, frames)))
        assert got["mixed"][0, :, own] == pytest.approx(expected, abs=1e-4)
    assert got["attention"].shape == (1, 3, frames)
    assert got["attention"].sum(axis=2) == pytest.approx(np.ones((1, 3)), abs=1e-5)
    assert got["attention"][..., -1].max() == 0


def test_padding_is_masked_for_each_segment_by_its_own_frames(tmp_path: Path) -> None:
    graph = GraphBuilder()
    x, frames = graph.input("x", FLOAT, "S", "T", 2), graph.input("frames", INT64, "S")
    graph.output(graph.padding_bias(x, frames), "bias", FLOAT, "S", 1, "T", "T")
    got = run(graph, tmp_path, x=np.zeros((2, 3, 2), np.float32), frames=np.array([3, 1]))["bias"]
    assert got.shape == (2, 1, 3, 3)
    assert (got[0] == 0).all()
    assert (got[1] == np.array([0, -1e9, -1e9], np.float32)).all()


def test_step_scores_are_log_probabilities_of_the_best_and_the_wanted(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    hidden, embedding = rng.standard_normal((2, 3, 8)), rng.standard_normal((20, 8))
    graph = GraphBuilder(quantised=False)
    add_step_outputs(graph, graph.input("hidden", FLOAT, "S", "Q", 8), embedding.astype(np.float32), [4, 5])
    wanted = rng.integers(0, 20, (2, 3, 2))
    got = run(graph, tmp_path, hidden=hidden.astype(np.float32), wanted=wanted, top_count=np.array([18]))
    logits = hidden @ embedding.T
    logits[..., [4, 5]] -= 1e4
    logp = logits - np.log(np.exp(logits - logits.max(-1, keepdims=True)).sum(-1, keepdims=True))
    logp -= logits.max(-1, keepdims=True)
    assert got["wanted_scores"] == pytest.approx(np.take_along_axis(logp, wanted, 2), abs=1e-3)
    assert got["top_tokens"].tolist() == np.argsort(-logp, axis=2)[..., :18].tolist()
    assert np.exp(got["top_scores"]).sum(axis=2) == pytest.approx(np.ones((2, 3)), abs=1e-4)
    assert not {4, 5} & set(got["top_tokens"].ravel().tolist())
