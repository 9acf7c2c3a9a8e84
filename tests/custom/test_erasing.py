from __future__ import annotations

from collections.abc import Sequence

from auricle.blobs.paths import ARTIFACTS, BlobPath
from auricle.clock import ManualClock
from auricle.custom.erasing import STOPPED_AFTER, Place, erase, works
from auricle.custom.ground import Ground
from auricle.identity.caller import Caller
from tests.custom.conftest import Labour


def put(ground: Ground, caller: Caller, *names: str) -> None:
    for name in names:
        ground.blobs.put(BlobPath(account=caller.resource.id, container=ARTIFACTS, name=name), [b"content"])


def names(ground: Ground, caller: Caller) -> Sequence[str]:
    return [info.path.name for info in ground.blobs.list(caller.resource.id, ARTIFACTS)]


def test_a_place_is_erased_with_everything_in_it_and_nothing_beside_it(ground: Ground, caller: Caller) -> None:
    put(ground, caller, "LanguageData/a/1", "LanguageData/a/b/2", "LanguageData/ab/3")
    with ground.database.write() as connection:
        erase(ground, connection, caller.resource.id, Place(prefix="LanguageData/a/"))
    assert Labour(ground, works(ground)).finish() == ["erase succeeded"]
    assert names(ground, caller) == ["LanguageData/ab/3"]


def test_blobs_to_keep_stay(ground: Ground, caller: Caller) -> None:
    put(ground, caller, *(f"LanguageData/a/{number:03}" for number in range(201)))
    keep = ["LanguageData/a/000", "LanguageData/a/200"]
    with ground.database.write() as connection:
        erase(ground, connection, caller.resource.id, Place(prefix="LanguageData/a/"), keep=keep)
    Labour(ground, works(ground)).finish()
    assert names(ground, caller) == keep


def test_what_a_stopping_worker_still_writes_goes_later(ground: Ground, caller: Caller, clock: ManualClock) -> None:
    labour = Labour(ground, works(ground))
    with ground.database.write() as connection:
        erase(ground, connection, caller.resource.id, Place(prefix="LanguageData/a/"), stopping=True)
    assert labour.finish() == ["erase succeeded"]
    put(ground, caller, "LanguageData/a/late")
    assert labour.finish() == []
    clock.advance(STOPPED_AFTER.total_seconds())
    assert labour.finish() == ["erase succeeded"]
    assert names(ground, caller) == []
