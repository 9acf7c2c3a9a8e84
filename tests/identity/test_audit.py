from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection

from auricle.identity import audit
from auricle.identity.caller import Caller, Role

from .conftest import House


@contextmanager
def failing_write(house: House) -> Iterator[Connection]:
    """A transaction in which something goes wrong after what the block does."""
    with house.database.write() as connection:
        yield connection
        raise RuntimeError


def test_what_a_caller_did_is_kept_with_its_change_or_not_at_all(house: House) -> None:
    resource = house.resources.get("default")
    caller = Caller(resource=resource, actor="key1 of default", rights=Role.CONTRIBUTOR.rights)
    with house.database.write() as connection:
        audit.record(connection, house.clock, caller, action="dataset.create", subject_id="d", detail={"kind": "text"})
    with pytest.raises(RuntimeError), failing_write(house) as connection:
        audit.record(connection, house.clock, caller, action="dataset.delete", subject_id="d")

    (entry, *older) = house.resources.history("default")

    assert (entry.actor, entry.action, entry.resource_id, entry.subject_id, entry.detail) == (
        "key1 of default",
        "dataset.create",
        resource.id,
        "d",
        {"kind": "text"},
    )
    assert [one.action for one in older] == ["resource.create"]


def test_a_name_that_is_too_long_is_cut(house: House) -> None:
    with house.database.write() as connection:
        audit.note(connection, house.clock, actor="entra " + "x" * 256, action="a", resource_id=None)

    assert len(house.resources.history()[0].actor) == 256
