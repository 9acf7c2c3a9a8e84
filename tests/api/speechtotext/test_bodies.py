"""Bodies of the largest size that are wrong everywhere cost what one wrong place costs."""

from __future__ import annotations

import tracemalloc

import pytest

from auricle.api.speechtotext import bodies
from auricle.api.speechtotext.dispatch import JSON_BYTES
from auricle.errors import InvalidParameter

MOST_MEMORY_FACTOR = 40  # times the size of the body
ENTRIES = JSON_BYTES // 16


def listed(name: str, value: bytes = b"1") -> bytes:
    return b'{"displayName":"x","locale":"en-US","%s":[%s]}' % (name.encode(), b",".join([value] * ENTRIES))


def keyed(name: str) -> bytes:
    return b'{"displayName":"x","webUrl":"http://x","%s":{%s}}' % (
        name.encode(),
        b",".join(b'"%x":1' % number for number in range(ENTRIES)),
    )


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (listed("contentUrls"), bodies.NewTranscription),
        (listed("datasets", b"{}"), bodies.NewModel),
        (keyed("events"), bodies.NewWebHook),
        (keyed("customProperties"), bodies.NewWebHook),
        (keyed("customProperties"), bodies.LocalUpdate),
    ],
)
def test_a_body_that_is_wrong_everywhere_is_refused_for_its_first_fault(body: bytes, kind: type[bodies.Body]) -> None:
    tracemalloc.start()

    with pytest.raises(InvalidParameter) as refused:
        bodies.parse(body, kind)

    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(refused.value.message) < 300
    assert peak_bytes < MOST_MEMORY_FACTOR * len(body)


def test_a_block_list_that_is_wrong_everywhere_is_refused_for_its_first_fault() -> None:
    with pytest.raises(InvalidParameter) as refused:
        bodies.parse_blocks(b"[" + b",".join([b"1"] * 40_000) + b"]")

    assert refused.value.message.count("Input should be") == 1
