from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from auricle.custom.endpoint_logs import EndpointLogs
from auricle.custom.endpoints import Endpoints
from auricle.custom.ground import Ground
from auricle.errors import (
    AuricleError,
    Forbidden,
    InvalidLocale,
    InvalidLogDate,
    InvalidLogTop,
    InvalidSkipToken,
    NotFound,
)
from auricle.identity.caller import Caller, Right
from tests.custom import modelled
from tests.custom.modelled import NOWHERE

TOKEN = "2!188!MDAwMDk1ITZhMjhi~Y-_.Q--"


@pytest.fixture
def endpoint_id(ground: Ground, caller: Caller) -> str:
    return Endpoints(ground).create(caller, modelled.endpoint(logging_enabled=True)).record.id


@pytest.mark.parametrize("asked", [{}, {"top": 1}, {"top": 5000}, {"skip_token": TOKEN}])
def test_nothing_is_logged_yet(ground: Ground, caller: Caller, endpoint_id: str, asked: dict[str, Any]) -> None:
    logs = EndpointLogs(ground)
    for page in (logs.list(caller, endpoint_id, **asked), logs.list_base(caller, "en-us", **asked)):
        assert not page.files
        assert page.next_token is None


@pytest.mark.parametrize(
    ("asked", "error", "target"),
    [
        ({"top": 0}, InvalidLogTop, "top"),
        ({"top": 5001}, InvalidLogTop, "top"),
        ({"skip_token": ""}, InvalidSkipToken, "skip_token"),
        ({"skip_token": "a b"}, InvalidSkipToken, "skip_token"),
        ({"skip_token": "a" * 1025}, InvalidSkipToken, "skip_token"),
    ],
)
def test_a_page_that_cannot_be_is_refused(
    ground: Ground, caller: Caller, endpoint_id: str, asked: dict[str, Any], error: type[AuricleError], target: str
) -> None:
    logs = EndpointLogs(ground)
    with pytest.raises(error) as refused:
        logs.list(caller, endpoint_id, **asked)
    assert getattr(refused.value, "target", None) == target
    with pytest.raises(error):
        logs.list_base(caller, "en-US", **asked)


def test_no_log_is_found(ground: Ground, caller: Caller, endpoint_id: str) -> None:
    logs = EndpointLogs(ground)
    for ask in (logs.get, logs.delete):
        with pytest.raises(NotFound, match="2023-03-13"):
            ask(caller, endpoint_id, "2023-03-13_163715__0420c53d_wav")
    for ask_base in (logs.get_base, logs.delete_base):
        with pytest.raises(NotFound, match="2023-03-13"):
            ask_base(caller, "en-US", "2023-03-13_163715__0420c53d_wav")


@pytest.mark.parametrize("end_date", [None, "2026-11-30", "2028-02-29"])
def test_deleting_logs_is_accepted(ground: Ground, caller: Caller, endpoint_id: str, end_date: str | None) -> None:
    EndpointLogs(ground).delete_all(caller, endpoint_id, end_date=end_date)
    EndpointLogs(ground).delete_all_base(caller, "en-US", end_date=end_date)


@pytest.mark.parametrize("end_date", ["", "today", "2026-02-29", "20261130", "2026-11-30T00:00:00Z", "٢٠٢٦-١١-٣٠"])  # noqa: RUF001
def test_an_end_date_is_a_day(ground: Ground, caller: Caller, endpoint_id: str, end_date: str) -> None:
    with pytest.raises(InvalidLogDate):
        EndpointLogs(ground).delete_all(caller, endpoint_id, end_date=end_date)
    with pytest.raises(InvalidLogDate):
        EndpointLogs(ground).delete_all_base(caller, "en-US", end_date=end_date)


def test_logs_of_what_is_not_there_are_not_there(ground: Ground, caller: Caller) -> None:
    logs = EndpointLogs(ground)
    for ask in (logs.list, logs.delete_all):
        with pytest.raises(NotFound, match=NOWHERE):
            ask(caller, NOWHERE)
    for ask_base in (logs.list_base, logs.delete_all_base):
        with pytest.raises(InvalidLocale):
            ask_base(caller, "tlh-KX")


def test_logs_of_another_resource_are_not_there(ground: Ground, endpoint_id: str, admit: Callable[..., Caller]) -> None:
    with pytest.raises(NotFound):
        EndpointLogs(ground).list(admit(), endpoint_id)


def test_only_who_may_write_deletes_logs(ground: Ground, admit: Callable[..., Caller], endpoint_id: str) -> None:
    reader = admit(rights=frozenset({Right.READ}))
    with pytest.raises(Forbidden):
        EndpointLogs(ground).delete_all(reader, endpoint_id)
    with pytest.raises(Forbidden):
        EndpointLogs(ground).delete_all_base(reader, "en-US")
