"""An acoustic model that is two ONNX graphs in a folder: what the families share at run time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auricle.engine.acoustic import NEVER, Encoded, Feed, StepInput, StepScores
from auricle.engine.graph import open_session
from auricle.engine.vocabulary import TokenizerVocabulary


class GraphModel:
    """Runs `encoder.onnx` and `decoder.onnx`; families add what is their own: prompts and features."""

    def __init__(self, folder: Path, *, heads: int) -> None:
        self.vocabulary = TokenizerVocabulary(folder / "tokenizer.json")
        self._encoder = open_session(folder / "encoder.onnx")
        self._decoder = open_session(folder / "decoder.onnx")
        self._encoder_outputs = [output.name for output in self._encoder.get_outputs()]
        self._step_outputs = [output.name for output in self._decoder.get_outputs()]
        past = [given for given in self._decoder.get_inputs() if given.name.startswith("past_")]
        self._cache_names = [given.name for given in past]
        self._cache_shape = (heads, 0, int(past[0].shape[3]))

    def run_encoder(self, given: Feed, frames: NDArray[np.int64]) -> Encoded:
        """Encode prepared inputs; `frames` [S] says how many encoder frames of each segment are real."""
        feed: Feed = dict(zip(self._encoder_outputs, self._encoder.run(None, given), strict=True))
        padding = np.arange(feed["cross_key_0"].shape[-1]) >= frames[:, None]
        feed["cross_bias"] = np.where(padding, NEVER, np.float32(0))[:, None, None, :]
        return Encoded(feed=feed, frames=tuple(int(n) for n in frames))

    def empty_cache(self, segments: int) -> Feed:
        return {name: np.zeros((segments, *self._cache_shape), np.float32) for name in self._cache_names}

    def step(self, encoded: Encoded, cache: Feed, step: StepInput) -> tuple[StepScores, Feed]:
        given = {
            **encoded.feed,
            **cache,
            "tokens": step.tokens,
            "positions": step.positions,
            "self_bias": np.where(step.visible, np.float32(0), NEVER)[:, None],
            "wanted": step.wanted,
            "top_count": np.array([step.top_count], np.int64),
        }
        got = dict(zip(self._step_outputs, self._decoder.run(None, given), strict=True))
        scores = StepScores(
            top_scores=got["top_scores"],
            top_tokens=got["top_tokens"],
            wanted_scores=got["wanted_scores"],
            attention=got["attention"],
        )
        return scores, {name: got[name.removeprefix("past_")] for name in cache}

    def close(self) -> None:
        del self._encoder, self._decoder
