"""Microsoft's Speech SDK for JavaScript, under node, against the real thing."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from .conftest import Server
from .javascript_client import JavaScriptClient
from .recordings import Recordings, wave_file
from .scoring import understood, words


@pytest.fixture(scope="module")
def speech(recordings: Recordings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wave_file(tmp_path_factory.mktemp("javascript") / "jfk.wav", recordings.jfk())


@pytest.fixture(scope="module")
def said(recordings: Recordings) -> str:
    return words(recordings.jfk_words())


@pytest.mark.parametrize("push", [False, True])
@pytest.mark.parametrize("path", [None, "/stt/speech/universal/v2"])
def test_a_recording_is_recognised_to_its_end(
    javascript: JavaScriptClient, speech: Path, said: str, path: str | None, *, push: bool
) -> None:
    told = javascript.run(speech, push=push, path=path)

    assert understood(said, told.text)
    assert told.partials
    assert not told.errors
    assert told.events[-1]["event"] == "sessionStopped"


def test_one_utterance_is_recognised(javascript: JavaScriptClient, speech: Path, said: str) -> None:
    told = javascript.run(speech, once=True)

    assert len(told.texts) == 1
    assert said.startswith(words(told.text))


def test_a_browser_that_can_send_no_headers_is_let_in_by_its_query(
    javascript: JavaScriptClient, speech: Path, said: str
) -> None:
    assert understood(said, javascript.run(speech, browser=True).text)


def test_word_times_follow_each_other(javascript: JavaScriptClient, speech: Path, said: str) -> None:
    told = javascript.run(speech, words=True)

    heard = [word for phrase in told.phrases for word in phrase["NBest"][0]["Words"]]
    assert understood(said, " ".join(word["Word"] for word in heard))
    assert all(a["Offset"] + a["Duration"] <= b["Offset"] for a, b in pairwise(heard))
    assert all(1 <= len(phrase["NBest"]) <= 5 for phrase in told.phrases)


def test_dictation_is_recognised(javascript: JavaScriptClient, speech: Path, said: str) -> None:
    assert understood(said, javascript.run(speech, dictation=True).text)


def test_a_listed_name_is_heard_only_with_the_list(
    javascript: JavaScriptClient, recordings: Recordings, tmp_path: Path
) -> None:
    name = recordings.saying("general_read_en", "MacDougall")
    sentence = wave_file(tmp_path / "sentence.wav", recordings.samples("general_read_en", name))

    assert "MacDougall" not in javascript.run(sentence).text
    assert "MacDougall" in javascript.run(sentence, phrases=["MacDougall", "Quetschenbach"]).text


def test_another_language_is_heard(javascript: JavaScriptClient, recordings: Recordings) -> None:
    told = javascript.run(recordings.path("multilingual_short", "de_leopard"), language="de-DE")

    assert "Der hinter diesem Portal" in told.text


def test_an_issued_token_serves_instead_of_the_key(
    javascript: JavaScriptClient, server: Server, speech: Path, said: str
) -> None:
    headers = {"Ocp-Apim-Subscription-Key": server.key}
    token = httpx.post(f"{server.http}/sts/v1.0/issueToken", headers=headers).text

    assert understood(said, javascript.run(speech, token=token).text)


def test_a_wrong_key_ends_with_the_reason(javascript: JavaScriptClient, speech: Path) -> None:
    told = javascript.run(speech, key="wrong", once=True)

    assert not told.texts
    assert any("401" in error for error in told.errors)


def test_a_language_that_no_model_hears_ends_with_the_reason(javascript: JavaScriptClient, speech: Path) -> None:
    told = javascript.run(speech, language="tlh-QO")

    assert any("tlh-QO" in error for error in told.errors)


def test_the_keys_in_the_queries_are_not_in_the_log(server: Server, javascript: JavaScriptClient, speech: Path) -> None:
    javascript.run(speech, once=True, browser=True)

    server.assert_log_is_discreet("americans", "country")
