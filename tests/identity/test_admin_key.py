from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.errors import Unauthorized
from auricle.identity.admin_key import AdminKey

SECRET = "s" * 32


def test_the_key_in_the_file_opens_and_does_not_show(tmp_path: Path) -> None:
    admin = AdminKey.open(tmp_path / "admin.key")
    secret = (tmp_path / "admin.key").read_text().strip()

    admin.check(secret)

    assert secret not in repr(vars(admin))


@given(st.none() | st.text())
def test_nothing_else_does(presented: str | None) -> None:
    with pytest.raises(Unauthorized, match="expected the admin key"):
        AdminKey(SECRET).check(presented)
