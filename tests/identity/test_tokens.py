from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.clock import ManualClock
from auricle.identity.tokens import Tokens, algorithm_of

SIGNING_KEY = b"s" * 32
TOKENS = Tokens(SIGNING_KEY, lifetime=timedelta(minutes=10))
DIGEST = "d" * 64
NOW = ManualClock().now()


def test_a_token_is_good_for_its_lifetime_and_not_a_second_longer() -> None:
    token = TOKENS.issue("a resource", DIGEST, NOW)

    claims = TOKENS.read(token, NOW + timedelta(seconds=599))
    assert claims is not None
    assert claims.resource_id == "a resource"
    assert TOKENS.read(token, NOW + timedelta(seconds=600)) is None


def test_a_token_remembers_which_key_bought_it_without_telling_it() -> None:
    claims = TOKENS.read(TOKENS.issue("a resource", DIGEST, NOW), NOW)

    assert claims is not None
    assert claims.bought_with(DIGEST)
    assert not claims.bought_with("e" * 64)
    assert DIGEST not in repr(claims)


@pytest.mark.parametrize("management", [True, False])
def test_a_token_has_the_scope_it_was_issued_with(management: bool) -> None:
    token = TOKENS.issue("a resource", DIGEST, NOW, management=management)

    claims = TOKENS.read(token, NOW)
    assert claims is not None
    assert claims.management is management
    said = jwt.decode(token, options={"verify_signature": False})
    assert said.get("scope") == ("speechservicesmanagement" if management else None)


@given(st.text())
def test_no_other_text_is_a_token(presented: str) -> None:
    assert TOKENS.read(presented, NOW) is None
    assert algorithm_of(presented) is None


def test_a_token_signed_by_somebody_else_or_by_nobody_is_worth_nothing() -> None:
    claims = jwt.decode(TOKENS.issue("a resource", DIGEST, NOW), options={"verify_signature": False})

    assert TOKENS.read(jwt.encode(claims, SIGNING_KEY, algorithm="HS256"), NOW) is not None
    assert TOKENS.read(jwt.encode(claims, b"x" * 32, algorithm="HS256"), NOW) is None
    assert TOKENS.read(jwt.encode(claims, "", algorithm="none"), NOW) is None
    assert TOKENS.read(jwt.encode(claims | {"aud": "else"}, SIGNING_KEY, algorithm="HS256"), NOW) is None
