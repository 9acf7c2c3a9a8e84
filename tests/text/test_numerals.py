from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.text.english.numerals import (
    cardinal_words,
    ordinal_suffix,
    ordinal_words,
    read_cardinal,
    read_ordinal,
    year_words,
)
from tests.text.heard_words import formatted


def said(words: list[str]) -> str:
    return " ".join(words)


@given(st.integers(1, 10**15 - 1))
def test_a_cardinal_said_is_read_back(value: int) -> None:
    words = cardinal_words(value)
    assert read_cardinal(words, 0, len(words)) == (value, len(words))


@given(st.integers(1, 999_999))
def test_an_ordinal_said_is_read_back(value: int) -> None:
    words = ordinal_words(value)
    assert read_ordinal(words, 0, len(words)) == (value, len(words))


@given(st.integers(10, 10**6 - 1))
def test_a_number_said_is_written_as_that_number(value: int) -> None:
    itn = formatted(said(cardinal_words(value))).itn
    assert itn == (f"{value:,}" if value >= 10_000 else str(value))


@pytest.mark.parametrize("value", range(10, 3000, 7))
def test_every_small_number_said_is_written_as_that_number(value: int) -> None:
    assert formatted(said(cardinal_words(value))).itn == str(value)


@given(st.integers(0, 9))
def test_a_number_below_ten_stays_a_word(value: int) -> None:
    word = said(cardinal_words(value))
    assert formatted(word).itn == word


@pytest.mark.parametrize("year", range(1100, 2100))
def test_a_year_said_is_written_as_that_year(year: int) -> None:
    assert formatted("in " + said(year_words(year))).itn == f"in {year}"


@given(st.integers(1, 12), st.integers(0, 59), st.sampled_from(["AM", "PM"]))
def test_a_time_of_day_said_is_written_as_that_time(hour: int, minute: int, half: str) -> None:
    lexical = formatted(f"{hour}:{minute:02} {half}").lexical
    assert formatted(lexical).itn == (f"{hour}:{minute:02} {half}" if minute else f"{hour} {half}")


@given(st.integers(1, 9999), st.integers(1, 99))
def test_a_sum_said_is_written_as_that_sum(dollars: int, cents: int) -> None:
    money = f"${dollars}.{cents:02}"
    assert formatted(formatted(money).lexical).itn == money


@given(st.integers(1, 10**6 - 1))
def test_whole_dollars_said_are_written_as_that_sum(dollars: int) -> None:
    money = f"${dollars:,}" if dollars >= 10_000 else f"${dollars}"
    assert formatted(formatted(money).lexical).itn == money


@given(st.decimals(0, 999, places=1).map(str))
def test_a_percentage_said_is_written_as_that_percentage(number: str) -> None:
    assert formatted(formatted(f"{number}%").lexical).itn == f"{number}%"


@given(st.from_regex(r"[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4}", fullmatch=True))
def test_a_telephone_number_said_is_written_as_that_number(number: str) -> None:
    assert formatted(formatted(number).lexical).itn == number


@pytest.mark.parametrize(
    ("value", "suffix"), [(1, "st"), (2, "nd"), (3, "rd"), (4, "th"), (11, "th"), (12, "th"), (113, "th"), (121, "st")]
)
def test_ordinals_take_their_suffix(value: int, suffix: str) -> None:
    assert ordinal_suffix(value) == suffix
