from __future__ import annotations

import time
from typing import Any

import pytest

from auricle.api.speechtotext.links import Links, Origins
from auricle.api.speechtotext.versions import Version
from auricle.errors import ConfigurationError, InvalidRequest

NEAR, FAR = ("127.0.0.1", 1), ("203.0.113.9", 1)


def scope(client: tuple[str, int] = NEAR) -> dict[str, Any]:
    return {"scheme": "http", "client": client, "server": ("0.0.0.0", 5000)}


def origins(public_url: str | None = None) -> Origins:
    return Origins(public_url=public_url, trusted_proxies=["127.0.0.0/8", "::1/128"])


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        ({"host": "speech.example:5000"}, "http://speech.example:5000"),
        ({"host": "[::1]:5000"}, "http://[::1]:5000"),
        ({}, "http://0.0.0.0:5000"),
        ({"host": "inside", "x-forwarded-proto": "https", "x-forwarded-host": "out.example"}, "https://out.example"),
        ({"host": "inside", "x-forwarded-host": "forged, out.example"}, "http://out.example"),
        ({"host": "inside", "x-forwarded-prefix": "/voice/"}, "http://inside/voice"),
        ({"host": "inside", "x-forwarded-prefix": "/../<x>"}, "http://inside"),
        (
            {"host": "inside", "forwarded": 'for=1.2.3.4;host=forged, proto=HTTPS;host="out.example:8443"'},
            "https://out.example:8443",
        ),
    ],
)
def test_the_origin_is_the_address_by_which_the_caller_came(headers: dict[str, str], origin: str) -> None:
    assert origins().of(scope(), headers) == origin


def test_what_strangers_say_of_forwarding_is_ignored() -> None:
    headers = {"host": "here", "x-forwarded-host": "forged", "forwarded": "host=forged"}
    assert origins().of(scope(FAR), headers) == "http://here"


def test_an_address_that_was_mapped_into_the_newer_family_is_trusted_alike() -> None:
    assert origins().of(scope(("::ffff:127.0.0.1", 1)), {"host": "a", "x-forwarded-host": "b"}) == "http://b"


def test_a_configured_address_goes_before_everything() -> None:
    assert origins("https://speech.example/voice/").of(scope(), {"host": "here"}) == "https://speech.example/voice"


@pytest.mark.parametrize("host", ["evil.example/path", "a b", "a\nb", "user@host", "", "-", "host:port", "x" * 300])
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(InvalidRequest):
        origins().of(scope(), {"host": host} if host else {"host": " "})


def test_a_setting_that_names_no_network_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="trusted_proxies"):
        Origins(public_url=None, trusted_proxies=["everybody"])


def test_links_have_the_version_and_web_sockets_the_scheme_of_the_origin() -> None:
    links = Links("https://speech.example", Version.V3_1)

    assert links.to("models/base", "7") == "https://speech.example/speechtotext/v3.1/models/base/7"
    assert links.web_socket_origin == "wss://speech.example"
    assert Links("http://a", Version.V3_2).web_socket_origin == "ws://a"


def test_what_a_proxy_hands_on_is_read_in_no_time_however_long_it_is() -> None:
    began_s = time.process_time()

    origins().of(scope(), {"host": "inside", "forwarded": "a" + " " * 60_000 + "b"})
    origins().of(scope(), {"host": "inside", "forwarded": "a" * 60_000})

    assert time.process_time() - began_s < 1
