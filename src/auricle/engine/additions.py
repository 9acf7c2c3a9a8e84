"""Models that a person brings: a local folder, a zip or a wheel becomes a model of the home folder.

Two layouts are understood because two can be loaded: a Whisper model as CTranslate2 writes it, and a Moonshine model
as graphs in ORT format. Only the files of the layout are taken; their hashes go into a manifest and are checked at
every load like those of shipped models.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from auricle.engine.catalogue import Catalogue, Family, Model, Progress, parse_model, sha256_of
from auricle.errors import InvalidRequest, NotFound

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
COPY_BYTES = 1 << 20
LARGEST_FILE_BYTES = 8 << 30  # beyond any model these families have
MULTILINGUAL_START = 50258  # the id of Whisper's <|startoftranscript|>; English-only vocabularies have it one lower


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The files by which a family's model is known."""

    family: Family
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


LAYOUTS = (
    Layout(
        family=Family.WHISPER,
        needed=("model.bin", "config.json", "tokenizer.json"),
        optional=("vocabulary.txt", "vocabulary.json", "preprocessor_config.json"),
    ),
    Layout(family=Family.MOONSHINE, needed=("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.json")),
)

Opener = Callable[[], IO[bytes]]


def add_model(
    catalogue: Catalogue,
    path: Path,
    *,
    name: str | None = None,
    languages: Sequence[str] = (),
    licence: str = "not stated",
    progress: Progress | None = None,
) -> Model:
    """Copy the model at `path` into the home folder and describe it there.

    `name` defaults to that of the folder or file, `languages` to what the vocabulary tells (Whisper) or English.
    """
    name = name or re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower() if path.is_file() else path.name.lower())
    _check_name(catalogue, name)
    layout, found = _recognise_layout(_files_at(path), path)
    target = catalogue.folder(name) / "source"
    draft = catalogue.folder(name) / "source.part"
    shutil.rmtree(catalogue.folder(name), ignore_errors=True)  # what an interrupted copy left
    draft.mkdir(parents=True)
    try:
        _copy(found, draft, progress)
        manifest = _manifest(draft, layout, name, path, languages, licence)
        (draft / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
        draft.replace(target)
    except BaseException:
        shutil.rmtree(catalogue.folder(name), ignore_errors=True)
        raise
    return parse_model(name, manifest, added=True)


def remove_model(catalogue: Catalogue, name: str) -> None:
    """Delete an added model with everything made from it; of a shipped one, what was made from its packages."""
    catalogue.model(name)
    if not catalogue.folder(name).is_dir():
        raise NotFound(f"There is nothing of the model {name} in the home folder. Its package is removed by pip.")
    shutil.rmtree(catalogue.folder(name))


def _check_name(catalogue: Catalogue, name: str) -> None:
    if not NAME.fullmatch(name):
        raise InvalidRequest(
            f"{name!r} is no model name: expected up to 64 of a-z, 0-9, dot, dash and underscore. Give one with --name."
        )
    if name in catalogue.models:
        raise InvalidRequest(f"There is a model named {name} already. Choose another with --name.")


def _files_at(path: Path) -> Mapping[PurePosixPath, Opener]:
    """What lies at a path: a folder's own files, an archive's members, or the neighbours of a single file."""
    if path.is_dir():
        return {PurePosixPath(item.name): _opener(item) for item in path.iterdir() if item.is_file()}
    if not path.is_file():
        raise NotFound(f"There is nothing at {path}.")
    if zipfile.is_zipfile(path):
        return {PurePosixPath(info.filename): _member_opener(path, info.filename) for info in _members(path)}
    return _files_at(path.absolute().parent)


def _opener(path: Path) -> Opener:
    return lambda: path.open("rb")


def _members(path: Path) -> list[zipfile.ZipInfo]:
    with zipfile.ZipFile(path) as archive:
        return [info for info in archive.infolist() if not info.is_dir()]


def _member_opener(path: Path, member: str) -> Opener:
    # The member keeps the archive open through its own handle on the file.
    return lambda: zipfile.ZipFile(path).open(member)


def _recognise_layout(files: Mapping[PurePosixPath, Opener], path: Path) -> tuple[Layout, Mapping[str, Opener]]:
    """The first layout that one folder among the files satisfies."""
    for layout in LAYOUTS:
        for folder in sorted({file.parent for file in files}):
            if all(folder / name in files for name in layout.needed):
                names = [name for name in layout.needed + layout.optional if folder / name in files]
                return layout, {name: files[folder / name] for name in names}
    expected = "; or ".join(" + ".join(layout.needed) for layout in LAYOUTS)
    got = ", ".join(sorted(str(file) for file in files)[:8]) or "nothing"
    raise InvalidRequest(f"No model was recognised at {path}. Expected {expected}. Got {got}.")


def _copy(found: Mapping[str, Opener], folder: Path, progress: Progress | None) -> None:
    for done, (name, opener) in enumerate(found.items()):
        with opener() as source, (folder / name).open("wb") as target:
            _copy_bounded(source, target, name)
        if progress:
            progress((done + 1) / len(found))


def _copy_bounded(source: IO[bytes], target: IO[bytes], name: str) -> None:
    copied = 0
    while piece := source.read(COPY_BYTES):
        copied += len(piece)
        if copied > LARGEST_FILE_BYTES:
            raise InvalidRequest(f"{name} is larger than {LARGEST_FILE_BYTES >> 30} GiB; that is no model we can load.")
        target.write(piece)


def _manifest(
    folder: Path, layout: Layout, name: str, origin: Path, languages: Sequence[str], licence: str
) -> dict[str, Any]:
    heard = list(languages) or _languages_of(folder, layout)
    return {
        "title": name,
        "family": layout.family.value,
        "about": f"Added from {origin.name}.",
        "licence": licence,
        "languages": heard,
        "abilities": ["partials", "n-best", "confidences", "phrases", "word-times"],
        "word_error_rate_percent": {},
        "files": {
            file.name: {"parts": [{"path": file.name, "size_bytes": file.stat().st_size, "sha256": sha256_of(file)}]}
            for file in sorted(folder.iterdir())
        },
    }


def _languages_of(folder: Path, layout: Layout) -> list[str]:
    """What a Whisper vocabulary says it hears; a Moonshine model does not say, and most hear English."""
    if layout.family is not Family.WHISPER:
        return ["en"]
    try:
        tokens = {token["content"]: token["id"] for token in _vocabulary(folder)["added_tokens"]}
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidRequest(f"tokenizer.json is not a vocabulary that we can read: {error}.") from error
    if tokens.get("<|startoftranscript|>") != MULTILINGUAL_START:
        return ["en"]
    first, end = MULTILINGUAL_START + 1, tokens.get("<|translate|>", MULTILINGUAL_START)
    return [
        content[2:-2] for content, number in sorted(tokens.items(), key=lambda item: item[1]) if first <= number < end
    ]


def _vocabulary(folder: Path) -> Any:
    return json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
