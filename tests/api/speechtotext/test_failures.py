"""Every error of the house leaves with codes that the published lists have."""

from __future__ import annotations

import inspect

import pytest

from auricle import errors
from auricle.api.speechtotext.failures import DETAILS, error_object, failure_answer
from auricle.api.speechtotext.versions import Version
from auricle.errors import AuricleError, InvalidChannels, InvalidPayload, NotImplementedYet, QuotaExceeded, TooBusy
from tests.published import Published

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, AuricleError)]


def made(kind: type[AuricleError]) -> AuricleError:
    error = kind.__new__(kind)
    AuricleError.__init__(error, "reason")
    error.__dict__.setdefault("retry_after_s", 1)
    return error


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("version", Version)
def test_every_error_has_published_codes(
    kind: type[AuricleError], version: Version, published: Published, older_published: Published
) -> None:
    definitions = (older_published if version is Version.V3_1 else published).document["definitions"]

    content = error_object(made(kind), version)

    assert content["code"] in definitions["ErrorCode"]["enum"]
    detail = content.get("innerError", {}).get("code")
    assert detail is None or detail in definitions["DetailedErrorCode"]["enum"]
    assert (kind.detail is None) == (detail is None)
    assert failure_answer(made(kind), version).status == kind.http_status


def test_the_known_details_are_the_published_ones(published: Published) -> None:
    assert set(published.document["definitions"]["DetailedErrorCode"]["enum"]) == DETAILS


def test_an_error_names_its_target_as_the_caller_spelled_it() -> None:
    content = error_object(InvalidPayload("Too heavy.", target="custom_model_weight_percent"), Version.V3_2)

    assert content == {
        "code": "InvalidRequest",
        "message": "Too heavy.",
        "target": "customModelWeightPercent",
        "innerError": {"code": "InvalidPayload", "message": "Too heavy.", "target": "customModelWeightPercent"},
    }


def test_codes_that_came_later_are_said_in_the_older_version_s_words() -> None:
    assert error_object(InvalidChannels("No."), Version.V3_1)["innerError"]["code"] == "InvalidPayload"


def test_errors_keep_their_status_and_say_when_to_come_again() -> None:
    assert failure_answer(QuotaExceeded(), Version.V3_2).status == 403
    assert failure_answer(NotImplementedYet(), Version.V3_2).status == 501
    assert failure_answer(TooBusy(retry_after_s=7), Version.V3_2).headers == {"Retry-After": "7"}
