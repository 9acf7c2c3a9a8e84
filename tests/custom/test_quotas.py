from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from auricle.adaptation.kinds import DatasetKind
from auricle.custom.datasets import Datasets
from auricle.custom.ground import Ground
from auricle.custom.quotas import largest_bytes, limits, require_room
from auricle.errors import NotFound, QuotaExceeded
from auricle.identity.caller import Caller
from auricle.identity.resources import Resources
from auricle.identity.tiers import Tier
from tests.custom import drafted

MIB = 1 << 20


@pytest.mark.parametrize(
    ("tier", "kind", "size_bytes"),
    [
        (Tier.F0, DatasetKind.PRONUNCIATION, 1024),
        (Tier.S0, DatasetKind.PRONUNCIATION, MIB),
        (Tier.F0, DatasetKind.LANGUAGE, 200 * MIB),
        (Tier.S0, DatasetKind.LANGUAGE, 1536 * MIB),
        (Tier.F0, DatasetKind.ACOUSTIC, 2048 * MIB),
        (Tier.S0, DatasetKind.AUDIO_FILES, 2048 * MIB),
        (Tier.S0, DatasetKind.LANGUAGE_MARKDOWN, 200 * MIB),
        (Tier.S0, DatasetKind.OUTPUT_FORMATTING, 10 * MIB),
    ],
)
def test_a_tier_bounds_each_kind_of_dataset(tier: Tier, kind: DatasetKind, size_bytes: int) -> None:
    assert limits(tier).upload_bytes(kind) == size_bytes


def test_the_largest_dataset_bounds_what_is_received_before_its_kind_is_known() -> None:
    for tier in Tier:
        assert largest_bytes(tier) == max(limits(tier).upload_bytes(kind) for kind in DatasetKind)


def test_a_resource_that_was_deleted_meanwhile_has_no_room(ground: Ground, admit: Callable[..., Caller]) -> None:
    caller = admit()
    Resources(ground.database, ground.sealer, ground.clock).delete(caller.resource.id, by="test")
    with ground.database.write() as connection, pytest.raises(NotFound):
        require_room(connection, caller.resource)


def test_of_several_that_ask_at_once_only_as_many_get_a_place_as_there_are(
    ground: Ground, admit: Callable[..., Caller]
) -> None:
    caller, datasets = admit(tier=Tier.F0), Datasets(ground)

    def made(_: int) -> bool:
        try:
            datasets.create(caller, drafted.dataset())
        except QuotaExceeded:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(made, range(6))) == [False] * 4 + [True] * 2
