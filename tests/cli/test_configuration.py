from __future__ import annotations

from pathlib import Path

import pytest

from auricle.cli.configuration import load_settings
from auricle.errors import ConfigurationError


def test_what_the_command_line_leaves_open_keeps_its_default(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, port=None, host="0.0.0.0")
    assert (settings.port, settings.host) == (5000, "0.0.0.0")


def test_the_file_in_the_chosen_home_counts(tmp_path: Path) -> None:
    (tmp_path / "auricle.toml").write_text("port = 6000\nworkers = 3\n")
    settings = load_settings(home=tmp_path, port=7000)
    assert (settings.port, settings.workers) == (7000, 3)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "auricle.toml").write_text("port = \n")
    with pytest.raises(ConfigurationError, match=r"auricle\.toml"):
        load_settings(home=tmp_path)


def test_half_of_tls_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="both tls_certificate and tls_key"):
        load_settings(home=tmp_path, tls_key=tmp_path / "key.pem")
