from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.errors import ConfigurationError
from auricle.identity.sealing import Master, Sealer

MASTER = Master("m" * 32)
SEALER = Sealer(MASTER.key_for("sealing"))


@given(st.text())
def test_what_was_sealed_can_be_opened_and_does_not_show(text: str) -> None:
    sealed = SEALER.seal(text)

    assert SEALER.open(sealed) == text
    assert len(text) < 5 or text not in sealed


def test_another_master_key_does_not_open_it_and_the_way_out_is_told() -> None:
    sealed = SEALER.seal("a key")

    with pytest.raises(ConfigurationError, match="Set master_key to the one it was made with"):
        Sealer(Master("n" * 32).key_for("sealing")).open(sealed)


@pytest.mark.parametrize("sealed", ["", "x", "é", "gAAAAA=="])
def test_what_nobody_sealed_is_not_opened(sealed: str) -> None:
    with pytest.raises(ConfigurationError):
        SEALER.open(sealed)


def test_every_purpose_has_a_key_of_its_own_that_is_the_same_on_every_node() -> None:
    assert MASTER.key_for("tokens") == Master("m" * 32).key_for("tokens")
    assert len({MASTER.key_for("tokens"), MASTER.key_for("sealing"), Master("n" * 32).key_for("tokens")}) == 3


def test_no_secret_shows_in_a_description() -> None:
    assert "mmm" not in repr(MASTER)
