"""The page on compatibility lists the operations that there are, as they are, and no others."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from auricle.api.speechtotext.operations import OPERATIONS
from auricle.api.speechtotext.versions import BOTH, Version
from auricle.custom.unserved import works
from auricle.identity.tiers import QUOTAS, Tier
from tests.api.speechtotext.conftest import House

PAGE = (Path(__file__).parents[3] / "docs" / "compatibility.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+_\w+)` \| `([A-Z]+ /[^`]*)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE)
UNSERVED = {
    "train": "Models_Create",
    "evaluate": "Evaluations_Create",
    "deploy": "Endpoints_Create",
    "transcribe": "Transcriptions_Create",
}
SIZE_BYTES = {"KB": 2**10, "MB": 2**20, "GB": 2**30}
ADDITIONS = ROW.findall(PAGE.partition("### Additions")[2])


def spelled(versions: Collection[Version]) -> str:
    """Versions as the page has them."""
    return "both" if versions == BOTH else ", ".join(version.value for version in versions)


def test_every_operation_is_on_the_page_and_every_one_on_the_page_exists() -> None:
    listed = {id: (request, versions) for id, request, versions, _ in ROWS}

    assert listed == {one.id: (f"{one.method} {one.path}", spelled(one.versions)) for one in OPERATIONS}


def test_no_operation_is_on_the_page_twice() -> None:
    assert len(ROWS) == len({id for id, *_ in ROWS})


def test_what_the_published_api_does_not_have_stands_under_additions() -> None:
    assert [id for id, *_ in ADDITIONS] == [one.id for one in OPERATIONS if one.ours]


def test_every_other_path_of_an_operation_is_told_with_its_state() -> None:
    states = {id: state for id, _, _, state in ROWS}

    for operation in OPERATIONS:
        assert all(f"`{path}`" in states[operation.id] for path in operation.also), operation.id


def test_what_is_accepted_and_then_fails_is_what_nobody_does_yet(house: House) -> None:
    told = {id for id, _, _, state in ROWS if state.startswith("accepted, then `Failed`")}

    assert told == {UNSERVED[work.kind] for work in works(house.ground)}


def test_the_quotas_on_the_page_are_those_of_the_tiers() -> None:
    for tier, quota in QUOTAS.items():
        assert limit("datasets", tier) == str(quota.datasets)
        assert size_bytes(limit("`Acoustic`, `AudioFiles`", tier)) == quota.acoustic_bytes
        assert size_bytes(limit("`Language`", tier)) == quota.language_bytes
        assert size_bytes(limit("`Pronunciation`", tier)) == quota.pronunciation_bytes
        assert size_bytes(limit("`text` of a model or endpoint", tier)) == quota.text_bytes


def limit(matter: str, tier: Tier) -> str:
    """What the table of quotas says of a matter."""
    row = next(line for line in PAGE.partition("### Quotas and limits")[2].splitlines() if f"| {matter} |" in line)
    return row.split("|")[{Tier.F0: 2, Tier.S0: 3}[tier]].strip()


def size_bytes(text: str) -> int:
    """A size as the page writes it."""
    number, unit = text.split()
    return int(float(number) * SIZE_BYTES[unit])
