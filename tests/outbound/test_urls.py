from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.errors import InvalidUrl, RefusedAddress
from auricle.outbound.policy import Policy
from auricle.outbound.urls import checked, host_of, port_of, redirected

POLICY = Policy()
SECRET = "s3cr3t"

MALFORMED = [
    "",
    "data.zip",
    "http:data",
    "//host/data",
    "http://",
    "http:///data",
    "ftp://host/data",
    "file:///etc/passwd",
    f"https://user:{SECRET}@host/data",
    f"https://{SECRET}@host/data",
    f"https://host:{SECRET}/data",
    "https://host:0/data",
    "https://host:65536/data",
    "https://host:-1/data",
    "https://ho st/data",
    "https://host%2e/data",
    "https://a..b/data",
    "https://host\\@127.0.0.1/data",
    "https://host/da\nta",
    "https://host/\r\nX: y",
    "https://[::1/data",
    "https://[fe80::1%25eth0]/data",
    "https://\uff11\uff12\uff17.0.0.1/data",
    "https://" + "a" * 64 + ".example/",
    "https://host/" + "a" * 9000,
]
HIDDEN = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.1",
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::a00:1]",
    "[2002:7f00:1::]",
    "0",
    "10.0.0.5",
    "169.254.169.254",
]


@pytest.mark.parametrize("url", MALFORMED)
def test_what_is_no_ordinary_address_is_refused_without_repeating_its_secrets(url: str) -> None:
    with pytest.raises(InvalidUrl) as refused:
        checked(url, POLICY)

    assert SECRET not in refused.value.message
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("host", HIDDEN)
def test_a_private_address_is_refused_in_every_spelling_without_asking_anybody(host: str) -> None:
    with pytest.raises(RefusedAddress):
        checked(f"http://{host}:8080/data?sig={SECRET}", POLICY)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://account.blob.core.windows.net/c/data.zip?sv=1&sig=a%2Bb%3D", "account.blob.core.windows.net", 443),
        ("http://Example.COM.:8080/", "example.com.", 8080),
        ("https://bücher.example/ü", "xn--bcher-kva.example", 443),
        ("http://docker_service/data", "docker_service", 80),
        ("http://[2606:4700::1111]/", "2606:4700::1111", 80),
        ("https://8.8.8.8/data", "8.8.8.8", 443),
    ],
)
def test_an_ordinary_address_is_taken_apart(url: str, host: str, port: int) -> None:
    parsed = checked(url, POLICY)

    assert (host_of(parsed), port_of(parsed)) == (host, port)


@given(st.text(max_size=60))
def test_no_text_makes_the_check_crash(text: str) -> None:
    for url in (text, "http://" + text, "https://host/" + text, "https://host:" + text):
        try:
            checked(url, POLICY)
        except InvalidUrl:
            continue


@given(st.text(max_size=60))
def test_no_location_makes_a_redirect_crash(location: str) -> None:
    try:
        target = redirected(httpx.URL("https://host/a?b"), location, POLICY)
    except InvalidUrl:
        return
    assert target.scheme == "https"


def test_a_redirect_is_relative_or_elsewhere_but_never_to_less_safety() -> None:
    url = httpx.URL("https://host/a/b")

    assert str(redirected(url, "../c", POLICY)) == "https://host/c"
    assert str(redirected(url, "//other/c", POLICY)) == "https://other/c"
    for location in ("http://host/a", "https://127.0.0.1/", "file:///etc/passwd", "https://u:p@host/"):
        with pytest.raises(InvalidUrl):
            redirected(url, location, POLICY)
