"""What an application in Python reads when there is nothing to hear, or when it may not be heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest

from auricle.audio.samples import Samples

from .conftest import Server
from .python_client import PythonClient
from .recordings import Recordings, silence
from .scoring import understood

NOISE_S = 6
TIME_S = np.arange(16_000 * NOISE_S) / 16_000


def hiss(loudness: float) -> Callable[[np.random.Generator], Any]:
    return lambda random: loudness * random.standard_normal(len(TIME_S))


def rumble(random: np.random.Generator) -> Any:
    wandering = np.cumsum(random.standard_normal(len(TIME_S)))
    return 0.5 * wandering / np.abs(wandering).max()


def hum(random: np.random.Generator) -> Any:
    return 0.3 * np.sin(2 * np.pi * 50 * TIME_S) + 0.01 * random.standard_normal(len(TIME_S))


def beeps(random: np.random.Generator) -> Any:
    return 0.4 * np.sin(2 * np.pi * 1000 * TIME_S) * (TIME_S % 1 < 0.3)


def clicks(random: np.random.Generator) -> Any:
    return np.where(random.random(len(TIME_S)) < 0.0005, 0.9, 0.0)


NOISES = {"faint hiss": hiss(0.01), "hiss": hiss(0.1), "roar": hiss(0.4)} | {
    noise.__name__: noise for noise in (rumble, hum, beeps, clicks)
}


def noise(name: str) -> Samples:
    made: Samples = np.clip(NOISES[name](np.random.default_rng(7)), -1, 1).astype(np.float32)
    return made


def failure_of(result: Any) -> tuple[str, str]:
    return result.cancellation_details.code.name, result.cancellation_details.error_details


def test_silence_is_an_initial_silence_timeout(python: PythonClient) -> None:
    result = python.once(silence(8))

    assert result.reason.name == "NoMatch"
    assert result.no_match_details.reason.name == "InitialSilenceTimeout"
    assert result.text == ""


def test_long_silence_is_told_once_and_the_session_goes_on(python: PythonClient, recordings: Recordings) -> None:
    heard = python.hear(np.concatenate([silence(20), recordings.jfk()]))

    assert [final.reason.name for final in heard.finals].count("NoMatch") == 1
    assert understood(recordings.jfk_words(), heard.text)


@pytest.mark.parametrize("language", ["en-US", "de-DE"])
@pytest.mark.parametrize("name", NOISES)
def test_noise_never_becomes_words(python: PythonClient, name: str, language: str) -> None:
    heard = python.hear(noise(name), language=language)

    assert not heard.texts
    assert not [partial.text for partial in heard.partials if partial.text]


def test_noise_alone_is_no_match(python: PythonClient) -> None:
    result = python.once(noise("hiss"))

    assert result.reason.name == "NoMatch"


def test_no_audio_at_all_ends_without_words(python: PythonClient) -> None:
    heard = python.hear(silence(0))

    assert not heard.texts


@pytest.mark.parametrize("key", ["wrong", "0" * 32, "ключ"])
def test_a_wrong_key_is_an_authentication_failure(python: PythonClient, recordings: Recordings, key: str) -> None:
    code, details = failure_of(replace(python, key=key).once(recordings.jfk()))

    assert code == "AuthenticationFailure"
    assert "401" in details


def test_a_language_that_no_model_hears_is_a_bad_request_with_the_reason(
    python: PythonClient, recordings: Recordings
) -> None:
    code, details = failure_of(python.once(recordings.jfk(), language="tlh-QO"))

    assert code == "BadRequest"
    assert "tlh-QO" in details


def test_a_language_that_is_none_is_a_bad_request_with_the_reason(python: PythonClient, recordings: Recordings) -> None:
    code, details = failure_of(python.once(recordings.jfk(), language="not_a_language"))

    assert code == "BadRequest"
    assert "expected a language such as en-US" in details


def test_an_issued_token_serves_instead_of_the_key(
    python: PythonClient, server: Server, recordings: Recordings
) -> None:
    issued = httpx.post(
        f"{server.http}/sts/v1.0/issueToken", headers={"Ocp-Apim-Subscription-Key": server.key}, content=b""
    )
    assert issued.status_code == 200
    config = replace(python, key=None).config()
    config.authorization_token = issued.text

    heard = python.hear(recordings.jfk(), config=config)

    assert understood(recordings.jfk_words(), heard.text)


def test_a_forged_token_is_an_authentication_failure(
    python: PythonClient, server: Server, recordings: Recordings
) -> None:
    config = replace(python, key=None).config()
    config.authorization_token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJkZWZhdWx0In0."

    code, _ = failure_of(python.once(recordings.jfk(), config=config))

    assert code == "AuthenticationFailure"


def test_no_token_is_issued_for_a_wrong_key(server: Server) -> None:
    refused = httpx.post(f"{server.http}/sts/v1.0/issueToken", headers={"Ocp-Apim-Subscription-Key": "wrong"})

    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "Unauthorized"


def test_an_address_without_a_service_is_said_to_be_none(python: PythonClient, recordings: Recordings) -> None:
    code, details = failure_of(
        python.once(recordings.jfk(), config=python.config(path="/no/such/service?language=en-US"))
    )

    assert code == "ServiceError"
    assert "404" in details
