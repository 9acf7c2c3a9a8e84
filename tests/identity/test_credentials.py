from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.identity.credentials import Credentials


def test_no_credential_shows_in_a_description() -> None:
    assert "secret" not in repr(Credentials(key="secret", bearer="secret"))


@given(st.lists(st.tuples(st.text() | st.none(), st.text() | st.none()), min_size=2, max_size=2, unique=True))
def test_different_credentials_are_never_taken_for_each_other(shown: list[tuple[str | None, str | None]]) -> None:
    meant = {key or ("bearer", token or "") for key, token in shown}
    prints = {Credentials(key=key, bearer=token).fingerprint(management=False) for key, token in shown}

    assert len(prints) >= len(meant)


@pytest.mark.parametrize(
    ("host", "label"),
    [
        (None, None),
        ("", None),
        ("Name.example.org:443", "name"),
        ("name", "name"),
        ("127.0.0.1:5000", None),
        ("[::1]:5000", None),
        (".example.org", None),
    ],
)
def test_the_first_label_of_a_host_that_has_a_name_may_name_a_resource(host: str | None, label: str | None) -> None:
    assert Credentials(host=host).label == label
