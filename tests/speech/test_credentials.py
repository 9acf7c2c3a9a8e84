from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

from auricle.identity.gate import Credentials
from auricle.speech.credentials import shown_by, take_query

KEY = "k" * 32


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


@pytest.mark.parametrize(
    ("headers", "query", "shown"),
    [
        ({}, {}, Credentials()),
        ({"Ocp_Apim_Subscription_Key": KEY}, {}, Credentials(key=KEY)),
        ({}, {"ocp-apim-subscription-key": KEY}, Credentials(key=KEY)),
        ({"Authorization": "Bearer a.b.c"}, {}, Credentials(bearer="a.b.c")),
        ({"Authorization": "bearer  a.b.c "}, {}, Credentials(bearer="a.b.c")),
        ({}, {"authorization": "Bearer a.b.c"}, Credentials(bearer="a.b.c")),
        ({"Authorization": "aad#name#a.b.c"}, {}, Credentials(bearer="aad#name#a.b.c")),
        ({"Authorization": "Basic a"}, {}, Credentials(bearer="Basic a")),
        ({"Authorization": "Bearer "}, {}, Credentials()),
        ({"Host": "name.example.org:443"}, {}, Credentials(host="name.example.org:443")),
    ],
)
def test_what_is_shown_is_read_from_headers_and_else_from_the_query(
    headers: dict[str, str], query: dict[str, str], shown: Credentials
) -> None:
    assert shown_by(caller(**headers), query) == shown


def test_a_header_counts_more_than_the_query() -> None:
    came = caller(Ocp_Apim_Subscription_Key=KEY, Authorization="Bearer header")

    shown = shown_by(came, {"ocp-apim-subscription-key": "query", "authorization": "Bearer query"})

    assert shown == Credentials(key=KEY, bearer="header")
