from __future__ import annotations

import stat
from pathlib import Path

import pytest

from auricle.errors import ConfigurationError
from auricle.identity.key_files import secret_in


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"

    first, second = secret_in(path), secret_in(path)

    assert first == second
    assert len(first) == 64
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["master.key"]


def test_secrets_of_two_files_differ(tmp_path: Path) -> None:
    assert secret_in(tmp_path / "a") != secret_in(tmp_path / "b")


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "admin.key"
    path.write_text("c" * 32)
    path.chmod(0o644)

    secret_in(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "short", "with spaces " * 5, "é" * 40, "x" * 300])
def test_a_file_that_holds_no_secret_is_named_and_its_content_is_not(tmp_path: Path, content: str) -> None:
    path = tmp_path / "admin.key"
    path.write_text(content)

    with pytest.raises(ConfigurationError, match=r"admin\.key should hold one key") as refusal:
        secret_in(path)
    assert not content or content not in refusal.value.message


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file in the way")

    with pytest.raises(ConfigurationError, match="cannot be read or made"):
        secret_in(tmp_path / "keys" / "admin.key")
