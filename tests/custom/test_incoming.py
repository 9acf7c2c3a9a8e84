from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from auricle.blobs.paths import ARTIFACTS
from auricle.clock import ManualClock
from auricle.custom import erasing
from auricle.custom.ground import Ground
from auricle.custom.incoming import ABANDONED_AFTER, claim, discard, receiving, sweep
from auricle.errors import PayloadTooLarge
from auricle.identity.caller import Caller
from auricle.store.shelf import UPLOADS
from tests.custom.conftest import Labour

BLOB = "Uploads/one/content"


def receive(ground: Ground, caller: Caller, pieces: Iterable[bytes], limit_bytes: int = 100) -> None:
    with receiving(ground, caller.resource.id, id="one", blob=BLOB, limit_bytes=limit_bytes) as receiver:
        for piece in pieces:
            receiver.write(piece)


def stored(ground: Ground, caller: Caller) -> list[str]:
    return [info.path.name for info in ground.blobs.list(caller.resource.id, ARTIFACTS)]


def uploads(ground: Ground, caller: Caller) -> int:
    with ground.database.read() as connection:
        return UPLOADS.count(connection, caller.resource.id)


def test_content_is_stored_whole(ground: Ground, caller: Caller) -> None:
    with receiving(ground, caller.resource.id, id="one", blob=BLOB, limit_bytes=6, name="a.txt") as receiver:
        receiver.write(b"one")
        assert stored(ground, caller) == []
        receiver.write(b"two")
    assert (receiver.received.size_bytes, receiver.received.name) == (6, "a.txt")
    assert stored(ground, caller) == [BLOB]


def test_content_beyond_the_limit_is_refused_and_leaves_nothing(ground: Ground, caller: Caller) -> None:
    with pytest.raises(PayloadTooLarge, match="100 bytes"):
        receive(ground, caller, [bytes(60), bytes(41)])
    assert (stored(ground, caller), uploads(ground, caller)) == ([], 0)


def test_content_whose_sender_goes_away_leaves_nothing(ground: Ground, caller: Caller) -> None:
    def broken_off() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        receive(ground, caller, broken_off())
    assert (stored(ground, caller), uploads(ground, caller)) == ([], 0)


def test_content_is_claimed_once(ground: Ground, caller: Caller) -> None:
    with receiving(ground, caller.resource.id, id="one", blob=BLOB, limit_bytes=9) as receiver:
        receiver.write(b"text")
    with ground.database.write() as connection:
        assert claim(connection, caller.resource.id, receiver.received)
        assert not claim(connection, caller.resource.id, receiver.received)
    discard(ground, caller.resource.id, "one")
    Labour(ground, erasing.works(ground)).finish()
    assert stored(ground, caller) == [BLOB]


def test_what_a_crash_left_is_swept_after_a_day_and_not_before(
    ground: Ground, caller: Caller, clock: ManualClock
) -> None:
    receive(ground, caller, [b"abandoned"])
    labour = Labour(ground, erasing.works(ground))
    clock.advance(ABANDONED_AFTER.total_seconds())
    assert (sweep(ground), labour.finish(), stored(ground, caller)) == (0, [], [BLOB])
    clock.advance(1)
    assert (sweep(ground), labour.finish(), stored(ground, caller)) == (1, ["erase succeeded"], [])
    assert (sweep(ground), uploads(ground, caller)) == (0, 0)
