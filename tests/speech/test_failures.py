from __future__ import annotations

import pytest

from auricle.errors import (
    AuricleError,
    InvalidAudio,
    InvalidHeader,
    ModelUnavailable,
    NotImplementedYet,
    ProtocolViolation,
    ShuttingDown,
    TooBusy,
    UnsupportedLocale,
)
from auricle.speech.failures import close_for, response_for, status_for


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (InvalidHeader(), 1002, None),
        (ProtocolViolation(), 1007, None),
        (InvalidAudio(), 1007, None),
        (UnsupportedLocale(), 1007, None),
        (NotImplementedYet(), 1007, None),
        (TooBusy(), 4429, "TooManyRequests"),
        (ShuttingDown(), 1001, None),
        (ModelUnavailable(), 1011, "Error"),
        (AuricleError(), 1011, "Error"),
        (ValueError("a secret"), 1011, "Error"),
    ],
)
def test_every_cause_has_a_close_code_and_perhaps_a_status(error: Exception, code: int, status: str | None) -> None:
    assert close_for(error).code == code
    assert status_for(error) == status


def test_only_our_own_errors_show_their_text() -> None:
    assert close_for(ValueError("a secret")).reason == "internal error"
    assert close_for(InvalidAudio("expected audio")).reason == "expected audio"


def test_a_reason_fits_into_a_close_frame_and_stays_readable() -> None:
    reason = close_for(InvalidAudio("ü" * 200)).reason

    assert len(reason.encode()) <= 123
    assert set(reason) == {"ü"}


def test_a_busy_server_says_when_to_come_back() -> None:
    response = response_for(TooBusy(retry_after_s=3))

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "3"
