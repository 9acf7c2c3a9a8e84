from __future__ import annotations

from datetime import UTC, datetime

import pytest

from auricle.errors import Forbidden, InvalidParameter
from auricle.identity.caller import Caller, Resource, Right, Role
from auricle.identity.tiers import Tier

RESOURCE = Resource(
    id="r", name="callcentre", region="local", tier=Tier.S0, created_at=datetime(2026, 1, 1, tzinfo=UTC)
)


def caller(role: Role) -> Caller:
    return Caller(resource=RESOURCE, actor="entra person", rights=role.rights)


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        (Role.CONTRIBUTOR, {Right.READ, Right.WRITE, Right.LISTEN}),
        (Role.USER, {Right.READ, Right.LISTEN}),
        (Role.READER, {Right.READ}),
    ],
)
def test_a_role_has_its_rights_and_no_other(role: Role, rights: set[Right]) -> None:
    for right in Right:
        if right in rights:
            caller(role).need(right)
        else:
            with pytest.raises(Forbidden):
                caller(role).need(right)


def test_a_refusal_names_the_least_role_that_would_do() -> None:
    with pytest.raises(Forbidden, match=r"the right to write in the resource callcentre.*'Speech Contributor' would"):
        caller(Role.USER).need(Right.WRITE)
    with pytest.raises(Forbidden, match="'Speech User' would do"):
        caller(Role.READER).need(Right.LISTEN)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Speech Contributor", Role.CONTRIBUTOR),
        ("Cognitive Services Speech Contributor", Role.CONTRIBUTOR),
        ("Cognitive Services User", Role.CONTRIBUTOR),
        ("speech  user", Role.USER),
        ("Reader", Role.READER),
        ("Cognitive Services Data Reader", Role.READER),
    ],
)
def test_roles_are_known_by_the_names_of_azure(name: str, role: Role) -> None:
    assert Role.named(name) is role


@pytest.mark.parametrize("name", ["", "Owner", "Contributor", "Speech"])
def test_an_unknown_role_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(InvalidParameter, match="'Speech Contributor', 'Speech User', 'Reader'"):
        Role.named(name)
