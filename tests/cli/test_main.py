from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from auricle import __version__
from auricle.cli.main import main
from auricle.engine.catalogue import Catalogue

HEAVY = {"numpy", "fastapi", "uvicorn", "rich", "pydantic", "onnxruntime"}


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, words)
    return result.exit_code, result.output


def test_it_tells_its_version() -> None:
    assert run("--version") == (0, f"auricle, version {__version__}\n")


def test_help_names_every_command() -> None:
    code, text = run("--help")
    assert code == 0
    assert "serve" in text
    assert "models" in text


def test_help_comes_before_anything_heavy_is_imported() -> None:
    code = f"import sys, auricle.cli.main; print(sorted(set(sys.modules) & {HEAVY!r}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_list_shows_every_model_with_licence_and_languages(tmp_path: Path) -> None:
    code, text = run("models", "list", "--home", str(tmp_path))
    assert code == 0
    assert "moonshine-base" in text
    assert "99 languages" in text
    assert "MIT" in text
    assert "silero" not in text


def test_packages_prints_what_pip_can_check(tmp_path: Path) -> None:
    code, text = run("models", "packages", "--home", str(tmp_path))
    assert code == 0
    assert len(text.splitlines()) == len(Catalogue(tmp_path).packages)
    assert all("==" in line and "--hash=sha256:" in line for line in text.splitlines())


def test_installing_what_is_installed_takes_nothing(tmp_path: Path) -> None:
    assert run("models", "install", "--home", str(tmp_path)) == (0, "Every model package is installed.\n")


def test_a_model_is_added_listed_and_removed(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "mine"
    folder.mkdir()
    for name in ("model.bin", "config.json"):
        (folder / name).write_text("{}")
    (folder / "tokenizer.json").write_text(json.dumps({"added_tokens": []}))
    code, text = run("models", "add", str(folder), "--home", str(home), "--licence", "CC0")
    assert code == 0, text
    assert "AURICLE_ENGLISH_MODEL=mine auricle serve" in text
    assert "CC0" in run("models", "list", "--home", str(home))[1]
    assert run("models", "remove", "mine", "--home", str(home)) == (0, "Removed mine.\n")
    assert "CC0" not in run("models", "list", "--home", str(home))[1]


def test_our_errors_are_one_line_and_exit_code_one(tmp_path: Path) -> None:
    code, text = run("models", "remove", "nobody", "--home", str(tmp_path))
    assert code == 1
    assert text.startswith("Error: There is no model named 'nobody'. Known models: moonshine-base, ")
    assert text.count("\n") == 1


def test_a_wrong_setting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AURICLE_WORKERS", "many")
    code, text = run("models", "list", "--home", str(tmp_path))
    assert code == 1
    assert "workers" in text
