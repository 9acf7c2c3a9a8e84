from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.outbound.fetched import MAX_NAME_BYTES, file_name, media_type, safe_name


@pytest.mark.parametrize(
    ("disposition", "url", "expected"),
    [
        ("", "https://h/a/set%20one.zip?sig=s3cr3t", "set one.zip"),
        ("", "https://h/a/..%2f..%2fetc%2fpasswd", "passwd"),
        ("", "https://h/", "download"),
        ("", "https://h/...", "download"),
        ("attachment; filename=plain.txt; size=5", "https://h/x", "plain.txt"),
        ('attachment; filename="a \\"b\\".txt"', "https://h/x", 'a "b".txt'),
        ('attachment; filename="C:\\\\data\\\\x.txt"', "https://h/x", "x.txt"),
        ("attachment; filename=\"no.txt\"; filename*=UTF-8''%C3%BCber.txt", "https://h/x", "über.txt"),
        ("attachment; filename*=UTF-8''..%2F.hidden", "https://h/x", "hidden"),
        ("attachment", "https://h/x.wav", "x.wav"),
    ],
)
def test_a_files_name_is_what_its_server_says_or_else_its_address(disposition: str, url: str, expected: str) -> None:
    assert file_name(httpx.Headers({"content-disposition": disposition}), httpx.URL(url)) == expected


@given(st.text(max_size=400))
def test_a_name_is_always_safe_to_store(text: str) -> None:
    name = safe_name(text)

    assert name
    assert not name.startswith(".")
    assert not set(name) & {"/", "\\", "\x00", "\n", "\r"}
    assert len(name.encode()) <= MAX_NAME_BYTES


def test_a_name_that_is_too_long_keeps_its_extension() -> None:
    assert safe_name("é" * 300 + ".zip") == "é" * 98 + ".zip"


@given(st.text(max_size=100))
def test_no_header_makes_the_name_or_the_type_crash(text: str) -> None:
    headers = httpx.Headers([(b"content-disposition", b"attachment; filename=" + text.encode())])

    assert file_name(headers, httpx.URL("https://h/x"))
    assert "/" in media_type(text)
