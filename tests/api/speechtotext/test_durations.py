from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.api.speechtotext.durations import format_duration, parse_duration

WEEK_S = 7 * 86_400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT30M", 1800),
        ("P1D", 86_400),
        ("P1DT2H3M4.5S", 93_784.5),
        ("P2W", 2 * WEEK_S),
        ("P1Y2M", 365 * 86_400 + 60 * 86_400),
        ("PT0S", 0),
        ("PT0,5S", 0.5),
    ],
)
def test_durations_are_read_as_net_reads_them(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "30", "PT30", "-PT1S", "P1H", "PT1M1H", "pt1s", "P1DT", "PT" + "9" * 40 + "S"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ISO 8601"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "PT0S"), (42, "PT42S"), (252, "PT4M12S"), (1.25, "PT1.25S"), (86_400, "P1D")]
)
def test_durations_are_written_as_short_as_they_can_be(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.integers(min_value=0, max_value=10**12).map(lambda ticks: ticks / 1000))
def test_what_is_written_is_read_again(seconds: float) -> None:
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, abs=1e-6)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_duration(text) >= 0
