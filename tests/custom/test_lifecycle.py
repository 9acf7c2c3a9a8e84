from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.custom.lifecycle import QUARTER_ENDS, adaptation_until, quarter_end, transcription_until

moments = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 15, tzinfo=UTC)),
        (datetime(2026, 1, 15, 23, 59, tzinfo=UTC), datetime(2026, 1, 15, tzinfo=UTC)),
        (datetime(2026, 1, 16, tzinfo=UTC), datetime(2026, 4, 15, tzinfo=UTC)),
        (datetime(2026, 7, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC)),
        (datetime(2026, 10, 16, tzinfo=UTC), datetime(2027, 1, 15, tzinfo=UTC)),
        (datetime(2026, 1, 16, 1, tzinfo=timezone(timedelta(hours=2))), datetime(2026, 1, 15, tzinfo=UTC)),
    ],
)
def test_a_quarter_ends_in_the_middle_of_its_last_month(moment: datetime, expected: datetime) -> None:
    assert quarter_end(moment) == expected


def test_a_model_of_november_2026_lives_from_january_2027_on() -> None:
    made = datetime(2026, 11, 1, tzinfo=UTC)
    assert adaptation_until(made) == datetime(2028, 1, 15, tzinfo=UTC)
    assert transcription_until(made) == datetime(2029, 1, 15, tzinfo=UTC)


@given(moments)
def test_a_quarter_ends_on_one_of_four_days_less_than_93_days_later(moment: datetime) -> None:
    end = quarter_end(moment)
    assert (end.month, end.day) in QUARTER_ENDS
    assert -timedelta(days=1) < end - moment <= timedelta(days=92)


@given(moments)
def test_models_can_be_heard_with_a_year_longer_than_adapted(moment: datetime) -> None:
    adapted, heard = adaptation_until(moment), transcription_until(moment)
    assert heard == adapted.replace(year=adapted.year + 1)
    assert timedelta(days=364) < adapted - moment < timedelta(days=366 + 93)


@given(moments, moments)
def test_what_is_made_later_never_ends_earlier(one: datetime, other: datetime) -> None:
    earlier, later = sorted([one, other])
    assert adaptation_until(earlier) <= adaptation_until(later)
    assert transcription_until(earlier) <= transcription_until(later)
