from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from auricle.engine.additions import add_model, remove_model
from auricle.engine.catalogue import Catalogue, Family
from auricle.errors import InvalidRequest, NotFound

MULTILINGUAL = {"<|startoftranscript|>": 50258, "<|en|>": 50259, "<|de|>": 50260, "<|translate|>": 50358}
ENGLISH_ONLY = {"<|startoftranscript|>": 50257, "<|en|>": 50258, "<|translate|>": 50357}


def whisper_folder(folder: Path, tokens: dict[str, int] = MULTILINGUAL) -> Path:
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"weights")
    (folder / "config.json").write_text("{}")
    vocabulary = {"added_tokens": [{"content": content, "id": number} for content, number in tokens.items()]}
    (folder / "tokenizer.json").write_text(json.dumps(vocabulary))
    (folder / "README.md").write_text("not of the layout")
    return folder


def moonshine_folder(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.json"):
        (folder / name).write_bytes(name.encode())
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_a_whisper_folder_becomes_a_model_with_the_languages_of_its_vocabulary(home: Path, tmp_path: Path) -> None:
    model = add_model(Catalogue(home), whisper_folder(tmp_path / "My Whisper"))
    assert model.name == "my-whisper"
    assert model.family is Family.WHISPER
    assert model.languages == ("en", "de")
    source = Catalogue(home).locate("my-whisper")
    assert set(source.files) == {"model.bin", "config.json", "tokenizer.json"}


def test_an_english_only_vocabulary_is_told_apart(home: Path, tmp_path: Path) -> None:
    model = add_model(Catalogue(home), whisper_folder(tmp_path / "tiny", ENGLISH_ONLY))
    assert model.languages == ("en",)


def test_a_moonshine_folder_hears_what_the_person_says_it_hears(home: Path, tmp_path: Path) -> None:
    folder = moonshine_folder(tmp_path / "moonshine-ja")
    model = add_model(Catalogue(home), folder, languages=["ja"], licence="MIT")
    assert model.family is Family.MOONSHINE
    assert model.languages == ("ja",)
    assert Catalogue(home).model("moonshine-ja").licence == "MIT"


def test_a_file_of_the_folder_stands_for_the_folder(home: Path, tmp_path: Path) -> None:
    folder = whisper_folder(tmp_path / "w")
    assert add_model(Catalogue(home), folder / "model.bin", name="w").family is Family.WHISPER


def test_an_archive_is_searched_for_a_folder_of_the_layout(home: Path, tmp_path: Path) -> None:
    folder = whisper_folder(tmp_path / "w")
    with zipfile.ZipFile(tmp_path / "w.whl", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"package/../../data/{file.name}")
    model = add_model(Catalogue(home), tmp_path / "w.whl", name="zipped")
    assert sorted(path.name for path in (home / "models" / "zipped" / "source").iterdir()) == sorted(
        [*model.files, "manifest.json"]
    )


def test_what_is_no_model_is_told_with_what_was_expected_and_got(home: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    with pytest.raises(InvalidRequest, match=r"Expected model\.bin.*Got cat\.jpg"):
        add_model(Catalogue(home), tmp_path / "photos")


def test_a_vocabulary_that_cannot_be_read_leaves_nothing_behind(home: Path, tmp_path: Path) -> None:
    folder = whisper_folder(tmp_path / "w")
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(InvalidRequest, match=r"tokenizer\.json"):
        add_model(Catalogue(home), folder)
    assert not (home / "models" / "w").exists()


@pytest.mark.parametrize("name", ["../up", "", ".hidden", "a/b", "x" * 65, "Ünsinn"])
def test_a_name_that_is_none_is_refused(home: Path, tmp_path: Path, name: str) -> None:
    folder = whisper_folder(tmp_path / "Ü")
    with pytest.raises(InvalidRequest, match="no model name"):
        add_model(Catalogue(home), folder, name=name or "-")


def test_a_taken_name_is_refused(home: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="moonshine-base already"):
        add_model(Catalogue(home), whisper_folder(tmp_path / "w"), name="moonshine-base")


def test_a_removed_model_is_gone(home: Path, tmp_path: Path) -> None:
    add_model(Catalogue(home), whisper_folder(tmp_path / "w"))
    remove_model(Catalogue(home), "w")
    assert "w" not in Catalogue(home).models
    assert not (home / "models" / "w").exists()


def test_a_shipped_model_without_anything_in_the_home_folder_cannot_be_removed(home: Path) -> None:
    with pytest.raises(NotFound, match="pip"):
        remove_model(Catalogue(home), "moonshine-base")
