from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from auricle.clock import ManualClock
from auricle.errors import ConfigurationError, IssuerUnavailable, Unauthorized
from auricle.identity.issuer import Issuer, fetch_json

from .made_issuer import AUDIENCE, NOW_S, MadeIssuer

KEYS = "/tenant/keys"
DISCOVERY = "/tenant/.well-known/openid-configuration"


@pytest.fixture
def made(issuer: MadeIssuer) -> Iterator[MadeIssuer]:
    """The issuer as it was, whatever a test did to it."""
    documents = {path: dict(document) for path, document in issuer.documents.items()}
    issuer.asked.clear()
    yield issuer
    issuer.documents.clear()
    issuer.documents.update(documents)
    issuer.failing = False


@pytest.fixture
def verifier(made: MadeIssuer, clock: ManualClock) -> Issuer:
    return Issuer(made.url, [AUDIENCE, "api://speech"], clock)


def test_a_token_of_the_issuer_tells_whom_it_is_about(made: MadeIssuer, verifier: Issuer) -> None:
    principal = verifier.verify(made.token(oid="person", sub="pairwise", groups=["staff", "ops", 7]))

    assert principal.id == "person"
    assert principal.ids == {"person", "pairwise", "staff", "ops"}


def test_both_kinds_of_keys_count(made: MadeIssuer, verifier: Issuer) -> None:
    token = made.token(key=made.curve_key, algorithm="ES256", kid="c1")

    assert verifier.verify(token).id == "person"


@pytest.mark.parametrize("audience", [AUDIENCE + "/", ["else", "api://speech"]])
def test_any_of_the_audiences_will_do_with_or_without_a_slash(
    made: MadeIssuer, verifier: Issuer, audience: Any
) -> None:
    assert verifier.verify(made.token(aud=audience)).id == "person"


def test_an_application_counts_where_it_speaks_for_itself_and_not_for_a_person(
    made: MadeIssuer, verifier: Issuer
) -> None:
    assert "app" in verifier.verify(made.token(appid="app")).ids
    assert "app" not in verifier.verify(made.token(appid="app", azp="app", scp="user_impersonation")).ids


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "https://graph.microsoft.com"}, "another audience"),
        ({"aud": None}, "MissingRequiredClaimError"),
        ({"iss": "https://somebody.else"}, "InvalidIssuerError"),
        ({"exp": NOW_S - 60}, "has expired"),
        ({"exp": None}, "MissingRequiredClaimError"),
        ({"exp": "soon"}, "no way that can be read"),
        ({"exp": 10**400}, "no way that can be read"),
        ({"nbf": NOW_S + 61}, "not valid yet"),
        ({"oid": None}, "names nobody"),
        ({"oid": "a\x00b"}, "names nobody"),
        ({"kid": "unknown"}, "does not publish"),
        ({"kid": None}, "names its key"),
    ],
)
def test_a_token_that_is_not_right_is_refused_with_the_reason(
    made: MadeIssuer, verifier: Issuer, claims: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Unauthorized, match=reason):
        verifier.verify(made.token(**claims))


def test_clocks_may_differ_by_a_minute(made: MadeIssuer, verifier: Issuer) -> None:
    assert verifier.verify(made.token(exp=NOW_S - 59, nbf=NOW_S + 60)).expires_s == NOW_S + 1


def test_a_signature_by_another_key_is_refused(made: MadeIssuer, verifier: Issuer) -> None:
    with pytest.raises(Unauthorized, match="InvalidSignatureError"):
        verifier.verify(made.token(key=made.other_key))


def test_the_public_key_is_no_password(made: MadeIssuer, verifier: Issuer) -> None:
    public = made.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _, claims, _ = made.token().split(".")
    signed = _encoded(b'{"alg": "HS256", "kid": "k1"}') + "." + claims
    forged = f"{signed}.{_encoded(hmac.digest(public, signed.encode(), 'sha256'))}"

    with pytest.raises(Unauthorized, match="signed with one of"):
        verifier.verify(forged)


def test_only_the_algorithm_that_fits_the_key_counts(made: MadeIssuer, verifier: Issuer) -> None:
    unsigned = jwt.encode({"oid": "person"}, "", algorithm="none", headers={"kid": "k1"})

    for token in (unsigned, made.token(algorithm="RS512"), made.token(algorithm="PS256")):
        with pytest.raises(Unauthorized, match="signed with one of"):
            verifier.verify(token)
    with pytest.raises(Unauthorized, match="InvalidAlgorithmError"):
        verifier.verify(made.token(key=made.curve_key, algorithm="ES256", kid="k1"))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJSUzI1NiJ9.e30.", "." * 5000])
def test_what_is_no_token_is_refused(verifier: Issuer, token: str) -> None:
    with pytest.raises(Unauthorized):
        verifier.verify(token)


def test_keys_are_fetched_once_an_hour_and_for_a_new_key_at_once(
    made: MadeIssuer, verifier: Issuer, clock: ManualClock
) -> None:
    for _ in range(3):
        verifier.verify(made.token())
    assert made.asked == [DISCOVERY, KEYS]

    clock.advance(10)
    made.documents[KEYS]["keys"] = [made.published(made.other_key, "k2")]
    assert verifier.verify(made.token(key=made.other_key, kid="k2", exp=NOW_S + 9999)).id == "person"
    assert made.asked == [DISCOVERY, KEYS] * 2

    clock.advance(3600)
    verifier.verify(made.token(key=made.other_key, kid="k2", exp=NOW_S + 9999))
    assert made.asked == [DISCOVERY, KEYS] * 3


def test_tokens_with_invented_keys_do_not_make_it_ask_again_and_again(made: MadeIssuer, verifier: Issuer) -> None:
    for number in range(20):
        with pytest.raises(Unauthorized, match="does not publish"):
            verifier.verify(made.token(kid=f"invented {number}"))

    assert made.asked == [DISCOVERY, KEYS]


def test_an_issuer_that_does_not_answer_is_not_the_callers_fault_and_is_asked_again(
    made: MadeIssuer, verifier: Issuer, clock: ManualClock
) -> None:
    made.failing = True
    for _ in range(3):
        with pytest.raises(IssuerUnavailable):
            verifier.verify(made.token())
    assert made.asked == [DISCOVERY]

    made.failing = False
    clock.advance(10)
    assert verifier.verify(made.token()).id == "person"


def test_known_keys_stay_good_while_the_issuer_is_away(made: MadeIssuer, verifier: Issuer, clock: ManualClock) -> None:
    verifier.verify(made.token())
    made.failing = True
    clock.advance(3600)

    assert verifier.verify(made.token(exp=NOW_S + 9999)).id == "person"


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        (DISCOVERY, {"issuer": "https://somebody.else"}),
        (DISCOVERY, {"jwks_uri": "http://example.org/keys"}),
        (DISCOVERY, {"jwks_uri": 7}),
        (KEYS, {"keys": []}),
        (KEYS, {"keys": "none"}),
        (KEYS, {"keys": [7, {"kid": "k1"}, {"kid": "k1", "kty": "RSA", "n": "!", "e": "AQAB"}]}),
    ],
)
def test_documents_that_are_wrong_or_not_to_be_trusted_are_not_used(
    made: MadeIssuer, verifier: Issuer, path: str, changed: dict[str, Any]
) -> None:
    made.documents[path] |= changed

    with pytest.raises(IssuerUnavailable):
        verifier.verify(made.token())


def test_weak_keys_and_keys_for_encryption_are_left_out(made: MadeIssuer, verifier: Issuer) -> None:
    weak = rsa.generate_private_key(65537, 1024)
    encrypting = made.published(made.other_key, "encrypting") | {"use": "enc"}
    symmetric = {"kty": "oct", "kid": "symmetric", "k": "c2VjcmV0"}
    made.documents[KEYS]["keys"] += [made.published(weak, "weak"), encrypting, symmetric]

    verifier.verify(made.token())

    assert set(verifier._keys) == {"k1", "c1"}


@pytest.mark.parametrize(
    "url", ["http://login.example.org/tenant", "login.example.org", "ftp://x", "https://", "http://["]
)
def test_an_address_that_cannot_be_trusted_is_refused_at_start(url: str) -> None:
    with pytest.raises(ConfigurationError, match="entra_issuer should be an address that begins with https"):
        Issuer(url, [AUDIENCE], ManualClock())


def test_a_document_that_is_too_large_is_not_read(made: MadeIssuer) -> None:
    made.documents[KEYS]["keys"] = "x" * (300 << 10)

    with pytest.raises(ValueError, match="answered 200 with"):
        fetch_json(made.url + "/keys")


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
