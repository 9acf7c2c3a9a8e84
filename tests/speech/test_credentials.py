from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

from auricle.clock import ManualClock
from auricle.errors import Unauthorized
from auricle.identity.keyring import DEFAULT_RESOURCE, Keyring
from auricle.speech.credentials import Gate, take_query

KEY = "k" * 32
RING = Keyring(keys={KEY: DEFAULT_RESOURCE}, signing_key=b"s" * 32)
GATE = Gate(keyring=RING, clock=ManualClock(), require_key=True)
OPEN_GATE = Gate(keyring=RING, clock=ManualClock(), require_key=False)


def caller(query: str = "", **headers: str) -> HTTPConnection:
    raw = [(name.replace("_", "-").lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "headers": raw, "query_string": query.encode()})


@given(
    st.sampled_from(["Ocp-Apim-Subscription-Key", "ocp-apim-subscription-key", "Authorization"]), st.text(min_size=8)
)
def test_what_stays_for_the_logs_holds_no_secret(name: str, secret: str) -> None:
    query = urlencode([("language", "en-US"), (name, secret), ("format", "simple")])
    came = caller(query)

    assert take_query(came) == query
    assert came.scope["query_string"].decode() == f"language=en-US&{name}=redacted&format=simple"


def test_a_secret_is_found_however_its_name_is_escaped() -> None:
    came = caller(f"{quote('Ocp-Apim-Subscription-Key').replace('O', '%4F')}={KEY}")

    take_query(came)

    assert KEY.encode() not in came.scope["query_string"]


def test_a_key_or_a_token_in_a_header_or_in_the_query_lets_in() -> None:
    token = RING.issue_token(DEFAULT_RESOURCE, ManualClock().now())

    for admitted in (
        GATE.admit(caller(Ocp_Apim_Subscription_Key=KEY), {}),
        GATE.admit(caller(Authorization=f"Bearer {token}"), {}),
        GATE.admit(caller(Authorization=f"bearer {KEY}"), {}),
        GATE.admit(caller(), {"ocp-apim-subscription-key": KEY}),
        GATE.admit(caller(), {"authorization": f"Bearer {token}"}),
    ):
        assert admitted == DEFAULT_RESOURCE


@pytest.mark.parametrize("headers", [{}, {"Ocp_Apim_Subscription_Key": "x"}, {"Authorization": f"Basic {KEY}"}])
def test_others_are_turned_away_unless_everybody_may_come(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorized, match="expected a key"):
        GATE.admit(caller(**headers), {})

    assert OPEN_GATE.admit(caller(**headers), {}) == DEFAULT_RESOURCE
