"""`auricle models`: the catalogue for people, and pip for the packages that carry the weights."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from auricle.cli.progress import steps
from auricle.engine.additions import add_model, remove_model
from auricle.engine.catalogue import Catalogue, Family, Model
from auricle.errors import ModelUnavailable
from auricle.settings import Settings

# The wheels of weights are tagged for one platform because a library lies beside the weights; we use the data alone,
# which is the same everywhere, so pip is told to take those wheels on any machine.
PLATFORMS = ("manylinux_2_34_x86_64", "manylinux2014_x86_64")
MEGABYTE = 1_000_000


def show(settings: Settings) -> None:
    """A table of the models that recognise."""
    catalogue = Catalogue(settings.home)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Name", "Title", "Languages", "Licence", "Size", "Error rate %", "State"):
        table.add_column(heading, justify="right" if heading == "Size" else "left")
    for model in catalogue.models.values():
        if model.family is not Family.SILERO:
            table.add_row(*_row(catalogue, model, settings))
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)


def add_from(
    settings: Settings, path: Path, *, name: str | None, languages: Sequence[str], licence: str = "not stated"
) -> None:
    """Copy a model into the home folder and say how to use it."""
    with steps() as step, step(f"Adding {path.name}") as progress:
        model = add_model(
            Catalogue(settings.home), path, name=name, languages=languages, licence=licence, progress=progress
        )
    setting = "english_model" if model.languages == ("en",) else "multilingual_model"
    print(f"Added {model.name} ({model.family.value}, {_languages(model)}).")  # noqa: T201
    print(f"To hear with it: AURICLE_{setting.upper()}={model.name} auricle serve")  # noqa: T201


def remove_named(settings: Settings, name: str) -> None:
    """Delete what the home folder holds of a model."""
    remove_model(Catalogue(settings.home), name)
    print(f"Removed {name}.")  # noqa: T201


def print_requirements(settings: Settings, names: Sequence[str]) -> None:
    """The packages as lines for `pip install --no-deps --require-hashes -r`."""
    for package in Catalogue(settings.home).requirements(names):
        print(package.requirement)  # noqa: T201


def install_packages(settings: Settings, names: Sequence[str]) -> None:
    """Let pip fetch what is not there yet, refusing every file whose hash is not the catalogue's."""
    catalogue = Catalogue(settings.home)
    missing = [package for package in catalogue.requirements(names) if not catalogue.installed(package)]
    if not missing:
        print("Every model package is installed.")  # noqa: T201
        return
    size_mb = sum(package.size_bytes for package in missing) // MEGABYTE
    print(f"Installing {', '.join(package.name for package in missing)} ({size_mb} MB).", flush=True)  # noqa: T201
    with tempfile.NamedTemporaryFile("w", suffix=".txt", prefix="auricle-") as requirements:
        requirements.write("".join(f"{package.requirement}\n" for package in missing))
        requirements.flush()
        done = subprocess.run([*_pip_install(), "--requirement", requirements.name], check=False)  # noqa: S603
    if done.returncode != 0:
        raise ModelUnavailable(
            "pip could not install the models' packages; its message stands above. "
            "Once the cause is gone, run: auricle models install"
        )


def _pip_install() -> list[str]:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:", "--upgrade"]
    command += ["--target", sysconfig.get_path("purelib")]
    return command + [word for platform in PLATFORMS for word in ("--platform", platform)]


def _row(catalogue: Catalogue, model: Model, settings: Settings) -> list[str]:
    rates = model.word_error_rate_percent
    there = all(catalogue.installed(package) for package in catalogue.requirements([model.name])) or model.added
    uses = {settings.english_model: "hears English", settings.multilingual_model: "hears the other languages"}
    return [
        model.name,
        model.title,
        _languages(model),
        model.licence,
        f"{model.size_bytes / MEGABYTE:.0f} MB",
        ", ".join(f"{name} {rate:g}" for name, rate in rates.items()) or "not measured",
        ", ".join(filter(None, ["installed" if there else "not installed", uses.get(model.name)])),
    ]


def _languages(model: Model) -> str:
    return ", ".join(model.languages) if len(model.languages) <= 5 else f"{len(model.languages)} languages"
