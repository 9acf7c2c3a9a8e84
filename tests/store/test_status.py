"""Which states may follow which."""

from __future__ import annotations

import pytest

from auricle.store.status import TRANSITIONS, Status, sources
from auricle.store.tables import metadata


def test_every_table_with_a_status_has_its_transitions() -> None:
    with_status = {table.name for table in metadata.tables.values() if "status" in table.c}

    assert with_status == set(TRANSITIONS)


@pytest.mark.parametrize("table", sorted(TRANSITIONS))
def test_every_state_can_be_left_for_an_end_or_is_one(table: str) -> None:
    for status, targets in TRANSITIONS[table].items():
        assert status.ended or Status.FAILED in targets
        assert status not in targets


def test_what_has_ended_may_begin_again_only_where_work_is_repeated() -> None:
    again = {name for name in TRANSITIONS if Status.SUCCEEDED in sources(name, Status.NOT_STARTED)}

    assert again == {"endpoints", "web_hooks"}


def test_nothing_succeeds_that_was_not_running() -> None:
    assert {sources(name, Status.SUCCEEDED) for name in TRANSITIONS} == {frozenset({Status.RUNNING})}
