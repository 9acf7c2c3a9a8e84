from __future__ import annotations

import pytest

from auricle.blobs.content_type import content_type_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("report.json", "application/json; charset=utf-8"),
        ("a/b/READING.WAV", "audio/wav"),
        ("archive.tar.gz", "application/gzip"),
        ("page.html", "application/octet-stream"),
        ("drawing.svg", "application/octet-stream"),
        ("folder.wav/name", "application/octet-stream"),
        ("wav", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_the_extension_tells_the_type_and_nothing_a_browser_would_run(name: str, expected: str) -> None:
    assert content_type_of(name) == expected
