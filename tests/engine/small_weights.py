"""Models of the two families that are a thousandth of their size, with random weights, and the files they come in."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from auricle.engine.catalogue import Family, ModelSource
from auricle.engine.moonshine import HEADS
from auricle.engine.weights import Weights

LETTERS = "abcdefghijklmnopqrstuvwxyz ."
SPECIAL = ("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>")
MOONSHINE_WIDTH = 32 * HEADS  # a head is at least as wide as what turns in it
WHISPER_WIDTH = 64
LAYERS = 2
_CTRANSLATE2_KINDS = {"float32": 0, "int8": 1, "float16": 4}


class _Random:
    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def __call__(self, *shape: int) -> NDArray[np.float32]:
        inputs = int(np.prod(shape[1:])) if len(shape) > 1 else 100
        return np.asarray(self._rng.standard_normal(shape) / np.sqrt(inputs), np.float32)


def moonshine_weights(seed: int = 0) -> tuple[Weights, Weights]:
    """Encoder and decoder, by their names in the `.ort` files."""
    random, width, inner = _Random(seed), MOONSHINE_WIDTH, 64
    one = np.ones(width, np.float32)
    encoder: Weights = {
        "conv1.weight": random(width, 1, 127),
        "groupnorm.weight": one,
        "groupnorm.bias": random(width),
        "conv2.weight": random(2 * width, width, 7),
        "conv2.bias": random(2 * width),
        "conv3.weight": random(width, 2 * width, 3),
        "conv3.bias": random(width),
        "layer_norm.weight": one,
    }
    decoder: Weights = {
        "model.decoder.embed_tokens.weight": random(len(LETTERS) + 3, width) * 4,
        "model.decoder.norm.weight": one,
    }
    for i in range(LAYERS):
        for weights, layer, attentions, wide in (
            (encoder, f"layers.{i}", ("self_attn",), inner),
            (decoder, f"model.decoder.layers.{i}", ("self_attn", "encoder_attn"), 2 * inner),
        ):
            for norm in ("input_layernorm", "post_attention_layernorm", "final_layernorm"):
                weights[f"{layer}.{norm}.weight"] = one
            for attention in attentions:
                for part in "qkvo":
                    weights[f"{layer}.{attention}.{part}_proj.weight"] = random(width, width)
            weights[f"{layer}.mlp.fc1.weight"] = random(width, wide)
            weights[f"{layer}.mlp.fc1.bias"] = random(wide)
            weights[f"{layer}.mlp.fc2.weight"] = random(inner, width)
            weights[f"{layer}.mlp.fc2.bias"] = random(width)
    return encoder, decoder


def whisper_weights(seed: int = 0) -> Weights:
    """By CTranslate2 name."""
    random, width = _Random(seed), WHISPER_WIDTH
    weights: Weights = {
        "encoder/conv1/weight": random(width, 80, 3),
        "encoder/conv1/bias": random(width),
        "encoder/conv2/weight": random(width, width, 3),
        "encoder/conv2/bias": random(width),
        "encoder/position_encodings/encodings": random(1500, width),
        "decoder/position_encodings/encodings": random(448, width),
        "decoder/embeddings/weight": random(len(LETTERS) + len(SPECIAL), width) * 4,
    }
    for part in ("encoder", "decoder"):
        _add_norm(weights, part, width)
        for i in range(LAYERS):
            layer = f"{part}/layer_{i}"
            linears = {"self_attention/linear_0": 3, "self_attention/linear_1": 1}
            if part == "decoder":
                linears |= {"attention/linear_0": 1, "attention/linear_1": 2, "attention/linear_2": 1}
                _add_norm(weights, f"{layer}/attention", width)
            for name, times in linears.items():
                weights[f"{layer}/{name}/weight"] = random(times * width, width)
                weights[f"{layer}/{name}/bias"] = random(times * width)
            _add_norm(weights, f"{layer}/self_attention", width)
            _add_norm(weights, f"{layer}/ffn", width)
            weights[f"{layer}/ffn/linear_0/weight"] = random(2 * width, width)
            weights[f"{layer}/ffn/linear_0/bias"] = random(2 * width)
            weights[f"{layer}/ffn/linear_1/weight"] = random(width, 2 * width)
            weights[f"{layer}/ffn/linear_1/bias"] = random(width)
    return weights


def _add_norm(weights: Weights, name: str, width: int) -> None:
    weights[f"{name}/layer_norm/gamma"] = np.ones(width, np.float32)
    weights[f"{name}/layer_norm/beta"] = np.zeros(width, np.float32)


def write_tokenizer(path: Path, special: tuple[str, ...] = SPECIAL) -> None:
    """A token for every letter, then the special ones."""
    pieces = {("Ġ" if letter == " " else letter): number for number, letter in enumerate(LETTERS)}
    tokenizer = Tokenizer(models.BPE(vocab=pieces, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(special))
    tokenizer.save(str(path))


def ctranslate2_bytes(variables: Mapping[str, NDArray[np.generic]], aliases: Mapping[str, str] | None = None) -> bytes:
    """A `model.bin` of binary version 6."""
    parts = [struct.pack("<I", 6), _name("WhisperSpec"), struct.pack("<II", 3, len(variables))]
    for name, array in variables.items():
        shape = struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape)
        kind = _CTRANSLATE2_KINDS[str(array.dtype)]
        parts += [_name(name), shape, struct.pack("<BI", kind, array.nbytes), array.tobytes()]
    parts.append(struct.pack("<I", len(aliases or {})))
    for alias, name in (aliases or {}).items():
        parts += [_name(alias), _name(name)]
    return b"".join(parts)


def _name(text: str) -> bytes:
    raw = text.encode() + b"\0"
    return struct.pack("<H", len(raw)) + raw


def whisper_source(folder: Path, *, seed: int = 0, without: str | None = None) -> ModelSource:
    """The files of a small Whisper in a folder, as a catalogue would find them."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: array for name, array in whisper_weights(seed).items() if name != without}
    (folder / "model.bin").write_bytes(ctranslate2_bytes(weights))
    (folder / "config.json").write_text(json.dumps({"alignment_heads": [[0, 0], [1, 0]], "suppress_ids": [-1, 3]}))
    write_tokenizer(folder / "tokenizer.json")
    names = ("model.bin", "config.json", "tokenizer.json")
    files = {name: (folder / name,) for name in names}
    return ModelSource(name="small", family=Family.WHISPER, languages=("en",), files=files, digest=f"digest-{seed}")


def noise(duration_s: float, seed: int = 0) -> NDArray[np.float32]:
    """Something to hear."""
    rng = np.random.default_rng(seed)
    return (rng.standard_normal(int(duration_s * 16_000)) * 0.1).astype(np.float32)
