"""Listed phrases keep their capitals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.engine.recogniser import Phrase
from auricle.engine.spelling import ListedSpelling


@pytest.mark.parametrize(
    ("heard", "listed", "written"),
    [
        ("your comfyui folder", "ComfyUI", "your ComfyUI folder"),
        ('the "comfyui," again', "ComfyUI", 'the "ComfyUI," again'),
        ("ask ethel baird.", "Ethel Baird", "ask Ethel Baird."),
        ("ask ethel and baird", "Ethel Baird", "ask ethel and baird"),
        ("Almond milk, please", "almond milk", "Almond milk, please"),
        ("the pbx's queue", "PBX", "the pbx's queue"),
        ("a b a b", "A B", "A B A B"),
        ("- x", "X", "- X"),
    ],
)
def test_a_heard_phrase_is_written_as_it_was_listed(heard: str, listed: str, written: str) -> None:
    assert ListedSpelling([Phrase(text=listed)]).of(heard.split()) == written.split()


@given(st.lists(st.text(min_size=1, max_size=8)), st.text(max_size=12))
def test_only_capitals_change_and_the_number_of_words_stays(words: list[str], listed: str) -> None:
    written = ListedSpelling([Phrase(text=listed)]).of(words)
    assert [word.casefold() for word in written] == [word.casefold() for word in words]
