from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from auricle.errors import Forbidden, Unauthorized
from auricle.identity.caller import Right, Role
from auricle.identity.gate import Credentials

from .conftest import House
from .made_issuer import MadeIssuer

ALL = frozenset(Right)


def key_of(house: House, name: str = "default", number: int = 1) -> str:
    keys = house.resources.keys(name, by="test")
    return keys.key1 if number == 1 else keys.key2


def bearer(text: str, host: str | None = None) -> Credentials:
    return Credentials(bearer=text, host=host)


@pytest.mark.parametrize("number", [1, 2])
async def test_either_key_lets_in_with_all_rights_by_header_or_in_a_tokens_place(house: House, number: int) -> None:
    key = key_of(house, number=number)

    for shown in (Credentials(key=key), bearer(key)):
        caller = await house.gate.admit(shown, management=True)
        assert (caller.resource.name, caller.actor, caller.rights) == ("default", f"key{number} of default", ALL)


async def test_every_key_opens_its_own_resource(house: House) -> None:
    house.resources.create("other", by="test")

    assert (await house.gate.admit(Credentials(key=key_of(house, "other")))).resource.name == "other"
    assert (await house.gate.admit(Credentials(key=key_of(house)))).resource.name == "default"


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (Credentials(), "got neither"),
        (Credentials(key="wrong"), "got another"),
        (bearer("wrong"), "got another"),
        (bearer("a.b.c"), "got another"),
        (bearer("x" * 20_000), "got a longer one"),
        (bearer("aad#default"), "expected aad#RESOURCE#TOKEN"),
        (bearer("aad##x"), "expected aad#RESOURCE#TOKEN"),
    ],
)
async def test_strangers_are_turned_away_unless_everybody_may_come(
    house: House, shown: Credentials, reason: str
) -> None:
    for _ in range(2):  # the second time from memory
        with pytest.raises(Unauthorized, match=reason):
            await house.gate.admit(shown)

    caller = await house.open_gate.admit(shown)
    assert (caller.resource.name, caller.actor, caller.rights) == ("default", "anybody", ALL)


async def test_a_known_caller_or_stranger_costs_no_query_for_a_second(house: House, queries: Callable[[], int]) -> None:
    shown, stranger = Credentials(key=key_of(house)), Credentials(key="wrong")
    await house.gate.admit(shown)
    with pytest.raises(Unauthorized):
        await house.gate.admit(stranger)
    queries()

    for _ in range(10):
        await house.gate.admit(shown)
        with pytest.raises(Unauthorized):
            await house.gate.admit(stranger)
    assert queries() == 0

    house.clock.advance(1)
    await house.gate.admit(shown)
    assert queries() == 1


async def test_many_at_once_ask_few_times(house: House, queries: Callable[[], int]) -> None:
    shown = Credentials(key=key_of(house))
    queries()

    await asyncio.gather(*(house.gate.admit(shown) for _ in range(100)))

    assert queries() <= 4  # the threads that there are


async def test_a_key_exchanged_by_another_process_counts_no_more_after_a_second(house: House) -> None:
    old, second = Credentials(key=key_of(house)), Credentials(key=key_of(house, number=2))
    await house.gate.admit(old)

    new = Credentials(key=house.resources.regenerate("default", 1, by="test").key1)
    house.clock.advance(1)

    with pytest.raises(Unauthorized):
        await house.gate.admit(old)
    assert (await house.gate.admit(new)).actor == "key1 of default"
    assert (await house.gate.admit(second)).actor == "key2 of default"


async def test_a_key_that_was_wrong_counts_a_second_after_it_was_made(house: House, monkeypatch: Any) -> None:
    coming = "c" * 32
    with pytest.raises(Unauthorized):
        await house.gate.admit(Credentials(key=coming))
    monkeypatch.setattr("auricle.identity.resources._new_key", lambda: coming)
    house.resources.regenerate("default", 2, by="test")

    house.clock.advance(1)

    assert (await house.gate.admit(Credentials(key=coming))).actor == "key2 of default"


async def test_a_token_lets_in_to_live_recognition_until_it_expires(house: House) -> None:
    token = bearer(await house.gate.issue(Credentials(key=key_of(house))))

    caller = await house.gate.admit(token)
    assert (caller.actor, caller.rights) == ("token of default", frozenset({Right.LISTEN}))
    house.clock.advance(599.5)
    await house.gate.admit(token)
    house.clock.advance(0.5)
    with pytest.raises(Unauthorized, match="an expired one"):
        await house.gate.admit(token)


async def test_management_asks_for_a_token_with_the_scope(house: House) -> None:
    shown = Credentials(key=key_of(house))
    plain, scoped = await house.gate.issue(shown), await house.gate.issue(shown, management=True)

    with pytest.raises(Unauthorized, match=r"issued with \?scope=speechservicesmanagement"):
        await house.gate.admit(bearer(plain), management=True)
    assert (await house.gate.admit(bearer(scoped), management=True)).rights == ALL
    assert (await house.gate.admit(bearer(scoped))).resource.name == "default"


async def test_a_token_dies_with_the_key_that_bought_it_and_with_no_other(house: House) -> None:
    token = bearer(await house.gate.issue(bearer(key_of(house))))
    house.resources.regenerate("default", 2, by="test")
    await house.gate.admit(token)

    house.resources.regenerate("default", 1, by="test")
    house.clock.advance(1)

    with pytest.raises(Unauthorized, match="got another or an expired one"):
        await house.gate.admit(token)


async def test_tokens_are_for_those_with_a_key(house: House) -> None:
    token = await house.gate.issue(Credentials(key=key_of(house)))

    with pytest.raises(Unauthorized, match="expected a key of this server"):
        await house.gate.issue(bearer(token))
    with pytest.raises(Unauthorized, match="got none"):
        await house.gate.issue(Credentials())
    bought = await house.open_gate.issue(Credentials())
    assert (await house.gate.admit(bearer(bought))).resource.name == "default"


async def test_a_resource_that_was_deleted_lets_nobody_in(house: House) -> None:
    house.resources.create("gone", by="test")
    shown = Credentials(key=key_of(house, "gone"))
    token = bearer(await house.gate.issue(shown))
    await house.gate.admit(shown)
    house.resources.delete("gone", by="test")
    house.clock.advance(1)

    for one in (shown, token):
        with pytest.raises(Unauthorized):
            await house.gate.admit(one)


@pytest.mark.parametrize(
    "path",
    [
        "{id}",
        "{name}",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/{NAME}",
        "{id}/",
    ],
)
async def test_a_token_of_the_issuer_lets_in_to_the_resource_it_comes_with(
    house: House, issuer: MadeIssuer, path: str
) -> None:
    made = house.resources.create("other", by="test")
    for name, role in (("default", Role.CONTRIBUTOR), ("other", Role.USER)):
        house.resources.grant(name, "person", role, by="test")
    named = path.format(id=made.id, name=made.name, NAME=made.name.upper())

    caller = await house.gate.admit(bearer(f"aad#{named}#{issuer.token()}"), management=True)

    assert (caller.resource.name, caller.actor, caller.rights) == ("other", "entra person", Role.USER.rights)


async def test_without_a_name_the_host_says_which_resource_or_there_is_only_one(
    house: House, issuer: MadeIssuer
) -> None:
    token = issuer.token(groups=["staff"])
    house.resources.create("other", by="test")
    house.resources.grant("other", "staff", Role.READER, by="test")

    for host in (None, "other.speech.example.org:443", "speech.example.org", "127.0.0.1:5000", "[::1]:5000"):
        assert (await house.gate.admit(bearer(token, host))).resource.name == "other"
    with pytest.raises(Forbidden, match="no role in a resource 'default'"):
        await house.gate.admit(bearer(token, "default.speech.example.org"))


async def test_who_has_roles_in_several_resources_is_told_how_to_name_one(house: House, issuer: MadeIssuer) -> None:
    house.resources.create("other", by="test")
    for name in ("default", "other"):
        house.resources.grant(name, "person", Role.READER, by="test")

    with pytest.raises(Forbidden, match="aad#RESOURCE#TOKEN"):
        await house.gate.admit(bearer(issuer.token()))


async def test_who_has_no_role_learns_not_which_resources_there_are(house: House, issuer: MadeIssuer) -> None:
    refusals = []
    for named in ("default", "nothing"):
        with pytest.raises(Forbidden) as refusal:
            await house.gate.admit(bearer(f"aad#{named}#{issuer.token()}"))
        refusals.append(refusal.value.message.replace(named, "X"))
    assert refusals[0] == refusals[1]
    with pytest.raises(Forbidden, match="no role in any resource"):
        await house.gate.admit(bearer(issuer.token()))


async def test_all_roles_of_a_principal_and_its_groups_add_up(house: House, issuer: MadeIssuer) -> None:
    house.resources.grant("default", "person", Role.READER, by="test")
    house.resources.grant("default", "staff", Role.USER, by="test")
    shown = bearer(issuer.token(groups=["staff"]))
    assert (await house.gate.admit(shown)).rights == {Right.READ, Right.LISTEN}

    house.resources.revoke("default", "staff", by="test")
    house.clock.advance(1)

    assert (await house.gate.admit(shown)).rights == {Right.READ}


async def test_a_server_that_knows_no_issuer_says_so(house: House, issuer: MadeIssuer) -> None:
    house.gate._issuer = None

    with pytest.raises(Unauthorized, match="entra_issuer names none"):
        await house.gate.admit(bearer(issuer.token()))


async def test_a_token_of_another_issuer_is_refused(house: House, issuer: MadeIssuer) -> None:
    with pytest.raises(Unauthorized, match="InvalidSignatureError"):
        await house.gate.admit(bearer(issuer.token(key=issuer.other_key)))
