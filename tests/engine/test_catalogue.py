from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from auricle.engine.catalogue import UNDATED, Catalogue, Family, parse_model, sha256_of
from auricle.errors import ModelUnavailable

SHIPPED = ("moonshine-base", "moonshine-tiny", "whisper-base", "whisper-tiny.en", "silero-vad")


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path)


def test_every_shipped_model_is_described_and_pinned(catalogue: Catalogue) -> None:
    assert tuple(catalogue.models) == SHIPPED
    for model in catalogue.models.values():
        assert model.licence
        assert model.abilities
        assert model.packages
        for part in model.parts:
            assert len(part.sha256) == 64
            assert part.size_bytes > 0


def test_every_package_that_a_model_names_is_pinned_by_version_and_hash(catalogue: Catalogue) -> None:
    for model in catalogue.models.values():
        for package in catalogue.requirements([model.name]):
            assert package.requirement.startswith(f"{package.name}=={package.version} --hash=sha256:")


def test_only_the_packages_of_the_named_models_are_required(catalogue: Catalogue) -> None:
    assert [package.name for package in catalogue.requirements(["moonshine-base"])] == [
        "moonshine_cpp",
        "useful-moonshine-onnx",
    ]
    assert len(catalogue.requirements()) == len(catalogue.packages)


def test_whisper_base_hears_99_languages_and_the_english_models_one(catalogue: Catalogue) -> None:
    assert len(set(catalogue.model("whisper-base").languages)) == 99
    for name in ("moonshine-base", "moonshine-tiny", "whisper-tiny.en"):
        assert catalogue.model(name).languages == ("en",)


def test_every_shipped_model_says_since_when_it_is_offered(catalogue: Catalogue) -> None:
    assert {model.released for model in catalogue.models.values()} == {date(2026, 11, 1)}


@pytest.mark.parametrize(
    ("manifest", "released"), [({}, UNDATED), ({"released": "2027-03-09"}, date(2027, 3, 9))], ids=["undated", "dated"]
)
def test_an_added_model_is_released_when_its_manifest_says_so(manifest: dict[str, str], released: date) -> None:
    entry = {"title": "Mine", "family": "whisper", "about": "", "licence": "MIT", "languages": ["en"]}
    empty: dict[str, object] = {"abilities": [], "word_error_rate_percent": {}, "files": {}}
    assert parse_model("mine", entry | empty | manifest, added=True).released == released


def test_an_unknown_name_is_told_with_the_known_ones(catalogue: Catalogue) -> None:
    with pytest.raises(ModelUnavailable, match=r"no model named 'tiny'.*moonshine-tiny"):
        catalogue.model("tiny")


@pytest.mark.parametrize("name", SHIPPED)
def test_an_installed_model_is_located_with_every_file_verified(catalogue: Catalogue, name: str) -> None:
    progress: list[float] = []
    source = catalogue.locate(name, progress.append)
    assert set(source.files) == set(catalogue.model(name).files)
    assert all(path.is_file() for paths in source.files.values() for path in paths)
    assert progress == sorted(progress)
    assert progress[-1] == 1


def test_the_pieces_of_a_split_file_come_in_order(catalogue: Catalogue) -> None:
    names = [path.name for path in catalogue.locate("whisper-base").files["model.bin"]]
    assert names == ["model.bin.part1", "model.bin.part2"]


def test_the_proof_recording_is_there_with_its_words(catalogue: Catalogue) -> None:
    path, words = catalogue.recording("beckett")
    assert path.read_bytes()[:4] == b"RIFF"
    assert words.startswith("Ever tried.")


def test_a_model_whose_package_is_missing_names_the_command_that_fixes_it(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Catalogue, "_path", lambda *_: None)
    with pytest.raises(ModelUnavailable, match=r"not installed.*auricle models install moonshine-base"):
        catalogue.locate("moonshine-base")


def added(home: Path, content: bytes = b"weights") -> tuple[Catalogue, Path]:
    """A home folder with a model of one tiny file, and that file."""
    folder = home / "models" / "mine" / "source"
    folder.mkdir(parents=True)
    weights = folder / "model.bin"
    weights.write_bytes(content)
    part = f'{{"path": "model.bin", "size_bytes": {len(content)}, "sha256": "{sha256_of(weights)}"}}'
    (folder / "manifest.json").write_text(
        '{"title": "Mine", "family": "whisper", "about": "", "licence": "MIT", "languages": ["en"], "abilities": [],'
        f'"word_error_rate_percent": {{}}, "files": {{"model.bin": {{"parts": [{part}]}}}}}}'
    )
    return Catalogue(home), weights


def test_an_added_model_stands_beside_the_shipped_ones(tmp_path: Path) -> None:
    catalogue, weights = added(tmp_path)
    assert catalogue.model("mine").added
    assert catalogue.model("mine").family is Family.WHISPER
    assert catalogue.locate("mine").files == {"model.bin": (weights,)}


def test_a_changed_file_is_noticed_even_when_its_size_stays(tmp_path: Path) -> None:
    catalogue, weights = added(tmp_path)
    catalogue.locate("mine")
    weights.write_bytes(b"forgery")
    os.utime(weights, ns=(1, 1))
    with pytest.raises(ModelUnavailable, match=r"damaged: .*model\.bin.*remove mine"):
        Catalogue(tmp_path).locate("mine")


def test_an_unchanged_file_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue, _ = added(tmp_path)
    catalogue.locate("mine")
    monkeypatch.setattr("auricle.engine.catalogue.sha256_of", lambda _path: pytest.fail("read again"))
    Catalogue(tmp_path).locate("mine")


def test_what_was_verified_is_forgotten_when_the_note_is_unreadable(tmp_path: Path) -> None:
    catalogue, _ = added(tmp_path)
    catalogue.locate("mine")
    (tmp_path / "models" / "verified.json").write_text("{")
    Catalogue(tmp_path).locate("mine")


def test_the_digest_changes_with_any_file(tmp_path: Path) -> None:
    one, _ = added(tmp_path / "one", b"weights")
    other, _ = added(tmp_path / "other", b"changed")
    assert one.model("mine").digest != other.model("mine").digest
