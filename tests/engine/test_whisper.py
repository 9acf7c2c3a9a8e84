from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from auricle.engine.acoustic import StepInput
from auricle.engine.graph import GraphBuilder
from auricle.engine.whisper import ALIGNMENT_HEADS, Whisper, _mel_filters, build_decoder, build_encoder, log_mel

from .small_weights import LETTERS, SPECIAL, noise, whisper_weights, write_tokenizer

END = len(LETTERS)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Whisper:
    """A small Whisper in full precision, of one language."""
    folder, weights = tmp_path_factory.mktemp("whisper"), whisper_weights()
    build_encoder(weights, folder / "encoder.onnx", GraphBuilder(quantised=False))
    suppressed = range(END + 1, END + len(SPECIAL))
    build_decoder(weights, folder / "decoder.onnx", GraphBuilder(quantised=False), [(0, 0)], suppressed)
    return loaded(folder, ["en"])


def loaded(folder: Path, languages: list[str]) -> Whisper:
    write_tokenizer(folder / "tokenizer.json")
    (folder / "config.json").write_text(json.dumps({"heads": 1, "languages": languages}))
    return Whisper(folder, context_margin_s=1.0)


def plain_log_mel(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Frame by frame, band by band, as the paper tells it: 25 ms Hann windows every 10 ms, 80 Slaney mel bands."""
    padded = np.concatenate([samples[200:0:-1], samples, samples[-2:-202:-1]]).astype(np.float64)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    fourier = np.exp(-2j * np.pi * np.outer(np.arange(201), np.arange(400)) / 400)
    bands_hz = [_hertz(i * _mel(8000.0) / 81) for i in range(82)]
    frames = []
    for frame in range(len(samples) // 160):
        power = np.abs(fourier @ (padded[frame * 160 : frame * 160 + 400] * window)) ** 2
        frames.append([math.log10(max(_band(power, *bands_hz[i : i + 3]), 1e-10)) for i in range(80)])
    mel = np.array(frames).T
    return np.asarray((np.maximum(mel, mel.max() - 8) + 4) / 4)


def _band(power: NDArray[np.float64], low_hz: float, middle_hz: float, high_hz: float) -> float:
    total = 0.0
    for number, energy in enumerate(power):
        hertz = number * 40.0
        if low_hz < hertz <= middle_hz:
            total += energy * (hertz - low_hz) / (middle_hz - low_hz)
        elif middle_hz < hertz < high_hz:
            total += energy * (high_hz - hertz) / (high_hz - middle_hz)
    return total * 2 / (high_hz - low_hz)


def _mel(hertz: float) -> float:
    return hertz * 3 / 200 if hertz < 1000 else 15 + 27 * math.log(hertz / 1000) / math.log(6.4)


def _hertz(mel: float) -> float:
    return mel * 200 / 3 if mel < 15 else 1000 * math.exp((mel - 15) * math.log(6.4) / 27)


@pytest.mark.parametrize("samples", [noise(0.35), np.sin(np.arange(4000) / 3).astype(np.float32), noise(0.1) * 1e-4])
def test_log_mel_frames_are_what_the_paper_tells(samples: NDArray[np.float32]) -> None:
    assert log_mel(samples) == pytest.approx(plain_log_mel(samples), abs=2e-3)


@given(samples=st.integers(400, 5000))
@settings(max_examples=20, deadline=None)
def test_there_is_a_frame_for_every_10_ms(samples: int) -> None:
    assert log_mel(noise(samples / 16_000)).shape == (80, len(noise(samples / 16_000)) // 160)


def test_silence_is_one_flat_value() -> None:
    assert np.ptp(log_mel(np.zeros(8000, np.float32))) == 0


def test_every_band_hears_something_and_all_weigh_alike() -> None:
    filters = _mel_filters()
    assert filters.shape == (80, 201)
    assert (filters >= 0).all()
    assert (filters.max(axis=1) > 0).all()
    assert filters[40:].sum(axis=1) * 40 == pytest.approx(np.ones(40), rel=0.08)  # areas, over bins of 40 Hz


def test_the_heads_that_tell_word_times_exist_in_their_sizes() -> None:
    for (layers, _), chosen in ALIGNMENT_HEADS.items():
        assert all(0 <= layer < layers and 0 <= head < 8 for layer, head in chosen)


@pytest.mark.parametrize(("duration_s", "frames"), [(0.0, 50), (1.0, 100), (1.001, 101), (29.5, 1500), (31.0, 1500)])
def test_a_segment_is_encoded_with_silence_after_it_up_to_half_a_minute(
    model: Whisper, duration_s: float, frames: int
) -> None:
    encoded = model.encode([noise(duration_s)])
    assert encoded.frames == (frames,)
    assert encoded.feed["cross_key_0"].shape[-1] == frames


@pytest.mark.parametrize("other_s", [0.3, 3.0])
def test_padding_in_a_batch_does_not_change_what_a_segment_is(model: Whisper, other_s: float) -> None:
    samples = noise(1.0)
    alone, together = model.encode([samples]), model.encode([noise(other_s, seed=1), samples])
    frames = alone.frames[0]
    away = np.abs(together.feed["cross_key_1"][1, ..., :frames] - alone.feed["cross_key_1"][0])
    assert np.median(away) < 1e-5
    assert away.max() < 0.5  # the last frame's convolution sees the padding instead of nothing


def test_scores_are_probabilities_over_text_and_the_end(model: Whisper) -> None:
    encoded = model.encode([noise(0.5)])
    prompt = model.prompt("en")
    step = StepInput(
        tokens=np.array([prompt]),
        positions=np.arange(len(prompt))[None],
        visible=np.tril(np.ones((len(prompt), len(prompt)), np.bool_))[None],
        wanted=np.tile(np.array([END + 1]), (1, len(prompt), 1)),
        top_count=END + 1,
    )
    scores, cache = model.step(encoded, model.empty_cache(1), step)
    assert np.exp(scores.top_scores).sum(axis=2) == pytest.approx(np.ones((1, len(prompt))), abs=1e-4)
    assert sorted(scores.top_tokens[0, -1].tolist()) == list(range(END + 1))
    assert (scores.wanted_scores < -1000).all()
    assert cache["past_key_0"].shape == (1, 1, len(prompt), 64)


def test_the_prompt_names_the_language_only_where_there_are_several(model: Whisper, tmp_path: Path) -> None:
    token = model.vocabulary.token
    start, end = token("<|startoftranscript|>"), token("<|notimestamps|>")
    assert model.prompt("en") == (start, end)
    for name in ("encoder.onnx", "decoder.onnx"):
        weights = whisper_weights()
        if name == "encoder.onnx":
            build_encoder(weights, tmp_path / name, GraphBuilder())
        else:
            build_decoder(weights, tmp_path / name, GraphBuilder(), [(0, 0)], [])
    several = loaded(tmp_path, ["en", "de"])
    assert several.prompt("en") == (start, token("<|en|>"), token("<|transcribe|>"), end)
    assert several.languages == {"en", "de"}
