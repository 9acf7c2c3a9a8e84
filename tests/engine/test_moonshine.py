from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from auricle.engine.acoustic import StepInput, StepScores
from auricle.engine.graph import FLOAT, INT64, GraphBuilder, open_session
from auricle.engine.moonshine import (
    _STRIDES,
    ALIGNMENT_HEADS,
    MINIMUM_SAMPLES,
    Moonshine,
    MoonshineSize,
    _stem,
    build_decoder,
    build_encoder,
    frame_counts,
)

from .small_weights import LAYERS, MOONSHINE_WIDTH, moonshine_weights, noise, write_tokenizer

TOKENS = (1, 7, 12, 5, 20)


def causal(tokens: tuple[int, ...], cached: int = 0) -> StepInput:
    """These tokens, each seeing those before it, after so many cached ones."""
    count = len(tokens)
    return StepInput(
        tokens=np.array([tokens]),
        positions=np.arange(cached, cached + count)[None],
        visible=np.tril(np.ones((count, cached + count), np.bool_), k=cached)[None],
        wanted=np.tile(np.arange(3, 20), (1, count, 1)),
        top_count=4,
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Moonshine:
    """A small Moonshine in full precision."""
    folder = tmp_path_factory.mktemp("moonshine")
    encoder, decoder = moonshine_weights()
    build_encoder(encoder, decoder, folder / "encoder.onnx", GraphBuilder(quantised=False))
    build_decoder(decoder, folder / "decoder.onnx", GraphBuilder(quantised=False))
    write_tokenizer(folder / "tokenizer.json")
    return Moonshine(folder)


def convolved(x: NDArray[np.float32], weight: NDArray[np.float32], stride: int) -> NDArray[np.float32]:
    """x [T, inputs] and weight [outputs, inputs, kernel], window by window."""
    kernel = weight.shape[2]
    starts = range(0, len(x) - kernel + 1, stride)
    return np.stack([np.einsum("ki,oik->o", x[at : at + kernel], weight) for at in starts])


@given(samples=st.integers(MINIMUM_SAMPLES, 40_000))
def test_frames_are_counted_as_the_convolutions_would_make_them(samples: int) -> None:
    counts, left = [], samples
    for kernel, stride in _STRIDES:
        left = len(range(0, left - kernel + 1, stride))
        counts.append(left)
    assert frame_counts(samples) == (counts[0], counts[-1])


def test_the_least_audio_gives_one_frame_and_a_sample_less_none() -> None:
    assert frame_counts(MINIMUM_SAMPLES)[1] == 1
    assert frame_counts(MINIMUM_SAMPLES - 1)[1] < 1


def test_the_stem_is_three_convolutions(tmp_path: Path) -> None:
    weights, _ = moonshine_weights()
    graph = GraphBuilder(quantised=False)
    stem = _stem(graph, graph.input("samples", FLOAT, "S", "n"), graph.input("stem_frames", INT64, "S"), weights)
    graph.output(stem, "x", FLOAT, "S", "T", MOONSHINE_WIDTH)
    graph.save(tmp_path / "stem.onnx")
    samples = noise(0.25)[:3968]
    first = np.tanh(convolved(samples[:, None], weights["conv1.weight"], 64))
    normed = (first - first.mean()) / np.sqrt(first.var() + 1e-5) + weights["groupnorm.bias"]
    x = normed
    for name, stride in (("conv2", 3), ("conv3", 2)):
        x = _gelu(convolved(x, weights[f"{name}.weight"], stride) + weights[f"{name}.bias"])
    got = open_session(tmp_path / "stem.onnx").run(
        None, {"samples": samples[None], "stem_frames": np.array([len(first)])}
    )[0]
    assert np.asarray(got)[0] == pytest.approx(x, abs=1e-3)


def _gelu(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """By its definition, with an approximation of the error function good to 1.5e-7 (Abramowitz and Stegun 7.1.26)."""
    z = np.abs(x) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(x) * (1 - series * np.exp(-(z**2)))
    return np.asarray(x * (1 + erf) / 2)


def test_the_size_is_read_off_the_weights() -> None:
    size = MoonshineSize.of(*moonshine_weights())
    assert (size.width, size.encoder_layers, size.decoder_layers) == (MOONSHINE_WIDTH, LAYERS, LAYERS)


def test_the_heads_that_tell_word_times_exist_in_their_sizes() -> None:
    for layers, chosen in ALIGNMENT_HEADS.items():
        assert all(0 <= layer < layers and 0 <= head < 8 for layer, head in chosen)
        assert len(set(chosen)) == len(chosen)


@pytest.mark.parametrize("other_s", [0.3, 2.0])
def test_padding_in_a_batch_does_not_change_what_a_segment_is(model: Moonshine, other_s: float) -> None:
    samples = noise(1.0)
    alone, together = model.encode([samples]), model.encode([noise(other_s, seed=1), samples])
    frames = alone.frames[0]
    assert together.frames[1] == frames == frame_counts(len(samples))[1]
    for name in ("cross_key_0", "cross_key_1"):
        assert together.feed[name][1, ..., :frames] == pytest.approx(alone.feed[name][0, ..., :frames], abs=1e-3)
    assert (together.feed["cross_bias"][1, ..., frames:] < -1e8).all()


def test_audio_shorter_than_a_frame_is_padded_to_one(model: Moonshine) -> None:
    assert model.encode([noise(0.001), noise(0)]).frames == (1, 1)


def test_reading_tokens_at_once_or_one_by_one_scores_the_same(model: Moonshine) -> None:
    encoded = model.encode([noise(1.0)])
    at_once, _ = model.step(encoded, model.empty_cache(1), causal(TOKENS))
    cache, singly = model.empty_cache(1), list[StepScores]()
    for place, token in enumerate(TOKENS):
        scores, cache = model.step(encoded, cache, causal((token,), cached=place))
        singly.append(scores)
    wanted = np.concatenate([scores.wanted_scores for scores in singly], axis=1)
    attention = np.concatenate([scores.attention for scores in singly], axis=1)
    assert wanted == pytest.approx(at_once.wanted_scores, abs=1e-3)
    assert attention == pytest.approx(at_once.attention, abs=1e-4)


def test_attention_lies_on_real_frames(model: Moonshine) -> None:
    encoded = model.encode([noise(2.0), noise(0.5)]).take([1])
    scores, _ = model.step(encoded, model.empty_cache(1), causal(TOKENS))
    assert scores.attention.sum(axis=2) == pytest.approx(np.ones((1, len(TOKENS))), abs=1e-4)
    assert scores.attention[..., encoded.frames[0] :].max() == 0


def test_the_quantised_model_is_close_to_the_full_one(model: Moonshine, tmp_path: Path) -> None:
    encoder, decoder = moonshine_weights()
    build_encoder(encoder, decoder, tmp_path / "encoder.onnx", GraphBuilder())
    build_decoder(decoder, tmp_path / "decoder.onnx", GraphBuilder())
    write_tokenizer(tmp_path / "tokenizer.json")
    both = []
    for each in (model, Moonshine(tmp_path)):
        scores, _ = each.step(each.encode([noise(1.0)]), each.empty_cache(1), causal(TOKENS))
        both.append(scores.wanted_scores.ravel())
    full, quantised = (scores - scores.mean() for scores in both)
    assert full @ quantised > 0.98 * np.linalg.norm(full) * np.linalg.norm(quantised)
