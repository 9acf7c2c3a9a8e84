"""From published weights to graphs that run here: once at install, then loading takes a second or two."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from auricle.engine.acoustic import AcousticModel
from auricle.engine.catalogue import Family, ModelSource, Progress
from auricle.engine.ctranslate2_format import read_weights as read_ctranslate2
from auricle.engine.decoder import BeamSearchRecogniser, SearchSettings
from auricle.engine.graph import GraphBuilder
from auricle.engine.moonshine import Moonshine
from auricle.engine.moonshine import build_decoder as build_moonshine_decoder
from auricle.engine.moonshine import build_encoder as build_moonshine_encoder
from auricle.engine.ort_format import read_weights as read_ort
from auricle.engine.recogniser import Recogniser
from auricle.engine.whisper import HEAD, Whisper
from auricle.engine.whisper import build_decoder as build_whisper_decoder
from auricle.engine.whisper import build_encoder as build_whisper_encoder
from auricle.errors import ModelUnavailable

FORMAT = 2  # raised whenever the graphs that this code builds change
_INT8_DOT_PRODUCTS = frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "asimddp"})  # as /proc/cpuinfo names them


def prepare(source: ModelSource, folder: Path, progress: Progress | None = None) -> None:
    """Build the graphs of a model into `folder`; nothing to do when they are there and of the same weights.

    An interrupted build leaves no half-built folder behind. Raises ModelUnavailable when the weights cannot be read.
    """
    report = progress or (lambda fraction: None)
    stamp = _stamp(source)
    if _stamp_of(folder) == stamp:
        report(1.0)
        return
    draft = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        _BUILDERS[source.family](source, draft, report)
        (draft / "stamp.json").write_text(json.dumps(stamp))
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    report(1.0)


def load(source: ModelSource, folder: Path) -> Recogniser:
    """A recogniser over the prepared graphs; raises ModelUnavailable when they are missing or stale."""
    if _stamp_of(folder) != _stamp(source):
        raise ModelUnavailable(f"The model {source.name} is not prepared. Start the server once: auricle serve")
    return BeamSearchRecogniser(load_acoustic_model(source.family, folder), SEARCH[source.family])


def load_acoustic_model(family: Family, folder: Path) -> AcousticModel:
    """The acoustic model alone."""
    return Moonshine(folder) if family is Family.MOONSHINE else Whisper(folder)


def _stamp(source: ModelSource) -> dict[str, Any]:
    return {"format": FORMAT, "digest": source.digest, "weight_levels": _weight_levels()}


def _stamp_of(folder: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads((folder / "stamp.json").read_text()))
    except (OSError, ValueError):
        return None


def _weight_levels() -> int:
    """127, or 63 where two int8 products overflow 16 bits for want of dot-product instructions."""
    try:
        features = set(Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split())
    except OSError:
        return 127
    return 127 if features & _INT8_DOT_PRODUCTS else 63


def _graph() -> GraphBuilder:
    return GraphBuilder(weight_levels=_weight_levels())


def _build_moonshine(source: ModelSource, folder: Path, report: Progress) -> None:
    encoder = read_ort(_single(source, "encoder_model.ort"))
    report(0.2)
    decoder = read_ort(_single(source, "decoder_model_merged.ort"))
    report(0.4)
    _readable(source, lambda: build_moonshine_encoder(encoder, decoder, folder / "encoder.onnx", _graph()))
    report(0.7)
    _readable(source, lambda: build_moonshine_decoder(decoder, folder / "decoder.onnx", _graph()))
    shutil.copyfile(_single(source, "tokenizer.json"), folder / "tokenizer.json")


def _build_whisper(source: ModelSource, folder: Path, report: Progress) -> None:
    config = json.loads(_single(source, "config.json").read_text())
    tokenizer = json.loads(_single(source, "tokenizer.json").read_text())
    weights = read_ctranslate2(list(source.files["model.bin"]))
    report(0.3)
    special = {token["content"]: int(token["id"]) for token in tokenizer["added_tokens"]}
    vocabulary = len(weights["decoder/embeddings/weight"])
    never_text = {*range(special["<|endoftext|>"] + 1, vocabulary), *config.get("suppress_ids", ())} - {-1}
    published = [(layer, head) for layer, head in config["alignment_heads"]]
    _readable(source, lambda: build_whisper_encoder(weights, folder / "encoder.onnx", _graph()))
    report(0.6)
    suppressed = sorted(never_text)
    _readable(source, lambda: build_whisper_decoder(weights, folder / "decoder.onnx", _graph(), published, suppressed))
    shutil.copyfile(_single(source, "tokenizer.json"), folder / "tokenizer.json")
    heads = len(weights["encoder/conv1/weight"]) // HEAD
    (folder / "config.json").write_text(json.dumps({"heads": heads, "languages": list(source.languages)}))


def _readable(source: ModelSource, build: Callable[[], None]) -> None:
    """Weights that lack a layer, or have another shape, are another kind of model: say so."""
    try:
        build()
    except (KeyError, ValueError, IndexError) as error:
        raise ModelUnavailable(
            f"The weights of {source.name} are not those of a {source.family.value} model: {error!r}"
        ) from error


def _single(source: ModelSource, name: str) -> Path:
    if name not in source.files:
        raise ModelUnavailable(f"The model {source.name} has no {name}; it has {', '.join(sorted(source.files))}.")
    (path,) = source.files[name]
    return path


_BUILDERS: dict[Family, Callable[[ModelSource, Path, Progress], None]] = {
    Family.MOONSHINE: _build_moonshine,
    Family.WHISPER: _build_whisper,
}
SEARCH: dict[Family, SearchSettings] = {
    Family.MOONSHINE: SearchSettings(),
    Family.WHISPER: SearchSettings(reject_below=0.28),  # its probabilities are lower throughout
}
