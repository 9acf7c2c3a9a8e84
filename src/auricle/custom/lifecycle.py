"""Until when models may be adapted and heard with, counted from the quarter in which they were made."""

from __future__ import annotations

from datetime import UTC, datetime

QUARTER_ENDS = ((1, 15), (4, 15), (7, 15), (10, 15))  # month and day
ADAPTATION_YEARS = 1  # of base models
TRANSCRIPTION_YEARS = 2  # of base models since they were released, of custom models since they were made


def quarter_end(moment: datetime) -> datetime:
    """The beginning of the last day of the quarter in which a moment lies."""
    moment = moment.astimezone(UTC)
    for month, day in QUARTER_ENDS:
        if (moment.month, moment.day) <= (month, day):
            return datetime(moment.year, month, day, tzinfo=UTC)
    return datetime(moment.year + 1, *QUARTER_ENDS[0], tzinfo=UTC)


def adaptation_until(created_at: datetime) -> datetime:
    """From when on nothing can be trained on a base model any more."""
    return _years_after(quarter_end(created_at), ADAPTATION_YEARS)


def transcription_until(created_at: datetime) -> datetime:
    """From when on a model cannot be heard with any more."""
    return _years_after(quarter_end(created_at), TRANSCRIPTION_YEARS)


def _years_after(moment: datetime, years: int) -> datetime:
    return moment.replace(year=moment.year + years)
