from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from auricle.cli.main import main


class Terminal:
    """The command line over one data folder."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def run(self, *words: str, code: int = 0) -> str:
        result = CliRunner().invoke(main, [*words, "--home", str(self.home)])
        assert result.exit_code == code, result.output
        return result.output

    def read(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--output", "json"))


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path / "home")


def test_the_default_resource_is_there_before_the_first_start(terminal: Terminal) -> None:
    assert [found["name"] for found in terminal.read("resource", "list")] == ["default"]
    keys = terminal.read("resource", "keys", "default")
    assert set(keys) == {"key1", "key2"}
    assert terminal.read("resource", "keys", "default") == keys


def test_what_is_kept_is_for_its_owner_alone(terminal: Terminal) -> None:
    terminal.run("resource", "list")

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (terminal.home, terminal.home / "keys")}
    assert set(modes.values()) == {0o700}
    files = [path for path in terminal.home.rglob("*") if path.is_file()]
    assert {"auricle.db", "admin.key", "master.key"} <= {path.name for path in files}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_resource_is_made_shown_rotated_and_deleted(terminal: Terminal) -> None:
    made = terminal.read("resource", "create", "call-centre", "--region", "westeurope", "--tier", "F0")
    assert (made["name"], made["region"], made["tier"]) == ("call-centre", "westeurope", "F0")

    after = terminal.read("resource", "regenerate", "call-centre", "--key", "2")
    assert after["key1"] == made["key1"]
    assert after["key2"] != made["key2"]
    terminal.run("resource", "delete", "call-centre", "--yes")
    assert "There is no resource 'call-centre'" in terminal.run("resource", "show", "call-centre", code=1)


def test_deleting_erases_what_was_stored_for_the_resource_and_nothing_else(terminal: Terminal) -> None:
    ids = {name: terminal.read("resource", "create", name)["id"] for name in ("mine", "other")}
    for resource_id in ids.values():
        stored = terminal.home / "blobs" / resource_id / "customspeech-artifacts" / "AcousticData" / "d" / "a.wav"
        stored.parent.mkdir(parents=True)
        stored.write_bytes(b"RIFF")

    terminal.run("resource", "delete", "mine", "--yes")

    left = [path for path in (terminal.home / "blobs").rglob("*") if path.is_file()]
    assert [path.relative_to(terminal.home / "blobs").parts[0] for path in left] == [ids["other"]]


def test_deleting_asks_first(terminal: Terminal) -> None:
    terminal.run("resource", "create", "mine")

    assert "Aborted" in terminal.run("resource", "delete", "mine", code=1)
    assert "mine" in terminal.run("resource", "list")


def test_roles_are_granted_shown_and_revoked(terminal: Terminal) -> None:
    assert (
        terminal.run("resource", "grant", "default", "person", "speech user") == "person is Speech User in default.\n"
    )
    assert terminal.read("resource", "show", "default")["roles"] == [{"principal": "person", "role": "Speech User"}]
    assert terminal.run("resource", "revoke", "default", "person") == "Took 1 role from person in default.\n"
    assert terminal.read("resource", "show", "default")["roles"] == []


def test_people_get_tables_without_keys_where_none_were_asked_for(terminal: Terminal) -> None:
    keys = terminal.read("resource", "keys", "default")
    terminal.run("resource", "grant", "default", "[bold]odd", "Reader")

    told = terminal.run("resource", "list") + terminal.run("resource", "show", "default") + terminal.run("audit")

    assert "Region" in told
    assert "[bold]odd" in told
    assert keys["key1"] not in told
    assert keys["key1"] in terminal.run("resource", "keys", "default")


def test_the_audit_names_who_and_what(terminal: Terminal) -> None:
    terminal.run("resource", "create", "mine")
    terminal.run("resource", "create", "other")
    terminal.run("resource", "delete", "mine", "--yes")

    newest = terminal.read("audit", "--top", "1")

    assert [(entry["actor"], entry["action"]) for entry in newest] == [("operator", "resource.delete")]
    of_mine = terminal.read("audit", "--resource", newest[0]["resourceId"])
    assert [entry["action"] for entry in of_mine] == ["resource.delete", "resource.keys", "resource.create"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["resource", "create", "Not A Name"], "Expected a name of 2 to 64"),
        (["resource", "create", "default"], "There is a resource named 'default' already"),
        (["resource", "grant", "default", "person", "Owner"], "There is no role 'Owner'"),
        (["resource", "delete", "default", "--yes"], "would be made again"),
        (["audit", "--resource", "nobody"], "There is no resource 'nobody'"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(terminal: Terminal, words: list[str], reason: str) -> None:
    told = terminal.run(*words, code=1)

    assert told.startswith("Error: ")
    assert reason in told
    assert told.count("\n") == 1


def test_a_key_chosen_by_setting_is_that_of_the_first_start_and_of_no_later_one(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AURICLE_DEFAULT_KEY", "c" * 32)
    assert terminal.read("resource", "keys", "default")["key1"] == "c" * 32

    new = terminal.read("resource", "regenerate", "default", "--key", "1")["key1"]

    assert terminal.read("resource", "keys", "default")["key1"] == new != "c" * 32


@pytest.mark.parametrize("name", ["default_key", "master_key"])
def test_a_secret_that_is_too_short_is_refused_and_not_shown(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"AURICLE_{name.upper()}", "hunter2")

    told = terminal.run("resource", "list", code=1)

    assert f"The setting {name} should hold one key" in told
    assert "hunter2" not in told


def test_another_master_key_is_noticed(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal.run("resource", "list")
    monkeypatch.setenv("AURICLE_MASTER_KEY", "m" * 32)

    assert "sealed with another master key" in terminal.run("resource", "keys", "default", code=1)


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    assert "cannot be made" in Terminal(tmp_path / "file" / "home").run("resource", "list", code=1)
