from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.errors import InvalidRequest
from auricle.recognition.options import Mode
from auricle.speech.address import parse_address


@pytest.mark.parametrize("prefix", ["", "/stt"])
@pytest.mark.parametrize("mode", list(Mode))
def test_the_mode_stands_in_the_path(prefix: str, mode: Mode) -> None:
    address = parse_address(f"{prefix}/speech/recognition/{mode.value}/cognitiveservices/v1", "")

    assert address.mode is mode
    assert not address.translation


def test_other_paths_name_no_mode() -> None:
    assert parse_address("/stt/speech/universal/v2", "").mode is None
    assert parse_address("/speech/recognition/karaoke/cognitiveservices/v1", "").mode is None
    assert parse_address("/speech/translation/cognitiveservices/v1", "").translation


def test_query_names_are_found_in_any_case_and_the_first_value_counts() -> None:
    address = parse_address("/", "Language=en-US&language=de-DE&empty=&to=de%2Cfr")

    assert address.query == {"language": "en-US", "empty": "", "to": "de,fr"}


@given(st.text(max_size=300))
def test_any_query_is_read(query: str) -> None:
    parse_address("/", query)


def test_a_query_has_a_limit() -> None:
    with pytest.raises(InvalidRequest, match="at most 200"):
        parse_address("/", "&".join(["a=1"] * 201))
