from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.blobs.paths import ARTIFACTS, BlobPath, check_prefix
from auricle.errors import InvalidRequest

HOSTILE = [
    "",
    "/",
    "/etc/passwd",
    "a/",
    "a//b",
    "..",
    "../a",
    "a/../../b",
    "a/..",
    "./a",
    "a/.",
    "a\x00b",
    "a\nb",
    "a\u2028b",
    "a\x7fb",
    "a\\..\\b",
    "\ud800",
    "n" * 256,
    "é" * 128,
    "/".join("n" * 65),
    "n/" * 512 + "n",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest):
        BlobPath(account="default", container=ARTIFACTS, name=name)


@pytest.mark.parametrize("label", ["", ".", "..", "a/b", ".partial", "-a", "a\n", "é", "a" * 64, "a b"])
def test_a_hostile_account_or_container_is_refused(label: str) -> None:
    for account, container in ((label, ARTIFACTS), ("default", label)):
        with pytest.raises(InvalidRequest):
            BlobPath(account=account, container=container, name="a")


@pytest.mark.parametrize("name", ["a", "a/b.json", "...", "x#1", "50 %.wav", "日本語/テスト.wav", ".hidden", "n" * 255])
def test_an_ordinary_name_is_taken_as_it_is(name: str) -> None:
    path = BlobPath(account="default", container=ARTIFACTS, name=name)

    assert "/".join(path.segments) == name


@given(st.text(max_size=300))
def test_whatever_passes_has_no_way_up_and_nothing_unprintable(name: str) -> None:
    try:
        path = BlobPath(account="default", container=ARTIFACTS, name=name)
    except InvalidRequest:
        return
    assert not {"", ".", ".."} & set(path.segments)
    assert name.isprintable() or not any(ord(c) < 32 for c in name)
    assert len(name.encode()) <= 1024


def test_a_prefix_may_end_anywhere_but_not_climb() -> None:
    assert check_prefix("") == ((), "")
    assert check_prefix("a/b/") == (("a", "b"), "")
    assert check_prefix("a/b") == (("a",), "b")
    for prefix in ("/", "../", "a//", "a/../b", "a\x00"):
        with pytest.raises(InvalidRequest):
            check_prefix(prefix)
