from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from auricle.clock import ManualClock
from auricle.errors import Conflict, DeleteNotAllowed, InUse, InvalidParameter, NotFound
from auricle.identity.caller import Role
from auricle.identity.resources import Grant, Resources
from auricle.identity.sealing import Sealer
from auricle.identity.tiers import Tier
from auricle.store.database import Database
from auricle.store.tables import jobs, projects, resources

from .conftest import MASTER, House

SEALER = Sealer(MASTER.key_for("sealing"))


def add_job(house: House, resource_id: str, *, running: bool) -> None:
    now = house.clock.now()
    row = {"id": "j", "resource_id": resource_id, "created_at": now, "kind": "train", "subject_id": "s", "payload": {}}
    claim = {"owner": "me", "lease_until": now + timedelta(seconds=30)} if running else {}
    with house.database.write() as connection:
        connection.execute(insert(jobs), row | claim | {"due_at": now, "attempts": 0, "fence": 0, "progress": 0.0})


def test_a_resource_has_two_keys_that_the_database_does_not_show(house: House) -> None:
    made = house.resources.create("call-centre", region="westeurope", tier=Tier.F0, by="operator")

    keys = house.resources.keys("call-centre", by="operator")
    assert re.fullmatch("[0-9a-f]{32}", keys.key1)
    assert re.fullmatch("[0-9a-f]{32}", keys.key2)
    assert keys.key1 != keys.key2
    assert keys.key1 not in repr(keys)
    with house.database.read() as connection:
        rows = str(connection.execute(select(resources)).all())
    assert keys.key1 not in rows
    assert keys.key2 not in rows
    assert house.resources.get(made.id) == house.resources.get("Call-Centre") == made


def test_a_name_that_no_host_could_have_or_that_is_an_id_is_refused(house: House) -> None:
    an_id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    for name in ("", "a", "-ab", "ab-", "a b", "Ab", "a_b", "a.b", "ä" * 3, "a" * 65, an_id):
        with pytest.raises(InvalidParameter, match="Expected a name"):
            house.resources.create(name, by="operator")


def test_a_name_is_taken_once_and_the_refusal_tells_no_key(house: House) -> None:
    house.resources.create("twice", by="operator")

    with pytest.raises(Conflict, match="'twice'") as refusal:
        house.resources.create("twice", by="operator")
    assert refusal.value.__cause__ is None


def test_a_resource_that_is_not_there_is_not_found(house: House) -> None:
    for name in ("nobody", "\x00", "\ud800", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "x" * 1000):
        with pytest.raises(NotFound):
            house.resources.get(name)


def test_the_default_resource_is_made_once_with_the_key_that_was_chosen(database: Database, clock: ManualClock) -> None:
    service = Resources(database, SEALER, clock)

    first = service.ensure_default("chosen" * 6)
    second = service.ensure_default("another" * 6)

    assert first == second == service.get("default")
    assert service.default_keys().key1 == "chosen" * 6
    assert len(service.list()) == 1


def test_servers_that_start_at_once_make_one_default_resource(database: Database, clock: ManualClock) -> None:
    found: list[str] = []
    start = threading.Barrier(4)

    def begin() -> None:
        service = Resources(database, SEALER, clock)
        start.wait()
        found.append(service.ensure_default().id)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 4
    assert len(set(found)) == 1


def test_regenerating_one_key_leaves_the_other(house: House) -> None:
    before = house.resources.default_keys()

    after = house.resources.regenerate("default", 1, by="operator")

    assert after.key1 != before.key1
    assert after.key2 == before.key2
    assert house.resources.default_keys() == after
    with pytest.raises(InvalidParameter, match="the keys 1 and 2, got 3"):
        house.resources.regenerate("default", 3, by="operator")


def test_deleting_takes_rows_roles_jobs_and_what_is_stored(house: House) -> None:
    made = house.resources.create("gone", by="operator")
    house.resources.grant("gone", "person", Role.READER, by="operator")
    add_job(house, made.id, running=False)
    row = {"id": "p", "resource_id": made.id, "created_at": house.clock.now(), "display_name": "p", "locale": "en-US"}
    with house.database.write() as connection:
        connection.execute(insert(projects), row | {"custom_properties": {}})

    house.resources.delete("gone", by="operator")

    assert house.erased == [made.id]
    assert [resource.name for resource in house.resources.list()] == ["default"]
    with house.database.read() as connection:
        assert not connection.execute(select(projects.c.id)).all()
        assert not connection.execute(select(jobs.c.id)).all()


def test_a_resource_with_running_work_is_deleted_only_by_force(house: House) -> None:
    made = house.resources.create("busy", by="operator")
    add_job(house, made.id, running=True)

    with pytest.raises(InUse, match="1 jobs are running"):
        house.resources.delete("busy", by="operator")
    assert not house.erased

    house.resources.delete("busy", by="operator", force=True)
    assert house.erased == [made.id]


def test_a_deletion_whose_erasing_failed_can_be_repeated_and_leaves_no_key_valid(
    database: Database, clock: ManualClock
) -> None:
    failures = [OSError("the disk is gone")]

    def erase(_resource_id: str) -> None:
        if failures:
            raise failures.pop()

    service = Resources(database, SEALER, clock, erase_account=erase)
    service.create("stubborn", by="operator")
    before = service.keys("stubborn", by="operator")
    with pytest.raises(OSError, match="the disk is gone"):
        service.delete("stubborn", by="operator")

    after = service.keys("stubborn", by="operator")
    assert not {before.key1, before.key2} & {after.key1, after.key2}
    service.delete("stubborn", by="operator")
    assert not service.list()


def test_the_default_resource_stays(house: House) -> None:
    with pytest.raises(DeleteNotAllowed):
        house.resources.delete("default", by="operator")


def test_roles_are_granted_once_and_revoked_one_by_one_or_all(house: House) -> None:
    for role in (Role.READER, Role.READER, Role.USER):
        house.resources.grant("default", " person ", role, by="operator")

    expected = [Grant(principal="person", role=Role.READER), Grant(principal="person", role=Role.USER)]
    assert house.resources.grants("default") == expected
    assert house.resources.revoke("default", "person", Role.USER, by="operator") == 1
    assert house.resources.revoke("default", "person", by="operator") == 1
    assert house.resources.revoke("default", "person", by="operator") == 0


def test_a_principal_that_no_token_could_name_is_refused(house: House) -> None:
    for principal in ("", "  ", "a\x00b", "x" * 257):
        with pytest.raises(InvalidParameter, match="Expected a principal"):
            house.resources.grant("default", principal, Role.READER, by="operator")


def test_everything_done_is_told_newest_first_without_a_key(house: House) -> None:
    made = house.resources.create("watched", by="operator")
    keys = house.resources.keys("watched", by="admin key")
    house.resources.regenerate("watched", 2, by="admin key")
    house.resources.delete("watched", by="operator")

    entries = house.resources.history(made.id)

    told = [(entry.actor, entry.action) for entry in entries]
    assert told == [
        ("operator", "resource.delete"),
        ("admin key", "resource.regenerate"),
        ("admin key", "resource.keys"),
        ("operator", "resource.create"),
    ]
    assert entries[1].detail == {"name": "watched", "key": 2}
    assert entries[0].at == house.clock.now()
    assert keys.key1 not in str(entries)
    assert house.resources.history(made.id, top=1, before=entries[1].sequence) == [entries[2]]
    assert len(house.resources.history()) == 5
