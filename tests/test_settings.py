"""Every setting is documented, and the document names no setting that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from auricle.settings import Settings

DOCUMENT = (Path(__file__).parents[1] / "docs" / "settings.md").read_text(encoding="utf-8")
DOCUMENTED = dict(re.findall(r"^\| `(\w+)` \| (\S[^|]*?) \|", DOCUMENT, re.MULTILINE))


def test_every_setting_is_documented() -> None:
    assert set(Settings.model_fields) - set(DOCUMENTED) == set()


def test_every_documented_setting_exists() -> None:
    assert set(DOCUMENTED) - set(Settings.model_fields) == set()


def test_every_documented_default_is_the_default() -> None:
    for name, field in Settings.model_fields.items():
        if field.default_factory is None:
            shown = "none" if field.default in {None, ""} else str(field.default).lower()
            assert DOCUMENTED[name].strip("`") == shown, name


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in Settings.model_fields.values())
