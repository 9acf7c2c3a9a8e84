from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.clock import ManualClock
from auricle.errors import ConfigurationError
from auricle.identity.keyring import DEFAULT_RESOURCE, Keyring

RING = Keyring(keys={"a" * 32: DEFAULT_RESOURCE, "b" * 32: DEFAULT_RESOURCE}, signing_key=b"s" * 32)


def test_the_first_start_makes_two_different_keys_that_only_the_owner_may_read(tmp_path: Path) -> None:
    folder = tmp_path / "keys"

    Keyring.open(folder)

    keys = [(folder / name).read_text().strip() for name in ("default.key", "default.key2")]
    assert keys[0] != keys[1]
    assert all(len(key) == 32 for key in keys)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert {file.name for file in folder.iterdir()} == {"default.key", "default.key2", "token.signing"}


def test_a_second_start_keeps_the_keys_and_honours_tokens_of_the_first(tmp_path: Path) -> None:
    clock = ManualClock()
    first = Keyring.open(tmp_path)
    key = (tmp_path / "default.key2").read_text().strip()
    token = first.issue_token(DEFAULT_RESOURCE, clock.now())

    second = Keyring.open(tmp_path)

    assert second.resource_of_key(key) == DEFAULT_RESOURCE
    assert second.resource_of_token(token, clock.now()) == DEFAULT_RESOURCE


def test_keys_that_others_could_read_are_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "default.key").write_text("c" * 32)
    (tmp_path / "default.key").chmod(0o644)

    Keyring.open(tmp_path)

    assert stat.S_IMODE((tmp_path / "default.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "short", "with spaces " * 5, "é" * 40])
def test_a_key_file_that_holds_no_key_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "default.key").write_text(content)

    with pytest.raises(ConfigurationError, match=r"default\.key should hold one key"):
        Keyring.open(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file in the way")

    with pytest.raises(ConfigurationError, match="cannot be read or made"):
        Keyring.open(tmp_path / "keys")


@given(st.text())
def test_no_other_text_is_a_key(presented: str) -> None:
    assert RING.resource_of_key(presented) is None or presented in {"a" * 32, "b" * 32}


@given(st.text())
def test_no_other_text_is_a_token(presented: str) -> None:
    assert RING.resource_of_token(presented, ManualClock().now()) is None


def test_a_token_is_good_for_its_lifetime_and_not_a_second_longer() -> None:
    clock = ManualClock()
    ring = Keyring(keys={"a" * 32: DEFAULT_RESOURCE}, signing_key=b"s" * 32, token_lifetime=timedelta(minutes=10))
    token = ring.issue_token(DEFAULT_RESOURCE, clock.now())

    clock.advance(599)
    assert ring.resource_of_token(token, clock.now()) == DEFAULT_RESOURCE
    clock.advance(1)
    assert ring.resource_of_token(token, clock.now()) is None


def test_a_token_signed_by_somebody_else_or_by_nobody_is_worth_nothing() -> None:
    now = ManualClock().now()
    claims = {"iss": "auricle", "aud": "auricle.speech", "sub": "default", "exp": int(now.timestamp()) + 60}

    forged = jwt.encode(claims, b"x" * 32, algorithm="HS256")
    unsigned = jwt.encode(claims, "", algorithm="none")

    assert RING.resource_of_token(forged, now) is None
    assert RING.resource_of_token(unsigned, now) is None
