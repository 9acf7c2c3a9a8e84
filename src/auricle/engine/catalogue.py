"""The models by name: what they are, where their weights lie, and the proof that these are the weights we mean.

`catalogue.toml` describes the models whose weights arrive in registry packages; models that a person added live in
the home folder beside a manifest of the same shape. Nothing here imports a package of weights: its files are data.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path
from typing import Any

from auricle.errors import ModelUnavailable

Progress = Callable[[float], None]  # the fraction done, 0..1
READ_BYTES = 1 << 20
UNDATED = date(2026, 11, 1)  # the release of an added model whose manifest names none


class Family(Enum):
    """How a model works, hence which code loads it."""

    MOONSHINE = "moonshine"
    WHISPER = "whisper"
    SILERO = "silero"  # voice activity, not recognition


@dataclass(frozen=True, kw_only=True)
class Package:
    """A registry package that carries weights, pinned."""

    name: str
    version: str
    licence: str
    size_bytes: int
    sha256: tuple[str, ...]  # of every wheel that will do

    @property
    def requirement(self) -> str:
        """The line that pip installs it by, and no other file in its place."""
        return " ".join([f"{self.name}=={self.version}", *(f"--hash=sha256:{digest}" for digest in self.sha256)])


@dataclass(frozen=True, kw_only=True)
class Part:
    """A file as it was published, or one piece of it."""

    package: str | None  # None: it lies in the folder of an added model
    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model as the catalogue describes it."""

    name: str
    title: str
    family: Family
    about: str
    licence: str
    languages: tuple[str, ...]  # ISO 639-1, Whisper's spelling where that standard has no code
    released: date  # the day since when Auricle offers it
    parameters_millions: float | None
    abilities: tuple[str, ...]
    word_error_rate_percent: Mapping[str, float]  # by test set; absent means not measured
    files: Mapping[str, tuple[Part, ...]]  # by the name the family expects; parts follow one another
    added: bool = False  # by a person, into the home folder

    @property
    def size_bytes(self) -> int:
        return sum(part.size_bytes for part in self.parts)

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(part for parts in self.files.values() for part in parts)

    @property
    def packages(self) -> tuple[str, ...]:
        """The packages to install for it, each once."""
        return tuple(dict.fromkeys(part.package for part in self.parts if part.package))

    @property
    def digest(self) -> str:
        """One hash for all of its files: whatever was made from them is stale when it changes."""
        lines = [f"{name} {part.sha256}\n" for name in sorted(self.files) for part in self.files[name]]
        return hashlib.sha256("".join(lines).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class ModelSource:
    """A model's original files, found and verified."""

    name: str
    family: Family
    languages: tuple[str, ...]
    files: Mapping[str, tuple[Path, ...]]  # to be read one after another where there are several
    digest: str


class Catalogue:
    """Every model that can be named here: the shipped ones and those in one home folder."""

    def __init__(self, home: Path) -> None:
        self._home = home
        shipped = _shipped()
        self.packages: Mapping[str, Package] = {
            name: Package(name=name, **entry | {"sha256": tuple(entry["sha256"])})
            for name, entry in shipped["packages"].items()
        }
        self.models: Mapping[str, Model] = {
            name: parse_model(name, entry) for name, entry in shipped["models"].items()
        } | {model.name: model for model in self._added()}
        self._recordings = shipped["recordings"]
        self._verified = _VerifiedFiles(home / "models" / "verified.json")

    def folder(self, name: str) -> Path:
        """Where everything of one model lies: `source/` if it was added, and whatever is made from it."""
        return self._home / "models" / name

    def model(self, name: str) -> Model:
        """The model of that name; raises ModelUnavailable with the names there are."""
        if name not in self.models:
            known = ", ".join(self.models)
            raise ModelUnavailable(f"There is no model named {name!r}. Known models: {known}.")
        return self.models[name]

    def requirements(self, names: Iterable[str] = ()) -> list[Package]:
        """The packages that the named models need; all that the catalogue lists when none is named."""
        wanted = list(names)
        if not wanted:
            return list(self.packages.values())
        needed = dict.fromkeys(package for name in wanted for package in self.model(name).packages)
        return [self.packages[package] for package in needed]

    def installed(self, package: Package) -> bool:
        """Whether exactly this version is there."""
        try:
            return distribution(package.name).version == package.version
        except PackageNotFoundError:
            return False

    def locate(self, name: str, progress: Progress | None = None) -> ModelSource:
        """The files of a model, each with the hash it should have; raises ModelUnavailable saying what to do."""
        model = self.model(name)
        done_bytes = 0
        located: dict[str, tuple[Path, ...]] = {}
        for file_name, parts in model.files.items():
            paths = []
            for part in parts:
                paths.append(self._checked(part, model))
                done_bytes += part.size_bytes
                if progress:
                    progress(done_bytes / model.size_bytes)
            located[file_name] = tuple(paths)
        self._verified.save()
        return ModelSource(
            name=name, family=model.family, languages=model.languages, files=located, digest=model.digest
        )

    def recording(self, name: str) -> tuple[Path, str]:
        """A reading that a package carries, and the words read."""
        entry = self._recordings[name]
        part = Part(**entry["part"])
        path = self._path(part, None)
        if path is None or not self._verified.matches(path, part):
            raise ModelUnavailable(f"The recording {name!r} is not there. Run: auricle models install")
        return path, entry["text"]

    def _checked(self, part: Part, model: Model) -> Path:
        path = self._path(part, model)
        if path is None or not path.is_file():
            raise ModelUnavailable(f"The model {model.name} is not installed: {part.path} is missing. {_remedy(model)}")
        if not self._verified.matches(path, part):
            raise ModelUnavailable(
                f"The model {model.name} is damaged: {path} does not have the sha256 {part.sha256}. {_remedy(model)}"
            )
        return path

    def _path(self, part: Part, model: Model | None) -> Path | None:
        if part.package is None:
            assert model is not None, "only a model has files of its own"
            return self.folder(model.name) / "source" / part.path
        try:
            return Path(str(distribution(part.package).locate_file(part.path)))
        except PackageNotFoundError:
            return None

    def _added(self) -> list[Model]:
        manifests = sorted((self._home / "models").glob("*/source/manifest.json"))
        return [parse_model(path.parent.parent.name, json.loads(path.read_text()), added=True) for path in manifests]


def parse_model(name: str, entry: Mapping[str, Any], *, added: bool = False) -> Model:
    """A model from its table in the catalogue or its manifest."""
    return Model(
        name=name,
        title=entry["title"],
        family=Family(entry["family"]),
        about=entry["about"],
        licence=entry["licence"],
        languages=tuple(entry["languages"]),
        released=_day(entry.get("released", UNDATED)),
        parameters_millions=entry.get("parameters_millions"),
        abilities=tuple(entry["abilities"]),
        word_error_rate_percent=entry["word_error_rate_percent"],
        files={
            file_name: tuple(Part(**{"package": None} | part) for part in file["parts"])
            for file_name, file in entry["files"].items()
        },
        added=added,
    )


def _day(value: date | str) -> date:
    # TOML has dates, JSON has text
    return value if isinstance(value, date) else date.fromisoformat(value)


def sha256_of(path: Path) -> str:
    """The file's hash, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


@cache
def _shipped() -> dict[str, Any]:
    return tomllib.loads(files("auricle.engine").joinpath("catalogue.toml").read_text(encoding="utf-8"))


def _remedy(model: Model) -> str:
    if model.added:
        return f"Run: auricle models remove {model.name}, and add it again."
    return f"Run: auricle models install {model.name}"


class _VerifiedFiles:
    """Remembers which files had the right hash, so that an unchanged file is read once and not at every start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._known: dict[str, list[Any]] = json.loads(path.read_text())
        except (OSError, ValueError):
            self._known = {}
        self._changed = False

    def matches(self, path: Path, part: Part) -> bool:
        """Whether the file is the one that was published."""
        stat = path.stat()
        if stat.st_size != part.size_bytes:
            return False
        seen = [stat.st_size, stat.st_mtime_ns, part.sha256]
        if self._known.get(str(path)) == seen:
            return True
        if sha256_of(path) != part.sha256:
            return False
        self._known[str(path)] = seen
        self._changed = True
        return True

    def save(self) -> None:
        """Write what was learnt; a folder that cannot be written costs the next start a second look."""
        if not self._changed:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft = self._path.with_suffix(".part")
            draft.write_text(json.dumps(self._known))
            draft.replace(self._path)
        except OSError:
            return
        self._changed = False
