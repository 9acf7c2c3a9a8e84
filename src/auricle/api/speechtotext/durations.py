"""ISO 8601 durations, as `timeToLive` and `duration` are written: `PT30M`, `P1DT2H`, `PT4M12.5S`.

As in .NET, which the clients are written for, a year is 365 days and a month is 30.
"""

from __future__ import annotations

import re

_LIMIT = 40  # characters; longer ones are no durations that anybody means
_PATTERN = re.compile(
    r"P(?:(?P<weeks>\d+)W|"
    r"(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:[.,]\d+)?)S)?)?)",
    re.ASCII,
)
_MICROSECONDS = 1_000_000
_SECONDS = {
    "years": 365 * 86_400,
    "months": 30 * 86_400,
    "weeks": 7 * 86_400,
    "days": 86_400,
    "hours": 3600,
    "minutes": 60,
    "seconds": 1,
}


def parse_duration(text: str) -> float:
    """The seconds that the text stands for. Raises ValueError when it is no duration."""
    match = _PATTERN.fullmatch(text) if len(text) <= _LIMIT else None
    parts = {} if match is None else {name: part for name, part in match.groupdict().items() if part}
    if not parts:
        raise ValueError(f"expected an ISO 8601 duration such as PT30M or P1D, got {text[:_LIMIT]!r}")
    return sum(float(part.replace(",", ".")) * _SECONDS[name] for name, part in parts.items())


def format_duration(seconds: float) -> str:
    """The duration in days, hours, minutes and seconds, to the microsecond; nothing is `PT0S`."""
    whole, microseconds = divmod(round(seconds * _MICROSECONDS), _MICROSECONDS)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    fraction = f".{microseconds:06}".rstrip("0") if microseconds else ""
    date = f"{days}D" if days else ""
    time = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M")) if count)
    if rest or fraction:
        time += f"{rest}{fraction}S"
    if not date and not time:
        return "PT0S"
    return f"P{date}T{time}" if time else f"P{date}"
